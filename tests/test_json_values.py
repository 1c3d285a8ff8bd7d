"""ledger.json_values: frozen values as plain JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from ledger.json_values import json_value, members


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


class Pair(NamedTuple):
    """Two values that stand in a row."""

    first: int
    second: date


class Spoken(NamedTuple):
    """A pair that says for itself how it is written."""

    first: int

    def to_value(self) -> dict[str, int]:
        """Return JSON values."""
        return {"spoken": self.first}


def test_every_kind_of_value_has_its_way() -> None:
    """What says for itself comes first; a tuple with names is an array like any other."""
    values = (Pair(1, date(2025, 7, 8)), Spoken(3), MappingProxyType({"a": (True, None)}), "x", 1)
    wanted = [[1, "2025-07-08"], {"spoken": 3}, {"a": [True, None]}, "x", 1]
    assert json_value(values) == wanted
