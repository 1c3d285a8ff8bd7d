"""Faults by somebody without any key: bytes of a published log were changed after sealing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.log.checkpoint import Checkpoint, parse_checkpoint
from ledger.log.merkle import leaf_hash, root
from ledger.log.signed_note import Note, parse_note
from ledger.log.tiles import bundle_path, encode_bundle, encode_tile, tile_path
from ledger.log.witness_policy import simple
from tests.vectors.cases import HOLDS, Case, bad
from tests.vectors.forging import BUNDLE, TILE, Book, chain, outside, put, sealed
from tests.vectors.people import ORIGIN, STRANGER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.vectors.people import LogKeys


def cases(book: Book, other: LogKeys) -> Iterator[Case]:
    """Yield them; ``other`` are keys of the same name that are not this log's."""
    yield Case("good", "twelve entries, as published", {}, HOLDS, HOLDS, HOLDS)
    yield from _entries(book)
    yield from _places(book)
    yield from _files(book)
    yield from _notes(book, other)


def _entries(book: Book) -> Iterator[Case]:
    yield Case(
        "edited_field",
        "the statement of the claim at 6 was changed",
        outside(book, put(6, b"Dealing is prohibited.", b"Dealing is permitted..")),
        bad(6, "leaf", "signature"),
        bad(6, "signature"),
    )
    yield Case(
        "edited_recorded_at",
        "the time of entry 6 was changed, which no actor signs",
        outside(
            book,
            put(6, b'"recorded_at":"2024-01-01T09:01:00', b'"recorded_at":"2024-01-01T09:00:30'),
        ),
        bad(6, "leaf"),
        bad(6, "leaf"),
    )
    yield Case(
        "bad_signature",
        "one bit of the signature of entry 6 was changed",
        outside(book, _flipped_signature),
        bad(6, "leaf", "signature"),
        bad(6, "signature"),
    )
    yield Case(
        "bad_prev_hash",
        "prev of entry 6 was changed",
        outside(book, put(6, book.entries[6].split(b'"prev":"')[1][:4], b"0000")),
        bad(6, "leaf", "prev"),
        bad(6, "prev"),
    )
    yield Case(
        "clock_backwards",
        "recorded_at of entry 6 was set before that of entry 5",
        outside(book, put(6, b'"recorded_at":"2024', b'"recorded_at":"2023')),
        bad(6, "leaf", "recorded_at"),
        bad(6, "recorded_at"),
    )
    yield Case(
        "non_canonical_entry",
        "a space was added to entry 6",
        outside(book, put(6, b'"format":1', b'"format": 1')),
        bad(6, "canonical", "leaf"),
        bad(6, "canonical"),
    )
    yield Case(
        "unknown_format",
        "entry 6 says format 2",
        outside(book, put(6, b'"format":1', b'"format":2')),
        bad(6, "format", "leaf"),
        bad(6, "format"),
    )


def _flipped_signature(entries: list[bytes]) -> None:
    at = entries[6].rindex(b'"sig":"') + 10
    entries[6] = entries[6][:at] + bytes([entries[6][at] ^ 1]) + entries[6][at + 1 :]


def _places(book: Book) -> Iterator[Case]:
    def swap(entries: list[bytes]) -> None:
        entries[4], entries[5] = entries[5], entries[4]

    yield Case(
        "reordered_4_5",
        "entries 4 and 5 changed places",
        outside(book, swap),
        bad(4, "disclosure", "leaf", "seq"),
        bad(4, "seq"),
    )
    yield Case(
        "replayed_entry",
        "entry 6 stands again in the place of entry 7",
        outside(book, lambda entries: entries.__setitem__(7, entries[6])),
        bad(7, "leaf", "rules", "seq"),
        bad(7, "seq"),
    )
    stranger = book.dispute(signer=STRANGER)
    inserted = chain([*book.rows[:6], stranger])[6]
    yield Case(
        "inserted_entry",
        "a stranger's entry was put before entry 6, and the last one dropped",
        outside(
            book, lambda entries: entries.__setitem__(slice(6, 12), [inserted, *entries[6:11]])
        ),
        bad(6, "disclosure", "key", "leaf"),
        bad(6, "key"),
    )
    yield Case(
        "deleted_entry",
        "entry 6 was taken out of the bundle, which has eleven entries now",
        outside(book, lambda entries: entries.__delitem__(6)),
        bad(6, "disclosure", "leaf", "seq"),
        bad(6, "seq"),
    )
    yield Case(
        "truncated_bundle",
        "the last entry was taken out of the bundle, whose name still says twelve",
        outside(book, lambda entries: entries.__delitem__(11)),
        bad(11, "seq", "tiles"),
        bad(11, "tiles"),
    )
    yield Case(
        "truncated_within_entry",
        "the bundle ends within entry 11",
        {BUNDLE: book.files[BUNDLE][:-20]},
        bad(11, "canonical", "leaf", "tiles"),
        bad(11, "tiles"),
    )
    short = book.entries[:11]
    yield Case(
        "truncated_tail",
        "bundle and tile are those of eleven entries, the checkpoint is of twelve",
        {
            BUNDLE: None,
            TILE: None,
            bundle_path(0, 11): encode_bundle(short),
            tile_path(0, 0, 11): encode_tile([leaf_hash(one) for one in short]),
        },
        bad(0, "tiles"),
        bad(0, "tiles"),
    )
    yield Case(
        "bytes_after_bundle",
        "an entry was added to the bundle, whose name still says twelve",
        outside(book, lambda entries: entries.append(entries[11])),
        bad(11, "tiles"),
        bad(11, "tiles"),
    )


