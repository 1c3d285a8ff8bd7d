"""What to look at again before signing: acts without effect, and rules that surprise."""

from __future__ import annotations

import pytest

from ledger.domain.claims import Claim
from tests.books import Desk, act, norm, open_desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A ledger with an Act that bans dealing; no test records anything."""
    made = open_desk(tmp_path_factory.mktemp("doubts") / "book.db", review="none")
    made.record(norm(key="ban", instrument={"id": "the-act"}))
    made.on("2024-06-01")
    return made


def told(desk: Desk, *claims: Claim) -> list[tuple[int, str, str]]:
    """Claim, field and message of each doubt."""
    before = len(desk.book)
    found = desk.book.preview.doubts(claims)
    assert len(desk.book) == before
    return [(one.index, one.field, one.message) for one in found]


def test_an_act_without_power_is_told_with_the_reason(desk: Desk) -> None:
    """A circular cannot repeal an Act; an Act can, also on a later day."""
    weak = act(target="key:ban", force="supervisory")
    assert told(desk, weak) == [(0, "act", "this repeal would have no effect: ultra_vires")]
    assert desk.book.preview.doubts([weak])[0].hint == (
        "Its author lacked the power: supervisory force is lower than primary, and the act names "
        "no power under which it was made."
    )
    assert told(desk, act(target="key:ban")) == []
    assert told(desk, act(target="instrument:the-act", at="2024-12-01")) == []


def test_acts_of_one_file_are_seen_together(desk: Desk) -> None:
    """The second of two repeals has nothing to do, and the place of each in the file is told."""
    first = act(target="key:ban", key="first")
    second = act(target="key:ban", key="second", at="2024-04-01", made="2024-04-01")
    assert told(desk, second, first) == [
        (0, "act", "this repeal would have no effect: nothing_to_do")
    ]
    lifted = act(act="lift", target="key:ban", statement="It is lifted.")
    assert [one[:2] for one in told(desk, norm(key="new", activity="va.custody"), lifted)] == [
        (1, "act")
    ]


def test_an_act_upon_an_act_of_the_same_file(desk: Desk) -> None:
    """What is aimed at an act is tried on the norm at the end."""
    stay = act(act="suspend", target="key:ban", key="stay", at="2024-03-01", activity=None)
    lift = act(act="lift", target="key:stay", at="2024-04-01", made="2024-04-01")
    assert told(desk, stay, lift) == []
    late = act(act="lift", target="key:stay", at="2024-04-01", force="supervisory")
    assert told(desk, stay, late) == [(1, "act", "this lift would have no effect: ultra_vires")]


def test_a_rule_that_surprises_is_told(desk: Desk) -> None:
    """A nearer rule that loses to a higher one is told of; one that simply comes later is not."""
    assert told(desk, norm(key="other", effect="permit", made="2024-05-01")) == []
    weaker = norm(
        activity="va.deal", effect="permit", force="delegated", enabling_instrument="x",
        addressees=["bank"], effective_from="2024-05-01", made="2024-05-01",
    )  # fmt: skip
    ((index, field, message),) = told(desk, weaker)
    assert (index, field) == (0, "effect")
    assert "PK/va.deal/bank gets the flag superior_vs_specialis" in message


def test_a_correction_is_looked_at_in_place_of_the_old_content(desk: Desk) -> None:
    """The claim itself is no rival of its own correction."""
    doubts = desk.book.preview.doubts_of_correction
    assert doubts("ban", norm(key="ban", made="2024-01-16")) == ()
    (found,) = doubts("ban", norm(key="ban", made="1402-10-25"))
    assert (found.index, found.field) == (0, "made")
    assert "Solar Hijri" in found.hint


def test_a_large_file_is_asked_about_its_dates_only(desk: Desk) -> None:
    """The cost of working effects out is bounded, whatever the size of the file."""
    many = [act(target="key:ban", force="supervisory", key=f"k{n}") for n in range(51)]
    assert told(desk, *many) == []
