"""Explanations and the glossary."""

from __future__ import annotations

import inspect
from datetime import date
from typing import get_args

import pytest

from ledger import errors
from ledger.domain.glossary import GLOSSARY, lookup, short
from ledger.domain.resolve import status_values
from ledger.domain.resolve.explain import Explanation, explain
from ledger.domain.resolve.facts import Cell, Facts
from ledger.domain.resolve.precedence import RULES
from ledger.domain.resolve.resolve import resolve
from ledger.domain.resolve.status_values import Status
from ledger.domain.resolve.timeline import since, timeline
from ledger.domain.state_records import CountedClaim
from ledger.errors import UnknownId
from tests.domain.worlds import act, facts, norm, proposal, said

LAW = norm(
    "law",
    "authorise",
    "2025-07-08",
    made="2025-07-08",
    effective_to="2025-11-04",
    issuer="PK.MOF",
    instrument={"id": "VAO", "title": "Virtual Assets Ordinance", "number": "VII of 2025"},
    expiry_rule="120 days, inclusive",
)
CIRCULAR = norm(
    "circular", "prohibit", "2018-04-06", force="supervisory", addressees=["bank"], regime="banking"
)


def tell(known: Facts, day: str, actor: str = "any") -> Explanation:
    """The explanation of va in PK."""
    cell = Cell("PK", "va", actor)
    return explain(resolve(cell, day=date.fromisoformat(day), facts=known), known)


def test_an_explanation_names_status_basis_and_what_comes_next() -> None:
    """Since when, by which instrument of whom, and until when."""
    told = tell(facts(LAW), "2025-09-01")
    status = (
        "On 2025-09-01, va (va) in Pakistan (PK) for everybody is allowed only under a framework, "
        "since 2025-07-08."
    )
    basis = (
        "It rests on Virtual Assets Ordinance (VII of 2025) of Ministry of Finance, primary "
        "[law]: What law says."
    )
    change = (
        "This answer holds up to and including 2025-11-04; on 2025-11-05, if nothing new is "
        "recorded, the status becomes undetermined in place of allowed only under a framework "
        "(there were rules for this, but none of them gives a status on this day)."
    )
    assert (told.status, told.basis, told.change) == (status, (basis,), (change,))
    assert told.text == " ".join(told.lines)


def test_an_explanation_names_losers_with_rule_and_winner() -> None:
    """In the words of the glossary."""
    told = tell(facts(LAW, CIRCULAR), "2025-09-01", "bank")
    loser = (
        "Virtual Assets Ordinance (VII of 2025) of Ministry of Finance, primary [law] yields to "
        "the rule, supervisory [circular] (stricter_regime): a stricter result of another regime "
        "adds to this one."
    )
    assert told.losers == (loser,)


def test_an_explanation_never_names_a_person() -> None:
    """Names may be redacted, and no answer depends on that."""
    speakers = [{"person": "I. U. Bosal", "office": "Finance Secretary", "body": "PK.MOF"}]
    claims = [
        said("s", "prohibited", "2025-05-29", speakers=speakers),
        said("t", "not_recognised", "2025-05-29", issuer="PK.SBP"),
        proposal("bill", "passed_lower", "2025-05-30"),
    ]
    told = tell(facts(*claims), "2025-06-06")
    assert "Bosal" not in told.text
    assert "is declared to be prohibited, since 2025-05-29" in told.status
    assert told.basis[0].startswith("No rule decides: only statements about the law")
    assert "the declaration of Finance Secretary of Ministry of Finance [s]" in told.basis[1]
    recognition = (
        "Separately from the status, recognition is declared to be not recognised by the "
        "declaration of State Bank [t]; recognition prohibits and permits nothing."
    )
    assert told.recognition == (recognition,)
    assert any("is at the stage passed lower" in line for line in told.flags)


