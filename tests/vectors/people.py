"""Who signs in the vectors: keys from fixed seeds, a fixed clock, fixed event ids and salts.

Everything here is public: a log that these keys signed proves nothing, to nobody.
"""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from itertools import count
from typing import TYPE_CHECKING, Final
from unittest import mock
from uuid import UUID

import uuid6
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger.api import event_signing
from ledger.errors import NotVerified
from ledger.log.checkpoint import Ed25519LogSigner, LogSigner, MLDSA44Cosigner, check_line
from ledger.log.encodings import from_b64, to_b64
from ledger.log.keys import KeySigner
from ledger.log.signed_note import NoteSignature

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.log.checkpoint import Checkpoint

ORIGIN: Final = "example.org/vectors"
SEALED_AT: Final = 1_704_103_200  # 2024-01-01T10:00:00Z


def seed(name: str) -> bytes:
    """32 bytes for a key: nothing secret."""
    return sha256(f"regledger test vectors: {name}".encode()).digest()


def person(name: str) -> KeySigner:
    """The signing key of a person."""
    return KeySigner(Ed25519PrivateKey.from_private_bytes(seed(name)))


ADMIN, RECORDER, REVIEWER, STRANGER = map(person, ("admin", "recorder", "reviewer", "stranger"))


class KeptSignatures:
    """ML-DSA-44 signatures made once: the library signs with fresh randomness every time.

    What is kept is taken only if it verifies, so that it can be thrown away and made again.
    """

    def __init__(self, path: Path) -> None:
        self._kept: dict[str, str] = json.loads(path.read_bytes()) if path.exists() else {}
        self.used: dict[str, str] = {}

    def sign(self, signer: MLDSA44Cosigner, checkpoint: Checkpoint, at: int) -> NoteSignature:
        """Return the kept line over this checkpoint at this time, or a new one."""
        said = f"{signer.vkey}\n{at}\n".encode() + checkpoint.text()
        name = sha256(said).hexdigest()[:32]
        blob = from_b64(self._kept.get(name, ""))
        line = NoteSignature(signer.vkey.name, signer.vkey.key_id, blob or bytes(8))
        try:
            if check_line(signer.vkey, line, checkpoint) != at:
                line = signer.sign(checkpoint, at)
        except NotVerified:
            line = signer.sign(checkpoint, at)
        self.used[name] = to_b64(line.blob)
        return line

    def encode(self) -> bytes:
        """Return the file of what was used."""
        return (json.dumps(self.used, indent=0, sort_keys=True) + "\n").encode()


class KeptSigner:
    """The post-quantum key of a log, whose signatures are kept."""

    def __init__(self, origin: str, name: str, kept: KeptSignatures) -> None:
        key = MLDSA44PrivateKey.from_seed_bytes(seed(name))
        self._signer, self._kept = MLDSA44Cosigner(origin, key), kept
        self.vkey: Final = self._signer.vkey

    def sign(self, checkpoint: Checkpoint, at: int) -> NoteSignature:
        """Sign, or say again what was signed."""
        return self._kept.sign(self._signer, checkpoint, at)


LogKeys = tuple[LogSigner, LogSigner]


def log_keys(kept: KeptSignatures, name: str = "log", origin: str = ORIGIN) -> LogKeys:
    """The two keys of a log: Ed25519 and ML-DSA-44."""
    classical = Ed25519PrivateKey.from_private_bytes(seed(f"{name} ed25519"))
    return Ed25519LogSigner(origin, classical), KeptSigner(origin, f"{name} mldsa44", kept)


def event_id(number: int) -> str:
    """A UUIDv7 that counts."""
    return f"018cc251-f400-7000-8000-{number:012x}"


@contextmanager
def nothing_random() -> Iterator[None]:
    """Event ids count up and salts follow from a counter, as long as this is entered."""
    ids, salts = count(), count()
    with ExitStack() as stack:
        new = (UUID(event_id(n)) for n in ids)
        stack.enter_context(mock.patch.object(uuid6, "uuid7", new.__next__))
        salt = (sha256(b"salt %d" % n).digest()[:16] for n in salts)
        stack.enter_context(mock.patch.object(event_signing, "_salt", salt.__next__))
        yield
