"""A norm's own days while the acts upon it are applied: what each act does, one method for each.

Decisions where the rules leave room:

* ``annul`` with ``ex_tunc`` removes every interval the norm had; a later ``revive`` begins another.
* A suspension makes a hole of its own, also where another one runs.
* Of two intervals that begin on one day, the later one is that which ends later.
* A norm that was repealed after its last day counts as repealed: it is not extended.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from typing import NamedTuple

from ledger.domain.resolve.amendments import Amendment, Effect, HasPower, Suspension
from ledger.domain.resolve.intervals import FOREVER, Intervals, merged, without


class Period(NamedTuple):
    """Days in force, from ``first`` to ``last``, and the acts that gave them (None: its dates).

    ``last_low`` is the earliest that the last day can be, under any choice of days.
    """

    first: int
    last: int
    last_low: int
    begun_by: str | None = None
    ended_by: str | None = None


class Hole(NamedTuple):
    """The days on which a suspension takes a norm out of force."""

    act: Amendment
    first: int
    last: int
    ended_by: str | None


class Cut(NamedTuple):
    """A repeal, replacement or annulment that changed something."""

    at: int
    act: Amendment

    @property
    def ex_tunc(self) -> bool:
        """Whether it took the past as well."""
        return self.act.ex_tunc


class Circumstances(NamedTuple):
    """What acts upon a norm meet beside the norm itself."""

    has_power: HasPower
    suspension: Callable[[Amendment], Suspension]  # its days, as the acts upon it leave them
    enabler_begins: Callable[[], int]  # the first day of what the norm rests on


@dataclass(slots=True)
class AmendedNorm:
    """The periods and holes of one norm. ``start`` is None until the norm is commenced.

    ``own_last`` is its own last day as extended before it ended, whatever its revivals lasted.
    """

    start: int | None
    own_last: int
    own_last_low: int
    start_by: str | None = None
    own_last_by: str | None = None
    cap: int = FOREVER + 1  # the norm's first period ends before this day
    cap_by: str | None = None
    erased: bool = False
    ended: bool = False  # repealed or annulled, and not revived since
    revived: list[Period] = field(default_factory=list)
    revivals: list[int] = field(default_factory=list)  # their first days, also of those erased
    holes: list[Hole] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)
    effects: dict[str, Effect] = field(default_factory=dict)

    def apply_together(self, acts: list[Amendment], around: Circumstances) -> None:
        """Apply acts that the order leaves equal, and note what each did by itself."""
        before = self.shape()
        for act in acts:
            alone = self if len(acts) == 1 else self._copied()
            effect = alone.apply(act, around)
            if effect is None:
                changed = alone.shape() != before
                effect = "took_effect" if changed else "nothing_to_do"
            self.effects[act.id] = effect
        if len(acts) > 1:
            for act in acts:
                self.apply(act, around)
        self.cuts += [
            Cut(act.at, act) for act in acts if act.is_cut and self.effects[act.id] == "took_effect"
        ]

    def periods(self) -> list[Period]:
        """Return its own period, if it has begun and was not erased, and the revived ones."""
        if self.start is None or self.erased:
            return self.revived
        last, low, by = self.own_last, self.own_last_low, self.own_last_by
        if self.cap - 1 < last:
            last, by = self.cap - 1, self.cap_by
        return [Period(self.start, last, low, self.start_by, by), *self.revived]

    def unsuspended(self) -> Intervals:
        """Return the days in force before suspensions."""
        periods = self.periods()
        if len(periods) == 1 and periods[0].first <= periods[0].last:
            return ((periods[0].first, periods[0].last),)
        return merged((period.first, period.last) for period in periods)

    def in_force(self) -> Intervals:
        """Return the days in force."""
        days = self.unsuspended()
        return without(days, (hole[1:3] for hole in self.holes)) if self.holes else days

    def begun(self) -> Intervals:
        """Return the days from its start or a revival on, whatever ended it since."""
        firsts = [*self.revivals, *(() if self.start is None else (self.start,))]
        return ((min(firsts), FOREVER),) if firsts else ()

    def shape(self) -> tuple[object, ...]:
        """Return what an act must change to have an effect: the days and the holes."""
        return self.unsuspended(), [hole[1:3] for hole in self.holes]

    def _copied(self) -> "AmendedNorm":
        found = copy(self)
        found.revived, found.holes = list(self.revived), list(self.holes)
        found.revivals = list(self.revivals)
        return found

    def apply(self, act: Amendment, around: Circumstances) -> Effect | None:
        """Apply an act; None: whether it had an effect shows in the days."""
        kind = act.claim.act
        if kind == "commence":
            self._commence(act, around)
        elif kind == "postpone":
            self._postpone(act)
        elif kind == "extend":
            return self._extend(act)
        elif kind == "suspend":
            days = around.suspension(act)
            self.holes.append(Hole(act, days.first, days.last, days.ended_by))
            return "took_effect" if days.first <= days.last else "nothing_to_do"
        elif kind == "lift":
            return self._lift(act, around)
        elif act.is_cut:
            self._cut(act)
        elif kind == "revive":
            self._revive(act)
        return None

    def _commence(self, act: Amendment, around: Circumstances) -> None:
        """Set the start, unless the norm had begun when the act was made."""
        if self.start is not None and act.made > max(self.start, around.enabler_begins()):
            return
        self.start, self.start_by = act.at, act.id

    def _postpone(self, act: Amendment) -> None:
        """Move a start that still lay ahead when the act was made, to a later day only."""
        if self.start is not None and act.made < self.start < act.at:
            self.start, self.start_by = act.at, act.id

    def _extend(self, act: Amendment) -> Effect | None:
        """Move the last day of the latest period that began by then, if made in time."""
        begun = [period for period in self.periods() if period.first <= act.at]
        if self.ended or not begun:
            return None
        latest = max(begun, key=lambda period: (period.first, period.last))
        if latest.last >= FOREVER:
            return None
        if act.made_high > latest.last_low + 1:
            return "extension_after_expiry"
        last, low = max(latest.last, act.last), max(latest.last_low, act.until_low)
        by = act.id if last > latest.last else latest.ended_by
        if latest in self.revived:
            place = self.revived.index(latest)
            self.revived[place] = latest._replace(last=last, last_low=low, ended_by=by)
        else:
            self.own_last, self.own_last_low, self.own_last_by = last, low, by
        return None

    def _lift(self, act: Amendment, around: Circumstances) -> Effect | None:
        """End the suspensions that run on its first day and over which it has power as well."""
        running = [hole.act for hole in self.holes if hole.first <= act.at <= hole.last]
        yielding = {one.id for one in running if around.has_power(act, one.counted)}
        if running and not yielding:
            return "ultra_vires"
        self.holes = [
            hole._replace(last=act.at - 1, ended_by=act.id) if hole.act.id in yielding else hole
            for hole in self.holes
        ]
        return None

    def _cut(self, act: Amendment) -> None:
        """End everything from the act's first day; an annulment ex tunc takes the past as well."""
        self.ended = True
        if act.ex_tunc:
            self.erased = True
            self.revived.clear()
            return
        if act.at < self.cap:
            self.cap, self.cap_by = act.at, act.id
        self.revived[:] = [
            period._replace(last=act.at - 1, ended_by=act.id) if period.last >= act.at else period
            for period in self.revived
            if period.first < act.at
        ]

    def _revive(self, act: Amendment) -> None:
        """Begin another period, to ``until`` or else to the norm's own last day."""
        last, low, by = self.own_last, self.own_last_low, self.own_last_by
        if act.until is not None:
            last, low, by = act.until, act.until_low, act.id
        self.revived.append(Period(act.at, last, low, act.id, by))
        if act.at <= last:
            self.revivals.append(act.at)
        self.ended = False
