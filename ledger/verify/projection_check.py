"""Comparing the status view of a database with the timelines that follow from its claims view.

It is called once the claims view equals the replay. Several processes compute the timelines again
where there are many.
"""

import os
from collections.abc import Sequence
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final

from ledger.processes import WorkerProcesses
from ledger.projections import status, view_tables
from ledger.projections.facts_loader import FactsLoader
from ledger.projections.status_follow import timeline_prefix
from ledger.store.log_store import Connection, LogStore
from ledger.store.sqlalchemy_url import with_password
from ledger.verify.entry_workers import SMALL
from ledger.verify.pass_hashes import PassHashes, proved_by
from ledger.verify.report import Findings

_SHARES: Final = 4  # for each process: what remains at the end is small then


def check_status(
    store: LogStore,
    conn: Connection,
    found: Findings,
    *,
    size: int,
    hashed: PassHashes,
    jobs: int | None,
) -> None:
    """Compare the stored timelines, folded up to ``size``, with those that follow from the claims.

    ``conn`` reads the prefix that was ``hashed``; the status view may be behind it. A share that
    another process finds moved on meanwhile is compared here. Raises BadProof where a claim that
    the timelines rest on has other bytes now.
    """
    places = sorted(status.claimed_places(conn, size) | status.stored_places(conn))
    count = jobs if jobs is not None else (os.cpu_count() or 1)
    here = partial(_wrong, conn, size, hashed.leaves())
    if count <= 1 or (jobs is None and size < SMALL):
        wrong = here(places)
    else:
        address = with_password(store.engine.url)
        shares = _shares(places, count * _SHARES)
        with WorkerProcesses(count) as pool:
            work = partial(_elsewhere, address, size, hashed.leaves())
            parts = zip(shares, pool.map(work, shares), strict=True)
            wrong = [
                place for share, part in parts for place in (here(share) if part is None else part)
            ]
    if wrong:
        named = "/".join(min(wrong))
        found.add(None, "views", f"the status view is wrong for {named}")


def _shares(places: Sequence[status.Place], count: int) -> list[list[status.Place]]:
    """Split places into about ``count`` parts; those of one jurisdiction stay together."""
    shares: list[list[status.Place]] = [[] for _ in range(count)]
    for _, group in groupby(places, key=itemgetter(0)):
        min(shares, key=len).extend(group)
    return [sorted(share) for share in shares if share]


def _elsewhere(
    address: str, size: int, leaves: Path, places: Sequence[status.Place]
) -> list[status.Place] | None:
    """Check some places in another process; return None where the view has moved meanwhile."""
    store = LogStore.open(address)
    try:
        with store.reading() as conn:
            same = size == view_tables.position(conn, view_tables.STATUS)
            return _wrong(conn, size, leaves, places) if same else None
    finally:
        store.close()


def _wrong(
    conn: Connection, size: int, leaves: Path, places: Sequence[status.Place]
) -> list[status.Place]:
    prefix = timeline_prefix(conn, size)
    wrong: list[status.Place] = []
    with proved_by(leaves) as proved:
        for group, rows in status.compute_rows(conn, FactsLoader(conn, prefix, proved), places):
            wrong += status.wrong_places(conn, group, rows)
    return wrong
