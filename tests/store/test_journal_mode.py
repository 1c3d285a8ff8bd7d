"""The journal of a SQLite file: chosen, kept, moved over, and read where nothing can be written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.errors import StoreBusy
from ledger.sqlite_driver import sqlite3
from ledger.store import engine as engines
from ledger.store import journal_mode, migrate
from ledger.store.log_store import LogStore
from ledger.store.schema import APPLICATION_ID
from tests.store.conftest import Opener
from tests.store.fakes import fill

Made = Callable[[tuple[int, int, int]], str]
OLD, NEW = (3, 40, 1), (3, 53, 4)  # with the WAL-reset bug, and free of it


def _pragma(store: LogStore, name: str) -> object:
    with store.reading() as conn:
        return conn.exec_driver_sql(f"PRAGMA {name}").scalar()


@pytest.mark.parametrize(
    ("version", "journal"),
    [
        ((3, 6, 23), "delete"),
        ((3, 7, 0), "delete"),
        ((3, 40, 1), "delete"),
        ((3, 44, 5), "delete"),
        ((3, 44, 6), "wal"),
        ((3, 45, 0), "delete"),
        ((3, 50, 4), "delete"),
        ((3, 50, 7), "wal"),
        ((3, 51, 0), "delete"),
        ((3, 51, 2), "delete"),
        ((3, 51, 3), "wal"),
        ((3, 52, 0), "wal"),
        ((4, 0, 0), "wal"),
    ],
)
def test_version_gate(version: tuple[int, int, int], journal: str) -> None:
    """The write-ahead log is used only where SQLite is free of the WAL-reset bug, never NORMAL."""
    chosen = journal_mode.durability(version)
    assert chosen.journal == journal
    assert journal_mode.SYNCHRONOUS[chosen.journal] == ("FULL" if journal == "wal" else "EXTRA")
    assert ".".join(map(str, version)) in chosen.why


def test_connections_follow_the_gate(sqlite_url: str, opened: Opener) -> None:
    """Every SQLite connection has the journal, sync level and safety switches that were chosen."""
    migrate.create(sqlite_url).dispose()
    chosen = journal_mode.durability(sqlite3.sqlite_version_info)
    store = opened(sqlite_url)
    assert _pragma(store, "journal_mode") == chosen.journal
    assert _pragma(store, "synchronous") == {"wal": 2, "delete": 3}[chosen.journal]
    assert _pragma(store, "foreign_keys") == 1
    assert _pragma(store, "trusted_schema") == 0
    assert _pragma(store, "secure_delete") == 1
    assert _pragma(store, "application_id") == APPLICATION_ID


@pytest.fixture
def made(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Made:
    """Make a store of three entries under a given release of SQLite, closed again."""

    def make(version: tuple[int, int, int]) -> str:
        monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
        store = LogStore(migrate.create(sqlite_url))
        fill(store, 3)
        store.close()
        return sqlite_url

    return make


def test_a_file_keeps_its_rollback_journal_until_it_is_moved(
    made: Made, monkeypatch: pytest.MonkeyPatch, opened: Opener
) -> None:
    """A file made elsewhere is opened as it is; moving it over says so, and may be repeated."""
    store = opened(made(OLD))
    monkeypatch.setattr(sqlite3, "sqlite_version_info", NEW)
    fill(store, 1)
    assert (_pragma(store, "journal_mode"), _pragma(store, "synchronous")) == ("delete", 3)
    for _ in range(2):
        moved = journal_mode.move_over(store.engine)
        assert moved == journal_mode.durability(NEW)
        assert (_pragma(store, "journal_mode"), _pragma(store, "synchronous")) == ("wal", 2)
    fill(store, 1)
    assert store.size() == 5


def test_a_library_with_the_bug_leaves_the_write_ahead_log_at_once(
    made: Made, monkeypatch: pytest.MonkeyPatch, opened: Opener
) -> None:
    """A file moved to a machine with an older SQLite is switched to what is safe there."""
    url = made(NEW)
    monkeypatch.setattr(sqlite3, "sqlite_version_info", OLD)
    store = opened(url)
    assert (_pragma(store, "journal_mode"), _pragma(store, "synchronous")) == ("delete", 3)
    fill(store, 1)
    assert store.size() == 4


def test_a_file_in_use_keeps_its_mode(
    made: Made, monkeypatch: pytest.MonkeyPatch, opened: Opener
) -> None:
    """Neither way is a file moved under a program that reads it: that one is waited for."""
    url = made(OLD)
    reader, mover = opened(url), opened(url, wait_s=0.2)
    monkeypatch.setattr(sqlite3, "sqlite_version_info", NEW)
    with reader.reading(), pytest.raises(StoreBusy):
        journal_mode.move_over(mover.engine)
    journal_mode.move_over(mover.engine)
    monkeypatch.setattr(sqlite3, "sqlite_version_info", OLD)
    with reader.reading(), pytest.raises(StoreBusy):
        opened(url, wait_s=0.2)
    mover.close()
    assert _pragma(reader, "journal_mode") == "wal"


def test_readers_do_not_hold_up_a_commit(made: Made, opened: Opener) -> None:
    """With a write-ahead log a commit waits for no reader, and the reader keeps its state."""
    url = made(NEW)
    reader, writer = opened(url), opened(url, wait_s=0.2)
    with reader.reading() as conn:
        assert reader.head(conn).size == 3
        fill(writer, 2)
        assert reader.head(conn).size == 3
    assert reader.size() == 5


def test_a_clean_close_leaves_one_file(made: Made, opened: Opener, tmp_path: Path) -> None:
    """The last to close brings the write-ahead log home: the file alone can be copied then."""
    url = made(NEW)
    first, second = opened(url), opened(url)
    fill(first, 2)
    assert second.size() == 5
    first.close()
    assert second.size() == 5
    second.close()
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.db"]
    copy = shutil.copy(tmp_path / "ledger.db", tmp_path / "copy.db")
    assert opened(str(copy)).size() == 5


@pytest.mark.parametrize("kind", ["nfs4", "fuse.sshfs"])
def test_a_shared_file_system(
    kind: str, made: Made, monkeypatch: pytest.MonkeyPatch, opened: Opener
) -> None:
    """Where other machines may have the file open, it is made, and put, in the older mode."""
    url = made(NEW)
    tmp_path = Path(url.removeprefix("sqlite:///")).parent
    device = tmp_path.stat().st_dev
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 1 0:21 / /proc rw - proc proc rw\n"
        f"36 35 {os.major(device)}:{os.minor(device)} / /a\\040b rw master:1 - {kind} host:/x rw\n"
    )
    monkeypatch.setattr(journal_mode, "_MOUNTS", mounts)
    store = opened(url)
    assert _pragma(store, "journal_mode") == "delete"
    moved = journal_mode.move_over(store.engine)
    assert moved is not None
    assert moved.journal == "delete"
    assert kind in moved.why
    other = LogStore(migrate.create(str(tmp_path / "other.db")))
    assert _pragma(other, "journal_mode") == "delete"
    other.close()


@pytest.fixture
def no_shared_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take shared memory away from files opened from here on, as some file systems do."""
    uri = journal_mode._uri
    monkeypatch.setattr(
        journal_mode, "_uri", lambda path, mode: f"{uri(path, mode)}&vfs=unix-dotfile"
    )


