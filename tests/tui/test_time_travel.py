"""Looking from another time: what may be typed, what it means, and that every screen honours it."""

from __future__ import annotations

from datetime import date

import pytest
from textual.widgets import Input, Static

from ledger.errors import InputError
from tests.examples import seldom
from tests.tui.keyboard import colours_of, press, seen, settle
from tui.app import RegledgerApp
from tui.app_config import AppConfig
from tui.dialogs.time_travel import Presets, TimeDialog
from tui.query_context import QueryContext
from tui.text.point_input import presets, read_day, read_known, read_point
from tui.widgets.banner import elsewhen

TODAY = date(2026, 3, 31)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("", None),
        ("2025-07-08", "2025-07-08"),
        (" 2025-07-08 ", "2025-07-08"),
        ("-30d", "2026-03-01"),
        ("+1y", "2027-03-31"),
        ("-1m", "2026-02-28"),
        ("+2w", "2026-04-14"),
        ("yesterday", "2026-03-30"),
        ("Today", "2026-03-31"),
    ],
)
def test_days_as_people_type_them(text: str, day: str | None) -> None:
    """A day, days, weeks, months and years from today, and the words for the nearest ones."""
    assert read_day(text, TODAY) == day


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("", None),
        ("@42", "@42"),
        ("42", "@42"),
        ("@0", "@0"),
        ("@HEAD", "@head"),
        ("@none", "@none"),
        ("2025-07-08", "2025-07-08"),
        ("-30d", "2026-03-01"),
        ("2025-07-08T09:30:00.000001Z", "2025-07-08T09:30:00.000001Z"),
        ("2025-07-08 09:30", "2025-07-08T09:30:59.999999Z"),
        ("2025-07-08T09:30:05Z", "2025-07-08T09:30:05.999999Z"),
        ("2025-07-08 09:30:05.5", "2025-07-08T09:30:05.500000Z"),
    ],
)
def test_what_was_known_as_people_type_it(text: str, known: str | None) -> None:
    """A position, a day or a stamp; a shortened stamp means the end of what it names."""
    assert read_known(text, TODAY) == known


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("", ""),
        ("2025-07-08", "2025-07-08"),
        ("@42", "@42"),
        ("2025-07-08@42", "2025-07-08@42"),
        ("-1y@head", "2025-03-31@head"),
        ("-1y@2025-07-08", "2025-03-31@2025-07-08"),
        ("@2025-07-08 09:30", "@2025-07-08T09:30:59.999999Z"),
    ],
)
def test_points_as_people_type_them(text: str, point: str) -> None:
    """A day, a position or both."""
    assert read_point(text, TODAY) == point


@pytest.mark.parametrize(
    "text",
    ["2025-02-30", "July", "-30", "-1x", "+999999y", "2025-7-8", "٢٠٢٥-٠٧-٠٨", "\x1b[31m"],
)
def test_no_day_is_refused_with_what_to_write(text: str) -> None:
    """Anything else is a ledger error that says why."""
    with pytest.raises(InputError):
        read_day(text, TODAY)
    with pytest.raises(InputError):
        read_known(f"{text} x", TODAY)


@pytest.mark.parametrize(
    "text", ["2025-07-08@", "@x", "@042", f"@{9:019}", "@٤٢", "2025-07-08 25:00", "x@42"]
)
def test_half_a_point_is_refused(text: str) -> None:
    """A point with a part that cannot be read is none."""
    with pytest.raises(InputError):
        read_point(text if "@" in text else f"@{text}", TODAY)


def test_presets_name_both_kinds_of_knowledge() -> None:
    """Each day is offered as known today and as known then, and the first choice is now."""
    found = presets(date(2024, 3, 31))
    assert (found[0].as_of, found[0].known_at) == ("", "")
    assert [p.as_of for p in found[1::2]] == [
        "2024-03-30",
        "2024-02-29",
        "2023-03-31",
        "2023-12-31",
    ]
    assert all(p.known_at == p.as_of for p in found[2::2])


def test_the_banner_says_how_to_return_before_anything_is_cut_off() -> None:
    """The way back and both axes fit into 80 columns, also with a stamp."""
    words = elsewhen(QueryContext(as_of="2025-07-08", known_at="2025-07-08T09:30:59.999999Z"))
    assert words.startswith("▶▶ NOT NOW (T returns)")
    assert "law of 2025-07-08, known at 2025-07-08 09:30:59 UTC" in words
    assert len(words) <= 78
    assert "known at @42" in elsewhen(QueryContext(known_at="@42"))


def meaning(app: RegledgerApp) -> str:
    """Return the sentence below the inputs."""
    return str(app.screen.query_one("#meaning", Static).render())


