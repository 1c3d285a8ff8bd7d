"""How many notes count in a prefix of the log, by place: of a long log most claims are notes.

A note (a claim of kind ``context``) bears on no status; where nothing else is recorded, answers say
how many there are. So they are counted where they lie, and not one of them is read.
"""

from collections import Counter
from collections.abc import Collection
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.domain.state_records import CountedClaim
from ledger.store import schema as s

NOTE: Final = "context"
Noted = Counter[tuple[str, str, str]]  # by jurisdiction, activity and force

_v, _c = s.version.c, s.claim_version.c
_SIZE: Final[sa.BindParameter[int]] = sa.bindparam("size", type_=sa.BigInteger)
_COUNTS: Final = sa.and_(
    _v.counts_from < _SIZE, sa.or_(_v.counts_to.is_(None), _v.counts_to >= _SIZE)
)
_PLACE: Final = (_c.jurisdiction, _c.activity)
_ALL: Final = (
    sa.select(*_PLACE, sa.literal("").label("force"), sa.func.count().label("number"))
    .where(_c.kind == NOTE)
    .group_by(*_PLACE)
)
_OF_VERSIONS: Final = _ALL.join(s.version, _v.event_id == _c.event_id)
_NOT_COUNTING: Final = _OF_VERSIONS.where(
    _v.state.in_(("pending", "superseded", "rejected", "withdrawn"))
)
_COUNTING: Final = _OF_VERSIONS.where(_COUNTS)
_BY_FORCE: Final = (
    sa.select(*_PLACE, _c.force, sa.func.count().label("number"))
    .join(s.version, _v.event_id == _c.event_id)
    .where(_c.kind == NOTE, _COUNTS, _c.jurisdiction.in_(sa.bindparam("unions", expanding=True)))
    .group_by(*_PLACE, _c.force)
)
_LATER: Final = sa.select(s.entry.c.seq).where(s.entry.c.seq >= _SIZE).limit(1)


def count_notes(conn: Connection, size: int, unions: Collection[str]) -> Noted:
    """Count the notes of every place in a log of ``size`` entries.

    ``unions`` are the jurisdictions with members: only of theirs it matters which force a note has,
    and it is empty for all others. At the head, all versions are counted in one index, and those
    that do not count are taken off; before it, each version is looked up.
    """
    at = {"size": size}
    if conn.execute(_LATER, at).first() is None:
        found = _numbers(conn, _ALL)
        found.subtract(_numbers(conn, _NOT_COUNTING))
    else:
        found = _numbers(conn, _COUNTING, at)
    kept = Noted({key: number for key, number in found.items() if key[0] not in unions and number})
    return kept + _numbers(conn, _BY_FORCE, {**at, "unions": sorted(unions)})


def key_of(note: CountedClaim, unions: Collection[str]) -> tuple[str, str, str]:
    """Return under which key :func:`count_notes` counts a note."""
    claim: Any = note.claim  # a note has a place
    force = claim.force if claim.jurisdiction in unions else ""
    return claim.jurisdiction, claim.activity, force


def _numbers(
    conn: Connection, query: sa.Select[Any], values: dict[str, Any] | None = None
) -> Noted:
    rows = conn.execute(query, values)
    return Noted({(row.jurisdiction, row.activity, row.force): row.number for row in rows})
