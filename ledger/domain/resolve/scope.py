"""On which cells an act bears: the activity, the addressees and the place it is limited to.

An act bears on a cell when its activity is the cell's or above it, its addressees hold the cell's
actor, and its jurisdiction holds the cell's place. On any other cell it is as if it had not been
made: the repeal of a ban for one province, for banks or for exchanges leaves the rest of the ban.

An act that covers the whole of its target in activity and addressees is read as naming neither: it
has no such limit, also for what rests on its target. The place it names is always a limit. A
judicial act from below the place of its target bears only in the place of its court.

Decisions where the rules leave room:

* What an act upon an act must cover is what that act bears on: where it names no activity, or
  anybody, the activities and addressees of its own target.
* Of the addressees of a target an organisation holds, for this, only itself: it holds a class for a
  time, and whether an act has a limit does not change with time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from ledger.domain.claim_parts import INSTRUMENT_PREFIX
from ledger.domain.claims import Lifecycle, Norm
from ledger.domain.resolve.facts import Cell, Index
from ledger.domain.resolve.matching import Affiliations
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import ANY, ORG, Taxonomy
from ledger.memo import Memo

_Extent = frozenset[tuple[str, tuple[str, ...]]]  # (activity, addressees), for each norm in the end


@dataclass(frozen=True, slots=True)
class Scope:
    """What an act is limited to; None where it has no limit of that kind.

    ``court`` is the place of a court from below. ``exempts`` says that the act leaves a part of its
    target alone: it is limited in activity, addressees or place.
    """

    jurisdiction: str | None
    court: str | None
    activity: str | None
    addressees: tuple[str, ...] | None
    exempts: bool


class Scopes:
    """The scope of every act of an index, and the place of its author."""

    def __init__(self, index: Index, taxonomy: Taxonomy) -> None:
        self._index = index
        self._taxonomy = taxonomy
        self.of = Memo(self._scope)  # by the act's id
        self._extents = Memo(self._extent)
        self._places = Memo(self._target_places)

    def author_place(self, counted: CountedClaim) -> str:
        """Return the place of a norm; of an act that of its issuer, else the one it names."""
        claim = counted.claim
        if isinstance(claim, Lifecycle) and claim.issuer is not None:
            body = self._taxonomy.bodies.get(claim.issuer)
            if body is not None:
                return body.jurisdiction
        return claim.jurisdiction or ""

    def is_below(self, place: str, other: str) -> bool:
        """Return whether a place is a part of another one."""
        return other in self._taxonomy.jurisdiction_path(place)[1:]

    def targets(self, act: CountedClaim) -> Sequence[CountedClaim]:
        """Return what an act is aimed at: one claim, or the norms of an instrument."""
        target = cast("Lifecycle", act.claim).target
        if target.startswith(INSTRUMENT_PREFIX):
            return self._index.norms_of.get(target.removeprefix(INSTRUMENT_PREFIX), ())
        held = self._index.by_id.get(target)
        return () if held is None else (held,)

    def bears(self, act: CountedClaim, cell: Cell, affiliated: Affiliations) -> bool:
        """Return whether an act bears on a cell whose place and actor are affiliated so."""
        scope = self.of[act.id]
        held = scope.addressees
        if held is not None and cell.actor not in held and affiliated.classes.isdisjoint(held):
            return False
        path = self._taxonomy.jurisdiction_path(cell.jurisdiction)
        if scope.court is not None and scope.court not in path:
            return False
        place, activity = scope.jurisdiction, scope.activity
        if place is not None and place not in path and place not in affiliated.unions:
            return False
        return activity is None or activity in self._taxonomy.ancestors(cell.activity)

    def bears_on_all_of(self, act: CountedClaim, norm: CountedClaim) -> bool:
        """Return whether an act bears on every cell that a norm matches."""
        scope, claim = self.of[act.id], cast("Norm", norm.claim)
        path = self._taxonomy.jurisdiction_path(claim.jurisdiction)
        if not {scope.jurisdiction, scope.court} <= {None, *path}:
            return False
        above = self._taxonomy.ancestors(claim.activity)
        if scope.activity is not None and scope.activity not in above:
            return False
        return scope.addressees is None or self._all_hold(claim.addressees, scope.addressees)

    def _scope(self, act_id: str) -> Scope:
        act = self._index.by_id[act_id]
        claim = cast("Lifecycle", act.claim)
        covers = self._covers(act)
        place, author = claim.jurisdiction, self.author_place(act)
        paths = [self._taxonomy.jurisdiction_path(p) for p in self._places[act_id]]
        from_below = claim.force == "judicial" and any(
            self.is_below(author, self.author_place(target)) for target in self.targets(act)
        )
        return Scope(
            jurisdiction=place,
            court=author if from_below else None,
            activity=None if covers else claim.activity,
            addressees=None if covers or ANY in claim.addressees else claim.addressees,
            exempts=not covers or (place is not None and any(place not in p for p in paths)),
        )

    def _covers(self, act: CountedClaim) -> bool:
        """Return whether an act names neither activity nor addressees, or all of its target's."""
        claim = cast("Lifecycle", act.claim)
        ancestors = self._taxonomy.ancestors
        for target in self.targets(act):
            for activity, addressees in self._extents[target.id]:
                if claim.activity is not None and claim.activity not in ancestors(activity):
                    return False
                if not self._all_hold(addressees, claim.addressees):
                    return False
        return True

    def _extent(self, claim_id: str) -> _Extent:
        """Return what a norm is about, or what an act bears on."""
        counted = self._index.by_id[claim_id]
        claim = counted.claim
        if isinstance(claim, Norm):
            return frozenset({(claim.activity, claim.addressees)})
        if not isinstance(claim, Lifecycle):
            return frozenset()
        whole = [pair for target in self.targets(counted) for pair in self._extents[target.id]]
        if self._covers(counted):
            return frozenset(whole)
        own = None if ANY in claim.addressees else claim.addressees
        return frozenset((claim.activity or a, own or addressees) for a, addressees in whole)

    def _target_places(self, act_id: str) -> frozenset[str]:
        """Return where the targets of an act hold."""
        found: set[str] = set()
        for target in self.targets(self._index.by_id[act_id]):
            place = target.claim.jurisdiction
            found |= self._places[target.id] if place is None else {place}
        return frozenset(found)

    def _all_hold(self, addressees: Iterable[str], named: Sequence[str]) -> bool:
        """Return whether each of the addressees is, or is a kind of, one of those named."""
        if ANY in named:
            return True
        return all(not set(self._held(one)).isdisjoint(named) for one in addressees)

    def _held(self, addressee: str) -> tuple[str, ...]:
        if addressee.startswith(ORG):
            return (addressee,)
        return self._taxonomy.class_path(addressee)
