"""All claims on one cell, worked out once and asked for any day and view.

A cell has two *lines*, status and recognition, decided by the same rules on different claims. Each
line is computed under as many choices of day as its imprecise dates ask for
(:mod:`ledger.domain.resolve.imprecise_dates`), each by a
:class:`~ledger.domain.resolve.scenario.Scenario`, and the results are merged: the strictest status
that occurs is the answer.

Decision where the rules leave room: among the scenarios with the answer, the first reason in order
is given; a basis that is partly declared is called ``declared``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from ledger.domain.claims import Declaration, Norm, Proposal
from ledger.domain.memo import Memo
from ledger.domain.resolve.conflict import Contenders, Loser, by_claim
from ledger.domain.resolve.facts import Cell, Facts, once_per_facts
from ledger.domain.resolve.imprecise_dates import ImpreciseTexts, date_choices
from ledger.domain.resolve.intervals import BEGIN, FOREVER
from ledger.domain.resolve.live_statements import DECLARING_FORCES, RECOGNISED
from ledger.domain.resolve.matching import Affiliations, Match, addressing, affiliations
from ledger.domain.resolve.scenario import Candidate, LineClaims, Outline, Scenario
from ledger.domain.resolve.shared_work import SharedFacts, bounds, shared_facts_of
from ledger.domain.resolve.status_values import (
    REASONS,
    RECOGNITION_EFFECTS,
    RECOGNITIONS,
    STATUSES,
    BasisKind,
    View,
)
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import ORG

CANDIDATE_FORCES = frozenset(
    {"constitutional", "supranational", "primary", "delegated", "supervisory"}
)
_OF_STATEMENTS = frozenset({"walked_back", "overtaken"})  # rules by which statements lose
_UNCERTAIN = frozenset({"date_uncertain"})
_MOST_CELLS = 512  # more than a jurisdiction has


@dataclass(frozen=True, slots=True)
class Answer:
    """A line's answer on a day in a view; ``pending`` holds live proposals with their stages."""

    status: str
    reason: str | None
    basis_kind: BasisKind
    basis: tuple[str, ...]
    losers: tuple[Loser, ...]
    flags: frozenset[str]
    possible: tuple[str, ...]
    pending: tuple[tuple[str, str], ...]


