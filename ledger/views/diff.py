"""What changed between two points, and whether knowledge or time changed it.

From (D1, K1) to (D2, K2): what differs between (D1, K1) and (D2, K1) is *passing time*, what
differs between (D2, K1) and (D2, K2) is *new knowledge*. A cell may have changed by both, and may
even have changed by both and back again; then it is listed too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from ledger.domain.cells import Cell, Facts, View, relevant
from ledger.domain.ground import ground_of
from ledger.domain.records import CountedClaim
from ledger.domain.resolve import Resolution, resolve
from ledger.domain.taxonomy import ANY
from ledger.points import Point
from ledger.views.crossings import Crossing, crossings
from ledger.views.history import HistoryItem

Cause = Literal["passing_time", "new_knowledge"]
_SPEAKING = frozenset({"norm", "declaration", "proposal"})  # kinds that can give a cell an answer


@dataclass(frozen=True, slots=True)
class CellChange:
    """One changed cell: ``middle`` is the second day as known at the first point."""

    cell: Cell
    before: Resolution
    middle: Resolution
    after: Resolution
    causes: tuple[Cause, ...]
    crossed: tuple[Crossing, ...]
    events: tuple[int, ...]  # seqs of the entries that brought the new knowledge

    def to_value(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "cell": {
                "jurisdiction": self.cell.jurisdiction,
                "activity": self.cell.activity,
                "actor": self.cell.actor,
            },
            "before": self.before.to_value(),
            "after": self.after.to_value(),
            "causes": list(self.causes),
            "crossed": [c.to_value() for c in self.crossed],
            "events": list(self.events),
        }


@dataclass(frozen=True, slots=True)
class Span:
    """The two points: facts of both prefixes, both days, and what was learned between.

    ``learned`` maps a claim id to the seqs in [K1, K2) from which a version of it counts or ends.
    """

    before: Facts
    after: Facts
    days: tuple[date, date]
    view: View
    learned: Mapping[str, tuple[int, ...]]


def compare(cells: Iterable[Cell], span: Span) -> Iterator[CellChange]:
    """Yield the cells whose answer differs between the two points, in the order given."""
    before, after, days, view = span.before, span.after, span.days, span.view
    for cell in cells:
        first = resolve(cell, day=days[0], view=view, facts=before)
        middle = (
            first if days[0] == days[1] else resolve(cell, day=days[1], view=view, facts=before)
        )
        last = middle if before is after else resolve(cell, day=days[1], view=view, facts=after)
        causes: list[Cause] = []
        if substance(first) != substance(middle):
            causes.append("passing_time")
        if substance(middle) != substance(last):
            causes.append("new_knowledge")
        if causes:
            crossed = crossings(cell, before, days, view) if "passing_time" in causes else ()
            events = _learned(cell, span) if "new_knowledge" in causes else ()
            yield CellChange(cell, first, middle, last, tuple(causes), crossed, events)


def substance(answer: Resolution) -> tuple[object, ...]:
    """Return what must differ for a cell to count as changed."""
    return (
        answer.status,
        answer.reason,
        answer.recognition,
        answer.basis_kind,
        answer.basis,
        answer.possible,
    )


def cells_of(*facts: Facts) -> tuple[Cell, ...]:
    """Return the cells that claims speak of, in order.

    For each jurisdiction and activity that some claim is about: ``any``, and every class or
    organisation that a claim on that activity or above it addresses. All other cells follow from
    one of these: nothing tells them apart from an ancestor or from ``any``.
    """
    found: set[Cell] = set()
    for prefix in facts:
        for place in _addressed(prefix):
            found.update(cells_at(place, prefix))
    return tuple(sorted(found))


def cells_at(place: tuple[str, str], facts: Facts) -> tuple[Cell, ...]:
    """Return the cells of one jurisdiction and activity that claims speak of, in order."""
    addressed = _addressed(facts)
    if place not in addressed:
        return ()
    unions = ground_of(facts).around(place[0]).unions
    jurisdictions = {*facts.taxonomy.jurisdiction_path(place[0]), *unions}
    above = facts.taxonomy.ancestors(place[1])
    actors = set[str]().union(*(addressed.get((j, a), ()) for j in jurisdictions for a in above))
    return tuple(Cell(*place, actor) for actor in sorted(actors))


def _addressed(facts: Facts) -> Mapping[tuple[str, str], set[str]]:
    """Whom the claims on each place address, and ``any``; kept with the facts."""
    found: dict[tuple[str, str], set[str]] | None = facts.memory.get(_addressed)
    if found is None:
        found = facts.memory[_addressed] = {}
        for counted in facts.claims:
            claim = counted.claim
            if claim.kind in _SPEAKING:
                place = (claim.jurisdiction, claim.activity)
                found.setdefault(place, {ANY}).update(claim.addressees)
    return found


def _near(cell: Cell, facts: Facts) -> Iterator[CountedClaim]:
    """Claims that can bear on the cell itself: on its activity or above, and acts upon them."""
    above = facts.taxonomy.ancestors(cell.activity)
    for counted in relevant(cell, facts).claims:
        claim = counted.claim
        if claim.kind == "lifecycle" or (claim.kind in _SPEAKING and claim.activity in above):
            yield counted


def _learned(cell: Cell, span: Span) -> tuple[int, ...]:
    near = {c.id for facts in (span.before, span.after) for c in _near(cell, facts)}
    return tuple(sorted({seq for claim in near for seq in span.learned.get(claim, ())}))


@dataclass(frozen=True, slots=True)
class Diff:
    """What changed between two points; ``items`` are the history lines of the events named."""

    a: Point
    b: Point
    view: View
    changes: tuple[CellChange, ...]
    items: Mapping[int, HistoryItem]

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know about the two points, each once."""
        return tuple(dict.fromkeys((*self.a.notes, *self.b.notes)))

    def to_value(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "schema": "regledger/diff/v1",
            "from": str(self.a),
            "to": str(self.b),
            "notes": list(self.notes),
            "view": self.view,
            "changes": [change.to_value() for change in self.changes],
            "events": [item.to_value() for _, item in sorted(self.items.items())],
        }
