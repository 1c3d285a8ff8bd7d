"""The disputes raised against claims: who, when, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.json_values import members
from ledger.log.entry import decode_entry
from ledger.queries.entry import opened
from ledger.store import schema as s
from ledger.store.in_lists import select_in
from ledger.store.log_store import LogStore

_d = s.dispute.c


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute of a claim; ``about`` cites the claim with its id. The comment is untrusted."""

    seq: int
    event: str
    claim: str
    about: str
    actor: str
    day: str
    reason_code: str
    comment: str  # "" where none was given, or it was erased

    def to_value(self) -> dict[str, Any]:
        """Return JSON values."""
        return members(self, "seq", "claim", "actor", "day", "reason_code", "comment")


def disputes(
    store: LogStore, conn: Connection, names: Mapping[str, str], *, size: int
) -> tuple[Dispute, ...]:
    """Return the disputes of these claims in a log of ``size`` entries, oldest first.

    ``names`` maps the id of each claim to how it is cited.
    """
    if not names:
        return ()
    query = sa.select(_d.seq, _d.claim_id).where(_d.seq < size)
    found = []
    for seq, claim in sorted(select_in(conn, query, _d.claim_id, names)):
        entry = decode_entry(store.bytes_at(conn, seq), at=seq)
        event, (data, _) = entry.signed.event, opened(store, conn, entry)
        found.append(
            Dispute(
                seq=seq,
                event=event.id,
                claim=claim,
                about=names[claim],
                actor=event.actor,
                day=entry.recorded_at[:10],
                reason_code=str(data["reason_code"]),
                comment=str(data.get("comment", "")),
            )
        )
    return tuple(found)
