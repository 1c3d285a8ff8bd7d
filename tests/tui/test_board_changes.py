"""The board: a claim of another process comes in, and changes since the last look."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.widgets import Static

from ledger.api.cells import Cells
from ledger.api.ledger import Ledger
from tests.examples import seldom
from tests.tui.hostile import harmless
from tests.tui.keyboard import choose, settle
from tests.tui.test_board import EXCHANGE, WIDE, grid_of, line_of
from tui.app import RegledgerApp
from tui.app_config import AppConfig
from tui.base_app import POLL_S
from tui.preferences import UserMemory
from tui.screens import board
from tui.screens.board import ChangeSummary

# What another process does to the same file: a claim about AE, recorded and approved.
ELSEWHERE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from ledger.clock import SimulatedClock
from ledger.log.keys import load_signer
from ledger import open_ledger
from tests.books import norm

file = Path(sys.argv[1])
clock = SimulatedClock(datetime(2026, 11, 26, 9, 31, tzinfo=UTC))
book = open_ledger(str(file), clock=clock)
who = lambda name: load_signer(file.with_name("demo.db.keys") / f"{name}.pem", b"demo")
claim = norm(jurisdiction="AE", activity="dc", key="from-elsewhere")
print("ready", flush=True)
sys.stdin.readline()
(made,) = book.record([claim], signer=who("recorder"), actor="recorder")
book.review([made.event], "approve", signer=who("reviewer"), actor="reviewer")
print("done", flush=True)
"""


@pytest.fixture
def book(launch: AppConfig) -> Iterator[Ledger]:
    """Return the ledger as the library sees it."""
    found = launch.open()
    yield found
    found.close()


@pytest.fixture
def elsewhere(ledger_file: Path) -> Iterator[subprocess.Popen[str]]:
    """Return another process that has the ledger open, and records on demand."""
    with subprocess.Popen(
        [sys.executable, "-c", ELSEWHERE, str(ledger_file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        yield other
        other.kill()


def go(other: subprocess.Popen[str]) -> None:
    """Have the other process record, and wait until it has."""
    assert other.stdin is not None
    assert other.stdout is not None
    other.stdin.write("go\n")
    other.stdin.flush()
    assert other.stdout.readline() == "done\n"


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_claim_of_another_process_appears_within_two_seconds(
    launch: AppConfig, elsewhere: subprocess.Popen[str]
) -> None:
    """Another process records and approves; its column appears, and the cursor keeps its cell."""
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        grid = grid_of(app)
        choose(grid, EXCHANGE)
        await settle(pilot)
        row = grid.cursor
        await asyncio.to_thread(go, elsewhere)
        assert POLL_S in {timer._interval for timer in app._timers if timer._callback == app.tick}
        polls = 0
        while grid.columns != ["AE", "PK"]:
            polls += 1
            assert polls * POLL_S <= 2
            app.poll()
            await settle(pilot)
        assert grid.place == EXCHANGE
        assert (grid.cursor, grid.column) == (row, 1)
        assert "117 entries" in harmless(app)
        since = str(app.screen.query_one(ChangeSummary).content)
        assert "1 cell changed, 2 new entries" in since
        assert grid.changed == {("AE", "dc")}
        assert "*" in line_of(app, "Data centres")


def remember(launch: AppConfig, point: str) -> UserMemory:
    """Have an earlier run remember the last look."""
    assert launch.state_directory is not None
    book = launch.open()
    memory = UserMemory.read(launch.state_directory)
    memory.remember_point(book.policy.ledger, point)
    book.close()
    return memory


@pytest.mark.anyio
async def test_tells_what_changed_since_one_last_looked(launch: AppConfig, book: Ledger) -> None:
    """One line with entries and cells, marks on the cells, and Enter on it compares."""
    memory = remember(launch, "2026-02-01@97")
    changes = book.diff("2026-02-01@97", "2026-11-26@114").changes
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        text = harmless(app)
        assert "since you last looked (2026-02-01, @97): " in text
        assert f"{len(changes)} cells changed, 17 new entries" in text
        marked = {(c.cell.jurisdiction, c.cell.activity) for c in changes if c.cell.actor == "any"}
        assert grid_of(app).changed == marked
        for place in marked:
            name = book.taxonomy.activities[place[1]].name
            assert "*" in line_of(app, name[:20])
        assert UserMemory.read(memory.file.parent).seen == memory.seen  # not at once
        app.screen.query_one(ChangeSummary).focus()
        await pilot.press("enter")
        await settle(pilot)
        assert app.current_mode == "diff"
        assert "from 2026-02-01@97  to 2026-11-26@114" in harmless(app)
    assert UserMemory.read(memory.file.parent).seen == {book.policy.ledger: "2026-11-26@114"}


@pytest.mark.slow
@pytest.mark.anyio
async def test_d_compares_with_when_one_last_looked(launch: AppConfig) -> None:
    """Leaving by `d` remembers the new point, and still compares with the old one."""
    remember(launch, "2026-02-01@97")
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.press("d")
        await settle(pilot)
        assert "from 2026-02-01@97  to 2026-11-26@114" in harmless(app)
        assert list(app.memory.seen.values()) == ["2026-11-26@114"]


@pytest.mark.anyio
@pytest.mark.parametrize("point", ["2026-02-01@9999", *seldom("nonsense", "")])
async def test_a_memory_that_cannot_be_used_is_passed_over(launch: AppConfig, point: str) -> None:
    """A remembered point beyond the log, or no point at all, tells nothing and breaks nothing."""
    remember(launch, point)
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert not app.screen.query_one(ChangeSummary).display
        assert not app.screen.query_one("#trouble", Static).display
        assert "Exchange" in harmless(app)


@pytest.mark.anyio
async def test_a_large_log_is_only_counted(
    launch: AppConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where reading all claims would take long, entries are counted and flags stay short."""
    remember(launch, "2026-02-01@97")
    monkeypatch.setattr(board, "SMALL", 100)

    def never(*_: object, **__: object) -> object:
        raise AssertionError

    monkeypatch.setattr(Ledger, "diff", never)
    monkeypatch.setattr(Cells, "resolve", never)
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert "17 new entries" in str(app.screen.query_one(ChangeSummary).content)
        assert "cells changed" not in harmless(app)
        assert "d!" in line_of(app, "Dealing")
