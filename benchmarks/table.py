"""The lines as a table: aligned for a terminal, or in Markdown; one set of cells for both."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Final

from benchmarks.measure import By, Line

_HEADINGS: Final = (
    "what",
    "ours",
    "min - max",
    "floor or peer",
    "ratio, CPU",
    "ratio, wall",
    "goal",
    "held by",
    "met",
)
_NUMBERS: Final = range(1, 6)  # columns that are aligned to the right
_UNKNOWN: Final = "-"


def plain(lines: Iterable[Line]) -> str:
    """Return the lines for a terminal, notes below."""
    shown = list(lines)
    rows = [_HEADINGS, *map(_cells, shown)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEADINGS))]
    text = [_aligned(row, widths) for row in rows]
    text.insert(1, "  ".join("-" * width for width in widths))
    notes = [f"* {note}" for note in _notes(shown)]
    return "\n".join([*text, *([""] if notes else []), *notes])


def markdown(lines: Iterable[Line]) -> str:
    """Return the lines as a table in Markdown, notes below as a list."""
    shown = list(lines)
    rule = ["---:" if i in _NUMBERS else "---" for i in range(len(_HEADINGS))]
    rows = [_HEADINGS, rule, *map(_cells, shown)]
    text = ["| " + " | ".join(row) + " |" for row in rows]
    notes = [f"- {note}." for note in _notes(shown)]
    return "\n".join([*text, *([""] if notes else []), *notes])


def _notes(lines: Iterable[Line]) -> list[str]:
    """Return each note once, after the lines that it is about."""
    about: dict[str, list[str]] = {}
    for line in lines:
        if line.note:
            about.setdefault(line.note, []).append(line.what)
    return [f"{'; '.join(whats)}: {note}" for note, whats in about.items()]


def row(line: Line) -> str:
    """Return one line of text, for whoever waits."""
    return "  ".join(cell for cell in _cells(line) if cell != _UNKNOWN)


def _cells(line: Line) -> tuple[str, ...]:
    rounds = line.ours[line.by]
    spread = f"{_number(min(rounds))} - {_number(max(rounds))}" if len(rounds) > 1 else _UNKNOWN
    beside = line.floor.get(line.by)
    met = {None: _UNKNOWN, True: "yes", False: "NO"}[line.met]
    sides = _ratio(line, "bytes"), _UNKNOWN
    return (
        line.what,
        _figure(line.median, line.unit),
        spread,
        _figure(statistics.median(beside), line.unit) if beside else _UNKNOWN,
        *(sides if line.by == "bytes" else (_ratio(line, "cpu"), _ratio(line, "wall"))),
        _goal(line),
        {"cpu": "CPU", "wall": "wall", "bytes": "bytes"}[line.by],
        met,
    )


def _ratio(line: Line, by: By) -> str:
    found = line.ratio(by)
    return _UNKNOWN if found is None else _number(found)


def _goal(line: Line) -> str:
    if line.goal is None:
        return _UNKNOWN
    bound = f"{line.goal.bound:,.6g}"
    of_ours = line.goal.of == "ours"
    return f"{line.goal.sign} {_with_unit(bound, line.unit) if of_ours else bound}"


def _figure(value: float, unit: str) -> str:
    return _with_unit(_number(value), unit)


def _with_unit(number: str, unit: str) -> str:
    return f"{number}{unit}" if unit.startswith("/") else f"{number} {unit}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    pairs = enumerate(zip(cells, widths, strict=True))
    return "  ".join(c.rjust(w) if i in _NUMBERS else c.ljust(w) for i, (c, w) in pairs).rstrip()
