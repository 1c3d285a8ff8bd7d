"""How fast are many claims recorded, each signed?"""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from benchmarks.bench import SLICE, Bench
from benchmarks.measure import Goal, Line


def ask(bench: Bench) -> Iterator[Line]:
    """Look at how the big ledger was built: slices of 1,000, each beside the same slice bare."""
    built = bench.big
    whole = bench.size // SLICE or 1  # the last slice may be shorter
    each = min(SLICE, bench.size)
    ours, raw = built.ours_s[:whole], built.raw_s[:whole]
    tenth = max(1, whole // 10)
    first, last = statistics.median(ours[:tenth]), statistics.median(ours[-tenth:])
    yield Line(
        f"record {bench.size:,} claims, {each:,} a commit",
        each / statistics.median(ours),
        "/s",
        raw=each / statistics.median(raw),
        goal=Goal(">=", 0.6),
        rounds=whole,
        note=f"first tenth {each / first:,.0f}/s, last tenth {each / last:,.0f}/s; "
        "canonical JSON, Ed25519 and a batched insert are the floor",
        more={"ours_s": ours, "raw_s": raw},
    )
    yield Line(
        "validate claims, before they are recorded",
        each / statistics.median(built.valid_s[:whole]),
        "/s",
        rounds=whole,
    )
