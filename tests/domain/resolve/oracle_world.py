"""The world of the naive resolver: claims, one cell, one day, and one choice of days for texts.

Days are ordinals; no day is before ``EVER`` or after ``NEVER``. The naive resolver is written from
the rules alone. It shares no code with the package that resolves but the models and the taxonomy's
data. Its files, in the order of the rules: this one (match, nearness), ``oracle_scope`` (where an
act bears, power), ``oracle_story`` (what acts do to a norm), ``oracle_force`` (in force, begun,
states, outcomes), ``oracle_contest`` (who prevails), ``oracle_statements`` (declarations and
bills), ``oracle`` (imprecise dates, the answer).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ledger.domain.edtf_dates import parse
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import Taxonomy

EVER, NEVER = -(10**8), 10**8
Text = tuple[str, str]  # whose it is, and the text
CUTS = ("repeal", "replace", "annul")
GREAT = ("constitutional", "supranational")


@dataclass(frozen=True)
class Ask:
    """A question: a cell (place, activity, actor), a day and a view."""

    cell: tuple[str, str, str]
    day: date
    view: str


@dataclass(frozen=True)
class World:
    """Everything that one run of the rules looks at. ``late`` are texts read as their last day."""

    claims: Mapping[str, Any]
    taxonomy: Taxonomy
    place: str
    activity: str
    actor: str
    day: int
    late: frozenset[Text] = frozenset()
    memo: dict[Any, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, counted: Iterable[CountedClaim], taxonomy: Taxonomy, ask: Ask) -> World:
        """The world of a question, every text read as its earliest day."""
        claims = {c.id: c.claim for c in counted}
        return cls(claims, taxonomy, *ask.cell, ask.day.toordinal())

    def ids(self, *kinds: str) -> list[str]:
        """The claims of these kinds."""
        return [i for i, c in self.claims.items() if c.kind in kinds]


# --- days ---------------------------------------------------------------------------------------


def earliest(text: str) -> int:
    """The first day a text can mean."""
    found = parse(text).earliest
    return EVER if found is None else found.toordinal()


def latest(text: str) -> int:
    """The last day a text can mean."""
    found = parse(text).latest
    return NEVER if found is None else found.toordinal()


def surely_before(a: str | None, b: str | None) -> bool:
    """Whether the whole interval of one text lies before that of another."""
    return a is not None and b is not None and latest(a) < earliest(b)


def owner(w: World, claim: str) -> str:
    """Whose texts move together: those of one instrument, else those of the claim."""
    instrument = getattr(w.claims[claim], "instrument", None)
    return f"instrument:{instrument.id}" if instrument else f"claim:{claim}"


def when(w: World, claim: str, text: str) -> int:
    """The day that a text of a claim means in this run."""
    return latest(text) if (owner(w, claim), text) in w.late else earliest(text)


# --- places, activities, actors -----------------------------------------------------------------


def path(w: World, place: str | None) -> list[str]:
    """A place and all it is part of, nearest first."""
    found: list[str] = []
    while place:
        found.append(place)
        known = w.taxonomy.jurisdictions.get(place)
        place = (known.parent if known else None) or place.rpartition("-")[0]
    return found


def unions(w: World, place: str) -> set[str]:
    """The unions of which a place, or what it is part of, is a member on the day asked for."""
    today = date.fromordinal(w.day)
    return {
        union.id
        for union in w.taxonomy.jurisdictions.values()
        for member in union.members
        if member.jurisdiction in path(w, place) and member.holds(today)
    }


def line(w: World, activity: str) -> list[str]:
    """An activity and all above it, nearest first."""
    found = [activity]
    while (known := w.taxonomy.activities.get(found[-1])) and known.parent:
        found.append(known.parent)
    return found


def home(w: World, activity: str) -> str:
    """The regime of an activity's root."""
    root = line(w, activity)[-1]
    known = w.taxonomy.activities.get(root)
    return (known.regime if known else None) or root


def held(w: World, actor: str) -> set[str]:
    """The addressees under which an actor falls on the day asked for."""
    found = {"any", actor}
    classes = [actor]
    if actor.startswith("org:"):
        body = w.taxonomy.bodies.get(actor.removeprefix("org:"))
        today = date.fromordinal(w.day)
        classes = [c.actor_class for c in body.classes if c.holds(today)] if body else []
    for named in classes:
        parts = named.split(".")
        found |= {".".join(parts[: i + 1]) for i in range(len(parts))}
    return found


def addressed(w: World, addressees: Iterable[str]) -> bool:
    """Whether some of these addressees hold the cell's actor."""
    return bool(set(addressees) & held(w, w.actor))


def matches(w: World, claim: str) -> bool:
    """5.2: place (or a union, where the force is supranational), activity and addressee."""
    c = w.claims[claim]
    here = c.jurisdiction in path(w, w.place)
    if c.force == "supranational" and c.jurisdiction in unions(w, w.place):
        here = True
    return here and c.activity in line(w, w.activity) and addressed(w, c.addressees)


# --- nearness -----------------------------------------------------------------------------------


def nearer_activity(w: World, x: str, y: str) -> bool:
    """Whether x is about the nearer activity."""
    up = line(w, w.activity)
    return up.index(w.claims[x].activity) < up.index(w.claims[y].activity)


def nearer_place(w: World, x: str, y: str) -> bool:
    """Whether x is of the nearer place; a union is farther than any place in it."""
    up = path(w, w.place)
    steps = [up.index(j) if j in up else len(up) for j in (_place(w, x), _place(w, y))]
    return steps[0] < steps[1]


def _place(w: World, claim: str) -> str:
    return str(w.claims[claim].jurisdiction)


def _level(w: World, claim: str) -> int:
    """Organisation, then class, then any."""
    named = set(w.claims[claim].addressees) & held(w, w.actor)
    if w.actor.startswith("org:") and w.actor in named:
        return 2
    return 1 if named - {"any"} else 0


def nearer_addressee(w: World, x: str, y: str) -> bool:
    """Organisation before class before any; of classes, one deeper than every one of the other."""
    levels = _level(w, x), _level(w, y)
    if levels != (1, 1):
        return levels[0] > levels[1]
    mine, others = (set(w.claims[i].addressees) & held(w, w.actor) - {"any"} for i in (x, y))
    return any(all(c.startswith(d + ".") for d in others) for c in mine)
