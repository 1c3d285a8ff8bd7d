"""The calendar: every change is on it, every date says whether it stands, and what is stale."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from ledger.domain.edtf_dates import parse
from ledger.domain.resolve.calendar import calendar_contents
from ledger.domain.resolve.calendar_events import (
    EVENT_WORDS,
    STALE_WORDS,
    CalendarContents,
    CalendarEvent,
    Window,
)
from ledger.domain.resolve.facts import Cell, Facts
from ledger.domain.resolve.resolve import resolve
from ledger.domain.state_records import CountedClaim
from tests.domain.resolve.oracle_force import in_force
from tests.domain.resolve.oracle_world import Ask, World
from tests.domain.resolve.random_ledgers import random_ledger
from tests.domain.resolve.small_world import HORIZON, on
from tests.domain.worlds import act, facts, instrument, norm, proposal, said

TODAY = date(2024, 3, 1)
YEAR = Window(TODAY, date(2024, 1, 1), date(2024, 12, 31))
CELL = Cell("PK", "va")
DATES = ("published", "effective_from", "effective_to", "applicable_from")


def found(
    *claims: CountedClaim, cells: tuple[Cell, ...] = (CELL,), **window: Any
) -> CalendarContents:
    """The calendar of 2024, seen on the first of March."""
    asked = {"today": TODAY, "first": YEAR.first, "last": YEAR.last, **window}
    return calendar_contents(cells, facts(*claims), Window(**asked))


def told(found_calendar: CalendarContents) -> list[tuple[str, str, bool]]:
    """Day, what and whether it stands."""
    return [(one.day.isoformat(), one.what, one.stands) for one in found_calendar.events]


def only(found_calendar: CalendarContents, what: str) -> CalendarEvent:
    """The one event of its kind."""
    (one,) = (one for one in found_calendar.events if one.what == what)
    return one


# --- against a naive reading ---------------------------------------------------------------------


def test_every_change_is_on_the_calendar_and_nothing_else() -> None:
    """The changes of all events are the days on which resolving the day before says otherwise."""
    window = Window(on(20), on(0), on(HORIZON), "normative")
    for seed in range(25):
        ledger = random_ledger(seed, asks=1)
        known, cell = facts(*ledger.claims, world=ledger.taxonomy), Cell(*ledger.asks[0].cell)
        made = {
            change.day
            for one in calendar_contents((cell,), known, window).events
            for change in one.status_changes
        }
        answers = [_answer(cell, on(number), known) for number in range(-1, HORIZON + 1)]
        changes = {on(i) for i, (x, y) in enumerate(pairwise(answers)) if x != y}
        assert made == changes, seed


def _answer(cell: Cell, day: date, known: Facts) -> tuple[str, str | None, str]:
    one = resolve(cell, day=day, view="normative", facts=known)
    return one.status, one.reason, one.basis_kind


def test_a_date_stands_iff_something_ends_or_begins_on_it() -> None:
    """The end of a norm stands iff a naive reading has it in force the day before and not then."""
    for seed in range(120):
        ledger = random_ledger(seed, asks=1)
        claims = [_everywhere(c) for c in ledger.claims if _dates_are_days(c)]
        cell, window = ("PK", "va.exchange.fiat", "bank"), Window(on(0), on(0), on(HORIZON))
        for one in calendar_contents((Cell(*cell),), facts(*claims), window).events:
            if one.source is None or not one.source.claim.startswith("n"):
                continue
            days = one.day - timedelta(days=1), one.day
            before, then = (
                in_force(
                    World.of(claims, ledger.taxonomy, Ask(cell, day, "normative")),
                    one.source.claim,
                    day.toordinal(),
                )
                for day in days
            )
            begins = one.what == "commences"
            assert one.stands is ((before, then) == (not begins, begins)), (seed, one.what)


def _everywhere(counted: CountedClaim) -> CountedClaim:
    """A claim for everybody in PK, an act for all that its target covers."""
    wide: dict[str, Any] = {"jurisdiction": "PK", "addressees": ("any",)}
    if counted.claim.kind == "lifecycle":
        wide |= {"activity": None, "issuer": "PK.SBP"}
    elif counted.claim.kind == "norm":
        wide["applicable_from"] = None  # a norm commences before it applies
    return replace(counted, claim=counted.claim.model_copy(update=wide))


def _dates_are_days(counted: CountedClaim) -> bool:
    """Whether a claim names days only."""
    found = counted.claim.model_dump(mode="json", exclude_defaults=True)
    texts = [found.get(name) for name in (*DATES, "made", "at", "until")]
    return all(text is None or parse(text).precise for text in texts)


# --- events --------------------------------------------------------------------------------------


def test_a_norm_starts_applies_and_lapses_on_the_day_after_its_last() -> None:
    """A last day is inclusive; the text is kept as it was written."""
    found_calendar = found(
        norm("n", "prohibit", "2024-04-01", applicable_from="2024-05-01", effective_to="2024-06-30")
    )
    assert told(found_calendar) == [
        ("2024-04-01", "commences", True),
        ("2024-05-01", "applies", True),
        ("2024-07-01", "lapses", True),
    ]
    lapse = only(found_calendar, "lapses")
    assert lapse.date == "2024-06-30"
    assert [(t.before, t.after, t.reason) for t in lapse.status_changes] == [
        ("prohibited", "undetermined", "lapsed")
    ]
    assert not only(found_calendar, "commences").changes_status
    assert only(found_calendar, "applies").changes_status


def test_an_extended_norm_does_not_lapse_when_it_said() -> None:
    """The old last day stays listed and does not stand; the new one brings the change."""
    found_calendar = found(
        norm("n", "prohibit", "2024-01-01", effective_to="2024-04-30"),
        act("x", "extend", "n", "2024-04-15", until="2024-08-31"),
    )
    lapses = [one for one in found_calendar.events if one.what == "lapses"]
    assert [(one.day.isoformat(), one.stands, one.changes_status) for one in lapses] == [
        ("2024-05-01", False, False),
        ("2024-09-01", True, True),
    ]


def test_a_suspension_begins_and_ends() -> None:
    """An interim stay takes the norm away, and its end brings it back."""
    found_calendar = found(
        norm("n", "prohibit", "2024-01-01"),
        act("s", "suspend", "n", "2024-04-01", until="2024-04-30", force="judicial"),
    )
    assert told(found_calendar)[1:] == [
        ("2024-04-01", "suspend", True),
        ("2024-05-01", "suspension_ends", True),
    ]
    assert all(one.changes_status for one in found_calendar.events)


def test_an_act_without_power_is_told_as_such() -> None:
    """A supervisor's repeal of an act of parliament stands on no day."""
    found_calendar = found(
        norm("n", "prohibit", "2024-01-01"),
        act("r", "repeal", "n", "2024-06-01", force="supervisory"),
    )
    assert not only(found_calendar, "repeal").stands


