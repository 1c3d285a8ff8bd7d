"""The witness' side of `witness`: its key, its memory, and the log that it reads."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ledger import user_dirs
from ledger.cli import input_files, output
from ledger.errors import BadKey, InputError, NotCompleted, NotVerified

if TYPE_CHECKING:
    from ledger.cli.session import Session
    from ledger.log.checkpoint import LogSigner
    from ledger.log.keys import PrivateKey
    from ledger.log.signed_note import Vkey
    from ledger.witness.cosigner import Cosigner, WitnessMemory

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
_LARGEST_NOTE: Final = 1_000_000
_OK: Final = 200


def memory() -> WitnessMemory:
    """Return the memory of what the witnesses of this machine cosigned."""
    from ledger.witness.cosigner import WitnessMemory

    return WitnessMemory(user_dirs.state() / "witness" / "seen.sqlite3")


def new_key(session: Session, name: str, to: Path | None, *, quantum: bool) -> tuple[Path, Vkey]:
    """Make a key for a witness, enrol it in the memory, and return its file and public half.

    Raises:
        BadKey: a name that no key can have. Conflict: the file exists already.
    """
    from ledger.cli.key_files import make_directory, save_new
    from ledger.log import keys, signed_note

    kind = signed_note.COSIGNATURE_MLDSA44 if quantum else signed_note.COSIGNATURE_ED25519
    signed_note.vkey(name, kind, bytes(1312 if quantum else 32))  # refuses a bad name first
    path = to or session.settings.keys / "witness" / f"{_UNSAFE.sub('_', name)}.pem"
    make_directory(path.parent)
    key = keys.generate_mldsa44() if quantum else keys.generate()
    save_new(session, path, key)
    signer = _signer(name, key)
    memory().enroll(signer.vkey)
    output.stands(f"made {path}")
    return path, signer.vkey


def open_cosigner(
    session: Session, path: Path, logs: Sequence[str], *, enroll_as: str | None
) -> Cosigner:
    """Open a witness: its key file, the logs it knows by their keys, and its memory.

    ``enroll_as`` names a key that was made elsewhere, and lets it begin with nothing seen.

    Raises:
        InputError: the key is not enrolled here. BadKey: a key or vkey that cannot be used.
    """
    from ledger.log.keys import load_private
    from ledger.log.signed_note import parse_vkey
    from ledger.witness.cosigner import Cosigner

    watched = [parse_vkey(text) for text in logs]
    key = session.unlock(path, load_private)
    held = memory()
    raw = _signer("unnamed", key).vkey.public_key
    names = [known.name for known in held.enrolled() if known.public_key == raw]
    if enroll_as is not None:
        held.enroll(_signer(enroll_as, key).vkey)
        names = [enroll_as]
    if not names:
        raise InputError(
            f"the key {path} has no memory here of what it cosigned",
            hint=f"restore {held.path}; for a key that never cosigned anything: --enroll-as NAME",
        )
    return Cosigner(_signer(names[0], key), watched, held, now=lambda: int(time.time()))


def cosign(cosigner: Cosigner, address: str) -> bytes:
    """Read a checkpoint file or a published log, and return the cosignature line.

    Raises:
        NotVerified: the log's signature or the consistency with what was seen does not hold.
        NotCompleted: nothing there, or tiles that are needed are missing.
    """
    from ledger.checkpoints.witness_client import AddCheckpoint
    from ledger.log.checkpoint import parse_checkpoint
    from ledger.log.signed_note import parse_note

    note, read = _read(address)
    checkpoint = parse_checkpoint(parse_note(note).text)
    seen = cosigner.seen(checkpoint.origin)
    if seen.size > checkpoint.size:
        raise NotVerified(
            f"{address} has {checkpoint.size} entries, and this witness cosigned {seen.size}: "
            "the log was rolled back, or this is an old copy"
        )
    if seen.size == checkpoint.size and seen.root != checkpoint.root:
        raise NotVerified(
            f"{address} has another root for {seen.size} entries than this witness cosigned: "
            "the log was forked",
            hint="keep both checkpoints: together they show it",
        )
    path = _path(seen.size, checkpoint.size, read)
    verdict = cosigner.answer(AddCheckpoint(seen.size, path, note).encode())
    if verdict.status != _OK:
        said = f"not cosigned: {verdict.body.decode('utf-8', 'replace').strip()}"
        if verdict.status in {409, 503}:
            raise NotCompleted(said, hint="try again")
        raise NotVerified(said)
    return verdict.body


def _path(old: int, size: int, read: Callable[[str], bytes | None] | None) -> tuple[bytes, ...]:
    from ledger.log.merkle import consistency_path
    from ledger.witness.cosigner import published_hashes

    if old in {0, size}:
        return ()
    if read is None:
        raise NotCompleted(
            f"a checkpoint alone does not show that {size} entries continue the {old} seen before",
            hint="give the published directory or its address: its tiles prove it",
        )
    return consistency_path(old, size, published_hashes(read, size))


def _read(address: str) -> tuple[bytes, Callable[[str], bytes | None] | None]:
    """Return the checkpoint at an address, and how to read the tiles beside it if it is a log."""
    from ledger.checkpoints.storage import open_storage

    path = Path(address)
    if path.is_file():
        return input_files.content(path, most=_LARGEST_NOTE)[0], None
    place = open_storage(address)
    note = place.read("checkpoint")
    if note is None:
        raise NotCompleted(f"{address}: there is no published log", hint="it has a file checkpoint")
    return note, place.read


def _signer(name: str, key: PrivateKey) -> LogSigner:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

    from ledger.log.checkpoint import Ed25519Cosigner, MLDSA44Cosigner

    if isinstance(key, Ed25519PrivateKey):
        return Ed25519Cosigner(name, key)
    if isinstance(key, MLDSA44PrivateKey):
        return MLDSA44Cosigner(name, key)
    raise BadKey("a witness signs with Ed25519 or ML-DSA-44")
