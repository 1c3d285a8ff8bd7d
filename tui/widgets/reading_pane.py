"""Text to be read, with places to open: references in the prose, and whole lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from rich.segment import Segment
from textual import events
from textual.strip import Strip

from ledger.text import width
from tui.text.cell_text import TextRow
from tui.text.styled_pieces import Piece
from tui.widgets.virtual_lines import TextLines

_REFERENCE: Final = re.compile(r"(\[@(\d+)\])(.*)", re.DOTALL)


class ReadingPane(TextLines):
    """The cursor goes from place to place as far as they are in sight, else it scrolls.

    A place is a reference in the text (``[@31]``), or a line that is opened as a whole.
    """

    def __init__(self, *, id: str, classes: str | None = None) -> None:  # noqa: A002  # Textual's
        super().__init__(id=id, classes=classes)
        self._rows: Sequence[TextRow] = ()
        self._nth = 0  # which reference of the line the cursor stands on

    def put(self, rows: Iterable[TextRow]) -> None:
        """Show rows; the cursor stays on the entry it stood on."""
        kept, folds, top = self.seq, self.folds, self.scroll_offset.y
        self._rows, self._nth = list(rows), 0
        whole = {n for n, row in enumerate(self._rows) if row.seq is not None or row.folds}
        self.show((row.pieces for row in self._rows), picks=whole)
        again = (
            (n, nth)
            for n in range(self.count)
            for nth, seq in enumerate(self._seqs(n))
            if (folds and self._folds(n)) or (kept is not None and seq == kept)
        )
        found = next(again, None)
        if found is not None:
            self.cursor, self._nth = found
        self.scroll_to(y=top, animate=False, force=True)

    @property
    def seq(self) -> int | None:
        """Return the entry under the cursor."""
        seqs = self._seqs(self.cursor)
        return seqs[min(self._nth, len(seqs) - 1)] if seqs else None

    @property
    def folds(self) -> bool:
        """Return whether the cursor stands on a line that unfolds others."""
        return self._folds(self.cursor)

    def _row(self, number: int) -> TextRow | None:
        at = self.given(number)
        return self._rows[at] if 0 <= at < len(self._rows) else None

    def _folds(self, number: int) -> bool:
        row = self._row(number)
        return row is not None and row.folds

    def _seqs(self, number: int) -> list[int | None]:
        """Return what the places of a line open, None for a line that unfolds others."""
        row = self._row(number)
        if row is None:
            return []
        if row.seq is not None or row.folds:
            return [row.seq]
        return [seq for piece in self._lines[number] if (seq := _seq_of(piece)) is not None]

    def selectable(self, number: int) -> bool:
        """Return whether there is a place to open in a line."""
        return bool(self._seqs(number))

    def render_line(self, y: int) -> Strip:
        """Paint one line; of one with references, that under the cursor stands out alone."""
        number = self.scroll_offset.y + y
        row = self._row(number)
        if row is None or row.seq is not None or row.folds:
            return super().render_line(y)
        base, chosen = self.rich_style, self.get_component_rich_style("line--cursor")
        segments, nth = [], 0
        for piece in self.line(number, self.room):
            text, name = piece
            style = base + self._style(name) if name else base
            if (found := _reference(piece)) is None:
                segments.append(Segment(text, style))
                continue
            here = number == self.cursor and nth == self._nth
            segments += [Segment(found[1], chosen if here else style)]
            segments += [Segment(found[3], base)] if found[3] else []
            nth += 1
        return Strip(segments).adjust_cell_length(self.room, base)

    def action_move(self, by: int) -> None:
        """Go to the next place in sight; where there is none, scroll by a line."""
        seen = self.seen
        if seen.contains(0, self.cursor) and 0 <= self._nth + by < len(self._seqs(self.cursor)):
            self._nth += by
            self.refresh_lines(self.cursor)
            return
        wanted = self.cursor if seen.contains(0, self.cursor) else -1
        if wanted < 0:
            wanted = seen.y - 1 if by > 0 else seen.bottom
        wanted += by
        while seen.y <= wanted < seen.bottom and wanted < self.count:
            if self.selectable(wanted):
                self._nth = 0 if by > 0 else len(self._seqs(wanted)) - 1
                self.cursor = wanted
                return
            wanted += by
        self.scroll_to(y=seen.y + by, animate=False, force=True)

    def action_page(self, by: int) -> None:
        """Scroll by a screenful."""
        self.scroll_to(y=self.seen.y + by * max(1, self.seen.height - 1), animate=False, force=True)

    def action_first(self) -> None:
        """Scroll to the beginning."""
        self._nth = 0
        super().action_first()
        self.scroll_to(y=0, animate=False, force=True)

    def action_last(self) -> None:
        """Scroll to the end."""
        self._nth = 0
        super().action_last()
        self.scroll_to(y=self.count, animate=False, force=True)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the reference that was clicked; a second click opens it."""
        event.prevent_default()
        at = event.get_content_offset(self)
        if at is None or not self.selectable(number := self.scroll_offset.y + at.y):
            return
        nth = self._clicked(number, at.x)
        if (number, nth) == (self.cursor, self._nth):
            self.action_open()
        self._nth, self.cursor = nth, number
        self.refresh_lines(number)

    def _clicked(self, number: int, x: int) -> int:
        """Return which reference of a line stands at a column, the first where none does."""
        at = nth = 0
        for piece in self._lines[number]:
            at += width(piece[0])
            if _reference(piece) is not None:
                if x < at:
                    return nth
                nth += 1
        return max(0, nth - 1)

    def show_cursor(self) -> None:
        """Leave the text where it is: the cursor only goes to places that are in sight."""


def _reference(piece: Piece) -> re.Match[str] | None:
    return _REFERENCE.fullmatch(piece[0]) if piece[1] == "ref" else None


def _seq_of(piece: Piece) -> int | None:
    found = _reference(piece)
    return int(found[2]) if found is not None else None
