"""Faults that an attack on the application found: none of them may come back."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.widgets import Input, Static

from ledger.cli.main import main
from ledger.clock import end_of_day
from ledger.errors import NotCompleted, UnknownId
from ledger.log.keys import load_signer
from tests.books import open_desk
from tests.tui.conftest import PASSPHRASE
from tests.tui.form_filling import FORBIDDEN, fill, open_kind, sign
from tests.tui.keyboard import press, seen, settle
from tui.app import RegledgerApp
from tui.app_config import AppConfig
from tui.dialogs.export import ExportDialog
from tui.dialogs.signing import SignFormDialog
from tui.preferences import UserMemory
from tui.screens.correct import CorrectPage
from tui.screens.form_page import FormPage
from tui.serve import LoopbackServer
from tui.unexpected_errors import as_error

SIZE = (120, 40)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Karachi", "America/New_York"])
def test_the_last_day_of_the_calendar_has_an_end(zone: str) -> None:
    """It has no day after it, from which its end could be counted back."""
    assert end_of_day(date.max, zone) == "9999-12-31T23:59:59.999999Z"


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        '{"seen": {}, "views": {}, "theme": []}',
        "[" * 100_000,
        '{"seen": {}, "seen": {"a": "b"}, "views": {}, "theme": null}',
        '{"seen": {"a": NaN}, "views": {}, "theme": null}',
    ],
)
def test_any_memory_file_can_be_read(tmp_path: Path, text: str) -> None:
    """A file without what we write there, or too deep to be read, is as good as none."""
    (tmp_path / "tui.json").write_text(text)
    memory = UserMemory.read(tmp_path)
    assert (memory.seen, memory.views, memory.theme) == ({}, {}, None)


def test_what_nobody_foresaw_is_told_in_words() -> None:
    """A ledger error stays as it is; another error is named, on one line, and harmless."""
    ours = UnknownId("entry", "x")
    assert as_error(ours) is ours
    other = as_error(ValueError("a\x1b[2Jb\n" + "w" * 5000))
    assert isinstance(other, NotCompleted)
    assert "ValueError: a\\x1b[2Jb" in other.message
    assert len(other.message) < 300


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_worker_that_fails_is_told_on_the_page(
    launch: AppConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a page, in a dialog, while polling, in the history: the application goes on."""

    def fail(*_: object, **__: object) -> None:
        raise ValueError("nobody foresaw this")

    app = RegledgerApp(launch)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        for name in ("pending", "pending_count", "page"):
            monkeypatch.setattr(f"ledger.api.entries.Entries.{name}", fail)
        for name in ("point", "calendar"):
            monkeypatch.setattr(f"ledger.api.ledger.Ledger.{name}", fail)
        monkeypatch.setattr("ledger.api.opened_ledger.OpenLedger.point", fail)
        monkeypatch.setattr("ledger.api.checkpoints.Checkpoints.newest", fail)
        for key in ("r", "i", "c", "h", "t"):
            await press(pilot, key)
            if key != "h":
                assert "nobody foresaw this" in seen(app), key
        await press(pilot, "escape")
        app.poll()
        await settle(pilot)
        assert "nobody foresaw this" in app.log_state.lost


@pytest.mark.anyio
@pytest.mark.parametrize("text", ["~nobody-is-called-this/x", "a\0b", "\ud800"])
async def test_no_path_ends_the_application(launch: AppConfig, text: str) -> None:
    """An unknown home, a NUL, a surrogate: the dialog says it, and shows it harmless."""
    app = RegledgerApp(launch)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "e")
        app.screen.query_one(Input).value = text
        await press(pilot, "enter")
        assert isinstance(app.screen, ExportDialog)
        assert "enter writes" not in str(app.screen.query_one("#told", Static).render())
        assert text not in seen(app) or text.startswith("~")


@pytest.mark.anyio
async def test_a_file_holds_what_its_command_shows(launch: AppConfig, tmp_path: Path) -> None:
    """The whole board, log and queue, and not only what the cursor stands on."""
    app = RegledgerApp(launch)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        for key, words in {"b": ("va.exchange", "va.transfer"), "h": ("  114 ", "  113 ")}.items():
            await press(pilot, key, "e")
            app.screen.query_one(Input).value = str(tmp_path / f"{key}.txt")
            await press(pilot, "enter")
            text = (tmp_path / f"{key}.txt").read_text("utf-8")
            assert all(word in text for word in words), text


