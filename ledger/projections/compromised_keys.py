"""Which keys a prefix of the log says are compromised, since when, and which entry said so.

``actor_key`` has what is known at the head. What an earlier prefix knew follows from its own
``actor.key_revoked`` entries: a key may be closed first (rotated, say) and told to be compromised
much later, or told anew with a better date, and an answer about the past must not change by that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from weakref import WeakKeyDictionary

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ledger.errors import BadEntry
from ledger.store import schema as s

_e, _k = s.entry.c, s.actor_key.c
_FIRST = sa.select(sa.func.min(_k.to_seq)).where(_k.compromised_since.is_not(None))


class Compromise(NamedTuple):
    """What an entry said: from ``since`` (a recorded_at stamp) on a key was not safe."""

    seq: int
    keyid: str
    since: str


@dataclass(slots=True)
class _Read:
    """What the entries before ``stop`` say; ``last`` is the leaf hash of the last of them."""

    stop: int
    last: bytes
    told: tuple[Compromise, ...]


# An entry never changes, so what was read once need not be read again.
_read: WeakKeyDictionary[Engine, _Read] = WeakKeyDictionary()


def compromises(conn: Connection, size: int) -> dict[str, Compromise]:
    """Map each key that the first ``size`` entries call compromised to what they said last.

    As a rule no key is, and nothing is read. Raises BadEntry for an entry that cannot be read.
    """
    first = conn.execute(_FIRST).scalar()
    if first is None or first >= size:
        return {}
    return {one.keyid: one for one in _told(conn, first, size) if one.seq < size}


def _told(conn: Connection, first: int, size: int) -> tuple[Compromise, ...]:
    known = _read.get(conn.engine)
    # Another log in its place, or entries that were rolled back: read anew.
    if known is None or _leaf(conn, known.stop - 1) != known.last:
        known = _Read(first, _leaf(conn, first - 1), ())
    if known.stop < size:
        query = (
            sa.select(_e.seq, _e.bytes)
            .where(_e.type == "actor.key_revoked", _e.seq >= known.stop, _e.seq < size)
            .order_by(_e.seq)
        )
        fresh = [_said(seq, data) for seq, data in conn.execute(query)]
        told = (*known.told, *(one for one in fresh if one is not None))
        known = _Read(size, _leaf(conn, size - 1), told)
    _read[conn.engine] = known
    return known.told


def _leaf(conn: Connection, seq: int) -> bytes:
    found = conn.execute(sa.select(_e.leaf_hash).where(_e.seq == seq)).scalar()
    return b"" if found is None else bytes(found)


def _said(seq: int, data: bytes) -> Compromise | None:
    try:
        said = orjson.loads(data)["event"]["data"]
        return Compromise(seq, said["keyid"], said["compromised_since"]) if len(said) > 1 else None
    except (ValueError, LookupError, TypeError):
        raise BadEntry("the entry is damaged", seq=seq, hint="run `regledger verify`") from None


def count_suspect_versions(conn: Connection, size: int) -> int:
    """Return how many versions count in the first ``size`` entries on a compromised key's word.

    That is one that recorded them, or let them count, after it was no longer safe; unless they
    were reviewed anew after that was told.
    """
    return sum(
        conn.execute(_SUSPECT, {**told._asdict(), "size": size}).scalar_one()
        for told in compromises(conn, size).values()
    )


_v = s.version.c
_SUSPECT = (
    sa.select(sa.func.count())
    .select_from(s.version.join(s.entry, _e.seq == _v.seq))
    .where(
        _v.state == "counting",
        sa.or_(
            sa.and_(_v.keyid == sa.bindparam("keyid"), _e.recorded_at >= sa.bindparam("since")),
            sa.and_(
                _v.reviewer_keyid == sa.bindparam("keyid"),
                _v.counted_at >= sa.bindparam("since"),
            ),
        ),
        sa.or_(
            _v.confirmed_seq.is_(None),
            _v.confirmed_seq <= sa.bindparam("seq"),
            _v.confirmed_seq >= sa.bindparam("size"),
        ),
    )
)
