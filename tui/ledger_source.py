"""The reader of the ledger behind all screens: pages, positions and answers, no widgets.

Every method is called from worker threads and opens its own short transactions. The ledger is
opened by the first call, which is also where the database stack is imported: the first screen is
painted before that. Where the database is gone, the method raises, and the next one tries again.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, TypeVar

from ledger import api, database_url
from ledger.clock import parse_stamp
from ledger.errors import NoLedger

T = TypeVar("T")
PAGE: Final = 256  # entries fetched at once, by key range
KEPT: Final = 64  # pages kept
EVENT_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry as it was read.

    ``before`` is the content that a correction replaces; ``later`` says that the entry was not
    there at the time looked from, and is shown as it is now.
    """

    shown: api.Shown
    found: api.EntryReport
    before: Mapping[str, Any] | None
    later: bool


class LedgerSource:
    """One ledger, opened when first needed, and again after it was lost."""

    def __init__(self, opener: Callable[[], api.Ledger]) -> None:
        self._opener = opener
        self._lock = threading.Lock()
        self._book: api.Ledger | None = None
        self._file: tuple[int, int] | None = None  # device and inode of an SQLite file
        self._pages: OrderedDict[int, tuple[Sequence[api.HistoryItem], int, int | None]] = (
            OrderedDict()
        )

    @property
    def book(self) -> api.Ledger:
        """Return the open ledger; raises what opening raises, NoLedger for a lost file."""
        with self._lock:
            if self._book is not None and self._file != _identity(self._book.url):
                self._forget()
            if self._book is None:
                book = self._opener()
                self._book, self._file = book, _identity(book.url)
            return self._book

    def close(self) -> None:
        """Give back the connections; the next call opens again."""
        with self._lock:
            self._forget()

    def size_known(self, known_at: str | None) -> int | None:
        """Return how many entries are known at a time; None for now."""
        return None if known_at is None else self.book.point(known_at=known_at).size

    def entry_read(self, seq: int, known_at: str | None) -> EntryView:
        """Return an entry with the states of a time, None for now; raises as ``Ledger.show``."""
        size, book = self.size_known(known_at), self.book
        later = size is not None and seq >= size
        shown, found = book.proofs.entry_report(f"@{seq}", at=None if later else size)
        both = book.preview.replaced_by(f"@{seq}")
        return EntryView(shown, found, both[0] if both else None, later)

    def page(self, number: int, size: int, *, at: int | None = None) -> Sequence[api.HistoryItem]:
        """Return the entries [number * PAGE, number * PAGE + PAGE) of the first ``size``, by seq.

        Pages are kept, the 64 last used. One that was read when the log was shorter is read again:
        what was appended since may change what an older line says of its state. With ``at`` the
        states are those of a log of so many entries.
        """
        start = number * PAGE
        stop = min(start + PAGE, size)
        with self._lock:
            held = self._pages.get(number)
            if held is not None and held[1] >= size and held[2] == at:
                self._pages.move_to_end(number)
                return held[0][: stop - start]
        found = self._named(self.book.entries.page(start, stop, at=at))
        with self._lock:
            self._pages[number] = (found, size, at)
            self._pages.move_to_end(number)
            while len(self._pages) > KEPT:
                self._pages.popitem(last=False)
        return found

    def cached(self, seq: int) -> api.HistoryItem | None:
        """Return entry ``seq`` if its page is in memory, even an old reading; never waits."""
        page = self._pages.get(seq // PAGE)
        at = seq % PAGE
        return page[0][at] if page is not None and at < len(page[0]) else None

    def is_fresh(self, number: int, size: int, *, at: int | None = None) -> bool:
        """Return whether a page is in memory as it was read at ``size`` or later; never waits."""
        page = self._pages.get(number)
        return page is not None and page[1] >= size and page[2] == at

    def entries_at(
        self, seqs: Sequence[int], *, at: int | None = None
    ) -> Sequence[api.HistoryItem]:
        """Return the entries at these positions, oldest first."""
        return self._named(self.book.entries.at(seqs, known=at))

    def matching(
        self, only: api.HistoryFilter, *, below: int, limit: int = PAGE
    ) -> tuple[Sequence[api.HistoryItem], int]:
        """Return (entries, how far): up to ``limit`` with seq < ``below`` that a filter lets by.

        Newest first; ``how far`` is the ``below`` of the next call, 0 at the beginning of the log.
        """
        found, below = self.book.entries.matching(only, below=below, limit=limit)
        return self._named(found), below

    def step_by_day(self, seq: int, way: int) -> int:
        """Return the newest entry of the nearest day before (-1) or after (1) that of ``seq``.

        Days are those of the ledger's time zone; where there is no such day, the end of the log.
        """
        from zoneinfo import ZoneInfo

        book = self.book
        zone = ZoneInfo(book.policy.timezone)

        def end_of(day_of: int, *, days: int = 0) -> int:
            (item,) = book.entries.at([day_of])
            day = parse_stamp(item.recorded_at).astimezone(zone).date() + timedelta(days=days)
            return book.point(known_at=day).size

        if way < 0:
            return max(0, end_of(seq, days=-1) - 1)
        following = end_of(seq)
        return following - 1 if following >= book.size else end_of(following) - 1

    def forget_pages(self) -> None:
        """Read all pages again when they are next needed; what is held is shown until then."""
        with self._lock:
            self._pages = OrderedDict((n, (p[0], -1, p[2])) for n, p in self._pages.items())

    def _named(self, items: Sequence[api.HistoryItem]) -> Sequence[api.HistoryItem]:
        """Put the key of a claim, or the id of a definition, in the place of an event id."""
        ids = [item.subject for item in items if EVENT_ID.fullmatch(item.subject)]
        if not ids:
            return items
        names = self.book.entries.names(ids)
        return [
            replace(item, subject=names[item.subject]) if item.subject in names else item
            for item in items
        ]

    def _forget(self) -> None:
        book, self._book, self._file = self._book, None, None
        self._pages.clear()
        if book is not None:
            book.close()


def _identity(url: str) -> tuple[int, int] | None:
    """Return device and inode of the file of an SQLite ledger; None for another database.

    An open file that was deleted can still be read, which is why this looks by name.
    """
    path = database_url.sqlite_file(url)
    if path is None:
        return None
    try:
        found = path.stat()
    except OSError as error:
        raise NoLedger(str(path), f"the file cannot be read: {error.strerror}") from None
    return found.st_dev, found.st_ino
