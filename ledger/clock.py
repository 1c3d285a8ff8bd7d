"""The only reader of the time, and the one spelling of it (``YYYY-MM-DDTHH:MM:SS.ffffffZ``)."""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from ledger.errors import InputError

_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z", re.ASCII)


class Clock(Protocol):
    """A source of the time: aware, UTC, microseconds."""

    def now(self) -> datetime:
        """Return the time now as an aware UTC datetime."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the system time in UTC."""
        return datetime.now(UTC)


class SimulatedClock:
    """A clock that stands where it was last set; for ledgers that say so when created."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def set(self, moment: datetime) -> None:
        """Move the clock to ``moment`` (aware UTC)."""
        self._now = moment

    def now(self) -> datetime:
        """Return the moment the clock was last set to."""
        return self._now


def stamp(moment: datetime) -> str:
    """Spell an aware datetime in UTC with always six digits (``isoformat`` drops zeros)."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def parse_stamp(text: str) -> datetime:
    """Read the spelling that :func:`stamp` writes, and no other.

    Raises InputError: any other spelling, or a day that does not exist.
    """
    if not _STAMP.fullmatch(text):
        raise InputError(f"{text!r} is not a time of the form 2025-07-08T09:30:00.000000Z")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{text!r} is not a time: {error}") from None


@lru_cache(maxsize=4096)  # entries that were recorded together have one time
def local_day(recorded_at: str, timezone: str) -> date:
    """Return the calendar day of a recorded_at stamp in an IANA time zone.

    Raises InputError for an unknown zone.
    """
    return parse_stamp(recorded_at).astimezone(_zone(timezone)).date()


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InputError(f"{name!r} is not a time zone of the IANA database") from None


def end_of_day(day: date, timezone: str) -> str:
    """Return the last recorded_at stamp that still belongs to ``day`` in a time zone."""
    if day == date.max:  # the calendar ends there
        return stamp(datetime.combine(day, time.max, UTC))
    midnight = datetime.combine(day + timedelta(days=1), time(), _zone(timezone))
    return stamp(midnight.astimezone(UTC) - timedelta(microseconds=1))
