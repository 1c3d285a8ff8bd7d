"""The SQLite library in use: the one module through which every SQLite file is opened.

``pysqlite3`` brings a SQLite of its own, free of the WAL-reset bug; where its wheel is not
installed, the standard library's module takes its place, with the SQLite of the system. Nothing
else may import either of them: two libraries that have one file open in one process cancel each
other's locks (https://www.sqlite.org/howtocorrupt.html 2.2.1). Their exceptions differ too: catch
those of the module that is exported here.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3  # noqa: TID251 - here alone
else:
    try:
        from pysqlite3 import dbapi2 as sqlite3  # noqa: TID251
    except ImportError:
        import sqlite3  # noqa: TID251

__all__ = ["name", "sqlite3"]


def name() -> str:
    """Return which driver is in use, with its version where it has one of its own."""
    if sqlite3.__name__.startswith("pysqlite3"):
        from importlib.metadata import version  # only `version` and `doctor` ask

        return f"pysqlite3 {version('pysqlite3')}"
    return "sqlite3 of Python"
