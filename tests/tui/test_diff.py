"""Two points compared: the list, the pane, the words, the form; at both sizes; over evil texts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.books import norm
from tests.steps import lines_run
from tests.tui.conftest import BOTH_SIZES
from tests.tui.hostile import NASTY, harmless, hostile
from tests.tui.keyboard import press, seen, settle
from tui.app import RegledgerApp
from tui.app_config import AppConfig
from tui.dialogs.points import PointsDialog
from tui.navigation import OpenCell, OpenEntry
from tui.query_context import QueryContext
from tui.screens.diff import ChangeList, DiffPage
from tui.text.diff_blocks import BlockRow, ChangeBlock, WordsBlock, wrapped
from tui.text.point_comparison import field_blocks
from tui.text.word_diff import FieldDiff, field_diff
from tui.widgets.diff_pane import DiffPane

A, B = "2025-06-20@70", "2025-12-12"


async def compared(pilot: Pilot[None], a: str = A, b: str = B) -> DiffPage:
    """Go to the diff of two points, as the history and the board do."""
    await settle(pilot)
    app = pilot.app
    assert isinstance(app, RegledgerApp)
    app.action_page("diff")
    page = app.screen
    assert isinstance(page, DiffPage)
    page.compare(a, b)
    await settle(pilot)
    return page


def pane(app: RegledgerApp) -> str:
    """Return everything in the pane."""
    return app.screen.query_one(DiffPane).text


def plain(rows: list[BlockRow]) -> list[str]:
    """Return rows as text."""
    return ["".join(text for text, _ in row.pieces).rstrip() for row in rows]


# --- the pane by itself --------------------------------------------------------------------------


def rows_of(old: str | None, new: str | None, *, cells: int = 60, split: bool = False) -> list[str]:
    """Return a compared field as lines."""
    return plain(list(WordsBlock(FieldDiff("quote", old, new)).rows(cells, split=split)))


def test_changed_words_carry_marks() -> None:
    """Old and new words differ without colour."""
    found = rows_of("It lapses in July.", "It lapses in June.")
    assert found == ["quote", "  It lapses in [-July-]{+June+}."]


def test_side_by_side_has_each_text_in_its_column() -> None:
    """Left the old words, right the new ones, a rule between them."""
    found = rows_of("It lapses in July.", "It lapses in June.", split=True)
    assert found[1].split("│")[0].rstrip() == "  It lapses in [-July-]."
    assert found[1].split("│")[1].strip() == "It lapses in {+June+}."


def test_what_is_left_out_is_counted() -> None:
    """Two lines that stand together belong together: between others a line says how many."""
    middle = " ".join(f"word{n}" for n in range(200))
    found = rows_of(f"old {middle} end", f"new {middle} fin")
    gaps = [line for line in found if "unchanged" in line]
    assert len(gaps) == 1
    match = re.fullmatch(r"  … (\d+) lines unchanged …", gaps[0])
    assert match is not None
    told = " ".join(found)
    left_out = [n for n in range(200) if f"word{n} " not in f"{told} "]
    height = len(wrapped([(" ".join(f"word{n}" for n in left_out), "")], 58))
    assert abs(int(match[1]) - height) <= 1
    assert "[-old-]{+new+}" in told.replace(" -]", "-]").replace(" +}", "+}")


@pytest.mark.parametrize("split", [False, True])
def test_no_changed_word_is_ever_left_out(*, split: bool) -> None:
    """However long the texts, every word that changed is shown."""
    old = [f"w{n}" for n in range(900)]
    new = [f"n{n}" if n % 90 == 7 else word for n, word in enumerate(old)]
    told = " ".join(rows_of(" ".join(old), " ".join(new), split=split))
    for n in range(7, 900, 90):
        assert f"w{n}" in told
        assert f"n{n}" in told


def test_line_ends_that_change_are_seen() -> None:
    """A line end that went away is a sign, not nothing."""
    assert "↵" in " ".join(rows_of("one\ntwo", "one two"))


def test_a_field_that_was_not_there_says_so() -> None:
    """Added and removed fields are named."""
    assert rows_of(None, "x") == ["quote  only after", "  {+x+}"]
    assert rows_of("x", None) == ["quote  only before", "  [-x-]"]


def test_unchanged_fields_are_counted_where_they_stand() -> None:
    """Fields in between are a gap with their number; equal records say that they are."""
    old = {f"f{n}": "x" for n in range(5)} | {"g": "1", "h": "x"}
    blocks = list(field_blocks(field_diff(old, {**old, "g": "2"})))
    found = [line for block in blocks for line in plain(list(block.rows(60, split=False)))]
    assert found[0].strip() == "… 5 fields unchanged …"
    assert found[-1].strip() == "… 1 field unchanged …"
    (gap, same) = field_blocks(field_diff(old, old))
    assert plain(list(gap.rows(60, split=False))) == ["  … 7 fields unchanged …"]
    assert plain(list(same.rows(60, split=False))) == ["  Both versions hold the same."]


@pytest.mark.parametrize("cells", [12, 30, 57, 120])
@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("text", NASTY)
def test_no_line_is_wider_than_there_is_room(text: str, cells: int, *, split: bool) -> None:
    """Wide, combining and endless words are broken, never cut off."""
    from ledger.text import width

    for block in (
        WordsBlock(FieldDiff("q", text, f"{text} x")),
        WordsBlock(FieldDiff("q", None, text)),
    ):
        lines = plain(list(block.rows(max(cells, 40), split=split)))
        assert all(width(line) <= max(cells, 40) for line in lines)


def test_two_thousand_changed_lines_are_made_with_little_work() -> None:
    """A changed line costs a bounded number of steps, however many lines there are."""
    blocks: list[Any] = [
        WordsBlock(
            FieldDiff(f"field{n}", f"the old word {n} of a line", f"the new word {n} of a line")
        )
        for n in range(1000)
    ]
    blocks += [ChangeBlock("x", ((f"a{n}", ""),), ((f"b{n}", ""),)) for n in range(500)]
    made: list[Any] = []
    work = lines_run(lambda: made.extend(row for b in blocks for row in b.rows(80, split=False)))
    assert len(made) == 3000
    assert work < 300 * len(made)


# --- the screen ----------------------------------------------------------------------------------


@pytest.mark.anyio
@pytest.mark.parametrize("size", BOTH_SIZES)
async def test_changed_cells_with_before_after_and_cause(
    launch: AppConfig, size: tuple[int, int]
) -> None:
    """The list names cells, statuses and causes; the pane tells of the one under the cursor."""
    app = RegledgerApp(launch)
    async with app.run_test(size=size) as pilot:
        await compared(pilot)
        text = seen(app)
        assert "from 2025-06-20@70  to 2025-12-12@114" in text
        assert "Changed cells (6)" in text
        row = next(line for line in text.splitlines() if "PK va.custody" in line)
        assert re.search(r"any +\? undeterm\. +→ ◆ framework +time", row)
        await press(pilot, "j", "j", "j")
        told = pane(app)
        assert "PK  va.exchange  for vasp" in told
        assert "passing time and new knowledge" in told
        assert re.search(r"status +- \? undetermined", told)
        assert "+ ◆ under framework" in told
        assert "2025-07-08  pk-va-law-2025-exchange: takes effect" in told
        assert "@68  2025-07-14  recorder  claim.corrected" in told


@pytest.mark.anyio
async def test_corrected_claims_field_by_field(launch: AppConfig) -> None:
    """A correction in the span shows both versions, word by word, and why it was made."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await compared(pilot)
        await press(pilot, "G")
        told = pane(app)
        assert "because: misread source: Not an Act of Parliament but an" in told
        assert "@66  the version before" in told
        assert "Virtual Assets [-Act-]{+Ordinance+}, 2025" in told
        assert "… 2 fields unchanged …" in told
        assert "in force to  only after" in told


