"""How fast are the timelines of cells worked out?"""

from __future__ import annotations

import os
from collections.abc import Iterator

import sqlalchemy as sa

from benchmarks.bench import Bench
from benchmarks.measure import Goal, Line, rates, times
from ledger.store import schema


def ask(bench: Bench) -> Iterator[Line]:
    """Look at how the status view caught up with all claims at once."""
    cores = os.cpu_count() or 1
    for size, built in ((bench.size // 10, bench.tenth_followed), (bench.size, bench.followed)):
        if built.caught_up is None:
            raise RuntimeError("the status view of the ledger under test is not at the head")
        cell = schema.status_segment.c
        with built.opened() as book, book.store.reading() as conn:
            named = sa.select(cell.jurisdiction, cell.activity, cell.actor).distinct()
            cells = conn.execute(sa.select(sa.func.count()).select_from(named.subquery())).scalar()
        whole = size == bench.size
        yield Line(
            f"timelines of {cells:,} cells, both views, after {size:,} claims",
            "/s",
            rates(cells or 0, [built.caught_up], cores=cores),
            goal=Goal(">=", 10_000, of="ours") if whole else None,
            note=f"cells a second; held by CPU, as if {cores} cores had shared it evenly",
            more={"seconds": times([built.caught_up], per=1)},
        )
