"""The board: what it shows is what `status` says, and it stays put."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Static

from ledger import Ledger, open_ledger
from ledger.clock import SimulatedClock
from ledger.domain.claims import Claim
from tests.books import norm, open_desk
from tests.tui.conftest import BOTH_SIZES, NOW
from tests.tui.hostile import harmless, hostile
from tests.tui.keyboard import choose, settle
from tui.app import RegledgerApp
from tui.app_config import AppConfig
from tui.screens.board import BoardPage
from tui.screens.cell import CellPage
from tui.widgets.board_grid import BoardGrid
from tui.widgets.cell_summary import CellSummaryPane

EXCHANGE = ("PK", "va.exchange")
WIDE, NARROW = (120, 40), (80, 24)


def grid_of(app: RegledgerApp) -> BoardGrid:
    """Return the grid of the board that is seen."""
    return app.screen.query_one(BoardGrid)


def line_of(app: RegledgerApp, name: str) -> str:
    """Return the line of the screen that begins with the name of an activity."""
    lines = harmless(app).splitlines()
    return next(line for line in lines if line.lstrip(" ▾▸").startswith(name))


@pytest.fixture
def book(launch: AppConfig) -> Iterator[Ledger]:
    """Return the ledger as the library sees it."""
    found = launch.open()
    yield found
    found.close()


def desk_launch(folder: Path, *claims: Claim) -> AppConfig:
    """Return a small ledger of these claims, and how to start an application over it."""
    path = folder / "small.db"
    desk = open_desk(path, review="none")
    if claims:
        desk.enter(*claims)
    desk.book.close()
    return AppConfig(
        name="small.db",
        open=lambda: open_ledger(str(path), clock=SimulatedClock(NOW)),
        config_directory=folder / "config",
        state_directory=folder / "state",
    )


@pytest.mark.anyio
async def test_every_cell_says_what_status_says(launch: AppConfig, book: Ledger) -> None:
    """Status, basis and flags of every cell on the board are those of the library."""
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        table = grid_of(app).table
        assert table is not None
        for found in book.board().cells:
            shown = table.cell((found.cell.jurisdiction, found.cell.activity))
            assert (shown.status, shown.basis_kind) == (found.status, found.basis_kind)
            assert shown.flags == found.flags
            assert shown.whole
        assert "◆ under framework" in line_of(app, "Exchange")
        assert "by rule, disputed" in line_of(app, "Exchange")
        dealing = line_of(app, "Dealing")
        assert "✖ prohibited" in dealing
        assert "d!+" in dealing
        assert "declared, not law" in dealing


@pytest.mark.anyio
@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_silence_is_never_shown_as_an_answer(
    launch: AppConfig, book: Ledger, size: tuple[int, int]
) -> None:
    """A status that follows from above is marked and is what `status` says; silence is a dot."""
    app = RegledgerApp(launch)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        mining = line_of(app, "Mining")
        assert "^? undetermined" in mining
        assert "as Virtual assets" in mining
        assert book.status("PK", "va.mining").status == "undetermined"
        recognition = line_of(app, "Recognition")
        assert "· " in recognition
        assert "nothing recorded" in recognition
        for promised in ("State reserve", "Power for mining", "Data centres for"):
            assert "c  " in line_of(app, promised)
        legend = harmless(app)
        for words in ("· none", "^ above", "d declared, not law", "! contested", "+ pending"):
            assert words in legend
        assert "~ dates  c commitment  ≠ differs" in legend


@pytest.mark.anyio
async def test_inherited_answers_agree_with_the_library(launch: AppConfig, book: Ledger) -> None:
    """With every activity shown, each one of PK has the status that asking for it gives."""
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.press("asterisk")
        await settle(pilot)
        table = grid_of(app).table
        assert table is not None
        assert len(grid_of(app).rows) == len(book.taxonomy.activities)
        for row in grid_of(app).rows:
            shown = table.cell(("PK", row.activity))
            assert (shown.status or "undetermined") == book.status("PK", row.activity).status


@pytest.mark.anyio
async def test_folding_hides_and_says_that_something_differs(launch: AppConfig) -> None:
    """Space folds a branch, counts what it hides, marks that it differs, and unfolds again."""
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        grid = grid_of(app)
        everything = [row.activity for row in grid.rows]
        choose(grid, ("PK", "va"))
        await pilot.press("space")
        await settle(pilot)
        folded = line_of(app, "Virtual assets (+")
        assert "▸ Virtual assets (+13)" in folded
        assert "≠" in folded
        assert "≠ differs" in harmless(app)
        assert grid.place == ("PK", "va")
        await pilot.press("space")
        await settle(pilot)
        assert [row.activity for row in grid.rows] == everything
        choose(grid, EXCHANGE)
        await pilot.press("space")  # nothing lies below it: what it belongs to is folded
        assert grid.place == ("PK", "va")


@pytest.mark.anyio
async def test_asterisk_shows_all_there_is(launch: AppConfig, book: Ledger) -> None:
    """The status line says how many activities and places are hidden; `*` shows them."""
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        grid = grid_of(app)
        choose(grid, EXCHANGE)
        activities, places = grid.hidden
        assert activities == len(book.taxonomy.activities) - len(grid.rows)
        assert f"* {activities} more activities, {places} places" in harmless(app)
        await pilot.press("asterisk")
        await settle(pilot)
        assert len(grid.columns) == len(book.taxonomy.jurisdictions)
        assert grid.place == EXCHANGE
        await pilot.press("asterisk")
        await settle(pilot)
        assert grid.columns == ["PK"]
        assert grid.place == EXCHANGE


@pytest.mark.anyio
@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_columns_scroll_and_the_names_stay(tmp_path: Path, size: tuple[int, int]) -> None:
    """Left and right walk over jurisdictions; the header and the first column stay."""
    places = ["AE", "CH", "DE", "GB", "JP", "PK", "SG", "US"]
    claims = [norm(jurisdiction=j, key=f"n-{j.lower()}") for j in places]
    app = RegledgerApp(desk_launch(tmp_path, *claims))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        grid = grid_of(app)
        assert grid.columns == places
        for expected in places[1:]:
            await pilot.press("right")
            assert grid.place is not None
            assert grid.place[0] == expected
        await settle(pilot)
        text = harmless(app)
        assert "US  United" in text
        assert "AE  United" not in text
        assert "◀" in text
        assert "Dealing" in text
        assert "✖ prohibited" in text
        await pilot.press(*["left"] * len(places))
        assert grid.place is not None
        assert grid.place[0] == "AE"


@pytest.mark.anyio
@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_the_chosen_cell_is_told_in_words(launch: AppConfig, size: tuple[int, int]) -> None:
    """Status, since when and the basis stand beside the grid, or below it in two lines."""
    app = RegledgerApp(launch)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        choose(grid_of(app), EXCHANGE)
        await settle(pilot)
        text = harmless(app)
        assert "2025-07-08" in text
        assert "It rests on Virtual Assets Act, 2026" in text.replace("\n", " ")
        if size == WIDE:
            told = app.screen.query_one(CellSummaryPane).text
            assert "passing time alone changes nothing" in told
            assert "disputed" in told
            assert "[0" not in told  # no claim ids
        else:
            assert "since 2025-07-08" in str(app.screen.query_one("#brief", Static).content)
            await pilot.resize_terminal(*WIDE)
            await settle(pilot)
            assert "On what is recorded, passing" in harmless(app)


@pytest.mark.anyio
async def test_waiting_claims_and_coming_changes_are_told(launch: AppConfig) -> None:
    """The pane says how many claims await review, and the board when an answer changes."""
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.press("asterisk")
        choose(grid_of(app), ("PK", "va.tax"))
        await settle(pilot)
        told = app.screen.query_one(CellSummaryPane).text
        assert "No claim names this itself: it follows from Virtual assets" in told
        choose(grid_of(app), ("PK", "va.sandbox"))
        app.context = replace(app.context, actor="vasp")
        await settle(pilot)
        assert "1 claim awaits review (r)" in app.screen.query_one(CellSummaryPane).text
        await pilot.press("asterisk")
        app.context = replace(app.context, actor="any", as_of="2025-06-01")
        choose(grid_of(app), EXCHANGE)
        await settle(pilot)
        assert "changes 2025-07-08" in line_of(app, "Exchange")
        assert "on 2025-07-08" in app.screen.query_one(CellSummaryPane).text
        assert "NOT NOW" in harmless(app)


@pytest.mark.anyio
async def test_holding_down_asks_little(launch: AppConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten lines in a row ask for the cell where the cursor comes to rest, not for ten."""
    asked: list[tuple[str, ...]] = []
    status = Ledger.status

    def counted(self: Ledger, *place: str, **named: str) -> object:
        asked.append(place)
        return status(self, *place, **named)  # type: ignore[arg-type]  # passed on as given

    monkeypatch.setattr(Ledger, "status", counted)
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        asked.clear()
        for _ in range(10):
            grid_of(app).action_move(1)
        await settle(pilot)
        assert asked == [grid_of(app).place]


