"""Connections to an SQLite file that stay lent between two blocks.

SQLAlchemy takes longer to lend a connection and to take it back than SQLite to answer from it. A
connection that is kept has no transaction open, so it holds no lock and sees what others write.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, event

_MOST: Final = 2  # kept; as many as one thread has open at once


class KeptConnections:
    """The connections of one engine. To a server each block gets one of its own from the pool."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._most = _MOST if engine.dialect.name == "sqlite" else 0
        self._idle: list[Connection] = []
        # They are settled for the file as it was when they were opened, as those of the pool are.
        event.listen(engine, "engine_disposed", lambda _: self._close())

    @contextmanager
    def lent(self) -> Iterator[Connection]:
        """Lend a connection for one block, which ends what it has begun.

        Where the block raises, the connection is closed; else what is not committed is rolled back.
        """
        idle = self._idle  # another one once these are closed
        conn = self._taken(idle)
        try:
            yield conn
            if keep := idle is self._idle and len(idle) < self._most:
                _end(conn)
        except BaseException:
            conn.close()
            raise
        if keep:
            idle.append(conn)
        else:
            conn.close()

    def _taken(self, idle: list[Connection]) -> Connection:
        try:
            return idle.pop()
        except IndexError:
            return self._engine.connect()

    def _close(self) -> None:
        """Close what is kept; what is lent is closed by its block."""
        idle, self._idle = self._idle, []
        while idle:
            conn = idle.pop()
            conn.invalidate()  # else its pool would keep it open
            conn.close()


def _end(conn: Connection) -> None:
    """Roll back what a block left open, as SQLAlchemy and the driver know it."""
    if conn.in_transaction():
        conn.rollback()
    driver: Any = conn.connection.dbapi_connection
    if driver.in_transaction:
        driver.rollback()
