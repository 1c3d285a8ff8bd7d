"""Definitions files: bodies, activities, jurisdictions and profiles."""

from __future__ import annotations

import json

import pytest

from ledger.domain.definitions import DEFAULT_ORDER
from ledger.errors import BadClaimsFile, InputError
from ledger.intake import read_definitions

GOOD = """
bodies:
  - {id: PK.SBP.FX, name: Foreign exchange department, jurisdiction: PK, parent: PK.SBP}
  - id: PK.SBP
    name: State Bank
    jurisdiction: PK
    classes: [{actor_class: bank, since: 1948-07-01}]
activities:
  - {id: export.gold, name: Gold, parent: export}
  - {id: export, name: Export, regime: trade}
actor_classes:
  - {id: emi.small, name: Small}
  - {id: emi, name: Electronic money institutions}
jurisdictions:
  - {id: XU, name: A union, kind: supranational, members: [{jurisdiction: PK, since: 2000-01-01}]}
  - {id: PK, name: Pakistan}
"""


def test_definitions_come_after_what_they_refer_to() -> None:
    """Parents, members and jurisdictions stand first, so that a file can be in any order."""
    found = read_definitions(GOOD.encode(), name="d.yaml")
    assert [(one.ref, one.line) for one in found] == [
        ("jurisdiction:PK", 16),
        ("jurisdiction:XU", 15),
        ("activity:export", 10),
        ("activity:export.gold", 9),
        ("actor_class:emi", 13),
        ("actor_class:emi.small", 12),
        ("body:PK.SBP", 4),
        ("body:PK.SBP.FX", 3),
    ]


def test_a_profile_is_read() -> None:
    """A profile is named by its jurisdiction, ``*`` for all."""
    data = {"profiles": [{"jurisdiction": "*", "order": list(DEFAULT_ORDER)}]}
    (found,) = read_definitions(json.dumps(data).encode(), name="d.json")
    assert found.ref == "profile:*"


@pytest.mark.parametrize(("code", "meant"), [("UK", "GB"), ("UK-SCT", "GB"), ("EL", "GR")])
def test_a_country_is_defined_under_one_code_only(code: str, meant: str) -> None:
    """Law recorded under an alias would not be found under the country's own code."""
    data = f"jurisdictions:\n- {{id: {code}, name: A country}}\n"
    with pytest.raises(BadClaimsFile) as refused:
        read_definitions(data.encode(), name="d.yaml")
    (problem,) = refused.value.problems
    assert (problem.line, problem.field) == (2, "id")
    assert f"ISO 3166-1 says {meant}" in problem.message


def test_a_circle_is_left_to_the_rules() -> None:
    """Two bodies that are each other's parent are read; the ledger refuses them with its reason."""
    body = "{id: %s, name: N, jurisdiction: PK, parent: %s}"
    text = f"bodies: [{body % ('A', 'B')}, {body % ('B', 'A')}]"
    assert {one.ref for one in read_definitions(text.encode(), name="d.yaml")} == {
        "body:A",
        "body:B",
    }


def test_every_error_of_a_file_is_told() -> None:
    """Unknown sections, wrong fields, things defined twice and non-lists come together."""
    text = """\
body: []
bodies:
  - {id: A, name: N, jurisdiction: pk}
  - {id: A, nme: N, jurisdiction: PK}
  - 12
activities: {id: a}
jurisdictions:
  - {id: PK, name: P}
  - {id: PK, name: Q}
  - id: XU
    name: U
    members: [{jurisdiction: PK, since: 2020-02-30}]
"""
    with pytest.raises(BadClaimsFile) as caught:
        read_definitions(text.encode(), name="d.yaml")
    assert {(p.line, p.field) for p in caught.value.problems} == {
        (1, "body"),
        (3, "jurisdiction"),
        (4, "name"),
        (4, "nme"),
        (5, ""),
        (6, "activities"),
        (9, "id"),
        (12, "members[0].since"),
    }
    assert any("bodies" in p.hint for p in caught.value.problems)


@pytest.mark.parametrize(("data", "name"), [(b"x", "d.csv"), (b"{}", "d.ndjson"), (b"", "d.txt")])
def test_other_formats_are_refused(data: bytes, name: str) -> None:
    """Definitions are nested: there is no CSV and no NDJSON of them."""
    with pytest.raises(InputError):
        read_definitions(data, name=name)


@pytest.mark.parametrize("data", [b"", b"[]", b"bodies: []", b"text"])
def test_a_file_that_defines_nothing_is_refused(data: bytes) -> None:
    """An empty file is a mistake, not a success."""
    with pytest.raises(BadClaimsFile):
        read_definitions(data, name="d.yaml")
