"""Lines that several answers begin with: the point, the cell, a status in its color.

Where stdout cannot show the symbols of statuses there are ASCII ones.
"""

from collections.abc import Iterator, Mapping

from ledger import api
from ledger.cli import output
from ledger.cli.columns import paragraph, table
from ledger.cli.output import Line, Styled
from ledger.wording.answer_parts import Part
from ledger.wording.entries import minute
from ledger.wording.explanations import NamedClaim, cited
from ledger.wording.statuses import STATUSES

STATUS_COLORS = {
    "legal": "green",
    "under_framework": "yellow",
    "prohibited": "red",
    "undetermined": "cyan",
}
_SIMULATED = "SIMULATED CLOCK: a program set the times of this ledger; they prove nothing."


def status_piece(status: str) -> Styled:
    """Return symbol and word of a status in its color."""
    said = STATUSES[status]
    symbol = said.symbol if output.unicode() else said.ascii
    return Styled(f"{symbol} {said.word}", STATUS_COLORS[status])


def arrow() -> str:
    """Return the arrow between before and after."""
    return "→" if output.unicode() else "->"


def heading(text: str) -> Line:
    """Return a title line."""
    return (Styled(text, "bold"),)


def section(title: str) -> Iterator[Line]:
    """Yield an empty line and a title line."""
    yield ("",)
    yield heading(title)


def known_words(point: "api.Point") -> str:
    """``known @42 (recorded until 2025-07-08 09:30 UTC)``."""
    until = point.recorded_until
    if not until:
        return f"known {point.known} (nothing was recorded)"
    return f"known {point.known} (recorded until {minute(until)} UTC)"


def point_lines(point: "api.Point", view: str, *, simulated: bool) -> Iterator[Line]:
    """Yield the point and the view with which every answer begins."""
    words = f"As of {point.day.isoformat()}, {known_words(point)}, {view} view."
    yield from paragraph(words)
    if simulated:
        yield from simulated_lines()


def simulated_lines() -> list[Line]:
    """Return the warning that the times are made up."""
    wrapped = paragraph(_SIMULATED)
    return [(Styled(str(line[0]), "yellow"),) for line in wrapped]


def cell_line(found: "api.Resolution") -> Line:
    """Return the name of a cell."""
    cell = found.cell
    return (Styled(f"{cell.jurisdiction}  {cell.activity}", "bold"), f"  for {cell.actor}")


def part_lines(part: Part, named: Mapping[str, NamedClaim]) -> Iterator[Line]:
    """Yield the lines of a part of an answer, below its heading."""
    if all(said.label in STATUSES for said in part.lines):
        yield from table((" ", status_piece(said.label), said.text) for said in part.lines)
        return
    for said in part.lines:
        words = f"{said.label}: {said.text}" if said.label else said.text
        lead = "      - " if said.below else "  - "
        yield from paragraph(cited(words, named), first=lead, indent=" " * len(lead))
