"""How long do the answers about everything take: board, snapshot, diff, calendar, lists, search?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from benchmarks.bench import Bench
from benchmarks.measure import Figures, Goal, Line, Spent, repeated, times
from ledger import Ledger, open_ledger

_DAY: Final = "2025-07-08"
_CELLS: Final = 4000  # the goal of boards and snapshots is for so many
_ROUNDS: Final = 3
_NOWHERE: Final = "no such words"


@dataclass(frozen=True, slots=True)
class _Question:
    what: str
    work: Callable[[], object]
    unit: str
    bound: float
    cells: int = 0  # that are answered, where the goal is for so many

    def times(self, taken: Sequence[Spent]) -> Figures:
        """Return the figures, of ``_CELLS`` cells where there are more."""
        each = max(1.0, self.cells / _CELLS)
        return times(taken, each=each, per=1000.0 if self.unit == "ms" else 1.0)


def ask(bench: Bench) -> Iterator[Line]:
    """Ask ledgers of growing size, each beside the smallest."""
    smallest: dict[str, Figures] = {}
    for path in bench.grown:
        with open_ledger(str(path)) as book:
            size = book.size
            for one in _questions(book, size):
                figures = one.times(repeated(one.work, _ROUNDS, bench.patience_s))
                floor = smallest.get(one.what, {})
                smallest.setdefault(one.what, figures)
                yield Line(
                    f"{one.what}, {size:,} entries",
                    one.unit,
                    figures,
                    floor,
                    goal=Goal("<=", one.bound, of="ours"),
                    note=f"of {one.cells:,} cells, of more than {_CELLS:,} counted as if they were "
                    "so many"
                    if one.cells
                    else "",
                )


def _questions(book: Ledger, size: int) -> Iterator[_Question]:
    cells = len(book.snapshot(as_of=_DAY).cells)
    places = len(book.board(as_of=_DAY).cells)
    half = f"2024-07-08@{size // 2}"
    filtered = book.entries.filter_of({"jurisdiction": "PK", "activity": "va.exchange"})
    yield _Question("snapshot", lambda: book.snapshot(as_of=_DAY).to_json(), "s", 1, cells)
    yield _Question("board", lambda: book.board(as_of=_DAY), "s", 1, places)
    yield _Question("diff of two days", lambda: book.diff("2024-07-08", _DAY), "s", 2)
    yield _Question("diff since half the entries", lambda: book.diff(half, _DAY), "s", 2)
    yield _Question("calendar of a year", lambda: book.calendar(as_of=_DAY), "s", 2)
    yield _Question(
        "history, the first 20 of a filter", lambda: _first(book.history(filtered)), "ms", 200
    )
    yield _Question("search for what is nowhere", lambda: _first(book.search(_NOWHERE)), "ms", 200)


def _first(items: Iterator[Any]) -> list[Any]:
    return list(islice(items, 20))
