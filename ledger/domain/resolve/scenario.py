"""One run of one line through time: which norms are in force, what is said, what follows.

:class:`Scenario` answers in two depths. The *outline* is what changes count by: status, reason,
basis and what is contested; it is read off masks that hold for whole stretches of days. The
*answer* adds who lost, every flag and the proposals.

Decisions where the rules leave room:

* Reasons are looked for among all matching candidates; one that is in force but gives no status (a
  permission outside its home regime) counts as one whose start has passed: ``lapsed``.
* In the normative view no declaration fills the line of recognition either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from ledger.domain.claims import Norm
from ledger.domain.dates import Days, parse
from ledger.domain.resolve.conflict import Contender, Loser
from ledger.domain.resolve.in_force import NormsInForce
from ledger.domain.resolve.intervals import FOREVER, Steps, lowest, moves_with
from ledger.domain.resolve.matching import View
from ledger.domain.resolve.rivals import Rivals
from ledger.domain.resolve.statements import (
    RECOGNISED,
    CandidateMade,
    Statement,
    Statements,
    overtaken,
)
from ledger.domain.state_records import CountedClaim

BasisKind = Literal["norm", "declared", "none"]
DECLARABLE = frozenset({"prohibited", "under_framework"})
_STATEMENTS = frozenset({"contested:statements"})
_DECLARATORY = frozenset({"contested:declaratory"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A norm that may give the status, as itself and as the conflict sees it."""

    counted: CountedClaim
    contender: Contender


@dataclass(frozen=True, slots=True)
class LineClaims:
    """What a line is made of, the same in every run."""

    is_status: bool
    candidates: Sequence[Candidate]
    supports: Sequence[CountedClaim]
    rivals: Rivals
    heard: Sequence[Statement]  # declarations that matter
    declared: Sequence[Statement]  # every declaration, once
    proposed: Sequence[tuple[Statement, str]]  # with the stage


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
    """What else one run says of a day."""

    losers: tuple[Loser, ...]
    flags: frozenset[str]
    pending: tuple[tuple[str, str], ...]


class Scenario:
    """One run of one line."""

    def __init__(self, line: LineClaims, forces: NormsInForce) -> None:
        self._line = line
        self._forces = forces
        norms = [c.counted for c in line.candidates]
        self._in_force = _steps([forces.spans(norm) for norm in norms])

    # --- the outline ----------------------------------------------------------------------------

    def outline(self, day: int, view: View) -> Outline:
        """What follows on a day."""
        won = self._line.rivals.outcome(self._in_force.at(day))
        flags = won.flags
        voices = self._speech.voices(day) if self._line.heard else None
        if voices is not None and voices.in_conflict:
            flags |= _STATEMENTS
        if won.status is not None:
            if voices is not None and voices.contradict(won.status):
                flags |= _DECLARATORY
            return Outline(won.status, None, "norm", won.basis, flags)
        reason = self._reason(day)
        among = DECLARABLE if self._line.is_status else RECOGNISED
        said = voices.strictest(among) if voices is not None and view == "prudential" else None
        if said is None:
            return Outline("undetermined", reason, "none", (), flags)
        return Outline(said, reason, "declared", self._speech.asserting(said, day), flags)

    def _reason(self, day: int) -> str:
        """Why no norm gives a status: the first reason that fits."""
        if self._unsuspended.at(day) & ~self._in_force.at(day):
            return "suspended"
        if self._first_start <= day:
            return "lapsed"
        if self._line.candidates:
            return "not_yet_in_force"
        if self._first_said <= day:
            return "statements_only"
        if self._first_proposed <= day:
            return "proposals_only"
        return "no_claims"

    @cached_property
    def _unsuspended(self) -> Steps:
        spans = self._forces.spans
        return _steps([spans(c.counted, suspended=False) for c in self._line.candidates])

    @cached_property
    def _first_start(self) -> int:
        starts = (self._forces.own(c.counted).start for c in self._line.candidates)
        return min((start for start in starts if start is not None), default=FOREVER)

    @cached_property
    def _first_said(self) -> int:
        return min((said.day(self._forces.run) for said in self._line.declared), default=FOREVER)

    @cached_property
    def _first_proposed(self) -> int:
        return min((said.day(self._forces.run) for said, _ in self._line.proposed), default=FOREVER)

    @cached_property
    def _made(self) -> list[CandidateMade]:
        """When the candidates were made, in this run."""
        return [
            CandidateMade(
                c.counted.id, self._forces.run.day(days, moves_with(c.counted)), lowest(days)
            )
            for c in self._line.candidates
            if (days := _made_of(c.counted)) is not None
        ]

    @cached_property
    def _speech(self) -> Statements:
        return Statements(self._line.heard, self._made, self._forces.run)

    # --- the rest of the answer -----------------------------------------------------------------

    def detail(self, day: int) -> Detail:
        """Who lost, every flag and the live proposals of a day, whatever the view."""
        verdict = self._line.rivals.verdict(self._in_force.at(day))
        losers = self._speech.losers(day) if self._line.heard else []
        flags = set(verdict.flags)
        flags |= {f"walked_back:{lost.claim}" for lost in losers if lost.rule == "walked_back"}
        flags |= self._flags_of_norms(day, frozenset(verdict.basis))
        return Detail((*verdict.losers, *losers), frozenset(flags), tuple(self._pending(day)))

    def _flags_of_norms(self, day: int, basis: frozenset[str]) -> set[str]:
        flags: set[str] = set()
        for counted in (*(c.counted for c in self._line.candidates), *self._line.supports):
            flags |= self._forces.own(counted).flags
        for candidate in self._line.candidates:
            flags |= self._forces.support_flags(candidate.counted, day)
            start = self._forces.own(candidate.counted).start
            made_after = start is not None and start < candidate.contender.made_low
            if made_after and candidate.counted.id in basis:
                flags.add("retroactive")
        return flags

    def _pending(self, day: int) -> list[tuple[str, str]]:
        live = []
        for said, stage in self._line.proposed:
            if said.day(self._forces.run) <= day:
                end = overtaken(said, self._made)
                if end is None or end[0] > day:
                    live.append((said.id, stage))
        return live


def _steps(spans: Sequence[Sequence[tuple[int, int]]]) -> Steps:
    return Steps((first, last, 1 << i) for i, some in enumerate(spans) for first, last in some)


def _made_of(counted: CountedClaim) -> Days | None:
    claim = counted.claim
    return parse(claim.made) if isinstance(claim, Norm) and claim.made else None
