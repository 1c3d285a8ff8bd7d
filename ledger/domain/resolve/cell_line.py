"""One line of a cell, its status or its recognition: the claims on it, and its answer on any day.

A line is computed under as many choices of day as its imprecise dates ask for
(:mod:`ledger.domain.resolve.imprecise_dates`), each by a
:class:`~ledger.domain.resolve.scenario.Scenario`, and the results are merged: the strictest status
that occurs is the answer.

Decision where the rules leave room: among the scenarios with the answer, the first reason in order
is given; a basis that is partly declared is called ``declared``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from ledger.domain.resolve.candidates_and_acts import CandidatesAndActs, candidates_and_acts
from ledger.domain.resolve.conflict import Contenders, Loser, by_claim
from ledger.domain.resolve.facts import Cell
from ledger.domain.resolve.imprecise_dates import ImpreciseTexts, date_choices
from ledger.domain.resolve.in_force import NormsInForce
from ledger.domain.resolve.intervals import FOREVER, lowest
from ledger.domain.resolve.matching import Match, acts_upon
from ledger.domain.resolve.scenario import LineClaims, Outline, Outlines, Scenario
from ledger.domain.resolve.shared_work import SharedFacts, is_candidate
from ledger.domain.resolve.status_values import REASONS, RECOGNITIONS, STATUSES, BasisKind, View
from ledger.domain.resolve.walked_back_statements import (
    DECLARING_FORCES,
    first_said,
    may_overtake,
    uttered_on,
)
from ledger.domain.state_records import CountedClaim
from ledger.memo import Memo

_OF_STATEMENTS = frozenset({"walked_back", "overtaken"})  # rules by which statements lose
_UNCERTAIN = frozenset({"date_uncertain"})
_NOTHING_TOLD = CandidatesAndActs((), ())
_MOST_DAYS = 16  # of which one line keeps its answers
Stretch = tuple[int, Outlines]  # its first day, and the answers from then on


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
    """The status or the recognition of a cell: the claims on it, and its answer on any day.

    Cells with the same matching claims, nearness and bearing acts share one line. ``ignored`` are
    the acts that do not bear on them.
    """

    def __init__(
        self,
        matches: Sequence[Match],
        shared: SharedFacts,
        cell: Cell,
        *,
        status: bool,
        ignored: frozenset[str],
    ) -> None:
        profile = shared.profiles[cell.jurisdiction]
        self._order: tuple[str, ...] = STATUSES if status else RECOGNITIONS
        self.candidates = [
            shared.candidates[match, profile] for match in matches if is_candidate(match.counted)
        ]
        self.norms = [candidate.counted for candidate in self.candidates]
        self._shared, self._ignored = shared, ignored
        by_kind: dict[str, list[Match]] = {}
        for match in matches:
            by_kind.setdefault(match.counted.claim.kind, []).append(match)
        declared, proposed = by_kind.get("declaration", []), by_kind.get("proposal", [])
        mattering = [m for m in declared if m.counted.claim.force in DECLARING_FORCES]
        self.mattering = [m.counted for m in mattering]
        self.statements = [m.counted for m in (*declared, *proposed)]
        committed = (*by_kind.get("commitment", ()), *by_kind.get("recommendation", ()))
        line = LineClaims(
            is_status=status,
            candidates=self.candidates,
            supports=lambda: self.supports,
            contenders=Contenders(
                [c.contender for c in self.candidates],
                shared.home_regimes[cell.activity] if status else None,
                shared.compare,
            ),
            mattering=[s for m in mattering for s in shared.statements_of(m.counted, profile)],
            declared=[shared.statements_of(m.counted, profile)[0] for m in declared],
            proposed=[shared.proposed(m.counted, profile) for m in proposed],
            committed_from=min((lowest(uttered_on(m.counted)) for m in committed), default=FOREVER),
        )
        open_ = ignored or any(shared.leaves_open[match.counted.id] for match in matches)
        found = date_choices(self._imprecise_texts(shared) if open_ else ())
        self._beyond, self._approximate = found.beyond, found.approximate
        self._scenarios = [
            Scenario(line, shared.in_force[choice, ignored]) for choice in found.choices
        ]

    @cached_property
    def _answers(self) -> Memo[tuple[int, View], Answer]:
        return Memo(self._answer, most=_MOST_DAYS)

    @cached_property
    def _told(self) -> Memo[tuple[int, View], CandidatesAndActs]:
        return Memo(self._tell, most=_MOST_DAYS)

    @property
    def readings(self) -> list[NormsInForce]:
        """The norms in force under each choice of day for its imprecise dates."""
        return [scenario.norms for scenario in self._scenarios]

    @property
    def involved(self) -> list[CountedClaim]:
        """Every claim that bears on this line, except proposals."""
        return [*self.norms, *self.supports, *self.acts, *self._rests_on[2], *self.mattering]

    @cached_property
    def doubts(self) -> frozenset[str]:
        """The flags about claims that bear on this line: disputed, signed by a suspect key."""
        flags: set[str] = set()
        if any(counted.disputed for counted in self.involved):
            flags.add("disputed")
        if any(counted.suspect_key for counted in self.involved):
            flags.add("suspect_key")
        return frozenset(flags)

    @property
    def supports(self) -> Sequence[CountedClaim]:
        """The norms that its norms rest on, without these."""
        return self._rests_on[0]

    @property
    def acts(self) -> Sequence[CountedClaim]:
        """The acts that bear on its norms, on what these rest on, and on such acts."""
        return self._rests_on[1]

    @cached_property
    def _rests_on(self) -> tuple[Sequence[CountedClaim], ...]:
        """The supports, the acts, and what gives the acts their power."""
        return _foundations(self.norms, self._shared, self._ignored)

    @property
    def is_empty(self) -> bool:
        """Whether no norm and no declaration bears on it."""
        return not self.candidates and not self.mattering

    def _imprecise_texts(self, shared: SharedFacts) -> list[ImpreciseTexts]:
        stages = (stage for c in self.statements for stage in shared.stages_with(c))
        said = {counted.id: counted for counted in (*self.statements, *stages)}
        by = first_said(said.values())
        overtaking = [(norm, may_overtake(norm, by)) for norm in self.norms]
        if self._ignored:
            texts = [shared.imprecise_texts(norm, made=made) for norm, made in overtaking]
            beneath = [counted for some in self._rests_on for counted in some]
            texts.append(shared.texts_beneath(self.norms, beneath))
        else:
            texts = [shared.norm_texts[norm.id, made] for norm, made in overtaking]
        return texts + [shared.imprecise_texts(counted, made=False) for counted in said.values()]

    def outline(self, day: int, view: View) -> Outline:
        """Return the outline of the answer on a day (an ordinal), of all scenarios together."""
        return self._outlines_on(day).of(view)

    def _outlines_on(self, day: int) -> Outlines:
        found = [scenario.outlines_on(day) for scenario in self._scenarios]
        if len(found) == 1:
            return found[0]
        normative = self._merged([outlines.normative for outlines in found])
        if all(outlines.prudential is outlines.normative for outlines in found):
            return Outlines(normative, normative)
        return Outlines(self._merged([outlines.prudential for outlines in found]), normative)

    @cached_property
    def first_days(self) -> Sequence[int]:
        """The first day of each stretch of the calendar in which the answer stays the same."""
        if len(self._scenarios) == 1:
            return self._scenarios[0].masks.first_days()
        return sorted({day for one in self._scenarios for day in one.masks.first_days()})

    @cached_property
    def stretches(self) -> Sequence[Stretch]:
        """The outlines over the whole calendar, each from its first day to the next one's."""
        if len(self._scenarios) == 1:
            (only,) = self._scenarios
            return [(first, only.outlines[mask]) for first, mask in only.masks.stretches()]
        return [(first, self._outlines_on(first)) for first in self.first_days]

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

    def told(self, day: int, view: View) -> CandidatesAndActs:
        """Return what became of the candidates by a day, and what the acts upon them did."""
        return self._told[day, view] if self.candidates else _NOTHING_TOLD

    def _tell(self, at: tuple[int, View]) -> CandidatesAndActs:
        day, view = at
        outlines = [scenario.outlines_on(day).of(view) for scenario in self._scenarios]
        status = self._merged(outlines).status if len(outlines) > 1 else outlines[0].status
        norms = [
            scenario.norms
            for scenario, outline in zip(self._scenarios, outlines, strict=True)
            if outline.status == status
        ]
        return candidates_and_acts(norms, self.norms, [*self.supports, *self.acts], day)

    def answer(self, day: int, view: View) -> Answer:
        """Return the whole answer on a day (an ordinal), of all scenarios together."""
        return self._answers[day, view]

    def _answer(self, at: tuple[int, View]) -> Answer:
        day, view = at
        outlines = [scenario.outlines_on(day).of(view) for scenario in self._scenarios]
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
    norms: Sequence[CountedClaim], shared: SharedFacts, ignored: frozenset[str]
) -> tuple[Sequence[CountedClaim], ...]:
    """Return the norms that support these, the acts upon all of them, and what gives these power.

    The supports are without the norms themselves.
    """
    found: tuple[dict[str, CountedClaim], ...] = ({}, {}, {})
    for norm in norms:
        foundation = shared.foundations[norm.id]
        for claims, more in zip(
            found, (foundation.supports, foundation.acts, foundation.powers), strict=True
        ):
            claims.update((c.id, c) for c in more)
    supports, acts, powers = found
    for norm in norms:
        supports.pop(norm.id, None)
    if ignored:
        on = [*norms, *supports.values()]
        upon = acts_upon(on, shared.index, ignored)
        acts = {c.id: c for c in upon}
        powers = {c.id: c for c in shared.powers_of(on, upon, ignored)}
    return list(supports.values()), list(acts.values()), list(powers.values())


def _all_losers(found: Iterable[Loser], basis: frozenset[str]) -> tuple[Loser, ...]:
    """Return the losers of all scenarios, without norms that are in the basis of another one."""
    kept = {lost for lost in found if lost.rule in _OF_STATEMENTS or lost.claim not in basis}
    return tuple(sorted(kept, key=by_claim))
