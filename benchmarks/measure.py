"""Measuring side by side: ours, the floor, ours, the floor; the median of each; one table."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

ROUNDS: Final = 5
PATIENCE_S: Final = 20.0  # no further round is begun after this

_HEADINGS = ("what", "ours", "raw", "ratio", "goal", "met")
_SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">=": lambda found, bound: found >= bound,
    "<=": lambda found, bound: found <= bound,
}


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound for the ratio, or for our own figure in the line's unit."""

    sign: Literal[">=", "<="]
    bound: float
    of: Literal["ratio", "ours"] = "ratio"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. ``raw`` is None where nothing is there to compare with."""

    what: str
    ours: float
    unit: str  # /s, ms, s, MB
    raw: float | None = None
    goal: Goal | None = None
    rounds: int = 1
    note: str = ""
    more: dict[str, Any] = field(default_factory=dict)  # further figures, for the JSON only

    @property
    def ratio(self) -> float | None:
        """Ours over raw: of rates more is better, of times less is."""
        return self.ours / self.raw if self.raw else None

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without a goal."""
        if self.goal is None:
            return None
        found = self.ratio if self.goal.of == "ratio" else self.ours
        return None if found is None else _SIGNS[self.goal.sign](found, self.goal.bound)

    def to_value(self) -> dict[str, Any]:
        """JSON values."""
        return {**asdict(self), "ratio": self.ratio, "met": self.met}


@dataclass(frozen=True, slots=True)
class Pair:
    """Seconds of both sides: the medians, and how many rounds they are the medians of."""

    ours_s: float
    raw_s: float
    rounds: int


def seconds(work: Callable[[], object]) -> float:
    """Return how long ``work`` takes. What earlier work left behind is collected before."""
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def interleaved(
    ours: Callable[[], object], raw: Callable[[], object], *, rounds: int = ROUNDS
) -> Pair:
    """Run both in turn until there are enough rounds or patience ends, at least once each."""
    begun = time.perf_counter()
    mine: list[float] = []
    floor: list[float] = []
    while len(mine) < rounds and (not mine or time.perf_counter() - begun < PATIENCE_S):
        mine.append(seconds(ours))
        floor.append(seconds(raw))
    return Pair(statistics.median(mine), statistics.median(floor), len(mine))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


# --- the table -----------------------------------------------------------------------------------


def table(lines: Iterable[Line]) -> str:
    """Return the lines as text, columns aligned, notes below."""
    shown = list(lines)
    rows = [_HEADINGS, *(_row(line) for line in shown)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEADINGS))]
    text = ["  ".join(_aligned(row, widths)).rstrip() for row in rows]
    text.insert(1, "  ".join("-" * width for width in widths))
    notes = [f"* {line.what}: {line.note}" for line in shown if line.note]
    return "\n".join([*text, *([""] if notes else []), *notes])


def _row(line: Line) -> tuple[str, ...]:
    met = {None: "", True: "yes", False: "NO"}[line.met]
    raw = "-" if line.raw is None else _figure(line.raw, line.unit)
    ratio = "-" if line.ratio is None else f"{line.ratio:.2f}"
    return (line.what, _figure(line.ours, line.unit), raw, ratio, _goal(line), met)


def _goal(line: Line) -> str:
    if line.goal is None:
        return "-"
    if line.goal.of == "ratio":
        return f"{line.goal.sign} {line.goal.bound:g}"
    return f"{line.goal.sign} {_figure(line.goal.bound, line.unit)}"


def _figure(value: float, unit: str) -> str:
    number = f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    return f"{number}{unit}" if unit.startswith("/") else f"{number} {unit}"


def _aligned(row: Sequence[str], widths: Sequence[int]) -> Iterable[str]:
    for i, (cell, width) in enumerate(zip(row, widths, strict=True)):
        yield cell.rjust(width) if 0 < i < 4 else cell.ljust(width)
