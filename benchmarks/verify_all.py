"""How fast is a log verified: signatures and chain, all but the status view, everything?"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from benchmarks.bench import Bench
from benchmarks.measure import Goal, Line, Pair, rates
from ledger import Ledger
from ledger.log import keys
from ledger.log.chain import Head, Link
from ledger.log.encodings import pae
from ledger.log.entry import PAYLOAD_TYPE, decode_entry, event_digest, open_envelope
from ledger.log.merkle import leaf_hash
from ledger.verify.signed_notes import VerifyOptions


def ask(bench: Bench) -> Iterator[Line]:
    """Verify beside bare Ed25519 on as many cores; then one process beside as many as cores."""
    cores = os.cpu_count() or 1
    public = bench.big.signer.public_key
    with bench.big.opened() as book:
        entries = list(book.entries.export())
        floor = bare(entries, public)

        count = len(entries)
        pair = bench.interleaved(partial(links, entries, public), floor)
        yield _line("verify: signatures and chain", count, pair, jobs=1, bound=0.9)
        for jobs in sorted({1, cores}):
            pair = bench.interleaved(partial(check, book, jobs), floor)
            what = f"verify: all but the status view, {_processes(jobs)}"
            yield _line(what, count, pair, jobs=jobs, bound=0.6)
        if cores > 1:
            yield _speed_up(bench, book, count, cores)
    with bench.followed.opened() as book:
        pair = bench.interleaved(partial(check, book, cores), floor)
        yield _line(f"verify: everything, {_processes(cores)}", count, pair, jobs=cores, bound=0.5)


def check(book: Ledger, jobs: int) -> None:
    """Verify, and refuse to measure a ledger that is not sound."""
    report = book.verify(options=VerifyOptions(jobs=jobs))
    if not report.sound:
        raise RuntimeError(f"the ledger under test is not as it should be: {report.faults[:3]}")


def links(entries: Sequence[bytes], public_key: str) -> None:
    """Check the chain and every signature as the verifier does, which reads the data elsewhere."""
    head = Head.EMPTY
    for data in entries:
        found = open_envelope(data)
        if found is None:
            raise RuntimeError(f"no entry at {head.size}")
        link = Link(found.seq, found.prev, found.recorded_at, found.ledger)
        head = head.linked(link, event_digest(found.payload), leaf_hash(data))
        keys.verify("ed25519", public_key, found.sig, pae(PAYLOAD_TYPE, found.payload))


def bare(entries: Sequence[bytes], public_key: str) -> Callable[[], None]:
    """Return what verifies every signature and nothing else; all is prepared before."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key)[-32:])
    signed = [decode_entry(data).signed for data in entries]
    pairs = [(s.signature.sig, pae(PAYLOAD_TYPE, s.payload)) for s in signed]

    def work() -> None:
        for sig, payload in pairs:
            key.verify(sig, payload)

    return work


def _line(what: str, count: int, pair: Pair, *, jobs: int, bound: float) -> Line:
    """Return a line of entries a second, as many cores on both sides."""
    return Line(
        what,
        "/s",
        rates(count, pair.ours, cores=jobs),
        rates(count, pair.floor, cores=jobs, of_one=True),
        goal=Goal(">=", bound),
        note=f"the floor is bare Ed25519 on one core{f', times {jobs}' if jobs > 1 else ''}",
    )


def _speed_up(bench: Bench, book: Ledger, count: int, cores: int) -> Line:
    pair = bench.interleaved(partial(check, book, cores), partial(check, book, 1))
    return Line(
        f"verify: all but the status view, {_processes(cores)} beside one",
        "/s",
        rates(count, pair.ours),
        rates(count, pair.floor),
        by="wall",
        goal=Goal(">=", 1.7),
        note="how much sooner it is done; says nothing where other programs use the cores",
    )


def _processes(jobs: int) -> str:
    return "1 process" if jobs == 1 else f"{jobs} processes"
