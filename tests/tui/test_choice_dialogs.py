"""Choosing an actor class by typing, and keeping views under names."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input, Static

from ledger import open_ledger
from ledger.clock import SimulatedClock
from ledger.domain.definitions import Body
from tests.books import open_desk
from tests.examples import seldom
from tests.tui.conftest import BOTH_SIZES, NOW
from tests.tui.hostile import BIDI, ESC, MARKUP, harmless
from tests.tui.keyboard import settle
from tui.app import RegledgerApp
from tui.app_config import AppConfig
from tui.dialogs.choice_dialogs import ActorDialog, Choices, SavedDialog
from tui.preferences import STATE, UserMemory
from tui.screens.board import BoardPage

WIDE, NARROW = (120, 40), (80, 24)


def values(app: RegledgerApp) -> list[str]:
    """Return the values that the list offers."""
    return [choice.value for choice in app.screen.query_one(Choices).choices]


@pytest.mark.anyio
@pytest.mark.parametrize("size", [NARROW, *seldom(WIDE)])
async def test_typing_narrows_and_enter_chooses(launch: AppConfig, size: tuple[int, int]) -> None:
    """All classes and organisations are offered, `any` first; letters narrow, Enter takes."""
    book = launch.open()
    classes = set(book.taxonomy.actor_classes)
    bodies = {f"org:{name}" for name in book.taxonomy.bodies}
    book.close()
    app = RegledgerApp(launch)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("p")
        await settle(pilot)
        offered = values(app)
        assert offered[0] == "any"
        assert set(offered) == classes | {"any"} | bodies
        assert "Banks, development finance" in harmless(app)
        await pilot.press(*"microf")
        await settle(pilot)
        assert values(app) == ["bank"]
        await pilot.press("enter")
        await settle(pilot)
        assert app.context.actor == "bank"
        assert isinstance(app.screen, BoardPage)
        assert "for bank" in harmless(app)


@pytest.mark.anyio
async def test_arrows_move_while_typing_and_q_is_a_letter(launch: AppConfig) -> None:
    """The list is walked with the arrows; printable keys go into the field, escape leaves."""
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.press("p")
        await settle(pilot)
        await pilot.press("down", "down", "enter")
        await settle(pilot)
        chosen = app.context.actor
        assert chosen != "any"
        await pilot.press("p")
        await settle(pilot)
        here = app.screen.query_one(Choices)
        assert here.chosen is not None
        assert here.chosen.value == chosen  # opens on what holds now
        await pilot.press("q", "j", "k", "x")
        await settle(pilot)
        assert isinstance(app.screen, ActorDialog)
        assert app.screen.query_one(Input).value == "qjkx"
        assert "Nobody is called that" in harmless(app)
        await pilot.press("enter")
        assert isinstance(app.screen, ActorDialog)
        await pilot.press("escape")
        await settle(pilot)
        assert app.context.actor == chosen


@pytest.mark.anyio
async def test_a_click_chooses(launch: AppConfig) -> None:
    """A second click on a line takes it."""
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.press("p")
        await settle(pilot)
        wanted = values(app)[2]
        await pilot.click(Choices, offset=(5, 2))
        await pilot.click(Choices, offset=(5, 2))
        await settle(pilot)
        assert app.context.actor == wanted


@pytest.mark.anyio
async def test_keeps_takes_and_deletes_a_view(launch: AppConfig) -> None:
    """A view kept under a name is there in the next run, and can be taken and deleted."""
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        app.context = replace(app.context, as_of="2025-07-01", actor="bank", view="normative")
        await pilot.press("V")
        await settle(pilot)
        assert "None is kept yet" in harmless(app)
        assert "as of 2025-07-01, for bank, normative view" in harmless(app)
        await pilot.press(*"before q", "enter")
        await settle(pilot)
        assert isinstance(app.screen, BoardPage)
    app = RegledgerApp(launch)
    async with app.run_test(size=NARROW) as pilot:
        await settle(pilot)
        await pilot.press("V")
        await settle(pilot)
        assert values(app) == ["before q"]
        await pilot.press("enter")
        await settle(pilot)
        assert app.context.as_of == "2025-07-01"
        assert (app.context.actor, app.context.view) == ("bank", "normative")
        await pilot.press("V")
        await settle(pilot)
        await pilot.press("x")
        await settle(pilot)
        assert values(app) == []
        assert "None is kept yet" in harmless(app)
        await pilot.press("escape")
    assert launch.state_directory is not None
    assert UserMemory.read(launch.state_directory).views == {}


@pytest.mark.anyio
async def test_a_name_is_needed_and_x_is_a_letter_in_it(launch: AppConfig) -> None:
    """Without a name nothing is kept; in the field `x` deletes nothing."""
    app = RegledgerApp(launch)
    app.memory.save_view("kept", app.context)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.press("V")
        await settle(pilot)
        await pilot.press("tab", "enter")
        await settle(pilot)
        assert "Give it a name first" in harmless(app)
        await pilot.press("x")
        assert app.screen.query_one(Input).value == "x"
        assert list(app.memory.views) == ["kept"]
        await pilot.press("enter")
        await settle(pilot)
        assert sorted(app.memory.views) == ["kept", "x"]


@pytest.mark.anyio
@pytest.mark.parametrize(
    "view",
    [
        {"as_of": 3},
        *seldom({"view": "sideways"}, {"actor": None}, {"no such": "member"}),
    ],
)
async def test_a_view_that_was_spoilt_is_told(launch: AppConfig, view: dict[str, object]) -> None:
    """A file edited by hand gives a sentence, not a broken screen."""
    assert launch.state_directory is not None
    launch.state_directory.mkdir(parents=True)
    held = {"seen": {}, "views": {"odd": view}}
    (launch.state_directory / STATE).write_text(json.dumps(held), "utf-8")
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        before = app.context
        await pilot.press("V")
        await settle(pilot)
        assert "cannot be read" in harmless(app)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, SavedDialog)
        assert app.screen.query_one("#problem", Static).display
        assert app.context == before


@pytest.mark.anyio
async def test_trouble_is_told_in_the_dialog(launch: AppConfig, ledger_file: Path) -> None:
    """Where the ledger is gone, the dialog says so."""
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        ledger_file.unlink()
        await pilot.press("p")
        await settle(pilot)
        assert isinstance(app.screen, ActorDialog)
        assert app.screen.query_one("#problem", Static).display


@pytest.mark.anyio
@pytest.mark.parametrize("size", BOTH_SIZES)
async def test_words_of_others_do_nothing(tmp_path: Path, size: tuple[int, int]) -> None:
    """Names of organisations and of saved views are shown as text."""
    path = tmp_path / "names.db"
    desk = open_desk(path, review="none")
    bodies = [
        Body(id=f"PK.X{number}", name=name, jurisdiction="PK")
        for number, name in enumerate((ESC, BIDI, MARKUP))
    ]
    desk.book.define(bodies, **desk.who("recorder"))
    desk.book.close()
    launch = AppConfig(
        name="names.db",
        open=lambda: open_ledger(str(path), clock=SimulatedClock(NOW)),
        config_directory=tmp_path / "config",
        state_directory=tmp_path / "state",
    )
    app = RegledgerApp(launch)
    app.memory.save_view(MARKUP, app.context)
    app.memory.save_view(ESC, replace(app.context, as_of=BIDI))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("p", *"org:pk.x")
        await settle(pilot)
        assert len(values(app)) == 3
        text = harmless(app)
        assert "[/foo] [bold]x[/bold]" in text
        assert "\\x1b[31mred" in text
        assert "\\u202e" in text
        await pilot.press("escape", "V")
        await settle(pilot)
        text = harmless(app)
        assert "[/foo]" in text
        assert "\\x1b" in text
        await pilot.press("x")
        await settle(pilot)
        harmless(app)
