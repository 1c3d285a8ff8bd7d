"""Acts upon norms and upon other acts: their order, whether they happened, and their power.

Commence and postpone apply first, in the order of their latest-possible ``made``; of one ``made``
commence before postpone, then the earlier ``at``. All others apply in the order of their first day
of effect; those of one day in the order extend, suspend, lift, repeal/replace/annul, revive; of one
kind, the one with the earlier latest-possible ``made`` first, then the one with the earlier
``until``. Acts that this order leaves equal take effect together.

An act undone with effect on or before its own first day, or annulled ex tunc, never happened. To
suspend an act is to suspend its effect on the suspended days.

Decisions where the rules leave room:

* An extension of a suspension works under the same conditions as one of a norm.
* Replacing an act undoes it as repealing it does.
* A suspension that was ended, though on a day on which it no longer ran, is not extended.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final, Literal, cast

from ledger.domain.claims import Lifecycle
from ledger.domain.edtf_dates import parse
from ledger.domain.resolve.facts import Index
from ledger.domain.resolve.intervals import FOREVER, DateChoice, highest, lowest, moves_with
from ledger.domain.resolve.power import CUTS
from ledger.domain.state_records import CountedClaim
from ledger.memo import Memo

HasPower = Callable[["Amendment", CountedClaim], bool]
Effect = Literal["took_effect", "nothing_to_do", "extension_after_expiry", "ultra_vires"]
FIRST_KINDS: Final = ("commence", "postpone")
_RANK = {"commence": 0, "postpone": 1, "extend": 2, "suspend": 3, "lift": 4}
_RANK |= dict.fromkeys(CUTS, 5) | {"revive": 6, "amend": 7}


@dataclass(frozen=True, slots=True)
class Amendment:
    """An act upon a norm or another act, with a day chosen for each of its dates (ordinals).

    ``until_low`` is the earliest day ``until`` can mean, ``made_high`` the latest of ``made``.
    """

    id: str
    counted: CountedClaim
    claim: Lifecycle
    at: int
    until: int | None
    until_low: int
    made: int
    made_high: int

    @property
    def last(self) -> int:
        """The last day of its effect."""
        return FOREVER if self.until is None else self.until

    @property
    def is_cut(self) -> bool:
        """Whether it ends what it is aimed at."""
        return self.claim.act in CUTS

    @property
    def ex_tunc(self) -> bool:
        """Whether it takes the past as well."""
        return self.claim.act == "annul" and self.claim.ex_tunc

    @property
    def order(self) -> tuple[int, ...]:
        """The key by which acts are applied; equal keys apply together."""
        rank = _RANK[self.claim.act]
        if self.claim.act in FIRST_KINDS:
            return (0, self.made_high, rank, self.at)
        return (1, self.at, rank, self.made_high, self.last)


def amendment(counted: CountedClaim, choice: DateChoice) -> Amendment:
    """Return the act of a lifecycle claim under one choice of days."""
    claim = cast("Lifecycle", counted.claim)
    owner = moves_with(counted)
    at = parse(claim.at)
    until = parse(claim.until) if claim.until else None
    made = parse(claim.made) if claim.made else at
    return Amendment(
        id=counted.id,
        counted=counted,
        claim=claim,
        at=choice.day(at, owner),
        until=None if until is None else choice.day(until, owner),
        until_low=FOREVER if until is None else lowest(until),
        made=choice.day(made, owner),
        made_high=highest(made),
    )


def together(acts: Iterable[Amendment]) -> Iterator[list[Amendment]]:
    """Yield acts in the order in which they apply, those that apply together in one list."""
    ordered = sorted(acts, key=lambda act: (act.order, act.id))
    for _, same in groupby(ordered, key=lambda act: act.order):
        yield list(same)


@dataclass(slots=True)
class Suspension:
    """The days of a suspension, as the acts upon it leave them, and what each of these did."""

    first: int
    last: int
    last_low: int  # the earliest that its last day can be, under any choice
    ended: bool = False  # by a lift or a cut, though it may have run out before
    ended_by: str | None = None  # the act that took days from it
    effects: dict[str, Effect] = field(default_factory=dict)

    def apply(self, acts: list[Amendment]) -> None:
        """Apply acts that the order leaves equal."""
        last, low, ended = self.last, self.last_low, self.ended
        for act in acts:
            if act.is_cut or act.claim.act == "lift":
                self.ended, self.effects[act.id] = True, "nothing_to_do"
                end = self.first if act.ex_tunc else max(act.at, self.first)
                if end <= last:
                    self.last, self.ended_by = min(self.last, end - 1), act.id
                    self.effects[act.id] = "took_effect"
            elif act.claim.act == "extend":
                self.effects[act.id] = self._extended(act, last, low, ended=ended)

    def _extended(self, act: Amendment, last: int, low: int, *, ended: bool) -> Effect:
        if ended or last == FOREVER:
            return "nothing_to_do"
        if act.made_high > low + 1:
            return "extension_after_expiry"
        self.last, self.last_low = max(last, act.last), max(low, act.until_low)
        return "took_effect" if act.last > last else "nothing_to_do"


class Standing:
    """Which acts happened and are not suspended, under one choice of days.

    ``has_power`` says whether an act has power over its target; ``ignored`` are acts that are taken
    as not made.
    """

    def __init__(
        self, index: Index, choice: DateChoice, ignored: frozenset[str], has_power: HasPower
    ) -> None:
        self._index = index
        self._ignored = ignored
        self._has_power = has_power
        self._read: Memo[str, Amendment] = Memo(
            lambda claim_id: amendment(index.by_id[claim_id], choice)
        )
        self._upon: dict[str, Sequence[Amendment]] = {}
        self._state = Memo(self._state_of)
        self._suspensions = Memo(self._suspension)

    def of(self, counted: CountedClaim) -> Amendment:
        """Return the act of a lifecycle claim."""
        return self._read[counted.id]

    def upon(self, target: CountedClaim) -> Sequence[Amendment]:
        """Return the acts aimed at a norm or an act."""
        found = self._upon.get(target.id)
        if found is None:
            acts = (c for c in self._index.upon(target) if c.id not in self._ignored)
            found = self._upon[target.id] = tuple(self._read[c.id] for c in acts)
        return found

    def stands(self, act: Amendment, day: int | None) -> bool:
        """Return whether the act happened and, given a ``day``, is not suspended on it."""
        return self._state[act.id, day] is None

    def is_undone(self, act: Amendment, day: int | None) -> bool:
        """Return whether the act never happened, as the acts standing on the day have it."""
        return self._state[act.id, day] == "undone"

    def suspending(self, act: Amendment, day: int) -> Amendment | None:
        """Return the suspension of an act that runs on a day."""
        for other in self._effective_upon(act, day):
            if other.claim.act == "suspend":
                hole = self.suspension(other, day)
                if hole.first <= day <= hole.last:
                    return other
        return None

    def _state_of(self, key: tuple[str, int | None]) -> Literal["undone", "suspended"] | None:
        act, day = self._read[key[0]], key[1]
        if self.undoing(act, day):
            return "undone"
        if day is not None and self.suspending(act, day) is not None:
            return "suspended"
        return None

    def undoing(self, act: Amendment, day: int | None) -> list[Amendment]:
        """Return the acts that make this act never happen, in no order."""
        return [other for other in self._effective_upon(act, day) if undoes(other, act)]

    def _effective_upon(self, act: Amendment, day: int | None) -> Iterator[Amendment]:
        """Yield the acts upon this act that have power over it and stand on the day."""
        for other in self.upon(act.counted):
            if self.stands(other, day) and self._has_power(other, act.counted):
                yield other

    def suspension(self, act: Amendment, day: int | None) -> Suspension:
        """Return the days of a suspension as the acts upon it that stand on ``day`` leave it."""
        return self._suspensions[act.id, day]

    def _suspension(self, key: tuple[str, int | None]) -> Suspension:
        act = self._read[key[0]]
        found = Suspension(act.at, act.last, act.until_low)
        for same in together(self._effective_upon(act, key[1])):
            found.apply(same)
        return found


def undoes(other: Amendment, act: Amendment) -> bool:
    """Return whether an act upon an act makes it never happen, rather than ending it later."""
    return other.is_cut and (other.ex_tunc or other.at <= act.at)
