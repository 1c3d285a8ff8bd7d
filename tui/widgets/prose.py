"""Paragraphs to be read: wrapped to the width there is, scrolled, without a cursor."""

from collections.abc import Iterable

from tui.text.styled_pieces import Paragraph
from tui.widgets.virtual_lines import TextLines


class Prose(TextLines):
    """Paragraphs; the keys of lists scroll."""

    def show_paragraphs(self, paragraphs: Iterable[Paragraph], *, top: bool = True) -> None:
        """Show other paragraphs, from the ``top`` unless they are about the same thing."""
        self.show((one.line for one in paragraphs), picks=())
        if top:
            self.scroll_to(y=0, animate=False, force=True)

    def show_cursor(self) -> None:
        """Do nothing: there is no cursor to show."""

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
