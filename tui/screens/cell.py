"""One cell: its status and why, its timeline, and the claims that bear on it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widget import Widget

from ledger.text import visible, width
from ledger.wording.answer_parts import parts
from tui.keymap import bind
from tui.ledger_source import LedgerSource
from tui.navigation import OpenEntry
from tui.query_context import ANY
from tui.screens.base_page import Page
from tui.text.cell_text import CellView, TextRow, claims, reasons, segments_of, title
from tui.text.timeline_segment import MarkedDays
from tui.widgets.banner import CLOCK, Banner
from tui.widgets.reading_pane import ReadingPane
from tui.widgets.timeline import Timeline
from tui.widgets.virtual_lines import Lines

_WHOLE: Final = 10_000  # cells of a title of which nothing is cut


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
        self._unfolded = False  # whether what does not bear on the answer is shown

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
                self._title(),
                app.context,
                ledger=app.ledger_name,
                simulated=app.simulated,
                whole=True,
            )

    def _title(self) -> str:
        """Return what is looked at; by ids until the names were read."""
        if self._read is not None:
            clock = width(CLOCK) + 2 if self.app.simulated else 0
            return self._read.title(self.size.width - 5 - clock)
        context, (jurisdiction, activity) = self.app.context, self.place
        actor = "anybody" if context.actor == ANY else context.actor
        return title((activity, jurisdiction, actor), None, context.view)

    def command(self) -> list[str]:
        """Return the words of `why`."""
        return ["why", *self.place, *self.app.context.options()]

    def copied(self) -> str:
        """Return the title, the reasons and the claims as text."""
        if self._read is None:
            return ""
        panes = (pane.text for pane in self.query(ReadingPane) if pane.display)
        return "\n".join((visible(self._read.title(_WHOLE)), *panes))

    def load(self) -> None:
        """Ask for the cell, its timeline and its claims."""
        context = self.app.context

        def work(source: LedgerSource) -> CellView:
            book = source.book
            cell = book.cells.page(*self.place, **context.arguments)
            answer = cell.answer
            told = parts(
                answer.resolution,
                answer.explanation,
                named=answer.named,
                disputes=answer.disputes,
                whole=True,
            )
            return CellView(cell, book.today(), tuple(told))

        self.ask(work, self._show_read)

    def _show_read(self, read: CellView) -> None:
        self._read = read
        self.refresh_header()
        found = read.cell.answer.resolution
        days = MarkedDays(read.today, found.day, found.next_change)
        self.query_one(Timeline).put(segments_of(read.cell), days)
        self._lay_out()

    def _lay_out(self) -> None:
        """Put the claims beside the reasons, or below them where there is no room."""
        if self._read is None:
            return
        self._split = self.has_class("-wide")
        why = list(reasons(self._read))
        listed = list(claims(self._read, unfolded=self._unfolded))
        self.query_one("#why", ReadingPane).put(
            why if self._split else [*why, TextRow(()), *listed]
        )
        self.query_one("#claims", ReadingPane).put(listed)

    def on_resize(self, event: events.Resize) -> None:
        """Lay out the claims for the new width."""
        del event
        self.call_after_refresh(self._resized)

    def _resized(self) -> None:
        self.refresh_header()
        if self._split != self.has_class("-wide"):
            if not self.has_class("-wide") and self.focused is self.query_one("#claims"):
                self.query_one("#why").focus()
            self._lay_out()

    def on_lines_opened(self, event: Lines.Opened) -> None:
        """Open the entry under the cursor, or show what is folded there."""
        event.stop()
        if not isinstance(event.lines, ReadingPane):
            return
        if event.lines.folds:
            self._unfolded = not self._unfolded
            self._lay_out()
        elif event.lines.seq is not None:
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
