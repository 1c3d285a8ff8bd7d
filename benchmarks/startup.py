"""How long do commands take, from process start to last byte?"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.measure import Goal, Line, times
from ledger import open_ledger

_ROUNDS = 9


def ask(bench: Bench) -> Iterator[Line]:
    """Run the program for one cell, its reasons, the board and a page of history."""
    for path in (bench.followed.path, *bench.prepared):
        yield from _asked(bench, path)


def _asked(bench: Bench, path: Path) -> Iterator[Line]:
    with open_ledger(str(path)) as book:
        size = book.size
    program = [str(Path(sys.executable).with_name("regledger")), "--db", str(path)]
    for what, options, bound in (
        ("status, one cell", ["status", "-j", "PK", "-a", "va.exchange"], 1.5),
        ("status, the whole board", ["status"], 3),
        ("why", ["why", "PK", "va.exchange"], None),
        ("history -n 20", ["history", "-n", "20"], None),
    ):
        pair = bench.interleaved(
            partial(_run, [*program, *options]),
            partial(_run, [sys.executable, "-c", "import sqlalchemy"]),
            rounds=_ROUNDS,
        )
        yield Line(
            f"regledger {what}, {size:,} entries",
            "ms",
            times(pair.ours),
            times(pair.floor),
            goal=Goal("<=", bound) if bound else None,
            note='the floor is `python -c "import sqlalchemy"`',
        )


def _run(command: list[str]) -> None:
    subprocess.run(command, stdout=subprocess.PIPE, check=True)
