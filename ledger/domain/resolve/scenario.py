"""One line of a cell under one choice of days: what is in force, what is said, what follows.

A :class:`Scenario` answers in two depths. The *outline* is what a change of the answer is measured
by: status, reason, basis and contests; it is read off masks that hold for whole stretches of days.
The *detail* adds the losers, every flag and the proposals.

Decisions where the rules leave room:

* A commitment or recommendation counts from the earliest day on which it may have been uttered.
* In the normative view no declaration fills the line of recognition either.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ledger.domain.claims import Norm
from ledger.domain.edtf_dates import Days, parse
from ledger.domain.resolve.conflict import Contenders, Loser
from ledger.domain.resolve.in_force import BEGUN, PHASES, SUSPENDED, NormsInForce
from ledger.domain.resolve.intervals import Steps, lowest, moves_with
from ledger.domain.resolve.precedence import Contender
from ledger.domain.resolve.status_values import BasisKind, View
from ledger.domain.resolve.walked_back_statements import (
    RECOGNISED,
    CandidateMade,
    Proposed,
    Statement,
    Statements,
)
from ledger.domain.state_records import CountedClaim
from ledger.memo import Memo

DECLARABLE = frozenset({"prohibited", "under_framework"})
_STATEMENTS = frozenset({"contested:statements"})
_DECLARATORY = frozenset({"contested:declaratory"})
_NO_FLAGS = frozenset[str]()
_DECLARED, _PROPOSED, _COMMITTED = 1, 2, 4  # bits that say what there is beside norms
_SAID_BITS = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A norm that may give the status, as a claim and as a contender."""

    counted: CountedClaim
    contender: Contender


class LineClaims(NamedTuple):
    """The claims on a line, the same under every choice of days."""

    is_status: bool
    candidates: Sequence[Candidate]
    supports: Callable[[], Sequence[CountedClaim]]  # what the candidates rest on
    contenders: Contenders
    mattering: Sequence[Statement]  # declarations of a force that matters
    declared: Sequence[Statement]  # every declaration, once
    proposed: Sequence[Proposed]
    committed_from: int  # the earliest day of a commitment or recommendation


class Outline(NamedTuple):
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


class Outlines(NamedTuple):
    """The outlines of both views; one and the same where no declaration tells them apart."""

    prudential: Outline
    normative: Outline

    def of(self, view: View) -> Outline:
        """Return that of a view."""
        return self.prudential if view == "prudential" else self.normative


@dataclass(frozen=True, slots=True)
class Detail:
    """The rest of a scenario's answer on a day; ``pending`` holds live proposals with stages."""

    losers: tuple[Loser, ...]
    flags: frozenset[str]
    pending: tuple[tuple[str, str], ...]


class Scenario:
    """One line under one choice of days.

    What an outline depends on is told by one mask for each stretch of days. From its lowest bit on
    it holds a group of bits for each phase, one for each candidate that is in it; three for what is
    said where there are no candidates; and one for each live declaration.
    """

    def __init__(self, line: LineClaims, norms: NormsInForce) -> None:
        self._line = line
        self.norms = norms
        self._width = len(line.candidates)
        self._every = (1 << self._width) - 1  # the candidates of one phase
        self._above = PHASES * self._width
        self.masks = Steps(self._turns())
        self.outlines = Memo(self._outlines)  # by mask

    def _turns(self) -> list[tuple[int, int]]:
        width, turns = self._width, self.norms.turns
        found = [
            (day, 1 << phase * width + i)
            for i, candidate in enumerate(self._line.candidates)
            for day, phase in turns(candidate.counted)
        ]
        if not self._line.candidates:
            found += self._first_said()
        if self._line.mattering:
            above = self._above + _SAID_BITS
            found += [(day, bit << above) for day, bit in self._statements.turns()]
        return found

    def _first_said(self) -> Iterator[tuple[int, int]]:
        """Yield the days from which on there are declarations, proposals and commitments."""
        choice = self.norms.choice
        for bit, statements in (
            (_DECLARED, self._line.declared),
            (_PROPOSED, [proposed.statement for proposed in self._line.proposed]),
        ):
            if statements:
                yield min(statement.day(choice) for statement in statements), bit
        yield self._line.committed_from, _COMMITTED

    def outlines_on(self, day: int) -> Outlines:
        """Return the outlines of the answer on a day."""
        return self.outlines[self.masks.at(day)]

    def _outlines(self, mask: int) -> Outlines:
        verdict = self._line.contenders.outcome(mask & self._every)
        flags, live = verdict.flags, None
        if self._line.mattering:
            bits = mask >> self._above + _SAID_BITS
            live = self._statements.live(bits)
            flags |= _STATEMENTS if live.in_conflict else _NO_FLAGS
        if verdict.status is not None:
            if live is not None and live.contradict(verdict.status):
                flags |= _DECLARATORY
            decided = Outline(verdict.status, None, "norm", verdict.basis, flags)
            return Outlines(decided, decided)
        undetermined = Outline("undetermined", self._reason(mask), "none", (), flags)
        among = DECLARABLE if self._line.is_status else RECOGNISED
        said = live.strictest(among) if live is not None else None
        if said is None:
            return Outlines(undetermined, undetermined)
        basis = self._statements.asserting(said, bits)
        declared = Outline(said, undetermined.reason, "declared", basis, flags)
        return Outlines(declared, undetermined)

    def _reason(self, mask: int) -> str:
        """Return why no norm gives a status: the first reason that fits."""
        every, width = self._every, self._width
        if mask >> SUSPENDED * width & every:
            return "suspended"
        if mask & every:  # in force, and none of them gives a status
            return "outside_regime"
        begun = mask >> BEGUN * width & every
        if self._line.candidates:
            return "lapsed" if begun else "not_yet_in_force"
        if mask & _DECLARED:
            return "statements_only"
        if mask & _PROPOSED:
            return "proposals_only"
        return "commitments_only" if mask & _COMMITTED else "no_claims"

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
        verdict = self._line.contenders.verdict(self.masks.at(day) & self._every)
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
