"""Open a database so that nothing acknowledged is lost, and nothing is created by accident."""

import os
import sqlite3
import stat
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlalchemy import URL, Connection, Engine, event, exc

from ledger.errors import Conflict, InputError, NoLedger, SchemaMismatch, StoreBusy
from ledger.store.backends import ATTEMPT_MS, WAIT_S, WRITER, backend_of
from ledger.store.database_errors import translate, translating
from ledger.store.schema import APPLICATION_ID, REVISION
from ledger.store.sqlalchemy_url import parse_url, without_secrets

WAIT_DEFAULT_S: Final = 20.0

# https://www.sqlite.org/fileformat.html 1.3: magic at 0, application id at 68, big endian
_MAGIC: Final = b"SQLite format 3\x00"
_HEADER_BYTES: Final = 100


@dataclass(frozen=True, slots=True)
class Durability:
    """The journal mode and synchronous level of a SQLite file, and the reason for them."""

    journal: Literal["wal", "delete"]
    synchronous: Literal["FULL", "EXTRA"]
    why: str


# https://www.sqlite.org/wal.html#walresetbug: a checkpoint may, rarely, lose committed pages
_WAL_RESET_FIRST: Final = (3, 7, 0)
_WAL_RESET_LAST: Final = (3, 51, 2)
_WAL_RESET_FIXED: Final = frozenset({(3, 44, 6), (3, 50, 7)})


def durability(version_info: tuple[int, int, int]) -> Durability:
    """Choose journal mode and synchronous level for one release of SQLite.

    WAL with FULL where the library is free of the WAL-reset bug; the rollback journal with EXTRA
    (which also syncs the directory after the journal is deleted) everywhere else. Both survive a
    power cut after the commit; NORMAL would not.
    """
    name = ".".join(map(str, version_info))
    if version_info < _WAL_RESET_FIRST:
        return Durability("delete", "EXTRA", f"SQLite {name} has no write-ahead log")
    fixed = version_info > _WAL_RESET_LAST or version_info in _WAL_RESET_FIXED
    if fixed:
        return Durability("wal", "FULL", f"SQLite {name} is free of the WAL-reset bug")
    return Durability(
        "delete",
        "EXTRA",
        f"SQLite {name} has the WAL-reset bug (3.7.0 to 3.51.2, but not 3.44.6 and 3.50.7), so the "
        "slower rollback journal is used",
    )


def _no_ledger(url: URL, reason: str, *, malformed: bool = False) -> NoLedger:
    return NoLedger(without_secrets(url), reason, malformed=malformed)


def _probe(url: URL) -> None:
    """Check a file before SQLite opens it, which would take an empty file for a new database."""
    path = Path(str(url.database))
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise _no_ledger(url, "that is not a file")
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        raise _no_ledger(url, "there is no such file") from None
    except OSError as error:
        raise _no_ledger(url, f"the file cannot be read: {error.strerror}") from error
    reason = ""
    if not header:
        reason = "the file is empty; its creation was interrupted, or it is not ours"
    elif not header.startswith(_MAGIC):
        reason = "the file is not a database"
    elif int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        reason = "the file is a database of some other program"
    if reason:
        raise _no_ledger(url, reason, malformed=True)


def _reserve(url: URL) -> None:
    """Make the empty file a new ledger will grow in; refuse one that is there already."""
    path = Path(str(url.database))
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o644))
    except FileExistsError:
        raise Conflict(
            f"{path} exists already, and is never overwritten", hint="choose another name"
        ) from None
    except OSError as error:
        raise InputError(f"{path} cannot be created: {error.strerror}") from error


def make_engine(url: str, *, create: bool = False, wait_s: float = WAIT_DEFAULT_S) -> Engine:
    """Make the engine through which a ledger is read and written.

    ``create`` reserves a new empty file (SQLite); otherwise the file must be a ledger's database.
    PostgreSQL databases are never created, and first contacted when first used. ``wait_s`` bounds
    every wait for another connection's lock, in seconds.

    Raises:
        InputError: ``url`` is no address, or the file cannot be created.
        NoLedger: there is no file, or it is not a ledger. Nothing was created.
        Conflict: ``create`` was asked for a file that exists.
    """
    parsed = parse_url(url)
    options = {WAIT_S: wait_s, WRITER: False}
    if parsed.get_backend_name() == "sqlite":
        (_reserve if create else _probe)(parsed)
        engine = _sqlite_engine(parsed, options, create=create)
    else:
        engine = _server_engine(parsed, options)
    backend_of(engine).prepare(engine)
    return engine


