"""Records claims in children that are killed, or whose files are copied, at random moments.

Run as a program: ``python -m tests.store.killed kill|copy wal|delete ROUNDS FOLDER``. It prints how
many claims were acknowledged, and exits with a trace if one was lost or the log does not verify. A
copy is what a power cut leaves: the writer stands still while its files are copied, and what it had
not brought to the disk, or never does, is changed in the copy.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Final
from unittest import mock

from ledger import open_ledger
from ledger.sqlite_driver import sqlite3
from ledger.store import journal_mode
from tests.books import Desk, norm, open_desk

_RELEASES: Final = {"wal": (3, 53, 4), "delete": (3, 40, 1)}  # by which each journal is chosen
_BESIDE: Final = ("", "-wal", "-shm", "-journal")
_dice = random.Random(5)  # noqa: S311 - a repeatable test, no secret


def _writer(desk: Desk, path: Path, rounds: int) -> tuple[int, int]:
    """Start a child that records until it is stopped; return its pid and where it acknowledges."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    desk.book = open_ledger(str(path), clock=desk.clock)
    for n in count():
        claim = norm(key=f"{rounds}-{n}", statement="Forbidden. " * _dice.randint(1, 99))
        (event,) = desk.record(claim)
        os.write(writing, f"{event}\n".encode())
    raise AssertionError


def _killed(path: Path, pid: int) -> Path:
    """Kill the writer; its files are left as they are."""
    os.kill(pid, signal.SIGKILL)
    return path


def _copied(path: Path, pid: int) -> Path:
    """Copy the files of a writer that stands still, then end it."""
    os.kill(pid, signal.SIGSTOP)
    os.waitpid(pid, os.WUNTRACED)
    copy = path.with_name("copy.db")
    for suffix in _BESIDE:
        copy.with_name(copy.name + suffix).unlink(missing_ok=True)
        if path.with_name(path.name + suffix).exists():
            shutil.copy(path.with_name(path.name + suffix), copy.with_name(copy.name + suffix))
    _power_cut(copy)
    os.kill(pid, signal.SIGKILL)
    return copy


def _power_cut(copy: Path) -> None:
    """Lose what is never brought to the disk: the shared memory, and blocks past the last sync."""
    memory, log = (copy.with_name(copy.name + suffix) for suffix in ("-shm", "-wal"))
    memory.unlink(missing_ok=True)
    if _dice.random() < 0.5:  # or what lies there was never written
        memory.write_bytes(_dice.randbytes(32768))
    if log.exists() and _dice.random() < 0.5:
        with log.open("ab") as file:
            file.write(_dice.randbytes(_dice.randint(1, 9000)))


_STOP: Final[dict[str, Callable[[Path, int], Path]]] = {"kill": _killed, "copy": _copied}


def main(how: str, journal: str, rounds: int, folder: Path) -> None:
    """Stop a writer that often; look for all it acknowledged, each time and at the end."""
    mock.patch.object(sqlite3, "sqlite_version_info", _RELEASES[journal]).start()
    path = folder / "book.db"
    desk = open_desk(path)
    assert journal_mode.in_use(desk.book.store.engine) == journal
    desk.book.close()
    acknowledged: set[str] = set()
    for number in range(rounds):
        pid, pipe = _writer(desk, path, number)
        told = os.read(pipe, 65536)
        time.sleep(_dice.uniform(0, 0.06))
        left = _STOP[how](path, pid)
        os.waitpid(pid, 0)
        while more := os.read(pipe, 65536):
            told += more
        os.close(pipe)
        acknowledged |= set(told.decode().split())
        _look(left, acknowledged, whole=number == rounds - 1)
    print(f"{rounds} times, {len(acknowledged)} acknowledged, lost 0")  # noqa: T201


def _look(path: Path, acknowledged: set[str], *, whole: bool) -> None:
    with open_ledger(str(path)) as book:
        with book.store.reading() as conn:
            found = book.store.events(conn, acknowledged)
            sound = conn.exec_driver_sql("PRAGMA integrity_check").scalar()
        assert set(found) == acknowledged, acknowledged - set(found)
        assert sound == "ok", sound
        if whole:
            report = book.verify()
            assert report.sound, report.faults


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
