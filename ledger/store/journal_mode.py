"""The journal of a SQLite file: which mode is safe here, and how a file is moved over to it.

A file keeps its mode until it is moved: a new one is made in the mode that is chosen here, another
is opened as it is, and ``db upgrade`` moves it. Only a file with a write-ahead log where that is
not safe (a SQLite with the WAL-reset bug, a file system of another machine) is moved back at once.
"""

import os
import tempfile
import urllib.parse
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import Engine

from ledger.errors import NotCompleted, StoreBusy
from ledger.sqlite_driver import sqlite3
from ledger.store.backends import ATTEMPT_MS, WAIT_S
from ledger.store.database_errors import is_busy, translating

Journal = Literal["wal", "delete"]
SYNCHRONOUS: Final[dict[str, Literal["FULL", "EXTRA"]]] = {"wal": "FULL", "delete": "EXTRA"}
"""What makes a commit survive a power cut; EXTRA also syncs the directory of a deleted journal."""


@dataclass(frozen=True, slots=True)
class Durability:
    """The journal mode of a SQLite file, and the reason for it."""

    journal: Journal
    why: str

    def __str__(self) -> str:
        return f"{in_words(self.journal)}: {self.why}"


def in_words(journal: Journal) -> str:
    """Return the words for a mode with its synchronous level."""
    return f"journal {journal}, synchronous {SYNCHRONOUS[journal]}"


# https://www.sqlite.org/wal.html#walresetbug: a checkpoint may, rarely, lose committed pages
_WAL_RESET_FIRST: Final = (3, 7, 0)
_WAL_RESET_LAST: Final = (3, 51, 2)
_WAL_RESET_FIXED: Final = frozenset({(3, 44, 6), (3, 50, 7)})

# https://www.sqlite.org/wal.html 1: "all processes using a database must be on the same host"
_SHARED: Final = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "gfs2", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4"}
    | {"ocfs2", "prl_fs", "smb3", "smbfs", "sshfs", "vboxsf", "virtiofs", "vmhgfs"}
)
_MOUNTS: Final = Path("/proc/self/mountinfo")  # proc_pid_mountinfo(5)


def durability(version_info: tuple[int, int, int]) -> Durability:
    """Choose journal mode and synchronous level for one release of SQLite.

    WAL with FULL where the library is free of the WAL-reset bug; the rollback journal with EXTRA
    (which also syncs the directory after the journal is deleted) everywhere else. Both survive a
    power cut after the commit; NORMAL would not.
    """
    name = ".".join(map(str, version_info))
    if version_info < _WAL_RESET_FIRST:
        return Durability("delete", f"SQLite {name} has no write-ahead log")
    fixed = version_info > _WAL_RESET_LAST or version_info in _WAL_RESET_FIXED
    if fixed:
        return Durability("wal", f"SQLite {name} is free of the WAL-reset bug")
    return Durability(
        "delete",
        f"SQLite {name} has the WAL-reset bug (3.7.0 to 3.51.2, but not 3.44.6 and 3.50.7), so the "
        "slower rollback journal is used",
    )


def chosen_for(path: Path, *, tried: bool = False) -> Durability:
    """Choose for a file: by the library in use, and by the file system the file lies on.

    ``tried`` has the write-ahead log tried out in the file's directory, where it would be chosen.
    """
    by_library = durability(sqlite3.sqlite_version_info)
    if by_library.journal == "delete":
        return by_library
    kind = _file_system(path)
    if kind.removeprefix("fuse.") in _SHARED:
        return Durability(
            "delete",
            f"the file system ({kind}) may be shared with other machines, where a write-ahead log "
            "is not safe, so the slower rollback journal is used",
        )
    if tried and not _works_in(path.absolute().parent):
        return Durability(
            "delete",
            "the file system has no shared memory, which a write-ahead log needs, so the slower "
            "rollback journal is used",
        )
    return by_library


def _file_system(path: Path) -> str:
    """Return the type of the file system a path lies on, empty where the system does not say."""
    try:
        device = path.absolute().parent.stat().st_dev
        mounts = _MOUNTS.read_text("utf-8", "replace")
    except OSError:  # not Linux: SQLite itself has to notice
        return ""
    number = f"{os.major(device)}:{os.minor(device)}"
    of_this = [line for line in mounts.splitlines() if line.split()[2] == number]
    return of_this[0].partition(" - ")[2].split()[0] if of_this else ""


def _works_in(directory: Path) -> bool:
    """Try the write-ahead log on a small database that is thrown away."""
    try:
        with (
            tempfile.TemporaryDirectory(dir=directory, prefix=".regledger-") as folder,
            closing(sqlite3.connect(_uri(Path(folder) / "tried.db", "rwc"), uri=True)) as conn,
        ):
            conn.execute("PRAGMA synchronous = OFF")
            found = conn.execute("PRAGMA journal_mode = wal").fetchone()
            conn.execute("CREATE TABLE tried (one)")
            return bool(found == ("wal",))
    except (OSError, sqlite3.OperationalError):
        return False


