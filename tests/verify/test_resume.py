"""Going on from the last good verification: what is new is checked, what is old is proved."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import Ledger, open_ledger
from ledger.checkpoints.publish import publish
from ledger.checkpoints.storage import DirectoryStorage
from ledger.errors import BadProof, InputError
from ledger.log.merkle import leaf_hash
from ledger.log.witness_policy import simple
from ledger.verify import verify as verifying
from ledger.verify.known_ledgers import KnownLedgers
from ledger.verify.report import VerifyReport
from ledger.verify.resume import KeptStates, program
from ledger.verify.signed_notes import VerifyOptions
from ledger.verify.verify import LedgerTrust, verify_published
from tests.books import act, norm
from tests.checkpoints.sealed import SealedDesk, fill, open_sealed
from tests.examples import seldom
from tests.spoiling import put_in_place, unguarded
from tests.verify.test_published_source import layers

LAST = VerifyOptions(last=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SealedDesk:
    """A sealed ledger of 264 entries."""
    made = open_sealed(tmp_path_factory.mktemp("made") / "book.db")
    fill(made)
    made.record(*(norm(key=f"k{n}") for n in range(260)))
    made.seal()
    made.book.close()
    return made


@pytest.fixture
def desk(made: SealedDesk, tmp_path: Path) -> Iterator[SealedDesk]:
    """A copy of it."""
    desk = made.copied(tmp_path / "book.db")
    yield desk
    desk.book.close()


@pytest.fixture
def known(tmp_path: Path, desk: SealedDesk) -> KnownLedgers:
    """A memory in which the ledger is trusted and its state is kept."""
    known = KnownLedgers(tmp_path / "known")
    known.trust(str(desk.vkeys[0]))
    assert desk.book.verify(known=known).authenticated
    return known


def grow(desk: SealedDesk, name: str = "new") -> int:
    """Record a claim, and an act upon an old one; return the size before."""
    size = desk.book.size
    desk.later(minutes=1)
    desk.record(norm(key=name), act(key=f"{name}-act", target="key:k100"))
    return size


def again(book: Ledger, known: KnownLedgers) -> VerifyReport:
    """Go on from the last verification."""
    return book.verify(known=known, options=LAST)


def change(desk: SealedDesk, *statements: tuple[str, tuple[object, ...]]) -> None:
    """Change the file behind the ledger's back."""
    with unguarded(desk.book.url) as conn:
        for statement, values in statements:
            conn.execute(statement, values)


def altered(desk: SealedDesk, seq: int) -> bytes:
    """The bytes of an entry that says something else."""
    store = desk.book.store
    with store.reading() as conn:
        data = store.bytes_at(conn, seq)
    bad = data.replace(b"Dealing is prohibited.", b"Dealing is permissible")
    assert bad != data
    return bad


def test_only_what_is_new_is_read(desk: SealedDesk, known: KnownLedgers) -> None:
    """A second verification begins where the first ended, a third where the second did."""
    for name in ("one", "two"):
        before = grow(desk, name)
        desk.seal()
        report = again(desk.book, known)
        assert report.sound
        assert report.authenticated
        assert report.read_from == report.since == before
        assert report.sealed == report.size == before + 2
        assert report.verdict.startswith(f"VERIFIED: on from @{before}")
        assert "status view" in dict(report.summary())["since"]
    whole = desk.book.verify(known=known)
    assert whole.sound
    assert (whole.read_from, whole.root) == (0, report.root)


def test_nothing_new_keeps_what_is_known(desk: SealedDesk, known: KnownLedgers) -> None:
    """Without growth the earlier checkpoint still counts, and one sealed meanwhile is checked."""
    report = again(desk.book, known)
    assert (report.read_from, report.sealed, report.checkpoints) == (report.size, report.size, 1)
    assert report.signed_by == tuple(sorted(map(str, desk.vkeys)))


def test_without_a_memory_it_is_refused(desk: SealedDesk) -> None:
    """There is nothing to go on from, and nobody to say so later."""
    with pytest.raises(InputError):
        desk.book.verify(options=LAST)


def test_who_asks_for_more_gets_everything(desk: SealedDesk, known: KnownLedgers) -> None:
    """A policy must be met by some checkpoint of the whole log."""
    report = desk.book.verify(
        known=known, options=VerifyOptions(last=True, policy=simple(desk.vkeys))
    )
    assert report.read_from == 0
    assert "cosignature" in layers(report)


def test_a_ledger_that_nobody_trusts_has_no_state(desk: SealedDesk, tmp_path: Path) -> None:
    """What is not authenticated is not remembered, so every verification reads everything."""
    known = KnownLedgers(tmp_path / "empty")
    for _ in range(2):
        report = again(desk.book, known)
        assert report.sound
        assert report.read_from == 0
        assert "the beginning" in dict(report.summary())["since"]


