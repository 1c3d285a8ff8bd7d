"""One cell's docket: everything that matters to it, computed once, asked for any day and view.

A cell has two *lines*, status and recognition, decided by the same rules on different claims. Each
line is computed in as many runs as its imprecise dates ask for (:mod:`ledger.domain.uncertain`) and
the runs are merged: the strictest status that occurs is the answer.

Decisions where the rules leave room:

* Reasons are looked for among all matching candidates; one that is in force but gives no status (a
  permission outside its home regime) counts as one whose start has passed: ``lapsed``.
* In the runs with the answer, the first reason in order is given; a basis that is partly declared
  is called ``declared``.
* In the normative view no declaration fills the line of recognition either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ledger.domain.cells import (
    RECOGNITION,
    Cell,
    Facts,
    Match,
    Standing,
    View,
    acts_upon,
    matching,
    standing,
    supports,
)
from ledger.domain.claims import Declaration, Norm, Proposal
from ledger.domain.contest import STATUSES, Loser, Party, Verdict, by_claim, contest, party
from ledger.domain.dates import Days, parse
from ledger.domain.declared import (
    MATTERS,
    RECOGNISED,
    Heard,
    Making,
    hear,
    overtaken_by,
    parts,
)
from ledger.domain.force import Forces
from ledger.domain.records import CountedClaim
from ledger.domain.spans import PRECISE, holds, lowest, moves_with, ordinal
from ledger.domain.uncertain import runs_for

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
DECLARABLE = frozenset({"prohibited", "under_framework"})
BasisKind = Literal["norm", "declared", "none"]
_SPEECH = frozenset({"walked_back", "overtaken"})
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Answer:
    """One line's answer on one day in one view.

    ``possible`` holds every status that occurs where imprecise dates leave several, or where there
    were too many of them to try all; else it is empty. ``pending`` holds the live proposals with
    their stages.
    """

    status: str
    reason: str | None
    basis_kind: BasisKind
    basis: tuple[str, ...]
    losers: tuple[Loser, ...]
    flags: frozenset[str]
    possible: tuple[str, ...] = ()
    pending: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Candidate:
    counted: CountedClaim
    party: Party
    owner: str


class Line:
    """Status, or recognition: the claims that bear on it, and its answer on any day."""

    def __init__(self, matches: Sequence[Match], facts: Facts, cell: Cell, *, status: bool) -> None:
        taxonomy, place = facts.taxonomy, cell.jurisdiction
        mine = [m for m in matches if _on_status(m) is status]
        self.is_status = status
        self._home = taxonomy.home_regime(cell.activity) if status else None
        self._order: tuple[str, ...] = STATUSES if status else RECOGNITIONS
        self.candidates = [
            _Candidate(m.counted, party(m, taxonomy, place), moves_with(m.counted))
            for m in mine
            if isinstance(m.counted.claim, Norm) and m.counted.claim.force in CANDIDATES
        ]
        norms = [c.counted for c in self.candidates]
        self.supports = supports(norms, facts.index)
        self.acts = acts_upon([*norms, *self.supports], facts.index)
        declared = [m for m in mine if isinstance(m.counted.claim, Declaration)]
        proposed = [m for m in mine if isinstance(m.counted.claim, Proposal)]
        heard = [m for m in declared if m.counted.claim.force in MATTERS]
        self.heard = [m.counted for m in heard]
        self._spoken = [part for m in heard for part in parts(m, taxonomy, place)]
        self._any_spoken = [parts(m, taxonomy, place)[0] for m in declared]
        self._proposed = [(parts(m, taxonomy, place)[0], _stage(m)) for m in proposed]
        self.statements = [m.counted for m in (*declared, *proposed)]
        runs = runs_for(norms, [*self.supports, *self.acts], self.statements)
        self._beyond, self._approximate = runs.beyond, runs.approximate
        self._forces = [
            shared_forces(facts) if run is PRECISE else Forces(facts.index, taxonomy, run)
            for run in runs.runs
        ]
        self._verdicts: dict[tuple[int, ...], Verdict] = {}

    @property
    def involved(self) -> list[CountedClaim]:
        """Every claim that bears on this line, except proposals."""
        return [*(c.counted for c in self.candidates), *self.supports, *self.acts, *self.heard]

    @property
    def is_empty(self) -> bool:
        """Whether no norm and no declaration bears on it."""
        return not self.candidates and not self.heard

    # --- one run --------------------------------------------------------------------------------

    def _verdict(self, forces: Forces, day: int) -> Verdict:
        """The contest of the norms in force; it depends on nothing but which they are."""
        here = tuple(
            i for i, c in enumerate(self.candidates) if holds(forces.spans(c.counted), day)
        )
        found = self._verdicts.get(here)
        if found is None:
            found = contest([self.candidates[i].party for i in here], self._home)
            self._verdicts[here] = found
        return found

    def _made(self, forces: Forces) -> list[Making]:
        """When the candidates were made, in this run."""
        return [
            Making(c.counted.id, forces.run.day(days, c.owner), lowest(days))
            for c in self.candidates
            if (days := _made_of(c.counted)) is not None
        ]

    def _run(self, forces: Forces, day: int, view: View) -> Answer:
        verdict = self._verdict(forces, day)
        made = self._made(forces) if self.statements else []
        heard = hear(self._spoken, made, forces.run, day)
        flags = self._flags(forces, day, verdict, heard)
        losers = (*verdict.losers, *heard.losers)
        pending = tuple(
            (said.id, stage)
            for said, stage in self._proposed
            if said.day(forces.run) <= day and overtaken_by(said, made, day) is None
        )
        if verdict.status is not None:
            return Answer(
                verdict.status, None, "norm", verdict.basis, losers, flags, pending=pending
            )
        reason = self._reason(forces, day)
        among = DECLARABLE if self.is_status else RECOGNISED
        said = heard.strictest(among) if view == "prudential" else None
        if said is None:
            return Answer("undetermined", reason, "none", (), losers, flags, pending=pending)
        status, basis = said
        return Answer(status, reason, "declared", basis, losers, flags, pending=pending)

    def _reason(self, forces: Forces, day: int) -> str:
        """Why no norm gives a status: the first reason that fits."""
        norms = [c.counted for c in self.candidates]
        if any(
            holds(forces.spans(n, suspended=False), day) for n in norms if not _in(forces, n, day)
        ):
            return "suspended"
        starts = (forces.own(n).start for n in norms)
        if any(start is not None and start <= day for start in starts):
            return "lapsed"
        if norms:
            return "not_yet_in_force"
        if any(said.day(forces.run) <= day for said in self._any_spoken):
            return "statements_only"
        if any(said.day(forces.run) <= day for said, _ in self._proposed):
            return "proposals_only"
        return "no_claims"

    def _flags(self, forces: Forces, day: int, verdict: Verdict, heard: Heard) -> frozenset[str]:
        flags = set(verdict.flags)
        for counted in (*(c.counted for c in self.candidates), *self.supports):
            flags |= forces.own(counted).flags
        basis = set(verdict.basis)
        for candidate in self.candidates:
            flags |= forces.support_flags(candidate.counted, day)
            start = forces.own(candidate.counted).start
            made_after = start is not None and start < candidate.party.made_low
            if made_after and candidate.counted.id in basis:
                flags.add("retroactive")
        flags |= {
            f"walked_back:{lost.claim}" for lost in heard.losers if lost.rule == "walked_back"
        }
        if heard.in_conflict:
            flags.add("contested:statements")
        if verdict.status is not None and heard.contradict(verdict.status):
            flags.add("contested:declaratory")
        return frozenset(flags)

    # --- all runs -------------------------------------------------------------------------------

    def answer(self, day: date, view: View) -> Answer:
        """The answer of all runs together."""
        number = ordinal(day)
        runs = [self._run(forces, number, view) for forces in self._forces]
        occurring = {run.status for run in runs}
        status = next(s for s in self._order if s in occurring)
        same = [run for run in runs if run.status == status]
        flags = frozenset().union(*(run.flags for run in same))
        possible: tuple[str, ...] = ()
        if len(occurring) > 1 or self._beyond:
            possible = tuple(s for s in self._order if s in occurring)
            flags |= {"date_uncertain"}
        if self._approximate:
            flags |= {"date_approximate"}
        basis = tuple(sorted({claim for run in same for claim in run.basis}))
        kinds = {run.basis_kind for run in same}
        return Answer(
            status=status,
            reason=min((r.reason for r in same if r.reason), key=REASONS.index, default=None),
            basis_kind="declared" if "declared" in kinds else same[0].basis_kind,
            basis=basis,
            losers=_all_losers(same, set(basis)),
            flags=flags,
            possible=possible,
            pending=tuple(sorted({item for run in same for item in run.pending})),
        )


def _in(forces: Forces, counted: CountedClaim, day: int) -> bool:
    return holds(forces.spans(counted), day)


def _on_status(match: Match) -> bool:
    """Whether a claim bears on the status rather than on recognition."""
    claim = match.counted.claim
    if isinstance(claim, Norm):
        return claim.effect not in RECOGNITION
    return getattr(claim, "asserts", None) not in RECOGNISED


def _stage(match: Match) -> str:
    claim = match.counted.claim
    return claim.stage if isinstance(claim, Proposal) else ""


def _made_of(counted: CountedClaim) -> Days | None:
    claim = counted.claim
    return parse(claim.made) if isinstance(claim, Norm) and claim.made else None


def _all_losers(runs: Sequence[Answer], basis: set[str]) -> tuple[Loser, ...]:
    """The losers of all runs; who is in the basis of one run lost to no norm in another."""
    found = {lost for run in runs for lost in run.losers}
    kept = (lost for lost in found if lost.rule in _SPEECH or lost.claim not in basis)
    return tuple(sorted(kept, key=by_claim))


def shared_forces(facts: Facts) -> Forces:
    """The intervals of norms whose dates are precise: the same for every cell."""
    found = facts.memory.get(PRECISE)
    if not isinstance(found, Forces):
        found = facts.memory[PRECISE] = Forces(facts.index, facts.taxonomy)
    return found


class Docket:
    """Both lines of one cell. What matches depends on the day only by unions and dated classes."""

    def __init__(self, cell: Cell, facts: Facts) -> None:
        self.cell = cell
        self._facts = facts
        self._lines: dict[Standing, tuple[Line, Line]] = {}
        self._answers: dict[tuple[date, View], Answer] = {}

    def lines(self, day: date) -> tuple[Line, Line]:
        """The lines of status and of recognition as they are on a day."""
        where = standing(self.cell, self._facts.taxonomy, day)
        found = self._lines.get(where)
        if found is None:
            taxonomy = self._facts.taxonomy
            matches = matching(self.cell, taxonomy, self._facts.index, where)
            found = self._lines[where] = (
                Line(matches, self._facts, self.cell, status=True),
                Line(matches, self._facts, self.cell, status=False),
            )
        return found

    def answer(self, day: date, view: View) -> Answer:
        """The status on a day."""
        key = (day, view)
        found = self._answers.get(key)
        if found is None:
            if len(self._answers) >= _REMEMBERED:
                self._answers.clear()
            found = self._answers[key] = self.lines(day)[0].answer(day, view)
        return found

    def recognition(self, day: date, view: View) -> Answer | None:
        """The line of recognition on a day; None where no norm and no declaration speaks of it."""
        line = self.lines(day)[1]
        return None if line.is_empty else line.answer(day, view)


def docket_of(cell: Cell, facts: Facts) -> Docket:
    """The docket of a cell, kept with the facts it was made from."""
    found = facts.memory.get(cell)
    if not isinstance(found, Docket):
        if len(facts.memory) >= _REMEMBERED:
            facts.memory.clear()
        found = facts.memory[cell] = Docket(cell, facts)
    return found
