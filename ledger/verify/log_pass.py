"""One pass over a log, in order and in flat memory, wherever it lies.

:mod:`ledger.verify.entry_checks` checks each entry by itself, on all cores. The pass checks what
depends on earlier entries: the bytes continue the chain (``seq``, ``prev``, ``recorded_at``,
``ledger``), the key was enrolled (``key``), the rules of the time allow the event and it stands in
the log once (``rules``), and the tree grows (RFC 6962 2.1). An :class:`EntrySource` gives the raw
entries and compares what it keeps beside them.

The pass replays the rules in a scratch database, never in the one under test. After the first entry
that cannot be folded the replay stops, since nothing it said about later entries would be reliable;
the layers that need no replay go on to the end.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import orjson

from ledger.domain import event_models, events
from ledger.domain.rules.memory_state import MemoryState
from ledger.domain.state_records import Policy
from ledger.errors import NotVerified, RegledgerError
from ledger.log.chain import Head
from ledger.log.entry import Entry
from ledger.log.merkle import CompactRange, TileHash
from ledger.progress import Progress
from ledger.projections.fold import fold
from ledger.projections.state_writer import StateWriter
from ledger.sqlite_driver import sqlite3
from ledger.verify.duplicate_events import DuplicateEvents
from ledger.verify.entry_checks import PAGE, CheckedEntry, Keys, PageToCheck, SignerKeys, workers
from ledger.verify.pass_hashes import PassHashes
from ledger.verify.report import Findings
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


class RulesInMemory(MemoryState):
    """The rules' state of a small log: making a database takes longer than a few entries."""

    def look_ahead(self, event_ids: Iterable[str], keys: Iterable[str]) -> None:
        """Do nothing: all is in memory."""

    def advance(self, size: int) -> None:
        """Do nothing: no query depends on the size."""

    def flush(self) -> None:
        """Do nothing: no row waits to be written."""


Folding = StateWriter | RulesInMemory


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
    _next: int | None = None
    _ids: DuplicateEvents = field(init=False)
    _repeated: dict[int, int] = field(default_factory=dict)  # seq -> first seq of that event

    @property
    def edge(self) -> CompactRange:
        """The tree's right edge after the entries read."""
        return self.hashed.edge

    def run(self, *, jobs: int | None = None, progress: Progress | None = None) -> None:
        """Check all that the source has, or up to where too much is wrong to go on."""
        say: Final = progress or (lambda _done, _total: None)
        self.source.hashed = self.hashed
        sizes = self.source.signed_sizes()
        self._next = next(sizes, None)
        if self._next is not None and self._next == self.edge.size:
            self._check_signed(sizes)
        raws: dict[int, StoredPage] = {}
        unread = self.source.size - self.edge.size
        before = len(self.found.faults)
        with workers(unread, jobs) as run, closing(DuplicateEvents(self.seen)) as self._ids:
            for count, (page, checked) in enumerate(run(self._pages(raws))):
                raw = raws.pop(page.start)
                self._check_page(raw, checked, sizes)
                self.source.compare_page(raw, checked)
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

    def _check_page(
        self, raw: StoredPage, page: Sequence[CheckedEntry | None], sizes: Iterator[int]
    ) -> None:
        if self.replaying:
            headers = [one.header for one in page if one is not None and one.header is not None]
            self.state.look_ahead(
                [one.event_id for one in headers],
                [one.claim_key for one in headers if one.claim_key],
            )
        self._repeated = self._ids.repeated(
            {
                seq: one.header.event_id
                for seq, one in enumerate(page, raw.start)
                if one and one.header
            }
        )
        complete: list[TileHash] = []
        for seq, one in enumerate(page, raw.start):
            if one is None:
                self.found.add(seq, "seq", f"entry {seq} is missing")
                self.head, self.replaying = None, False
                self.hashed.gap()
                continue
            complete += self.hashed.append(one.leaf)
            self._check_entry(seq, one, raw.entries[seq - raw.start] or b"")
            if seq + 1 == self._next and self.hashed.whole:
                self._check_signed(sizes)
        self.source.check_tile_hashes(complete)

    def _check_signed(self, sizes: Iterator[int]) -> None:
        self.source.check_signed(self.edge.size, self.edge.root(), self.log_keys)
        self._next = next(sizes, None)

    def _check_entry(self, seq: int, one: CheckedEntry, data: bytes) -> None:
        for layer, message in one.wrong:
            self.found.add(seq, layer, message)
        if one.header is None:
            self.head, self.replaying = None, False
            return
        entry = one.header.entry(one.leaf)
        if entry.seq != seq:
            self.found.add(seq, "seq", f"the entry says seq {entry.seq}")
        self._link(seq, entry)
        if seq in self._repeated:
            where = f"the log already, at {self._repeated[seq]}"
            self.found.add(seq, "rules", f"the event {one.header.event_id} stands in {where}")
            self.replaying = False
        self.found.disclosures["open"] += one.texts
        self.found.disclosures["missing"] += one.missing
        if one.evidence:
            self.source.count_files(one.evidence)
        if not one.fits:
            self.replaying = False
            return
        self._fold(entry, data, signed=one.signed)

    def _link(self, seq: int, entry: Entry) -> None:
        if self.head is not None:
            try:
                self.head = self.head.after(entry)
            except NotVerified as error:
                self.found.add_error(seq, error)
            else:
                return
        ledger = self.policy.ledger if self.policy else ""
        self.head = Head(seq + 1, entry.leaf_hash.hex(), entry.recorded_at, ledger)
        self.replaying = False

    def _fold(self, entry: Entry, data: bytes, *, signed: bool | None) -> None:
        event, keyid = entry.signed.event, entry.signed.signature.keyid
        first = event.type == _FIRST
        if first and entry.seq == 0:
            self.founder = keyid
        known = self.state.key(keyid) is not None or (first and signed is not None)
        if self.replaying and not known:
            self.found.add(entry.seq, "key", f"nobody enrolled the key {keyid[:16]}")
        if signed is False:
            self.replaying = False  # an event that nobody signed must not change the replay
        if not self.replaying:
            return
        # Parsing again is cheaper than passing it over from the process that checked it.
        content = orjson.loads(data)["event"]["data"]
        payload = events.parse(event.type, event.version, content, spelled=True)
        try:
            fold(self.state, entry.signed, payload, seq=entry.seq, recorded_at=entry.recorded_at)
        except RegledgerError as error:
            self.found.add_error(entry.seq, error)
            self.replaying = False
        self.policy = self.state.policy()