@pytest.mark.slow
@pytest.mark.anyio
async def test_back_in_time_the_newer_version_is_the_one_before(launch: AppConfig) -> None:
    """Compared backwards, what was added is taken away."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await compared(pilot, "2025-12-12", "2025-06-20@70")
        await press(pilot, "G")
        assert "Virtual Assets [-Ordinance-]{+Act+}, 2025" in pane(app)


@pytest.mark.slow
@pytest.mark.anyio
async def test_side_by_side_only_where_there_is_room(launch: AppConfig) -> None:
    """The key s puts texts beside each other from 100 columns on, and says where it cannot."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await compared(pilot)
        await press(pilot, "G", "s")
        assert "│" in pane(app)
        await pilot.resize_terminal(90, 30)
        await settle(pilot)
        assert "│" not in pane(app)
        await press(pilot, "s", "s")
        assert "side by side needs 100 columns" in "".join(n.message for n in app._notifications)


@pytest.mark.anyio
async def test_the_form_says_what_it_means_and_compares(launch: AppConfig) -> None:
    """The key f asks for two points, refuses what is none, and shows their difference."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        page = await compared(pilot, "@0", "@0")
        await press(pilot, "f")
        assert isinstance(app.screen, PointsDialog)
        app.screen.query_one("#before", Input).value = "2025-06-20@x"
        await settle(pilot)
        wrong = str(app.screen.query_one("#meaning", Static).render())
        assert "'x' is not a day" in wrong
        await press(pilot, "enter")
        assert isinstance(app.screen, PointsDialog)
        app.screen.query_one("#before", Input).value = A
        app.screen.query_one("#after", Input).value = ""
        await settle(pilot)
        told = str(app.screen.query_one("#meaning", Static).render())
        assert "from the law of 2025-06-20, as known at @70" in told
        assert "to the law of today, as known now" in told
        await press(pilot, "enter")
        assert page.is_current
        assert page.command() == ["diff", "2025-06-20@70", "2026-11-26@114"]
        assert "Changed cells" in seen(app)


@pytest.mark.anyio
async def test_nothing_changed_names_the_two_points(launch: AppConfig) -> None:
    """An empty difference says so, says between what, and what to do."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await compared(pilot, "2026-10-01", "2026-10-02")
        text = seen(app)
        assert "Nothing changed from 2026-10-01@114 to 2026-10-02@114." in text
        assert "Nothing was recorded between the two points" in text
        assert "f chooses other points" in text


