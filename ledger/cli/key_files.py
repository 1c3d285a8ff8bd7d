"""Key files: made with a passphrase, and never over another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.cli import output
from ledger.cli.settings import Settings
from ledger.errors import Conflict, NotCompleted

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.api.answer_types import KnownLedgers, Signer
    from ledger.api.ledger import Ledger
    from ledger.cli.session import Session


def make_directory(path: Path) -> None:
    """Make a directory for its owner only, if it is not there."""
    from ledger import files

    try:
        files.make_directory(path)
    except OSError as error:
        raise NotCompleted(f"{path} cannot be made: {error.strerror}") from None


def new_key(session: Session, path: Path, *, p256: bool = False) -> Signer:
    """Make an actor's key file, Ed25519 unless P-256 is wanted, encrypted with a passphrase."""
    from ledger.log.keys import KeySigner, generate, generate_p256, save_private

    if path.exists():
        raise Conflict(f"{path} exists already, and is never overwritten")
    make_directory(path.parent)
    key = generate_p256() if p256 else generate()
    secret = session.passphrase(f"New passphrase for {path.name}", again=True)
    save_private(path, key, secret)
    output.stands(f"made {path}")
    return KeySigner(key, secret)


def log_keys_for(session: Session, where: Settings, origin: str) -> tuple[str, str]:
    """The two log keys of a new ledger as vkeys; the private ones are kept beside the actors'.

    Keys that a broken-off `init` left behind are used, if the passphrase opens them.
    """
    from ledger.log import keys, signed_note

    classic_path, quantum_path = where.log_key_paths(origin)
    make_directory(where.keys)
    for path, generate in ((classic_path, keys.generate), (quantum_path, keys.generate_mldsa44)):
        if not path.exists():
            secret = session.passphrase(f"New passphrase for {path.name}", again=True)
            keys.save_private(path, generate(), secret)
    secret = session.passphrase(f"Passphrase of {classic_path.name}")
    raw = [
        keys.load_private(path, secret).public_key().public_bytes_raw()
        for path in (classic_path, quantum_path)
    ]
    return (
        signed_note.vkey(origin, signed_note.ED25519, raw[0]),
        signed_note.vkey(origin, signed_note.COSIGNATURE_MLDSA44, raw[1]),
    )


def remember(known: KnownLedgers, ledger: Ledger, founder: str) -> None:
    """Remember a ledger made here as trusted; verifying it then remembers its size and root."""
    from ledger.log.merkle import EMPTY_ROOT
    from ledger.verify.known_ledgers import KnownLedger

    policy = ledger.policy
    known.remember(
        KnownLedger(
            ledger=policy.ledger,
            origin=policy.origin,
            founder=founder,
            log_keys=policy.log_keys,
            size=0,
            root=EMPTY_ROOT.hex(),
            trusted=True,
        )
    )
