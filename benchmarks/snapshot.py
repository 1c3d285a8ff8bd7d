"""How long does the status of everything take?"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.measure import Goal, Line, interleaved

_DAY = "2025-07-08"


def ask(bench: Bench) -> Iterator[Line]:
    """Take a snapshot of every spoken-of cell at the end of the log, beside reading the log."""
    with bench.big.opened() as book:
        cells = len(book.snapshot(as_of=_DAY).cells)
        size = book.size

        def ours() -> None:
            book.snapshot(as_of=_DAY).to_json()

        def raw() -> None:
            for _ in book.entries.export():
                pass

        pair = interleaved(ours, raw)
    yield Line(
        f"snapshot of {cells:,} cells over {size:,} entries",
        pair.ours_s,
        "s",
        raw=pair.raw_s,
        goal=Goal("<=", 1, of="ours"),
        rounds=pair.rounds,
        note="the goal is for 4,000 cells; beside reading every entry once, unparsed; "
        "claims parsed by an earlier round may still be cached",
    )
