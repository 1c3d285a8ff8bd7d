"""The board in words: what changed since the user last looked, and what its signs mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from textual.content import Content

from ledger.wording.statuses import FLAG_WORDS, FLAGS
from tui.text.board_table import Place
from tui.text.styles import NONE, STATUSES, colour_of, safe

_SHORTER: Final = {"uncertain": "dates", "differs": "differs"}  # flags in the legend


@dataclass(frozen=True, slots=True)
class ChangeCount:
    """Changes since a point: entries, cells, and those of them that the board shows."""

    entries: int
    cells: int | None  # None: too many entries to compare
    places: frozenset[Place]


def since_words(change: ChangeCount, since: str, *, remembered: bool) -> Content:
    """Return how many cells and entries changed since a point, on one line."""
    when = since.replace("@", ", @")
    opening = f"since you last looked ({when}): " if remembered else f"since you came ({when}): "
    entries = f"{change.entries:,} new {'entry' if change.entries == 1 else 'entries'}"
    if change.cells is None:
        return Content.assemble(opening, (entries, "bold"), "  d compares")
    if not change.entries and not change.cells:
        return Content.styled(opening + "nothing changed", "$foreground 65%")
    cells = f"{change.cells:,} {'cell' if change.cells == 1 else 'cells'} changed"
    here = f"  * {len(change.places)} here" if change.places else ""
    return Content.assemble(
        opening,
        (f"{cells}, {entries}", "bold"),
        (here, "$accent"),
        ("  d compares", "$foreground 65%"),
    )


def legend() -> Content:
    """Return two lines of at most 78 cells."""
    signs = [
        Content.assemble((f"{look.symbol} ", colour_of(look)), look.word, "  ")
        for look in STATUSES.values()
    ]
    flags = [
        Content.assemble((sign, "$warning bold"), f" {_SHORTER.get(f, FLAG_WORDS[f])}  ")
        for f, sign in FLAGS.items()
    ]
    return Content.assemble(
        *signs,
        safe(f"{NONE.symbol} none  ^ above"),
        "\n",
        *flags,
    )