def _files(book: Book) -> Iterator[Case]:
    tile = book.files[TILE]
    yield Case(
        "bad_tile_hash",
        "the hash of leaf 5 in the tile was changed",
        {TILE: tile[:160] + bytes([tile[160] ^ 1]) + tile[161:]},
        bad(5, "leaf"),
        bad(5, "leaf"),
    )
    yield Case(
        "missing_tile",
        "the tile of leaf hashes is gone",
        {TILE: None},
        bad(0, "tiles"),
        bad(0, "tiles"),
    )
    yield Case(
        "short_tile",
        "the tile of leaf hashes has lost its last hash",
        {TILE: tile[:-32]},
        bad(0, "tiles"),
        bad(0, "tiles"),
    )
    yield Case(
        "missing_bundle",
        "the bundle of entries is gone",
        {BUNDLE: None},
        bad(0, "tiles"),
        bad(0, "tiles"),
    )
    page = next(path for path in book.files if path.startswith("evidence/"))
    yield Case(
        "bad_evidence",
        "a captured file has other bytes",
        {page: book.files[page].replace(b"prohibited", b"permitted..")},
        bad(None, "evidence"),
        bad(None, "evidence"),
    )
    texts = book.files["disclosures/000"]
    yield Case(
        "bad_disclosure",
        "a disclosed text was changed",
        {"disclosures/000": _other_text(texts)},
        bad(2, "disclosure"),
        bad(2, "disclosure"),
    )
    yield Case(
        "withheld_disclosures",
        "no disclosed text was published: that is no fault",
        {"disclosures/000": None},
        HOLDS,
        HOLDS,
        HOLDS,
    )


def _other_text(data: bytes) -> bytes:
    at = data.index(b'"text":"') + 20
    return data[:at] + (b"A" if data[at : at + 1] != b"A" else b"B") + data[at + 1 :]


def _notes(book: Book, other: LogKeys) -> Iterator[Case]:
    note = parse_note(book.files["checkpoint"])
    tree = parse_checkpoint(note.text)
    refused = bad(None, "checkpoint")
    leaves = [leaf_hash(one) for one in book.entries]
    wrong = Checkpoint(ORIGIN, 12, leaves[0])
    yield Case(
        "bad_root",
        "the checkpoint has another root than the one that was signed",
        {"checkpoint": Note(wrong.text(), note.signatures).encode()},
        refused,
        refused,
    )
    yield Case(
        "bad_size",
        "the checkpoint says eleven entries, with the root of eleven; it was signed for twelve",
        {
            "checkpoint": Note(
                Checkpoint(ORIGIN, 11, root(leaves[:11])).text(), note.signatures
            ).encode(),
            bundle_path(0, 11): encode_bundle(book.entries[:11]),
            tile_path(0, 0, 11): encode_tile(leaves[:11]),
        },
        refused,
        refused,
    )
    yield Case(
        "missing_checkpoint",
        "there is no checkpoint",
        {"checkpoint": None},
        bad(None, "checkpoint", "empty"),
        refused,
    )
    yield Case(
        "wrong_log_key",
        "the checkpoint is signed by other keys of the same name",
        {"checkpoint": sealed(tree, other)},
        refused,
        refused,
    )
    yield Case(
        "missing_log_signature",
        "the checkpoint has lost its post-quantum signature",
        {"checkpoint": Note(note.text, note.signatures[:1]).encode()},
        refused,
        refused,
    )
    line = note.signatures[0].encode()
    yield Case(
        "doubled_log_signature",
        "the checkpoint has one signature line twice",
        {"checkpoint": book.files["checkpoint"] + line},
        refused,
        refused,
    )
    yield Case(
        "impostor_log_signature",
        "a line in the log's name, by a key that is not the log's, was added",
        {"checkpoint": book.files["checkpoint"] + other[0].sign(tree, 0).encode()},
        refused,
        refused,
    )
    yield Case(
        "wrong_policy_keys",
        "the file policy names other keys of the log's name",
        {"policy": simple([key.vkey for key in other]).encode()},
        refused,
        refused,
    )
