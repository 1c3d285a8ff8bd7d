"""The resolver against a naive one, over the worked examples and small random ledgers."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from ledger.domain.resolve.facts import Cell, Facts
from ledger.domain.resolve.matching import relevant
from ledger.domain.resolve.resolve import resolve
from ledger.domain.resolve.timeline import change_days, timeline
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import Taxonomy
from tests.domain.resolve.comparison import answers, first_difference
from tests.domain.resolve.oracle import expected
from tests.domain.resolve.oracle_world import Ask
from tests.domain.resolve.random_ledgers import Ledger, random_ledger
from tests.domain.resolve.small_world import HORIZON, TAXONOMY, on
from tests.domain.resolve.worked_example import Example
from tests.domain.resolve.worked_examples import EXAMPLES
from tests.domain.worlds import act, norm
from tests.examples import share

QUICK, SLOW = 300, 4_000  # ledgers
ORDER = ("legal", "undetermined", "under_framework", "prohibited")


def known(claims: Any, taxonomy: Taxonomy) -> Facts:
    """Facts that do not tell how many claims they hold."""
    return Facts(tuple(claims), (), taxonomy, size=7, head="00", rules=1)


def value(ledger: Ledger, ask: Ask, claims: Any = None) -> dict[str, Any]:
    """The whole answer to a question, as JSON values."""
    facts = known(ledger.claims if claims is None else claims, ledger.taxonomy)
    return resolve(Cell(*ask.cell), day=ask.day, view=ask.view, facts=facts).to_value()  # type: ignore[arg-type]


# --- the naive resolver ---------------------------------------------------------------------------


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_the_naive_resolver_and_the_real_one_give_the_worked_examples(example: Example) -> None:
    """Status or reason, and flags, as the rules' own examples have them; both resolvers agree."""
    for cell, day, words in example.asks:
        place, activity, actor = cell.split()
        ask = Ask((place, activity, actor), date.fromisoformat(day), example.view)
        found = expected(example.claims, TAXONOMY, ask)
        have = {found.status.status, found.status.reason, found.status.kind, *found.flags}
        for word in words.split():
            assert (word.removeprefix("!") in have) is not word.startswith("!"), (day, word, have)
        assert not answers(example.claims, TAXONOMY, ask, neighbours=True), day


def test_random_ledgers_are_answered_as_a_naive_reading_answers_them() -> None:
    """Status, reason, basis, flags, states, outcomes: every part of the answer."""
    for seed in range(share(QUICK)):
        assert first_difference(seed) is None


