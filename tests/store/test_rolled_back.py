"""An older copy of a database, put back on the machine that saw more: nothing is added to it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger import Ledger, open_ledger
from ledger.domain.definitions import Body
from ledger.errors import NotVerified, RolledBack
from ledger.log import keys
from ledger.log.checkpoint import log_signers
from ledger.verify.known_ledgers import KnownLedgers
from ledger.verify.rollback_memory import RollbackMemory
from tests.books import LOG_KEY, Desk, norm, open_desk
from tests.spoiling import put_in_place


def _copy(url: str, tmp_path: Path) -> str:
    """Copy a database as it is now, as a backup would; return where to."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return f"sqlite:///{shutil.copy(str(parsed.database), tmp_path / 'older.db')}"
    name = f"{parsed.database}_older"
    admin = sa.create_engine(
        parsed.set(drivername="postgresql+psycopg", database="postgres"),
        isolation_level="AUTOCOMMIT",
        poolclass=sa.NullPool,
    )
    with admin.connect() as conn:
        conn.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {parsed.database}"))
    return parsed.set(database=name).render_as_string(hide_password=False)


def _drop(url: str) -> None:
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "postgresql":
        server = parsed.set(drivername="postgresql+psycopg", database="postgres")
        admin = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with admin.connect() as conn:
            conn.execute(sa.text(f"DROP DATABASE {parsed.database} WITH (FORCE)"))


@pytest.fixture
def desk(url: str) -> Iterator[Desk]:
    """A ledger with a claim that counts and one that waits."""
    made = open_desk(url)
    made.enter(norm(key="first"))
    made.record(norm(key="waits"))
    yield made
    made.book.close()


@pytest.fixture
def older(desk: Desk, url: str, tmp_path: Path) -> Iterator[Desk]:
    """A backup, made before the log grew."""
    desk.book.close()
    where = _copy(url, tmp_path)
    desk.record(norm(key="later"))
    with open_ledger(where, clock=desk.clock) as book:
        yield Desk(book, desk.clock, desk.signers)
    _drop(where)


def _verbs(desk: Desk) -> dict[str, Callable[[], object]]:
    """Everything that adds to a ledger."""
    book, recorder, reviewer, admin = (
        desk.book,
        *map(desk.who, ("recorder", "reviewer", "admin")),
    )
    new = keys.KeySigner(keys.generate())
    body = Body(id="NEW", name="A new body", jurisdiction="PK")
    return {
        "record": lambda: desk.record(norm(key="other")),
        "rehearse": lambda: book.preview.rehearse([norm(key="other")], actor="recorder"),
        "correct": lambda: book.correct(
            "first", norm(key="first", note="n"), **recorder, reason_code="other"
        ),
        "retract": lambda: book.retract("first", **recorder, reason_code="other"),
        "dispute": lambda: book.dispute("first", **recorder, reason_code="other"),
        "review": lambda: book.review(["waits"], "approve", **reviewer),
        "define": lambda: book.define([body], **recorder),
        "policy": lambda: book.change_policy(**admin, review="none"),
        "log keys": lambda: book.checkpoints.change_keys(**admin, log_keys=[LOG_KEY]),
        "enroll": lambda: book.actors.enroll(book.actors.key_request(new, "new"), **admin),
        "rotate": lambda: book.actors.rotate_key(book.actors.key_request(new, "reviewer"), **admin),
        "revoke": lambda: book.actors.revoke_key("reviewer", **admin),
        "grant": lambda: book.actors.grant("recorder", "reviewer", **admin),
        "revoke role": lambda: book.actors.revoke_role("reviewer", "reviewer", **admin),
        "evidence": lambda: book.evidence.add(b"page", media_type="text/plain"),
    }


def _trusted(book: Ledger) -> KnownLedgers:
    known = KnownLedgers()
    known.trust(book.policy.ledger)
    return known


def test_nothing_is_added_to_a_copy_older_than_what_was_verified(desk: Desk, older: Desk) -> None:
    """Every verb that adds something is refused, says why, and leaves the copy as it is."""
    known = _trusted(desk.book)
    assert desk.book.verify(known=known).sound
    size = older.book.size
    for name, verb in _verbs(older).items():
        with pytest.raises(RolledBack, match=f"{size + 1} were verified here before") as caught:
            verb()
        assert "bring back the newer database" in caught.value.hint, name
    assert (older.book.size, older.book.evidence.kept()) == (size, ())
    assert "rolled back" in str(older.book.checkpoints.rollback())
    for given in (None, known):
        faults = older.book.verify(known=given).faults
        assert [one.layer for one in faults] == ["remembered"]
    # the newer one goes on, and reading the older one does too
    desk.record(norm(key="on"))
    assert older.book.status("PK", "va.deal").status


