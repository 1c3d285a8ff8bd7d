"""Sealing: the log signs its size and root, and never contradicts what it signed before.

One machine for a ledger holds the log's keys and seals. What it signed last is kept *outside* the
database, in the file ``<origin>.log-state`` beside the keys: the signed note itself (C2SP
tlog-checkpoint). A restored backup of the database brings back an older log; signing that would
fork it, so sealing is refused until the newer entries are back. The file is written, and flushed to
disk, before a signature leaves this module: every checkpoint that was given out is remembered. A
copy goes to where this machine remembers ledgers, for whoever verifies and has no keys at hand.
"""

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from ledger import files
from ledger.clock import Clock, stamp
from ledger.errors import BadCheckpoint, Conflict, NotVerified, Unreachable, WouldFork
from ledger.log.checkpoint import (
    Checkpoint,
    LogSigner,
    Opened,
    open_checkpoint,
    parse_checkpoint,
    seal,
)
from ledger.log.merkle import consistency_path, root_at, verify_consistency
from ledger.log.signed_note import Note, Vkey, parse_note, parse_vkey
from ledger.projections.policy import policy_at
from ledger.store import checkpoint_store
from ledger.store.checkpoint_store import StoredCheckpoint
from ledger.store.log_store import Connection, LogStore

_RESTORED = (
    "an older backup of the database seems to have been restored: bring back the newer one, or"
    " the entries that are missing, and keep the memory of what was signed (*.log-state) as it"
    " is. Signing now would show two histories to two people"
)


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A signed checkpoint; ``new`` is False where this size was sealed before."""

    checkpoint: StoredCheckpoint
    new: bool


class LastSigned:
    """The file of the last note that was signed with the keys beside it; read on demand.

    ``copy`` is another file that is to hold it too. Where that cannot be written, the first file
    has to do: what reads the copy writes there itself, and says so.
    """

    def __init__(self, path: Path, copy: Path | None = None) -> None:
        self.path = path
        self._copy = copy

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the file: another process that seals waits. Raises Unreachable where that fails."""
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
        """Return the note, None if nothing was ever signed here. Raises Unreachable."""
        return _read(self.path)

    def held(self) -> dict[Path, bytes]:
        """Return the note and its copy by file, those that are there. Raises Unreachable."""
        paths = (self.path, self._copy) if self._copy else (self.path,)
        return {path: note for path in paths if (note := _read(path)) is not None}

    def write(self, note: bytes) -> None:
        """Replace what differs, as a whole, on disk before this returns. Raises Unreachable."""
        if self.read() != note:
            try:
                files.replace_file(self.path, note, mode=0o600)
            except OSError as error:
                raise Unreachable(str(self.path), f"cannot be written: {error.strerror}") from None
        if self._copy is not None and _read(self._copy) != note:
            with contextlib.suppress(OSError):
                files.replace_file(self._copy, note, mode=0o600)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Unreachable(str(path), f"cannot be read: {error.strerror}") from None


def sign_checkpoint(
    store: LogStore, signers: Sequence[LogSigner], state: LastSigned, *, clock: Clock
) -> SignedCheckpoint:
    """Sign the log as it is now, unless this size was signed before.

    ``signers`` are all keys that the log has at its present size; ``state`` holds the checkpoint
    that was signed last.

    Raises:
        WouldFork: the log is shorter than what was signed, or another.
        Conflict: these are not the log's keys; there is no entry; or the log was sealed before, and
            the file of what was signed last is missing.
        NotVerified: that file is damaged. Unreachable: it cannot be read or written.
    """
    with state.locked():
        with store.reading() as conn:
            tree = _tree(store, conn)
            keys = log_keys_at(conn, tree.size)
            last = _signed_last(store, conn, state, tree)
            held = checkpoint_store.checkpoint_at(conn, tree.size)
        _require_keys(tree, signers, keys)
        if last is not None and last.checkpoint == tree:
            note = last.note  # signed already, but perhaps remembered in one place only
        else:
            note = seal(tree, signers, at=_time(clock, last))
        sealed_at = open_checkpoint(note.encode(), log_keys=keys).sealed_at
        state.write(note.encode())
    if held is not None:
        return SignedCheckpoint(held, new=False)
    with store.writing() as conn:
        when = clock.now() if sealed_at is None else datetime.fromtimestamp(sealed_at, UTC)
        checkpoint_store.put_checkpoint(conn, tree.size, note.encode(), stamp(when))
        kept = checkpoint_store.checkpoint_at(conn, tree.size)
    assert kept is not None  # noqa: S101  # it was put there in this transaction
    return SignedCheckpoint(kept, new=True)


def _require_keys(tree: Checkpoint, signers: Sequence[LogSigner], keys: Sequence[Vkey]) -> None:
    if {signer.vkey for signer in signers} != set(keys):
        raise Conflict(
            f"the keys at hand are not those of {tree.origin} in force",
            hint="they are named in the log: `regledger policy show` prints them",
        )


