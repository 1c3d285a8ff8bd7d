"""When a norm is in force: its own dates, the acts upon it, and what it rests on.

One :class:`NormsInForce` answers under one choice of day for every imprecise date.

Decisions where the rules leave room:

* ``annul`` with ``ex_tunc`` removes every interval the norm had; a later ``revive`` begins another.
* A norm that was repealed before it commenced stays repealed when it is commenced later.
* A lift aimed at the norm ends the suspensions that have begun by then; one of a court yields only
  to a court or to constitutional force.
* An ``extend`` must be made in time for the current last day: that of the latest interval, with
  earlier extensions. An imprecise last day counts as the earliest it can be.
* ``no_revival`` is not set where the norm was revived on or after the day of the undoing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from ledger.domain.claims import Norm
from ledger.domain.dates import parse
from ledger.domain.memo import Memo
from ledger.domain.resolve.amendments import CUTS, Amendment, Amendments
from ledger.domain.resolve.facts import Index
from ledger.domain.resolve.intervals import (
    ALWAYS,
    BEGIN,
    FOREVER,
    PRECISE,
    DateChoice,
    Intervals,
    common,
    holds,
    lowest,
    merged,
    moves_with,
    without,
)
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import Taxonomy


@dataclass(slots=True)
class _NormState:
    """A norm's intervals while acts are applied to it, in order."""

    start: int | None
    last: int
    last_low: int  # the earliest that last day can be, under any choice
    cap: int = FOREVER + 1  # the base interval exists before this day
    erased: bool = False
    ended: bool = False  # repealed or annulled, and not revived since
    revived: list[tuple[int, int]] = field(default_factory=list)
    base_last: int = FOREVER
    suspensions: list[tuple[Amendment, int, int]] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)

    def unsuspended(self) -> Intervals:
        """Return the intervals before suspensions."""
        base: list[tuple[int, int]] = []
        if self.start is not None and not self.erased:
            base = [(self.start, min(self.base_last, self.cap - 1))]
        return merged(base + self.revived)

    def intervals(self) -> Intervals:
        """Return the intervals without the suspended days."""
        holes = ((first, last) for _, first, last in self.suspensions)
        return without(self.unsuspended(), holes)

    def move_end(self, last: int, last_low: int) -> None:
        """Let the current interval end on another day."""
        if self.revived:
            self.revived[-1] = (self.revived[-1][0], last)
        else:
            self.base_last = last
        self.last, self.last_low = last, max(self.last_low, last_low)


@dataclass(frozen=True, slots=True)
class OwnIntervals:
    """The days a norm is in force by its own dates and the acts upon it, whatever it rests on.

    ``start`` is its first day (None: not commenced), ``unsuspended`` the days on which it would be
    in force but for suspensions.
    """

    start: int | None
    intervals: Intervals
    unsuspended: Intervals
    flags: frozenset[str]


