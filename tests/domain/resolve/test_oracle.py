"""The resolver against a naive one, over small random worlds."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.domain.resolve.facts import Cell, Facts
from ledger.domain.resolve.intervals import PRECISE, holds
from ledger.domain.resolve.matching import relevant
from ledger.domain.resolve.resolve import resolve
from ledger.domain.resolve.shared_work import shared_facts_of
from ledger.domain.resolve.timeline import change_days, timeline
from ledger.domain.state_records import CountedClaim
from tests.domain.resolve.oracle import EPOCH, WORLD, Oracle
from tests.domain.worlds import TAXONOMY, act, facts, norm

RUNS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
DAYS = st.integers(min_value=5, max_value=50)
PLACES = ("PK", "PK-KP")
ACTIVITIES = ("va", "va.stablecoin", "va.stablecoin.issue")
ON_NORMS = (
    "repeal",
    "replace",
    "annul",
    "suspend",
    "lift",
    "extend",
    "revive",
    "commence",
    "postpone",
    "amend",
)
ON_ACTS = ("repeal", "replace", "annul", "suspend")

_OLDER = pytest.mark.skip(reason="the naive reading follows the rules before acts had a scope")


def day(number: int) -> str:
    """A day of the small world, as text."""
    return (EPOCH + timedelta(days=number)).isoformat()


@st.composite
def norms(draw: st.DrawFn, count: int) -> list[CountedClaim]:
    """Some norms, the later ones possibly made under the instruments of the earlier."""
    out = []
    for i in range(draw(st.integers(min_value=1, max_value=count))):
        start = draw(DAYS)
        fields: dict[str, Any] = {
            "force": draw(st.sampled_from(["constitutional", "primary", "primary", "supervisory"])),
            "jurisdiction": draw(st.sampled_from(PLACES)),
            "activity": draw(st.sampled_from(ACTIVITIES)),
            "addressees": draw(st.sampled_from([["any"], ["bank"], ["any", "bank"], ["vasp"]])),
            "regime": draw(st.sampled_from([None, None, "va", "banking"])),
            "instrument": {"id": f"I{i}"},
            "made": draw(st.one_of(st.none(), DAYS.map(day))),
        }
        if draw(st.booleans()):
            fields["effective_to"] = day(start + draw(st.integers(min_value=0, max_value=20)))
        if i and draw(st.booleans()):
            fields["enabling_instrument"] = f"I{draw(st.integers(0, i - 1))}"
            fields["saved_by"] = draw(st.sampled_from([None, "I0", "nowhere"]))
            if fields["saved_by"] == f"I{i}":
                fields["saved_by"] = None
        if draw(st.integers(0, 3)) == 0:
            other = draw(st.integers(0, count - 1))
            fields["overrides"] = [
                {
                    "claim": draw(st.sampled_from([f"n{other}", f"instrument:I{other}"])),
                    "provision": "1",
                }
            ]
        if draw(st.integers(0, 5)) == 0:
            fields["commencement"] = "pending"
        effect = draw(st.sampled_from(["prohibit", "authorise", "permit"]))
        out.append(norm(f"n{i}", effect, day(start), **fields))
    return out


@st.composite
def lifecycles(draw: st.DrawFn, targets: list[CountedClaim], count: int) -> list[CountedClaim]:
    """Acts upon these norms and upon each other, without circles."""
    out: list[CountedClaim] = []
    for i in range(draw(st.integers(min_value=0, max_value=count))):
        target = draw(st.sampled_from([*targets, *out, *out]))
        kinds = ON_NORMS
        if target.claim.kind == "lifecycle":
            on_suspension = ("lift", "extend") if target.claim.act == "suspend" else ()
            kinds = (*ON_ACTS, *on_suspension)
        kind = draw(st.sampled_from(kinds))
        at = draw(DAYS)
        fields: dict[str, Any] = {
            "force": draw(st.sampled_from(["judicial", "primary", "primary", "constitutional"])),
            "jurisdiction": draw(st.sampled_from(["PK", "PK", "PK", "PK-KP"])),
        }
        if kind == "postpone" or draw(st.booleans()):
            fields["made"] = day(draw(DAYS))
        if kind == "extend" or draw(st.booleans()):
            fields["until"] = day(at + draw(st.integers(min_value=0, max_value=20)))
        if kind == "annul":
            fields["ex_tunc"] = draw(st.booleans())
        aim = target.id
        if target.claim.kind == "norm" and draw(st.integers(0, 3)) == 0:
            aim = f"instrument:I{target.id[1:]}"
        out.append(act(f"x{i}", kind, aim, day(at), **fields))
    return out


@st.composite
def worlds(draw: st.DrawFn, most_norms: int = 4, most_acts: int = 5) -> list[CountedClaim]:
    """Norms and acts in some order."""
    some = draw(norms(most_norms))
    return draw(st.permutations([*some, *draw(lifecycles(some, most_acts))]))


@_OLDER
@RUNS
@given(worlds(most_norms=2, most_acts=6))
def test_norms_are_in_force_on_the_days_a_naive_reading_says(world: list[CountedClaim]) -> None:
    """Every norm, on every day, with and without suspensions."""
    known = facts(*world)
    forces = shared_facts_of(known).in_force[PRECISE, frozenset()]
    oracle = Oracle(world, TAXONOMY)
    for counted in world:
        if counted.claim.kind != "norm":
            continue
        for suspended in (True, False):
            spans = forces.days(counted, "in_force" if suspended else "unsuspended")
            for number in WORLD:
                found = holds(spans, EPOCH.toordinal() + number)
                assert found is oracle.in_force(counted.id, number, suspended=suspended), number


@_OLDER
@RUNS
@given(
    worlds(most_norms=6, most_acts=3),
    st.sampled_from(PLACES),
    st.sampled_from(ACTIVITIES),
    st.sampled_from(["any", "bank", "vasp"]),
)
def test_statuses_are_those_of_a_naive_reading(
    world: list[CountedClaim], place: str, activity: str, actor: str
) -> None:
    """Status, reason and basis of a cell, on every tenth day and around every change."""
    known, oracle = facts(*world), Oracle(world, TAXONOMY)
    cell = Cell(place, activity, actor)
    for number in range(0, 60, 7):
        found = resolve(cell, day=EPOCH + timedelta(days=number), view="normative", facts=known)
        expected = oracle.status(place, activity, actor, number)
        assert (found.status, found.reason, found.basis) == expected


@_OLDER
@RUNS
@given(worlds(most_norms=3, most_acts=4))
def test_nothing_changes_between_change_days(world: list[CountedClaim]) -> None:
    """A timeline says of every day what resolving that day says."""
    known, oracle = facts(*world), Oracle(world, TAXONOMY)
    cell = Cell("PK-KP", "va.stablecoin", "bank")
    segments = timeline(cell, known, "normative")
    assert segments[0].from_day is None
    assert segments[-1].to_day is None
    for earlier, later in pairwise(segments):
        assert earlier.to_day is not None
        assert earlier.to_day + timedelta(days=1) == later.from_day
    days = change_days(cell, known)
    assert list(days) == sorted(set(days))
    for number in WORLD:
        today = EPOCH + timedelta(days=number)
        here = next(
            s
            for s in segments
            if (s.from_day is None or s.from_day <= today)
            and (s.to_day is None or today <= s.to_day)
        )
        expected = oracle.status(cell.jurisdiction, cell.activity, cell.actor, number)
        assert (here.status, here.reason) == expected[:2]


@RUNS
@given(worlds(), st.randoms(use_true_random=False), st.integers(5, 50))
def test_order_and_unrelated_claims_never_matter(
    world: list[CountedClaim], chance: Any, number: int
) -> None:
    """Shuffled, among strangers, or cut down to what is relevant: the same bytes."""
    cell = Cell("PK", "va.stablecoin", "bank")
    strangers = [
        norm("far", "prohibit", "2020-01-01", jurisdiction="DE"),
        norm("other", "prohibit", "2020-01-01", activity="va.mining"),
        act("far-end", "repeal", "far", "2024-01-20", jurisdiction="DE"),
        norm("tender", "prohibit", "2020-01-01", activity="recognition.tender"),
    ]
    shuffled = [*world, *strangers]
    chance.shuffle(shuffled)
    today = EPOCH + timedelta(days=number)

    def answer(known: Facts) -> dict[str, Any]:
        fixed = Facts(known.claims, (), known.taxonomy, size=7, head="00", rules=1)
        return resolve(cell, day=today, facts=fixed).to_value()

    expected = answer(facts(*world))
    assert answer(facts(*reversed(world))) == expected
    assert answer(facts(*shuffled)) == expected
    assert answer(relevant(cell, facts(*shuffled))) == expected
    kept = {c.id for c in relevant(cell, facts(*shuffled)).claims}
    assert not kept & {"far", "other", "far-end", "tender"}


@RUNS
@given(
    worlds(most_norms=5, most_acts=2), st.integers(5, 50), st.sampled_from(["primary", "delegated"])
)
def test_a_prohibition_in_another_regime_never_makes_an_answer_milder(
    world: list[CountedClaim], number: int, force: str
) -> None:
    """Regimes cumulate: a rule that overrides nothing can only make the answer stricter."""
    more = norm(
        "more", "prohibit", "2024-01-01", force=force, regime="aml", enabling_instrument="none"
    )
    order = ["legal", "undetermined", "under_framework", "prohibited"]
    today = EPOCH + timedelta(days=number)
    for activity in ACTIVITIES:
        cell = Cell("PK", activity, "bank")
        before = resolve(cell, day=today, view="normative", facts=facts(*world))
        after = resolve(cell, day=today, view="normative", facts=facts(*world, more))
        beaten = any(c.claim.force == "constitutional" for c in world)
        assert beaten or after.status == "prohibited"
        if before.status != "undetermined":
            assert order.index(after.status) >= order.index(before.status)


@pytest.mark.parametrize("seed", range(3))
def test_the_same_inputs_give_the_same_bytes(seed: int) -> None:
    """Resolving twice, from facts made anew, gives equal values."""
    world = [
        norm(f"n{i}", effect, day(5 + i), made=day(i), regime=regime)
        for i, (effect, regime) in enumerate(
            [("prohibit", "va"), ("authorise", "tax"), ("permit", "va")][seed:]
        )
    ]
    cell = Cell("PK", "va", "any")
    once = resolve(cell, day=EPOCH + timedelta(days=30), facts=facts(*world))
    again = resolve(cell, day=EPOCH + timedelta(days=30), facts=facts(*world))
    assert once == again
    assert once.to_value() == again.to_value()
