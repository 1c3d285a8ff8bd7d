"""The events that await review."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.domain.claims import Claim
from ledger.domain.state_records import Version
from ledger.projections.stored_state import StoredState
from ledger.queries import history
from ledger.queries.history import HistoryItem
from ledger.queries.history_filter import state_at
from ledger.store import schema as s

_v = s.version.c


@dataclass(frozen=True, slots=True)
class Pending:
    """One event that awaits review."""

    item: HistoryItem
    digest: str
    stale: bool  # what it supersedes is no longer current: it can only be rejected or withdrawn
    claim: Claim | None


def pending(conn: Connection, state: StoredState, *, at: int | None = None) -> tuple[Pending, ...]:
    """Return the events that await review, oldest first; in a log of ``at`` entries, or now.

    Of an earlier log none is called stale: nothing is decided there.
    """
    query = sa.select(_v.seq).where(state_at(at) == "pending")
    if at is not None:
        query = query.where(_v.seq < at)
    found = []
    for item in history.history_items(conn, conn.execute(query).scalars().all(), at=at):
        version = state.version(item.event)
        if version is not None:
            stale = at is None and _is_stale(version, state)
            found.append(Pending(item, version.digest, stale, state.claim_of(item.event)))
    return tuple(found)


def waiting_on(conn: Connection, claim_id: str) -> list[HistoryItem]:
    """Return the events about a claim that await review, oldest first."""
    about = sa.and_(_v.subject == f"claim:{claim_id}", _v.state == "pending")
    return history.history_items(conn, conn.execute(sa.select(_v.seq).where(about)).scalars().all())


def count(conn: Connection) -> int:
    """Return how many events await review."""
    query = sa.select(sa.func.count()).where(_v.state == "pending")
    return int(conn.execute(query).scalar_one())


def is_stale(state: StoredState, item: HistoryItem) -> bool:
    """Return whether what an event supersedes is no longer current; see :class:`Pending`."""
    version = state.version(item.event)
    return version is not None and _is_stale(version, state)


def _is_stale(version: Version, state: StoredState) -> bool:
    current = state.current(version.subject)
    if version.supersedes is None or current is None:
        return False
    return version.supersedes != current.digest
