"""What holds of every world: order, names, days, scope and strictness never surprise."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.domain.claims import CLAIM
from ledger.domain.resolve.claims_on_cell import claims_on_cell
from ledger.domain.resolve.facts import Cell
from ledger.domain.resolve.matching import affiliations, relevant
from ledger.domain.resolve.resolve import resolve
from ledger.domain.resolve.shared_work import shared_facts_of
from ledger.domain.resolve.status_values import STRICTNESS
from ledger.domain.state_records import CountedClaim
from tests.domain.worlds import TAXONOMY, act, facts, norm, proposal, said
from tests.examples import examples

RUNS = examples(60)
FIRST = date(2024, 1, 1)
DAYS = st.integers(1, 60).map(lambda n: (FIRST + timedelta(days=n)).isoformat())
LATER = st.integers(61, 75).map(lambda n: (FIRST + timedelta(days=n)).isoformat())
TEXTS = st.one_of(DAYS, DAYS, st.sampled_from(("2024-01", "[2024-01-10..2024-02-05]")))
ACTIVITIES = st.sampled_from(("va", "va.exchange", "va.exchange.fiat", "va.mining"))
PLACES = st.sampled_from(("PK", "PK", "PK-KP"))
ACTORS = st.sampled_from(("any", "any", "bank", "vasp", "org:acme"))
FORCES = st.sampled_from(("primary", "primary", "delegated", "supervisory", "judicial"))
CELLS = st.builds(Cell, PLACES, ACTIVITIES, ACTORS)
MAYBE_DAY = st.one_of(st.none(), TEXTS)


def _some(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


@st.composite
def norms(draw: st.DrawFn, number: int) -> CountedClaim:
    """A norm of an instrument of its own, perhaps made under an earlier one."""
    under = draw(st.integers(-3, number - 1))
    enabling = f"I{under}" if under >= 0 else "NOWHERE" if under == -1 else None
    return norm(
        f"n{number}",
        draw(st.sampled_from(("prohibit", "authorise", "permit", "not_recognise"))),
        draw(TEXTS),
        jurisdiction=draw(PLACES),
        activity=draw(ACTIVITIES),
        addressees=[draw(ACTORS)],
        force="delegated" if enabling else draw(st.sampled_from(("primary", "supervisory"))),
        instrument={"id": f"I{number}"},
        **_some(
            enabling_instrument=enabling,
            regime=draw(st.sampled_from((None, None, "banking"))),
            made=draw(MAYBE_DAY),
            commencement=draw(st.sampled_from((None, None, None, "pending"))),
        ),
    )


@st.composite
def acts(draw: st.DrawFn, number: int, targets: list[str], suspensions: list[str]) -> CountedClaim:
    """An act with a scope upon a norm, or upon a suspension before it."""
    kind = draw(
        st.sampled_from(("repeal", "suspend", "commence", "postpone", "extend", "lift", "revive"))
    )
    upon = suspensions if suspensions and kind in {"repeal", "lift", "extend"} else targets
    day = draw(TEXTS)
    return act(
        f"x{number}",
        kind,
        draw(st.sampled_from(upon)),
        day,
        jurisdiction=draw(PLACES),
        activity=draw(st.one_of(st.none(), ACTIVITIES)),
        addressees=[draw(ACTORS)],
        force=draw(FORCES),
        **_some(
            made=draw(DAYS) if kind in {"postpone", "extend"} else draw(MAYBE_DAY),
            until=draw(LATER) if kind in {"extend", "revive"} else None,
            enabling_instrument=draw(st.sampled_from((None, "I0", "NOWHERE"))),
        ),
    )


@st.composite
def worlds(draw: st.DrawFn) -> list[CountedClaim]:
    """Up to four norms, five acts and three statements."""
    made = [draw(norms(n)) for n in range(draw(st.integers(1, 4)))]
    targets = [one.id for one in made] + ["instrument:I0"]
    done: list[CountedClaim] = []
    for n in range(draw(st.integers(0, 5))):
        suspensions = [one.id for one in done if getattr(one.claim, "act", "") == "suspend"]
        done.append(draw(acts(n, targets, suspensions)))
    told = [
        proposal(f"p{n}", stage, draw(TEXTS), activity=draw(ACTIVITIES), bill="bill")
        for n, stage in enumerate(draw(st.lists(st.sampled_from(("tabled", "vetoed")), max_size=2)))
    ]
    if draw(st.booleans()):
        told.append(said("s", "not:prohibited", draw(TEXTS), issuer="PK.SBP"))
    return [*made, *done, *told]


def answer(claims: list[CountedClaim], cell: Cell, day: str) -> dict[str, Any]:
    """The whole answer as JSON values."""
    return resolve(cell, day=date.fromisoformat(day), facts=facts(*claims)).to_value()


@RUNS
@given(worlds(), CELLS, DAYS, st.randoms(use_true_random=False))
def test_the_order_of_claims_and_unrelated_ones_never_matter(
    world: list[CountedClaim], cell: Cell, day: str, chance: Any
) -> None:
    """Nor does what cannot bear on the cell."""
    expected = answer(world, cell, day)
    shuffled = list(world)
    chance.shuffle(shuffled)
    assert answer(shuffled, cell, day) == expected
    elsewhere = norm("zz", "prohibit", "2024-01-01", jurisdiction="DE", activity="va.tax")
    known = facts(*world, elsewhere)
    near = relevant(cell, known)
    assert "zz" not in near.index.by_id
    found = resolve(cell, day=date.fromisoformat(day), facts=near).to_value()
    assert {**found, "known_at": None} == {**expected, "known_at": None}


@RUNS
@given(worlds(), CELLS, DAYS)
def test_names_never_decide(world: list[CountedClaim], cell: Cell, day: str) -> None:
    """Other ids in the opposite order: the same status, reason, flags and basis."""
    names = {one.id: f"r{99 - n:02}" for n, one in enumerate(world)}
    renamed = []
    for one in world:
        claim = one.claim
        target = getattr(claim, "target", None)
        if target in names:
            claim = CLAIM.validate_python({**claim.model_dump(), "target": names[target]})
        renamed.append(replace(one, id=names[one.id], claim=claim))
    before, after = answer(world, cell, day), answer(renamed, cell, day)
    for part in ("status", "reason", "flags", "possible", "actors", "children", "places"):
        assert after[part] == before[part]
    assert after["basis"] == sorted(names[one] for one in before["basis"])
    assert {one["act"]: one["outcomes"] for one in after["acts"]} == {
        names[one["act"]]: one["outcomes"] for one in before["acts"]
    }


@RUNS
@given(worlds(), CELLS)
def test_nothing_changes_between_change_days(world: list[CountedClaim], cell: Cell) -> None:
    """Status, reason and basis hold from one change day to the next."""
    claims = claims_on_cell(cell, facts(*world))
    days = set(claims.change_days)
    before = None
    for number in range(FIRST.toordinal() - 5, FIRST.toordinal() + 70):
        then = claims.outline(number, "prudential")
        assert number in days or before in (None, then)
        before = then


@RUNS
@given(worlds(), CELLS, DAYS)
def test_an_act_never_changes_a_cell_outside_its_scope(
    world: list[CountedClaim], cell: Cell, day: str
) -> None:
    """As if it had not been made, whatever it is about."""
    known = facts(*world)
    shared = shared_facts_of(known)
    on = affiliations(cell, TAXONOMY, date.fromisoformat(day))
    lifecycles = [one for one in world if one.claim.kind == "lifecycle"]
    aimed_at = {getattr(one.claim, "target", None) for one in lifecycles}
    outside = [
        one
        for one in lifecycles
        if one.id not in aimed_at and not shared.scopes.bears(one, cell, on)
    ]
    assume(outside)
    found = answer(world, cell, day)
    without = answer([one for one in world if one not in outside], cell, day)
    for part in ("status", "reason", "basis", "losers", "candidates", "acts", "possible"):
        assert found[part] == without[part]


@RUNS
@given(worlds(), CELLS, DAYS)
def test_a_prohibition_of_another_regime_never_makes_an_answer_milder(
    world: list[CountedClaim], cell: Cell, day: str
) -> None:
    """Restrictions cumulate."""
    ban = norm("zz", "prohibit", "2024-01-01", made="2024-01-01", regime="energy")
    before, after = answer(world, cell, day), answer([*world, ban], cell, day)
    assert STRICTNESS.get(after["status"], 0) >= STRICTNESS.get(before["status"], 0)
