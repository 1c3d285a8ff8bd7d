"""A picture of every screen at two sizes or three, compared with the last one that was approved.

``pytest tests/tui/test_snapshots.py --snapshot-update`` makes them again after a change that is
meant; look at them before committing.
The same files are shown in docs/tui.md.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from tests.examples import seldom
from tests.tui.conftest import launch_over
from tests.tui.keyboard import press, settle
from tests.tui.reproducible_sample import build_frozen
from tui.app import RegledgerApp

SIZES = {"120x40": (120, 40), "80x24": (80, 24), "200x55": (200, 55)}
# Name of the picture -> keys that lead there from the board.
SCREENS: dict[str, list[str]] = {
    "board": [],
    "across": [*"jjjjjjjjj", "m"],
    "anywhere": ["slash", *"custody"],
    "board-bank": ["p", *"bank", "enter"],
    "cell": [*"jjjjjjjjjj", "enter"],  # the exchange, where most was said
    "strip": [*"jjjjjjjjjj", "enter", "tab", "tab", "left", "left"],
    "history": ["h", "g"],
    "history-detail": ["h", "g", "o"],
    "history-filter": ["h", "f", *"type:claim", "enter"],
    "entry": ["h", "g", "enter"],
    "entry-json": ["h", "g", "enter", "J"],
    "diff": ["d", "f", *"2025-07-07@60", "tab", *"2026-05-10@114", "enter"],
    "time": ["t"],
    "elsewhen": ["t", *"2025-07-07", "enter"],
    "review": ["r"],
    "record": ["a"],
    "record-form": ["a", "enter"],
    "points": ["d", "f"],
    "goto": ["h", "colon"],
    "reject": ["r", "R"],
    "sign": ["r", "A", "up", *"Seen.", "enter"],
    "correct": ["h", "j", "j", "enter", "C"],
    "retract": ["h", "j", "j", "enter", "X"],
    "dispute": ["h", "j", "j", "enter", "D"],
    "integrity": ["i"],
    "integrity-verified": ["i", "v"],
    "calendar": ["c"],
    "help": ["question_mark"],
    "export": ["e"],
    "saved": ["V"],
    "actor": ["p"],
}


MAIN = frozenset({"board", "cell", "diff", "record-form"})
# What a large terminal gives its room to.
LARGE = MAIN | {"history", "history-detail", "entry", "review", "calendar", "integrity", "help"}
PLAIN = ("board", "strip", "history-detail", "sign", "elsewhen")  # without colours of our own
SLOW = [pytest.mark.slow]
Compare = Callable[..., bool]


@pytest.fixture(scope="session")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the sample without chance; read it, never change it."""
    return build_frozen(tmp_path_factory.mktemp("frozen"))


@pytest.fixture
def app(frozen: Path, tmp_path: Path) -> RegledgerApp:
    """Return an application over a copy of it."""
    return app_over(frozen, tmp_path)


def app_over(frozen: Path, tmp_path: Path) -> RegledgerApp:
    """Return an application over a copy of the sample, as the environment wants it."""
    database = tmp_path / "demo.db"
    shutil.copy(frozen, database)
    shutil.copytree(frozen.with_name("demo.db.keys"), tmp_path / "demo.db.keys")
    launch = launch_over(database, tmp_path)
    return RegledgerApp(replace(launch, exports=Path("/home/you")))


def _going(keys: list[str]) -> Callable[[Pilot[None]], object]:
    async def go(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await press(pilot, *keys)
        for field in (*pilot.app.screen.query(Input), *pilot.app.screen.query(TextArea)):
            field.cursor_blink = False
        await pilot.pause()

    return go


def _pictures() -> Iterator[object]:
    """Yield every screen at its sizes; all but the main ones at 120x40 belong to the slow set."""
    for name in SCREENS:
        for size in SIZES if name in LARGE else ("120x40", "80x24"):
            quick = size == "120x40" and name in MAIN
            yield pytest.param(name, size, id=f"{name}-{size}", marks=[] if quick else SLOW)


@pytest.mark.parametrize(("name", "size"), _pictures())
def test_screen(app: RegledgerApp, name: str, size: str, snap_compare: Compare) -> None:
    """The screen looks like its approved picture."""
    assert snap_compare(app, terminal_size=SIZES[size], run_before=_going(SCREENS[name]))


@pytest.mark.parametrize("theme", ["regledger-light", *seldom("regledger-contrast", "ansi-dark")])
def test_theme(app: RegledgerApp, theme: str, snap_compare: Compare) -> None:
    """The board in each theme."""
    app.theme = theme
    assert snap_compare(app, terminal_size=SIZES["80x24"], run_before=_going([]))


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
@pytest.mark.parametrize("name", PLAIN)
def test_colours_of_the_terminal(
    app: RegledgerApp, name: str, theme: str, snap_compare: Compare
) -> None:
    """Screens where something is chosen, in the sixteen colours that the terminal has."""
    app.theme = theme
    assert snap_compare(app, terminal_size=SIZES["80x24"], run_before=_going(SCREENS[name]))


@pytest.fixture
def plain_app(frozen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RegledgerApp:
    """Return an application under NO_COLOR."""
    monkeypatch.setenv("NO_COLOR", "1")
    return app_over(frozen, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", PLAIN)
def test_no_color(plain_app: RegledgerApp, name: str, snap_compare: Compare) -> None:
    """The same without any colour."""
    size = SIZES["80x24"]
    assert snap_compare(plain_app, terminal_size=size, run_before=_going(SCREENS[name]))