@pytest.mark.slow
@pytest.mark.anyio
async def test_cold_it_shows_what_is_new_since_one_last_looked(launch: AppConfig) -> None:
    """Without points asked for, the diff starts where the board was last looked at."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        app.action_page("diff")
        await settle(pilot)
        app.memory.seen[app.source.book.policy.ledger] = A  # as if the log had grown meanwhile
        await press(pilot, "ctrl+r")
        assert "from 2025-06-20@70  to 2026-11-26@114" in seen(app)


@pytest.mark.anyio
async def test_cold_and_never_looked_it_shows_thirty_days(launch: AppConfig) -> None:
    """Without any memory it is the last thirty days, both of law and of knowledge."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        app.memory.seen.clear()
        app.context = QueryContext(as_of="2025-07-20", known_at="2025-07-20")
        await settle(pilot)
        app.action_page("diff")
        await settle(pilot)
        assert "from 2025-06-20@72  to 2025-07-20@72" in seen(app)
        assert "NOT NOW" in seen(app)


@pytest.mark.anyio
async def test_a_wrong_point_is_an_error_on_the_screen(launch: AppConfig) -> None:
    """A point that is none appears as an error with what to do, and f still works."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await compared(pilot, "@70", "@x")
        text = seen(app)
        assert "'@x' does not say what was known" in text
        assert "f chooses other points" in text
        await press(pilot, "f")
        assert isinstance(app.screen, PointsDialog)


@pytest.mark.anyio
async def test_a_point_ahead_of_the_log_is_noted(launch: AppConfig) -> None:
    """The head is compared, and the banner says that it was not what was asked for."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await compared(pilot, "@70", "@9999")
        text = seen(app)
        assert "from 2026-11-26@70  to 2026-11-26@114" in text
        assert "@9999 is ahead of the head, @114: answered as known at @114" in text


