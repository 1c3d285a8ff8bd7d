"""The board and a cell: status as lines of text.

A status is a symbol, a word and a colour, in this order of importance: the word says it all, the
symbol is found at a glance, the colour is a help. Where stdout cannot show the symbols there are
ASCII ones. A status that no norm decides is never without the word *declared*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ledger.cli import output
from ledger.cli.columns import paragraph
from ledger.cli.output import Line, Styled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.api.results import Point
    from ledger.domain.resolve.resolve import Resolution


class _Look(NamedTuple):
    symbol: str
    ascii: str
    word: str
    color: str


LOOKS = {
    "legal": _Look("✔", "+", "legal", "green"),
    "under_framework": _Look("◆", "#", "under framework", "yellow"),
    "prohibited": _Look("✖", "x", "prohibited", "red"),
    "undetermined": _Look("?", "?", "undetermined", "cyan"),
}
_SIMULATED = "SIMULATED CLOCK: a program set the times of this ledger; they prove nothing."
NOTHING_CLAIMED = "no_claims"


def status_word(status: str) -> str:
    """Symbol and word of a status."""
    look = LOOKS[status]
    return f"{look.symbol if output.unicode() else look.ascii} {look.word}"


def status_piece(status: str) -> Styled:
    """Symbol and word of a status in its colour."""
    return Styled(status_word(status), LOOKS[status].color)


def arrow() -> str:
    """What stands between before and after."""
    return "→" if output.unicode() else "->"


def heading(text: str) -> Line:
    """A title line."""
    return (Styled(text, "bold"),)


def known_words(point: Point) -> str:
    """``known @42 (recorded until 2025-07-08 09:30 UTC)``."""
    until = point.recorded_until
    if not until:
        return f"known {point.known} (nothing was recorded)"
    return f"known {point.known} (recorded until {until[:10]} {until[11:16]} UTC)"


def point_lines(point: Point, view: str, *, simulated: bool) -> Iterator[Line]:
    """When, as known when, in which view: what every answer begins with."""
    words = f"As of {point.day.isoformat()}, {known_words(point)}, {view} view."
    yield from paragraph(words, output.columns())
    if simulated:
        yield from simulated_lines()


def simulated_lines() -> list[Line]:
    """The warning that times are made up."""
    wrapped = paragraph(_SIMULATED, output.columns())
    return [(Styled(str(line[0]), "yellow"),) for line in wrapped]


def cell_line(found: Resolution) -> Line:
    """The name of a cell."""
    cell = found.cell
    return (Styled(f"{cell.jurisdiction}  {cell.activity}", "bold"), f"  for {cell.actor}")


# --- the board -----------------------------------------------------------------------------------


def recognition_words(cell: Resolution) -> str:
    """The line of recognition, with *declared* where no norm fills it."""
    declared = cell.recognition_kind == "declared"
    return f"{cell.recognition} (declared)" if declared else str(cell.recognition)


def short_flag(flag: str) -> str:
    """A flag without the id it may carry: ``walked_back:0197...`` is ``walked_back``."""
    return flag.partition(":")[0] if flag.startswith("walked_back:") else flag


# --- one cell ------------------------------------------------------------------------------------


def gloss(term: str) -> str:
    """The first sentence of what a flag or reason means."""
    from ledger.domain.glossary import short

    return short(term)
