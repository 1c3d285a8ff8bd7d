"""A cell's status through time: the days it may change, the next change, all segments.

A timeline is one sweep over the stretches of days in which nothing changes that the answer depends
on. Cells with the same lines on the same days share it.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from ledger.domain.resolve.cell_line import Stretch
from ledger.domain.resolve.claims_on_cell import Spans, claims_on_cell
from ledger.domain.resolve.facts import Cell, Facts, once_per_facts
from ledger.domain.resolve.intervals import FIRST, FOREVER
from ledger.domain.resolve.scenario import Outline
from ledger.domain.resolve.status_values import View
from ledger.memo import Memo

_MOST = 512  # timelines kept: more than a jurisdiction has


class Segment(NamedTuple):
    """A stretch of days with one answer, from ``from_day`` to ``to_day`` inclusive; None is open.

    ``flags`` holds only ``contested:*`` and ``date_uncertain``.
    """

    from_day: date | None
    to_day: date | None
    status: str
    reason: str | None
    basis_kind: str
    flags: tuple[str, ...]
    possible: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Timelines:
    """The timelines of a cell in both views. Equal by identity: cells alike have the same one."""

    prudential: tuple[Segment, ...]
    normative: tuple[Segment, ...]

    def of(self, view: View) -> tuple[Segment, ...]:
        """Return that of a view."""
        return self.prudential if view == "prudential" else self.normative


def change_days(cell: Cell, facts: Facts) -> tuple[date, ...]:
    """Return every day on which the answer for a cell may differ from the day before, in order."""
    return tuple(date.fromordinal(day) for day in claims_on_cell(cell, facts).change_days)


def next_change(cell: Cell, facts: Facts, day: date, view: View = "prudential") -> date | None:
    """Return the first later day on which time alone changes status, reason or basis."""
    claims, number = claims_on_cell(cell, facts), day.toordinal()
    days = claims.first_days
    at = bisect_right(days, number)
    if at == len(days):
        return None
    now = _key(claims.outline(number, view))
    later = (one for one in days[at:] if _key(claims.outline(one, view)) != now)
    return next(map(date.fromordinal, later), None)


def since(cell: Cell, facts: Facts, day: date, view: View = "prudential") -> date | None:
    """Return the first day of the stretch up to ``day`` with its status; None where it is open."""
    claims, number = claims_on_cell(cell, facts), day.toordinal()
    days = claims.first_days
    now, first = claims.outline(number, view).status, FIRST
    for one in reversed(days[: bisect_right(days, number)]):
        if claims.outline(one, view).status != now:
            return date.fromordinal(first)
        first = one
    return None


def timeline(cell: Cell, facts: Facts, view: View = "prudential") -> tuple[Segment, ...]:
    """Return the answers for a cell over all days, equal neighbours merged; both ends are open."""
    return timelines(cell, facts).of(view)


def timeline_by_basis(
    cell: Cell, facts: Facts, view: View = "prudential"
) -> tuple[tuple[Segment, tuple[str, ...]], ...]:
    """Return the segments of a timeline with their bases: another basis begins another segment."""
    stretches = [*_stretches(claims_on_cell(cell, facts).spans())]
    bases = [found.basis for _, found in _runs(stretches, view, _full)]
    return tuple(zip(_segments(stretches, view, _full), bases, strict=True))


def timelines(cell: Cell, facts: Facts) -> Timelines:
    """Return the timelines of a cell in both views."""
    return _timelines(facts)[claims_on_cell(cell, facts).spans()]


@once_per_facts
def _timelines(facts: Facts) -> Memo[Spans, Timelines]:
    del facts  # all that matters of them is in the lines
    return Memo(_swept, most=_MOST)


def _swept(spans: Spans) -> Timelines:
    stretches = [*_stretches(spans)]
    normative = _segments(stretches, "normative")
    if all(outlines.prudential is outlines.normative for _, outlines in stretches):
        return Timelines(normative, normative)
    return Timelines(_segments(stretches, "prudential"), normative)


def _stretches(spans: Spans) -> Iterable[Stretch]:
    """Return the answers over the whole calendar, of each line on the days of its span."""
    return _clipped(spans) if len(spans) > 1 else spans[0][1].stretches


def _clipped(spans: Spans) -> Iterator[Stretch]:
    stops = [*(start for start, _ in spans[1:]), FOREVER]
    for (start, line), stop in zip(spans, stops, strict=True):
        ends = [*(first for first, _ in line.stretches[1:]), FOREVER]
        for (first, outlines), end in zip(line.stretches, ends, strict=True):
            if first < stop and start < end:
                yield max(first, start), outlines


def _runs(
    stretches: Iterable[Stretch], view: View, key: Callable[[Outline], object]
) -> Iterator[tuple[int, Outline]]:
    """Yield the first day and the first answer of each run of answers with an equal key."""
    shown: object = _runs  # equal to no key
    for first, outlines in stretches:
        outline = outlines.of(view)
        if (then := key(outline)) != shown:
            shown = then
            yield first, outline


def _key(found: Outline) -> tuple[object, ...]:
    return found.status, found.reason, found.basis


def _look(found: Outline) -> tuple[object, ...]:
    return found.status, found.reason, found.basis_kind, found.flags, found.possible


def _full(found: Outline) -> tuple[object, ...]:
    return *_look(found), found.basis


def _segments(
    stretches: Iterable[Stretch], view: View, key: Callable[[Outline], object] = _look
) -> tuple[Segment, ...]:
    runs = [*_runs(stretches, view, key)]
    firsts = [None, *(date.fromordinal(first) for first, _ in runs[1:])]
    lasts = [*(date.fromordinal(first - 1) for first, _ in runs[1:]), None]
    return tuple(
        Segment(
            first,
            last,
            found.status,
            found.reason,
            found.basis_kind,
            tuple(sorted(found.flags)),
            found.possible,
        )
        for first, last, (_, found) in zip(firsts, lasts, runs, strict=True)
    )
