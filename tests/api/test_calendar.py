"""The calendar and the corrections of a ledger, through the library."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from ledger.errors import InputError, UnknownId
from ledger.queries.calendar_scope import CalendarScope
from tests.books import Desk, norm, open_desk

if TYPE_CHECKING:
    from pathlib import Path

FIRST, LAST = date(2024, 1, 1), date(2024, 12, 31)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A ledger with one norm that starts in February and ends in June."""
    made = open_desk(tmp_path / "l.db")
    made.enter(norm(key="n", effective_to="2024-06-30", primary_source_seen=True))
    return made


def days(desk: Desk, **asked: object) -> list[tuple[str, str]]:
    """Day and kind of every event of 2024."""
    found = desk.book.calendar(FIRST, LAST, **asked)  # type: ignore[arg-type]  # passed through
    return [(one.day.isoformat(), one.what) for one in found.events]


def test_by_default_a_year_from_today(desk: Desk) -> None:
    """Without days it is a year from the day one looks from, as the clock or as_of says."""
    found = desk.book.calendar()
    assert (found.window.first, found.window.last) == (FIRST, date(2024, 12, 31))
    later = desk.book.calendar(as_of="2024-03-01")
    assert later.window.first == date(2024, 3, 1)
    assert [one.what for one in later.events] == ["lapses", "goes_stale"]
    assert found.made_at == desk.clock.now()


def test_only_what_was_known_by_then(desk: Desk) -> None:
    """A claim that was recorded later, or awaits review, is not on the calendar of before."""
    before = desk.book.size - 1
    desk.enter(norm(key="m", activity="va.custody", effective_from="2024-05-01"))
    desk.record(norm(key="w", activity="va.offer", effective_from="2024-05-05"))
    assert ("2024-05-01", "commences") in days(desk)
    assert ("2024-05-05", "commences") not in days(desk)
    assert ("2024-05-01", "commences") not in days(desk, known_at=before)


def test_it_is_narrowed_to_what_it_bears_on(desk: Desk) -> None:
    """A norm on an activity is told to whoever asks for one below it, not beside it."""
    desk.enter(
        norm(key="all", activity="va", effective_from="2024-05-01"),
        norm(key="one", activity="va.custody", effective_from="2024-05-02"),
        norm(key="bank", activity="va.deal", effective_from="2024-05-03", addressees=["bank"]),
    )
    custody = days(desk, wanted=CalendarScope(activity="va.custody"))
    assert custody == [("2024-05-01", "commences"), ("2024-05-02", "commences")]
    vasp = days(desk, wanted=CalendarScope(activity="va.deal", actor="vasp"))
    assert ("2024-05-03", "commences") not in vasp
    assert ("2024-02-01", "commences") in vasp
    assert days(desk, wanted=CalendarScope(jurisdiction="AE")) == []


def test_stale_after_is_asked_for(desk: Desk) -> None:
    """The norm of the basis goes stale so many days after it came to count."""
    found = desk.book.calendar(as_of="2024-03-01", wanted=CalendarScope(stale_after=30))
    assert [one.why for one in found.stale] == [("not_confirmed",)]
    with pytest.raises(InputError, match="can go stale"):
        desk.book.calendar(wanted=CalendarScope(stale_after=0))


def test_an_end_before_its_beginning_is_refused(desk: Desk) -> None:
    """So is a point that is none."""
    with pytest.raises(InputError, match="before it begins"):
        desk.book.calendar(LAST, FIRST)
    with pytest.raises(InputError):
        desk.book.calendar(known_at="9999")


def test_corrections_of_a_stretch_of_the_log(desk: Desk) -> None:
    """A correction is of the stretch in which it came to count, and names both versions."""
    (first,) = [i.seq for i in desk.book.history() if i.type == "claim.recorded"]
    changed = norm(key="n", effective_to="2024-08-31", primary_source_seen=True)
    made = desk.book.correct("n", changed, reason_code="wrong_date", **desk.who("recorder"))
    waiting = desk.book.size
    assert desk.book.entries.corrections(0, waiting) == []
    desk.approve(made.event)
    (one,) = desk.book.entries.corrections(waiting, desk.book.size)
    assert (one.key, one.old_seq, one.new_seq) == ("n", first, made.seq)
    assert one.counts_from == waiting
    assert (one.jurisdiction, one.activity) == ("PK", "va.deal")
    assert desk.book.entries.corrections(0, waiting) == []
    retracted = desk.book.retract("n", reason_code="duplicate", **desk.who("recorder"))
    desk.approve(retracted.event)
    assert len(desk.book.entries.corrections(0, desk.book.size)) == 1


def test_unknown_claims_have_no_history(desk: Desk) -> None:
    """What the calendar names can be shown; what it does not know is an error."""
    (lapse,) = (one for one in desk.book.calendar().events if one.what == "lapses")
    assert lapse.source is not None
    assert desk.book.show(str(lapse.source.seq)).item.event == lapse.source.claim
    with pytest.raises(UnknownId):
        desk.book.show("nobody")
