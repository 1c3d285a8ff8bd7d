"""Match claims with a cell: by jurisdiction, activity and addressee, and how near they are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple, Self, cast

from ledger.domain.claim_parts import INSTRUMENT_PREFIX
from ledger.domain.claims import Lifecycle, Norm
from ledger.domain.resolve.facts import Cell, Facts, Index
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import ANY, ORG, Taxonomy


class Nearness(NamedTuple):
    """How near the addressees of a claim come to an actor.

    ``level`` is 2 where they name the organisation itself, 1 where they name a class it is of, 0
    where they name anybody. ``classes`` holds the path of each such class, itself first.
    """

    level: int
    classes: tuple[tuple[str, ...], ...] = ()

    def lead(self, other: Self) -> int:
        """Return 1 where this one is nearer, -1 where the other is, 0 where both are as near.

        Of two classes the deeper one is nearer, if it is below every class that the other names.
        """
        if self.level != other.level:
            return 1 if self.level > other.level else -1
        if self.classes == other.classes:
            return 0
        return self._deeper(other) - other._deeper(self)

    def _deeper(self, other: Self) -> bool:
        above = {path[0] for path in other.classes}
        return bool(above) and any(above.issubset(path[1:]) for path in self.classes)


ORGANISATION, ANYBODY = Nearness(2), Nearness(0)


def places_of(jurisdiction: str, taxonomy: Taxonomy) -> tuple[str, ...]:
    """Return the jurisdictions whose claims can match: the path, then every union ever joined."""
    path = taxonomy.jurisdiction_path(jurisdiction)
    unions = {union for union, _ in taxonomy.memberships(jurisdiction)}
    return (*path, *sorted(unions.difference(path)))


def addressee_nearness(
    addressees: Sequence[str], actor: str, classes: frozenset[str], taxonomy: Taxonomy
) -> Nearness | None:
    """Return how near addressees come to an actor of these classes; None where they do not."""
    if len(addressees) == 1 and addressees[0] == ANY:
        return ANYBODY
    if actor in addressees and actor.startswith(ORG):
        return ORGANISATION
    named = classes.intersection(addressees) if classes else None
    if named:
        return Nearness(1, tuple(sorted(map(taxonomy.class_path, named))))
    return ANYBODY if ANY in addressees else None


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """A claim that matches a cell, and how near its addressees come. Equal by identity."""

    counted: CountedClaim
    addressee: Nearness


class Affiliations(NamedTuple):
    """The unions a place belongs to and the classes an actor is of, on one day.

    A class is of itself and of every class above it, an organisation of those that it holds and of
    the ones above them.
    """

    unions: frozenset[str]
    classes: frozenset[str]


def affiliations(cell: Cell, taxonomy: Taxonomy, day: date) -> Affiliations:
    """Return the unions and classes of a cell's place and actor on a day."""
    unions = frozenset(taxonomy.unions_of(cell.jurisdiction, day))
    if cell.actor.startswith(ORG):
        return Affiliations(unions, taxonomy.classes_of(cell.actor, day))
    return Affiliations(unions, classes_held(cell.actor, taxonomy))


def classes_held(actor: str, taxonomy: Taxonomy) -> frozenset[str]:
    """Return the classes an actor class is of: itself and those above it; ``any`` is of none."""
    return frozenset() if actor == ANY else frozenset(taxonomy.class_path(actor))


def matching(
    cell: Cell, taxonomy: Taxonomy, index: Index, affiliated: Affiliations
) -> tuple[Match, ...]:
    """Return every claim that matches the cell, in order of id.

    A claim matches when its jurisdiction is the cell's or on the path above it (or, with force
    ``supranational``, is a union of which it is a member), its activity is the cell's or above it,
    and its addressees hold the actor.
    """
    near = bearing_on((cell.jurisdiction, cell.activity), affiliated.unions, taxonomy, index)
    return addressing(near, cell.actor, affiliated.classes, taxonomy)


