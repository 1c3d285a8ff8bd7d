"""Bringing the status view to the head: within a bound after a command, else all that is missing.

The view follows outside the append. Which places an append may have changed is worked out from the
claims that came to count or ended since the view's position, and from what rests on them; only
these are computed again. Others may append meanwhile: rows are computed for one size of the log in
short reads, and stored in one transaction, which stores nothing if the view has moved.

A command lets the view follow within :data:`AFTER_A_COMMAND`. What would take more is left behind
for :func:`follow` without a bound; until then readers compute the places that changed for
themselves (:mod:`ledger.queries.board`) and never write.
"""

import os
import pickle
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.clock import local_day
from ledger.domain.claim_parts import INSTRUMENT_PREFIX
from ledger.domain.claims import KINDS
from ledger.domain.resolve.facts import BEARING_KINDS
from ledger.domain.resolve.matching import places_below
from ledger.domain.taxonomy import Taxonomy
from ledger.garbage_collection import collect_seldom, seldom_collected
from ledger.processes import WorkerProcesses
from ledger.progress import Progress
from ledger.projections import view_tables
from ledger.projections.facts_loader import FactsLoader, LogPrefix, jurisdictions_reaching
from ledger.projections.policy import policy_at
from ledger.projections.status import (
    Place,
    Row,
    batches,
    by_place,
    claimed_places,
    rows_together,
)
from ledger.projections.taxonomy import taxonomy_at
from ledger.store import schema as s
from ledger.store.in_lists import select_in
from ledger.store.log_store import LogStore
from ledger.store.prepared import Prepared
from ledger.store.sqlalchemy_url import with_password

_LONG: Final = 20_000  # entries, and ...
_MANY: Final = 256  # ... places below which other processes take longer to start than they save
_SHARE: Final = 128  # places computed in one read
_IN_MEMORY: Final = 1 << 25  # bytes of computed rows; what is more lies in a temporary file
_Done = tuple[Sequence[Place], list[Row]]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Bound:
    """How much work may be done: places to compute again, versions of claims that reach them."""

    places: int
    claims: int


AFTER_A_COMMAND: Final = Bound(places=32, claims=512)  # about 50 ms


@dataclass(frozen=True, slots=True)
class Standing:
    """How many entries the status view has folded, of how many."""

    position: int
    size: int

    @property
    def behind(self) -> int:
        """Number of entries that the view lacks."""
        return max(0, self.size - self.position)


class _TooMuch(Exception):
    """More than a bound allows; never leaves this module."""


def standing(conn: Connection, store: LogStore) -> Standing:
    """Return where the status view stands."""
    return Standing(view_tables.position(conn, view_tables.STATUS), store.head(conn).size)


