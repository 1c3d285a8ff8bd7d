"""The board from the status projection: what holds in every cell on one day, without resolving."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Final, Self

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.domain.resolve.resolve import Resolution
from ledger.domain.resolve.status_values import View
from ledger.domain.taxonomy import ANY
from ledger.projections import view_tables
from ledger.projections.facts_loader import FactsLoader
from ledger.projections.status import Place, Row, by_place, rows_together
from ledger.projections.status_follow import Bound, changed_places
from ledger.store import schema as s

_c = s.status_segment.c
_ON_DEMAND: Final = Bound(places=256, claims=4096)  # to compute for one board; a second or two
_Segment = tuple[Place, str, bytes]  # place, actor, content of a segment


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
    conn: Connection,
    loader: Callable[[], FactsLoader],
    *,
    size: int,
    day: date,
    actor: str,
    view: View,
) -> dict[tuple[str, str], CellBrief] | None:
    """Return what the status projection says of a day, by (jurisdiction, activity).

    Where it is behind ``size``, the places that changed since are computed by ``loader``, which
    loads the facts of that size. None where these are too many, and where the projection is empty
    or stands beyond ``size``.
    """
    position = view_tables.position(conn, view_tables.STATUS)
    if not position or position > size:
        return None
    rows = _stored(conn, day, actor, view)
    if position < size:
        newer = _changed(conn, loader(), position)
        if newer is None:
            return None
        rows = [row for row in rows if row[0] not in newer]
        rows += _today(newer, day, actor, view)
    found: dict[Place, tuple[bool, bytes]] = {}
    for place, named, data in rows:  # the last segment begun wins, the class itself before `any`
        own = named == actor
        if own or not found.get(place, (False,))[0]:
            found[place] = (own, data)
    return {place: _brief(data) for place, (_, data) in found.items()}


def _stored(conn: Connection, day: date, actor: str, view: View) -> list[_Segment]:
    """Return the stored segments that have begun, in the order in which they begin."""
    rows = conn.execute(
        sa.select(_c.jurisdiction, _c.activity, _c.actor, _c.data)
        .where(_c.view == view, _c.actor.in_({ANY, actor}), _c.from_day <= day.isoformat())
        .order_by(_c.from_day)
    )
    return [((row.jurisdiction, row.activity), row.actor, row.data) for row in rows]


def _changed(
    conn: Connection, loader: FactsLoader, position: int
) -> Mapping[Place, list[Row]] | None:
    """Return the rows, as they should be, of the places that changed from ``position`` on."""
    places = changed_places(conn, loader.prefix.taxonomy, position, within=_ON_DEMAND)
    if places is None:
        return None
    made = by_place(row for _, rows in rows_together(loader, sorted(places)) for row in rows)
    return {place: made.get(place, []) for place in places}


def _today(rows: Mapping[Place, list[Row]], day: date, actor: str, view: View) -> list[_Segment]:
    """Return what :func:`_stored` would return, had these rows been stored."""
    begun = [
        row
        for some in rows.values()
        for row in some
        if row["view"] == view
        and row["actor"] in {ANY, actor}
        and row["from_day"] <= day.isoformat()
    ]
    begun.sort(key=itemgetter("from_day"))
    return [((row["jurisdiction"], row["activity"]), row["actor"], row["data"]) for row in begun]


def _brief(data: bytes) -> CellBrief:
    held = orjson.loads(data)
    return CellBrief(held["status"], held["reason"], held["basis_kind"], tuple(held["flags"]))
