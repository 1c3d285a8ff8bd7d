"""How tests drive the application: keys, then rest until every worker has answered."""

from __future__ import annotations

from contextlib import suppress

from textual.pilot import Pilot
from textual.worker import WorkerCancelled, WorkerFailed

from tui.app import RegledgerApp


async def settle(pilot: Pilot[None]) -> None:
    """Wait until nothing is asked any more and what was answered is painted."""
    for _ in range(3):
        await pilot.pause()
        # A newer question cancels an older one of its group: that is no failure.
        with suppress(WorkerCancelled, WorkerFailed):
            await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys one after the other, each with what follows from it."""
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


def seen(app: RegledgerApp) -> str:
    """The screen as text."""
    return "\n".join(
        "".join(segment.text for segment in strip)
        for strip in app.screen._compositor.render_strips()
    )
