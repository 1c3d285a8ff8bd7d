"""Chained rows that carry no claims, and programs that append them from other processes."""

from __future__ import annotations

import random
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from ledger.log.merkle import leaf_hash
from ledger.store.log_store import LogStore, StoredEntry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from ledger.log.chain import Head


class _RolledBackError(Exception):
    """Raised on purpose inside a transaction."""


def chained(
    head: Head, names: Iterable[str], *, recorded_at: str = "2026-01-01T00:00:00.000000Z"
) -> list[StoredEntry]:
    """Make one entry per name, continuing ``head``; the name becomes the event id."""
    made: list[StoredEntry] = []
    prev = head.leaf
    for seq, name in enumerate(names, head.size):
        data = f"{seq} {prev} {name}".encode()
        leaf = leaf_hash(data)
        made.append(
            StoredEntry(
                seq=seq,
                data=data,
                leaf_hash=leaf,
                prev=prev,
                event_id=name,
                event_digest=f"digest of {name}",
                type="claim.recorded",
                actor="ada",
                recorded_at=max(recorded_at, head.recorded_at),
            )
        )
        prev = leaf.hex()
    return made


def append(store: LogStore, conn: Connection, names: Iterable[str]) -> list[StoredEntry]:
    """Append as the service does: head, chain, tree, rows."""
    head = store.head(conn)
    entries = chained(head, names)
    edge = store.compact_range(conn, head.size)
    nodes = edge.extend([one.leaf_hash for one in entries])
    store.append(conn, entries, nodes, head=head)
    return entries


def fill(store: LogStore, count: int) -> None:
    """Append ``count`` entries in one transaction."""
    with store.writing() as conn:
        size = store.head(conn).size
        append(store, conn, [f"event {n}" for n in range(size, size + count)])


def _append_in_vain(store: LogStore, name: str) -> None:
    with store.writing() as conn:
        append(store, conn, [name])
        raise _RolledBackError


def write_many(url: str, name: str, count: int) -> None:
    """Append entries one by one, some in vain; print the name of each once it is durable."""
    store = LogStore.open(url)
    dice = random.Random(name)  # noqa: S311 - a repeatable test, no secret
    for n in range(count):
        if dice.random() < 0.1:
            with suppress(_RolledBackError):
                _append_in_vain(store, f"{name} lost {n}")
        with store.writing() as conn:
            append(store, conn, [f"{name} {n}"])
        print(f"{name} {n}", flush=True)  # noqa: T201 - how the test learns of it


def hang_inside(url: str, count: int) -> None:
    """Insert ``count`` entries, say so, and never commit."""
    store = LogStore.open(url)
    with store.writing() as conn:
        append(store, conn, [f"half {n}" for n in range(count)])
        print("inserted", flush=True)  # noqa: T201 - how the test learns of it
        time.sleep(600)


if __name__ == "__main__":
    verb, address, *rest = sys.argv[1:]
    if verb == "write":
        write_many(address, rest[0], int(rest[1]))
    else:
        hang_inside(address, int(rest[0]))