class NormsInForce:
    """The intervals of all norms under one choice of days."""

    def __init__(self, index: Index, taxonomy: Taxonomy, choice: DateChoice = PRECISE) -> None:
        self._index = index
        self.choice = choice
        self._acts = Amendments(index, taxonomy, choice)
        self._own = Memo(self._own_intervals)
        # Not a Memo: a norm that rests on itself must be noticed on the way.
        self._intervals: dict[tuple[str, bool], Intervals] = {}

    def own(self, norm: CountedClaim) -> OwnIntervals:
        """Return a norm's own intervals: its dates and the acts upon it."""
        return self._own[norm.id]

    def _own_intervals(self, norm_id: str) -> OwnIntervals:
        norm = self._index.by_id[norm_id]
        state = self._amended(norm, None)
        flags = frozenset(state.flags | self._flags_of_acts(norm))
        edges = self._edges(norm)
        if not edges:
            return OwnIntervals(state.start, state.intervals(), state.unsuspended(), flags)
        # An act is suspended on some days: apply the acts again for each stretch between two edges.
        intervals: list[tuple[int, int]] = []
        unsuspended: list[tuple[int, int]] = []
        for first, last in zip((BEGIN, *edges), (*(e - 1 for e in edges), FOREVER), strict=True):
            then = self._amended(norm, first)
            intervals.extend(common(then.intervals(), ((first, last),)))
            unsuspended.extend(common(then.unsuspended(), ((first, last),)))
        return OwnIntervals(state.start, merged(intervals), merged(unsuspended), flags)

    def _amended(self, norm: CountedClaim, day: int | None) -> _NormState:
        """Apply the acts upon a norm that stand on ``day`` to the norm's own dates."""
        state = self._unamended(norm)
        for act in self._acts.upon(norm):
            if not self._acts.stands(act, day):
                continue
            if not self._acts.has_power(act.counted, norm):
                state.flags.add("ultra_vires")
            else:
                self._apply(act, state, day)
        return state

    def _unamended(self, norm: CountedClaim) -> _NormState:
        claim = cast("Norm", norm.claim)
        to = parse(claim.effective_to) if claim.effective_to else None
        last = FOREVER if to is None else self.choice.day(to, moves_with(norm))
        low = FOREVER if to is None else lowest(to)
        starts = [self.choice.day(parse(text), moves_with(norm)) for text in claim.start_texts]
        return _NormState(max(starts, default=None), last, low, base_last=last)

    def _apply(self, act: Amendment, state: _NormState, day: int | None) -> None:
        kind = act.claim.act
        if kind == "commence":
            state.start = act.at
        elif kind == "postpone":
            if state.start is not None and state.start > act.made:
                state.start = act.at
        elif kind == "extend":
            _extend(act, state)
        elif kind == "suspend":
            first, last, flags = self._acts.suspension(act, day)
            state.suspensions.append((act, first, last))
            state.flags |= flags
        elif kind == "lift":
            self._lift(act, state)
        elif kind in CUTS:
            _cut(act, state)
        elif kind == "revive":
            last = state.last if act.until is None else act.until
            low = state.last_low if act.until is None else act.until_low
            state.revived.append((act.at, last))
            state.last, state.last_low, state.ended = last, low, False

    def _lift(self, act: Amendment, state: _NormState) -> None:
        """End the suspensions that have begun; that of a court yields only to power over it."""
        for position, (hole, first, last) in enumerate(state.suspensions):
            if first > act.at:
                continue
            if hole.claim.force == "judicial" and not self._acts.has_power(
                act.counted, hole.counted
            ):
                state.flags.add("ultra_vires")
            else:
                state.suspensions[position] = (hole, first, min(last, act.at - 1))

    def _tree(self, norm: CountedClaim) -> list[tuple[Amendment, CountedClaim]]:
        """Return every act upon the norm, upon those acts, and so on, each with its target."""
        found: list[tuple[Amendment, CountedClaim]] = []
        todo, seen = [norm], {norm.id}
        while todo:
            target = todo.pop()
            for act in self._acts.upon(target):
                found.append((act, target))
                if act.id not in seen:
                    seen.add(act.id)
                    todo.append(act.counted)
        return found

    def _edges(self, norm: CountedClaim) -> list[int]:
        """Return the days on which a suspension of an act may begin or end."""
        tree = self._tree(norm)
        if not any(act.claim.act == "suspend" and target is not norm for act, target in tree):
            return []
        days = {act.at for act, _ in tree}
        days |= {act.until + 1 for act, _ in tree if act.until is not None}
        return sorted(day for day in days if BEGIN < day <= FOREVER)

    def _flags_of_acts(self, norm: CountedClaim) -> set[str]:
        """Return ``ultra_vires`` and ``no_revival`` of the acts upon acts."""
        flags = set()
        upon = self._acts.upon(norm)
        for act, target in self._tree(norm):
            if target is norm or not self._acts.stands(act, None):
                continue
            if not self._acts.has_power(act.counted, target):
                flags.add("ultra_vires")
            elif act.claim.act in CUTS and self._cut_stays(target, act, norm):
                revivals = (a for a in upon if a.claim.act == "revive" and a.at >= act.at)
                if not any(self._works(a, norm) for a in revivals):
                    flags.add("no_revival")
        return flags

    def _works(self, act: Amendment, target: CountedClaim) -> bool:
        return self._acts.has_power(act.counted, target) and self._acts.stands(act, None)

    def _cut_stays(self, undone: CountedClaim, by: Amendment, norm: CountedClaim) -> bool:
        """Return whether ``by`` undid, too late, an act that had ended the norm itself."""
        act = self._acts.of(undone)
        aimed = any(upon is undone for upon in self._index.upon(norm))
        return aimed and act.claim.act in CUTS and by.at > act.at and self._works(act, norm)

    def intervals(self, norm: CountedClaim, *, suspended: bool = True) -> Intervals:
        """Return the days a norm is in force; with ``suspended=False``, but for any suspension."""
        return self._supported(norm, frozenset(), suspended=suspended)

    def _supported(
        self, norm: CountedClaim, above: frozenset[str], *, suspended: bool
    ) -> Intervals:
        found = self._intervals.get((norm.id, suspended))
        if found is not None:
            return found
        if norm.id in above:  # supports that form a circle are refused when recording
            return ()
        own = self.own(norm)
        found = own.intervals if suspended else own.unsuspended
        claim = cast("Norm", norm.claim)
        if claim.enabling_instrument is not None:
            above |= {norm.id}
            found = common(found, self._support(claim, above, suspended=suspended))
        self._intervals[norm.id, suspended] = found
        return found

    def _support(self, claim: Norm, above: frozenset[str], *, suspended: bool) -> Intervals:
        """Return the days on which the enabling or the saving instrument supports a norm."""
        granted: list[tuple[int, int]] = []
        for instrument in claim.rests_on:
            norms = self._index.norms_of.get(instrument)
            if not norms:
                return ALWAYS
            for norm in norms:
                granted.extend(self._supported(norm, above, suspended=suspended))
        return merged(granted)

    def support_flags(self, norm: CountedClaim, day: int) -> set[str]:
        """Return ``enabler_lapsed`` and ``enabler_unrecorded`` of a norm in force by itself."""
        claim = cast("Norm", norm.claim)
        if claim.enabling_instrument is None or not holds(self.own(norm).intervals, day):
            return set()
        flags = set()
        if not holds(self._support(claim, frozenset(), suspended=True), day):
            flags.add("enabler_lapsed")
        todo, seen = [claim], {norm.id}
        while todo:
            here = todo.pop()
            for instrument in here.rests_on if here.enabling_instrument else ():
                norms = self._index.norms_of.get(instrument, [])
                if not norms:
                    flags.add("enabler_unrecorded")
                todo += [cast("Norm", n.claim) for n in norms if n.id not in seen]
                seen |= {n.id for n in norms}
        return flags


def _extend(act: Amendment, state: _NormState) -> None:
    """Move the last day of the current interval, where it was extended in time."""
    if state.ended or state.last == FOREVER:
        return
    if act.made_high > state.last_low + 1:
        state.flags.add("extension_after_expiry")
    else:
        last = FOREVER if act.until is None else act.until
        state.move_end(max(state.last, last), act.until_low)


def _cut(act: Amendment, state: _NormState) -> None:
    """End everything from the act's first day; an annulment ex tunc takes the past as well."""
    state.ended = True
    if act.claim.act == "annul" and act.claim.ex_tunc:
        state.erased = True
        state.revived.clear()
        return
    state.cap = min(state.cap, act.at)
    state.revived[:] = [
        (first, min(last, act.at - 1)) for first, last in state.revived if first < act.at
    ]
