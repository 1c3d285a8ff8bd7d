"""How long does one status take, at any day and any size of the log?"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from benchmarks.bench import Bench
from benchmarks.measure import Goal, Line, Spent, percentiles, spent
from benchmarks.synthetic import Place
from ledger import Ledger, open_ledger
from ledger.domain.resolve.matching import places_of
from ledger.store import schema

_ASKED = 400
_MAX_NORMS = 32
_FIRST = date(2015, 1, 1)
_DAYS = 4500


def ask(bench: Bench) -> Iterator[Line]:
    """Ask for random cells on random days at random sizes, in ledgers of growing size."""
    smallest: list[Spent] = []
    for path in bench.grown:
        size, cells, took = _asked(path, bench.seed)
        what = f"one cell at any (D, K), {size:,} entries"
        yield Line(f"{what}: p50", "ms", percentiles(took, 0.5), percentiles(smallest, 0.5))
        yield Line(
            f"{what}: p99",
            "ms",
            percentiles(took, 0.99),
            percentiles(smallest, 0.99),
            goal=Goal("<=", 2, of="ours"),
            note=f"{_ASKED} questions, {cells:,} cells with at most {_MAX_NORMS} norms to weigh; "
            "the floor is the smallest ledger",
        )
        smallest = smallest or took


def _asked(path: Path, seed: int) -> tuple[int, int, list[Spent]]:
    """Return the size of a ledger, the number of its cells, and what each answer took."""
    draw = random.Random(seed)  # noqa: S311  # the same questions every time
    with open_ledger(str(path)) as book:
        cells, last = _cells(book), book.size - 1
        took = []
        for _ in range(_ASKED):
            day = _FIRST + timedelta(days=draw.randrange(_DAYS))
            known_at = draw.randrange(min(100, last), last + 1)
            place = draw.choice(cells)
            ask_one = partial(book.status, *place, as_of=day, known_at=known_at)
            took.append(spent(ask_one, tidy=False))
    return last + 1, len(cells), took


def _cells(book: Ledger) -> list[Place]:
    """Return the places whose answer rests on at most 32 norms, those below included."""
    norms, taxonomy = _norms(book), book.taxonomy
    found = []
    for jurisdiction in taxonomy.jurisdictions:
        places = places_of(jurisdiction, taxonomy)
        for activity in taxonomy.activities:
            near = (*taxonomy.ancestors(activity), *taxonomy.descendants(activity))
            bearing = sum(norms[place, one] for place in places for one in near)
            if 0 < bearing <= _MAX_NORMS:
                found.append((jurisdiction, activity))
    return found


def _norms(book: Ledger) -> Counter[Place]:
    """Count the norms by place."""
    c = schema.claim_version.c
    counted = (
        sa.select(c.jurisdiction, c.activity, sa.func.count())
        .where(c.kind == "norm")
        .group_by(c.jurisdiction, c.activity)
    )
    with book.store.reading() as conn:
        return Counter({(j, a): number for j, a, number in conn.execute(counted)})
