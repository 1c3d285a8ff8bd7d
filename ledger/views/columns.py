"""The columns of ``entry`` that are derived from its bytes, derived in one place.

The append writes them with this function and ``verify`` holds the stored ones against it.
"""

from __future__ import annotations

from ledger.domain import events
from ledger.log.entry import Entry
from ledger.store.log_store import StoredEntry


def derived_key(payload: events.EventData | events.Unknown) -> str | None:
    """Return the import key of a claim being recorded, None for every other event."""
    return payload.claim.key if isinstance(payload, events.ClaimRecorded) else None


def derived(entry: Entry) -> StoredEntry:
    """Return the row that belongs to an entry."""
    event = entry.signed.event
    claim = event.data.get("claim") if event.type == "claim.recorded" else None
    return StoredEntry(
        seq=entry.seq,
        data=entry.data,
        leaf_hash=entry.leaf_hash,
        prev=entry.prev,
        event_id=event.id,
        event_digest=entry.signed.digest,
        type=event.type,
        actor=event.actor,
        recorded_at=entry.recorded_at,
        claim_key=claim.get("key") if isinstance(claim, dict) else None,
    )
