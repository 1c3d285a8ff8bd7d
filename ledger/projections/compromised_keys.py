"""Find the keys that a prefix of the log calls compromised, since when, and by which entry.

``actor_key`` holds what is known at the head. What was known at an earlier point follows from the
``actor.key_revoked`` entries before it: a key may be rotated first and reported compromised much
later, or reported again with a better date, and answers about the past must not change by that.
"""

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
    """The report of entry ``seq``: from ``since`` (a recorded_at stamp) on, a key was not safe."""

    seq: int
    keyid: str
    since: str


@dataclass(slots=True)
class _ReadReports:
    """The reports before entry ``stop``; ``last`` is the leaf hash of the entry before it."""

    stop: int
    last: bytes
    reports: tuple[Compromise, ...]


# An entry never changes, so it need not be read twice.
_read: WeakKeyDictionary[Engine, _ReadReports] = WeakKeyDictionary()


def compromises(conn: Connection, size: int) -> dict[str, Compromise]:
    """Map each key that the first ``size`` entries call compromised to the newest report.

    Reads nothing where no key is compromised. Raises BadEntry for an entry that cannot be read.
    """
    first = conn.execute(_FIRST).scalar()
    if first is None or first >= size:
        return {}
    return {report.keyid: report for report in _reports(conn, first, size) if report.seq < size}


def _reports(conn: Connection, first: int, size: int) -> tuple[Compromise, ...]:
    known = _read.get(conn.engine)
    # The log was replaced or rolled back: read it again.
    if known is None or _leaf(conn, known.stop - 1) != known.last:
        known = _ReadReports(first, _leaf(conn, first - 1), ())
    if known.stop < size:
        query = (
            sa.select(_e.seq, _e.bytes)
            .where(_e.type == "actor.key_revoked", _e.seq >= known.stop, _e.seq < size)
            .order_by(_e.seq)
        )
        fresh = [_report(seq, data) for seq, data in conn.execute(query)]
        reports = (*known.reports, *(report for report in fresh if report is not None))
        known = _ReadReports(size, _leaf(conn, size - 1), reports)
    _read[conn.engine] = known
    return known.reports


def _leaf(conn: Connection, seq: int) -> bytes:
    found = conn.execute(sa.select(_e.leaf_hash).where(_e.seq == seq)).scalar()
    return b"" if found is None else bytes(found)


def _report(seq: int, data: bytes) -> Compromise | None:
    try:
        said = orjson.loads(data)["event"]["data"]
        return Compromise(seq, said["keyid"], said["compromised_since"]) if len(said) > 1 else None
    except (ValueError, LookupError, TypeError):
        raise BadEntry("the entry is damaged", seq=seq, hint="run `regledger verify`") from None


def count_suspect_versions(conn: Connection, size: int) -> int:
    """Return how many versions that count in the first ``size`` entries rest on a compromised key.

    The key recorded or approved them after it was no longer safe, and nobody reviewed them again
    after the compromise was reported.
    """
    return sum(
        conn.execute(_SUSPECT, {**report._asdict(), "size": size}).scalar_one()
        for report in compromises(conn, size).values()
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
                _v.reviewer_keyid == sa.bindparam("keyid"), _v.counted_at >= sa.bindparam("since")
            ),
        ),
        sa.or_(
            _v.confirmed_seq.is_(None),
            _v.confirmed_seq <= sa.bindparam("seq"),
            _v.confirmed_seq >= sa.bindparam("size"),
        ),
    )
)
