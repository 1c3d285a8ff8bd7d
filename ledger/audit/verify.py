"""Verification of a ledger's database: every check, every fault, in one pass and flat memory.

``Verifier`` reads the rows in order of seq and checks, layer by layer: the bytes are canonical and
an entry (``canonical``, ``format``); they continue the entry before (``seq``, ``prev``,
``recorded_at``, ``ledger``); the event follows its schema (``schema``); somebody enrolled its key
(``key``) and the signature holds (``signature``); the rules of its time allow it (``rules``); the
stored leaf hash and tile hashes are those of the bytes (``leaf``, ``tree``); the derived columns
say what the bytes say (``columns``); the disclosed texts match their digests (``disclosure``); and
the views equal a replay (``views``).

The rules are replayed in a scratch database, never in the one under test. After the first entry
that cannot be folded the replay stops, since nothing said about later entries would be reliable;
the layers that need no replay go on to the end.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.audit.report import Fault, VerifyReport
from ledger.domain import events
from ledger.domain.cells import Cell
from ledger.domain.records import Policy
from ledger.errors import Conflict, NotVerified, RegledgerError
from ledger.log import disclosure
from ledger.log.chain import Head, check_chain
from ledger.log.entry import Entry, check_signature, decode_entry
from ledger.log.merkle import CompactRange, TileHash, leaf_hash
from ledger.store import schema as s
from ledger.store.log_store import LogStore
from ledger.views import base, status
from ledger.views.claims import FactsLoader, Prefix
from ledger.views.columns import derived, derived_key
from ledger.views.fold import fold, local_day
from ledger.views.projector import SqlState
from ledger.views.state import policy_at
from ledger.views.taxonomy import taxonomy_at

PAGE: Final = 256
_LEVELS: Final = 7  # 256^8 entries is more than a seq can count
_FLUSH: Final = 1024  # entries between two commits of the scratch database
_MAX_FAULTS: Final = 200  # enough to see the pattern; the first bad seq is always among them
_ROW = s.entry.c
_CHAIN_LAYERS = ("seq", "prev", "recorded_at", "ledger")

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class _Faults:
    found: list[Fault] = field(default_factory=list)

    def add(self, seq: int | None, layer: str, message: str) -> None:
        if len(self.found) < _MAX_FAULTS:
            self.found.append(Fault(seq, layer, message))

    def caught(self, seq: int, error: RegledgerError, layer: str = "") -> None:
        self.add(seq, layer or getattr(error, "what", "") or layer_of(error), error.message)


def layer_of(error: RegledgerError) -> str:
    """Return the machine code of the check that an error belongs to."""
    return error.layer if isinstance(error, NotVerified) else "rules"


class Verifier:
    """One verification of one store."""

    def __init__(self, store: LogStore, *, progress: Progress | None = None) -> None:
        self._store = store
        self._progress = progress or (lambda _done, _total: None)
        self._faults = _Faults()
        self._edge = CompactRange()
        self._head: Head | None = Head.EMPTY
        self._replaying = True
        self._policy: Policy | None = None
        self._founder = ""
        self._texts = {"open": 0, "missing": 0}

    def run(self) -> VerifyReport:
        """Check everything and report; never raises for what is wrong inside the ledger.

        Raises NotCompleted where the database cannot be read at all.
        """
        with self._store.reading() as conn:
            size = self._store.head(conn).size
        if size == 0:
            self._faults.add(None, "empty", "there is no entry to verify")
        with scratch() as replay:
            state = SqlState(replay, self._bytes_at, size=0)
            for start in range(0, size, PAGE):
                self._page(state, start, min(start + PAGE, size))
                if start // PAGE % (_FLUSH // PAGE) == 0:
                    state.flush()
                self._progress(min(start + PAGE, size), size)
            state.flush()
            base.advance(replay, size)
            self._policy = state.policy()
            if self._replaying and size:
                self._compare_views(replay, size)
        self._strays(size)
        return self._report(size)

    # --- the pass over the rows ------------------------------------------------------------------

    def _page(self, state: SqlState, start: int, stop: int) -> None:
        rows = self._rows(start, stop)
        with self._store.reading() as conn:
            texts: dict[int, dict[str, str]] = {}
            held = sa.select(s.disclosure).where(
                s.disclosure.c.seq >= start, s.disclosure.c.seq < stop
            )
            for row in conn.execute(held):
                texts.setdefault(row.seq, {})[row.digest] = row.text
        if self._replaying:
            found = rows.values()
            state.look_ahead(
                [r.event_id for r in found], [r.claim_key for r in found if r.claim_key]
            )
        complete: list[TileHash] = []
        for seq in range(start, stop):
            if seq not in rows:
                self._faults.add(seq, "seq", f"entry {seq} is missing")
                self._head, self._replaying = None, False
                continue
            if not isinstance(rows[seq].bytes, bytes):
                self._faults.add(seq, "format", "the column holds text where the bytes should be")
                self._head, self._replaying = None, False
                continue
            leaf = leaf_hash(rows[seq].bytes)
            complete += self._edge.append(leaf)
            entry = self._entry(rows[seq], leaf)
            if entry is None:
                continue
            self._event(state, entry)
            self._disclosures(entry, texts.get(seq, {}))
        self._nodes(complete)

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
                    self._faults.add(seq, "columns", f"the row cannot be read: {error.message}")
            return rows

    def _select(self, start: int, stop: int) -> dict[int, sa.Row[Any]]:
        query = sa.select(s.entry).where(_ROW.seq >= start, _ROW.seq < stop)
        with self._store.reading() as conn:
            return {row.seq: row for row in conn.execute(query)}

    def _entry(self, row: sa.Row[Any], leaf: bytes) -> Entry | None:
        """Check what one row says by itself and as the next link; None if it is no entry."""
        if row.leaf_hash != leaf:
            self._faults.add(row.seq, "leaf", "the stored leaf hash is not that of the bytes")
        try:
            entry = decode_entry(row.bytes, at=row.seq)
        except NotVerified as error:
            self._faults.caught(row.seq, error)
            self._head, self._replaying = None, False
            return None
        if entry.seq != row.seq:
            self._faults.add(row.seq, "seq", f"the entry says seq {entry.seq}")
        wanted = derived(entry)
        wrong = [
            name
            for name in (
                "prev",
                "event_id",
                "event_digest",
                "type",
                "actor",
                "recorded_at",
                "claim_key",
            )
            if getattr(row, name) != getattr(wanted, name)
        ]
        if wrong:
            names = ", ".join(wrong)
            self._faults.add(row.seq, "columns", f"columns differ from the bytes: {names}")
        self._link(row.seq, entry)
        return entry

    def _link(self, seq: int, entry: Entry) -> None:
        if self._head is not None:
            try:
                self._head = self._head.after(entry)
            except NotVerified as error:
                self._faults.caught(seq, error)
            else:
                return
        ledger = self._policy.ledger if self._policy else ""
        self._head = Head(seq + 1, entry.leaf_hash.hex(), entry.recorded_at, ledger)
        self._replaying = False

    def _event(self, state: SqlState, entry: Entry) -> None:
        signed = entry.signed
        event = signed.event
        try:
            payload = events.parse(event.type, event.version, event.data)
        except RegledgerError as error:
            self._faults.caught(entry.seq, error, "schema")
            self._replaying = False
            return
        self._signature(state, entry, payload)
        if not self._replaying:
            return
        try:
            fold(state, signed, payload, seq=entry.seq, recorded_at=entry.recorded_at)
        except RegledgerError as error:
            self._faults.caught(entry.seq, error)
            self._replaying = False
        self._policy = state.policy()

    def _signature(
        self, state: SqlState, entry: Entry, payload: events.EventData | events.Unknown
    ) -> None:
        keyid = entry.signed.signature.keyid
        key = state.key(keyid)
        if key is not None:
            public_key, scheme = key.public_key, key.scheme
        elif isinstance(payload, events.LedgerCreated):
            public_key, scheme = payload.admin.public_key, payload.admin.scheme
            self._founder = keyid if entry.seq == 0 else self._founder
        else:
            if self._replaying:
                self._faults.add(entry.seq, "key", f"nobody enrolled the key {keyid[:16]}")
            return
        try:
            check_signature(entry.signed, public_key, scheme=scheme)
        except RegledgerError as error:
            self._faults.caught(entry.seq, error, "signature")
            self._replaying = False  # what nobody signed must not change what is replayed

    def _disclosures(self, entry: Entry, texts: dict[str, str]) -> None:
        try:
            _, missing = disclosure.reveal(entry.signed.event.data, texts)
        except NotVerified as error:
            self._faults.caught(entry.seq, error)
            return
        self._texts["missing"] += len(missing)
        self._texts["open"] += len(texts)

    def _nodes(self, complete: Sequence[TileHash]) -> None:
        if not complete:
            return
        with self._store.reading() as conn:
            for node in complete:
                found = self._store.hashes(conn, node.level, node.index, node.index + 1)
                if found != [node.hash]:
                    last = ((node.index + 1) << (8 * node.level)) - 1
                    self._faults.add(
                        last,
                        "tree",
                        f"the stored hash of tile ({node.level}, {node.index}) differs",
                    )

    # --- after the pass --------------------------------------------------------------------------

    def _strays(self, size: int) -> None:
        """Rows that belong to no entry: they could not have come from an append."""
        with self._store.reading() as conn:
            odd = conn.execute(sa.select(_ROW.seq).where(_ROW.seq < 0)).scalars().all()
            for seq in odd:
                self._faults.add(seq, "seq", "a row stands before the first entry")
            d, n = s.disclosure.c, s.tree_node.c
            stray = conn.execute(
                sa.select(d.seq).where(sa.or_(d.seq < 0, d.seq >= size)).limit(1)
            ).first()
            if stray:
                self._faults.add(stray.seq, "disclosure", "a text belongs to an entry that is not")
            beyond = sa.or_(
                n.level < 1,
                n.level > _LEVELS,
                n.idx < 0,
                *[
                    sa.and_(n.level == lv, n.idx >= size >> (8 * lv))
                    for lv in range(1, _LEVELS + 1)
                ],
            )
            if conn.execute(sa.select(n.idx).where(beyond).limit(1)).first():
                self._faults.add(None, "tree", "a tile hash stands beyond the end of the log")

    def _compare_views(self, replay: Connection, size: int) -> None:
        with self._store.reading() as conn:
            if self._store.head(conn).size != size:
                return  # it grew meanwhile: its views are of another prefix; verify again
            if base.position(conn, base.CLAIMS) != size:
                self._faults.add(None, "views", "the views do not stand at the end of the log")
                return
            found = list(base.differing(conn, replay, base.CLAIMS))
            for table, wrong in found:
                self._faults.add(wrong, "views", f"the view table {table} differs from a replay")
            if not found and base.position(conn, base.STATUS) == size:
                self._compare_status(conn, size)

    def _compare_status(self, conn: Connection, size: int) -> None:
        """The claims are as replayed, so the timelines made from them must be the stored ones."""
        policy = policy_at(conn, size)
        prefix = Prefix(
            size=size,
            head=self._edge.root().hex(),
            rules=policy.rules,
            taxonomy=taxonomy_at(conn, size),
            local_day=lambda stamp: local_day(stamp, policy.timezone),
        )
        loader = FactsLoader(conn, prefix)
        wanted = status.places(conn)
        held = status.stored_places(conn)
        for place in sorted(wanted | held):
            rows = list(status.rows_of(place, loader.of(Cell(*place))))
            if not status.holds(conn, place, rows):
                self._faults.add(None, "views", f"the status view is wrong for {'/'.join(place)}")
                return

    def _report(self, size: int) -> VerifyReport:
        policy = self._policy
        order = {layer: i for i, layer in enumerate(_CHAIN_LAYERS)}
        faults = sorted(
            self._faults.found,
            key=lambda f: (f.seq is None, f.seq or 0, order.get(f.layer, len(order)), f.layer),
        )
        return VerifyReport(
            ledger=policy.ledger if policy else "",
            origin=policy.origin if policy else "",
            founder=self._founder,
            log_keys=policy.log_keys if policy else (),
            size=size,
            root=self._edge.root().hex(),
            authenticated=False,
            how="nobody has told this machine to trust this ledger",
            faults=tuple(faults),
            disclosures=dict(self._texts),
            simulated=bool(policy and policy.clock == "simulated"),
        )

    def _bytes_at(self, seq: int) -> bytes:
        with self._store.reading() as conn:
            return self._store.bytes_at(conn, seq)


@contextmanager
def replayed(
    store: LogStore, *, progress: Progress | None = None
) -> Iterator[tuple[Connection, int]]:
    """Fold the whole log in a scratch database; yield (connection to it, size of the log).

    Raises NotVerified, RuleViolation or UnknownId where an entry cannot be folded.
    """
    size = store.size()

    def bytes_at(seq: int) -> bytes:
        with store.reading() as conn:
            return store.bytes_at(conn, seq)

    with scratch() as replay:
        state = SqlState(replay, bytes_at, size=0)
        entries = check_chain(data for _, data in store.pages(0, size))
        while page := list(islice(entries, _FLUSH)):
            read = [events.parse(e.type, e.version, e.data) for e in (p.signed.event for p in page)]
            keys = [key for payload in read if (key := derived_key(payload)) is not None]
            state.look_ahead([e.signed.event.id for e in page], keys)
            for entry, payload in zip(page, read, strict=True):
                fold(state, entry.signed, payload, seq=entry.seq, recorded_at=entry.recorded_at)
            state.flush()
            if progress:
                progress(page[-1].seq + 1, size)
        base.advance(replay, size)
        yield replay, size


def swap(store: LogStore, replay: Connection, size: int) -> None:
    """Put the replayed claims view in the place of the live one, in one transaction.

    Raises Conflict where the log has grown beyond ``size`` since the replay began.
    """
    with store.writing() as conn:
        if store.head(conn).size != size:
            raise Conflict("the log grew during the rebuild", hint="run it again")
        base.copy(replay, conn, base.CLAIMS)
        base.clear(conn, base.STATUS)
        base.advance(conn, size)


@contextmanager
def scratch() -> Iterator[Connection]:
    """Yield a connection to an empty database of view tables that is thrown away afterwards."""
    with tempfile.TemporaryDirectory(prefix="regledger-") as folder:
        engine = sa.create_engine(f"sqlite:///{Path(folder) / 'replay.db'}")
        try:
            with engine.connect() as conn:
                conn.exec_driver_sql("PRAGMA journal_mode = OFF")
                conn.exec_driver_sql("PRAGMA synchronous = OFF")
                tables = [s.view, *(t for part in base.TABLES.values() for t in part)]
                s.metadata.create_all(conn, tables=tables)
                yield conn
        finally:
            engine.dispose()
