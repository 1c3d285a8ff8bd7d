"""When a norm is in force: its own interval, the acts upon it, and what it rests on.

One :class:`NormsInForce` answers for one *run*: one choice of day for every imprecise date.

Decisions where the rules leave room:

* ``annul`` with ``ex_tunc`` removes every interval the norm had; a later ``revive`` starts anew.
* A norm that was repealed before it commenced stays repealed when it is commenced later.
* A lift aimed at the norm ends the suspensions that have begun by then; one of a court yields only
  to a court or to constitutional force.
* The last day that an ``extend`` is held against is the current one: of the latest interval, with
  earlier extensions. An imprecise last day counts as the earliest it can be.
* ``no_revival`` is not set where the norm was revived on or after the day of the undoing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from ledger.domain.claims import Norm
from ledger.domain.dates import parse
from ledger.domain.resolve.amendments import CUTS, Amendment, Amendments
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
from ledger.domain.resolve.matching import Index
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import Taxonomy


@dataclass(slots=True)
class _Fold:
    """A norm's interval while acts are applied to it, in order."""

    start: int | None
    last: int
    last_low: int  # the earliest that last day can be, whatever the run
    cap: int = FOREVER + 1  # the base interval exists before this day
    erased: bool = False
    ended: bool = False  # repealed or annulled, and not revived since
    revived: list[tuple[int, int]] = field(default_factory=list)
    base_last: int = FOREVER
    holes: list[tuple[Amendment, int, int]] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)

    def spans(self) -> Intervals:
        """The intervals before holes."""
        base: list[tuple[int, int]] = []
        if self.start is not None and not self.erased:
            base = [(self.start, min(self.base_last, self.cap - 1))]
        return merged(base + self.revived)

    def move_end(self, last: int, last_low: int) -> None:
        """Let the current interval end on another day."""
        if self.revived:
            self.revived[-1] = (self.revived[-1][0], last)
        else:
            self.base_last = last
        self.last, self.last_low = last, max(self.last_low, last_low)


@dataclass(frozen=True, slots=True)
class Own:
    """What a norm's own dates and the acts upon it make of it, before what it rests on.

    ``start`` is its first day (None: not commenced); ``spans`` the days it is in force,
    ``unsuspended`` those it would be but for suspensions.
    """

    start: int | None
    spans: Intervals
    unsuspended: Intervals
    flags: frozenset[str]


