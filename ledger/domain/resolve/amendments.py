"""Acts upon norms and upon other acts: their order, their power, and whether they happened.

The order of acts is that of their first day of effect; acts of one day apply in the order commence,
postpone, extend, suspend, lift, repeal/replace/annul, revive; of one kind, the one with the
earlier latest-possible ``made`` first, then the earlier ``until``.

Decisions where the rules leave room:

* Power is measured by the order of force of the target's jurisdiction.
* An extension of a suspension works under the same conditions as one of a norm.
* Replacing an act undoes it as repealing it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from ledger.domain.claims import Lifecycle
from ledger.domain.dates import parse
from ledger.domain.resolve.intervals import FOREVER, DateChoice, highest, lowest, moves_with
from ledger.domain.resolve.matching import Index
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import Taxonomy

CUTS = frozenset({"repeal", "replace", "annul"})
_RANK = {"commence": 0, "postpone": 1, "extend": 2, "suspend": 3, "lift": 4}
_RANK |= dict.fromkeys(CUTS, 5) | {"revive": 6, "amend": 7}


@dataclass(frozen=True, slots=True)
class Amendment:
    """An act as one run reads it."""

    id: str
    counted: CountedClaim
    claim: Lifecycle
    at: int
    until: int | None
    until_low: int
    made: int
    made_high: int

    @property
    def order(self) -> tuple[int, int, int, int, str]:
        """What acts are sorted by; the id comes last and decides nothing."""
        until = FOREVER if self.until is None else self.until
        return (self.at, _RANK[self.claim.act], self.made_high, until, self.id)


class Amendments:
    """The acts of one run, read once each."""

    def __init__(self, index: Index, taxonomy: Taxonomy, run: DateChoice) -> None:
        self._index = index
        self._taxonomy = taxonomy
        self._run = run
        self._read: dict[str, Amendment] = {}
        self._standing: dict[tuple[str, int | None], bool] = {}

    def act(self, counted: CountedClaim) -> Amendment:
        """The act of a lifecycle claim."""
        found = self._read.get(counted.id)
        if found is None:
            claim = cast("Lifecycle", counted.claim)
            owner = moves_with(counted)
            at = parse(claim.at)
            until = parse(claim.until) if claim.until else None
            made = parse(claim.made) if claim.made else at
            found = self._read[counted.id] = Amendment(
                id=counted.id,
                counted=counted,
                claim=claim,
                at=self._run.day(at, owner),
                until=None if until is None else self._run.day(until, owner),
                until_low=FOREVER if until is None else lowest(until),
                made=self._run.day(made, owner),
                made_high=highest(made),
            )
        return found

    def upon(self, target: CountedClaim) -> list[Amendment]:
        """The acts aimed at the target, in the order in which they apply."""
        found = [self.act(counted) for counted in self._index.upon(target)]
        if len(found) > 1:
            found.sort(key=lambda act: act.order)
        return found

    def has_power(self, act: CountedClaim, target: CountedClaim) -> bool:
        """Whether the act's own force and jurisdiction reach the target's.

        A court reaches everything below it; what a court did yields only to a court or to
        constitutional force. The order of force is that of the target's jurisdiction.
        """
        by, on = act.claim, target.claim
        if by.jurisdiction not in self._taxonomy.jurisdiction_path(on.jurisdiction):
            return False
        if by.force == "judicial":
            return True
        if on.force == "judicial":
            return by.force == "constitutional"
        rank = self._taxonomy.rank
        return rank(by.force, on.jurisdiction) >= rank(on.force, on.jurisdiction)

    def stands(self, act: Amendment, moment: int | None) -> bool:
        """Whether the act happened and, on ``moment``, is not itself suspended.

        With no moment, suspensions of acts are left aside.
        """
        key = (act.id, moment)
        found = self._standing.get(key)
        if found is None:
            found = self._standing[key] = self._stands_afresh(act, moment)
        return found

    def _stands_afresh(self, act: Amendment, moment: int | None) -> bool:
        for other in self.upon(act.counted):
            if not self.has_power(other.counted, act.counted) or not self.stands(other, moment):
                continue
            kind = other.claim.act
            if kind in CUTS and (other.at <= act.at or (kind == "annul" and other.claim.ex_tunc)):
                return False
            if kind == "suspend" and moment is not None:
                first, last = self.hole(other, moment)[:2]
                if first <= moment <= last:
                    return False
        return True

    def hole(self, act: Amendment, moment: int | None) -> tuple[int, int, frozenset[str]]:
        """The days a suspension takes away, after the acts upon it, and the flags of those."""
        last = FOREVER if act.until is None else act.until
        low = act.until_low
        ended = False
        flags = set()
        for other in self.upon(act.counted):
            if not self.has_power(other.counted, act.counted) or not self.stands(other, moment):
                continue
            if other.claim.act in CUTS or other.claim.act == "lift":
                last = min(last, other.at - 1)
                ended = True
            elif other.claim.act == "extend" and not ended and last != FOREVER:
                if other.made_high > low + 1:
                    flags.add("extension_after_expiry")
                else:
                    last = max(last, FOREVER if other.until is None else other.until)
                    low = max(low, other.until_low)
        return act.at, last, frozenset(flags)
