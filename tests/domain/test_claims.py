"""Claims say what is wrong with them: every problem, the field, and what was probably meant."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ledger.domain.claims import CLAIM, KINDS, Norm
from ledger.domain.definitions import Body
from ledger.domain.validation_messages import FieldProblem, check_claim, explain_errors
from tests.domain.stage import REPORT, norm, raw

LIFECYCLE: dict[str, Any] = {
    "kind": "lifecycle", "effect": None, "effective_from": None,
    "act": "suspend", "target": "instrument:x", "at": "2024-02-01",
}  # fmt: skip
DECISION: dict[str, Any] = {
    "kind": "decision", "effect": None, "outcome": "granted", "addressees": ["org:acme"],
}  # fmt: skip
DECLARATION: dict[str, Any] = {"kind": "declaration", "effect": None, "effective_from": None}
PROPOSAL: dict[str, Any] = {**DECLARATION, "kind": "proposal", "stage": "idea"}


def problems(**fields: Any) -> list[FieldProblem]:
    """All problems of a norm with these fields."""
    claim, found = check_claim(raw(**fields))
    assert (claim is None) == bool(found)
    return list(found)


def only(**fields: Any) -> FieldProblem:
    """The one problem of a norm with these fields."""
    (found,) = problems(**fields)
    return found


MINIMAL: dict[str, dict[str, Any]] = {
    "norm": {},
    "lifecycle": LIFECYCLE,
    "decision": DECISION,
    "declaration": DECLARATION,
    "proposal": PROPOSAL,
    "commitment": {**DECLARATION, "kind": "commitment"},
    "recommendation": {**DECLARATION, "kind": "recommendation"},
    "context": {**DECLARATION, "kind": "context"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_least_of_each_kind_is_accepted(kind: str) -> None:
    """Each of the eight kinds needs no more than its required fields, and addresses anybody."""
    claim, found = check_claim(raw(**MINIMAL[kind]))
    assert not found
    assert claim is not None
    assert claim.kind == kind
    assert claim.addressees == (("org:acme",) if kind == "decision" else ("any",))


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"force": "delegated"}, "enabling_instrument", "delegated"),
        ({"effective_to": "2018-04-05"}, "effective_to", "before the first"),
        ({"applicable_from": "2020", "effective_to": "2019"}, "effective_to", "before the first"),
        ({"effective_from": None}, "effective_from", "needs a date"),
        ({"effective_from": None, "commencement": "pending"}, "effective_from", "needs a date"),
        ({**LIFECYCLE, "jurisdiction": None}, "jurisdiction", "no issuer"),
        ({**LIFECYCLE, "jurisdiction": None, "activity": None}, "jurisdiction", "no issuer"),
        ({"force": "judicial"}, "force", "lifecycle"),
        ({"confidence_why": "hearsay"}, "confidence_why", "no confidence"),
        ({"instrument": {"id": "x"}, "enabling_instrument": "x"}, "enabling_instrument", "own"),
        ({"instrument": {"id": "x"}, "saved_by": "x"}, "saved_by", "own"),
        ({**LIFECYCLE, "act": "postpone"}, "made", "required"),
        ({**LIFECYCLE, "act": "extend"}, "until", "required"),
        ({**LIFECYCLE, "ex_tunc": True}, "ex_tunc", "annulment"),
        ({**LIFECYCLE, "until": "2024-01"}, "until", "before the first"),
        ({**DECISION, "addressees": ["bank"]}, "addressees", "org:"),
        ({**DECISION, "effective_to": "2001"}, "effective_to", "before the first"),
        ({**DECLARATION, "force": "judicial"}, "force", "lifecycle"),
    ],
)  # fmt: skip
def test_fields_that_contradict_each_other(
    fields: dict[str, Any], field: str, message: str
) -> None:
    """What is wrong between fields names the field to change."""
    found = only(**fields)
    assert found.field == field
    assert message in found.message


@pytest.mark.parametrize(
    "fields",
    [
        {"effective_to": "2018-04-06"},
        {"effective_to": "2018"},  # may end after it starts: nothing is surely wrong
        {"effective_from": None, "made": "2018", "commencement": "pending"},
        {"effective_from": None, "published": "2018-04"},
        {"force": "delegated", "enabling_instrument": "act-1"},
        {"force": "primary", "instrument": {"id": "x", "title": "Money Changers Ordinance"}},
        {"instrument": {"id": "ordinance-1", "type": "ordinance"}},
        {**LIFECYCLE, "jurisdiction": None, "issuer": "PK.GOV"},
        {**LIFECYCLE, "activity": None, "enabling_instrument": "act-1"},
        {**PROPOSAL, "bill": "bill-1", "stage": "vetoed"},
        {**LIFECYCLE, "force": "judicial", "court": {"name": "High Court"}},
        {**LIFECYCLE, "until": "2024-02-01"},
        {**LIFECYCLE, "act": "annul", "ex_tunc": True},
        {**DECLARATION, "speakers": [{"_sd": ["A" * 43], "office": "Secretary"}]},
    ],
)
def test_fields_that_go_together(fields: dict[str, Any]) -> None:
    """The neighbours of each contradiction are accepted."""
    assert problems(**fields) == []


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"effective_from": "2018-02-30"}, "effective_from", "is not a date"),
        ({"made": "2018/2019"}, "made", "span"),
        ({**DECLARATION, "uttered_at": "2025-06-03/2025-06-05"}, "uttered_at", "span"),
        ({**LIFECYCLE, "at": "2025-06-03/2025-06-05"}, "at", "span"),
        ({**DECLARATION, "jurisdiction": None}, "jurisdiction", "is required for a declaration"),
        ({"activity": None}, "activity", "is required for a norm"),
        ({"addressees": ["vasp..x"]}, "addressees[0]", "actor class"),
        ({"instrument": {"id": "x", "type": "An Act"}}, "instrument.type", "is not a slug"),
        ({**PROPOSAL, "bill": "the bill"}, "bill", "is not a slug"),
        ({"still_valid_on": "last week"}, "still_valid_on", "is not a date"),
        ({"deadlines": [{"date": "x", "label": "l"}]}, "deadlines[0].date", "is not a date"),
        ({"jurisdiction": "pk"}, "jurisdiction", "is not a jurisdiction"),
        ({"jurisdiction": "PK-KPKP"}, "jurisdiction", "is not a jurisdiction"),
        ({"activity": "va..x"}, "activity", "is not an activity id"),
        ({"addressees": []}, "addressees", "at least 1"),
        ({"addressees": ["bank", "any", "bank"]}, "addressees", "bank more than once"),
        ({"addressees": ["org:"]}, "addressees[0]", "org:<body id>"),
        ({"addressees": "bank"}, "addressees", "is not a list"),
        ({"cites": ["a b"]}, "cites[0]", "instrument id"),
        ({"key": "No Slug"}, "key", "is not a slug"),
        ({"key": "a" * 64}, "key", "longer than 63"),
        ({"issuer": "PK SBP"}, "issuer", "is not a body id"),
        ({"statement": ""}, "statement", "is empty"),
        ({"statement": "x" * 2001}, "statement", "longer than 2000"),
        ({"statement": "a\0b"}, "statement", "NUL"),
        ({"quote": "a\ud800b"}, "quote", "surrogate"),
        ({"statement": 7}, "statement", "is not text"),
        ({"quote_lang": "English"}, "quote_lang", "is not a language"),
        ({"primary_source_seen": "maybe"}, "primary_source_seen", "neither true nor false"),
        ({"reports": []}, "reports", "at least 1"),
        ({"reports": [{**REPORT, "url": "javascript:alert(1)"}]}, "reports[0].url", "address"),
        ({"reports": [{**REPORT, "retrieved_at": "yesterday"}]}, "reports[0].retrieved_at", "UTC"),
        ({"reports": [{**REPORT, "retrieved_at": "2025-13-01"}]}, "reports[0].retrieved_at",
         "exists"),
        ({"reports": [{**REPORT, "evidence": {"sha256": "F" * 64, "bytes": 1,
                                              "media_type": "text/html"}}]},
         "reports[0].evidence.sha256", "SHA-256"),
        ({"reports": [{**REPORT, "evidence": {"sha256": "f" * 64, "bytes": -1,
                                              "media_type": "text/html"}}]},
         "reports[0].evidence.bytes", "less than 0"),
        ({"reports": [{**REPORT, "evidence": {"sha256": "f" * 64, "bytes": 2**53,
                                              "media_type": "text/html"}}]},
         "reports[0].evidence.bytes", "more than"),
        ({"reports": [REPORT, {**REPORT, "title": None}]}, "reports[1].title", "is not text"),
        ({**DECLARATION, "timezone": "Asia"}, "timezone", "IANA"),
        ({**DECLARATION, "timezone": "../etc/passwd"}, "timezone", "IANA"),
        ({**DECLARATION, "asserts": "not:recognised"}, "asserts", "not a possible value"),
        ({**LIFECYCLE, "target": "a claim"}, "target", "claim id"),
        ({"statement": None}, "statement", "is required for a norm"),
    ],
)  # fmt: skip
def test_single_fields(fields: dict[str, Any], field: str, message: str) -> None:
    """A field that cannot be read is named by its path, with the reason in words."""
    found = only(**fields)
    assert found.field == field
    assert message in found.message


@pytest.mark.parametrize(
    ("fields", "field", "hint"),
    [
        ({"effect": "prohibt"}, "effect", "did you mean prohibit"),
        ({"force": "Primary"}, "force", "did you mean primary"),
        ({**LIFECYCLE, "act": "repel"}, "act", "did you mean repeal"),
        ({"effectve_from": "2020"}, "effectve_from", "did you mean effective_from"),
        ({"reports": [{**REPORT, "publsher": "x"}]}, "reports[0].publsher", "publisher"),
        ({"kind": "declaraton"}, "kind", "did you mean declaration"),
        ({"kind": None}, "kind", "one of norm, lifecycle"),
        ({"asserts": "prohibited"}, "asserts", "it is a field of declaration, proposal"),
        ({"outcome": "granted"}, "outcome", "it is a field of decision"),
        ({"bill": "bill-1"}, "bill", "it is a field of proposal"),
        ({**PROPOSAL, "stage": "veto"}, "stage", "did you mean vetoed"),
        ({"made": 2018}, "made", "put it in quotation marks"),
        ({"saved_by": 1.5}, "saved_by", "put it in quotation marks"),
    ],
)
def test_what_was_probably_meant(fields: dict[str, Any], field: str, hint: str) -> None:
    """Misspelt words and fields get the nearest right ones, a misplaced field its own kinds."""
    found = only(**fields)
    assert found.field == field
    assert hint in found.hint


def test_every_problem_is_told() -> None:
    """One wrong field hides neither another one nor what is wrong between the others."""
    found = problems(
        jurisdiction="pk", effect="ban", force="delegated", effective_to="2001", colour="red"
    )
    assert {problem.field for problem in found} == {
        "jurisdiction", "effect", "enabling_instrument", "effective_to", "colour",
    }  # fmt: skip


def test_a_wrong_field_does_not_make_others_wrong() -> None:
    """A check that looks at a wrong field is left out rather than judged by a guess."""
    assert [p.field for p in problems(effective_from="someday", effective_to="2001")] == [
        "effective_from"
    ]
    assert [p.field for p in problems(effective_from=None, made="someday")] == ["made"]
    assert [p.field for p in problems(**{**LIFECYCLE, "at": "someday", "until": "0001"})] == ["at"]


@pytest.mark.parametrize("thing", [None, 7, "text", [], {}, {"kind": []}, {1: 2, "kind": "norm"}])
def test_things_that_are_no_claim(thing: object) -> None:
    """Anything at all can be checked; what is no claim has at least one problem."""
    claim, found = check_claim(thing)
    assert claim is None
    assert found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*Norm.model_fields, "_sd", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(fields=st.dictionaries(st.sampled_from([*Norm.model_fields, "at", "_sd"]), JSON))
def test_junk_in_fields_is_explained_and_never_raises(fields: dict[str, Any]) -> None:
    """Whatever stands in the fields, the check ends with a claim or with problems."""
    claim, found = check_claim({**raw(), **fields})
    assert (claim is None) == bool(found)


@given(text=st.text(min_size=1, max_size=200).filter(lambda t: "\0" not in t))
def test_text_is_brought_to_nfc(text: str) -> None:
    """Text is kept in NFC, and what was kept is kept again as it is."""
    claim = norm(statement=text)
    assert claim.statement == unicodedata.normalize("NFC", text)
    assert CLAIM.validate_python(raw(statement=claim.statement)) == claim


def test_length_is_measured_after_normalising() -> None:
    """A text that NFC makes too long is refused at once, not when the log is replayed."""
    grows = "\u0958"  # one character that NFC writes as two
    with pytest.raises(ValidationError):
        norm(statement=grows * 1001)
    assert len(norm(statement=grows * 1000).statement) == 2000


def test_claims_are_frozen() -> None:
    """A claim cannot be changed after it was checked."""
    with pytest.raises(ValidationError):
        norm().statement = "other"  # type: ignore[misc]  # that it is refused is the test


def test_problems_of_other_models() -> None:
    """Definitions are explained like claims."""
    with pytest.raises(ValidationError) as caught:
        Body.model_validate({"id": "PK.SBP", "name": "x", "jursdiction": "PK"})
    found = {p.field: p for p in explain_errors(caught.value, Body)}
    assert found["jurisdiction"].message == "is required"
    assert found["jursdiction"].hint == "did you mean jurisdiction?"


def test_a_bad_date_is_named_once() -> None:
    """The message of a date that does not exist repeats it once, not twice."""
    _, found = check_claim(raw(made="2025-13-10"))
    (message,) = [problem.message for problem in found if problem.field == "made"]
    assert message.startswith("'2025-13-10' is not a date")
    assert message.count("2025-13-10") == 1