class NormsInForce:
    """The intervals of all norms in one run. Answers are kept; nothing else changes."""

    def __init__(self, index: Index, taxonomy: Taxonomy, run: DateChoice = PRECISE) -> None:
        self._index = index
        self.run = run
        self._acts = Amendments(index, taxonomy, run)
        self._own: dict[str, Own] = {}
        self._spans: dict[tuple[str, bool], Intervals] = {}

    # --- norms ----------------------------------------------------------------------------------

    def start_of(self, counted: CountedClaim) -> int | None:
        """The first day a norm's own text names, before any act; None while commencement pends."""
        claim = cast("Norm", counted.claim)
        owner = moves_with(counted)
        if claim.commencement == "pending":
            return None
        texts = (claim.effective_from or claim.published or claim.made, claim.applicable_from)
        found = [self.run.day(parse(text), owner) for text in texts if text]
        return max(found) if found else None

    def _begin(self, counted: CountedClaim) -> _Fold:
        claim = cast("Norm", counted.claim)
        to = parse(claim.effective_to) if claim.effective_to else None
        last = FOREVER if to is None else self.run.day(to, moves_with(counted))
        low = FOREVER if to is None else lowest(to)
        return _Fold(start=self.start_of(counted), last=last, last_low=low, base_last=last)

    def _fold(self, counted: CountedClaim, moment: int | None) -> _Fold:
        """Apply the acts upon a norm that stand on ``moment``."""
        state = self._begin(counted)
        for act in self._acts.upon(counted):
            if not self._acts.stands(act, moment):
                continue
            if not self._acts.has_power(act.counted, counted):
                state.flags.add("ultra_vires")
            else:
                self._apply(act, state, moment)
        return state

    def _apply(self, act: Amendment, state: _Fold, moment: int | None) -> None:
        kind = act.claim.act
        if kind == "commence":
            state.start = act.at
        elif kind == "postpone":
            if state.start is not None and state.start > act.made:
                state.start = act.at
        elif kind == "extend":
            _extend(act, state)
        elif kind == "suspend":
            first, last, flags = self._acts.hole(act, moment)
            state.holes.append((act, first, last))
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

    def _lift(self, act: Amendment, state: _Fold) -> None:
        """End the suspensions that have begun; a court's yields only to what reaches a court."""
        for position, (hole, first, last) in enumerate(state.holes):
            if first > act.at:
                continue
            if hole.claim.force == "judicial" and not self._acts.has_power(
                act.counted, hole.counted
            ):
                state.flags.add("ultra_vires")
            else:
                state.holes[position] = (hole, first, min(last, act.at - 1))

    def own(self, counted: CountedClaim) -> Own:
        """A norm's own interval: its dates and the acts upon it."""
        found = self._own.get(counted.id)
        if found is None:
            found = self._own[counted.id] = self._own_afresh(counted)
        return found

    def _own_afresh(self, counted: CountedClaim) -> Own:
        state = self._fold(counted, None)
        flags = frozenset(state.flags | self._flags_of_acts(counted))
        full = state.spans()
        spans = without(full, ((first, last) for _, first, last in state.holes))
        edges = self._edges(counted)
        if edges:
            # An act is suspended on some days: fold again for each stretch between two edges.
            pieces: list[tuple[int, int]] = []
            pieces_full: list[tuple[int, int]] = []
            for first, last in zip(
                (BEGIN, *edges), (*(e - 1 for e in edges), FOREVER), strict=True
            ):
                state_then = self._fold(counted, first)
                then = state_then.spans()
                holes = [(a, b) for _, a, b in state_then.holes]
                pieces.extend(common(without(then, holes), ((first, last),)))
                pieces_full.extend(common(then, ((first, last),)))
            spans, full = merged(pieces), merged(pieces_full)
        return Own(state.start, spans, full, flags)

    def _tree(self, counted: CountedClaim) -> list[tuple[Amendment, CountedClaim]]:
        """Every act upon the norm, upon those acts, and so on, each with what it is aimed at."""
        found: list[tuple[Amendment, CountedClaim]] = []
        todo, seen = [counted], {counted.id}
        while todo:
            target = todo.pop()
            for act in self._acts.upon(target):
                found.append((act, target))
                if act.id not in seen:
                    seen.add(act.id)
                    todo.append(act.counted)
        return found

    def _edges(self, counted: CountedClaim) -> list[int]:
        """The days on which a suspension of an act may begin or end; none where there is none."""
        tree = self._tree(counted)
        if not any(act.claim.act == "suspend" and target is not counted for act, target in tree):
            return []
        days = {act.at for act, _ in tree}
        days |= {act.until + 1 for act, _ in tree if act.until is not None}
        return sorted(day for day in days if BEGIN < day <= FOREVER)

    def _flags_of_acts(self, counted: CountedClaim) -> set[str]:
        """``ultra_vires`` and ``no_revival`` of the acts upon acts."""
        flags = set()
        upon = self._acts.upon(counted)
        for act, target in self._tree(counted):
            if target is counted or not self._acts.stands(act, None):
                continue
            if not self._acts.has_power(act.counted, target):
                flags.add("ultra_vires")
            elif act.claim.act in CUTS and self._cut_stays(target, act, counted):
                revivals = (a for a in upon if a.claim.act == "revive" and a.at >= act.at)
                if not any(self._works(a, counted) for a in revivals):
                    flags.add("no_revival")
        return flags

    def _works(self, act: Amendment, target: CountedClaim) -> bool:
        return self._acts.has_power(act.counted, target) and self._acts.stands(act, None)

    def _cut_stays(self, undone: CountedClaim, by: Amendment, norm: CountedClaim) -> bool:
        """Whether ``by`` undid, too late, an act that had ended the norm itself."""
        act = self._acts.act(undone)
        aimed = any(upon is undone for upon in self._index.upon(norm))
        return aimed and act.claim.act in CUTS and by.at > act.at and self._works(act, norm)

    # --- what a norm rests on -------------------------------------------------------------------

    def spans(self, counted: CountedClaim, *, suspended: bool = True) -> Intervals:
        """The days a norm is in force; with ``suspended=False``, but for any suspension."""
        return self._resting(counted, frozenset(), suspended=suspended)

    def _resting(
        self, counted: CountedClaim, above: frozenset[str], *, suspended: bool
    ) -> Intervals:
        found = self._spans.get((counted.id, suspended))
        if found is not None:
            return found
        if counted.id in above:  # supports that form a circle are refused when recording
            return ()
        own = self.own(counted)
        found = own.spans if suspended else own.unsuspended
        claim = cast("Norm", counted.claim)
        if claim.enabling_instrument is not None:
            above |= {counted.id}
            found = common(found, self._support(claim, above, suspended=suspended))
        self._spans[counted.id, suspended] = found
        return found

    def _support(self, claim: Norm, above: frozenset[str], *, suspended: bool) -> Intervals:
        granted: list[tuple[int, int]] = []
        for instrument in (claim.enabling_instrument, claim.saved_by):
            if instrument is not None:
                norms = self._index.norms_of.get(instrument)
                if not norms:
                    return ALWAYS
                for norm in norms:
                    granted.extend(self._resting(norm, above, suspended=suspended))
        return merged(granted)

    def support_flags(self, counted: CountedClaim, day: int) -> set[str]:
        """``enabler_lapsed`` and ``enabler_unrecorded`` of a norm that is itself in force."""
        claim = cast("Norm", counted.claim)
        if claim.enabling_instrument is None or not holds(self.own(counted).spans, day):
            return set()
        flags = set()
        if not holds(self._support(claim, frozenset(), suspended=True), day):
            flags.add("enabler_lapsed")
        todo, seen = [claim], {counted.id}
        while todo:
            rests = todo.pop()
            for instrument in (rests.enabling_instrument, rests.saved_by):
                if instrument is None or rests.enabling_instrument is None:
                    continue
                norms = self._index.norms_of.get(instrument, [])
                if not norms:
                    flags.add("enabler_unrecorded")
                todo += [cast("Norm", n.claim) for n in norms if n.id not in seen]
                seen |= {n.id for n in norms}
        return flags


def _extend(act: Amendment, state: _Fold) -> None:
    """Move the last day of the current interval, where it was extended in time."""
    if state.ended or state.last == FOREVER:
        return
    if act.made_high > state.last_low + 1:
        state.flags.add("extension_after_expiry")
    else:
        last = FOREVER if act.until is None else act.until
        state.move_end(max(state.last, last), act.until_low)


def _cut(act: Amendment, state: _Fold) -> None:
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
