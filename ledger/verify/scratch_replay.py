"""Folding the whole log of a database again, and putting the result in place of the live views."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from itertools import islice
from typing import Final

from ledger.errors import BadEntry, Conflict
from ledger.log.chain import Head, Link
from ledger.log.entry import event_digest
from ledger.log.merkle import leaf_hash
from ledger.progress import Progress
from ledger.projections import view_tables
from ledger.projections.entry_columns import import_key
from ledger.projections.fold import fold_request
from ledger.projections.replay_state import ReplayState
from ledger.projections.scratch_database import scratch
from ledger.store.log_store import Connection, LogStore
from ledger.verify.entry_checks import Content, RawEntry, request_of
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
        state = ReplayState(replay, partial(hashed.proved, bytes_at), size=0)
        pages, head = store.pages(0, size), Head.EMPTY
        while page := [RawEntry.of(seq, data, {}) for seq, data in islice(pages, FLUSH)]:
            head = _fold(page, head, state, hashed)
            state.flush()
            if progress:
                progress(head.size, size)
        view_tables.advance(replay, size)
        yield replay, size


def _fold(page: Sequence[RawEntry], head: Head, state: ReplayState, hashed: PassHashes) -> Head:
    """Fold entries; return the head after them. Raises what :func:`replayed` raises."""
    read = [Content.of(raw) for raw in page]
    keys = [key for one in read if one.payload and (key := import_key(one.payload)) is not None]
    state.look_ahead([raw.envelope.id for raw in page if raw.envelope], keys)
    for raw, content in zip(page, read, strict=True):
        found = raw.envelope
        if found is None or content.payload is None:
            raise BadEntry(content.fault, seq=raw.seq)
        digest, leaf = event_digest(found.payload), leaf_hash(raw.data)
        link = Link(found.seq, found.prev, found.recorded_at, found.ledger)
        head = head.linked(link, digest, leaf)
        hashed.append(leaf)
        state.said = content.content_digest(found.type)
        request = request_of(found, digest, content.payload)
        fold_request(state, request, seq=found.seq, recorded_at=found.recorded_at)
    return head


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
