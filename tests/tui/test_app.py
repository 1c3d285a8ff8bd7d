"""The application as a whole: it starts, goes about, loses and finds its ledger."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ledger.api.entries import Entries
from ledger.errors import InputError
from tests.examples import seldom
from tests.tui.keyboard import press, seen, settle
from tests.tui.test_history import grow
from tui.app import MAIN, RegledgerApp
from tui.app_config import AppConfig
from tui.screens.base_page import Page

ROOT = Path(__file__).parents[2]


@pytest.mark.anyio
async def test_opens_on_the_board(launch: AppConfig) -> None:
    """The first screen is the board, and the ledger behind it is opened by itself."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert app.current_mode == "board"
        assert app.log_state.size == 115
        assert "115 entries" in seen(app)


@pytest.mark.anyio
@pytest.mark.parametrize("size", [(60, 15), *seldom((80, 24), (120, 40))])
async def test_every_main_screen_opens_and_back_leads_home(
    launch: AppConfig, size: tuple[int, int]
) -> None:
    """Each by its key, and q goes the way back; on the board it ends."""
    app = RegledgerApp(launch)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        for name, key in zip(MAIN[1:], "hdric", strict=True):
            await press(pilot, key)
            assert app.current_mode == name
            assert all(len(line) <= size[0] for line in seen(app).splitlines())
        for _ in MAIN[1:]:
            await press(pilot, "q")
        assert app.current_mode == "board"
        await press(pilot, "q")
        assert not app.is_running


@pytest.mark.anyio
@pytest.mark.parametrize("size", [(59, 40), (120, 14), (20, 5)])
async def test_too_small_is_a_sentence(launch: AppConfig, size: tuple[int, int]) -> None:
    """Nothing else is shown, and it says what is needed."""
    app = RegledgerApp(launch)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        assert "too small" in " ".join(seen(app).split())
        assert "Board" not in seen(app)


@pytest.mark.anyio
async def test_a_lost_database_is_shown_and_found_again(
    launch: AppConfig, ledger_file: Path, tmp_path: Path
) -> None:
    """The screen stays as it was, the status line says why; with the file back all goes on."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        shutil.move(ledger_file, tmp_path / "away.db")
        app.poll()
        await settle(pilot)
        assert "cannot be reached" in seen(app)
        assert "Exchange" in seen(app)
        await press(pilot, "h")
        assert app.is_running
        shutil.move(tmp_path / "away.db", ledger_file)
        app.poll()
        await settle(pilot)
        assert "cannot be reached" not in seen(app)
        assert "115 entries" in seen(app)


@pytest.mark.anyio
async def test_what_is_recorded_while_the_log_is_looked_at_is_not_missed(
    launch: AppConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look that had read the size before an entry came is followed by another one."""
    read, go_on = threading.Event(), threading.Event()
    waiting = Entries.pending_count

    def late(entries: Entries) -> int:
        read.set()
        go_on.wait(60)
        return waiting(entries)

    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        monkeypatch.setattr(Entries, "pending_count", late)
        app.poll()
        await asyncio.to_thread(read.wait, 60)
        grow(launch).close()
        app.poll()
        go_on.set()
        await settle(pilot)
        assert app.log_state.size == 116


@pytest.mark.anyio
async def test_a_late_answer_does_not_hide_a_failure(launch: AppConfig) -> None:
    """An answer to an earlier question leaves a failure in sight; one to a later ends it."""
    go_on = threading.Event()
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        page = app.screen
        assert isinstance(page, Page)
        page.ask(lambda _: go_on.wait(60), lambda _: None, group="slow")
        page.show_error(InputError("It cannot be read."))
        go_on.set()
        await settle(pilot)
        assert page.query_one("#trouble").display
        page.ask(lambda _: True, lambda _: None, group="quick")
        await settle(pilot)
        assert not page.query_one("#trouble").display


@pytest.mark.anyio
async def test_a_ledger_that_was_never_there_is_said(launch: AppConfig, ledger_file: Path) -> None:
    """The reason and what to do; no trace, nothing created."""
    ledger_file.unlink()
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "cannot be reached" in seen(app)
        assert "regledger init" in seen(app)
    assert not ledger_file.exists()


def test_painting_comes_before_the_database() -> None:
    """Importing the application loads neither SQLAlchemy nor pydantic."""
    program = (
        "import sys, tui.app; print([n for n in ('sqlalchemy', 'pydantic') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
