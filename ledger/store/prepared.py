"""Statements that write rows, put together once for each kind of database.

SQLAlchemy compiles a statement once, but it handles the values of each row again, which for a
single row takes longer than the database does. Tables here hold text, numbers and bytes, which
both drivers take as they are.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Connection, Dialect, Insert, Table, Update, insert

_Values = Callable[[Mapping[str, Any]], Any]


class Prepared:
    """One statement; ``names`` are those of its values, at least two."""

    def __init__(self, statement: Insert | Update, names: Sequence[str]) -> None:
        self._statement: Final = statement
        self._names: Final = tuple(names)
        self._ready: dict[str, tuple[str, _Values]] = {}  # by dialect

    @classmethod
    def insert(cls, table: Table) -> "Prepared":
        """Return the statement that adds whole rows to a table."""
        return cls(insert(table), [column.name for column in table.columns])

    def run(self, conn: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run the statement for each of these rows, at least one; return how many it met."""
        text, values = self._ready.get(conn.dialect.name) or self._prepare(conn.dialect)
        given = [values(row) for row in rows]
        return conn.exec_driver_sql(text, given if len(given) > 1 else given[0]).rowcount

    def _prepare(self, dialect: Dialect) -> tuple[str, _Values]:
        keys = self._names if isinstance(self._statement, Insert) else None
        compiled = self._statement.compile(dialect=dialect, column_keys=keys)
        order = compiled.positiontup if compiled.positional else None
        made = str(compiled), itemgetter(*order) if order else dict
        self._ready[dialect.name] = made
        return made
