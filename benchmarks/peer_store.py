"""What does a claim cost beside an event of the library ``eventsourcing``?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

from benchmarks.bench import ACTOR, Bench
from benchmarks.journals import in_words, journals
from benchmarks.measure import Line, rates
from benchmarks.synthetic import Claims, validated

_EACH = 25  # claims in one round


def ask(bench: Bench) -> Iterator[Line]:
    """Record claims one by one, beside saving the same values as events, a commit each."""
    if find_spec("eventsourcing") is None:
        bench.say("no line about eventsourcing: it is not installed")
        return
    journal = journals()[0]
    claims, same = Claims(bench.seed), Claims(bench.seed)
    save, close = _peer(str(bench.folder / "eventsourcing.db"))
    book, signer = bench.empty("peer.db")
    with book:
        book.projections.defer()
        book.record(claims.take(100), signer, actor=ACTOR)

        def ours() -> None:
            for value in claims.values(_EACH):
                book.record(validated([value]), signer, actor=ACTOR)

        def theirs() -> None:
            for value in same.values(_EACH):
                save(value)

        pair = bench.interleaved(ours, theirs)
    close()
    yield Line(
        f"record one claim against eventsourcing, {in_words(journal)}",
        "/s",
        rates(_EACH, pair.ours),
        rates(_EACH, pair.floor),
        by="wall",
        note="theirs is one new aggregate with the claim as JSON, in WAL + FULL, neither checked, "
        "signed nor chained",
    )


def _peer(path: str) -> tuple[Callable[[dict[str, Any]], object], Callable[[], None]]:
    """Return what saves one value as an event, and what closes the store."""
    from eventsourcing.application import Application
    from eventsourcing.domain import Aggregate

    class Noted(Aggregate):
        """A claim, as an aggregate with one event."""

        def __init__(self, claim: dict[str, Any]) -> None:
            self.claim = claim

    env = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": path}
    application = Application[Any](env=env)
    return lambda value: application.save(Noted(claim=value)), application.close
