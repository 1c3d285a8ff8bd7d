"""The segments of a timeline, and each of them in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from ledger.text import visible
from ledger.wording.statuses import REASONS
from tui.text.styles import look_of

_MOST: Final = 2  # instruments named of one segment


@dataclass(frozen=True, slots=True)
class TimelineSegment:
    """A segment of the strip, ``[first, last]``; None is open.

    ``forces`` and ``instruments`` are those of what it rests on; ``replaced`` are the instruments
    that the status rested on before; ``since`` is the first day of the status where that lies
    before the segment.
    """

    first: date | None
    last: date | None
    status: str
    reason: str | None = None
    basis_kind: str = "none"
    flags: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    forces: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    since: date | None = None

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
        """Return words such as ``2018-04-06 on: prohibited (Circular 3, supervisory)``."""
        if self.first and self.last:
            when = f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        elif self.first:
            when = f"{self.first} on"
        else:
            when = f"until {self.last}" if self.last else "always"
        since = f" since {self.since}" if self.since else ""
        in_place = f", in place of {_named(self.replaced)}" if self.replaced else ""
        more = [
            "contested" if any(f.startswith("contested") for f in self.flags) else "",
            _maybe(self.status, self.possible),
        ]
        notes = "".join(f"; {note}" for note in more if note)
        said = f"{look_of(self.status).word}{since} ({self._why()}){in_place}"
        return visible(f"{when}: {said}{notes}")

    def _why(self) -> str:
        if self.basis_kind == "none":
            return REASONS.get(self.reason or "", self.reason or "no rule")
        forces, source = ", ".join(self.forces[:2]), _named(self.instruments)
        if self.basis_kind == "norm":
            return f"{source}, {forces}" if source else f"{forces} norm"
        return f"declared{f' by {source}' if source else ''}, {forces}, no rule"


@dataclass(frozen=True, slots=True)
class MarkedDays:
    """The days that are marked."""

    today: date
    as_of: date
    change: date | None = None


def _named(instruments: Sequence[str]) -> str:
    """Return the first instruments, and how many more there are."""
    more = len(instruments) - _MOST
    return "; ".join(instruments[:_MOST]) + (f" and {more} more" if more > 0 else "")


def _maybe(status: str, possible: Sequence[str]) -> str:
    others = [look_of(s).word for s in possible if s != status]
    return f"perhaps {' or '.join(others)} (dates)" if others else ""
