"""Every screen can be read: without colours, in the terminal's own sixteen, at every width."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ledger.errors import NoLedger
from tests.books import norm
from tests.tui.keyboard import choose, colours_of, press, seen, settle
from tests.tui.test_board import desk_launch, grid_of, line_of
from tui.app import RegledgerApp

if TYPE_CHECKING:
    from pathlib import Path

    from rich.style import Style

    from ledger import Ledger
    from tui.app_config import AppConfig

# Keys that lead to a screen from the board: each has something chosen or marked by colour.
SCREENS = {
    "board": (),
    "cell": (*"jjjjjjjjjj", "enter", "tab", "tab", "left"),
    "history": ("h", "slash", *"licence", "enter"),
    "review": ("r", "A"),
    "record": ("a",),
    "diff": ("d",),
    "another time": ("t", *"2025-07-07", "enter"),
}


def hidden_texts(app: RegledgerApp) -> list[str]:
    """Return texts painted in the colour they stand on, or black on the terminal's own ground."""

    def is_hidden(style: Style) -> bool:
        fore, back = style.color, style.bgcolor
        own = back is None or back.is_default
        if fore is None or fore.is_default:
            return False
        return fore == back or (own and fore.name in {"color(0)", "black", "#000000"})

    strips = app.screen._compositor.render_strips()
    painted = [s for strip in strips for s in strip if s.text.strip(" \u2581\u2594") and s.style]
    return [s.text for s in painted if s.style is not None and is_hidden(s.style)]


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
@pytest.mark.parametrize("name", list(SCREENS))
async def test_in_the_colours_of_the_terminal_every_text_is_seen(
    launch: AppConfig, theme: str, name: str
) -> None:
    """No text has the colour of its ground, as segments of the strip once had."""
    app = RegledgerApp(launch)
    app.theme = theme
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, *SCREENS[name])
        assert hidden_texts(app) == []
        assert seen(app).strip()


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.parametrize("name", list(SCREENS))
async def test_no_color_sends_no_colour_and_marks_what_is_chosen(
    launch: AppConfig, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """NO_COLOR: the terminal's own two colours, and the chosen line reversed."""
    monkeypatch.setenv("NO_COLOR", "1")
    (launch.config_directory).mkdir()
    (launch.config_directory / "settings.toml").write_text('theme = "ansi-light"', "utf-8")
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, *SCREENS[name])
        assert colours_of(app) == set()
        strips = app.screen._compositor.render_strips()
        styles = [s.style for strip in strips for s in strip if s.style is not None]
        assert name == "diff" or any(style.reverse or style.underline for style in styles)


@pytest.mark.anyio
async def test_a_theme_is_not_taken_where_none_would_be_seen(
    launch: AppConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under NO_COLOR the key says why nothing changes, and nothing is remembered."""
    monkeypatch.setenv("NO_COLOR", "1")
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        before = app.theme
        await press(pilot, "ctrl+t")
        assert app.theme == before
        assert not app.memory.theme
        assert "NO_COLOR is set" in seen(app)


@pytest.mark.anyio
async def test_what_is_said_in_passing_covers_nothing(launch: AppConfig) -> None:
    """It takes a line between the status line and the keys; the page is shorter, and whole."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        await press(pilot, "h")
        list_before = app.screen.query_one("#log").region
        await press(pilot, "equals_sign")
        said = app.screen.query_one("Toast").region
        regions = [w.region for w in app.screen.query("#log, StatusLine, Footer, Banner")]
        assert said.area
        assert not any(said.overlaps(region) for region in regions)
        assert app.screen.query_one("#log").region.height == list_before.height - said.height
        assert "Mark two entries" in seen(app)


@pytest.mark.anyio
async def test_names_are_whole_where_there_is_room(tmp_path: Path) -> None:
    """On a wide terminal no activity and no place is cut, and the text beside them is wide."""
    long = "va.bank.accounts_for_vasp"
    launch = desk_launch(tmp_path, norm(jurisdiction="CD", activity=long), norm(activity="va"))
    app = RegledgerApp(launch)
    async with app.run_test(size=(200, 55)) as pilot:
        await settle(pilot)
        choose(grid_of(app), ("CD", long))
        await settle(pilot)
        assert "Accounts for service providers " in line_of(app, "Accounts")
        assert f"CD  {grid_of(app).title('CD')[4:]} " in seen(app)
        assert app.screen.query_one("#side").region.width > 60


@pytest.mark.anyio
async def test_a_page_that_is_read_says_so(launch: AppConfig) -> None:
    """Until the first answer the board says that it is being read; then it is there."""
    held = threading.Event()

    def late() -> Ledger:
        held.wait(60)
        return launch.open()

    app = RegledgerApp(replace(launch, open=late))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "reading ..." in grid_of(app).render_line(0).text
        held.set()
        await settle(pilot)
        assert "reading ..." not in seen(app)


@pytest.mark.anyio
async def test_what_cannot_be_read_is_not_said_to_be_read(launch: AppConfig) -> None:
    """An error in the page takes the place of the words."""

    def lost() -> Ledger:
        raise NoLedger("demo.db", "it is not there")

    app = RegledgerApp(replace(launch, open=lost))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "it is not there" in seen(app)
        assert "reading ..." not in seen(app)
