"""Dates that are probably others are asked about, and those of ordinary law are not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.suspect_dates import suspect_dates
from tests.domain.stage import act, norm, said

TODAY = date(2026, 11, 30)


def told(claim: Any) -> list[tuple[str, str]]:
    """Field and hint of each question."""
    return [(one.field, one.hint) for one in suspect_dates(claim, TODAY)]


@pytest.mark.parametrize(
    ("fields", "field", "hint"),
    [
        ({"made": "2567-05-01"}, "made", "about 2024 of the Buddhist calendar"),
        ({"made": "1403-02-01"}, "made", "about 2024 of the Solar Hijri calendar"),
        ({"published": "5785"}, "published", "about 2025 of the Hebrew calendar"),
        ({"made": "1446"}, "made", "about 2024 of the Islamic calendar"),
        ({"effective_from": "2082-04-01"}, "effective_from", "of the Bikram Sambat calendar"),
        ({"made": "1799-12-31"}, "made", ""),
        ({"made": "0201-01-01"}, "made", ""),
        ({"effective_from": "2027-12-01"}, "effective_from", ""),
        ({"effective_to": "9999-12-31"}, "effective_to", "leave effective_to out"),
        ({"effective_to": "2569-12-31"}, "effective_to", "about 2026 of the Buddhist calendar"),
    ],
)
def test_what_is_asked_about(fields: dict[str, Any], field: str, hint: str) -> None:
    """Each is named by its field, with what may have been meant, where that can be guessed."""
    ((found, said_hint),) = told(norm(**fields))
    assert found == field
    assert hint in said_hint
    assert bool(hint) == bool(said_hint)


@pytest.mark.parametrize(
    "claim",
    [
        norm(made="1800", effective_from="2027-11-30", effective_to="2031-03-15"),
        norm(made="[..2020-01-01]", published="[2020-01-01..]"),
        norm(effective_to="2099-12-31"),
        act("suspend", "instrument:x", at="2027-06", until="2030"),
        said(uttered_at="2026-11-29~"),
    ],
)
def test_what_is_not_asked_about(claim: Any) -> None:
    """A last day may lie far ahead, a law two hundred years back, and one end may be open."""
    assert told(claim) == []


def test_acts_and_statements_are_asked_about_too() -> None:
    """Of an act its first and last day, of a statement the day it was made."""
    found = told(act("suspend", "instrument:x", at="1405-01-01", until="9999-12-31"))
    assert [field for field, _ in found] == ["at", "until"]
    assert [field for field, _ in told(said(uttered_at="2569"))] == ["uttered_at"]


@given(day=st.dates(min_value=date(1800, 1, 1), max_value=date(2027, 11, 30)))
def test_no_ordinary_day_is_asked_about(day: date) -> None:
    """From 1800 to a year ahead nothing is odd."""
    assert told(norm(made=day.isoformat(), effective_from=day.isoformat())) == []
