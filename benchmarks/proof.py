"""How long does one inclusion proof take from stored hashes, cold, however long the log is?"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from benchmarks.bench import Bench
from benchmarks.measure import Goal, Line, Spent, clocks, percentiles, spent, times
from ledger.log.merkle import CompactRange, Fetch, inclusion_path, root, verify_inclusion
from ledger.sqlite_driver import sqlite3
from ledger.store.log_store import LogStore

_ASKED: Final = 200
_GOAL: Final = Goal("<=", 5, of="ours")
_RUN: Final = "SELECT hash FROM node WHERE level = ? AND idx >= ? AND idx < ? ORDER BY idx"

# What gives the stored hashes to a question; each time from a connection that has read nothing.
_Source = Callable[[], AbstractContextManager[Fetch]]


def ask(bench: Bench) -> Iterator[Line]:
    """Prove random leaves of the ledger, then of a bare tree, beside pymerkle; check each proof."""
    for path in (bench.big.path, *bench.prepared):
        source = partial(_opened, str(path))
        store = LogStore.open(str(path))
        size = store.size()
        store.close()
        yield _line("from opening a ledger of", size, source, seed=bench.seed)
    leaves = [b"%d" % n for n in range(bench.leaves)]
    _plant(bench.folder / "tree.db", leaves)
    source = partial(_connected, bench.folder / "tree.db")
    peer = _pymerkle(bench, leaves)
    yield _line("a bare tree of", bench.leaves, source, seed=bench.seed, peer=peer)


def _line(
    what: str, size: int, source: _Source, *, seed: int, peer: list[Spent] | None = None
) -> Line:
    with source() as fetch:
        leaves = fetch(0, 0, size)
    whole = root(leaves)
    draw = random.Random(seed)  # noqa: S311  # the same questions every time
    took = []
    for index in (draw.randrange(size) for _ in range(_ASKED)):
        before = clocks()
        with source() as fetch:
            path = inclusion_path(index, size, fetch)
        took.append(clocks() - before)
        verify_inclusion(index, size, leaves[index], path, whole)
    beside = "pymerkle's, likewise" if peer else "the whole tree from its leaf hashes"
    p50 = percentiles(took, 0.5)["cpu"][0]
    return Line(
        f"inclusion proof, {what} {size:,} leaves: p99",
        "ms",
        percentiles(took, 0.99),
        times(peer or [spent(partial(_all_again, size, source))]),
        goal=_GOAL,
        note=f"the floor is {beside}; p50 {p50:.2f} ms of {_ASKED}",
        more={"p50": percentiles(took, 0.5)},
    )


def _all_again(size: int, source: _Source) -> bytes:
    with source() as fetch:
        return root(fetch(0, 0, size))


def _pymerkle(bench: Bench, leaves: list[bytes]) -> list[Spent] | None:
    """Return what a proof of pymerkle takes, each from a tree opened for it; None without it."""
    if find_spec("pymerkle") is None:
        bench.say("no pymerkle beside the proof: it is not installed")
        return None
    from pymerkle import SqliteTree, verify_inclusion

    path = str(bench.folder / "pymerkle.db")
    with SqliteTree(path) as tree:
        tree.append_entries(leaves)

    def prove(index: int) -> None:
        with SqliteTree(path) as tree:
            proof = tree.prove_inclusion(index)
            verify_inclusion(tree.get_leaf(index), tree.get_root(), proof)

    draw = random.Random(bench.seed)  # noqa: S311  # the same questions every time
    return [spent(partial(prove, draw.randrange(bench.leaves) + 1)) for _ in range(3)]


@contextmanager
def _opened(address: str) -> Iterator[Fetch]:
    store = LogStore.open(address)
    with store.reading() as conn:
        yield partial(store.hashes, conn)
    store.close()


@contextmanager
def _connected(path: Path) -> Iterator[Fetch]:
    with closing(sqlite3.connect(path)) as conn:

        def fetch(level: int, start: int, stop: int) -> list[bytes]:
            return [row[0] for row in conn.execute(_RUN, (level, start, stop))]

        yield fetch


def _plant(path: Path, leaves: list[bytes]) -> None:
    """Keep the leaf hashes and complete tile hashes of a tree, and nothing else."""
    hashes = [sha256(leaf).digest() for leaf in leaves]
    tiles = CompactRange().extend(hashes)
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute("CREATE TABLE node (level, idx, hash, PRIMARY KEY (level, idx)) WITHOUT ROWID")
        conn.executemany("INSERT INTO node VALUES (0, ?, ?)", enumerate(hashes))
        rows = ((tile.level, tile.index, tile.hash) for tile in tiles)
        conn.executemany("INSERT INTO node VALUES (?, ?, ?)", rows)
