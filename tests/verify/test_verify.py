"""Verification: a sound ledger passes, and every kind of tampering is named with seq and layer."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger import open_ledger
from ledger.projections import view_tables
from ledger.sqlite_driver import sqlite3
from ledger.verify.known_ledgers import KnownLedger, KnownLedgers
from ledger.verify.report import VerifyReport
from ledger.verify.signed_notes import VerifyOptions
from tests.books import Desk, declaration, norm, open_desk
from tests.examples import seldom
from tests.spoiling import put_in_place

Change = Callable[[sqlite3.Connection], object]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of about 300 entries, so that it has a complete tile."""
    path = tmp_path_factory.mktemp("made") / "book.db"
    desk = open_desk(path)
    ids = desk.record(*[norm(key=f"k{i}") for i in range(270)])
    desk.approve(*ids)
    desk.record(declaration(key="said-so", quote="Banned."))
    desk.book.close()
    return path


@pytest.fixture
def book(made: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copy(made, tmp_path / "book.db"))


def spoil(path: Path, change: Change) -> None:
    """Change the file behind the ledger's back: triggers dropped first."""
    with sqlite3.connect(path) as conn:
        conn.execute("PRAGMA ignore_check_constraints = ON")
        names = [n for (n,) in conn.execute("SELECT name FROM sqlite_master WHERE type='trigger'")]
        for name in names:
            conn.execute(f'DROP TRIGGER "{name}"')
        change(conn)
    conn.close()


def verify(path: Path, known: KnownLedgers | None = None) -> VerifyReport:
    """Open and verify."""
    with open_ledger(str(path)) as opened:
        return opened.verify(known=known)


def first(report: VerifyReport) -> tuple[int | None, set[str]]:
    """The first bad seq and every layer that fails there."""
    seq = report.first_bad_seq
    return seq, {f.layer for f in report.faults if f.seq == seq}


def test_a_sound_ledger_has_no_fault(book: Path) -> None:
    """Everything holds, and nobody vouched for it."""
    report = verify(book)
    assert report.faults == ()
    assert report.sound
    assert not report.authenticated
    assert report.disclosures["open"] == 4  # two enrolled names, a person and a quote
    assert report.size > 256


def _flip(seq: int, offset: int) -> Change:
    def change(conn: sqlite3.Connection) -> None:
        (data,) = conn.execute("SELECT bytes FROM entry WHERE seq = ?", (seq,)).fetchone()
        at = offset % len(data)
        bad = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        conn.execute("UPDATE entry SET bytes = ? WHERE seq = ?", (bad, seq))

    return change


@pytest.mark.parametrize("seq", [0, 100, 277, *seldom(1, 5)])
@pytest.mark.parametrize("offset", [3, -60, *seldom(200, 333, -5, -200)])
def test_a_flipped_byte_is_named_with_its_seq(book: Path, seq: int, offset: int) -> None:
    """Whatever the byte, the entry is named, and the stored leaf hash gives it away too."""
    spoil(book, _flip(seq, offset))
    found, layers = first(verify(book))
    assert found == seq
    assert "leaf" in layers


def _forged(conn: sqlite3.Connection) -> None:
    """A flip with the leaf hash made to fit: the next link and the signature remain."""
    from ledger.log.merkle import leaf_hash

    _flip(50, 500)(conn)
    (data,) = conn.execute("SELECT bytes FROM entry WHERE seq = 50").fetchone()
    conn.execute("UPDATE entry SET leaf_hash = ? WHERE seq = 50", (leaf_hash(data),))


def _swapped(conn: sqlite3.Connection) -> None:
    conn.execute("UPDATE entry SET seq = -1 WHERE seq = 40")
    conn.execute("UPDATE entry SET seq = 40 WHERE seq = 41")
    conn.execute("UPDATE entry SET seq = 41 WHERE seq = -1")


def _inserted(conn: sqlite3.Connection) -> None:
    conn.execute("UPDATE entry SET seq = -seq WHERE seq >= 60")
    conn.execute("UPDATE entry SET seq = -seq + 1 WHERE seq < 0")
    conn.execute(
        "INSERT INTO entry SELECT 60, bytes, leaf_hash, hex(randomblob(32)), 'x', event_digest,"
        " type, actor, recorded_at, NULL FROM entry WHERE seq = 59"
    )


def _no_views(conn: sqlite3.Connection) -> None:
    for tables in view_tables.TABLES.values():
        for table in tables:
            conn.execute(f"DELETE FROM {table.name}")  # noqa: S608
    conn.execute("DELETE FROM view")


