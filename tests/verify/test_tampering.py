"""Tampering with what is beside the entries of a database: each kind is named by its layer."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from ledger import open_ledger
from ledger.errors import NotVerified
from ledger.sqlite_driver import sqlite3
from ledger.verify.report import VerifyReport
from tests.books import norm
from tests.checkpoints.sealed import SealedDesk, fill, open_sealed
from tests.examples import seldom
from tests.spoiling import unguarded

Change = Callable[[sqlite3.Connection], object]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger sealed twice, with a captured file and one entry that is not sealed."""
    path = tmp_path_factory.mktemp("made") / "book.db"
    desk = open_sealed(path)
    fill(desk)
    desk.seal()
    _more(desk, "a", "b")
    desk.seal()
    _more(desk, "c")
    desk.book.close()
    return path


def _more(desk: SealedDesk, *names: str) -> None:
    desk.later(minutes=1)
    desk.record(*(norm(key=name) for name in names))


@pytest.fixture
def book(made: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copy(made, tmp_path / "book.db"))


def spoil(path: Path, change: Change) -> None:
    """Change the file behind the ledger's back, guards out of the way."""
    with unguarded(path) as conn:
        conn.execute("PRAGMA ignore_check_constraints = ON")
        change(conn)


def verify(path: Path) -> VerifyReport:
    """Open and verify."""
    with open_ledger(str(path)) as opened:
        return opened.verify()


def test_a_sealed_ledger_holds_and_says_how_far(book: Path) -> None:
    """Both checkpoints hold; the entry after them is unsealed, which is no fault."""
    report = verify(book)
    assert report.faults == ()
    assert (report.size, report.checkpoints, report.sealed, report.unsealed) == (7, 2, 6, 1)
    assert report.evidence == {"present": 1, "missing": 0}


def test_a_lost_file_is_told_and_no_fault(book: Path) -> None:
    """Captured files may be kept elsewhere."""
    spoil(book, lambda c: c.execute("DELETE FROM evidence"))
    report = verify(book)
    assert report.sound
    assert report.evidence == {"present": 0, "missing": 1}


def _flipped_note(conn: sqlite3.Connection, at: int) -> None:
    (note,) = conn.execute("SELECT note FROM checkpoint WHERE size = 6").fetchone()
    bad = note[:at] + bytes([note[at] ^ 1]) + note[at + 1 :]
    conn.execute("UPDATE checkpoint SET note = ? WHERE size = 6", (bad,))


def _cut(conn: sqlite3.Connection) -> None:
    for table in ("entry", "disclosure"):
        conn.execute(f"DELETE FROM {table} WHERE seq >= 5")  # noqa: S608


