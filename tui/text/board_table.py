"""The board as a table: rows, columns, and what follows for every cell.

A claim about an activity also holds for what lies below it, and a claim about a country for its
parts. So a cell of which no claim speaks has an answer all the same: that of the nearest activity
above. :meth:`BoardTable.cell` says so, and says when it cannot know without resolving.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from ledger import api

Place = tuple[str, str]  # jurisdiction, activity


@dataclass(frozen=True, slots=True)
class BoardCell:
    """The content of a cell. ``status`` is empty where no claim speaks of it.

    ``above`` is the cell it follows from; None where claims speak of it. ``mixed``: several levels
    of government speak of it at different heights, and only resolving it tells. ``whole``: all
    flags are known.
    """

    status: str = ""
    reason: str | None = None
    basis_kind: str = "none"
    flags: tuple[str, ...] = ()
    recognition: str | None = None
    next_change: date | None = None
    whole: bool = False
    above: Place | None = None
    mixed: bool = False

    @classmethod
    def of(cls, found: api.Resolution) -> BoardCell:
        """Return the short form of a resolution."""
        return cls(
            status=found.status,
            reason=found.reason,
            basis_kind=found.basis_kind,
            flags=found.flags,
            recognition=found.recognition,
            next_change=found.next_change,
            whole=True,
        )

    @property
    def answer(self) -> tuple[str, str | None, str]:
        """Return what must be the same for older flags still to be shown."""
        return (self.status, self.reason, self.basis_kind)


NOTHING = BoardCell()


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A line of the board: an activity, how deep it lies, and how many rows lie below it."""

    activity: str
    name: str
    depth: int
    below: int = 0
    folded: bool = False


@dataclass(slots=True)
class BoardTable:
    """The cells that claims speak of, and whatever else was resolved, over a taxonomy."""

    taxonomy: api.Taxonomy
    day: date
    own: dict[Place, BoardCell] = field(default_factory=dict)
    resolved: dict[Place, BoardCell] = field(default_factory=dict)  # mixed cells, resolved

    @classmethod
    def of(
        cls, glance: api.BoardBrief, taxonomy: api.Taxonomy, before: BoardTable | None = None
    ) -> BoardTable:
        """Return the table of a glance. ``before`` lends its flags to cells with the same answer.

        Without that, flags would go and come back each time the log grows.
        """
        own = {
            place: BoardCell(c.status, c.reason, c.basis_kind, c.flags, whole=glance.whole)
            for place, c in glance.cells.items()
        }
        if before is not None and not glance.whole:
            for place, shown in own.items():
                old = before.own.get(place)
                if old is not None and old.answer == shown.answer:
                    own[place] = old
        return cls(taxonomy, glance.point.day, own)

    def refine(self, found: Mapping[Place, api.Resolution]) -> None:
        """Put whole answers in the place of short ones."""
        for place, resolution in found.items():
            home = self.own if place in self.own else self.resolved
            home[place] = BoardCell.of(resolution)

    def columns(self, *, everything: bool = False) -> list[str]:
        """Return jurisdictions: those claims speak of and what they are part of, or all."""
        if everything:
            return sorted({*self.taxonomy.jurisdictions, *(j for j, _ in self.own)})
        return sorted({up for j, _ in self.own for up in self.taxonomy.jurisdiction_path(j)})

    def activities(self, *, everything: bool = False) -> set[str]:
        """Return activities: those claims speak of and what lies above them, or all."""
        spoken_of = {up for _, a in self.own for up in self.taxonomy.ancestors(a)}
        return spoken_of | set(self.taxonomy.activities) if everything else spoken_of

    def rows(self, *, everything: bool = False, folded: Iterable[str] = ()) -> list[BoardRow]:
        """Return the tree of activities as lines, without what lies below a folded one."""
        wanted = self.activities(everything=everything)
        shut = set(folded)
        known = self.taxonomy.activities
        roots = sorted(a for a in wanted if a not in known or known[a].parent is None)
        return [row for root in roots for row in self._branch(root, 0, wanted, shut)]

    def _branch(
        self, activity: str, depth: int, wanted: set[str], shut: set[str]
    ) -> Iterator[BoardRow]:
        known = self.taxonomy.activities.get(activity)
        below = [a for a in self.taxonomy.descendants(activity) if a in wanted]
        is_shut = activity in shut and bool(below)
        name = known.name if known else activity
        yield BoardRow(activity, name, depth, len(below), folded=is_shut)
        if not is_shut:
            for child in self.taxonomy.children(activity):
                if child in wanted:
                    yield from self._branch(child, depth + 1, wanted, shut)

    def cell(self, place: Place) -> BoardCell:
        """Return what holds in a cell: its own answer, or what follows from above."""
        found = self.own.get(place) or self.resolved.get(place)
        if found is None:
            return self._followed(place)
        source = None if place in self.own else self._nearest(place)
        return replace(found, above=source, mixed=False) if source else found

    def mixed(self) -> list[Place]:
        """Return cells that can be seen by default and that only resolving can tell."""
        activities = self.activities()
        places = ((j, a) for j in self.columns() for a in sorted(activities))
        return [p for p in places if p not in self.own and self._followed(p).mixed]

    def differs_below(self, place: Place) -> bool:
        """Return whether an activity below, of which claims speak, has another status there."""
        mine = self.cell(place).status
        jurisdiction, activity = place
        below = ((jurisdiction, a) for a in self.taxonomy.descendants(activity))
        return any(p in self.own and self.own[p].status != mine for p in below)

    def _followed(self, place: Place) -> BoardCell:
        jurisdiction, activity = place
        line = self.taxonomy.ancestors(activity)
        here = self._height(jurisdiction, line)
        heights = {j: self._height(j, line) for j in self._around(jurisdiction)}
        wider = {j: height for j, height in heights.items() if height is not None}
        if here is None and not wider:
            return NOTHING
        lowest = min(wider.values(), default=len(line))
        if (here is not None and lowest < here) or (here is None and len(wider) > 1):
            return BoardCell(above=self._nearest(place), mixed=True)
        source = self._nearest(place)
        return replace(self.own[source], above=source) if source else NOTHING

    def _nearest(self, place: Place) -> Place | None:
        """Return the spoken-of cell nearest to one: by activity first, then by jurisdiction."""
        jurisdiction, activity = place
        for above in self.taxonomy.ancestors(activity):
            for j in (jurisdiction, *self._around(jurisdiction)):
                if (j, above) in self.own:
                    return (j, above)
        return None

    def _height(self, jurisdiction: str, line: tuple[str, ...]) -> int | None:
        """Return how far up the line a claim speaks of an activity there."""
        return next((n for n, a in enumerate(line) if (jurisdiction, a) in self.own), None)

    def _around(self, jurisdiction: str) -> tuple[str, ...]:
        """Return the jurisdictions whose law also holds there: what it is part of, its unions."""
        path = self.taxonomy.jurisdiction_path(jurisdiction)[1:]
        return (*path, *self.taxonomy.unions_of(jurisdiction, self.day))
