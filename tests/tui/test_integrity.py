"""The integrity screen: verifying in a worker, seals, and a broken log seen everywhere."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ledger import open_ledger
from ledger.sqlite_driver import sqlite3
from ledger.verify.known_ledgers import KnownLedgers
from tests.tui.conftest import BOTH_SIZES
from tests.tui.hostile import harmless, hostile
from tests.tui.keyboard import press, seen, settle
from tui.app import RegledgerApp
from tui.app_config import AppConfig
from tui.navigation import OpenEntry
from tui.screens.entry import EntryPage
from tui.widgets.virtual_lines import Lines

pytestmark = pytest.mark.anyio


def _another_year(data: bytes) -> bytes:
    return re.sub(rb"202[56]", b"2024", data, count=1)


def damage(database: Path, seq: int, change: Callable[[bytes], bytes] = _another_year) -> None:
    """Change the bytes of an entry in the file."""
    with sqlite3.connect(database) as conn:
        for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            conn.execute(f'DROP TRIGGER "{name}"')
        (data,) = conn.execute("SELECT bytes FROM entry WHERE seq = ?", (seq,)).fetchone()
        changed = change(bytes(data))
        assert changed != data
        conn.execute("UPDATE entry SET bytes = ? WHERE seq = ?", (changed, seq))
    conn.close()


def bottom(app: RegledgerApp) -> str:
    """Return the status line."""
    return seen(app).splitlines()[-2]


def top(app: RegledgerApp) -> str:
    """Return the first lines below the title."""
    return "\n".join(seen(app).splitlines()[1:4])


@pytest.mark.slow
@pytest.mark.parametrize("size", BOTH_SIZES)
async def test_opening_a_broken_entry_is_said_at_once_and_everywhere(
    launch: AppConfig, ledger_file: Path, size: tuple[int, int]
) -> None:
    """Without verifying, the entry says it on top, the list marks it, every status line is red."""
    damage(ledger_file, 42)
    app = RegledgerApp(launch)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await press(pilot, "h", "colon", "4", "2", "enter")
        assert "BROKEN" not in seen(app)  # nothing was verified yet
        await press(pilot, "enter")
        assert "✖ NOT VERIFIED: the log is broken at @42" in top(app)
        assert "signature: the signature does not verify" in seen(app)
        assert "✖ NOT VERIFIED: the log is broken at @42" in bottom(app)
        assert "NOT VERIFIED" in app.screen.copied()  # type: ignore[attr-defined]  # an EntryPage
        await press(pilot, "J")
        assert "✖ NOT VERIFIED: the log is broken at @42" in top(app)
        await press(pilot, "L")
        assert "NOT VERIFIED" not in top(app)  # @41 holds
        assert "broken at @42" in bottom(app)
        await press(pilot, "q")
        (line,) = [line for line in seen(app).splitlines() if " 42 2025" in line]
        assert "✖ BROKEN" in line
        for key in "bdrci":
            await press(pilot, key)
            assert "✖ NOT VERIFIED: the log is broken at @42" in bottom(app), key
        assert "the log is broken at @42: the signature does not verify" in seen(app)
        assert "Nothing was verified" not in seen(app)


@pytest.mark.slow
async def test_a_broken_entry_beside_the_list_is_said_too(
    launch: AppConfig, ledger_file: Path
) -> None:
    """The pane that follows the cursor checks what it shows."""
    damage(ledger_file, 114)
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "h", "o")
        await settle(pilot)
        assert app.log_state.broken == 114
        assert "✖ BROKEN" in seen(app)
        assert "NOT VERIFIED: the log is broken at @114" in bottom(app)


async def test_what_awaits_review_is_checked_before_it_is_approved(
    launch: AppConfig, ledger_file: Path
) -> None:
    """Who reviews sees first that these are not the bytes that were signed."""
    damage(ledger_file, 114)
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "r")
        assert "✖ NOT VERIFIED: the log is broken at @114" in seen(app)
        assert "broken at @114" in bottom(app)


async def test_an_entry_that_cannot_be_read_at_all_is_broken(
    launch: AppConfig, ledger_file: Path
) -> None:
    """Its place is taken by what is wrong, and nothing of the entry before stays on the screen."""
    damage(ledger_file, 42, lambda data: b"[" + data[1:])
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.go_to(OpenEntry(41))
        await settle(pilot)
        assert "@41" in seen(app)
        await press(pilot, "K")
        assert "✖ NOT VERIFIED: entry 42" in top(app)
        assert "claim.recorded" not in seen(app)
        assert "NOT VERIFIED: the log is broken at @42" in bottom(app)


@pytest.mark.slow
async def test_integrity_after_a_failure_agrees_with_itself(
    launch: AppConfig, ledger_file: Path
) -> None:
    """The earlier verification is shown as of then, and that it holds no more; @114 is the last."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert launch.known_ledgers is not None
        launch.known_ledgers().trust(app.ledger_id)
        await press(pilot, "i", "v")
        assert "VERIFIED: all 115 entries" in seen(app)
        damage(ledger_file, 114)
        app.go_to(OpenEntry(114))
        await settle(pilot)
        await press(pilot, "q")
        said = seen(app)
        assert "VERIFIED: all 115 entries" not in said  # what was found since is newer
        assert "the log is broken at @114" in said
        assert "to @114 on 2026-11-26 09:30 UTC, which does not hold any more" in said
        await press(pilot, "v")
        said = seen(app)
        assert "NOT VERIFIED: first bad entry @114" in said
        assert "which does not hold any more" in said
        assert "@115" not in said