def test_the_same_verbs_go_through_where_nothing_newer_was_seen(desk: Desk) -> None:
    """The refusals above come from the memory and from nothing else."""
    _trusted(desk.book)
    desk.book.verify(known=KnownLedgers())
    verbs = _verbs(desk)
    for name in ("record", "dispute", "review", "define", "grant", "enroll", "evidence"):
        verbs[name]()
    assert desk.book.checkpoints.rollback() is None


def test_a_copy_older_than_what_was_sealed(tmp_path: Path, url: str) -> None:
    """A seal is remembered beside the keys and with the known ledgers: each alone is enough."""
    state = tmp_path / "keys" / "example.org_test.log-state"
    state.parent.mkdir()
    signers = log_signers(
        "example.org/test", Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate()
    )
    desk = open_desk(url)
    admin = desk.who("admin")
    desk.book.checkpoints.change_keys(**admin, log_keys=[str(one.vkey) for one in signers])
    desk.book.close()
    where = _copy(url, tmp_path)
    desk.record(norm(key="later"))
    desk.book.checkpoints.seal(signers, state)
    assert KnownLedgers().get(desk.book.policy.ledger) is None
    elsewhere = tmp_path / "elsewhere"
    nothing = RollbackMemory(lambda _origin: elsewhere / "state", elsewhere)
    memories = {
        "keys": RollbackMemory(lambda _origin: state, elsewhere),
        "known": RollbackMemory(lambda _origin: elsewhere / "state"),
    }
    for memory in memories.values():
        with open_ledger(where, clock=desk.clock, memory=memory) as book:
            with pytest.raises(RolledBack, match="it was rolled back or cut off"):
                book.record([norm(key="x")], **desk.who("recorder"))
            with pytest.raises(RolledBack):
                book.checkpoints.seal(signers, state)
            assert "remembered" in {one.layer for one in book.verify().faults}
    with open_ledger(where, clock=desk.clock, memory=nothing) as book:
        book.record([norm(key="fork")], **desk.who("recorder"))
        assert book.verify().sound
    # as long now as what was sealed, and another log
    with (
        open_ledger(where, clock=desk.clock, memory=memories["keys"]) as book,
        pytest.raises(RolledBack, match="rewritten or forked"),
    ):
        book.record([norm(key="x")], **desk.who("recorder"))
    desk.book.close()
    _drop(where)


def test_a_copy_put_back_under_an_open_ledger(tmp_path: Path) -> None:
    """A ledger that stays open looks again when its memory or the end of its log has moved."""
    path = tmp_path / "book.db"
    desk = open_desk(path)
    desk.record(norm(key="first"))
    put_in_place(path, tmp_path / "older.db")
    known = _trusted(desk.book)
    with open_ledger(str(path), clock=desk.clock) as other:
        other.record([norm(key="second")], **desk.who("recorder"))
        assert other.verify(known=known).sound
    put_in_place(tmp_path / "older.db", path)
    with pytest.raises(RolledBack):
        desk.record(norm(key="third"))
    desk.book.close()


def test_a_damaged_memory_stops_an_append(tmp_path: Path) -> None:
    """What cannot be read is no reason to go on."""
    state = tmp_path / "state"
    desk = open_desk(tmp_path / "book.db")
    desk.book.close()
    state.write_bytes(b"junk")
    memory = RollbackMemory(lambda _origin: state)
    with open_ledger(str(tmp_path / "book.db"), clock=desk.clock, memory=memory) as book:
        with pytest.raises(NotVerified, match="damaged"):
            book.record([norm()], **desk.who("recorder"))
        with pytest.raises(NotVerified, match="damaged"):
            book.checkpoints.rollback()


def test_a_look_is_not_repeated_while_nothing_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A series of appends looks once: what it finds is the end that it left."""
    desk = open_desk(tmp_path / "book.db")
    desk.record(norm(key="k0"))
    looks = []
    monkeypatch.setattr(KnownLedgers, "get", lambda _self, ledger: looks.append(ledger))
    for number in range(1, 4):
        desk.record(norm(key=f"k{number}"))
    assert looks == []
    with open_ledger(str(tmp_path / "book.db"), clock=desk.clock) as other:
        other.record([norm(key="other")], **desk.who("recorder"))
    assert len(looks) == 1
    desk.record(norm(key="k4"))
    assert len(looks) == 2
    desk.book.close()
