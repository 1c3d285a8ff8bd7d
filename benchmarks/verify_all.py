"""How fast is a log verified: signatures and chain, then everything that needs no status view?"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from benchmarks.bench import Bench
from benchmarks.measure import Goal, Line, Pair, interleaved
from ledger import Ledger
from ledger.audit.sealed import Options
from ledger.log.chain import check_chain
from ledger.log.entry import PAYLOAD_TYPE, check_signature, decode_entry, pae

_WHY = "a core against a core"


def ask(bench: Bench) -> Iterator[Line]:
    """Verify while the status view is behind and so not looked at, beside bare Ed25519."""
    built = bench.big
    public = built.signer.public_key
    with built.opened() as book:
        entries = list(book.export_entries())
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


def check(book: Ledger, jobs: int) -> None:
    """Verify, and refuse to measure a ledger that is not sound."""
    report = book.verify(options=Options(jobs=jobs))
    if not report.sound:
        raise RuntimeError(f"the ledger under test is not sound: {report.faults[:3]}")


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
