"""One cell: its status and why, its timeline, and the claims that bear on it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widget import Widget

from ledger.wording.answer_parts import parts
from tui.keymap import bind
from tui.ledger_source import LedgerSource
from tui.navigation import OpenEntry
from tui.screens.base_page import Page
from tui.text.cell_text import CellView, TextRow, claims, reasons, segments_of
from tui.text.timeline_segment import MarkedDays
from tui.widgets.banner import Banner
from tui.widgets.timeline import Timeline
from tui.widgets.virtual_lines import Lines, TextLines


class ReadingPane(TextLines):
    """Text to be read, with places to open: the cursor jumps to those in sight, else it scrolls."""

    def __init__(self, *, id: str, classes: str | None = None) -> None:  # noqa: A002  # Textual's
        super().__init__(id=id, classes=classes)
        self._seqs: dict[int, int] = {}

    def put(self, rows: Iterable[TextRow]) -> None:
        """Show rows; the cursor stays on the entry it stood on."""
        rows = list(rows)
        kept, top = self.seq, self.scroll_offset.y
        self._seqs = {n: row.seq for n, row in enumerate(rows) if row.seq is not None}
        self.show((row.pieces for row in rows), picks=self._seqs)
        again = (n for n in range(self.count) if self._seqs.get(self.given(n)) == kept)
        number = next(again, None) if kept is not None else None
        if number is not None:
            self.cursor = number
        self.scroll_to(y=top, animate=False, force=True)

    @property
    def seq(self) -> int | None:
        """Return the entry under the cursor."""
        return self._seqs.get(self.given(self.cursor)) if self.count else None

    def action_move(self, by: int) -> None:
        """Go to the next place in sight; where there is none, scroll by a line."""
        seen = self.seen
        wanted = self.cursor if seen.contains(0, self.cursor) else -1
        if wanted < 0:
            wanted = seen.y - 1 if by > 0 else seen.bottom
        wanted += by
        while seen.y <= wanted < seen.bottom and wanted < self.count:
            if self.selectable(wanted):
                self.cursor = wanted
                return
            wanted += by
        self.scroll_to(y=seen.y + by, animate=False, force=True)

    def action_page(self, by: int) -> None:
        """Scroll by a screenful."""
        self.scroll_to(y=self.seen.y + by * max(1, self.seen.height - 1), animate=False, force=True)

    def action_first(self) -> None:
        """Scroll to the beginning."""
        super().action_first()
        self.scroll_to(y=0, animate=False, force=True)

    def action_last(self) -> None:
        """Scroll to the end."""
        super().action_last()
        self.scroll_to(y=self.count, animate=False, force=True)

    def show_cursor(self) -> None:
        """Leave the text where it is: the cursor only goes to places that are in sight."""


class CellPage(Page):
    """The cell of one jurisdiction and one activity, for the actor class of the query context."""

    heading = "Cell"
    AUTO_FOCUS = "#why"
    BINDINGS: ClassVar[list[Binding]] = [
        bind("cursor-left", "strip('walk', -1)"),
        bind("cursor-right", "strip('walk', 1)"),
        bind("zoom-in", "strip('zoom', 1)"),
        bind("zoom-out", "strip('zoom', -1)"),
        bind("today", "strip('today')"),
        bind("cursor-down", "read"),
    ]
    DEFAULT_CSS = """
    CellPage {
        #both { height: 1fr; }
        #why { padding: 1 1 0 1; }
        #claims { display: none; width: 46%; padding: 1 1 0 1; }
        &.-wide #claims { display: block; }
    }
    """

    def __init__(self, jurisdiction: str, activity: str) -> None:
        super().__init__()
        self.place = (jurisdiction, activity)
        self._read: CellView | None = None
        self._split = False

    def body(self) -> Iterable[Widget]:
        """Yield the strip, the reasons, and the claims beside them."""
        yield Timeline(id="strip")
        with Horizontal(id="both"):
            yield ReadingPane(id="why")
            yield ReadingPane(id="claims", classes="beside")

    def refresh_header(self) -> None:
        """Say which cell."""
        super().refresh_header()
        if self.is_mounted:
            app = self.app
            self.query_one(Banner).show(
                " ".join(self.place), app.context, ledger=app.ledger_name, simulated=app.simulated
            )

    def command(self) -> list[str]:
        """Return the words of `why`."""
        return ["why", *self.place, *self.app.context.options()]

    def copied(self) -> str:
        """Return the reasons and the claims as text."""
        return "\n".join(pane.text for pane in self.query(ReadingPane) if pane.display)

    def load(self) -> None:
        """Ask for the cell, its timeline and its claims."""
        context = self.app.context

        def work(source: LedgerSource) -> CellView:
            book = source.book
            cell = book.cells.page(*self.place, **context.arguments)
            answer = cell.answer
            told = parts(answer.resolution, answer.explanation, whole=True)
            return CellView(cell, book.today(), tuple(told))

        self.ask(work, self._show_read)

    def _show_read(self, read: CellView) -> None:
        self._read = read
        found = read.cell.answer.resolution
        days = MarkedDays(read.today, found.day, found.next_change)
        self.query_one(Timeline).put(segments_of(read.cell), days)
        self._lay_out()

    def _lay_out(self) -> None:
        """Put the claims beside the reasons, or below them where there is no room."""
        if self._read is None:
            return
        self._split = self.has_class("-wide")
        why, listed = list(reasons(self._read)), list(claims(self._read))
        self.query_one("#why", ReadingPane).put(
            why if self._split else [*why, TextRow(()), *listed]
        )
        self.query_one("#claims", ReadingPane).put(listed)

    def on_resize(self, event: events.Resize) -> None:
        """Lay out the claims for the new width."""
        del event
        self.call_after_refresh(self._resized)

    def _resized(self) -> None:
        if self._split != self.has_class("-wide"):
            if not self.has_class("-wide") and self.focused is self.query_one("#claims"):
                self.query_one("#why").focus()
            self._lay_out()

    def on_lines_opened(self, event: Lines.Opened) -> None:
        """Open the entry under the cursor."""
        event.stop()
        if isinstance(event.lines, ReadingPane) and event.lines.seq is not None:
            self.app.go_to(OpenEntry(event.lines.seq))

    def action_strip(self, action: str, by: int = 0) -> None:
        """Move along the strip from any widget."""
        strip = self.query_one(Timeline)
        strip.focus()
        if action == "walk":
            strip.action_walk(by)
        elif action == "zoom":
            strip.action_zoom(by)
        else:
            strip.action_today()

    def action_read(self) -> None:
        """Go from the timeline down to the text."""
        self.query_one("#why").focus()

    def on_timeline_picked(self, event: Timeline.Picked) -> None:
        """Look from the first day of a segment; one without a first day is seen from its last."""
        event.stop()
        day = event.stretch.first or event.stretch.last
        if day is None:
            self.app.notify_text("It has been so on every day: there is no other day to look from.")
        else:
            self.app.context = replace(self.app.context, as_of=day.isoformat())