def test_every_flag_is_told() -> None:
    """Whatever flags a resolution has, the explanation says something about each."""
    claims = [
        LAW,
        CIRCULAR,
        act("late", "extend", "law", "2026-02-01", until="2026-05-01"),
        norm("deal", "permit", "2025-08", activity="va.deal", force="supervisory"),
        said("a", "prohibited", "2025-08-01~", issuer="PK.SBP"),
        said("b", "legal", "2025-08-02", issuer="PK.SBP"),
        norm("tie", "prohibit", "2025-07-08", made="2025-07-08", addressees=["any"]),
        proposal("bill", "tabled", "2025-08-01"),
    ]
    known = facts(*claims)
    found = resolve(Cell("PK", "va", "any"), day=date(2025, 9, 1), facts=known)
    told = explain(found, known)
    for flag in set(found.flags) - {"next_change"}:
        assert any(f"({flag.partition(':')[0]}" in line for line in told.flags), flag
    assert {"contested:tie", "extension_after_expiry", "walked_back:a"} <= set(found.flags)


def test_nothing_recorded_is_said_so() -> None:
    """An empty ledger explains itself."""
    told = tell(facts(), "2025-06-06")
    status = (
        "On 2025-06-06, va (va) in Pakistan (PK) for everybody is undetermined, for as far back "
        "as the record goes."
    )
    assert told.lines == (
        status,
        "No rule decides: nothing that bears on the status is recorded.",
        "On what is recorded, passing time alone changes nothing after this day.",
    )


def test_since_is_the_first_day_of_the_same_status() -> None:
    """Across changes of basis and reason, and open where there is no first day."""
    cell = Cell("PK", "va", "any")
    claims: list[CountedClaim] = [
        norm("one", "prohibit", "2020-01-01", effective_to="2020-12-31"),
        norm("two", "prohibit", "2021-01-01", effective_to="2021-12-31"),
    ]
    known = facts(*claims)
    assert since(cell, known, date(2021, 6, 1)) == date(2020, 1, 1)
    assert since(cell, known, date(2019, 6, 1)) is None
    assert since(cell, known, date(2022, 6, 1)) == date(2022, 1, 1)
    statuses = [(s.from_day, s.status, s.reason) for s in timeline(cell, known)]
    assert statuses == [
        (None, "undetermined", "not_yet_in_force"),
        (date(2020, 1, 1), "prohibited", None),
        (date(2022, 1, 1), "undetermined", "lapsed"),
    ]


# --- the glossary --------------------------------------------------------------------------------


def test_every_word_an_answer_uses_is_in_the_glossary() -> None:
    """Statuses, reasons, rules, kinds of basis, recognition, views and error codes."""
    words = {*get_args(Status), *status_values.REASONS, *RULES, *get_args(status_values.BasisKind)}
    words |= {"stricter_in_tie", "stricter_regime", "permit_outside_home_regime"}
    words |= {"walked_back", "overtaken", "recognised", "not_recognised", "prudential", "normative"}
    tree = [c for _, c in inspect.getmembers(errors, inspect.isclass)]
    words |= {c.code for c in tree if issubclass(c, errors.RegledgerError)}
    words |= {c.layer for c in tree if issubclass(c, errors.NotVerified)}
    layers = "canonical format seq prev recorded_at schema signature key rules leaf tree columns"
    words |= {*layers.split(), "disclosure", "views", "remembered"}
    assert words - set(GLOSSARY) == set()


@pytest.mark.parametrize("term", sorted(GLOSSARY))
def test_every_paragraph_is_whole_sentences(term: str) -> None:
    """And its first sentence stands on its own."""
    assert GLOSSARY[term].endswith(".")
    assert short(term).endswith(".")
    assert GLOSSARY[term].startswith(short(term))


def test_flags_with_details_are_looked_up_by_their_stem() -> None:
    """An exact entry goes first; recognition flags are looked up as the flag they carry."""
    assert lookup("walked_back:0190-abc") == GLOSSARY["walked_back"]
    assert lookup("contested:tie") == GLOSSARY["contested:tie"]
    assert lookup("contested:something") == GLOSSARY["contested"]
    assert lookup("recognition:contested:tie") == GLOSSARY["contested:tie"]
    assert lookup(" Under-Framework ") == GLOSSARY["under_framework"]


def test_an_unknown_term_names_the_nearest() -> None:
    """And is an error of its own kind."""
    with pytest.raises(UnknownId) as caught:
        lookup("ultra_virus")
    assert "ultra_vires" in caught.value.nearest
