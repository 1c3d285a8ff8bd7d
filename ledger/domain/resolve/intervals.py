"""Days as numbers, intervals of them, and one choice of day for every imprecise date.

Days are ordinals (:meth:`datetime.date.toordinal`), so that an open beginning (``BEGIN``) and an
open end (``FOREVER``) are numbers like any other. Intervals are inclusive at both ends, sorted and
disjoint.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from ledger.domain.claim_parts import INSTRUMENT_PREFIX
from ledger.domain.edtf_dates import Days
from ledger.domain.state_records import CountedClaim

BEGIN = 0
FIRST = date.min.toordinal()
FOREVER = date.max.toordinal() + 1
Intervals = tuple[tuple[int, int], ...]
_Bit = TypeVar("_Bit", bound=int)
ALWAYS: Intervals = ((BEGIN, FOREVER),)
UNKNOWN = Days(None, None, approximate=False, text="")


def lowest(days: Days) -> int:
    """Return the first day a date text can mean."""
    return days.earliest.toordinal() if days.earliest else BEGIN


def highest(days: Days) -> int:
    """Return the last day a date text can mean."""
    return days.latest.toordinal() if days.latest else FOREVER


def moves_with(counted: CountedClaim) -> str:
    """Return what the imprecise dates of a claim move with: its instrument, else the claim."""
    instrument = getattr(counted.claim, "instrument", None)
    return f"{INSTRUMENT_PREFIX}{instrument.id}" if instrument is not None else counted.id


@dataclass(frozen=True, slots=True)
class DateChoice:
    """One reading of every imprecise date: as its earliest day, or as its latest.

    ``late`` names the (instrument or claim, text) pairs read as their latest day; ``others`` says
    whether all the rest are.
    """

    late: frozenset[tuple[str, str]] = frozenset()
    others: bool = False

    def day(self, days: Days, owner: str) -> int:
        """Return the day that ``days``, a text of ``owner``, means under this choice."""
        if days.precise:
            return lowest(days)
        late = self.others or (owner, days.text) in self.late
        return highest(days) if late else lowest(days)


PRECISE = DateChoice()


def merged(intervals: Iterable[tuple[int, int]]) -> Intervals:
    """Sort intervals, drop empty ones and join those that touch."""
    out: list[tuple[int, int]] = []
    for first, last in sorted(intervals):
        if last < first:
            continue
        if out and first <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], last))
        else:
            out.append((first, last))
    return tuple(out)


def common(a: Intervals, b: Intervals) -> Intervals:
    """Return the days in both."""
    return merged(
        (max(a_first, b_first), min(a_last, b_last))
        for a_first, a_last in a
        for b_first, b_last in b
    )


def without(intervals: Intervals, holes: Iterable[tuple[int, int]]) -> Intervals:
    """Return the days of ``intervals`` that are in none of ``holes``."""
    left = list(intervals)
    for hole_first, hole_last in holes:
        if hole_last < hole_first:
            continue
        cut = []
        for first, last in left:
            cut.append((first, min(last, hole_first - 1)))
            cut.append((max(first, hole_last + 1), last))
        left = [interval for interval in cut if interval[0] <= interval[1]]
    return merged(left)


def holds(intervals: Intervals, day: int) -> bool:
    """Return whether the day is in one of the intervals."""
    return any(first <= day <= last for first, last in intervals)


def turns(intervals: Iterable[tuple[int, int]], bit: _Bit) -> Iterator[tuple[int, _Bit]]:
    """Yield (day, bit) for the first day of each interval and for the day after its last."""
    for first, last in intervals:
        if first <= last:
            yield first, bit
            yield last + 1, bit


class Steps:
    """Which of several things hold on a day: a bit for each, one mask for each stretch of days.

    >>> steps = Steps([*turns([(3, 9)], 1), *turns([(5, 6)], 2)])
    >>> [steps.at(day) for day in (2, 3, 5, 7, 10)]
    [0, 1, 3, 1, 0]
    >>> list(steps.stretches())
    [(1, 0), (3, 1), (5, 3), (7, 1), (10, 0)]
    """

    __slots__ = ("_days", "_masks")

    def __init__(self, turned: Iterable[tuple[int, int]]) -> None:
        """Take (day, bit): what did not hold before the day holds from then on, or the reverse."""
        flips: dict[int, int] = {}
        for day, bit in turned:
            flips[day] = flips.get(day, 0) ^ bit
        self._days = sorted(flips)
        mask = 0
        self._masks = [mask]
        for day in self._days:
            mask ^= flips[day]
            self._masks.append(mask)

    def at(self, day: int) -> int:
        """Return the bits of what holds on a day."""
        return self._masks[bisect_right(self._days, day)]

    def first_days(self) -> list[int]:
        """Return the first day of each stretch of the calendar."""
        return [FIRST, *(day for day in self._days if FIRST < day < FOREVER)]

    def stretches(self) -> Iterator[tuple[int, int]]:
        """Yield the first day of each stretch of the calendar and the bits of what holds in it."""
        yield FIRST, self.at(FIRST)
        for day, mask in zip(self._days, self._masks[1:], strict=True):
            if FIRST < day < FOREVER:
                yield day, mask
