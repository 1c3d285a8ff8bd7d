"""A list of lines over anything that can be counted: only what is seen is ever made.

Widgets that show many lines subclass :class:`Lines`, say how many there are (:meth:`set_count`) and
make one when asked (:meth:`line`). A million lines cost what a screenful costs. The *cursor* is a
line number; what a line means (a sequence number, a cell, a hunk) is the subclass's business.
"""

from collections.abc import Container, Iterable
from functools import cached_property
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.keymap import bind
from tui.text.styled_pieces import Piece, wrapped
from tui.text.styles import fit

READING: Final = "reading ..."
_MOST = 20_000  # lines of a file that is written
_PRINTED = 100  # cells a line of it may at least take
_STYLES = (
    "cursor legal framework prohibited undetermined none dim bold heading flag good bad alarm warn"
    " added removed match mark key ref"
)


class Lines(ScrollView, can_focus=True):
    """A scrolling list of lines with a cursor."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]  # narrower than Textual's
        bind("cursor-up", "move(-1)"),
        bind("cursor-down", "move(1)"),
        bind("page-up", "page(-1)"),
        bind("page-down", "page(1)"),
        bind("first", "first"),
        bind("last", "last"),
        bind("open", "open"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"line--{name}" for name in _STYLES.split()}
    DEFAULT_CSS = """
    Lines {
        height: 1fr;
        background: $background;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        & > .line--cursor {
            background: $block-cursor-blurred-background;
            color: $block-cursor-blurred-foreground;
            text-style: bold;
        }
        &:focus > .line--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
        }
        & > .line--legal { color: $success; }
        & > .line--framework { color: $warning; }
        & > .line--prohibited { color: $error; }
        & > .line--undetermined { color: $secondary; }
        & > .line--none { color: $foreground 55%; }
        & > .line--dim { color: $foreground 65%; }
        & > .line--bold { text-style: bold; }
        & > .line--heading { text-style: bold; color: $primary; }
        & > .line--flag { color: $warning; text-style: bold; }
        & > .line--good { color: $success; }
        & > .line--bad { color: $error; text-style: bold; }
        & > .line--alarm { color: $error; text-style: bold reverse; }
        & > .line--warn { color: $warning; }
        & > .line--added { color: $success; }
        & > .line--removed { color: $error; }
        & > .line--match { background: $warning 40%; text-style: bold; }
        & > .line--mark { color: $accent; text-style: bold; }
        & > .line--key { color: $accent; }
        & > .line--ref { color: $accent; text-style: underline; }
        &:ansi > .line--match { background: $background; text-style: bold reverse; }
        &:ansi > .line--cursor { text-style: bold underline; }
        &:ansi:focus > .line--cursor { text-style: bold; }
        &:nocolor:focus > .line--cursor { text-style: bold reverse; }
    }
    """

    cursor: reactive[int] = reactive(0, repaint=False)  # watch_cursor repaints two lines
    count: reactive[int] = reactive(0, repaint=False)  # set_count repaints
    reading: reactive[bool] = reactive(default=False)  # whether what will be here is being read

    class Moved(Message):
        """The cursor stands on another line."""

        def __init__(self, lines: "Lines", cursor: int) -> None:
            super().__init__()
            self.lines, self.cursor = lines, cursor

    class Opened(Moved):
        """Enter or a click on the line that had the cursor."""

    def line(self, number: int, width: int) -> Iterable[Piece]:
        """Return the pieces of one line. Text must be safe already; what is too long is cut."""
        raise NotImplementedError

    def selectable(self, number: int) -> bool:
        """Return whether the cursor may stand on a line; a heading, for one, may be passed over."""
        del number
        return True

    @property
    def room(self) -> int:
        """Return cells in a line, without the scroll bar."""
        return self.scrollable_content_region.width

    def set_count(self, count: int) -> None:
        """Say how many lines there are; the cursor stays where it is, or on the last line."""
        self.count = count
        self.virtual_size = Size(self.room, count)
        self.set_reactive(Lines.cursor, max(0, min(self.cursor, count - 1)))
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        """Give the lines the new width; keep the cursor in sight."""
        del event
        self.virtual_size = Size(self.room, self.count)
        self.show_cursor()

    def render_line(self, y: int) -> Strip:
        """Paint one line (Textual's line API)."""
        number = self.scroll_offset.y + y
        cells = self.room
        if self.reading and not self.count and y == 0:
            words = fit(READING, cells)
            return Strip([Segment(words, self.rich_style + self._style("dim"))], cells)
        if number >= self.count:
            return Strip.blank(cells, self.rich_style)
        base, over = self.rich_style, None
        if number == self.cursor and self.selectable(number):
            base = over = self.get_component_rich_style("line--cursor")
        segments = [
            Segment(text, over or (base + self._style(name) if name else base))
            for text, name in self.line(number, cells)
            if text
        ]
        return Strip(segments).adjust_cell_length(cells, base)

    @cached_property
    def _blended(self) -> dict[str, Style]:
        return {}

    def _style(self, name: str) -> Style:
        found = self._blended.get(name)
        if found is None:
            found = sum((self._component(f"line--{one}") for one in name.split()), Style())
            self._blended[name] = found
        return found

    def _component(self, name: str) -> Style:
        """Return a component's own style, with transparency mixed in: a terminal has none."""
        style = self.get_component_rich_style(name, partial=True)
        rules = self.get_component_styles(name)
        back = self.background_colors[1] + rules.background
        if rules.has_rule("background") and 0 < rules.background.a < 1:
            style += Style(bgcolor=back.rich_color)
        if rules.has_rule("color") and 0 < rules.color.a < 1:
            style += Style(color=(back + rules.color).rich_color)
        return style

    def notify_style_update(self) -> None:
        """Forget the mixed styles of another theme."""
        self._blended.clear()
        super().notify_style_update()

    def validate_cursor(self, cursor: int) -> int:
        """Keep it within the list."""
        return max(0, min(cursor, self.count - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint two lines, never the list."""
        self.refresh_lines(old)
        self.refresh_lines(new)
        self.show_cursor()
        self.post_message(self.Moved(self, new))

    def show_cursor(self) -> None:
        """Scroll so far that the cursor is seen."""
        height = self.scrollable_content_region.height
        top = self.scroll_offset.y
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif height and self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, force=True)

    def action_move(self, by: int) -> None:
        """Move to the next line in a direction on which the cursor may stand."""
        wanted = self.cursor + by
        while 0 <= wanted < self.count and not self.selectable(wanted):
            wanted += 1 if by > 0 else -1
        if 0 <= wanted < self.count:
            self.cursor = wanted
        else:  # nothing more to stand on: show what is above or below
            self.scroll_relative(y=by, animate=False, force=True)

    def action_page(self, by: int) -> None:
        """Move by a screenful."""
        height = max(1, self.scrollable_content_region.height - 1)
        if self.count and not self.selectable(self.cursor):  # nothing to stand on: only scroll
            self.scroll_relative(y=by * height, animate=False, force=True)
        else:
            self._settle(self.cursor + by * height, by)

    def action_first(self) -> None:
        """Go to the first line."""
        self._settle(0, 1)

    def action_last(self) -> None:
        """Go to the last line."""
        self._settle(self.count - 1, -1)

    def _settle(self, wanted: int, by: int) -> None:
        wanted = at = self.validate_cursor(wanted)
        while 0 <= at < self.count and not self.selectable(at):
            at += 1 if by > 0 else -1
        if 0 <= at < self.count:
            self.cursor = at
        else:
            self.scroll_to(y=wanted, animate=False, force=True)

    def action_open(self) -> None:
        """Open what the cursor stands on."""
        if self.count:
            self.post_message(self.Opened(self, self.cursor))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor there; a click where it stands already opens."""
        number = self.scroll_offset.y + event.y
        if number < self.count and self.selectable(number):
            if number == self.cursor:
                self.action_open()
            self.cursor = number

    @property
    def text(self) -> str:
        """Return all lines as plain text, at most 20,000, for a file."""
        room = max(_PRINTED, self.room)
        lines = (self.line(number, room) for number in range(min(self.count, _MOST)))
        return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)

    @property
    def seen(self) -> Region:
        """Return the lines that can be seen now: x 0, y the first, height how many."""
        region = self.scrollable_content_region
        return Region(0, self.scroll_offset.y, region.width, region.height)


class TextLines(Lines):
    """Lines that are there as a whole: a report, an explanation, raw JSON.

    Long lines are wrapped between words and hang under their first piece where that is a label (a
    ``dim`` piece that ends with a blank), else under their own indent.
    """

    # Text is wrapped before it is known whether it needs a scroll bar.
    DEFAULT_CSS = "TextLines { scrollbar-gutter: stable; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  # Textual's own names
        super().__init__(id=id, classes=classes)
        self._given: list[list[Piece]] = []
        self._lines: list[list[Piece]] = []
        self._from: list[int] = []  # number of the given line that each shown one is a part of
        self._picks: Container[int] | None = None
        self._wrapped_at = 0

    def show(
        self, lines: Iterable[Iterable[Piece]], *, picks: Container[int] | None = None
    ) -> None:
        """Replace all lines. ``picks``: those the cursor may stand on, all by default."""
        self._given = [list(line) for line in lines]
        self._picks = picks
        self._wrap()

    def given(self, number: int) -> int:
        """Return the number of the given line that a shown line is a part of."""
        return self._from[number] if number < len(self._from) else -1

    def selectable(self, number: int) -> bool:
        """Return whether the cursor may stand there."""
        return self._picks is None or self.given(number) in self._picks

    def on_resize(self, event: events.Resize) -> None:
        """Wrap again."""
        if self.room != self._wrapped_at:
            self._wrap()
        super().on_resize(event)

    def _wrap(self) -> None:
        self._wrapped_at = room = self.room
        self._lines, self._from = [], []
        for number, line in enumerate(self._given):
            parts = wrapped(line, room) if room else [line]
            self._lines += parts
            self._from += [number] * len(parts)
        self.set_count(len(self._lines))
        if self._picks is not None and not self.selectable(self.cursor):
            first = next((n for n in range(self.count) if self.selectable(n)), None)
            if first is not None:
                self.set_reactive(Lines.cursor, first)

    def line(self, number: int, width: int) -> Iterable[Piece]:
        """Return the pieces of one line."""
        del width
        return self._lines[number]

    @property
    def text(self) -> str:
        """Return all of it as plain text, unwrapped, for copying."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self._given)
