"""The verbs of somebody who looks around: pages of the log, the board at a glance, one cell whole.

They answer what a screen needs at once, at any size of the log: by key range, from the status view,
or from the claims of one cell. What they say is what the other verbs say, never something else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import orjson
import sqlalchemy as sa

from ledger.api.reading import Asking
from ledger.api.results import Shown, StatusAnswer
from ledger.domain.resolve.claims_on_cell import claims_on_cell
from ledger.domain.resolve.facts import Cell, Facts
from ledger.domain.resolve.resolve import Resolution, resolve
from ledger.domain.resolve.statuses import View
from ledger.domain.resolve.timeline import Segment, timeline
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import ANY
from ledger.points import Point
from ledger.projections import base
from ledger.proofs import entry_report
from ledger.proofs.entry_report import EntryReport
from ledger.queries import history, history_filter, related
from ledger.queries import text_search as finding
from ledger.queries.calendar import Calendar, CalendarScope, calendar, calendar_window
from ledger.queries.corrections import Correction, corrections
from ledger.queries.history import HistoryItem
from ledger.queries.history_filter import HistoryFilter
from ledger.store import schema as s

_SCANNED = 2000  # entries looked at in one transaction while searching for a text
_OFFERED = 5000  # instruments and claim keys that a form completes from
_REMARKS = 200  # claims that bear on no status, shown with a cell
_LOOKED = 20_000  # entries looked at in one call while filtering


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A cell in short. ``flags`` are those of a segment, or all of them where it was resolved."""

    status: str
    reason: str | None
    basis_kind: str
    flags: tuple[str, ...]

    @classmethod
    def of(cls, found: Resolution) -> Glimpse:
        """The short form of a resolution."""
        return cls(found.status, found.reason, found.basis_kind, found.flags)


@dataclass(frozen=True, slots=True)
class Glance:
    """The board in short. ``cells`` maps (jurisdiction, activity) to what holds there.

    ``whole`` says whether the flags are complete; from the status view they hold only contests
    and imprecise dates.
    """

    point: Point
    view: View
    actor: str
    cells: Mapping[tuple[str, str], Glimpse]
    whole: bool
    simulated: bool


@dataclass(frozen=True, slots=True)
class CellPage:
    """One cell with its timeline and every claim that can bear on it."""

    answer: StatusAnswer
    segments: tuple[Segment, ...]
    forces: tuple[tuple[str, ...], ...]  # of each segment's basis as it begins
    claims: tuple[CountedClaim, ...]  # that count, newest first
    pending: tuple[CountedClaim, ...]  # that await review
    cut: bool  # whether older claims that bear on no status are not among them

    def part(self, claim: str) -> str:
        """What a claim is to the answer: basis, recognition, loser or other."""
        found = self.answer.resolution
        if claim in found.basis:
            return "basis"
        if claim in found.recognition_basis:
            return "recognition"
        return "loser" if any(lost.claim == claim for lost in found.losers) else "other"


