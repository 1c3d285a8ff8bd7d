"""How many examples a property test draws, in proportion to the profile that is loaded."""

from __future__ import annotations

from typing import Any

from hypothesis import settings

USUAL = 100  # examples of a test that names no number, in the profile that `make test-all` runs


def examples(number: int, **more: Any) -> settings:
    """Draw so many examples where the profile has the usual number, else in proportion.

    ``more`` are other settings of hypothesis.
    """
    return settings(max_examples=max(1, number * settings().max_examples // USUAL), **more)
