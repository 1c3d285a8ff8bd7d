"""Appending: one transaction in which the rules decide, the chain and the projections grow.

The order within the lock is fixed: read the head, then for each event let the rules decide on the
state so far, fold what they decided, chain the entry; at the end write entries, tree nodes,
disclosures and projections, and commit. If any event is refused, none is recorded.

Between its appends a writer keeps the rules' state and the tree's right edge. They serve the next
append if the head it finds is the head it left, and are read again if anybody else has written, or
if an append failed.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from ledger.api.event_signing import SignedDraft
from ledger.api.opened_ledger import OpenLedger
from ledger.clock import SystemClock, parse_stamp, stamp
from ledger.domain import event_models
from ledger.errors import Conflict, NotCompleted
from ledger.log.chain import Head
from ledger.log.entry import Entry, make_entry
from ledger.log.merkle import CompactRange
from ledger.projections import view_tables
from ledger.projections.entry_columns import derive_columns, import_key
from ledger.projections.fold import fold
from ledger.projections.state_writer import StateWriter
from ledger.store.log_store import Connection

_BACKWARDS = timedelta(seconds=2)  # a clock this little behind the head waits at the head's time
_FORWARDS = timedelta(days=400)  # further than this from the head needs accept_clock


class _Undo(Exception):
    """Roll a rehearsal back; never leaves this module."""


@dataclass(frozen=True, slots=True)
class Appended:
    """The result of one append. ``entries`` leaves out events that were already recorded."""

    entries: tuple[Entry, ...]
    seqs: dict[str, int]  # event id -> seq, of all events given
    states: dict[str, str]  # event id -> state, of those that are reviewed
    already: frozenset[str]


@dataclass(slots=True)
class _Kept:
    """The end of the log as an append left it: the head, the rules' state, the tree's edge."""

    head: Head
    state: StateWriter
    edge: CompactRange


class Writer:
    """Appends signed events to one log."""

    def __init__(self, base: OpenLedger) -> None:
        self._base = base
        self._store = base.store
        self._kept: _Kept | None = None
        self._taking = Lock()

    def forget(self) -> None:
        """Read the state again for the next append: the tables were written by other means."""
        self._kept = None

    def append(self, drafts: Sequence[SignedDraft]) -> Appended:
        """Append all drafts, or none.

        An event that is already recorded with the same bytes keeps its seq and is not recorded
        again.

        Raises:
            RuleViolation, UnknownId: the rules refuse one of the events.
            Conflict: an event id is already recorded with other bytes.
            RolledBack: this machine has seen more of the log, or another.
            NotCompleted: the clock cannot be right, or the store is busy.
        """
        with self._taking:  # an append in another thread reads its own
            kept, self._kept = self._kept, None  # and so does the next if this one fails
        with self._store.writing() as conn:
            done, kept = self._append(conn, drafts, kept)
        self._kept = kept
        if done.entries:
            self._base.memory.moved(done.entries[-1].seq + 1, done.entries[-1].leaf_hash.hex())
        return done

    def rehearse(self, drafts: Sequence[SignedDraft]) -> None:
        """Raise what :meth:`append` would raise, and record nothing."""
        with suppress(_Undo), self._store.writing() as conn:
            self._append(conn, drafts, None)
            raise _Undo

    def _append(
        self, conn: Connection, drafts: Sequence[SignedDraft], kept: _Kept | None
    ) -> tuple[Appended, _Kept]:
        store = self._store
        head = store.head(conn)
        self._base.memory.check(store, conn, head)
        keys = [key for d in drafts if (key := import_key(d.payload)) is not None]
        known, taken = store.recorded(conn, [d.id for d in drafts], keys)
        for draft in drafts:
            if draft.id in known and known[draft.id][1] != draft.signed.digest:
                raise Conflict(f"event {draft.id} is already recorded with other content")
        new = [d for d in drafts if d.id not in known]
        made: list[Entry] = []
        end = self._end(conn, head, made, kept)
        end.state.expect_new([d.id for d in new], set(keys) - taken)
        end.state.look_up_instruments(_instruments(new))
        if new:
            end.head = self._chain(conn, end, new, made)
        states = {d.id: state for d in drafts if (state := end.state.state_of(d.id))}
        if new:
            self._write(conn, end, made, head)
            self._write_texts(conn, made, new)
        seqs = {i: seq for i, (seq, _) in known.items()}
        seqs |= {e.signed.event.id: e.seq for e in made}
        return Appended(tuple(made), seqs, states, frozenset(known)), end

    def _end(self, conn: Connection, head: Head, made: list[Entry], kept: _Kept | None) -> _Kept:
        """Return the end of the log: what was kept of it if nobody has written since, else read.

        ``made`` holds the entries that this append makes, which the rules may ask for.
        """

        def content(seq: int) -> bytes:
            own = seq - head.size
            return made[own].data if own >= 0 else self._store.bytes_at(conn, seq)

        if kept is not None and kept.head == head:
            kept.state.resume(conn, content)
            return kept
        state = StateWriter(conn, content, size=head.size)
        return _Kept(head, state, self._store.compact_range(conn, head.size))

    def _chain(
        self, conn: Connection, end: _Kept, drafts: Sequence[SignedDraft], made: list[Entry]
    ) -> Head:
        """Let the rules decide on each event and chain it to the end; return the new head."""
        head = end.head
        recorded_at = stamp(self._moment(conn, head))
        for draft in drafts:
            end.state.said = draft.said
            fold(end.state, draft.signed, draft.payload, seq=head.size, recorded_at=recorded_at)
            entry = make_entry(draft.signed, seq=head.size, prev=head.leaf, recorded_at=recorded_at)
            made.append(entry)
            head = head.after(entry)
        return head

    def _write(self, conn: Connection, end: _Kept, made: Sequence[Entry], head: Head) -> None:
        """Write the views, the entries that follow ``head``, and the nodes they complete."""
        end.state.flush()
        view_tables.advance(conn, end.head.size)
        rows = [derive_columns(entry) for entry in made]
        nodes = end.edge.extend(entry.leaf_hash for entry in made)
        self._store.append(conn, rows, nodes, head=head)

    def _write_texts(
        self, conn: Connection, made: Sequence[Entry], drafts: Sequence[SignedDraft]
    ) -> None:
        """Write the texts that are kept beside the entries."""
        texts = [
            (d.digest, entry.seq, d.text)
            for entry, draft in zip(made, drafts, strict=True)
            for d in draft.disclosures
        ]
        self._store.put_disclosures(conn, texts)

    def _moment(self, conn: Connection, head: Head) -> datetime:
        now = self._base.clock.now()
        if isinstance(self._base.clock, SystemClock):
            # One clock for all writers, where a server has it.
            served = self._store.server_time(conn)
            now = now if served is None else parse_stamp(served)
        if not head.size:
            return now
        last = parse_stamp(head.recorded_at)
        if now < last - _BACKWARDS:
            raise NotCompleted(
                f"this machine's clock says {stamp(now)}, but the log's last entry is of "
                f"{head.recorded_at}",
                hint="set the clock right; the log's time never goes back",
            )
        if now > last + _FORWARDS and not self._base.accept_clock:
            raise NotCompleted(
                f"this machine's clock says {stamp(now)}, more than {_FORWARDS.days} days after "
                f"the log's last entry of {head.recorded_at}",
                hint="if the clock is right, say so with --accept-clock",
            )
        return max(now, last)


def _instruments(drafts: Iterable[SignedDraft]) -> Iterator[str]:
    """Yield the instruments of the norms that are recorded, of which the rules will ask."""
    for draft in drafts:
        if isinstance(draft.payload, event_models.ClaimRecorded):
            instrument = getattr(draft.payload.claim, "instrument", None)
            if instrument is not None:
                yield instrument.id
