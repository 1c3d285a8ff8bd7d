"""The timeline strip: what holds when, drawn in effective time.

Six lines: marks (today, the as-of day, the next change), the segments as blocks, a ruler, its
labels, and two for the segment under the strip's cursor in words. A block never speaks by colour
alone: it carries the symbol and as much of the word and of what it rests on as fits, and what is
only declared is hatched.
"""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final, Literal

from rich.segment import Segment as Painted
from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from ledger.text import visible, width
from tui.keymap import bind
from tui.text.styled_pieces import wrapped
from tui.text.styles import fit, look_of
from tui.text.timeline_segment import MarkedDays, TimelineSegment
from tui.widgets.timeline_ruler import LEVELS, Ruler

_WORDS: Final = 2  # lines
_ENTER: Final = "enter: look from there"
_HINT: Final = "←→ segments  +- zoom  0 today"


class Timeline(Widget, can_focus=True):
    """The strip. Left and right walk over segments, Enter picks one."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]  # narrower than Textual's
        bind("cursor-left", "walk(-1)"),
        bind("cursor-right", "walk(1)"),
        bind("zoom-in", "zoom(1)"),
        bind("zoom-out", "zoom(-1)"),
        bind("today", "today"),
        bind("first", "walk(-1000)"),
        bind("last", "walk(1000)"),
        bind("open", "pick"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"strip--{name}{on}"
        for name in ("legal", "framework", "prohibited", "undetermined", "none")
        for on in ("", "-on")
    } | {"strip--dim", "strip--mark", "strip--on"}
    DEFAULT_CSS = """
    Timeline {
        height: 6; padding: 0 1; background: $surface;
        & > .strip--legal { background: $success 20%; color: $success; }
        & > .strip--framework { background: $warning 20%; color: $warning; }
        & > .strip--prohibited { background: $error 20%; color: $error; }
        & > .strip--undetermined { background: $secondary 12%; color: $secondary; }
        & > .strip--none { background: $panel; color: $foreground 65%; }
        & > .strip--legal-on { color: $success; text-style: bold reverse; }
        & > .strip--framework-on { color: $warning; text-style: bold reverse; }
        & > .strip--prohibited-on { color: $error; text-style: bold reverse; }
        & > .strip--undetermined-on { color: $secondary; text-style: bold reverse; }
        & > .strip--none-on { color: $foreground; text-style: bold reverse; }
        & > .strip--dim { color: $foreground 65%; }
        & > .strip--mark { color: $accent; text-style: bold; }
        & > .strip--on { color: $foreground; text-style: bold; }
        &:focus > .strip--on {
            background: $block-cursor-background; color: $block-cursor-foreground;
        }
        &:ansi > .strip--legal { background: $surface; }
        &:ansi > .strip--framework { background: $surface; }
        &:ansi > .strip--prohibited { background: $surface; }
        &:ansi > .strip--undetermined { background: $surface; }
        &:nocolor:focus > .strip--on { text-style: bold reverse; }
    }
    """

    chosen: reactive[int] = reactive(0)
    level: reactive[int] = reactive(0)  # of LEVELS; 0 shows the whole record

    class Picked(Message):
        """Enter, or a click, on the segment that had the cursor."""

        def __init__(self, stretch: TimelineSegment) -> None:
            super().__init__()
            self.stretch = stretch

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        super().__init__(id=id)
        self.stretches: Sequence[TimelineSegment] = ()
        self._days: MarkedDays | None = None
        self._centre = 0

    def put(self, stretches: Sequence[TimelineSegment], days: MarkedDays) -> None:
        """Show segments; the cursor goes to the as-of day, or stays where that stays."""
        moved = self._days is None or self._days.as_of != days.as_of
        kept = self.current
        self.stretches, self._days = stretches, days
        at = days.as_of.toordinal()
        if not moved and kept is not None and kept.first is not None:
            at = kept.low
        if moved:
            self._centre = at
        self.chosen = self._at(at)
        self.refresh()

    @property
    def current(self) -> TimelineSegment | None:
        """Return the segment under the cursor."""
        return self.stretches[self.chosen] if self.chosen < len(self.stretches) else None

    @property
    def ruler(self) -> Ruler:
        """Return how days become columns now."""
        marked = [s.low for s in self.stretches if s.first is not None]
        days = self._days
        if days is not None:
            marked += [d.toordinal() for d in (days.today, days.as_of, days.change) if d]
        return Ruler.of(marked, self._centre, self.level, max(1, self.content_size.width))

    def _at(self, day: int) -> int:
        return next((n for n, s in enumerate(self.stretches) if s.holds(day)), 0)

    def validate_chosen(self, chosen: int) -> int:
        """Keep it on the strip."""
        return max(0, min(chosen, len(self.stretches) - 1))

    def action_walk(self, by: int) -> None:
        """Go to the next segment, and have it in sight."""
        self.chosen += by
        one, ruler = self.current, self.ruler
        if one is not None and (one.high < ruler.start or one.low >= ruler.stop):
            self._centre = one.low if one.low >= ruler.stop else one.high
            self.refresh()

    def action_zoom(self, by: int) -> None:
        """Zoom, centred on the as-of day or what is nearest to it."""
        one = self.current
        if one is not None and self._days is not None:
            self._centre = max(one.low, min(self._days.as_of.toordinal(), one.high))
        self.level = max(0, min(self.level + by, len(LEVELS) - 1))
        self.refresh()

    def action_today(self) -> None:
        """Come back to today."""
        if self._days is not None:
            self._centre = self._days.today.toordinal()
            self.chosen = self._at(self._centre)
            self.refresh()

    def action_pick(self) -> None:
        """Pick the segment under the cursor."""
        if self.current is not None:
            self.post_message(self.Picked(self.current))

    def on_click(self, event: events.Click) -> None:
        """Choose what is clicked; a click on what is chosen picks it."""
        offset = event.get_content_offset(self)
        if offset is None or not self.stretches:
            return
        shown = self._columns(self.ruler)[offset.x]
        if shown == self.chosen and offset.y == 1:
            self.action_pick()
        self.chosen = shown

    def render_line(self, y: int) -> Strip:
        """Paint one of the six lines."""
        cells = self.content_size.width
        base = self.rich_style
        if not self.stretches or self._days is None or cells < 1:
            return Strip.blank(cells, base)
        ruler = self.ruler
        painters = (self._marks, self._blocks, self._line, self._labels)
        pieces = painters[y](ruler) if y < len(painters) else self._words(ruler, y - len(painters))
        painted = [
            Painted(text, self.get_component_rich_style(f"strip--{name}") if name else base)
            for text, name in pieces
        ]
        return Strip(painted).adjust_cell_length(cells, base)

    def _columns(self, ruler: Ruler) -> list[int]:
        """Return the segment that each column shows: the chosen one, else the longest."""
        return [self._in_column(*ruler.span(column)) for column in range(ruler.cells)]

    def _in_column(self, low: int, high: int) -> int:
        there = [n for n, s in enumerate(self.stretches) if s.low <= high and s.high >= low]
        if self.chosen in there or not there:
            return self.chosen
        one = self.stretches
        return max(there, key=lambda n: min(one[n].high, high) - max(one[n].low, low))

    def _runs(self, ruler: Ruler) -> Iterator[tuple[int, int, int]]:
        """Yield (segment, first column, columns), left to right."""
        columns = self._columns(ruler)
        start = 0
        for column in range(1, len(columns) + 1):
            if column == len(columns) or columns[column] != columns[start]:
                yield columns[start], start, column - start
                start = column

    def _blocks(self, ruler: Ruler) -> Iterator[tuple[str, str]]:
        for number, _, cells in self._runs(ruler):
            one = self.stretches[number]
            style = look_of(one.status).style
            yield _block(one, cells), f"{style}-on" if number == self.chosen else style

    def _line(self, ruler: Ruler) -> Iterator[tuple[str, str]]:
        ticks = {column for column, _ in ruler.ticks()}
        for number, start, cells in self._runs(ruler):
            on = number == self.chosen
            line = "".join(
                ("┯" if on else "┬") if c in ticks else ("━" if on else "─")
                for c in range(start, start + cells)
            )
            yield line, "mark" if on else "dim"

    def _labels(self, ruler: Ruler) -> Iterator[tuple[str, str]]:
        line = ""
        for column, label in ruler.ticks():
            if column >= len(line) and column + len(label) <= ruler.cells:
                line = f"{line:<{column}}{label} "
        yield line, "dim"

    def _marks(self, ruler: Ruler) -> Iterator[tuple[str, str]]:
        days = self._days
        if days is None:
            return
        marks = [(days.today, "▼", f"today {days.today}")]
        if days.as_of != days.today:
            marks.append((days.as_of, "▽", f"as of {days.as_of}"))
        if days.change is not None:
            marks.append((days.change, "◇", f"changes {days.change}"))
        yield ruler.captions(marks), "mark"

    def _words(self, ruler: Ruler, number: int) -> Iterator[tuple[str, str]]:
        """Yield one of the two lines of words, the second with what the keys do, if it fits."""
        one = self.current
        if one is None or number >= _WORDS:
            return
        first, *more = ["".join(t for t, _ in w) for w in wrapped([(one.words(), "")], ruler.cells)]
        if not number:
            yield first, "on"
            return
        words, name = " ".join(part.strip() for part in more), LEVELS[self.level].name
        hints = (f"{_ENTER if self.has_focus else _HINT}  {name}", name, "")
        hint = next(h for h in hints if width(words) + width(h) + 2 <= ruler.cells or not h)
        yield fit(words, ruler.cells - width(hint)), "on" if words else ""
        yield hint, "dim"


def _block(one: TimelineSegment, cells: int) -> str:
    """Return a block of exactly so many cells: an edge, then as much as fits."""
    look = look_of(one.status)
    if cells == 1:
        return look.symbol
    room = cells - 1
    declared = one.basis_kind == "declared"
    long = f"{look.symbol} {look.word}{' (declared)' if declared else ''} "
    named = f"{long.rstrip()}: {visible(one.instruments[0])} " if one.instruments else long
    texts = (named, long, f"{look.symbol} {look.word}", f"{look.symbol} {look.short}")
    initial = f"{look.symbol}{look.word[0]}"
    fill: Literal["░", " "] = "░" if declared else " "
    text = next((t for t in (*texts, initial) if width(t) <= room), look.symbol)
    return "▏" + text + fill * (room - width(text))
