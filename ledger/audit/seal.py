"""Sealing: the log signs its size and root, and never contradicts what it signed before.

Whoever holds the log's keys seals, one machine for a ledger. What it signed last is kept *outside*
the database, in the file ``<origin>.log-state`` beside the keys: the signed note itself. A backup
of the database that is restored brings back an older log; signing that would fork it, so the seal
is refused until the newer entries are there again. The state is written, and flushed to disk,
before a signature leaves this module: a checkpoint that anybody saw is always remembered.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy.engine import Connection

from ledger.clock import Clock, stamp
from ledger.errors import BadCheckpoint, Conflict, NotCompleted, NotVerified, Unreachable, WouldFork
from ledger.log.checkpoint import Checkpoint, LogSigner, Opened, open_checkpoint, seal
from ledger.log.merkle import consistency_path, root_at, verify_consistency
from ledger.log.note import Vkey, parse_vkey
from ledger.store import checkpoint_store
from ledger.store.checkpoint_store import StoredCheckpoint
from ledger.store.log_store import LogStore
from ledger.views.state import policy_at

_RESTORED = (
    "an older backup of the database seems to have been restored: bring back the newer one, or"
    " the entries that are missing. Signing now would show two histories to two people"
)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A checkpoint; ``new`` is False where this size was sealed before."""

    checkpoint: StoredCheckpoint
    new: bool


class SealState:
    """The last note that was signed with the keys beside it. Nothing is read until asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the right to seal; another process that seals waits for its turn."""
        try:
            handle = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise Unreachable(str(self.path), f"cannot be locked: {error.strerror}") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def read(self) -> bytes | None:
        """Return the note, None if nothing was ever signed here."""
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unreachable(str(self.path), f"cannot be read: {error.strerror}") from None

    def write(self, note: bytes) -> None:
        """Replace the note as a whole, on disk before this returns."""
        try:
            handle, name = tempfile.mkstemp(prefix=".log-state.", dir=self.path.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(note)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self.path)
            handle = os.open(self.path.parent, os.O_RDONLY)
            with contextlib.suppress(OSError):
                os.fsync(handle)
            os.close(handle)
        except OSError as error:
            raise Unreachable(str(self.path), f"cannot be written: {error.strerror}") from None


def seal_log(
    store: LogStore, signers: Sequence[LogSigner], state: SealState, *, clock: Clock
) -> Sealed:
    """Sign the log as it is now, unless that was done already.

    Args:
        store: the log.
        signers: the keys that the log has at its present size, all of them.
        state: what was signed before.
        clock: gives the time of sealing.

    Raises:
        WouldFork: the log is shorter than what was signed, or another.
        Conflict: these are not the log's keys; there is no entry; or what was signed before is
            not remembered here although it should be.
        NotVerified: the memory of what was signed is damaged.
    """
    with state.locked():
        with store.reading() as conn:
            head = store.head(conn)
            if not head.size:
                raise Conflict("there is no entry to seal")
            origin, keys = _identity(conn, head.size)
            checkpoint = Checkpoint(origin, head.size, root_at(head.size, _fetch(store, conn)))
            before = _remembered(store, conn, state, origin)
            held = checkpoint_store.checkpoint_at(conn, head.size)
            if before is not None:
                _continues(store, conn, before.checkpoint, checkpoint)
        if {signer.vkey for signer in signers} != set(keys):
            raise Conflict(
                f"the keys at hand are not those of {origin} in force",
                hint="they are named in the log: `regledger doctor` prints them",
            )
        if held is not None and before is not None and held.size == before.checkpoint.size:
            open_checkpoint(held.note, log_keys=keys)
            return Sealed(held, new=False)
        now = clock.now()
        at = int(now.timestamp())
        if before is not None and before.sealed_at is not None and at < before.sealed_at:
            raise WouldFork(
                "the clock is behind the last checkpoint that was signed",
                hint="set the clock of this machine",
            )
        if before is not None and before.checkpoint == checkpoint:
            note = before.note.encode()  # signed, but the database does not know it yet
        else:
            note = seal(checkpoint, signers, at=at).encode()
            open_checkpoint(note, log_keys=keys)
            state.write(note)
    with store.writing() as conn:
        checkpoint_store.put_checkpoint(conn, checkpoint.size, note, stamp(now))
        kept = checkpoint_store.checkpoint_at(conn, checkpoint.size)
    assert kept is not None  # noqa: S101  # it was put there in this transaction
    return Sealed(kept, new=True)


