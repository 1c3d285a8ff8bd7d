"""Which cells beside one have another status: classes and organisations, activities, places.

A class or an activity below that no claim or act names has the status of the one above it; a place
below is looked at only where a claim, an act or the place of an act's author names it. Nothing is
ever concluded upwards.

Decision where the rules leave room: a decision about one party names it for its position only, and
does not make its organisation one that is looked at.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from ledger.domain.resolve.claims_on_cell import claims_on_cell
from ledger.domain.resolve.facts import ANSWERING_KINDS, Cell, Facts, once_per_facts
from ledger.domain.resolve.scope import Scope
from ledger.domain.resolve.shared_work import shared_facts_of
from ledger.domain.resolve.status_values import View
from ledger.domain.taxonomy import ANY, ORG
from ledger.memo import Memo

Differing = tuple[tuple[str, str], ...]  # id and status of each that differs, by id


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The ids and statuses of the cells around one that differ from it, of three kinds."""

    actors: Differing
    children: Differing
    places: Differing


@dataclass(frozen=True, slots=True)
class _Named:
    """What is named around a place and an activity, and so may have a status of its own."""

    addressees: frozenset[str]  # of claims that bear on it, and of acts limited to them
    children: frozenset[str]  # activities below
    places: frozenset[str]  # places below


class _Naming:
    """What claims and acts name around each place and activity of one set of facts."""

    def __init__(self, facts: Facts) -> None:
        self._index, self._taxonomy = facts.index, facts.taxonomy
        self._shared = shared_facts_of(facts)
        self.around = Memo(self._around)  # by (jurisdiction, activity)

    def _around(self, at: tuple[str, str]) -> _Named:
        jurisdiction, activity = at
        places = self._shared.surroundings[jurisdiction].places
        below = self._shared.places_below[jurisdiction]
        above = self._taxonomy.ancestors(activity)
        return _Named(
            self._addressees(places, above),
            self._children(activity, places, above),
            self._places(jurisdiction, (*places, *below), above),
        )

    def _addressees(self, places: Sequence[str], above: Sequence[str]) -> frozenset[str]:
        named: set[str] = set()
        for counted in self._index.at(places, above):
            if counted.claim.kind in ANSWERING_KINDS:
                named.update(counted.claim.addressees)
        for scope in self._scopes(places, above):
            named.update(scope.addressees or ())
        return frozenset(named)

    def _children(
        self, activity: str, places: Sequence[str], above: Sequence[str]
    ) -> frozenset[str]:
        below = self._taxonomy.descendants(activity)
        if not below:
            return frozenset()
        activities = self._index.activities
        claimed = set[str]().union(*(activities.get(place, ()) for place in places))
        told = claimed.intersection(below)
        scopes = self._scopes(places, (*above, *told))
        return frozenset(told.union(scope.activity for scope in scopes if scope.activity))

    def _places(
        self, jurisdiction: str, places: Sequence[str], above: Sequence[str]
    ) -> frozenset[str]:
        activities, below = self._index.activities, self._shared.places_below[jurisdiction]
        named = {place for place in below if not activities[place].isdisjoint(above)}
        for scope in self._scopes(places, above):
            named |= {
                place
                for place in (scope.jurisdiction, scope.court)
                if place is not None and self._shared.scopes.is_below(place, jurisdiction)
            }
        return frozenset(named)

    def _scopes(self, places: Iterable[str], activities: Sequence[str]) -> list[Scope]:
        """Return the scopes of the acts with a limit that bear on norms there and about these."""
        scoped_at, of = self._shared.scoped_at, self._shared.scopes.of
        return [of[act.id] for place in places for a in activities for act in scoped_at[place, a]]


@once_per_facts
def _naming(facts: Facts) -> _Naming:
    return _Naming(facts)


class _Around:
    """One cell on one day, and the statuses of the cells around it."""

    def __init__(self, cell: Cell, day: date, view: View, facts: Facts) -> None:
        self._cell, self._day, self._view, self._facts = cell, day, view, facts
        self._named = _naming(facts).around[cell.jurisdiction, cell.activity]

    def _status(self, cell: Cell) -> str:
        claims = claims_on_cell(cell, self._facts)
        return claims.outline(self._day.toordinal(), self._view).status

    @cached_property
    def _mine(self) -> str:
        """The status of the cell itself."""
        return self._status(self._cell)

    def actors(self) -> Differing:
        """Return the classes below, and the organisations named that are of it on the day."""
        cell, actor = self._cell, self._cell.actor
        if actor.startswith(ORG):
            return ()
        taxonomy, named = self._facts.taxonomy, self._named.addressees - {ANY, actor}
        if not named:
            return ()
        orgs = {
            one: self._status(Cell(cell.jurisdiction, cell.activity, one))
            for one in named
            if one.startswith(ORG)
            and (actor == ANY or actor in taxonomy.classes_of(one, self._day))
        }
        below = taxonomy.classes_below(actor) if actor != ANY else sorted(taxonomy.actor_classes)
        classes = self._inherited(
            [one for one in below if one != ANY],
            named,
            lambda one: taxonomy.class_path(one)[1:2],
            lambda one: Cell(cell.jurisdiction, cell.activity, one),
        )
        return self._differing(classes | orgs)

    def children(self) -> Differing:
        """Return the activities below."""
        taxonomy, cell = self._facts.taxonomy, self._cell
        return self._differing(
            self._inherited(
                taxonomy.descendants(cell.activity),
                self._named.children,
                lambda one: taxonomy.ancestors(one)[1:2],
                lambda one: Cell(cell.jurisdiction, one, cell.actor),
            )
        )

    def places(self) -> Differing:
        """Return the places below that are named."""
        cell = self._cell
        return self._differing(
            {one: self._status(Cell(one, cell.activity, cell.actor)) for one in self._named.places}
        )

    def _inherited(
        self,
        ids: Sequence[str],
        told: frozenset[str],
        parent: Callable[[str], tuple[str, ...]],
        cell: Callable[[str], Cell],
    ) -> dict[str, str]:
        """Return a status for each id: its own where it is told apart, else its parent's."""
        if told.isdisjoint(ids):
            return {}  # all have that of the cell
        found: dict[str, str] = {}
        for one in ids:  # each after what is above it
            above = next((found[p] for p in parent(one) if p in found), self._mine)
            found[one] = self._status(cell(one)) if one in told else above
        return found

    def _differing(self, found: dict[str, str]) -> Differing:
        if not found:
            return ()
        return tuple(sorted((one, status) for one, status in found.items() if status != self._mine))


def neighbours(cell: Cell, day: date, view: View, facts: Facts) -> Neighbours:
    """Return the cells around one that have another status on a day."""
    around = _Around(cell, day, view, facts)
    return Neighbours(around.actors(), around.children(), around.places())
