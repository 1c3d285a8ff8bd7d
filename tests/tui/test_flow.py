"""The whole way of a claim through one application: recorded, approved by another, and counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from ledger import open_ledger
from ledger.clock import SimulatedClock
from ledger.verify.known_ledgers import KnownLedgers
from tests.tui.conftest import NOW
from tests.tui.form_filling import go_to
from tests.tui.keyboard import checked, press, seen, settle, write
from tui.app import RegledgerApp
from tui.app_config import AppConfig
from tui.dialogs.signing import SigningDialog
from tui.screens.board import BoardPage
from tui.screens.review import ReviewPage
from tui.widgets.inputs import PassphraseInput

S = TypeVar("S", bound=Screen[Any])
CELL = ("PK", "va.transfer")
# What is typed into the form of a norm, field after field, with Tab between them.
TYPED = (
    "PK",
    CELL[1],
    "any",
    "primary",
    "prohibit",
    "Transfers of virtual assets are prohibited.",
    "2026-11-01",  # effective from
    "",
    "2026-10-20",  # made
    "2026-10-25",  # published
)
SOURCE = ("https://example.org/gazette", "Example Gazette", "The Transfers Act")


async def _type(pilot: Pilot[None], *texts: str) -> None:
    for text in texts:
        await write(pilot, text)
        await pilot.press("tab")


def _status(app: RegledgerApp) -> str:
    """Return the status that the ledger behind the board gives for the cell now."""
    return app.source.book.status(*CELL).status


async def _record(pilot: Pilot[None], app: RegledgerApp) -> None:
    """Type the claim and sign it, as the recorder does."""
    await press(pilot, "a", "enter")
    await _type(pilot, *TYPED)
    await go_to(pilot, app, "reports[0].url")
    await _type(pilot, *SOURCE)
    await go_to(pilot, app, "key")
    await write(pilot, "pk-transfers-act")
    await checked(pilot)
    assert "complete" in seen(app)
    await press(pilot, "ctrl+s")
    await _sign(pilot, app, "recorder")


async def _approve(pilot: Pilot[None], app: RegledgerApp) -> None:
    """Look at the newest event of the queue, and approve it, as the reviewer does."""
    await press(pilot, "r", "G")
    page = _on(app, ReviewPage)
    assert page.queue.at is not None
    assert page.queue.at.item.subject == "pk-transfers-act"
    assert "✖ prohibited" in page.detail.text
    await press(pilot, "A")
    await _sign(pilot, app, "reviewer")
    await settle(pilot)
    assert [one.item.seq for one in _on(app, ReviewPage).queue.waiting] == [114]


async def _compare_and_verify(pilot: Pilot[None], app: RegledgerApp) -> None:
    """From the history: mark the two ends, look at the difference, then verify it all."""
    await press(pilot, "space", "j", "j", "space", "equals_sign")
    await settle(pilot)
    assert app.current_mode == "diff"
    changed = seen(app)
    assert "from 2026-11-26@114  to 2026-11-26@116" in changed
    assert CELL[1] in changed
    assert "✖ prohibited" in changed
    await press(pilot, "i", "v")
    await settle(pilot)
    assert "consistent to @116" in seen(app)


async def _sign(pilot: Pilot[None], app: RegledgerApp, actor: str) -> None:
    """Each with their own passphrase: another's open key opens nothing here."""
    screen = app.screen
    assert isinstance(screen, SigningDialog)
    assert screen.chosen == actor
    assert isinstance(app.focused, PassphraseInput)
    await write(pilot, "demo")
    await press(pilot, "enter")


def _on(app: RegledgerApp, kind: type[S]) -> S:
    """Return the screen on top, which is of this kind."""
    screen = app.screen
    assert isinstance(screen, kind)
    return screen


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_claim_is_recorded_by_one_and_approved_by_another(
    launch: AppConfig, ledger_file: Path, tmp_path: Path
) -> None:
    """The board changes with the approval and not before; the log verifies at the end."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        before = _status(app)
        assert before != "prohibited"
        assert "1 to review" in seen(app)

        await _record(pilot, app)
        _on(app, BoardPage)
        await settle(pilot)
        assert app.log_state.size == 116
        assert "2 to review" in seen(app)
        assert _status(app) == before  # nothing counts yet

        await _approve(pilot, app)
        assert "1 to review" in seen(app)

        await press(pilot, "b")
        await settle(pilot)
        _on(app, BoardPage)
        assert app.log_state.size == 117
        assert _status(app) == "prohibited"
        assert app.source.book.cells.board_brief().cells[CELL].status == "prohibited"
        await press(pilot, "h")
        await settle(pilot)
        history = seen(app)
        assert "pk-transfers-act" in history
        assert "approve" in history
        recorded, approved = app.source.book.entries.page(115, 117)
        assert (recorded.type, recorded.actor) == ("claim.recorded", "recorder")
        assert (approved.type, approved.actor) == ("event.reviewed", "reviewer")

        await _compare_and_verify(pilot, app)

    with open_ledger(str(ledger_file), clock=SimulatedClock(NOW)) as book:
        report = book.verify(known=KnownLedgers(tmp_path / "known"))
        assert report.faults == ()
        assert report.size == 117
