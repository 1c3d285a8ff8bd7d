"""Looking for bytes in a column of bytes, which SQLite and PostgreSQL spell differently."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler


class _Holds(sa.sql.functions.GenericFunction[bool]):
    """Whether one string of bytes is somewhere in another."""

    type = sa.Boolean()
    inherit_cache = True
    name = "holds_bytes"


@compiles(_Holds, "sqlite")
def _sqlite(element: _Holds, compiler: SQLCompiler, **options: Any) -> str:
    whole, part = (compiler.process(one, **options) for one in element.clauses)
    return f"(instr({whole}, {part}) > 0)"


@compiles(_Holds, "postgresql")
def _postgresql(element: _Holds, compiler: SQLCompiler, **options: Any) -> str:
    whole, part = (compiler.process(one, **options) for one in element.clauses)
    return f"(position({part} IN {whole}) > 0)"


def holds(column: sa.ColumnElement[bytes], part: sa.BindParameter[Any]) -> sa.ColumnElement[bool]:
    """Return whether a column of bytes holds these, as SQL."""
    return _Holds(column, sa.type_coerce(part, sa.LargeBinary))
