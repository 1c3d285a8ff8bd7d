"""The claims on one cell: everything that matters to it, computed once, asked for any day and view.

A cell has two *lines*, status and recognition, decided by the same rules on different claims. Each
line is computed in as many runs as its imprecise dates ask for
(:mod:`ledger.domain.resolve.imprecise_dates`), each run by a
:class:`ledger.domain.resolve.scenario.Scenario`, and the runs are merged: the strictest status that
occurs is the answer.

Decision where the rules leave room: in the runs with the answer, the first reason in order is
given; a basis that is partly declared is called ``declared``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from ledger.domain.claims import Declaration, Norm, Proposal
from ledger.domain.resolve.conflict import STATUSES, Loser, by_claim
from ledger.domain.resolve.imprecise_dates import ImpreciseTexts, date_choices
from ledger.domain.resolve.intervals import BEGIN, FOREVER, ordinal
from ledger.domain.resolve.matching import (
    RECOGNITION,
    Affiliations,
    Cell,
    Facts,
    Match,
    View,
    addressing,
    affiliations,
)
from ledger.domain.resolve.rivals import Rivals
from ledger.domain.resolve.scenario import BasisKind, Candidate, LineClaims, Outline, Scenario
from ledger.domain.resolve.shared_facts import SharedFacts, bounds, shared_facts_of
from ledger.domain.resolve.statements import MATTERS, RECOGNISED
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import ORG

CANDIDATES = frozenset({"constitutional", "supranational", "primary", "delegated", "supervisory"})
REASONS = (
    "suspended",
    "lapsed",
    "not_yet_in_force",
    "statements_only",
    "proposals_only",
    "no_claims",
)
RECOGNITIONS = ("not_recognised", "undetermined", "recognised")
_SPEECH = frozenset({"walked_back", "overtaken"})
_UNCERTAIN = frozenset({"date_uncertain"})
_REMEMBERED = 512  # more than a jurisdiction has


@dataclass(frozen=True, slots=True)
class Answer:
    """One line's answer on one day in one view: the outline, and everything that goes with it.

    ``pending`` holds the live proposals with their stages.
    """

    status: str
    reason: str | None
    basis_kind: BasisKind
    basis: tuple[str, ...]
    losers: tuple[Loser, ...]
    flags: frozenset[str]
    possible: tuple[str, ...]
    pending: tuple[tuple[str, str], ...]


class CellLine:
    """Status, or recognition: the claims that bear on it, and its answer on any day."""

    def __init__(
        self, matches: Sequence[Match], shared: SharedFacts, cell: Cell, *, status: bool
    ) -> None:
        mine = [m for m in matches if _on_status(m) is status]
        place = cell.jurisdiction
        self._order: tuple[str, ...] = STATUSES if status else RECOGNITIONS
        self.candidates = [
            Candidate(m.counted, shared.contender(m, place))
            for m in mine
            if isinstance(m.counted.claim, Norm) and m.counted.claim.force in CANDIDATES
        ]
        self.supports, self.acts = _behind([c.counted for c in self.candidates], shared)
        declared = [m for m in mine if isinstance(m.counted.claim, Declaration)]
        proposed = [m for m in mine if isinstance(m.counted.claim, Proposal)]
        heard = [m for m in declared if m.counted.claim.force in MATTERS]
        self.heard = [m.counted for m in heard]
        self.statements = [m.counted for m in (*declared, *proposed)]
        taxonomy = shared.taxonomy
        line = LineClaims(
            is_status=status,
            candidates=self.candidates,
            supports=self.supports,
            rivals=Rivals(
                [c.contender for c in self.candidates],
                taxonomy.home_regime(cell.activity) if status else None,
                shared.duels(place),
            ),
            heard=[part for m in heard for part in shared.said(m, place)],
            declared=[shared.said(m, place)[0] for m in declared],
            proposed=[(shared.said(m, place)[0], _stage(m)) for m in proposed],
        )
        runs = date_choices(self._texts(shared))
        self._beyond, self._approximate = runs.beyond, runs.approximate
        self._scenarios = [Scenario(line, shared.forces(run)) for run in runs.runs]

    @property
    def involved(self) -> list[CountedClaim]:
        """Every claim that bears on this line, except proposals."""
        return [*(c.counted for c in self.candidates), *self.supports, *self.acts, *self.heard]

    @property
    def norms(self) -> list[CountedClaim]:
        """The norms that may decide this line."""
        return [candidate.counted for candidate in self.candidates]

    @property
    def is_empty(self) -> bool:
        """Whether no norm and no declaration bears on it."""
        return not self.candidates and not self.heard

    def _texts(self, shared: SharedFacts) -> list[ImpreciseTexts]:
        said = bool(self.statements)
        texts = [shared.texts(c.counted, made=said) for c in self.candidates]
        others = (*self.supports, *self.acts, *self.statements)
        return texts + [shared.texts(counted, made=False) for counted in others]

    def outline(self, day: int, view: View) -> Outline:
        """What all runs together come to."""
        if len(self._scenarios) == 1:
            return self._scenarios[0].outline(day, view)
        return self._merged([scenario.outline(day, view) for scenario in self._scenarios])

    def _merged(self, runs: Sequence[Outline]) -> Outline:
        occurring = {run.status for run in runs}
        status = next(s for s in self._order if s in occurring)
        same = [run for run in runs if run.status == status]
        flags = frozenset[str]().union(*(run.flags for run in same))
        possible: tuple[str, ...] = ()
        if len(occurring) > 1 or self._beyond:
            possible = tuple(s for s in self._order if s in occurring)
            flags |= _UNCERTAIN
        kinds = {run.basis_kind for run in same}
        return Outline(
            status=status,
            reason=min((r.reason for r in same if r.reason), key=REASONS.index, default=None),
            basis_kind="declared" if "declared" in kinds else same[0].basis_kind,
            basis=tuple(sorted({claim for run in same for claim in run.basis})),
            flags=flags,
            possible=possible,
        )

    def answer(self, day: int, view: View) -> Answer:
        """The answer of all runs together."""
        runs = [scenario.outline(day, view) for scenario in self._scenarios]
        found = self._merged(runs) if len(runs) > 1 else runs[0]
        same = [
            scenario.detail(day)
            for scenario, run in zip(self._scenarios, runs, strict=True)
            if run.status == found.status
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


def _behind(
    norms: Sequence[CountedClaim], shared: SharedFacts
) -> tuple[list[CountedClaim], list[CountedClaim]]:
    """The norms that support these, without these, and the acts upon all of them."""
    supports: dict[str, CountedClaim] = {}
    acts: dict[str, CountedClaim] = {}
    for norm in norms:
        behind = shared.behind(norm)
        supports.update((c.id, c) for c in behind.supports)
        acts.update((c.id, c) for c in behind.acts)
    for norm in norms:
        supports.pop(norm.id, None)
    return list(supports.values()), list(acts.values())


def _on_status(match: Match) -> bool:
    """Whether a claim bears on the status rather than on recognition."""
    claim = match.counted.claim
    if isinstance(claim, Norm):
        return claim.effect not in RECOGNITION
    return getattr(claim, "asserts", None) not in RECOGNISED


def _stage(match: Match) -> str:
    claim = match.counted.claim
    return claim.stage if isinstance(claim, Proposal) else ""


def _all_losers(found: Iterable[Loser], basis: frozenset[str]) -> tuple[Loser, ...]:
    """The losers of all runs; who is in the basis of one run lost to no norm in another."""
    kept = {lost for lost in found if lost.rule in _SPEECH or lost.claim not in basis}
    return tuple(sorted(kept, key=by_claim))


class CellClaims:
    """Both lines of one cell. What matches depends on the day only by unions and dated classes."""

    def __init__(self, cell: Cell, facts: Facts) -> None:
        self.cell = cell
        self._ground = shared_facts_of(facts)
        taxonomy = facts.taxonomy
        body = taxonomy.bodies.get(cell.actor.removeprefix(ORG)) if ORG in cell.actor else None
        held = body.classes if body else ()
        around = self._ground.around(cell.jurisdiction)
        # On these days unions are joined or left, or classes gained or lost.
        self._turns = sorted(around.turns.union(bounds(held)))
        self._ever = Affiliations(around.unions, frozenset(dated.actor_class for dated in held))
        self._standings: dict[int, Affiliations] = {}
        self._lines: dict[tuple[Affiliations, bool], CellLine] = {}

    def _standing(self, day: int) -> Affiliations:
        stretch = bisect_right(self._turns, day)
        found = self._standings.get(stretch)
        if found is None:
            then = date.fromordinal(day)
            found = self._standings[stretch] = affiliations(self.cell, self._ground.taxonomy, then)
        return found

    def _matches(self, where: Affiliations) -> tuple[Match, ...]:
        near = self._ground.near(self.cell.jurisdiction, self.cell.activity, where.unions)
        return addressing(near, self.cell.actor, where.classes)

    def _line(self, day: int, *, status: bool) -> CellLine:
        where = self._standing(day)
        found = self._lines.get((where, status))
        if found is None:
            matches = self._matches(where)
            found = CellLine(matches, self._ground, self.cell, status=status)
            self._lines[where, status] = found
        return found

    @property
    def ever(self) -> tuple[CellLine, CellLine]:
        """The lines of status and of recognition with every claim that bears on them some day."""
        matches = self._matches(self._ever)
        status, recognition = (
            CellLine(matches, self._ground, self.cell, status=which) for which in (True, False)
        )
        return status, recognition

    @cached_property
    def change_days(self) -> tuple[int, ...]:
        """Every day on which the answer may differ from the day before, in order."""
        days = set(self._turns)
        for match in self._matches(self._ever):
            days |= self._ground.days(match.counted)
        return tuple(sorted(day for day in days if BEGIN < day < FOREVER))

    def lines(self, day: date) -> tuple[CellLine, CellLine]:
        """The lines of status and of recognition as they are on a day."""
        number = ordinal(day)
        return self._line(number, status=True), self._line(number, status=False)

    def outline(self, day: int, view: View) -> Outline:
        """The status on a day, in outline."""
        return self._line(day, status=True).outline(day, view)

    def answer(self, day: date, view: View) -> Answer:
        """The status on a day."""
        number = ordinal(day)
        return self._line(number, status=True).answer(number, view)

    def recognition(self, day: date, view: View) -> Answer | None:
        """The line of recognition on a day; None where no norm and no declaration speaks of it."""
        line = self._line(ordinal(day), status=False)
        return None if line.is_empty else line.answer(ordinal(day), view)


def claims_on_cell(cell: Cell, facts: Facts) -> CellClaims:
    """The claims on a cell, kept with the facts it was made from."""
    by_cell: dict[Cell, CellClaims] = facts.memory.setdefault(CellClaims, {})
    found = by_cell.get(cell)
    if found is None:
        if len(by_cell) >= _REMEMBERED:
            by_cell.clear()
        found = by_cell[cell] = CellClaims(cell, facts)
    return found