def adopt_checkpoint(store: LogStore, state: LastSigned, note: bytes) -> Checkpoint:
    """Remember a signed checkpoint as the last one, where the file was lost or moved.

    Raises:
        NotVerified: it is not signed with the log's keys.
        WouldFork: the log here does not continue it.
        Conflict: a newer one is remembered.
    """
    with state.locked(), store.reading() as conn:
        tree = _tree(store, conn)
        given = _opened(conn, note)
        for path, held in state.held().items():
            with contextlib.suppress(NotVerified):  # a damaged file is what this replaces
                if (last := _opened(conn, held).checkpoint).size > given.checkpoint.size:
                    raise Conflict(
                        f"a newer checkpoint is remembered already, of size {last.size}",
                        hint=f"it is in {path}: `regledger checkpoint --from FILE` reads it there",
                    )
        _continues(store, conn, given, tree)
        # leave out the lines of witnesses: they were not signed here
        keys = log_keys_at(conn, given.checkpoint.size)
        own = [line for line in given.note.signatures if any(line.claims(key) for key in keys)]
        state.write(Note(given.note.text, tuple(own)).encode())
    return given.checkpoint


def count_unsealed(store: LogStore) -> int:
    """Return the number of entries after the last checkpoint: these rest on the database alone."""
    with store.reading() as conn:
        last = checkpoint_store.newest(conn)
        return store.head(conn).size - (last.size if last else 0)


def log_keys_at(conn: Connection, size: int) -> tuple[Vkey, ...]:
    """Return the log's keys in force after ``size`` entries."""
    return tuple(parse_vkey(text) for text in policy_at(conn, size).log_keys)


def _tree(store: LogStore, conn: Connection) -> Checkpoint:
    """Return the checkpoint of the log as it is now, unsigned."""
    size = store.head(conn).size
    if not size:
        raise Conflict("there is no entry to seal")
    return Checkpoint(policy_at(conn, size).origin, size, root_at(size, _fetch(store, conn)))


def _opened(conn: Connection, note: bytes) -> Opened:
    """Open a note with the keys in force at its size; beyond the log, with those at its head."""
    size = parse_checkpoint(parse_note(note).text).size
    return open_checkpoint(note, log_keys=log_keys_at(conn, size))


def _signed_last(
    store: LogStore, conn: Connection, state: LastSigned, tree: Checkpoint
) -> Opened | None:
    """Return the newest checkpoint that was signed; the log must continue each known one.

    Where the file of what was signed last was restored, the database may hold a newer checkpoint.
    """
    known = [] if (found := _remembered(conn, state, tree)) is None else [found]
    newest = checkpoint_store.newest(conn)
    if newest is not None and known and newest.size >= known[0].checkpoint.size:
        try:
            known.append(_opened(conn, newest.note))
        except NotVerified as error:
            raise BadCheckpoint(
                f"the checkpoint of size {newest.size} in the database does not verify "
                f"({error.message})",
                hint="somebody changed it: run `regledger verify`, or restore the database",
            ) from None
    for one in known:
        _continues(store, conn, one, tree)
    return known[-1] if known else None


def _remembered(conn: Connection, state: LastSigned, tree: Checkpoint) -> Opened | None:
    note = state.read()
    newest = checkpoint_store.newest(conn)
    if note is None:
        if newest is None:
            return None
        raise Conflict(
            f"{tree.origin} was sealed before, at size {newest.size}, but {state.path} is not "
            "here: without it a restored backup could be signed as if it were the newest log",
            hint="bring the file from the machine that sealed last, or name the newest published "
            "checkpoint with `regledger checkpoint --from FILE`",
        )
    try:
        return _opened(conn, note)
    except NotVerified as error:
        with contextlib.suppress(NotVerified):
            said = parse_checkpoint(parse_note(note).text)
            if said.size > tree.size:  # keys that a lost entry named may have signed it
                raise _older(said.size, None, tree.size) from None
        raise BadCheckpoint(
            f"the memory of what was signed last is damaged ({error.message})",
            hint=f"restore {state.path}, or name the newest published checkpoint with "
            "`regledger checkpoint --from FILE`",
        ) from None


def _continues(store: LogStore, conn: Connection, old: Opened, new: Checkpoint) -> None:
    """Check that the log continues a checkpoint that was signed before. Raises WouldFork."""
    was = old.checkpoint
    if was.origin != new.origin:
        raise WouldFork(f"these keys signed for {was.origin}, not for {new.origin}")
    if was.size > new.size:
        raise _older(was.size, old.sealed_at, new.size)
    try:
        path = consistency_path(was.size, new.size, _fetch(store, conn))
        verify_consistency(was.size, new.size, was.root, new.root, path)
    except NotVerified:
        raise WouldFork(
            f"the first {was.size} entries are not those that were signed before"
            f"{_when(old.sealed_at)}",
            hint=_RESTORED,
        ) from None


def _older(signed: int, at: int | None, size: int) -> WouldFork:
    return WouldFork(
        f"a checkpoint of {signed} entries was signed before{_when(at)}; this database has {size}",
        hint=_RESTORED,
    )


def _when(at: int | None) -> str:
    return f", at {datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}" if at else ""


def _time(clock: Clock, last: Opened | None) -> int:
    """Return the POSIX seconds to sign with, never before those of the last checkpoint."""
    at = int(clock.now().timestamp())
    if last is not None and last.sealed_at is not None and at < last.sealed_at:
        raise WouldFork(
            f"the clock is behind the last checkpoint that was signed{_when(last.sealed_at)}",
            hint="set the clock of this machine",
        )
    return at


def _fetch(store: LogStore, conn: Connection) -> Callable[[int, int, int], Sequence[bytes]]:
    return partial(store.hashes, conn)
