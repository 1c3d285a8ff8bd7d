"""New databases of tests: the migrations run once for each back end, then their statements."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

by_alembic: Final = command.upgrade  # as it is, for tests of the migrations themselves


class StatementsKept:
    """Takes the place of ``alembic.command.upgrade`` where a new database gets its schema.

    What alembic ran on the first one is run again on the next: alembic reads its revisions and
    makes its tables anew each time, which is half of the making of a small ledger. Other databases
    are left to it.
    """

    def __init__(self) -> None:
        self._kept: dict[str, list[tuple[str, Any]]] = {}

    def __call__(self, config: Config, revision: str) -> None:
        """Bring a database to a revision."""
        conn: sa.Connection = config.attributes["connection"]
        if revision != "head" or sa.inspect(conn).get_table_names():
            by_alembic(config, revision)
        elif conn.dialect.name in self._kept:
            for statement, values in self._kept[conn.dialect.name]:
                conn.exec_driver_sql(statement, values)
        else:
            self._kept[conn.dialect.name] = _statements_of(conn, config, revision)


def _statements_of(conn: sa.Connection, config: Config, revision: str) -> list[tuple[str, Any]]:
    """Run the migrations and return the statements that were more than questions."""
    found: list[tuple[str, Any]] = []

    def keep(_conn: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if not statement.lstrip().startswith(("SELECT", "PRAGMA")):
            found.append((statement, values))

    sa.event.listen(conn, "before_cursor_execute", keep)
    try:
        by_alembic(config, revision)
    finally:
        sa.event.remove(conn, "before_cursor_execute", keep)
    return found
