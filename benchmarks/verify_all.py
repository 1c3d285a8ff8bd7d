"""How fast is a log verified: signatures and chain, everything, and again once it has grown?"""

from __future__ import annotations

import base64
import os
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from benchmarks.bench import ACTOR, Bench, more
from benchmarks.measure import Goal, Line, Pair, interleaved, seconds
from ledger import Ledger
from ledger.log.chain import check_chain
from ledger.log.entry import PAYLOAD_TYPE, check_signature, decode_entry, pae
from ledger.store import checkpoint_store
from ledger.verify.known_ledgers import KnownLedgers
from ledger.verify.signed_notes import VerifyOptions

_WHY = "a core against a core"
_ROUNDS = 3


def ask(bench: Bench) -> Iterator[Line]:
    """Verify beside bare Ed25519 on as many cores; then after growth, beside verifying it all."""
    yield from _whole(bench)
    yield from _again(bench)


def _whole(bench: Bench) -> Iterator[Line]:
    built = bench.big
    public = built.signer.public_key
    with built.opened() as book:
        entries = list(book.entries.export())
        raw = bare(entries, public)

        def links() -> None:
            for entry in check_chain(entries):
                check_signature(entry.signed, public)

        count = len(entries)
        one = interleaved(links, raw)
        yield line("verify: signatures and chain", count, one, Goal(">=", 0.9))
        cores = os.cpu_count() or 1
        for jobs in sorted({1, cores}):
            most = interleaved(partial(check, book, jobs), raw)
            pair = replace(most, raw_s=most.raw_s / jobs)
            what = f"verify: all but the status view, {jobs} processes"
            why = f"raw is bare Ed25519 on one core, times {jobs}"
            yield line(what, count, pair, Goal(">=", 0.6), why=why)
    with bench.followed.opened() as book:
        most = interleaved(partial(check, book, cores), raw)
        pair = replace(most, raw_s=most.raw_s / cores)
        what = f"verify: everything, the status view too, {cores} processes"
        yield line(what, count, pair, Goal(">=", 0.6), why=why)


def _again(bench: Bench) -> Iterator[Line]:
    """Let the ledger grow by a hundredth, three times; each time go on, and verify it all."""
    built = bench.copied(bench.followed, "again.db")
    known = KnownLedgers(bench.folder / "known")
    known.trust(str(bench.log_keys[0].vkey))
    took: dict[str, list[float]] = {"last": [], "file": [], "all": []}
    with built.opened() as book:
        for turn in range(_ROUNDS):
            bench.seal(book, built)
            note = _newest_note(book)
            if not turn:
                check(book, 0, VerifyOptions(), known)
            book.projections.defer()
            book.record(more(bench.size // 100, f"again{turn}"), built.signer, actor=ACTOR)
            book.projections.catch_up()
            asked = {
                "last": VerifyOptions(last=True),
                "file": VerifyOptions(since=note),
                "all": VerifyOptions(),
            }
            for name, options in asked.items():
                took[name].append(seconds(partial(check, book, 0, options, known)))
    whole = statistics.median(took["all"])
    for name, bound, what in (
        ("last", 0.02, "verify --since last after 1 % growth"),
        ("file", 0.2, "verify --since FILE after 1 % growth"),
    ):
        yield Line(
            what,
            1000 * statistics.median(took[name]),
            "ms",
            raw=1000 * whole,
            goal=Goal("<=", bound),
            rounds=_ROUNDS,
            note="raw is a verification of everything, the status view too",
        )


def _newest_note(book: Ledger) -> bytes:
    with book.store.reading() as conn:  # there is no verb that gives it
        held = checkpoint_store.newest(conn)
    if held is None:
        raise RuntimeError("the ledger under test was not sealed")
    return held.note


def check(
    book: Ledger, jobs: int, options: VerifyOptions | None = None, known: KnownLedgers | None = None
) -> None:
    """Verify, and refuse to measure a ledger that is not sound. 0 jobs: as many as by default."""
    asked = replace(options or VerifyOptions(), jobs=jobs or None)
    report = book.verify(options=asked, known=known)
    if not report.sound or (asked.last and not report.read_from):
        raise RuntimeError(f"the ledger under test is not as it should be: {report.faults[:3]}")


def bare(entries: Sequence[bytes], public_key: str) -> Callable[[], None]:
    """Return what verifies every signature and nothing else; all is prepared before."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key)[-32:])
    signed = [decode_entry(data).signed for data in entries]
    pairs = [(s.signature.sig, pae(PAYLOAD_TYPE, s.payload)) for s in signed]

    def work() -> None:
        for sig, payload in pairs:
            key.verify(sig, payload)

    return work


def line(what: str, count: int, pair: Pair, goal: Goal, *, why: str = _WHY) -> Line:
    """Return a line of entries per second, as many cores on both sides."""
    ours, raw = count / pair.ours_s, count / pair.raw_s
    return Line(what, ours, "/s", raw=raw, goal=goal, rounds=pair.rounds, note=why)
