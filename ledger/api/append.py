"""Appending: one transaction in which the rules decide, the chain and the projections grow.

The order within the lock is fixed: read the head, then for each event let the rules decide on the
state so far, fold what they decided, chain the entry; at the end write entries, tree nodes,
disclosures and projections, and commit. If any event is refused, none is recorded.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.api.event_signing import SignedDraft
from ledger.clock import Clock, SystemClock, parse_stamp, stamp
from ledger.errors import Conflict, NotCompleted
from ledger.log.chain import Head
from ledger.log.entry import Entry, make_entry
from ledger.projections import view_tables
from ledger.projections.entry_columns import derive_columns, import_key
from ledger.projections.fold import fold
from ledger.projections.state_writer import StateWriter
from ledger.store.log_store import Connection, LogStore
from ledger.verify.rollback_memory import RollbackMemory

_BACKWARDS = timedelta(seconds=2)  # a clock this little behind the head waits at the head's time
_FORWARDS = timedelta(days=400)  # further than this from the head needs accept_clock


class _Undo(Exception):
    """Roll a rehearsal back; never leaves this module."""


@dataclass(frozen=True, slots=True)
class Appended:
    """The result of one append. ``entries`` leaves out events that were already recorded."""

    entries: tuple[Entry, ...]
    seqs: dict[str, int]  # event id -> seq, of all events given
    already: frozenset[str]


class Writer:
    """Appends signed events to one log."""

    def __init__(
        self,
        store: LogStore,
        clock: Clock,
        *,
        memory: RollbackMemory | None = None,
        accept_clock: bool = False,
    ) -> None:
        """``memory`` is what the log must continue; None where nothing can be remembered yet."""
        self._store = store
        self._clock = clock
        self._memory = memory
        self._accept_clock = accept_clock

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
        with self._store.writing() as conn:
            done = self._append(conn, drafts)
        if done.entries and self._memory is not None:
            self._memory.moved(done.entries[-1].seq + 1, done.entries[-1].leaf_hash.hex())
        return done

    def rehearse(self, drafts: Sequence[SignedDraft]) -> None:
        """Raise what :meth:`append` would raise, and record nothing."""
        with suppress(_Undo), self._store.writing() as conn:
            self._append(conn, drafts)
            raise _Undo

    def _append(self, conn: Connection, drafts: Sequence[SignedDraft]) -> Appended:
        store = self._store
        if self._memory is not None:
            self._memory.check(store, conn)
        known = store.events(conn, [d.id for d in drafts])
        for draft in drafts:
            if draft.id in known and known[draft.id][1] != draft.signed.digest:
                raise Conflict(f"event {draft.id} is already recorded with other content")
        new = [d for d in drafts if d.id not in known]
        head = store.head(conn)
        entries = tuple(self._chain(conn, head, new))
        rows = [derive_columns(entry) for entry in entries]
        edge = store.compact_range(conn, head.size)
        nodes = edge.extend(e.leaf_hash for e in entries)
        store.append(conn, rows, nodes, head=head)
        store.put_disclosures(
            conn,
            [
                (d.digest, entry.seq, d.text)
                for entry, draft in zip(entries, new, strict=True)
                for d in draft.disclosures
            ],
        )
        seqs = {i: seq for i, (seq, _) in known.items()}
        seqs |= {e.signed.event.id: e.seq for e in entries}
        return Appended(entries, seqs, frozenset(known))

    def _chain(
        self, conn: Connection, head: Head, drafts: Sequence[SignedDraft]
    ) -> Iterator[Entry]:
        if not drafts:
            return
        recorded_at = stamp(self._moment(conn, head))
        made: dict[int, bytes] = {}
        state = StateWriter(
            conn, lambda seq: made.get(seq) or self._store.bytes_at(conn, seq), size=head.size
        )
        state.look_ahead(
            [d.id for d in drafts], [k for d in drafts if (k := import_key(d.payload)) is not None]
        )
        prev = head.leaf
        for seq, draft in enumerate(drafts, head.size):
            fold(state, draft.signed, draft.payload, seq=seq, recorded_at=recorded_at)
            entry = make_entry(draft.signed, seq=seq, prev=prev, recorded_at=recorded_at)
            made[seq] = entry.data
            prev = entry.leaf_hash.hex()
            yield entry
        state.flush()
        view_tables.advance(conn, head.size + len(drafts))

    def _moment(self, conn: Connection, head: Head) -> datetime:
        now = self._clock.now()
        served = self._store.server_time(conn)  # one clock for all writers, where there is a server
        if served is not None and isinstance(self._clock, SystemClock):
            now = parse_stamp(served)
        if not head.size:
            return now
        last = parse_stamp(head.recorded_at)
        if now < last - _BACKWARDS:
            raise NotCompleted(
                f"this machine's clock says {stamp(now)}, but the log's last entry is of "
                f"{head.recorded_at}",
                hint="set the clock right; the log's time never goes back",
            )
        if now > last + _FORWARDS and not self._accept_clock:
            raise NotCompleted(
                f"this machine's clock says {stamp(now)}, more than {_FORWARDS.days} days after "
                f"the log's last entry of {head.recorded_at}",
                hint="if the clock is right, say so with --accept-clock",
            )
        return max(now, last)