class Browsing(Asking):
    """Questions of screens; none of them writes."""

    def entries(self, start: int, stop: int, *, at: int | None = None) -> Sequence[HistoryItem]:
        """Return the entries with start <= seq < stop, oldest first, by key range.

        Their states are those of a log of ``at`` entries, by default of all.
        """
        with self.store.reading() as conn:
            return history.history_page(
                conn,
                HistoryFilter(at=at),
                start=start,
                stop=stop,
                newest_first=False,
                limit=stop - start,
            )

    def matching(
        self, only: HistoryFilter, *, below: int, limit: int, look: int = _LOOKED
    ) -> tuple[Sequence[HistoryItem], int]:
        """Return (entries, how far): up to ``limit`` with seq < ``below`` that a filter lets by.

        Newest first. Looks at no more than ``look`` entries; ``how far`` is the ``below`` of the
        next call, 0 once the log was looked at to its beginning.
        """
        stop = below if only.stop is None else min(below, only.stop)
        low = max(only.start, stop - look)
        found: list[HistoryItem] = []
        while low < stop and len(found) < limit:
            with self.store.reading() as conn:
                page, stop = finding.search_page(
                    conn, only, start=low, stop=stop, newest_first=True, limit=_SCANNED
                )
            found += page
        if len(found) > limit:
            found, stop = found[:limit], found[limit - 1].seq
        return found, stop if stop > only.start else 0

    def filter_of(self, words: Mapping[str, str]) -> HistoryFilter:
        """Return the filter that words name, by the members of :class:`Filter`.

        ``after`` and ``before`` are an entry (``42`` or ``@42``) or a day in the ledger's time
        zone, itself not included; ``known_at`` is as for :meth:`point`: states are those of that
        time; ``flagged`` is any text. Raises UnknownId for an id, actor, type,
        force or state that there is not, InputError for another member or a wrong position.
        """
        return history_filter.parse_filter(
            words,
            taxonomy=self.taxonomy,
            actors=lambda: [actor.slug for actor in self.actors()],
            size_at=lambda day: self.point(known_at=day).size,
        )

    def claim_names(self, event_ids: Sequence[str]) -> dict[str, str]:
        """Map event ids to the key of the claim, or the id of the definition, they are about.

        Those of neither, and of claims without a key, are left out.
        """
        with self.store.reading() as conn:
            return related.names_of_events(conn, event_ids)

    def dossier(self, ref: str) -> tuple[Shown, EntryReport]:
        """Return one entry with what bears on it, its signature checked; raises as :meth:`show`."""
        shown = self.show(ref)
        with self.store.reading() as conn:
            return shown, entry_report.entry_report(self.store, conn, shown.item.seq, shown.opened)

    def search(
        self,
        text: str,
        *,
        start: int,
        newest_first: bool = True,
        look: int = _LOOKED,
        within: HistoryFilter | None = None,
    ) -> tuple[int | None, int]:
        """Return (seq, how far): the entry nearest to ``start`` that shows ``text``.

        Looks at seq < ``start`` (newest first) or seq >= ``start``, at most ``look`` entries, only
        at those that ``within`` lets through. ``how far`` is where to go on: the ``start`` of the
        next call, 0 or the end at the end.
        """
        asked_for = within or HistoryFilter()
        size = self.size
        first, last = asked_for.start, size if asked_for.stop is None else asked_for.stop
        low, high = (first, min(start, last)) if newest_first else (max(start, first), last)
        bottom, top = (
            (max(low, high - look), high) if newest_first else (low, min(high, low + look))
        )
        while bottom < top:
            with self.store.reading() as conn:
                page, at = finding.search_page(
                    conn,
                    replace(asked_for, sought=text),
                    start=bottom,
                    stop=top,
                    newest_first=newest_first,
                    limit=_SCANNED,
                )
            if page:
                seq = page[0].seq
                return seq, seq if newest_first else seq + 1
            bottom, top = (bottom, at) if newest_first else (at, top)
        if newest_first:
            return None, top if top > first else 0
        return None, bottom

    def at(self, seqs: Sequence[int], *, known: int | None = None) -> Sequence[HistoryItem]:
        """Return the entries at these positions, oldest first; what is not there is left out.

        Their states are those of a log of ``known`` entries, by default of all.
        """
        with self.store.reading() as conn:
            return history.history_items(conn, seqs, at=known)

    def seq_of(self, ref: str) -> int:
        """Return where an entry stands: by seq, claim key, event id (or its start) or digest.

        Raises UnknownId, or InputError where the start of an id names several.
        """
        return self.find(ref)

    def waiting(self) -> int:
        """Return how many events await review."""
        v = s.version.c
        with self.store.reading() as conn:
            query = sa.select(sa.func.count()).where(v.state == "pending")
            return int(conn.execute(query).scalar_one())

    def glance(
        self,
        *,
        actor: str = ANY,
        as_of: date | str | None = None,
        known_at: int | str | date | None = None,
        view: View = "prudential",
    ) -> Glance:
        """Return the board in short: from the status view where it answers, else as :meth:`board`.

        The view answers for the head and for actor classes. Raises what :meth:`board` raises.
        """
        point = self.point(as_of, known_at)
        if point.size == self.size and not actor.startswith("org:"):
            found = self._from_view(point, actor, view)
            if found is not None:
                return Glance(point, view, actor, found, whole=False, simulated=self.simulated)
        board = self.board(actor=actor, as_of=point.day, known_at=point.known, view=view)
        cells = {(c.cell.jurisdiction, c.cell.activity): Glimpse.of(c) for c in board.cells}
        return Glance(point, view, actor, cells, whole=True, simulated=board.simulated)

    def about(
        self,
        jurisdiction: str,
        activity: str,
        *,
        actor: str = ANY,
        as_of: date | str | None = None,
        known_at: int | str | date | None = None,
        view: View = "prudential",
    ) -> CellPage:
        """Return one cell with its timeline and claims; raises what :meth:`status` raises."""
        point = self.point(as_of, known_at)
        cell = Cell(jurisdiction, activity, actor)
        with self.store.reading() as conn:
            loader = self.loader(conn, point.size)
            facts, remarks = self._facts(loader, cell), loader.load_remarks(cell, _REMARKS + 1)
        above = facts.taxonomy.ancestors(activity)
        segments = timeline(cell, facts, view=view)
        return CellPage(
            answer=self._answer(cell, facts, point, view),
            segments=segments,
            forces=tuple(_forces(one, cell, facts, view) for one in segments),
            claims=_near((*facts.claims, *remarks[:_REMARKS]), above),
            pending=_near(facts.pending, above),
            cut=len(remarks) > _REMARKS,
        )

    def calendar(
        self,
        from_day: date | None = None,
        to_day: date | None = None,
        *,
        wanted: CalendarScope | None = None,
        as_of: date | str | None = None,
        known_at: int | str | date | None = None,
        view: View = "prudential",
    ) -> Calendar:
        """Return what commences, lapses, falls due and goes stale, seen from a point.

        Args:
            from_day: the first day of the calendar; by default the day of the point.
            to_day: the last one; by default a year later.
            wanted: what to narrow it to, and after how many days a claim is stale.
            as_of: the day from which one looks: what is stale on it. Default: today.
            known_at: as :meth:`point` reads it.
            view: in which answers may change.

        Raises InputError for a point that is none, or a span that ends before it begins.
        """
        point = self.point(as_of, known_at)
        want = wanted or CalendarScope()
        asked = calendar_window(
            point.day, from_day, to_day, view=view, stale_after=want.stale_after
        )
        found = calendar(self.everything(point), asked, want)
        policy = self.policy
        return Calendar(
            point=point,
            window=asked,
            found=found,
            origin=policy.origin,
            ledger=policy.ledger,
            made_at=self.clock.now(),
            simulated=policy.clock == "simulated",
        )

    def corrections(self, start: int, stop: int) -> Sequence[Correction]:
        """Return the corrections of claims that came to count at seqs in [start, stop)."""
        with self.store.reading() as conn:
            return corrections(conn, start, stop)

    def cells(
        self,
        places: Sequence[tuple[str, str]],
        *,
        actor: str = ANY,
        as_of: date | str | None = None,
        known_at: int | str | date | None = None,
        view: View = "prudential",
    ) -> dict[tuple[str, str], Resolution]:
        """Resolve several (jurisdiction, activity) at once, from one reading of all claims.

        Raises InputError for a point that is none; of ids that are not known nothing was claimed.
        """
        point = self.point(as_of, known_at)
        facts = self.everything(point)
        return {
            place: resolve(Cell(*place, actor), day=point.day, view=view, facts=facts)
            for place in places
        }

    # --- inside ----------------------------------------------------------------------------------

    def _from_view(
        self, point: Point, actor: str, view: View
    ) -> dict[tuple[str, str], Glimpse] | None:
        """What the status view says of a day; None where it is behind the log."""
        c = s.status_segment.c
        found: dict[tuple[str, str], tuple[bool, bytes]] = {}
        with self.store.reading() as conn:
            if base.position(conn, base.STATUS) != point.size:
                return None
            rows = conn.execute(
                sa.select(c.jurisdiction, c.activity, c.actor, c.data)
                .where(c.view == view, c.actor.in_({ANY, actor}))
                .where(c.from_day <= point.day.isoformat())
                .order_by(c.from_day)
            )
            for row in rows:  # the last segment begun wins, the class itself before `any`
                place, own = (row.jurisdiction, row.activity), row.actor == actor
                if own or not found.get(place, (False,))[0]:
                    found[place] = (own, row.data)
        return {place: _glimpse(data) for place, (_, data) in found.items()}


def _glimpse(data: bytes) -> Glimpse:
    told = orjson.loads(data)
    return Glimpse(told["status"], told["reason"], told["basis_kind"], tuple(told["flags"]))


def _forces(segment: Segment, cell: Cell, facts: Facts, view: View) -> tuple[str, ...]:
    """Of which forces the claims are that a segment rests on when it begins."""
    day = segment.from_day or segment.to_day or date.max
    basis = claims_on_cell(cell, facts).answer(day, view).basis
    return tuple(sorted({facts.index.by_id[claim].claim.force for claim in basis}))


def _near(claims: Sequence[CountedClaim], above: Sequence[str]) -> tuple[CountedClaim, ...]:
    """Claims on the activity or above it, and acts; newest first."""
    near = [c for c in claims if c.claim.kind == "lifecycle" or c.claim.activity in above]
    return tuple(sorted(near, key=lambda c: c.seq, reverse=True))
