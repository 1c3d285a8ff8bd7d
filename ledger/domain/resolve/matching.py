"""Match claims with a cell: by jurisdiction, activity and addressee, and how near they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

from ledger.domain.claims import Norm
from ledger.domain.resolve.facts import Cell, Facts, Index
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import ANY, ORG, Taxonomy

# Nearness of an addressee: the smaller number is the nearer one.
NEAR_ORG, NEAR_CLASS, NEAR_ANY = 0, 1, 2


def places_of(jurisdiction: str, taxonomy: Taxonomy) -> tuple[str, ...]:
    """Return the jurisdictions whose claims can match: the path, then every union ever joined."""
    path = taxonomy.jurisdiction_path(jurisdiction)
    unions = {
        place.id
        for place in taxonomy.jurisdictions.values()
        if any(member.jurisdiction in path for member in place.members)
    }
    return (*path, *sorted(unions - set(path)))


def addressee_nearness(
    addressees: Sequence[str], actor: str, classes: frozenset[str]
) -> int | None:
    """Return how near addressees come to an actor of these classes; None where they do not."""
    if actor.startswith(ORG):
        if actor in addressees:
            return NEAR_ORG
        if not classes.isdisjoint(addressees):
            return NEAR_CLASS
    elif actor != ANY and actor in addressees:
        return NEAR_CLASS
    return NEAR_ANY if ANY in addressees else None


@dataclass(frozen=True, slots=True)
class Match:
    """A claim that matches a cell, and how near its addressees come (smaller is nearer)."""

    counted: CountedClaim
    addressee: int


@dataclass(frozen=True, slots=True)
class Affiliations:
    """The unions a place belongs to and the classes an organisation holds, on one day."""

    unions: frozenset[str]
    classes: frozenset[str]


def affiliations(cell: Cell, taxonomy: Taxonomy, day: date) -> Affiliations:
    """Return the unions and classes of a cell's place and actor on a day."""
    classes = taxonomy.classes_of(cell.actor, day) if cell.actor.startswith(ORG) else frozenset()
    return Affiliations(frozenset(taxonomy.unions_of(cell.jurisdiction, day)), classes)


def matching(
    cell: Cell, taxonomy: Taxonomy, index: Index, affiliated: Affiliations
) -> tuple[Match, ...]:
    """Return every claim that matches the cell, in order of id.

    A claim matches when its jurisdiction is the cell's or on the path above it (or, with force
    ``supranational``, is a union of which it is a member), its activity is the cell's or above it,
    and its addressees hold the actor.
    """
    near = bearing_on((cell.jurisdiction, cell.activity), affiliated.unions, taxonomy, index)
    return addressing(near, cell.actor, affiliated.classes)


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
    claims: Iterable[CountedClaim], actor: str, classes: frozenset[str]
) -> tuple[Match, ...]:
    """Return those of the claims whose addressees hold the actor."""
    found = ((c, addressee_nearness(c.claim.addressees, actor, classes)) for c in claims)
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


def acts_upon(targets: Iterable[CountedClaim], index: Index) -> list[CountedClaim]:
    """Return the acts upon these, the acts upon those acts, and so on."""
    found: dict[str, CountedClaim] = {}
    todo = list(targets)
    while todo:
        for act in index.upon(todo.pop()):
            if act.id not in found:
                found[act.id] = act
                todo.append(act)
    return list(found.values())


def relevant(cell: Cell, facts: Facts) -> Facts:
    """Return the facts without the claims that cannot matter to a cell, its children and actors.

    Kept are the claims of the cell's jurisdictions (its path and the unions it was ever in) about
    its activity, those above and those below it, whoever they address; the norms of the instruments
    that enable or save those, recursively; the acts upon all these, recursively; and every claim
    that awaits review. Resolving the cell from the result gives the same answer.
    """
    taxonomy, index = facts.taxonomy, facts.index
    activities = (*taxonomy.ancestors(cell.activity), *taxonomy.descendants(cell.activity))
    kept = {c.id: c for c in index.at(places_of(cell.jurisdiction, taxonomy), activities)}
    norms = [c for c in kept.values() if isinstance(c.claim, Norm)]
    kept |= {c.id: c for c in supports(norms, index)}
    kept |= {c.id: c for c in acts_upon(tuple(kept.values()), index)}
    return replace(facts, claims=tuple(kept.values()))
