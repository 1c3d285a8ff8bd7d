"""Statements put together once for each kind of database, and run past SQLAlchemy on SQLite.

SQLAlchemy compiles a statement once, but it handles the values and the rows of each run again: for
a single row some 50 us, of which SQLite takes 3. Tables here hold text, numbers and bytes, which
both drivers take and give as they are. What SQLite refuses is raised as the driver's own error,
which ``database_errors.translating`` knows; a server's connection may be lost, so there SQLAlchemy
runs the statement and sees to that.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, Final, cast

from sqlalchemy import (
    BindParameter,
    CompoundSelect,
    Connection,
    Dialect,
    Insert,
    Select,
    Table,
    Update,
    bindparam,
    insert,
    select,
)

from ledger.sqlite_driver import sqlite3

_Query = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]
_Values = Callable[[Mapping[str, Any]], Any]
_Some = Callable[[str], Sequence[BindParameter[Any]]]


class Prepared:
    """One statement; ``names`` are those of its values, in any order."""

    def __init__(self, statement: Insert | Update | _Query, names: Sequence[str] = ()) -> None:
        self._statement: Final = statement
        self._names: Final = tuple(names)
        self._ready: dict[str, tuple[str, _Values]] = {}  # by dialect

    @classmethod
    def insert(cls, table: Table) -> "Prepared":
        """Return the statement that adds whole rows to a table."""
        return cls(insert(table), [column.name for column in table.columns])

    def run(self, conn: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Write: run the statement for each of these rows; return how many it met."""
        text, values = self._on(conn.dialect)
        given = [values(row) for row in rows]
        driver = _driver(conn)
        if len(given) == 1:
            only = given[0]
            done: Any = driver.execute(text, only) if driver else conn.exec_driver_sql(text, only)
        else:
            done = driver.executemany(text, given) if driver else conn.exec_driver_sql(text, given)
        return cast("int", done.rowcount)

    def rows(self, conn: Connection, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Read: return every row that the query finds for these values."""
        text, ordered = self._on(conn.dialect)
        given, driver = ordered(values), _driver(conn)
        if driver:
            return driver.execute(text, given).fetchall()
        return conn.exec_driver_sql(text, given).all()

    def value(self, conn: Connection, values: Mapping[str, Any]) -> Any:
        """Read: return the first column of the first row, None where there is no row."""
        found = self.rows(conn, values)
        return found[0][0] if found else None

    def _on(self, dialect: Dialect) -> tuple[str, _Values]:
        return self._ready.get(dialect.name) or self._prepare(dialect)

    def _prepare(self, dialect: Dialect) -> tuple[str, _Values]:
        keys = self._names if isinstance(self._statement, Insert) else None
        compiled = self._statement.compile(dialect=dialect, column_keys=keys)
        made = str(compiled), _in_order(compiled.positiontup) if compiled.positional else dict
        self._ready[dialect.name] = made
        return made


class PreparedLists:
    """A query for lists of values.

    ``make`` builds it, given a function from the name of a list to the parameters that stand for
    its values. Lists are filled up to a power of two, so that few statements serve every length.
    """

    def __init__(self, make: Callable[[_Some], _Query]) -> None:
        self._make: Final = make
        self._by_width: dict[int, Prepared] = {}

    def rows(self, conn: Connection, **lists: Sequence[Any]) -> Sequence[Sequence[Any]]:
        """Return every row that the query finds for these lists, by name, in one statement."""
        width = 1 << (max(map(len, lists.values())) - 1).bit_length()
        ready = self._by_width.get(width)
        if ready is None:
            ready = Prepared(self._make(lambda name: [*map(bindparam, _numbered(name, width))]))
            self._by_width[width] = ready
        given: dict[str, Any] = {}
        for name, values in lists.items():
            rest = [values[-1] if values else None] * (width - len(values))
            given.update(zip(_numbered(name, width), [*values, *rest], strict=True))
        return ready.rows(conn, given)


def copy_locally(table: Table, source: Connection, target: Connection) -> bool:
    """Copy the rows of a table from one SQLite database to another, each value as it is stored.

    Return False, and do nothing, where one of them is on a server.
    """
    reader, writer = _driver(source), _driver(target)
    if reader is None or writer is None:
        return False
    dialect = target.dialect
    found, made = (str(one.compile(dialect=dialect)) for one in (select(table), insert(table)))
    writer.executemany(made, reader.execute(found))  # row by row, as they are read
    return True


@cache
def _numbered(name: str, width: int) -> tuple[str, ...]:
    return tuple(f"{name}_{n}" for n in range(width))


def _driver(conn: Connection) -> sqlite3.Connection | None:
    """Return the connection of SQLite's driver, None on a server."""
    if conn.dialect.name != "sqlite":
        return None
    return cast("sqlite3.Connection", conn.connection.dbapi_connection)


def _in_order(names: Sequence[str] | None) -> _Values:
    if not names:
        return lambda _: ()
    if len(names) == 1:
        (only,) = names
        return lambda values: (values[only],)
    return itemgetter(*names)
