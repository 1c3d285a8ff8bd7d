"""Cells, the facts they are resolved from, and which claims can matter to which cell.

A *cell* is (jurisdiction, activity, actor class). :class:`Facts` is what one prefix of the log
counts; it may hold everything or only the part that :func:`relevant` keeps: the answer is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, Literal, cast

from ledger.domain.claims import Lifecycle, Norm
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import ANY, ORG, Taxonomy

View = Literal["prudential", "normative"]
Status = Literal["prohibited", "under_framework", "undetermined", "legal"]
INSTRUMENT = "instrument:"
# Kinds of claims that can bear on a status; the others are kept, shown, and change nothing.
SPEAKING = frozenset({"norm", "lifecycle", "declaration", "proposal"})
RECOGNITION = frozenset({"recognise", "not_recognise"})
# Nearness of an addressee: the smaller number is the nearer one.
NEAR_ORG, NEAR_CLASS, NEAR_ANY = 0, 1, 2


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """What a status is the status of. ``actor`` is ``any``, an actor class or ``org:<id>``."""

    jurisdiction: str
    activity: str
    actor: str = ANY

    def __str__(self) -> str:
        """The three parts with slashes: ``PK/va.exchange/bank``."""
        return f"{self.jurisdiction}/{self.activity}/{self.actor}"


@dataclass(frozen=True, eq=False)
class Facts:
    """What one prefix of the log counts: the only thing a status is computed from.

    ``claims`` count; ``pending`` await review and give nothing but a flag. ``size`` is the length
    of the prefix in entries, ``head`` the hex hash that stands for it, ``rules`` the version of the
    rules. The order of claims never matters. Indexes are built when first needed and kept.
    """

    claims: Sequence[CountedClaim]
    pending: Sequence[CountedClaim]
    taxonomy: Taxonomy
    size: int
    head: str
    rules: int
    # What cells share once it is worked out; see ledger.domain.resolve.shared_facts.
    memory: dict[Any, Any] = field(default_factory=dict, repr=False)

    @cached_property
    def index(self) -> Index:
        """The counting claims by id, place, instrument and target."""
        return Index(self.claims)

    @cached_property
    def pending_index(self) -> Index:
        """The claims awaiting review, likewise."""
        return Index(self.pending)


class Index:
    """Claims by id, by (jurisdiction, activity), by instrument and by target. Read only."""

    def __init__(self, claims: Iterable[CountedClaim]) -> None:
        self.by_id: dict[str, CountedClaim] = {}
        self.by_place: dict[tuple[str, str], list[CountedClaim]] = {}
        self.norms_of: dict[str, list[CountedClaim]] = {}
        self.acts_on: dict[str, list[CountedClaim]] = {}
        self.activities: dict[str, set[str]] = {}
        for counted in sorted(claims, key=lambda c: c.id):
            self._add(counted)

    def _add(self, counted: CountedClaim) -> None:
        claim = counted.claim
        self.by_id[counted.id] = counted
        self.by_place.setdefault((claim.jurisdiction, claim.activity), []).append(counted)
        if claim.kind in SPEAKING:
            self.activities.setdefault(claim.jurisdiction, set()).add(claim.activity)
        if isinstance(claim, Lifecycle):
            self.acts_on.setdefault(claim.target, []).append(counted)
        elif isinstance(claim, Norm) and claim.instrument is not None:
            self.norms_of.setdefault(claim.instrument.id, []).append(counted)

    def at(self, places: Iterable[str], activities: Iterable[str]) -> list[CountedClaim]:
        """Every claim in one of these jurisdictions about one of these activities."""
        wanted = tuple(activities)
        return [
            counted
            for place in places
            for activity in wanted
            for counted in self.by_place.get((place, activity), ())
        ]

    def upon(self, counted: CountedClaim) -> list[CountedClaim]:
        """Every act aimed at this norm, at its instrument, or at this act."""
        found = self.acts_on.get(counted.id, [])
        claim = counted.claim
        if isinstance(claim, Norm) and claim.instrument is not None:
            found = found + self.acts_on.get(INSTRUMENT + claim.instrument.id, [])
        return found


def places_of(cell: Cell, taxonomy: Taxonomy) -> tuple[str, ...]:
    """The jurisdictions whose claims can match: the path, then every union ever joined."""
    path = taxonomy.jurisdiction_path(cell.jurisdiction)
    unions = {
        place.id
        for place in taxonomy.jurisdictions.values()
        if any(member.jurisdiction in path for member in place.members)
    }
    return (*path, *sorted(unions - set(path)))


def addressee_nearness(
    addressees: Sequence[str], actor: str, classes: frozenset[str]
) -> int | None:
    """How near these addressees come to the actor; None where they do not hold it.

    ``classes`` are those of the organisation, where the actor is one.
    """
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
    """A claim that matches a cell, and how near it is: smaller is nearer."""

    counted: CountedClaim
    activity: int
    addressee: int


@dataclass(frozen=True, slots=True)
class Affiliations:
    """What of the taxonomy makes matching depend on the day: unions joined, classes held."""

    unions: frozenset[str]
    classes: frozenset[str]


def affiliations(cell: Cell, taxonomy: Taxonomy, day: date) -> Affiliations:
    """The unions and classes of a cell's place and actor on a day."""
    classes = taxonomy.classes_of(cell.actor, day) if cell.actor.startswith(ORG) else frozenset()
    return Affiliations(frozenset(taxonomy.unions_of(cell.jurisdiction, day)), classes)


