"""The calendar's screen: months, today, the past behind a key, what is stale; over evil texts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.books import START, act, norm, open_desk
from tests.tui.conftest import BOTH_SIZES
from tests.tui.hostile import NASTY, harmless, hostile
from tests.tui.keyboard import press, seen, settle
from tui.app import RegledgerApp
from tui.app_config import AppConfig
from tui.navigation import OpenCell, OpenEntry
from tui.query_context import QueryContext
from tui.screens.calendar import CalendarList, CalendarPage
from tui.widgets.diff_pane import DiffPane


async def calendar(pilot: Pilot[None]) -> CalendarPage:
    """Go to the calendar."""
    await settle(pilot)
    await press(pilot, "c")
    page = pilot.app.screen
    assert isinstance(page, CalendarPage)
    return page


def lines(page: CalendarPage, width: int = 118) -> list[str]:
    """Return every line of the list."""
    days = page.query_one(CalendarList)
    return ["".join(text for text, _ in days.line(n, width)).rstrip() for n in range(days.count)]


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.parametrize("size", BOTH_SIZES)
async def test_what_is_coming_and_what_is_stale(launch: AppConfig, size: tuple[int, int]) -> None:
    """Today comes first, then the days ahead by month, then what should be checked again."""
    app = RegledgerApp(launch)
    async with app.run_test(size=size) as pilot:
        page = await calendar(pilot)
        text = seen(app)
        assert "── today 2026-11-26" in text
        assert "March 2027" in text
        told = lines(page)
        stale = told.index(" To be checked again (last confirmed, why)")
        old = next(line for line in told[stale:] if "2025-05-30" in line)
        assert re.search(r"old +PK va\.deal +pk-2025-05-29-dealings-prohibited", old)
        assert "space shows past days" in text


@pytest.mark.anyio
async def test_the_past_is_behind_a_key(launch: AppConfig) -> None:
    """Space shows what has been, with uncertain and overtaken dates marked; today stays marked."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        page = await calendar(pilot)
        assert not any("2025-11-05" in line for line in lines(page))
        await press(pilot, "space")
        told = lines(page)
        lapse = next(line for line in told if "2025-11-05 lapses" in line)
        assert "overtaken: pk-va-law-2025-exchange" in lapse
        assert any(re.match(r" ~2026-03-04 takes effect", line) for line in told)
        replaced = next(line for line in told if "pk-sbp-cl10-2026-replaces" in line)
        assert re.search(r"✖→\? \d+…$", replaced)
        assert told.index(lapse) < next(n for n, line in enumerate(told) if "today" in line)
        await press(pilot, "space")
        assert not any("2025-11-05" in line for line in lines(page))


@pytest.mark.anyio
async def test_a_day_in_full(launch: AppConfig) -> None:
    """The pane tells what happens, by which claim, and which statuses change."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        page = await calendar(pilot)
        await press(pilot, "space")
        days = page.query_one(CalendarList)
        days.cursor = next(n for n, line in enumerate(lines(page)) if "cl10-2026-accounts" in line)
        await settle(pilot)
        told = page.query_one(DiffPane).text
        assert "2026-04-14  takes effect" in told
        assert "@107  pk-sbp-cl10-2026-accounts  PK va.bank.accounts_for_vasp" in told
        assert "Statuses that change (4;" in told
        assert "accounts_for_vasp  bank  ✖ prohibited → ◆ under framework" in told
        assert page.copied() == told


@pytest.mark.slow
@pytest.mark.anyio
async def test_enter_opens_the_entry_and_the_pane_the_cell(
    launch: AppConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Enter in the list opens the claim's entry; on a cell in the pane, the cell."""
    opened: list[object] = []
    monkeypatch.setattr(RegledgerApp, "go_to", lambda _, to: opened.append(to))
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await calendar(pilot)
        await press(pilot, "enter", "tab", "G", "enter")
        assert opened == [OpenEntry(98), OpenCell("PK", "va.exchange")]