class CellLine:
    """The status or the recognition of a cell: the claims on it, and its answer on any day."""

    def __init__(
        self, matches: Sequence[Match], shared: SharedFacts, cell: Cell, *, status: bool
    ) -> None:
        matches = [m for m in matches if _is_about_status(m) is status]
        place = cell.jurisdiction
        self._order: tuple[str, ...] = STATUSES if status else RECOGNITIONS
        self.candidates = [
            Candidate(m.counted, shared.contender(m, place))
            for m in matches
            if isinstance(m.counted.claim, Norm) and m.counted.claim.force in CANDIDATE_FORCES
        ]
        self.supports, self.acts = _foundations(self.norms, shared)
        declared = [m for m in matches if isinstance(m.counted.claim, Declaration)]
        proposed = [m for m in matches if isinstance(m.counted.claim, Proposal)]
        mattering = [m for m in declared if m.counted.claim.force in DECLARING_FORCES]
        self.mattering = [m.counted for m in mattering]
        self.statements = [m.counted for m in (*declared, *proposed)]
        line = LineClaims(
            is_status=status,
            candidates=self.candidates,
            supports=self.supports,
            contenders=Contenders(
                [c.contender for c in self.candidates],
                shared.taxonomy.home_regime(cell.activity) if status else None,
                shared.compare,
            ),
            mattering=[said for m in mattering for said in shared.statements_of(m, place)],
            declared=[shared.statements_of(m, place)[0] for m in declared],
            proposed=[(shared.statements_of(m, place)[0], _stage(m)) for m in proposed],
        )
        found = date_choices(self._imprecise_texts(shared))
        self._beyond, self._approximate = found.beyond, found.approximate
        self._scenarios = [Scenario(line, shared.in_force[choice]) for choice in found.choices]

    @property
    def involved(self) -> list[CountedClaim]:
        """Every claim that bears on this line, except proposals."""
        return [*self.norms, *self.supports, *self.acts, *self.mattering]

    @property
    def norms(self) -> list[CountedClaim]:
        """The norms that may decide this line."""
        return [candidate.counted for candidate in self.candidates]

    @property
    def is_empty(self) -> bool:
        """Whether no norm and no declaration bears on it."""
        return not self.candidates and not self.mattering

    def _imprecise_texts(self, shared: SharedFacts) -> list[ImpreciseTexts]:
        made = bool(self.statements)  # then it matters when a norm was made
        texts = [shared.imprecise_texts(norm, made=made) for norm in self.norms]
        others = (*self.supports, *self.acts, *self.statements)
        return texts + [shared.imprecise_texts(counted, made=False) for counted in others]

    def outline(self, day: int, view: View) -> Outline:
        """Return the outline of the answer on a day (an ordinal), of all scenarios together."""
        if len(self._scenarios) == 1:
            return self._scenarios[0].outline(day, view)
        return self._merged([scenario.outline(day, view) for scenario in self._scenarios])

    def _merged(self, outlines: Sequence[Outline]) -> Outline:
        occurring = {outline.status for outline in outlines}
        status = next(s for s in self._order if s in occurring)
        same = [outline for outline in outlines if outline.status == status]
        flags = frozenset[str]().union(*(outline.flags for outline in same))
        possible: tuple[str, ...] = ()
        if len(occurring) > 1 or self._beyond:
            possible = tuple(s for s in self._order if s in occurring)
            flags |= _UNCERTAIN
        kinds = {outline.basis_kind for outline in same}
        return Outline(
            status=status,
            reason=min((o.reason for o in same if o.reason), key=REASONS.index, default=None),
            basis_kind="declared" if "declared" in kinds else same[0].basis_kind,
            basis=tuple(sorted({claim for outline in same for claim in outline.basis})),
            flags=flags,
            possible=possible,
        )

    def answer(self, day: int, view: View) -> Answer:
        """Return the whole answer on a day (an ordinal), of all scenarios together."""
        outlines = [scenario.outline(day, view) for scenario in self._scenarios]
        found = self._merged(outlines) if len(outlines) > 1 else outlines[0]
        same = [
            scenario.detail(day)
            for scenario, outline in zip(self._scenarios, outlines, strict=True)
            if outline.status == found.status
        ]
        flags = found.flags.union(*(detail.flags for detail in same))
        return Answer(
            status=found.status,
            reason=found.reason,
            basis_kind=found.basis_kind,
            basis=found.basis,
            losers=_all_losers((lost for d in same for lost in d.losers), frozenset(found.basis)),
            flags=flags | {"date_approximate"} if self._approximate else flags,
            possible=found.possible,
            pending=tuple(sorted({item for detail in same for item in detail.pending})),
        )


def _foundations(
    norms: Sequence[CountedClaim], shared: SharedFacts
) -> tuple[list[CountedClaim], list[CountedClaim]]:
    """Return the norms that support these, without these, and the acts upon all of them."""
    supports: dict[str, CountedClaim] = {}
    acts: dict[str, CountedClaim] = {}
    for norm in norms:
        foundation = shared.foundations[norm.id]
        supports.update((c.id, c) for c in foundation.supports)
        acts.update((c.id, c) for c in foundation.acts)
    for norm in norms:
        supports.pop(norm.id, None)
    return list(supports.values()), list(acts.values())


def _is_about_status(match: Match) -> bool:
    """Return whether a claim bears on the status rather than on recognition."""
    claim = match.counted.claim
    if isinstance(claim, Norm):
        return claim.effect not in RECOGNITION_EFFECTS
    return getattr(claim, "asserts", None) not in RECOGNISED


