"""The rules' state while a whole log is folded into a scratch database.

It answers as :class:`ledger.projections.state_writer.StateWriter` does, but hardly ever by a query:
it begins with the first entry, so what it does not hold is not there, until there is too much to be
held. Rows go to the scratch database in batches, by way of its driver.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from ledger.domain.claims import Claim
from ledger.domain.rules import state_changes as ch
from ledger.projections.claims_naming import ClaimsNaming
from ledger.projections.scratch_database import driver_connection
from ledger.projections.state_writer import StateWriter
from ledger.store import schema as s

_NAMES: Final = s.version.columns.keys()
_VERSIONS: Final = f"SELECT {', '.join(_NAMES)} FROM version WHERE subject = ?"  # noqa: S608  # ours
_MOST: Final = 1 << 15  # names held, of each kind: some 15 MB


class ReplayState(StateWriter):
    """The state of a replay."""

    def __init__(self, conn: Connection, content: Callable[[int], bytes], *, size: int) -> None:
        super().__init__(conn, content, size=size)
        self._driver = driver_connection(conn)
        self._relied: set[str] | None = None if size else set()  # None: there are too many
        if not size:
            self._of_instrument = _EveryNaming(s.claim_version.c.instrument)
            self._on_target = _EveryNaming(s.claim_version.c.target)

    def look_ahead(self, event_ids: Iterable[str], keys: Iterable[str]) -> None:
        """Find in one query which keys are new; the caller knows that the events are."""
        wanted = frozenset(keys)
        marks = ", ".join("?" * len(wanted))
        query = f"SELECT key FROM claim_key WHERE key IN ({marks})"  # noqa: S608  # marks only
        found = self._driver.execute(query, tuple(wanted))
        self._new_events = frozenset(event_ids)
        self._new_keys = wanted.difference(key for (key,) in found)

    def is_relied_on(self, instrument_id: str) -> bool:
        """Return whether some claim was ever made under this instrument, or saved by it."""
        if self._relied is None:
            return super().is_relied_on(instrument_id)
        return instrument_id in self._relied

    def _claim_added(self, change: ch.VersionAdded, claim: Claim) -> None:
        super()._claim_added(change, claim)
        if self._relied is not None:
            self._relied |= self._now_relied_on
            if len(self._relied) > _MOST:
                self._relied = None

    def _row(self, event_id: str) -> dict[str, Any] | None:
        # Most events that are asked for are the first version of a claim, which has their id.
        if self._size and event_id not in self._new_events:
            self._known(f"claim:{event_id}")
        return super()._row(event_id)

    def _stored(self, subject: str) -> list[dict[str, Any]]:
        found = self._driver.execute(_VERSIONS, (subject,))
        rows = [dict(zip(_NAMES, row, strict=True)) for row in found]
        return [row | {"retracts": bool(row["retracts"])} for row in rows]

    def _insert(self, table: sa.Table, rows: list[dict[str, Any]]) -> None:
        self._driver.executemany(_insert_into(table), rows)


class _EveryNaming(ClaimsNaming):
    """The claims that name each value, all from the first on, until the values are too many."""

    _every = True

    def ids(self, value: str, conn: Connection | None) -> set[str]:
        """Return the claims that name a value."""
        return self._kept.get(value, set()) if self._every else super().ids(value, conn)

    def add(self, value: str, claim_id: str) -> None:
        """Note a claim."""
        if self._every:
            self._kept.setdefault(value, set())
            self._every = len(self._kept) <= _MOST
        super().add(value, claim_id)


@cache
def _insert_into(table: sa.Table) -> str:
    names = [column.name for column in table.columns]
    values = ", ".join(f":{name}" for name in names)
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({values})"  # noqa: S608  # ours
