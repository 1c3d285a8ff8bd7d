"""Points on the two time axes: how they are read, written and turned into a length of the log.

*Effective* time D is a day, ``2025-07-08``: the law of that day. *Record* time K is a state of the
ledger:

- ``@42``: up to and including entry 42; ``@head``: up to the last entry;
- ``2025-07-08``: everything recorded to the end of that day in the ledger's time zone;
- ``2025-07-08T09:30:00.000000Z``: everything recorded by then;
- ``@none``: nothing, as on a day before the first entry.

A *point* is ``D`` (as known at the head), ``@K`` (today) or ``D@K``; a K that starts with ``@``
brings its own, so ``2025-07-08@42`` has one. Each has one spelling: numbers are
``0|[1-9][0-9]*`` with at most 18 digits, days and times are whole. Entries are counted from 0, so
``@42`` is a prefix of 43 entries: only :func:`size_at` and :func:`last_entry` convert.

>>> str_of(*parse("2025-07-08@42"))
'2025-07-08@42'
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal

from ledger.clock import parse_stamp, stamp
from ledger.errors import InputError

HEAD: Final = "@head"
NONE: Final = "@none"
Known = int | Literal["@head", "@none"] | date | datetime  # an int is an entry, included

_SEQ: Final = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)  # 18 digits: what a database counts to
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_HINT: Final = "write @42 (up to entry 42), @head, 2025-07-08 or 2025-07-08T09:30:00.000000Z"


@dataclass(frozen=True, slots=True)
class Point:
    """A point of one ledger: the law of ``day``, as known from the first ``size`` entries."""

    day: date
    size: int
    recorded_until: str  # recorded_at of the last entry of the prefix; empty where there is none
    notes: tuple[str, ...] = field(default=(), compare=False)  # what to know about the answer

    @property
    def known_at(self) -> int | None:
        """The last entry known; None at ``@none``."""
        return last_entry(self.size)

    @property
    def known(self) -> str:
        """The record time as ``--known-at`` takes it: ``@42``, or ``@none``."""
        return format_size(self.size)

    def to_value(self) -> dict[str, object]:
        """Return the members by which every answer says how it was asked."""
        return {"point": str(self), "known_until": self.recorded_until, "notes": list(self.notes)}

    def __str__(self) -> str:
        """Return the point as it is typed: ``2025-07-08@42``."""
        return f"{self.day.isoformat()}{self.known}"


def size_at(seq: int) -> int:
    """Return how many entries are known at ``@seq``, which is one of them."""
    return seq + 1


def last_entry(size: int) -> int | None:
    """Return the last of the first ``size`` entries; None where there are none."""
    return size - 1 if size else None


def format_size(size: int) -> str:
    """Write the record time of a prefix of ``size`` entries: ``@42``, or ``@none``."""
    last = last_entry(size)
    return NONE if last is None else f"@{last}"


def is_day(text: str) -> bool:
    """Return whether a text has the form of a day; it need not be in the calendar."""
    return _DAY.fullmatch(text) is not None


def parse_day(value: date | str) -> date:
    """Return the day that a value is or spells.

    Raises InputError for any other text.
    """
    if isinstance(value, date):
        return value
    if not is_day(value):
        raise InputError(f"{value!r} is not a day", hint="write it as 2025-07-08")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise InputError(f"{value!r} is not a day: {error}") from None


def parse_entry(text: str) -> int | Literal["@head"] | None:
    """Return the entry that ``@42``, ``42`` or ``@head`` names; None for a text of another form."""
    if text == HEAD:
        return HEAD
    number = text.removeprefix("@")
    return int(number) if _SEQ.fullmatch(number) else None


def parse_known(value: int | str | date) -> Known:
    """Return the K that a value is (an int is an entry) or spells.

    Raises InputError for any other text, a negative number, or a time without a zone.
    """
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise InputError(f"{value} has no time zone", hint="give an aware datetime")
        return value
    if isinstance(value, date):
        return value
    text = f"@{value}" if isinstance(value, int) else value
    if text == NONE:
        return NONE
    found = parse_entry(text) if text.startswith("@") else None
    if found is not None:
        return found
    if is_day(text):
        return parse_day(text)
    try:
        return parse_stamp(text)
    except InputError:
        hint = f"write @{text} for entry {text}" if _SEQ.fullmatch(text) else _HINT
        raise InputError(f"{text!r} does not say what was known", hint=hint) from None


def parse_point(text: str) -> tuple[date | None, Known | None]:
    """Read ``D``, ``@K`` or ``D@K`` as (D, K); a part left out is None.

    Raises InputError for any other text.
    """
    day, at, known = text.partition("@")
    return (
        parse_day(day) if day else None,
        parse_known(known if is_day(known[:10]) else f"@{known}") if at else None,
    )


def format_known(known: Known) -> str:
    """Write a K as :func:`parse_known` reads it."""
    if isinstance(known, datetime):
        return stamp(known)
    if isinstance(known, date):
        return known.isoformat()
    return f"@{known}" if isinstance(known, int) else known


def join_point(as_of: str | None, known_at: str | None) -> str:
    """Write the point of an ``--as-of`` and a ``--known-at``, each as typed or left out."""
    known = "" if known_at is None else f"@{known_at.removeprefix('@')}"
    return f"{as_of or ''}{known}"


def note_far_day(day: date, today: date) -> tuple[str, ...]:
    """Return a note if a day is more than a year from today, which may be a typing error."""
    here = (today.year, today.month, today.day)
    if (day.year - 1, day.month, day.day) > here:
        return (f"{day} is more than a year after today, {today}",)
    if (day.year + 1, day.month, day.day) < here:
        return (f"{day} is more than a year before today, {today}",)
    return ()


def note_ahead(known: Known | None, size: int, *, now: datetime, today: date) -> tuple[str, ...]:
    """Return a note if a K lies ahead of the log; ``size`` is that of the prefix that answers."""
    if isinstance(known, int):
        what = f"the head, {format_size(size)}" if size_at(known) > size else ""
    elif isinstance(known, datetime):
        what = f"now, {stamp(now)}" if known > now else ""
    else:
        what = f"today, {today}" if isinstance(known, date) and known > today else ""
    if known is None or not what:
        return ()
    words = f"{format_known(known)} is ahead of {what}: answered as known at {format_size(size)}"
    return (words,)
