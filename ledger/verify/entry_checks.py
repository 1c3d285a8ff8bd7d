"""The checks that need one entry alone: bytes, schema, disclosures, and its signature.

No check here depends on earlier entries. A key id *is* the SHA-256 of the public key, so it does
not matter from where in the log the key was taken; whether the key may sign at that place is
checked later, in order, by :mod:`ledger.verify.log_pass`. Signatures take longer than everything
else and are checked ahead, on all cores, by :mod:`ledger.verify.signature_checks`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from ledger.domain import events
from ledger.domain.rules.program_versions import check_version
from ledger.domain.rules.state import EventIn
from ledger.errors import BadDisclosure, BadKey, NotVerified, RegledgerError
from ledger.evidence.citations import ReportedFile, cited_files, reported_files
from ledger.log import disclosure, keys
from ledger.log.entry import Envelope, decode_entry, event_digest, open_envelope
from ledger.log.merkle import leaf_hash
from ledger.projections.entry_columns import claim_key, digest_of_content
from ledger.verify.signature_checks import SignatureToCheck

PAGE: Final = 256  # entries in a page: one bundle, one tile
_AUTHORITY: Final = ("ledger.", "log.", "actor.", "policy.")  # types of events, few in any log
_DIGESTS: Final = b'"_sd":'  # without it, nothing is withheld
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
        read.take_content_digest(found.type),
    )


@dataclass(slots=True)
class Content:
    """The data of an entry, parsed; as a payload, None where a ``fault`` is found."""

    data: dict[str, Any]
    payload: Payload | None
    fault: str = ""
    own: bool = False  # whether ``data`` may be changed

    @classmethod
    def of(cls, raw: RawEntry) -> "Content":
        """Read the content of an entry. Raises NotVerified where the bytes are no entry."""
        found = raw.envelope
        if found is not None and raw.seq > 1:
            read = events.read_exactly(found.type, found.version, found.content)
            if read is not None:
                return cls(read[1], read[0], own=True)
        event = decode_entry(raw.data, at=raw.seq).signed.event
        check_version(raw.seq, event.type, event.version, event.data)
        try:
            payload = events.parse(event.type, event.version, event.data, spelled=raw.old)
        except RegledgerError as error:
            return cls(event.data, None, error.message)
        return cls(event.data, payload)

    def take_content_digest(self, type_: str) -> str | None:
        """Return the digest of a claim's content, if it costs little; the data are used up."""
        member = _CONTENTS.get(type_)
        return digest_of_content(self.data[member]) if self.own and member else None


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

    def collect(self, page: Iterable[RawEntry]) -> None:
        """Take the keys that these entries bring."""
        for raw in page:
            if b'"public_key":"' in raw.data:
                self._take(raw.data)

    def to_check(self, raw: RawEntry) -> SignatureToCheck | None:
        """Return the signature of an entry, where its key is known and it must be checked."""
        found = raw.envelope
        if found is None or found.keyid not in self._keys or not raw.must_check:
            return None
        return SignatureToCheck(*self._keys[found.keyid], found.sig, found.payload)

    def _take(self, data: bytes) -> None:
        try:
            event = decode_entry(data).signed.event
            new = events.new_key(events.parse(event.type, event.version, event.data))
            if new is not None:
                keyid = keys.public_keyid(new.public_key)
                self._keys.setdefault(keyid, (new.scheme, new.public_key))
        except (NotVerified, BadKey):
            return  # the check of the entry says what is wrong with it