@pytest.mark.slow
@pytest.mark.anyio
async def test_for_an_actor_class_the_others_are_left_out(launch: AppConfig) -> None:
    """With an actor class chosen, its cells and those of any are compared."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        page = await compared(pilot)
        app.context = QueryContext(actor="bank")
        await settle(pilot)
        entries = page.query_one(ChangeList).entries
        actors = {actor for e in entries if e.group for actor in e.group.actors}
        assert actors <= {"any", "bank"}
        assert "for any and bank" in seen(app)


@pytest.mark.slow
@pytest.mark.anyio
async def test_enter_goes_to_the_pane_and_from_there_to_the_entry(
    launch: AppConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Enter on a change goes into the pane; on its lines it opens cell, claim and entry."""
    opened: list[object] = []
    monkeypatch.setattr(RegledgerApp, "go_to", lambda _, to: opened.append(to))
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 50)) as pilot:
        await compared(pilot)
        await press(pilot, "j", "j", "j", "enter")
        assert isinstance(app.focused, DiffPane)
        await press(pilot, "enter", "G", "enter")
        lines = pane(app).splitlines()
        crossing = next(n for n, line in enumerate(lines) if "takes effect" in line)
        app.screen.query_one(DiffPane).cursor = crossing
        await press(pilot, "enter")
        assert opened[0] == OpenCell("PK", "va.exchange")
        assert isinstance(opened[1], OpenEntry)
        assert opened[2] == OpenEntry(63)


@pytest.mark.slow
@pytest.mark.anyio
async def test_what_is_recorded_meanwhile_appears_and_the_cursor_stays(tmp_path: Path) -> None:
    """When the log grows, the difference to now grows too, and the cursor stays on its change."""
    made = hostile(tmp_path)
    app = RegledgerApp(made.launch)
    async with app.run_test(size=(120, 40)) as pilot:
        page = await compared(pilot, "@3", "")
        changes = page.query_one(ChangeList)
        await press(pilot, "G")
        stood = changes.chosen
        assert stood is not None
        made.desk.later(hours=1)
        made.desk.enter(norm(key="early", jurisdiction="AE", activity="va.custody"))
        app.poll()
        await settle(pilot)
        assert any(e.group and e.group.place == ("AE", "va.custody") for e in changes.entries)
        assert changes.chosen is not None
        assert changes.chosen.identity == stood.identity


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.parametrize("size", BOTH_SIZES)
async def test_texts_of_events_do_nothing(tmp_path: Path, size: tuple[int, int]) -> None:
    """Escapes, controls and markup in corrected claims are seen as text, in both layouts."""
    made = hostile(tmp_path)
    desk = made.desk
    for n, text in enumerate(NASTY[:-1]):
        content = norm(key=f"n{n}", activity="va.exchange", statement=f"{text} more"[:2000])
        result = desk.book.correct(
            f"n{n}", content, reason_code="other", comment=text, **desk.who("recorder")
        )
        desk.approve(result.event)
    app = RegledgerApp(made.launch)
    async with app.run_test(size=size) as pilot:
        page = await compared(pilot, "@3", "")
        told = ""
        for key in ["s", *["down"] * len(page.query_one(ChangeList).entries)]:
            await press(pilot, key)
            told += harmless(app) + pane(app)
            app.screen.query_one(DiffPane).action_last()
            await settle(pilot)
            harmless(app)
        assert "[/foo]" in told
        assert "\\x1b[31mred" in told
        assert "\\u202e" in told
        assert "ورچوئل" in told
