"""A log that is only a tree: leaves made of numbers, real keys, checkpoints of any size."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger.checkpoints.witness_client import CheckpointToCosign
from ledger.log.checkpoint import Checkpoint, LogSigner, log_signers, seal
from ledger.log.merkle import consistency_path, leaf_hash, root

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.log.signed_note import Vkey

ORIGIN = "example.org/grown"


def _keys() -> tuple[LogSigner, LogSigner]:
    return log_signers(ORIGIN, Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate())


@dataclass
class Grown:
    """``word`` makes another history under the same keys: a fork."""

    word: str = "entry"
    signers: tuple[LogSigner, LogSigner] = field(default_factory=_keys)

    @property
    def vkeys(self) -> tuple[Vkey, Vkey]:
        """The public keys of the log."""
        return self.signers[0].vkey, self.signers[1].vkey

    def leaves(self, start: int, stop: int) -> list[bytes]:
        """Leaf hashes."""
        return [leaf_hash(f"{self.word} {n}".encode()) for n in range(start, stop)]

    def checkpoint(self, size: int) -> Checkpoint:
        """The checkpoint of a size."""
        return Checkpoint(ORIGIN, size, root(self.leaves(0, size)))

    def note(self, size: int) -> bytes:
        """It signed by both keys."""
        return seal(self.checkpoint(size), self.signers, at=1_700_000_000).encode()

    def fetch(self, level: int, start: int, stop: int) -> Sequence[bytes]:
        """Tile hashes."""
        if level == 0:
            return self.leaves(start, stop)
        width = 256**level
        return [root(self.leaves(i * width, (i + 1) * width)) for i in range(start, stop)]

    def prove(self, old: int, size: int) -> Sequence[bytes]:
        """A consistency proof."""
        return consistency_path(old, size, self.fetch)

    def asked(self, size: int) -> CheckpointToCosign:
        """What a witness is asked."""
        return CheckpointToCosign(self.note(size), self.prove)