def bearing_on(
    place: tuple[str, str], unions: frozenset[str], taxonomy: Taxonomy, index: Index
) -> tuple[CountedClaim, ...]:
    """Return every claim that matches some actor at (jurisdiction, activity), in order of id."""
    path, above = taxonomy.jurisdiction_path(place[0]), taxonomy.ancestors(place[1])
    found = index.at(path, above)
    of_unions = index.at(unions.difference(path), above)
    found += [counted for counted in of_unions if counted.claim.force == "supranational"]
    return tuple(sorted(found, key=lambda counted: counted.id))


def addressing(
    claims: Iterable[CountedClaim], actor: str, classes: frozenset[str], taxonomy: Taxonomy
) -> tuple[Match, ...]:
    """Return those of the claims whose addressees hold the actor."""
    found = ((c, addressee_nearness(c.claim.addressees, actor, classes, taxonomy)) for c in claims)
    return tuple(Match(counted, nearness) for counted, nearness in found if nearness is not None)


def supports(norms: Iterable[CountedClaim], index: Index) -> list[CountedClaim]:
    """Return the norms of the enabling and saving instruments of these, recursively."""
    found: dict[str, CountedClaim] = {}
    todo = list(norms)
    seen = {counted.id for counted in todo}
    while todo:
        claim = cast("Norm", todo.pop().claim)
        for instrument in claim.rests_on:
            for support in index.norms_of.get(instrument, ()):
                if support.id not in seen:
                    seen.add(support.id)
                    found[support.id] = support
                    todo.append(support)
    return list(found.values())


def acts_upon(
    targets: Iterable[CountedClaim], index: Index, ignored: frozenset[str] = frozenset()
) -> list[CountedClaim]:
    """Return the acts upon these, the acts upon those acts, and so on, but for ignored ones."""
    found: dict[str, CountedClaim] = {}
    todo = list(targets)
    while todo:
        for act in index.upon(todo.pop()):
            if act.id not in found and act.id not in ignored:
                found[act.id] = act
                todo.append(act)
    return list(found.values())


def relevant(cell: Cell, facts: Facts) -> Facts:
    """Return the facts without the claims that cannot matter to a cell or to those around it.

    Kept are the claims of the cell's jurisdictions (its path, the places below, the unions it was
    ever in) about its activity, those above and those below it, whoever they address; the other
    stages of their bills; the norms of the instruments that enable or save those, recursively; the
    acts upon all these and the instruments that give them power, recursively; the other norms of
    an instrument that is acted upon as a whole, for an act's scope is that of all its targets; and
    every claim that awaits review. Resolving the cell from the result gives the same answer.
    """
    taxonomy, index = facts.taxonomy, facts.index
    activities = (*taxonomy.ancestors(cell.activity), *taxonomy.descendants(cell.activity))
    places = (*places_of(cell.jurisdiction, taxonomy), *places_below(cell.jurisdiction, taxonomy))
    kept: dict[str, CountedClaim] = {}
    new = index.at(places, activities)
    new += [s for c in new for s in index.stages_of.get(getattr(c.claim, "bill", None) or "", ())]
    while new:
        kept.update((c.id, c) for c in new)
        instruments = {i for c in new for i in (*instruments_of(c), aimed_instrument(c)) if i}
        norms = [n for i in instruments for n in index.norms_of.get(i, ())]
        acts = [act for c in new for act in index.upon(c)]
        new = [c for c in (*norms, *acts) if c.id not in kept]
    return replace(facts, claims=tuple(kept.values()))


def places_below(jurisdiction: str, taxonomy: Taxonomy) -> tuple[str, ...]:
    """Return the jurisdictions that are parts of one."""
    return taxonomy.places_below(jurisdiction)


def aimed_instrument(counted: CountedClaim) -> str | None:
    """Return the instrument that an act is aimed at, if it is aimed at a whole one."""
    target = counted.claim.target if isinstance(counted.claim, Lifecycle) else ""
    whole = target.startswith(INSTRUMENT_PREFIX)
    return target.removeprefix(INSTRUMENT_PREFIX) if whole else None


def instruments_of(counted: CountedClaim) -> tuple[str, ...]:
    """Return the instruments that a norm rests on, or that give an act its power."""
    claim = counted.claim
    if isinstance(claim, Norm):
        return claim.rests_on
    enabling = claim.enabling_instrument if isinstance(claim, Lifecycle) else None
    return () if enabling is None else (enabling,)
