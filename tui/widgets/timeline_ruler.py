"""How days become columns of a terminal: scale, ticks, and captions that do not collide."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple, Self

from ledger.text import width

_YEAR: Final = 365.2425  # days, of the Gregorian calendar on average
_MONTH: Final = _YEAR / 12
_STEPS: Final = (1, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000)  # months between ticks
_GAP: Final = 2  # blanks between labels
_FIRST: Final = date.min.toordinal()
_LAST: Final = date.max.toordinal()


class Level(NamedTuple):
    """A zoom level: a name, and the days of one column (0: so that everything fits)."""

    name: str
    days: float


LEVELS: Final = (
    Level("whole record", 0.0),
    Level("years", _MONTH),
    Level("quarters", _YEAR / 48),
    Level("months", _YEAR / 192),
)


@dataclass(frozen=True, slots=True)
class Ruler:
    """A stretch of days on some columns; day numbers are proleptic Gregorian ordinals."""

    start: float  # day number at the left edge
    days: float  # of one column
    cells: int

    @classmethod
    def of(cls, marked: Sequence[int], centre: int, level: int, cells: int) -> Self:
        """Return the ruler of a level: everything marked with a margin, or around a centre."""
        days = LEVELS[level].days
        if days:
            return cls(centre - days * cells / 2, days, cells)
        low, high = min(marked, default=centre), max(marked, default=centre)
        span = max(high - low, _YEAR)
        margin = span * 0.12
        middle = (low + high) / 2
        return cls(middle - span / 2 - margin, (span + 2 * margin) / cells, cells)

    @property
    def stop(self) -> float:
        """Return day number at the right edge."""
        return self.start + self.days * self.cells

    def span(self, column: int) -> tuple[int, int]:
        """Return the first and the last day of a column; at least one day."""
        low = int(self.start + column * self.days)
        return low, max(low, int(self.start + (column + 1) * self.days) - 1)

    def column(self, day: date) -> int:
        """Return the column of a day, which may lie outside."""
        return int((day.toordinal() - self.start) // self.days)

    def ticks(self) -> Iterator[tuple[int, str]]:
        """Yield (column, label) of months or years, so far apart that the labels fit."""
        step = next((s for s in _STEPS if self._fits(s)), _STEPS[-1])
        first, last = (
            date.fromordinal(max(_FIRST, min(int(d), _LAST))) for d in (self.start, self.stop)
        )
        month = -(-(first.year * 12 + first.month - 1) // step) * step
        while month <= last.year * 12 + last.month - 1:
            year, number = divmod(month, 12)
            month += step
            if not date.min.year <= year <= date.max.year:
                continue
            column = self.column(date(year, number + 1, 1))
            if 0 <= column < self.cells:
                yield column, f"{year:04}" if step >= 12 else f"{year:04}-{number + 1:02}"  # noqa: PLR2004  # months

    def _fits(self, step: int) -> bool:
        label = 4 if step >= 12 else 7  # noqa: PLR2004  # months; YYYY and YYYY-MM
        return step * _MONTH / self.days >= label + _GAP

    def captions(self, marks: Sequence[tuple[date, str, str]]) -> str:
        """Return one line with (day, sign, words); words give way, signs move aside.

        A day outside is shown at the edge with an arrow.
        """
        line = [" "] * self.cells
        placed = []
        for day, sign, words in marks:
            column = self.column(day)
            if column < 0:
                column, sign = 0, "◂"  # noqa: PLW2901  # it points to where the day lies
            elif column >= self.cells:
                column, sign = self.cells - 1, "▸"  # noqa: PLW2901  # the same
            column = _nearest(column, line)
            line[column] = sign
            placed.append((column, sign, words))
        for column, _, words in placed:
            size = width(words)
            for start in (column + 2, column - size - 1):
                around = {c for c in range(start - 1, start + size + 1) if 0 <= c < self.cells}
                free = all(line[c] == " " for c in around - {column})
                if start >= 0 and start + size <= self.cells and free:
                    line[start : start + size] = words
                    break
        return "".join(line)


def _nearest(column: int, line: Sequence[str]) -> int:
    """Return the free column nearest to one, rather on its right; itself where none is free."""
    free = [c for c, sign in enumerate(line) if sign == " "]
    return min(free, key=lambda c: (abs(c - column), -c), default=column)