@pytest.mark.anyio
async def test_in_a_browser_nothing_is_written_on_the_server(
    launch: AppConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user of a browser gets a download, whatever path was typed."""
    delivered: list[dict[str, Any]] = []
    app = RegledgerApp(launch)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        monkeypatch.setattr(RegledgerApp, "is_web", True)
        monkeypatch.setattr(app, "deliver_text", lambda _, **given: delivered.append(given))
        await press(pilot, "e")
        target = tmp_path / "authorized_keys"
        app.screen.query_one(Input).value = str(target)
        await press(pilot, "enter")
        assert not target.exists()
        assert delivered == [{"save_filename": "authorized_keys"}]


@pytest.mark.slow
@pytest.mark.anyio
async def test_signing_asked_for_twice_opens_one_dialog(launch: AppConfig) -> None:
    """However fast the keys come, and whatever else was asked for at once."""
    app = RegledgerApp(launch)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await open_kind(pilot, app)
        await fill(pilot, app, FORBIDDEN)
        for key in ("ctrl+s", "ctrl+s", "ctrl+o", "ctrl+s"):
            app.post_message(events.Key(key, None))
        await settle(pilot)
        dialogs = [one for one in app.screen_stack if not isinstance(one, FormPage)][1:]
        assert len(dialogs) == 1
        if isinstance(app.screen, SignFormDialog):
            await sign(pilot, app)
            await settle(pilot)
            assert app.source.book.size == 116


@pytest.mark.anyio
async def test_a_claim_that_changed_meanwhile_is_not_corrected_back(
    launch: AppConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A correction is refused when the claim has changed since the form was opened."""
    app = RegledgerApp(launch)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        app.push_screen(CorrectPage("@30"))
        await settle(pilot)
        page = app.screen
        assert isinstance(page, CorrectPage)
        now = page.base or {}
        then = {**now, "statement": "as it was before somebody else corrected it"}
        page.base = then
        await fill(pilot, app, {"@reason": "other", "statement": "Something else is said here."})
        await press(pilot, "ctrl+s")
        assert not isinstance(app.screen, SignFormDialog)  # nothing is asked for what is refused
        assert "changed by somebody else" in seen(app)
        page.base = now
        await press(pilot, "ctrl+s")
        page.base = then  # while the dialog is open
        await sign(pilot, app)
        await settle(pilot)
        assert "changed by somebody else" in seen(app)
        assert app.source.book.size == 115


@pytest.mark.anyio
async def test_another_ledger_is_not_called_verified(
    launch: AppConfig, ledger_file: Path, tmp_path: Path
) -> None:
    """When its file takes the place of the one that was."""
    open_desk(tmp_path / "other.db").book.close()
    app = RegledgerApp(launch)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "i", "v")
        verified = app.log_state
        assert verified.verified == 115
        os.replace(tmp_path / "other.db", ledger_file)  # noqa: PTH105  # as a restore does
        app.poll()
        await settle(pilot)
        assert app.log_state.size != 115
        assert app.log_state.verified is None
        assert "Nothing was verified" in seen(app)


@pytest.mark.anyio
async def test_a_key_that_was_taken_away_is_told(launch: AppConfig, tmp_path: Path) -> None:
    """The user's file gave it to another binding; and dialogs can be left all the same."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "keys.toml").write_text('history = "b"\nback = "x"\n')
    app = RegledgerApp(launch)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "down")
        told_of = [one.message for one in app._notifications]
        assert any("history and board have the same key b" in words for words in told_of), told_of
        for key in ("e", "t"):
            await press(pilot, key, "escape")
            assert len(app.screen_stack) == 1, key


@pytest.mark.anyio
async def test_a_name_under_the_cursor_is_the_one_that_signs(
    launch: AppConfig, ledger_file: Path
) -> None:
    """A key that was opened for another actor meanwhile signs nothing."""
    app = RegledgerApp(launch)
    got: list[object] = []
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        dialog = SignFormDialog("x", (), role="recorder")
        app.push_screen(dialog, got.append)
        await settle(pilot)
        other = next(one.actor for one in dialog._people if one.actor != dialog.chosen)
        keys = ledger_file.with_name("demo.db.keys") / f"{other}.pem"
        dialog._open(other, load_signer(keys, PASSPHRASE))
        await settle(pilot)
        assert app.screen is dialog
        assert got == []


@pytest.mark.slow
@pytest.mark.anyio
async def test_leaving_while_it_opens_leaves_no_trace(launch: AppConfig) -> None:
    """Keys that come before anything was read, and Quit right after them."""
    for keys in ("hhda", "r", "ie"):
        app = RegledgerApp(launch)
        async with app.run_test(size=SIZE) as pilot:
            for key in keys:
                app.post_message(events.Key(key, key))
            await pilot.pause()
        assert app._exception is None, keys
        assert not app._notifications, keys


def test_browsers_leave_out_the_usual_port() -> None:
    """``Host: 127.0.0.1`` is the page itself where the port is 80, and only there."""
    usual = LoopbackServer("x", host="127.0.0.1", port=80, title="x")
    assert {"127.0.0.1", "127.0.0.1:80"} <= usual._hosts
    assert "127.0.0.1" not in LoopbackServer("x", host="127.0.0.1", port=81, title="x")._hosts


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104  # refused
def test_every_address_is_no_address(
    host: str, ledger_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page that no browser could ask for is not served."""
    assert main(["--db", str(ledger_file), "serve", "--host", host]) == 2
    assert "no address that a browser can name" in capsys.readouterr().err
