"""The checks that need one entry alone: bytes, schema, signature, disclosures; on every core.

:func:`check_page` returns a :class:`CheckedEntry` for each raw entry of a :class:`PageToCheck`. No
check here depends on earlier entries, so several processes can check pages at once and find what
one process would find. A key id *is* the SHA-256 of the public key, so it does not matter from
where in the log the key was taken; whether the key may sign at that place is checked later, in
order, by :mod:`ledger.verify.log_pass`.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Any, Final, NamedTuple

from ledger.domain import events
from ledger.domain.rules.other_versions import check_version
from ledger.errors import BadDisclosure, BadKey, NotVerified, RegledgerError
from ledger.evidence.citations import ReportedFile, cited_files, reported_files
from ledger.log import disclosure, keys
from ledger.log.entry import Entry, Event, Signature, SignedEvent, check_signature, decode_entry
from ledger.log.merkle import leaf_hash
from ledger.projections.entry_columns import derive_columns

PAGE: Final = 256  # entries in a page: one bundle, one tile
SMALL: Final = 2_000  # below this, starting processes costs more than they give
_AHEAD: Final = 4  # pages in work for each process: bounds memory
_KEYID: Final = b'"keyid":"'
_KEYID_CHARS: Final = 64
_AUTHORITY: Final = ("ledger.", "log.", "actor.", "policy.")  # types of events, few in any log
_DIGESTS: Final = b'"_sd":'  # without it, nothing is withheld

Keys = dict[str, tuple[str, str]]  # key id -> scheme, public key


@dataclass(frozen=True, slots=True)
class PageToCheck:
    """Raw entries from ``start`` on; None where one is missing or is not bytes.

    ``texts`` are the disclosures kept for each seq. Signatures and the spelling of data are checked
    from seq ``since`` on: the verifier has checked the entries before it earlier.
    """

    start: int
    entries: list[bytes | None]
    texts: Mapping[int, dict[str, str]]
    keys: Keys
    since: int = 0


class EntryHeader(NamedTuple):
    """The members of an entry without its data: small, since processes pass it on."""

    seq: int
    prev: str
    recorded_at: str
    actor: str
    event_id: str
    ledger: str
    made_at: str
    type: str
    version: int
    event_digest: str
    keyid: str
    claim_key: str | None

    def entry(self, leaf: bytes) -> Entry:
        """Return the entry without its bytes and its data, both digests known."""
        event = Event(
            self.actor, {}, self.event_id, self.ledger, self.made_at, self.type, self.version
        )
        signed = SignedEvent(event, b"", Signature(self.keyid, b""))
        signed.__dict__["digest"] = self.event_digest  # where cached_property keeps it
        entry = Entry(self.seq, self.prev, self.recorded_at, signed, b"")
        entry.__dict__["leaf_hash"] = leaf
        return entry


class CheckedEntry(NamedTuple):
    """One entry after the checks that need no other; ``wrong`` holds (layer, message) each.

    ``header`` is None if the bytes are no entry; ``fits``: the event has the form of its type.
    """

    leaf: bytes
    header: EntryHeader | None = None
    fits: bool = False
    wrong: tuple[tuple[str, str], ...] = ()
    signed: bool | None = None  # None: the key is not known from the log
    texts: int = 0
    missing: int = 0
    evidence: tuple[str, ...] = ()
    reports: tuple[ReportedFile, ...] = ()


def check_page(page: PageToCheck) -> list[CheckedEntry | None]:
    """Check every entry of a page; None for an entry that is missing.

    Raises OtherVersion for the first entries of a log that another version made.
    """
    found: list[CheckedEntry | None] = []
    for seq, data in enumerate(page.entries, page.start):
        found.append(None if data is None else _check(page, seq, data))
    return found


def _check(page: PageToCheck, seq: int, data: bytes) -> CheckedEntry:
    try:
        entry = decode_entry(data, at=seq)
    except NotVerified as error:
        return CheckedEntry(leaf_hash(data), wrong=((error.layer, error.message),))
    event, wrong, fits = entry.signed.event, [], True
    check_version(seq, event.type, event.version, event.data)
    try:
        events.parse(event.type, event.version, event.data, spelled=seq < page.since)
    except RegledgerError as error:
        fits = False
        wrong.append(("schema", error.message))
    texts = page.texts.get(seq, {})
    missing, reason = _reveal(event.data, texts) if texts or _DIGESTS in data else (0, "")
    if reason:
        wrong.append(("disclosure", reason))
    # Events of these types decide who may sign, so their signatures are checked in any case.
    signed = None if seq >= page.since or event.type.startswith(_AUTHORITY) else True
    key = page.keys.get(entry.signed.signature.keyid)
    if signed is None and key is not None:
        try:
            check_signature(entry.signed, key[1], scheme=key[0])
            signed = True
        except RegledgerError as error:
            signed = False
            wrong.append(("signature", error.message))
    names = cited_files(event.data) if b'"evidence":' in data else ()
    return CheckedEntry(
        entry.leaf_hash,
        _header(entry),
        fits,
        tuple(wrong),
        signed,
        0 if reason else len(texts),
        missing,
        tuple(one.sha256 for one in names),
        reported_files(event.data) if names else (),
    )


def _header(entry: Entry) -> EntryHeader:
    event, row = entry.signed.event, derive_columns(entry)
    return EntryHeader(
        row.seq,
        row.prev,
        row.recorded_at,
        row.actor,
        row.event_id,
        event.ledger,
        event.made_at,
        row.type,
        event.version,
        row.event_digest,
        entry.signed.signature.keyid,
        row.claim_key,
    )


def _reveal(data: dict[str, Any], texts: dict[str, str]) -> tuple[int, str]:
    """Return how many texts are missing, and what is wrong with those that are kept."""
    try:
        _, missing = disclosure.reveal(data, texts)
        openly = disclosure.digests_in(data) if texts else []
        for digest in sorted(texts.keys() - set(openly)):  # else inside another disclosed value
            others = {name: text for name, text in texts.items() if name != digest}
            if digest not in disclosure.reveal(data, others)[1]:
                raise BadDisclosure(f"a text is kept for {digest}, which the entry does not name")
    except NotVerified as error:
        return 0, error.message
    return len(missing), ""


class SignerKeys:
    """The public keys that the log itself enrolls, by their hash, collected while it is read."""

    def __init__(self, known: Keys | None = None) -> None:
        self._keys: Keys = dict(known or {})

    def used_in(self, entries: Iterable[bytes | None]) -> Keys:
        """Collect the keys that these entries bring; return those that signed one of them."""
        used: Keys = {}
        read = [data for data in entries if data is not None]
        for data in read:
            if b'"public_key":"' in data:
                self._take(data)
        for data in read:
            at = data.rfind(_KEYID) + len(_KEYID)
            keyid = data[at : at + _KEYID_CHARS].decode("ascii", "replace")
            if keyid in self._keys:
                used[keyid] = self._keys[keyid]
        return used

    def _take(self, data: bytes) -> None:
        try:
            event = decode_entry(data).signed.event
            new = events.new_key(events.parse(event.type, event.version, event.data))
            if new is not None:
                keyid = keys.public_keyid(new.public_key)
                self._keys.setdefault(keyid, (new.scheme, new.public_key))
        except (NotVerified, BadKey):
            return  # the check of the entry says what is wrong with it


CheckPages = Callable[
    [Iterable[PageToCheck]], Iterator[tuple[PageToCheck, list[CheckedEntry | None]]]
]


@contextmanager
def workers(size: int, jobs: int | None = None) -> Iterator[CheckPages]:
    """Yield a function that checks pages and returns them in order, with as many processes as pay.

    ``size`` is the number of entries to be checked, ``jobs`` that of processes: by default one for
    each core, and none of a small log.
    """
    count = jobs if jobs is not None else (os.cpu_count() or 1)
    if count <= 1 or (jobs is None and size < SMALL):
        yield lambda pages: ((page, check_page(page)) for page in pages)
        return
    # Spawned, never forked: a fork would share database connections and locks held by threads.
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        try:
            yield partial(_spread, pool, count * _AHEAD)
        finally:
            pool.shutdown(cancel_futures=True)


def _spread(
    pool: ProcessPoolExecutor, ahead: int, pages: Iterable[PageToCheck]
) -> Iterator[tuple[PageToCheck, list[CheckedEntry | None]]]:
    waiting: deque[tuple[PageToCheck, Future[list[CheckedEntry | None]]]] = deque()
    for page in pages:
        waiting.append((page, pool.submit(check_page, page)))
        if len(waiting) >= ahead:
            first, future = waiting.popleft()
            yield first, future.result()
    while waiting:
        first, future = waiting.popleft()
        yield first, future.result()
