"""The whole log, newest first: search it, filter it, compare two points of it, read along."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Final

from textual.binding import Binding
from textual.containers import Container, Vertical
from textual.widget import Widget
from textual.widgets import Static

from ledger import api
from ledger.errors import InputError, RegledgerError
from ledger.points import is_day
from ledger.text import visible
from tui.history_query import HistoryAnswer, read
from tui.keymap import bind
from tui.ledger_source import LedgerSource
from tui.navigation import OpenDiff, OpenEntry
from tui.screens.search_page import SearchingPage
from tui.text.entry_text import in_words
from tui.text.history_line import column_names
from tui.text.styled_pieces import Paragraph
from tui.text.styles import safe
from tui.widgets.entry_detail import EntryDetail
from tui.widgets.filter_bar import FilterBar, options, parse
from tui.widgets.history_list import HistoryList

_ENDS: Final = 2  # of a difference


class HistoryPage(SearchingPage):
    """The log."""

    heading = "History"
    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]  # narrower than Textual's
        bind("find", "ask('search')", show=True),
        bind("filter", "ask('filter')", show=True),
        bind("detail", "detail", show=True),
        bind("goto", "ask('goto')"),
        bind("next-match", "match(1)"),
        bind("previous-match", "match(-1)"),
        bind("earlier", "day(-1)"),
        bind("later", "day(1)"),
        bind("mark", "mark"),
        bind("compare", "compare"),
    ]
    DEFAULT_CSS = """
    HistoryPage #asked { display: none; height: auto; padding: 0 1; background: $surface; }
    HistoryPage #columns { height: 1; color: $foreground 65%; text-wrap: nowrap; }
    HistoryPage #empty { display: none; height: 1fr; padding: 1 2; }
    HistoryPage HistoryList.-none { height: 0; }
    HistoryPage #panes { height: 1fr; layout: horizontal; }
    HistoryPage #list { width: 1fr; height: 1fr; }
    HistoryPage #detail { display: none; width: 1fr; height: 1fr; padding: 0 1; }
    HistoryPage.-narrow #panes { layout: vertical; }
    HistoryPage.-narrow #detail { width: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.words: dict[str, str] = {}  # the filter as it was typed, parsed
        self._typed = ""
        self._loaded: tuple[object, ...] = ()  # context and words of what is shown
        self._extending = False
        self._goal: int | None = None

    def body(self) -> Iterable[Widget]:
        """Yield filter, columns, list, detail, and the line to type in."""
        yield Static("", id="asked", markup=False)
        with Container(id="panes"):
            with Vertical(id="list"):
                yield Static("", id="columns", markup=False)
                yield HistoryList(id="log")
                yield Static("", id="empty", markup=False)
            yield EntryDetail(id="detail")
        yield FilterBar()

    def on_mount(self) -> None:
        """Give the focus to the list."""
        super().on_mount()
        self.log_lines.focus()

    def command(self) -> list[str]:
        """Return the words of `regledger history` with the same filter."""
        known = self.app.context.known_at
        since = [] if known is None else ["--known-at", known]
        return ["history", *since, *options(self.words)]

    def copied(self) -> str:
        """Return the entry under the cursor."""
        seq = self.log_lines.seq
        item = self.log_lines.item(seq) if seq is not None else None
        if item is None:
            return ""
        words = f"@{item.seq} {item.recorded_at} {item.type} by {item.actor}: {item.summary}"
        return visible(words)

    def refresh_header(self) -> None:
        """Mark the broken entries too."""
        super().refresh_header()
        for shown in self.query(HistoryList):
            shown.repaint()

    def load(self) -> None:
        """Ask how long the log is, and with a filter for its first entries."""
        context, words = self.app.context, dict(self.words)
        shown = self.log_lines
        wanted = (context.known_at, tuple(sorted(words.items())))
        # What became of older entries may have changed, so by state everything is asked again.
        anew = self._loaded != wanted or bool({"state", "flagged"} & words.keys())
        since = None if anew or not words else shown.total

        def work(source: LedgerSource) -> tuple[Any, HistoryAnswer]:
            return wanted, read(source, context.known_at, words, since)

        self.ask(work, self._shown)

    def _shown(self, found: tuple[Any, HistoryAnswer]) -> None:
        wanted, answer = found
        shown = self.log_lines
        same = self._loaded == wanted
        self._loaded, self._only = wanted, answer.only
        if answer.only is None:
            if not same:
                shown.above = 0
            shown.show_log(answer.total, answer.head)
        elif answer.newer:
            shown.show_newer(answer.items, total=answer.total, head=answer.head)
        else:
            shown.show_found(
                answer.items, searched=answer.searched, total=answer.total, head=answer.head
            )
            self._extend()
        shown.read_again()
        self._describe_list()
        self.query_one(EntryDetail).follow(self.log_lines.seq)

    def _describe_list(self) -> None:
        """Say what the list is: its columns, its filter, what is above, and why it is empty."""
        shown = self.log_lines
        self.query_one("#columns", Static).update(safe(column_names(shown.total, shown.room)))
        asked = self.query_one("#asked", Static)
        asked.display = bool(self.words)
        if self.words:
            asked.update(safe(self._filter_words()))
        empty = bool(self._loaded) and not shown.count and not (self.words and shown.searched)
        self.query_one("#empty", Static).display = empty
        shown.set_class(empty, "-none")  # not hidden: a hidden widget loses the keys
        if empty:
            self.query_one("#empty", Static).update(safe(self._why_empty()))
        self.say()

    def _filter_words(self) -> str:
        shown = self.log_lines
        until = f", searched to @{shown.searched:,} so far" if shown.searched else ""
        return f"Filter: {self._typed}   {shown.count:,} found{until}   (f changes it)"

    def _why_empty(self) -> str:
        if self.words:
            return "No entry passes this filter. Press f to change it; an empty filter shows all."
        return "Nothing was recorded by then. Press T to come back to now."

    def say(self, extra: str = "") -> None:
        """Say in the status line what is above and what is marked."""
        shown = self.log_lines
        said = [extra] if extra else []
        if shown.above:
            said.append(f"{shown.above:,} new above (g)")
        if shown.marks:
            said.append("marked " + ", ".join(f"@{seq}" for seq in shown.marks))
        if len(shown.marks) == _ENDS:
            said.append("= compares")
        self.note("   ".join(said))

    def on_resize(self) -> None:
        """Name the columns for the new width."""
        self.call_after_refresh(self._describe_list)

    def on_history_list_read_failed(self, event: HistoryList.ReadFailed) -> None:
        """Show why a page could not be read."""
        self.show_error(event.error)

    def on_history_list_end_in_sight(self) -> None:
        """Look further back."""
        self._extend()

    def _extend(self) -> None:
        shown, only = self.log_lines, self._only
        if only is None or self._extending or not shown.searched or not self._needs_more():
            return
        self._extending = True
        below, wanted = shown.searched, self._loaded

        def work(source: LedgerSource) -> tuple[object, tuple[api.HistoryItem, ...], int]:
            items, at = source.matching(only, below=below)
            return wanted, tuple(items), at

        self.ask(work, self._extended, group="extend")

    def _needs_more(self) -> bool:
        """Return whether the end of the finds is in sight, or an older entry is awaited."""
        shown = self.log_lines
        if self._goal is not None:
            return shown.searched > self._goal
        seen = shown.scroll_offset.y + shown.size.height
        return seen >= shown.count - 128 or shown.cursor >= shown.count - 128

    def _extended(self, found: tuple[object, tuple[api.HistoryItem, ...], int]) -> None:
        wanted, items, at = found
        self._extending = False
        if wanted != self._loaded:
            return
        self.log_lines.show_more(items, searched=at)
        self._describe_list()
        if self._goal is not None and at <= self._goal:
            self.log_lines.go_to(self._goal)
            self._goal = None
        self._extend()

    def show_error(self, error: RegledgerError) -> None:
        """Show an error; what was being read is not read any more."""
        self._extending, self._searching, self._goal = False, False, None
        super().show_error(error)

    def action_ask(self, kind: str) -> None:
        """Open the line to type in."""
        text = {"search": self._needle, "filter": self._typed}.get(kind, "")
        bar = self.query_one(FilterBar)
        self._from = (self.log_lines.seq, self._needle)
        bar.ask(kind, text)
        if kind == "filter":
            self.ask(lambda source: source.book.entries.filter_values(), bar.know, group="values")

    def on_filter_bar_answered(self, event: FilterBar.Answered) -> None:
        """Search, filter or go there."""
        bar = self.query_one(FilterBar)
        if event.kind == "filter":
            self._take_filter(event.text)
            return
        bar.close()
        self.log_lines.focus()
        if event.kind == "search":
            self._seek(event.text)
        elif event.text:
            self._go_to(event.text)

    def _take_filter(self, text: str) -> None:
        """Check the filter against the ledger; one that is wrong stays in the bar to be mended."""
        bar = self.query_one(FilterBar)
        try:
            words = parse(text)
        except InputError as error:
            bar.show_error(error)
            return

        def work(source: LedgerSource) -> InputError | None:
            try:
                source.book.entries.filter_of(words)
            except InputError as error:
                return error
            return None

        def show(error: InputError | None) -> None:
            if error is not None:
                bar.show_error(error)
                return
            bar.close()
            self.log_lines.focus()
            self.words, self._typed, self._goal = words, text, None
            self.log_lines.searched = 0
            self.reload(anyway=True)

        self.ask(work, show, group="filter")

    def peel(self) -> bool:
        """Take off the search, the marks, the filter, then the pane."""
        shown, pane = self.log_lines, self.query_one(EntryDetail)
        if self._searching:
            return super().peel()
        if shown.marks:
            shown.marks = []
            shown.repaint()
            self.say()
        elif self._needle:
            return super().peel()
        elif self.words:
            self._take_filter("")
        elif pane.display:
            self.action_detail()
            shown.focus()
        else:
            return super().peel()
        return True

    def arrive(self, seq: int) -> None:
        """Put the cursor on an entry; with a filter, once the list reaches so far."""
        shown = self.log_lines
        if self._only is not None and shown.searched > seq:
            self._goal = seq
            self._extend()
        else:
            shown.go_to(seq)

    def _go_to(self, text: str) -> None:
        def work(source: LedgerSource) -> int:
            if is_day(text):
                return source.book.point(known_at=text).known_at or 0
            return source.book.entries.seq_of(text)

        self.ask(work, self._went, group="goto")

    def _went(self, seq: int) -> None:
        shown = self.log_lines
        if seq >= shown.total and self.app.context.known_at is not None:
            self.app.notify_text(
                f"@{seq} was recorded after the time one looks from", severity="warning"
            )
            return
        if self._only is None or shown.has(seq):
            shown.go_to(seq)
            return
        self.words, self._typed = {}, ""
        self.app.notify_text("the filter was taken away: the entry does not pass it")
        self._goal = None
        shown.found = None
        shown.set_count(shown.total)
        shown.go_to(seq)
        self.reload(anyway=True)

    def action_day(self, way: int) -> None:
        """Go to the newest entry of the next day, earlier or later, on which one was recorded."""
        shown = self.log_lines
        seq = shown.seq
        if seq is None:
            return

        self.ask(lambda source: source.step_by_day(seq, way), shown.go_to, group="goto")

    def action_mark(self) -> None:
        """Mark the entry under the cursor as one end of a comparison."""
        seq = self.log_lines.seq
        if seq is not None:
            self.log_lines.mark(seq)
            self.say()

    def action_compare(self) -> None:
        """Compare the log after the two marked entries; the cursor stands for a missing mark."""
        shown = self.log_lines
        ends = set(shown.marks)
        if len(ends) < _ENDS and shown.seq is not None:
            ends.add(shown.seq)
        if len(ends) != _ENDS:
            self.app.notify_text(
                "Mark two entries with space, or one and stand on another, then press =."
            )
            return
        first, second = (f"@{seq}" for seq in sorted(ends))
        self.app.go_to(OpenDiff((first, second)))

    def on_lines_opened(self, event: HistoryList.Opened) -> None:
        """Open the entry, from the list or from beside it."""
        del event
        if self.log_lines.seq is not None:
            self.app.go_to(OpenEntry(self.log_lines.seq))

    def on_lines_moved(self, event: HistoryList.Moved) -> None:
        """Let the detail and the count of newer entries follow the cursor."""
        if event.lines is not self.log_lines:
            return
        if event.cursor == 0 and "new above" in self._note:
            self.say()
        if self._only is not None and self.log_lines.searched:
            self._extend()
        self.query_one(EntryDetail).follow(self.log_lines.seq)

    def action_detail(self) -> None:
        """Show or hide the entry beside the list."""
        pane = self.query_one(EntryDetail)
        pane.display = not pane.display
        pane.follow(self.log_lines.seq)
        self.call_after_refresh(self._describe_list)

    def on_entry_detail_wanted(self, event: EntryDetail.Wanted) -> None:
        """Read the entry that the cursor rests on."""
        seq, known = event.seq, self.app.context.known_at

        def work(source: LedgerSource) -> tuple[api.Shown, list[Paragraph]]:
            read = source.entry_read(seq, known)
            return read.shown, in_words(read.shown, read.found, read.before, related=True)

        def show(found: tuple[api.Shown, list[Paragraph]]) -> None:
            shown, words = found
            self.query_one(EntryDetail).show_entry(seq, words)
            self.app.report_faults(shown)

        self.ask(work, show, group="detail")