@pytest.mark.anyio
async def test_it_says_what_it_means_as_one_types(launch: AppConfig) -> None:
    """Day and entry give a sentence, an entry to come a note; a wrong text is refused."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "t")
        assert "as known now (the last entry is @114" in meaning(app)
        await press(pilot, *"2025-07-08", "tab", *"@42")
        assert "The law of 2025-07-08, as known at @42 (2025-06-" in meaning(app)
        await press(pilot, *"9999")
        note = "@429999 is ahead of the head, @114: answered as known at @114"
        assert note in " ".join(meaning(app).split())
        await press(pilot, "x")
        assert "✖ '@429999x' is not a day" in meaning(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, TimeDialog)
        assert app.context.is_now
        await press(pilot, *["backspace"] * 5, "enter")
        assert app.context == QueryContext(as_of="2025-07-08", known_at="@42")
        assert "NOT NOW (T returns) ◀◀  law of 2025-07-08, known at @42" in seen(app)


@pytest.mark.anyio
async def test_enter_before_the_answer_waits_for_it(launch: AppConfig) -> None:
    """Typing and pressing Enter in one breath takes what was typed, once it is read."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "t")
        await pilot.press(*"-1y", "enter")
        await settle(pilot)
        assert app.context.as_of == "2025-11-26"


@pytest.mark.anyio
async def test_a_preset_fills_the_fields_and_is_taken(launch: AppConfig) -> None:
    """Moving over the choices shows what they mean; Enter takes one; escape takes nothing."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "t", "tab", "tab", "down", "down")
        assert app.screen.query_one("#as-of", Input).value == "2026-11-25"
        assert "The law of 2026-11-25, as known now" in meaning(app)
        await press(pilot, "escape")
        assert app.context.is_now
        await press(pilot, "t", "tab", "tab", "G", "enter")
        assert app.context == QueryContext(as_of="2025-12-31", known_at="2025-12-31")
        await press(pilot, "t")
        assert app.screen.query_one("#known-at", Input).value == "2025-12-31"
        assert app.screen.query_one(Presets).count == 9


@pytest.mark.anyio
@pytest.mark.parametrize("key", ["b", "d", *seldom("h", "r", "i", "c")])
async def test_every_screen_says_so_and_shift_t_returns(launch: AppConfig, key: str) -> None:
    """On every main screen the warning fills a line of its own, and T takes it away."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.context = QueryContext(as_of="2025-07-08", known_at="@42")
        await settle(pilot)
        if key != "b":
            await press(pilot, key)
        second = seen(app).splitlines()[1]
        assert second.strip().startswith("▶▶ NOT NOW (T returns)")
        await press(pilot, "T")
        assert app.context.is_now
        assert "NOT NOW" not in seen(app)


@pytest.mark.slow
@pytest.mark.anyio
async def test_what_is_known_at_an_entry_holds_it(launch: AppConfig) -> None:
    """Looking from @40 the list ends with entry 40, and the banner names the same entry."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "t", "tab", *"@40", "enter", "h")
        assert "known at @40" in seen(app).splitlines()[1]
        assert "@40 " in seen(app)
        assert "@41 " not in seen(app)


@pytest.mark.slow
@pytest.mark.anyio
async def test_the_banner_notes_what_is_ahead_and_far_off(launch: AppConfig) -> None:
    """A point ahead of the log is answered from the head, and every screen says so until T."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "t", *"2099-01-01", "tab", *"@500", "enter")
        for key in ("b", "h"):
            await press(pilot, key)
            lines = [line.strip() for line in seen(app).splitlines()[2:4]]
            assert lines == [
                "2099-01-01 is more than a year after today, 2026-11-26",
                "@500 is ahead of the head, @114: answered as known at @114",
            ]
        await press(pilot, "T")
        assert "ahead of" not in seen(app)
        assert "more than a year" not in seen(app)


@pytest.mark.anyio
async def test_the_head_is_now(launch: AppConfig) -> None:
    """@head follows the log, which is what looking from now means."""
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "t", "tab", *"@head", "enter")
        assert app.context.is_now


@pytest.mark.anyio
async def test_without_colour_the_warning_still_stands_out(
    launch: AppConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With NO_COLOR the line is reversed over its whole width, and says so in words."""
    monkeypatch.setenv("NO_COLOR", "1")
    app = RegledgerApp(launch)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.context = QueryContext(as_of="2025-07-08")
        await settle(pilot)
        strip = app.screen._compositor.render_strips()[1]
        assert "NOT NOW" in strip.text
        dark = [len(text) for text, style, _ in strip if style is not None and style.reverse]
        assert sum(dark) >= 78
        assert not colours_of(app)
