"""The folded state of a good verification, kept so that the next one can go on from its end.

In the directory ``folded`` of the memory of known ledgers (:mod:`ledger.verify.known_ledgers`)
lies, for each of them, ``<ledger id>.db``: the scratch database of the replay, and ``<ledger
id>.json``: which ledger, size and root it is the state of, which program folded it, and its
SHA-256. Both are believed because they lie in a directory of this user, as all of that memory is;
the digest is there to notice damage. Whatever is wrong with them means that there is nothing to go
on from, and the whole log is verified: nothing in them can make a log shorter or older than the
memory has it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from ledger import files
from ledger.errors import NotCompleted, RegledgerError
from ledger.projections import base
from ledger.store import schema as s
from ledger.verify.duplicate_events import DuplicateEvents
from ledger.verify.known_ledgers import read_json, replace_json

_SCHEMA: Final = "regledger/known/folded/v1"
_CHUNK: Final = 1 << 20
_KINDS: Final = {"str": str, "int": int}


@dataclass(frozen=True, slots=True)
class KeptState:
    """A state and what it is of: the first ``size`` entries, whose hex root is ``root``.

    ``where`` is the address at which they were read: another copy may be a bad one.

    ``leaf`` and ``recorded_at`` are of the last of them, ``sealed`` is the size of the largest
    checkpoint that held, ``signed_by`` the log keys (vkeys) under it, one a line.
    """

    ledger: str
    size: int
    root: str
    leaf: str
    recorded_at: str
    founder: str
    sealed: int
    signed_by: str
    where: str
    program: str
    digest: str = ""


def program() -> str:
    """Return what folds: another version may decide otherwise, so its state is not taken over."""
    from importlib.metadata import version

    return f"regledger {version('regledger')}, views {base.VERSIONS}, schema {s.REVISION}"


class KeptOnce(DuplicateEvents):
    """The event ids seen so far, in a table of the state, so that it knows those of old entries."""

    def __init__(self, state: sqlite3.Connection) -> None:
        self._seen = state
        state.execute(
            "CREATE TABLE IF NOT EXISTS seen (id BLOB PRIMARY KEY, seq INTEGER) WITHOUT ROWID"
        )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the table to whoever keeps the state."""


class KeptStates:
    """The kept states beside one memory of known ledgers, by ledger id."""

    def __init__(self, known: Path) -> None:
        """Use the directory ``folded`` below that of the known ledgers."""
        self._directory = known / "folded"

    def get(self, ledger: str) -> KeptState | None:
        """Return what is said of the state of this ledger; None where it cannot be used."""
        try:
            value = read_json(self._note(ledger))
        except RegledgerError:
            return None
        if value is None or value.pop("schema", None) != _SCHEMA or not _fits(value):
            return None
        found = KeptState(**value)
        return found if found.ledger == ledger and found.program == program() else None

    def copy(self, folded: KeptState, target: Path) -> bool:
        """Copy the state, to be folded further; whether it is the one that was kept."""
        digest = sha256()
        try:
            with self._state(folded.ledger).open("rb") as source, target.open("wb") as file:
                while part := source.read(_CHUNK):
                    digest.update(part)
                    file.write(part)
        except OSError:
            return False
        return digest.hexdigest() == folded.digest

    def keep(self, folded: KeptState, source: Path) -> None:
        """Keep a state in place of the one before. Raises NotCompleted where that fails.

        The state is put in place before what is said of it: stopped in between, the digest does
        not fit, and the next verification is of the whole log.
        """
        path = self._state(folded.ledger)
        try:
            files.make_directory(self._directory)
            handle, name = tempfile.mkstemp(prefix=f".{path.stem[:16]}.", dir=self._directory)
            os.close(handle)
            try:
                shutil.copyfile(source, name)
                with Path(name).open("rb") as file:
                    digest = _digest(file.read, _CHUNK)
                    os.fsync(file.fileno())
                Path(name).replace(path)
            except OSError:
                with contextlib.suppress(OSError):
                    Path(name).unlink()
                raise
        except OSError as error:
            raise NotCompleted(f"{path}: cannot be written: {error.strerror}") from None
        value = {"schema": _SCHEMA, **asdict(folded), "digest": digest}
        replace_json(self._note(folded.ledger), value)

    def _note(self, ledger: str) -> Path:
        return self._directory / f"{ledger}.json"

    def _state(self, ledger: str) -> Path:
        return self._directory / f"{ledger}.db"


def _digest(read: Any, chunk: int) -> str:
    digest = sha256()
    while part := read(chunk):
        digest.update(part)
    return digest.hexdigest()


def _fits(value: dict[str, Any]) -> bool:
    kinds = {f.name: _KINDS[str(f.type)] for f in fields(KeptState)}
    return set(value) == set(kinds) and all(type(value[n]) is kind for n, kind in kinds.items())
