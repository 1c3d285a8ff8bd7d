"""Sealing: what was signed is remembered outside the database and never contradicted."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from ledger import open_ledger
from ledger.checkpoints.sign import (
    LastSigned,
    SignedCheckpoint,
    adopt_checkpoint,
    count_unsealed,
    log_keys_at,
    sign_checkpoint,
)
from ledger.clock import SimulatedClock
from ledger.errors import BadCheckpoint, Conflict, WouldFork
from ledger.log.checkpoint import Checkpoint, Ed25519Cosigner, log_signers, open_checkpoint, seal
from ledger.log.keys import generate, generate_mldsa44
from ledger.store import checkpoint_store, schema
from tests.books import norm
from tests.checkpoints.sealed import ORIGIN, SealedDesk, open_sealed
from tests.spoiling import put_in_place


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SealedDesk:
    """A ledger of two entries, not sealed."""
    made = open_sealed(tmp_path_factory.mktemp("made") / "a.db")
    made.book.close()
    return made


@pytest.fixture
def desk(made: SealedDesk, tmp_path: Path) -> SealedDesk:
    """A copy of it."""
    return made.copied(tmp_path / "a.db")


@pytest.fixture
def state(tmp_path: Path) -> LastSigned:
    """An empty memory of what was signed."""
    return LastSigned(tmp_path / "log-state")


def test_a_seal_is_signed_with_both_keys_and_remembered_before_it_is_kept(
    desk: SealedDesk, state: LastSigned
) -> None:
    """The note opens with both keys, and the same bytes lie outside the database."""
    sealed = sign_checkpoint(desk.book.store, desk.log_keys, state, clock=desk.clock)
    assert sealed.new
    opened = open_checkpoint(sealed.checkpoint.note, log_keys=desk.vkeys)
    assert opened.checkpoint.size == 2
    assert opened.sealed_at == int(desk.moment.timestamp())
    assert state.read() == sealed.checkpoint.note
    assert count_unsealed(desk.book.store) == 0


def test_sealing_twice_signs_once(desk: SealedDesk, state: LastSigned) -> None:
    """Nothing new, nothing signed: the note stays, though the clock went on."""
    first = sign_checkpoint(desk.book.store, desk.log_keys, state, clock=desk.clock)
    desk.later(hours=1)
    again = sign_checkpoint(desk.book.store, desk.log_keys, state, clock=desk.clock)
    assert not again.new
    assert again.checkpoint == first.checkpoint


def test_growth_is_unsealed_until_the_next_seal(desk: SealedDesk, state: LastSigned) -> None:
    """Entries after the last checkpoint are counted, and the next seal continues the last."""
    sign_checkpoint(desk.book.store, desk.log_keys, state, clock=desk.clock)
    desk.record(norm(key="one"), norm(key="two", activity="va.exchange"))
    assert count_unsealed(desk.book.store) == 2
    assert (
        sign_checkpoint(desk.book.store, desk.log_keys, state, clock=desk.clock).checkpoint.size
        == 4
    )


def test_a_restored_older_backup_cannot_be_sealed(
    desk: SealedDesk, state: LastSigned, tmp_path: Path
) -> None:
    """The error says how many entries were signed before and what to do; nothing is signed."""
    backup = tmp_path / "backup.db"
    put_in_place(tmp_path / "a.db", backup)
    desk.record(norm(key="one"))
    sign_checkpoint(desk.book.store, desk.log_keys, state, clock=desk.clock)
    note = state.read()
    with open_ledger(str(backup), clock=desk.clock) as old:
        with pytest.raises(
            WouldFork,
            match=r"3 entries was signed before, at 2024-01-01T09:00:00Z; this database has 2",
        ) as e:
            sign_checkpoint(old.store, desk.log_keys, state, clock=desk.clock)
        assert "backup" in e.value.hint
    assert state.read() == note


def test_a_backup_that_grew_another_way_cannot_be_sealed(
    desk: SealedDesk, state: LastSigned, tmp_path: Path
) -> None:
    """As long as what was signed, and other: a fork."""
    put_in_place(tmp_path / "a.db", tmp_path / "b.db")
    desk.record(norm(key="one"))
    sign_checkpoint(desk.book.store, desk.log_keys, state, clock=desk.clock)
    with open_ledger(str(tmp_path / "b.db"), clock=desk.clock) as other:
        twin = SealedDesk(other, desk.clock, desk.signers, log_keys=desk.log_keys)
        twin.record(norm(key="other"), norm(key="more", activity="va.exchange"))
        with pytest.raises(WouldFork, match="not those that were signed before"):
            sign_checkpoint(other.store, desk.log_keys, state, clock=desk.clock)


def test_a_clock_behind_the_last_seal_is_refused(desk: SealedDesk, state: LastSigned) -> None:
    """A checkpoint is never older than the one before it."""
    sign_checkpoint(desk.book.store, desk.log_keys, state, clock=desk.clock)
    desk.record(norm(key="one"))
    with pytest.raises(WouldFork, match="clock is behind"):
        sign_checkpoint(
            desk.book.store,
            desk.log_keys,
            state,
            clock=SimulatedClock(desk.moment - timedelta(days=1)),
        )


def test_other_keys_are_refused(desk: SealedDesk, state: LastSigned) -> None:
    """Only the keys that the log names can seal it, and both of them."""
    foreign = log_signers(ORIGIN, generate(), generate_mldsa44())
    for signers in (foreign, desk.log_keys[:1], (desk.log_keys[0], foreign[1])):
        with pytest.raises(Conflict, match="not those of"):
            sign_checkpoint(desk.book.store, signers, state, clock=desk.clock)
    assert state.read() is None


def test_a_lost_memory_is_refused_until_a_checkpoint_is_named(
    desk: SealedDesk, state: LastSigned
) -> None:
    """Without the memory a restored backup could be signed; a published checkpoint brings it."""
    sealed = sign_checkpoint(desk.book.store, desk.log_keys, state, clock=desk.clock)
    state.path.unlink()
    desk.record(norm(key="one"))
    with pytest.raises(Conflict, match="sealed before, at size 2") as caught:
        sign_checkpoint(desk.book.store, desk.log_keys, state, clock=desk.clock)
    assert "--from" in caught.value.hint
    assert adopt_checkpoint(desk.book.store, state, sealed.checkpoint.full).size == 2
    assert (
        sign_checkpoint(desk.book.store, desk.log_keys, state, clock=desk.clock).checkpoint.size
        == 3
    )


def test_adopting_what_the_log_never_signed_is_refused(desk: SealedDesk, state: LastSigned) -> None:
    """Neither a foreign signature, nor a larger size, nor an older checkpoint is taken."""
    store = desk.book.store
    foreign = log_signers(ORIGIN, generate(), generate_mldsa44())
    root = bytes(32)
    with pytest.raises(BadCheckpoint):
        adopt_checkpoint(store, state, seal(Checkpoint(ORIGIN, 2, root), foreign, at=0).encode())
    with pytest.raises(WouldFork, match="this database has 2"):
        adopt_checkpoint(
            store, state, seal(Checkpoint(ORIGIN, 9, root), desk.log_keys, at=0).encode()
        )
    with pytest.raises(WouldFork, match="not those that were signed"):
        adopt_checkpoint(
            store, state, seal(Checkpoint(ORIGIN, 2, root), desk.log_keys, at=0).encode()
        )
    first = sign_checkpoint(store, desk.log_keys, state, clock=desk.clock)
    desk.record(norm(key="one"))
    sign_checkpoint(store, desk.log_keys, state, clock=desk.clock)
    with pytest.raises(Conflict, match="newer checkpoint is remembered"):
        adopt_checkpoint(store, state, first.checkpoint.note)


def test_a_damaged_memory_is_no_empty_memory(desk: SealedDesk, state: LastSigned) -> None:
    """A flipped byte in it stops sealing; it never counts as nothing signed yet."""
    sign_checkpoint(desk.book.store, desk.log_keys, state, clock=desk.clock)
    note = bytearray(state.path.read_bytes())
    note[-10] ^= 1
    state.path.write_bytes(note)
    with pytest.raises(BadCheckpoint, match="memory of what was signed last is damaged"):
        sign_checkpoint(desk.book.store, desk.log_keys, state, clock=desk.clock)


def test_killed_between_signing_and_keeping_the_same_note_is_kept(
    desk: SealedDesk, state: LastSigned, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was signed before the crash is what the database gets: never two for one size."""
    from ledger.store import checkpoint_store

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint_store, "put_checkpoint", killed)
        with pytest.raises(KeyboardInterrupt):
            sign_checkpoint(desk.book.store, desk.log_keys, state, clock=desk.clock)
    note = state.read()
    assert note is not None
    desk.later(hours=1)
    assert (
        sign_checkpoint(desk.book.store, desk.log_keys, state, clock=desk.clock).checkpoint.note
        == note
    )