@pytest.mark.anyio
async def test_it_is_seen_from_another_time(launch: AppConfig) -> None:
    """Another day is today then, and what was not recorded by then is not there."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        page = await calendar(pilot)
        app.context = QueryContext(as_of="2025-07-20", known_at="2025-07-20")
        await settle(pilot)
        told = lines(page)
        assert " ── today 2025-07-20 ────────" in told
        lapse = next(line for line in told if "2025-11-05 lapses" in line)
        assert "overtaken" not in lapse
        assert "◆→? " in lapse
        assert not any("2026-03" in line for line in told if "stale" not in line)
        assert page.command()[-4:] == ["--as-of", "2025-07-20", "--known-at", "2025-07-20"]
        app.context = QueryContext(actor="bank")
        await settle(pilot)
        claims = [item.claim for item in page.query_one(CalendarList).items if item.claim]
        assert claims
        assert all({"any", "bank"} & set(claim.actors) for claim in claims)


@pytest.mark.anyio
async def test_an_empty_ledger_says_what_to_do(tmp_path: Path) -> None:
    """Where no claim names a day, it says how days get here."""
    desk = open_desk(tmp_path / "empty.db")
    launch = AppConfig(
        name="empty.db",
        open=lambda: desk.book,
        config_directory=tmp_path,
        state_directory=tmp_path,
        exports=tmp_path,
    )
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await calendar(pilot)
        assert "Nothing that is recorded falls on a day to come" in seen(app)
        await press(pilot, "space")
        assert "Nothing that is recorded names a day." in seen(app)


@pytest.mark.anyio
async def test_what_is_recorded_meanwhile_appears_and_the_cursor_stays(tmp_path: Path) -> None:
    """A norm that another process records appears; the cursor stays on its line."""
    made = hostile(tmp_path)
    desk = made.desk
    desk.enter(norm(key="first", activity="va.custody", effective_from="2027-05-01"))
    app = RegledgerApp(made.launch)
    async with app.run_test(size=(120, 40)) as pilot:
        page = await calendar(pilot)
        days = page.query_one(CalendarList)
        days.cursor = next(n for n, line in enumerate(lines(page)) if "first" in line)
        stood = days.chosen
        desk.enter(norm(key="second", activity="va.transfer", effective_from="2027-04-01"))
        app.poll()
        await settle(pilot)
        assert any("second" in line for line in lines(page))
        assert stood is not None
        assert days.chosen is not None
        assert days.chosen.identity == stood.identity


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.parametrize("size", BOTH_SIZES)
async def test_texts_of_events_do_nothing(tmp_path: Path, size: tuple[int, int]) -> None:
    """Escapes, controls and markup in labels and statements are seen as text."""
    made = hostile(tmp_path)
    desk = made.desk
    for n, text in enumerate(NASTY):
        deadline = {"date": f"2027-0{n + 1}-15", "label": text}
        desk.enter(norm(key=f"d{n}", statement=text, deadlines=[deadline]))
    app = RegledgerApp(made.launch)
    async with app.run_test(size=size) as pilot:
        page = await calendar(pilot)
        told = ""
        for _ in range(page.query_one(CalendarList).count):
            told += harmless(app) + page.query_one(DiffPane).text
            await press(pilot, "down")
        assert "[/foo]" in told
        assert "\\x1b[31mred" in told
        assert "\\u202e" in told
        assert "虚拟资产" in told


@pytest.mark.anyio
async def test_an_end_that_an_act_moved_is_told_as_overtaken(tmp_path: Path) -> None:
    """The last day of a norm that was extended stays in the list, and is marked."""
    desk = open_desk(tmp_path / "l.db")
    desk.enter(norm(key="n", effective_to="2024-06-30"))
    (target,) = [i.event for i in desk.book.history() if i.type == "claim.recorded"]
    desk.enter(act(key="x", act="extend", target=target, at="2024-06-01", until="2024-12-31"))
    launch = AppConfig(
        name="l.db",
        open=lambda: desk.book,
        config_directory=tmp_path,
        state_directory=tmp_path,
        exports=tmp_path,
    )
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        page = await calendar(pilot)
        told = lines(page)
        assert any("2024-07-01 lapses" in line and "overtaken: n" in line for line in told)
        assert any("2025-01-01 lapses" in line and "✖→?" in line for line in told)
        assert any(f"today {START.date()}" in line for line in told)
