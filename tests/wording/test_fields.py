"""Fields of claims have labels and an order of their own, and changes name what differs."""

from __future__ import annotations

from ledger.domain.claims import KINDS
from ledger.wording.field_labels import Changed, changed_fields, claim_fields, labels


def test_every_field_of_a_claim_has_a_place_in_the_order() -> None:
    """A field that the models gained must be put where it is read: unknown ones come last."""
    for kind, model in KINDS.items():
        fields = dict.fromkeys(model.model_fields.keys() - {"sd"})  # digests of withheld values
        ordered = list(labels({"new": None, **fields}, "claim"))
        assert ordered[-1] == "new", (kind, ordered)


def test_a_change_is_told_value_by_value() -> None:
    """Nested values are named by their owner and number; what is not there is None."""
    old = {"statement": "A.", "reports": [{"url": "https://example.org/a", "title": "N"}]}
    new = {"statement": "B.", "reports": [{"url": "https://example.org/a"}], "ex_tunc": True}
    assert claim_fields(old)[1:] == [
        ("source 1 title", "N"),
        ("source 1 address", "https://example.org/a"),
    ]
    assert changed_fields(old, new) == [
        Changed("statement", "A.", "B."),
        Changed("from the start", None, "yes"),
        Changed("source 1 title", "N", None),
    ]
