"""Points on both time axes: one spelling each, and one place that turns entries into sizes."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import points
from ledger.errors import InputError

DAYS = st.dates()
KNOWN = (
    st.integers(0, 10**18 - 1)
    | st.sampled_from([points.HEAD, points.NONE])
    | DAYS
    | st.datetimes(timezones=st.just(UTC), min_value=datetime(1000, 1, 1))  # noqa: DTZ001
)


def _format(day: date | None, known: points.Known | None) -> str:
    as_of = None if day is None else day.isoformat()
    return points.join_point(as_of, None if known is None else points.format_known(known))


@given(st.none() | DAYS, st.none() | KNOWN)
def test_what_is_written_is_read_back(day: date | None, known: points.Known | None) -> None:
    """Every point has a text, and the text names that point."""
    assert points.parse_point(_format(day, known)) == (day, known)
    if known is not None:
        assert points.parse_known(points.format_known(known)) == known


@given(
    st.text("0123456789@-+ TZ:.headno", max_size=24)
    | st.from_regex(r"(\d{4}-\d\d-\d\d)?(@\d{1,20})?", fullmatch=True)
)
def test_what_is_read_is_written_as_it_was(text: str) -> None:
    """There is no second spelling: what is accepted is exactly what is written."""
    try:
        found = points.parse_point(text)
    except InputError:
        return
    assert _format(*found) == text


@pytest.mark.parametrize(
    "text",
    [
        *("@", "@042", "@-1", "@+1", "@4_2", "@٤٢", "@ 42", "@42 ", "@42\n", "@@42", "42", "head"),
        *("@HEAD", "@" + "9" * 19, "2025-7-8", "2025-02-30", "2025-07-08@", "2025-07-08@today"),
        "@2025-07-08T09",
    ],
)
def test_other_spellings_are_refused(text: str) -> None:
    """Leading zeros, signs, blanks, foreign digits, what is too long, what is not there."""
    with pytest.raises(InputError):
        points.parse_point(text)


def test_a_number_without_its_sign_is_told_how_to_write_it() -> None:
    """42 may have been meant as a size, as @42 never is."""
    with pytest.raises(InputError) as caught:
        points.parse_known("42")
    assert caught.value.hint == "write @42 for entry 42"
    with pytest.raises(InputError):
        points.parse_known(datetime(2025, 7, 8))  # noqa: DTZ001  # no zone is what is wrong with it


def test_an_entry_belongs_to_what_is_known_at_it() -> None:
    """@42 is known from 43 entries; before the first entry nothing is known."""
    assert points.size_at(42) == 43
    assert points.last_entry(43) == 42
    assert points.last_entry(points.size_at(0)) == 0
    assert points.last_entry(0) is None
    assert [points.format_size(size) for size in (0, 1, 43)] == ["@none", "@0", "@42"]


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        *(("@42", 42), ("42", 42), ("@0", 0), ("@head", points.HEAD)),
        *((text, None) for text in ("@042", "head", "@none", "", "2025-07-08")),
    ],
)
def test_an_entry_is_named_with_or_without_its_sign(text: str, entry: object) -> None:
    """Where only an entry can be meant, the sign may be left out; keys and ids are no entries."""
    assert points.parse_entry(text) == entry


@pytest.mark.parametrize("today", [date(2024, 2, 29), date.min, date.max])
def test_a_year_away_is_not_far(today: date) -> None:
    """The ends of the calendar and leap days do not break the comparison."""
    assert points.note_far_day(today, today) == ()
    assert (points.note_far_day(date.max, today) == ()) == (today == date.max)
    assert (points.note_far_day(date.min, today) == ()) == (today == date.min)
