"""The status projection: the timeline of each cell at the latest knowledge.

Each row is one segment of a cell's timeline in one view: the day from which a status holds, with
its reason and flags. The projection is a cache of ``resolve`` with a position of its own; a reader
that finds it behind resolves from the claims instead, and never writes. It follows the log as
:mod:`ledger.projections.status_follow` says.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, get_args

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.domain.resolve.cells_spoken_of import cells_at
from ledger.domain.resolve.facts import Cell, Facts
from ledger.domain.resolve.status_values import View
from ledger.domain.resolve.timeline import Segment, timeline
from ledger.domain.taxonomy import Taxonomy
from ledger.projections.facts_loader import FactsLoader, jurisdictions_reaching
from ledger.store import schema as s

Place = tuple[str, str]  # jurisdiction, activity
Row = dict[str, Any]
_VIEWS: Sequence[View] = sorted(get_args(View))
_TOGETHER = 4000  # claims held at once
_BEGINNING = "0001-01-01"  # spells "from ever"; no claim reaches further back


def compute_rows(
    conn: Connection, loader: FactsLoader, wanted: Iterable[Place]
) -> Iterator[tuple[Sequence[Place], list[Row]]]:
    """Yield the rows of all these places, some places of one jurisdiction at a time.

    Places of a jurisdiction rest on many of the same claims, so these are loaded once for all
    places; where there are more than ``_TOGETHER``, to bound memory, once for each place.
    """
    bearing = _bearing(conn, loader.prefix.taxonomy)
    for jurisdiction, group in groupby(sorted(wanted), key=itemgetter(0)):
        together = list(group)
        few = bearing(jurisdiction) <= _TOGETHER
        for some in [together] if few else [[place] for place in together]:
            facts = loader.load_timelines(jurisdiction, [activity for _, activity in some])
            yield (
                some,
                [
                    row
                    for place in some
                    for row in rows_of(place, facts, noted=loader.has_remarks(*place))
                ],
            )


def _bearing(conn: Connection, taxonomy: Taxonomy) -> Callable[[str], int]:
    """Return a function that counts the versions of claims that can reach a jurisdiction."""
    c = s.claim_version.c
    query = sa.select(c.jurisdiction, sa.func.count().label("versions")).group_by(c.jurisdiction)
    counts = {row.jurisdiction: int(row.versions) for row in conn.execute(query)}
    return lambda place: sum(counts.get(one, 0) for one in jurisdictions_reaching(place, taxonomy))


def claimed_places(conn: Connection, size: int | None = None) -> set[Place]:
    """Return every (jurisdiction, activity) that a claim of the first ``size`` entries is about."""
    c = s.claim_version.c
    query = sa.select(c.jurisdiction, c.activity).distinct()
    query = query.where(c.jurisdiction.is_not(None), c.activity.is_not(None))
    rows = conn.execute(query if size is None else query.where(c.seq < size))
    return {(j, a) for j, a in rows}


def rows_of(place: Place, facts: Facts, *, noted: bool = False) -> Iterator[Row]:
    """Yield the rows of one place that ``facts`` determine, in order of their key.

    ``noted`` says that there is a note or a decision about it, which ``facts`` may lack.
    """
    for cell in cells_at(place, facts, noted=noted):
        for view in _VIEWS:
            for segment in timeline(cell, facts, view=view):
                yield _row(cell, view, segment)


def stored_places(conn: Connection) -> set[Place]:
    """Return every (jurisdiction, activity) the projection has rows of."""
    c = s.status_segment.c
    return {(j, a) for j, a in conn.execute(sa.select(c.jurisdiction, c.activity).distinct())}


def wrong_places(conn: Connection, group: Sequence[Place], rows: Iterable[Row]) -> list[Place]:
    """Return those places of one jurisdiction whose stored rows are not among ``rows``."""
    c = s.status_segment.c
    activities = [activity for _, activity in group]
    stored = conn.execute(
        sa.select(s.status_segment).where(
            c.jurisdiction == group[0][0],
            c.activity >= min(activities),
            c.activity <= max(activities),
        )
    )
    held, made = by_place(map(dict, stored.mappings())), by_place(rows)
    return [place for place in group if held.get(place, []) != made.get(place, [])]


def by_place(rows: Iterable[Row]) -> dict[Place, list[Row]]:
    """Group rows by (jurisdiction, activity), those of a place in order of their key."""
    found: dict[Place, list[Row]] = {}
    for row in sorted(rows, key=row_key):
        found.setdefault((row["jurisdiction"], row["activity"]), []).append(row)
    return found


def _row(cell: Cell, view: View, segment: Segment) -> Row:
    return {
        "jurisdiction": cell.jurisdiction,
        "activity": cell.activity,
        "actor": cell.actor,
        "view": view,
        "from_day": segment.from_day.isoformat() if segment.from_day else _BEGINNING,
        "data": orjson.dumps(
            {
                "status": segment.status,
                "reason": segment.reason,
                "basis_kind": segment.basis_kind,
                "flags": list(segment.flags),
            },
            option=orjson.OPT_SORT_KEYS,
        ),
    }


def row_key(row: dict[str, Any]) -> tuple[str, ...]:
    """Return the primary key of a row."""
    return tuple(row[name] for name in ("jurisdiction", "activity", "actor", "view", "from_day"))
