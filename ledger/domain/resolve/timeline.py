"""How a cell's status moves through time: change days, the next change, the whole strip."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import date

from ledger.domain.resolve.claims_on_cell import claims_on_cell
from ledger.domain.resolve.matching import Cell, Facts, View
from ledger.domain.resolve.scenario import Outline

_FIRST = date.min.toordinal()


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of days with one answer, ``[from_day, to_day]`` inclusive; None is open.

    ``flags`` holds only what colours a strip: ``contested:*`` and ``date_uncertain``.
    """

    from_day: date | None
    to_day: date | None
    status: str
    reason: str | None
    basis_kind: str
    flags: tuple[str, ...]
    possible: tuple[str, ...]


def change_days(cell: Cell, facts: Facts) -> tuple[date, ...]:
    """Every day on which the answer for a cell may differ from the day before, in order.

    These are the starts and the days after the ends of norms and acts that can matter, the days
    norms were made and statements uttered, and the days unions and classes begin or cease; of an
    imprecise date, both extremes.
    """
    return tuple(date.fromordinal(day) for day in claims_on_cell(cell, facts).change_days)


def next_change(cell: Cell, facts: Facts, day: date, view: View = "prudential") -> date | None:
    """The first day after ``day`` on which passing time alone changes status, reason or basis."""
    cell_claims = claims_on_cell(cell, facts)
    days = cell_claims.change_days
    now = _key(cell_claims.outline(day.toordinal(), view))
    for later in days[bisect_right(days, day.toordinal()) :]:
        if _key(cell_claims.outline(later, view)) != now:
            return date.fromordinal(later)
    return None


def since(cell: Cell, facts: Facts, day: date, view: View = "prudential") -> date | None:
    """The first day of the unbroken stretch up to ``day`` in which the status is the same.

    None where the stretch has no first day: it has been so as far back as the record goes.
    """
    cell_claims = claims_on_cell(cell, facts)
    status = cell_claims.outline(day.toordinal(), view).status
    days = cell_claims.change_days[: bisect_right(cell_claims.change_days, day.toordinal())]
    first = day.toordinal()
    for change in reversed(days):
        if cell_claims.outline(change, view).status != status:
            return date.fromordinal(first)
        first = change
    if days and days[0] > _FIRST:
        before = cell_claims.outline(days[0] - 1, view).status
        return date.fromordinal(first) if before != status else None
    return None


def _key(outline: Outline) -> tuple[object, ...]:
    return (outline.status, outline.reason, outline.basis)


def timeline(cell: Cell, facts: Facts, view: View = "prudential") -> tuple[Segment, ...]:
    """The answers for a cell over all days, equal neighbours merged.

    The first segment has no first day and the last no last day; together they hold every day once.
    """
    cell_claims = claims_on_cell(cell, facts)
    days = cell_claims.change_days
    shown = cell_claims.outline(days[0] - 1 if days and days[0] > _FIRST else _FIRST, view)
    segments = [_segment(None, shown)]
    for day in days:
        then = cell_claims.outline(day, view)
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
