"""The board: what is allowed where, for whom, and what changed since the user last looked."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from ledger import api
from ledger.errors import RegledgerError
from tui.keymap import bind
from tui.ledger_source import LedgerSource
from tui.navigation import OpenCell, OpenComparison, OpenDiff
from tui.query_context import QueryContext
from tui.screens.base_page import Page
from tui.text.board_table import BoardCell, BoardTable, Place
from tui.text.board_words import ChangeCount, legend, since_words
from tui.widgets.board_grid import BoardGrid, BoardGridHead
from tui.widgets.cell_summary import (
    CellSummary,
    CellSummaryPane,
    at_once,
    brief,
    in_full,
    summary_of,
)
from tui.widgets.virtual_lines import Lines

SMALL: Final = 20_000  # entries up to which all claims are read for flags and differences
_PAUSE_S: Final = 0.05  # the cursor rests this long before the cell is looked up
_LONGEST_S: Final = 1.0  # and at most this long, where looking up takes long itself
_EMPTY = (
    "Nothing is recorded yet about any activity.\n\n"
    "  a                        record the first claim here\n"
    "  regledger record FILE    record a file of claims from the command line\n"
    "  regledger demo           make a sample ledger to look around in"
)


@dataclass(frozen=True, slots=True)
class _BoardAnswer:
    """The answer to the first question: the board at a glance, and which ledger it is."""

    glance: api.BoardBrief
    table: BoardTable
    ledger: str


class ChangeSummary(Static, can_focus=True):
    """One line: what changed since the user last looked. Enter shows the difference."""

    DEFAULT_CSS = """
    ChangeSummary { display: none; height: 1; padding: 0 1; text-wrap: nowrap; }
    ChangeSummary { text-overflow: ellipsis; }
    ChangeSummary.-told { display: block; }
    ChangeSummary:focus { background: $block-cursor-background; color: $block-cursor-foreground; }
    """
    BINDINGS: ClassVar[list[Binding]] = [bind("open", "compare")]  # type: ignore[assignment]  # narrower than Textual's

    def __init__(self) -> None:
        super().__init__(markup=False)

    def action_compare(self) -> None:
        """Show what changed."""
        if isinstance(self.screen, BoardPage):
            self.screen.action_since_diff(again=True)


class BoardPage(Page):
    """Jurisdictions by activities, and beside it what is known of the chosen cell."""

    heading = "Board"
    AUTO_FOCUS = "BoardGrid"
    BINDINGS: ClassVar[list[Binding]] = [
        bind("diff", "since_diff", show=True),
        bind("everything", "everything", show=True),
        bind("open", "open_cell"),
        bind("across", "across", show=True),
    ]
    DEFAULT_CSS = """
    BoardPage {
        #main { height: 1fr; }
        #side {
            display: none; width: 34%; min-width: 42; padding: 0 1;
            scrollbar-size-vertical: 1;
        }
        #empty { display: none; height: 1fr; padding: 1 2; }
        #brief {
            height: 2; padding: 0 1; background: $surface;
            text-wrap: nowrap; text-overflow: ellipsis;
        }
        #legend { height: auto; padding: 0 1; color: $foreground 75%; }
        &.-wide #side { display: block; }
        &.-wide #brief { display: none; }
        &.-empty #main, &.-empty #brief, &.-empty #legend { display: none; }
        &.-empty #empty { display: block; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._turn = 0  # counts questions: late answers to older ones are dropped
        self._asked: QueryContext | None = None  # of the table that is shown
        self._rest: Timer | None = None
        self._baseline: str | None = None  # the point that changes are counted from
        self._remembered = False  # whether it comes from an earlier run
        self._looked: tuple[str, str] | None = None  # ledger id, point
        self._took = 0.0  # seconds of work that the last cell cost
        self._sent = False  # whether the diff got the baseline
        self._wanted: tuple[str | None, str | None] | None = None  # to be chosen once it is there

    def body(self) -> Iterable[Widget]:
        """Yield what changed, the grid and the cell beside it, and what the signs mean."""
        grid = BoardGrid(id="grid")
        yield ChangeSummary()
        with Horizontal(id="main"):
            with Vertical():
                yield BoardGridHead(grid)
                yield grid
            with VerticalScroll(id="side", classes="beside"):
                yield CellSummaryPane()
        yield Static(_EMPTY, id="empty", markup=False)
        yield Static("reading the board ...", id="brief", markup=False)
        yield Static(legend(), id="legend", markup=False)

    def command(self) -> list[str]:
        """Return the words of `status`."""
        return ["status", *self.app.context.options()]

    def copied(self) -> str:
        """Return the chosen cell in words."""
        return self.query_one(CellSummaryPane).text

    @property
    def grid(self) -> BoardGrid:
        """Return the grid."""
        return self.query_one(BoardGrid)

    def load(self) -> None:
        """Ask for the board at a glance."""
        context = self.app.context
        self._turn += 1
        turn = self._turn
        before = self.grid.table if self._asked == context else None

        def work(source: LedgerSource) -> _BoardAnswer:
            book = source.book
            glance = book.cells.board_brief(**context.arguments)
            return _BoardAnswer(
                glance, BoardTable.of(glance, book.taxonomy, before), book.policy.ledger
            )

        self.ask(work, lambda read: self._glanced(read, context, turn))

    def _glanced(self, read: _BoardAnswer, context: QueryContext, turn: int) -> None:
        if turn != self._turn:
            return
        self._asked = context
        self.set_class(not read.table.own, "-empty")
        self.grid.put(read.table)
        self._choose_wanted()
        self._count_hidden()
        if context.is_now:
            self._compare(read)
        if read.glance.point.size < SMALL:
            short = [] if read.glance.whole else [*read.table.own]
            if wanted := [*short, *read.table.mixed()]:
                self._refine(wanted, turn)

    def _refine(self, places: list[Place], turn: int) -> None:
        """Ask for every flag; all claims are read for that."""
        context = self.app.context

        def show(found: dict[Place, api.Resolution]) -> None:
            if turn == self._turn and self.grid.table is not None:
                self.grid.table.refine(found)
                self.grid.refresh()

        self.ask(
            lambda source: source.book.cells.resolve(places, **context.arguments),
            show,
            group="refine",
        )

    def _count_hidden(self) -> None:
        activities, jurisdictions = self.grid.hidden
        if self.grid.everything:
            self.note("* only what claims speak of")
        elif activities or jurisdictions:
            self.note(f"* {activities} more activities, {jurisdictions} places")
        else:
            self.note("")

    def action_everything(self) -> None:
        """Show also what no claim speaks of, or no longer."""
        self.grid.show_all(everything=not self.grid.everything)
        self._count_hidden()

    def on_lines_moved(self, event: Lines.Moved) -> None:
        """Look the cell up once the cursor rests: holding a key down asks nothing."""
        event.stop()
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(_PAUSE_S, self._rested)

    def _rested(self) -> None:
        """Tell what the grid knows, and ask for the rest; later where asking takes long."""
        place, table = self.grid.place, self.grid.table
        if place is None or table is None:
            return
        if self._took < _PAUSE_S:
            self._look_up(place)
        else:
            self._show_known(place, table.cell(place))
            pause = min(self._took, _LONGEST_S)
            self._rest = self.set_timer(pause, lambda: self._look_up(place))

    def on_lines_opened(self, event: Lines.Opened) -> None:
        """Open the cell."""
        event.stop()
        self.action_open_cell()

    def action_open_cell(self) -> None:
        """Open the chosen cell, wherever the focus is."""
        if self.grid.place is not None:
            self.app.go_to(OpenCell(*self.grid.place))

    def action_across(self) -> None:
        """Compare the chosen activity across places and kinds of actor."""
        if self.grid.place is not None:
            self.app.go_to(OpenComparison(*self.grid.place))

    def show_place(self, jurisdiction: str | None, activity: str | None) -> None:
        """Choose a column, a line or a cell, as soon as the board is there."""
        self._wanted = (jurisdiction, activity)
        self._choose_wanted()

    def _choose_wanted(self) -> None:
        if self._wanted is not None and self.grid.table is not None:
            self.grid.choose(*self._wanted)
            self.grid.focus()
            self._wanted = None
            self._count_hidden()

    def _show_known(self, place: Place, shown: BoardCell) -> None:
        """Show what the grid itself knows, until more is known."""
        table = self.grid.table
        if table is not None:
            self.query_one(CellSummaryPane).show(at_once(place, shown, table))
            self._put_brief(brief(place, shown, table))

    def _put_brief(self, content: Content) -> None:
        self.query_one("#brief", Static).update(content, layout=False)  # two lines, always

    def on_resize(self, event: events.Resize) -> None:
        """Paint the pane if it can be seen now."""
        del event
        self.call_after_refresh(self.query_one(CellSummaryPane).catch_up)

    def _look_up(self, place: Place) -> None:
        context, turn = self.app.context, self._turn

        def work(source: LedgerSource) -> tuple[CellSummary, float]:
            started = time.thread_time()
            answer = source.book.status(*place, **context.arguments)
            return summary_of(answer), time.thread_time() - started

        def show(answer: tuple[CellSummary, float]) -> None:
            found, self._took = answer
            table = self.grid.table
            if turn != self._turn or table is None or self.grid.place != place:
                return
            if place in table.own or table.cell(place).mixed:
                table.refine({place: found.resolution})
                self.grid.refresh()
            shown = table.cell(place)
            self.query_one(CellSummaryPane).show(in_full(place, found, shown, table))
            self._put_brief(brief(place, shown, table, found))

        self.ask(work, show, group="detail")

    def _compare(self, read: _BoardAnswer) -> None:
        """Ask what changed since the point remembered from an earlier run, or since the start."""
        now = str(read.glance.point)
        self._looked = (read.ledger, now)
        if self._baseline is None:
            seen = self.app.memory.seen.get(read.ledger, "")
            self._baseline, self._remembered = seen or now, bool(seen)
        since, context = self._baseline, self.app.context
        if since == now:
            self._said(ChangeCount(0, 0, frozenset()))
            return

        def work(source: LedgerSource) -> ChangeCount | None:
            book = source.book
            try:
                before = book.parse_point(since)
                if str(before) != since:
                    return None  # it is ahead of this log
                entries = book.parse_point(now).size - before.size
                if read.glance.point.size >= SMALL:
                    return ChangeCount(entries, None, frozenset())
                changes = book.diff(since, now, view=context.view).changes
            except RegledgerError:
                return None  # what was remembered is of another log, or was edited
            wanted = {context.actor, "any"}
            cells = {c.cell for c in changes}
            places = {(c.jurisdiction, c.activity) for c in cells if c.actor in wanted}
            return ChangeCount(entries, len(cells), frozenset(places))

        self.ask(work, self._said, group="since")

    def _said(self, change: ChangeCount | None) -> None:
        line = self.query_one(ChangeSummary)
        worth_telling = change is not None and (
            self._remembered or change.entries > 0 or change.cells != 0
        )
        line.set_class(worth_telling, "-told")
        if change is None or not worth_telling:
            self.grid.mark_changed(frozenset())
            return
        self.grid.mark_changed(change.places)
        line.update(since_words(change, self._baseline or "", remembered=self._remembered))

    def action_since_diff(self, *, again: bool = False) -> None:
        """Go to the diff; the first time, or asked again, compare with the last look."""
        since = self._baseline if self.query_one(ChangeSummary).has_class("-told") else None
        points = None
        if since is not None and (again or not self._sent):
            self._sent, points = True, (since, "")
        self.app.go_to(OpenDiff(points))

    def on_screen_suspend(self) -> None:
        """Remember this point as the one last looked at."""
        self._remember()

    def on_unmount(self) -> None:
        """Remember the point when the application ends."""
        self._remember()

    def _remember(self) -> None:
        if self._looked is not None:
            ledger, point = self._looked
            if self.app.memory.seen.get(ledger) != point:
                self.app.memory.remember_point(ledger, point)
