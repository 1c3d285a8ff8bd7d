"""How long does ``regledger status`` take, from process start to last byte?"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.measure import Goal, Line, interleaved

_ROUNDS = 9


def ask(bench: Bench) -> Iterator[Line]:
    """Run the program for one cell and for the whole board, beside importing SQLAlchemy."""
    program = [str(Path(sys.executable).with_name("regledger")), "--db", str(bench.big.path)]
    for what, options in (
        ("regledger status, one cell", ["-j", "PK", "-a", "va.exchange"]),
        ("regledger status, the whole board", []),
    ):
        pair = interleaved(
            partial(_run, [*program, "status", *options]),
            partial(_run, [sys.executable, "-c", "import sqlalchemy"]),
            rounds=_ROUNDS,
        )
        yield Line(
            what,
            1000 * pair.ours_s,
            "ms",
            raw=1000 * pair.raw_s,
            goal=Goal("<=", 2),
            rounds=pair.rounds,
            note='beside `python -c "import sqlalchemy"`',
        )


def _run(command: list[str]) -> None:
    subprocess.run(command, stdout=subprocess.PIPE, check=True)
