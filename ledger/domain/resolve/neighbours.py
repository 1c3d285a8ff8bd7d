"""Which cells beside one have another status: classes and organisations, activities, places.

A class or an activity below that no claim or act names has the status of the one above it; a place
below is looked at only where a claim, an act or the place of an act's author names it. Nothing is
ever concluded upwards.

Decision where the rules leave room: a decision about one party names it for its position only, and
does not make its organisation one that is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from ledger.domain.resolve.claims_on_cell import claims_on_cell
from ledger.domain.resolve.facts import ANSWERING_KINDS, Cell, Facts
from ledger.domain.resolve.shared_work import shared_facts_of
from ledger.domain.resolve.status_values import View
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import ANY, ORG

Differing = tuple[tuple[str, str], ...]  # id and status of each that differs, by id


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The ids and statuses of the cells around one that differ from it, of three kinds."""

    actors: Differing
    children: Differing
    places: Differing


class _Around:
    """One cell on one day, and the statuses of the cells around it."""

    def __init__(self, cell: Cell, day: date, view: View, facts: Facts) -> None:
        self._cell, self._day, self._view, self._facts = cell, day, view, facts
        self._shared = shared_facts_of(facts)
        self._places = self._shared.surroundings[cell.jurisdiction].places
        self._below = self._shared.places_below[cell.jurisdiction]
        self._above = facts.taxonomy.ancestors(cell.activity)

    def status(self, **changes: str) -> str:
        """Return the status of the cell, with some of its parts changed."""
        cell = replace(self._cell, **changes)
        return claims_on_cell(cell, self._facts).outline(self._day.toordinal(), self._view).status

    @cached_property
    def mine(self) -> str:
        """The status of the cell itself."""
        return self.status()

    def actors(self) -> Differing:
        """Return the classes below, and the organisations named that are of it on the day."""
        actor, taxonomy = self._cell.actor, self._facts.taxonomy
        if actor.startswith(ORG):
            return ()
        named = {a for c in self._answering(self._places, self._above) for a in c.claim.addressees}
        for act in self._scoped(self._above):
            named.update(self._shared.scopes.of[act.id].addressees or ())
        below = taxonomy.classes_below(actor) if actor != ANY else sorted(taxonomy.actor_classes)
        orgs = {
            one: self.status(actor=one)
            for one in named
            if one.startswith(ORG)
            and (actor == ANY or actor in taxonomy.classes_of(one, self._day))
        }
        told = {one for one in named if one not in {ANY, actor} and not one.startswith(ORG)}
        classes = self._inherited(
            (one for one in below if one != ANY),
            told,
            lambda one: taxonomy.class_path(one)[1:2],
            lambda one: self.status(actor=one),
        )
        return self._differing(classes | orgs)

    def children(self) -> Differing:
        """Return the activities below."""
        taxonomy, activities = self._facts.taxonomy, self._facts.index.activities
        below = taxonomy.descendants(self._cell.activity)
        claimed = set[str]().union(*(activities.get(place, ()) for place in self._places))
        told = claimed.intersection(below)
        for act in self._scoped((*self._above, *told)):
            activity = self._shared.scopes.of[act.id].activity
            told |= {activity} if activity is not None else set()
        return self._differing(
            self._inherited(
                below,
                told,
                lambda one: taxonomy.ancestors(one)[1:2],
                lambda one: self.status(activity=one),
            )
        )

    def places(self) -> Differing:
        """Return the places below that are named."""
        index, scopes = self._facts.index, self._shared.scopes
        named = {p for p in self._below if not index.activities[p].isdisjoint(self._above)}
        for act in self._scoped(self._above, below=True):
            scope = scopes.of[act.id]
            named |= {
                place
                for place in (scope.jurisdiction, scope.court)
                if place is not None and scopes.is_below(place, self._cell.jurisdiction)
            }
        return self._differing({one: self.status(jurisdiction=one) for one in named})

    def _answering(
        self, places: Iterable[str], activities: Iterable[str]
    ) -> Iterator[CountedClaim]:
        for counted in self._facts.index.at(places, activities):
            if counted.claim.kind in ANSWERING_KINDS:
                yield counted

    def _scoped(self, activities: Iterable[str], *, below: bool = False) -> list[CountedClaim]:
        """Return the acts with a limit that bear on norms about these activities.

        The norms are those of the cell's place and of what that is part of; ``below``: also those
        of its parts.
        """
        scoped_at = self._shared.scoped_at
        places = (*self._places, *self._below) if below else self._places
        return [act for place in places for a in activities for act in scoped_at[place, a]]

    def _inherited(
        self,
        ids: Iterable[str],
        told: set[str],
        parent: Callable[[str], tuple[str, ...]],
        status: Callable[[str], str],
    ) -> dict[str, str]:
        """Return a status for each id: its own where it is told apart, else its parent's."""
        found: dict[str, str] = {}
        for one in ids:  # each after what is above it
            above = next((found[p] for p in parent(one) if p in found), self.mine)
            found[one] = status(one) if one in told else above
        return found

    def _differing(self, found: dict[str, str]) -> Differing:
        return tuple(sorted((one, status) for one, status in found.items() if status != self.mine))


def neighbours(cell: Cell, day: date, view: View, facts: Facts) -> Neighbours:
    """Return the cells around one that have another status on a day."""
    around = _Around(cell, day, view, facts)
    return Neighbours(around.actors(), around.children(), around.places())
