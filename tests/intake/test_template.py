"""Templates show every field of a kind of claim, and are themselves claims files."""

from __future__ import annotations

import re

import pytest

from ledger.domain.claims import KINDS
from ledger.errors import BadClaimsFile, UnknownId
from ledger.intake import claim_template, read_claims
from ledger.intake.model_fields import model_fields
from tests.books import filled_in


def uncommented(text: str) -> str:
    """The template as a person leaves it who wants every field."""
    return re.sub(r"(?m)^( *)# ", r"\1", text)


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_is_valid_once_filled_in(kind: str) -> None:
    """The required fields alone make a claim."""
    (parsed,) = read_claims(filled_in(claim_template(kind)).encode(), name="t.yaml")
    assert parsed.claim.kind == kind


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_is_valid_with_every_field(kind: str) -> None:
    """With every mark taken away each field of the model is there, and the claim still holds."""
    (parsed,) = read_claims(filled_in(uncommented(claim_template(kind))).encode(), name="t.yaml")
    assert parsed.claim.model_fields_set == set(model_fields(KINDS[kind]))


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_template_that_was_not_filled_in_is_refused(kind: str, *, whole: bool) -> None:
    """Every field that still holds its example is named with its line, and nothing else is."""
    text = uncommented(claim_template(kind)) if whole else claim_template(kind)
    with pytest.raises(BadClaimsFile) as caught:
        read_claims(text.encode(), name="t.yaml")
    found = {p.field: p.line for p in caught.value.problems}
    assert {p.message for p in caught.value.problems} == {"still holds the text of the template"}
    assert {"statement", "reports[0].url", "reports[0].publisher", "reports[0].title"} <= set(found)
    assert text.splitlines()[found["statement"] - 1].strip().startswith("statement: What the")
    assert whole == ("quote" in found)


def test_one_example_left_is_enough_and_the_format_does_not_matter() -> None:
    """What counts is what a claim says: it may have come to a table by way of a template."""
    text = filled_in(claim_template("norm")).replace("Gazette of real", "Gazette of Example")
    with pytest.raises(BadClaimsFile) as caught:
        read_claims(text.encode(), name="t.yaml")
    assert [p.field for p in caught.value.problems] == ["reports[0].publisher"]
    table = (
        "kind,jurisdiction,activity,force,statement,cites,reports.0.url,reports.0.publisher,"
        "reports.0.title\ncontext,PK,va,report,Yes.,act-1;example-act,urn:x,P,T\n"
    )
    with pytest.raises(BadClaimsFile) as caught:
        read_claims(table.encode(), name="t.csv")
    assert [(p.line, p.field) for p in caught.value.problems] == [(2, "cites[1]")]


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_fits_an_editor(kind: str) -> None:
    """No line is longer than a hundred characters."""
    assert max(map(len, claim_template(kind).splitlines())) <= 100


def test_an_unknown_kind_is_refused_with_those_there_are() -> None:
    """The error names the kinds."""
    with pytest.raises(UnknownId) as caught:
        claim_template("rumour")
    assert "norm" in caught.value.hint
