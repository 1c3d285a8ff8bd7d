"""Going anywhere: the palette, the search that follows the typing, one activity across all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger.errors import UnknownId
from ledger.wording.statuses import marks_of
from tests.tui.conftest import BOTH_SIZES, read_only
from tests.tui.hostile import harmless, hostile
from tests.tui.keyboard import press, seen, settle, write
from tests.tui.test_board import grid_of
from tui.app import RegledgerApp
from tui.go_anywhere import Goal, goals, marked
from tui.ledger_source import LedgerSource
from tui.navigation import OpenCell, OpenEntry, ShowOnBoard
from tui.screens.board import BoardPage
from tui.screens.cell import CellPage
from tui.screens.comparison import ComparisonGrid, ComparisonPage
from tui.screens.entry import EntryPage
from tui.screens.history import HistoryPage
from tui.screens.search_page import which
from tui.widgets.filter_bar import FilterBar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from textual.pilot import Pilot

    from tui.app_config import AppConfig


@pytest.fixture
def source(launch: AppConfig) -> Iterator[LedgerSource]:
    """Return the reader of the sample."""
    found = LedgerSource(launch.open)
    yield found
    found.close()


def where(found: list[Goal]) -> list[object]:
    """Return where goals lead."""
    return [goal.to for goal in found]


def test_a_word_finds_activities_places_and_cells(source: LedgerSource) -> None:
    """By name or id, in any case; words for a place and an activity give the cell."""
    assert ShowOnBoard(None, "va.exchange") in where(goals(source, "EXCHANGE"))
    assert ShowOnBoard("PK", None) in where(goals(source, "pakist"))
    assert OpenCell("PK", "va.exchange") in where(goals(source, "exchange pakistan"))
    assert OpenCell("PK", "va.exchange") in where(goals(source, "Pakistan va.exchange"))
    assert goals(source, "  ") == []
    assert goals(source, "zakat-or-nothing") == []


def test_an_id_in_full_comes_before_names_that_have_it(source: LedgerSource) -> None:
    """``va`` is the activity of that name, although many others begin so."""
    found = [goal for goal in goals(source, "va") if isinstance(goal.to, ShowOnBoard)]
    assert found[0].to == ShowOnBoard(None, "va")


@pytest.mark.parametrize("typed", ["@98", "98", " 98 "])
def test_a_number_is_an_entry(source: LedgerSource, typed: str) -> None:
    """With or without the sign; one beyond the log is none."""
    assert OpenEntry(98) in where(goals(source, typed))
    assert OpenEntry(99999) not in where(goals(source, "99999"))


def test_a_key_or_a_text_is_a_claim(source: LedgerSource) -> None:
    """What is recorded of it is found, newest first, a few at most."""
    found = [goal for goal in goals(source, "pk-vaa-2026-exchange") if "entry" in goal.about]
    assert found
    assert all(isinstance(goal.to, OpenEntry) for goal in found)
    assert len(goals(source, "a")) <= 24


def test_words_are_marked_where_they_stand() -> None:
    """Each occurrence, in any case; text of others does nothing."""
    content = marked("Exchange of an exchange\x1b[31m", ["exch"])
    assert "\x1b" not in content.plain
    assert [(span.start, span.end) for span in content.spans] == [(0, 4), (15, 19)]


async def type_into_palette(pilot: Pilot[None], text: str) -> None:
    """Open the palette with the key, type, and wait for what is found."""
    await press(pilot, "slash")
    await write(pilot, text)
    await settle(pilot)


@pytest.mark.anyio
async def test_slash_opens_the_palette_and_enter_goes_there(launch: AppConfig) -> None:
    """From another screen to the cell, then to an entry."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "c")
        await type_into_palette(pilot, "pakistan custody")
        assert "cell PK va.custody" in seen(app)
        await press(pilot, "down", "enter")
        assert isinstance(app.screen, CellPage)
        assert app.screen.place == ("PK", "va.custody")
        await type_into_palette(pilot, "@98")
        await press(pilot, "down", "enter")
        assert isinstance(app.screen, EntryPage)
        assert app.screen.seq == 98


@pytest.mark.anyio
async def test_commands_are_shown_with_their_keys(launch: AppConfig) -> None:
    """Those of the user's own file too; read-only, none that records."""
    launch.config_directory.mkdir()
    (launch.config_directory / "keys.toml").write_text('calendar = "K"', "utf-8")
    app = RegledgerApp(read_only(launch))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "ctrl+p")
        assert "K  Go to the calendar screen" in seen(app)
        assert "Record a claim" not in seen(app)


