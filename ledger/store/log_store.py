"""The log as rows: append under the lock, read by key range.

Entries come chained; this module knows neither claims nor signatures. It guarantees that seq is
dense from 0 and that an append continues exactly the head its author saw.

Methods that take a connection work inside the caller's transaction (``reading()``, ``writing()``);
``pages`` and ``size`` open short ones of their own.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

from sqlalchemy import (
    Connection,
    Engine,
    Integer,
    bindparam,
    column,
    func,
    literal_column,
    null,
    select,
    text,
    union_all,
)

from ledger.errors import BadEntry, BadProof, BrokenChain
from ledger.log.chain import Head
from ledger.log.merkle import CompactRange, TileHash, hashes_needed, range_from_tiles
from ledger.store import engine as engines
from ledger.store.backends import backend_of
from ledger.store.in_lists import among, chunks, select_among
from ledger.store.kept_connections import KeptConnections
from ledger.store.prepared import Prepared, PreparedLists
from ledger.store.raw_rows import MOST
from ledger.store.schema import disclosure, entry, tree_node

__all__ = ["PAGE", "Connection", "LogStore", "StoredEntry"]

PAGE: Final = 256


class StoredEntry(NamedTuple):
    """One row of the log: the bytes, and the columns derived from them."""

    seq: int
    data: bytes
    leaf_hash: bytes
    prev: str
    event_id: str
    event_digest: str
    type: str
    actor: str
    recorded_at: str
    claim_key: str | None = None


_FIRST: Final = entry.alias("first")
_EACH: Final = entry.alias("each")
# Without a parameter: SQLite would plan the statement again each time that one is given.
_HEAD: Final = Prepared(
    select(
        entry.c.seq,
        entry.c.leaf_hash,
        entry.c.recorded_at,
        # the ledger id is the digest of the event at seq 0
        select(_FIRST.c.event_digest).where(_FIRST.c.seq == literal_column("0")).scalar_subquery(),
    ).where(entry.c.seq == select(func.max(_EACH.c.seq)).scalar_subquery())
)
_PAGE: Final = (
    select(entry.c.seq, entry.c.bytes)
    .where(entry.c.seq >= bindparam("start"), entry.c.seq < bindparam("stop"))
    .order_by(entry.c.seq)
)
_AT: Final = Prepared(select(entry.c.bytes).where(entry.c.seq == bindparam("seq")))
_LEAF: Final = Prepared(select(entry.c.leaf_hash).where(entry.c.seq == bindparam("seq")))
_RECORDED_AT: Final = Prepared(select(entry.c.recorded_at).where(entry.c.seq == bindparam("seq")))
_LEAVES: Final = Prepared(
    select(entry.c.leaf_hash)
    .where(entry.c.seq >= bindparam("start"), entry.c.seq < bindparam("stop"))
    .order_by(entry.c.seq)
)
_NODES: Final = Prepared(
    select(tree_node.c.hash)
    .where(
        tree_node.c.level == bindparam("level"),
        tree_node.c.idx >= bindparam("start"),
        tree_node.c.idx < bindparam("stop"),
    )
    .order_by(tree_node.c.idx)
)
_EVENTS: Final = PreparedLists(
    lambda some: select(entry.c.event_id, entry.c.seq, entry.c.event_digest).where(
        entry.c.event_id.in_(some("ids"))
    )
)
_CLAIM_KEYS: Final = PreparedLists(
    lambda some: select(entry.c.claim_key, entry.c.seq, entry.c.event_id).where(
        entry.c.claim_key.in_(some("keys"))
    )
)
_DISCLOSURES: Final = among(select(disclosure.c.digest, disclosure.c.text), disclosure.c.digest)
_RECORDED: Final = PreparedLists(
    lambda some: union_all(
        select(entry.c.event_id, entry.c.seq, entry.c.event_digest, null()).where(
            entry.c.event_id.in_(some("ids"))
        ),
        select(null(), entry.c.seq, null(), entry.c.claim_key).where(
            entry.c.claim_key.in_(some("keys"))
        ),
    )
)
_INSERT: Final = Prepared.insert(entry)
_INSERT_NODE: Final = Prepared.insert(tree_node)
_INSERT_DISCLOSURE: Final = Prepared.insert(disclosure)
# recorded_at never goes back, so the size at a moment is found by bisection in one round trip:
# all entries below lo are not later, all from hi on are.
_SIZE_AT: Final = text("""
WITH RECURSIVE bisect(lo, hi) AS (
  SELECT CAST(0 AS BIGINT), CAST(coalesce(max(seq) + 1, 0) AS BIGINT) FROM entry
  UNION ALL
  SELECT CASE WHEN e.recorded_at <= :stamp THEN e.seq + 1 ELSE b.lo END,
         CASE WHEN e.recorded_at <= :stamp THEN b.hi ELSE e.seq END
  FROM bisect AS b JOIN entry AS e ON e.seq = (b.lo + b.hi) / 2
  WHERE b.lo < b.hi
)
SELECT lo FROM bisect WHERE lo = hi
""").columns(column("lo", Integer))


class LogStore:
    """The log in one database."""

    def __init__(self, engine: Engine) -> None:
        """Use an engine of ``make_engine``; see :meth:`open` for one that is checked."""
        self.engine = engine
        self._kept = KeptConnections(engine)

    @classmethod
    def open(cls, url: str, *, wait_s: float = engines.WAIT_DEFAULT_S) -> Self:
        """Open an existing store. Never creates anything.

        Raises:
            InputError: ``url`` is no address.
            NoLedger: there is no ledger there.
            SchemaMismatch: its schema is older or newer than this program's.
        """
        engine = engines.make_engine(url, wait_s=wait_s)
        try:
            engines.check_schema(engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine)

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database, None on a server."""
        url = self.engine.url
        return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None

    def close(self) -> None:
        """Close all connections; the store may be used again."""
        self.engine.dispose()

    def reading(self) -> AbstractContextManager[Connection]:
        """Read one unchanging state; keep it short (see ``engine.reading``)."""
        return engines.reading(self.engine, self._kept)

    def writing(self) -> AbstractContextManager[Connection]:
        """Hold the write lock; commit at the end, roll back on error (see ``engine.writing``)."""
        return engines.writing(self.engine, self._kept)

    def head(self, conn: Connection) -> Head:
        """Return the head of the log. Under ``writing()`` no other writer can move it.

        Raises BadEntry: the last row is none that was ever appended.
        """
        found = _HEAD.rows(conn, {})
        if not found:
            return Head.EMPTY
        ((seq, leaf_hash, recorded_at, ledger),) = found
        if seq >= MOST or not isinstance(leaf_hash, bytes):
            raise BadEntry("the last row of the log is damaged", seq=seq)
        return Head(seq + 1, leaf_hash.hex(), recorded_at, ledger)

    def server_time(self, conn: Connection) -> str | None:
        """Return the database server's time as a stamp; None on SQLite, which has none."""
        return backend_of(self.engine).server_time(conn)

    def size(self) -> int:
        """Return the number of entries now."""
        with self.reading() as conn:
            return self.head(conn).size

    def size_at(self, conn: Connection, stamp: str) -> int:
        """Return the number of entries with ``recorded_at <= stamp``, in O(log size)."""
        return int(conn.execute(_SIZE_AT, {"stamp": stamp}).scalar_one())

    def append(
        self,
        conn: Connection,
        entries: Sequence[StoredEntry],
        nodes: Iterable[TileHash] = (),
        *,
        head: Head,
    ) -> None:
        """Add chained entries, and the tile hashes of level >= 1 that they complete.

        ``head`` is the one the entries were chained to, read in the same transaction; it is not
        read again: guards and unique keys refuse entries that do not continue the log.

        Raises:
            Conflict: the log does not end at ``head``, or an event id, claim key or ``prev`` is
                recorded already; at the end of the transaction's block.
            BrokenChain: the entries do not continue ``head`` or each other.
        """
        _check_links(entries, head)
        if entries:
            _INSERT.run(conn, [_row(one) for one in entries])
        rows = [{"level": node.level, "idx": node.index, "hash": node.hash} for node in nodes]
        if rows:
            _INSERT_NODE.run(conn, rows)

    def put_disclosures(self, conn: Connection, rows: Iterable[tuple[str, int, str]]) -> None:
        """Keep ``(digest, seq, text)`` disclosures beside the entries that refer to them.

        Raises Conflict: a digest is there already (at the end of the transaction's block).
        """
        values = [{"digest": digest, "seq": seq, "text": text_} for digest, seq, text_ in rows]
        if values:
            _INSERT_DISCLOSURE.run(conn, values)

    def pages(
        self, start: int = 0, stop: int | None = None, *, page: int = PAGE
    ) -> Iterator[tuple[int, bytes]]:
        """Yield ``(seq, entry bytes)`` for start <= seq < stop; by default up to the size now.

        Every page is read in a transaction of its own, and no transaction is open while the caller
        works. A prefix never changes, so what comes out is one state of the log all the same.
        Raises BrokenChain: a seq below ``stop`` is missing.
        """
        end = self.size() if stop is None else stop
        while start < end:
            upto = min(start + page, end)
            with self.reading() as conn:
                rows = conn.execute(_PAGE, {"start": start, "stop": upto}).all()
            for expected, row in enumerate(rows, start):
                if row.seq != expected:
                    raise BrokenChain(expected, "seq", expected, row.seq)
                yield row.seq, row.bytes
            if start + len(rows) < upto:
                raise BrokenChain(start + len(rows), "seq", start + len(rows), "missing")
            start = upto

    def leaf_at(self, conn: Connection, seq: int) -> bytes:
        """Return the stored leaf hash of an entry; empty where there is no such entry."""
        return _LEAF.value(conn, {"seq": seq}) or b""

    def recorded_at(self, conn: Connection, seq: int | None) -> str:
        """Return the stamp at which an entry was recorded; empty where there is no such entry."""
        return _RECORDED_AT.value(conn, {"seq": seq}) or ""

    def entry_at(self, conn: Connection, seq: int) -> bytes | None:
        """Return the bytes of one entry, None past the end."""
        found: bytes | None = _AT.value(conn, {"seq": seq})
        return found

    def bytes_at(self, conn: Connection, seq: int) -> bytes:
        """Return the bytes of an entry that must be there.

        Raises:
            BrokenChain: the entry is missing.
            BadEntry: the column holds no bytes, which SQLite allows.
        """
        found: object = self.entry_at(conn, seq)
        if found is None:
            raise BrokenChain(seq, "seq", seq, "missing")
        if not isinstance(found, bytes):
            raise BadEntry("what is stored is not bytes", seq=seq)
        return found

    def events(self, conn: Connection, event_ids: Iterable[str]) -> dict[str, tuple[int, str]]:
        """Map each recorded event id to its ``(seq, event digest)``; others are left out."""
        rows = (row for ids in chunks(event_ids) for row in _EVENTS.rows(conn, ids=ids))
        return {event_id: (seq, digest) for event_id, seq, digest in rows}

    def seq_of_claim_key(self, conn: Connection, key: str) -> int | None:
        """Return where the claim with an importer's key was recorded, None if it was not."""
        return self.claim_keys(conn, [key]).get(key, (None, ""))[0]

    def claim_keys(self, conn: Connection, keys: Iterable[str]) -> dict[str, tuple[int, str]]:
        """Map each recorded claim key to ``(seq, event id)``; others are left out."""
        rows = (row for some in chunks(keys) for row in _CLAIM_KEYS.rows(conn, keys=some))
        return {key: (seq, event_id) for key, seq, event_id in rows}

    def recorded(
        self, conn: Connection, event_ids: Iterable[str], keys: Iterable[str]
    ) -> tuple[dict[str, tuple[int, str]], set[str]]:
        """Return what :meth:`events` returns, and which of the claim keys are recorded.

        One statement answers for up to 256 of each.
        """
        events: dict[str, tuple[int, str]] = {}
        taken: set[str] = set()
        none: list[str] = []
        for ids, names in zip_longest(chunks(event_ids), chunks(keys), fillvalue=none):
            for event_id, seq, digest, key in _RECORDED.rows(conn, ids=ids, keys=names):
                if event_id is not None:
                    events[event_id] = (seq, digest)
                else:
                    taken.add(key)
        return events, taken

    def disclosures(self, conn: Connection, digests: Iterable[str]) -> dict[str, str]:
        """Map each digest whose text is here to that text; others were withheld or redacted."""
        rows = select_among(conn, _DISCLOSURES, digests)
        return {row.digest: row.text for row in rows}

    def hashes(self, conn: Connection, level: int, start: int, stop: int) -> list[bytes]:
        """Return tile hashes start <= idx < stop of one level; level 0 is the leaf hashes.

        Shorter than asked where the log does not reach that far yet.
        Raises BadProof: a column holds no bytes, which SQLite allows.
        """
        found = self._stored_hashes(conn, level, start, stop)
        if not all(isinstance(one, bytes) for one in found):
            raise BadProof(f"a hash of level {level} from {start:,} to {stop - 1:,} is not bytes")
        return found

    def has_hash(self, conn: Connection, node: TileHash) -> bool:
        """Return whether exactly this hash is stored at its place."""
        found = self._stored_hashes(conn, node.level, node.index, node.index + 1)
        return found == [node.hash]

    def _stored_hashes(self, conn: Connection, level: int, start: int, stop: int) -> list[bytes]:
        """Return what the columns hold, of whatever type that is."""
        where = {"start": start, "stop": stop}
        nodes = {"level": level, **where}
        found = _NODES.rows(conn, nodes) if level else _LEAVES.rows(conn, where)
        return [hash_ for (hash_,) in found]

    def compact_range(self, conn: Connection, size: int) -> CompactRange:
        """Rebuild the tree's right edge at ``size`` from stored hashes: O(256 log size) of them.

        Raises BadProof: hashes below ``size`` are missing.
        """
        found = {
            (level, index): hash_
            for level, start, stop in hashes_needed(size)
            for index, hash_ in enumerate(self.hashes(conn, level, start, stop), start)
        }
        return range_from_tiles(
            size, lambda level, index: found[level, index], lambda index: found[0, index]
        )


def _row(one: StoredEntry) -> dict[str, Any]:
    return {
        "seq": one.seq,
        "bytes": one.data,
        "leaf_hash": one.leaf_hash,
        "prev": one.prev,
        "event_id": one.event_id,
        "event_digest": one.event_digest,
        "type": one.type,
        "actor": one.actor,
        "recorded_at": one.recorded_at,
        "claim_key": one.claim_key,
    }


def _check_links(entries: Sequence[StoredEntry], head: Head) -> None:
    """Compare seq, prev and recorded_at of each entry with the one before it."""
    seq, leaf, recorded_at = head.size, head.leaf, head.recorded_at
    for one in entries:
        if one.seq != seq:
            raise BrokenChain(one.seq, "seq", seq, one.seq)
        if one.prev != leaf:
            raise BrokenChain(one.seq, "prev", leaf, one.prev)
        if one.recorded_at < recorded_at:
            raise BrokenChain(one.seq, "recorded_at", f"{recorded_at} or later", one.recorded_at)
        seq, leaf, recorded_at = seq + 1, one.leaf_hash.hex(), one.recorded_at
