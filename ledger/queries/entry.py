"""One entry: when it was recorded, what it says with its disclosures put back, its versions."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.log import disclosure
from ledger.log.entry import Entry, decode_entry
from ledger.queries import history
from ledger.queries.history import HistoryItem
from ledger.store import schema as s
from ledger.store.log_store import LogStore

_v = s.version.c


def opened(
    store: LogStore, conn: Connection, entry: Entry
) -> tuple[Mapping[str, Any], Sequence[str]]:
    """Return (event data, withheld): the data with the disclosures that are kept put back.

    ``withheld`` are the digests for which no disclosure is kept.
    """
    data = entry.signed.event.data
    return disclosure.reveal(data, store.disclosures(conn, disclosure.digests_in(data)))


def claim_content(store: LogStore, conn: Connection, seq: int) -> dict[str, Any]:
    """Return the content of the claim that entry ``seq`` records or corrects, as JSON values."""
    entry = decode_entry(store.bytes_at(conn, seq))
    data, _ = opened(store, conn, entry)
    name = "claim" if entry.signed.event.type == "claim.recorded" else "content"
    found: dict[str, Any] = orjson.loads(orjson.dumps(data[name]))
    return found


def versions_beside(conn: Connection, seq: int, *, at: int | None) -> tuple[HistoryItem, ...]:
    """Return the versions of the claim or definition that entry ``seq`` is one of, oldest first.

    They and their states are those of a log of ``at`` entries; None for all.
    """
    subject = sa.select(_v.subject).where(_v.seq == seq).scalar_subquery()
    query = sa.select(_v.seq).where(_v.subject == subject)
    if at is not None:
        query = query.where(_v.seq < at)
    return tuple(history.history_items(conn, conn.execute(query).scalars().all(), at=at))
