"""One pass over a log, in order and in flat memory, wherever it lies.

What an entry says by itself is checked on all cores (:mod:`ledger.verify.entry_checks`); here
follows what depends on the entries before: the bytes continue the chain (``seq``, ``prev``,
``recorded_at``, ``ledger``), somebody enrolled the key (``key``), the rules of the time allow the
event and it stands there once (``rules``), and the tree grows. A :class:`EntrySource` gives the raw
entries and compares what it keeps beside them: columns and tile hashes of a database, tiles of a
published directory.

The rules are replayed in a scratch database, never in the one under test. After the first entry
that cannot be folded the replay stops, since nothing said about later entries would be reliable;
the layers that need no replay go on to the end.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import orjson

from ledger.domain import events
from ledger.domain.rules.memory_state import MemoryState
from ledger.domain.state_records import Policy
from ledger.errors import NotVerified, RegledgerError
from ledger.log.chain import Head
from ledger.log.entry import Entry
from ledger.log.merkle import CompactRange, TileHash
from ledger.progress import Progress
from ledger.projections.fold import fold
from ledger.projections.state_writer import StateWriter
from ledger.verify.duplicate_events import DuplicateEvents
from ledger.verify.entry_checks import PAGE, CheckedEntry, Keys, PageToCheck, SignerKeys, workers
from ledger.verify.pass_hashes import PassHashes
from ledger.verify.report import Findings
from ledger.verify.scratch_replay import FLUSH

_FIRST: Final = events.TYPE_OF[events.LedgerCreated]


@dataclass(frozen=True, slots=True)
class StoredPage:
    """Entries as a source holds them, from ``start`` on; None where one is missing.

    ``kept`` is whatever the source wants to compare with, ``texts`` the disclosures of each seq.
    """

    start: int
    entries: list[bytes | None]
    texts: dict[int, dict[str, str]]
    kept: Any


class RulesInMemory(MemoryState):
    """The rules' state of a small log: no database to be made for a few entries."""

    def look_ahead(self, event_ids: Iterable[str], keys: Iterable[str]) -> None:
        """Nothing to be fetched."""

    def advance(self, size: int) -> None:
        """Nothing depends on the size."""

    def flush(self) -> None:
        """Nothing waits."""


Folding = StateWriter | RulesInMemory


class EntrySource(Protocol):
    """Where a log lies; entries before ``start`` are not read, 0 unless the pass sets it.

    ``hashed`` is what the pass has computed so far. Where the size is only said, and not signed
    (``believed``), a pass ends with the first bad page instead of looking for all there is.
    """

    size: int
    start: int
    address: str
    hashed: PassHashes
    believed: bool

    def pages(self) -> Iterator[StoredPage]:
        """Yield the entries to be read in pages; note in the findings what cannot be read."""

    def bytes_at(self, seq: int) -> bytes:
        """Return the bytes of one entry. Raises NotVerified where it is not there."""

    def compare(self, raw: StoredPage, checked: Sequence[CheckedEntry | None]) -> None:
        """Compare what is kept beside the entries of a page with what they are."""

    def grown(self, complete: Sequence[TileHash]) -> None:
        """Compare tile hashes of level >= 1, as they become complete."""

    def due(self) -> Iterator[int]:
        """Yield the sizes that something was signed over, smallest first."""

    def reached(self, size: int, root: bytes, log_keys: Sequence[str]) -> None:
        """Check what was signed over this size, by the keys that the log had then."""

    def cited(self, digests: Sequence[str]) -> None:
        """Look for captured files that an entry names."""


