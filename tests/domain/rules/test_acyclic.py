"""Neither acts nor enabling instruments run in circles, whatever is recorded in whatever order."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
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


# --- powers ------------------------------------------------------------------------------------


def of(instrument: str, **fields: Any) -> Claim:
    """A norm of an instrument."""
    return norm(instrument={"id": instrument}, **fields)


def test_an_act_may_rest_on_its_targets_own_instrument() -> None:
    """An Act that is commenced under its own power depends on nothing but itself."""
    stage = Stage()
    target = stage.record(of("act", commencement="pending"))
    order = stage.record(act("commence", target, enabling_instrument="act"))
    stage.record(act("commence", "instrument:act", enabling_instrument="act"))
    stage.record(act("suspend", order, enabling_instrument="act"))


def test_a_power_does_not_depend_on_what_it_acts_upon() -> None:
    """A norm, the act upon it, its power, which is made under the norm's instrument: a circle."""
    stage = Stage()
    stage.record(of("act"))
    stage.record(under("rules", "act"))
    stage.record(act("suspend", "instrument:rules", enabling_instrument="decree"))
    assert rule_of(lambda: stage.record(under("decree", "rules"))) == "acyclic"
    stage.record(under("decree", "act"))
    assert (
        rule_of(
            lambda: stage.record(act("suspend", "instrument:act", enabling_instrument="decree"))
        )
        == "acyclic"
    )


def test_an_act_upon_an_act_may_close_a_circle() -> None:
    """Who acts upon an act, with a power that rests on what that act changed, is refused."""
    stage = Stage()
    target = stage.record(of("act", key="the-act"))
    first = stage.record(act("suspend", target))
    stage.record(under("rules", "act", "saved_by"))
    with pytest.raises(RuleViolation, match=r"by way of .*the-act") as caught:
        stage.record(act("repeal", first, enabling_instrument="rules", key="late"))
    assert caught.value.rule == "acyclic"
    assert "claim late would" in caught.value.message


def test_a_correction_of_a_power_is_checked_too() -> None:
    """An act may be given another power only where that rests on nothing the act changed."""
    stage = Stage()
    stage.record(of("act"))
    stage.record(under("rules", "act"))
    order = stage.record(act("suspend", "instrument:act", enabling_instrument="other"))
    wrong = act("suspend", "instrument:act", enabling_instrument="rules")
    assert rule_of(stage.correct, order, wrong, by="ana") == "acyclic"
    moved = stage.record(under("other", "nothing"))
    assert rule_of(stage.correct, moved, under("other", "rules"), by="ana") == "acyclic"


LINKS = st.lists(
    st.tuples(
        st.sampled_from(["norm", "act", "act on act"]), st.integers(0, 3), st.integers(0, 3)
    ),
    max_size=10,
)  # fmt: skip


@given(links=LINKS)
def test_what_is_accepted_has_an_order(links: list[tuple[str, int, int]]) -> None:
    """Norms, acts, acts upon acts and powers, in any order: the accepted graph has no circle."""
    stage, acts = Stage(), list[str]()
    for n in range(4):
        stage.record(of(f"i{n}"))
    for kind, own, above in links:
        claim = under(f"i{own}", f"i{above}") if own != above else of(f"i{own}")
        if kind != "norm":
            upon = kind == "act on act" and bool(acts)
            target = acts[own % len(acts)] if upon else f"instrument:i{own}"
            claim = act("suspend", target, enabling_instrument=f"i{above}")
        with suppress(RuleViolation):
            found = stage.record(claim)
            acts += [found] if kind != "norm" else []
    assert_ordered(dict(stage.state.claims()))


def assert_ordered(claims: dict[str, Claim]) -> None:
    """Take away what depends on nothing left, until nothing is left."""
    left = set(claims)
    while left:
        free = {one for one in left if left.isdisjoint(needs(one, claims) - {one})}
        assert free
        assert all(one not in needs(one, claims) for one in free)
        left -= free


def needs(claim_id: str, claims: dict[str, Claim]) -> set[str]:
    """What one claim depends on, written down from the rule's words."""
    claim: Any = claims[claim_id]
    named = {claim_id, f"instrument:{claim.instrument.id}" if claim.instrument else ""}
    found = {i for i, c in claims.items() if c.kind == "lifecycle" and c.target in named}
    powers = {claim.enabling_instrument, getattr(claim, "saved_by", None)}
    if claim.kind == "lifecycle":
        aim: Any = claim
        while aim.kind == "lifecycle" and not aim.target.startswith("instrument:"):
            aim = claims[aim.target]
        powers -= {aim.target[11:] if aim.kind == "lifecycle" else aim.instrument.id}
    return found | {
        i for i, c in claims.items()
        if c.kind == "norm" and c.instrument is not None and c.instrument.id in powers
    }  # fmt: skip
