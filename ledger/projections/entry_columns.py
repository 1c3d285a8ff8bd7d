"""Columns derived from an entry's bytes.

The append writes the columns of ``entry`` that :func:`derive_columns` returns; the verifier
derives them again and compares.
"""

from ledger.domain import event_models, events
from ledger.log.entry import Entry
from ledger.projections.claim_content import claim_key
from ledger.store.log_store import StoredEntry


def import_key(payload: events.EventData | events.Unknown) -> str | None:
    """Return the import key of a claim being recorded, None for every other event."""
    return payload.claim.key if isinstance(payload, event_models.ClaimRecorded) else None


def derive_columns(entry: Entry) -> StoredEntry:
    """Return the row that belongs to an entry."""
    event = entry.signed.event
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
        claim_key=claim_key(event.type, event.data),
    )