def _stage(match: Match) -> str:
    claim = match.counted.claim
    return claim.stage if isinstance(claim, Proposal) else ""


def _all_losers(found: Iterable[Loser], basis: frozenset[str]) -> tuple[Loser, ...]:
    """Return the losers of all scenarios, without norms that are in the basis of another one."""
    kept = {lost for lost in found if lost.rule in _OF_STATEMENTS or lost.claim not in basis}
    return tuple(sorted(kept, key=by_claim))


class CellClaims:
    """Both lines of a cell. The day decides what matches only by unions and dated classes."""

    def __init__(self, cell: Cell, shared: SharedFacts) -> None:
        self.cell = cell
        self._shared = shared
        bodies = shared.taxonomy.bodies
        body = bodies.get(cell.actor.removeprefix(ORG)) if ORG in cell.actor else None
        held = body.classes if body else ()
        surroundings = shared.surroundings[cell.jurisdiction]
        # On these days unions are joined or left, or classes gained or lost.
        self._turns = sorted(surroundings.change_days.union(bounds(held)))
        classes = frozenset(dated.actor_class for dated in held)
        self._ever = Affiliations(surroundings.unions, classes)
        self._affiliations = Memo(self._affiliations_after)  # by the number of turns before
        self._lines = Memo(self._line_of)

    def _affiliations_after(self, turns: int) -> Affiliations:
        day = date.fromordinal(self._turns[turns - 1]) if turns else date.min
        return affiliations(self.cell, self._shared.taxonomy, day)

    def _matches(self, affiliated: Affiliations) -> tuple[Match, ...]:
        place = (self.cell.jurisdiction, self.cell.activity)
        claims = self._shared.bearing_on[*place, affiliated.unions]
        return addressing(claims, self.cell.actor, affiliated.classes)

    def _line_of(self, key: tuple[Affiliations, bool]) -> CellLine:
        affiliated, status = key
        return CellLine(self._matches(affiliated), self._shared, self.cell, status=status)

    def _line(self, day: int, *, status: bool) -> CellLine:
        return self._lines[self._affiliations[bisect_right(self._turns, day)], status]

    @property
    def ever(self) -> tuple[CellLine, CellLine]:
        """The lines of status and recognition with every claim that bears on them some day."""
        return self._line_of((self._ever, True)), self._line_of((self._ever, False))

    @cached_property
    def change_days(self) -> tuple[int, ...]:
        """Every day on which the answer may differ from the day before, in order."""
        days = set(self._turns)
        for match in self._matches(self._ever):
            days |= self._shared.change_days[match.counted.id]
        return tuple(sorted(day for day in days if BEGIN < day < FOREVER))

    def lines(self, day: date) -> tuple[CellLine, CellLine]:
        """Return the lines of status and recognition as they are on a day."""
        number = day.toordinal()
        return self._line(number, status=True), self._line(number, status=False)

    def outline(self, day: int, view: View) -> Outline:
        """Return the status on a day (an ordinal), in outline."""
        return self._line(day, status=True).outline(day, view)

    def answer(self, day: date, view: View) -> Answer:
        """Return the status on a day."""
        number = day.toordinal()
        return self._line(number, status=True).answer(number, view)

    def recognition(self, day: date, view: View) -> Answer | None:
        """Return the recognition on a day; None where no norm and no declaration speaks of it."""
        number = day.toordinal()
        line = self._line(number, status=False)
        return None if line.is_empty else line.answer(number, view)


@once_per_facts
def _cells(facts: Facts) -> Memo[Cell, CellClaims]:
    shared = shared_facts_of(facts)
    return Memo(lambda cell: CellClaims(cell, shared), most=_MOST_CELLS)


def claims_on_cell(cell: Cell, facts: Facts) -> CellClaims:
    """Return the claims on a cell, kept with the facts."""
    return _cells(facts)[cell]
