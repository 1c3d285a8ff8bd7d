"""The line at the bottom: how far the log reaches, what was verified, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content
from textual.widgets import Static

from ledger.text import visible


@dataclass(frozen=True, slots=True)
class Standing:
    """What the status line tells on every screen."""

    size: int | None = None  # entries; None before the ledger is open
    verified: int | None = None  # size that this run verified; None before
    authenticated: bool = False  # whether that log is known to be the right one
    broken: int | None = None  # first bad seq, -1 where the fault has none
    lost: str = ""  # why the ledger cannot be reached
    waiting: int = 0  # events that await review
    new: int = 0  # entries appended since the screen was opened
    notes: tuple[str, ...] = ()  # what to know about the point one looks from


class StatusLine(Static):
    """One line; red with the sequence number where the chain is broken."""

    DEFAULT_CSS = """
    StatusLine { height: 1; background: $panel; padding: 0 1; text-wrap: nowrap; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)

    def show(self, standing: Standing, note: str = "") -> None:
        """Say how things stand; ``note`` is what the screen adds."""
        self.update(Content.assemble(*_parts(standing), visible(f"  {note}") if note else ""))


def _parts(now: Standing) -> list[Content]:
    if now.broken is not None:
        where = f" at entry {now.broken}" if now.broken >= 0 else ""
        words = f" ✖ NOT VERIFIED: the log is broken{where}. Press i. "
        return [Content.styled(words, "bold $background on $error")]
    if now.lost:
        words = f" The ledger cannot be reached: {visible(now.lost)}. Trying again. "
        return [Content.styled(words, "bold $background on $warning")]
    if now.size is None:
        return [Content.styled("opening the ledger ...", "$foreground 65%")]
    parts = [Content(f"{now.size:,} entries")]
    if now.verified is not None and now.authenticated:
        parts.append(Content.styled(f"  ✔ verified to @{now.verified}", "$success"))
    elif now.verified is not None:
        words = f"  ? consistent to @{now.verified}, not authenticated"
        parts.append(Content.styled(words, "$warning"))
    if now.waiting:
        parts.append(Content.styled(f"  {now.waiting} to review", "$accent"))
    return parts
