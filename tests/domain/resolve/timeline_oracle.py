"""Timelines as the rules read them: one question for each day on which a claim may change one.

What holds on a day is asked of every norm and statement by itself, and of each view by itself.
Nothing is shared between days, views or cells but the claims, and the days in force of each norm.
"""

from __future__ import annotations

from datetime import date

from ledger.domain.claims import Norm
from ledger.domain.edtf_dates import parse
from ledger.domain.resolve.claims_on_cell import CellClaims
from ledger.domain.resolve.conflict import conflict
from ledger.domain.resolve.facts import Cell, Facts
from ledger.domain.resolve.intervals import highest, holds, lowest, moves_with
from ledger.domain.resolve.scenario import Outline, Scenario
from ledger.domain.resolve.shared_work import SharedFacts
from ledger.domain.resolve.status_values import REASONS, STATUSES, STRICTNESS, View
from ledger.domain.resolve.timeline import Segment
from ledger.domain.resolve.walked_back_statements import CandidateMade, Statement, meaning

_FIRST = date.min.toordinal()
_DECLARABLE = ("prohibited", "under_framework")


class NaiveTimeline:
    """One cell in one view, asked day by day."""

    def __init__(self, cell: Cell, facts: Facts, view: View) -> None:
        self._claims = CellClaims(cell, SharedFacts(facts), {})
        self._home = facts.taxonomy.home_regime(cell.activity)
        self._view = view
        self.days = self._claims.change_days

    def segments(self) -> tuple[Segment, ...]:
        """The answers over all days, equal neighbours merged."""
        first = self.days[0] - 1 if self.days and self.days[0] > _FIRST else _FIRST
        found = [(first, self.on(first))]
        for day in self.days:
            then = self.on(day)
            if _look(then) != _look(found[-1][1]):
                found.append((day, then))
        firsts = [None, *(date.fromordinal(day) for day, _ in found[1:])]
        lasts = [*(date.fromordinal(day - 1) for day, _ in found[1:]), None]
        return tuple(
            Segment(a, b, o.status, o.reason, o.basis_kind, tuple(sorted(o.flags)), o.possible)
            for a, b, (_, o) in zip(firsts, lasts, found, strict=True)
        )

    def next_change(self, day: int) -> date | None:
        """The first later day on which status, reason or basis differ from those of the day."""
        now = self.on(day)
        for later in self.days:
            then = self.on(later)
            if later > day and (then.status, then.reason, then.basis) != (
                *(now.status, now.reason, now.basis),
            ):
                return date.fromordinal(later)
        return None

    def since(self, day: int) -> date | None:
        """The first day from which the status is that of the day; None where it is open."""
        first = day
        while first > _FIRST and self.on(first - 1).status == self.on(day).status:
            first = max([one for one in self.days if one < first], default=_FIRST)
        return None if first == _FIRST else date.fromordinal(first)

    def on(self, day: int) -> Outline:
        """The answer on a day: that of every scenario, merged."""
        (line, _), all_of = self._claims.lines(date.fromordinal(day)), self._of_scenario
        outlines = [all_of(scenario, day) for scenario in line._scenarios]
        if len(outlines) == 1:
            return outlines[0]
        occurring = [s for s in STATUSES if s in {outline.status for outline in outlines}]
        same = [outline for outline in outlines if outline.status == occurring[0]]
        uncertain = len(occurring) > 1 or line._beyond
        kinds = {outline.basis_kind for outline in same}
        reasons = [outline.reason for outline in same if outline.reason]
        return Outline(
            occurring[0],
            min(reasons, key=REASONS.index) if reasons else None,
            "declared" if "declared" in kinds else same[0].basis_kind,
            tuple(sorted({claim for outline in same for claim in outline.basis})),
            frozenset({"date_uncertain"} if uncertain else ()).union(*(o.flags for o in same)),
            tuple(occurring) if uncertain else (),
        )

    def _of_scenario(self, scenario: Scenario, day: int) -> Outline:
        line, norms = scenario._line, scenario.norms
        in_force = [c for c in line.candidates if holds(norms.days(c.counted, "in_force"), day)]
        verdict = conflict([c.contender for c in in_force], self._home)
        flags = {flag for flag in verdict.flags if flag.startswith("contested:")}
        live = [s for s in line.mattering if _is_live(s, scenario, day)]
        meant = [meaning(s.asserts) for s in live if s.asserts]
        if any(a.isdisjoint(b) for a in meant for b in meant):
            flags.add("contested:statements")
        if verdict.status is not None:
            if any(verdict.status not in one for one in meant):
                flags.add("contested:declaratory")
            return Outline(verdict.status, None, "norm", verdict.basis, frozenset(flags))
        reason = self._reason(scenario, day, any_in_force=bool(in_force))
        said = {s.asserts for s in live if s.asserts in _DECLARABLE}
        if not said or self._view == "normative":
            return Outline("undetermined", reason, "none", (), frozenset(flags))
        status = max((one for one in said if one), key=STRICTNESS.__getitem__)
        basis = tuple(sorted({s.id for s in live if s.asserts == status}))
        return Outline(status, reason, "declared", basis, frozenset(flags))

    def _reason(self, scenario: Scenario, day: int, *, any_in_force: bool) -> str:
        line, norms, choice = scenario._line, scenario.norms, scenario.norms.choice
        counted = [c.counted for c in line.candidates]
        if any(
            holds(norms.days(one, "unsuspended"), day)
            and not holds(norms.days(one, "in_force"), day)
            for one in counted
        ):
            return "suspended"
        if any_in_force:
            return "outside_regime"
        if counted:
            begun = any(holds(norms.days(one, "begun"), day) for one in counted)
            return "lapsed" if begun else "not_yet_in_force"
        if any(statement.day(choice) <= day for statement in line.declared):
            return "statements_only"
        if any(one.statement.day(choice) <= day for one in line.proposed):
            return "proposals_only"
        return "commitments_only" if line.committed_from <= day else "no_claims"


def _is_live(statement: Statement, scenario: Scenario, day: int) -> bool:
    """Whether a statement was made by a day, and neither walked back nor overtaken by then."""
    choice = scenario.norms.choice
    on = statement.day(choice)
    for other in scenario._line.mattering:
        later = on < other.day(choice) <= day and other.rank >= statement.rank
        of_body = other.body is not None and other.body == statement.body
        if of_body and later and other.conflicts(statement):
            return False
    until = highest(statement.days)
    return on <= day and not any(m.low > until and m.day <= day for m in _made(scenario))


def _made(scenario: Scenario) -> list[CandidateMade]:
    """When the candidates were made."""
    found = []
    for candidate in scenario._line.candidates:
        counted, claim = candidate.counted, candidate.counted.claim
        if isinstance(claim, Norm) and claim.made:
            days = parse(claim.made)
            day = scenario.norms.choice.day(days, moves_with(counted))
            found.append(CandidateMade(counted.id, day, lowest(days)))
    return found


def _look(found: Outline) -> tuple[object, ...]:
    return (found.status, found.reason, found.basis_kind, found.flags, found.possible)
