"""One pass over a log, in order and in flat memory, wherever it lies.

:mod:`ledger.verify.entry_workers` has each entry parsed, once, and checked by itself
(:mod:`ledger.verify.entry_checks`), on all cores, some pages ahead. In one process the pass then
checks what depends on earlier entries: the bytes continue the chain (``seq``, ``prev``,
``recorded_at``, ``ledger``), the key was enrolled (``key``), the rules of the time allow the event
and it stands in the log once (``rules``), and the tree grows (RFC 6962 2.1). An
:class:`EntrySource` gives the raw entries and compares what it keeps beside them.

The pass replays the rules in a scratch database, never in the one under test. After the first entry
that cannot be folded the replay stops, since nothing it said about later entries would be reliable;
the layers that need no replay go on to the end.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

from ledger.domain import event_models, events
from ledger.domain.rules.memory_state import MemoryState
from ledger.domain.state_records import Policy
from ledger.errors import NotVerified, RegledgerError
from ledger.log.chain import Head, Link
from ledger.log.entry import Envelope
from ledger.log.merkle import CompactRange, TileHash
from ledger.progress import Progress
from ledger.projections.fold import fold_request
from ledger.projections.replay_state import ReplayState
from ledger.sqlite_driver import sqlite3
from ledger.verify.duplicate_events import DuplicateEvents
from ledger.verify.entry_checks import (
    PAGE,
    Batch,
    CheckedEntry,
    Keys,
    Payload,
    SignerKeys,
    request_of,
)
from ledger.verify.entry_workers import Checked, entry_workers
from ledger.verify.pass_hashes import PassHashes
from ledger.verify.report import FailedCheck, Findings
from ledger.verify.scratch_replay import FLUSH

_FIRST: Final = events.TYPE_OF[event_models.LedgerCreated]


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page of entries as a source holds them, from ``start`` on; None where an entry is missing.

    ``texts`` are the disclosures by seq; ``kept`` is what the source will compare with the entries.
    """

    start: int
    entries: list[bytes | None]
    texts: dict[int, dict[str, str]]
    kept: Any


class _Page(NamedTuple):
    """A page as stored, and what reading it found."""

    stored: StoredPage
    faults: list[FailedCheck]


_END: Final = StoredPage(0, [], {}, None)


class RulesInMemory(MemoryState):
    """The rules' state of a small log: making a database takes longer than a few entries."""

    said: str | None = None

    def look_ahead(self, event_ids: Iterable[str], keys: Iterable[str]) -> None:
        """Do nothing: all is in memory."""

    def advance(self, size: int) -> None:
        """Do nothing: no query depends on the size."""

    def flush(self) -> None:
        """Do nothing: no row waits to be written."""


Folding = ReplayState | RulesInMemory


class EntrySource(Protocol):
    """Where a log lies; the pass reads entries from ``start`` on, 0 unless it goes on from a state.

    ``hashed`` holds the hashes that the pass has computed so far. Where nobody signed the size
    (``believed`` is False), the pass ends with the first bad page.
    """

    size: int
    start: int
    address: str
    hashed: PassHashes
    believed: bool

    def pages(self) -> Iterator[StoredPage]:
        """Yield the entries to be read in pages; note in the findings what cannot be read."""

    def bytes_at(self, seq: int) -> bytes:
        """Return the bytes of one entry. Raises NotVerified where it is missing."""

    def hashes(self, level: int, start: int, stop: int) -> list[bytes]:
        """Return stored tile hashes, for proofs; those of level 0 are leaf hashes."""

    def compare_page(self, raw: StoredPage, checked: Sequence[CheckedEntry | None]) -> None:
        """Compare what the source keeps beside the entries of a page with their bytes."""

    def check_tile_hashes(self, complete: Sequence[TileHash]) -> None:
        """Compare tile hashes of level >= 1, as they become complete."""

    def signed_sizes(self) -> Iterator[int]:
        """Yield the sizes for which there is a signed note, smallest first."""

    def check_signed(self, size: int, root: bytes, log_keys: Sequence[str]) -> None:
        """Check the notes of this size with the keys that the log had then."""

    def count_files(self, digests: Sequence[str]) -> None:
        """Count which of the captured files that an entry cites are here."""