@dataclass(slots=True)
class LogPass:
    """One pass; afterwards its members say where the log stands.

    ``hashed`` has its hashes; ``state`` reads old entries through it. ``admit``, called once after
    the first page, says whether this is a ledger to be read on.
    """

    source: EntrySource
    found: Findings
    state: Folding
    hashed: PassHashes
    since: int = 0
    admit: Callable[[LogPass], bool] | None = None
    founder: str = ""
    policy: Policy | None = None
    replaying: bool = True
    head: Head | None = Head.EMPTY
    keys: Keys = field(default_factory=dict)  # that entries before the first one read brought in
    seen: sqlite3.Connection | None = None  # where the event ids so far are
    _next: int | None = None
    _ids: DuplicateEvents = field(init=False)
    _repeated: dict[int, int] = field(
        default_factory=dict
    )  # seq -> the seq of the same event before

    @property
    def edge(self) -> CompactRange:
        """The tree's right edge after the entries read."""
        return self.hashed.edge

    def run(self, *, jobs: int | None = None, progress: Progress | None = None) -> None:
        """Check what the source has, up to where too much is wrong to go on."""
        say: Final = progress or (lambda _done, _total: None)
        self.source.hashed = self.hashed
        due = self.source.due()
        self._next = next(due, None)
        if self._next is not None and self._next == self.edge.size:
            self._reached(due)
        raws: dict[int, StoredPage] = {}
        unread = self.source.size - self.edge.size
        before = len(self.found.faults)
        with workers(unread, jobs) as run, DuplicateEvents(self.seen) as self._ids:
            for count, (page, checked) in enumerate(run(self._pages(raws))):
                raw = raws.pop(page.start)
                self._page(raw, checked, due)
                self.source.compare(raw, checked)
                if count % (FLUSH // PAGE) == 0:
                    self.state.flush()
                say(raw.start + len(raw.entries), self.source.size)
                worse = len(self.found.faults) > before
                if self.found.full() or (worse and not self.source.believed):
                    break
                if count == 0 and self.admit is not None and not self.admit(self):
                    break
        self.state.flush()

    @property
    def log_keys(self) -> tuple[str, ...]:
        """The keys that the log has at this point, as far as they can be known."""
        return self.policy.log_keys if self.policy else ()

    def _pages(self, raws: dict[int, StoredPage]) -> Iterator[PageToCheck]:
        ring = SignerKeys(self.keys)
        for raw in self.source.pages():
            raws[raw.start] = raw
            keys = ring.used_in(raw.entries)
            yield PageToCheck(raw.start, raw.entries, raw.texts, keys, self.since)

    def _page(
        self, raw: StoredPage, page: Sequence[CheckedEntry | None], due: Iterator[int]
    ) -> None:
        if self.replaying:
            said = [one.said for one in page if one is not None and one.said is not None]
            self.state.look_ahead(
                [one.event_id for one in said], [one.claim_key for one in said if one.claim_key]
            )
        self._repeated = self._ids.repeated(
            {seq: one.said.event_id for seq, one in enumerate(page, raw.start) if one and one.said}
        )
        complete: list[TileHash] = []
        for seq, one in enumerate(page, raw.start):
            if one is None:
                self.found.add(seq, "seq", f"entry {seq} is missing")
                self.head, self.replaying = None, False
                self.hashed.gap()
                continue
            complete += self.hashed.append(one.leaf)
            self._one(seq, one, raw.entries[seq - raw.start] or b"")
            if seq + 1 == self._next and self.hashed.whole:
                self._reached(due)
        self.source.grown(complete)

    def _reached(self, due: Iterator[int]) -> None:
        self.source.reached(self.edge.size, self.edge.root(), self.log_keys)
        self._next = next(due, None)

    def _one(self, seq: int, one: CheckedEntry, data: bytes) -> None:
        for layer, message in one.wrong:
            self.found.add(seq, layer, message)
        if one.said is None:
            self.head, self.replaying = None, False
            return
        entry = one.said.entry(one.leaf)
        if entry.seq != seq:
            self.found.add(seq, "seq", f"the entry says seq {entry.seq}")
        self._link(seq, entry)
        if seq in self._repeated:
            where = f"the log already, at {self._repeated[seq]}"
            self.found.add(seq, "rules", f"the event {one.said.event_id} stands in {where}")
            self.replaying = False
        self.found.disclosures["open"] += one.texts
        self.found.disclosures["missing"] += one.missing
        if one.evidence:
            self.source.cited(one.evidence)
        if not one.fits:
            self.replaying = False
            return
        self._event(entry, data, signed=one.signed)

    def _link(self, seq: int, entry: Entry) -> None:
        if self.head is not None:
            try:
                self.head = self.head.after(entry)
            except NotVerified as error:
                self.found.caught(seq, error)
            else:
                return
        ledger = self.policy.ledger if self.policy else ""
        self.head = Head(seq + 1, entry.leaf_hash.hex(), entry.recorded_at, ledger)
        self.replaying = False

    def _event(self, entry: Entry, data: bytes, *, signed: bool | None) -> None:
        event, keyid = entry.signed.event, entry.signed.signature.keyid
        first = event.type == _FIRST
        if first and entry.seq == 0:
            self.founder = keyid
        known = self.state.key(keyid) is not None or (first and signed is not None)
        if self.replaying and not known:
            self.found.add(entry.seq, "key", f"nobody enrolled the key {keyid[:16]}")
        if signed is False:
            self.replaying = False  # what nobody signed must not change what is replayed
        if not self.replaying:
            return
        # Cheaper read again than handed over by the process that checked it.
        content = orjson.loads(data)["event"]["data"]
        payload = events.parse(event.type, event.version, content, spelled=True)
        try:
            fold(self.state, entry.signed, payload, seq=entry.seq, recorded_at=entry.recorded_at)
        except RegledgerError as error:
            self.found.caught(entry.seq, error)
            self.replaying = False
        self.policy = self.state.policy()
