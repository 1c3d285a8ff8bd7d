"""``ledger.cells``: the status of one cell, of several, or of the whole board.

A cell is a jurisdiction, an activity and an actor class. What these methods say is what the verbs
``status`` and ``board`` say, at any size of the log: from the claims of one cell, from the status
projection, or from one reading of all claims.
"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

from ledger.api.answers import ActivityAcross, Board, BoardBrief, CellPage, StatusAnswer
from ledger.domain.resolve.cells_spoken_of import cells_at, cells_of
from ledger.domain.resolve.claim_names import ClaimNames, cell_names
from ledger.domain.resolve.claims_on_cell import claims_on_cell
from ledger.domain.resolve.explain import explain
from ledger.domain.resolve.explain_acts import in_short
from ledger.domain.resolve.facts import Cell, Facts
from ledger.domain.resolve.matching import affiliations, matching
from ledger.domain.resolve.resolve import Resolution, resolve
from ledger.domain.resolve.timeline import timeline_by_basis
from ledger.domain.taxonomy import ANY, ORG
from ledger.garbage_collection import seldom_collected
from ledger.queries.calendar_scope import CalendarScope
from ledger.queries.disputes import disputes
from ledger.wording.explanations import cited, named_claims

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ledger.api.opened_ledger import OpenLedger, Viewpoint
    from ledger.domain.resolve.status_values import View
    from ledger.domain.state_records import CountedClaim
    from ledger.export.snapshot import Snapshot
    from ledger.points import Point
    from ledger.projections.facts_loader import FactsLoader
    from ledger.queries.calendar import Calendar
    from ledger.queries.diff import Diff
    from ledger.queries.disputes import Dispute

_REMARKS = 200  # claims that bear on no status, shown with a cell


class Cells:
    """The status of cells; nothing here writes."""

    def __init__(self, base: OpenLedger) -> None:
        self._base = base

    def status(self, cell: Cell, point: Point, view: View) -> StatusAnswer:
        """Return the status of one cell at a point; raises as ``Ledger.status`` does."""
        with self._base.store.reading() as conn:
            loader = self._base.loader(conn, point.size)
            facts = _facts(loader, cell, point.day)
            awaiting = loader.count_waiting(_awaiting(cell, facts, point.day))
            disputed = disputes(
                self._base.store, conn, _disputed(cell, facts, point.day), size=point.size
            )
        found = resolve(cell, day=point.day, view=view, facts=facts)
        return self._answer(found, facts, point, awaiting=awaiting, disputed=disputed)

    @seldom_collected()
    def board(self, point: Point, view: View, scope: CalendarScope, actor: str) -> Board:
        """Return the cells that claims are about at a point; raises as ``Ledger.board`` does."""
        facts = self._base.facts(point)
        taxonomy = facts.taxonomy
        if scope.jurisdiction is not None:
            taxonomy.require("jurisdiction", scope.jurisdiction)
        if scope.activity is not None:
            taxonomy.require("activity", scope.activity)
        taxonomy.require_addressee(actor)
        wanted: dict[Cell, list[str]] = {}
        for c in cells_of(facts):
            if scope.place(c.jurisdiction, c.activity):
                others = wanted.setdefault(Cell(c.jurisdiction, c.activity, actor), [])
                others += [c.actor] if c.actor not in {ANY, actor} else []
        cells = tuple(resolve(c, day=point.day, view=view, facts=facts) for c in sorted(wanted))
        became = {c.cell: _became(c, facts) for c in cells}
        return Board(point, view, actor, cells, became, wanted, self._base.simulated)

    def board_brief(self, *, actor: str = ANY, **at: Unpack[Viewpoint]) -> BoardBrief:
        """Return the board in short: from the status projection where it answers, else resolved.

        The projection answers for the head and for actor classes. Raises what ``Ledger.board``
        raises.
        """
        from ledger.queries.board import CellBrief, from_projection

        point, view = self._base.viewed(**at)
        size = self._base.store.size()
        if point.size == size and not actor.startswith("org:"):
            with self._base.store.reading() as conn:
                found = from_projection(
                    conn,
                    partial(self._base.loader, conn, size),
                    size=size,
                    day=point.day,
                    actor=actor,
                    view=view,
                )
            if found is not None:
                return BoardBrief(
                    point, view, actor, found, whole=False, simulated=self._base.simulated
                )
        board = self.board(point, view, CalendarScope(), actor)
        cells = {(c.cell.jurisdiction, c.cell.activity): CellBrief.of(c) for c in board.cells}
        return BoardBrief(point, view, actor, cells, whole=True, simulated=board.simulated)

    def page(
        self, jurisdiction: str, activity: str, *, actor: str = ANY, **at: Unpack[Viewpoint]
    ) -> CellPage:
        """Return one cell with its timeline and claims; raises what ``Ledger.status`` raises."""
        point, view = self._base.viewed(**at)
        cell = Cell(jurisdiction, activity, actor)
        with self._base.store.reading() as conn:
            loader = self._base.loader(conn, point.size)
            facts = _facts(loader, cell, point.day)
            remarks = loader.load_remarks(cell, _REMARKS + 1)
            awaiting = loader.count_waiting(_awaiting(cell, facts, point.day))
            disputed = disputes(
                self._base.store, conn, _disputed(cell, facts, point.day), size=point.size
            )
        above = facts.taxonomy.ancestors(activity)
        found = resolve(cell, day=point.day, view=view, facts=facts)
        told = timeline_by_basis(cell, facts, view=view)
        return CellPage(
            answer=self._answer(found, facts, point, awaiting=awaiting, disputed=disputed),
            names=cell_names(cell, facts.taxonomy),
            segments=tuple(segment for segment, _ in told),
            forces=tuple(_forces(basis, facts) for _, basis in told),
            instruments=tuple(_instruments(basis, facts) for _, basis in told),
            claims=_newest({c.id: c for c in (*facts.claims, *remarks[:_REMARKS])}.values(), above),
            pending=_newest(facts.pending, above),
            cut=len(remarks) > _REMARKS,
        )

    def _answer(
        self,
        resolution: Resolution,
        facts: Facts,
        point: Point,
        *,
        awaiting: int,
        disputed: tuple[Dispute, ...],
    ) -> StatusAnswer:
        told, cell = explain(resolution, facts), resolution.cell
        place = cell.jurisdiction, cell.activity
        text = " ".join([told.text, *(one.about for one in disputed)])
        silent = resolution.reason == "no_claims"
        noted = any(place == (j, a) for j, a, _ in facts.noted)
        spoken_of = (c.actor for c in cells_at(place, facts, noted=noted)) if silent else ()
        return StatusAnswer(
            point=point,
            resolution=resolution,
            explanation=told,
            named=named_claims(text, facts.index.by_id),
            disputes=disputed,
            others=tuple(actor for actor in spoken_of if actor not in {ANY, cell.actor}),
            awaiting=awaiting,
            simulated=self._base.simulated,
        )

    @seldom_collected()
    def resolve(
        self, places: Sequence[tuple[str, str]], *, actor: str = ANY, **at: Unpack[Viewpoint]
    ) -> dict[tuple[str, str], Resolution]:
        """Resolve several (jurisdiction, activity) at once, from one reading of all claims.

        Raises InputError for a malformed point. An unknown id is answered as one without claims.
        """
        point, view = self._base.viewed(**at)
        facts = self._base.facts(point)
        return {
            place: resolve(Cell(*place, actor), day=point.day, view=view, facts=facts)
            for place in places
        }

    @seldom_collected()
    def across(self, activity: str, **at: Unpack[Viewpoint]) -> ActivityAcross:
        """Return one activity in every place and for every kind of actor that claims speak of.

        The places are those of which a claim on the activity, or on one above it, speaks; the
        actors are all classes, and the organisations that such a claim names. Raises UnknownId for
        an activity that is not defined, InputError for a malformed point.
        """
        point, view = self._base.viewed(**at)
        facts = self._base.facts(point)
        facts.taxonomy.require("activity", activity)
        line = set(facts.taxonomy.ancestors(activity))
        spoken_of = [c for c in cells_of(facts) if c.activity in line]
        named = {c.actor for c in spoken_of if c.actor.startswith(ORG)}
        actors = (ANY, *sorted(set(facts.taxonomy.actor_classes) - {ANY}), *sorted(named))
        places = tuple(sorted({c.jurisdiction for c in spoken_of}))
        found = {
            (place, actor): resolve(
                Cell(place, activity, actor), day=point.day, view=view, facts=facts
            )
            for place in places
            for actor in actors
        }
        return ActivityAcross(point, view, activity, places, actors, found)

    @seldom_collected()
    def snapshot(self, point: Point, view: View) -> Snapshot:
        """Return the status of every cell that claims are about, bound to the log that gives it."""
        from ledger.export.snapshot import Snapshot

        facts = self._base.facts(point)
        cells = tuple(resolve(c, day=point.day, view=view, facts=facts) for c in cells_of(facts))
        policy = self._base.policy
        bound: dict[str, Any] = {
            "origin": policy.origin,
            "ledger": policy.ledger,
            "known_at": point.known_at,
            "size": point.size,
            "root": facts.head,
            "as_of": point.day.isoformat(),
            "known_until": point.recorded_until,
            "rules": facts.rules,
            "taxonomy": facts.taxonomy.version,
            "clock": policy.clock,
        }
        return Snapshot(bound, view, cells)

    @seldom_collected()
    def diff(
        self, first: Point, second: Point, view: View, *, scope: CalendarScope, actor: str | None
    ) -> Diff:
        """Return the cells that changed between two points, and what changed each."""
        from ledger.projections.status_follow import touched_since
        from ledger.queries.diff import Diff, DiffInput, compare_cells, learned_between
        from ledger.queries.history import history_items

        before = self._base.facts(first)
        after = before if first.size == second.size else self._base.facts(second)
        cells = [
            c
            for c in cells_of(before, after)
            if scope.place(c.jurisdiction, c.activity) and actor in (None, c.actor)
        ]
        with self._base.store.reading() as conn:
            learnt = learned_between(conn, first.size, second.size)
            touched = touched_since(conn, after.taxonomy, min(first.size, second.size))
            span = DiffInput(before, after, (first.day, second.day), view, learnt, touched)
            changes = tuple(compare_cells(cells, span))
            items = history_items(conn, {seq for change in changes for seq in change.events})
        return Diff(first, second, view, changes, {item.seq: item for item in items})

    @seldom_collected()
    def calendar(
        self,
        point: Point,
        from_day: date | None,
        to_day: date | None,
        *,
        scope: CalendarScope,
        view: View,
    ) -> Calendar:
        """Return what is coming from ``from_day`` to ``to_day``; see ``Ledger.calendar``."""
        from ledger.queries.calendar import Calendar, calendar, calendar_window

        window = calendar_window(
            point.day, from_day, to_day, view=view, stale_after=scope.stale_after
        )
        found = calendar(self._base.facts(point, notes="dated"), window, scope)
        policy = self._base.policy
        return Calendar(
            point=point,
            window=window,
            events=found.events,
            stale=found.stale,
            origin=policy.origin,
            ledger=policy.ledger,
            made_at=self._base.clock.now(),
            simulated=self._base.simulated,
        )


def _facts(loader: FactsLoader, cell: Cell, day: date) -> Facts:
    """Return the claims that bear on a cell, whose ids the taxonomy of that point must have.

    What is merely decided or noted comes with them where it is told: for an organisation, and
    where nothing else bears on the cell.
    """
    taxonomy = loader.prefix.taxonomy
    taxonomy.require("jurisdiction", cell.jurisdiction)
    taxonomy.require("activity", cell.activity)
    taxonomy.require_addressee(cell.actor)
    facts = loader.load_cell(cell)
    if cell.actor.startswith(ORG):
        return loader.with_remarks(facts, cell)
    silent = claims_on_cell(cell, facts).outline(day.toordinal(), "normative").reason == "no_claims"
    return facts.with_noted(loader.count_remarks(cell)) if silent else facts


def _became(found: Resolution, facts: Facts) -> str:
    """Return what became of the last rule and which acts had no power, with entries."""
    sentence = in_short(found, facts)
    return cited(sentence, named_claims(sentence, facts.index.by_id))


def _awaiting(cell: Cell, facts: Facts, day: date) -> set[str]:
    """Return the ids of the claims awaiting review that match the cell or act upon what does."""
    pending = facts.pending_index
    found = matching(cell, facts.taxonomy, pending, affiliations(cell, facts.taxonomy, day))
    ids = {match.counted.id for match in found}
    return ids | {c.id for counted in facts.claims for c in pending.upon(counted)}


def _disputed(cell: Cell, facts: Facts, day: date) -> dict[str, str]:
    """Return how each claim is cited that bears on a cell and is disputed, by its id."""
    names, lines = ClaimNames(facts), claims_on_cell(cell, facts).lines(day)
    bearing = (counted for line in lines for counted in line.involved)
    return {one.id: names.cite(one.id) for one in bearing if one.disputed}


def _forces(basis: Sequence[str], facts: Facts) -> tuple[str, ...]:
    """Return the legal forces of some claims."""
    return tuple(sorted({facts.index.by_id[claim].claim.force for claim in basis}))


def _instruments(basis: Sequence[str], facts: Facts) -> tuple[str, ...]:
    """Return the titles of what some claims state, or who said it."""
    names = ClaimNames(facts)
    return tuple(dict.fromkeys(names.source(claim) for claim in basis))


def _newest(claims: Iterable[CountedClaim], above: Sequence[str]) -> tuple[CountedClaim, ...]:
    """Return the claims on the activity or above it, and the lifecycle acts; newest first."""
    near = [c for c in claims if c.claim.kind == "lifecycle" or c.claim.activity in above]
    return tuple(sorted(near, key=lambda c: c.seq, reverse=True))
