"""Correcting, retracting and disputing in the application; untrusted text in forms."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Button

from ledger import open_ledger
from tests.tui.conftest import BOTH_SIZES
from tests.tui.form_filling import book_of, fill, form_of, go_to, open_kind, row, sign, wrong
from tests.tui.hostile import NASTY, harmless, hostile
from tests.tui.keyboard import checked, press, seen, settle, static, write
from tui.app import RegledgerApp
from tui.app_config import AppConfig
from tui.dialogs.form_dialogs import LeaveDialog
from tui.dialogs.reason_dialogs import DisputeDialog, RetractDialog
from tui.dialogs.signing import SignFormDialog
from tui.screens.correct import CorrectPage
from tui.screens.form_page import FormPage
from tui.widgets.prose import Prose

# --- correct, retract, dispute -------------------------------------------------------------------


@pytest.mark.anyio
async def test_a_correction_starts_from_the_claim_and_shows_what_differs(
    launch: AppConfig, ledger_file: Path
) -> None:
    """All fields are filled in; before the signature old and new stand one below the other."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        app.push_screen(CorrectPage("pk-vaa-2026-transfer"))
        await settle(pilot)
        await checked(pilot)
        assert row(app, "key").value == "pk-vaa-2026-transfer"
        old = row(app, "statement").value
        assert not form_of(app).dirty
        await fill(pilot, app, {"statement": "Nobody may.", "effect": "prohibit"})
        await press(pilot, "ctrl+s")
        assert wrong(app, "@reason") == "✖ is required"
        await write(pilot, "wrong_effect")
        await press(pilot, "ctrl+o")
        assert "✖ prohibited" in seen(app)
        assert "The rules have nothing against it." in seen(app)
        await press(pilot, "escape")
        await fill(pilot, app, {"@comment": " Read again.\n"})
        await press(pilot, "ctrl+s")
        text = app.screen.query_one("#what", Prose).text
        assert "reason   wrong_effect" in text
        assert "comment  “Read again.”" in text
        assert f"- {old}" in text
        assert "+ Nobody may." in text
        assert "authorise → prohibit" in text
        await sign(pilot, app)
        assert not isinstance(app.screen, FormPage)
    with book_of(ledger_file) as book:
        shown = book.show("@115")
        assert shown.item.type == "claim.corrected"
        assert shown.opened["reason_code"] == "wrong_effect"
        assert shown.opened["comment"] == "Read again."
        before, after = book.preview.replaced_by("@115") or ({}, {})
        assert {k for k in after if after[k] != before.get(k)} == {"statement", "effect"}


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_retraction_says_what_it_would_change_and_wants_a_reason(
    launch: AppConfig, ledger_file: Path
) -> None:
    """The dialog shows the claim and the preview; without a reason nothing is signed."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.push_screen(RetractDialog("pk-vaa-2026-transfer"))
        await settle(pilot)
        text = app.screen.query_one("#what", Prose).text
        assert "pk-vaa-2026-transfer" in text
        assert "→" in text
        assert "a date is wrong" in seen(app)
        app.screen.query_one("#sign", Button).focus()
        await press(pilot, "enter")
        assert "A reason is required" in static(app, "#problem")
        await press(pilot, "down", "enter", "up")
        await write(pilot, "Read wrongly.")
        await press(pilot, "enter")
        await sign(pilot, app)
        assert not isinstance(app.screen, RetractDialog)
    with book_of(ledger_file) as book:
        shown = book.show("@115")
        assert shown.item.type == "claim.retracted"
        assert shown.opened["comment"] == "Read wrongly."


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_dispute_raises_a_flag_at_once(launch: AppConfig, ledger_file: Path) -> None:
    """No review is needed for it."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.push_screen(DisputeDialog("pk-vaa-2026-transfer"))
        await settle(pilot)
        await press(pilot, "down", "enter")
        await sign(pilot, app)
    with book_of(ledger_file) as book:
        assert book.show("@115").item.type == "claim.disputed"


@pytest.mark.anyio
async def test_a_claim_that_is_not_there_is_told(launch: AppConfig) -> None:
    """With the nearest keys, on the page itself and in the dialog."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.push_screen(CorrectPage("pk-vaa-2026-transfr"))
        await settle(pilot)
        assert "pk-vaa-2026-transfer" in static(app, "#trouble")
        await press(pilot, "escape")
        app.push_screen(RetractDialog("pk-vaa-2026-transfr"))
        await settle(pilot)
        assert "pk-vaa-2026-transfer" in static(app, "#problem")


# --- untrusted text ------------------------------------------------------------------------------


SHOWN_IN = (
    "statement",
    "quote",
    "note",
    "reports[0].publisher",
    "reports[0].title",
    "instrument.title",
    "issuer",
    "confidence_why",
    "activity",
)


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.parametrize("size", BOTH_SIZES)
async def test_what_is_typed_or_told_does_nothing_to_a_form(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    """Fields, what is wrong with them, offers, YAML and its faults show every text as text."""
    bad = hostile(tmp_path)
    url, clock = str(tmp_path / "hostile.db"), bad.desk.clock
    app = RegledgerApp(replace(bad.launch, open=lambda: open_ledger(url, clock=clock)))
    told = []
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await open_kind(pilot, app)
        await fill(pilot, app, dict(zip(SHOWN_IN, NASTY, strict=True)))
        await press(pilot, "ctrl+s")
        for path in SHOWN_IN:
            await go_to(pilot, app, path)
            told.append(harmless(app))
        assert "longer than 63" in wrong(app, "issuer")
        await press(pilot, "ctrl+l")
        await checked(pilot)
        for _ in range(6):
            told.append(harmless(app))
            await press(pilot, "pagedown")
    words = "\n".join(told)
    assert "[/foo]" in words
    assert "\N{REPLACEMENT CHARACTER}[31m" in words


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.parametrize("size", BOTH_SIZES)
async def test_what_claims_hold_does_nothing_to_forms_and_dialogs(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    """A form filled from a claim, the comparison before signing, the dialogs: all show text."""
    bad = hostile(tmp_path)
    url, clock = str(tmp_path / "hostile.db"), bad.desk.clock
    app = RegledgerApp(replace(bad.launch, open=lambda: open_ledger(url, clock=clock)))
    told = []
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        app.push_screen(CorrectPage("n0"))
        await settle(pilot)
        for path in ("statement", "reports[0].publisher"):
            await go_to(pilot, app, path)
            told.append(harmless(app))
        assert not form_of(app).dirty
        texts = {"@reason": "other", "statement": NASTY[4], "note": "", "quote": NASTY[1]}
        await fill(pilot, app, {**texts, "reports[0].title": NASTY[3], "confidence": "low"})
        await press(pilot, "ctrl+s")
        assert isinstance(app.screen, SignFormDialog)
        for _ in range(4):
            told.append(harmless(app))
            app.screen.query_one("#what", Prose).action_page(1)
            await settle(pilot)
        await press(pilot, "escape", "escape", "tab", "enter")
        assert not isinstance(app.screen, FormPage | LeaveDialog)
        for n in range(len(NASTY)):
            app.push_screen(RetractDialog(f"n{n}"))
            await settle(pilot)
            told.append(harmless(app))
            await press(pilot, "escape")
    words = "\n".join(told)
    assert "[/foo]" in words
    assert r"\x1b" in words
    assert "\N{REPLACEMENT CHARACTER}[31m" in words