@pytest.mark.anyio
async def test_an_activity_or_a_place_is_chosen_on_the_board(launch: AppConfig) -> None:
    """What is folded or hidden comes into sight."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        grid = grid_of(app)
        grid.folded = {"va"}
        app.go_to(ShowOnBoard(None, "va.custody"))
        await settle(pilot)
        assert grid.place == ("PK", "va.custody")
        app.go_to(ShowOnBoard("AE", None))
        await settle(pilot)
        assert grid.place == ("AE", "va.custody")
        assert grid.everything
        assert isinstance(app.screen, BoardPage)


@pytest.mark.slow
@pytest.mark.anyio
async def test_the_history_is_searched_while_one_types(launch: AppConfig) -> None:
    """The cursor goes to the match with each letter; escape puts it back; 2 of 3 is said."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "h", "slash")
        page = app.screen
        assert isinstance(page, HistoryPage)
        newest = page.log_lines.seq
        await write(pilot, "own-dealing")
        assert page.log_lines.seq != newest
        assert page.log_lines.needle == "own-dealing"
        assert "1 of " in seen(app)
        await press(pilot, "escape")
        assert page.log_lines.seq == newest
        assert page.log_lines.needle == ""
        await press(pilot, "slash", *"bank", "enter", "n")
        assert "2 of " in seen(app)
        await press(pilot, "N")
        assert "1 of " in seen(app)


def test_which_of_how_many() -> None:
    """The newest is the first; of very many it is said that there are more."""
    assert which(7, (9, 7, 3)) == "2 of 3"
    assert which(8, (9, 7, 3)) == "one of 3"
    assert which(0, tuple(range(1500))) == "1 of 999+"


@pytest.mark.anyio
async def test_the_filter_bar_says_what_it_knows(launch: AppConfig) -> None:
    """The values that begin as what is typed after the colon."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "h", "f")
        await write(pilot, "actor:re")
        remark = str(app.screen.query_one(FilterBar).query_one("#remark").render())
        assert remark == "actor: recorder  reviewer"
        await write(pilot, "corder state:")
        remark = str(app.screen.query_one(FilterBar).query_one("#remark").render())
        assert "pending" in remark


@pytest.mark.anyio
@pytest.mark.parametrize("size", BOTH_SIZES)
async def test_one_activity_for_every_kind_of_actor(
    launch: AppConfig, size: tuple[int, int]
) -> None:
    """Each has its own status, those that differ are marked; Enter opens the cell for that kind."""
    app = RegledgerApp(launch)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await press(pilot, *"jjjjjjjjjj", "m")
        assert isinstance(app.screen, ComparisonPage)
        grid = app.screen.query_one(ComparisonGrid)
        found = grid.found
        assert found is not None
        book = app.source.book
        for (place, actor), shown in found.cells.items():
            told = book.status(place, found.activity, actor=actor)
            assert shown.status == told.resolution.status
        text = seen(app)
        assert "Anybody" in text
        differing = [actor for actor in found.actors if found.differs(actor)]
        assert text.count("≠ ") >= len(differing)
        await press(pilot, "j", "enter")
        assert isinstance(app.screen, CellPage)
        assert app.context.actor == found.actors[1]


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_class_that_differs_is_never_hidden_behind_anybody(launch: AppConfig) -> None:
    """Each cell of the board where some class has another status carries the mark."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        grid = grid_of(app)
        table, book = grid.table, app.source.book
        assert table is not None
        for place, activity in table.own:
            across = book.cells.across(activity)
            if any(across.differs(actor) for actor in across.actors):
                shown = table.cell((place, activity))
                assert "differs" in marks_of(shown.flags, shown.basis_kind)


def test_an_activity_that_is_not_there_is_told(source: LedgerSource) -> None:
    """As everywhere, with what may have been meant."""
    with pytest.raises(UnknownId):
        source.book.cells.across("va.exchnge")


@pytest.mark.slow
@pytest.mark.anyio
async def test_words_of_others_do_nothing_in_the_palette(tmp_path: Path) -> None:
    """Names and statements are shown as text."""
    app = RegledgerApp(hostile(tmp_path).launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "slash")
        await write(pilot, "n1")
        assert harmless(app)
