"""The filter's language and the line it is typed in."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from ledger.errors import InputError
from tests.tui.hostile import NASTY
from tui.widgets.filter_bar import FILTERS, FilterBar, options, parse
from tui.widgets.inputs import SafeInput


def test_words_become_members_of_a_filter() -> None:
    """Each filter has a name before a colon; the rest is text to look for."""
    assert parse("actor:recorder j:PK  type:claim.corrected state:pending force:primary") == {
        "actor": "recorder",
        "jurisdiction": "PK",
        "type": "claim.corrected",
        "state": "pending",
        "force": "primary",
    }
    assert parse("licence after:2025-07-08 before:@42 granted") == {
        "after": "2025-07-08",
        "before": "@42",
        "text": "licence granted",
    }
    assert parse("") == {}


def test_quotes_keep_words_and_colons_together() -> None:
    """A quoted text may hold blanks, colons and an exclamation mark; a value may be quoted too."""
    assert parse('"see: s. 12 !"') == {"text": "see: s. 12 !"}
    assert parse('actor:"recorder" x') == {"actor": "recorder", "text": "x"}


def test_an_exclamation_mark_asks_for_what_needs_a_second_look() -> None:
    """It stands alone; inside a word it is text."""
    assert parse("! j:PK") == {"flagged": "yes", "jurisdiction": "PK"}
    assert parse("no!") == {"text": "no!"}


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("actr:recorder", "there is no filter 'actr:'", "did you mean actor:?"),
        ("jurisdiction:PK", "there is no filter 'jurisdiction:'", "did you mean j:?"),
        ("https://example.org", "there is no filter 'https:'", "a text with a colon goes into"),
        ("actor:", "actor: needs a value", "actor:reviewer"),
        ("j:PK j:AE", "j: is given twice", "holds at once"),
        ('"open', "a quote is not closed", "such as"),
    ],
)
def test_what_cannot_be_read_is_said_with_what_to_do(text: str, message: str, hint: str) -> None:
    """A filter there is not is refused, never taken for text."""
    with pytest.raises(InputError) as caught:
        parse(text)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_every_filter_is_an_option_of_the_command_line() -> None:
    """Every filter of the bar is an option of the command."""
    typed = " ".join(f"{name}:{example}" for name, (_, _, example) in FILTERS.items())
    said = options(parse(typed))
    assert said[::2] == [option for _, option, _ in FILTERS.values()]
    assert options(parse("! some text")) == ["--flagged", "some text"]
    assert options(parse("j:PK -x")) == ["-j", "PK", "--", "-x"]


class _Host(App[None]):
    """The bar alone, and what it answers."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[str, str]] = []

    def compose(self) -> ComposeResult:
        yield FilterBar()

    def on_filter_bar_answered(self, event: FilterBar.Answered) -> None:
        self.said.append((event.kind, event.text))

    def on_filter_bar_dropped(self) -> None:
        self.said.append(("dropped", ""))


@pytest.mark.anyio
async def test_it_answers_on_enter_and_is_dropped_on_escape() -> None:
    """A printable q is typed; escape closes."""
    app = _Host()
    async with app.run_test(size=(80, 24)) as pilot:
        bar = app.query_one(FilterBar)
        assert not bar.display
        bar.ask("search", "old")
        await pilot.press("q", "enter")
        assert app.said == [("search", "oldq")]
        await pilot.press("escape")
        assert app.said[-1] == ("dropped", "")
        assert not bar.display


@pytest.mark.anyio
async def test_an_error_keeps_what_was_typed() -> None:
    """The error is seen below the line, and the line can be mended."""
    app = _Host()
    async with app.run_test(size=(120, 24)) as pilot:
        bar = app.query_one(FilterBar)
        bar.ask("filter", "actr:x")
        bar.show_error(InputError("there is no filter 'actr:'", hint="did you mean actor:?"))
        await pilot.pause()
        assert "did you mean actor:?" in str(bar.query_one("#remark").render())
        assert bar.query_one(SafeInput).value == "actr:x"


@pytest.mark.anyio
@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_pasted_text_cannot_act_on_the_terminal(size: tuple[int, int]) -> None:
    """Whatever is pasted into the line or named in an error is shown and does nothing."""
    app = _Host()
    async with app.run_test(size=size) as pilot:
        bar = app.query_one(FilterBar)
        for text in NASTY:
            bar.ask("filter", text)
            bar.show_error(InputError(f"there is no filter {text!r}", hint=text))
            await pilot.pause()
            for strip in app.screen._compositor.render_strips():
                line = "".join(s.text for s in strip if not s.control)
                bad = [c for c in line if ord(c) < 0x20 or 0x7F <= ord(c) <= 0x9F or c == "\u202e"]
                assert not bad
