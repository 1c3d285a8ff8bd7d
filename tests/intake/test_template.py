"""Templates show every field of a kind of claim, and are themselves claims files."""

from __future__ import annotations

import re

import pytest

from ledger.domain.claims import KINDS
from ledger.errors import UnknownId
from ledger.intake import read_claims, template
from ledger.intake.shape import members


def uncommented(text: str) -> str:
    """The template as a person leaves it who wants every field."""
    return re.sub(r"(?m)^( *)# ", r"\1", text)


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_is_valid_as_it_is(kind: str) -> None:
    """The required fields alone make a claim."""
    (parsed,) = read_claims(template(kind).encode(), name="t.yaml")
    assert parsed.claim.kind == kind


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_is_valid_with_every_field(kind: str) -> None:
    """With every mark taken away each field of the model is there, and the claim still holds."""
    (parsed,) = read_claims(uncommented(template(kind)).encode(), name="t.yaml")
    assert parsed.claim.model_fields_set == set(members(KINDS[kind]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_fits_an_editor(kind: str) -> None:
    """No line is longer than a hundred characters."""
    assert max(map(len, template(kind).splitlines())) <= 100


def test_an_unknown_kind_is_refused_with_those_there_are() -> None:
    """The error names the kinds."""
    with pytest.raises(UnknownId) as caught:
        template("rumour")
    assert "norm" in caught.value.hint
