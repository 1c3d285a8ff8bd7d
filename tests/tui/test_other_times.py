"""Other times, days and ledgers: what pages show of them, and what is not signed there."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ledger import Ledger, open_ledger
from ledger.errors import Conflict
from tests.books import Desk, norm, open_desk
from tests.tui.form_filling import fill, form_of, open_kind, sign
from tests.tui.keyboard import press, seen, settle, static
from tests.tui.test_review import launch_of
from tui.app import RegledgerApp
from tui.dialogs.form_dialogs import PreviewDialog
from tui.dialogs.reason_dialogs import RetractDialog
from tui.dialogs.signing import SignFormDialog, SigningDialog
from tui.navigation import OpenEntry
from tui.screens.correct import CorrectPage
from tui.screens.entry import LATER, EntryPage
from tui.screens.form_page import FormPage
from tui.screens.review import NOT_THEN, ReviewPage
from tui.widgets.prose import Prose

SIZE = (120, 40)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return a ledger with a ban that waited at one entry and counts since the next."""
    made = open_desk(tmp_path / "own.db")
    made.record(norm(key="ban"))
    made.on("2024-02-01")
    made.approve("ban")
    made.on("2024-03-01")
    return made


def seq_of(desk: Desk, ref: str) -> int:
    """Return the entry of a claim."""
    return desk.book.show(ref).item.seq


@pytest.mark.slow
@pytest.mark.anyio
async def test_the_queue_of_another_time_is_that_time_s(desk: Desk, tmp_path: Path) -> None:
    """What was decided since waits there, is said to have, and is not decided again."""
    recorded = seq_of(desk, "ban")
    app = RegledgerApp(launch_of(desk, tmp_path))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "r")
        assert "Nothing awaits review." in seen(app)
        app.context = replace(app.context, known_at=f"@{recorded}")
        await settle(pilot)
        page = app.screen
        assert isinstance(page, ReviewPage)
        assert [one.item.seq for one in page.queue.waiting] == [recorded]
        assert page.queue.waiting[0].item.state == "pending"
        assert "It awaited review at the time looked from" in page.detail.text
        assert "If it is approved" not in page.detail.text
        await press(pilot, "A")
        assert app.screen is page
        assert any(NOT_THEN in str(n.message) for n in app._notifications)
        app.context = replace(app.context, known_at=f"@{recorded - 1}")
        await settle(pilot)
        assert "That was so at the time looked from" in seen(app)
        await press(pilot, "T")
        assert "Nothing awaits review." in seen(app)
        assert "That was so" not in seen(app)


@pytest.mark.anyio
async def test_an_entry_at_another_time_has_the_state_of_that_time(
    desk: Desk, tmp_path: Path
) -> None:
    """State, newer versions and related entries; one that came later says that it did."""
    recorded = seq_of(desk, "ban")
    app = RegledgerApp(launch_of(desk, tmp_path))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        app.go_to(OpenEntry(recorded))
        await settle(pilot)
        text = app.screen.query_one("#entry", Prose)
        assert "✔ counts" in text.text
        assert "reviewed by" in seen(app)
        app.context = replace(app.context, known_at=f"@{recorded}")
        await settle(pilot)
        assert "… waits" in text.text
        assert "reviewed by" not in seen(app)
        assert LATER not in text.text
        app.context = replace(app.context, known_at=f"@{recorded - 1}")
        await settle(pilot)
        assert text.text.startswith(LATER)
        assert "✔ counts" in text.text
        app.context = replace(app.context, known_at="not a time")
        await settle(pilot)
        assert isinstance(app.screen, EntryPage)
        assert "not a time" in static(app, "#trouble")


def test_states_at_a_size_are_those_of_the_log_of_that_size(desk: Desk) -> None:
    """Every prefix of the log gives what the ledger gave when it was so long."""
    recorded, book = seq_of(desk, "ban"), desk.book
    for at in range(1, book.size + 1):
        waits = [one.item.seq for one in book.entries.pending(at=at)]
        assert waits == ([recorded] if at == recorded + 1 else [])
    shown, found = book.proofs.entry_report("ban", at=recorded + 1)
    assert shown.item.state == "pending"
    assert [one.relation for one in found.related] == []
    assert book.proofs.entry_report("ban")[0].item.state == "counting"


def test_previews_are_those_of_the_day_the_class_and_the_view(desk: Desk) -> None:
    """A ban that ended tells nothing of today, and something of the day it held on."""
    past = norm(key="past", effect="permit", effective_from="2020-01-01", effective_to="2020-12-31")
    preview = desk.book.preview
    assert preview.record([past]) == ()
    (change,) = preview.record([past], as_of="2020-06-01")
    assert (change.cell.actor, change.after.status) == ("any", "legal")
    (change,) = preview.record([past], as_of="2020-06-01", actor="bank")
    assert change.cell.actor == "bank"
    (change,) = preview.record([past], as_of="2020-06-01", view="normative")
    assert change.after.view == "normative"
    assert {c.cell.actor for c in preview.retraction("ban", actor="bank")} == {"bank"}
    other = norm(key="ban", effect="permit")
    assert {c.after.status for c in preview.correction("ban", other, actor="bank")} == {"legal"}


