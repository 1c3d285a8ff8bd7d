"""What does one claim cost, durable, one commit each?"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any

from benchmarks.bare import Bare
from benchmarks.bench import ACTOR, Bench
from benchmarks.measure import Goal, Line, interleaved
from benchmarks.synthetic import Claims, validated

_EACH = 25  # claims in one round
_ROUNDS = 8


def ask(bench: Bench) -> Iterator[Line]:
    """Record claims one by one on a small ledger, without and with the status view following."""
    claims = Claims(bench.seed)
    bare = Bare(bench.folder / "one.bare.db")
    book, signer = bench.empty("one.db")
    given: list[dict[str, Any]] = []

    def ours() -> None:
        for value in given:
            book.record(validated([value]), signer, actor=ACTOR)

    def raw() -> None:
        for value in given:
            bare.record([value])

    with book:
        book.record(claims.take(1000), signer, actor=ACTOR)
        for following in (False, True):
            book.projections.catch_up() if following else book.projections.defer()
            pairs = []
            for _ in range(_ROUNDS):
                given[:] = claims.values(_EACH)
                pairs.append(interleaved(ours, raw, rounds=1))
            ours_s = statistics.median(p.ours_s for p in pairs) / _EACH
            raw_s = statistics.median(p.raw_s for p in pairs) / _EACH
            yield Line(
                "record one claim" + (", status view too" if following else ""),
                1 / ours_s,
                "/s",
                raw=1 / raw_s,
                goal=None if following else Goal(">=", 0.8),
                rounds=_ROUNDS,
                note="the status view follows in a second transaction, with its own sync"
                if following
                else "validate, rules, sign, chain, tree, claim views, one synced commit",
            )
    bare.close()