CASES: dict[str, tuple[Change, int | None, str]] = {
    "deleted": (lambda c: c.execute("DELETE FROM entry WHERE seq = 40"), 40, "seq"),
    "swapped": (_swapped, 40, "seq"),
    "inserted": (_inserted, 60, "seq"),
    "forged_leaf": (_forged, 50, "signature"),
    "bytes_as_text": (
        lambda c: c.execute("UPDATE entry SET bytes = 'abc' WHERE seq = 30"),
        30,
        "format",
    ),
    "no_utf8": (
        lambda c: c.execute("UPDATE entry SET actor = CAST(x'ff' AS TEXT) WHERE seq = 33"),
        33,
        "columns",
    ),
    "no_policy": (lambda c: c.execute("DELETE FROM policy_version"), None, "views"),
    "no_views": (_no_views, None, "views"),
    "column_actor": (
        lambda c: c.execute("UPDATE entry SET actor = 'x' WHERE seq = 7"),
        7,
        "columns",
    ),
    "column_key": (
        lambda c: c.execute("UPDATE entry SET claim_key = 'x' WHERE seq = 9"),
        9,
        "columns",
    ),
    "leaf_hash": (
        lambda c: c.execute("UPDATE entry SET leaf_hash = zeroblob(32) WHERE seq = 9"),
        9,
        "leaf",
    ),
    "tile_hash": (lambda c: c.execute("UPDATE tree_node SET hash = zeroblob(32)"), 255, "tree"),
    "tile_gone": (lambda c: c.execute("DELETE FROM tree_node"), 255, "tree"),
    "tile_extra": (
        lambda c: c.execute("INSERT INTO tree_node VALUES (1, 7, zeroblob(32))"),
        None,
        "tree",
    ),
    "disclosure_changed": (
        lambda c: c.execute("UPDATE disclosure SET text = 'WyJhIiwiYiIsImMiXQ'"),
        2,
        "disclosure",
    ),
    "view_state": (
        lambda c: c.execute("UPDATE version SET state = 'rejected' WHERE seq = 20"),
        20,
        "views",
    ),
    "view_role": (
        lambda c: c.execute("UPDATE actor_role SET role = 'admin' WHERE role = 'reviewer'"),
        None,
        "views",
    ),
    "status_view": (
        lambda c: c.execute("UPDATE status_segment SET data = '{}'"),
        None,
        "views",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_tampering_is_named_with_seq_and_layer(book: Path, name: str) -> None:
    """Each case fails at the seq where it happened, in the layer that sees it."""
    change, seq, layer = CASES[name]
    spoil(book, change)
    report = verify(book)
    assert not report.sound
    named = {f.layer for f in report.faults if seq is None or f.seq == seq}
    assert layer in named
    if seq is not None:
        assert report.first_bad_seq == seq


@pytest.mark.parametrize(
    "name", ["forged_leaf", *seldom("swapped", "deleted", "disclosure_changed")]
)
def test_several_processes_find_what_one_finds(book: Path, name: str) -> None:
    """The same report, word for word, with a pool and without."""
    spoil(book, CASES[name][0])
    with open_ledger(str(book)) as opened:
        one, two = (opened.verify(options=VerifyOptions(jobs=jobs)) for jobs in (1, 2))
    assert one == two
    assert not one.sound


def test_trust_given_on_the_line_must_match(book: Path) -> None:
    """Ledger id and founder authenticate; anything else is a fault in layer trust."""
    with open_ledger(str(book)) as opened:
        report = opened.verify()
        for anchor in (report.ledger, report.founder):
            assert opened.verify(anchor=anchor).authenticated
        wrong = opened.verify(anchor="0" * 64)
        named = opened.verify(anchor=report.log_keys[0])  # it never signed anything
    assert [f.layer for f in wrong.faults] == [f.layer for f in named.faults] == ["trust"]
    assert not wrong.authenticated


def _remember(known: KnownLedgers, report: VerifyReport) -> None:
    known.remember(
        KnownLedger(
            report.ledger,
            report.origin,
            report.founder,
            report.log_keys,
            report.size,
            report.root,
            trusted=True,
        )
    )


def _cut(conn: sqlite3.Connection, size: int) -> None:
    for table in ("entry", "disclosure"):
        conn.execute(f"DELETE FROM {table} WHERE seq >= ?", (size,))  # noqa: S608


def test_a_log_cut_below_the_remembered_size_is_a_rollback(book: Path, tmp_path: Path) -> None:
    """No network needed: this machine remembers how far it saw the log."""
    known = KnownLedgers(tmp_path / "known")
    _remember(known, verify(book))
    assert verify(book, known).authenticated
    spoil(book, lambda c: _cut(c, 100))
    with open_ledger(str(book)) as opened:
        pass
    report = verify(book, known)
    assert "remembered" in {f.layer for f in report.faults}
    assert opened.url == str(book)


def test_a_log_cut_and_written_on_is_a_fork(tmp_path: Path) -> None:
    """The same people continue an older copy: every layer holds but the memory."""
    desk: Desk = open_desk(tmp_path / "book.db")
    desk.enter(norm(key="one"))
    backup = put_in_place(tmp_path / "book.db", tmp_path / "older.db")
    desk.enter(norm(key="two"))
    known = KnownLedgers(tmp_path / "known")
    _remember(known, desk.book.verify())
    fork = Desk(open_ledger(str(backup), clock=desk.clock), desk.clock, desk.signers)
    assert verify(backup, known).faults[0].layer == "remembered"
    fork.enter(norm(key="other"), norm(key="another"))
    report = fork.book.verify(known=known)
    assert report.size >= desk.book.size
    assert [f.layer for f in report.faults] == ["remembered"]


def test_an_empty_log_is_never_sound(book: Path) -> None:
    """Nothing to verify is not success."""
    spoil(book, lambda c: _cut(c, 0))
    report = verify(book)
    assert not report.sound
