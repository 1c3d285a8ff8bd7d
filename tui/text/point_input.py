"""Times as people type them: days, days from today, positions, stamps.

What is typed becomes what the ledger's verbs take: a day as ``2025-07-08``, a known-at as ``@42``,
a day or a recorded_at stamp, a point as ``D``, ``@K`` or ``D@K``. A stamp may be shortened; like a
day it then means the end of the minute or second that it names.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from ledger import api, points
from ledger.errors import InputError

_FROM_TODAY: Final = re.compile(r"([+-])(\d{1,6})([dwmy])", re.ASCII)
_POSITION: Final = re.compile(r"@?(\d+|head|none)", re.ASCII)
_STAMP: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?Z?", re.ASCII
)
_NAMES: Final = {"today": 0, "yesterday": -1, "tomorrow": 1}
_WANTED: Final = "write 2025-07-08, or from today -30d, -2w, -6m, +1y"
_KNOWN_WANTED: Final = "write @42, 2025-07-08, 2025-07-08 09:30, or from today -30d"
_MONTHS: Final = 12


def read_day(text: str, today: date) -> str | None:
    """Return the day that a text names; None for none.

    Raises InputError: a text that names no day.
    """
    text = text.strip().lower()
    if not text:
        return None
    if text in _NAMES:
        return _shifted(today, _NAMES[text], "d").isoformat()
    if match := _FROM_TODAY.fullmatch(text):
        return _shifted(today, int(f"{match[1]}{match[2]}"), match[3]).isoformat()
    try:
        return points.parse_day(text).isoformat()
    except InputError as error:
        raise InputError(error.message, hint=_WANTED) from None


def read_known(text: str, today: date) -> str | None:
    """Return the entry (``@42``; the @ may be left out), day or stamp a text names; None for none.

    Raises InputError: a text that names none of them.
    """
    text = text.strip()
    if not text:
        return None
    if match := _POSITION.fullmatch(text.lower()):
        return points.format_known(points.parse_known(f"@{match[1]}"))
    if match := _STAMP.fullmatch(text.upper()):
        day, minute, second, fraction = match.groups()
        read_day(day, today)
        if not _is_time(minute, second):
            raise InputError(f"{text!r} is not a time of the day", hint=_KNOWN_WANTED)
        whole = f"{fraction:0<6}" if fraction else "999999"
        return f"{day}T{minute}:{second or '59'}.{whole}Z"
    try:
        return read_day(text, today)
    except InputError as error:
        raise InputError(error.message, hint=_KNOWN_WANTED) from None


def read_point(text: str, today: date) -> str:
    """Return the point a text names, as the ledger's verbs read it; empty for none.

    Raises InputError: a part that cannot be read.
    """
    day, at, known = text.strip().partition("@")
    when = read_day(day, today) or ""
    if not at:
        return when
    if not known.strip():
        raise InputError("after @ comes what was known: a position, a day or a time")
    return points.join_point(when, read_known(known, today))


def describe(point: api.Point, *, today: date, size: int) -> str:
    """Say in a sentence what a point means; ``size`` is how long the log is now."""
    law = "the law of today" if point.day == today else f"the law of {point.day.isoformat()}"
    if point.size == 0:
        return f"{law}, as known before anything was recorded"
    until = f"{point.recorded_until[:10]} {point.recorded_until[11:16]} UTC"
    if point.size == size:
        meaning = f"{law}, as known now (the last entry is {point.known}, {until})"
    else:
        meaning = f"{law}, as known at {point.known} ({until})"
    return ". ".join((meaning, *point.notes))


@dataclass(frozen=True, slots=True)
class Preset:
    """A choice for a quick choice: what it is called and what it fills in."""

    words: str
    as_of: str
    known_at: str


def presets(today: date) -> tuple[Preset, ...]:
    """Return the choices for a day: known today, and known at the time."""
    days = (
        ("yesterday", _shifted(today, -1, "d")),
        ("a month ago", _shifted(today, -1, "m")),
        ("a year ago", _shifted(today, -1, "y")),
        ("end of last year", date(max(1, today.year - 1), 12, 31)),
    )
    made = [Preset("now", "", "")]
    for words, day in days:
        text = day.isoformat()
        made.append(Preset(f"{words}, as known today", text, ""))
        made.append(Preset(f"{words}, as known then", text, text))
    return tuple(made)


def _shifted(day: date, by: int, unit: str) -> date:
    try:
        if unit in "dw":
            return day + timedelta(days=by * (7 if unit == "w" else 1))
        months = day.year * _MONTHS + day.month - 1 + by * (_MONTHS if unit == "y" else 1)
        year, month = divmod(months, _MONTHS)
        return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    except (ValueError, OverflowError):
        raise InputError(f"{by:+}{unit} from {day} is beyond the calendar") from None


def _is_time(minute: str, second: str | None) -> bool:
    parts = [int(part) for part in (*minute.split(":"), second or "0")]
    return all(value < limit for value, limit in zip(parts, (24, 60, 60), strict=True))
