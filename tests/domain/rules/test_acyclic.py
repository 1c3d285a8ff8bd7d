"""Neither acts nor enabling instruments run in circles, whatever is recorded in whatever order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.claims import Claim
from ledger.errors import RuleViolation
from tests.domain.stage import Stage, act, four_eyes, norm


def rule_of(do: Callable[..., object], *args: Any, **fields: Any) -> str:
    """The rule that refuses what is done."""
    with pytest.raises(RuleViolation) as caught:
        do(*args, **fields)
    return caught.value.rule


def test_no_act_acts_upon_itself() -> None:
    """A correction cannot close a circle of acts, however long."""
    stage = Stage()
    acts = [stage.record(act("suspend", stage.record(norm())))]
    acts += [stage.record(act("repeal", acts[0]))]
    acts += [stage.record(act("repeal", acts[1]))]
    for later in acts:
        assert rule_of(stage.correct, acts[0], act("repeal", later), by="ana") == "acyclic"


def test_two_pending_corrections_cannot_close_a_circle() -> None:
    """What was no circle when recorded is looked at again when it is approved."""
    for together in (False, True):
        stage = four_eyes()
        target = stage.record(norm(), by="rec")
        one = stage.record(act("repeal", target), by="rec")
        two = stage.record(act("repeal", target), by="rec")
        stage.review("approve", target, one, two, by="rev")
        first = stage.correct(one, act("repeal", two), by="rec")
        second = stage.correct(two, act("repeal", one), by="rec")
        if together:
            assert rule_of(stage.review, "approve", first, second, by="rev") == "acyclic"
            continue
        stage.review("approve", first, by="rev")
        assert rule_of(stage.review, "approve", second, by="rev") == "acyclic"


def under(own: str, above: str, how: str = "enabling_instrument") -> Claim:
    """A norm of one instrument, made under another."""
    return norm(instrument={"id": own}, **{how: above})


@pytest.mark.parametrize("how", ["enabling_instrument", "saved_by"])
def test_no_instrument_is_made_under_itself(how: str) -> None:
    """Enabling and saving instruments never lead back, also through pending norms."""
    stage = four_eyes()
    stage.record(under("rules", "act", how), by="rec")
    stage.record(under("order", "rules"), by="rec")
    assert rule_of(lambda: stage.record(under("act", "order", how), by="rec")) == "acyclic"
    stage.record(under("act", "constitution"), by="rec")


def test_a_norms_own_old_content_closes_no_circle() -> None:
    """A correction that turns an enabling relation round is judged without the old content."""
    stage = Stage()
    stage.record(under("rules", "act"))
    wrong = stage.record(under("act", "decree"))
    stage.correct(wrong, under("decree", "act"), by="ana")


@given(
    links=st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(lambda p: p[0] != p[1]), max_size=8
    )
)
def test_accepted_enabling_relations_are_acyclic(links: list[tuple[int, int]]) -> None:
    """Whatever is tried, what is accepted has an order, and only circles are refused."""
    stage, edges = Stage(), set[tuple[int, int]]()
    for own, above in links:
        if _reaches(edges, above, own):
            assert rule_of(stage.record, under(f"i{own}", f"i{above}")) == "acyclic"
        else:
            stage.record(under(f"i{own}", f"i{above}"))
            edges.add((own, above))


def _reaches(edges: set[tuple[int, int]], start: int, goal: int) -> bool:
    return start == goal or any(_reaches(edges, b, goal) for a, b in edges if a == start)
