"""The segments of a timeline, and each of them in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ledger.text import visible
from ledger.wording.statuses import REASONS
from tui.text.styles import look_of


@dataclass(frozen=True, slots=True)
class TimelineSegment:
    """A segment of the strip, ``[first, last]``; None is open. ``forces``: of what it rests on."""

    first: date | None
    last: date | None
    status: str
    reason: str | None = None
    basis_kind: str = "none"
    flags: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    forces: tuple[str, ...] = ()

    @property
    def low(self) -> int:
        """Return the first day as a number."""
        return self.first.toordinal() if self.first else date.min.toordinal()

    @property
    def high(self) -> int:
        """Return the last day as a number."""
        return self.last.toordinal() if self.last else date.max.toordinal()

    def holds(self, day: int) -> bool:
        """Return whether the day, as a number, lies in it."""
        return self.low <= day <= self.high

    def words(self) -> str:
        """Return words such as ``2018-04-06 to 2025-07-07: prohibited (supervisory norm)``."""
        if self.first and self.last:
            when = f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        elif self.first:
            when = f"{self.first} on"
        else:
            when = f"until {self.last}" if self.last else "always"
        forces = ", ".join(self.forces[:2])
        why = f"{forces} norm" if self.basis_kind == "norm" else f"declared, {forces}, no rule"
        if self.basis_kind == "none":
            why = REASONS.get(self.reason or "", self.reason or "no rule")
        more = [
            "contested" if any(f.startswith("contested") for f in self.flags) else "",
            _maybe(self.status, self.possible),
        ]
        notes = "".join(f"; {note}" for note in more if note)
        return visible(f"{when}: {look_of(self.status).word} ({why}){notes}")


@dataclass(frozen=True, slots=True)
class MarkedDays:
    """The days that are marked."""

    today: date
    as_of: date
    change: date | None = None


def _maybe(status: str, possible: Sequence[str]) -> str:
    others = [look_of(s).word for s in possible if s != status]
    return f"perhaps {' or '.join(others)} (dates)" if others else ""
