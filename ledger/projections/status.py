"""The status projection: the timeline of each cell at the latest knowledge.

Each row is one segment of a cell's timeline in one view: the day from which a status holds, with
its reason and flags. The projection is a cache of ``resolve`` with a position of its own; a reader
that finds it behind resolves from the claims instead, and never writes. It follows the log as
:mod:`ledger.projections.status_follow` says.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, get_args

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.domain.resolve.cells_spoken_of import cells_at
from ledger.domain.resolve.facts import ANSWERING_KINDS, Facts
from ledger.domain.resolve.status_values import View
from ledger.domain.resolve.timeline import Segment, Timelines, timelines
from ledger.domain.taxonomy import Taxonomy
from ledger.garbage_collection import seldom_collected
from ledger.projections.facts_loader import FactsLoader, jurisdictions_reaching
from ledger.store import schema as s

Place = tuple[str, str]  # jurisdiction, activity
Row = dict[str, Any]
_Answer = tuple[View, str, bytes]  # its view, its first day, and the rest
_VIEWS: Sequence[View] = sorted(get_args(View))
_TOGETHER = 4000  # claims loaded at once
# The primary key of a row.
_row_key = itemgetter("jurisdiction", "activity", "actor", "view", "from_day")
_BEGINNING = "0001-01-01"  # spells "from ever"; no claim reaches further back


def compute_rows(
    conn: Connection, loader: FactsLoader, wanted: Iterable[Place]
) -> Iterator[tuple[Sequence[Place], list[Row]]]:
    """Yield the rows of all these places, some places of one jurisdiction at a time.

    The claims of several jurisdictions are loaded together, as long as there are no more than
    ``_TOGETHER``, which bounds memory; of a jurisdiction with more, those of each place by itself.
    """
    with seldom_collected():
        for places in batches(conn, loader.prefix.taxonomy, wanted):
            yield from rows_together(loader, places)


def rows_together(
    loader: FactsLoader, places: Sequence[Place]
) -> Iterator[tuple[Sequence[Place], list[Row]]]:
    """Yield the rows of these places, which are in order; their claims are loaded together."""
    facts = loader.load_timelines(places)
    noted = loader.remarked_places(jurisdiction for jurisdiction, _ in places)
    for _, group in groupby(places, key=itemgetter(0)):
        some = list(group)
        found = (rows_of(place, facts, noted=place in noted) for place in some)
        yield some, list(chain.from_iterable(found))


def batches(conn: Connection, taxonomy: Taxonomy, wanted: Iterable[Place]) -> Iterator[list[Place]]:
    """Yield these places in order, as many at once as may be loaded together."""
    c = s.claim_version.c
    query = sa.select(c.jurisdiction, sa.func.count().label("versions")).group_by(c.jurisdiction)
    query = query.where(c.kind.in_(sorted(ANSWERING_KINDS)))
    versions = {row.jurisdiction: int(row.versions) for row in conn.execute(query)}
    batch: list[Place] = []
    reaching: set[str] = set()
    held = 0  # versions of the claims that reach the batch
    for jurisdiction, group in groupby(sorted(wanted), key=itemgetter(0)):
        more = jurisdictions_reaching(jurisdiction, taxonomy)
        added = sum(versions.get(one, 0) for one in more - reaching)
        if batch and held + added > _TOGETHER:
            yield batch
            batch, reaching, held = [], set(), 0
            added = sum(versions.get(one, 0) for one in more)
        if not batch and added > _TOGETHER:
            yield from ([place] for place in group)
        else:
            batch += group
            reaching |= more
            held += added
    if batch:
        yield batch


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
    written: dict[Timelines, list[_Answer]] = {}  # cells alike have one timeline
    for cell in cells_at(place, facts, noted=noted):
        found = timelines(cell, facts)
        if found not in written:
            written[found] = [
                (view, _first_day(segment), _data(segment))
                for view in _VIEWS
                for segment in found.of(view)
            ]
        for view, from_day, data in written[found]:
            yield {
                "jurisdiction": cell.jurisdiction,
                "activity": cell.activity,
                "actor": cell.actor,
                "view": view,
                "from_day": from_day,
                "data": data,
            }


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
    for row in sorted(rows, key=_row_key):
        found.setdefault((row["jurisdiction"], row["activity"]), []).append(row)
    return found


def _first_day(segment: Segment) -> str:
    return segment.from_day.isoformat() if segment.from_day else _BEGINNING


def _data(segment: Segment) -> bytes:
    return _encoded(segment.status, segment.reason, segment.basis_kind, segment.flags)


@lru_cache(maxsize=1024)  # there are few answers, and many stretches of days
def _encoded(status: str, reason: str | None, basis_kind: str, flags: tuple[str, ...]) -> bytes:
    value = {"status": status, "reason": reason, "basis_kind": basis_kind, "flags": list(flags)}
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
