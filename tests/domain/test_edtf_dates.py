"""Dates as intervals of days, held against the edtf package."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from edtf import parse_edtf
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.edtf_dates import parse, surely_before
from ledger.errors import BadDate
from tests.examples import examples


def as_day(found: Any) -> date | None:
    """A bound as the edtf package gives it."""
    return None if isinstance(found, float) else date(*found[:3])


@st.composite
def plain(draw: st.DrawFn) -> str:
    """A year, month or day."""
    day = draw(st.dates(min_value=date(1, 1, 1)))
    return draw(st.sampled_from([f"{day.year:04}", day.isoformat()[:7], day.isoformat()]))


@st.composite
def ranges(draw: st.DrawFn) -> str:
    """One of a range of days, open at an end or not."""
    first, last = sorted((draw(st.dates()), draw(st.dates())))
    return draw(st.sampled_from([f"[{first}..{last}]", f"[..{last}]", f"[{first}..]"]))


@given(plain())
def test_plain_dates_mean_what_edtf_says(text: str) -> None:
    """A year, month or day is all of its days."""
    found, expected = parse(text), parse_edtf(text)
    assert found.earliest == as_day(expected.lower_strict())
    assert found.latest == as_day(expected.upper_strict())
    assert (found.text, found.approximate) == (text, False)
    assert found.precise is (len(text) == 10)


@given(plain(), st.sampled_from("~?%"))
def test_qualifiers_add_no_days(text: str, mark: str) -> None:
    """An approximate date means the same days, and says that it is approximate."""
    found, expected = parse(text + mark), parse_edtf(text + mark)
    assert found.earliest == as_day(expected.lower_strict())
    assert found.latest == as_day(expected.upper_strict())
    assert found.approximate


@given(ranges())
def test_one_of_a_range_means_what_edtf_says(text: str) -> None:
    """Both ends belong to it, and a missing end is open."""
    found, expected = parse(text), parse_edtf(text)
    assert found.earliest == as_day(expected.lower_strict())
    assert found.latest == as_day(expected.upper_strict())


def test_ends_of_a_range_may_be_months() -> None:
    """A range of months runs from the first day of one to the last day of the other."""
    found = parse("[2024-02..2025]")
    assert (found.earliest, found.latest) == (date(2024, 2, 1), date(2025, 12, 31))


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "2025-13", "2025-02-30", "2025-2-3", "25", "0000", "2025-07-08T10:00", "now"),
        *("2025-07-08 ", "2025-07-08~?", "~2025", "[2025]", "[2025,2026]", "[..]", "[]", "[", "]"),
        *(
            "[2026..2025]",
            "[2025~..2026]",
            "[2025..2026]~",
            "{2025..2026}",
            "XXXX",
            "202X",
            "-0001",
        ),
        *("2025-07-08/2025-07-09", "2025/..", "２０２５", "2025-07-0８", "[2025...2026]"),
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    """What is not one of the accepted forms is no date."""
    with pytest.raises(BadDate) as caught:
        parse(text)
    assert caught.value.text == text


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("06/04/2018", "2018-04-06 or 2018-06-04"),
        ("6.4.2018", "2018-04-06 or 2018-06-04"),
        ("04-04-2018", "2018-04-04"),
        ("13/04/2018", "2018-04-13"),
        ("2018/4/6", "2018-04-06"),
        ("06/04/18", ""),
        ("99/99/2018", ""),
    ],
)
def test_a_date_in_another_order_is_refused_with_what_it_may_mean(text: str, readings: str) -> None:
    """Day and month cannot be told apart: nothing is guessed, and the form to write is said."""
    with pytest.raises(BadDate) as caught:
        parse(text)
    assert "YYYY-MM-DD" in caught.value.reason
    assert caught.value.reason.partition("mean ")[2] == readings


def test_a_span_is_refused_with_the_form_to_use_instead() -> None:
    """a/b lasted; one unknown day in it is written otherwise."""
    with pytest.raises(BadDate, match=r"\[a\.\.b\]"):
        parse("2025-07-08/2025-07-09")


@examples(200)
@given(st.text(alphabet="0123456789-.[]/~?%XT", max_size=24))
def test_any_text_is_a_date_or_refused(text: str) -> None:
    """Nothing but BadDate comes out, and what is read is in order."""
    try:
        found = parse(text)
    except BadDate:
        return
    assert found.earliest is None or found.latest is None or found.earliest <= found.latest
    assert found.earliest is not None or found.latest is not None


@pytest.mark.parametrize(
    ("a", "b", "surely"),
    [
        ("2025-07-08", "2025-07-09", True),
        ("2025-07-08", "2025-07-08", False),
        ("2025-07", "2025-07-31", False),
        ("2025-06", "2025-07", True),
        ("[2025-01-01..]", "2026", False),
        ("[..2025-01-01]", "2025-01-02", True),
        ("2025", "[..2027]", False),
    ],
)
def test_surely_before_means_every_day_before_every_day(a: str, b: str, *, surely: bool) -> None:
    """Intervals that touch, overlap or are open are not surely one before the other."""
    assert surely_before(parse(a), parse(b)) is surely
