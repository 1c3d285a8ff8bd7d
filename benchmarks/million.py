"""A ledger of a million entries: ``python -m benchmarks.million FILE [COUNT]``.

Real entries throughout: signed, chained, judged by the rules, folded into every view. The first
``KINDS`` claims are of all kinds, as :mod:`benchmarks.synthetic` makes them; what comes after is
context, so that a status rests on a few dozen claims however long the log becomes: a register is
mostly read, and mostly about what happened around the law. Interrupted, it goes on where it was.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.synthetic import SEED, Claims, organisations, validated
from ledger import Ledger, create_ledger, open_ledger
from ledger.log import keys, signed_note

COUNT: Final = 1_000_000
KINDS: Final = 4_000
SLICE: Final = 5_000
_ORIGIN: Final = "example.org/million"


class LongClaims(Claims):
    """The series, with only context after its first ``KINDS`` claims."""

    def next_value(self) -> dict[str, Any]:
        """Return the next claim as JSON values."""
        (value,) = super().values(1)
        if self._made > KINDS and value["kind"] != "context":
            day = value["reports"][0]["published"]
            kept = ("key", "jurisdiction", "activity", "addressees", "statement", "reports")
            value = {name: value[name] for name in kept} | {
                "kind": "context",
                "force": "report",
                "uttered_at": day,
            }
        return value


def founder_key() -> Ed25519PrivateKey:
    """Return the key of the founder, who signs everything; the same for every such ledger."""
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def build(path: Path, count: int = COUNT, *, say: Callable[[str], None] | None = None) -> None:
    """Make the ledger at ``path``, or bring it to ``count`` claims; all views at the head."""
    tell = say or (lambda _words: None)
    founder = keys.KeySigner(founder_key())
    claims = LongClaims(SEED)
    with _open(path, founder) as book:
        book.projections.defer()
        held = book.size
        for start in range(0, count, SLICE):
            values = [claims.next_value() for _ in range(min(SLICE, count - start))]
            if start + len(values) <= held - len(organisations()) - 2:
                continue
            book.record(validated(values), founder, actor="founder")
            tell(f"{start + len(values):,} claims")
        book.projections.catch_up()
        tell(f"{book.size:,} entries")


def _open(path: Path, founder: keys.KeySigner) -> Ledger:
    if path.exists():
        return open_ledger(str(path))
    book = create_ledger(
        str(path),
        origin=_ORIGIN,
        actor="founder",
        signer=founder,
        log_keys=(signed_note.vkey(_ORIGIN, 1, bytes(32)),),
        review="none",
    )
    book.define(organisations(), founder, actor="founder")
    return book


if __name__ == "__main__":
    target = Path(sys.argv[1])
    number = int(sys.argv[2]) if len(sys.argv) > 2 else COUNT  # FILE [COUNT]
    build(target, number, say=lambda words: print(words, file=sys.stderr))