@pytest.mark.usefixtures("no_shared_memory")
def test_a_file_is_made_without_shared_memory(
    monkeypatch: pytest.MonkeyPatch, sqlite_url: str, opened: Opener, tmp_path: Path
) -> None:
    """Where the write-ahead log is tried in vain, the rollback journal is used, and said why."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", NEW)
    migrate.create(sqlite_url).dispose()
    store = opened(sqlite_url)
    fill(store, 1)
    assert _pragma(store, "journal_mode") == "delete"
    assert "no shared memory" in str(journal_mode.move_over(store.engine))
    store.close()
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.db"]


def test_a_file_is_opened_without_shared_memory(
    made: Made, request: pytest.FixtureRequest, opened: Opener
) -> None:
    """A file brought there with a write-ahead log is taken out of it, and loses nothing."""
    url = made(NEW)
    request.getfixturevalue("no_shared_memory")
    store = opened(url)
    assert _pragma(store, "journal_mode") == "delete"
    fill(store, 1)
    assert store.size() == 4


_READ = """
import os, sys
from ledger.store.log_store import LogStore
LogStore.open(sys.argv[1]).close()  # what is imported late is imported by this user
if len(sys.argv) > 2:
    os.setuid(int(sys.argv[2]))
store = LogStore.open(sys.argv[1])
print(store.size())
store.close()
"""


def _read_elsewhere(*args: str) -> subprocess.CompletedProcess[str]:
    """Read the size of a store in another process, as another user if a second one is given."""
    words = [sys.executable, "-c", _READ, *args]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can play another user")
@pytest.mark.parametrize("version", [OLD, NEW])
def test_a_directory_that_cannot_be_written(made: Made, version: tuple[int, int, int]) -> None:
    """Another user reads a file with a rollback journal; of another, what to do is said."""
    url = made(version)
    with tempfile.TemporaryDirectory(prefix="regledger-") as folder:
        path = shutil.copy(url.removeprefix("sqlite:///"), folder)
        Path(folder).chmod(0o755)
        ran = _read_elsewhere(str(path), "65534")
    if journal_mode.durability(version).journal == "delete":
        assert ran.stdout == "3\n", ran.stderr
    else:
        assert "NotCompleted" in ran.stderr
        assert "can be made beside it" in ran.stderr


def test_a_file_system_mounted_read_only(
    made: Made, monkeypatch: pytest.MonkeyPatch, opened: Opener, tmp_path: Path
) -> None:
    """There nothing can change a closed file: it is read without files beside it."""
    url = made(NEW)
    access, before = os.access, set(tmp_path.iterdir())
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and access(path, mode))
    fixed = type("Found", (), {"f_flag": os.ST_RDONLY})
    monkeypatch.setattr(os, "statvfs", lambda _: fixed)
    store = opened(url)
    assert store.size() == 3
    assert set(tmp_path.iterdir()) == before
    store.close()
    (tmp_path / "ledger.db-wal").write_bytes(b"unfinished")
    assert "immutable" not in journal_mode.address(tmp_path / "ledger.db", writable=False)


def _locks() -> list[str]:
    """Return the locks that this process holds, without the number of each line."""
    lines = Path("/proc/locks").read_text("ascii").splitlines()  # proc_locks(5)
    own = str(os.getpid())
    return sorted(line.partition(": ")[2] for line in lines if line.split()[4] == own)


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="asks Linux")
def test_opening_a_file_again_keeps_its_locks(made: Made, opened: Opener) -> None:
    """Looking at a file's header does not let go of the locks this process holds on the file.

    Another process could otherwise take the log beside an open file away as the last to close it.
    """
    url = made(NEW)
    store = opened(url)
    fill(store, 1)
    before = _locks()
    assert before
    engines.make_engine(url).dispose()
    assert _locks() == before


def test_a_file_replaced_while_it_is_open(made: Made, opened: Opener) -> None:
    """Whoever still has the old file open does not take the new one's log away in closing."""
    url = made(NEW)
    old = opened(url)
    fill(old, 1)
    path = Path(url.removeprefix("sqlite:///"))
    for suffix in ("-wal", "-shm", ""):
        path.with_name(path.name + suffix).unlink()
    new = LogStore(migrate.create(url))
    fill(new, 2)
    old.close()
    assert path.with_name(f"{path.name}-wal").exists()
    fill(new, 1)
    assert new.size() == 3
    assert migrate.check(new.engine) == ()
    new.close()


def test_a_log_left_of_an_earlier_file(made: Made, tmp_path: Path) -> None:
    """A new ledger where only the file of an earlier one was deleted takes nothing from its log."""
    url = made(NEW)
    store = LogStore.open(url)
    fill(store, 5)
    left = (tmp_path / "ledger.db-wal").read_bytes()
    store.close()
    (tmp_path / "ledger.db").unlink()
    (tmp_path / "ledger.db-wal").write_bytes(left)
    again = LogStore(migrate.create(url))
    assert again.size() == 0
    assert migrate.check(again.engine) == ()
    again.close()
