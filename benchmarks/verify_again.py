"""How fast is a log verified again, once it has grown by a hundredth?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from benchmarks.bench import ACTOR, Bench, more
from benchmarks.measure import Goal, Line, Spent, spent, times
from ledger import Ledger
from ledger.verify.known_ledgers import KnownLedgers
from ledger.verify.signed_notes import VerifyOptions

_ROUNDS = 3


def ask(bench: Bench) -> Iterator[Line]:
    """Let the ledger grow three times; go on from what is remembered, then verify it all."""
    built = bench.copied(bench.followed, "again.db")
    known = KnownLedgers(bench.folder / "known")
    known.trust(str(bench.log_keys[0].vkey))
    took: dict[str, list[Spent]] = {"last": [], "file": [], "all": []}
    with built.opened() as book:
        for turn in range(_ROUNDS):
            bench.seal(book, built)
            note = book.checkpoints.newest().note
            if not turn:
                _check(book, VerifyOptions(), known)
            book.projections.defer()
            book.record(more(bench.size // 100, f"again{turn}"), built.signer, actor=ACTOR)
            book.projections.catch_up()
            asked = {
                "last": VerifyOptions(last=True),
                "file": VerifyOptions(since=note),
                "all": VerifyOptions(),
            }
            for name, options in asked.items():
                took[name].append(spent(partial(_check, book, options, known)))
    for name, bound, what in (
        ("last", 0.02, "verify --since last after 1 % growth"),
        ("file", 0.2, "verify --since FILE after 1 % growth"),
    ):
        yield Line(
            what,
            "ms",
            times(took[name]),
            times(took["all"]),
            goal=Goal("<=", bound),
            note="the floor is a verification of everything, the status view too",
        )


def _check(book: Ledger, options: VerifyOptions, known: KnownLedgers) -> None:
    """Verify, and refuse to measure what is not sound or reads the whole log for ``last``."""
    report = book.verify(options=options, known=known)
    if not report.sound or (options.last and not report.read_from):
        raise RuntimeError(f"the ledger under test is not as it should be: {report.faults[:3]}")