def test_the_keys_in_force_are_those_of_the_size(desk: SealedDesk) -> None:
    """The log itself names its keys, from its first entry on."""
    with desk.book.store.reading() as conn:
        assert log_keys_at(conn, 2) == desk.vkeys


def test_a_memory_that_was_restored_is_brought_up_by_the_database(
    desk: SealedDesk, state: LastSigned
) -> None:
    """The database's newer checkpoint is signed by the log too: nothing older is signed again."""
    sign_checkpoint(desk.book.store, desk.log_keys, state, clock=desk.clock)
    older = state.path.read_bytes()
    desk.later(hours=2)
    desk.record(norm(key="one"))
    newest = sign_checkpoint(desk.book.store, desk.log_keys, state, clock=desk.clock)
    state.path.write_bytes(older)
    desk.later(hours=1)
    again = sign_checkpoint(desk.book.store, desk.log_keys, state, clock=desk.clock)
    assert not again.new
    assert again.checkpoint == newest.checkpoint
    assert state.read() == newest.checkpoint.note
    # and its time binds as well
    state.path.write_bytes(older)
    desk.record(norm(key="two", activity="va.exchange"))
    with pytest.raises(WouldFork, match="clock is behind"):
        sign_checkpoint(
            desk.book.store,
            desk.log_keys,
            state,
            clock=SimulatedClock(desk.moment - timedelta(hours=2)),
        )


