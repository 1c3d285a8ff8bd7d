"""Check that every column of an SQLite database holds values of the type it is declared with.

SQLite keeps a value of any type in any column. A seq of 5.5 lies between two entries, where whoever
reads entry by entry never meets it, and bytes in the place of a text are found by no query for it.
A PostgreSQL server refuses such values.
"""

from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from ledger.store.schema import metadata

_KINDS: Final = ((sa.LargeBinary, "blob"), (sa.Text, "text"), ((sa.Integer, sa.Boolean), "integer"))
_POSITIONS: Final = ("seq", "size", "from_seq", "enrolled_seq", "idx", "position")
_REPORTED: Final = 20  # rows of a table


def mistyped_rows(conn: Connection) -> Iterator[tuple[int | None, str]]:
    """Yield (seq, message) for each row of an SQLite database that holds a value of another type.

    ``seq`` is None where the row says none. Of a table the first 20 rows are named.
    """
    for table in metadata.sorted_tables:
        where = next((table.c[name] for name in _POSITIONS if name in table.c), None)
        for row in conn.execute(_query(table, where)):
            at, kinds = row[0], row[1:]
            wrong = [
                f"{column.name} holds {kind}"
                for column, kind in zip(table.columns, kinds, strict=True)
                if kind is not None
            ]
            place = f", {where.name} {at}" if where is not None and at is not None else ""
            seq = int(at) if "seq" in table.c and at is not None and at.isdigit() else None
            yield seq, f"table {table.name}{place}: {', '.join(wrong)}"


def _query(table: sa.Table, where: sa.Column[int] | None) -> sa.Select[Any]:
    """Select the position and, for each column, what it holds where that is of another type."""
    odd = [_odd(column) for column in table.columns]
    numeric = sa.false() if where is None else sa.func.typeof(where).in_(["integer", "real"])
    at = sa.case((numeric, sa.cast(where, sa.Text)))
    kinds = [
        sa.case((wrong, sa.func.typeof(column)))
        for wrong, column in zip(odd, table.columns, strict=True)
    ]
    return sa.select(at, *kinds).where(sa.or_(*odd)).limit(_REPORTED)


def _odd(column: sa.Column[object]) -> sa.ColumnElement[bool]:
    wanted = next(kind for types, kind in _KINDS if isinstance(column.type, types))
    allowed = [wanted, "null"] if column.nullable else [wanted]
    odd = sa.func.typeof(column).not_in(allowed)
    if isinstance(column.type, sa.Boolean):
        return sa.or_(odd, sa.type_coerce(column, sa.Integer).not_in([0, 1]))
    return odd
