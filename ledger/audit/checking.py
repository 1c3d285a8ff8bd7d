"""The checks that need one entry alone: bytes, schema, signature, disclosures. On every core.

A :class:`Page` of raw entries goes in, one :class:`Checked` for each comes out. Nothing here
depends on the entries before, so that pages can be checked by several processes at once, and what
they find is what one process would have found. The public key that a signature needs is known by
its hash: the key id in an entry *is* the SHA-256 of the key, so it does not matter from where in
the log the key was taken. Whether it may sign at that place is asked later, in order.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from typing import Any, Final

from ledger.audit.evidence import cited
from ledger.domain import events
from ledger.errors import BadDisclosure, BadKey, NotVerified, RegledgerError
from ledger.log import disclosure, keys
from ledger.log.entry import Entry, Event, Signature, SignedEvent, check_signature, decode_entry
from ledger.log.merkle import leaf_hash
from ledger.store.log_store import StoredEntry
from ledger.views.columns import derived

PAGE: Final = 256  # entries in a page: one bundle, one tile
SMALL: Final = 2_000  # below this, starting processes costs more than they give
_AHEAD: Final = 4  # pages in work for each process: bounds memory
_KEYID: Final = b'"keyid":"'
_KEYID_CHARS: Final = 64

Keys = dict[str, tuple[str, str]]  # key id -> scheme, public key
Payload = events.EventData | events.Unknown


@dataclass(frozen=True, slots=True)
class Page:
    """Raw entries from ``start`` on; None where one is missing or no bytes at all.

    ``texts`` are the disclosures held for each seq. Signatures are checked from seq ``since`` on.
    """

    start: int
    entries: list[bytes | None]
    texts: Mapping[int, dict[str, str]]
    keys: Keys
    since: int = 0


@dataclass(frozen=True, slots=True)
class Checked:
    """What one entry says by itself, and what is wrong with it: ``(layer, message)`` each.

    ``entry`` is None if the bytes are none; ``payload`` is None if the event breaks its schema.
    ``entry`` comes without the bytes and the data, which nobody asks for after this.
    """

    leaf: bytes
    entry: Entry | None = None
    row: StoredEntry | None = None
    payload: Payload | None = None
    wrong: tuple[tuple[str, str], ...] = ()
    signed: bool | None = None  # None: the key is not known from the log
    texts: int = 0
    missing: int = 0
    evidence: tuple[str, ...] = ()


def check_page(page: Page) -> list[Checked | None]:
    """Check every entry of a page; None where there is none."""
    found: list[Checked | None] = []
    for seq, data in enumerate(page.entries, page.start):
        found.append(None if data is None else _check(page, seq, data))
    return found


def _check(page: Page, seq: int, data: bytes) -> Checked:
    leaf = leaf_hash(data)
    try:
        entry = decode_entry(data, at=seq)
    except NotVerified as error:
        return Checked(leaf, wrong=((error.layer, error.message),))
    event, wrong = entry.signed.event, []
    payload: Payload | None = None
    try:
        payload = events.parse(event.type, event.version, event.data)
    except RegledgerError as error:
        wrong.append(("schema", error.message))
    texts = page.texts.get(seq, {})
    missing, reason = _reveal(event.data, texts)
    if reason:
        wrong.append(("disclosure", reason))
    signed = None if seq >= page.since else True
    key = page.keys.get(entry.signed.signature.keyid)
    if signed is None and key is not None:
        try:
            check_signature(entry.signed, key[1], scheme=key[0])
            signed = True
        except RegledgerError as error:
            signed = False
            wrong.append(("signature", error.message))
    names = cited(event.data) if b'"evidence":' in data else ()
    return Checked(
        leaf,
        _light(entry),
        replace(derived(entry), data=b""),
        payload,
        tuple(wrong),
        signed,
        0 if reason else len(texts),
        missing,
        tuple(one.sha256 for one in names),
    )


def _light(entry: Entry) -> Entry:
    """Return the entry without what is large, its digests computed."""
    event, signed = entry.signed.event, entry.signed
    small = Event(event.actor, {}, event.id, event.ledger, event.made_at, event.type, event.version)
    light = SignedEvent(small, b"", Signature(signed.signature.keyid, b""))
    light.__dict__["digest"] = signed.digest  # where cached_property keeps it
    made = Entry(entry.seq, entry.prev, entry.recorded_at, light, b"")
    made.__dict__["leaf_hash"] = entry.leaf_hash
    return made


def _reveal(data: dict[str, Any], texts: dict[str, str]) -> tuple[int, str]:
    """Return how many texts are missing, and what is wrong with those that are there."""
    try:
        _, missing = disclosure.reveal(data, texts)
        openly = disclosure.digests_in(data) if texts else []
        for digest in texts.keys() - set(openly):  # else inside another disclosed value, if at all
            others = {name: text for name, text in texts.items() if name != digest}
            if digest not in disclosure.reveal(data, others)[1]:
                raise BadDisclosure(f"a text is kept for {digest}, which the entry does not name")
    except NotVerified as error:
        return 0, error.message
    return len(missing), ""


class Keyring:
    """The public keys that the log itself brings in, by their hash, collected while it is read."""

    def __init__(self) -> None:
        self._keys: Keys = {}

    def used_in(self, entries: Iterable[bytes | None]) -> Keys:
        """Take in the keys that these entries bring, and return those that signed one of them."""
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
            return  # whoever checks the entry says what is wrong with it


Run = Callable[[Iterable[Page]], Iterator[tuple[Page, list[Checked | None]]]]


@contextmanager
def workers(size: int, jobs: int | None = None) -> Iterator[Run]:
    """Yield what checks pages and gives them back in order, with as many processes as are worth it.

    Args:
        size: number of entries to be checked.
        jobs: number of processes; by default one for each core, and none of a small log.
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
    pool: ProcessPoolExecutor, ahead: int, pages: Iterable[Page]
) -> Iterator[tuple[Page, list[Checked | None]]]:
    waiting: deque[tuple[Page, Future[list[Checked | None]]]] = deque()
    for page in pages:
        waiting.append((page, pool.submit(check_page, page)))
        if len(waiting) >= ahead:
            first, future = waiting.popleft()
            yield first, future.result()
    while waiting:
        first, future = waiting.popleft()
        yield first, future.result()
