"""One open ledger: its store, clock and memory, and what is cached of its head.

:class:`OpenLedger` is what :class:`ledger.Ledger` and each of its parts is built on. What
only some of them need is imported when they do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, TypedDict
from zoneinfo import ZoneInfo

from ledger import points
from ledger.clock import Clock, end_of_day, local_day, stamp
from ledger.domain.resolve.status_values import View
from ledger.domain.state_records import Actor, Policy
from ledger.errors import StoreBusy
from ledger.log.chain import Head
from ledger.log.entry import Entry
from ledger.points import Point
from ledger.projections.policy import policy_at
from ledger.store.log_store import Connection, LogStore
from ledger.verify.rollback_memory import RollbackMemory

if TYPE_CHECKING:
    from ledger.domain.resolve.facts import Facts
    from ledger.domain.taxonomy import Taxonomy
    from ledger.projections.facts_loader import FactsLoader, LogPrefix, Notes
    from ledger.queries.resolve_reference import References


class Viewpoint(TypedDict, total=False):
    """Where a question is asked from: by default today, as known now, in the prudential view.

    ``as_of`` and ``known_at`` are those of :meth:`OpenLedger.point`.
    """

    as_of: date | str | None
    known_at: int | str | date | None
    view: View


_PREFIXES = 64  # kept; each holds a reference to a taxonomy that is kept anyway


class OpenLedger:
    """The store of one ledger, and what follows from the log's head."""

    def __init__(
        self,
        url: str,
        store: LogStore,
        clock: Clock,
        memory: RollbackMemory | None = None,
        *,
        accept_clock: bool = False,
    ) -> None:
        """``memory`` is what this machine saw of the ledger; by default what lies beside it.

        ``accept_clock`` says that a clock far ahead of the log's last entry is right.
        """
        self.url = url
        self.store = store
        self.clock = clock
        self.memory = memory or RollbackMemory.beside(store.file)
        self.accept_clock = accept_clock
        self.following = True  # whether the status projection follows each append
        self.appended: tuple[range, ...] = ()  # seqs of the entries appended through this object
        self._taxonomies: dict[int, Taxonomy] = {}
        # By size and leaf hash of the last entry: by the chain, that stands for the whole prefix.
        self._prefixes: dict[tuple[int, bytes], LogPrefix] = {}
        self._policy: tuple[Head, Policy] | None = None

    @cached_property
    def ledger(self) -> str:
        """The id of the ledger, which never changes."""
        return self.policy.ledger

    @property
    def policy(self) -> Policy:
        """The ledger's policy at the head."""
        with self.store.reading() as conn:
            return self.policy_on(conn)

    @cached_property
    def simulated(self) -> bool:
        """Whether recorded times come from a simulated clock, which never changes."""
        policy = self._policy[1] if self._policy else self.policy  # of whatever head
        return policy.clock == "simulated"

    def policy_on(self, conn: Connection, head: Head | None = None) -> Policy:
        """Return the policy at the head that ``conn`` sees; ``head`` spares looking it up."""
        head = head or self.store.head(conn)
        if self._policy is None or self._policy[0] != head:
            self._policy = (head, policy_at(conn, head.size))
        return self._policy[1]

    @property
    def taxonomy(self) -> Taxonomy:
        """The taxonomy at the head."""
        with self.store.reading() as conn:
            return self._taxonomy(conn, self.store.head(conn).size)

    def actors(self) -> tuple[Actor, ...]:
        """Return all actors ever enrolled, with the keys and roles in force, by slug."""
        with self.references() as refs:
            return refs.state.actors()

    @contextmanager
    def references(self) -> Iterator[References]:
        """Look up what references name, in one reading transaction."""
        from ledger.queries.resolve_reference import References  # only who names entries needs it

        with self.store.reading() as conn:
            yield References(self.store, conn)

    def seq_of(self, ref: str) -> int:
        """Return the seq of the entry that ``ref`` names; raises as :class:`References` does."""
        with self.references() as refs:
            return refs.seq_of(ref)

    def today(self) -> date:
        """Return the current day in the ledger's time zone."""
        return _day_of(self.clock.now(), self.policy)

    def point(
        self, as_of: date | str | None = None, known_at: int | str | date | None = None
    ) -> Point:
        """Return the point that ``as_of`` and ``known_at`` name; by default today and the head.

        ``known_at`` is an entry (``42`` or ``"@42"``: up to and including it), ``"@head"``, a day
        (everything recorded to the end of that day in the ledger's time zone) or a recorded_at
        stamp; see :mod:`ledger.points`. A point ahead of the head or of now is answered as known at
        the head; the point's ``notes`` say so, and that a day is more than a year from today.

        Raises InputError for anything else.
        """
        now = self.clock.now()
        asked = None if as_of is None else points.parse_day(as_of)
        known = None if known_at is None else points.parse_known(known_at)
        with self.store.reading() as conn:
            head = self.store.head(conn)
            today = _day_of(now, self.policy_on(conn, head))
            size = self._size_of(conn, known, head.size)
            at_head = size == head.size
            last = (
                head.recorded_at
                if at_head
                else self.store.recorded_at(conn, points.last_entry(size))
            )
        day = today if asked is None else asked
        far = points.note_far_day(day, today)
        return Point(day, size, last, (*far, *points.note_ahead(known, size, now=now, today=today)))

    def viewed(
        self,
        as_of: date | str | None = None,
        known_at: int | str | date | None = None,
        view: View = "prudential",
    ) -> tuple[Point, View]:
        """Return the point and the view of a :class:`Viewpoint`; raises as :meth:`point` does."""
        return self.point(as_of, known_at), view

    def _size_of(self, conn: Connection, known: points.Known | None, head: int) -> int:
        """Return how many of ``head`` entries are known at a K."""
        if known is None or known == points.HEAD:
            return head
        if known == points.NONE:
            return 0
        if isinstance(known, int):
            return min(points.size_at(known), head)
        if isinstance(known, datetime):
            return self.store.size_at(conn, stamp(known))
        return self.store.size_at(conn, end_of_day(known, policy_at(conn, head).timezone))

    def facts(self, point: Point, *, notes: Notes = "counted") -> Facts:
        """Return the facts of all claims as known at a point; see :meth:`.FactsLoader.load_all`."""
        with self.store.reading() as conn:
            return self.loader(conn, point.size).load_all(notes=notes)

    def loader(self, conn: Connection, size: int) -> FactsLoader:
        """Return what loads the facts known in a log of ``size`` entries."""
        from ledger.projections.facts_loader import FactsLoader

        return FactsLoader(conn, self._prefix(conn, size))

    def _taxonomy(self, conn: Connection, size: int) -> Taxonomy:
        from ledger.projections.taxonomy import last_definition_change, taxonomy_at

        at = min(last_definition_change(conn, size), size - 1)  # before seq 1 there is none
        if at not in self._taxonomies:
            self._taxonomies[at] = taxonomy_at(conn, size)
        return self._taxonomies[at]

    def _prefix(self, conn: Connection, size: int) -> LogPrefix:
        from ledger.projections.facts_loader import LogPrefix

        leaf = self.store.leaf_at(conn, size - 1)
        held = self._prefixes.get((size, leaf))
        if held is not None:
            return held
        policy = policy_at(conn, size)
        made = LogPrefix(
            size=size,
            head=self.store.compact_range(conn, size).root().hex(),
            rules=policy.rules,
            taxonomy=self._taxonomy(conn, size),
            local_day=lambda stamp: local_day(stamp, policy.timezone),
        )
        if len(self._prefixes) >= _PREFIXES:
            self._prefixes.clear()
        self._prefixes[size, leaf] = made
        return made

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Hold the write lock, for what is kept beside the log.

        Raises RolledBack where this machine has seen more of the log, or another log.
        """
        with self.store.writing() as conn:
            self.memory.check(self.store, conn)
            yield conn

    def note_appended(self, entries: Sequence[Entry]) -> None:
        """Note what was appended, one after the other, and forget what followed from the head."""
        if entries:
            first, stop = entries[0].seq, entries[-1].seq + 1
            *before, last = self.appended or (range(first, first),)
            joined = (
                (range(last.start, stop),) if last.stop == first else (last, range(first, stop))
            )
            self.appended = (*before, *joined)
        self._prefixes.clear()
        self._policy = None

    def follow_status(self) -> None:
        """Let the status projection follow what was appended, within a bound of work.

        What is more is left behind, and so is all of it while another writer holds the lock.
        """
        if not self.following:
            return
        from ledger.projections import status_follow  # only who appends needs it

        with suppress(StoreBusy):
            status_follow.follow(self.store, within=status_follow.AFTER_A_COMMAND)

    def drop_caches(self) -> None:
        """Drop what was read of the log and its projections."""
        self._taxonomies.clear()
        self._prefixes.clear()
        self._policy = None


def _day_of(moment: datetime, policy: Policy) -> date:
    return moment.astimezone(ZoneInfo(policy.timezone)).date()
