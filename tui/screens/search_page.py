"""Searching the list of a screen in a thread, until found, stopped or once around."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.worker import get_current_worker

from tui.errors import as_error
from tui.history_query import TextSearch
from tui.screens.page import Page
from tui.widgets.history_list import HistoryList

if TYPE_CHECKING:
    from ledger.api.types import HistoryFilter


class SearchingPage(Page):
    """A page with a list of entries that can be searched."""

    def __init__(self) -> None:
        super().__init__()
        self._only: HistoryFilter | None = None  # what the list lets through
        self._needle = ""
        self._searching = False

    @property
    def log_lines(self) -> HistoryList:
        """The list."""
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
        hunt = TextSearch(self._needle, start, shown.total, self._only, forward=forward)
        self._searching = True
        self.say(f"searching {self._needle!r} … (esc stops)")
        self.run_worker(lambda: self._hunt(hunt), thread=True, exclusive=True, group="search")

    def _hunt(self, hunt: TextSearch) -> None:
        """Look for a text step by step, as long as nobody says stop; runs in a thread."""
        worker = get_current_worker()
        try:
            while not worker.is_cancelled and hunt.step(self.app.source):
                self.app.call_from_thread(self._progress, hunt)
        except Exception as error:  # noqa: BLE001  # shown; a trace would end the application
            if not worker.is_cancelled:
                self.app.call_from_thread(self.trouble, as_error(error))
            return
        if not worker.is_cancelled:
            self.app.call_from_thread(self._hunted, hunt)

    def _progress(self, hunt: TextSearch) -> None:
        if self._searching:
            self.say(f"searching {hunt.needle!r} … @{hunt.at:,} (esc stops)")

    def _hunted(self, hunt: TextSearch) -> None:
        self._searching = False
        if hunt.seq is None:
            self.say(f"{hunt.needle!r} is not in this list")
            return
        self.arrive(hunt.seq)
        around = "newest" if hunt.forward else "oldest"
        self.say(f"wrapped around: went on from the {around}" if hunt.wrapped else "")

    def action_stop_or_back(self) -> None:
        """Stop a search that is under way; otherwise go back."""
        if self._searching:
            self._searching = False
            self.workers.cancel_group(self, "search")
            self.say("search stopped")
            return
        self.run_worker(self.app.action_back(), group="back")