@pytest.mark.anyio
async def test_enter_opens_the_cell(launch: AppConfig) -> None:
    """Enter opens the chosen cell, and back comes back to it."""
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        choose(grid_of(app), EXCHANGE)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, CellPage)
        assert app.screen.place == EXCHANGE
        await pilot.press("q")
        await settle(pilot)
        assert grid_of(app).place == EXCHANGE


@pytest.mark.anyio
async def test_n_goes_to_the_next_cell_with_a_flag(launch: AppConfig) -> None:
    """The key skips cells without flags and those that only follow from above."""
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        went = []
        for _ in range(3):
            await pilot.press("n")
            went.append(grid_of(app).place)
        assert went == [("PK", "dc.ai"), ("PK", "state.reserve"), ("PK", "va")]


@pytest.mark.slow
@pytest.mark.anyio
async def test_another_context_asks_anew_and_keeps_the_place(launch: AppConfig) -> None:
    """View and actor class change the answers; an unknown class is an error in the page."""
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        choose(grid_of(app), ("PK", "va.deal"))
        await pilot.press("v")
        await settle(pilot)
        assert "? undetermined" in line_of(app, "Dealing")
        assert grid_of(app).place == ("PK", "va.deal")
        await pilot.press("v")
        app.context = replace(app.context, actor="org:NOBODY")
        await settle(pilot)
        assert app.screen.query_one("#trouble", Static).display
        assert "NOBODY" in harmless(app)
        app.context = replace(app.context, actor="bank")
        await settle(pilot)
        assert "NOBODY" not in harmless(app)
        assert "for bank" in harmless(app)