# --- tampering with the log ----------------------------------------------------------------------


def test_a_bad_new_entry_is_named(desk: SealedDesk, known: KnownLedgers) -> None:
    """Bytes, leaf hash and signature of new entries are checked as ever."""
    seq = grow(desk)
    bad = altered(desk, seq)
    change(desk, ("UPDATE entry SET bytes = ? WHERE seq = ?", (bad, seq)))
    report = again(desk.book, known)
    assert report.read_from == report.first_bad_seq == seq
    assert {"signature", "leaf"} <= layers(report)


def test_an_old_entry_changed_with_its_leaf_hash_is_named(
    desk: SealedDesk, known: KnownLedgers
) -> None:
    """The root that was verified is not reached then, and the whole log is read."""
    grow(desk)
    bad = altered(desk, 260)
    values = (bad, leaf_hash(bad), 260)
    change(desk, ("UPDATE entry SET bytes = ?, leaf_hash = ? WHERE seq = ?", values))
    report = again(desk.book, known)
    assert report.read_from == 0
    assert report.first_bad_seq == 260


def test_an_old_entry_that_the_rules_look_into_is_proved(
    desk: SealedDesk, known: KnownLedgers
) -> None:
    """An act rests on its target: where that was changed, it does not stand under the root."""
    seq = grow(desk)
    target = desk.book.entries.seq_of("k100")
    change(desk, ("UPDATE entry SET bytes = ? WHERE seq = ?", (altered(desk, target), target)))
    report = again(desk.book, known)
    assert (report.read_from, report.first_bad_seq) == (seq, seq + 1)
    assert layers(report) == {"tree"}


def test_an_old_entry_that_nothing_rests_on_is_not_read_again(
    desk: SealedDesk, known: KnownLedgers
) -> None:
    """That is the price, and the report says so; a whole verification finds it."""
    seq = grow(desk)
    change(desk, ("UPDATE entry SET bytes = ? WHERE seq = 7", (altered(desk, 7),)))
    report = again(desk.book, known)
    assert (report.sound, report.read_from) == (True, seq)
    assert "not read again" in dict(report.summary())["since"]
    assert desk.book.verify(known=known).first_bad_seq == 7


def test_a_shorter_log_is_named(desk: SealedDesk, known: KnownLedgers) -> None:
    """A state of more entries than there are is no reason to accept fewer."""
    last = desk.book.size - 1
    change(desk, ("DELETE FROM entry WHERE seq = ?", (last,)))
    report = again(desk.book, known)
    assert report.read_from == 0
    assert "remembered" in layers(report)


def test_a_new_row_of_a_view_that_says_otherwise_is_named(
    desk: SealedDesk, known: KnownLedgers
) -> None:
    """The claims view is compared as far as new entries reach."""
    seq = grow(desk)
    change(desk, ("UPDATE version SET author = 'nobody' WHERE seq = ?", (seq,)))
    report = again(desk.book, known)
    assert (report.read_from, layers(report)) == (seq, {"views"})


# --- tampering with what is kept -----------------------------------------------------------------


def _state(known: KnownLedgers, ledger: str) -> Path:
    return known.directory / "folded" / f"{ledger}.db"


def _note(known: KnownLedgers, ledger: str) -> Path:
    return known.directory / "folded" / f"{ledger}.json"


def _rewrite(path: Path, **members: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **members}))


@pytest.mark.parametrize(
    "how", ["flipped", "no note", *seldom("cut", "gone", "no JSON", "other members")]
)
def test_a_damaged_state_is_not_used(desk: SealedDesk, known: KnownLedgers, how: str) -> None:
    """Everything is read then, a bad old entry is found, and a good log is verified and kept."""
    ledger = desk.book.policy.ledger
    state, note = _state(known, ledger), _note(known, ledger)
    data = state.read_bytes()
    if how == "cut":
        state.write_bytes(data[:-1])
    elif how == "flipped":
        state.write_bytes(data[:5000] + bytes([data[5000] ^ 1]) + data[5001:])
    elif how == "gone":
        state.unlink()
    elif how == "no note":
        note.unlink()
    elif how == "no JSON":
        note.write_bytes(b"{")
    else:
        _rewrite(note, more=1)
    assert again(desk.book, known).read_from == 0
    assert again(desk.book, known).read_from == desk.book.size  # it was kept anew
    state.write_bytes(b"")
    change(desk, ("UPDATE entry SET bytes = ? WHERE seq = 7", (altered(desk, 7),)))
    report = again(desk.book, known)
    assert (report.read_from, report.first_bad_seq) == (0, 7)


