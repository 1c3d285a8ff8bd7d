"""The line at the bottom: how far the log reaches, what was verified, and what is wrong."""

from textual.content import Content
from textual.widgets import Static

from ledger.points import format_size
from ledger.text import visible
from tui.log_health import LogState


class StatusLine(Static):
    """One line: not verified, verified to where and when, or red and broken where."""

    DEFAULT_CSS = """
    StatusLine { height: 1; background: $panel; padding: 0 1; text-wrap: nowrap; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)

    def show(self, state: LogState, note: str = "") -> None:
        """Say how things stand; ``note`` is what the screen adds."""
        self.update(Content.assemble(*_parts(state), visible(f"  {note}") if note else ""))


def broken_words(seq: int) -> str:
    """Return where the log is broken, in two or three words."""
    return f"broken at @{seq}" if seq >= 0 else "broken"


def verified_words(now: LogState) -> str:
    """Say to which entry the log was verified, and when."""
    at = now.verified_at
    when = f", {visible(at[:10])} {visible(at[11:16])}" if at else ""
    return f"{format_size(now.verified or 0)}{when}"


def _parts(now: LogState) -> list[Content]:
    if now.broken is not None:
        words = f" ✖ NOT VERIFIED: the log is {broken_words(now.broken)}. Press i. "
        return [Content.styled(words, "bold reverse $error")]
    if now.lost:
        words = f" Not verified: the ledger cannot be reached: {visible(now.lost)}. Trying again. "
        return [Content.styled(words, "bold reverse $warning")]
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
