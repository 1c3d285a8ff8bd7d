"""Which claims name an instrument or a target: asked of the tables once, then kept."""

from collections import OrderedDict
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.store import schema as s

KEPT: Final = 4096  # answers kept for the next look-up, of each question


class ClaimsNaming:
    """The ids of all claims of which some version has a value in one column of ``claim_version``.

    Recent answers are kept, and so are the claims that wait to be written.
    """

    def __init__(self, column: sa.Column[Any]) -> None:
        found = sa.select(s.claim_version.c.claim_id).where(column == sa.bindparam("value"))
        self._query = found.distinct()
        self._kept: OrderedDict[str, set[str]] = OrderedDict()
        self._waiting: dict[str, set[str]] = {}

    def ids(self, value: str, conn: Connection | None) -> set[str]:
        """Return the claims that name a value; without ``conn``, of those that wait only."""
        found = self._kept.get(value)
        if found is None:
            found = set(self._waiting.get(value, ()))
            if conn is not None:
                found.update(conn.execute(self._query, {"value": value}).scalars())
            self._kept[value] = found
            forget_oldest(self._kept)
        return found

    def add(self, value: str, claim_id: str) -> None:
        """Note a claim that waits to be written."""
        self._waiting.setdefault(value, set()).add(claim_id)
        if value in self._kept:
            self._kept[value].add(claim_id)

    def written(self) -> None:
        """Forget what waited: it stands in the table now."""
        self._waiting = {}


def forget_oldest(kept: OrderedDict[str, Any]) -> None:
    """Drop the oldest of more than 4096 kept answers."""
    while len(kept) > KEPT:
        kept.popitem(last=False)
