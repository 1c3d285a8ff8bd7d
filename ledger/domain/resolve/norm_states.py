"""What became of a norm by a day, and what an act did to it: under one choice of days.

A matching norm is, by the first that fits, in force, suspended, without its enabler, not begun,
annulled or ended. Each state has a day and what gave it: an act, or a date of the norm (or of the
norm it rests on).

========================  ======================================================================
in force, suspended       the first day of the stretch
enabler lapsed, ended,    the last day in force; of an annulment ex tunc the day of the judgment's
annulled                  effect
not begun                 the first day to come, if there is one
========================  ======================================================================

An act was, by the first that fits, undone, beyond its author's power, not yet in effect, suspended,
without anything to do, an extension after expiry, or it took effect.

Decisions where the rules leave room:

* A postponement has its effect from its ``at`` like every act, though it holds back a start before.
* Of cuts that take effect together, an annulment gives the state.
* An act upon an act has nothing to do where it comes too late to undo it.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple, cast

from ledger.domain.claims import Norm
from ledger.domain.edtf_dates import parse
from ledger.domain.resolve.amended_norm import Cut
from ledger.domain.resolve.amendments import Amendment, Effect
from ledger.domain.resolve.in_force import NormsInForce
from ledger.domain.resolve.intervals import Intervals, holds, moves_with
from ledger.domain.state_records import CountedClaim

State = Literal["in_force", "suspended", "enabler_lapsed", "not_begun", "annulled", "ended"]
Outcome = Literal["undone", "not_yet", "suspended"] | Effect
STATES: Final[tuple[State, ...]] = (
    *("in_force", "suspended", "enabler_lapsed"),
    *("not_begun", "annulled", "ended"),
)
OUTCOMES: Final[tuple[Outcome, ...]] = (
    *("undone", "ultra_vires", "not_yet", "suspended"),
    *("nothing_to_do", "extension_after_expiry", "took_effect"),
)


class Cause(NamedTuple):
    """What gave a state: an act, or a norm by one of its dates (``date`` is the field's name)."""

    claim: str
    date: str | None = None


class StateOnDay(NamedTuple):
    """The state of a norm on a day, the day that goes with it, and what gave it."""

    state: State
    day: int | None
    cause: Cause | None


def state_of(norms: NormsInForce, norm: CountedClaim, day: int) -> StateOnDay:
    """Return the state of a norm on a day."""
    if holds(norms.days(norm, "in_force"), day):
        return _in_force(norms, norm, day)
    if holds(norms.days(norm, "unsuspended"), day):
        return _suspended(norms, norm, day)
    covered = holds(norms.own(norm).unsuspended, day)
    if covered and holds(norms.support(norm, "begun"), day):
        return _enabler_lapsed(norms, norm, day)
    if not holds(norms.days(norm, "begun"), day):
        return _not_begun(norms, norm, day)
    return _ended(norms, norm, day)


def _in_force(norms: NormsInForce, norm: CountedClaim, day: int) -> StateOnDay:
    first = _around(norms.days(norm, "in_force"), day)
    return StateOnDay("in_force", first, _cause_of_first(norms, norm, first, day))


def _cause_of_first(norms: NormsInForce, norm: CountedClaim, first: int, day: int) -> Cause | None:
    """Return what let a norm come into force on a day: a start, a revival, the end of a hole."""
    state = norms.own(norm).on(day)
    for period in state.periods():
        if period.first == first:
            return Cause(period.begun_by) if period.begun_by else _start_date(norms, norm)
    for hole in state.holes:
        if hole.last + 1 == first:
            return Cause(hole.ended_by or hole.act.id)
    for support in norms.supports(norm):
        if any(begin == first for begin, _ in norms.days(support, "in_force")):
            return _cause_of_first(norms, support, first, day)
    return None


def _suspended(norms: NormsInForce, norm: CountedClaim, day: int) -> StateOnDay:
    for hole in norms.own(norm).on(day).holes:
        if hole.first <= day <= hole.last:
            return StateOnDay("suspended", hole.first, Cause(hole.act.id))
    for support in norms.supports(norm):
        if holds(norms.days(support, "unsuspended"), day):
            return _suspended(norms, support, day)
    return StateOnDay("suspended", None, None)


def _enabler_lapsed(norms: NormsInForce, norm: CountedClaim, day: int) -> StateOnDay:
    """Name the end of that enabler or saver which lasted longest."""
    fallen = [state_of(norms, s, day) for s in norms.supports(norm)]
    begun = [one for one in fallen if one.state != "not_begun"]
    last = max(begun, key=lambda one: one.day or 0, default=None)
    return StateOnDay("enabler_lapsed", last and last.day, last and last.cause)


def _not_begun(norms: NormsInForce, norm: CountedClaim, day: int) -> StateOnDay:
    own = norms.own(norm)
    if holds(own.begun, day):  # what it rests on has not begun
        waiting = [_not_begun(norms, s, day) for s in norms.supports(norm)]
        first = min(waiting, key=lambda one: (one.day is None, one.day), default=None)
        return StateOnDay("not_begun", first and first.day, first and first.cause)
    state = own.on(day)
    if state.start is None:
        return StateOnDay("not_begun", None, _held_back(norms, norm, day))
    cause = Cause(state.start_by) if state.start_by else _start_date(norms, norm)
    return StateOnDay("not_begun", state.start, cause)


def _held_back(norms: NormsInForce, norm: CountedClaim, day: int) -> Cause:
    """Return the suspension of an act that would commence a norm, or that this is pending."""
    for act in norms.acts.upon(norm):
        if act.claim.act == "commence":
            suspension = norms.acts.suspending(act, day)
            if suspension is not None:
                return Cause(suspension.id)
    return Cause(norm.id, "commencement")


def _ended(norms: NormsInForce, norm: CountedClaim, day: int) -> StateOnDay:
    state = norms.own(norm).on(day)
    cuts = [cut for cut in state.cuts if cut.at <= day or cut.ex_tunc]
    deciding = _deciding(cuts)
    if deciding is not None and deciding.act.claim.act == "annul":
        day_of = deciding.at if deciding.ex_tunc else deciding.at - 1
        return StateOnDay("annulled", day_of, Cause(deciding.act.id))
    lasts = [p for p in state.periods() if p.first <= p.last < day]
    if not lasts:
        if deciding is None:
            return StateOnDay("ended", None, None)
        return StateOnDay("ended", deciding.at - 1, Cause(deciding.act.id))
    latest = max(lasts, key=lambda period: period.last)
    cause = Cause(latest.ended_by) if latest.ended_by else Cause(norm.id, "effective_to")
    return StateOnDay("ended", latest.last, cause)


def _deciding(cuts: Sequence[Cut]) -> Cut | None:
    """Return the cut that gives the state: the last that took the past as well, else the last."""
    ex_tunc = [cut for cut in cuts if cut.ex_tunc]
    if ex_tunc or not cuts:
        return ex_tunc[-1] if ex_tunc else None
    last = [cut for cut in cuts if cut.act.order == cuts[-1].act.order]
    return next((cut for cut in last if cut.act.claim.act == "annul"), last[-1])


def _start_date(norms: NormsInForce, norm: CountedClaim) -> Cause:
    """Return the date that gives the start of a norm."""
    claim = cast("Norm", norm.claim)
    fields = ("effective_from", "published", "made")
    start = next((name for name in fields if getattr(claim, name)), "commencement")
    if claim.applicable_from and start != "commencement":
        days = [
            norms.choice.day(parse(getattr(claim, name)), moves_with(norm))
            for name in (start, "applicable_from")
        ]
        start = "applicable_from" if days[1] > days[0] else start
    return Cause(norm.id, start)


def _around(days: Intervals, day: int) -> int:
    return next(first for first, last in days if first <= day <= last)


def outcomes_of(
    norms: NormsInForce, act: CountedClaim, targets: Iterable[CountedClaim], day: int
) -> Iterator[Outcome]:
    """Yield what an act did to each of these targets by a day."""
    one = norms.acts.of(act)
    for target in targets:
        yield _outcome(norms, one, target, day)


def _outcome(norms: NormsInForce, act: Amendment, target: CountedClaim, day: int) -> Outcome:
    acts = norms.acts
    if acts.is_undone(act, day):
        return "undone"
    stands = acts.stands(act, day)
    effect = norms.effect(act, target, day) if stands else None
    if effect == "ultra_vires" or not (stands or norms.has_power(act, target)):
        return "ultra_vires"
    if act.at > day:
        return "not_yet"
    return "suspended" if effect is None else effect
