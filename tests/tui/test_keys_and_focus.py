"""Keys and focus: the pane that has it is seen, escape takes off, the line of keys fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.widgets import Input

from tests.tui.conftest import BOTH_SIZES
from tests.tui.keyboard import press, seen, settle
from tui.app import RegledgerApp
from tui.dialogs.form_dialogs import LeaveDialog
from tui.dialogs.help import HelpDialog
from tui.keymap import KEYS
from tui.screens.board import BoardPage
from tui.screens.cell import CellPage
from tui.screens.entry import EntryPage
from tui.screens.history import HistoryPage
from tui.widgets.key_line import KeyLine, fitting
from tui.widgets.virtual_lines import TextLines

if TYPE_CHECKING:
    from tui.app_config import AppConfig


@pytest.mark.anyio
async def test_tab_on_the_board_shows_where_it_went_and_enter_opens_from_there(
    launch: AppConfig,
) -> None:
    """The edge of the pane is heavy while it has the focus; Enter opens the chosen cell."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "┃" not in seen(app)
        await press(pilot, "j", "tab")
        side = app.screen.query_one("#side")
        assert app.screen.focused is side
        assert side.styles.border_left[0] == "heavy"
        await press(pilot, "escape")
        assert app.screen.focused is app.screen.query_one("BoardGrid")
        await press(pilot, "tab", "enter")
        assert isinstance(app.screen, CellPage)
        assert app.screen.place == ("PK", "dc.ai")


@pytest.mark.slow
@pytest.mark.anyio
async def test_escape_takes_off_mark_search_filter_and_pane_in_turn(launch: AppConfig) -> None:
    """One thing with each press, then back to the board, which it never leaves."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "h", "o", "f", *"licence", "enter")
        await press(pilot, "slash", *"bank", "enter", "space")
        page = app.screen
        assert isinstance(page, HistoryPage)
        shown = page.log_lines
        assert (len(shown.marks), shown.needle) == (1, "bank")
        await press(pilot, "escape")
        assert (shown.marks, shown.needle) == ([], "bank")
        await press(pilot, "escape")
        assert shown.needle == ""
        assert page.words
        await press(pilot, "escape")
        assert not page.words
        assert page.query_one("#detail").display
        await press(pilot, "escape")
        assert not page.query_one("#detail").display
        assert app.screen is page
        await press(pilot, "escape", "escape", "escape")
        assert app.screen.query("BoardGrid")
        assert app.is_running


@pytest.mark.slow
@pytest.mark.anyio
async def test_enter_beside_the_list_opens_what_the_list_stands_on(launch: AppConfig) -> None:
    """In the history's detail it is the same entry."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "h", "j", "o", "tab")
        assert app.screen.focused is app.screen.query_one("#detail")
        page = app.screen
        assert isinstance(page, HistoryPage)
        seq = page.log_lines.seq
        await press(pilot, "enter")
        assert isinstance(app.screen, EntryPage)
        assert app.screen.seq == seq


@pytest.mark.slow
@pytest.mark.anyio
async def test_b_is_the_board_whatever_was_opened_on_it(launch: AppConfig) -> None:
    """A cell that was left open is closed; history keeps its entry."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "enter")
        assert isinstance(app.screen, CellPage)
        await press(pilot, "h", "enter")
        assert isinstance(app.screen, EntryPage)
        await press(pilot, "b")
        assert isinstance(app.screen, BoardPage)
        await press(pilot, "h")
        assert isinstance(app.screen, EntryPage)


@pytest.mark.slow
@pytest.mark.anyio
async def test_q_on_the_board_asks_where_something_is_unsaved(launch: AppConfig) -> None:
    """What was typed into a form over another screen is not lost with the application."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "h", "a", "enter")
        app.screen.query(Input).first().value = "PK"
        await settle(pilot)
        app.action_page("board")
        await settle(pilot)
        assert isinstance(app.screen, BoardPage)
        await press(pilot, "q")
        assert isinstance(app.screen, LeaveDialog)
        assert app.is_running


@pytest.mark.anyio
@pytest.mark.parametrize("size", BOTH_SIZES)
async def test_help_begins_with_this_screen_and_can_be_narrowed(
    launch: AppConfig, size: tuple[int, int]
) -> None:
    """The present screen comes first; a word leaves the keys that have it; ids stand beside."""
    app = RegledgerApp(launch)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await press(pilot, "h", "question_mark")
        text = app.screen.query_one(TextLines).text
        assert text.lstrip().startswith("History (this screen)")
        assert all(name in text for name in KEYS)
        await press(pilot, "slash", *"earlier")
        narrowed = app.screen.query_one(TextLines).text
        assert "A day earlier" in narrowed
        assert "Raw JSON" not in narrowed
        await press(pilot, "escape")
        assert isinstance(app.screen, HelpDialog)
        assert "Raw JSON" in app.screen.query_one(TextLines).text
        await press(pilot, "escape")
        assert isinstance(app.screen, HistoryPage)


def line_of_keys(app: RegledgerApp) -> list[str]:
    """Return the words of the keys, from left to right."""
    return [str(one.description) for one in app.screen.query("FooterKey")]  # type: ignore[attr-defined]


@pytest.mark.anyio
async def test_the_line_of_keys_has_one_order_and_cuts_none(launch: AppConfig) -> None:
    """A screen's own keys, then help and back, then the screens; a narrow one has fewer."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(200, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "h")
        whole = line_of_keys(app)
        assert whole[:3] == ["Search", "Filter", "Detail beside"]
        assert whole.index("Detail beside") < whole.index("Keys") < whole.index("Back")
        assert whole.index("Back") < whole.index("Board") < whole.index("Diff")
        await pilot.resize_terminal(70, 24)
        await settle(pilot)
        fewer = line_of_keys(app)
        assert fewer == whole[: len(fewer)]
        assert len(fewer) < len(whole)
        regions = [one.region for one in app.screen.query("FooterKey")]
        assert max(region.right for region in regions) <= 70
        assert app.screen.query_one(KeyLine).region.height == 1


@given(st.lists(st.integers(1, 30), max_size=20), st.integers(0, 20), st.integers(0, 300))
def test_keys_that_fit_are_the_first_ones_and_the_one_that_is_kept(
    widths: list[int], kept: int, room: int
) -> None:
    """They are in order and find room, but for the one that is never left out."""
    found = fitting(widths, kept, room)
    assert found == sorted(found)
    others = [number for number in found if number != kept]
    assert others == [n for n in range(len(widths)) if n != kept][: len(others)]
    if kept < len(widths):
        assert kept in found
    assert sum(widths[n] for n in found) <= room or not others
