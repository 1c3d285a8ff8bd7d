"""Read EDTF texts as intervals of calendar days.

A law may commence in ``2024-07`` or on one of ``[2026-03-04..2026-03-07]``. Such a text is kept as
given and read as the days it can mean, both ends inclusive. The forms are those of EDTF
(ISO 8601-2:2019) level 0 to month precision, the level 1 qualifiers ``~ ? %`` at the end, and the
level 2 *one of a range*, ``[a..b]``, ``[..b]``, ``[a..]``. A qualifier says the source is unsure:
it adds no days.
"""

import contextlib
import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from ledger.errors import BadDate

_PLAIN = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_NUMBERS = re.compile(r"(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})", re.ASCII)  # not in ISO form
_YEAR = 4  # digits
_CACHE = 65_536
_BRACKETS = 2


@dataclass(frozen=True, slots=True)
class Days:
    """The days one date text can mean: ``[earliest, latest]``, both inclusive, ``None`` open.

    ``approximate`` is true where the text carries ``~``, ``?`` or ``%``; ``text`` is the text.
    """

    earliest: date | None
    latest: date | None
    approximate: bool
    text: str

    @property
    def precise(self) -> bool:
        """Whether the text means exactly one day."""
        return self.earliest is not None and self.earliest == self.latest


@lru_cache(maxsize=_CACHE)
def parse(text: str) -> Days:
    """Read ``text`` as the days it can mean.

    Raises BadDate for any other form, a day that does not exist, an end before its start, or a span
    ``a/b`` (something that lasted) where an uncertain day is meant.
    """
    if (shape := _NUMBERS.fullmatch(text)) and not _PLAIN.fullmatch(text):
        raise BadDate(text, f"write the year first, YYYY-MM-DD{_readings(*shape.groups())}")
    if "/" in text:
        raise BadDate(text, "a/b is a span of time; for one unknown day in it write [a..b]")
    if text.startswith("[") and text.endswith("]") and len(text) > _BRACKETS:
        return _one_of(text)
    approximate = text.endswith(("~", "?", "%"))
    first, last = _plain(text[:-1] if approximate else text, text)
    return Days(first, last, approximate, text)


def _readings(first: str, second: str, third: str) -> str:
    """Return the days that three numbers may mean, in words; "" where the year is unknown."""
    if len(first) == _YEAR:
        orders = {(first, second, third)}
    elif len(third) == _YEAR:
        orders = {(third, second, first), (third, first, second)}
    else:
        return ""
    days = set()
    for order in orders:
        with contextlib.suppress(ValueError):
            days.add(date(*map(int, order)).isoformat())
    return f": it may mean {' or '.join(sorted(days))}" if days else ""


def _one_of(text: str) -> Days:
    """Read ``[a..b]``, ``[..b]`` or ``[a..]``."""
    left, dots, right = text[1:-1].partition("..")
    if not dots:
        raise BadDate(text, "only a range [a..b] is read between brackets, not a list")
    if not left and not right:
        raise BadDate(text, "a range needs at least one end")
    earliest = _plain(left, text)[0] if left else None
    latest = _plain(right, text)[1] if right else None
    if earliest is not None and latest is not None and latest < earliest:
        raise BadDate(text, "the range ends before it begins")
    return Days(earliest, latest, approximate=False, text=text)


def _plain(part: str, text: str) -> tuple[date, date]:
    """Read ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD`` as its first and last day."""
    match = _PLAIN.fullmatch(part)
    if match is None:
        raise BadDate(text, "expected a year, a month or a day")
    year, month, day = (int(group) if group else None for group in match.groups())
    try:
        first = date(year or 0, month if month is not None else 1, day if day is not None else 1)
    except ValueError as error:
        raise BadDate(text, str(error)) from None
    if day is not None:
        return first, first
    last_month = month if month is not None else 12
    return first, date(first.year, last_month, monthrange(first.year, last_month)[1])


def surely_before(a: Days, b: Days) -> bool:
    """Return whether every day ``a`` can mean lies before every day ``b`` can mean."""
    return a.latest is not None and b.earliest is not None and a.latest < b.earliest
