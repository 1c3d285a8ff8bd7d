"""The log as lines, newest first: any part of it is painted from pages that are read when needed.

The cursor is a sequence number: it stays on its entry when others are appended. Lines whose page is
not in memory yet show their number only. With a filter, the lines are the entries found so far.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from ledger import api
from ledger.errors import RegledgerError
from ledger.text import visible
from tui.base_app import BaseApp
from tui.ledger_source import PAGE
from tui.text.history_line import Columns, about_pieces, column_pieces
from tui.text.styled_pieces import Piece
from tui.unexpected_errors import as_error
from tui.widgets.virtual_lines import Lines

BROKEN: Final = " ✖ BROKEN "  # an entry that is known not to hold
_STRIPS: Final = 512  # painted lines kept
_KEPT: Final = 16_384  # entries found by a filter that are kept, as many as 64 pages hold


class HistoryList(Lines):
    """Entries of the log, newest first."""

    app: BaseApp

    class EndInSight(Message):
        """The end of what a filter found so far came into sight."""

    class ReadFailed(Message):
        """A page could not be read."""

        def __init__(self, error: RegledgerError) -> None:
            super().__init__()
            self.error = error

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        super().__init__(id=id)
        self.total = 0  # entries that are looked at: of the log, or of a prefix
        self.head = 0  # entries of the log
        self.above = 0  # appended above the cursor since it stood on the newest line
        self.marks: list[int] = []
        self.needle = ""
        self.found: array[int] | None = None  # seqs, newest first; None: all entries
        self.searched = 0  # the filter looked at all entries from this one on
        self._kept: OrderedDict[int, api.HistoryItem] = OrderedDict()
        self._stale: set[int] = set()
        self._reading = False
        self._styles: dict[str, Style] = {}
        self._strips: dict[tuple[int, int, bool, bool], Strip] = {}

    @property
    def seq(self) -> int | None:
        """Return the entry under the cursor; None in an empty list."""
        return self.seq_at(self.cursor) if self.count else None

    @property
    def known(self) -> int | None:
        """Return how many entries count for what a line says of its state; None: all."""
        return self.total if self.total < self.head else None

    def seq_at(self, number: int) -> int:
        """Return the entry of a line."""
        return self.total - 1 - number if self.found is None else self.found[number]

    def line_of(self, seq: int) -> int:
        """Return the line of an entry, or of the nearest older one."""
        if self.found is None:
            return max(0, self.total - 1 - seq)
        low, high = 0, len(self.found)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.found[middle] > seq else (low, middle)
        return low

    def has(self, seq: int) -> bool:
        """Return whether an entry is one of the lines."""
        at = self.line_of(seq)
        return 0 <= seq < self.total and at < self.count and self.seq_at(at) == seq

    def item(self, seq: int) -> api.HistoryItem | None:
        """Return an entry, if it is in memory."""
        held = self._kept.get(seq) if self.found is not None else None
        return held or self.app.source.cached(seq)

    def show_log(self, total: int, head: int) -> None:
        """Show the first ``total`` of ``head`` entries."""
        seq, following = self.seq, self.cursor == 0
        was_whole, before = self.found is None, self.count
        self.found = None
        self.total, self.head = total, head
        self._settle_on(seq, total, following=following)
        if was_whole and before and not following:
            self.above += max(0, total - before)
        self._request()

    def show_found(
        self, items: Sequence[api.HistoryItem], *, searched: int, total: int, head: int
    ) -> None:
        """Show what a filter found first; more may follow."""
        seq, following = self.seq, self.cursor == 0
        self.total, self.head, self.searched, self.above = total, head, searched, 0
        self.found = array("q", [item.seq for item in items])
        self._kept.clear()
        self._stale.clear()
        self._keep(items)
        self._settle_on(seq, len(self.found), following=following)
        self._request()

    def show_more(self, items: Sequence[api.HistoryItem], *, searched: int) -> None:
        """Add what the filter found further back."""
        if self.found is None:
            return
        self.searched = searched
        self.found.extend(item.seq for item in items)
        self._keep(items)
        self.set_count(len(self.found))
        self._request()

    def show_newer(self, items: Sequence[api.HistoryItem], *, total: int, head: int) -> None:
        """Add what was appended and passes the filter; what is kept is read again when seen."""
        if self.found is None:
            return
        seq, following = self.seq, self.cursor == 0
        self.total, self.head = total, head
        self._stale.update(self._kept)
        self.found = array("q", [item.seq for item in items]) + self.found
        self._keep(items)
        if not following:
            self.above += len(items)
        self._settle_on(seq, len(self.found), following=following)
        self._request()

    def _settle_on(self, seq: int | None, count: int, *, following: bool) -> None:
        """Change the count under a cursor that keeps its entry and its place on the screen."""
        row = self.cursor - self.scroll_offset.y
        self.set_count(count)
        if seq is None or following or not count:
            self._jump(0)
            return
        at = min(self.line_of(seq), count - 1)
        self._jump(at)
        self.scroll_to(y=max(0, at - row), animate=False, force=True)

    def _jump(self, line: int) -> None:
        if line == self.cursor:
            self.repaint()
            self.show_cursor()
        else:
            self.cursor = line

    def _keep(self, items: Sequence[api.HistoryItem]) -> None:
        for item in items:
            self._kept[item.seq] = item
            self._stale.discard(item.seq)
        while len(self._kept) > _KEPT:
            self._stale.discard(self._kept.popitem(last=False)[0])

    def go_to(self, seq: int) -> None:
        """Put the cursor on an entry, or on the nearest older one."""
        if self.count:
            self._jump(min(self.line_of(seq), self.count - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint two lines; standing on the newest, nothing is above."""
        super().watch_cursor(old, new)
        if new == 0:
            self.above = 0

    def mark(self, seq: int) -> None:
        """Mark an entry or take the mark away; of three the oldest mark goes."""
        if seq in self.marks:
            self.marks.remove(seq)
        else:
            self.marks = [*self.marks, seq][-2:]
        self.repaint()

    def highlight(self, needle: str) -> None:
        """Mark a text wherever it stands."""
        self.needle = needle
        self.repaint()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """See that what comes into sight is read."""
        # The bar is painted again only where its thumb would be seen to move: over many entries a
        # step is far less than a cell, and the bar costs as much as the list.
        step = max(1, self.count // (8 * max(1, self.size.height)))
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = int(new_value) // step * step
        if round(old_value) != round(new_value):
            self.refresh(self.size.region)
            self._request()

    def on_resize(self, event: events.Resize) -> None:
        """Read what can be seen now."""
        super().on_resize(event)
        self._request()

    def read_again(self) -> None:
        """Read what is seen again."""
        self._stale.update(self._kept)
        self._request()

    def _request(self) -> None:
        """Read the pages in sight, then those beside them; one reading at a time."""
        if self._reading or not self.count or not self.is_mounted:
            return
        first = self.scroll_offset.y
        last = min(self.count, first + max(1, self.size.height)) - 1
        if self.found is not None:
            self._request_found(self.found[first : last + 1], last)
            return
        newest, oldest = self.seq_at(first) // PAGE, self.seq_at(last) // PAGE
        for pages in (range(oldest, newest + 1), (oldest - 1, newest + 1)):
            wanted = [p for p in pages if self._wants(p)]
            if wanted:
                self._read(partial(self._read_pages, wanted))
                return

    def _request_found(self, seen: Sequence[int], last: int) -> None:
        wanted = [q for q in seen if q not in self._kept or q in self._stale]
        if wanted:
            self._read(partial(self.app.source.entries_at, wanted, at=self.known))
        if last >= self.count - PAGE // 2 and self.searched:
            self.post_message(self.EndInSight())

    def _wants(self, page: int) -> bool:
        if not 0 <= page <= (self.total - 1) // PAGE:
            return False
        return not self.app.source.is_fresh(page, self.head, at=self.known)

    def _read(self, work: partial[Sequence[api.HistoryItem]]) -> None:
        self._reading = True
        self.run_worker(partial(self._job, work), thread=True, group="pages")

    def _job(self, work: partial[Sequence[api.HistoryItem]]) -> None:
        try:
            items, error = work(), None
        except Exception as problem:  # noqa: BLE001  # shown; a trace would end the application
            items, error = (), as_error(problem)
        with suppress(RuntimeError):  # the application is on its way out
            self.app.call_from_thread(self._arrived, items, error)

    def _read_pages(self, pages: Sequence[int]) -> Sequence[api.HistoryItem]:
        for page in pages:
            self.app.source.page(page, self.head, at=self.known)
        return ()

    def _arrived(self, items: Sequence[api.HistoryItem], error: RegledgerError | None) -> None:
        self._reading = False
        if error is not None:
            self.post_message(self.ReadFailed(error))
            return
        self._keep(items)
        self.repaint()
        self._request()

    def render_line(self, y: int) -> Strip:
        """Paint one line, or what was painted before: scrolling by one repaints them all."""
        number = self.scroll_offset.y + y
        if number >= self.count:
            return super().render_line(y)
        on = number == self.cursor
        key = (number, self.room, on, self.has_focus and on)
        painted = self._strips.get(key)
        if painted is None:
            painted = self._strips[key] = self._paint(number, on=on)
            if len(self._strips) > _STRIPS:
                self._strips.clear()
        return painted

    def _paint(self, number: int, *, on: bool) -> Strip:
        width = self.room
        base = self._style("cursor" if on else "")
        style = self._style
        segments = [
            Segment(text, base if on else style(name))
            for text, name in self.line(number, width)
            if text
        ]
        return Strip(segments).adjust_cell_length(width, base)

    def _style(self, name: str) -> Style:
        """Return the whole style of a piece, background and all; put together once."""
        key = f"{name} focus" if name == "cursor" and self.has_focus else name
        found = self._styles.get(key)
        if found is None:
            cursor = name == "cursor"
            found = self.get_component_rich_style("line--cursor") if cursor else self.rich_style
            self._styles[key] = found = (
                found if cursor or not name else found + super()._style(name)
            )
        return found

    def repaint(self) -> None:
        """Paint every line again: what they say may have changed."""
        self._strips.clear()
        self.refresh()

    def set_count(self, count: int) -> None:
        """Say how many lines there are; each may be another entry now."""
        self._strips.clear()
        super().set_count(count)

    def notify_style_update(self) -> None:
        """Forget the styles of another theme."""
        self._styles.clear()
        self._strips.clear()
        super().notify_style_update()

    def line(self, number: int, width: int) -> Iterable[Piece]:
        """Yield one entry in a line."""
        seq = self.seq_at(number)
        digits = max(5, len(str(max(0, self.total - 1))))
        yield ("●" if seq in self.marks else " ", "mark")
        item, bad = self.item(seq), seq in self.app.log_state.bad
        if item is None:
            yield (f"{seq:>{digits}} …", "dim")
            yield (BROKEN, "alarm") if bad else ("", "")
            return
        yield (f"{seq:>{digits}} ", "dim")
        above = self.item(self.seq_at(number - 1)) if number else None
        same = above is not None and above.recorded_at[:10] == item.recorded_at[:10]
        columns = Columns.of(width)
        yield (f"{visible(item.recorded_at[:10])} ", "dim" if same else "heading")
        if columns.time:
            yield (f"{visible(item.recorded_at[11:16])}  ", "dim")
        yield from column_pieces(item, columns, self.needle)
        yield (BROKEN, "alarm") if bad else ("", "")
        taken = columns.used(digits) + (len(BROKEN) if bad else 0)
        yield from about_pieces(item, max(0, width - taken), self.needle)
