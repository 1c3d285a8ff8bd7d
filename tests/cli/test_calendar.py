"""`calendar`: what is coming, as lines, as JSON and as iCalendar."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from ledger import open_ledger
from ledger.clock import SimulatedClock
from ledger.export.icalendar import _folded, _text, to_ics
from tests.books import REPORT, act, norm, open_desk

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Cli

PAST = ("calendar", "--from", "2025-10-01", "--to", "2026-10-01")


def unfolded(text: str) -> list[str]:
    """The content lines of an iCalendar file (RFC 5545, 3.1)."""
    assert text.endswith("\r\n")
    return text.replace("\r\n ", "").split("\r\n")[:-1]


def events(text: str) -> list[dict[str, str]]:
    """The events of a file: each property's name without parameters, and its value as written."""
    found: list[dict[str, str]] = []
    for line in unfolded(text):
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found and name not in {"END", "BEGIN"}:
            found[-1][name.partition(";")[0]] = value
    return found


def test_the_days_by_month_with_what_changes(demo: Cli) -> None:
    """Each day says what happens, to what, and which statuses change; moved dates are marked."""
    out = demo.ok(*PAST).out
    assert "Calendar from 2025-10-01 to 2026-10-01" in out
    assert "\n2025-11\n  2025-11-04  PK va.exchange: pk-va-law-2025-exchange deadline" in out
    flat = " ".join(out.split())
    assert "pk-va-law-2025-custody lapses (last day 2025-11-04) Overtaken: an act moved" in flat
    assert " ~2026-03-04  PK va.custody" in out
    assert re.search(r"PK va\.bank\.accounts_for_vasp for bank: ✖ prohibited → ◆ under", out)
    assert "and 1 more cell\n" in out
    assert "To be checked again" in out


def test_it_is_narrowed_to_jurisdiction_activity_and_actor(demo: Cli) -> None:
    """Only what is inside, or bears on what is inside, is listed; an unknown id is refused."""
    out = demo.ok(*PAST, "-j", "PK", "-a", "va.custody", "--actor", "vasp").out
    assert "pk-va-law-2025-custody" in out
    assert "pk-va-law-2025-offer" not in out
    assert "pk-vao-2025-extension" in out
    refused = demo(*PAST, "-a", "va.custodi")
    assert refused.code == 2
    assert "did you mean va.custody" in refused.err


def test_as_known_then_the_norm_still_lapses(demo: Cli) -> None:
    """Seen from before the extension, the last day stands and changes the status."""
    value = demo.ok(*PAST, "--as-of", "2025-07-20", "--known-at", "2025-07-20", "--json").json
    (lapse,) = (
        one
        for one in value["occasions"]
        if one["what"] == "lapses" and one["source"]["key"] == "pk-va-law-2025-custody"
    )
    assert lapse["stands"] is True
    assert lapse["changes_status"] is True
    assert lapse["day"] == "2025-11-05"
    assert lapse["date"] == "2025-11-04"
    assert value["point"].startswith("2025-07-20@")
    now = demo.ok(*PAST, "--json").json
    (moved,) = (
        one
        for one in now["occasions"]
        if one["what"] == "lapses" and one["source"]["key"] == "pk-va-law-2025-custody"
    )
    assert moved["stands"] is False
    assert moved["turns"] == []


def test_days_that_are_none_are_refused(demo: Cli) -> None:
    """A wrong day, an end before the beginning, no days at all: each says what is wrong."""
    assert "--from: 'July' is not a day" in demo("calendar", "--from", "July").err
    backwards = demo("calendar", "--from", "2026-01-01", "--to", "2025-01-01")
    assert backwards.code == 2
    assert "ends on 2025-01-01, before it begins" in backwards.err
    assert demo("calendar", "--stale-after", "0").code == 2
    assert demo("calendar", "--json", "--ics", "-").code == 2
    assert demo("calendar", "--from", "9999-12-31").code == 0


def test_nothing_in_these_days_says_so(demo: Cli) -> None:
    """An empty calendar is told."""
    out = demo.ok(
        "calendar", "--from", "2300-01-01", "--as-of", "2025-06-01", "--known-at", "@3"
    ).out
    assert "Nothing that is recorded falls into these days." in out