def _server_engine(url: URL, options: dict[str, Any]) -> Engine:
    try:
        return sa.create_engine(
            url,
            isolation_level="READ COMMITTED",
            pool_pre_ping=True,  # a server restarted in between is not an error
            pool_timeout=options[WAIT_S],
            connect_args={"connect_timeout": max(2, round(options[WAIT_S]))},
            execution_options=options,
        )
    except ImportError:  # also where its client library cannot be loaded
        raise InputError(
            "PostgreSQL needs the driver psycopg, which is not installed",
            hint="install the extra: pip install 'regledger[postgresql]'",
        ) from None


def _sqlite_engine(url: URL, options: dict[str, Any], *, create: bool) -> Engine:
    path = Path(str(url.database)).absolute()
    chosen = durability(sqlite3.sqlite_version_info)
    # While a file is being made it has a rollback journal: it is empty, or whole, never between.
    journal = "delete" if create else chosen.journal

    def writable() -> bool:
        return url.query.get("mode") != "ro" and os.access(path, os.W_OK)

    def connect() -> sqlite3.Connection:
        # mode=rw and ro never create a file, not even one deleted since it was probed
        name = urllib.parse.quote(os.fsencode(path))
        uri = f"file:{name}?mode={'rw' if writable() else 'ro'}"
        return sqlite3.connect(uri, uri=True, timeout=options[WAIT_S], check_same_thread=False)

    engine = sa.create_engine(
        url, creator=connect, pool_timeout=options[WAIT_S], execution_options=options
    )

    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver begins no transaction by itself
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA recursive_triggers = ON")  # REPLACE meets the DELETE guards
        connection.execute(f"PRAGMA synchronous = {chosen.synchronous}")
        if writable():
            _set_journal(connection, journal, wait_s=options[WAIT_S])
        connection.execute(f"PRAGMA busy_timeout = {ATTEMPT_MS}")

    return engine


def _set_journal(connection: sqlite3.Connection, journal: str, *, wait_s: float) -> None:
    """Switch the file's journal mode where it differs, which needs exclusive access."""
    (found,) = connection.execute("PRAGMA journal_mode").fetchone()
    if found == journal:
        return
    (found,) = connection.execute(f"PRAGMA journal_mode = {journal}").fetchone()
    if found != journal:
        raise StoreBusy(wait_s)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Read one unchanging state of the database; whatever is written here is thrown away.

    The state is that at the start of the block (SQLite) or at its first query (PostgreSQL). Keep
    blocks short: on SQLite's rollback journal a reader holds up every commit.

    Raises:
        StoreBusy: the database was locked for the engine's whole waiting time.
        RegledgerError: any database error inside the block, translated.
    """
    with translating(engine.url, waited_s=_wait_s(engine)), engine.connect() as conn:
        backend_of(engine).begin(conn, writer=False)
        yield conn


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Hold the write lock; commit at the end of the block, roll back if it raises.

    Raises:
        StoreBusy: another writer held the lock for the engine's whole waiting time, or readers
            held up the commit; nothing was recorded.
        CommitUnknown: the database did not say whether the commit happened; look before repeating.
        Conflict: a row broke a unique key or met a guard.
        RegledgerError: any other database error inside the block, translated.
    """
    dialect = backend_of(engine)
    with translating(engine.url, waited_s=_wait_s(engine)), engine.connect() as conn:
        dialect.begin(conn, writer=True)
        yield conn
        dialect.commit(conn)


def _wait_s(engine: Engine) -> float:
    return float(engine.get_execution_options()[WAIT_S])


def schema_revision(engine: Engine) -> str | None:
    """Return the revision of the database's schema, ``base`` for one without the ledger's tables.

    None means that there is no ledger, and never was one. Raises NotCompleted: the server cannot be
    reached.
    """
    with reading(engine) as conn:
        tables = sa.inspect(conn)
        if not tables.has_table("alembic_version"):
            return None
        found = conn.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        if found is None:
            return "base"
        # another program's tables are under the same tool's care
        return str(found) if tables.has_table("entry") else None


def check_schema(engine: Engine) -> None:
    """Make sure that this program and this database know the same tables.

    Raises:
        NoLedger: the database holds no ledger at all.
        SchemaMismatch: its schema is older or newer than this program's, or tables are missing.
    """
    try:
        found = schema_revision(engine)
    except exc.SQLAlchemyError as error:  # the inspector raises some of its own
        raise translate(engine.url, error, waited_s=_wait_s(engine)) from error
    if found is None and engine.dialect.name == "sqlite":  # the file bears a ledger's id
        raise SchemaMismatch(SchemaMismatch.MISSING_TABLES, REVISION)
    if found is None:
        raise _no_ledger(engine.url, "the database holds no ledger")
    if found != REVISION:
        raise SchemaMismatch(found, REVISION)
