"""How fast are all views folded again?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from benchmarks.bare import engine_at
from benchmarks.bench import Bench
from benchmarks.measure import Goal, Line, interleaved
from ledger import Ledger
from ledger.projections.view_tables import TABLES
from ledger.sqlite_driver import sqlite3
from ledger.store import schema

_BATCH = 1000
_Rows = list[tuple[sa.Table, list[dict[str, Any]]]]


def ask(bench: Bench) -> Iterator[Line]:
    """Rebuild, beside reading, parsing and inserting as many rows into the same tables."""
    built = bench.followed
    with built.opened() as book:
        rows = _rows_of(built.path)
        count = book.size
        scratch = iter(range(100))

        def raw() -> None:
            _bare(book, rows, bench.folder / f"rebuild{next(scratch)}.db")

        pair = interleaved(book.projections.rebuild, raw)
    yield Line(
        "rebuild all views",
        count / pair.ours_s,
        "/s",
        raw=count / pair.raw_s,
        goal=Goal(">=", 0.4),
        rounds=pair.rounds,
        note="with the status view, and the views' digests before and after; "
        "the goal is also 50,000/s",
    )


def _rows_of(path: Path) -> _Rows:
    engine = sa.create_engine(f"sqlite:///{path}", module=sqlite3)
    with engine.connect() as conn:
        found = [
            (table, [dict(row) for row in conn.execute(sa.select(table)).mappings()])
            for tables in TABLES.values()
            for table in tables
        ]
    engine.dispose()
    return found


def _bare(book: Ledger, rows: _Rows, path: Path) -> None:
    for data in book.entries.export():
        orjson.loads(data)
    engine = engine_at(path, safe=False)
    schema.metadata.create_all(engine, tables=[table for table, _ in rows])
    with engine.begin() as conn:
        for table, held in rows:
            for start in range(0, len(held), _BATCH):
                conn.execute(sa.insert(table), held[start : start + _BATCH])
    engine.dispose()
    path.unlink()