@pytest.mark.slow
async def test_an_earlier_verification_is_recalled_as_long_as_the_log_agrees(
    launch: AppConfig, ledger_file: Path
) -> None:
    """With its date; another root at that size, or a shorter log, is broken at once."""
    assert launch.known_ledgers is not None
    with launch.open() as book:
        memory = launch.known_ledgers()
        memory.trust(book.policy.ledger)
        assert book.verify(known=memory).authenticated
        known = memory.get(book.policy.ledger)
    assert known is not None
    for changed, words, found in (
        (known, "✔ verified to @114, 2026-11-26 09:30", ""),
        (replace(known, root="0" * 64), "✖ NOT VERIFIED: the log is broken.", "or forked"),
        (replace(known, size=120), "the log is broken at @115", "120 were verified here before"),
    ):
        memory.forget(known.ledger)
        memory.remember(changed)
        app = RegledgerApp(launch)
        async with app.run_test(size=(120, 40)) as pilot:
            await settle(pilot)
            assert words in bottom(app)
            await press(pilot, "i")
            assert found in " ".join(seen(app).split())
            assert words in bottom(app)


@pytest.mark.slow
@pytest.mark.parametrize("size", BOTH_SIZES)
async def test_says_what_is_known_before_anything_is_verified(
    launch: AppConfig, size: tuple[int, int]
) -> None:
    """Seals, witnesses and memory are shown at once; verifying is asked for with a key."""
    app = RegledgerApp(launch)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await press(pilot, "i")
        text = seen(app)
        assert "Nothing was verified since this application was started" in text
        assert "115 entries, sealed" in text
        assert app.log_state.verified is None
        for key in "bhdrci":
            await press(pilot, key)
            assert "115 entries  ? not verified" in bottom(app), key


@pytest.mark.slow
async def test_verifies_and_says_whether_it_is_the_right_log(launch: AppConfig) -> None:
    """Consistent is not authenticated; once trusted it is, on the status line of every screen."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "i", "v")
        assert "consistent, NOT AUTHENTICATED" in seen(app)
        assert "? not verified: consistent to @114" in bottom(app)
        assert "not authenticated" in bottom(app)
        assert launch.known_ledgers is not None
        launch.known_ledgers().trust(app.ledger_id)
        await press(pilot, "v")
        assert "VERIFIED: all 115 entries" in seen(app)
        for key in "bhdrc":
            await press(pilot, key)
            assert "✔ verified to @114, 2026-11-26 09:30" in bottom(app), key
        await press(pilot, "i", "ctrl+r")
        assert "last verified to @114 on 2026-11-26 09:30 UTC" in seen(app)


@pytest.mark.slow
async def test_a_broken_log_is_red_on_every_screen_and_leads_to_the_entry(
    launch: AppConfig, ledger_file: Path
) -> None:
    """The first bad entry is named in the status line everywhere; Enter opens it."""
    damage(ledger_file, 42)
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "i", "v")
        assert "NOT VERIFIED: first bad entry @42" in seen(app)
        assert app.log_state.broken == 42
        for key in "bhcd":
            await press(pilot, key)
            assert "✖ NOT VERIFIED: the log is broken at @42" in bottom(app)
        await press(pilot, "i")
        app.query_one(Lines).focus()
        await press(pilot, "g", "enter")
        assert isinstance(app.screen, EntryPage)


@pytest.mark.slow
async def test_verification_can_be_cancelled(launch: AppConfig) -> None:
    """Cancelled, nothing is claimed; it can be started again."""
    go_on = threading.Event()
    go_on.set()

    def known() -> KnownLedgers:
        go_on.wait(10)  # a small log is verified faster than a key is pressed
        return KnownLedgers(launch.state_directory)

    app = RegledgerApp(replace(launch, known_ledgers=known))
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
        for _ in range(200):  # the thread that was given up ends when it sees that it was
            if "Nothing was verified" in seen(app):
                break
            await settle(pilot)
        assert app.log_state.verified is None
        assert "Nothing was verified" in seen(app)
        await press(pilot, "v")
        assert app.log_state.verified == 115


async def test_growth_since_the_last_verification_is_said(
    launch: AppConfig, ledger_file: Path
) -> None:
    """Entries appended since are not covered by the verdict, and that is said."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "i", "v")
        assert launch.signer is not None
        with open_ledger(str(ledger_file)) as other:
            (waiting,) = other.entries.pending()
            named = [a.slug for a in other.actors.all() if "reviewer" in a.roles]
            (reviewer,) = (slug for slug in named if slug != waiting.item.actor)
            signer = launch.signer(reviewer, b"demo")
            other.review([str(waiting.item.seq)], "approve", signer, actor=reviewer)
        app.poll()
        await settle(pilot)
        assert "1 entry was appended since" in seen(app)


async def test_an_unreadable_memory_is_an_error_on_the_screen(
    launch: AppConfig, tmp_path: Path
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
    """Origin and faults are untrusted words."""
    found = hostile(tmp_path)
    launch = replace(found.launch, known_ledgers=lambda: KnownLedgers(tmp_path / "known"))
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "i", "v")
        harmless(app)
