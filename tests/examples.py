"""How much of what could be tried is tried: all of it, or a sample, as the quick set does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import settings

USUAL = 100  # examples of a property that names no number, in the profile of `make test-all`


def examples(number: int, **more: Any) -> settings:
    """Draw so many examples where the profile has the usual number, else in proportion.

    ``more`` are other settings of hypothesis.
    """
    return settings(max_examples=share(number), **more)


def share(number: int) -> int:
    """Return how many of so many cases to try: all of them, or the part that the profile takes."""
    return max(1, number * settings().max_examples // USUAL)


def some(values: Iterable[object], *, every: int) -> list[Any]:
    """Return values of a parameter, of which the quick set has the first of so many."""
    given = enumerate(values)
    return [seldom(value)[0] if number % every else value for number, value in given]


def seldom(*values: object) -> list[Any]:
    """Return values of a parameter that belong to the slow set; the quick set has their sisters."""
    return [pytest.param(value, marks=pytest.mark.slow) for value in values]