def test_neighbours_that_differ_are_those_of_a_naive_reading() -> None:
    """Actors, activities and places below whose status differs."""
    for seed in range(share(QUICK // 10)):
        assert first_difference(seed, asks=1, neighbours=True) is None


@pytest.mark.slow
def test_many_random_ledgers_are_answered_as_a_naive_reading_answers_them() -> None:
    """The same over thousands of other ledgers, a tenth of them with their neighbours."""
    for seed in range(QUICK, QUICK + SLOW):
        assert first_difference(seed, neighbours=seed % 10 == 0) is None


# --- properties -----------------------------------------------------------------------------------


def test_a_timeline_says_of_every_day_what_resolving_that_day_says() -> None:
    """Nothing changes between change days, and the segments leave no gap."""
    for seed in range(share(15)):
        ledger = random_ledger(seed, asks=1)
        ask = ledger.asks[0]
        cell, facts = Cell(*ask.cell), known(ledger.claims, ledger.taxonomy)
        segments = timeline(cell, facts, "normative")
        assert segments[0].from_day is None
        assert segments[-1].to_day is None
        for earlier, later in pairwise(segments):
            assert earlier.to_day is not None
            assert earlier.to_day + timedelta(days=1) == later.from_day
        days = change_days(cell, facts)
        assert list(days) == sorted(set(days))
        for number in range(0, HORIZON, 3):
            today = on(number)
            here = next(
                s for s in segments if (s.from_day or today) <= today <= (s.to_day or today)
            )
            normative = replace(ask, day=today, view="normative")
            wanted = expected(ledger.claims, ledger.taxonomy, normative, neighbours=False).status
            assert (here.status, here.reason) == (wanted.status, wanted.reason), (seed, today)


STRANGERS = (
    norm("far", "prohibit", "2020-01-01", jurisdiction="GB"),
    norm("other", "prohibit", "2020-01-01", activity="dc.ai"),
    act("far-end", "repeal", "far", "2024-01-20", jurisdiction="GB"),
)


def test_order_and_unrelated_claims_never_matter() -> None:
    """Shuffled, among strangers, or cut down to what is relevant: the same bytes."""
    for seed in range(40):
        ledger = random_ledger(seed, asks=1)
        ask = ledger.asks[0]
        shuffled = [*ledger.claims, *STRANGERS]
        random.Random(seed).shuffle(shuffled)  # noqa: S311  # a test's dice
        wanted = value(ledger, ask)
        assert value(ledger, ask, reversed(ledger.claims)) == wanted
        assert value(ledger, ask, shuffled) == wanted
        few = relevant(Cell(*ask.cell), known(shuffled, ledger.taxonomy))
        assert value(ledger, ask, few.claims) == wanted
        assert not {c.id for c in few.claims} & {c.id for c in STRANGERS}


def test_names_of_claims_never_matter() -> None:
    """Under other ids, in another order, the same status, reason and flags."""
    for seed in range(40):
        ledger = random_ledger(seed, asks=1)
        names = {c.id: f"z{i}" for i, c in enumerate(ledger.claims)}
        renamed = [_renamed(c, names) for c in ledger.claims]
        before, after = (
            value(ledger, ledger.asks[0], claims) for claims in (ledger.claims, renamed)
        )
        for part in ("status", "reason", "recognition", "possible", "children", "actors"):
            assert before[part] == after[part], (seed, part)
        assert sorted(names[i] for i in before["basis"]) == sorted(after["basis"])


def _renamed(counted: CountedClaim, names: dict[str, str]) -> CountedClaim:
    claim: Any = counted.claim
    if claim.kind == "lifecycle":
        claim = claim.model_copy(update={"target": names.get(claim.target, claim.target)})
    elif claim.kind == "norm":
        named = tuple(
            o.model_copy(update={"claim": names.get(o.claim, o.claim)}) for o in claim.overrides
        )
        claim = claim.model_copy(update={"overrides": named})
    return replace(counted, id=names[counted.id], claim=claim)


def test_an_act_never_changes_a_cell_outside_its_scope() -> None:
    """Limited to another activity, actor or place, it is as if it had not been made."""
    elsewhere = (
        {"activity": "va.custody"},
        {"activity": None, "addressees": ["bank"]},
        {"activity": None, "jurisdiction": "PK-PB"},
    )
    cells = (("PK-SD", "va.exchange", "vasp"), ("PK", "va.exchange.fiat", "vasp"))
    for seed in range(40):
        ledger = random_ledger(seed, asks=1)
        wide = norm("wide", "prohibit", "2024-01-05", instrument={"id": "I0"})
        claims = [*ledger.claims, wide]
        for limit in elsewhere:
            ended = act("ended", "repeal", "wide", "2024-01-20", **{"force": "judicial", **limit})
            ask = Ask(cells[seed % 2], on(seed % HORIZON), "prudential")
            before, after = (_by_itself(value(ledger, ask, c)) for c in (claims, [*claims, ended]))
            assert before == after, (seed, limit)


def _by_itself(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what it says of the cells beside it."""
    beside = ("actors", "children", "places")
    flags = [f for f in answer["flags"] if f not in {f"{part}_differ" for part in beside}]
    return {part: told for part, told in answer.items() if part not in beside} | {"flags": flags}


@pytest.mark.parametrize("force", ["primary", "supervisory"])
def test_a_prohibition_of_another_regime_never_makes_an_answer_milder(force: str) -> None:
    """Regimes cumulate: a rule that overrides nothing can only make the answer stricter."""
    more = norm("more", "prohibit", "2024-01-01", force=force, regime="aml")
    for seed in range(60):
        ledger = random_ledger(seed, asks=1)
        ask = replace(ledger.asks[0], view="normative")
        before, after = value(ledger, ask), value(ledger, ask, [*ledger.claims, more])
        if before["status"] != "undetermined":
            assert ORDER.index(after["status"]) >= ORDER.index(before["status"]), seed


def test_the_same_inputs_give_the_same_bytes() -> None:
    """Resolving twice, from facts made anew, gives equal values."""
    for seed in range(30):
        ledger = random_ledger(seed)
        for ask in ledger.asks:
            assert value(ledger, ask) == value(random_ledger(seed), ask)
