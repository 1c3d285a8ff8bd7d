"""Columns beside what is signed: compared with it where it says so, called unproved elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger import open_ledger
from ledger.errors import InputError
from ledger.log.checkpoint import Ed25519Cosigner, parse_checkpoint
from ledger.log.signed_note import parse_note
from ledger.projections import view_tables
from ledger.sqlite_driver import sqlite3
from ledger.store import checkpoint_store
from ledger.verify.report import VerifyReport
from tests.books import norm
from tests.checkpoints.sealed import PAGE, fill, open_sealed
from tests.spoiling import unguarded

OTHER = b"another page"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed ledger with a witness's line, a file that a claim cites, and one that none does."""
    path = tmp_path_factory.mktemp("beside") / "book.db"
    desk = open_sealed(path)
    fill(desk)
    desk.book.evidence.add(OTHER, media_type="text/plain", source="https://example.org/b")
    size = desk.seal()
    with desk.book.store.writing() as conn:
        held = checkpoint_store.checkpoint_at(conn, size)
        assert held is not None
        signer = Ed25519Cosigner("example.org/witness", Ed25519PrivateKey.generate())
        line = signer.sign(parse_checkpoint(parse_note(held.note).text), 1_704_103_200)
        rows = [(line.name, line.key_id.hex(), line.encode(), 1_704_103_200)]
        checkpoint_store.put_cosignatures(conn, size, rows)
    desk.book.close()
    return path


def _verify(made: Path, tmp_path: Path, *statements: str) -> VerifyReport:
    path = Path(shutil.copy(made, tmp_path / "book.db"))
    with unguarded(path) as conn:
        for statement in statements:
            assert conn.execute(statement).rowcount
    with open_ledger(str(path)) as book:
        return book.verify()


def test_what_follows_from_signed_bytes_holds_and_the_rest_is_named(
    made: Path, tmp_path: Path
) -> None:
    """Nothing is wrong; what nobody signed is among what proves nothing, in words and in JSON."""
    report = _verify(made, tmp_path)
    assert report.faults == ()
    unproved = "\n".join(report.unauthenticated)
    assert "of 1 captured file(s): no claim that cites them says so" in unproved
    assert "the time at which 2 captured file(s) were kept" in unproved
    assert dict(report.summary())["unproved"]
    assert report.to_value()["unauthenticated"] == list(report.unauthenticated)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE checkpoint SET sealed_at = '1999-01-01T00:00:00.000000Z'", "sealed_at"),
        ("UPDATE cosignature SET at = 1", "a cosignature of size"),
        ("UPDATE cosignature SET name = 'example.org/other'", "a cosignature of size"),
        ("UPDATE cosignature SET key_id = '00000000'", "a cosignature of size"),
        ("UPDATE cosignature SET size = 1", "belongs to no checkpoint"),
        (
            "INSERT INTO time_stamp VALUES (1, 0, '2024-01-01T00:00:00.000000Z', 'a', x'00')",
            "belongs to no checkpoint",
        ),
        ("UPDATE evidence SET media_type = 'text/plain'", "media_type of the file"),
        ("UPDATE evidence SET media_type = 'x/y'", "registered"),
        ("UPDATE evidence SET source = 'https://forged.example/'", "source of the file"),
    ],
)
def test_a_column_that_says_otherwise_is_a_fault(
    made: Path, tmp_path: Path, statement: str, words: str
) -> None:
    """Each is a fault in layer `columns`, and nothing else is."""
    report = _verify(made, tmp_path, statement)
    assert {one.layer for one in report.faults} == {"columns"}
    assert any(words in one.message for one in report.faults)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE evidence SET source = CAST(x'68ff' AS TEXT)",
        "UPDATE checkpoint SET sealed_at = CAST(x'68ff' AS TEXT)",
        "UPDATE disclosure SET text = CAST(x'68ff' AS TEXT)",
        "UPDATE claim_version SET activity = CAST(x'68ff' AS TEXT)",
    ],
)
def test_what_cannot_be_read_is_a_fault(made: Path, tmp_path: Path, statement: str) -> None:
    """Text that is no UTF-8 is a fault of what is stored, and no reason to stop looking."""
    report = _verify(made, tmp_path, statement)
    assert "storage" in {one.layer for one in report.faults}


def test_a_view_that_nothing_folds_is_named(made: Path, tmp_path: Path) -> None:
    """A row too many in the table of views."""
    report = _verify(made, tmp_path, "INSERT INTO view VALUES ('more', 1, 1)")
    assert {one.layer for one in report.faults} == {"views"}


def test_what_a_claim_says_of_a_file_counts(tmp_path: Path) -> None:
    """The fault names the entry that cites it; saying of the file what the claim says mends it."""
    desk = open_sealed(tmp_path / "book.db")
    kept = desk.book.evidence.add(PAGE, media_type="text/plain", retrieved_at="2024-01-02")
    cite = {"sha256": kept.sha256, "bytes": kept.length, "media_type": "text/html"}
    report = {"url": "https://example.org/a", "publisher": "E", "title": "T", "evidence": cite}
    when = {"retrieved_at": "2024-01-02T10:00Z"}
    desk.record(norm(key="cites", reports=[{**report, **when}]))
    (fault,) = desk.book.verify().faults
    assert (fault.seq, fault.layer) == (desk.book.size - 1, "columns")
    assert "media_type" in fault.message
    desk.book.evidence.add(PAGE, media_type="text/html")
    assert desk.book.verify().faults == ()
    assert desk.book.evidence.get(kept.sha256).info.retrieved_at == "2024-01-02"
    with pytest.raises(InputError, match="media type"):
        desk.book.evidence.add(OTHER, media_type="x/y")
    desk.book.close()


@pytest.mark.parametrize("behind", [1, 0, -3])
def test_a_status_view_that_is_wrong_is_found_wherever_it_stands(
    tmp_path: Path, behind: int
) -> None:
    """Behind the log it would be shown once it follows; beyond its end it says too much."""
    path = tmp_path / "book.db"
    desk = open_sealed(path)
    desk.record(norm(key="first"))
    desk.book.projections.defer()
    desk.record(norm(key="second", activity="va.exchange"))
    assert desk.book.verify().faults == ()  # behind, and right as far as it goes
    desk.book.projections.catch_up()
    size = desk.book.size
    desk.book.close()
    with sqlite3.connect(path) as conn:
        if behind:
            conn.execute(
                "UPDATE view SET position = ? WHERE name = ?", (size - behind, view_tables.STATUS)
            )
        conn.execute(
            "UPDATE status_segment SET data = CAST(replace(data, 'prohibited', 'legal') AS BLOB)"
        )
    conn.close()
    with open_ledger(str(path)) as book:
        assert {one.layer for one in book.verify().faults} == {"views"}
