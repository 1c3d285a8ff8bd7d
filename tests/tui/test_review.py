"""The queue of what awaits review, and decisions on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from ledger import Ledger, open_ledger
from tests.books import Desk, norm, open_desk
from tests.tui.conftest import BOTH_SIZES, read_only
from tests.tui.hostile import NASTY, harmless, hostile
from tests.tui.keyboard import press, seen, settle, static, write
from tui.app import RegledgerApp
from tui.app_config import AppConfig
from tui.dialogs.reason_dialogs import ApproveDialog, RejectDialog, WithdrawDialog
from tui.screens.review import ReviewPage
from tui.widgets.inputs import PassphraseInput
from tui.widgets.prose import Prose


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return a ledger of its own with a norm that counts; the clock stands before today."""
    made = open_desk(tmp_path / "own.db")
    made.enter(norm(key="first"))
    made.on("2024-03-01")
    return made


def launch_of(desk: Desk, tmp_path: Path, **changes: object) -> AppConfig:
    """Return an application over it, with keys that need no passphrase."""
    made = AppConfig(
        name="own.db",
        open=lambda: open_ledger(str(tmp_path / "own.db"), clock=desk.clock),
        keys=lambda: tuple(desk.signers),
        signer=lambda actor, _secret: desk.signers[actor],
        config_directory=tmp_path / "config",
        state_directory=tmp_path / "state",
        exports=tmp_path / "exports",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # each by its name


def page_of(app: RegledgerApp) -> ReviewPage:
    """Return the page on top."""
    page = app.screen
    assert isinstance(page, ReviewPage)
    return page


def seqs(app: RegledgerApp) -> list[int]:
    """Return the seqs of the queue."""
    return [one.item.seq for one in page_of(app).queue.waiting]


@pytest.mark.anyio
@pytest.mark.parametrize("size", BOTH_SIZES)
async def test_the_queue_says_what_waits_and_what_it_would_change(
    launch: AppConfig, size: tuple[int, int]
) -> None:
    """Seq, day, author, kind and key; below or beside it the status after an approval."""
    app = RegledgerApp(launch)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await press(pilot, "r")
        text = seen(app)
        assert "@114" in text
        assert "2026-07-06" in text
        assert "new" in text
        assert "pk-pvara" in text
        assert "If it is approved" in text
        assert "undetermined (statements only) → ◆ under framework" in text
        assert "recorder recorded it and cannot approve it; reviewer can." in text
        assert "for whom" in page_of(app).detail.text
        assert page_of(app).command() == ["review", "list"]
        assert "PVARA Sandbox Guidelines" in page_of(app).copied()


@pytest.mark.anyio
async def test_an_approval_by_a_second_person_empties_the_queue(
    launch: AppConfig, ledger_file: Path
) -> None:
    """The comment is recorded with it; queue, status line and ledger follow."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "r", "A")
        assert isinstance(app.screen, ApproveDialog)
        await press(pilot, "up")
        await write(pilot, " Seen. ")
        assert "comment  “Seen.”" in seen(app)
        await press(pilot, "enter")
        await write(pilot, "demo")
        await press(pilot, "enter")
        await settle(pilot)
        assert seqs(app) == []
        assert "Nothing awaits review." in seen(app)
        assert "to review" not in seen(app)
        assert any("Approved 1 event: recorded as @115" in n.message for n in app._notifications)
    with open_ledger(str(ledger_file)) as book:
        assert book.show("@115").opened["comment"] == "Seen."
        assert book.show("@114").item.state == "counting"


def _texts_of(book: Ledger, seq: int) -> str:
    """Return all that an entry says, with what is kept beside the log."""
    shown = book.show(f"@{seq}")
    return repr((dict(shown.entry), dict(shown.opened)))


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.parametrize("key", ["A", "R", "W"])
@pytest.mark.parametrize("at_once", [True, False])
async def test_a_passphrase_typed_by_habit_is_never_signed(
    launch: AppConfig, ledger_file: Path, key: str, *, at_once: bool
) -> None:
    """Typed and entered as soon as the dialog is asked for, it reaches no field that is signed."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "r")
        await pilot.press(key)
        if not at_once:
            await settle(pilot)
        await pilot.press(*"demo", "enter")
        await settle(pilot)
        boxes = app.screen.query("#comment").results(Input)
        assert [box.value for box in boxes] in ([], [""])
    with open_ledger(str(ledger_file)) as book:
        for seq in range(115, book.size):
            assert "demo" not in _texts_of(book, seq)
            assert "comment" not in book.show(f"@{seq}").opened


@pytest.mark.anyio
async def test_a_passphrase_in_the_comment_is_refused_and_taken_off_the_screen(
    launch: AppConfig, ledger_file: Path
) -> None:
    """Put there in spite of all; then the right thing in the right place is signed."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "r", "A", "up")
        await write(pilot, "demo ")
        await press(pilot, "enter")
        assert isinstance(app.focused, PassphraseInput)  # Enter in a comment signs nothing
        await write(pilot, "demo")
        await press(pilot, "enter")
        assert isinstance(app.screen, ApproveDialog)
        assert "the passphrase of the key that signs" in static(app, "#problem")
        assert "demo" not in seen(app).replace("demo.db", "")
        assert app.source.book.size == 115
        await press(pilot, "enter")  # the key is open by now
        await settle(pilot)
        assert seqs(app) == []
    with open_ledger(str(ledger_file)) as book:
        assert book.size == 116
        assert "comment" not in book.show("@115").opened


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.parametrize(
    ("typed", "told"),
    [("", "comment  none"), ("  a  b ", "comment  “a  b”"), ("x\x1b[31m", r"comment  “x\x1b[31m”")],
)
async def test_the_dialog_shows_the_comment_as_it_is_signed(
    desk: Desk, tmp_path: Path, typed: str, told: str
) -> None:
    """Without the blanks around it, with nothing that acts on a terminal, and with its reason."""
    desk.record(norm(key="second"))
    app = RegledgerApp(launch_of(desk, tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "r", "R", "down", "enter")
        app.screen.query_one("#comment", Input).value = typed
        await settle(pilot)
        assert told in app.screen.query_one("#what", Prose).text
        assert "reason   wrong_date" in seen(app)
        await press(pilot, "enter")
        await settle(pilot)
        assert seqs(app) == []
    assert desk.book.show("@" + str(desk.book.size - 1)).opened.get("comment", "") == typed.strip()


@pytest.mark.anyio
async def test_a_rejection_needs_a_reason(desk: Desk, tmp_path: Path) -> None:
    """Without one nothing is signed; with one the event never counts."""
    desk.record(norm(key="second"))
    app = RegledgerApp(launch_of(desk, tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "r", "R")
        assert isinstance(app.screen, RejectDialog)
        reasons = app.screen.query_one("#reasons", OptionList)
        assert [option.id for option in reasons.options] == [
            "wrong_date",
            "wrong_activity",
            "wrong_effect",
            "wrong_force",
            "misread_source",
            "duplicate",
            "other",
        ]
        app.screen.query_one("#sign").focus()
        await press(pilot, "enter")
        assert "A reason is required" in static(app, "#problem")
        assert reasons.has_focus
        await press(pilot, "down", "down", "enter")
        assert "reason   wrong_activity" in seen(app)
        await press(pilot, "enter")
        await settle(pilot)
        assert seqs(app) == []
    assert desk.book.show("second").item.state == "rejected"
    (review,) = desk.book.entries.page(desk.book.size - 1, desk.book.size)
    assert desk.book.show(f"@{review.seq}").opened["reason_code"] == "wrong_activity"


@pytest.mark.anyio
async def test_ones_own_event_cannot_be_approved_and_one_is_told_before(
    desk: Desk, tmp_path: Path
) -> None:
    """Four eyes: the detail says so, the signature says so, and the rules refuse it."""
    desk.book.actors.grant("recorder", "reviewer", **desk.who("admin"))
    desk.record(norm(key="second"))
    launch = launch_of(desk, tmp_path, keys=lambda: ("recorder",), actor="recorder")
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "r")
        assert "You recorded this: somebody else must review it" in seen(app)
        await press(pilot, "A")
        assert "recorded this: somebody else must review it" in seen(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, ApproveDialog)
        assert "can't review their own event" in static(app, "#problem")
        await press(pilot, "escape")
        assert len(seqs(app)) == 1


@pytest.mark.anyio
async def test_the_author_may_withdraw_what_waits(desk: Desk, tmp_path: Path) -> None:
    """The author comes first in the list of those who sign."""
    desk.record(norm(key="second"))
    app = RegledgerApp(launch_of(desk, tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "r", "W")
        assert isinstance(app.screen, WithdrawDialog)
        assert app.screen.chosen == "recorder"
        await press(pilot, "enter")
        await settle(pilot)
        assert seqs(app) == []
    assert desk.book.show("second").item.state == "withdrawn"


@pytest.mark.slow
@pytest.mark.anyio
async def test_several_are_decided_on_in_one_event(desk: Desk, tmp_path: Path) -> None:
    """Events marked with space are approved together, the rest stays."""
    desk.record(norm(key="second"), norm(key="third"), norm(key="fourth"))
    app = RegledgerApp(launch_of(desk, tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "r", "space", "j", "space")
        assert "2 marked of 3" in seen(app)
        assert seen(app).count("●") == 2
        await press(pilot, "A")
        assert "2 events" in seen(app)
        await press(pilot, "enter")
        await settle(pilot)
        assert len(seqs(app)) == 1
        assert page_of(app).queue.marked == set()
    states = [desk.book.show(key).item.state for key in ("second", "third", "fourth")]
    assert states == ["counting", "pending", "counting"]


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_correction_shows_old_and_new_and_a_stale_one_says_so(
    desk: Desk, tmp_path: Path
) -> None:
    """A correction of what has changed since can only be rejected or withdrawn."""
    for effect, force in (("permit", "primary"), ("authorise", "primary")):
        desk.later(hours=1)
        desk.book.correct(
            "first",
            norm(key="first", effect=effect, force=force),
            reason_code="wrong_effect",
            comment="Read again.",
            **desk.who("recorder"),
        )
    app = RegledgerApp(launch_of(desk, tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "r")
        text = page_of(app).detail.text
        assert "prohibit → permit" in text
        assert "wrong_effect: Read again." in text
        assert "✖ prohibited → ✔ legal" in text
        await press(pilot, "A", "enter")
        await settle(pilot)
        assert len(seqs(app)) == 1
        assert "Stale: what it replaces has changed since." in page_of(app).detail.text
        assert "stale" in seen(app)
        await press(pilot, "A")
        assert isinstance(app.screen, ReviewPage)
        assert any("cannot be approved" in n.message for n in app._notifications)
        await press(pilot, "R", "down", "enter", "enter")
        await settle(pilot)
        assert seqs(app) == []


@pytest.mark.anyio
async def test_a_retraction_shows_what_it_takes_back(desk: Desk, tmp_path: Path) -> None:
    """With the reason, and the status without the claim."""
    desk.book.retract("first", reason_code="duplicate", **desk.who("recorder"))
    app = RegledgerApp(launch_of(desk, tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "r")
        text = page_of(app).detail.text
        assert "retraction" in text
        assert "What it takes back" in text
        assert "Dealing is prohibited." in text
        assert "✖ prohibited → ? undetermined" in text


@pytest.mark.slow
@pytest.mark.anyio
async def test_the_queue_grows_under_the_cursor(desk: Desk, tmp_path: Path) -> None:
    """An event that another process records appears, and the cursor stays on its own."""
    desk.record(norm(key="second"), norm(key="third"))
    app = RegledgerApp(launch_of(desk, tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "r", "j")
        here = page_of(app).queue.at
        assert here is not None
        desk.approve("second")
        desk.record(norm(key="fourth"))
        app.poll()
        await settle(pilot)
        await settle(pilot)
        assert len(seqs(app)) == 2
        now = page_of(app).queue.at
        assert now is not None
        assert now.item.seq == here.item.seq
        assert "third" in page_of(app).detail.text


@pytest.mark.anyio
async def test_an_empty_queue_says_what_to_do(tmp_path: Path) -> None:
    """Also where a ledger needs no review at all."""
    desk = open_desk(tmp_path / "own.db", review="none")
    app = RegledgerApp(launch_of(desk, tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "r")
        assert "Nothing awaits review." in seen(app)
        assert "needs no review" in seen(app)
        await press(pilot, "A", "space", "enter")  # nothing to decide on: nothing happens
        assert isinstance(app.screen, ReviewPage)


@pytest.mark.slow
@pytest.mark.anyio
async def test_read_only_no_decision_is_offered(launch: AppConfig) -> None:
    """Reading works; neither the line of keys nor a key decides."""
    app = RegledgerApp(read_only(launch))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "r", "A")
        assert isinstance(app.screen, ReviewPage)
        assert "1 waiting" in seen(app)
        assert "Approve" not in seen(app)
        assert "Record" not in seen(app)


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.parametrize("size", BOTH_SIZES)
async def test_what_waits_does_nothing_to_the_terminal(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    """Queue, detail and dialog show hostile texts as texts."""
    bad = hostile(tmp_path)
    bad.desk.later(hours=1)
    for n, text in enumerate(NASTY):
        bad.desk.book.correct(
            f"n{n}",
            norm(key=f"n{n}", activity="va.exchange", statement=f"new {text}"[:2000]),
            reason_code="other",
            comment=text,
            **bad.desk.who("recorder"),
        )
    app = RegledgerApp(bad.launch)
    told = []
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await press(pilot, "r")
        assert len(seqs(app)) == len(NASTY) + 1
        for _ in seqs(app):
            told.append(harmless(app))
            page_of(app).detail.action_page(1)
            await settle(pilot)
            told.append(harmless(app))
            await press(pilot, "j")
        for _ in range(3):
            await press(pilot, "space", "k")
        await press(pilot, "R")
        told.append(harmless(app))
        await press(pilot, "escape")
    words = "\n".join(told)
    assert "[/foo]" in words
    assert r"\x1b" in words
    assert r"\u202e" in words
