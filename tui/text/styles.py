"""How things look, the same on every screen: statuses, flags, and untrusted text made harmless.

A status is a symbol, a word and a colour; the word says it all, so nothing is lost without colour.
Whatever comes from an event goes through :func:`safe` or :func:`ledger.text.visible`, and becomes
:class:`~textual.content.Content`, which holds no markup: ``[/foo]`` is five characters.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from textual.content import Content

from ledger.text import shorten, visible, width

__all__ = [
    "FLAGS",
    "FLAG_WORDS",
    "NONE",
    "REASONS",
    "RECOGNITIONS",
    "STATUSES",
    "Look",
    "fit",
    "lines",
    "look_of",
    "marks_of",
    "safe",
    "shorten",
    "styled",
    "width",
]


class Look(NamedTuple):
    """A status as it is shown. ``style`` names a component class: ``status--<style>``."""

    symbol: str
    word: str
    short: str
    style: str


STATUSES: Final = {
    "legal": Look("✔", "legal", "legal", "legal"),
    "under_framework": Look("◆", "under framework", "framework", "framework"),
    "prohibited": Look("✖", "prohibited", "prohibited", "prohibited"),
    "undetermined": Look("?", "undetermined", "undeterm.", "undetermined"),
}
NONE: Final = Look("·", "nothing said", "nothing", "none")

# One character each, and the word that goes with it wherever there is room. The order is the order
# in which a cell shows them: what must never look like law comes first.
FLAGS: Final = {
    "declared": "d",
    "contested": "!",
    "pending": "+",
    "uncertain": "~",
}
FLAG_WORDS: Final = {
    "declared": "declared, not law",
    "contested": "contested",
    "pending": "pending",
    "uncertain": "uncertain dates",
}
# Why no rule decides, in two or three words; `ledger.domain.glossary_terms` has the sentences.
REASONS: Final = {
    "suspended": "suspended",
    "lapsed": "lapsed",
    "not_yet_in_force": "not yet in force",
    "statements_only": "only statements",
    "proposals_only": "only proposals",
    "no_claims": "nothing decides",
}
RECOGNITIONS: Final = {
    "recognised": "recognised",
    "not_recognised": "not recognised",
    "undetermined": "recognition open",
}


def look_of(status: str) -> Look:
    """How a status looks; one that is not known (or none) looks like nothing said."""
    return STATUSES.get(status, NONE)


def marks_of(flags: Iterable[str], basis_kind: str) -> tuple[str, ...]:
    """Which of ``FLAGS`` the flags of an answer amount to, in their order."""
    plain = {flag.removeprefix("recognition:") for flag in flags}
    given = {
        "declared": basis_kind == "declared",
        "contested": any(flag.startswith("contested") for flag in plain),
        "pending": bool(plain & {"pending", "awaiting_review"}),
        "uncertain": any(flag.startswith("date_") for flag in plain),
    }
    return tuple(name for name in FLAGS if given[name])


def safe(text: str, *, newline: bool = False) -> Content:
    """Untrusted text as content that shows what it holds and does nothing."""
    return Content(visible(text, newline=newline))


def styled(text: str, style: str, *, newline: bool = False) -> Content:
    """The same in a style, which must be ours and never come from an event."""
    return Content.styled(visible(text, newline=newline), style)


def fit(text: str, cells: int) -> str:
    """One safe line of exactly ``cells`` cells: cut with an ellipsis, or filled with blanks."""
    line = shorten(text, cells)
    return line + " " * (cells - width(line))


def lines(*parts: Content | str) -> Content:
    """Contents one under the other; a ``str`` is untrusted."""
    return Content("\n").join([p if isinstance(p, Content) else safe(p) for p in parts])
