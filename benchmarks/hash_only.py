"""How fast are chain, tree and root, without signatures and rules?"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from benchmarks.bench import Bench
from benchmarks.measure import Goal, Line, interleaved
from ledger.log.chain import check_chain
from ledger.log.entry import ZERO, decode_entry
from ledger.log.merkle import CompactRange, leaf_hash


def ask(bench: Bench) -> Iterator[Line]:
    """Hash every entry, hold each against the next one's prev, and give the root."""
    with bench.big.opened() as book:
        entries = list(book.entries.export())
    prevs = [decode_entry(data).prev for data in entries]
    count = len(entries)

    def ours() -> None:
        edge, before = CompactRange(), ZERO
        for data, prev in zip(entries, prevs, strict=True):
            if prev != before:
                raise RuntimeError("the chain of the ledger under test is broken")
            leaf = leaf_hash(data)
            before = leaf.hex()
            edge.append(leaf)
        edge.root()

    def decoded() -> None:
        edge = CompactRange()
        for entry in check_chain(entries):
            edge.append(entry.leaf_hash)
        edge.root()

    def raw() -> None:
        for data in entries:
            sha256(data).digest()

    pair = interleaved(ours, raw)
    yield Line(
        "chain, tree and root",
        count / pair.ours_s,
        "/s",
        raw=count / pair.raw_s,
        goal=Goal(">=", 200_000, of="ours"),
        rounds=pair.rounds,
        note=f"entries of {sum(map(len, entries)) // count:,} bytes; the floor is one SHA-256 each",
    )
    pair = interleaved(decoded, raw)
    yield Line(
        "the same, entries decoded and their spelling checked",
        count / pair.ours_s,
        "/s",
        raw=count / pair.raw_s,
        rounds=pair.rounds,
    )
