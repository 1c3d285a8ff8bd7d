r"""Write a calendar as iCalendar (RFC 5545), to import into a calendar program.

Every event is an all-day VEVENT (section 3.6.1); an imprecise date spans the days it can mean.
``UID`` (3.8.4.7) combines the claim, the kind of event and the ledger, so that importing a later
file moves an event instead of doubling it; ``SEQUENCE`` (3.8.7.4) is the position from which the
version of the claim counts, and so only grows. Lines end in CRLF and are folded at 75 octets (3.1);
text is escaped (3.3.11) after :func:`ledger.text.visible` made it harmless.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date
from typing import Final

from ledger.domain.resolve.calendar_events import CalendarEvent
from ledger.queries.calendar import Calendar
from ledger.text import visible

PRODID: Final = "-//regledger//regledger calendar 1//EN"
_OCTETS: Final = 75
_CELLS_TOLD: Final = 20


def to_ics(calendar: Calendar) -> bytes:
    """Return the occasions as an iCalendar object; DTSTAMP (3.8.7.2) is when it was asked for."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODID}", "CALSCALE:GREGORIAN"]
    stamp = calendar.made_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    for one in calendar.events:
        lines += _event(one, calendar, stamp)
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _event(one: CalendarEvent, calendar: Calendar, stamp: str) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_uid(one, calendar)}"
    yield f"DTSTAMP:{stamp}"
    yield f"DTSTART;VALUE=DATE:{_day(one.day)}"
    if one.latest < date.max:  # the end is the day after the last one (3.6.1)
        yield f"DTEND;VALUE=DATE:{_day(date.fromordinal(one.latest.toordinal() + 1))}"
    if one.source is not None:
        yield f"SEQUENCE:{one.source.counted_seq}"
    yield f"SUMMARY:{_text(_summary(one))}"
    yield f"DESCRIPTION:{_text(_description(one, calendar))}"
    yield f"CATEGORIES:{one.what.replace('_', '-').upper()}"
    yield "TRANSP:TRANSPARENT"  # it blocks no time (3.8.2.7)
    yield "END:VEVENT"


def _uid(one: CalendarEvent, calendar: Calendar) -> str:
    if one.source is not None:
        name = f"{one.source.claim}.{one.what}.{one.number}"
    else:
        moved = " ".join(f"{turn.day} {turn.cell}" for turn in one.status_changes)
        name = f"{one.day.isoformat()}.{hashlib.sha256(moved.encode()).hexdigest()[:16]}"
    return f"{name}@{calendar.ledger}.regledger.invalid"


def _summary(one: CalendarEvent) -> str:
    mark = "~ " if one.uncertain else ""
    if one.source is None:
        return f"{mark}{one.words}: {_places(one)}"
    name = one.source.key or one.source.claim
    what = f"{one.words}: {one.label}" if one.label else one.words
    moot = "" if one.stands else " (overtaken)"
    return f"{mark}{one.source.place}: {name} {what}{moot}"


def _description(one: CalendarEvent, calendar: Calendar) -> str:
    told = []
    if one.source is not None:
        told += [one.source.statement, f"Date as recorded: {one.date}"]
        told.append(f"Entry @{one.source.seq} of {calendar.origin}")
    if not one.stands:
        told.append("Overtaken: the date as written is not what happens.")
    changes = [turn for turn in one.status_changes if turn.changes_status]
    told += [
        f"{turn.day}: {turn.cell}: {turn.before} -> {turn.after}" for turn in changes[:_CELLS_TOLD]
    ]
    if len(changes) > _CELLS_TOLD:
        told.append(f"and more: {len(changes)} cells in all")
    told.append(f"As of {calendar.point.day}, as known at {calendar.point.known}")
    if calendar.simulated:
        told.append("SIMULATED CLOCK: a program set the times of this ledger.")
    return "\n".join(visible(part) for part in told)


def _places(one: CalendarEvent) -> str:
    places = sorted({f"{cell.jurisdiction} {cell.activity}" for cell in one.cells})
    more = f" and {len(places) - 2} more" if len(places) > 2 else ""  # noqa: PLR2004  # a title holds two
    return ", ".join(places[:2]) + more


def _day(day: date) -> str:
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"


def _text(text: str) -> str:
    r"""Return a TEXT value (3.3.11): ``\``, ``;``, ``,`` and line ends are escaped."""
    safe = visible(text, newline=True)
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        safe = safe.replace(plain, escaped)
    return safe


def _folded(line: str) -> bytes:
    """Return a content line in parts of at most 75 octets (3.1), with every character whole."""
    parts: list[bytes] = []
    part = b""
    for character in line:
        octets = character.encode()
        if len(part) + len(octets) > _OCTETS:
            parts.append(part)
            part = b" "
        part += octets
    return b"\r\n".join([*parts, part]) + b"\r\n"
