"""Acts upon norms and upon other acts: their order, their power, and whether they happened.

Acts apply in the order of their first day of effect; acts of one day in the order commence,
postpone, extend, suspend, lift, repeal/replace/annul, revive; of one kind, the act with the earlier
latest-possible ``made`` first, then the one with the earlier ``until``.

Decisions where the rules leave room:

* Power is measured by the order of force of the target's jurisdiction.
* An extension of a suspension works under the same conditions as one of a norm.
* Replacing an act undoes it as repealing it does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from ledger.domain.claims import Claim, Lifecycle
from ledger.domain.dates import parse
from ledger.domain.memo import Memo
from ledger.domain.resolve.facts import Index
from ledger.domain.resolve.intervals import FOREVER, DateChoice, highest, lowest, moves_with
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import Taxonomy

CUTS = frozenset({"repeal", "replace", "annul"})
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
    def order(self) -> tuple[int, int, int, int, str]:
        """The key by which acts are sorted; the id comes last and decides nothing."""
        return (self.at, _RANK[self.claim.act], self.made_high, self.last, self.id)


class Amendments:
    """All acts under one choice of days."""

    def __init__(self, index: Index, taxonomy: Taxonomy, choice: DateChoice) -> None:
        self._index = index
        self._taxonomy = taxonomy
        self._choice = choice
        self._read = Memo(self._amendment)
        self._standing = Memo(self._stands)

    def of(self, counted: CountedClaim) -> Amendment:
        """Return the act of a lifecycle claim."""
        return self._read[counted.id]

    def _amendment(self, claim_id: str) -> Amendment:
        counted = self._index.by_id[claim_id]
        claim = cast("Lifecycle", counted.claim)
        owner = moves_with(counted)
        at = parse(claim.at)
        until = parse(claim.until) if claim.until else None
        made = parse(claim.made) if claim.made else at
        return Amendment(
            id=claim_id,
            counted=counted,
            claim=claim,
            at=self._choice.day(at, owner),
            until=None if until is None else self._choice.day(until, owner),
            until_low=FOREVER if until is None else lowest(until),
            made=self._choice.day(made, owner),
            made_high=highest(made),
        )

    def upon(self, target: CountedClaim) -> list[Amendment]:
        """Return the acts aimed at the target, in the order in which they apply."""
        found = [self.of(counted) for counted in self._index.upon(target)]
        if len(found) > 1:
            found.sort(key=lambda act: act.order)
        return found

    def has_power(self, act: CountedClaim, target: CountedClaim) -> bool:
        """Return whether the act's own force and jurisdiction reach the target's.

        A court reaches everything below it; the act of a court yields only to a court or to
        constitutional force. The order of force is that of the target's jurisdiction.
        """
        by, on = act.claim, target.claim
        place = self._place(on)
        if self._place(by) not in self._taxonomy.jurisdiction_path(place):
            return False
        if by.force == "judicial":
            return True
        if on.force == "judicial":
            return by.force == "constitutional"
        rank = self._taxonomy.rank
        return rank(by.force, place) >= rank(on.force, place)

    def _place(self, claim: Claim) -> str:
        """Return whose claim this is: of an act without a jurisdiction, that of its issuer."""
        if claim.jurisdiction is None:
            body = self._taxonomy.bodies.get(claim.issuer or "")
            return body.jurisdiction if body else ""
        return claim.jurisdiction

    def stands(self, act: Amendment, day: int | None) -> bool:
        """Return whether the act happened and, given a ``day``, is not suspended on it."""
        return self._standing[act.id, day]

    def _stands(self, key: tuple[str, int | None]) -> bool:
        act, day = self._read[key[0]], key[1]
        for other in self._effective_upon(act, day):
            kind = other.claim.act
            if kind in CUTS and (other.at <= act.at or (kind == "annul" and other.claim.ex_tunc)):
                return False
            if kind == "suspend" and day is not None:
                first, last = self.suspension(other, day)[:2]
                if first <= day <= last:
                    return False
        return True

    def _effective_upon(self, act: Amendment, day: int | None) -> Iterator[Amendment]:
        """Yield the acts upon this act that have power over it and stand on the day."""
        for other in self.upon(act.counted):
            if self.has_power(other.counted, act.counted) and self.stands(other, day):
                yield other

    def suspension(self, act: Amendment, day: int | None) -> tuple[int, int, frozenset[str]]:
        """Return first and last day of a suspension, after the acts upon it, and their flags."""
        last = act.last
        low = act.until_low
        ended = False
        flags = set()
        for other in self._effective_upon(act, day):
            if other.claim.act in CUTS or other.claim.act == "lift":
                last = min(last, other.at - 1)
                ended = True
            elif other.claim.act == "extend" and not ended and last != FOREVER:
                if other.made_high > low + 1:
                    flags.add("extension_after_expiry")
                else:
                    last = max(last, other.last)
                    low = max(low, other.until_low)
        return act.at, last, frozenset(flags)
