"""How long does ``make test`` take? Asked only by name: it is longer than all the rest."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.measure import Goal, Line, spent, times

_COMMAND = ("-m", "pytest", "-q", "-n", "3", "-m", "not slow")


def ask(bench: Bench) -> Iterator[Line]:
    """Run the tests as ``make test`` does; raises CalledProcessError where one fails."""
    bench.say("running the tests")
    run = partial(
        subprocess.run,
        [sys.executable, *_COMMAND],
        cwd=Path(__file__).resolve().parent.parent,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    taken = spent(run)
    cores = os.cpu_count() or 1
    yield Line(
        "make test",
        "s",
        times([taken], per=1),
        by="wall",
        goal=Goal("<=", 300, of="ours"),
        note=f"{taken.cpu:,.0f} s of CPU on {cores} cores",
    )
