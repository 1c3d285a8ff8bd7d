"""ledger.json_values: frozen values as plain JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ledger.json_values import members


@dataclass(frozen=True)
class Inner:
    """A value with a day and pairs."""

    day: date | None
    names: tuple[str, ...]


@dataclass(frozen=True)
class Outer:
    """A value that holds others."""

    inner: Inner
    counts: dict[str, int]

    @property
    def total(self) -> int:
        """Something derived."""
        return sum(self.counts.values())


def test_fields_become_members_in_order() -> None:
    """Dataclasses become objects, tuples arrays, days their ISO form; properties can be named."""
    value = Outer(Inner(date(2025, 7, 8), ("a",)), {"x": 2})
    assert members(value) == {"inner": {"day": "2025-07-08", "names": ["a"]}, "counts": {"x": 2}}
    assert list(members(value, "total", "counts")) == ["total", "counts"]
