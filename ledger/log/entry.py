"""Events, their signatures, and the entries of the log.

**Event**, what an actor signs: canonical JSON (:mod:`ledger.log.canonical`) of exactly

===========  ===================================================================================
``actor``    slug of the signer: ``[a-z0-9][a-z0-9._-]{0,62}``
``data``     object; its members depend on ``type`` and ``version``
``id``       UUIDv7 (RFC 9562 section 5.7), lower case
``ledger``   ledger id: hex SHA-256 of the bytes of the ``ledger.created`` event; 64 zeros in that
             event itself. It ties an event to one ledger, not to one of the same name
``made_at``  the actor's clock (:mod:`ledger.log.encodings`: six digits, ``Z``)
``type``     such as ``claim.recorded``: words of ``[a-z][a-z0-9_]*`` joined by dots, at least two
``version``  of the type, from 1
===========  ===================================================================================

Event digest = hex SHA-256 of these bytes. Signature = DSSE over
``PAE("application/vnd.regledger.event+json", event bytes)``.

**Entry**, what the log stores: canonical JSON of exactly

===============  ===============================================================================
``event``        the event
``format``       1 = SHA-256, RFC 6962 tree, DSSE; a reader refuses any other
``prev``         hex leaf hash of the entry before; 64 zeros at seq 0
``recorded_at``  the log's clock
``seq``          position, from 0
``signatures``   array of ``{"keyid", "sig"}``; in format 1 exactly one. ``keyid`` = hex SHA-256 of
                 the key's DER SubjectPublicKeyInfo, ``sig`` = padded base64
===============  ===============================================================================

At most 65,535 bytes. Leaf hash = SHA-256(0x00 || entry bytes). The event's bytes are a slice of the
entry's: since ``event`` sorts first, they start at byte 9 and end before ``,"format":``.

Worked example (the signature is short only to fit here)::

    >>> event = Event(
    ...     actor="sana", data={"n": 1}, id="0197e2f0-0000-7000-8000-000000000001", ledger=ZERO,
    ...     made_at="2025-07-08T09:30:00.000000Z", type="demo.made", version=1)
    >>> event_digest(event.encode())
    '98686606900196ce1cfdc42805a78f0ad89f8e5d38ea4d25be761a4ecb24cfa6'
    >>> signed = SignedEvent(event, event.encode(), Signature(keyid="ab" * 32, sig=b"sig"))
    >>> entry = make_entry(signed, seq=0, prev=ZERO, recorded_at="2025-07-08T09:30:01.000000Z")
    >>> entry.data[:30], entry.data[-31:]
    (b'{"event":{"actor":"sana","data', b'ababababababab","sig":"c2ln"}]}')
    >>> entry.leaf_hash.hex()
    '6cc65eb8e8240d9b927424698328164d7543937e60e9daed4fb653a9b3e98328'
    >>> decode_entry(entry.data) == entry
    True
"""

import re
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

from ledger.errors import BadEntry, BadSignature, InputError, NotCanonical
from ledger.log import canonical, encodings
from ledger.log.canonical import JsonValue
from ledger.log.encodings import pae
from ledger.log.entry_faults import (
    EVENT_RULES,
    ID,
    TYPE,
    event_fault,
    members_fault,
    place_fault,
    signature_fault,
    signatures_fault,
)

if TYPE_CHECKING:
    from ledger.log.keys import Signer

ZERO: Final = "0" * 64
FORMAT: Final = 1
MAX_ENTRY_BYTES: Final = 65_535  # a bundle of published entries carries a 16-bit length for each
PAYLOAD_TYPE: Final = "application/vnd.regledger.event+json"

_EVENT_DEPTH = 1  # an event stands inside its entry, so it nests one less than the limit
DATA_DEPTH: Final = 2  # of an event's data inside its entry
_START = b'{"event":'
_NUMBER = r"0|[1-9][0-9]{0,15}"

_EVENT_NAMES = (*EVENT_RULES, "data", "version")
_EVENT_MEMBERS = frozenset(_EVENT_NAMES)
_ENTRY_MEMBERS = frozenset({"event", "format", "prev", "recorded_at", "seq", "signatures"})

# An entry is _HEAD, the bytes of event.data, _TAIL. Matching both ends leaves only `data` to be
# parsed and spelled again, which is twice as fast as doing that with the whole.
_HEAD = re.compile(rf'\{{"event":\{{"actor":"({encodings.SLUG})","data":(?=\{{)'.encode())
_TAIL = re.compile(
    rf',"id":"({ID})","ledger":"({encodings.DIGEST})","made_at":"({encodings.STAMP})"'
    rf',"type":"({TYPE})","version":({_NUMBER})\}}'
    rf',"format":1,"prev":"({encodings.DIGEST})","recorded_at":"({encodings.STAMP})"'
    rf',"seq":({_NUMBER}),"signatures":\[\{{"keyid":"({encodings.DIGEST})","sig":"([^"]+)"\}}\]\}}',
    re.ASCII,
)


