"""How things look, the same on every screen: statuses, flags, and untrusted text made harmless.

A status is a symbol, a word and a colour; the word says it all, so nothing is lost without colour.
Whatever comes from an event goes through :func:`safe` or :func:`ledger.text.visible`, and becomes
:class:`~textual.content.Content`, which holds no markup: ``[/foo]`` is five characters.
"""

from typing import Final, NamedTuple

from textual.content import Content

from ledger.text import shorten, visible, width
from ledger.wording import statuses
from ledger.wording.statuses import StatusWords

__all__ = ["shorten", "width"]  # used beside what is here


class Look(NamedTuple):
    """A status as it is shown. ``style`` names a component class: ``status--<style>``."""

    symbol: str
    word: str
    short: str
    style: str


def _look(said: StatusWords, style: str) -> Look:
    return Look(said.symbol, said.word, said.short, style)


STATUSES: Final = {
    status: _look(said, "framework" if status == "under_framework" else status)
    for status, said in statuses.STATUSES.items()
}
_COLOURS: Final = {
    "legal": "$success",
    "framework": "$warning",
    "prohibited": "$error",
    "undetermined": "$secondary",
    "none": "$foreground 55%",
}
NONE: Final = _look(statuses.NOTHING_SAID, "none")


def colour_of(look: Look) -> str:
    """Return the colour of a status in content."""
    return _COLOURS[look.style]


def look_of(status: str) -> Look:
    """Return how a status looks; one that is not known (or none) looks like nothing said."""
    return STATUSES.get(status, NONE)


def safe(text: str, *, newline: bool = False) -> Content:
    """Return untrusted text as content that shows what it holds and does nothing."""
    return Content(visible(text, newline=newline))


def styled(text: str, style: str, *, newline: bool = False) -> Content:
    """Return the same in a style, which must never come from an event."""
    return Content.styled(visible(text, newline=newline), style)


def fit(text: str, cells: int) -> str:
    """Return one safe line of exactly ``cells`` cells: cut, or filled with blanks."""
    line = shorten(text, cells)
    return line + " " * (cells - width(line))


def lines(*parts: Content | str) -> Content:
    """Return contents one under the other; a ``str`` is untrusted."""
    return Content("\n").join([p if isinstance(p, Content) else safe(p) for p in parts])
