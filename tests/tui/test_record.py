"""Recording a claim in the application: its form, the preview, the signature, leaving, YAML."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Button, OptionList

from ledger.api.ledger import Ledger
from ledger.errors import Unreachable
from tests.books import filled_in
from tests.tui.conftest import read_only
from tests.tui.form_filling import (
    FORBIDDEN,
    book_of,
    fill,
    form_of,
    go_to,
    open_kind,
    row,
    sign,
    wrong,
)
from tests.tui.hostile import harmless
from tests.tui.keyboard import checked, press, seen, settle, static, write
from tui.app import RegledgerApp
from tui.app_config import AppConfig
from tui.dialogs.form_dialogs import LeaveDialog, PreviewDialog
from tui.dialogs.reason_dialogs import RetractDialog
from tui.dialogs.signing import SignFormDialog
from tui.query_context import QueryContext
from tui.screens.board import BoardPage
from tui.screens.form_page import FormPage
from tui.screens.record import RecordPage
from tui.widgets.id_completion import IdCompletion
from tui.widgets.inputs import masked
from tui.widgets.prose import Prose

# --- the form ------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.anyio
async def test_first_the_kind_then_its_fields(launch: AppConfig) -> None:
    """The eight kinds are explained; each has its own fields, required ones are marked."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "a")
        assert isinstance(app.screen, RecordPage)
        kinds = app.screen.query_one("#kinds", OptionList)
        assert kinds.option_count == 8
        assert "A rule in an instrument." in seen(app)
        await press(pilot, "down", "enter")
        assert "* act" in seen(app)
        assert "* target" in seen(app)
        assert "  addressees" in seen(app)
        assert "effect " not in seen(app)
        assert form_of(app).form.rows[0].box.has_focus
        assert "where the act bears" in static(app, "#hint")


@pytest.mark.slow
@pytest.mark.anyio
async def test_ids_are_completed_by_id_and_by_name(launch: AppConfig) -> None:
    """Enter takes what is offered; Tab goes on and leaves what was typed alone."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await open_kind(pilot, app)
        await write(pilot, "pakis")
        assert "Pakistan" in seen(app)
        await press(pilot, "enter")
        assert row(app, "jurisdiction").value == "PK"
        await press(pilot, "enter")
        assert row(app, "activity").box.has_focus
        await write(pilot, "va.ex")
        assert any(one.display for one in app.screen.query(IdCompletion))
        await press(pilot, "tab")
        assert row(app, "activity").value == "va.ex"
        await write(pilot, "any, ban")
        await press(pilot, "enter")
        assert row(app, "addressees").value == "any, bank"


@pytest.mark.anyio
async def test_what_is_wrong_is_said_below_the_field_while_one_types(launch: AppConfig) -> None:
    """With what was probably meant; fields not visited yet show nothing."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await open_kind(pilot, app)
        await write(pilot, "PK")
        await press(pilot, "tab")
        await write(pilot, "va.exchnge")
        await press(pilot, "tab")
        await checked(pilot)
        assert wrong(app, "jurisdiction") == ""
        assert "did you mean va.exchange" in wrong(app, "activity")
        assert "did you mean va.exchange" in seen(app)
        assert wrong(app, "effect") == ""
        assert "still to fill in" in seen(app)
        await press(pilot, "ctrl+s")
        assert wrong(app, "effect") == "✖ is required"
        assert row(app, "activity").box.has_focus  # the first one that is wrong
        assert not isinstance(app.screen, SignFormDialog)


@pytest.mark.slow
@pytest.mark.anyio
async def test_more_sources_can_be_added(launch: AppConfig) -> None:
    """Another source has its own fields, and is recorded with the first."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await open_kind(pilot, app)
        more = next(b for b in app.screen.query(Button) if "another source" in str(b.label))
        more.focus()
        await press(pilot, "enter")
        assert row(app, "reports[1].url").box.has_focus
        await fill(
            pilot,
            app,
            {
                **FORBIDDEN,
                "reports[1].url": "https://example.org/b",
                "reports[1].publisher": "B",
                "reports[1].title": "T",
            },
        )
        assert "complete" in seen(app)
        assert len(form_of(app).draft().raw["reports"]) == 2


@pytest.mark.slow
@pytest.mark.anyio
async def test_another_kind_keeps_what_was_typed(launch: AppConfig) -> None:
    """Fields that both kinds have keep their text, and leaving still asks."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await open_kind(pilot, app)
        await fill(pilot, app, {"statement": "Something happened.", "effect": "prohibit"})
        app.screen.query_one("#another", Button).focus()
        await press(pilot, "enter", "down", "enter")
        assert form_of(app).kind == "lifecycle"
        assert row(app, "statement").value == "Something happened."
        assert form_of(app).dirty


