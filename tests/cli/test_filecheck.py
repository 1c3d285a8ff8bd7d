"""Claims files held against a ledger: every problem of every claim in one pass."""

from __future__ import annotations

import pytest

from ledger.domain.definitions import Activity, Jurisdiction
from ledger.domain.taxonomy import Taxonomy
from ledger.errors import BadClaimsFile
from ledger.intake import read_claims
from ledger.intake.unknown_ids import unknown_ids, unknown_references

TAXONOMY = Taxonomy.of(
    (Activity(id="va", name="Virtual assets", regime="assets"), Jurisdiction(id="PK", name="P"))
)
TEXT = """\
defaults:
  {jurisdiction: PK, activity: va, force: primary, statement: s, kind: lifecycle, act: repeal,
   at: 2025-01-01, reports: [{url: "https://example.org/a", publisher: P, title: T}]}
claims:
  - {target: "key:later"}
  - {target: "key:recorded"}
  - {target: "key:nowhere"}
  - {target: "key:lost", at: never}
  - {target: "key:later", jurisdiction: PX}
  - {kind: norm, key: later, effect: forbid, overrides: [{claim: "key:latr", provision: p}]}
"""


def test_field_errors_do_not_hide_unknown_keys_and_ids() -> None:
    """Wrong fields, keys and ids of different claims come together; keys of later claims count."""
    with pytest.raises(BadClaimsFile) as caught:
        read_claims(
            TEXT.encode(),
            name="f.yaml",
            check=lambda claim: unknown_ids(claim, TAXONOMY),
            check_refs=lambda claim, keys: unknown_references(
                claim, keys, {"recorded"}.__contains__
            ),
        )
    found = {(p.line, p.field): p for p in caught.value.problems}
    assert found.keys() >= {
        (7, "target"), (8, "target"), (8, "at"), (9, "jurisdiction"), (10, "effect"),
        (10, "overrides[0].claim"),
    }  # fmt: skip
    assert {line for line, _ in found} == {7, 8, 9, 10}
    assert found[7, "target"].message == "unknown claim key 'nowhere'"
    assert found[10, "overrides[0].claim"].hint == "did you mean later?"
