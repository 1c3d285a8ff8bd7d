"""The board's grid: activities as a tree that folds, jurisdictions as columns, one cell chosen.

The first column and the header stay; left and right walk over the columns. The chosen cell is kept
by what it is, not by where it stands, so that it stays chosen on a board that changes.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from ledger.text import width
from ledger.wording.statuses import FLAGS, REASONS, RECOGNITIONS, marks_of
from tui.keymap import bind
from tui.text.board_table import NOTHING, BoardCell, BoardRow, BoardTable, Place
from tui.text.styled_pieces import Piece
from tui.text.styles import NONE, fit, look_of, shorten
from tui.widgets.virtual_lines import Lines

_NARROWEST = 17  # marks, symbol and short word, flags one beside the other
_WORDY = 27  # from here on a status is written out
_TELLING = 40  # from here on there is room for a reason
_WIDEST = 72
_PAUSE = 3  # blanks around the head of a column


@dataclass(frozen=True, slots=True)
class GridLayout:
    """How wide things are: the names, one column, and how many columns are seen from where."""

    names: int
    cell: int
    first: int
    seen: int


class BoardGrid(Lines):
    """Jurisdictions by activities. The page hears of :class:`Lines.Moved` and ``Lines.Opened``."""

    BINDINGS: ClassVar[list[Binding]] = [
        bind("cursor-left", "column(-1)"),
        bind("cursor-right", "column(1)"),
        bind("fold", "fold", show=True),
        bind("next-flag", "next_flag", show=True),
    ]

    column: reactive[int] = reactive(0)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        super().__init__(id=id)
        self.table: BoardTable | None = None
        self.rows: list[BoardRow] = []
        self.columns: list[str] = []
        self.folded: set[str] = set()
        self.everything = False
        self.changed: Collection[Place] = frozenset()
        self._first = 0  # column seen first
        self._longest = 8  # cells of the longest name
        self._head = 8  # and of the longest name of a column
        self._choosing = False  # while lines are exchanged, the cursor has not moved

    def put(self, table: BoardTable) -> None:
        """Show a table; the chosen cell stays chosen, or what is nearest above it."""
        self.table = table
        self._arrange(self.place)

    def show_all(self, *, everything: bool) -> None:
        """Show every activity and jurisdiction there is, or those that claims speak of."""
        self.everything = everything
        self._arrange(self.place)

    def choose(self, jurisdiction: str | None, activity: str | None) -> None:
        """Choose a column, a line or both; what is folded or hidden comes into sight."""
        if self.table is None:
            return
        columns = self.table.columns(everything=True)
        at, line = self.place or (columns[0], self.rows[0].activity if self.rows else "")
        place = (jurisdiction or at, activity or line)
        self.folded -= set(self.table.taxonomy.ancestors(place[1])[1:])
        if place[0] not in self.columns or place[1] not in self.table.activities():
            self.everything = True
        self._arrange(place)

    def mark_changed(self, places: Collection[Place]) -> None:
        """Mark the cells that have changed."""
        self.changed = places
        self.refresh()

    @property
    def place(self) -> Place | None:
        """Return the chosen cell."""
        if self.cursor < len(self.rows) and self.column < len(self.columns):
            return (self.columns[self.column], self.rows[self.cursor].activity)
        return None

    def title(self, jurisdiction: str) -> str:
        """Return what stands above the column of a jurisdiction."""
        known = self.table.taxonomy.jurisdictions.get(jurisdiction) if self.table else None
        return f"{jurisdiction}  {known.name}" if known else jurisdiction

    @property
    def hidden(self) -> tuple[int, int]:
        """Return how many activities and jurisdictions are hidden: no claim speaks of them."""
        if self.table is None or self.everything:
            return 0, 0
        taxonomy = self.table.taxonomy
        spoken = self.table.activities()
        return (
            len(set(taxonomy.activities) - spoken),
            len(set(taxonomy.jurisdictions) - set(self.columns)),
        )

    def _arrange(self, place: Place | None) -> None:
        if self.table is None:
            return
        everything = self.everything
        self.rows = self.table.rows(everything=everything, folded=self.folded)
        self.columns = self.table.columns(everything=everything)
        self._longest = max((width(_label(row)) for row in self.rows), default=8)
        self._head = max((width(self.title(one)) for one in self.columns), default=8)
        self._choosing = True
        self.set_count(len(self.rows))
        if place is not None:
            self.cursor = self._row_of(place[1])
            self.column = self.columns.index(place[0]) if place[0] in self.columns else 0
        self._choosing = False
        self._keep_column()
        self.refresh()
        self.post_message(self.Moved(self, self.cursor))

    def _row_of(self, activity: str) -> int:
        at = {row.activity: number for number, row in enumerate(self.rows)}
        line = self.table.taxonomy.ancestors(activity) if self.table else ()
        return next((at[a] for a in line if a in at), 0)

    @property
    def layout_now(self) -> GridLayout:
        """Return how the room is used now."""
        room = self.room
        total = max(1, len(self.columns))
        # A name is whole as long as the columns have the room beside it that they can use.
        most = room - _TELLING - 7 if total == 1 else max(room // 3, room - total * _WORDY)
        names = min(self._longest + 1, max(most, 16))
        seen = max(1, min(total, (room - names) // _NARROWEST))
        widest = _WIDEST if total == 1 else max(_WORDY + 4, self._head + _PAUSE)
        each = min((room - names) // seen, widest)
        return GridLayout(names, max(each, 1), min(self._first, max(0, total - seen)), seen)

    def _keep_column(self) -> None:
        seen = self.layout_now.seen
        first = min(self._first, self.column)
        self._first = max(first, self.column - seen + 1, 0)
        self.refresh()
        if isinstance(self.parent, Widget):
            for head in self.parent.query(BoardGridHead):
                head.refresh()

    def on_resize(self, event: events.Resize) -> None:
        """Share out the room again; Textual also calls what :class:`Lines` does."""
        del event
        self._keep_column()

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint two lines and tell, unless the lines themselves are being exchanged."""
        if self._choosing:
            self.show_cursor()
        else:
            super().watch_cursor(old, new)

    def watch_column(self) -> None:
        """Keep the column in sight and tell."""
        if not self._choosing:
            self._keep_column()
            self.post_message(self.Moved(self, self.cursor))

    def validate_column(self, column: int) -> int:
        """Keep it within the board."""
        return max(0, min(column, len(self.columns) - 1))

    def action_column(self, by: int) -> None:
        """Go to the next column."""
        self.column += by

    def action_fold(self) -> None:
        """Fold or unfold; on a line with nothing below it, fold what it belongs to."""
        place = self.place
        if place is None or self.table is None:
            return
        row = self.rows[self.cursor]
        target = row.activity
        if not row.below:
            line = self.table.taxonomy.ancestors(target)
            if len(line) == 1:
                return
            target = line[1]
        self.folded ^= {target}
        self._arrange((place[0], target))

    def action_next_flag(self) -> None:
        """Go to the next cell that carries a flag or has changed, line by line."""
        wide = len(self.columns)
        start = self.cursor * wide + self.column
        for step in range(1, len(self.rows) * wide + 1):
            number, column = divmod((start + step) % (len(self.rows) * wide), wide)
            place = (self.columns[column], self.rows[number].activity)
            shown = self._shown(place)
            if shown.above is None and (self._flags(shown) or place in self.changed):
                self.cursor, self.column = number, column
                return

    def on_click(self, event: events.Click) -> None:
        """Choose a cell; a click on the chosen one opens it, on a folding mark folds."""
        event.prevent_default()  # of lines in general, a click says something else
        number = self.scroll_offset.y + event.y
        if number >= self.count:
            return
        lay = self.layout_now
        if event.x < lay.names:
            self.cursor = number
            if event.x <= self.rows[number].depth * 2 + 1 and self.rows[number].below:
                self.action_fold()
            return
        column = min(lay.first + (event.x - lay.names) // lay.cell, len(self.columns) - 1)
        if (number, column) == (self.cursor, self.column):
            self.action_open()
        self.cursor, self.column = number, column

    @property
    def text(self) -> str:
        """Return a line for each cell of which something is known, for a file."""
        places = [(j, row.activity) for row in self.rows for j in self.columns]
        cells = ((place, self._shown(place)) for place in places)
        return "\n".join(_cell_line(place, shown) for place, shown in cells if shown.status)

    def render_line(self, y: int) -> Strip:
        """Paint one line: the name, then the columns that are seen."""
        number = self.scroll_offset.y + y
        room, base = self.room, self.rich_style
        if number >= len(self.rows):
            return super().render_line(y)
        row, lay = self.rows[number], self.layout_now
        here = number == self.cursor
        name = fit(_label(row), lay.names - 1) + " "
        segments = [Segment(name, base + self._style("bold" if here or not row.depth else ""))]
        for column in range(lay.first, lay.first + lay.seen):
            if column >= len(self.columns):
                break
            chosen = here and column == self.column
            over = self.get_component_rich_style("line--cursor") if chosen else None
            place = (self.columns[column], row.activity)
            for text, style in self._cell(place, lay.cell, row):
                segments.append(Segment(text, over or base + self._style(style)))
        return Strip(segments).adjust_cell_length(room, base)

    def _shown(self, place: Place) -> BoardCell:
        return self.table.cell(place) if self.table is not None else NOTHING

    def _flags(self, shown: BoardCell) -> tuple[str, ...]:
        return marks_of(shown.flags, shown.basis_kind)

    def _cell(self, place: Place, cells: int, row: BoardRow) -> Iterator[Piece]:
        """Yield exactly ``cells`` cells: marks, symbol, word, flags, and why if there is room."""
        shown = self._shown(place)
        inherited = shown.above is not None
        yield ("*" if place in self.changed else " ", "mark")
        yield ("^" if inherited else " ", "dim")
        marks = self._flags(shown)
        if row.below and self.table is not None and self.table.differs_below(place):
            marks = (*marks, "differs")
        flags = [FLAGS[f] if f in marks else " " for f in FLAGS]
        style = "dim" if inherited else "flag"
        if cells < _WORDY:
            compact = "".join(flags).replace(" ", "")
            yield from _word(shown, cells - 3 - len(compact))
            yield (f"{compact} ", style)
            return
        words = min(17, cells - 3 - 1 - len(flags))
        yield from _word(shown, words)
        yield (f" {''.join(flags)}", style)
        why = f" {why_of(shown, self.table)}" if cells >= _TELLING else ""
        yield (fit(why, cells - 3 - words - 1 - len(flags)) + " ", "dim")


class BoardGridHead(Widget):
    """The line above the grid: which jurisdiction each column is."""

    DEFAULT_CSS = (
        "BoardGridHead { height: 1; background: $surface; color: $primary; text-style: bold; }"
    )

    def __init__(self, grid: BoardGrid) -> None:
        super().__init__()
        self._grid = grid

    def render_line(self, y: int) -> Strip:
        """Paint it."""
        del y
        grid, base = self._grid, self.rich_style
        lay = grid.layout_now
        if not grid.columns:
            return Strip.blank(self.size.width, base)
        stop = lay.first + lay.seen
        rest = len(grid.columns) - stop
        before = f"◀ {lay.first} " if lay.first else ""
        after = f"{rest} ▶" if rest > 0 else ""
        text = fit("  Activity", max(1, lay.names - 1 - width(before + after)))
        text = fit(text + before + after, lay.names)
        for number in range(lay.first, min(stop, len(grid.columns))):
            title = shorten(grid.title(grid.columns[number]), lay.cell - _PAUSE)
            text += fit(f"  {title}", lay.cell)
        return Strip([Segment(text, base)]).adjust_cell_length(self.size.width, base)


def why_of(shown: BoardCell, table: BoardTable | None) -> str:
    """Return a few words: where it follows from, why no rule decides, what comes next."""
    if shown.above is not None:
        return "as " + _named(shown.above, table)
    if not shown.status:
        return "nothing recorded"
    return ", ".join(_reasons(shown))


def _reasons(shown: BoardCell) -> Iterable[str]:
    if shown.basis_kind == "declared":
        yield "declared, not law"
    if shown.recognition is not None:
        yield RECOGNITIONS.get(shown.recognition, shown.recognition)
    if shown.next_change is not None:
        yield f"changes {shown.next_change}"
    if shown.reason is not None and shown.recognition is None and shown.basis_kind == "none":
        yield REASONS.get(shown.reason, shown.reason)
    elif shown.basis_kind == "norm":
        yield "by rule"
    if "suspect_key" in shown.flags:
        yield "suspect key"
    if "disputed" in shown.flags:
        yield "disputed"


def _named(place: Place, table: BoardTable | None) -> str:
    activity = table.taxonomy.activities.get(place[1]) if table is not None else None
    return activity.name if activity else place[1]


def _cell_line(place: Place, shown: BoardCell) -> str:
    look = look_of(shown.status)
    marks = ", ".join(marks_of(shown.flags, shown.basis_kind))
    said = f"{fit(place[0], 8)} {fit(place[1], 28)} {look.symbol} {fit(look.word, 16)} {marks}"
    return said.rstrip() + ("  (from above)" if shown.above else "")


def _label(row: BoardRow) -> str:
    mark = "  " if not row.below else "▸ " if row.folded else "▾ "
    count = f" (+{row.below})" if row.folded else ""
    return shorten(f"{'  ' * row.depth}{mark}{row.name}{count}", 200)


def _word(shown: BoardCell, cells: int) -> Iterator[Piece]:
    """Yield symbol and word in exactly so many cells; what is only declared is not bold."""
    look = look_of(shown.status)
    if not shown.status and not shown.mixed:
        yield (fit(NONE.symbol, cells), "none")
        return
    word = f"{look.symbol} {look.word if width(look.word) + 2 <= cells else look.short}"
    weight = "" if shown.basis_kind == "declared" else " bold"
    style = "dim" if shown.above is not None else f"{look.style}{weight}"
    yield (fit("… open to see" if shown.mixed else word, cells), style)