def matching(
    cell: Cell, taxonomy: Taxonomy, index: Index, where: Affiliations
) -> tuple[Match, ...]:
    """Every claim that matches the cell, in order of id.

    A claim matches when its jurisdiction is the cell's or on the path above it (or, with force
    ``supranational``, is a union of which it is a member), its activity is the cell's or above it,
    and its addressees hold the actor.
    """
    near = bearing_on((cell.jurisdiction, cell.activity), where.unions, taxonomy, index)
    return addressing(near, cell.actor, where.classes)


def bearing_on(
    place: tuple[str, str], unions: frozenset[str], taxonomy: Taxonomy, index: Index
) -> tuple[tuple[CountedClaim, int], ...]:
    """Every claim that matches some actor here, in order of id, with the steps up to its activity.

    ``place`` is (jurisdiction, activity), ``unions`` those joined at the time.
    """
    path = taxonomy.jurisdiction_path(place[0])
    found = []
    for steps, above in enumerate(taxonomy.ancestors(place[1])):
        found += [(counted, steps) for counted in index.at(path, (above,))]
        for counted in index.at(unions.difference(path), (above,)):
            if counted.claim.force == "supranational":
                found.append((counted, steps))
    found.sort(key=lambda near: near[0].id)
    return tuple(found)


def addressing(
    near: Iterable[tuple[CountedClaim, int]], actor: str, classes: frozenset[str]
) -> tuple[Match, ...]:
    """Those of the claims near a cell whose addressees hold the actor."""
    found = []
    for counted, steps in near:
        nearness = addressee_nearness(counted.claim.addressees, actor, classes)
        if nearness is not None:
            found.append(Match(counted, steps, nearness))
    return tuple(found)


def supports(norms: Iterable[CountedClaim], index: Index) -> list[CountedClaim]:
    """The norms of the enabling and saving instruments of these, recursively; without these."""
    found: dict[str, CountedClaim] = {}
    todo = list(norms)
    seen = {counted.id for counted in todo}
    while todo:
        claim = cast("Norm", todo.pop().claim)
        for instrument in (claim.enabling_instrument, claim.saved_by):
            for support in index.norms_of.get(instrument, ()) if instrument else ():
                if support.id not in seen:
                    seen.add(support.id)
                    found[support.id] = support
                    todo.append(support)
    return list(found.values())


def acts_upon(targets: Iterable[CountedClaim], index: Index) -> list[CountedClaim]:
    """The acts upon these, the acts upon those acts, and so on."""
    found: dict[str, CountedClaim] = {}
    todo = list(targets)
    while todo:
        for act in index.upon(todo.pop()):
            if act.id not in found:
                found[act.id] = act
                todo.append(act)
    return list(found.values())


def relevant(cell: Cell, facts: Facts) -> Facts:
    """The facts without every claim that cannot matter to this cell, its children and its actors.

    Kept are the claims of the cell's jurisdictions (its path and the unions it was ever in) about
    its activity, what is above and what is below it, whoever they address; the norms of the
    instruments that enable or save those, recursively; the acts upon all these, recursively; and
    every claim that awaits review. Resolving the cell from the result gives the same answer.
    """
    taxonomy, index = facts.taxonomy, facts.index
    activities = (*taxonomy.ancestors(cell.activity), *taxonomy.descendants(cell.activity))
    kept = {c.id: c for c in index.at(places_of(cell, taxonomy), activities)}
    norms = [c for c in kept.values() if isinstance(c.claim, Norm)]
    kept |= {c.id: c for c in supports(norms, index)}
    kept |= {c.id: c for c in acts_upon(tuple(kept.values()), index)}
    return replace(facts, claims=tuple(kept.values()), memory={})
