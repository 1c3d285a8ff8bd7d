"""Checkpoints, cosignatures, time-stamps and captured files: one contract for both back ends."""

from __future__ import annotations

from hashlib import sha256

import pytest

from ledger.errors import Conflict, InputError
from ledger.store import checkpoint_store, evidence_store
from ledger.store.log_store import LogStore

AT = "2026-01-01T00:00:00.000000Z"


def test_a_checkpoint_is_kept_as_it_was_sealed(store: LogStore) -> None:
    """The same again does nothing; another note of that size is refused, and the first stays."""
    with store.writing() as conn:
        checkpoint_store.put_checkpoint(conn, 3, b"three\n", AT)
        checkpoint_store.put_checkpoint(conn, 3, b"three\n", "2027-01-01T00:00:00.000000Z")
    with pytest.raises(Conflict, match="size 3"), store.writing() as conn:
        checkpoint_store.put_checkpoint(conn, 3, b"other\n", AT)
    with store.reading() as conn:
        held = checkpoint_store.checkpoint_at(conn, 3)
        assert held is not None
        assert (held.note, held.sealed_at, held.cosignatures) == (b"three\n", AT, ())
        assert held.full == b"three\n"
        assert checkpoint_store.checkpoint_at(conn, 2) is None


def test_checkpoints_are_found_by_size(store: LogStore) -> None:
    """The newest, the newest up to a size, the first that covers an entry, and all sizes."""
    with store.reading() as conn:
        assert checkpoint_store.newest(conn) is None
        assert checkpoint_store.checkpoint_sizes(conn) == []
    with store.writing() as conn:
        for size in (10, 2, 300):
            checkpoint_store.put_checkpoint(conn, size, str(size).encode(), AT)
    with store.reading() as conn:
        assert checkpoint_store.checkpoint_sizes(conn) == [2, 10, 300]
        found = {
            upto: checkpoint_store.newest(conn, upto=upto) for upto in (1, 2, 9, 10, 299, 300, None)
        }
        sizes = {upto: held.size if held else None for upto, held in found.items()}
        assert sizes == {1: None, 2: 2, 9: 2, 10: 10, 299: 10, 300: 300, None: 300}
        covering = [checkpoint_store.covering(conn, seq) for seq in (0, 1, 2, 9, 10, 299, 300)]
        assert [held.size if held else None for held in covering] == [2, 2, 10, 10, 300, 300, None]


def test_a_newer_line_of_a_witness_replaces_its_older_one(store: LogStore) -> None:
    """One line for each name and key; ``full`` has them behind the note, in order of the names."""
    with store.writing() as conn:
        checkpoint_store.put_checkpoint(conn, 1, b"note\n", AT)
        lines = [("w", "0a0a0a0a", b"- w old\n", 1), ("a", "0a0a0a0a", b"- a\n", 1)]
        checkpoint_store.put_cosignatures(conn, 1, lines)
        again = [("w", "0a0a0a0a", b"- w new\n", 2), ("w", "0b0b0b0b", b"- w second\n", 2)]
        checkpoint_store.put_cosignatures(conn, 1, again)
        checkpoint_store.put_cosignatures(conn, 2, [("w", "0a0a0a0a", b"- of 2\n", 1)])
    with store.reading() as conn:
        held = checkpoint_store.checkpoint_at(conn, 1)
        assert held is not None
        assert held.full == b"note\n- a\n- w new\n- w second\n"


def test_time_stamps_are_numbered_within_their_size(store: LogStore) -> None:
    """From 0 for each size; a response that is there already keeps its number."""
    with store.writing() as conn:
        numbers = [
            checkpoint_store.put_time_stamp(conn, size, data, gen_time=AT, authority="CN=x")
            for size, data in ((5, b"a"), (5, b"b"), (7, b"a"), (5, b"a"), (5, b"c"))
        ]
        assert numbers == [0, 1, 0, 0, 2]
    with store.reading() as conn:
        kept = [(one.size, one.idx, one.response) for one in checkpoint_store.time_stamps(conn)]
        assert kept == [(5, 0, b"a"), (5, 1, b"b"), (5, 2, b"c"), (7, 0, b"a")]
        (one,) = checkpoint_store.time_stamps(conn, 7)
        assert (one.gen_time, one.authority) == (AT, "CN=x")


def test_a_file_is_kept_once_under_its_hash(store: LogStore) -> None:
    """The same bytes again change only what is said of them; what is listed comes without them."""
    content = bytes(range(256)) * 4
    with store.writing() as conn:
        digest = evidence_store.put(
            conn, content, "application/pdf", added_at=AT, source="https://example.org/a"
        )
        again = evidence_store.put(conn, content, "text/plain", added_at="later")
        other = evidence_store.put(conn, b"", "text/plain", added_at=AT, retrieved_at=AT)
    assert digest == again == sha256(content).hexdigest()
    with store.reading() as conn:
        found = evidence_store.get(conn, digest)
        assert found is not None
        assert found.content == content
        assert (found.info.media_type, found.info.length) == ("text/plain", 1024)
        assert found.info.added_at == AT
        assert (found.info.source, found.info.retrieved_at) == ("https://example.org/a", None)
        assert evidence_store.get(conn, "0" * 64) is None
        listed = list(evidence_store.listing(conn))
        assert [info.sha256 for info in listed] == sorted([digest, other])
        assert found.info in listed


def test_a_file_that_is_too_large_is_refused(
    store: LogStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message has both numbers, and nothing is kept."""
    monkeypatch.setattr(evidence_store, "MAX_BYTES", 10)
    with pytest.raises(InputError, match="11 bytes, at most 10"), store.writing() as conn:
        evidence_store.put(conn, bytes(11), "text/plain", added_at=AT)
    with store.writing() as conn:
        evidence_store.put(conn, bytes(10), "text/plain", added_at=AT)
        assert len(list(evidence_store.listing(conn))) == 1