CASES: dict[str, tuple[Change, str]] = {
    "origin": (lambda c: _flipped_note(c, 2), "checkpoint"),
    "root": (lambda c: _flipped_note(c, 30), "checkpoint"),
    "signature": (lambda c: _flipped_note(c, -20), "checkpoint"),
    "moved": (lambda c: c.execute("UPDATE checkpoint SET size = 5 WHERE size = 6"), "checkpoint"),
    "cut_below_the_checkpoint": (_cut, "checkpoint"),
    "file": (lambda c: c.execute("UPDATE evidence SET content = x'00'"), "evidence"),
    "length": (lambda c: c.execute("UPDATE evidence SET length = 1"), "evidence"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_was_signed_over_the_log_is_checked(book: Path, name: str) -> None:
    """Checkpoints and captured files: the layer is named, and nothing hides it."""
    change, layer = CASES[name]
    spoil(book, change)
    assert layer in {fault.layer for fault in verify(book).faults}


@pytest.mark.parametrize("seq", range(6))
def test_a_sealed_entry_cannot_change_even_if_all_else_is_made_to_fit(book: Path, seq: int) -> None:
    """A consistent forgery by whoever holds the database fails at the checkpoint at least."""
    with sqlite3.connect(book) as conn:
        (data,) = conn.execute("SELECT bytes FROM entry WHERE seq = ?", (seq,)).fetchone()

    def change(conn: sqlite3.Connection) -> None:
        from ledger.log.merkle import leaf_hash

        forged = data.replace(b'"recorded_at":"2024', b'"recorded_at":"2023')
        values = (forged, leaf_hash(forged), seq)
        conn.execute("UPDATE entry SET bytes = ?, leaf_hash = ? WHERE seq = ?", values)

    spoil(book, change)
    report = verify(book)
    assert "checkpoint" in {fault.layer for fault in report.faults}
    assert report.first_bad_seq in {seq, seq + 1}


def test_another_ledgers_entries_are_named(book: Path, tmp_path: Path) -> None:
    """An event of a ledger of the same name cannot be replayed into this one."""
    other = open_sealed(tmp_path / "other.db")
    _more(other, "x")
    with sqlite3.connect(tmp_path / "other.db") as conn:
        (data,) = conn.execute("SELECT bytes FROM entry WHERE seq = 2").fetchone()
    spoil(book, lambda c: c.execute("UPDATE entry SET bytes = ? WHERE seq = 2", (data,)))
    report = verify(book)
    assert report.first_bad_seq == 2
    layers = {fault.layer for fault in report.faults if fault.seq == 2}
    assert {"leaf", "columns"} <= layers
    assert layers & {"prev", "ledger"}


# --- one entry, as it is opened ------------------------------------------------------------------


def _layers(path: Path, seq: int) -> list[str]:
    """The layers that fail for one entry; what cannot be read as an entry at all says so itself."""
    with open_ledger(str(path)) as opened:
        try:
            return [fault.layer for fault in opened.show(f"@{seq}").faults]
        except NotVerified as error:
            return [error.layer] if error.seq == seq else []


def _bytes_at(conn: sqlite3.Connection, seq: int) -> bytes:
    (data,) = conn.execute("SELECT bytes FROM entry WHERE seq = ?", (seq,)).fetchone()
    return bytes(data)


def _put(seq: int, data: bytes, *, leaf: bool) -> Change:
    def change(conn: sqlite3.Connection) -> None:
        conn.execute("UPDATE entry SET bytes = ? WHERE seq = ?", (data, seq))
        if leaf:
            hashed = sha256(b"\x00" + data).digest()
            conn.execute("UPDATE entry SET leaf_hash = ? WHERE seq = ?", (hashed, seq))

    return change


def test_an_untouched_entry_holds_wherever_it_stands(book: Path) -> None:
    """The first, the last, sealed or not: nothing is said against it."""
    assert [_layers(book, seq) for seq in range(7)] == [[]] * 7


@pytest.mark.parametrize("seq", [4, *seldom(0, 6)])
def test_no_flipped_byte_of_an_entry_goes_unnoticed_when_it_is_opened(book: Path, seq: int) -> None:
    """Any byte, whether the stored hash is changed along with it or not."""
    with sqlite3.connect(book) as conn:
        good = _bytes_at(conn, seq)
    conn.close()
    for at in range(seq % 31, len(good), 31):
        bad = good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
        spoil(book, _put(seq, bad, leaf=bool(at % 2)))
        last_and_unsealed = seq == 6 and at % 2
        assert _layers(book, seq) or last_and_unsealed, (seq, at)


@pytest.mark.parametrize(
    ("change", "layer"),
    [
        ("UPDATE entry SET actor = 'reviewer' WHERE seq = 4", "columns"),
        ("UPDATE entry SET claim_key = 'another' WHERE seq = 4", "columns"),
        ("UPDATE entry SET leaf_hash = zeroblob(32) WHERE seq = 3", "prev"),
        ("UPDATE actor_key SET to_seq = 3", "signature"),
        ("DELETE FROM actor_key", "signature"),
        ("UPDATE disclosure SET text = text || ' ', seq = 4", "disclosure"),
        ("UPDATE tree_node SET hash = zeroblob(32)", ""),
    ],
)
def test_what_is_kept_beside_an_entry_is_held_against_it(
    book: Path, change: str, layer: str
) -> None:
    """Its row, the row before it, the key that signed it, the texts that may be erased."""
    spoil(book, lambda conn: conn.execute(change))
    found = _layers(book, 4)
    assert layer in found if layer else found == []


def test_a_changed_time_of_an_entry_is_told_by_the_next_one(book: Path) -> None:
    """The actor signs no recorded_at: hash and column fit it, the chain and the seal do not."""
    with sqlite3.connect(book) as conn:
        good = _bytes_at(conn, 4)
    conn.close()
    spoil(book, _put(4, good.replace(b'"recorded_at":"2024', b'"recorded_at":"2023'), leaf=True))
    stamp = "UPDATE entry SET recorded_at = replace(recorded_at, '2024-', '2023-') WHERE seq = 4"
    spoil(book, lambda conn: conn.execute(stamp))
    assert _layers(book, 4) == ["prev", "tree"]
    assert _layers(book, 5) == ["prev", "tree"]
    with open_ledger(str(book)) as opened:
        (proof,) = opened.show("@0").faults
        assert (proof.layer, opened.show("@0").first_bad_seq) == ("tree", None)  # not its own
        assert opened.show("@5").first_bad_seq == 5
