"""Translate database errors: no SQLAlchemy or driver exception leaves the library."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import URL, exc

from ledger.errors import (
    Conflict,
    NoLedger,
    NotCompleted,
    RegledgerError,
    SchemaMismatch,
    StoreBusy,
)
from ledger.sqlite_driver import sqlite3
from ledger.store.schema import REVISION, metadata
from ledger.store.sqlalchemy_url import without_secrets

_TRIGGER: Final = "regledger: "  # how the messages of the log's own triggers begin

_SQLITE_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_SQLITE_ABSENT: Final = {
    sqlite3.SQLITE_NOTADB: "the file is not a database",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_PG_BUSY: Final = frozenset({"55P03", "40P01", "40001"})  # lock time-out, deadlock, serialization
_PG_ABSENT: Final = {"3D000": "there is no database of this name"}
_PG_NO_TABLE: Final = "42P01"


def _sqlite_code(error: BaseException | None) -> int:
    """Return SQLite's primary result code of a driver error, 0 where it has none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def is_busy(error: BaseException | None) -> bool:
    """Return whether a driver's error only means that another connection holds the lock."""
    if isinstance(error, sqlite3.Error):
        return _sqlite_code(error) in _SQLITE_BUSY
    return getattr(error, "sqlstate", None) in _PG_BUSY


def _columns(error: BaseException) -> str:
    """Name the column of a violated constraint as ``table.column``; empty if unknown."""
    message = str(error)
    if isinstance(error, sqlite3.Error):
        return message.partition("constraint failed: ")[2]
    name = getattr(getattr(error, "diag", None), "constraint_name", None)
    for table in metadata.tables.values():
        for constraint in table.constraints:
            if name is not None and constraint.name == name:
                return ", ".join(
                    f"{table.name}.{column.name}" for column in getattr(constraint, "columns", ())
                )
    return name or ""


def _conflict(error: BaseException) -> Conflict:
    message = str(error).splitlines()[0] if str(error) else ""
    if message.startswith(_TRIGGER):
        return Conflict(message.removeprefix(_TRIGGER))
    columns = _columns(error)
    if columns:
        return Conflict(f"something else is already recorded under this {columns}")
    return Conflict(f"the database refuses this row: {message}")


def _sqlite(url: URL, error: sqlite3.Error, waited_s: float) -> RegledgerError | None:
    code = _sqlite_code(error)
    if code in _SQLITE_BUSY:
        return StoreBusy(waited_s)
    if code in _SQLITE_ABSENT:
        return NoLedger(without_secrets(url), _SQLITE_ABSENT[code])
    if code == sqlite3.SQLITE_READONLY:
        return NotCompleted(
            f"{without_secrets(url)} can only be read here, and nothing was recorded",
            hint="writing needs an address without mode=ro, and a file and a directory that this "
            "user may write",
        )
    if "no such table" in str(error):  # SQLite has no code of its own for it
        return SchemaMismatch("with missing tables", REVISION)
    if code == sqlite3.SQLITE_CORRUPT:
        return NotCompleted(
            f"{without_secrets(url)}: the database file is damaged",
            hint="keep the file, and restore a backup or a published copy",
        )
    return None


def _postgresql(url: URL, error: BaseException, waited_s: float) -> RegledgerError | None:
    state = getattr(error, "sqlstate", None)
    if state in _PG_BUSY:
        return StoreBusy(waited_s)
    if state in _PG_ABSENT:
        return NoLedger(without_secrets(url), _PG_ABSENT[state])
    if state == _PG_NO_TABLE:
        return SchemaMismatch("with missing tables", REVISION)
    return None


def translate(
    url: URL, error: exc.SQLAlchemyError | sqlite3.Error, *, waited_s: float
) -> RegledgerError:
    """Return the RegledgerError that an error of SQLAlchemy, or of SQLite's driver, stands for.

    Unique and trigger violations become :class:`Conflict` naming the column; locks
    :class:`StoreBusy` with ``waited_s`` seconds; absent or foreign files :class:`NoLedger`; missing
    tables :class:`SchemaMismatch`; everything else :class:`NotCompleted`. Passwords in ``url`` are
    never part of a message.
    """
    if isinstance(error, exc.TimeoutError):  # all connections of the pool are taken
        return StoreBusy(waited_s)
    driver = error.orig if isinstance(error, exc.DBAPIError) else error
    if driver is None or isinstance(driver, exc.SQLAlchemyError):
        return NotCompleted(f"{without_secrets(url)}: {error}")
    if isinstance(error, exc.IntegrityError | sqlite3.IntegrityError):
        return _conflict(driver)
    if isinstance(driver, sqlite3.Error):
        known = _sqlite(url, driver, waited_s)
    else:
        known = _postgresql(url, driver, waited_s)
    return known or NotCompleted(f"{without_secrets(url)}: {driver}")


@contextmanager
def translating(url: URL, *, waited_s: float) -> Iterator[None]:
    """Run a block and raise its database errors as RegledgerErrors, with the driver's as cause."""
    try:
        yield
    except (exc.DBAPIError, exc.TimeoutError, sqlite3.Error) as error:
        raise translate(url, error, waited_s=waited_s) from error