def follow(
    store: LogStore,
    *,
    within: Bound | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Standing:
    """Bring the view to the head, recomputing only what changed; return where it stands then.

    It is left where it is if that would take more than ``within``, or if the view moved meanwhile.
    ``jobs`` is the number of processes that compute, by default one for each core where there are
    many places. ``progress`` counts places.

    Raises StoreBusy: another writer held the lock for the whole waiting time.
    """
    with store.reading() as conn:
        found = standing(conn, store)
        if not found.behind:
            return found
        prefix = timeline_prefix(conn, found.size)
        wanted = changed_places(conn, prefix.taxonomy, found.position, within=within)
        if wanted is None:
            return found
        shares = [sorted(wanted)] if within else _shares(conn, prefix.taxonomy, wanted)
    computed = _computed(store, prefix, shares, jobs)
    with seldom_collected(), _spool(computed, len(wanted), progress) as rows:
        if not _store(store, found, rows):
            with store.reading() as conn:
                return standing(conn, store)
    return Standing(found.size, found.size)


def timeline_prefix(conn: Connection, size: int) -> LogPrefix:
    """Return the prefix of ``size`` entries without its root, which no timeline says."""
    policy = policy_at(conn, size)
    return LogPrefix(
        size=size,
        head="",
        rules=policy.rules,
        taxonomy=taxonomy_at(conn, size),
        local_day=lambda stamp: local_day(stamp, policy.timezone),
    )


# --- what changed ---------------------------------------------------------------------------------


def changed_places(
    conn: Connection, taxonomy: Taxonomy, since: int, *, within: Bound | None
) -> set[Place] | None:
    """Return the places whose answer may have changed with the entries from ``since`` on.

    A *place* is a (jurisdiction, activity) that some claim is about. None where that would be more
    than ``within`` allows. A definition may change any place.

    An act changes the norms it targets, a norm those that its instrument enables or saves and the
    acts made under it, a proposal the other stages of its bill; the places of all these, and every
    place below them, may have changed.
    """
    try:
        if conn.execute(_REDEFINED, {"since": since}).first() is not None:
            return _claimed(conn, within)
        reached = _reached(conn, since, within.claims if within else None)
        return _claimed_below(conn, taxonomy, reached, within)
    except _TooMuch:
        return None


def touched_since(
    conn: Connection, taxonomy: Taxonomy, since: int
) -> Callable[[tuple[str, str]], bool]:
    """Return what says of a place whether its answer may have changed from entry ``since`` on.

    As :func:`changed_places`, of any place, also one that no claim is about; what bears on no
    answer, such as a note, changes none.
    """
    if conn.execute(_REDEFINED, {"since": since}).first() is not None:
        return lambda _place: True
    reached = _reached(conn, since, None, kinds=BEARING_KINDS)
    return lambda place: _rests_on(place, reached, taxonomy)


def _claimed(conn: Connection, within: Bound | None) -> set[Place]:
    if within is None:
        return claimed_places(conn)
    claims = conn.execute(_PLACED, {"most": within.claims + 1})
    found = {(j, a) for j, a in _at_most(claims, within.claims)}
    return set(_at_most(found, within.places))


def _reached(
    conn: Connection, since: int, most: int | None, kinds: Collection[str] = KINDS
) -> set[Place]:
    """Return the places of the claims of these kinds that changed and of those resting on them."""
    changed = conn.execute(_CHANGED, {"since": since}).scalars()
    new = {subject.removeprefix("claim:") for subject in _at_most(changed, most)}
    seen: set[str] = set()
    reached: set[Place] = set()
    while new:
        seen |= new
        named = (row for row in _among(conn, _c.claim_id, new) if row.kind in kinds)
        columns = _named_by(_at_most(named, most), reached)
        rows = (row for column, values in columns for row in _among(conn, column, values))
        new = {row.claim_id for row in _at_most(rows, most)} - seen
    return reached


def _named_by(
    rows: Iterable[sa.Row[Any]], reached: set[Place]
) -> list[tuple[sa.Column[Any], set[str]]]:
    """Add the places of these claims; return what rests on them, as columns and values."""
    instruments: set[str] = set()
    targets: set[str] = set()
    bills: set[str] = set()
    for row in rows:
        reached.add((row.jurisdiction, row.activity))
        bills |= {row.bill} if row.bill else set()
        if row.target is None:
            instruments |= {row.instrument} if row.instrument else set()
        else:
            targets.add(row.target)
    acted = {t.removeprefix(INSTRUMENT_PREFIX) for t in targets if t.startswith(INSTRUMENT_PREFIX)}
    return [
        (_c.claim_id, targets),
        (_c.instrument, acted),
        (_c.enabling, instruments),
        (_c.saved, instruments),
        (_c.bill, bills),
        # An act upon a whole instrument has the scope of all its norms.
        (_c.target, {f"{INSTRUMENT_PREFIX}{instrument}" for instrument in instruments}),
    ]


def _claimed_below(
    conn: Connection, taxonomy: Taxonomy, reached: set[Place], within: Bound | None
) -> set[Place]:
    """Return the claimed places that rest on those reached."""
    if within is None:
        return {place for place in claimed_places(conn) if _rests_on(place, reached, taxonomy)}
    below = {(j, a) for place in reached if None not in place for j, a in _below(place, taxonomy)}
    if not below:
        return set()
    bearing = {
        "places": sorted({one for j, _ in below for one in jurisdictions_reaching(j, taxonomy)}),
        "activities": sorted({one for _, a in below for one in taxonomy.ancestors(a)}),
        "most": within.claims + 1,
    }
    claims = conn.execute(_BEARING, bearing)
    found = below.intersection((j, a) for j, a in _at_most(claims, within.claims))
    return set(_at_most(found, within.places))


def _below(place: Place, taxonomy: Taxonomy) -> Iterator[Place]:
    """Yield every place on which claims about this one can bear."""
    union = taxonomy.jurisdictions.get(place[0])
    tops = {place[0], *(member.jurisdiction for member in (union.members if union else ()))}
    activities = (place[1], *taxonomy.descendants(place[1]))
    for jurisdiction in {one for top in tops for one in (top, *places_below(top, taxonomy))}:
        yield from ((jurisdiction, activity) for activity in activities)


def _rests_on(place: Place, reached: set[Place], taxonomy: Taxonomy) -> bool:
    above = taxonomy.ancestors(place[1])
    return any((j, a) in reached for j in jurisdictions_reaching(place[0], taxonomy) for a in above)


def _at_most(values: Iterable[_T], most: int | None) -> Iterator[_T]:
    """Yield the values. Raises _TooMuch after ``most`` of them."""
    for count, value in enumerate(values):
        if count == most:
            raise _TooMuch
        yield value


def _among(conn: Connection, column: sa.Column[Any], values: set[str]) -> Iterator[sa.Row[Any]]:
    return select_in(conn, sa.select(s.claim_version), column, sorted(values))


_v, _c = s.version.c, s.claim_version.c
_SINCE: Final[sa.BindParameter[int]] = sa.bindparam("since", type_=sa.BigInteger)
# A version that ends gives way to one of the same subject that is decided on with the same entry.
_DECIDED: Final = sa.select(_v.subject).where(_v.decided_seq >= _SINCE, _v.counts_from >= _SINCE)
_CHANGED: Final = _DECIDED.where(_v.subject.startswith("claim:")).distinct()
_REDEFINED: Final = _DECIDED.where(~_v.subject.startswith("claim:")).limit(1)
_PLACED: Final = (
    sa.select(_c.jurisdiction, _c.activity)
    .where(_c.jurisdiction.is_not(None), _c.activity.is_not(None))
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_BEARING: Final = _PLACED.where(
    _c.jurisdiction.in_(sa.bindparam("places", expanding=True)),
    _c.activity.in_(sa.bindparam("activities", expanding=True)),
)


# --- computing and storing ------------------------------------------------------------------------


def _shares(conn: Connection, taxonomy: Taxonomy, places: Iterable[Place]) -> list[list[Place]]:
    """Split places into parts that are computed together, small enough for several processes."""
    return [
        batch[start : start + _SHARE]
        for batch in batches(conn, taxonomy, places)
        for start in range(0, len(batch), _SHARE)
    ]


def _computed(
    store: LogStore, prefix: LogPrefix, shares: Sequence[list[Place]], jobs: int | None
) -> Iterator[list[_Done]]:
    """Yield the rows of these places, some at a time."""
    count = jobs if jobs is not None else (os.cpu_count() or 1)
    few = prefix.size < _LONG or sum(map(len, shares)) < _MANY
    if count <= 1 or (jobs is None and few):
        yield from (_rows(store, prefix, share) for share in shares)
        return
    address = with_password(store.engine.url)
    with WorkerProcesses(count, begin=collect_seldom) as pool:
        yield from pool.map(partial(_rows_elsewhere, address, prefix.size), shares)


def _rows(store: LogStore, prefix: LogPrefix, share: Sequence[Place]) -> list[_Done]:
    with store.reading() as conn:
        return list(rows_together(FactsLoader(conn, prefix), share))


def _rows_elsewhere(address: str, size: int, share: Sequence[Place]) -> list[_Done]:
    """Compute some places in another process."""
    return _rows(*_opened(address, size), share)


@lru_cache(maxsize=1)  # for as long as the process lives, which is for one follow
def _opened(address: str, size: int) -> tuple[LogStore, LogPrefix]:
    store = LogStore.open(address)
    with store.reading() as conn:
        return store, timeline_prefix(conn, size)


@contextmanager
def _spool(
    parts: Iterable[list[_Done]], total: int, progress: Progress | None
) -> Iterator[Iterator[_Done]]:
    """Give back what is computed, once all of it is there; most of it lies on disk meanwhile."""
    done = 0
    with SpooledTemporaryFile(_IN_MEMORY) as file:
        for part in parts:
            for group, rows in part:
                pickle.dump((group, rows), file, pickle.HIGHEST_PROTOCOL)
                done += len(group)
            if progress:
                progress(done, total)
        file.seek(0)
        yield _unpickled(file)


def _unpickled(file: IO[bytes]) -> Iterator[_Done]:
    while True:
        try:
            yield pickle.load(file)  # noqa: S301  # what this process has just written
        except EOFError:
            return


def _store(store: LogStore, found: Standing, computed: Iterable[_Done]) -> bool:
    """Store the rows and move the view, unless it has moved; return whether it was stored."""
    with store.writing() as conn:
        if view_tables.position(conn, view_tables.STATUS) != found.position:
            return False
        if not found.position:
            conn.execute(sa.delete(s.status_segment))
        for group, rows in computed:
            if found.position:
                _replace(conn, group, rows)
            elif rows:
                _INSERT.run(conn, rows)
        view_tables.advance(conn, found.size, view_tables.STATUS)
    return True


def _replace(conn: Connection, group: Sequence[Place], rows: list[Row]) -> None:
    """Write the rows of those places of a jurisdiction whose rows differ; mostly few do."""
    held = conn.execute(_HELD, {"place": group[0][0], "activities": [a for _, a in group]})
    old, new = by_place(map(dict, held.mappings())), by_place(rows)
    differing = [place for place in group if old.get(place) != new.get(place)]
    gone = [{"place": place[0], "at": place[1]} for place in differing if place in old]
    if gone:
        conn.execute(_DELETE, gone)
    made = [row for place in differing for row in new.get(place, ())]
    if made:
        _INSERT.run(conn, made)


_INSERT: Final = Prepared.insert(s.status_segment)
_HELD: Final = sa.select(s.status_segment).where(
    s.status_segment.c.jurisdiction == sa.bindparam("place"),
    s.status_segment.c.activity.in_(sa.bindparam("activities", expanding=True)),
)
_DELETE: Final = sa.delete(s.status_segment).where(
    s.status_segment.c.jurisdiction == sa.bindparam("place"),
    s.status_segment.c.activity == sa.bindparam("at"),
)
