"""Help, export, copy, palette, themes, and the user's keys and settings."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input, Static

from tests.tui.conftest import BOTH_SIZES
from tests.tui.keyboard import press, seen, settle
from tui import keymap, preferences, themes
from tui.app import RegledgerApp
from tui.app_config import AppConfig
from tui.dialogs.export import write_new
from tui.dialogs.help import shown
from tui.keymap import KEYS
from tui.query_context import QueryContext


@pytest.mark.anyio
@pytest.mark.parametrize("size", BOTH_SIZES)
async def test_help_shows_every_key(launch: AppConfig, size: tuple[int, int]) -> None:
    """Each row of the table is in the list, and q closes only the list."""
    app = RegledgerApp(launch)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await press(pilot, "question_mark")
        assert "Everywhere" in seen(app)
        from tui.widgets.virtual_lines import TextLines

        text = app.screen.query_one(TextLines).text
        for key in KEYS.values():
            assert key.words in text
            assert shown(key.keys) in text
        await press(pilot, "q")
        assert app.is_running
        assert "Everywhere" not in seen(app)


@pytest.mark.anyio
async def test_keys_of_the_users_own_work_and_are_shown(launch: AppConfig, tmp_path: Path) -> None:
    """`integrity = "f"` in keys.toml moves the key; unusable lines are reported, and no more."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / keymap.FILE).write_text('integrity = "I"\nnothing = "x"\nboard = 3\n')
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        told = [str(n.message) for n in app._notifications]
        assert any("no binding 'nothing'" in one for one in told)
        assert any("board wants keys" in one for one in told)
        await press(pilot, "I")
        assert app.current_mode == "integrity"


@pytest.mark.parametrize("text", ["= broken", "\x00", "[board]\nx = 1"])
def test_a_wrong_keys_file_is_a_remark(tmp_path: Path, text: str) -> None:
    """Nothing is raised whatever stands there."""
    (tmp_path / keymap.FILE).write_text(text)
    found = keymap.read(tmp_path)
    assert found.keymap == {}
    assert found.problems


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("theme = 3", "theme is not a text"),
        ("view = 'both'", "view is prudential or normative"),
        ("colour = 'red'", "no setting 'colour'"),
        ("= 1", "settings.toml"),
    ],
)
def test_wrong_settings_are_remarks(tmp_path: Path, text: str, words: str) -> None:
    """Each is reported by name, and the default is used."""
    (tmp_path / preferences.SETTINGS).write_text(text)
    found = preferences.read_settings(tmp_path)
    assert any(words in one for one in found.problems)
    assert found.view == "prudential"
    assert found.theme is None


@pytest.mark.anyio
async def test_settings_are_used(launch: AppConfig, tmp_path: Path) -> None:
    """Theme, view and actor class come from the user's file."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / preferences.SETTINGS).write_text(
        "theme = 'regledger-light'\nview = 'normative'\nactor = 'bank'\n"
    )
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert app.theme == "regledger-light"
        assert app.context == QueryContext(view="normative", actor="bank")
        assert "normative view" in seen(app)


def test_memory_survives_and_damage_is_no_matter(tmp_path: Path) -> None:
    """Kept values come back; a file that is no JSON is an empty memory."""
    memory = preferences.UserMemory.read(tmp_path)
    memory.remember_point("ledger", "2026-01-01@4")
    memory.save_view("mine", QueryContext(as_of="2025-07-08"))
    again = preferences.UserMemory.read(tmp_path)
    assert again.seen == {"ledger": "2026-01-01@4"}
    assert again.saved("mine") == QueryContext(as_of="2025-07-08")
    again.views["bad"] = {"nonsense": 1}
    assert again.saved("bad") is None
    assert again.saved("none") is None
    memory.file.write_text("{")
    assert preferences.UserMemory.read(tmp_path).seen == {}


@pytest.mark.anyio
async def test_themes_turn_and_are_remembered(launch: AppConfig, tmp_path: Path) -> None:
    """The key walks through dark, light, high contrast and the terminal's own; the last is kept."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        met = [app.theme]
        for _ in themes.CYCLE[1:]:
            await press(pilot, "ctrl+t")
            met.append(app.theme)
    assert tuple(met) == themes.CYCLE
    assert preferences.UserMemory.read(tmp_path / "state").theme == themes.CYCLE[-1]


@pytest.mark.slow
@pytest.mark.anyio
async def test_export_writes_what_is_shown_with_its_command(
    launch: AppConfig, tmp_path: Path
) -> None:
    """A text file with the command on top; one that exists is not replaced, and that is said."""
    app = RegledgerApp(launch)
    target = tmp_path / "out" / "report.txt"
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "i", "e")
        assert "regledger --db demo.db verify" in seen(app)
        app.screen.query_one(Input).value = str(target)
        await press(pilot, "enter")
        first, second, *_ = target.read_text("utf-8").splitlines()
        assert first.startswith("# Integrity of regledger.example/pakistan-sample (")
        assert "known at @114" in first
        assert second == "# regledger --db demo.db verify"
        assert "sealed" in target.read_text("utf-8")
        target.write_text("mine")
        await press(pilot, "e")
        app.screen.query_one(Input).value = str(target)
        await press(pilot, "enter")
        assert "File exists" in str(app.screen.query_one("#told", Static).content)
        assert target.read_text("utf-8") == "mine"
        await press(pilot, "escape")
        assert "File exists" not in seen(app)


def test_a_file_that_exists_is_never_replaced(tmp_path: Path) -> None:
    """Nor is anything left beside it."""
    file = tmp_path / "a.txt"
    write_new(file, "one")
    with pytest.raises(FileExistsError):
        write_new(file, "two")
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["a.txt"]
    assert file.read_text() == "one"


@pytest.mark.anyio
async def test_the_palette_goes_where_keys_go(launch: AppConfig) -> None:
    """ctrl+p, a word, Enter."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "ctrl+p")
        await pilot.press(*"integrity")
        await settle(pilot)
        await press(pilot, "enter")
        assert app.current_mode == "integrity"


@pytest.mark.slow
@pytest.mark.anyio
async def test_slash_goes_anywhere_from_every_screen(launch: AppConfig) -> None:
    """It opens the palette, so that no letter acts as a key; escape comes back."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        for key, name in zip("bic", ("board", "integrity", "calendar"), strict=True):
            await press(pilot, key, "slash")
            assert isinstance(app.focused, Input)
            await press(pilot, *"quit", "escape")
            assert app.is_running
            assert app.current_mode == name


@pytest.mark.anyio
async def test_help_can_be_paged(launch: AppConfig) -> None:
    """Page down goes on to the end, page up comes back."""
    from tui.widgets.virtual_lines import TextLines

    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "question_mark")
        tops = []
        for _ in range(3):
            await press(pilot, "pagedown")
            tops.append(app.screen.query_one(TextLines).scroll_offset.y)
        assert tops == sorted(set(tops))
        await press(pilot, "pageup")
        assert 0 < app.screen.query_one(TextLines).scroll_offset.y < tops[-1]
