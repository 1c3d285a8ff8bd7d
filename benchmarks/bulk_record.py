"""How fast are many claims recorded, each signed, and the status view after them?"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence

from benchmarks.bench import SLICE, Bench, Built
from benchmarks.measure import Goal, Line, Spent, rates, times


def ask(bench: Bench) -> Iterator[Line]:
    """Look at how the big ledger was built: slices of 1,000, each beside the same slice bare."""
    built = bench.big
    whole = bench.size // SLICE or 1  # the last slice may be shorter
    each = min(SLICE, bench.size)
    ours = built.ours[:whole]
    tenth = max(1, whole // 10)
    yield Line(
        f"record {bench.size:,} claims, {each:,} a commit",
        "/s",
        rates(each, ours),
        rates(each, built.floor[:whole]),
        goal=Goal(">=", 0.6),
        note="canonical JSON, Ed25519 and a batched insert are the floor; of a CPU second, "
        f"{_per_second(each, ours[:tenth])} in the first tenth of the log, "
        f"{_per_second(each, ours[-tenth:])} in the last",
    )
    yield Line("validate claims, before they are recorded", "/s", rates(each, built.valid[:whole]))
    yield _with_the_view(bench.followed)


def _per_second(each: int, taken: Sequence[Spent]) -> str:
    return f"{each / statistics.median(one.cpu for one in taken):,.0f}"


def _with_the_view(built: Built) -> Line:
    if built.caught_up is None:
        raise RuntimeError("the status view of the ledger under test was not brought to the head")
    recorded = Spent(
        sum(one.wall for one in (*built.ours, *built.valid)),
        sum(one.cpu for one in (*built.ours, *built.valid)),
    )
    return Line(
        "the status view caught up after that, beside recording",
        "s",
        times([built.caught_up], per=1),
        times([recorded], per=1),
        by="wall",
        goal=Goal("<=", 1),
        note="the floor is the time in which all the claims were validated and recorded",
    )
