"""Look up many values at once, in queries that every database takes."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeVar, TypeVarTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam

# Per IN (...), and a query may have more than one: SQLite before 3.32 takes 999 parameters.
MAX_VALUES: Final = 256
_Value = TypeVar("_Value")
_Columns = TypeVarTuple("_Columns")


def chunks(values: Iterable[_Value]) -> Iterator[list[_Value]]:
    """Yield the distinct values in the order given, at most 256 at a time."""
    distinct = list(dict.fromkeys(values))
    return (distinct[i : i + MAX_VALUES] for i in range(0, len(distinct), MAX_VALUES))


def among(query: Select[*_Columns], column: ColumnElement[Any]) -> Select[*_Columns]:
    """Return the statement for the rows of ``query`` whose ``column`` is one of given values.

    :func:`select_among` runs it. Building it takes longer than running it: do it once.
    """
    return query.where(column.in_(bindparam("among", expanding=True)))


def select_among(
    conn: Connection, statement: Select[*_Columns], values: Iterable[Any]
) -> Iterator[Row[*_Columns]]:
    """Yield the rows that a statement of :func:`among` finds for these values.

    The rows of up to 256 values come together, in the order of the statement.
    """
    for part in chunks(values):
        yield from conn.execute(statement, {"among": part})


def select_in(
    conn: Connection, query: Select[*_Columns], column: ColumnElement[Any], values: Iterable[Any]
) -> Iterator[Row[*_Columns]]:
    """Yield the rows of ``query`` whose ``column`` is one of ``values``.

    The rows of up to 256 values come together, in the order of the query.
    """
    return select_among(conn, among(query, column), values)