@pytest.mark.slow
@pytest.mark.anyio
async def test_the_previews_of_the_terminal_say_where_they_look(desk: Desk, tmp_path: Path) -> None:
    """The form, the retraction and the queue look at the day, the class and the view chosen."""
    desk.record(norm(key="second", effect="permit", effective_from="2020-01-01"))
    said = "Statuses on 2020-06-01, for bank, normative view"
    app = RegledgerApp(launch_of(desk, tmp_path))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        app.context = replace(app.context, as_of="2020-06-01", actor="bank", view="normative")
        await settle(pilot)
        await press(pilot, "r")
        assert said in seen(app)
        assert "for bank" in app.screen.query_one("#detail", Prose).text
        app.push_screen(RetractDialog("ban"))
        await settle(pilot)
        assert said in app.screen.query_one("#what", Prose).text
        await press(pilot, "escape")
        app.push_screen(CorrectPage("ban"))
        await settle(pilot)
        await fill(pilot, app, {"effect": "permit", "@reason": "wrong_effect"})
        await press(pilot, "ctrl+o")
        assert isinstance(app.screen, PreviewDialog)
        assert said in seen(app)


@pytest.mark.anyio
async def test_a_correction_is_rehearsed_before_it_is_signed(desk: Desk, tmp_path: Path) -> None:
    """What the rules refuse is told by the preview, and no passphrase is asked for it."""
    app = RegledgerApp(launch_of(desk, tmp_path))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        app.push_screen(CorrectPage("ban"))
        await settle(pilot)
        await fill(pilot, app, {"effect": "permit", "@reason": "wrong_effect"})
        await press(pilot, "ctrl+o")
        assert "The rules have nothing against it." in seen(app)
        await press(pilot, "escape")
        content = desk.book.preview.content_of("ban")[1]
        desk.book.correct(
            "ban",
            norm(**{**content, "effect": "permit"}),
            **desk.who("recorder"),
            reason_code="wrong_effect",
        )
        await press(pilot, "ctrl+o")
        assert "Refused" in seen(app)
        assert "says exactly this already" in seen(app)
        await press(pilot, "escape", "ctrl+s")
        assert not isinstance(app.screen, SigningDialog)
        assert "says exactly this already" in static(app, "#trouble")
        assert form_of(app).dirty


def another(desk: Desk, tmp_path: Path) -> Ledger:
    """Put another ledger with the same claim where the application has its own."""
    made = open_desk(tmp_path / "other.db")
    made.enter(norm(key="ban"))
    made.book.close()
    desk.book.close()
    for end in ("", "-wal", "-shm"):
        (tmp_path / f"own.db{end}").unlink(missing_ok=True)
    shutil.copy(tmp_path / "other.db", tmp_path / "own.db")
    return open_ledger(str(tmp_path / "own.db"), clock=desk.clock)


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.parametrize("when", ["before the dialog", "in the dialog"])
async def test_a_form_opened_over_one_ledger_is_not_signed_into_another(
    desk: Desk, tmp_path: Path, when: str
) -> None:
    """The file is another ledger by then: what was typed stays, and nothing is recorded there."""
    app = RegledgerApp(launch_of(desk, tmp_path))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        app.push_screen(CorrectPage("ban"))
        await settle(pilot)
        await fill(pilot, app, {"statement": "Another.", "@reason": "misread_source"})
        if when == "in the dialog":
            await press(pilot, "ctrl+s")
            assert isinstance(app.screen, SignFormDialog)
        with another(desk, tmp_path) as other:
            size = other.size
            if when == "in the dialog":
                await sign(pilot, app)
            else:
                await press(pilot, "ctrl+s")
            await settle(pilot)
            assert isinstance(app.screen, FormPage)
            assert "opened over another ledger" in static(app, "#trouble")
            assert form_of(app).dirty
            assert other.size == size


@pytest.mark.anyio
async def test_a_new_claim_is_not_signed_into_another_ledger(desk: Desk, tmp_path: Path) -> None:
    """The form to record remembers its ledger from the moment it was opened."""
    app = RegledgerApp(launch_of(desk, tmp_path))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await open_kind(pilot, app)
        page = form_of(app)
        with another(desk, tmp_path) as other:
            page.opened_over(other)  # read again: the first one stays
            assert page._ledger != other.policy.ledger


@pytest.mark.anyio
async def test_a_retraction_read_from_one_ledger_is_not_signed_into_another(
    desk: Desk, tmp_path: Path
) -> None:
    """A key such as ban may name a claim of the other one: the dialog says so, and stays."""
    app = RegledgerApp(launch_of(desk, tmp_path))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        app.push_screen(RetractDialog("ban"))
        await settle(pilot)
        await press(pilot, "down", "enter")
        with another(desk, tmp_path) as other:
            size = other.size
            await press(pilot, "enter")
            await settle(pilot)
            assert isinstance(app.screen, RetractDialog)
            assert "opened over another ledger" in static(app, "#problem")
            assert other.size == size


def test_a_rehearsal_of_a_correction_records_nothing(desk: Desk) -> None:
    """It raises what the correction would; a sound one raises nothing."""
    book, size = desk.book, desk.book.size
    other = norm(key="ban", effect="permit")
    book.preview.rehearse_correction("ban", other, reason_code="wrong_effect")
    assert book.size == size
    book.correct("ban", other, **desk.who("recorder"), reason_code="wrong_effect")
    with pytest.raises(Conflict, match="says exactly this already"):
        book.preview.rehearse_correction("ban", other, reason_code="wrong_effect")
