"""The common part of all projections: position, digest, comparison and copying.

``claims`` (claims, actors, definitions, policy) is folded inside the append's transaction and
always stands at the head. ``status`` follows on its own. A digest is SHA-256 over every row of a
projection's tables in primary key order, so it is a function of the log prefix alone. Digests and
comparisons are of the values as they are stored: SQLite keeps any number in a column of truth
values, and what Python calls true, ``retracts = 1`` does not find. The table ``view`` keeps the
positions.
"""

import hashlib
from collections.abc import Iterator
from contextlib import closing
from itertools import zip_longest
from typing import Any, Final

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.store import schema as s
from ledger.store.prepared import Prepared, copy_locally

CLAIMS: Final = "claims"
STATUS: Final = "status"
VERSIONS: Final = {CLAIMS: 1, STATUS: 2}
TABLES: Final[dict[str, tuple[sa.Table, ...]]] = {
    CLAIMS: (
        s.policy_version,
        s.actor,
        s.actor_key,
        s.actor_role,
        s.version,
        s.claim_version,
        s.claim_key,
        s.dispute,
        s.definition,
    ),
    STATUS: (s.status_segment,),
}
_BATCH = 1000
_Row = tuple[Any, ...]
_POSITION = sa.select(s.view).where(s.view.c.name == sa.bindparam("named"))
_MOVE = Prepared(
    sa.update(s.view)
    .where(s.view.c.name == sa.bindparam("named"))
    .values(version=sa.bindparam("by"), position=sa.bindparam("to")),
    ["named", "by", "to"],
)


def position(conn: Connection, name: str) -> int:
    """Return how many entries a projection has folded; 0 where another version of it did."""
    row = conn.execute(_POSITION, {"named": name}).first()
    if row is None or row.version != VERSIONS[name]:
        return 0
    return int(row.position)


def has_rows(conn: Connection, name: str) -> bool:
    """Return whether any table of a projection has a row."""
    queries = (sa.select(sa.literal(1)).select_from(table).limit(1) for table in TABLES[name])
    return any(conn.execute(query).first() is not None for query in queries)


def advance(conn: Connection, size: int, name: str = CLAIMS) -> None:
    """Record that a projection now holds the first ``size`` entries."""
    if not _MOVE.run(conn, [{"named": name, "by": VERSIONS[name], "to": size}]):
        values = {"name": name, "version": VERSIONS[name], "position": size}
        conn.execute(sa.insert(s.view), values)


def clear(conn: Connection, name: str) -> None:
    """Delete every row of a projection and its position."""
    for table in TABLES[name]:
        conn.execute(sa.delete(table))
    conn.execute(sa.delete(s.view).where(s.view.c.name == name))


def digest(conn: Connection, name: str) -> str:
    """Return the hex digest of a projection's content, in bounded memory."""
    total = hashlib.sha256()
    for table in TABLES[name]:
        total.update(table.name.encode() + b"\n")
        query = _stored(table).order_by(*table.primary_key.columns)
        rows = conn.execute(query.execution_options(yield_per=_BATCH))
        for row in rows:
            total.update(orjson.dumps(list(row), default=_hex) + b"\n")
    return total.hexdigest()


def differing_tables(
    one: Connection, other: Connection, name: str
) -> Iterator[tuple[str, int | None]]:
    """Yield (table, seq) of each table of a projection that differs between two databases.

    ``seq`` is the position of the first differing row, None where its table has no position.
    """
    for table in TABLES[name]:
        order = table.primary_key.columns
        query = _stored(table).order_by(*order).execution_options(yield_per=_BATCH)
        # A server keeps a cursor open for rows that are not read to their end.
        with closing(one.execute(query)) as left, closing(other.execute(query)) as right:
            # Batches are compared first: a row at a time takes much longer.
            for parts in zip_longest(left.partitions(), right.partitions(), fillvalue=()):
                mine, theirs = ([*map(tuple, part)] for part in parts)
                if mine != theirs:
                    yield table.name, _first_position(table, mine, theirs)
                    break


def _first_position(table: sa.Table, mine: list[_Row], theirs: list[_Row]) -> int | None:
    """Return the position that the first row says in which two batches differ."""
    one, other = next(pair for pair in zip_longest(mine, theirs) if pair[0] != pair[1])
    row = dict(zip(table.columns.keys(), other or one or (), strict=True))
    found: int | None = row.get("seq", row.get("from_seq", row.get("enrolled_seq")))
    return found


def differing_since(one: Connection, other: Connection, since: int) -> Iterator[str]:
    """Yield the claims tables whose rows that entries from ``since`` on can have touched differ."""
    v = s.version.c
    moved = (v.seq, v.counts_from, v.counts_to, v.decided_seq, v.confirmed_seq)
    new = sa.select(v.event_id).where(v.seq >= since)
    conditions: dict[sa.Table, sa.ColumnElement[bool]] = {
        s.policy_version: s.policy_version.c.seq >= since,
        s.actor: sa.true(),
        s.actor_key: sa.true(),
        s.actor_role: sa.true(),
        s.version: sa.or_(*(column >= since for column in moved)),
        s.claim_version: s.claim_version.c.event_id.in_(new),
        s.claim_key: s.claim_key.c.claim_id.in_(new),
        s.dispute: s.dispute.c.seq >= since,
        s.definition: s.definition.c.event_id.in_(new),
    }
    for table in TABLES[CLAIMS]:
        query = _stored(table).where(conditions[table]).order_by(*table.primary_key.columns)
        mine, theirs = ([tuple(row) for row in c.execute(query)] for c in (one, other))
        if mine != theirs:
            yield table.name


def unknown_views(conn: Connection) -> list[str]:
    """Return the names of views that have a position and that no code folds."""
    name = s.view.c.name
    return list(conn.execute(sa.select(name).where(name.not_in(VERSIONS))).scalars())


def copy_rows(source: Connection, target: Connection, name: str) -> None:
    """Replace a projection's rows in ``target`` by those of ``source``, in batches."""
    clear(target, name)
    for table in TABLES[name]:
        if copy_locally(table, source, target):
            continue
        rows = source.execute(sa.select(table).execution_options(yield_per=_BATCH))
        # Put together once: SQLAlchemy takes longer over a row than the database does.
        made = str(sa.insert(table).compile(dialect=target.dialect))
        for part in rows.partitions(_BATCH):
            values = [dict(zip(table.columns.keys(), row, strict=True)) for row in part]
            target.exec_driver_sql(made, values)


class _StoredTruth(sa.types.TypeDecorator[Any]):
    """A truth value where 0 or 1 is stored, and whatever else is stored as it is."""

    impl = sa.types.NullType
    cache_ok = True

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:  # noqa: ARG002
        """Return the value in Python."""
        return bool(value) if type(value) is int and value in (0, 1) else value


def _stored(table: sa.Table) -> sa.Select[Any]:
    """Select rows with every value as it is stored."""
    return sa.select(
        *(
            sa.type_coerce(column, _StoredTruth()).label(column.name)
            if isinstance(column.type, sa.Boolean)
            else column
            for column in table.columns
        )
    )


def _hex(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(type(value).__name__)
