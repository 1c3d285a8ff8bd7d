"""A claim without a key that says what is said already: found, reported, recorded when asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.errors import AlreadyRecorded
from ledger.projections.claim_content import content_digest
from ledger.store import schema as s
from tests.books import REPORT, Desk, act, declaration, norm, open_desk

SELECTED = [{**REPORT, "selector": {"exact": "the words"}}]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A ledger of three people."""
    return open_desk(tmp_path / "a.db")


def test_salts_do_not_tell_twins_apart(desk: Desk) -> None:
    """Names, quotes and selectors get new salts each time, and are compared as opened."""
    claim = declaration(quote="it is banned", reports=SELECTED)
    desk.record(claim)
    (twin,) = desk.book.preview.identical([claim])
    assert (twin.index, twin.state) == (0, "pending")
    assert twin.seq == desk.book.size - 1
    unlike = [
        declaration(quote="it was banned", reports=SELECTED),
        declaration(quote="it is banned"),
        declaration(quote="it is banned", reports=SELECTED, speakers=[{"person": "B. Person"}]),
        declaration(quote="it is banned", reports=SELECTED, note="x"),
    ]
    assert desk.book.preview.identical(unlike) == ()
    assert content_digest(unlike[0]) == content_digest(claim) == content_digest(unlike[1])


def test_a_key_makes_a_claim_its_own(desk: Desk) -> None:
    """What has a key is idempotent by it; without one it is a twin of the keyed."""
    desk.enter(norm(key="a"))
    assert desk.book.preview.identical([norm(key="b")]) == ()
    (twin,) = desk.book.preview.identical([norm()])
    assert twin.state == "counting"
    (found,) = desk.book.preview.identical([norm(key="c", made="2024"), norm(made="2024")])
    assert (found.index, found.first, found.seq) == (1, 0, None)


def test_what_no_longer_stands_may_be_said_again(desk: Desk) -> None:
    """A claim that was rejected, retracted or corrected says it no more; its correction does."""
    (rejected,) = desk.record(norm())
    desk.book.review([rejected], "reject", reason_code="other", **desk.who("reviewer"))
    (gone,) = desk.enter(norm())
    done = desk.book.retract(gone, reason_code="other", **desk.who("recorder"))
    desk.approve(done.event)
    desk.enter(norm(key="a"))
    corrected = norm(key="a", made="2024-01-10")
    done = desk.book.correct("a", corrected, reason_code="wrong_date", **desk.who("recorder"))
    desk.approve(done.event)
    assert desk.book.preview.identical([norm()]) == ()
    assert [t.seq for t in desk.book.preview.identical([norm(made="2024-01-10")])] == [done.seq]


def test_references_are_compared_by_what_they_mean(desk: Desk) -> None:
    """`key:a` and the id it stands for are one target, also where the file has the norm again."""
    desk.enter(norm(key="a"), act(target="key:a"))
    assert len(desk.book.preview.identical([act(target="key:a")])) == 1
    assert len(desk.book.preview.identical([norm(key="a"), act(target="key:a")])) == 1
    assert desk.book.preview.identical([norm(key="b"), act(target="key:b")]) == ()


def test_recording_refuses_all_or_nothing_unless_again(desk: Desk) -> None:
    """The error names each claim; with ``again`` all are recorded."""
    desk.record(norm())
    size = desk.book.size
    both = [norm(), norm(statement="Another."), norm(statement="Another.")]
    for call in (lambda: desk.record(*both), lambda: desk.book.preview.rehearse(both)):
        with pytest.raises(AlreadyRecorded) as caught:
            call()
        assert [twin.partition(":")[0] for twin in caught.value.twins] == ["claim 1", "claim 3"]
    assert desk.book.size == size
    done = desk.book.record(both, again=True, **desk.who("recorder"))
    assert [one.outcome for one in done] == ["recorded"] * 3


def test_the_digest_is_that_of_a_replay(desk: Desk) -> None:
    """It is made of what can't be erased: folding the log again gives the same column."""
    desk.record(declaration(quote="it is banned", reports=SELECTED), norm(key="a"))
    with desk.book.store.reading() as conn:
        before = conn.execute(s.claim_version.select()).all()
    with desk.book.store.writing() as conn:
        conn.execute(s.disclosure.delete())
    desk.book.projections.rebuild()
    with desk.book.store.reading() as conn:
        assert conn.execute(s.claim_version.select()).all() == before
