"""Folding the whole log of a database again, and putting the result in place of the live views."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from itertools import islice
from typing import Final

from ledger.domain import events
from ledger.errors import Conflict
from ledger.log.chain import check_chain
from ledger.progress import Progress
from ledger.projections import view_tables
from ledger.projections.entry_columns import import_key
from ledger.projections.fold import fold
from ledger.projections.scratch_database import scratch
from ledger.projections.state_writer import StateWriter
from ledger.store.log_store import Connection, LogStore
from ledger.verify.pass_hashes import PassHashes

FLUSH: Final = 1024  # entries between two commits of the scratch database


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
        view_tables.advance(replay, size)
        yield replay, size


def swap(store: LogStore, replay: Connection, size: int) -> None:
    """Put the replayed claims view in the place of the live one, in one transaction.

    Raises Conflict where the log has grown beyond ``size`` since the replay began.
    """
    with store.writing() as conn:
        if store.head(conn).size != size:
            raise Conflict("the log grew during the rebuild", hint="run it again")
        view_tables.copy_rows(replay, conn, view_tables.CLAIMS)
        view_tables.clear(conn, view_tables.STATUS)
        view_tables.advance(conn, size)
