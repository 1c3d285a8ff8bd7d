"""How long does one status take, at any day and any size of the log?"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from benchmarks.bench import Bench
from benchmarks.measure import Goal, Line, percentile
from benchmarks.synthetic import Place
from ledger.domain.resolve.matching import places_of
from ledger.domain.taxonomy import Taxonomy

_ASKED = 400
_MAX_NORMS = 32
_FIRST = date(2015, 1, 1)
_DAYS = 4500


def ask(bench: Bench) -> Iterator[Line]:
    """Ask for random cells on random days at random sizes; no cell is asked for twice in a row."""
    draw = random.Random(bench.seed)  # noqa: S311  # the same questions every time
    built = bench.big
    with built.opened() as book:
        cells = _cells(book.taxonomy, built.claims.norms)
        last = book.size - 1
        took = []
        for _ in range(_ASKED):
            jurisdiction, activity = draw.choice(cells)
            day = _FIRST + timedelta(days=draw.randrange(_DAYS))
            known_at = draw.randrange(100, last + 1)
            start = time.perf_counter()
            book.status(jurisdiction, activity, as_of=day, known_at=known_at)
            took.append(1000 * (time.perf_counter() - start))
    what = f"one cell at any (D, K), {last + 1:,} entries"
    note = f"{_ASKED} questions, {len(cells):,} cells with at most {_MAX_NORMS} norms to weigh"
    yield Line(f"{what}: p50", percentile(took, 0.5), "ms", rounds=_ASKED)
    yield Line(
        f"{what}: p99",
        percentile(took, 0.99),
        "ms",
        goal=Goal("<=", 2, of="ours"),
        rounds=_ASKED,
        note=note,
    )


def _cells(taxonomy: Taxonomy, norms: Counter[Place]) -> list[Place]:
    """Return the places whose answer rests on at most 32 norms, those below included."""
    found = []
    for jurisdiction in taxonomy.jurisdictions:
        places = places_of(jurisdiction, taxonomy)
        for activity in taxonomy.activities:
            near = (*taxonomy.ancestors(activity), *taxonomy.descendants(activity))
            bearing = sum(norms[place, one] for place in places for one in near)
            if 0 < bearing <= _MAX_NORMS:
                found.append((jurisdiction, activity))
    return found
