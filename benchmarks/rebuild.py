"""How fast are the projections folded again?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from benchmarks.bare import engine_at
from benchmarks.bench import Bench
from benchmarks.measure import Goal, Line, rates
from ledger import Ledger
from ledger.projections.view_tables import CLAIMS, TABLES
from ledger.store import schema
from ledger.verify.scratch_replay import replayed, swap

_BATCH = 1000
_Rows = list[tuple[sa.Table, list[dict[str, Any]]]]


def ask(bench: Bench) -> Iterator[Line]:
    """Rebuild, beside reading, parsing and inserting as many rows into the same tables."""
    yield _claims(bench)
    yield _all(bench)


def _claims(bench: Bench) -> Line:
    built = bench.copied(bench.big, "rebuilt.db")  # no status view: only claims are folded
    with built.opened() as book:
        rows = _rows_of(book, TABLES[CLAIMS])

        def ours() -> None:
            with replayed(book.store) as (replay, size):
                swap(book.store, replay, size)

        def floor() -> None:
            _bare(book, rows, bench.folder / "rebuilt.bare.db")

        pair = bench.interleaved(ours, floor)
        count = book.size
    return Line(
        "rebuild the claim projections",
        "/s",
        rates(count, pair.ours),
        rates(count, pair.floor),
        goal=Goal(">=", 0.4),
        note="the floor reads and parses the entries, and inserts the same rows without a sync",
    )


def _all(bench: Bench) -> Line:
    built = bench.copied(bench.followed, "rebuilt.all.db")
    with built.opened() as book:
        rows = _rows_of(book, [table for tables in TABLES.values() for table in tables])

        def floor() -> None:
            _bare(book, rows, bench.folder / "rebuilt.all.bare.db")

        pair = bench.interleaved(book.projections.rebuild, floor)
        count = book.size
    return Line(
        "rebuild all projections, the status view too",
        "/s",
        rates(count, pair.ours),
        rates(count, pair.floor),
        note="the digests of the projections before and after are in it",
    )


def _rows_of(book: Ledger, tables: list[sa.Table] | tuple[sa.Table, ...]) -> _Rows:
    with book.store.reading() as conn:
        return [
            (table, [dict(row) for row in conn.execute(sa.select(table)).mappings()])
            for table in tables
        ]


def _bare(book: Ledger, rows: _Rows, path: Path) -> None:
    for data in book.entries.export():
        orjson.loads(data)
    engine = engine_at(path)
    schema.metadata.create_all(engine, tables=[table for table, _ in rows])
    with engine.begin() as conn:
        for table, held in rows:
            for start in range(0, len(held), _BATCH):
                conn.execute(sa.insert(table), held[start : start + _BATCH])
    engine.dispose()
    path.unlink()
