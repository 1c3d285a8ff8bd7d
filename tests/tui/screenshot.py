"""Write a picture of a screen: ``python -m tests.tui.screenshot KEYS [WIDTHxHEIGHT] [FILE]``.

Builds the sample, starts the application over it, presses the keys (separated by blanks) and writes
an SVG of what is seen.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.tui.conftest import launch_over
from tests.tui.keyboard import press, settle
from tests.tui.reproducible_sample import build_frozen
from tui.app import RegledgerApp


async def picture(keys: list[str], size: tuple[int, int]) -> str:
    """Press the keys, wait for the workers after each, and return the screen as SVG."""
    with tempfile.TemporaryDirectory() as folder:
        app = RegledgerApp(launch_over(build_frozen(Path(folder)), Path(folder)))
        async with app.run_test(size=size) as pilot:
            await settle(pilot)
            for key in keys:
                await press(pilot, key)
            made = app.export_screenshot()
    return made


if __name__ == "__main__":
    width, _, height = (sys.argv[2] if len(sys.argv) > 2 else "120x40").partition("x")
    target = Path(sys.argv[3] if len(sys.argv) > 3 else "screen.svg")
    target.write_text(asyncio.run(picture(sys.argv[1].split(), (int(width), int(height)))), "utf-8")
