"""New log keys: two key files, the entry that names them, and the old files out of the way.

The order bears being stopped anywhere: the log is sealed with the old keys; the new ones are
written as ``<file>.next``; the entry that names them is recorded; then each old file becomes
``<file>.retired-<key id>`` and each new one takes its place. What a stopped run left undone, the
next one finishes: new files that are there are used, and once the log names them, only moved.
"""

from dataclasses import dataclass
from pathlib import Path

from ledger import api
from ledger.cli.key_files import make_log_keys, open_log_keys, vkeys
from ledger.cli.session import Session
from ledger.errors import BadKey, NotCompleted


@dataclass(frozen=True, slots=True)
class Rotated:
    """``result`` is None where an earlier run had recorded the keys and only files were moved."""

    result: "api.RecordResult | None"
    keys: tuple[str, str]  # vkeys


def rotate(session: Session, *, lost: bool) -> Rotated:
    """Give the log two new keys; the actor of the session, an administrator, signs the entry.

    ``lost``: the old keys are no longer there, so that the log is not sealed with them first.

    Raises:
        BadKey: the old keys are not here. Conflict: they are not those in force.
        WouldFork: the log cannot be sealed with them.
    """
    with session.ledger() as ledger:
        origin = ledger.policy.origin
        paths = session.settings.log_key_paths(origin)
        if _unfinished(session, ledger, paths):
            _swap(session, ledger, paths)
            return Rotated(None, vkeys(open_log_keys(session, origin, paths)))
        actor, signer = session.acting(), session.signer()
        if not session.seal(ledger, ask=True) and not lost:
            raise BadKey(
                f"the keys of the log {origin} are not here",
                hint=f"bring {paths[0]} and {paths[1]}; if they are lost for good, say --lost:"
                " what was recorded since the last checkpoint is then sealed by the new keys only",
            )
        fresh = next_path(paths[0]), next_path(paths[1])
        make_log_keys(session, fresh)
        new = vkeys(open_log_keys(session, origin, fresh))
        result = ledger.checkpoints.change_keys(signer, actor=actor, log_keys=new)
        _swap(session, ledger, paths)
    return Rotated(result, new)


def next_path(path: Path) -> Path:
    """Return where a new key waits until the log names it."""
    return path.with_name(f"{path.name}.next")


def _unfinished(session: Session, ledger: "api.Ledger", paths: tuple[Path, Path]) -> bool:
    """Return whether a new key that the log names already still waits for its place."""
    in_force = ledger.policy.log_keys
    waiting = [path for path in paths if next_path(path).exists()]
    return any(_vkey(session, ledger, next_path(path)) in in_force for path in waiting)


def _swap(session: Session, ledger: "api.Ledger", paths: tuple[Path, Path]) -> None:
    """Move every new key that the log names to its place, and the old one out of it."""
    in_force = ledger.policy.log_keys
    try:
        for path in paths:
            fresh = next_path(path)
            if not fresh.exists() or _vkey(session, ledger, fresh) not in in_force:
                continue
            if path.exists():
                old = _vkey(session, ledger, path).split("+", 2)[1]
                path.rename(path.with_name(f"{path.name}.retired-{old}"))
            fresh.rename(path)
    except OSError as error:
        raise NotCompleted(
            f"the log has its new keys, but {error.filename} cannot be moved: {error.strerror}",
            hint="run `regledger policy rotate-log-keys` again once it can",
        ) from None


def _vkey(session: Session, ledger: "api.Ledger", path: Path) -> str:
    """Return the vkey of a log key file."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from ledger.log import signed_note
    from ledger.log.keys import load_private

    key = session.unlock(path, load_private)
    classic = isinstance(key, Ed25519PrivateKey)
    kind = signed_note.ED25519 if classic else signed_note.COSIGNATURE_MLDSA44
    return signed_note.vkey(ledger.policy.origin, kind, key.public_key().public_bytes_raw())
