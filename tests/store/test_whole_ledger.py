"""The whole ledger on each back end: record, review, correct, ask, verify, rebuild."""

from __future__ import annotations

import pytest

from tests.books import Desk, act, norm, open_desk


@pytest.fixture
def desk(url: str) -> Desk:
    """A four-eyes ledger at an address of either back end."""
    return open_desk(url)


def test_a_story_is_the_same_on_each_back_end(desk: Desk) -> None:
    """Record, approve, correct, repeal: the answers, a sound log and views that rebuild alike."""
    with desk.book:
        desk.on("2024-01-20")
        desk.enter(norm(key="rule", quote="It is prohibited."), act(target="key:rule"))
        desk.on("2024-05-01")
        change = desk.book.correct(
            "rule",
            norm(key="rule", effective_from="2024-02-10"),
            reason_code="wrong_date",
            **desk.who("recorder"),
        )
        desk.approve(change.event)
        answers = [
            desk.book.status("PK", "va.deal", as_of=day, known_at=known).status
            for day, known in (
                ("2024-02-05", "2024-04-30"),
                ("2024-02-05", "2024-05-01"),
                ("2024-02-10", "2024-05-01"),
                ("2024-03-01", "2024-05-01"),
            )
        ]
        assert answers == ["prohibited", "undetermined", "prohibited", "undetermined"]
        assert desk.book.verify().faults == ()
        before = desk.book.snapshot(as_of="2024-02-15").to_json()
        assert all(old == new for old, new in desk.book.projections.rebuild().values())
        assert desk.book.snapshot(as_of="2024-02-15").to_json() == before