@dataclass(frozen=True)
class Event:
    """One event as its actor wrote it. Members as in the module's table; checked by ``encode``.

    ``data`` is a plain dict and must not be changed after construction.
    """

    actor: str
    data: dict[str, Any]
    id: str
    ledger: str
    made_at: str
    type: str
    version: int

    def encode(self) -> bytes:
        """Return the bytes that are hashed and signed.

        Raises:
            InputError: a malformed member, or ``data`` outside the limits of canonical JSON.
        """
        return self._encoded

    @cached_property
    def _encoded(self) -> bytes:
        members = {name: getattr(self, name) for name in _EVENT_NAMES}
        fault = event_fault(members)
        if fault:
            raise InputError(f"event: {fault}")
        return canonical.encode(members, inside=_EVENT_DEPTH)

    @classmethod
    def from_value(cls, value: object) -> "Event":
        """Build an event from parsed JSON.

        Raises:
            BadEntry: not an object of exactly the seven members, each in its form.
        """
        if type(value) is not dict:
            raise BadEntry("event is not an object")
        fault = members_fault(value, _EVENT_MEMBERS) or event_fault(value)
        if fault:
            raise BadEntry(f"event: {fault}")
        return cls(**value)


class Signature(NamedTuple):
    """One DSSE signature: ``keyid`` as 64 hex digits, ``sig`` as raw bytes."""

    keyid: str
    sig: bytes


@dataclass(frozen=True)
class SignedEvent:
    """An event, its exact bytes (``payload``) and its signature, which may not be checked yet."""

    event: Event
    payload: bytes
    signature: Signature

    @cached_property
    def digest(self) -> str:
        """Hex SHA-256 of the payload, by which other events refer to it."""
        return event_digest(self.payload)


@dataclass(frozen=True)
class Entry:
    """One entry of the log and its exact bytes (``data``). ``seq`` counts from 0."""

    seq: int
    prev: str
    recorded_at: str
    signed: SignedEvent
    data: bytes

    @cached_property
    def leaf_hash(self) -> bytes:
        """RFC 6962 section 2.1: SHA-256(0x00 || entry bytes), 32 bytes."""
        return sha256(b"\x00" + self.data).digest()


def event_digest(event_bytes: bytes) -> str:
    """Return the hex SHA-256 of an event's bytes; that of ``ledger.created`` is the ledger id."""
    return sha256(event_bytes).hexdigest()


def sign_event(event: Event, signer: "Signer") -> SignedEvent:
    """Encode ``event`` and sign it.

    Raises:
        InputError: the event cannot be encoded.
    """
    payload = event.encode()
    sig = signer.sign(pae(PAYLOAD_TYPE, payload))
    return SignedEvent(event, payload, Signature(signer.keyid, sig))


def check_signature(signed: SignedEvent, public_key: str, *, scheme: str = "ed25519") -> None:
    """Check that ``public_key`` (padded base64 of DER SubjectPublicKeyInfo) signed the event.

    Raises:
        BadSignature: another key's id, an unknown scheme, or a signature that does not verify.
        BadKey: ``public_key`` is not a key.
    """
    from ledger.log import keys  # cryptography, which a reader of the tables does not need

    if keys.public_keyid(public_key) != signed.signature.keyid:
        raise BadSignature(f"the signature names key {signed.signature.keyid[:16]}, not this one")
    keys.verify(scheme, public_key, signed.signature.sig, pae(PAYLOAD_TYPE, signed.payload))


def to_dsse(signed: SignedEvent) -> dict[str, Any]:
    """Return the event as a standard DSSE envelope, ready for any JSON encoder."""
    return {
        "payload": encodings.to_b64(signed.payload),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [
            {"keyid": signed.signature.keyid, "sig": encodings.to_b64(signed.signature.sig)}
        ],
    }


