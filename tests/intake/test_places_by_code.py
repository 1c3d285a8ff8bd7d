"""Parts of countries are defined by their codes alone."""

from __future__ import annotations

import pytest

from ledger.domain.definitions import Jurisdiction
from ledger.domain.taxonomy import Taxonomy
from ledger.errors import InputError
from ledger.intake.places_by_code import places_by_code

COUNTRIES = Taxonomy.of(
    [Jurisdiction(id="US", name="United States"), Jurisdiction(id="GB", name="United Kingdom")]
)


def test_a_code_brings_its_name_and_what_it_lies_in() -> None:
    """London lies in England, which lies in a country that is known; the outer ones come first."""
    found = places_by_code(["US-NY", "GB-LND"], COUNTRIES)
    assert [(one.id, one.name, one.parent) for one in found if isinstance(one, Jurisdiction)] == [
        ("US-NY", "New York", "US"),
        ("GB-ENG", "England", "GB"),
        ("GB-LND", "London", "GB-ENG"),
    ]
    Taxonomy.of([*COUNTRIES.jurisdictions.values(), *found])


def test_what_is_known_keeps_its_own_name() -> None:
    """A place that somebody defined is not defined again, neither itself nor as a parent."""
    own = Jurisdiction(id="GB-ENG", name="Loegria", kind="subdivision", parent="GB")
    taxonomy = COUNTRIES.with_definition(own)
    assert [one.id for one in places_by_code(["GB-LND", "GB-ENG"], taxonomy)] == ["GB-LND"]  # type: ignore[union-attr]
    assert places_by_code(["GB-ENG", "US"], taxonomy) == []


@pytest.mark.parametrize("code", ["US-ZZ", "us-ny", "XX", "", "NEW YORK", "US-NY "])
def test_what_is_no_code(code: str) -> None:
    """A code that ISO 3166-2 does not list, or spelt otherwise, is refused with what to do."""
    with pytest.raises(InputError, match="lists no part") as caught:
        places_by_code(["US-NY", code], COUNTRIES)
    assert "in a file" in caught.value.hint