def test_a_file_for_calendar_programs(demo: Cli) -> None:
    """Each occasion is an all-day event; an uncertain one spans its days; the form is RFC 5545."""
    raw = demo.ok(*PAST, "--ics", "-").out
    lines = unfolded(raw)
    assert lines[:3] == ["BEGIN:VCALENDAR", "VERSION:2.0", lines[2]]
    assert lines[2].startswith("PRODID:")
    assert lines[-1] == "END:VCALENDAR"
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == len(events(raw))
    assert all(len(line.encode()) <= 75 for line in raw.split("\r\n"))
    found = events(raw)
    assert len({one["UID"] for one in found}) == len(found)
    value = demo.ok(*PAST, "--json").json
    assert len(found) == len(value["occasions"])
    (custody,) = (one for one in found if "pk-vaa-2026-custody takes effect" in one["SUMMARY"])
    assert custody["SUMMARY"].startswith("~ PK va.custody")
    assert (custody["DTSTART"], custody["DTEND"]) == ("20260304", "20260308")
    assert all(re.fullmatch(r"\d{8}T\d{6}Z", one["DTSTAMP"]) for one in found)
    assert all("SIMULATED CLOCK" in one["DESCRIPTION"] for one in found)
    (moved,) = (one for one in found if "2025-custody lapses" in one["SUMMARY"])
    assert moved["SUMMARY"].endswith("(overtaken)")


def test_it_is_written_to_a_file(sample: Cli) -> None:
    """--ics FILE writes the file whole and prints nothing on stdout."""
    result = sample.ok(*PAST, "--ics", "law.ics")
    assert result.out == ""
    assert "wrote law.ics" in result.err
    assert (sample.home / "law.ics").read_bytes().startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")


@given(st.text(max_size=200))
def test_folding_loses_nothing(text: str) -> None:
    """Unfolded, a line is what it was; no part is longer than 75 octets or halves a character."""
    line = "X:" + "".join(c for c in text if c not in "\r\n" and not 0xD800 <= ord(c) <= 0xDFFF)
    folded = _folded(line)
    assert folded.endswith(b"\r\n")
    assert folded.decode().replace("\r\n ", "")[:-2] == line
    assert all(len(part) <= 75 for part in folded.split(b"\r\n"))


@given(st.text(max_size=80))
def test_text_cannot_become_a_property(text: str) -> None:
    """Whatever a claim says is one value: no line end, no bare comma or semicolon, no control."""
    made = _text(text)
    assert not re.search(r"[\x00-\x1f\x7f]", made)
    bare = made.replace("\\\\", "").replace("\\;", "").replace("\\,", "").replace("\\n", "")
    assert not set(bare) & set(";,\\")


def test_escapes_are_those_of_the_standard() -> None:
    """RFC 5545, 3.3.11: backslash, semicolon, comma and line end."""
    assert _text("a\\b;c,d\ne") == "a\\\\b\\;c\\,d\\ne"
    assert "\x1b" not in _text("\x1b[31m")


def test_an_event_keeps_its_uid_when_its_date_is_corrected(tmp_path: Path) -> None:
    """A corrected date moves the event: the same UID, a larger SEQUENCE, DTSTAMP of the asking."""
    desk = open_desk(tmp_path / "l.db")
    desk.enter(norm(key="n", effective_to="2024-06-30"))
    clock = SimulatedClock(datetime(2024, 5, 1, 12, 30, 5, tzinfo=UTC))

    def lapse() -> dict[str, str]:
        with open_ledger(str(tmp_path / "l.db"), clock=clock) as book:
            made = to_ics(book.calendar()).decode()
        (one,) = (e for e in events(made) if e["CATEGORIES"] == "LAPSES")
        return one

    before = lapse()
    assert before["DTSTAMP"] == "20240501T123005Z"
    assert before["DTSTART"] == "20240701"
    content = norm(key="n", effective_to="2024-08-31")
    result = desk.book.correct("n", content, reason_code="wrong_date", **desk.who("recorder"))
    desk.approve(result.event)
    after = lapse()
    assert after["UID"] == before["UID"]
    assert after["DTSTART"] == "20240901"
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])


def test_evil_words_stay_words(tmp_path: Path) -> None:
    """Escapes and line ends in labels and statements reach neither a terminal nor a calendar."""
    desk = open_desk(tmp_path / "l.db")
    evil = "a\x1b[31m\u202eb;END:VEVENT,\\n"
    desk.enter(
        norm(
            key="n",
            statement=evil,
            deadlines=[{"date": "2024-05-05", "label": evil}],
            reports=[REPORT],
        )
    )
    target = next(i.event for i in desk.book.history() if i.type == "claim.recorded")
    desk.enter(act(key="x", target=target, at="2024-06-01", statement=evil))
    made = to_ics(desk.book.calendar()).decode()
    assert "\x1b" not in made
    assert "\u202e" not in made
    assert sum(line == "END:VEVENT" for line in unfolded(made)) == len(events(made)) == 3