def test_a_forged_checkpoint_in_the_database_stops_sealing(
    desk: SealedDesk, state: LastSigned
) -> None:
    """Whoever can write to the database cannot make the log sign on top of a forged one."""
    sign_checkpoint(desk.book.store, desk.log_keys, state, clock=desk.clock)
    desk.record(norm(key="one"))
    foreign = log_signers(ORIGIN, generate(), generate_mldsa44())
    note = seal(Checkpoint(ORIGIN, 3, bytes(32)), foreign, at=0).encode()
    with desk.book.store.writing() as conn:
        checkpoint_store.put_checkpoint(conn, 3, note, "2024-01-01T00:00:00.000000Z")
    with pytest.raises(BadCheckpoint, match="of size 3 in the database does not verify"):
        sign_checkpoint(desk.book.store, desk.log_keys, state, clock=desk.clock)


def test_a_note_is_remembered_without_the_lines_of_witnesses(
    desk: SealedDesk, state: LastSigned
) -> None:
    """A published checkpoint has them; what the log itself signed has two lines."""
    sealed = sign_checkpoint(desk.book.store, desk.log_keys, state, clock=desk.clock)
    tree = open_checkpoint(sealed.checkpoint.note, log_keys=desk.vkeys).checkpoint
    line = Ed25519Cosigner("witness.example/w", generate()).sign(tree, 1_700_000_000)
    state.path.unlink()
    adopt_checkpoint(desk.book.store, state, sealed.checkpoint.note + line.encode())
    assert state.read() == sealed.checkpoint.note


def test_the_time_kept_is_the_time_signed(desk: SealedDesk, state: LastSigned) -> None:
    """The database says of a checkpoint when it was signed, also where it learned of it later."""
    first = sign_checkpoint(desk.book.store, desk.log_keys, state, clock=desk.clock).checkpoint
    with desk.book.store.writing() as conn:
        conn.execute(sa.delete(schema.checkpoint))
    desk.later(days=3)
    again = sign_checkpoint(desk.book.store, desk.log_keys, state, clock=desk.clock)
    assert again.new
    assert again.checkpoint == first


def test_new_keys_seal_what_they_are_named_for(
    desk: SealedDesk, state: LastSigned, tmp_path: Path
) -> None:
    """From the entry that names them on only they can; a backup from before is called a backup."""
    store = desk.book.store
    old, new = desk.log_keys, log_signers(ORIGIN, generate(), generate_mldsa44())
    sign_checkpoint(store, old, state, clock=desk.clock)
    put_in_place(tmp_path / "a.db", tmp_path / "backup.db")
    names = [str(one.vkey) for one in new]
    desk.book.checkpoints.change_keys(desk.signers["recorder"], actor="recorder", log_keys=names)
    with pytest.raises(Conflict, match="not those of"):
        sign_checkpoint(store, old, state, clock=desk.clock)
    sealed = sign_checkpoint(store, new, state, clock=desk.clock).checkpoint
    open_checkpoint(sealed.note, log_keys=[one.vkey for one in new])
    with store.reading() as conn:
        assert log_keys_at(conn, 2) == desk.vkeys
        assert log_keys_at(conn, 3) == tuple(one.vkey for one in new)
    with open_ledger(str(tmp_path / "backup.db"), clock=desk.clock) as book:
        for signers in (old, new):
            with pytest.raises(WouldFork, match="3 entries was signed before; this database has 2"):
                sign_checkpoint(book.store, signers, state, clock=desk.clock)


def test_two_who_seal_at_once_sign_one_note(desk: SealedDesk, state: LastSigned) -> None:
    """The second waits for the first, and finds nothing left to sign."""
    store = desk.book.store
    start = threading.Barrier(4)

    def run(_: int) -> SignedCheckpoint:
        start.wait()
        return sign_checkpoint(store, desk.log_keys, LastSigned(state.path), clock=desk.clock)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(run, range(4)))
    assert len({one.checkpoint.note for one in found}) == 1
    assert state.read() == found[0].checkpoint.note
