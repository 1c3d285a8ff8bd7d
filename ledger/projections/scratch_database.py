"""A scratch database of view tables, in which a whole log is folded again beside the live one."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, cast

import sqlalchemy as sa
from sqlalchemy import Connection

from ledger.projections import view_tables
from ledger.sqlite_driver import sqlite3
from ledger.store import schema as s

# What the rules look up; other indexes only cost time.
_INDEXED: Final = ("subject", "instrument", "enabling", "saved", "target")


@contextmanager
def scratch(begun: Callable[[Path], bool] | None = None) -> Iterator[Connection]:
    """Yield a connection to a database of view tables that is deleted afterwards.

    It is empty, unless ``begun`` writes one to the path it is given and returns True.
    """
    with tempfile.TemporaryDirectory(prefix="regledger-") as folder:
        path = Path(folder) / "replay.db"
        if begun is not None and not begun(path):
            path.unlink(missing_ok=True)
        engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)), module=sqlite3)
        try:
            with engine.connect() as conn:
                conn.exec_driver_sql("PRAGMA journal_mode = OFF")
                conn.exec_driver_sql("PRAGMA synchronous = OFF")
                tables = [s.view, *(t for part in view_tables.TABLES.values() for t in part)]
                s.metadata.create_all(conn, tables=tables)
                for index in [i for table in tables for i in table.indexes]:
                    if index.columns.keys()[0] not in _INDEXED:
                        conn.execute(sa.schema.DropIndex(index, if_exists=True))
                yield conn
        finally:
            engine.dispose()


def driver_connection(conn: Connection) -> sqlite3.Connection:
    """Return the driver's connection under one that :func:`scratch` yields."""
    return cast("sqlite3.Connection", conn.connection.dbapi_connection)


def file_of(conn: Connection) -> Path:
    """Return the file of a scratch database."""
    return Path(str(conn.engine.url.database))


def fold_version() -> str:
    """Return what identifies the folding code: another version may fold to another state."""
    return f"views {view_tables.VERSIONS}, schema {s.REVISION}"
