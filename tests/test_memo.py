"""The memo: each value is made once, kept, and bounded in number where asked."""

from __future__ import annotations

from ledger.domain.resolve.facts import Facts, once_per_facts
from ledger.memo import Memo
from tests.domain.worlds import BAN, facts


def test_a_value_is_made_once() -> None:
    """The second question is answered from what is kept."""
    asked: list[int] = []

    def double(number: int) -> int:
        asked.append(number)
        return 2 * number

    memo = Memo(double)
    assert [memo[3], memo[3], memo[4]] == [6, 6, 8]
    assert asked == [3, 4]


def test_a_bounded_memo_forgets_all_before_the_one_beyond() -> None:
    """It never holds more than it may."""
    memo = Memo(str, most=2)
    assert [memo[1], memo[2], memo[3]] == ["1", "2", "3"]
    assert dict(memo) == {3: "3"}


def test_what_is_derived_from_facts_stays_with_these_facts() -> None:
    """Other facts with the same claims are asked again."""
    asked: list[Facts] = []

    @once_per_facts
    def size(given: Facts) -> int:
        asked.append(given)
        return len(given.claims)

    one, other = facts(BAN), facts(BAN)
    assert [size(one), size(one), size(other)] == [1, 1, 1]
    assert asked == [one, other]
