"""What hands do at a terminal: type, press, wait until everything has been answered."""

from __future__ import annotations

from contextlib import suppress

from textual.pilot import Pilot
from textual.widgets import Static
from textual.worker import WorkerCancelled

from tui.app import RegledgerApp

ROUNDS = 3
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
    """Wait until no worker runs any more; one that a newer question replaced is no matter."""
    app = pilot.app
    quiet = 0  # rounds; on a busy machine a key may still be on its way after the first
    for _ in range(20):
        await pilot.pause(0.02 if quiet else None)
        if all(worker.is_finished for worker in app.workers):
            quiet += 1
            if quiet == ROUNDS:
                return
            continue
        quiet = 0
        with suppress(WorkerCancelled):
            await app.workers.wait_for_complete()


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
    """Wait until the pause after typing is over and the draft was checked."""
    await pilot.pause(0.4)
    await settle(pilot)


def seen(app: RegledgerApp) -> str:
    """The text of the screen as it stands."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(s.text for s in strip if not s.control) for strip in strips)


def static(app: RegledgerApp, selector: str) -> str:
    """The text of a Static of the screen."""
    return str(app.screen.query_one(selector, Static).render())
