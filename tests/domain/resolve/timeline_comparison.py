"""Hold the timelines against naive ones, over the cells of random ledgers.

``python -m tests.domain.resolve.timeline_comparison --runs 1000 --seed 1`` prints the first cell
that differs, and exits 1.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final, get_args

from ledger.domain.resolve.cells_spoken_of import cells_of
from ledger.domain.resolve.facts import Cell, Facts
from ledger.domain.resolve.status_values import View
from ledger.domain.resolve.timeline import next_change, since, timeline
from tests.domain.resolve.random_ledgers import Ledger, random_ledger
from tests.domain.resolve.small_world import ACTIVITIES, ACTORS, HORIZON, PLACES, on
from tests.domain.resolve.timeline_oracle import NaiveTimeline

VIEWS: Final[Sequence[View]] = get_args(View)


def cells_to_ask(facts: Facts, ledger: Ledger, seed: int) -> tuple[Cell, ...]:
    """The cells that claims speak of, those asked about, and one that perhaps nobody speaks of."""
    odd = Cell(
        PLACES[seed % len(PLACES)], ACTIVITIES[seed % len(ACTIVITIES)], ACTORS[seed % len(ACTORS)]
    )
    return tuple(sorted({*cells_of(facts), *(Cell(*ask.cell) for ask in ledger.asks), odd}))


def differences(cell: Cell, facts: Facts, day: date) -> Iterator[str]:
    """What the two say differently of a cell: segments, the change after a day, since when."""
    for view in VIEWS:
        naive = NaiveTimeline(cell, facts, view)
        number = day.toordinal()
        for what, given, wanted in (
            ("segments", timeline(cell, facts, view), naive.segments()),
            ("next change", next_change(cell, facts, day, view), naive.next_change(number)),
            ("since", since(cell, facts, day, view), naive.since(number)),
        ):
            if given != wanted:
                yield f"{cell} {view} {what} ({day}):\n  given    {given}\n  expected {wanted}"


def compare(seed: int) -> tuple[int, str | None]:
    """How many cells of the ledger of a seed were compared, and the first difference."""
    ledger = random_ledger(seed, asks=3)
    facts = Facts(ledger.claims, (), ledger.taxonomy, size=1, head="0" * 64, rules=1)
    cells = cells_to_ask(facts, ledger, seed)
    for number, cell in enumerate(cells):
        found = next(differences(cell, facts, on((seed + 7 * number) % HORIZON)), None)
        if found:
            return number + 1, f"seed {seed}: {found}"
    return len(cells), None


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare over many seeds; print the first difference. Exit status 1 if there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    compared = 0
    for seed in range(chosen.seed, chosen.seed + chosen.runs):
        cells, found = compare(seed)
        compared += cells
        if found:
            sys.stdout.write(found + "\n")
            return 1
    sys.stdout.write(f"{chosen.runs} ledgers, {compared} cells, no difference\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
