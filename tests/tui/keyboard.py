"""Using the application as a user does: type, press, wait until everything is answered."""

from __future__ import annotations

from textual.pilot import Pilot
from textual.widgets import Static

from tests.tui.settling import at_rest
from tui.app import RegledgerApp
from tui.text.board_table import Place
from tui.widgets.board_grid import BoardGrid

_NAMES = {
    " ": "space",
    "-": "minus",
    ".": "full_stop",
    ":": "colon",
    "/": "slash",
    ",": "comma",
    "@": "at",
    "_": "underscore",
    "[": "left_square_bracket",
    "]": "right_square_bracket",
}


async def settle(pilot: Pilot[None]) -> None:
    """Wait until everything was answered and painted."""
    await at_rest(pilot.app)


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys, waiting after each."""
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


async def write(pilot: Pilot[None], text: str) -> None:
    """Type a text where the cursor is."""
    await pilot.press(*(_NAMES.get(character, character) for character in text))
    await settle(pilot)


async def checked(pilot: Pilot[None]) -> None:
    """Wait until the draft was checked, which happens once the typing pauses."""
    await settle(pilot)


def seen(app: RegledgerApp) -> str:
    """Return the text of the screen as it stands."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(s.text for s in strip if not s.control) for strip in strips)


def colours_of(app: RegledgerApp) -> set[str]:
    """Return the names of the colours that the screen is painted in; the terminal's own is none."""
    strips = app.screen._compositor.render_strips()
    styles = [s.style for strip in strips for s in strip if s.style is not None and not s.control]
    used = {colour for style in styles for colour in (style.color, style.bgcolor)}
    return {colour.name for colour in used if colour is not None and not colour.is_default}


def static(app: RegledgerApp, selector: str) -> str:
    """Return the text of a Static of the screen."""
    return str(app.screen.query_one(selector, Static).render())


def choose(grid: BoardGrid, place: Place) -> None:
    """Put the board's cursor on a cell, unfolding what hides it."""
    assert grid.table is not None
    grid.folded -= set(grid.table.taxonomy.ancestors(place[1])[1:])
    grid._arrange(place)
