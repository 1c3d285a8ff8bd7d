"""The history screen: the whole log, searched, filtered, followed, and compared."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from ledger.api.ledger import Ledger
from ledger.demo import PASSPHRASE
from tests.books import norm
from tests.tui.conftest import BOTH_SIZES
from tests.tui.hostile import harmless, hostile
from tests.tui.keyboard import press, settle
from tui.app import RegledgerApp
from tui.app_config import AppConfig
from tui.ledger_source import PAGE
from tui.query_context import QueryContext
from tui.screens.entry import EntryPage
from tui.screens.history import HistoryPage
from tui.text.history_line import short_type
from tui.widgets.entry_detail import EntryDetail
from tui.widgets.filter_bar import FilterBar
from tui.widgets.history_list import HistoryList

Session = tuple[RegledgerApp, Pilot[None], HistoryPage]


@asynccontextmanager
async def history(launch: AppConfig, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Session]:
    """Run the application on its history, at rest."""
    app = RegledgerApp(launch)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await press(pilot, "h")
        page = app.screen
        assert isinstance(page, HistoryPage)
        yield app, pilot, page


async def typed(pilot: Pilot[None], key: str, text: str) -> None:
    """Open the line with a key, type a text in place of what is in it, press Enter."""
    await press(pilot, key)
    bar = pilot.app.screen.query_one(FilterBar)
    bar.query_one("#line").value = text  # type: ignore[attr-defined]  # an Input
    await press(pilot, "enter")


def grow(launch: AppConfig, count: int = 1) -> Ledger:
    """Record claims as another process would."""
    book = launch.open()
    assert launch.signer is not None
    signer = launch.signer("recorder", PASSPHRASE)
    at = book.size
    claims = [norm(key=f"new-{at + n}", statement=f"New claim {n}.") for n in range(count)]
    book.record(claims, actor="recorder", signer=signer)
    return book


async def see_growth(app: RegledgerApp, pilot: Pilot[None]) -> None:
    """Let the application look whether the log has grown."""
    app.poll()
    await settle(pilot)


@pytest.mark.anyio
async def test_shows_the_whole_log_newest_first(launch: AppConfig) -> None:
    """The first line is the newest entry, the last is the one that created the ledger."""
    async with history(launch) as (app, pilot, page):
        shown = page.log_lines
        size = app.log_state.size
        assert size is not None
        assert (shown.count, shown.seq) == (size, size - 1)
        text = harmless(app)
        assert "pk-pvara-sandbox-guideline" in text
        assert "… waits" in text
        await press(pilot, "G")
        assert shown.seq == 0
        assert "creates the ledger" in harmless(app)


@pytest.mark.anyio
async def test_a_narrow_terminal_gives_its_room_to_what_is_said(launch: AppConfig) -> None:
    """At 80x24 a line tells when, what, and the statement as far as it fits; a symbol the state."""
    async with history(launch, (80, 24)) as (app, pilot, page):
        text = harmless(app)
        assert "2026-05-06 reviewed" in text
        assert page.log_lines.size.width <= 80
        assert "✔ counts" not in text
        assert "✔ recommendation on va in PK: The prime minister" in text
        assert "approves 4 events  pk-pvara-2026-04-15-first" in text
        await typed(pilot, "slash", "pm-2026")
        assert "pk-pm-2026-05-01-operational" in harmless(app)  # what is sought is seen


@pytest.mark.slow
@pytest.mark.anyio
async def test_reviews_and_retractions_name_the_claim_they_are_about(launch: AppConfig) -> None:
    """Ids of events are shown as the key of the claim."""
    async with history(launch) as (app, pilot, _page):
        await typed(pilot, "f", "type:retracted")
        assert "pk-2025-09-03-circular-wit" in harmless(app)


@pytest.mark.anyio
async def test_new_entries_appear_on_top_and_a_cursor_on_the_newest_follows(
    launch: AppConfig,
) -> None:
    """LogState on the newest entry means to stand on the newest entry."""
    async with history(launch) as (app, pilot, page):
        before = page.log_lines.count
        grow(launch, 2)
        await see_growth(app, pilot)
        assert page.log_lines.count == before + 2
        assert page.log_lines.seq == before + 1
        assert f"new-{before + 1}" in harmless(app)


@pytest.mark.anyio
async def test_a_cursor_elsewhere_stays_on_its_entry(launch: AppConfig) -> None:
    """Appended entries are counted; the entry and its place on the screen stay."""
    async with history(launch) as (app, pilot, page):
        await press(pilot, *["j"] * 5)
        shown = page.log_lines
        seq, row = shown.seq, shown.cursor - shown.scroll_offset.y
        grow(launch, 3)
        await see_growth(app, pilot)
        assert shown.seq == seq
        assert shown.cursor - shown.scroll_offset.y == row
        assert "3 new above" in harmless(app)
        await press(pilot, "g")
        assert "new above" not in harmless(app)


@pytest.mark.anyio
async def test_a_review_elsewhere_changes_the_state_of_an_older_line(launch: AppConfig) -> None:
    """The state of an entry is read again when the log has grown."""
    async with history(launch) as (app, pilot, _page):
        assert "… waits" in harmless(app)
        book = launch.open()
        assert launch.signer is not None
        (waiting,) = book.entries.pending()
        who = {"actor": "reviewer", "signer": launch.signer("reviewer", PASSPHRASE)}
        book.review([waiting.item.event], "approve", **who)  # type: ignore[arg-type]  # as named
        await see_growth(app, pilot)
        assert "… waits" not in harmless(app)


@pytest.mark.slow
@pytest.mark.anyio
async def test_time_travel_shows_the_entries_of_the_prefix(launch: AppConfig) -> None:
    """Looking from @40 entry 40 is the last, and the command says so; T brings back the rest."""
    async with history(launch) as (app, pilot, page):
        app.context = replace(app.context, known_at="@40")
        await settle(pilot)
        shown = page.log_lines
        assert (shown.count, shown.seq_at(0)) == (41, 40)
        assert page.command() == ["history", "--known-at", "@40"]
        assert "… waits" in harmless(app)  # by then they did; now they count
        await typed(pilot, "f", "type:reviewed")
        assert max(shown.seq_at(n) for n in range(shown.count)) <= 40
        await typed(pilot, "colon", "@60")
        assert (shown.seq or 0) <= 40
        app.context = QueryContext()
        await typed(pilot, "f", "")
        assert shown.count == app.log_state.size


@pytest.mark.slow
@pytest.mark.anyio
async def test_at_the_beginning_of_time_it_says_what_to_do(launch: AppConfig) -> None:
    """Before the first entry there is nothing to list."""
    async with history(launch) as (app, pilot, _page):
        app.context = QueryContext(known_at="@none")
        await settle(pilot)
        assert "Nothing was recorded by then. Press T" in harmless(app)


@pytest.mark.slow
@pytest.mark.anyio
async def test_the_detail_follows_the_cursor(launch: AppConfig) -> None:
    """With the detail open, moving through the list changes it; it opens beside or below."""
    for size in ((120, 40), (80, 24)):
        async with history(launch, size) as (app, pilot, page):
            await press(pilot, "o")
            await settle(pilot)
            seq = page.log_lines.seq
            assert f"@{seq}  claim.recorded" in page.query_one(EntryDetail).text
            await press(pilot, "j")
            await settle(pilot)
            assert page.query_one(EntryDetail).text.startswith(f"@{page.log_lines.seq}  ")
            assert f"@{page.log_lines.seq}  event.reviewed" in harmless(app)


@pytest.mark.slow
@pytest.mark.anyio
async def test_enter_opens_the_entry_and_q_comes_back(launch: AppConfig) -> None:
    """The cursor is where it was."""
    async with history(launch) as (app, pilot, page):
        await press(pilot, "j", "j", "enter")
        assert isinstance(app.screen, EntryPage)
        seq = page.log_lines.seq
        assert app.screen.seq == seq
        await press(pilot, "q")
        assert page.is_current
        assert page.log_lines.seq == seq


@pytest.mark.slow
@pytest.mark.anyio
async def test_two_marks_are_compared(launch: AppConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Space marks at most two, = opens the difference of the log after each, older first."""
    from tui.screens.diff import DiffPage

    said: list[tuple[str, str]] = []
    monkeypatch.setattr(DiffPage, "compare", lambda _self, a, b: said.append((a, b)), raising=False)
    async with history(launch) as (app, pilot, page):
        await press(pilot, "equals_sign")
        assert said == []
        newest = page.log_lines.seq or 0
        await press(pilot, "space", "j", "j", "j", "space")
        assert f"marked @{newest}, @{newest - 3}" in harmless(app)
        await press(pilot, "equals_sign")
        assert said == [(f"@{newest - 3}", f"@{newest}")]


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.parametrize("size", BOTH_SIZES)
async def test_hostile_words_do_nothing(tmp_path: Path, size: tuple[int, int]) -> None:
    """Claims that hold escapes and markup are shown as text, in the list and beside it."""
    made = hostile(tmp_path)
    async with history(made.launch, size) as (app, pilot, page):
        seen = harmless(app)
        await press(pilot, "o")
        for _ in range(page.log_lines.count - 1):
            await pilot.press("j")
            await settle(pilot)
            for _ in range(2):
                seen += harmless(app)
                page.query_one(EntryDetail).action_page(1)
                await settle(pilot)
        await typed(pilot, "slash", "[/foo]")
        await settle(pilot)
        for _ in range(3):
            seen += harmless(app)
            page.query_one(EntryDetail).action_page(1)
            await settle(pilot)
        assert "[/foo]" in seen
        assert "\\x1b" in seen