@pytest.mark.slow
@pytest.mark.anyio
async def test_pasted_lines_and_controls_are_not_lost(launch: AppConfig) -> None:
    """A field of one line takes all lines of what is pasted; controls show as replacements."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await open_kind(pilot, app)
        await go_to(pilot, app, "instrument.title")
        from textual.events import Paste

        app.screen.focused.post_message(Paste("The Act\nof \x1b[31m2026"))  # type: ignore[union-attr]  # just focused
        await settle(pilot)
        assert row(app, "instrument.title").value == "The Act of \x1b[31m2026"
        assert "The Act of \N{REPLACEMENT CHARACTER}[31m2026" in harmless(app)
    assert masked("plain اُردو") == "plain اُردو"


# --- preview -------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.anyio
async def test_the_preview_says_what_the_status_becomes_and_what_the_rules_say(
    launch: AppConfig, ledger_file: Path
) -> None:
    """In words with symbols, recording nothing."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await open_kind(pilot, app)
        await fill(pilot, app, FORBIDDEN)
        await press(pilot, "ctrl+o")
        assert isinstance(app.screen, PreviewDialog)
        assert "✖ prohibited" in seen(app)
        assert "PK va.transfer" in seen(app)
        assert "nothing against it" in seen(app)
        await press(pilot, "escape")
    with book_of(ledger_file) as book:
        assert book.size == 115


@pytest.mark.slow
@pytest.mark.anyio
async def test_the_preview_shows_what_the_rules_refuse(launch: AppConfig) -> None:
    """An act upon an instrument that the ledger does not have is well formed, but refused."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await open_kind(pilot, app, "lifecycle")
        shared = ("jurisdiction", "activity", "force", "statement", "reports[0].url")
        values = {path: FORBIDDEN[path] for path in (*shared, "reports[0].publisher")}
        values |= {"reports[0].title": "Notice", "act": "repeal", "at": "2026-11-01"}
        await fill(pilot, app, {**values, "target": "instrument:PK.NOPE"})
        await press(pilot, "ctrl+o")
        assert "✖ Refused: " in seen(app)
        assert "PK.NOPE" in app.screen.query_one("#what", Prose).text
        await press(pilot, "escape")
        assert row(app, "target").value == "instrument:PK.NOPE"


@pytest.mark.slow
@pytest.mark.anyio
async def test_what_is_said_already_is_told_and_recorded_only_by_signing(
    launch: AppConfig, ledger_file: Path
) -> None:
    """A second time the preview and the dialog that asks for the signature say so, with @seq."""
    app = RegledgerApp(launch)
    told = "This says exactly what @115 says, which awaits review."
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(pilot)
        for again in (False, True):
            await open_kind(pilot, app)
            await fill(pilot, app, {k: v for k, v in FORBIDDEN.items() if k != "key"})
            await press(pilot, "ctrl+o")
            assert (told in app.screen.query_one("#what", Prose).text) is again
            await press(pilot, "escape", "ctrl+s")
            assert (told in app.screen.query_one("#what", Prose).text) is again
            await sign(pilot, app)
    with book_of(ledger_file) as book:
        assert book.size == 117


# --- signing -------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_a_claim_is_recorded_and_awaits_review(launch: AppConfig, ledger_file: Path) -> None:
    """The screen goes back to where one was, and says the position of the entry."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(pilot)
        await open_kind(pilot, app)
        await fill(pilot, app, FORBIDDEN)
        await press(pilot, "ctrl+s")
        await sign(pilot, app)
        assert not isinstance(app.screen, FormPage)
        assert any("@115" in n.message for n in app._notifications)
        assert any("awaits review" in n.message for n in app._notifications)
    with book_of(ledger_file) as book:
        shown = book.show("pk-transfers-forbidden")
        assert shown.item.seq == 115
        assert shown.item.state == "pending"
        assert shown.item.actor == "recorder"


@pytest.mark.slow
@pytest.mark.anyio
async def test_what_the_rules_refuse_is_shown_and_nothing_typed_is_lost(
    launch: AppConfig, ledger_file: Path
) -> None:
    """An administrator may not record: the refusal stands on the form, which stays as it was."""
    app = RegledgerApp(replace(launch, keys=lambda: ["admin"]))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await open_kind(pilot, app)
        await fill(pilot, app, FORBIDDEN)
        await press(pilot, "ctrl+s")
        assert "is not a recorder" in seen(app)
        await sign(pilot, app)
        assert app.screen.query_one("#trouble").display
        assert "recorder" in static(app, "#trouble")
        assert row(app, "statement").value == "Transfers are prohibited."
    with book_of(ledger_file) as book:
        assert book.size == 115


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_log_that_cannot_be_sealed_is_told_and_the_record_stands(
    launch: AppConfig, ledger_file: Path
) -> None:
    """Sealing comes after recording; what goes wrong there takes nothing back."""

    def sealed(book: Ledger) -> None:
        raise Unreachable("the log's keys", "the card is not in the reader")

    app = RegledgerApp(replace(launch, seal=sealed))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await open_kind(pilot, app)
        await fill(pilot, app, FORBIDDEN)
        await press(pilot, "ctrl+s")
        await sign(pilot, app)
        told = [n.message for n in app._notifications]
        assert any("not sealed" in words and "card" in words for words in told)
    with book_of(ledger_file) as book:
        assert book.size == 116


