"""What does one claim cost, durable, one commit each?"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bare import Bare
from benchmarks.bench import ACTOR, Bench
from benchmarks.journals import in_words, journals
from benchmarks.measure import Goal, Line, rates
from benchmarks.synthetic import Claims, validated

_EACH = 25  # claims in one round
_ROUNDS = 8
_BEFORE = 1000  # claims in the ledger


def ask(bench: Bench) -> Iterator[Line]:
    """Record claims one by one in each journal mode, then with the status view following."""
    for journal in journals():
        yield from _in_mode(bench, journal, following=journal == journals()[0])


def _in_mode(bench: Bench, journal: str, *, following: bool) -> Iterator[Line]:
    claims, same = Claims(bench.seed), Claims(bench.seed)
    bare = Bare(bench.folder / f"one.bare.{journal}.db", journal)
    book, signer = bench.empty(f"one.{journal}.db", journal=journal)

    def ours() -> None:
        for value in claims.values(_EACH):
            book.record(validated([value]), signer, actor=ACTOR)

    def floor() -> None:
        for value in same.values(_EACH):
            bare.record([value])

    with book:
        book.projections.defer()
        book.record(claims.take(_BEFORE), signer, actor=ACTOR)
        bare.record(same.values(_BEFORE))
        pair = bench.interleaved(ours, floor, rounds=_ROUNDS)
        yield Line(
            f"record one claim, {in_words(journal)}",
            "/s",
            rates(_EACH, pair.ours),
            rates(_EACH, pair.floor),
            by="wall",
            goal=Goal(">=", 0.8),
            note="validate, rules, sign, chain, tree, claim views, one synced commit",
        )
        if following:
            book.projections.catch_up()
            pair = bench.interleaved(ours, floor, rounds=_ROUNDS)
            yield Line(
                f"record one claim, status view too, {in_words(journal)}",
                "/s",
                rates(_EACH, pair.ours),
                rates(_EACH, pair.floor),
                by="wall",
                note="the status view follows within a bound of work, with a sync of its own",
            )
    bare.close()
