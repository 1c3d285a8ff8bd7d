"""The calendar: the days to watch in a period, seen from one point, for a scope of cells."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from ledger.domain.resolve.calendar import calendar_contents
from ledger.domain.resolve.calendar_events import (
    CalendarContents,
    CalendarEvent,
    EventSource,
    StaleClaim,
    Window,
)
from ledger.domain.resolve.cells_spoken_of import cells_of
from ledger.domain.resolve.facts import Cell, Facts
from ledger.domain.resolve.status_values import View
from ledger.errors import InputError
from ledger.json_values import json_value
from ledger.points import Point
from ledger.queries.calendar_scope import CalendarScope

AHEAD: Final = 365  # days looked ahead where no end is given


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days to watch, seen from a point. Days are inclusive; ``stale_after`` is in days."""

    point: Point
    window: Window
    events: tuple[CalendarEvent, ...]  # the days to watch, in order
    stale: tuple[StaleClaim, ...]  # an answer of the day rests on these; not checked lately
    origin: str
    ledger: str  # hex id
    made_at: datetime  # aware, when it was asked for
    simulated: bool = False

    def to_value(self) -> dict[str, Any]:
        """Return JSON values."""
        return {
            "schema": "regledger/calendar/v1",
            **self.point.to_value(),
            "view": self.window.view,
            "from": self.window.first.isoformat(),
            "to": self.window.last.isoformat(),
            "stale_after": self.window.stale_after,
            "simulated": self.simulated,
            "occasions": json_value(self.events),
            "stale": json_value(self.stale),
        }


def calendar_window(
    today: date, first: date | None, last: date | None, *, view: View, stale_after: int
) -> Window:
    """Return the days asked for: by default from ``today`` on, and a year from the first day.

    Raises InputError for an end before its beginning, or a number of days that is none.
    """
    begin = first or today
    end = last or date.fromordinal(min(begin.toordinal() + AHEAD, date.max.toordinal()))
    if end < begin:
        raise InputError(f"the calendar ends on {end}, before it begins on {begin}")
    if stale_after < 1:
        raise InputError(f"{stale_after} days after it was confirmed nothing can go stale yet")
    return Window(today, begin, end, view, stale_after)


def calendar(facts: Facts, asked: Window, wanted: CalendarScope) -> CalendarContents:
    """Return the calendar of the cells inside, without what touches none of them."""
    cells = [
        cell
        for cell in cells_of(facts)
        if wanted.place(cell.jurisdiction, cell.activity) and wanted.addressed((cell.actor,))
    ]
    found = calendar_contents(cells, facts, asked)
    return CalendarContents(
        tuple(one for one in found.events if _inside(one.source, one.cells, wanted)),
        tuple(one for one in found.stale if _inside(one.source, one.cells, wanted)),
    )


def _inside(source: EventSource | None, cells: tuple[Cell, ...], wanted: CalendarScope) -> bool:
    if source is None:
        return bool(cells)
    own = wanted.place(source.jurisdiction, source.activity)
    return (bool(cells) or own) and wanted.addressed(source.actors)