def adopt(store: LogStore, state: SealState, note: bytes) -> Checkpoint:
    """Take a signed checkpoint as the last one, where the memory of it was lost or moved.

    Raises:
        NotVerified: it is not signed with the log's keys.
        WouldFork: the log here does not continue it.
        Conflict: a newer one is remembered.
    """
    with state.locked(), store.reading() as conn:
        size = store.head(conn).size
        origin, keys = _identity(conn, size)
        given = open_checkpoint(note, log_keys=_keys_at(conn, note, keys)).checkpoint
        held = state.read()
        if held is not None:
            last = open_checkpoint(held, log_keys=_keys_at(conn, held, keys)).checkpoint
            if last.size > given.size:
                raise Conflict(f"a newer checkpoint is remembered already, of size {last.size}")
        if given.size > size:
            raise _older(given, size)
        now = Checkpoint(origin, size, root_at(size, _fetch(store, conn)))
        _continues(store, conn, given, now)
        state.write(note)
    return given


def unsealed(store: LogStore) -> int:
    """Return the number of entries after the last checkpoint: these rest on the database alone."""
    with store.reading() as conn:
        last = checkpoint_store.newest(conn)
        return store.head(conn).size - (last.size if last else 0)


def log_keys_at(conn: Connection, size: int) -> tuple[Vkey, ...]:
    """Return the log's keys in force after ``size`` entries."""
    return _identity(conn, size)[1]


def _identity(conn: Connection, size: int) -> tuple[str, tuple[Vkey, ...]]:
    policy = policy_at(conn, size)
    return policy.origin, tuple(parse_vkey(text) for text in policy.log_keys)


def _keys_at(conn: Connection, note: bytes, default: tuple[Vkey, ...]) -> tuple[Vkey, ...]:
    """Return the keys in force at the size a note speaks of; beyond the log, those at its head."""
    from ledger.log.checkpoint import parse_checkpoint
    from ledger.log.note import parse_note

    size = parse_checkpoint(parse_note(note).text).size
    try:
        return log_keys_at(conn, size) if size else default
    except NotCompleted:
        return default


def _remembered(store: LogStore, conn: Connection, state: SealState, origin: str) -> Opened | None:
    note = state.read()
    newest = checkpoint_store.newest(conn)
    if note is None:
        if newest is None:
            return None
        raise Conflict(
            f"{origin} was sealed before, at size {newest.size}, but {state.path} is not here: "
            "without it a restored backup could be signed as if it were the newest log",
            hint="bring the file from the machine that sealed last, or name the newest published "
            "checkpoint with `regledger checkpoint --from FILE`",
        )
    try:
        return open_checkpoint(
            note, log_keys=_keys_at(conn, note, log_keys_at(conn, store.head(conn).size))
        )
    except NotVerified as error:
        raise BadCheckpoint(
            f"the memory of what was signed last is damaged ({error.message})",
            hint=f"restore {state.path}, or name the newest published checkpoint with "
            "`regledger checkpoint --from FILE`",
        ) from None


def _continues(store: LogStore, conn: Connection, old: Checkpoint, new: Checkpoint) -> None:
    """Check that the log now continues a checkpoint that was signed before."""
    if old.origin != new.origin:
        raise WouldFork(f"these keys signed for {old.origin}, not for {new.origin}")
    if old.size > new.size:
        raise _older(old, new.size)
    fetch = _fetch(store, conn)
    try:
        path = consistency_path(old.size, new.size, fetch)
        verify_consistency(old.size, new.size, old.root, new.root, path)
    except NotVerified:
        raise WouldFork(
            f"the first {old.size} entries are not those that were signed before", hint=_RESTORED
        ) from None


def _older(old: Checkpoint, size: int) -> WouldFork:
    return WouldFork(
        f"a checkpoint of {old.size} entries was signed before, this database has {size}",
        hint=_RESTORED,
    )


def _fetch(store: LogStore, conn: Connection) -> Callable[[int, int, int], Sequence[bytes]]:
    return partial(store.hashes, conn)
