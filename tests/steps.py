"""Count the lines of Python that work runs: the same on a busy machine and an idle one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def lines_run(work: Callable[[], object]) -> int:
    """Run ``work`` and return how many lines of Python it ran, those of libraries included.

    Work done in C counts as the line that called it. Whoever traces already (a measurement of
    coverage, a debugger) sees nothing of ``work``.
    """
    count = 0

    def step(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal count
        count += event == "line"
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        work()
    finally:
        sys.settrace(before)
    return count