def test_parts_of_a_law_that_begin_on_days_of_their_own_both_stand() -> None:
    """Each order of commencement bears on its own activity; neither is moved by the other."""
    found_calendar = found(
        norm("n", "prohibit", "2024-01-01", activity="va", commencement="pending"),
        act("a", "commence", "n", "2024-04-01", activity="va.exchange"),
        act("b", "commence", "n", "2024-05-01", activity="va.custody"),
        cells=(Cell("PK", "va.exchange"), Cell("PK", "va.custody")),
    )
    assert [day for day in told(found_calendar) if day[1] == "commence"] == [
        ("2024-04-01", "commence", True),
        ("2024-05-01", "commence", True),
    ]
    assert all(one.changes_status for one in found_calendar.events if one.what == "commence")


def test_an_extension_that_came_too_late_does_not_stand() -> None:
    """The change of its first day is the end of the norm, and is told of that alone."""
    found_calendar = found(
        norm("n", "prohibit", "2024-01-01", effective_to="2024-04-30"),
        act("e", "extend", "n", "2024-05-01", until="2024-08-31", made="2024-05-10"),
    )
    named = [(one.what, one.stands, one.changes_status) for one in found_calendar.events]
    assert sorted(named[1:3]) == [("extend", False, False), ("lapses", True, True)]


def test_what_rests_on_an_instrument_goes_with_it() -> None:
    """The end of an instrument is told with the change of what was made under it."""
    found_calendar = found(
        norm(
            "law",
            "authorise",
            "2024-01-01",
            effective_to="2024-05-31",
            instrument=instrument("LAW"),
            activity="va.custody",
        ),
        norm("rule", "prohibit", "2024-01-01", force="delegated", enabling_instrument="LAW"),
    )
    assert [str(change.cell) for change in only(found_calendar, "lapses").status_changes] == [
        "PK/va/any"
    ]


def test_an_imprecise_date_is_a_stretch() -> None:
    """An uncertain day is told from its earliest to its latest, with the turns of both."""
    found_calendar = found(norm("n", "prohibit", "[2024-04-04..2024-04-07]"))
    one = only(found_calendar, "commences")
    assert (one.day, one.latest, one.uncertain) == (date(2024, 4, 4), date(2024, 4, 7), True)
    assert {change.day for change in one.status_changes} <= {one.day, one.latest}
    assert one.changes_status
    assert only(found(norm("n", "prohibit", "2024-04-04~")), "commences").uncertain


def test_an_imprecise_date_that_reaches_into_the_window_is_in_it() -> None:
    """What may still come is not left out because it may have been."""
    window: dict[str, Any] = {"first": date(2024, 4, 6), "last": date(2024, 4, 30)}
    assert found(norm("n", "prohibit", "[2024-04-04..2024-04-07]"), **window).events
    assert not found(norm("n", "prohibit", "2024-04-04"), **window).events


