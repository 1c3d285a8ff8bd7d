"""A ledger's database as a source of entries, and the checks that only a database needs.

Beside the entries a database keeps derived columns (layer ``columns``), leaf and tile hashes
(``leaf``, ``tree``), disclosed texts (``disclosure``), checkpoints with their cosignatures and
time-stamps, captured files (``evidence``) and the views, which must equal a replay (``views``). The
columns beside signed notes and files are the matter of :mod:`ledger.verify.unsigned_columns`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256

from ledger.errors import BadEntry, NotVerified, RegledgerError
from ledger.log.merkle import TileHash
from ledger.projections import view_tables
from ledger.projections.compromised_keys import count_suspect_versions
from ledger.store import checkpoint_store, evidence_store, raw_rows
from ledger.store.database_errors import translating
from ledger.store.log_store import Connection, LogStore
from ledger.store.raw_rows import DERIVED, EntryRow
from ledger.store.sqlalchemy_url import without_secrets
from ledger.verify import projection_check
from ledger.verify.entry_checks import PAGE, CheckedEntry
from ledger.verify.log_pass import StoredPage
from ledger.verify.pass_hashes import PassHashes, last_below
from ledger.verify.report import Findings
from ledger.verify.signed_notes import SignedNotes
from ledger.verify.unsigned_columns import UnsignedColumns


class DatabaseSource:
    """One database. Failed checks go to the findings.

    Others may append while the pass reads, so what must fit the end of the log (views, checkpoints,
    texts) is checked within :meth:`to_the_end`, once the pass has gone on to the end there.
    """

    def __init__(
        self, store: LogStore, found: Findings, notes: SignedNotes, *, since: int = 0
    ) -> None:
        """Check a checkpoint that the auditor kept at size ``since``, where there is one."""
        self._store = store
        self.start = 0  # the pass sets it where it goes on from a kept state
        self.hashed = PassHashes()  # of the pass
        self.believed = True  # the number of rows is no claim of a stranger
        self.address = without_secrets(store.engine.url)
        self._found = found
        self._notes = notes
        self._since = since
        self._columns = UnsignedColumns(found)
        self._state: Connection | None = None  # the one state that is read, within to_the_end()
        self._paged = 0  # entries before were handed out
        self._signed = 0  # the largest size that signed_sizes() has named
        with self._reading() as conn:
            self.size = raw_rows.size(conn)

    @contextmanager
    def to_the_end(self) -> Iterator[None]:
        """Read one unchanging state of the database within the block, and all of its entries.

        What was appended since the pass began comes next from :meth:`pages`.
        """
        with self._store.reading() as conn:
            now = raw_rows.size(conn)
            if now < self.size:
                message = f"the log had {self.size} entries as its reading began, and has {now}"
                self._found.add(None, "seq", message)
            self.size = max(now, self.size)
            self._state = conn
            try:
                yield
            finally:
                self._state = None

    def pages(self) -> Iterator[StoredPage]:
        """Yield the rows not yielded before, in pages, each read in a transaction of its own."""
        for start in range(max(self.start, self._paged), self.size, PAGE):
            stop = self._paged = min(start + PAGE, self.size)
            rows = self._rows(start, stop)
            texts: dict[int, dict[str, str]] = {}
            with self._found.reading(), self._reading() as conn:
                for seq, digest, text in raw_rows.disclosure_rows(conn, start, stop):
                    if isinstance(text, str):
                        texts.setdefault(seq, {})[digest] = text
                    else:
                        message = "the column holds bytes where the text should be"
                        self._found.add(seq, "disclosure", message)
            entries = [
                self._bytes(rows[seq]) if seq in rows else None for seq in range(start, stop)
            ]
            yield StoredPage(start, entries, texts, rows)

    def bytes_at(self, seq: int) -> bytes:
        """Return the bytes of an entry."""
        with self._reading() as conn:
            return self._store.bytes_at(conn, seq)

    def hashes(self, level: int, start: int, stop: int) -> list[bytes]:
        """Return stored tile hashes; for proofs."""
        with self._reading() as conn:
            return self._store.hashes(conn, level, start, stop)

    def compare_page(self, raw: StoredPage, checked: Sequence[CheckedEntry | None]) -> None:
        """Compare leaf hash and derived columns with the bytes."""
        for seq, one in enumerate(checked, raw.start):
            if one is None:
                continue
            row = raw.kept[seq]
            if row.leaf_hash != one.leaf:
                self._found.add(seq, "leaf", "the stored leaf hash is not that of the bytes")
            self._columns.add_reports(seq, one.reports)
            if one.envelope is None:
                continue
            held, made = raw_rows.derived(row), one.columns
            if held != made:
                pairs = zip(DERIVED, held, made, strict=True)
                names = ", ".join(name for name, one, other in pairs if one != other)
                self._found.add(seq, "columns", f"columns differ from the bytes: {names}")

    def check_tile_hashes(self, complete: Sequence[TileHash]) -> None:
        """Compare the stored tile hashes with the tree."""
        if not complete:
            return
        with self._reading() as conn:
            for node in complete:
                if not self._store.has_hash(conn, node):
                    message = f"the stored hash of tile ({node.level}, {node.index}) differs"
                    self._found.add(last_below(node.level, node.index), "tree", message)

    def signed_sizes(self) -> Iterator[int]:
        """Yield the sizes of the checkpoints, and of the one that the auditor kept.

        Where pages were read before, these are the sizes from there on that were not named then.
        """
        with self._reading() as conn:
            sizes = {
                *checkpoint_store.checkpoint_sizes(conn),
                *([self._since] if self._since else []),
            }
        first = max(self.start, self._paged, self._signed + 1)
        named = sorted(size for size in sizes if first <= size <= self.size)
        self._signed = named[-1] if named else self._signed
        yield from named

    def check_signed(self, size: int, root: bytes, log_keys: Sequence[str]) -> None:
        """Check the checkpoint of this size, and its time-stamps."""
        if size == self._since:
            self._notes.check_kept(size, root, log_keys)
        with self._found.reading():
            self._reached(size, root, log_keys)

    def _reached(self, size: int, root: bytes, log_keys: Sequence[str]) -> None:
        with self._reading() as conn:
            held = checkpoint_store.checkpoint_at(conn, size)
            stamps = checkpoint_store.time_stamps(conn, size) if held else []
        if held is None:
            return
        opened = self._notes.check_note(held.full, size, root, log_keys)
        named = ((f"time-stamp {size}/{one.idx}", one.response) for one in stamps)
        self._notes.check_time_stamps(held.note, named)
        self._columns.check_time_stamps(held.note, stamps)
        if opened is not None:
            self._columns.check_checkpoint(held, opened)
            with self._reading() as conn:
                self._columns.check_cosignatures(conn, held)

    def count_files(self, digests: Sequence[str]) -> None:
        """Count how many of these files are kept."""
        with self._reading() as conn:
            here = evidence_store.count_kept(conn, digests)
        self._found.evidence["present"] += here
        self._found.evidence["missing"] += len(digests) - here

    def check_strays(self) -> None:
        """Find rows that belong to no entry: no append can have made them."""
        size, add = self.size, self._found.add
        with self._reading() as conn:
            for seq in raw_rows.seqs_outside(conn, size):
                where = "before the first" if seq < 0 else "far behind the last"
                add(seq, "seq", f"a row stands {where} entry")
            text = raw_rows.stray_disclosure(conn, size)
            if text is not None:
                add(text, "disclosure", "a text belongs to an entry that is not")
            if raw_rows.has_stray_hashes(conn, size):
                add(None, "tree", "a tile hash stands beyond the end of the log")
            for name in view_tables.unknown_views(conn):
                add(None, "views", f"nothing folds a view named {name}")
            ahead = checkpoint_store.size_outside(conn, size)
            if ahead is not None:
                cut = f"the log has {size} entries, a checkpoint of {ahead} was signed"
                add(None, "checkpoint", f"{cut}: it was rolled back or cut off")
            self._columns.check_strays(conn)

    def count_suspects(self) -> None:
        """Count versions that rest on a compromised key: no fault, but due for a review."""
        # a damaged entry is a fault already
        with self._reading() as conn, suppress(BadEntry):
            self._found.suspect = count_suspect_versions(conn, self.size)

    def check_file_columns(self) -> None:
        """Compare what is said of captured files with the claims that cite them."""
        with self._reading() as conn:
            self._columns.check_files(conn)

    def check_files(self) -> None:
        """Hash every captured file."""
        with self._reading() as conn:
            names = [info.sha256 for info in evidence_store.listing(conn)]
        for name in names:
            with self._found.reading():
                self._file(name)

    def _file(self, name: str) -> None:
        with self._reading() as conn:
            held = evidence_store.get(conn, name)
        if held is None:
            return
        if sha256(held.content).hexdigest() != name:
            self._found.add(None, "evidence", f"the file {name} has other bytes")
        elif held.info.length != len(held.content):
            self._found.add(None, "evidence", f"the file {name} has another length than said")

    def check_views(self, replay: Connection, *, jobs: int | None = None) -> None:
        """Compare the views with a replay; of a log not read from its beginning, the new rows.

        The status view rests on all entries, so it is compared only where the auditor brought no
        checkpoint.
        """
        with self._reading() as conn:
            if view_tables.position(conn, view_tables.CLAIMS) != self.size:
                self._found.add(None, "views", "the views do not stand at the end of the log")
                return
            wrong = (
                [(table, None) for table in view_tables.differing_since(conn, replay, self.start)]
                if self.start
                else list(view_tables.differing_tables(conn, replay, view_tables.CLAIMS))
            )
            for table, seq in wrong:
                self._found.add(seq, "views", f"the view table {table} differs from a replay")
            status = view_tables.position(conn, view_tables.STATUS)
            if not status and view_tables.has_rows(conn, view_tables.STATUS):
                unread = "no answer rests on it until it is folded again"
                self._found.add_unproved(f"the status view, which has folded no entry: {unread}")
            if status > self.size:
                self._found.add(None, "views", "the status view stands beyond the end of the log")
            elif status and not (wrong or self.start or self._since):
                try:
                    projection_check.check_status(
                        self._store, conn, self._found, size=status, hashed=self.hashed, jobs=jobs
                    )
                except NotVerified as error:
                    self._found.add_error(None, error)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """Read an unchanging state: within :meth:`to_the_end` the one there, else that of now."""
        if self._state is None:
            with self._store.reading() as conn:
                yield conn
            return
        url = self._store.engine.url
        with translating(url, waited_s=0), self._state.begin_nested():
            yield self._state

    def _bytes(self, row: EntryRow) -> bytes | None:
        if isinstance(row.bytes, bytes):
            return row.bytes
        message = "the column holds text where the bytes should be"
        self._found.add(row.seq, "format", message)
        return None

    def _rows(self, start: int, stop: int) -> dict[int, EntryRow]:
        """Read a page of rows; where that fails, row by row, so that the bad one is named."""
        try:
            return self._read(start, stop)
        except RegledgerError:
            rows: dict[int, EntryRow] = {}
            for seq in range(start, stop):
                try:
                    rows |= self._read(seq, seq + 1)
                except RegledgerError as error:
                    message = f"the row cannot be read: {error.message}"
                    self._found.add(seq, "columns", message)
            return rows

    def _read(self, start: int, stop: int) -> dict[int, EntryRow]:
        with self._reading() as conn:
            return raw_rows.entry_rows(conn, start, stop)