@dataclass(slots=True)
class LogPass:
    """One pass; afterwards its members say where the log stands.

    ``state`` reads old entries through ``hashed``. ``admit``, called once after the first page,
    says whether to read on. ``seen`` is the scratch database that may hold earlier event ids.
    """

    source: EntrySource
    found: Findings
    state: Folding
    hashed: PassHashes
    since: int = 0
    admit: Callable[["LogPass"], bool] | None = None
    founder: str = ""
    policy: Policy | None = None
    replaying: bool = True
    head: Head | None = Head.EMPTY
    keys: Keys = field(default_factory=dict)  # brought in by entries before ``start``
    seen: sqlite3.Connection | None = None
    _ring: SignerKeys | None = None
    _next: int | None = None
    _ids: DuplicateEvents = field(init=False)
    _repeated: dict[int, int] = field(default_factory=dict)  # seq -> first seq of that event

    @property
    def edge(self) -> CompactRange:
        """The tree's right edge after the entries read."""
        return self.hashed.edge

    def run(self, *, jobs: int | None = None, progress: Progress | None = None) -> None:
        """Check all that the source has, or up to where too much is wrong to go on.

        Called again, it goes on with what the source has got since.
        """
        say: Final = progress or (lambda _done, _total: None)
        self.source.hashed = self.hashed
        sizes = self.source.signed_sizes()
        self._next = next(sizes, None)
        if self._next is not None and self._next == self.edge.size and self.hashed.whole:
            self._check_signed(sizes)
        unread = self.source.size - self.edge.size
        before = len(self.found.faults)
        workers = entry_workers(unread, jobs)
        with workers as pool, closing(DuplicateEvents(self.seen)) as self._ids:
            for count, (page, checked) in enumerate(pool.check(self._pages())):
                self.found.take(page.faults)
                if page.stored is _END:
                    break
                self._check_page(page.stored, checked, sizes)
                if count % (FLUSH // PAGE) == 0:
                    self.state.flush()
                say(page.stored.start + len(checked), self.source.size)
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

    def _pages(self) -> Iterator[tuple[_Page, Batch]]:
        ring = self._ring = self._ring or SignerKeys(self.keys)
        pages = self.source.pages()
        while True:
            with self.found.aside() as faults:
                stored = next(pages, _END)
            there = [data for data in stored.entries if data is not None]
            ring.collect(there)
            keys = ring.named_by(there)
            batch = Batch(stored.start, stored.entries, stored.texts, self.since, keys)
            yield _Page(stored, faults), batch
            if stored is _END:
                return

    def _check_page(self, page: StoredPage, checked: Checked, sizes: Iterator[int]) -> None:
        start = page.start
        opened = {
            seq: one for seq, one in enumerate(checked, start) if one is not None and one.envelope
        }
        ids = {seq: one.envelope.id for seq, one in opened.items() if one.envelope}
        self._repeated = self._ids.repeated(ids)
        if self.replaying:
            twice = {ids[seq] for seq in self._repeated}
            keys = [one.claim_key for one in opened.values() if one.claim_key]
            self.state.look_ahead(set(ids.values()) - twice, keys)
        complete: list[TileHash] = []
        for seq, one in enumerate(checked, start):
            if one is None:
                self.found.add(seq, "seq", f"entry {seq} is missing")
                self.head, self.replaying = None, False
                self.hashed.gap()
                continue
            complete += self.hashed.append(one.leaf)
            self._check_entry(seq, one)
            if seq + 1 == self._next and self.hashed.whole:
                self._check_signed(sizes)
        self.source.check_tile_hashes(complete)
        self.source.compare_page(page, checked)

    def _check_signed(self, sizes: Iterator[int]) -> None:
        self.source.check_signed(self.edge.size, self.edge.root(), self.log_keys)
        self._next = next(sizes, None)

    def _check_entry(self, seq: int, one: CheckedEntry) -> None:
        for layer, message in one.wrong:
            self.found.add(seq, layer, message)
        if one.envelope is None:
            self.head, self.replaying = None, False
            return
        if one.envelope.seq != seq:
            self.found.add(seq, "seq", f"the entry says seq {one.envelope.seq}")
        self._link(seq, one.envelope, one)
        if seq in self._repeated:
            where = f"the log already, at {self._repeated[seq]}"
            self.found.add(seq, "rules", f"the event {one.envelope.id} stands in {where}")
            self.replaying = False
        self.found.disclosures["open"] += one.texts
        self.found.disclosures["missing"] += one.missing
        if one.evidence:
            self.source.count_files(one.evidence)
        if one.payload is None:
            self.replaying = False
            return
        self._fold(one.envelope, one, one.payload)

    def _link(self, seq: int, found: Envelope, one: CheckedEntry) -> None:
        if self.head is not None:
            link = Link(found.seq, found.prev, found.recorded_at, found.ledger)
            try:
                self.head = self.head.linked(link, one.digest, one.leaf)
            except NotVerified as error:
                self.found.add_error(seq, error)
            else:
                return
        ledger = self.policy.ledger if self.policy else ""
        self.head = Head(seq + 1, one.leaf.hex(), found.recorded_at, ledger)
        self.replaying = False

    def _fold(self, found: Envelope, one: CheckedEntry, payload: Payload) -> None:
        first = found.type == _FIRST
        if first and found.seq == 0:
            self.founder = found.keyid
        known = self.state.key(found.keyid) is not None or (first and one.signed is not None)
        if self.replaying and not known:
            self.found.add(found.seq, "key", f"nobody enrolled the key {found.keyid[:16]}")
        if one.signed is False:
            self.replaying = False  # an event that nobody signed must not change the replay
        if not self.replaying:
            return
        self.state.said = one.said
        try:
            request = request_of(found, one.digest, payload)
            fold_request(self.state, request, seq=found.seq, recorded_at=found.recorded_at)
        except RegledgerError as error:
            self.found.add_error(found.seq, error)
            self.replaying = False
        self.policy = self.state.policy()
