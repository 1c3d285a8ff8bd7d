"""Searching the list of a screen in a thread, until found, stopped or once around."""

from __future__ import annotations

from textual.worker import get_current_worker

from ledger import api
from tui.history_query import COUNTED, TextSearch, matches
from tui.ledger_source import LedgerSource
from tui.screens.base_page import Page
from tui.widgets.filter_bar import FilterBar
from tui.widgets.history_list import HistoryList


class SearchingPage(Page):
    """A page with a list of entries that can be searched."""

    def __init__(self) -> None:
        super().__init__()
        self._only: api.HistoryFilter | None = None  # what the list lets through
        self._needle = ""
        self._searching = False
        self._from: tuple[int | None, str] = (None, "")  # cursor and search before typing
        self._matches: tuple[tuple[object, ...], tuple[int, ...]] | None = None  # of what, which

    @property
    def log_lines(self) -> HistoryList:
        """Return the list."""
        return self.query_one(HistoryList)

    def say(self, extra: str = "") -> None:
        """Say in the status line how things stand, and something more."""
        raise NotImplementedError

    def arrive(self, seq: int) -> None:
        """Put the cursor on an entry that was found."""
        raise NotImplementedError

    def action_ask(self, kind: str) -> None:
        """Open the line to type in."""
        raise NotImplementedError

    def on_filter_bar_typed(self, event: FilterBar.Typed) -> None:
        """Search while it is typed, from where the cursor stood before."""
        if event.kind == "search" and event.text != self._needle:
            self._seek(event.text)

    def _seek(self, text: str) -> None:
        self._needle = text
        self.log_lines.highlight(text)
        seq = self._from[0]
        if seq is not None:
            self.log_lines.go_to(seq)
        self._search(forward=True, here=True)

    def on_filter_bar_dropped(self) -> None:
        """Give the focus back to the list, as it was before something was typed."""
        self.log_lines.focus()
        seq, needle = self._from
        if needle != self._needle:
            self._needle = needle
            self.log_lines.highlight(needle)
            self.workers.cancel_group(self, "search")
            self._searching = False
            self.say()
            if seq is not None:
                self.log_lines.go_to(seq)

    def action_match(self, way: int) -> None:
        """Go to the next match, downwards, or to the one before."""
        if not self._needle:
            self.action_ask("search")
            return
        self._search(forward=way > 0)

    def _search(self, *, forward: bool, here: bool = False) -> None:
        """Look for the text from the cursor on, towards older entries if ``forward``."""
        shown = self.log_lines
        self.workers.cancel_group(self, "search")
        if not self._needle or shown.seq is None:
            self._searching = False
            self.say()
            return
        start = shown.seq + (1 if here or not forward else 0)
        search = TextSearch(self._needle, start, shown.total, self._only, forward=forward)
        self._searching = True
        self.say(f"searching {self._needle!r} … (esc stops)")

        def work(source: LedgerSource) -> TextSearch:
            worker = get_current_worker()
            while not worker.is_cancelled and search.step(source):
                self.app.call_from_thread(self._progress, search)
            return search

        self.app.ask_ledger(self, work, self._search_ended, self.show_error, group="search")

    def _progress(self, search: TextSearch) -> None:
        if self._searching:
            self.say(f"searching {search.needle!r} … @{search.at:,} (esc stops)")

    def _search_ended(self, search: TextSearch) -> None:
        self._searching = False
        if search.seq is None:
            self.say(f"{search.needle!r} is not in this list")
            return
        self.arrive(search.seq)
        around = "newest" if search.forward else "oldest"
        self._say_which(
            search.seq, f"wrapped around: went on from the {around}" if search.wrapped else ""
        )

    def _say_which(self, seq: int, more: str) -> None:
        """Say which of how many matches the cursor stands on; they are counted once."""
        needle, only, total = self._needle, self._only, self.log_lines.total
        counted = (needle, only, total)
        self.say(more)
        if self._matches is not None and self._matches[0] == counted:
            self.say(f"{which(seq, self._matches[1])}   {more}".rstrip())
            return

        def work(source: LedgerSource) -> tuple[int, ...]:
            worker = get_current_worker()
            return matches(source, needle, only, total, go_on=lambda: not worker.is_cancelled)

        def show(found: tuple[int, ...]) -> None:
            if needle == self._needle:
                self._matches = (counted, found)
                self.say(f"{which(seq, found)}   {more}".rstrip())

        self.app.ask_ledger(self, work, show, self.show_error, group="count")

    def peel(self) -> bool:
        """Stop a search that is under way; otherwise take off its marks, then what any page has."""
        if self._searching:
            self._searching = False
            self.workers.cancel_group(self, "search")
            self.say("search stopped")
            return True
        if self._needle:
            self._needle = ""
            self.log_lines.highlight("")
            self.say()
            return True
        return super().peel()


def which(seq: int, found: tuple[int, ...]) -> str:
    """Return ``2 of 3``: the newest match is the first."""
    count = f"{COUNTED:,}+" if len(found) > COUNTED else f"{len(found):,}"
    return f"{found.index(seq) + 1:,} of {count}" if seq in found else f"one of {count}"
