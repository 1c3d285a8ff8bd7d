"""How fast are chain, tree and root, without signatures and rules?"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from benchmarks.bench import Bench
from benchmarks.measure import Goal, Line, rates
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

    def floor() -> None:
        for data in entries:
            sha256(data).digest()

    pair = bench.interleaved(ours, floor)
    yield Line(
        "chain, tree and root",
        "/s",
        rates(count, pair.ours),
        rates(count, pair.floor),
        goal=Goal(">=", 200_000, of="ours"),
        note=f"entries of {sum(map(len, entries)) // count:,} bytes; the floor is one SHA-256 each",
    )
    pair = bench.interleaved(decoded, floor)
    yield Line(
        "the same, entries decoded and their spelling checked",
        "/s",
        rates(count, pair.ours),
        rates(count, pair.floor),
    )
