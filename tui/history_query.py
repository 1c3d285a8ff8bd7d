"""Questions of the history screen, for worker threads: sizes, finds, a search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from ledger import api
from tui.ledger_source import PAGE, LedgerSource

_STEP: Final = 8_000  # entries searched between two checks for cancellation
COUNTED: Final = 999  # matches that are counted; of more it is said that there are more


@dataclass(frozen=True, slots=True)
class HistoryAnswer:
    """The answer to a load: sizes, and with a filter its first entries."""

    total: int
    head: int
    only: api.HistoryFilter | None = None
    items: tuple[api.HistoryItem, ...] = ()
    searched: int = 0
    newer: bool = False  # only what was appended since


def read(
    source: LedgerSource, known_at: str | None, words: dict[str, str], since: int | None
) -> HistoryAnswer:
    """Return size of the log and of what is looked at, and what a filter finds first."""
    book = source.book
    head = book.size
    total = head if known_at is None else book.point(known_at=known_at).size
    if not words:
        return HistoryAnswer(total, head)
    asked_for = book.entries.filter_of(words)
    stop = total if asked_for.stop is None else min(asked_for.stop, total)
    only = replace(asked_for, stop=stop, at=total if total < head else None)
    if since is None:
        items, searched = source.matching(only, below=total)
        return HistoryAnswer(total, head, only, tuple(items), searched)
    items, below, fresh = [], total, replace(only, start=max(only.start, since))
    while below:
        some, below = source.matching(fresh, below=below)
        items += some
    return HistoryAnswer(total, head, only, tuple(items), newer=True)


class TextSearch:
    """A search under way: from an entry to the end of the list, and once around."""

    def __init__(
        self, needle: str, start: int, total: int, only: api.HistoryFilter | None, *, forward: bool
    ) -> None:
        self.needle, self.forward = needle, forward
        self.start, self.total, self.at = start, total, start
        self.seq: int | None = None
        self.wrapped = False
        self._only = only

    def step(self, source: LedgerSource) -> bool:
        """Look at some entries more; False once it is over."""
        only = self._only = self._only or source.book.entries.filter_of({})
        stop = self.total if only.stop is None else min(only.stop, self.total)
        self.seq, self.at = source.book.entries.find(
            self.needle,
            start=self.at,
            newest_first=self.forward,
            look=_STEP,
            within=replace(only, stop=stop),
        )
        if self.seq is not None:
            return False
        if self.wrapped:
            return self.at > self.start if self.forward else self.at < self.start
        if self.at <= 0 if self.forward else self.at >= stop:
            self.wrapped = True
            self.at = self.total if self.forward else 0
        return True


def matches(
    source: LedgerSource,
    needle: str,
    only: api.HistoryFilter | None,
    total: int,
    *,
    go_on: Callable[[], bool],
) -> tuple[int, ...]:
    """Return the entries below ``total`` that show ``needle``, newest first, about a thousand.

    ``go_on`` is asked between two steps; once it is false, what was found so far is returned.
    """
    entries = source.book.entries
    wanted = replace(only or entries.filter_of({}), sought=needle)
    found: list[int] = []
    below = total
    while below and len(found) <= COUNTED and go_on():
        items, below = entries.matching(wanted, below=below, limit=PAGE)
        found += [item.seq for item in items]
    return tuple(found)
