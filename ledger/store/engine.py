"""Open a database so that nothing acknowledged is lost, and nothing is created by accident."""

import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import URL, Connection, Engine, event, exc

from ledger.errors import Conflict, InputError, NoLedger, SchemaMismatch
from ledger.sqlite_driver import sqlite3
from ledger.store import journal_mode
from ledger.store.backends import ATTEMPT_MS, WAIT_S, backend_of
from ledger.store.database_errors import translate, translating
from ledger.store.kept_connections import KeptConnections
from ledger.store.schema import APPLICATION_ID, REVISION
from ledger.store.sqlalchemy_url import parse_url, without_secrets

WAIT_DEFAULT_S: Final = 20.0


def _no_ledger(url: URL, reason: str, *, malformed: bool = False) -> NoLedger:
    return NoLedger(without_secrets(url), reason, malformed=malformed)


def _probe(url: URL) -> None:
    """Check a file before it is opened, which would take an empty file for a new database."""
    path = Path(str(url.database))
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise _no_ledger(url, "that is not a file")
        mark = _application_id(path) if found.st_size else None
    except (FileNotFoundError, NotADirectoryError):
        raise _no_ledger(url, "there is no such file") from None
    except OSError as error:
        raise _no_ledger(url, f"the file cannot be read: {error.strerror}") from error
    except sqlite3.OperationalError as error:
        raise _no_ledger(url, f"the file cannot be read: {error}") from error
    except sqlite3.DatabaseError:
        raise _no_ledger(url, "the file is not a database", malformed=True) from None
    if mark is None:
        reason = "the file is empty; its creation was interrupted, or it is not ours"
        raise _no_ledger(url, reason, malformed=True)
    if mark != APPLICATION_ID:
        raise _no_ledger(url, "the file is a database of some other program", malformed=True)


def _application_id(path: Path) -> int:
    try:
        return _application_id_at(journal_mode.header_address(path))
    except sqlite3.DatabaseError:
        # A writer that was killed leaves a header that names pages which are not there yet, and
        # the journal by which SQLite undoes this: it does when the file is opened to be changed.
        if not path.with_name(path.name + "-journal").exists():
            raise
        return _application_id_at(journal_mode.changing_address(path))


def _application_id_at(address: str) -> int:
    with closing(sqlite3.connect(address, uri=True)) as conn:
        (found,) = conn.execute("PRAGMA application_id").fetchone()
    return int(found)


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
    options = {WAIT_S: wait_s}
    if parsed.get_backend_name() == "sqlite":
        (_reserve if create else _probe)(parsed)
        engine = _sqlite_engine(parsed, options)
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


def _sqlite_engine(url: URL, options: dict[str, Any]) -> Engine:
    path = Path(str(url.database)).absolute()

    def writable() -> bool:
        return url.query.get("mode") != "ro" and os.access(path, os.W_OK)

    def connect() -> sqlite3.Connection:
        uri = journal_mode.address(path, writable=writable())
        return sqlite3.connect(uri, uri=True, timeout=options[WAIT_S], check_same_thread=False)

    engine = sa.create_engine(
        url,
        module=sqlite3,
        creator=connect,
        pool_timeout=options[WAIT_S],
        pool_use_lifo=True,  # the connection used last has the pages at hand
        execution_options=options,
    )

    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver begins no transaction by itself
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA recursive_triggers = ON")  # REPLACE meets the DELETE guards
        connection.execute("PRAGMA secure_delete = ON")  # what is erased does not stay in the file
        found = journal_mode.settle(connection, path, writable=writable())
        connection.execute(f"PRAGMA synchronous = {journal_mode.SYNCHRONOUS[found]}")
        connection.execute(f"PRAGMA busy_timeout = {ATTEMPT_MS}")

    return engine


@contextmanager
def reading(engine: Engine, kept: KeptConnections | None = None) -> Iterator[Connection]:
    """Read one unchanging state of the database; whatever is written here is thrown away.

    The state is that at the start of the block (SQLite) or at its first query (PostgreSQL). Keep
    blocks short: on SQLite's rollback journal a reader holds up every commit. ``kept`` are the
    engine's connections that stay open between blocks.

    Raises:
        StoreBusy: the database was locked for the engine's whole waiting time.
        RegledgerError: any database error inside the block, translated.
    """
    wait_s = _wait_s(engine)
    with translating(engine.url, waited_s=wait_s), _lent(engine, kept) as conn:
        backend_of(engine).begin(conn, writer=False)
        yield conn


@contextmanager
def writing(engine: Engine, kept: KeptConnections | None = None) -> Iterator[Connection]:
    """Hold the write lock; commit at the end of the block, roll back if it raises.

    ``kept`` is that of :func:`reading`.

    Raises:
        StoreBusy: another writer held the lock for the engine's whole waiting time, or readers
            held up the commit; nothing was recorded.
        CommitUnknown: the database did not say whether the commit happened; look before repeating.
        Conflict: a row broke a unique key or met a guard.
        RegledgerError: any other database error inside the block, translated.
    """
    dialect = backend_of(engine)
    wait_s = _wait_s(engine)
    with translating(engine.url, waited_s=wait_s), _lent(engine, kept) as conn:
        dialect.begin(conn, writer=True)
        yield conn
        dialect.commit(conn)


def _lent(engine: Engine, kept: KeptConnections | None) -> AbstractContextManager[Connection]:
    return engine.connect() if kept is None else kept.lent()


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
