"""A witness: it remembers the last checkpoint of each log and cosigns only what continues it.

The memory is one SQLite file. A witness that forgot what it cosigned could be led to cosign a fork;
so a key is *enrolled* in the memory once, and a key that is missing there is refused. The witness
compares, signs and remembers in one exclusive transaction, which is on disk before it gives out the
cosignature (C2SP tlog-witness).

=========  =====================================================================================
witness    ``vkey`` (primary key): the keys that cosign from this memory
seen       ``vkey``, ``origin`` (primary key), ``size``, ``root``, ``note``, ``at``: the last
           checkpoint each cosigned of each log; a row only grows
=========  =====================================================================================
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from ledger import files
from ledger.checkpoints.witness_client import SIZE_TYPE, AddCheckpoint, parse_request
from ledger.errors import BadCheckpoint, BadNote, BadProof, Conflict, InputError, NotCompleted
from ledger.log.checkpoint import Checkpoint, LogSigner, check_line, parse_checkpoint
from ledger.log.merkle import EMPTY_ROOT, Fetch, verify_consistency
from ledger.log.signed_note import Note, Vkey, parse_note, parse_vkey
from ledger.log.tiles import Tile, hashes_in_tiles
from ledger.sqlite_driver import sqlite3

_WAIT_S: Final = 30.0
_MAX_SIZE: Final = (1 << 63) - 1  # what the memory can hold
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS witness (vkey TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS seen (
    vkey TEXT NOT NULL, origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL,
    note BLOB NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (vkey, origin)
);
CREATE TRIGGER IF NOT EXISTS seen_only_grows BEFORE UPDATE ON seen
WHEN NEW.size < OLD.size OR NEW.at < OLD.at OR (NEW.size = OLD.size AND NEW.root <> OLD.root)
BEGIN SELECT RAISE(ABORT, 'a witness does not forget'); END;
CREATE TRIGGER IF NOT EXISTS seen_stays BEFORE DELETE ON seen
BEGIN SELECT RAISE(ABORT, 'a witness does not forget'); END;
"""


@dataclass(frozen=True, slots=True)
class LastCosigned:
    """The last checkpoint cosigned of a log; size 0: none. ``at`` in POSIX seconds."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    at: int = 0


class WitnessMemory:
    """The file of what the witnesses of this machine have cosigned; opened on demand."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def enrolled(self) -> tuple[Vkey, ...]:
        """Return the keys that cosign from this memory."""
        if not self.path.exists():
            return ()
        with self.exclusive() as conn:
            rows = conn.execute("SELECT vkey FROM witness ORDER BY vkey").fetchall()
        return tuple(parse_vkey(row[0]) for row in rows)

    def enroll(self, key: Vkey) -> None:
        """Let a key cosign from this memory: only one that never cosigned before.

        Raises Conflict: the same public key is there under another name.
        """
        for other in self.enrolled():
            if other.public_key == key.public_key and other != key:
                raise Conflict(f"this key is the witness {other.name} already")
        with self.exclusive() as conn:
            conn.execute("INSERT OR IGNORE INTO witness VALUES (?)", (str(key),))

    def seen(self, key: Vkey, origin: str) -> LastCosigned:
        """Return the last checkpoint this key cosigned of a log."""
        with self.exclusive() as conn:
            return _seen(conn, key, origin)

    @contextmanager
    def exclusive(self) -> Iterator[sqlite3.Connection]:
        """Open an exclusive transaction, which is on disk when it ends.

        Raises NotCompleted: the file cannot be read or written.
        """
        try:
            self._make()
            with closing(sqlite3.connect(self.path, timeout=_WAIT_S, isolation_level=None)) as conn:
                conn.execute("PRAGMA synchronous = EXTRA")
                conn.executescript(_SCHEMA)
                conn.execute("BEGIN IMMEDIATE")
                try:
                    yield conn
                except BaseException:
                    conn.execute("ROLLBACK")
                    raise
                conn.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise NotCompleted(
                f"{self.path}: the witness' memory cannot be used: {error}",
                hint="a witness whose memory is lost must not go on: make a new key for it",
            ) from None

    def _make(self) -> None:
        if not self.path.exists():
            files.make_directory(self.path.parent)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))


@dataclass(frozen=True, slots=True)
class WitnessAnswer:
    """The answer of a witness. ``media_type`` and ``body`` go over HTTP as they are."""

    status: int
    body: bytes
    media_type: str = "text/plain; charset=utf-8"


