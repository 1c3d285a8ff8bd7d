"""Rows as they lie in the database, damaged ones too, for the verifier to compare."""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from ledger.store.schema import disclosure, entry, tree_node

EntryRow = sa.Row[Any]  # seq, bytes and leaf_hash of ``entry``, then its columns ``DERIVED``
DERIVED: Final = (  # columns of ``entry`` that follow from its bytes, beside seq and leaf hash
    "prev",
    "event_id",
    "event_digest",
    "type",
    "actor",
    "recorded_at",
    "claim_key",
)
_COLUMNS: Final = [entry.c[name] for name in ("seq", "bytes", "leaf_hash", *DERIVED)]
_ENTRIES: Final = sa.select(*_COLUMNS).where(
    entry.c.seq >= sa.bindparam("start"), entry.c.seq < sa.bindparam("stop")
)
MOST: Final = 2**53 - 1  # entries; what published logs can count, too
_MAX_LEVEL: Final = 7  # of a tile: 256^8 entries is more than a seq can count


def entry_rows(conn: Connection, start: int, stop: int) -> dict[int, EntryRow]:
    """Return the rows of ``entry`` with start <= seq < stop, by seq."""
    return {row[0]: row for row in conn.execute(_ENTRIES, {"start": start, "stop": stop})}


def derived(row: EntryRow) -> tuple[Any, ...]:
    """Return the columns ``DERIVED`` of a row."""
    return row[-len(DERIVED) :]


def disclosure_rows(conn: Connection, start: int, stop: int) -> list[tuple[int, str, Any]]:
    """Return (seq, digest, text) of the disclosures with start <= seq < stop, in that order."""
    d = disclosure.c
    query = sa.select(d.seq, d.digest, d.text).where(d.seq >= start, d.seq < stop)
    return [
        (row.seq, row.digest, row.text) for row in conn.execute(query.order_by(d.seq, d.digest))
    ]


def size(conn: Connection) -> int:
    """Return the number of entries; a row further on than a log can grow is none of them."""
    last = sa.select(sa.func.max(entry.c.seq)).where(entry.c.seq.between(0, MOST - 1))
    found: int | None = conn.execute(last).scalar()
    return 0 if found is None else found + 1


def seqs_outside(conn: Connection, size: int) -> list[int]:
    """Return the seqs of the first rows that stand where a log of ``size`` entries has none."""
    seq = entry.c.seq
    query = sa.select(seq).where(sa.or_(seq < 0, seq >= size)).order_by(seq).limit(100)
    return list(conn.execute(query).scalars())


def stray_disclosure(conn: Connection, size: int) -> int | None:
    """Return the seq of a disclosure that belongs to none of ``size`` entries, None without one."""
    seq = disclosure.c.seq
    return conn.execute(sa.select(seq).where(sa.or_(seq < 0, seq >= size)).limit(1)).scalar()


def has_stray_hashes(conn: Connection, size: int) -> bool:
    """Return whether a tile hash stands where a tree of ``size`` entries has none."""
    n = tree_node.c
    levels = range(1, _MAX_LEVEL + 1)
    ends = [sa.and_(n.level == level, n.idx >= size >> (8 * level)) for level in levels]
    beyond = sa.or_(n.level < 1, n.level > _MAX_LEVEL, n.idx < 0, *ends)
    return conn.execute(sa.select(n.idx).where(beyond).limit(1)).first() is not None
