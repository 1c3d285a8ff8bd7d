"""The cell page as an answer: its title, references in the prose, what is folded, disputes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ledger import open_ledger
from ledger.clock import SimulatedClock
from tests.books import declaration, norm, note, open_desk
from tests.tui.conftest import NOW
from tests.tui.hostile import harmless
from tests.tui.keyboard import settle
from tests.tui.test_cell import NARROW, WIDE, opened, pane
from tui.app import RegledgerApp
from tui.app_config import AppConfig
from tui.navigation import OpenEntry


def over(path: Path, folder: Path) -> AppConfig:
    """Return an application over a ledger of which nothing is signed here."""
    return AppConfig(
        name=path.name,
        open=lambda: open_ledger(str(path), clock=SimulatedClock(NOW)),
        config_directory=folder / "config",
        state_directory=folder / "state",
    )


@pytest.mark.anyio
@pytest.mark.parametrize("size", [NARROW, WIDE, (200, 55)], ids=["80x24", "120x40", "200x55"])
async def test_day_class_and_view_always_stand_in_the_title(
    launch: AppConfig, size: tuple[int, int]
) -> None:
    """Also where they are the defaults, and where the name of the activity leaves no room."""
    app = RegledgerApp(launch)
    async with app.run_test(size=size) as pilot:
        await opened(app, pilot, "PK", "va.deal")
        first = harmless(app).splitlines()[0]
        assert " · Pakistan · anybody · 26 Nov 2026 · prudential  SIMULATED CLOCK" in first
        assert first.startswith(" Dealing on")
        app.context = replace(app.context, actor="bank", as_of="2020-01-01", view="normative")
        await settle(pilot)
        first = harmless(app).splitlines()[0]
        assert " · Pakistan · bank · 1 Jan 2020 · normative  SIMULATED CLOCK" in first


@pytest.mark.anyio
async def test_references_in_the_prose_are_gone_through_one_by_one(
    launch: AppConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Down goes from one to the next, also within a line; Enter opens that one and no other."""
    went: list[object] = []
    app = RegledgerApp(launch)
    async with app.run_test(size=(200, 80)) as pilot:
        await opened(app, pilot)
        monkeypatch.setattr(RegledgerApp, "go_to", lambda _, to: went.append(to))
        text = pane(app)
        text.focus()
        await pilot.press("g")
        for _ in range(12):
            await pilot.press("enter", "down")
            await settle(pilot)
        seqs = [one.seq for one in went if isinstance(one, OpenEntry)]
        assert seqs == [98, 63, 63, 45, 47, 52, 53, 54, 90, 92, 92, 92]
        await pilot.press("up", "enter")
        assert went[-1] == OpenEntry(90)


@pytest.mark.anyio
async def test_only_the_reference_under_the_cursor_stands_out(launch: AppConfig) -> None:
    """The rest of its line is painted as text."""
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot)
        text = pane(app)
        text.focus()
        await settle(pilot)
        chosen = text.get_component_rich_style("line--cursor")
        strip = text.render_line(text.cursor - text.scroll_offset.y)
        assert [s.text for s in strip if s.style == chosen] == ["[@98]"]


@pytest.mark.anyio
async def test_a_click_takes_the_reference_under_the_pointer(
    launch: AppConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first click puts the cursor there, the second opens."""
    went: list[object] = []
    app = RegledgerApp(launch)
    async with app.run_test(size=(200, 80)) as pilot:
        await opened(app, pilot)
        monkeypatch.setattr(RegledgerApp, "go_to", lambda _, to: went.append(to))
        text = pane(app)
        line = next(
            n for n in range(text.count) if "[@45]" in "".join(t for t, _ in text.line(n, 100))
        )
        x = "".join(t for t, _ in text.line(line, 100)).index("[@45]") + 2
        await pilot.click(text, offset=(x + 1, line + 1))
        assert (text.seq, went) == (45, [])
        await pilot.click(text, offset=(x + 1, line + 1))
        await settle(pilot)
        assert went == [OpenEntry(45)]


@pytest.mark.anyio
async def test_what_a_text_of_others_puts_in_brackets_opens_nothing(tmp_path: Path) -> None:
    """A statement may say [@1]; only what the explanation cites can be opened."""
    desk = open_desk(tmp_path / "book.db")
    desk.enter(norm(key="law", statement="As [@1] says [@2]."))
    desk.book.close()
    app = RegledgerApp(over(tmp_path / "book.db", tmp_path))
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot, "PK", "va.deal")
        text = pane(app)
        assert "As [@1] says [@2]." in text.text
        cited = {seq for n in range(text.count) for seq in text._seqs(n)}
        assert cited
        assert not cited & {1, 2}


@pytest.mark.anyio
async def test_what_does_not_bear_on_the_answer_is_folded(tmp_path: Path) -> None:
    """One line says how many; Enter shows them and folds them again, in both layouts."""
    desk = open_desk(tmp_path / "book.db")
    desk.enter(norm(key="law"), *(note(key=f"n{n}", statement=f"Remark {n}.") for n in range(3)))
    desk.book.close()
    app = RegledgerApp(over(tmp_path / "book.db", tmp_path))
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot, "PK", "va.deal")
        listed = pane(app, "#claims")
        listed.focus()
        assert "▸ also recorded (3)" in listed.text
        assert "Remark 1." not in listed.text
        await pilot.press("G", "enter")
        await settle(pilot)
        assert "▾ also recorded (3)" in listed.text
        assert "Remark 1." in listed.text
        assert listed.folds
        await pilot.press("enter")
        await settle(pilot)
        assert "Remark 1." not in listed.text
        await pilot.resize_terminal(*NARROW)
        await settle(pilot)
        await pilot.press("G", "enter")
        await settle(pilot)
        assert "Remark 2." in pane(app).text


@pytest.mark.anyio
async def test_a_dispute_names_who_which_and_why(tmp_path: Path) -> None:
    """Each dispute has its line; the claims it does not touch have none, and words stay words."""
    desk = open_desk(tmp_path / "book.db")
    desk.enter(norm(key="law"), declaration(key="said"))
    why = "It was [bold]June[/bold]\x1b[31m."
    desk.book.dispute("law", **desk.who("recorder"), reason_code="wrong_date", comment=why)
    desk.book.dispute("law", **desk.who("reviewer"), reason_code="duplicate", comment=None)
    size = desk.book.size
    answer = desk.book.status("PK", "va.deal")
    assert [(one.actor, one.reason_code) for one in answer.disputes] == [
        ("recorder", "wrong_date"),
        ("reviewer", "duplicate"),
    ]
    earlier = desk.book.status("PK", "va.deal", known_at=f"@{size - 2}")
    assert [one.actor for one in earlier.disputes] == ["recorder"]
    desk.book.close()
    app = RegledgerApp(over(tmp_path / "book.db", tmp_path))
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot, "PK", "va.deal")
        harmless(app)
        text = " ".join(pane(app).text.split())
        assert "recorder disputes " in text
        assert "(a date is wrong): “It was [bold]June[/bold]\\x1b[31m.”" in text
        assert f"(it is recorded already) [@{size - 1}]" in text
        assert "disputes no" not in text
