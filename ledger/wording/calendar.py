"""Events of the calendar: the words that a day and a list of days share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ledger.domain.resolve.calendar_events import CalendarEvent

OVERTAKEN: Final = "Overtaken: an act moved or ended it, so this is not what happens."
TO_BE_CHECKED: Final = "To be checked again"


def date_recorded(event: CalendarEvent) -> str:
    """Return the date as its claim gives it, where the day of the event does not say it."""
    if event.what == "goes_stale":
        return f"(last confirmed {event.date})"
    if event.what in {"lapses", "suspension_ends"}:
        return f"(last day {event.date})"
    return f"(recorded as {event.date})" if event.uncertain else ""
