"""One activity across places and kinds of actor: who may do it where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from ledger import api
from ledger.wording.statuses import FLAGS, marks_of
from tui.keymap import bind
from tui.ledger_source import LedgerSource
from tui.navigation import OpenCell
from tui.screens.base_page import Page
from tui.text.styled_pieces import Piece
from tui.text.styles import fit, look_of, safe, width
from tui.widgets.virtual_lines import Lines

_STATUS = 20  # cells of a column: symbol, word, flags
_NAMES = 18  # cells of the names at least
_NOTHING = "No claim speaks of this activity, or of one above it."


class ComparisonGrid(Lines):
    """Kinds of actor by places; those whose status is another than anybody's are marked."""

    BINDINGS: ClassVar[list[Binding]] = [
        bind("cursor-left", "column(-1)"),
        bind("cursor-right", "column(1)"),
    ]

    column: reactive[int] = reactive(0)

    def __init__(self) -> None:
        super().__init__()
        self.found: api.ActivityAcross | None = None
        self.names: dict[str, str] = {}

    def put(self, found: api.ActivityAcross, names: dict[str, str], place: str) -> None:
        """Show an answer; ``names`` of actors, ``place`` that is chosen at first."""
        first = self.found is None
        self.found, self.names = found, names
        self.set_count(len(found.actors) + 1 if found.places else 0)
        if first:
            self.cursor = 1
            self.column = found.places.index(place) if place in found.places else 0
        self.refresh()

    def validate_column(self, column: int) -> int:
        """Keep it among the places."""
        return max(0, min(column, len(self.found.places) - 1)) if self.found else 0

    def watch_column(self) -> None:
        """Paint again, with other columns if need be."""
        self.refresh()

    def action_column(self, by: int) -> None:
        """Go to the next place."""
        self.column += by

    def selectable(self, number: int) -> bool:
        """Return whether a line has a cursor: the names of the places have none."""
        return number > 0

    @property
    def chosen(self) -> tuple[str, str] | None:
        """Return the chosen place and actor."""
        found = self.found
        if found is None or not found.places or not 0 < self.cursor <= len(found.actors):
            return None
        return found.places[self.column], found.actors[self.cursor - 1]

    def _called(self, actor: str) -> str:
        return f"{self.names.get(actor, actor)}  {actor}"

    def line(self, number: int, width_: int) -> Iterable[Piece]:
        """Yield a kind of actor, and its status in the places for which there is room."""
        found = self.found
        if found is None:
            return
        longest = max(width(self._called(actor)) for actor in found.actors) + 3
        names = max(_NAMES, min(longest, width_ - _STATUS * len(found.places)))
        seen = max(1, (width_ - names) // _STATUS)
        first = max(0, self.column - seen + 1)
        shown = found.places[first : first + seen]
        if not number:
            yield (fit("  For whom", names), "heading")
            for at, place in enumerate(shown, first):
                yield (fit(f"{'▾' if at == self.column else ' '} {place}", _STATUS), "heading")
            return
        actor = found.actors[number - 1]
        mark = "≠ " if found.differs(actor) else "  "
        yield (mark, "flag")
        yield (fit(self._called(actor), names - 2), "bold" if mark.strip() else "")
        for place in shown:
            yield from _status(found.of(place, actor))


def _status(found: api.Resolution) -> Sequence[Piece]:
    look = look_of(found.status)
    marks = "".join(FLAGS[f] for f in marks_of(found.flags, found.basis_kind) if f != "differs")
    word = f"{look.symbol} {look.word}"
    room = _STATUS - 1
    if width(word) + 1 + len(marks) > room:
        word = f"{look.symbol} {look.short}"
    return [(fit(f"{word} {marks}", room) + " ", look.style)]


class ComparisonPage(Page):
    """The board of one activity: kinds of actor down, places across."""

    heading = "Classes and places"
    AUTO_FOCUS = "ComparisonGrid"
    DEFAULT_CSS = """
    ComparisonPage #activity { height: auto; padding: 0 1; background: $surface; }
    """

    def __init__(self, jurisdiction: str, activity: str) -> None:
        super().__init__()
        self._place = jurisdiction
        self._activity = activity

    def body(self) -> Iterable[Widget]:
        """Yield the activity, and the grid."""
        yield Static("", id="activity", markup=False)
        yield ComparisonGrid()

    @property
    def keys_of(self) -> tuple[str, ...]:
        """Return the lists' keys: there are no others."""
        return ("lists",)

    def command(self) -> list[str]:
        """Return the words of `status`, which lists the kinds of actor that differ."""
        return ["status", "-a", self._activity, *self.app.context.options()]

    def load(self) -> None:
        """Ask for all places and all kinds of actor at once."""
        context, activity = self.app.context, self._activity

        def work(source: LedgerSource) -> tuple[api.ActivityAcross, dict[str, str], str]:
            book = source.book
            found = book.cells.across(
                activity, as_of=context.as_of, known_at=context.known_at, view=context.view
            )
            names = {one.id: one.name for one in book.taxonomy.actor_classes.values()}
            return found, {"any": "Anybody"} | names, book.taxonomy.activities[activity].name

        self.ask(work, self._show_found)

    def _show_found(self, answer: tuple[api.ActivityAcross, dict[str, str], str]) -> None:
        found, names, called = answer
        others = sum(found.differs(actor) for actor in found.actors)
        differ = f"≠ {others} with another status than anybody" if others else "the same for all"
        line = f"{called}  {self._activity}   {differ}" if found.places else _NOTHING
        self.query_one("#activity", Static).update(safe(line))
        self.query_one(ComparisonGrid).put(found, names, self._place)

    def on_lines_opened(self, event: Lines.Opened) -> None:
        """Open the cell, for that kind of actor."""
        event.stop()
        chosen = self.query_one(ComparisonGrid).chosen
        if chosen is not None:
            place, actor = chosen
            self.app.go_to(OpenCell(place, self._activity, actor))
