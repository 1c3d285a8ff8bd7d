"""Going on from the end of the last good verification on this machine.

The verifier keeps the folded state of a good verification in the directory ``folded`` of the memory
of known ledgers (:mod:`ledger.verify.known_ledgers`): for each ledger ``<ledger id>.db``, the
scratch database of the replay, and ``<ledger id>.json``, which says of which ledger, size and root
it is the state, which program folded it, and its SHA-256. Both are believed because they lie in a
directory of this user, as all of that memory is; the digest is there to notice damage. If anything
is wrong with them, the whole log is verified: nothing in them can make a log shorter or older than
the memory has it.

Of the entries before that state, the next verification reads only what the new ones rest on: the
tree's right edge from stored hashes, which must have the root that was verified, and the few old
entries that the rules look up, each of which is proved to stand under that root. A change of any
*other* old entry that leaves the stored hashes as they were is found by a whole verification only.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, Final

from ledger import files
from ledger.errors import NotCompleted, NotVerified, RegledgerError
from ledger.log.chain import Head
from ledger.log.entry import decode_entry
from ledger.log.merkle import inclusion_path, leaf_hash, verify_inclusion
from ledger.projections import scratch_database, view_tables
from ledger.projections.stored_state import enrolled_keys
from ledger.store.log_store import Connection
from ledger.verify.known_ledgers import KnownLedgers, read_json, replace_json
from ledger.verify.log_pass import EntrySource, LogPass
from ledger.verify.pass_hashes import PassHashes
from ledger.verify.report import Findings, VerifyReport

_SCHEMA: Final = "regledger/known/folded/v1"
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class KeptState:
    """A folded state: of the first ``size`` entries, whose hex root is ``root``.

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
    """Return which code folds here: another version may decide otherwise."""
    return f"regledger {version('regledger')}, {scratch_database.fold_version()}"


class KeptStates:
    """The kept states beside one memory of known ledgers, by ledger id."""

    def __init__(self, known: Path) -> None:
        """Use the directory ``folded`` below that of the known ledgers."""
        self._directory = known / "folded"

    def get(self, ledger: str) -> KeptState | None:
        """Return what is kept of this ledger; None where it cannot be used."""
        try:
            value = read_json(self._note(ledger))
        except RegledgerError:
            return None
        if value is None or value.pop("schema", None) != _SCHEMA or not _fits(value):
            return None
        found = KeptState(**value)
        return found if found.ledger == ledger and found.program == program() else None

    def copy(self, kept: KeptState, target: Path) -> bool:
        """Copy a state, to be folded further; return whether it is undamaged."""
        digest = sha256()
        try:
            with self._state(kept.ledger).open("rb") as source, target.open("wb") as file:
                for part in _chunks(source):
                    digest.update(part)
                    file.write(part)
        except OSError:
            return False
        return digest.hexdigest() == kept.digest

    def keep(self, kept: KeptState, source: Path) -> None:
        """Keep a state in place of the one before. Raises NotCompleted where that fails.

        The state is put in place before its description: where the program is stopped in between,
        the digest does not fit, and the next verification is of the whole log.
        """
        path, digest = self._state(kept.ledger), sha256()
        try:
            files.make_directory(self._directory)
            with source.open("rb") as state, files.replacing(path, mode=0o600) as file:
                for part in _chunks(state):
                    digest.update(part)
                    file.write(part)
        except OSError as error:
            raise NotCompleted(f"{path}: cannot be written: {error.strerror}") from None
        value = {"schema": _SCHEMA, **asdict(kept), "digest": digest.hexdigest()}
        replace_json(self._note(kept.ledger), value)

    def _note(self, ledger: str) -> Path:
        return self._directory / f"{ledger}.json"

    def _state(self, ledger: str) -> Path:
        return self._directory / f"{ledger}.db"


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while part := file.read(_CHUNK):
        yield part


def _fits(value: dict[str, Any]) -> bool:
    return {name: type(held) for name, held in value.items()} == {
        f.name: f.type for f in fields(KeptState)
    }


@dataclass(slots=True)
class Resume:
    """Where to go on: a kept state that a log continues, and the hashes that show it does."""

    states: KeptStates
    kept: KeptState
    hashed: PassHashes
    copied: bool = False

    def copy(self, target: Path) -> bool:
        """Copy the state to where it is folded further; return whether it is undamaged."""
        self.copied = self.states.copy(self.kept, target)
        return self.copied

    def begin(self, log_pass: LogPass, found: Findings, replay: Connection) -> None:
        """Let a pass begin where the state ends."""
        last, policy = self.kept, log_pass.state.policy()
        log_pass.source.start = last.size
        log_pass.policy, log_pass.founder = policy, last.founder
        log_pass.head = Head(last.size, last.leaf, last.recorded_at, last.ledger)
        enrolled = enrolled_keys(replay)
        log_pass.keys = {keyid: (key.scheme, key.public_key) for keyid, key in enrolled.items()}
        found.sealed, found.signed_by = last.sealed, set(last.signed_by.splitlines())

    def reader(self, log: EntrySource) -> Callable[[int], bytes]:
        """Return a function that reads an entry again, proved by the verified root or this pass."""
        size, root = self.kept.size, bytes.fromhex(self.kept.root)

        def read(seq: int) -> bytes:
            if seq >= size:
                return self.hashed.proved(log.bytes_at, seq)
            data = log.bytes_at(seq)
            path = inclusion_path(seq, size, log.hashes)
            verify_inclusion(seq, size, leaf_hash(data), path, root)
            return data

        return read


def resume(log: EntrySource, known: KnownLedgers) -> Resume | None:
    """Return where to go on, None where nothing that is remembered of this log fits."""
    try:
        ledger = decode_entry(log.bytes_at(0), at=0).signed.digest
        states, seen = KeptStates(known.directory), known.get(ledger)
        kept = states.get(ledger)
        if seen is None or kept is None or not 0 < kept.size <= min(seen.size, log.size):
            return None
        if kept.where != log.address:
            return None
        hashed = PassHashes.after(kept.size, log.hashes)
    except NotVerified:
        return None  # the whole verification says what is wrong
    return Resume(states, kept, hashed) if hashed.edge.root().hex() == kept.root else None


def keep(report: VerifyReport, log_pass: LogPass, replay: Connection, known: KnownLedgers) -> None:
    """Keep the state of a good verification; where that fails, the next one reads the whole log."""
    if log_pass.head is None or not log_pass.replaying or report.size == log_pass.source.start:
        return
    view_tables.advance(replay, report.size)
    replay.commit()
    kept = KeptState(
        ledger=report.ledger,
        size=report.size,
        root=report.root,
        leaf=log_pass.head.leaf,
        recorded_at=log_pass.head.recorded_at,
        founder=report.founder,
        sealed=report.sealed,
        signed_by="\n".join(report.signed_by),
        where=log_pass.source.address,
        program=program(),
    )
    with suppress(NotCompleted):
        KeptStates(known.directory).keep(kept, scratch_database.file_of(replay))
