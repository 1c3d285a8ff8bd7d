"""Checking signatures ahead of everything else, on all cores.

A worker process gets public keys, signatures and the bytes they are over, in batches; it parses
nothing, and hands back what is wrong with each. Where the workers are busy, the process that waits
for them checks batches itself. What is found does not depend on who checks what.
"""

import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Final, Generic, NamedTuple, TypeVar

from ledger.errors import RegledgerError
from ledger.log import keys
from ledger.log.encodings import pae
from ledger.log.entry import PAYLOAD_TYPE

SMALL: Final = 2_000  # entries: below this, starting processes costs more than they give
_AHEAD: Final = 4  # batches read for each process: bounds memory
_GIVEN: Final = 2  # batches that each worker has in hand
_Page = TypeVar("_Page")

Faults = list[str | None]  # of the signatures of a page


class SignatureToCheck(NamedTuple):
    """A signature over an event's bytes, with the key that its id names."""

    scheme: str
    public_key: str
    sig: bytes
    payload: bytes


Batch = Sequence[SignatureToCheck | None]


def check_signatures(batch: Batch) -> Faults:
    """Return what is wrong with each signature, "" where it holds; None for None."""
    return [None if one is None else _fault(one) for one in batch]


def _fault(one: SignatureToCheck) -> str:
    try:
        keys.verify(one.scheme, one.public_key, one.sig, pae(PAYLOAD_TYPE, one.payload))
    except RegledgerError as error:
        return error.message
    return ""


class SignatureWorkers:
    """Processes that check signatures; none where ``pool`` is None."""

    def __init__(self, pool: Executor | None = None, *, count: int = 0) -> None:
        """Use the ``count`` processes of a pool."""
        self._pool = pool
        self._given = _GIVEN * count
        self._ahead = _AHEAD * (count + 1)

    def check(self, pages: Iterable[tuple[_Page, Batch]]) -> Iterator[tuple[_Page, Faults]]:
        """Check the signatures of each page, and yield the pages in order."""
        if self._pool is None:
            yield from ((page, check_signatures(batch)) for page, batch in pages)
            return
        waiting: deque[_Waiting[_Page]] = deque()
        for page, batch in pages:
            waiting.append(_Waiting(page, batch))
            self._give(self._pool, waiting)
            if len(waiting) >= self._ahead:
                yield _first(waiting)
        while waiting:
            self._give(self._pool, waiting)
            yield _first(waiting)

    def _give(self, pool: Executor, waiting: Iterable["_Waiting[_Page]"]) -> None:
        """Give the workers the next batches; what they have not been given can be checked here."""
        room = self._given - sum(one.is_given for one in waiting)
        for one in waiting:
            if room > 0 and one.faults is None:
                one.faults = _submit(pool, one.batch)
                room -= 1


@contextmanager
def signature_workers(size: int, jobs: int | None = None) -> Iterator[SignatureWorkers]:
    """Yield workers for ``size`` entries, ``jobs`` processes together with this one.

    By default there is one process for each core, and only this one for a small log.
    """
    count = jobs if jobs is not None else (os.cpu_count() or 1)
    if count <= 1 or (jobs is None and size < SMALL):
        yield SignatureWorkers()
        return
    # Spawned, never forked: a fork would share database connections and locks held by threads.
    context = get_context("spawn")
    with ProcessPoolExecutor(count - 1, mp_context=context, initializer=_leave_interrupts) as pool:
        try:
            yield SignatureWorkers(pool, count=count - 1)
        finally:
            pool.shutdown(cancel_futures=True)


def _leave_interrupts() -> None:
    """Let the process that waits for this one decide what an interrupt ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@dataclass(slots=True)
class _Waiting(Generic[_Page]):
    """A page whose signatures are not checked yet; ``faults`` is None until somebody begins."""

    page: _Page
    batch: Batch
    faults: Future[Faults] | None = None

    @property
    def is_given(self) -> bool:
        """Whether a worker has the batch in hand."""
        return self.faults is not None and not self.faults.done()

    def check_here(self) -> None:
        """Check the batch in this process, unless somebody has begun."""
        if self.faults is None:
            self.faults = _done(self.batch)

    def result(self) -> Faults:
        """Wait for a worker; where it died, check the batch in this process."""
        if self.faults is None:
            return check_signatures(self.batch)
        try:
            return self.faults.result()
        except BrokenExecutor:
            return check_signatures(self.batch)


def _first(waiting: deque[_Waiting[_Page]]) -> tuple[_Page, Faults]:
    """Take the first page; while a worker is at it, check the last ones here."""
    first = waiting.popleft()
    for other in reversed(waiting):
        if not first.is_given:
            break
        other.check_here()
    return first.page, first.result()


def _submit(pool: Executor, batch: Batch) -> Future[Faults]:
    try:
        return pool.submit(check_signatures, batch)
    except BrokenExecutor:  # a worker died
        return _done(batch)


def _done(batch: Batch) -> Future[Faults]:
    done: Future[Faults] = Future()
    done.set_result(check_signatures(batch))
    return done
