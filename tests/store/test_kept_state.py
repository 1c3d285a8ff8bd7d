"""What a writer keeps between its appends: used while the head is the one it left, else dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from ledger import open_ledger
from ledger.domain.definitions import Body
from ledger.errors import NotCompleted, RuleViolation, UnknownId
from ledger.store.log_store import LogStore
from tests.books import Desk, act, declaration, norm, note, open_desk
from tests.statements import statements

ACME = Body(id="acme", name="Acme", jurisdiction="PK")


@pytest.fixture
def desk(url: str) -> Iterator[Desk]:
    """A ledger at an address of either back end, without review."""
    made = open_desk(url, review="none")
    made.book.projections.defer()
    yield made
    made.book.close()


@pytest.fixture
def other(desk: Desk) -> Iterator[Desk]:
    """The same ledger, opened by another writer."""
    with open_ledger(desk.book.url, clock=desk.clock) as book:
        book.projections.defer()
        yield replace(desk, book=book)


@pytest.mark.parametrize(
    ("make", "most"),
    [
        (lambda: note(key="second"), 8),
        (lambda: norm(key="second", instrument={"id": "PK-2", "title": "Act 2"}), 9),
        (lambda: declaration(key="second"), 9),  # the name of the speaker lies beside the log
    ],
)
def test_one_claim_takes_few_statements(desk: Desk, make: Callable[[], Any], most: int) -> None:
    """One look-up of keys, the head, one look-up of ids; then each table is written once."""
    desk.record(declaration(key="first"))
    with statements(desk.book.store.engine) as seen:
        desk.record(make())
    locking = 2 if desk.book.store.engine.dialect.name == "postgresql" else 0
    assert len(seen) <= most + locking, "\n".join(seen)


def test_many_claims_take_no_more_statements_than_one(desk: Desk) -> None:
    """Each table is written in one batch, and each kind of look-up is one question for all."""
    desk.record(declaration(key="first"))
    with statements(desk.book.store.engine) as seen:
        desk.record(*(note(key=f"k{n}") for n in range(100)))
    locking = 2 if desk.book.store.engine.dialect.name == "postgresql" else 0
    assert len(seen) <= 8 + locking, "\n".join(seen)


def test_many_norms_take_one_question_about_their_instruments(desk: Desk) -> None:
    """Whether anything was made under an instrument is asked for all of a batch at once."""
    desk.record(note(key="first"))
    made = [norm(key=f"k{n}", instrument={"id": f"PK-{n}", "title": "Act"}) for n in range(50)]
    with statements(desk.book.store.engine) as seen:
        desk.record(*made)
    locking = 2 if desk.book.store.engine.dialect.name == "postgresql" else 0
    assert len(seen) <= 9 + locking, "\n".join(seen)
    under = norm(key="below", force="delegated", enabling_instrument="PK-1", instrument={"id": "B"})
    desk.record(under)
    with pytest.raises(RuleViolation, match="itself"):
        desk.record(
            norm(key="up", instrument={"id": "PK-1"}, force="delegated", enabling_instrument="B")
        )
    assert desk.book.verify().faults == ()


def test_two_writers_in_turn_see_what_the_other_wrote(desk: Desk, other: Desk) -> None:
    """Each finds another head than it left, and decides by what the other recorded."""
    (first,) = desk.record(norm(key="rule", instrument={"id": "PK-1", "title": "Act 1"}))
    other.record(act(key="repeal", target="key:rule"))
    other.book.define([ACME], **other.who("recorder"))
    desk.record(norm(key="about-acme", addressees=["org:acme"]))
    desk.book.correct("rule", norm(key="rule"), reason_code="wrong_date", **desk.who("recorder"))
    other.book.retract("rule", reason_code="wrong_date", **other.who("recorder"))
    with pytest.raises(RuleViolation, match="retracted"):
        desk.record(act(key="too-late", target="key:rule"))
    other.book.actors.revoke_role("recorder", "recorder", **other.who("admin"))
    with pytest.raises(RuleViolation, match="is not recorder"):
        desk.record(note())
    assert desk.book.show(first).faults == ()
    assert desk.book.verify().faults == ()


def test_a_refused_claim_leaves_nothing_behind(desk: Desk) -> None:
    """Claims before the refused one were folded, and are forgotten with it."""
    desk.record(norm(key="rule"))
    size = desk.book.size
    batch = [norm(key="good"), act(key="act", target="key:rule"), norm(key="bad", issuer="nobody")]
    with pytest.raises(UnknownId):
        desk.record(*batch)
    assert desk.book.size == size
    desk.record(*batch[:2])
    assert desk.book.verify().faults == ()


def test_a_transaction_rolled_back_leaves_nothing_behind(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What failed after everything was folded and written is read again from the tables."""
    desk.record(norm(key="rule"))

    def fail(*_: Any) -> None:
        raise NotCompleted("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(LogStore, "put_disclosures", fail)
        with pytest.raises(NotCompleted):
            desk.record(norm(key="lost"), act(key="act", target="key:rule"))
    desk.record(norm(key="lost"), act(key="other", target="key:lost"))
    assert desk.book.verify().faults == ()


def test_definitions_in_between_are_seen(desk: Desk) -> None:
    """The taxonomy is read again after a definition, and only then."""
    with pytest.raises(UnknownId):
        desk.record(norm(addressees=["org:acme"]))
    desk.record(norm(key="a"))
    desk.book.define([ACME], **desk.who("recorder"))
    desk.record(norm(key="b", addressees=["org:acme"]))
    with statements(desk.book.store.engine) as seen:
        desk.record(norm(key="c", addressees=["org:acme"]))
    assert not [one for one in seen if "FROM definition" in one]
    assert desk.book.verify().faults == ()


def test_definitions_that_wait_are_seen(url: str) -> None:
    """What waits is named as waiting, and no longer once it was approved."""
    desk = open_desk(url)
    with desk.book:
        desk.record(norm(key="a"))
        (defined,) = desk.book.define([ACME], **desk.who("recorder"))
        (claim,) = desk.record(norm(key="b", addressees=["org:acme"]))
        with pytest.raises(RuleViolation, match="does not count yet"):
            desk.approve(claim)
        desk.approve(defined.event)
        desk.approve(claim)
        assert desk.book.verify().faults == ()


def test_tables_folded_again_are_read_again(desk: Desk) -> None:
    """A writer that lives through a rebuild decides by the tables as they are now."""
    desk.record(norm(key="rule"))
    with desk.book.store.writing() as conn:  # damage that the kept state does not show
        conn.execute(sa.text("UPDATE actor_role SET to_seq = 1 WHERE actor = 'recorder'"))
    desk.record(norm(key="second"))
    desk.book.projections.rebuild()
    with statements(desk.book.store.engine) as seen:
        desk.record(norm(key="third"))
    assert [one for one in seen if "FROM actor_role" in one]
    assert desk.book.verify().faults == ()
