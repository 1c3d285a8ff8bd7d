"""Paragraphs to be read: wrapped to the width there is, scrolled, without a cursor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.text import visible
from tui.widgets.lines import Piece, TextLines


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Pieces of safe text, each in its style, ``indent`` cells in."""

    pieces: tuple[Piece, ...]
    indent: int = 0

    @property
    def line(self) -> list[Piece]:
        """As a line that is not wrapped yet."""
        return [(" " * self.indent, ""), *self.pieces] if self.indent else list(self.pieces)


BLANK = Paragraph(())


def para(text: str, style: str = "", *, indent: int = 0) -> Paragraph:
    """A paragraph of untrusted text in one style."""
    return Paragraph(((visible(text), style),), indent)


class Prose(TextLines):
    """Paragraphs; the keys of lists scroll."""

    def tell(self, paragraphs: Iterable[Paragraph], *, top: bool = True) -> None:
        """Show other paragraphs, from the ``top`` unless they are the same thing told anew."""
        self.show((one.line for one in paragraphs), picks=())
        if top:
            self.scroll_to(y=0, animate=False, force=True)

    def show_cursor(self) -> None:
        """There is none to show."""

    def action_move(self, by: int) -> None:
        """Scroll by a line."""
        self.scroll_relative(y=by, animate=False, force=True)

    def action_page(self, by: int) -> None:
        """Scroll by a screenful."""
        height = max(1, self.scrollable_content_region.height - 1)
        self.scroll_relative(y=by * height, animate=False, force=True)

    def action_first(self) -> None:
        """Go to the top."""
        self.scroll_to(y=0, animate=False, force=True)

    def action_last(self) -> None:
        """Go to the end."""
        self.scroll_to(y=self.count, animate=False, force=True)
