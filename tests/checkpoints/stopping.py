"""Seals and publishes in children that stop at the n-th step on the disk, for every n.

A step is a call that changes the disk: making a directory or a file, opening it to write, flushing
it, giving it its mode, renaming it.
Run as a program: ``python -m tests.checkpoints.stopping kill|error FOLDER``. It prints how often it
stopped, and exits with a trace if anything was lost.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, Final
from unittest import mock

from ledger.checkpoints.publish import publish
from ledger.checkpoints.sign import LastSigned, sign_checkpoint
from ledger.checkpoints.storage import DirectoryStorage
from ledger.clock import SystemClock
from ledger.errors import Unreachable
from ledger.log.checkpoint import LogSigner, parse_checkpoint
from ledger.log.signed_note import parse_note
from ledger.store import checkpoint_store
from ledger.store.log_store import LogStore
from ledger.verify.verify import verify_published
from tests.books import norm
from tests.checkpoints.sealed import SealedDesk, fill, open_sealed
from tests.spoiling import put_in_place

STEPS: Final = (
    (os, "fsync"),
    (os, "replace"),
    (os, "mkdir"),
    (os, "chmod"),
    (os, "fdopen"),
    (tempfile, "mkstemp"),
)


def stop_at(step: int, how: str) -> None:
    """Let that many steps pass; the next one kills this process, or fails as on a full disk."""
    left = iter(range(step))

    def counted(plain: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            if next(left, None) is None:
                if how == "kill":
                    os.kill(os.getpid(), signal.SIGKILL)
                raise OSError(errno.ENOSPC, "No space left on device")
            return plain(*args, **kwargs)

        return run

    for module, name in STEPS:
        mock.patch.object(module, name, counted(getattr(module, name))).start()


def child(work: Callable[[], object], step: int, how: str) -> bool:
    """Do the work in a child; return whether it came to its end."""
    pid = os.fork()
    if not pid:
        stop_at(step, how)
        try:
            work()
        except Unreachable:
            os._exit(3)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in {0, 3, -signal.SIGKILL}:
        raise SystemExit(f"step {step}: the child ended with {code}")
    return code == 0


def publishing(desk: SealedDesk, path: Path, folder: Path, how: str) -> int:
    """Publish over an older state; after each stop it is readable, and the next run completes."""
    publish(desk.book.store, DirectoryStorage(folder / "old"))
    desk.record(*(norm(key=f"k{n}") for n in range(260)))
    desk.seal()
    desk.book.close()

    def work() -> None:
        publish(LogStore.open(f"sqlite:///{path}"), DirectoryStorage(folder / "pub"))

    for step in count():
        shutil.rmtree(folder / "pub", ignore_errors=True)
        shutil.copytree(folder / "old", folder / "pub")
        done = child(work, step, how)
        shown = _shown(folder / "pub")
        assert shown in ({264} if done else {4, 264}), (step, shown)
        if not done:
            work()
            assert _shown(folder / "pub") == 264
        else:
            return step
    raise AssertionError


def _shown(folder: Path) -> int:
    report = verify_published(DirectoryStorage(folder))
    assert not report.faults, report.faults
    note = (folder / "checkpoint").read_bytes()
    return parse_checkpoint(parse_note(note).text).size


def sealing(path: Path, signers: tuple[LogSigner, ...], folder: Path, how: str) -> int:
    """Seal; after each stop what the database shows is remembered, and is signed only once."""

    def work() -> None:
        store = LogStore.open(f"sqlite:///{folder / 'work.db'}")
        sign_checkpoint(store, signers, LastSigned(folder / "log-state"), clock=SystemClock())

    for step in count():
        put_in_place(path, folder / "work.db")
        (folder / "log-state").unlink(missing_ok=True)
        done = child(work, step, how)
        state = LastSigned(folder / "log-state").read()
        kept = _kept(folder)
        assert kept in {None, state}, step
        work()
        assert state in {None, LastSigned(folder / "log-state").read()}, step
        assert _kept(folder) == LastSigned(folder / "log-state").read()
        if done:
            return step
    raise AssertionError


def _kept(folder: Path) -> bytes | None:
    store = LogStore.open(f"sqlite:///{folder / 'work.db'}")
    with store.reading() as conn:
        held = checkpoint_store.newest(conn)
    store.close()
    return held.note if held else None


def main(how: str, folder: Path) -> None:
    """Stop sealing, then publishing, everywhere."""
    path = folder / "a.db"
    desk = open_sealed(path)
    fill(desk)
    desk.book.store.close()
    sealed = sealing(path, desk.log_keys, folder, how)
    desk.seal()
    published = publishing(desk, path, folder, how)
    print(f"sealing stopped {sealed} times, publishing {published} times, lost 0")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
