"""A ledger's database as a source of verification, and what only a database has: views.

Beside the entries it keeps derived columns (``columns``; those beside what is signed are the
matter of :mod:`ledger.verify.unsigned_columns`), leaf and tile hashes (``leaf``,
``tree``), disclosed texts (``disclosure``), checkpoints with what was signed over them, captured
files (``evidence``) and the views, which must equal a replay (``views``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.errors import BadEntry, NotVerified, RegledgerError
from ledger.log.merkle import TileHash
from ledger.projections import base
from ledger.projections.compromised_keys import count_suspect_versions
from ledger.store import checkpoint_store, evidence_store
from ledger.store import schema as s
from ledger.store.log_store import LogStore
from ledger.store.sqlalchemy_url import shown
from ledger.verify import projection_check
from ledger.verify.entry_checks import PAGE, CheckedEntry
from ledger.verify.log_pass import StoredPage
from ledger.verify.pass_hashes import PassHashes, last_below
from ledger.verify.report import Findings
from ledger.verify.signed_notes import SignedNotes
from ledger.verify.unsigned_columns import UnsignedColumns

_LEVELS: Final = 7  # 256^8 entries is more than a seq can count
_ROW = s.entry.c
_DERIVED: Final = (
    "prev",
    "event_id",
    "event_digest",
    "type",
    "actor",
    "recorded_at",
    "claim_key",
)


class DatabaseSource:
    """One database. What is wrong goes to the findings."""

    def __init__(
        self, store: LogStore, found: Findings, seals: SignedNotes, *, since: int = 0
    ) -> None:
        """``start``, 0 unless the pass sets it, is the entry from which on all is read."""
        self._store = store
        self.start = 0
        self.hashed = PassHashes()  # of the pass
        self.believed = True  # how many rows there are is no claim of a stranger
        self.address = shown(store.engine.url)
        self._found = found
        self._seals = seals
        self._since = since
        self._beside = UnsignedColumns(found)
        with store.reading() as conn:
            self.size = store.head(conn).size

    def pages(self) -> Iterator[StoredPage]:
        """Yield the rows in pages, each read in a transaction of its own."""
        for start in range(self.start, self.size, PAGE):
            stop = min(start + PAGE, self.size)
            rows = self._rows(start, stop)
            texts: dict[int, dict[str, str]] = {}
            held = sa.select(s.disclosure).where(
                s.disclosure.c.seq >= start, s.disclosure.c.seq < stop
            )
            with self._found.reading(), self._store.reading() as conn:
                for row in conn.execute(held):
                    texts.setdefault(row.seq, {})[row.digest] = row.text
            entries = [
                self._bytes(rows[seq]) if seq in rows else None for seq in range(start, stop)
            ]
            yield StoredPage(start, entries, texts, rows)

    def bytes_at(self, seq: int) -> bytes:
        """Return the bytes of an entry."""
        with self._store.reading() as conn:
            return self._store.bytes_at(conn, seq)

    def hashes(self, level: int, start: int, stop: int) -> list[bytes]:
        """Return stored tile hashes; for proofs."""
        with self._store.reading() as conn:
            return self._store.hashes(conn, level, start, stop)

    def compare(self, raw: StoredPage, checked: Sequence[CheckedEntry | None]) -> None:
        """Hold leaf hash and derived columns against the bytes."""
        for seq, one in enumerate(checked, raw.start):
            if one is None:
                continue
            row = raw.kept[seq]
            if row.leaf_hash != one.leaf:
                self._found.add(seq, "leaf", "the stored leaf hash is not that of the bytes")
            self._beside.cited(seq, one.reports)
            if one.said is None:
                continue
            wrong = [name for name in _DERIVED if getattr(row, name) != getattr(one.said, name)]
            if wrong:
                names = ", ".join(wrong)
                self._found.add(seq, "columns", f"columns differ from the bytes: {names}")

    def grown(self, complete: Sequence[TileHash]) -> None:
        """Hold the stored tile hashes against the tree."""
        if not complete:
            return
        with self._store.reading() as conn:
            for node in complete:
                found = self._store.hashes(conn, node.level, node.index, node.index + 1)
                if found != [node.hash]:
                    message = f"the stored hash of tile ({node.level}, {node.index}) differs"
                    self._found.add(last_below(node.level, node.index), "tree", message)

    def due(self) -> Iterator[int]:
        """Yield the sizes of the checkpoints, and the one that the auditor kept."""
        with self._store.reading() as conn:
            sizes = {
                *checkpoint_store.checkpoint_sizes(conn),
                *([self._since] if self._since else []),
            }
        yield from sorted(size for size in sizes if max(self.start, 1) <= size <= self.size)

    def reached(self, size: int, root: bytes, log_keys: Sequence[str]) -> None:
        """Check the checkpoint of this size, and its time-stamps."""
        if size == self._since:
            self._seals.kept(size, root, log_keys)
        with self._found.reading():
            self._reached(size, root, log_keys)

    def _reached(self, size: int, root: bytes, log_keys: Sequence[str]) -> None:
        with self._store.reading() as conn:
            held = checkpoint_store.checkpoint_at(conn, size)
            stamps = checkpoint_store.time_stamps(conn, size) if held else []
        if held is None:
            return
        opened = self._seals.check(held.full, size, root, log_keys)
        named = ((f"time-stamp {size}/{one.idx}", one.response) for one in stamps)
        self._seals.stamps(held.note, named)
        self._beside.time_stamps(held.note, stamps)
        if opened is not None:
            self._beside.checkpoint(held, opened)
            with self._store.reading() as conn:
                self._beside.cosignatures(conn, held)

    def cited(self, digests: Sequence[str]) -> None:
        """Count which of these files are here."""
        with self._store.reading() as conn:
            query = sa.select(s.evidence.c.sha256).where(s.evidence.c.sha256.in_(digests))
            here = len(conn.execute(query).all())
        self._found.evidence["present"] += here
        self._found.evidence["missing"] += len(digests) - here

    # --- after the pass --------------------------------------------------------------------------

    def strays(self) -> None:
        """Rows that belong to no entry: they could not have come from an append."""
        size = self.size
        with self._store.reading() as conn:
            odd = conn.execute(sa.select(_ROW.seq).where(_ROW.seq < 0)).scalars().all()
            for seq in odd:
                self._found.add(seq, "seq", "a row stands before the first entry")
            d, n, c = s.disclosure.c, s.tree_node.c, s.checkpoint.c
            stray = conn.execute(
                sa.select(d.seq).where(sa.or_(d.seq < 0, d.seq >= size)).limit(1)
            ).first()
            if stray:
                self._found.add(stray.seq, "disclosure", "a text belongs to an entry that is not")
            ends = [sa.and_(n.level == k, n.idx >= size >> (8 * k)) for k in range(1, _LEVELS + 1)]
            beyond = sa.or_(n.level < 1, n.level > _LEVELS, n.idx < 0, *ends)
            if conn.execute(sa.select(n.idx).where(beyond).limit(1)).first():
                self._found.add(None, "tree", "a tile hash stands beyond the end of the log")
            query = sa.select(c.size).where(sa.or_(c.size < 1, c.size > size))
            names = conn.execute(
                sa.select(s.view.c.name).where(s.view.c.name.not_in(base.VERSIONS))
            )
            for name in names.scalars():
                self._found.add(None, "views", f"nothing folds a view named {name}")
            ahead = conn.execute(query.order_by(c.size.desc()).limit(1)).scalar()
            if ahead is not None:
                self._found.add(
                    None,
                    "checkpoint",
                    f"the log has {size} entries, a checkpoint of {ahead} was signed: "
                    "it was rolled back or cut off",
                )
            self._beside.strays(conn)

    def suspects(self) -> None:
        """Count what rests on a compromised key: no fault, but somebody should look at it."""
        with self._store.reading() as conn, suppress(BadEntry):  # a damaged one is a fault already
            self._found.suspect = count_suspect_versions(conn, self.size)

    def files(self) -> None:
        """Hash every captured file."""
        with self._store.reading() as conn:
            names = [info.sha256 for info in evidence_store.listing(conn)]
            self._beside.files(conn)
        for name in names:
            with self._store.reading() as conn:
                held = evidence_store.get(conn, name)
            if held is None:
                continue
            if sha256(held.content).hexdigest() != name:
                self._found.add(None, "evidence", f"the file {name} has other bytes")
            elif held.info.length != len(held.content):
                self._found.add(None, "evidence", f"the file {name} has another length than said")

    def views(self, replay: Connection, *, jobs: int | None = None) -> None:
        """Hold the views against a replay; of a log not read from its beginning, what has grown.

        The status view, which rests on everything, only where the auditor brought no checkpoint.
        """
        with self._store.reading() as conn:
            if self._store.head(conn).size != self.size:
                return  # it grew meanwhile: its views are of another prefix; verify again
            if base.position(conn, base.CLAIMS) != self.size:
                self._found.add(None, "views", "the views do not stand at the end of the log")
                return
            found = list(projection_check.differing(conn, replay, self.start))
            for table, wrong in found:
                self._found.add(wrong, "views", f"the view table {table} differs from a replay")
            status = base.position(conn, base.STATUS)
            if status > self.size:
                self._found.add(None, "views", "the status view stands beyond the end of the log")
            elif status and not (found or self.start or self._since):
                try:
                    projection_check.check_status(
                        self._store, conn, self._found, size=status, hashed=self.hashed, jobs=jobs
                    )
                except NotVerified as error:
                    self._found.caught(None, error)

    # --- rows ------------------------------------------------------------------------------------

    def _bytes(self, row: sa.Row[Any]) -> bytes | None:
        if isinstance(row.bytes, bytes):
            return row.bytes
        message = "the column holds text where the bytes should be"
        self._found.add(row.seq, "format", message)
        return None

    def _rows(self, start: int, stop: int) -> dict[int, sa.Row[Any]]:
        """Read a page of rows; where that fails, one by one, so that the bad one is named."""
        try:
            return self._select(start, stop)
        except RegledgerError:
            rows: dict[int, sa.Row[Any]] = {}
            for seq in range(start, stop):
                try:
                    rows |= self._select(seq, seq + 1)
                except RegledgerError as error:
                    message = f"the row cannot be read: {error.message}"
                    self._found.add(seq, "columns", message)
            return rows

    def _select(self, start: int, stop: int) -> dict[int, sa.Row[Any]]:
        query = sa.select(s.entry).where(_ROW.seq >= start, _ROW.seq < stop)
        with self._store.reading() as conn:
            return {row.seq: row for row in conn.execute(query)}
