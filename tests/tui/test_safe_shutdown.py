"""Leaving at any moment: the application while it opens something, a dialog before it is there."""

from __future__ import annotations

from typing import Any

import pytest
from textual import events
from textual.css.query import NoMatches

from tests.examples import seldom
from tests.tui.keyboard import press, settle
from tests.tui.settling import turns
from tui.app import RegledgerApp
from tui.app_config import AppConfig
from tui.dialogs.help import HelpDialog
from tui.navigation import OpenEntry
from tui.screens.board import BoardPage


def post(app: RegledgerApp, *keys: str) -> None:
    """Have keys arrive at once, as when they were typed ahead."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.parametrize("key", ["h", "e"])
@pytest.mark.parametrize("asked", [False, True], ids=["hung up", "quit"])
async def test_leaving_at_any_step_of_opening(launch: AppConfig, key: str, *, asked: bool) -> None:
    """Another main screen and a dialog, so many turns of the event loop after their key."""
    for number in (3, 5, 6, 7):
        app = RegledgerApp(launch)
        async with app.run_test(size=(80, 24)):
            post(app, key)
            await turns(number)
            if asked:
                app.exit()
        assert app._exception is None, number


@pytest.mark.anyio
async def test_nothing_opens_while_the_screens_are_taken_down(
    launch: AppConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever still asks for a screen then: a key, a worker, a link."""
    app = RegledgerApp(launch)
    plain = RegledgerApp._prune

    async def prune(self: RegledgerApp, *nodes: Any, **more: Any) -> None:
        self.action_page("history")
        self.action_page("diff")
        self.go_to(OpenEntry(3))
        await self.action_back()
        await plain(self, *nodes, **more)

    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        monkeypatch.setattr(RegledgerApp, "_prune", prune)
    assert app._exception is None
    assert not app.is_running


@pytest.mark.anyio
@pytest.mark.parametrize(
    "keys", ["enter t escape escape", *seldom("e escape", "question_mark q p escape")]
)
async def test_keys_typed_ahead_of_a_dialog_do_no_harm(launch: AppConfig, keys: str) -> None:
    """It closes before it was laid out, or is closed twice: the application goes on."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        post(app, *keys.split())
        await settle(pilot)
        assert app._exception is None
        await press(pilot, "question_mark")
        assert isinstance(app.screen, HelpDialog)


@pytest.mark.anyio
async def test_closing_what_is_closed_closes_nothing_else(launch: AppConfig) -> None:
    """The last screen stays."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await app.pop_screen()
        assert isinstance(app.screen, BoardPage)


@pytest.mark.anyio
async def test_what_is_missing_on_a_screen_that_stays_ends_the_application(
    launch: AppConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what comes too late is passed over: a mistake in the code is not."""
    monkeypatch.setattr(
        BoardPage, "action_everything", lambda self: self.query_one("#nothing-of-this-name")
    )
    app = RegledgerApp(launch)

    async def run() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await settle(pilot)
            await pilot.press("asterisk")

    with pytest.raises(NoMatches):
        await run()
