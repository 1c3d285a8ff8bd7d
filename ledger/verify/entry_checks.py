"""The checks that need one entry alone: bytes, schema, disclosures, and its signature.

No check here depends on earlier entries. A key id *is* the SHA-256 of the public key, so it does
not matter from where in the log the key was taken; whether the key may sign at that place is
checked later, in order, by :mod:`ledger.verify.log_pass`. So whole pages are checked ahead, on all
cores, by :mod:`ledger.verify.entry_workers`; this module imports no store, to start them quickly.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from ledger.domain import events
from ledger.domain.rules.program_versions import check_version
from ledger.domain.rules.state import EventIn
from ledger.errors import BadDisclosure, BadKey, NotVerified, RegledgerError
from ledger.evidence.cited_files import ReportedFile, cited_files, reported_files
from ledger.log import disclosure, keys
from ledger.log.encodings import pae
from ledger.log.entry import PAYLOAD_TYPE, Envelope, decode_entry, event_digest, open_envelope
from ledger.log.merkle import leaf_hash
from ledger.projections.claim_content import claim_key, digest_of_content

PAGE: Final = 256  # entries in a page: one bundle, one tile
_AUTHORITY: Final = ("ledger.", "log.", "actor.", "policy.")  # types of events, few in any log
_DIGESTS: Final = b'"_sd":'  # without it, nothing is withheld
_KEYID: Final = b'"keyid":"'  # before the last 64 hex digits of an entry
_NONE: Final[Mapping[str, str]] = MappingProxyType({})
_CONTENTS: Final = {"claim.recorded": "claim", "claim.corrected": "content"}  # members with a claim

Keys = dict[str, tuple[str, str]]  # key id -> scheme, public key
Payload = events.EventData | events.Unknown


class RawEntry(NamedTuple):
    """An entry that a source holds at ``seq``, and the disclosures kept for it.

    ``envelope`` is None where the bytes are no entry. Of an ``old`` entry the verifier has checked
    signature and spelling of the data earlier.
    """

    seq: int
    data: bytes
    texts: Mapping[str, str]
    envelope: Envelope | None
    old: bool = False

    @classmethod
    def of(
        cls, seq: int, data: bytes, texts: Mapping[str, str], *, old: bool = False
    ) -> "RawEntry":
        """Open the envelope of an entry."""
        return cls(seq, data, texts, open_envelope(data), old)

    @property
    def must_check(self) -> bool:
        """Whether to check the signature: of what decides who may sign, in any case."""
        found = self.envelope
        return found is not None and (not self.old or found.type.startswith(_AUTHORITY))


class CheckedEntry(NamedTuple):
    """One entry after the checks that need no other; ``wrong`` holds (layer, message) each.

    ``envelope`` is None if the bytes are no entry; ``payload`` if the event has not the form of its
    type. ``said`` is the content digest of a claim, where it is known already.
    """

    leaf: bytes
    envelope: Envelope | None = None
    digest: str = ""  # of the event
    payload: Payload | None = None
    wrong: tuple[tuple[str, str], ...] = ()
    signed: bool | None = None  # None: the key is not known from the log
    texts: int = 0
    missing: int = 0
    evidence: tuple[str, ...] = ()
    reports: tuple[ReportedFile, ...] = ()
    claim_key: str | None = None
    said: str | None = None

    @property
    def columns(self) -> tuple[str | None, ...]:
        """What a database keeps beside the bytes: the columns of ``raw_rows.DERIVED``."""
        found = self.envelope
        if found is None:
            return ()
        return (
            *(found.prev, found.id, self.digest, found.type, found.actor, found.recorded_at),
            self.claim_key,
        )


class Batch(NamedTuple):
    """The entries of a page from ``start`` on, None where one is missing, to be checked anywhere.

    ``texts`` are the disclosures by seq. Entries below ``since`` are old. ``keys`` are those under
    which the entries say that they are signed, where the log has enrolled them.
    """

    start: int
    entries: Sequence[bytes | None]
    texts: Mapping[int, Mapping[str, str]]
    since: int
    keys: Keys


def check_batch(batch: Batch) -> list[CheckedEntry | None]:
    """Check each entry of a batch by itself, its signature too where the key is known.

    Raises OtherVersion as :func:`check_entry` does.
    """
    return [
        None if data is None else _checked(batch, seq, data)
        for seq, data in enumerate(batch.entries, batch.start)
    ]


def _checked(batch: Batch, seq: int, data: bytes) -> CheckedEntry:
    raw = RawEntry.of(seq, data, batch.texts.get(seq, _NONE), old=seq < batch.since)
    found = raw.envelope
    key = batch.keys.get(found.keyid) if found is not None and raw.must_check else None
    if found is None or key is None:
        return check_entry(raw)
    return check_entry(raw, signature_fault(*key, found.sig, found.payload))


def signature_fault(scheme: str, public_key: str, sig: bytes, payload: bytes) -> str:
    """Return what is wrong with a signature over an event's bytes, "" where it holds."""
    try:
        keys.verify(scheme, public_key, sig, pae(PAYLOAD_TYPE, payload))
    except RegledgerError as error:
        return error.message
    return ""


