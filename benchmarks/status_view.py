"""How fast is the status view brought to the head, and verified with all the rest?"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.measure import Goal, Line, interleaved
from benchmarks.verify_all import bare, check, line


def ask(bench: Bench) -> Iterator[Line]:
    """Let the view follow all claims at once; then verify every layer beside bare Ed25519."""
    built = bench.followed
    yield Line(
        f"status view catches up with {bench.size:,} claims",
        bench.size / built.catch_up_s,
        "/s",
        note=f"{built.catch_up_s:.1f} s, once, after recording",
    )
    with built.opened() as book:
        entries = list(book.entries.export())
        pair = interleaved(lambda: check(book, 1), bare(entries, built.signer.public_key))
        yield line("verify: everything", len(entries), pair, Goal(">=", 0.6))
