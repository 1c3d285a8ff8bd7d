"""The ids that a form completes from."""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.domain.taxonomy import Taxonomy
from ledger.store import schema as s

_MOST: Final = 5000  # instruments, and claim keys
_c, _k = s.claim_version.c, s.claim_key.c


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The ids that claims may name: (id, name) pairs, and ids alone where there is no name.

    ``instruments`` and ``keys`` are those of the newest claims, at most 5,000 of each.
    """

    jurisdictions: tuple[tuple[str, str], ...]
    activities: tuple[tuple[str, str], ...]
    actor_classes: tuple[tuple[str, str], ...]
    bodies: tuple[tuple[str, str], ...]
    regimes: tuple[str, ...]
    instruments: tuple[str, ...]
    keys: tuple[str, ...]


def vocabulary(conn: Connection, known: Taxonomy) -> Vocabulary:
    """Return the ids of a taxonomy and of the claims recorded."""
    named = (
        sa.select(_c.instrument)
        .where(_c.instrument.is_not(None))
        .group_by(_c.instrument)
        .order_by(sa.func.max(_c.seq).desc())
    )
    newest = sa.select(_k.key).order_by(_k.claim_id.desc())
    return Vocabulary(
        jurisdictions=tuple((one.id, one.name) for one in known.jurisdictions.values()),
        activities=tuple((one.id, one.name) for one in known.activities.values()),
        actor_classes=tuple((one.id, one.name) for one in known.actor_classes.values()),
        bodies=tuple((one.id, one.name) for one in known.bodies.values()),
        regimes=tuple(sorted({a.regime for a in known.activities.values() if a.regime})),
        instruments=tuple(conn.execute(named.limit(_MOST)).scalars()),
        keys=tuple(conn.execute(newest.limit(_MOST)).scalars()),
    )
