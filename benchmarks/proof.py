"""How long does one inclusion proof take from stored hashes, cold, however long the log is?"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from benchmarks.bench import Bench
from benchmarks.measure import Goal, Line, percentile, seconds
from ledger.log.merkle import CompactRange, Fetch, inclusion_path, root, verify_inclusion
from ledger.sqlite_driver import sqlite3
from ledger.store.log_store import LogStore

_LEAVES: Final = 1_000_000
_ASKED: Final = 200
_GOAL: Final = Goal("<=", 5, of="ours")
_RUN: Final = "SELECT hash FROM node WHERE level = ? AND idx >= ? AND idx < ? ORDER BY idx"


def ask(bench: Bench) -> Iterator[Line]:
    """Prove random leaves of the ledger, then of a tree of a million leaves; check each proof."""
    with bench.big.opened() as book:
        size = book.size
    address = str(bench.big.path)
    yield _line("from opening a ledger of", size, bench.seed, partial(_opened, address))
    store = LogStore.open(address)
    yield _line("an open ledger of", size, bench.seed, partial(_reading, store))
    store.close()
    path = bench.folder / "tree.db"
    _plant(path, _LEAVES)
    yield _line("a bare tree of", _LEAVES, bench.seed, partial(_connected, path))


# What gives the stored hashes to a question; each time anew, so that nothing was read before.
_Source = Callable[[], AbstractContextManager[Fetch]]


def _line(what: str, size: int, seed: int, source: _Source) -> Line:
    with source() as fetch:
        leaves = fetch(0, 0, size)
    whole = root(leaves)
    raw = seconds(partial(_anew, size, source))
    draw = random.Random(seed)  # noqa: S311  # the same questions every time
    took = []
    for index in (draw.randrange(size) for _ in range(_ASKED)):
        start = time.perf_counter()
        with source() as fetch:
            path = inclusion_path(index, size, fetch)
        took.append(1000 * (time.perf_counter() - start))
        verify_inclusion(index, size, leaves[index], path, whole)
    return Line(
        f"inclusion proof, {what} {size:,} leaves: p99",
        percentile(took, 0.99),
        "ms",
        raw=1000 * raw,
        goal=_GOAL,
        rounds=_ASKED,
        note=f"p50 {percentile(took, 0.5):.2f} ms; raw is the tree anew from all its leaf hashes",
        more={"p50": percentile(took, 0.5)},
    )


def _anew(size: int, source: _Source) -> bytes:
    with source() as fetch:
        return root(fetch(0, 0, size))


@contextmanager
def _opened(address: str) -> Iterator[Fetch]:
    store = LogStore.open(address)
    with _reading(store) as fetch:
        yield fetch
    store.close()


@contextmanager
def _reading(store: LogStore) -> Iterator[Fetch]:
    with store.reading() as conn:
        yield partial(store.hashes, conn)


@contextmanager
def _connected(path: Path) -> Iterator[Fetch]:
    with closing(sqlite3.connect(path)) as conn:

        def fetch(level: int, start: int, stop: int) -> list[bytes]:
            return [row[0] for row in conn.execute(_RUN, (level, start, stop))]

        yield fetch


def _plant(path: Path, size: int) -> None:
    """Keep the leaf hashes and complete tile hashes of a tree, and nothing else."""
    leaves = [sha256(b"%d" % n).digest() for n in range(size)]
    tiles = CompactRange().extend(leaves)
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute("CREATE TABLE node (level, idx, hash, PRIMARY KEY (level, idx)) WITHOUT ROWID")
        conn.executemany("INSERT INTO node VALUES (0, ?, ?)", enumerate(leaves))
        rows = ((tile.level, tile.index, tile.hash) for tile in tiles)
        conn.executemany("INSERT INTO node VALUES (?, ?, ?)", rows)
