"""Key files: made with a passphrase, and never over another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ledger import api
from ledger.cli import output
from ledger.cli.session import Session
from ledger.cli.settings import Settings
from ledger.errors import Conflict, NotCompleted

if TYPE_CHECKING:
    from ledger.log.checkpoint import LogSigner
    from ledger.log.keys import PrivateKey


def make_directory(path: Path) -> None:
    """Make a directory for its owner only, if it is not there."""
    from ledger import files

    try:
        files.make_directory(path)
    except OSError as error:
        raise NotCompleted(f"{path} cannot be made: {error.strerror}") from None


def new_key(session: Session, path: Path, *, p256: bool = False) -> api.Signer:
    """Make an actor's key file, Ed25519 unless P-256 is wanted, encrypted with a passphrase."""
    from ledger.log.keys import KeySigner, generate, generate_p256

    if path.exists():
        raise Conflict(f"{path} exists already, and is never overwritten")
    make_directory(path.parent)
    key = generate_p256() if p256 else generate()
    secret = save_new(session, path, key)
    output.stands(f"made {path}")
    return KeySigner(key, secret)


def own_or_new_key(session: Session, actor: str) -> api.Signer:
    """Open the key of an actor, or make one where there is none. Raises what both raise."""
    where = session.settings
    path = where.key_path(actor)
    have = path.exists() or where.signer_path(actor).exists()
    return session.signer(actor) if have else new_key(session, path)


def change_passphrase(session: Session, paths: Sequence[Path]) -> None:
    """Encrypt key files again, with a new passphrase; a link stays, and its file is replaced.

    All of them are opened, and all are written beside the old ones, before any is replaced.

    Raises:
        WrongPassphrase: the old one does not open a file. BadKey: one is no key file.
        NotCompleted: a file cannot be replaced; it is as it was.
    """
    from ledger.log.keys import load_any, to_pem

    held = [(path.resolve(), session.unlock(path, load_any)) for path in paths]
    new = session.new_passphrase(paths[0].name)
    fresh = [(path, to_pem(key, new)) for path, key in held]
    with ExitStack() as all_written:
        for path, pem in fresh:
            all_written.enter_context(_replacing(path, pem))


@contextmanager
def _replacing(path: Path, data: bytes) -> Iterator[None]:
    """Write a key file beside the old one, which it replaces when the block ends without an error.

    Raises NotCompleted.
    """
    from ledger import files

    try:
        with files.replacing(path, mode=0o600) as file:
            file.write(data)
            file.flush()
            yield
        files.sync_directory(path.parent)
    except OSError as error:
        raise NotCompleted(f"{path} cannot be replaced: {error.strerror}") from None
    output.stands(f"changed the passphrase of {path}")


def save_new(session: Session, path: Path, key: PrivateKey) -> bytes:
    """Write a new private key, encrypted with a passphrase asked for twice, which is returned."""
    from ledger.log.keys import save_private

    secret = session.passphrase(f"New passphrase for {path.name}", again=True)
    save_private(path, key, secret)
    return secret


def log_keys_for(session: Session, where: Settings, origin: str) -> tuple[str, str]:
    """The two log keys of a new ledger as vkeys; the private ones are kept beside the actors'.

    Keys that a broken-off `init` left behind are used, if the passphrase opens them.
    """
    paths = where.log_key_paths(origin)
    make_directory(where.keys)
    make_log_keys(session, paths)
    return vkeys(open_log_keys(session, origin, paths))


def make_log_keys(session: Session, paths: tuple[Path, Path]) -> None:
    """Make the two keys of a log, Ed25519 and ML-DSA-44, each unless its file is there."""
    from ledger.log import keys

    makers: tuple[Callable[[], PrivateKey], ...] = (keys.generate, keys.generate_mldsa44)
    for path, generate in zip(paths, makers, strict=True):
        if not path.exists():
            save_new(session, path, generate())


def open_log_keys(
    session: Session, origin: str, paths: tuple[Path, Path]
) -> tuple[LogSigner, LogSigner]:
    """Return the signers of a log, from these files. Raises Conflict where one is missing."""
    found = session.log_signers(origin, ask=True, paths=paths)
    if found is None:
        raise Conflict(f"{paths[0]} and {paths[1]} are not both there")
    return found


def vkeys(signers: tuple[LogSigner, LogSigner]) -> tuple[str, str]:
    """Return the public halves of the two keys of a log."""
    return str(signers[0].vkey), str(signers[1].vkey)


def remember(known: api.KnownLedgers, ledger: api.Ledger, founder: str) -> None:
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