class Cosigner:
    """A witness: its key, the logs it knows, its memory, and its clock (POSIX seconds)."""

    def __init__(
        self,
        signer: LogSigner,
        logs: Sequence[Vkey],
        memory: WitnessMemory,
        *,
        now: Callable[[], int],
    ) -> None:
        """Raise InputError where the key is not enrolled in the memory or no log is given."""
        if not logs:
            raise InputError("which logs does it know? give their keys (vkeys)")
        if signer.vkey not in memory.enrolled():
            raise InputError(
                f"{signer.vkey.name} has no memory of what it cosigned in {memory.path}",
                hint="restore that file; or make a new key with `regledger witness key new NAME`",
            )
        self.vkey = signer.vkey
        self._signer, self._logs, self._memory, self._now = signer, tuple(logs), memory, now

    def seen(self, origin: str) -> LastCosigned:
        """Return the last checkpoint it cosigned of a log."""
        return self._memory.seen(self.vkey, origin)

    def answer(self, body: bytes) -> WitnessAnswer:
        """Answer the body of an add-checkpoint request, checked in the order of C2SP tlog-witness.

        Raises NotCompleted: the memory cannot be used; nothing was signed then.
        """
        try:
            request = parse_request(body)
            note = parse_note(request.note)
            checkpoint = parse_checkpoint(note.text)
        except (BadNote, BadCheckpoint) as error:
            return _no(400, error.message)
        keys = [key for key in self._logs if key.name == checkpoint.origin]
        if not keys:
            return _no(404, "this witness does not know that log")
        try:
            _require_signed(note, checkpoint, keys)
        except BadCheckpoint as error:
            return _no(403, error.message)
        if request.old_size > checkpoint.size or checkpoint.size > _MAX_SIZE:
            return _no(400, "the old size is larger than the checkpoint's, or that is too large")
        with self._memory.exclusive() as conn:
            return self._decide(conn, request, checkpoint)

    def _decide(
        self, conn: sqlite3.Connection, request: AddCheckpoint, checkpoint: Checkpoint
    ) -> WitnessAnswer:
        seen = _seen(conn, self.vkey, checkpoint.origin)
        # Two roots of one size are a conflict in the protocol's words, not a proof that fails.
        forked = seen.size == checkpoint.size and seen.root != checkpoint.root
        if request.old_size != seen.size or (forked and not request.path):
            return WitnessAnswer(409, b"%d\n" % seen.size, SIZE_TYPE)
        try:
            _require_consistent(seen, request, checkpoint)
        except BadProof as error:
            return _no(422, error.message)
        at = self._now()
        if at < seen.at:
            return _no(503, "the clock of this witness is behind its last cosignature")
        values = (checkpoint.size, checkpoint.root, request.note, at)
        conn.execute(
            "INSERT INTO seen (size, root, note, at, vkey, origin) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (vkey, origin) DO UPDATE SET"
            " size = excluded.size, root = excluded.root, note = excluded.note, at = excluded.at",
            (*values, str(self.vkey), checkpoint.origin),
        )
        return WitnessAnswer(200, self._signer.sign(checkpoint, at).encode())


def _seen(conn: sqlite3.Connection, key: Vkey, origin: str) -> LastCosigned:
    query = "SELECT size, root, at FROM seen WHERE vkey = ? AND origin = ?"
    row = conn.execute(query, (str(key), origin)).fetchone()
    return LastCosigned(*row) if row else LastCosigned()


def _require_signed(note: Note, checkpoint: Checkpoint, keys: Sequence[Vkey]) -> None:
    """Require one good line of every known key of the log; lines of other keys are ignored."""
    for key in keys:
        lines = [line for line in note.signatures if line.claims(key)]
        if len(lines) != 1:
            raise BadCheckpoint(
                f"{len(lines)} lines by key {key.key_id.hex()} of {key.name}, expected one"
            )
        check_line(key, lines[0], checkpoint)


def _require_consistent(seen: LastCosigned, request: AddCheckpoint, checkpoint: Checkpoint) -> None:
    if seen.size:
        verify_consistency(seen.size, checkpoint.size, seen.root, checkpoint.root, request.path)
        return
    if request.path:
        raise BadProof("a proof from size 0 has no hashes")
    if not checkpoint.size and checkpoint.root != EMPTY_ROOT:
        raise BadProof("the root of an empty log is that of nothing")


def _no(status: int, reason: str) -> WitnessAnswer:
    return WitnessAnswer(status, reason.encode() + b"\n")


def published_hashes(read: Callable[[str], bytes | None], size: int) -> Fetch:
    """Return a function that reads tile hashes of a published log, for a consistency proof.

    ``read`` returns the bytes of a published file, None where it is missing; ``size``, that of the
    checkpoint, decides how wide the last tile of each level is. The function raises NotCompleted
    where a tile is missing, BadTile where one is malformed.
    """

    def tile_of(tile: Tile) -> bytes:
        data = read(tile.path)
        if data is None:
            raise NotCompleted(f"{tile.path} is missing from the published log")
        return data

    return partial(hashes_in_tiles, size, read=tile_of)