@pytest.mark.anyio
async def test_a_lost_database_is_said_and_found_again(
    launch: AppConfig, ledger_file: Path
) -> None:
    """The screen stays; when the file is back, so is the list."""
    async with history(launch) as (app, pilot, page):
        away = ledger_file.with_suffix(".away")
        ledger_file.rename(away)
        await see_growth(app, pilot)
        assert "cannot be reached" in harmless(app)
        away.rename(ledger_file)
        await see_growth(app, pilot)
        await press(pilot, "ctrl+r")
        assert "cannot be reached" not in harmless(app)
        assert page.log_lines.count == app.log_state.size


def test_short_types_fit_their_column() -> None:
    """Every type of event has a word or two for it."""
    from ledger.domain.events import LATEST

    assert {kind: short_type(kind) for kind in LATEST if len(short_type(kind)) > 12} == {}


@pytest.mark.slow
@pytest.mark.anyio
async def test_pages_are_read_as_they_come_into_sight(tmp_path: Path) -> None:
    """Over more than two pages, both ends are painted, and lines in between only when seen."""
    from tests.books import open_desk

    path = tmp_path / "long.db"
    desk = open_desk(path, review="none")
    desk.book.projections.defer()
    desk.record(*[norm(key=f"k{n}", activity="va.deal") for n in range(3 * PAGE)])
    desk.book.projections.catch_up()
    launch = AppConfig(
        name="long.db",
        open=lambda: __import__("ledger").open_ledger(str(path)),
        config_directory=tmp_path,
        state_directory=tmp_path,
        exports=tmp_path,
    )
    async with history(launch) as (app, pilot, page):
        shown = page.log_lines
        assert shown.item(shown.count - 1) is not None
        assert shown.item(0) is None
        await press(pilot, "G")
        assert shown.seq == 0
        assert shown.item(0) is not None
        await typed(pilot, "f", "type:recorded")
        assert shown.count >= PAGE
        await press(pilot, "G", "G", "G", "G")
        assert shown.count == 3 * PAGE
        assert shown.searched == 0
        assert "so far" not in harmless(app)
        assert isinstance(shown, HistoryList)
