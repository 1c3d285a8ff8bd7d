"""The board from the status projection: what holds in every cell on one day, without resolving."""

from dataclasses import dataclass
from datetime import date
from typing import Self

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.domain.resolve.resolve import Resolution
from ledger.domain.resolve.status_values import View
from ledger.domain.taxonomy import ANY
from ledger.projections import view_tables
from ledger.store import schema as s

_c = s.status_segment.c


@dataclass(frozen=True, slots=True)
class CellBrief:
    """A cell in short. ``flags`` are those of a segment, or all of them where it was resolved."""

    status: str
    reason: str | None
    basis_kind: str
    flags: tuple[str, ...]

    @classmethod
    def of(cls, found: Resolution) -> Self:
        """Return the short form of a resolution."""
        return cls(found.status, found.reason, found.basis_kind, found.flags)


def from_projection(
    conn: Connection, *, size: int, day: date, actor: str, view: View
) -> dict[tuple[str, str], CellBrief] | None:
    """Return what the status projection says of a day, by (jurisdiction, activity).

    None where the projection is not at ``size``, that is behind the log.
    """
    if view_tables.position(conn, view_tables.STATUS) != size:
        return None
    rows = conn.execute(
        sa.select(_c.jurisdiction, _c.activity, _c.actor, _c.data)
        .where(_c.view == view, _c.actor.in_({ANY, actor}), _c.from_day <= day.isoformat())
        .order_by(_c.from_day)
    )
    found: dict[tuple[str, str], tuple[bool, bytes]] = {}
    for row in rows:  # the last segment begun wins, the class itself before `any`
        place, own = (row.jurisdiction, row.activity), row.actor == actor
        if own or not found.get(place, (False,))[0]:
            found[place] = (own, row.data)
    return {place: _brief(data) for place, (_, data) in found.items()}


def _brief(data: bytes) -> CellBrief:
    held = orjson.loads(data)
    return CellBrief(held["status"], held["reason"], held["basis_kind"], tuple(held["flags"]))
