"""Dates of a claim that are probably not what was meant.

None of them is wrong by the rules: a person is asked to look again before signing.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from ledger.domain.claims import Claim
from ledger.domain.edtf_dates import parse
from ledger.domain.validation_messages import FieldProblem

# Fields that tell what has happened, or is about to: a last day may well be years ahead.
_BEGINS: Final = (
    *("made", "published", "uttered_at", "still_valid_on"),
    *("effective_from", "applicable_from", "at", "date_anchor"),
)
_ENDS: Final = ("effective_to", "until")
_OLDEST: Final = 1800  # hardly any law of today is older
_NEVER: Final = 9999
_AHEAD: Final = 365  # days
# Years of other calendars less the year of ours in which most of that year lies.
_CALENDARS: Final = (
    ("Buddhist", 543),
    ("Hebrew", 3760),
    ("Solar Hijri", -621),
    ("Bikram Sambat", 57),
)
_RECENT: Final = 120  # years: a date of another calendar is taken for one of these
_APART: Final = 30  # years from now, or the year is one of ours
_LUNAR: Final = (33, 32, 622)  # 33 Islamic years are 32 of ours, counted from 622


def suspect_dates(claim: Claim, today: date) -> Iterator[FieldProblem]:
    """Yield a question for each date of a claim that is probably another one."""
    for field in (*_BEGINS, *_ENDS):
        text = getattr(claim, field, None)
        if text is None:
            continue
        days = parse(text)
        first, last = days.earliest or days.latest, days.latest or days.earliest
        if first is None or last is None:
            continue
        if field in _ENDS and last.year == _NEVER:
            yield FieldProblem(field, f"{text} stands for no end", f"leave {field} out: open")
        elif first.year < _OLDEST:
            hint = _in_other_calendars(first.year, today)
            yield FieldProblem(field, f"{text} lies before {_OLDEST}", hint)
        elif last.year > today.year + _RECENT or (
            field in _BEGINS and (first - today).days > _AHEAD
        ):
            hint = _in_other_calendars(first.year, today)
            yield FieldProblem(field, f"{text} lies more than a year ahead", hint)


def _in_other_calendars(year: int, today: date) -> str:
    """Return in which years the year lies where another calendar was meant, "" for none."""
    found = [(name, year - more) for name, more in _CALENDARS]
    islamic, ours, start = _LUNAR
    found.append(("Islamic", year * ours // islamic + start))
    if abs(year - today.year) < _APART:
        found = []
    recent = [(n, y) for n, y in found if today.year - _RECENT <= y <= today.year + 1]
    told = ", ".join(f"about {y} of the {n} calendar" for n, y in recent)
    return f"write the year of the Gregorian calendar: {year} is {told}" if told else ""
