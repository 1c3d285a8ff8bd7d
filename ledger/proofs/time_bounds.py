"""The times between which an entry was recorded, by time-stamps and by the log's own clock.

*Not after*: a time-stamp (RFC 3161) of a checkpoint that covers the entry. The authority signed
that the checkpoint existed, so the entry did; the ledger's keeper cannot have written it later.

*Not before*: only the log's own word. The last checkpoint that does not cover the entry says when
the log sealed it, by its own clock: then the entry was not recorded yet. A time-stamp of *that*
checkpoint shows by when the log had given this word and could no longer change it; it does not show
that the entry was missing.

Time-stamps are read from their bytes here, but their signatures are not checked: ``regledger
timestamp list --ca`` does that, against the root certificate of an authority.
"""

from dataclasses import dataclass, replace
from typing import Any

from ledger.checkpoints import timestamps
from ledger.checkpoints.timestamps import Token
from ledger.clock import stamp
from ledger.errors import BadTimeStamp
from ledger.json_values import json_value, members
from ledger.store import checkpoint_store
from ledger.store.log_store import Connection

_MOST = 8  # time-stamps looked at before giving up on unreadable ones


@dataclass(frozen=True, slots=True)
class StampedCheckpoint:
    """A time-stamp of the checkpoint of ``size``: it existed by ``time`` (recorded_at form)."""

    size: int
    time: str
    authority: str


@dataclass(frozen=True, slots=True)
class TimeBounds:
    """Between which times an entry must have been recorded.

    ``sealed`` is the size of the first checkpoint that covers it, None while it is unsealed.
    ``not_after`` is an authority's word. ``without`` and ``without_at`` are the log's: the last
    checkpoint that does not cover the entry, and when it was sealed; ``without_stamped`` is the
    time-stamp of that one.
    """

    sealed: int | None = None
    not_after: StampedCheckpoint | None = None
    without: int | None = None
    without_at: str | None = None
    without_stamped: StampedCheckpoint | None = None

    def to_value(self) -> dict[str, Any]:
        """Return JSON values."""
        before = None
        if self.without is not None:
            before = {
                "size": self.without,
                "sealed_at": self.without_at,
                "time_stamp": json_value(self.without_stamped),
            }
        return {**members(self, "sealed", "not_after"), "not_before": before}


def time_bounds(conn: Connection, seq: int) -> TimeBounds:
    """Return what the kept checkpoints and time-stamps say about when ``seq`` was recorded."""
    first = checkpoint_store.covering(conn, seq)
    last = checkpoint_store.newest(conn, upto=seq)
    found = TimeBounds(
        sealed=None if first is None else first.size, not_after=_earliest(conn, seq + 1)
    )
    if last is None:
        return found
    return replace(
        found,
        without=last.size,
        without_at=last.sealed_at,
        without_stamped=_earliest(conn, last.size, last.size),
    )


def _earliest(conn: Connection, first: int, last: int | None = None) -> StampedCheckpoint | None:
    """Return the earliest readable time-stamp; the columns only say where to look."""
    found: list[tuple[Token, int]] = []
    for one in checkpoint_store.time_stamps_by_time(conn, first, last, limit=_MOST):
        held = checkpoint_store.checkpoint_at(conn, one.size)
        try:
            if held is not None:
                found.append((timestamps.read(one.response, held.note), one.size))
        except BadTimeStamp:
            continue  # `verify` reports it
    if not found:
        return None
    token, size = min(found, key=lambda one: one[0].latest)
    return StampedCheckpoint(size, stamp(token.latest), token.authority)