def test_deadlines_are_days_of_their_own() -> None:
    """Each deadline of a claim is told on its day, with its words, and changes nothing."""
    days = [{"date": "2024-05-01", "label": "apply"}, {"date": "2024-05-01", "label": "report"}]
    found_calendar = found(norm("n", "prohibit", "2023-01-01", deadlines=days))
    deadlines = [one for one in found_calendar.events if one.what == "deadline"]
    assert [(one.label, one.number) for one in deadlines] == [("apply", 0), ("report", 1)]
    assert not any(one.status_changes for one in deadlines)


def test_a_statement_is_told_only_where_it_moves_something() -> None:
    """The declaration that changes an answer is an event; a repetition is none."""
    found_calendar = found(
        said("first", "prohibited", "2024-04-01"), said("again", "prohibited", "2024-05-01")
    )
    one = only(found_calendar, "said")
    assert one.source is not None
    assert one.source.claim == "first"
    assert told(found(proposal("p", "tabled", "2024-04-01"))) == [("2024-04-01", "said", True)]


def test_a_change_that_no_claim_names_is_told_all_the_same() -> None:
    """A class of an organisation ends: its status changes, though no claim has that date."""
    cell = Cell("PK", "va", "org:acme")
    found_calendar = found(norm("n", "prohibit", "2024-01-01", addressees=["vasp"]), cells=(cell,))
    one = only(found_calendar, "changes")
    assert one.source is None
    assert one.day == date(2024, 7, 1)
    assert [str(change.cell) for change in one.status_changes] == ["PK/va/org:acme"]


def test_pending_commencement_has_no_day() -> None:
    """A norm that waits for an act has no start; the act has."""
    waiting = norm("n", "prohibit", "2024-04-01", commencement="pending")
    assert found(waiting).events == ()
    found_calendar = found(waiting, act("c", "commence", "n", "2024-06-01"))
    assert told(found_calendar) == [("2024-06-01", "commence", True)]


# --- stale ---------------------------------------------------------------------------------------


def stale_norm(**fields: Any) -> CountedClaim:
    """A norm in force whose text was seen, counted on the first of February 2024."""
    return norm(
        "n", "prohibit", "2020-01-01", on=date(2024, 2, 1), primary_source_seen=True, **fields
    )


@pytest.mark.parametrize(
    ("fields", "confirmed"),
    [
        ({}, "2024-02-01"),
        ({"still_valid_on": "2023-06-30"}, "2023-06-30"),
        ({"still_valid_on": "2023-06"}, "2023-06-30"),
        (
            {
                "reports": [
                    {"url": "https://e.org", "publisher": "E", "title": "T", "published": "2022"}
                ]
            },
            "2022-12-31",
        ),
        (
            {
                "reports": [
                    {
                        "url": "https://e.org",
                        "publisher": "E",
                        "title": "T",
                        "retrieved_at": "2024-01-20T10:00:00.000000Z",
                    }
                ]
            },
            "2024-01-20",
        ),
        ({"still_valid_on": "2030-01-01"}, "2024-02-01"),
    ],
    ids=["counted", "valid", "month", "published", "retrieved", "future"],
)
def test_when_somebody_last_looked(fields: dict[str, Any], confirmed: str) -> None:
    """The latest day of any look, never after the day it came to count."""
    found_calendar = found(stale_norm(**fields), stale_after=1, today=date(2024, 2, 2))
    (one,) = found_calendar.stale
    assert one.confirmed.isoformat() == confirmed
    assert one.why == ("not_confirmed",)
    assert one.cells == (CELL,)


def test_what_goes_stale_is_a_day_to_come() -> None:
    """A claim that is fresh today is told on the day it will not be."""
    found_calendar = found(stale_norm(), stale_after=100)
    assert found_calendar.stale == ()
    one = only(found_calendar, "goes_stale")
    assert (one.day, one.date) == (date(2024, 5, 11), "2024-02-01")


def test_a_text_nobody_has_seen_is_told() -> None:
    """A norm of the basis whose primary source was never seen should be looked at."""
    (one,) = found(norm("n", "prohibit", "2024-01-01", on=TODAY)).stale
    assert one.why == ("primary_source_unseen",)
    assert one.words == "primary source never seen"


def test_what_nothing_rests_on_does_not_go_stale() -> None:
    """A lapsed norm, or one that lost, is nobody's business to check."""
    assert found(norm("n", "prohibit", "2020-01-01", effective_to="2020-12-31")).stale == ()


def test_every_kind_has_words() -> None:
    """Whatever a calendar holds can be told."""
    assert all(EVENT_WORDS.values())
    assert all(STALE_WORDS.values())
    kinds = {"commences", "applies", "lapses", "said", "deadline", "goes_stale", "changes"}
    assert kinds <= set(EVENT_WORDS)
