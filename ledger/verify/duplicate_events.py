"""Finding events that stand in a log twice: a signed event, put in again, would count again.

An old grant of a role, say, would undo its end, under a signature that is good. A database refuses
a second event of one id; of a published log nobody knows who wrote it, so the verifier checks it.
"""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ledger.sqlite_driver import sqlite3

_CACHE_KIB: Final = 8_000
_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS seen (id BLOB PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID"
)


class DuplicateEvents:
    """The event ids read so far, in a file: flat memory, however long the log.

    ``kept`` is the scratch database of a replay, which may hold the ids of earlier entries already;
    without it, a temporary file is used and deleted.
    """

    def __init__(self, kept: sqlite3.Connection | None = None) -> None:
        self._own = kept is None
        self._seen = _temporary() if kept is None else kept
        self._seen.execute(_TABLE)

    def close(self) -> None:
        """Delete the temporary file; leave a scratch database to the caller."""
        if self._own:
            self._seen.close()

    def repeated(self, ids: Mapping[int, str]) -> dict[int, int]:
        """Add the event ids (UUIDs) of these seqs; return seq -> first seq of the repeated ones."""
        rows = [(bytes.fromhex(text.replace("-", "")), seq) for seq, text in ids.items()]
        before = self._seen.total_changes
        self._seen.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", rows)
        if self._seen.total_changes - before == len(rows):
            return {}
        first = "SELECT seq FROM seen WHERE id = ?"
        found = {seq: self._seen.execute(first, (raw,)).fetchone()[0] for raw, seq in rows}
        return {seq: earlier for seq, earlier in found.items() if earlier != seq}


def _temporary() -> sqlite3.Connection:
    # A file that SQLite names itself would lie in memory, where it was built with TEMP_STORE=3.
    handle, path = tempfile.mkstemp(prefix="regledger-")
    os.close(handle)
    made = sqlite3.connect(path, isolation_level=None)
    Path(path).unlink()  # the open file goes on; nothing is left behind by a crash
    for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE_KIB}"):
        made.execute(f"PRAGMA {pragma}")
    made.execute("BEGIN")
    return made
