"""Worker processes: what they answer, and what is known of those that die."""

from __future__ import annotations

import os
import signal
import struct
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from multiprocessing.connection import Connection
from typing import Any

import pytest

from ledger.processes import WorkerProcesses


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerProcesses]:
    """Two workers."""
    with WorkerProcesses(2) as workers:
        yield workers


def _half_an_answer() -> bytes:
    """Die after the length of the answer and its first bytes were written."""

    def send(pipe: Any, buffer: Any) -> None:
        pipe._send(struct.pack("!i", len(buffer)) + bytes(buffer[:100]))  # as CPython frames it
        os._exit(1)

    Connection._send_bytes = send  # type: ignore[attr-defined]
    return bytes(1_000)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_answers_come_from_other_processes_in_order(pool: WorkerProcesses) -> None:
    """Also those that are larger than what a pipe holds."""
    assert list(pool.map(pow, [2, 3, 4], [5, 5, 5])) == [32, 243, 1024]
    assert pool.submit(os.getpid).result() != os.getpid()
    assert len(pool.submit(bytes, 1_000_000).result()) == 1_000_000


def test_an_error_of_the_task_is_raised_where_its_answer_is_asked_for(
    pool: WorkerProcesses,
) -> None:
    """The worker goes on."""
    with pytest.raises(ZeroDivisionError):
        pool.submit(divmod, 1, 0).result()
    assert pool.submit(divmod, 7, 2).result() == (3, 1)


@pytest.mark.parametrize("deed", [_die, _half_an_answer])
def test_a_worker_that_dies_is_noticed(deed: Any) -> None:
    """With its task in hand, and in the middle of its answer; nobody waits for it for ever."""
    with WorkerProcesses(1) as one:
        with pytest.raises(BrokenExecutor, match="died"):
            one.submit(deed).result(timeout=60)
        with pytest.raises(BrokenExecutor):
            one.submit(divmod, 7, 2).result(timeout=60)
