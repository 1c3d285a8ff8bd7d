"""The card of a claim: one order and one set of labels wherever a claim is shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ledger.wording.claim_card import NOT_THERE, CardRow, claim_card, claim_name
from ledger.wording.field_labels import claim_fields, path_label

CLAIM = {
    "kind": "norm",
    "jurisdiction": "PK",
    "statement": "Dealing is prohibited.",
    "key": "ban",
    "reports": [{"title": "A", "evidence": {"sha256": "ab" * 32, "bytes": 3}}],
}


def test_the_sentence_is_first_and_hashes_are_last() -> None:
    """Whatever the order of the content; everything else in between."""
    rows = claim_card(CLAIM)
    assert rows[0] == CardRow("statement", "Dealing is prohibited.")
    assert [row.is_hash for row in rows] == [False] * (len(rows) - 1) + [True]
    assert {row.label for row in rows} == {label for label, _ in claim_fields(CLAIM)}


def test_a_correction_has_old_and_new_where_they_differ() -> None:
    """A field that came or went is there too, and says which."""
    before = {name: value for name, value in CLAIM.items() if name != "key"}
    before |= {"statement": "It is allowed.", "note": "Ask again."}
    rows = {row.label: row for row in claim_card(CLAIM, before)}
    assert rows["statement"].was == "It is allowed."
    assert rows["key"] == CardRow("key", "ban", NOT_THERE)
    assert rows["note"] == CardRow("note", None, "Ask again.")
    assert rows["kind"].was is None
    assert all(row.was is None for row in claim_card(CLAIM, CLAIM))


@given(st.dictionaries(st.sampled_from(["note", "key", "quote"]), st.text()), st.booleans())
def test_no_field_is_lost(fields: dict[str, str], turned: bool) -> None:  # noqa: FBT001
    """Every field of both versions is in the card once."""
    old, new = (CLAIM, {**CLAIM, **fields})[:: -1 if turned else 1]
    labels = [row.label for row in claim_card(new, old)]
    wanted = {label for side in (old, new) for label, _ in claim_fields(side)}
    assert sorted(labels) == sorted(wanted)


def test_a_claim_without_a_key_is_called_by_its_sentence() -> None:
    """Cut where it is long; never by an id."""
    assert claim_name("ban", "Dealing is prohibited.") == "ban"
    assert claim_name(None, "Dealing is prohibited.") == "“Dealing is prohibited.”"
    long = claim_name("", "word " * 100)
    assert long.endswith("…”")
    assert len(long) < 70


def test_the_comparison_of_versions_has_the_labels_of_the_card() -> None:
    """By path; what is no field of a claim keeps its name."""
    assert path_label("reports[0].url") == "source 1 address"
    assert path_label("effective_from") == "in force from"
    assert path_label("instrument.title") == "instrument title"
    assert path_label("some_thing.x[y") == "some thing x"
