"""A cell's status through time: the days it may change, the next change, all segments."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import date

from ledger.domain.resolve.claims_on_cell import claims_on_cell
from ledger.domain.resolve.facts import Cell, Facts
from ledger.domain.resolve.scenario import Outline
from ledger.domain.resolve.status_values import View

_FIRST = date.min.toordinal()


@dataclass(frozen=True, slots=True)
class Segment:
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


def change_days(cell: Cell, facts: Facts) -> tuple[date, ...]:
    """Return every day on which the answer for a cell may differ from the day before, in order."""
    return tuple(date.fromordinal(day) for day in claims_on_cell(cell, facts).change_days)


def next_change(cell: Cell, facts: Facts, day: date, view: View = "prudential") -> date | None:
    """Return the first later day on which time alone changes status, reason or basis."""
    claims = claims_on_cell(cell, facts)
    days = claims.change_days
    now = _key(claims.outline(day.toordinal(), view))
    for later in days[bisect_right(days, day.toordinal()) :]:
        if _key(claims.outline(later, view)) != now:
            return date.fromordinal(later)
    return None


def since(cell: Cell, facts: Facts, day: date, view: View = "prudential") -> date | None:
    """Return the first day of the stretch up to ``day`` with its status; None where it is open."""
    claims = claims_on_cell(cell, facts)
    status = claims.outline(day.toordinal(), view).status
    days = claims.change_days[: bisect_right(claims.change_days, day.toordinal())]
    first = day.toordinal()
    for change in reversed(days):
        if claims.outline(change, view).status != status:
            return date.fromordinal(first)
        first = change
    if days and days[0] > _FIRST:
        before = claims.outline(days[0] - 1, view).status
        return date.fromordinal(first) if before != status else None
    return None


def _key(outline: Outline) -> tuple[object, ...]:
    return (outline.status, outline.reason, outline.basis)


def timeline(cell: Cell, facts: Facts, view: View = "prudential") -> tuple[Segment, ...]:
    """Return the answers for a cell over all days, equal neighbours merged; both ends are open."""
    claims = claims_on_cell(cell, facts)
    days = claims.change_days
    shown = claims.outline(days[0] - 1 if days and days[0] > _FIRST else _FIRST, view)
    segments = [_segment(None, shown)]
    for day in days:
        then = claims.outline(day, view)
        if _look(then) != _look(shown):
            shown = then
            first = date.fromordinal(day)
            segments[-1] = replace(segments[-1], to_day=date.fromordinal(day - 1))
            segments.append(_segment(first, then))
    return tuple(segments)


def _segment(first: date | None, found: Outline) -> Segment:
    flags = tuple(sorted(found.flags))
    return Segment(first, None, found.status, found.reason, found.basis_kind, flags, found.possible)


def _look(found: Outline) -> tuple[object, ...]:
    return (found.status, found.reason, found.basis_kind, found.flags, found.possible)
