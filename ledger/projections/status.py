"""The status projection: the timeline of each cell at the latest knowledge.

Each row is one segment of a cell's timeline in one view: the day from which a status holds, with
its reason and flags. The projection is a cache of ``resolve`` with a position of its own; a reader
that finds it behind resolves from the claims instead, and never writes.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, get_args

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.domain.claim_parts import INSTRUMENT_PREFIX
from ledger.domain.resolve.cells_spoken_of import cells_at
from ledger.domain.resolve.facts import ANSWERING_KINDS, Facts
from ledger.domain.resolve.status_values import View
from ledger.domain.resolve.timeline import Segment, Timelines, timelines
from ledger.domain.taxonomy import Taxonomy
from ledger.projections import view_tables
from ledger.projections.facts_loader import FactsLoader, jurisdictions_reaching
from ledger.store import schema as s
from ledger.store.in_lists import select_in

Place = tuple[str, str]  # jurisdiction, activity
Row = dict[str, Any]
_Answer = tuple[View, str, bytes]  # its view, its first day, and the rest
_VIEWS: Sequence[View] = sorted(get_args(View))
_TOGETHER = 4000  # claims loaded at once
_BEGINNING = "0001-01-01"  # spells "from ever"; no claim reaches further back


def follow(conn: Connection, loader: FactsLoader) -> None:
    """Bring the projection to the loader's prefix, recomputing only what changed.

    A *place* is a (jurisdiction, activity) that some claim is about.
    """
    since = view_tables.position(conn, view_tables.STATUS)
    wanted = claimed_places(conn)
    if since and not _redefined(conn, since):
        wanted = _touched(conn, loader.prefix.taxonomy, since) & wanted
    elif not since:
        conn.execute(sa.delete(s.status_segment))
    for group, rows in compute_rows(conn, loader, wanted):
        if since:
            _replace(conn, group, rows)
        elif rows:
            conn.execute(sa.insert(s.status_segment), rows)
    view_tables.advance(conn, loader.prefix.size, view_tables.STATUS)


def compute_rows(
    conn: Connection, loader: FactsLoader, wanted: Iterable[Place]
) -> Iterator[tuple[Sequence[Place], list[Row]]]:
    """Yield the rows of all these places, some places of one jurisdiction at a time.

    The claims of several jurisdictions are loaded together, as long as there are no more than
    ``_TOGETHER``, which bounds memory; of a jurisdiction with more, those of each place by itself.
    """
    for places in batches(conn, loader.prefix.taxonomy, wanted):
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
    for jurisdiction, group in groupby(sorted(wanted), key=itemgetter(0)):
        more = jurisdictions_reaching(jurisdiction, taxonomy)
        if batch and sum(versions.get(one, 0) for one in reaching | more) > _TOGETHER:
            yield batch
            batch, reaching = [], set()
        if sum(versions.get(one, 0) for one in more) > _TOGETHER:
            yield from ([place] for place in group)
        else:
            batch += group
            reaching |= more
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
    held, made = _by_place(map(dict, stored.mappings())), _by_place(rows)
    return [place for place in group if held.get(place, []) != made.get(place, [])]


def _here(place: Place) -> sa.ColumnElement[bool]:
    c = s.status_segment.c
    return sa.and_(c.jurisdiction == place[0], c.activity == place[1])


def _replace(conn: Connection, group: Sequence[Place], rows: list[Row]) -> None:
    """Write the rows of those places of a jurisdiction whose rows differ; mostly few do."""
    c = s.status_segment.c
    held = conn.execute(
        sa.select(s.status_segment).where(
            c.jurisdiction == group[0][0], c.activity.in_([activity for _, activity in group])
        )
    )
    old, new = _by_place(map(dict, held.mappings())), _by_place(rows)
    for place in group:
        before, after = old.get(place, []), new.get(place, [])
        if before == after:
            continue
        if before:
            conn.execute(sa.delete(s.status_segment).where(_here(place)))
        if after:
            conn.execute(sa.insert(s.status_segment), after)


def _by_place(rows: Iterable[Row]) -> dict[Place, list[Row]]:
    found: dict[Place, list[Row]] = {}
    for row in sorted(rows, key=row_key):
        found.setdefault((row["jurisdiction"], row["activity"]), []).append(row)
    return found


def _redefined(conn: Connection, since: int) -> bool:
    """Return whether a definition counts from ``since`` or later, which may change any place."""
    v = s.version.c
    query = sa.select(v.seq).where(v.counts_from >= since, ~v.subject.startswith("claim:"))
    return conn.execute(query.limit(1)).first() is not None


def _touched(conn: Connection, taxonomy: Taxonomy, since: int) -> set[Place]:
    """Return the places whose answer may rest on claims that changed from ``since`` on.

    An act changes the norms it targets, a norm those that its instrument enables or saves and the
    acts made under it, a proposal the other stages of its bill; the places of all these, and every
    place below them, may have changed.
    """
    v, c = s.version.c, s.claim_version.c
    changed = sa.select(v.subject).where(
        sa.or_(v.counts_from >= since, v.counts_to >= since), v.subject.startswith("claim:")
    )
    new = {subject.removeprefix("claim:") for subject in conn.execute(changed).scalars()}
    seen: set[str] = set()
    reached: set[Place] = set()
    while new:
        seen |= new
        instruments: set[str] = set()
        targets: set[str] = set()
        bills: set[str] = set()
        for row in _among(conn, c.claim_id, new):
            reached.add((row.jurisdiction, row.activity))
            bills |= {row.bill} if row.bill else set()
            if row.target is None:
                instruments |= {row.instrument} if row.instrument else set()
            else:
                targets.add(row.target)
        acted = {
            t.removeprefix(INSTRUMENT_PREFIX) for t in targets if t.startswith(INSTRUMENT_PREFIX)
        }
        rows = [
            *_among(conn, c.claim_id, targets),
            *_among(conn, c.instrument, acted),
            *_among(conn, c.enabling, instruments),
            *_among(conn, c.saved, instruments),
            *_among(conn, c.bill, bills),
        ]
        new = {row.claim_id for row in rows} - seen
    return {place for place in claimed_places(conn) if _rests_on(place, reached, taxonomy)}


def _among(conn: Connection, column: sa.Column[Any], values: set[str]) -> Iterator[sa.Row[Any]]:
    return select_in(conn, sa.select(s.claim_version), column, sorted(values))


def _rests_on(place: Place, reached: set[Place], taxonomy: Taxonomy) -> bool:
    above = taxonomy.ancestors(place[1])
    return any((j, a) in reached for j in jurisdictions_reaching(place[0], taxonomy) for a in above)


def _first_day(segment: Segment) -> str:
    return segment.from_day.isoformat() if segment.from_day else _BEGINNING


def _data(segment: Segment) -> bytes:
    return _encoded(segment.status, segment.reason, segment.basis_kind, segment.flags)


@lru_cache(maxsize=1024)  # there are few answers, and many stretches of days
def _encoded(status: str, reason: str | None, basis_kind: str, flags: tuple[str, ...]) -> bytes:
    value = {"status": status, "reason": reason, "basis_kind": basis_kind, "flags": list(flags)}
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def row_key(row: dict[str, Any]) -> tuple[str, ...]:
    """Return the primary key of a row."""
    return tuple(row[name] for name in ("jurisdiction", "activity", "actor", "view", "from_day"))