@pytest.mark.slow
@pytest.mark.anyio
async def test_without_a_way_to_sign_no_form_is_offered(launch: AppConfig) -> None:
    """Read-only, the key that records does nothing; a dialog that signs says what is missing."""
    app = RegledgerApp(read_only(launch))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "a")
        assert isinstance(app.screen, BoardPage)
        app.push_screen(RetractDialog("pk-vaa-2026-transfer"))
        await settle(pilot)
        assert app.screen.query_one("#sign", Button).disabled
        assert "regledger key new" in static(app, "#problem")


@pytest.mark.slow
@pytest.mark.anyio
async def test_recording_is_always_now_whatever_time_one_looks_from(
    launch: AppConfig, ledger_file: Path
) -> None:
    """It is said on the form and before the signature, and the entry is of today."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        app.context = QueryContext(as_of="2025-01-01", known_at="@20")
        await settle(pilot)
        await open_kind(pilot, app)
        assert "always now" in static(app, "#notice")
        await fill(pilot, app, FORBIDDEN)
        await press(pilot, "ctrl+s")
        assert "always now" in app.screen.query_one("#what", Prose).text
        await sign(pilot, app)
    with book_of(ledger_file) as book:
        assert book.show("@115").item.recorded_at.startswith("2026-11-26")


# --- leaving -------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.anyio
async def test_leaving_a_form_with_something_in_it_asks(launch: AppConfig) -> None:
    """Escape, the key of another screen and Quit all ask; Stay keeps everything."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await open_kind(pilot, app)
        await press(pilot, "escape")
        assert not isinstance(app.screen, FormPage)  # nothing was typed: nothing is asked
        await open_kind(pilot, app)
        await write(pilot, "P")
        await press(pilot, "escape", "escape")  # the first one closes what is offered
        assert isinstance(app.screen, LeaveDialog)
        await press(pilot, "enter")
        assert row(app, "jurisdiction").value == "P"
        app.action_page("board")
        await settle(pilot)
        assert isinstance(app.screen, LeaveDialog)
        await press(pilot, "escape")
        await press(pilot, "ctrl+q")
        assert isinstance(app.screen, LeaveDialog)
        await press(pilot, "tab", "enter")
    assert app._exit


@pytest.mark.slow
@pytest.mark.anyio
async def test_leaving_is_one_key_once_it_was_allowed(launch: AppConfig) -> None:
    """Leave in the question closes the form."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await open_kind(pilot, app)
        await fill(pilot, app, {"statement": "x"})
        await press(pilot, "escape", "tab", "enter")
        assert not isinstance(app.screen, FormPage | LeaveDialog)


# --- YAML ----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.anyio
async def test_the_yaml_tab_starts_with_the_template_and_tells_lines(
    launch: AppConfig, ledger_file: Path
) -> None:
    """Problems are listed by line; a correct text is recorded from there."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await open_kind(pilot, app, "declaration")
        await press(pilot, "ctrl+l")
        sheet = form_of(app).sheet
        assert sheet.has_focus
        assert "kind: declaration" in sheet.text
        assert not form_of(app).dirty
        await press(pilot, "ctrl+s")
        await checked(pilot)
        assert not isinstance(app.screen, SignFormDialog)
        unedited = app.screen.query_one("#sheet-faults", Prose).text
        assert "still holds the text of the template" in unedited
        fine = filled_in(sheet.text)
        sheet.load_text(fine.replace("activity: va.exchange", "activity: va.exchnge"))
        await checked(pilot)
        faults = app.screen.query_one("#sheet-faults", Prose).text
        assert "draft.yaml:" in faults
        assert "did you mean va.exchange" in faults
        assert form_of(app).dirty
        await press(pilot, "ctrl+s")
        assert not isinstance(app.screen, SignFormDialog)
        line = sheet.text.splitlines()[sheet.cursor_location[0]]
        assert "exchnge" in line
        sheet.load_text(fine)
        await press(pilot, "ctrl+s")
        await sign(pilot, app)
    with book_of(ledger_file) as book:
        assert book.show("@115").opened["claim"]["kind"] == "declaration"


@pytest.mark.slow
@pytest.mark.anyio
async def test_the_yaml_tab_goes_on_with_what_stands_in_the_form(launch: AppConfig) -> None:
    """And the form is as it was when the user comes back."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await open_kind(pilot, app)
        await fill(pilot, app, FORBIDDEN)
        await press(pilot, "ctrl+l")
        assert "statement: Transfers are prohibited." in form_of(app).sheet.text
        assert "statement: Transfers" in form_of(app).copied()
        await press(pilot, "ctrl+l")
        assert row(app, "statement").value == "Transfers are prohibited."
        assert row(app, "jurisdiction").box.has_focus