def make_entry(signed: SignedEvent, *, seq: int, prev: str, recorded_at: str) -> Entry:
    """Put a signed event at position ``seq`` after the entry whose hex leaf hash is ``prev``.

    Raises:
        InputError: a malformed argument, a payload that is not the event's bytes, or more than
            65,535 bytes.
    """
    fault = (
        place_fault(seq=seq, prev=prev, recorded_at=recorded_at)
        or signature_fault(signed.signature.keyid, signed.signature.sig)
        or ("" if signed.event.encode() == signed.payload else "the payload is not the event")
    )
    if fault:
        raise InputError(f"entry: {fault}")
    sig = encodings.to_b64(signed.signature.sig)
    data = b"%b%b%b" % (
        _START,
        signed.payload,
        f',"format":{FORMAT},"prev":"{prev}","recorded_at":"{recorded_at}","seq":{seq}'
        f',"signatures":[{{"keyid":"{signed.signature.keyid}","sig":"{sig}"}}]}}'.encode(),
    )
    if len(data) > MAX_ENTRY_BYTES:
        raise InputError(
            f"the entry would have {len(data):,} bytes, more than {MAX_ENTRY_BYTES:,}",
            hint="shorten it: attach the long text as evidence and cite it by its hash",
        )
    return Entry(seq, prev, recorded_at, signed, data)


def decode_entry(data: bytes, *, at: int | None = None) -> Entry:
    """Read one entry: its form only, not its signature nor its place in the chain.

    Args:
        data: the entry's bytes.
        at: position to name in errors, where the caller knows it.

    Raises:
        BadEntry: too long, a missing, extra or malformed member, another format.
        NotCanonical: not the accepted spelling, or outside the limits.
    """
    if len(data) > MAX_ENTRY_BYTES:
        raise BadEntry(f"{len(data):,} bytes, more than {MAX_ENTRY_BYTES:,}", seq=at)
    found = open_envelope(data)
    if found is None:
        _explain(data, at)
    try:
        value: Any = canonical.decode(found.content, inside=DATA_DEPTH)
    except NotCanonical:
        _explain(data, at)
    event = Event(
        found.actor, value, found.id, found.ledger, found.made_at, found.type, found.version
    )
    signed = SignedEvent(event, found.payload, Signature(found.keyid, found.sig))
    return Entry(found.seq, found.prev, found.recorded_at, signed, data)


class Envelope(NamedTuple):
    """The members of an entry, all checked but ``content``: the bytes of its event's data."""

    actor: str
    id: str
    ledger: str
    made_at: str
    type: str
    version: int
    prev: str
    recorded_at: str
    seq: int
    keyid: str
    sig: bytes
    payload: bytes  # the event's bytes, which were signed
    content: bytes


def open_envelope(data: bytes) -> Envelope | None:
    """Read all of an entry but its event's data; None where :func:`decode_entry` refuses it.

    Data that are not canonical JSON nested at most ``DATA_DEPTH`` deeper are refused there only.
    """
    if len(data) > MAX_ENTRY_BYTES:
        return None
    cut = max(data.rfind(b',"id":"'), 0)
    head = _HEAD.match(data)
    # What is not ASCII becomes U+FFFD here, which the pattern does not take.
    tail = _TAIL.fullmatch(data[cut:].decode("ascii", "replace"))
    if head is None or tail is None:
        return None
    event_id, ledger, made_at, kind, version, prev, recorded_at, seq, keyid, sig64 = tail.groups()
    sig, place, number = encodings.from_b64(sig64), int(seq), int(version)
    if (
        sig is None
        or not (encodings.is_real_day(made_at) and encodings.is_real_day(recorded_at))
        or not (1 <= number <= canonical.MAX_INT and place <= canonical.MAX_INT)
    ):
        return None
    return Envelope(  # by position: names take twice as long, and every entry is opened
        head[1].decode("ascii"),
        event_id,
        ledger,
        made_at,
        kind,
        number,
        prev,
        recorded_at,
        place,
        keyid,
        sig,
        data[len(_START) : cut + tail.end(5) + 1],
        data[head.end() : cut],
    )


def _explain(data: bytes, at: int | None) -> NoReturn:
    """Raise the error of bytes that ``decode_entry`` refused: slower, piece by piece."""
    try:
        value = canonical.decode(data)
    except NotCanonical as error:
        raise NotCanonical(error.message, seq=at) from None
    raise BadEntry(_entry_fault(value), seq=at)


def _entry_fault(value: JsonValue) -> str:
    if not isinstance(value, dict):
        return "is not an object"
    fault = members_fault(value, _ENTRY_MEMBERS)
    if fault:
        return fault
    if value["format"] is True or value["format"] != FORMAT:
        return f"format {value['format']!r} is not known here, only {FORMAT}"
    fault = place_fault(
        seq=value["seq"], prev=value["prev"], recorded_at=value["recorded_at"]
    ) or signatures_fault(value["signatures"])
    if fault:
        return fault
    try:
        Event.from_value(value["event"])
    except BadEntry as error:
        return error.message
    return "is not an entry"
