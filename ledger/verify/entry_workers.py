"""Checking entries ahead of what depends on their order, on all cores.

A worker process gets the bytes of a page and the public keys they name, makes every check that
needs one entry alone, and hands back what it found: events parsed and validated, which take a third
of the time to unpickle that they take to check. So each entry is parsed once, by whoever checks
it. (Workers that check signatures alone leave three fifths of the work to one process, which is
then what all wait for; threads would share one interpreter for everything but the signature.)

Where the workers are busy, the process that waits for them checks pages itself. What is found does
not depend on who checks what.
"""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from ledger.garbage_collection import collect_seldom
from ledger.processes import WorkerProcesses
from ledger.verify.entry_checks import Batch, CheckedEntry, check_batch

SMALL: Final = 2_000  # entries: below this, starting processes costs more than they give
_AHEAD: Final = 4  # batches read for each process: bounds memory
_GIVEN: Final = 2  # batches that each worker has in hand
_Page = TypeVar("_Page")

Checked = list[CheckedEntry | None]  # of a page


class EntryWorkers:
    """Processes that check entries; none where ``pool`` is None."""

    def __init__(self, pool: Executor | None = None, *, count: int = 0) -> None:
        """Use the ``count`` processes of a pool."""
        self._pool = pool
        self._given = _GIVEN * count
        self._ahead = _AHEAD * (count + 1)

    def check(self, pages: Iterable[tuple[_Page, Batch]]) -> Iterator[tuple[_Page, Checked]]:
        """Check the entries of each page, and yield the pages in order.

        The first page is checked before others are read: by it the caller may stop.
        """
        waiting: deque[_Waiting[_Page]] = deque()
        for count, (page, batch) in enumerate(pages):
            if self._pool is None or not count:
                yield page, check_batch(batch)
                continue
            waiting.append(_Waiting(page, batch))
            self._give(self._pool, waiting)
            if len(waiting) >= self._ahead:
                yield _first(waiting)
        while waiting and self._pool is not None:
            self._give(self._pool, waiting)
            yield _first(waiting)

    def _give(self, pool: Executor, waiting: Iterable["_Waiting[_Page]"]) -> None:
        """Give the workers the next batches; what they have not been given can be checked here."""
        room = self._given - sum(one.is_given for one in waiting)
        for one in waiting:
            if room > 0 and one.checked is None:
                one.checked = _submit(pool, one.batch)
                room -= 1


@contextmanager
def entry_workers(size: int, jobs: int | None = None) -> Iterator[EntryWorkers]:
    """Yield workers for ``size`` entries, ``jobs`` processes together with this one.

    By default there is one process for each core, and only this one for a small log.
    """
    count = jobs if jobs is not None else (os.cpu_count() or 1)
    if count <= 1 or (jobs is None and size < SMALL):
        yield EntryWorkers()
        return
    with WorkerProcesses(count - 1, begin=collect_seldom) as pool:
        try:
            yield EntryWorkers(pool, count=count - 1)
        finally:
            pool.shutdown(cancel_futures=True)


@dataclass(slots=True)
class _Waiting(Generic[_Page]):
    """A page that is not checked yet; ``checked`` is None until somebody begins."""

    page: _Page
    batch: Batch
    checked: Future[Checked] | None = None

    @property
    def is_given(self) -> bool:
        """Whether a worker has the batch in hand."""
        return self.checked is not None and not self.checked.done()

    def check_here(self) -> None:
        """Check the batch in this process, unless somebody has begun."""
        if self.checked is None:
            self.checked = _done(self.batch)

    def result(self) -> Checked:
        """Wait for a worker; where it died, check the batch in this process."""
        if self.checked is None:
            return check_batch(self.batch)
        try:
            return self.checked.result()
        except BrokenExecutor:
            return check_batch(self.batch)


def _first(waiting: deque[_Waiting[_Page]]) -> tuple[_Page, Checked]:
    """Take the first page; while a worker is at it, check the last ones here."""
    first = waiting.popleft()
    for other in reversed(waiting):
        if not first.is_given:
            break
        other.check_here()
    return first.page, first.result()


def _submit(pool: Executor, batch: Batch) -> Future[Checked]:
    try:
        return pool.submit(check_batch, batch)
    except BrokenExecutor:  # a worker died
        return _done(batch)


def _done(batch: Batch) -> Future[Checked]:
    done: Future[Checked] = Future()
    done.set_result(check_batch(batch))
    return done
