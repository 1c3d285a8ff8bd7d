"""Points on both time axes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Point:
    """A point on both time axes: the law of ``day``, known from the first ``size`` entries."""

    day: date
    size: int
    recorded_until: str  # recorded_at of the last entry of the prefix

    def __str__(self) -> str:
        """``2025-07-08@42``."""
        return f"{self.day.isoformat()}@{self.size}"
