"""Does one more claim cost more where many are recorded already?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from benchmarks import million
from benchmarks.bench import ACTOR, Bench, more
from benchmarks.measure import Line, Spent, spent, times
from ledger import open_ledger
from ledger.log import keys

_EACH = 25  # claims in one round
_ROUNDS = 4


def ask(bench: Bench) -> Iterator[Line]:
    """Record claims one by one onto copies of ledgers of growing size, beside the smallest."""
    small, big = bench.tenth_followed, bench.followed
    asked = [(small.path, small.key), (big.path, big.key)]
    asked += [(path, million.founder_key()) for path in bench.prepared]
    smallest: list[Spent] = []
    for path, key in asked:
        copy = bench.copied_file(path, "grown.db")
        size, took = _record(copy, keys.KeySigner(key))
        copy.unlink()
        yield Line(
            f"record one claim more, onto {size:,} entries",
            "ms",
            times(took, each=_EACH),
            times(smallest, each=_EACH),
            note="the floor is the same onto the smallest; no status view",
        )
        smallest = smallest or took


def _record(path: Path, signer: keys.KeySigner) -> tuple[int, list[Spent]]:
    with open_ledger(str(path)) as book:
        book.projections.defer()
        size = book.size
        claims = iter(more(2 * _EACH * (_ROUNDS + 1), "grown"))

        def once() -> None:
            for claim in islice(claims, _EACH):
                book.record([claim], signer, actor=ACTOR)

        took = [spent(once) for _ in range(_ROUNDS + 1)]
    return size, took[1:]  # the first round fills the caches
