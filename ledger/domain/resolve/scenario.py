"""One line of a cell under one choice of days: what is in force, what is said, what follows.

A :class:`Scenario` answers in two depths. The *outline* is what a change of the answer is measured
by: status, reason, basis and contests; it is read off masks that hold for whole stretches of days.
The *detail* adds the losers, every flag and the proposals.

Decisions where the rules leave room:

* A commitment or recommendation counts from the earliest day on which it may have been uttered.
* In the normative view no declaration fills the line of recognition either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from ledger.domain.claims import Norm
from ledger.domain.dates import Days, parse
from ledger.domain.resolve.conflict import Contenders, Loser
from ledger.domain.resolve.in_force import DaysOf, NormsInForce
from ledger.domain.resolve.intervals import FOREVER, Steps, lowest, moves_with
from ledger.domain.resolve.live_statements import (
    RECOGNISED,
    CandidateMade,
    Proposed,
    Statement,
    Statements,
)
from ledger.domain.resolve.precedence import Contender
from ledger.domain.resolve.status_values import BasisKind, View
from ledger.domain.state_records import CountedClaim

DECLARABLE = frozenset({"prohibited", "under_framework"})
_STATEMENTS = frozenset({"contested:statements"})
_DECLARATORY = frozenset({"contested:declaratory"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A norm that may give the status, as a claim and as a contender."""

    counted: CountedClaim
    contender: Contender


@dataclass(frozen=True, slots=True)
class LineClaims:
    """The claims on a line, the same under every choice of days."""

    is_status: bool
    candidates: Sequence[Candidate]
    supports: Callable[[], Sequence[CountedClaim]]  # what the candidates rest on
    contenders: Contenders
    mattering: Sequence[Statement]  # declarations of a force that matters
    declared: Sequence[Statement]  # every declaration, once
    proposed: Sequence[Proposed]
    committed_from: int  # the earliest day of a commitment or recommendation


@dataclass(frozen=True, slots=True)
class Outline:
    """One line's answer on one day in one view, as far as it tells one stretch from the next.

    ``flags`` holds ``contested:*`` and ``date_uncertain``. ``possible`` holds every status that
    occurs where imprecise dates leave several, or where there were too many of them to try all;
    else it is empty.
    """

    status: str
    reason: str | None
    basis_kind: BasisKind
    basis: tuple[str, ...]
    flags: frozenset[str]
    possible: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Detail:
    """The rest of a scenario's answer on a day; ``pending`` holds live proposals with stages."""

    losers: tuple[Loser, ...]
    flags: frozenset[str]
    pending: tuple[tuple[str, str], ...]


class Scenario:
    """One line under one choice of days."""

    def __init__(self, line: LineClaims, norms: NormsInForce) -> None:
        self._line = line
        self.norms = norms
        self._in_force = self._steps("in_force")

    def _steps(self, of: DaysOf) -> Steps:
        each = enumerate(self.norms.days(c.counted, of) for c in self._line.candidates)
        return Steps((first, last, 1 << i) for i, days in each for first, last in days)

    def outline(self, day: int, view: View) -> Outline:
        """Return the outline of the answer on a day."""
        verdict = self._line.contenders.outcome(self._in_force.at(day))
        flags = verdict.flags
        live = self._statements.live(day) if self._line.mattering else None
        if live is not None and live.in_conflict:
            flags |= _STATEMENTS
        if verdict.status is not None:
            if live is not None and live.contradict(verdict.status):
                flags |= _DECLARATORY
            return Outline(verdict.status, None, "norm", verdict.basis, flags)
        reason = self._reason(day)
        among = DECLARABLE if self._line.is_status else RECOGNISED
        said = live.strictest(among) if live is not None and view == "prudential" else None
        if said is None:
            return Outline("undetermined", reason, "none", (), flags)
        return Outline(said, reason, "declared", self._statements.asserting(said, day), flags)

    def _reason(self, day: int) -> str:
        """Return why no norm gives a status: the first reason that fits."""
        in_force = self._in_force.at(day)
        if self._unsuspended.at(day) & ~in_force:
            return "suspended"
        if in_force:  # and none of them gives a status
            return "outside_regime"
        if self._line.candidates:
            return "lapsed" if self._begun.at(day) else "not_yet_in_force"
        if self._first_declared <= day:
            return "statements_only"
        if self._first_proposed <= day:
            return "proposals_only"
        return "commitments_only" if self._line.committed_from <= day else "no_claims"

    @cached_property
    def _unsuspended(self) -> Steps:
        return self._steps("unsuspended")

    @cached_property
    def _begun(self) -> Steps:
        return self._steps("begun")

    @cached_property
    def _first_declared(self) -> int:
        choice = self.norms.choice
        return min((statement.day(choice) for statement in self._line.declared), default=FOREVER)

    @cached_property
    def _first_proposed(self) -> int:
        choice = self.norms.choice
        return min((one.statement.day(choice) for one in self._line.proposed), default=FOREVER)

    @cached_property
    def _made(self) -> list[CandidateMade]:
        """When the candidates were made, under this choice."""
        day = self.norms.choice.day
        return [
            CandidateMade(c.counted.id, day(days, moves_with(c.counted)), lowest(days))
            for c in self._line.candidates
            if (days := _made_of(c.counted)) is not None
        ]

    @cached_property
    def _statements(self) -> Statements:
        return Statements(self._line.mattering, self._made, self.norms.choice)

    def detail(self, day: int) -> Detail:
        """Return the losers, every flag and the live proposals of a day, whatever the view."""
        verdict = self._line.contenders.verdict(self._in_force.at(day))
        losers = self._statements.losers(day) if self._line.mattering else []
        flags = set(verdict.flags)
        flags |= {f"walked_back:{lost.claim}" for lost in losers if lost.rule == "walked_back"}
        flags |= self._flags_of_norms(day, frozenset(verdict.basis))
        return Detail((*verdict.losers, *losers), frozenset(flags), tuple(self.pending(day)))

    def _flags_of_norms(self, day: int, basis: frozenset[str]) -> set[str]:
        flags: set[str] = set()
        for counted in (*(c.counted for c in self._line.candidates), *self._line.supports()):
            flags |= self.norms.own(counted).flags
        for candidate in self._line.candidates:
            flags |= self.norms.support_flags(candidate.counted, day)
            start = self.norms.own(candidate.counted).on(day).start
            made_after = start is not None and start < candidate.contender.made_low
            if made_after and candidate.counted.id in basis:
                flags.add("retroactive")
        return flags

    def pending(self, day: int) -> list[tuple[str, str]]:
        """Return the live proposals of a day with their stages."""
        return [
            (one.statement.id, one.stage)
            for one in self._line.proposed
            if one.is_live(day, self._made, self.norms.choice)
        ]


def _made_of(counted: CountedClaim) -> Days | None:
    claim = counted.claim
    return parse(claim.made) if isinstance(claim, Norm) and claim.made else None
