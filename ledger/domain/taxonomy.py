"""The taxonomy: activities, actor classes, jurisdictions, bodies and the order of legal force.

A :class:`Taxonomy` is immutable: the starter taxonomy adopted at seq 1 and every definition that
counts at one point of the log. :meth:`Taxonomy.with_definition` returns the next one.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Literal

from ledger.domain.definitions import (
    DEFAULT_ORDER,
    EVERYWHERE,
    Activity,
    ActorClass,
    Body,
    Definition,
    Jurisdiction,
    Membership,
    Profile,
    id_of,
)
from ledger.errors import InputError, UnknownId

ANY = "any"
ORG = "org:"
IdKind = Literal["activity", "actor class", "jurisdiction", "body"]
# Codes in use for a jurisdiction that are not its own: reserved in ISO 3166, and the Union's for
# Greece (Interinstitutional Style Guide, annex A5).
ALIASES: Mapping[str, str] = {"UK": "GB", "EL": "GR"}
_SHORT = 3  # characters; a code such as PK or SBP


@dataclass(frozen=True)
class Taxonomy:
    """Everything ids can refer to at one point of the log. Iteration order is by id.

    ``version`` names the point: ``@42`` where entry 42 last changed it, or ``starter``. ``waiting``
    has the seq of each definition that awaits review, by subject (``body:PK.SBP``); it only words
    errors.
    """

    activities: Mapping[str, Activity] = field(default_factory=dict)
    actor_classes: Mapping[str, ActorClass] = field(default_factory=dict)
    jurisdictions: Mapping[str, Jurisdiction] = field(default_factory=dict)
    bodies: Mapping[str, Body] = field(default_factory=dict)
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    version: str = "starter"
    waiting: Mapping[str, int] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, items: Iterable[Definition], *, version: str = "starter") -> "Taxonomy":
        """Return a taxonomy. Raises InputError for an id given twice or unknown, or a circle."""
        made = cls._filled(items, version)
        for name in _FIELD_OF.values():
            for item in getattr(made, name).values():
                made.check(item)
        return made

    @classmethod
    def _filled(cls, items: Iterable[Definition], version: str) -> "Taxonomy":
        made: dict[str, dict[str, object]] = {name: {} for name in _FIELD_OF.values()}
        for item in sorted(items, key=id_of):
            items_of_type = made[_FIELD_OF[type(item)]]
            if id_of(item) in items_of_type:
                raise InputError(f"{id_of(item)} is defined twice")
            items_of_type[id_of(item)] = item
        return cls(**made, version=version)  # type: ignore[arg-type]  # each field by its type

    def ancestors(self, activity: str) -> tuple[str, ...]:
        """Return the activity, its parent, and so on to the root; an unknown one by itself."""
        return self._lines.get(activity, (activity,))

    def children(self, activity: str) -> tuple[str, ...]:
        """Return the activities right below, by id."""
        return self._below.get(activity, ())

    def descendants(self, activity: str) -> tuple[str, ...]:
        """Return all activities below, each before those below it."""
        return tuple(
            found
            for child in self.children(activity)
            for found in (child, *self.descendants(child))
        )

    def home_regime(self, activity: str) -> str:
        """Return the regime of the activity's root; a root that names none is its own."""
        root = self.ancestors(activity)[-1]
        known = self.activities.get(root)
        return (known.regime if known else None) or root

    def jurisdiction_path(self, jurisdiction: str) -> tuple[str, ...]:
        """Return the jurisdiction, then what it is part of: PK-KP gives ("PK-KP", "PK")."""
        return self._paths.get(jurisdiction) or self._path(jurisdiction)

    def places_below(self, jurisdiction: str) -> tuple[str, ...]:
        """Return the jurisdictions that are parts of one, by id."""
        return self._parts.get(jurisdiction, ())

    def unions_of(self, jurisdiction: str, day: date) -> tuple[str, ...]:
        """Return the unions of which it, or what it is part of, is a member on that day."""
        found = {u for u, span in self.memberships(jurisdiction) if span.holds(day)}
        return tuple(sorted(found))

    def memberships(self, jurisdiction: str) -> Iterator[tuple[str, Membership]]:
        """Yield every union that it, or what it is part of, was ever a member of, and when."""
        for place in self.jurisdiction_path(jurisdiction):
            yield from self._unions.get(place, ())

    def rank(self, force: str, jurisdiction: str = EVERYWHERE) -> int:
        """Return the rank of a force in this jurisdiction; the larger is the higher."""
        return self._ranks[self.profile_of(jurisdiction)][force]

    def profile_of(self, jurisdiction: str) -> str:
        """Return whose profile applies: the nearest on the path that has one, else ``*``."""
        if len(self.profiles) > 1 or EVERYWHERE not in self.profiles:
            for place in self.jurisdiction_path(jurisdiction):
                if place in self.profiles:
                    return place
        return EVERYWHERE

    def class_path(self, actor_class: str) -> tuple[str, ...]:
        """Return the class, then those above it: vasp.registered gives ("vasp.registered", "vasp").

        An unknown one gives itself.
        """
        return self._class_paths.get(actor_class, (actor_class,))

    def classes_below(self, actor_class: str) -> tuple[str, ...]:
        """Return all classes below this one, by id."""
        return tuple(c for c, path in self._class_paths.items() if actor_class in path[1:])

    def classes_of(self, org: str, day: date) -> frozenset[str]:
        """Return the classes of an organisation (``org:<id>`` or the bare id) on a day.

        Who holds a class holds those above it.
        """
        body = self.bodies.get(org.removeprefix(ORG))
        if body is None:
            return _NONE
        held = (self.class_path(c.actor_class) for c in body.classes if c.holds(day))
        return frozenset(one for path in held for one in path)

    def temporary(self, jurisdiction: str) -> tuple[str, ...]:
        """Return the types of instrument that end by themselves in this jurisdiction."""
        profile = self.profiles.get(self.profile_of(jurisdiction))
        return profile.temporary if profile else ()

    def with_definition(self, item: Definition, *, version: str | None = None) -> "Taxonomy":
        """Return the taxonomy in which this definition counts, in place of an older of its id."""
        name = _FIELD_OF[type(item)]
        held: dict[str, object] = {**getattr(self, name), id_of(item): item}
        # Sorted, so that the order in which things were defined never shows in an answer.
        changed: dict[str, object] = {name: dict(sorted(held.items()))}
        made = replace(self, **changed, version=version or self.version)  # type: ignore[arg-type]
        for index in _INDEXES - _REBUILT_FOR[name]:
            if index in self.__dict__:
                made.__dict__[index] = self.__dict__[index]
        return made

    def holds(self, item: Definition) -> bool:
        """Return whether exactly this definition counts already."""
        return bool(getattr(self, _FIELD_OF[type(item)]).get(id_of(item)) == item)

    def check(self, item: Definition) -> None:
        """Check that a definition fits. Raises UnknownId, and InputError for a circle."""
        if isinstance(item, Activity):
            self._check_parents("activity", item.id, item.parent)
        elif isinstance(item, ActorClass):
            self._check_parents("actor class", item.id, item.parent)
        elif isinstance(item, Jurisdiction):
            self._check_parents("jurisdiction", item.id, item.parent)
            for member in item.members:
                self.require("jurisdiction", member.jurisdiction)
        elif isinstance(item, Body):
            self.require("jurisdiction", item.jurisdiction)
            self._check_parents("body", item.id, item.parent)
            for dated in item.classes:
                self.require("actor class", dated.actor_class)
        elif item.jurisdiction != EVERYWHERE:
            self.require("jurisdiction", item.jurisdiction)

    def require(self, kind: IdKind, value: str) -> None:
        """Check that an id of this kind is known. Raises UnknownId with the nearest ids."""
        if not self.knows(kind, value):
            raise self.unknown(kind, value)

    def knows(self, kind: IdKind, value: str) -> bool:
        """Return whether an id of this kind is known."""
        return value in self._items_of(kind)

    def unknown(self, kind: IdKind, value: str) -> UnknownId:
        """Return the error for an unknown id: it is pending, or these are the nearest ids."""
        return UnknownId(kind, value, self.nearest(kind, value), pending=self.pending(kind, value))

    def pending(self, kind: IdKind, value: str) -> int | None:
        """Return the seq of a definition of this id that awaits review."""
        return self.waiting.get(f"{kind.replace(' ', '_')}:{value}")

    def require_addressee(self, value: str) -> None:
        """Check an addressee: ``any``, an actor class or ``org:<body>``. Raises UnknownId."""
        if value.startswith(ORG):
            self.require("body", value.removeprefix(ORG))
        elif value != ANY:
            self.require("actor class", value)

    def nearest(self, kind: IdKind, value: str) -> tuple[str, ...]:
        """Return up to three known ids similar to this value by id or name, best first."""
        meant = ALIASES.get(value.upper(), "") if kind == "jurisdiction" else ""
        if meant in self.jurisdictions:
            return (meant,)
        words: dict[str, str] = {}
        for known in self._items_of(kind).values():
            words.setdefault(known.id.rpartition(".")[2].lower(), known.id)
            words.setdefault(known.name.lower(), known.id)
        words.update({known.lower(): known for known in self._items_of(kind)})
        # One wrong letter is half of a code such as PK: 0.6 would find nothing.
        for cutoff in (0.6, 0.5) if len(value) <= _SHORT else (0.6,):
            if close := difflib.get_close_matches(value.lower(), words, n=6, cutoff=cutoff):
                break
        return tuple(dict.fromkeys(words[word] for word in close))[:3]

    def _items_of(self, kind: IdKind) -> Mapping[str, Activity | ActorClass | Jurisdiction | Body]:
        if kind == "activity":
            return self.activities
        if kind == "actor class":
            return self.actor_classes
        return self.jurisdictions if kind == "jurisdiction" else self.bodies

    def _check_parents(self, kind: IdKind, item: str, parent: str | None) -> None:
        known = self._items_of(kind)
        seen: set[str] = set()
        while parent is not None and parent not in seen:
            if parent == item:
                raise InputError(f"{kind} {item} would be above itself")
            seen.add(parent)
            above = known.get(parent)
            if above is None:
                raise self.unknown(kind, parent)
            parent = getattr(above, "parent", None)

    @cached_property
    def _lines(self) -> dict[str, tuple[str, ...]]:
        return {item: self._line(item) for item in self.activities}

    def _line(self, item: str) -> tuple[str, ...]:
        line = [item]
        while (
            (known := self.activities.get(line[-1])) and known.parent and known.parent not in line
        ):
            line.append(known.parent)
        return tuple(line)

    @cached_property
    def _class_paths(self) -> dict[str, tuple[str, ...]]:
        paths: dict[str, tuple[str, ...]] = {}
        for item in sorted(self.actor_classes):  # a class stands after the one above it
            parent = self.actor_classes[item].parent
            paths[item] = (item, *(paths.get(parent, (parent,)) if parent else ()))
        return paths

    @cached_property
    def _below(self) -> dict[str, tuple[str, ...]]:
        below: dict[str, list[str]] = {}
        for item in sorted(self.activities):
            parent = self.activities[item].parent
            if parent is not None:
                below.setdefault(parent, []).append(item)
        return {parent: tuple(found) for parent, found in below.items()}

    @cached_property
    def _paths(self) -> dict[str, tuple[str, ...]]:
        return {place: self._path(place) for place in self.jurisdictions}

    def _path(self, place: str) -> tuple[str, ...]:
        path = [place]
        while True:
            known = self.jurisdictions.get(path[-1])
            # ISO 3166-2 codes begin with the code of what they are part of.
            above = (known.parent if known else None) or path[-1].rpartition("-")[0]
            if not above or above in path:
                return tuple(path)
            path.append(above)

    @cached_property
    def _parts(self) -> dict[str, tuple[str, ...]]:
        parts: dict[str, list[str]] = {}
        for place in self.jurisdictions:
            for whole in self.jurisdiction_path(place)[1:]:
                parts.setdefault(whole, []).append(place)
        return {whole: tuple(found) for whole, found in parts.items()}

    @cached_property
    def _unions(self) -> dict[str, list[tuple[str, Membership]]]:
        unions: dict[str, list[tuple[str, Membership]]] = {}
        for place in self.jurisdictions.values():
            for member in place.members:
                unions.setdefault(member.jurisdiction, []).append((place.id, member))
        return unions

    @cached_property
    def _ranks(self) -> dict[str, dict[str, int]]:
        orders = {EVERYWHERE: DEFAULT_ORDER} | {at: p.order for at, p in self.profiles.items()}
        return {
            place: {force: len(order) - place_down for place_down, force in enumerate(order)}
            for place, order in orders.items()
        }


_NONE: frozenset[str] = frozenset()
_FIELD_OF: Mapping[type, str] = {
    Activity: "activities",
    ActorClass: "actor_classes",
    Jurisdiction: "jurisdictions",
    Body: "bodies",
    Profile: "profiles",
}
_INDEXES = frozenset({"_lines", "_below", "_class_paths", "_paths", "_parts", "_unions", "_ranks"})
_REBUILT_FOR: Mapping[str, frozenset[str]] = {
    "activities": frozenset({"_lines", "_below"}),
    "actor_classes": frozenset({"_class_paths"}),
    "jurisdictions": frozenset({"_paths", "_parts", "_unions"}),
    "bodies": frozenset(),
    "profiles": frozenset({"_ranks"}),
}
