"""Time travel: the day of the law, and what the ledger is taken to know."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from textual.widget import Widget
from textual.widgets import Input, Label

from ledger.points import HEAD
from tui.dialogs.input_dialog import InputDialog
from tui.ledger_source import LedgerSource
from tui.query_context import QueryContext
from tui.text.point_input import Preset, describe, presets, read_day, read_known
from tui.text.styled_pieces import Piece
from tui.widgets.inputs import SafeInput
from tui.widgets.virtual_lines import Lines


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The day and the prefix that were read, as a context holds them."""

    as_of: str | None
    known_at: str | None


class TimeDialog(InputDialog[QueryContext]):
    """Sets as-of and known-at for all screens."""

    frame_title = "Look from another time"
    DEFAULT_CSS = """
    TimeDialog { & Presets { height: 9; margin-bottom: 1; } }
    """

    def __init__(self, context: QueryContext) -> None:
        super().__init__()
        self._chosen_context = context

    def fields(self) -> Iterable[Widget]:
        """Yield the two axes of time."""
        yield Label("the law of the day (empty: today)", markup=False)
        yield SafeInput(
            self._chosen_context.as_of or "",
            placeholder="2025-07-08, -30d, +1y",
            compact=True,
            id="as-of",
        )
        yield Label("as known at (empty: now)", markup=False)
        yield SafeInput(
            self._chosen_context.known_at or "",
            placeholder="@42, 2025-07-08, 2025-07-08 09:30, -30d",
            compact=True,
            id="known-at",
        )

    def below(self) -> Iterable[Widget]:
        """Yield the choices for a quick choice."""
        yield Label("or choose (tab):", markup=False)
        yield Presets()

    def on_mount(self) -> None:
        """Offer the choices of the ledger's own today."""
        super().on_mount()
        self.app.ask_ledger(
            self,
            lambda source: source.book.today(),
            self._offer,
            lambda _: None,  # the sentence says what is wrong
            group="presets",
        )

    def _offer(self, today: date) -> None:
        if self.is_mounted:
            self.query_one(Presets).offer(presets(today))

    def read(
        self, source: LedgerSource, values: tuple[str, ...]
    ) -> tuple[QueryContext, tuple[str, ...]]:
        """Return the context that the two texts mean."""
        book = source.book
        today, size = book.today(), book.size
        known = read_known(values[1], today)
        chosen = _Chosen(read_day(values[0], today), None if known == HEAD else known)
        point = book.point(chosen.as_of, chosen.known_at)
        sentence = describe(point, today=today, size=size)
        made = replace(self._chosen_context, as_of=chosen.as_of, known_at=chosen.known_at)
        return made, (f"{sentence[0].upper()}{sentence[1:]}.",)

    def on_lines_moved(self, event: Lines.Moved) -> None:
        """Show what a choice would mean."""
        event.stop()
        if event.lines.has_focus:  # not when the list is only being filled
            self._fill(event.cursor)

    def on_lines_opened(self, event: Lines.Opened) -> None:
        """Take a choice."""
        event.stop()
        self._fill(event.cursor)
        self.accept()

    def _fill(self, number: int) -> None:
        choices = self.query_one(Presets).choices
        if number >= len(choices):
            return
        chosen = choices[number]
        self._accepted = None
        with self.prevent(Input.Changed):
            self.query_one("#as-of", Input).value = chosen.as_of
            self.query_one("#known-at", Input).value = chosen.known_at
        self.check()


class Presets(Lines):
    """The choices, one a line."""

    def __init__(self) -> None:
        super().__init__()
        self.choices: tuple[Preset, ...] = ()

    def offer(self, choices: tuple[Preset, ...]) -> None:
        """Show choices."""
        self.choices = choices
        self.set_count(len(choices))

    def line(self, number: int, width: int) -> Iterable[Piece]:
        """Yield one choice, and the day it stands for."""
        del width
        one = self.choices[number]
        yield f" {one.words:<34}", ""
        yield one.as_of, "dim"
