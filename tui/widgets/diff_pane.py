"""The pane that shows the blocks of one change, as lines for the width there is."""

from collections.abc import Iterable
from typing import Final

from textual import events

from tui.text.diff_blocks import NARROWEST, Block, BlockRow, Target
from tui.text.styled_pieces import Piece
from tui.widgets.virtual_lines import Lines

SIDE_BY_SIDE: Final = 100  # columns of the screen from which there is room for two


class DiffPane(Lines):
    """The blocks of one change, as lines."""

    DEFAULT_CSS = """
    DiffPane { scrollbar-gutter: stable; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        super().__init__(id=id, classes="beside")
        self._blocks: tuple[Block, ...] = ()
        self._rows: list[BlockRow] = []
        self._made_for: tuple[int, bool] | None = None
        self.split = False

    def show_blocks(self, blocks: Iterable[Block], *, top: bool = True) -> None:
        """Show other blocks; ``top`` unless they are about the same thing."""
        self._blocks = tuple(blocks)
        self._made_for = None
        if top:
            self.scroll_to(y=0, animate=False, force=True)
            self.set_reactive(Lines.cursor, 0)
        self._make()

    def lay_out(self, *, split: bool) -> None:
        """Lay out one below the other, or side by side."""
        self.split = split
        self._make()

    def _make(self) -> None:
        cells = self.room
        if cells and self._made_for != (cells, self.split):
            self._made_for = (cells, self.split)
            split = self.split
            room = max(NARROWEST, cells - 1)
            self._rows = [row for block in self._blocks for row in block.rows(room, split=split)]
            self.set_count(len(self._rows))

    def on_resize(self, event: events.Resize) -> None:
        """Make the lines for the new width."""
        self._make()
        super().on_resize(event)

    def line(self, number: int, width: int) -> Iterable[Piece]:
        """Return the pieces of one line, a blank from the edge."""
        del width
        return [(" ", ""), *self._rows[number].pieces]

    @property
    def target(self) -> Target | None:
        """Return what Enter opens on the line of the cursor."""
        return self._rows[self.cursor].target if self._rows else None

    @property
    def text(self) -> str:
        """Return all of it as plain text, for copying."""
        made = ("".join(words for words, _ in row.pieces).rstrip() for row in self._rows)
        return "\n".join(made)
