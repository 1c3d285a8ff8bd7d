"""The line at the bottom: how far the log reaches, what was verified, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content
from textual.widgets import Static

from ledger.points import format_size
from ledger.text import visible


@dataclass(frozen=True, slots=True)
class Standing:
    """What the status line tells on every screen."""

    ledger: str = ""  # its id; empty before it is open
    size: int | None = None  # entries; None before
    verified: int | None = None  # size that was verified here and still agrees; None: none was
    verified_at: str = ""  # when: a stamp
    authenticated: bool = False  # whether that log is known to be the right one
    broken: int | None = None  # first bad seq, -1 where the fault has none
    bad: frozenset[int] = frozenset()  # every entry that is known not to hold
    why: str = ""  # how it was found that the log is broken, where verifying did not find it
    lost: str = ""  # why the ledger cannot be reached
    waiting: int = 0  # events that await review
    new: int = 0  # entries appended since the screen was opened
    notes: tuple[str, ...] = ()  # what to know about the point one looks from


class StatusLine(Static):
    """One line: not verified, verified to where and when, or red and broken where."""

    DEFAULT_CSS = """
    StatusLine { height: 1; background: $panel; padding: 0 1; text-wrap: nowrap; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)

    def show(self, standing: Standing, note: str = "") -> None:
        """Say how things stand; ``note`` is what the screen adds."""
        self.update(Content.assemble(*_parts(standing), visible(f"  {note}") if note else ""))


def broken_words(seq: int) -> str:
    """Where the log is broken, in two or three words."""
    return f"broken at @{seq}" if seq >= 0 else "broken"


def verified_words(now: Standing) -> str:
    """To which entry it was verified, and when."""
    at = now.verified_at
    when = f", {visible(at[:10])} {visible(at[11:16])}" if at else ""
    return f"{format_size(now.verified or 0)}{when}"


def _parts(now: Standing) -> list[Content]:
    if now.broken is not None:
        words = f" ✖ NOT VERIFIED: the log is {broken_words(now.broken)}. Press i. "
        return [Content.styled(words, "bold $background on $error")]
    if now.lost:
        words = f" Not verified: the ledger cannot be reached: {visible(now.lost)}. Trying again. "
        return [Content.styled(words, "bold $background on $warning")]
    if now.size is None:
        return [Content.styled("opening the ledger ...", "$foreground 65%")]
    parts = [Content(f"{now.size:,} entries")]
    if now.verified and now.authenticated:
        parts.append(Content.styled(f"  ✔ verified to {verified_words(now)}", "$success"))
    elif now.verified:
        words = f"  ? not verified: consistent to {verified_words(now)}, not authenticated"
        parts.append(Content.styled(words, "$warning"))
    else:
        parts.append(Content.styled("  ? not verified", "$warning"))
    if now.waiting:
        parts.append(Content.styled(f"  {now.waiting} to review", "$accent"))
    return parts
