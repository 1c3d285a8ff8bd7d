"""Checkpoints with their cosignatures and time-stamps, kept beside the log.

A checkpoint is kept as the log signed it and never changes, because time-stamps are over its
bytes; the lines of witnesses are kept one by one. All of it is public and checks itself: an
altered row does not verify, and a lost row can be fetched from a published log.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.errors import Conflict
from ledger.store import schema as s

_point, _line, _stamp = s.checkpoint.c, s.cosignature.c, s.time_stamp.c


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A sealed note, and the signature lines of witnesses, each with its line feed."""

    size: int
    note: bytes
    sealed_at: str
    cosignatures: tuple[bytes, ...]

    @property
    def full(self) -> bytes:
        """The note with the lines of all witnesses."""
        return self.note + b"".join(self.cosignatures)


@dataclass(frozen=True, slots=True)
class StoredTimeStamp:
    """An authority's response (TimeStampResp, DER) over the sealed note of size ``size``."""

    size: int
    idx: int
    gen_time: str
    authority: str
    response: bytes


def put_checkpoint(conn: Connection, size: int, note: bytes, sealed_at: str) -> None:
    """Keep a sealed note; the same again does nothing.

    Raises Conflict: another note of this size is there already.
    """
    held = checkpoint_at(conn, size)
    if held is None:
        values = {"size": size, "note": note, "sealed_at": sealed_at}
        conn.execute(sa.insert(s.checkpoint), values)
    elif held.note != note:
        raise Conflict(f"another checkpoint of size {size} is kept already")


def checkpoint_at(conn: Connection, size: int) -> StoredCheckpoint | None:
    """Return the checkpoint of exactly this size."""
    return _first(conn, sa.select(s.checkpoint).where(_point.size == size))


def newest(conn: Connection, *, upto: int | None = None) -> StoredCheckpoint | None:
    """Return the checkpoint of the largest size, or of the largest that is <= ``upto``."""
    query = sa.select(s.checkpoint).order_by(_point.size.desc()).limit(1)
    return _first(conn, query if upto is None else query.where(_point.size <= upto))


def covering(conn: Connection, seq: int) -> StoredCheckpoint | None:
    """Return the first checkpoint that covers entry ``seq``, of the smallest size > ``seq``."""
    query = sa.select(s.checkpoint).where(_point.size > seq).order_by(_point.size).limit(1)
    return _first(conn, query)


def checkpoint_sizes(conn: Connection) -> list[int]:
    """Return the sizes that have a checkpoint, smallest first."""
    return list(conn.execute(sa.select(_point.size).order_by(_point.size)).scalars())


def put_cosignatures(
    conn: Connection, size: int, lines: Iterable[tuple[str, str, bytes, int]]
) -> None:
    """Keep checked lines ``(name, key id as hex, line, POSIX seconds)``; a key's newer replaces."""
    for name, key_id, line, at in lines:
        mine = sa.and_(_line.size == size, _line.key_id == key_id, _line.name == name)
        conn.execute(sa.delete(s.cosignature).where(mine))
        values = {"size": size, "key_id": key_id, "name": name, "line": line, "at": at}
        conn.execute(sa.insert(s.cosignature), values)


def put_time_stamp(
    conn: Connection, size: int, response: bytes, *, gen_time: str, authority: str
) -> int:
    """Keep a checked response; return its number among those of this size."""
    held = time_stamps(conn, size)
    same = next((one.idx for one in held if one.response == response), None)
    if same is not None:
        return same
    idx = len(held)
    values = {"size": size, "idx": idx, "gen_time": gen_time, "authority": authority}
    conn.execute(sa.insert(s.time_stamp), {**values, "response": response})
    return idx


def time_stamps(conn: Connection, size: int | None = None) -> list[StoredTimeStamp]:
    """Return the time-stamps of one checkpoint, or of all, by size and number."""
    query = sa.select(s.time_stamp).order_by(_stamp.size, _stamp.idx)
    if size is not None:
        query = query.where(_stamp.size == size)
    return _time_stamps(conn, query)


def time_stamps_by_time(
    conn: Connection, first: int, last: int | None = None, *, limit: int
) -> list[StoredTimeStamp]:
    """Return time-stamps of checkpoints with first <= size <= last, earliest ``gen_time`` first."""
    query = sa.select(s.time_stamp).where(_stamp.size >= first)
    if last is not None:
        query = query.where(_stamp.size <= last)
    return _time_stamps(conn, query.order_by(_stamp.gen_time).limit(limit))


def cosignature_rows(conn: Connection, size: int) -> list[tuple[bytes, str, str, int]]:
    """Return (line, name, key id, POSIX seconds) of each witness' line under a checkpoint."""
    query = sa.select(_line.line, _line.name, _line.key_id, _line.at).where(_line.size == size)
    return [(row.line, row.name, row.key_id, row.at) for row in conn.execute(query)]


def orphans(conn: Connection) -> list[tuple[str, int]]:
    """Return (kind, size) of the lines and time-stamps whose checkpoint is not kept."""
    kept = sa.select(_point.size)
    found: list[tuple[str, int]] = []
    for kind, size in (("cosignature", _line.size), ("time-stamp", _stamp.size)):
        query = sa.select(size).where(size.not_in(kept)).distinct()
        found += ((kind, odd) for odd in conn.execute(query).scalars())
    return found


def size_outside(conn: Connection, size: int) -> int | None:
    """Return the largest size of a checkpoint that a log of ``size`` entries cannot have."""
    outside = sa.or_(_point.size < 1, _point.size > size)
    return conn.execute(sa.select(sa.func.max(_point.size)).where(outside)).scalar()


def _time_stamps(conn: Connection, query: sa.Select[Any]) -> list[StoredTimeStamp]:
    return [
        StoredTimeStamp(row.size, row.idx, row.gen_time, row.authority, row.response)
        for row in conn.execute(query)
    ]


def _first(conn: Connection, query: sa.Select[Any]) -> StoredCheckpoint | None:
    row = conn.execute(query).first()
    if row is None:
        return None
    lines = sa.select(_line.line).where(_line.size == row.size).order_by(_line.name, _line.key_id)
    cosignatures = tuple(conn.execute(lines).scalars())
    return StoredCheckpoint(row.size, row.note, row.sealed_at, cosignatures)
