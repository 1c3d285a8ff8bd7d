"""SQLite keeps a value of any type in any column: what no column is declared for is found."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ledger import open_ledger
from ledger.errors import BadEntry
from ledger.projections import view_tables
from ledger.sqlite_driver import sqlite3
from ledger.verify.report import Findings, VerifyReport
from tests.books import norm
from tests.checkpoints.sealed import fill, open_sealed
from tests.spoiling import unguarded


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed ledger with texts, a captured file, and a cosignature of nobody."""
    path = tmp_path_factory.mktemp("types") / "book.db"
    desk = open_sealed(path)
    fill(desk)
    desk.record(norm(key="more", activity="va.exchange"))
    desk.seal()
    desk.book.close()
    return path


def spoil(made: Path, tmp_path: Path, statement: str) -> Path:
    """Run a statement on a copy whose guards look away."""
    path = Path(shutil.copy(made, tmp_path / "book.db"))
    with unguarded(path) as conn:
        conn.execute("PRAGMA ignore_check_constraints = ON")
        assert conn.execute(statement).rowcount
    return path


def verify(path: Path) -> VerifyReport:
    """Open and verify."""
    with open_ledger(str(path)) as book:
        return book.verify()


@pytest.mark.parametrize(
    ("statement", "seq", "words"),
    [
        ("UPDATE disclosure SET seq = seq + 0.5, text = 'Zm9yZ2Vk'", None, "seq holds real"),
        ("UPDATE disclosure SET text = CAST(text AS BLOB)", 2, "text holds blob"),
        ("UPDATE disclosure SET digest = CAST(digest AS BLOB)", 2, "digest holds blob"),
        ("UPDATE entry SET actor = x'00' WHERE seq = 1", 1, "entry, seq 1: actor holds blob"),
        ("UPDATE checkpoint SET note = CAST(note AS TEXT)", None, "note holds text"),
        ("UPDATE checkpoint SET sealed_at = x'00'", None, "sealed_at holds blob"),
        ("UPDATE evidence SET content = CAST(content AS TEXT)", None, "content holds text"),
        ("UPDATE evidence SET length = 'x'", None, "length holds text"),
        ("UPDATE version SET retracts = 2 WHERE seq = 2", 2, "retracts holds integer"),
        ("UPDATE version SET retracts = 'x' WHERE seq = 2", 2, "retracts holds text"),
        ("UPDATE version SET counts_from = 2.5 WHERE seq = 2", 2, "counts_from holds real"),
        (
            "UPDATE status_segment SET jurisdiction = CAST(jurisdiction AS BLOB)",
            None,
            "table status_segment: jurisdiction holds blob",
        ),
        ("UPDATE view SET position = 'x'", None, "position holds text"),
        ("UPDATE entry SET leaf_hash = 'x' WHERE seq = 2", 2, "leaf_hash holds text"),
        (
            "UPDATE entry SET leaf_hash = 'x' WHERE seq = (SELECT max(seq) FROM entry)",
            None,
            "leaf_hash holds text",
        ),
    ],
)
def test_a_value_of_another_type_is_a_fault(
    made: Path, tmp_path: Path, statement: str, *, seq: int | None, words: str
) -> None:
    """It is named by table, column and seq; no check that meets it ends the verification."""
    path = spoil(made, tmp_path, statement)
    try:
        faults = verify(path).faults
    except BadEntry:  # the ledger cannot even be opened
        assert "max(seq)" in statement
        return
    named = [one for one in faults if one.layer == "storage" and words in one.message]
    assert named, faults
    assert seq in {None, named[0].seq}


@pytest.mark.parametrize("value", ["2", "'x'", "-1", "2.5"])
def test_a_truth_value_is_compared_as_it_is_stored(made: Path, tmp_path: Path, value: str) -> None:
    """What Python takes for true is not what a query finds with ``retracts = 1``."""
    changed = spoil(made, tmp_path, "UPDATE version SET retracts = " + value + " WHERE seq = 2")  # noqa: S608
    with open_ledger(str(made)) as one, open_ledger(str(changed)) as other:
        assert "views" in {f.layer for f in other.verify().faults}
        with one.store.reading() as left, other.store.reading() as right:
            names = [n for n, _ in view_tables.differing_tables(left, right, view_tables.CLAIMS)]
            assert names == ["version"]
            assert list(view_tables.differing_since(left, right, 2)) == ["version"]
            digests = {view_tables.digest(c, view_tables.CLAIMS) for c in (left, right)}
    assert len(digests) == 2


def test_a_row_beyond_every_log_is_a_fault(made: Path, tmp_path: Path) -> None:
    """The largest number of a row: the log does not end there, and nothing overflows."""
    path = Path(shutil.copy(made, tmp_path / "book.db"))
    with open_ledger(str(path)) as book:
        with unguarded(path) as conn:
            conn.execute(
                "INSERT INTO entry SELECT 9223372036854775807, bytes, leaf_hash, "
                "substr(prev, 1, 63) || 'z', 'x', 'x', type, actor, recorded_at, NULL "
                "FROM entry WHERE seq = 1"
            )
        report = book.verify()
        with pytest.raises(BadEntry), book.store.reading() as conn:
            book.store.head(conn)
    assert (2**63 - 1, "seq") in {(one.seq, one.layer) for one in report.faults}


def test_a_status_view_that_folded_nothing_is_named(made: Path, tmp_path: Path) -> None:
    """Its rows are compared with nothing, and no answer rests on them: both are said."""
    path = Path(shutil.copy(made, tmp_path / "book.db"))
    with sqlite3.connect(path) as conn:
        conn.execute("UPDATE view SET position = 0 WHERE name = 'status'")
    conn.close()
    report = verify(path)
    assert report.sound
    assert any("status view" in one for one in report.unauthenticated)


def stumble(kind: type[Exception]) -> None:
    """Fail as a check does that meets another type than it was written for."""
    raise kind


@pytest.mark.parametrize("kind", [TypeError, ValueError, AttributeError, OverflowError])
def test_a_mistake_of_the_program_is_no_fault_of_the_database(kind: type[Exception]) -> None:
    """Only where the database is known to be damaged is a value of another type expected."""
    found = Findings()
    with pytest.raises(kind), found.reading():
        stumble(kind)
    found.add(None, "storage", "a column holds another type")
    with found.reading():
        stumble(kind)
    assert len(found.faults) == 2


def test_what_is_not_kept_is_not_said_to_be_never_made(made: Path, tmp_path: Path) -> None:
    """A database without its checkpoints cannot tell that none was ever signed."""
    report = verify(spoil(made, tmp_path, "DELETE FROM checkpoint"))
    assert dict(report.summary())["sealed"] == "no checkpoint is kept here"