def address(path: Path, *, writable: bool) -> str:
    """Return the URI under which SQLite opens a file that is there, and never makes one.

    A file with a write-ahead log cannot be opened where nothing can be made beside it, unless
    SQLite is told that nothing changes it: as on a file system that is mounted read-only, where no
    journal of an interrupted writer lies beside it.
    """
    if writable:
        return _uri(path, "rw")
    return _uri(path, "ro&immutable=1" if _never_changes(path) else "ro")


def _never_changes(path: Path) -> bool:
    try:
        fixed = os.statvfs(path).f_flag & os.ST_RDONLY
    except OSError:  # SQLite will say what is wrong
        return False
    beside = [path.with_name(path.name + suffix) for suffix in ("-wal", "-journal")]
    return bool(fixed) and not any(one.exists() and one.stat().st_size for one in beside)


def header_address(path: Path) -> str:
    """Return the URI under which SQLite reads the header of a file, and nothing beside it.

    A file that Python opens and closes would lose the locks of all its connections in this process
    (https://www.sqlite.org/howtocorrupt.html 2.2); SQLite takes care of that.
    """
    return _uri(path, "ro&immutable=1")


def changing_address(path: Path) -> str:
    """Return the URI under which SQLite may change a file that is there, and first repairs it."""
    return _uri(path, "rw")


def _uri(path: Path, mode: str) -> str:
    return f"file:{urllib.parse.quote(os.fsencode(path))}?mode={mode}"


def settle(connection: sqlite3.Connection, path: Path, *, writable: bool) -> Journal:
    """Return the mode of a file that was opened, moved out of one that is not safe here.

    Raises:
        NotCompleted: nothing can be made beside the file, which its write-ahead log needs.
        OperationalError: the file is locked, or no database.
    """
    try:
        found = _journal(connection)
    except sqlite3.OperationalError as error:
        if is_busy(error):
            raise
        return _without_shared_memory(connection, path, error, writable=writable)
    if found == "wal" and writable and chosen_for(path).journal == "delete":
        return _journal(connection, "delete")
    return found


def _journal(connection: sqlite3.Connection, wanted: Journal | None = None) -> Journal:
    """Return the journal mode of a connection's file, switched first where one is wanted."""
    asked = f" = {wanted}" if wanted else ""
    (found,) = connection.execute(f"PRAGMA journal_mode{asked}").fetchone()
    if wanted not in (None, found):  # SQLite says so where it need not raise
        raise StoreBusy(0)
    return "wal" if found == "wal" else "delete"


def _without_shared_memory(
    connection: sqlite3.Connection, path: Path, error: Exception, *, writable: bool
) -> Journal:
    """Take a file out of its write-ahead log where only one connection can read that log."""
    try:
        if writable:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            found = _journal(connection, "delete")
            connection.execute("PRAGMA locking_mode = NORMAL")
            connection.execute("SELECT 1 FROM sqlite_schema").fetchall()  # lets the lock go
            return found
    except sqlite3.OperationalError as again:
        if is_busy(again):
            raise
    raise NotCompleted(
        f"{path} has a write-ahead log, and cannot be read where no files can be made beside it",
        hint="read a copy in a directory of your own, or the published log",
    ) from error


def in_use(engine: Engine) -> Journal:
    """Return the journal mode of an engine's file."""
    with outside_transaction(engine) as connection:
        return _journal(connection)


def move_over(engine: Engine) -> Durability | None:
    """Move an engine's file to the journal mode chosen for it; return that, None for a server.

    Raises StoreBusy: another program has the file open; it keeps its mode.
    """
    if engine.dialect.name != "sqlite":
        return None
    chosen = chosen_for(Path(str(engine.url.database)), tried=True)
    with outside_transaction(engine) as connection:
        if _journal(connection) != chosen.journal:
            _journal(connection, chosen.journal)
    engine.dispose()  # its next connections choose the synchronous level for this mode
    return chosen


@contextmanager
def outside_transaction(engine: Engine) -> Iterator[sqlite3.Connection]:
    """Lend a driver's connection to a file, outside any transaction.

    Raises:
        StoreBusy: the file was locked for the engine's whole waiting time.
        NotCompleted: any other error of the driver inside the block.
    """
    wait_s = float(engine.get_execution_options()[WAIT_S])
    with translating(engine.url, waited_s=wait_s), engine.connect() as conn:
        connection: Any = conn.connection.dbapi_connection
        connection.execute(f"PRAGMA busy_timeout = {round(wait_s * 1000)}")
        try:
            yield connection
        except sqlite3.Error as error:
            raise (StoreBusy(wait_s) if is_busy(error) else NotCompleted(str(error))) from error
        finally:
            connection.execute(f"PRAGMA busy_timeout = {ATTEMPT_MS}")