@pytest.mark.anyio
@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_an_empty_ledger_says_what_to_do(tmp_path: Path, size: tuple[int, int]) -> None:
    """Without claims the board says how to record some."""
    app = RegledgerApp(desk_launch(tmp_path))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        text = harmless(app)
        assert "Nothing is recorded yet" in text
        assert "regledger record FILE" in text
        assert "legal" not in text
        await pilot.press("down", "right", "space", "n", "asterisk")
        await settle(pilot)
        assert isinstance(app.screen, BoardPage)


@pytest.mark.anyio
async def test_clicks_choose_open_and_fold(launch: AppConfig) -> None:
    """A click chooses a cell, another one opens it; a click on the mark folds."""
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        grid = grid_of(app)
        rows = len(grid.rows)
        at = [row.activity for row in grid.rows].index("va")
        await pilot.click(BoardGrid, offset=(0, at))
        assert len(grid.rows) == rows - 13
        await pilot.click(BoardGrid, offset=(0, at))
        assert len(grid.rows) == rows
        number = [row.activity for row in grid.rows].index("va.exchange")
        await pilot.click(BoardGrid, offset=(50, number))
        assert grid.place == EXCHANGE
        await pilot.click(BoardGrid, offset=(50, number))
        await settle(pilot)
        assert isinstance(app.screen, CellPage)


@pytest.mark.anyio
@pytest.mark.parametrize("size", BOTH_SIZES)
async def test_words_of_others_do_nothing(tmp_path: Path, size: tuple[int, int]) -> None:
    """Grid, pane and line show hostile text as text."""
    app = RegledgerApp(hostile(tmp_path).launch)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        for _ in range(4):
            harmless(app)
            await pilot.press("down")
            await settle(pilot)
        choose(grid_of(app), EXCHANGE)
        await settle(pilot)
        harmless(app)
        told = app.screen.query_one(CellSummaryPane).text
        assert "[/foo] [bold]x[/bold]" in told
        assert "\\x1b[31mred" in told
        assert "\\u202e" in told
        assert not any(ord(c) < 0x20 and c != "\n" for c in told)
