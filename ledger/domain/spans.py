"""Days as numbers, spans of them, and one choice of day for every imprecise date.

Days are ordinals (:meth:`datetime.date.toordinal`), so that an open beginning (``BEGIN``) and an
open end (``FOREVER``) are numbers like any other. Spans are inclusive at both ends, sorted and
disjoint.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ledger.domain.dates import Days
from ledger.domain.records import CountedClaim

BEGIN = 0
FOREVER = date.max.toordinal() + 1
Spans = tuple[tuple[int, int], ...]
ALWAYS: Spans = ((BEGIN, FOREVER),)
UNKNOWN = Days(None, None, approximate=False, text="")


def ordinal(day: date) -> int:
    """The number of a day."""
    return day.toordinal()


def lowest(days: Days) -> int:
    """The first day a text can mean."""
    return days.earliest.toordinal() if days.earliest else BEGIN


def highest(days: Days) -> int:
    """The last day a text can mean."""
    return days.latest.toordinal() if days.latest else FOREVER


def moves_with(counted: CountedClaim) -> str:
    """What the imprecise dates of a claim move with: its instrument, else the claim itself."""
    instrument = getattr(counted.claim, "instrument", None)
    return f"instrument:{instrument.id}" if instrument is not None else counted.id


@dataclass(frozen=True, slots=True)
class Run:
    """One choice for every imprecise date: its earliest day, or its latest.

    ``late`` names the (instrument or claim, text) pairs read as their latest day; ``others`` says
    whether all the rest are.
    """

    late: frozenset[tuple[str, str]] = frozenset()
    others: bool = False

    def day(self, days: Days, owner: str) -> int:
        """The day that ``days``, a text of ``owner``, means in this run."""
        if days.precise:
            return lowest(days)
        late = self.others or (owner, days.text) in self.late
        return highest(days) if late else lowest(days)


PRECISE = Run()


def merged(spans: Iterable[tuple[int, int]]) -> Spans:
    """Sort spans, drop empty ones and join those that touch."""
    out: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if last < first:
            continue
        if out and first <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], last))
        else:
            out.append((first, last))
    return tuple(out)


def common(a: Spans, b: Spans) -> Spans:
    """The days in both."""
    return merged(
        (max(a_first, b_first), min(a_last, b_last))
        for a_first, a_last in a
        for b_first, b_last in b
    )


def without(spans: Spans, holes: Iterable[tuple[int, int]]) -> Spans:
    """The days of ``spans`` that are in none of ``holes``."""
    left = list(spans)
    for hole_first, hole_last in holes:
        if hole_last < hole_first:
            continue
        cut = []
        for first, last in left:
            cut.append((first, min(last, hole_first - 1)))
            cut.append((max(first, hole_last + 1), last))
        left = [span for span in cut if span[0] <= span[1]]
    return merged(left)


def holds(spans: Spans, day: int) -> bool:
    """Whether the day is in one of the spans."""
    return any(first <= day <= last for first, last in spans)