def test_a_state_of_another_program_is_not_used(desk: SealedDesk, known: KnownLedgers) -> None:
    """It may have been folded by other rules."""
    ledger = desk.book.policy.ledger
    _rewrite(_note(known, ledger), program=f"{program()}.1")
    assert KeptStates(known.directory).get(ledger) is None
    assert again(desk.book, known).read_from == 0


def test_a_state_of_another_ledger_is_not_used(
    desk: SealedDesk, known: KnownLedgers, tmp_path: Path
) -> None:
    """Neither under its own id nor renamed to this one's."""
    other = open_sealed(tmp_path / "other.db")
    fill(other)
    other.seal()
    known.trust(str(other.vkeys[0]))
    assert other.book.verify(known=known).authenticated
    mine, theirs = desk.book.policy.ledger, other.book.policy.ledger
    shutil.copy(_state(known, theirs), _state(known, mine))
    shutil.copy(_note(known, theirs), _note(known, mine))
    assert again(desk.book, known).read_from == 0
    shutil.copy(_note(known, theirs), _note(known, mine))
    _rewrite(_note(known, mine), ledger=mine)
    assert again(desk.book, known).read_from == 0
    other.book.close()


def test_a_state_beyond_what_is_known_is_not_used(desk: SealedDesk, known: KnownLedgers) -> None:
    """The memory of the ledger says how far it was verified, not the state."""
    ledger = desk.book.policy.ledger
    known.forget(ledger)
    assert again(desk.book, known).read_from == 0


def test_a_state_of_another_copy_is_not_used(
    desk: SealedDesk, known: KnownLedgers, tmp_path: Path
) -> None:
    """The old entries of a copy were never read, so they are now, and a bad one is found."""
    change(desk, ("UPDATE entry SET bytes = ? WHERE seq = 7", (altered(desk, 7),)))
    copy = put_in_place(tmp_path / "book.db", tmp_path / "copy.db")
    with open_ledger(str(copy)) as book:
        report = again(book, known)
    assert (report.read_from, report.first_bad_seq) == (0, 7)


# --- a published log -----------------------------------------------------------------------------


def test_a_published_log_is_gone_on_with(
    desk: SealedDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From within a bundle; tiles are checked as they grow, and a bad new entry is named."""
    monkeypatch.setattr(verifying, "SMALL", 1)
    known, place = KnownLedgers(tmp_path / "places"), DirectoryStorage(tmp_path / "pub")
    known.trust(str(desk.vkeys[0]))
    for size in (264, 266, 1026):
        publish(desk.book.store, place, with_disclosures=True)
        report = verify_published(place, trust=LedgerTrust(known), options=LAST)
        assert report.faults == ()
        assert report.size == size
        before = size
        desk.record(*(norm(key=f"at{size}.{n}") for n in range(2 if size == 264 else 760)))
        desk.seal()
    assert report.read_from == 266
    publish(desk.book.store, place, with_disclosures=True)
    bundle = next((tmp_path / "pub/tile/entries").glob("006.p/*"))
    bundle.write_bytes(bundle.read_bytes().replace(b"Dealing is proh", b"Dealing is perm", 1))
    report = verify_published(place, trust=LedgerTrust(known), options=LAST)
    assert report.read_from == before
    assert {"signature", "leaf"} <= layers(report)


def test_a_seal_of_fewer_entries_than_the_kept_state(desk: SealedDesk, known: KnownLedgers) -> None:
    """Its root lies before what is read; the verification that kept the state compared it."""
    note = desk.book.checkpoints.newest().note
    for start in range(2):
        desk.record(*(norm(key=f"m{start}-{n}") for n in range(150)))
    assert desk.book.verify(known=known).sound
    known.sealed(desk.book.policy.ledger).write_bytes(note)
    grow(desk)
    report = again(desk.book, known)
    assert (report.faults, report.read_from) == ((), 564)
    assert desk.book.verify(known=known).sound


@pytest.mark.parametrize("level", [0, 1])
def test_a_stored_hash_that_is_text_is_no_hash(
    desk: SealedDesk, known: KnownLedgers, level: int
) -> None:
    """The tree is not built from it: the whole log is read instead, and the value is named."""
    table, column = (("entry", "leaf_hash"), ("tree_node", "hash"))[level]
    grow(desk)
    with unguarded(desk.book.url) as conn:
        row = "WHERE seq = 258" if level == 0 else "WHERE level = 1 AND idx = 0"
        changed = conn.execute(f"UPDATE {table} SET {column} = substr(hex({column}), 1, 32) {row}")  # noqa: S608
        assert changed.rowcount == 1
    with desk.book.store.reading() as conn, pytest.raises(BadProof, match="is not bytes"):
        desk.book.store.hashes(conn, level, 0, 260)
    report = again(desk.book, known)
    assert report.since == 0
    assert any(f"{column} holds text" in one.message for one in report.faults)
