"""All claims on one cell, worked out once and asked for any day and view.

A cell has two *lines*, status and recognition, decided by the same rules on different claims: each
is a :class:`~ledger.domain.resolve.cell_line.CellLine`. Cells with the same lines share them.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property

from ledger.domain.resolve.cell_line import Answer, CellLine
from ledger.domain.resolve.facts import Cell, Facts, once_per_facts
from ledger.domain.resolve.intervals import BEGIN, FIRST, FOREVER
from ledger.domain.resolve.matching import Affiliations, Match
from ledger.domain.resolve.scenario import Outline
from ledger.domain.resolve.shared_work import SharedFacts, shared_facts_of
from ledger.domain.resolve.status_values import View
from ledger.memo import Memo

_NO_ACTS = frozenset[str]()
_MOST_CELLS = 512  # more than a jurisdiction has
_Lines = dict[tuple[object, ...], CellLine]
Spans = tuple[tuple[int, CellLine], ...]


class CellClaims:
    """Both lines of a cell. The day decides what matches only by unions and dated classes."""

    def __init__(self, cell: Cell, shared: SharedFacts, lines: _Lines) -> None:
        self.cell = cell
        self._shared = shared
        self._shared_lines = lines
        self._belonging = shared.belonging[cell.jurisdiction, cell.actor]
        self._lines = Memo(self._line_of)  # by (affiliations, whether of status)

    def _matches(self, affiliated: Affiliations, *, status: bool) -> tuple[Match, ...]:
        cell, shared = self.cell, self._shared
        bearing = shared.bearing[cell.jurisdiction, cell.activity, affiliated.unions]
        claims = bearing.on_status if status else bearing.on_recognition
        return shared.matching(claims, cell.actor, affiliated.classes)

    def matches(self, day: date) -> tuple[Match, ...]:
        """Return every claim that can answer for the cell on a day, those on its status first."""
        affiliated = self._affiliated(day.toordinal())
        return (
            *self._matches(affiliated, status=True),
            *self._matches(affiliated, status=False),
        )

    def _affiliated(self, day: int) -> Affiliations:
        return self._belonging.each[bisect_right(self._belonging.turns, day)]

    def _line_of(self, key: tuple[Affiliations, bool]) -> CellLine:
        affiliated, status = key
        shared, cell = self._shared, self.cell
        matches = self._matches(affiliated, status=status)
        alike = (
            *(status, matches, self._ignored(matches, affiliated)),
            *(shared.profiles[cell.jurisdiction], shared.home_regimes[cell.activity]),
        )
        line = self._shared_lines.get(alike)
        if line is None:
            if len(self._shared_lines) >= _MOST_CELLS:
                self._shared_lines.clear()
            line = CellLine(matches, shared, cell, status=status, ignored=alike[2])
            self._shared_lines[alike] = line
        return line

    def _ignored(self, matches: Iterable[Match], affiliated: Affiliations) -> frozenset[str]:
        """Return the acts upon these norms that do not bear on the cell."""
        scoped_upon, bears = self._shared.scoped_upon, self._shared.scopes.bears
        scoped = {act.id: act for m in matches for act in scoped_upon[m.counted.id]}
        if not scoped:
            return _NO_ACTS
        return frozenset(a for a, act in scoped.items() if not bears(act, self.cell, affiliated))

    def _line(self, day: int, *, status: bool) -> CellLine:
        return self._lines[self._affiliated(day), status]

    def spans(self) -> Spans:
        """Return the lines of status over the whole calendar, each with its first day."""
        found: list[tuple[int, CellLine]] = []
        for first, affiliated in zip(
            (FIRST, *self._belonging.turns), self._belonging.each, strict=False
        ):
            line = self._lines[affiliated, True]
            if first <= FIRST:
                found = [(FIRST, line)]
            elif line is not found[-1][1]:
                found.append((first, line))
        return tuple(found)

    @cached_property
    def first_days(self) -> Sequence[int]:
        """The first day of each stretch of the calendar in which the status stays the same."""
        spans = self.spans()
        stops = [*(first for first, _ in spans[1:]), FOREVER]
        return [
            max(first, start)
            for (start, line), stop in zip(spans, stops, strict=True)
            for first, end in zip(line.first_days, (*line.first_days[1:], FOREVER), strict=True)
            if first < stop and start < end
        ]

    @property
    def ever(self) -> tuple[CellLine, CellLine]:
        """The lines of status and recognition with every claim that bears on them some day."""
        ever = self._belonging.ever
        return self._lines[ever, True], self._lines[ever, False]

    @cached_property
    def change_days(self) -> tuple[int, ...]:
        """Every day on which the answer may differ from the day before, in order."""
        days, ever = set(self._belonging.turns), self._belonging.ever
        for status in (True, False):
            for match in self._matches(ever, status=status):
                days |= self._shared.change_days[match.counted.id]
        return tuple(sorted(day for day in days if BEGIN < day < FOREVER))

    def lines(self, day: date) -> tuple[CellLine, CellLine]:
        """Return the lines of status and recognition as they are on a day."""
        number = day.toordinal()
        return self._line(number, status=True), self._line(number, status=False)

    def outline(self, day: int, view: View) -> Outline:
        """Return the status on a day (an ordinal), in outline."""
        return self._line(day, status=True).outline(day, view)

    def answer(self, day: date, view: View) -> Answer:
        """Return the status on a day."""
        number = day.toordinal()
        return self._line(number, status=True).answer(number, view)

    def recognition(self, day: date, view: View) -> Answer | None:
        """Return the recognition on a day; None where no norm and no declaration speaks of it."""
        number = day.toordinal()
        line = self._line(number, status=False)
        return None if line.is_empty else line.answer(number, view)

    def pending_recognition(self, day: date, view: View) -> tuple[tuple[str, str], ...]:
        """Return the live proposals about recognition with their stages."""
        line = self._line(day.toordinal(), status=False)
        return line.answer(day.toordinal(), view).pending if line.statements else ()


@once_per_facts
def _cells(facts: Facts) -> Memo[Cell, CellClaims]:
    shared = shared_facts_of(facts)
    lines: _Lines = {}
    return Memo(lambda cell: CellClaims(cell, shared, lines), most=_MOST_CELLS)


def claims_on_cell(cell: Cell, facts: Facts) -> CellClaims:
    """Return the claims on a cell, kept with the facts."""
    return _cells(facts)[cell]
