"""The run-time differences of SQLite and PostgreSQL: locks, commits, the server's clock.

SQLite: a writer takes the write lock at BEGIN IMMEDIATE (a deferred BEGIN that upgrades later fails
at once if another writer came between), a reader its snapshot at BEGIN. SQLite's own busy handler
waits in fixed steps, by which some of several writers starve; so each attempt waits a tenth of a
second there, and then for a random time here.

PostgreSQL: a writer takes an advisory lock for its transaction. The lock and whatever is read under
it are separate statements: in one statement the read would use the snapshot from before the wait.
The lock only spares retries; that the log cannot fork rests on the unique keys and the trigger.
"""

import random
import time
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Engine, event, exc, text

from ledger.clock import stamp
from ledger.errors import CommitUnknown, StoreBusy
from ledger.sqlite_driver import sqlite3
from ledger.store.database_errors import is_busy

WAIT_S: Final = "regledger_wait_s"

ATTEMPT_MS: Final = 100  # how long SQLite itself waits, each time it is asked
_PAUSE_S: Final = 0.05  # upper end of the random pause between two attempts
_jitter = random.SystemRandom()  # forked processes must not share a seed

# Any fixed number serves: two ledgers in one database then take turns, which does no harm.
_PG_LOCK_ID: Final = 0x7265_676C_6564_6772

_PG_SETTINGS: Final = text(
    "SELECT set_config('lock_timeout', :wait_ms, true), set_config('synchronous_commit', "
    # a server may be set up to confirm what it has not yet written; every other level is durable
    "CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' "
    "ELSE current_setting('synchronous_commit') END, true)"
)


class Backend(Protocol):
    """The operations that a back end offers beside running the same SQL."""

    def prepare(self, engine: Engine) -> None:
        """Install the engine's event listeners."""

    def begin(self, conn: Connection, *, writer: bool) -> None:
        """Open a transaction: a snapshot for a reader, under the write lock for a writer.

        Raises StoreBusy: the lock was not free within the engine's waiting time.
        """

    def commit(self, conn: Connection) -> None:
        """Make a writer's transaction durable.

        Raises:
            StoreBusy: readers stood in the way for the whole waiting time; nothing was recorded.
            CommitUnknown: the answer of the database was lost.
        """

    def server_time(self, conn: Connection) -> str | None:
        """Return the database's own time as a stamp, None where it has no clock of its own."""


def _wait_s(conn: Connection) -> float:
    return float(conn.get_execution_options()[WAIT_S])


class SqliteBackend:
    """One file, one writer."""

    def prepare(self, engine: Engine) -> None:
        """Begin what SQLAlchemy begins by itself, too: the driver's own BEGIN is switched off."""
        event.listen(engine, "begin", self._on_begin)

    def begin(self, conn: Connection, *, writer: bool) -> None:
        """Begin with the lock (writer) or with the snapshot (reader) already taken."""
        # On the driver: SQLAlchemy takes longer over a transaction than SQLite. It learns of this
        # one when it runs a statement in it, and rolls back what is open when it gives ``conn``
        # back.
        if writer:
            self._insist(conn, "BEGIN IMMEDIATE")
        else:
            # The first read takes the snapshot and the shared lock: no later one can block.
            self._insist(conn, "BEGIN", "SELECT 1 FROM sqlite_schema LIMIT 1")

    def commit(self, conn: Connection) -> None:
        """Commit, and try again while readers of a rollback-journal file are still reading."""
        try:
            self._insist(conn, "COMMIT")
        except StoreBusy:
            raise
        except Exception as error:
            raise CommitUnknown(str(error)) from error
        if conn.in_transaction():
            conn.commit()  # the driver finds nothing left to do; SQLAlchemy learns that it is over

    def server_time(self, conn: Connection) -> str | None:  # noqa: ARG002 - same shape for both
        """Return None: the clock of a file is the clock of the process."""
        return None

    def _on_begin(self, conn: Connection) -> None:
        driver: Any = conn.connection.dbapi_connection
        if not driver.in_transaction:
            self.begin(conn, writer=False)

    def _insist(self, conn: Connection, *statements: str) -> None:
        """Run statements on the driver until no lock is in the way.

        Raises StoreBusy when the waiting time is over.
        """
        driver: Any = conn.connection.dbapi_connection
        wait_s, start = _wait_s(conn), time.monotonic()
        while not self._attempt(driver, statements):
            waited_s = time.monotonic() - start
            if waited_s >= wait_s:
                raise StoreBusy(waited_s)
            time.sleep(_jitter.uniform(0, _PAUSE_S))

    @staticmethod
    def _attempt(driver: sqlite3.Connection, statements: tuple[str, ...]) -> bool:
        try:
            for statement in statements:
                driver.execute(statement).fetchall()
        except driver.OperationalError as error:
            if not is_busy(error):
                raise
            if len(statements) > 1 and driver.in_transaction:
                driver.execute("ROLLBACK")
            return False
        return True


class PostgresBackend:
    """A server that keeps writers apart by a lock of its own."""

    def prepare(self, engine: Engine) -> None:
        """Need no listeners."""

    def begin(self, conn: Connection, *, writer: bool) -> None:
        """Take the advisory lock (writer), or one snapshot for all reads of the block (reader)."""
        if not writer:
            conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            conn.begin()
            return
        conn.begin()
        wait_ms = str(max(1, round(_wait_s(conn) * 1000)))
        conn.execute(_PG_SETTINGS, {"wait_ms": wait_ms})
        conn.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": _PG_LOCK_ID})

    def commit(self, conn: Connection) -> None:
        """Commit. Raises CommitUnknown where the connection is lost on the way."""
        try:
            conn.commit()
        except exc.OperationalError as error:
            raise CommitUnknown(str(error.orig)) from error

    def server_time(self, conn: Connection) -> str | None:
        """Return clock_timestamp(): the time now, not that of the transaction's start."""
        return stamp(conn.execute(text("SELECT clock_timestamp()")).scalar_one())


_DIALECTS: Final[dict[str, Backend]] = {"sqlite": SqliteBackend(), "postgresql": PostgresBackend()}


def backend_of(engine: Engine) -> Backend:
    """Return the run-time differences of the engine's back end."""
    return _DIALECTS[engine.dialect.name]
