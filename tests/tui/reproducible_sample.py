"""The sample ledger with nothing left to chance, so that a picture of it is always the same."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger.demo import build

_SALT_BYTES = 16


@contextmanager
def without_chance() -> Iterator[None]:
    """Keys, event ids and salts are numbered; only the post-quantum signatures stay random."""
    keys, ids, salts = count(1), count(1), count(1)

    def key() -> Ed25519PrivateKey:
        seed = hashlib.sha256(b"key %d" % next(keys)).digest()
        return Ed25519PrivateKey.from_private_bytes(seed)

    def quantum_key() -> MLDSA44PrivateKey:
        return MLDSA44PrivateKey.from_seed_bytes(hashlib.sha256(b"quantum").digest())

    def event_id() -> str:
        return f"01970000-0000-7000-8000-{next(ids):012x}"

    def salt() -> bytes:
        return hashlib.sha256(b"salt %d" % next(salts)).digest()[:_SALT_BYTES]

    with (
        # The same ledger is made more than once: none is to be taken for an older copy of another.
        TemporaryDirectory() as state,
        mock.patch.dict(os.environ, {"XDG_STATE_HOME": state}),
        mock.patch("ledger.log.keys.generate", key),
        mock.patch("ledger.log.keys.generate_mldsa44", quantum_key),
        mock.patch("ledger.api.event_signing.new_id", event_id),
        mock.patch("ledger.api.recorder.new_id", event_id),
        mock.patch("ledger.api.event_signing._salt", salt),
    ):
        yield


def build_frozen(folder: Path) -> Path:
    """Build the sample in a folder; return its database."""
    with without_chance():
        build(folder / "demo.db", folder / "demo.db.keys").ledger.close()
    return folder / "demo.db"
