"""The integrity screen: verifying in a worker, seals, and a broken log seen everywhere."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.audit.known import KnownLedgers
from ledger.service import open_ledger
from tests.tui.hands import press, seen, settle
from tests.tui.hostile import harmless, hostile
from tui.app import RegledgerApp
from tui.launch import Launch
from tui.screens.entry import EntryPage
from tui.widgets.lines import Lines

pytestmark = pytest.mark.anyio


def damage(database: Path, seq: int) -> None:
    """Change the bytes of an entry as somebody with the file would."""
    with sqlite3.connect(database) as conn:
        for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            conn.execute(f'DROP TRIGGER "{name}"')
        (data,) = conn.execute("SELECT bytes FROM entry WHERE seq = ?", (seq,)).fetchone()
        changed = bytes(data).replace(b"2025", b"2024", 1)
        assert changed != data
        conn.execute("UPDATE entry SET bytes = ? WHERE seq = ?", (changed, seq))
    conn.close()


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_says_what_is_known_before_anything_is_verified(
    launch: Launch, size: tuple[int, int]
) -> None:
    """Seals, witnesses and memory are shown at once; verifying is asked for with a key."""
    app = RegledgerApp(launch)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await press(pilot, "i")
        text = seen(app)
        assert "Nothing was verified since this application was started" in text
        assert "114 entries, sealed" in text
        assert app.standing.verified is None


async def test_verifies_and_says_whether_it_is_the_right_log(launch: Launch) -> None:
    """Consistent is not authenticated; once trusted it is, on the status line of every screen."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "i", "v")
        assert "consistent, NOT AUTHENTICATED" in seen(app)
        assert "not authenticated" in seen(app).splitlines()[-2]
        assert launch.known is not None
        launch.known().trust(app.ledger_id)
        await press(pilot, "v")
        assert "VERIFIED: all 114 entries" in seen(app)
        await press(pilot, "b")
        assert "verified to @114" in seen(app)


async def test_a_broken_log_is_red_on_every_screen_and_leads_to_the_entry(
    launch: Launch, ledger_file: Path
) -> None:
    """The first bad entry is named in the status line everywhere; Enter opens it."""
    damage(ledger_file, 42)
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "i", "v")
        assert "NOT VERIFIED: first bad entry @42" in seen(app)
        assert app.standing.broken == 42
        for key in "bhcd":
            await press(pilot, key)
            assert "broken at entry 42" in seen(app).splitlines()[-2]
        await press(pilot, "i")
        app.query_one(Lines).focus()
        await press(pilot, "g", "enter")
        assert isinstance(app.screen, EntryPage)


async def test_verification_can_be_cancelled(launch: Launch) -> None:
    """Cancelled, nothing is claimed; it can be started again."""
    go_on = threading.Event()
    go_on.set()

    def known() -> KnownLedgers:
        go_on.wait(10)  # a small log is verified faster than a key is pressed
        return KnownLedgers(launch.state)

    app = RegledgerApp(replace(launch, known=known))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "i")
        go_on.clear()
        await pilot.press("v")
        await pilot.pause()
        await pilot.press("x")
        await pilot.pause()
        go_on.set()
        await settle(pilot)
        assert app.standing.verified is None
        assert "Nothing was verified" in seen(app)
        await press(pilot, "v")
        assert app.standing.verified == 114


async def test_growth_since_the_last_verification_is_said(
    launch: Launch, ledger_file: Path
) -> None:
    """What was appended since is not covered by the verdict, and that is said."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "i", "v")
        assert launch.signer is not None
        with open_ledger(str(ledger_file)) as other:
            (waiting,) = other.pending()
            named = [a.slug for a in other.actors() if "reviewer" in a.roles]
            (reviewer,) = (slug for slug in named if slug != waiting.item.actor)
            signer = launch.signer(reviewer, b"demo")
            other.review([str(waiting.item.seq)], "approve", signer, actor=reviewer)
        app.poll()
        await settle(pilot)
        assert "1 entry was appended since" in seen(app)


async def test_an_unreadable_memory_is_an_error_on_the_screen(
    launch: Launch, tmp_path: Path
) -> None:
    """A damaged memory of known ledgers is said, and is never taken for none."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        folder = tmp_path / "known"
        folder.mkdir()
        (folder / f"{app.ledger_id}.json").write_text("{")
        await press(pilot, "i")
        assert "does not hold" in seen(app) or "damaged" in seen(app)


async def test_hostile_text_stays_text(tmp_path: Path) -> None:
    """Origin and faults are anybody's words."""
    found = hostile(tmp_path)
    launch = replace(found.launch, known=lambda: KnownLedgers(tmp_path / "known"))
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "i", "v")
        harmless(app)
