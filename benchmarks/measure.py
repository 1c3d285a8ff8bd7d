"""Measure side by side: both sides in turn, by the wall and in CPU time, ratios round by round.

CPU time is that of the kernel's own count, of this process and of the processes it started that
have ended; other programs on the machine disturb it little. Each line says by which of the two its
goal is held, and keeps the figures of both.
"""

from __future__ import annotations

import gc
import resource
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

ROUNDS: Final = 5
PATIENCE_S: Final = 10.0  # no further round is begun after this

By = Literal["cpu", "wall", "bytes"]  # bytes: memory and disk, which no clock measures
Figures = Mapping[By, Sequence[float]]  # one figure a round, in the unit of the line

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
    """One line of the table. ``floor`` is empty where nothing is there to compare with."""

    what: str
    unit: str  # /s, ms, s, MB, bytes
    ours: Figures
    floor: Figures = field(default_factory=dict)
    by: By = "cpu"  # what the goal is held by
    goal: Goal | None = None
    note: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)  # further figures, for the JSON only

    def ratios(self, by: By | None = None) -> list[float]:
        """Return ours over the floor: of rates more is better, of times less is.

        Round by round where both have as many; otherwise one ratio, that of the medians.
        """
        ours, floor = self.ours.get(by or self.by, ()), self.floor.get(by or self.by, ())
        if not ours or not floor:
            return []
        if len(ours) != len(floor):
            ours, floor = [statistics.median(ours)], [statistics.median(floor)]
        return [one / other for one, other in zip(ours, floor, strict=True)]

    def ratio(self, by: By | None = None) -> float | None:
        """Return the median of the ratios; None where there is no floor."""
        found = self.ratios(by)
        return statistics.median(found) if found else None

    @property
    def median(self) -> float:
        """Our figure: the median of the rounds."""
        return statistics.median(self.ours[self.by])

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without a goal, or without the floor that it is about."""
        if self.goal is None:
            return None
        found = self.ratio() if self.goal.of == "ratio" else self.median
        return None if found is None else _SIGNS[self.goal.sign](found, self.goal.bound)

    def to_value(self) -> dict[str, Any]:
        """JSON values: every figure of every round, and what the table says of them."""
        return {
            "what": self.what,
            "unit": self.unit,
            "by": self.by,
            "ours": {by: list(values) for by, values in self.ours.items()},
            "floor": {by: list(values) for by, values in self.floor.items()},
            "median": self.median,
            "ratio": {by: self.ratio(by) for by in self.ours if self.ratio(by) is not None},
            "goal": self.goal
            and {"sign": self.goal.sign, "bound": self.goal.bound, "of": self.goal.of},
            "met": self.met,
            "note": self.note,
            "more": dict(self.more),
        }

    @classmethod
    def from_value(cls, value: Mapping[str, Any]) -> Line:
        """Return the line that :meth:`to_value` gave."""
        same = ("what", "unit", "ours", "floor", "by", "note", "more")
        goal = Goal(**value["goal"]) if value["goal"] else None
        return cls(goal=goal, **{name: value[name] for name in same})


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds that some work took."""

    wall: float
    cpu: float

    def __sub__(self, other: Spent) -> Spent:
        return Spent(self.wall - other.wall, self.cpu - other.cpu)


@dataclass(frozen=True, slots=True)
class Pair:
    """What both sides took, round by round."""

    ours: Sequence[Spent]
    floor: Sequence[Spent]


def clocks() -> Spent:
    """Return what both clocks say now; only the difference of two readings means anything."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = time.process_time() + children.ru_utime + children.ru_stime
    return Spent(time.perf_counter(), cpu)


def spent(work: Callable[[], object], *, tidy: bool = True) -> Spent:
    """Return what ``work`` takes; garbage of earlier work is collected before, if ``tidy``."""
    if tidy:
        gc.collect()
    before = clocks()
    work()
    return clocks() - before


def repeated(work: Callable[[], object], rounds: int, patience_s: float) -> list[Spent]:
    """Run alone what has nothing beside it, as :func:`interleaved` would."""
    begun = time.perf_counter()
    taken: list[Spent] = []
    while len(taken) < rounds and (not taken or time.perf_counter() - begun < patience_s):
        taken.append(spent(work))
    return taken


def interleaved(
    ours: Callable[[], object],
    floor: Callable[[], object],
    *,
    rounds: int = ROUNDS,
    patience_s: float = PATIENCE_S,
) -> Pair:
    """Run both in turn until there are enough rounds or patience ends, at least once each.

    Every other round begins with the floor, so that neither side always finds a warmer machine.
    """
    begun = time.perf_counter()
    mine: list[Spent] = []
    other: list[Spent] = []
    sides = [(mine, ours), (other, floor)]
    while len(mine) < rounds and (not mine or time.perf_counter() - begun < patience_s):
        for taken, work in sides:
            taken.append(spent(work))
        sides.reverse()
    return Pair(mine, other)


def rates(count: float, taken: Iterable[Spent], *, cores: int = 1, of_one: bool = False) -> Figures:
    """Return how many of ``count`` things a second.

    Work that used several ``cores`` has its CPU time counted as if they had shared it evenly. With
    ``of_one`` it ran on one core, and the figure is what as many would do side by side.
    """
    found = list(taken)
    return {
        "cpu": [cores * count / one.cpu for one in found],
        "wall": [(cores if of_one else 1) * count / one.wall for one in found],
    }


def times(taken: Iterable[Spent], *, each: float = 1.0, per: float = 1000.0) -> Figures:
    """Return the time of one of ``each`` things, in milliseconds; in seconds where ``per`` is 1."""
    found = list(taken)
    return {
        "cpu": [per * one.cpu / each for one in found],
        "wall": [per * one.wall / each for one in found],
    }


def percentiles(taken: Sequence[Spent], share: float) -> Figures:
    """Return a percentile of many runs, in milliseconds; no figure of no run."""
    if not taken:
        return {}
    return {
        "cpu": [1000 * percentile([one.cpu for one in taken], share)],
        "wall": [1000 * percentile([one.wall for one in taken], share)],
    }


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]
