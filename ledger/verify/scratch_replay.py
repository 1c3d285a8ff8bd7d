"""Folding a whole log again, in a scratch database beside the live one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.domain import events
from ledger.errors import Conflict
from ledger.log.chain import check_chain
from ledger.progress import Progress
from ledger.projections import base
from ledger.projections.entry_columns import import_key
from ledger.projections.fold import fold
from ledger.projections.state_writer import StateWriter
from ledger.store import schema as s
from ledger.store.log_store import LogStore
from ledger.verify.pass_hashes import PassHashes

FLUSH: Final = 1024  # entries between two commits of the scratch database
_ASKED: Final = ("subject", "instrument")  # what the rules look for; other indexes only cost here


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

    with scratch() as replay, closing(PassHashes()) as hashed:
        state = StateWriter(replay, partial(hashed.proved, bytes_at), size=0)
        entries = check_chain(data for _, data in store.pages(0, size))
        while page := list(islice(entries, FLUSH)):
            read = [events.parse(e.type, e.version, e.data) for e in (p.signed.event for p in page)]
            keys = [key for payload in read if (key := import_key(payload)) is not None]
            state.look_ahead([e.signed.event.id for e in page], keys)
            for entry, payload in zip(page, read, strict=True):
                hashed.append(entry.leaf_hash)
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
        base.copy_rows(replay, conn, base.CLAIMS)
        base.clear(conn, base.STATUS)
        base.advance(conn, size)


@contextmanager
def scratch(begun: Callable[[Path], bool] | None = None) -> Iterator[Connection]:
    """Yield a connection to a database of view tables that is thrown away afterwards.

    It is empty, unless ``begun`` writes one to the path it is given and returns True.
    """
    with tempfile.TemporaryDirectory(prefix="regledger-") as folder:
        path = Path(folder) / "replay.db"
        if begun is not None and not begun(path):
            path.unlink(missing_ok=True)
        engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)))
        try:
            with engine.connect() as conn:
                conn.exec_driver_sql("PRAGMA journal_mode = OFF")
                conn.exec_driver_sql("PRAGMA synchronous = OFF")
                tables = [s.view, *(t for part in base.TABLES.values() for t in part)]
                s.metadata.create_all(conn, tables=tables)
                for index in [i for table in tables for i in table.indexes]:
                    if index.columns.keys()[0] not in _ASKED:
                        conn.execute(sa.schema.DropIndex(index, if_exists=True))
                yield conn
        finally:
            engine.dispose()