def check_entry(raw: RawEntry, fault: str | None = None) -> CheckedEntry:
    """Check one entry by itself.

    ``fault`` is what is wrong with its signature, None where that was not checked. Raises
    OtherVersion for the first entries of a log that another version made.
    """
    found, leaf = raw.envelope, leaf_hash(raw.data)
    try:
        read = Content.of(raw)
    except NotVerified as error:
        return CheckedEntry(leaf, wrong=((error.layer, error.message),))
    assert found is not None  # noqa: S101  # else decode_entry had refused the bytes
    wrong = [("schema", read.fault)] if read.fault else []
    missing, reason = 0, ""
    if raw.texts or _DIGESTS in found.content:
        missing, reason = _reveal(read.data, raw.texts)
    if reason:
        wrong.append(("disclosure", reason))
    if fault:
        wrong.append(("signature", fault))
    names = cited_files(read.data) if b'"evidence":' in found.content else ()
    reports = reported_files(read.data) if names else ()
    key = claim_key(found.type, read.data)
    return CheckedEntry(
        leaf,
        found,
        event_digest(found.payload),
        read.payload,
        tuple(wrong),
        not fault if fault is not None else None if raw.must_check else True,
        0 if reason else len(raw.texts),
        missing,
        tuple(one.sha256 for one in names),
        reports,
        key,
        read.content_digest(found.type),
    )


@dataclass(slots=True)
class Content:
    """The data of an entry, parsed; as a payload, None where a ``fault`` is found."""

    data: dict[str, Any]
    payload: Payload | None
    fault: str = ""
    fits: bool = False  # whether ``data`` are known to be spelled as the payload is

    @classmethod
    def of(cls, raw: RawEntry) -> "Content":
        """Read the content of an entry. Raises NotVerified where the bytes are no entry."""
        found = raw.envelope
        if found is not None and raw.seq > 1:
            read = events.read_exactly(found.type, found.version, found.content)
            if read is not None:
                return cls(read[1], read[0], fits=True)
        event = decode_entry(raw.data, at=raw.seq).signed.event
        check_version(raw.seq, event.type, event.version, event.data)
        try:
            payload = events.parse(event.type, event.version, event.data, spelled=raw.old)
        except RegledgerError as error:
            return cls(event.data, None, error.message)
        return cls(event.data, payload)

    def content_digest(self, type_: str) -> str | None:
        """Return the digest of a claim's content, if it costs little."""
        member = _CONTENTS.get(type_)
        return digest_of_content(self.data[member]) if self.fits and member else None


def request_of(found: Envelope, digest: str, payload: Payload) -> EventIn:
    """Return what the rules need to know of an event.

    Raises BadKey where the event brings in a key that is none.
    """
    new = events.new_key(payload)
    return EventIn(
        id=found.id,
        digest=digest,
        type=found.type,
        actor=found.actor,
        keyid=found.keyid,
        ledger=found.ledger,
        made_at=found.made_at,
        payload=payload,
        new_keyid=keys.public_keyid(new.public_key) if new else None,
    )


def _reveal(data: dict[str, Any], texts: Mapping[str, str]) -> tuple[int, str]:
    """Return how many texts are missing, and what is wrong with those that are kept."""
    try:
        named, missing = disclosure.named_in(data, texts)
        for digest in sorted(texts.keys() - named):
            raise BadDisclosure(f"a text is kept for {digest}, which the entry does not name")
    except NotVerified as error:
        return 0, error.message
    return len(missing), ""


class SignerKeys:
    """The public keys that the log itself enrolls, by their hash, collected while it is read."""

    def __init__(self, known: Keys | None = None) -> None:
        self._keys: Keys = dict(known or {})

    def collect(self, entries: Iterable[bytes]) -> None:
        """Take the keys that these entries bring."""
        for data in entries:
            if b'"public_key":"' in data:
                self._take(data)

    def named_by(self, entries: Iterable[bytes]) -> Keys:
        """Return the known keys that these entries name as those of their signers."""
        at = {data[(cut := data.rfind(_KEYID) + len(_KEYID)) : cut + 64] for data in entries}
        named = {name.decode("ascii", "replace") for name in at}
        return {keyid: self._keys[keyid] for keyid in named & self._keys.keys()}

    def _take(self, data: bytes) -> None:
        try:
            event = decode_entry(data).signed.event
            new = events.new_key(events.parse(event.type, event.version, event.data))
            if new is not None:
                keyid = keys.public_keyid(new.public_key)
                self._keys.setdefault(keyid, (new.scheme, new.public_key))
        except (NotVerified, BadKey):
            return  # the check of the entry says what is wrong with it
