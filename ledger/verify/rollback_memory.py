"""What this machine saw of a ledger before: the writer consults it before it appends.

Two memories lie outside the database: the last checkpoint that was signed here, beside the log's
keys (:mod:`ledger.checkpoints.sign`), and the known ledgers (:mod:`ledger.verify.known_ledgers`),
which hold a copy of that checkpoint too: whoever verifies need not know where the keys are.
An older copy of the database that is restored is sound in itself; only these show that it is older.
Appending to it would give a second history to numbers that were given out already: a fork.

What was sealed or verified here is remembered. An append alone writes no memory: that would cost a
flush to disk each time, and every machine that holds the log's keys seals what it appends.

A check reads three small files and the stored hashes at the tree's edge; while neither the files
nor the end of the log have changed since the last check or append, it costs three ``stat`` calls. A
reader consults neither memory, so a check imports what it needs.
"""

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ledger.errors import RolledBack
from ledger.log.chain import Head
from ledger.log.entry import Entry, decode_entry
from ledger.store.log_store import Connection, LogStore

if TYPE_CHECKING:
    from ledger.verify.known_ledgers import KnownLedgers

StatePath = Callable[[str], Path]  # from an origin to the file of what was signed last for it
_Stat = tuple[int, int, int] | None
_Look = tuple[int, str, tuple[_Stat, ...]]  # size, leaf hash at the end, the files


@dataclass(slots=True)
class RollbackMemory:
    """Both memories of one open ledger."""

    state: StatePath
    directory: Path | None = None  # of the known ledgers, where it is not the user's
    _good: _Look | None = None
    _files: tuple[Path, ...] | None = None
    _known: "KnownLedgers | None" = field(default=None, repr=False)

    @classmethod
    def beside(cls, database: Path | None) -> Self:
        """Return the memories of a database file, or of a server, with keys in the usual place."""
        return cls(lambda origin: state_in(_keys(database), origin))

    @property
    def known(self) -> "KnownLedgers":
        """Return the known ledgers."""
        from ledger.verify.known_ledgers import KnownLedgers

        if self._known is None:
            self._known = KnownLedgers(self.directory)
        return self._known

    def check(self, store: LogStore, conn: Connection, head: Head | None = None) -> None:
        """Make sure that the log continues what was sealed or verified on this machine.

        ``head`` is the head as it was read in the same transaction; by default it is read.

        Raises:
            RolledBack: it is shorter, or another.
            NotVerified: a memory is damaged. NotCompleted: it cannot be read.
        """
        head = head or store.head(conn)
        if not head.size:
            return
        if self._files and self._good == (head.size, head.leaf, _stats(self._files)):
            return
        from ledger.verify.known_ledgers import LogNow

        first = _first(store, conn)
        self._files = self._paths(first)
        look = (head.size, head.leaf, _stats(self._files))

        def root(size: int) -> str:
            return store.compact_range(conn, size).root().hex()

        now = LogNow(_origin(first), head.size, root)
        sealed = now.against_seal(self.state(now.origin))
        if reason := sealed or next(self.known.contradictions(first.signed.digest, now), None):
            raise RolledBack(reason)
        self._good = look

    def moved(self, size: int, leaf: str) -> None:
        """Note that the log now ends here, by an append that this writer checked."""
        if self._good is not None:
            self._good = (size, leaf, self._good[2])

    def complaint(self, store: LogStore, conn: Connection) -> str | None:
        """Return how the log contradicts what was seen of it here, None where it does not.

        Raises NotVerified where a memory is damaged, NotCompleted where it cannot be read.
        """
        try:
            self.check(store, conn)
        except RolledBack as error:
            return error.message
        return None

    def signed_with(self, origin: str, log_keys: Iterable[str]) -> bool:
        """Return whether what was signed last for an origin, a mere name, is by one of these keys.

        Raises NotVerified where the memory is damaged, NotCompleted where it cannot be read.
        """
        from ledger.log.signed_note import parse_vkey
        from ledger.verify.known_ledgers import seal_in

        found = seal_in(self.state(origin))
        keys = [parse_vkey(key) for key in log_keys]
        return found is not None and any(
            line.claims(key) for line in found[0].signatures for key in keys
        )

    def _paths(self, first: Entry) -> tuple[Path, ...]:
        ledger, known = first.signed.digest, self.known
        return known.directory / f"{ledger}.json", known.sealed(ledger), self.state(_origin(first))


def state_in(keys: Path, origin: str) -> Path:
    """Return the file, in a directory of keys, of what was signed last for an origin."""
    return keys / f"{re.sub('[^A-Za-z0-9._-]+', '_', origin)}.log-state"


def _keys(database: Path | None) -> Path:
    """Return where the keys of a database lie by default: named, beside its file, or the user's."""
    named = os.environ.get("REGLEDGER_KEYS")
    if named:
        return Path(named).expanduser()
    if database is not None:
        beside = database.with_name(f"{database.name}.keys")
        if beside.is_dir():
            return beside
    import platformdirs

    return platformdirs.user_data_path("regledger") / "keys"


def _first(store: LogStore, conn: Connection) -> Entry:
    """Return the first entry, whose event digest is the id of the ledger."""
    return decode_entry(store.bytes_at(conn, 0), at=0)


def _origin(first: Entry) -> str:
    return str(first.signed.event.data.get("origin", ""))


def _stats(paths: tuple[Path, ...]) -> tuple[_Stat, ...]:
    return tuple(map(_stat, paths))


def _stat(path: Path) -> _Stat:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
