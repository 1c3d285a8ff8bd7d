"""Columns and wrapped paragraphs, measured in terminal cells.

Everything here works on text that is already visible (:func:`ledger.text.visible` is applied on the
way in), so that what is measured is what is shown.
"""

from collections.abc import Iterable, Iterator, Sequence

from ledger.cli import output
from ledger.cli.output import Line, Piece, Styled
from ledger.text import visible, width

GAP = 2
_NARROWEST = 16


def wrap(text: str, cells: int) -> list[str]:
    """Break text at blanks into lines of at most ``cells``; at least one line.

    A longer word stays whole and sticks out: a hash is there to be copied.
    """
    made: list[str] = []
    current = ""
    for word in visible(text).split(" "):
        grown = f"{current} {word}" if current else word
        if not current or width(grown) <= cells:
            current = grown
        else:
            made.append(current)
            current = word
    return [*made, current]


def paragraph(text: str, *, first: str = "", indent: str = "") -> list[Line]:
    """Return wrapped text: its first line begins with ``first``, the others with ``indent``."""
    room = max(_NARROWEST, output.columns() - max(width(first), width(indent)))
    wrapped = wrap(text, room)
    return [(f"{indent if n else first}{one}",) for n, one in enumerate(wrapped)]


def fields(pairs: Iterable[tuple[str, str]], *, indent: str = "") -> list[Line]:
    """Return ``label  text`` lines with the texts aligned and wrapped."""
    return table((f"{indent}{label}", text) for label, text in pairs if text)


def table(cells: Iterable[Sequence[Piece]]) -> list[Line]:
    """Return rows in aligned columns; the last takes what is left of the line and is wrapped."""
    rows = list(cells)
    if not rows:
        return []
    last = len(rows[0]) - 1
    widths = [max(width(_text(row[n])) for row in rows) for n in range(last)]
    room = max(_NARROWEST, output.columns() - sum(widths) - GAP * last)
    return [line for row in rows for line in _row(row, widths, room)]


def _row(row: Sequence[Piece], widths: Sequence[int], room: int) -> Iterator[Line]:
    margin = " " * (sum(widths) + GAP * len(widths))
    for n, part in enumerate(wrap(_text(row[-1]), room)):
        end = Styled(part, row[-1].style) if isinstance(row[-1], Styled) else part
        if n:
            yield (margin, end)
            continue
        pieces: list[Piece] = []
        for cell, size in zip(row, widths, strict=False):
            text = _text(cell)
            pieces.append(Styled(text, cell.style) if isinstance(cell, Styled) else text)
            pieces.append(" " * (size - width(text) + GAP))
        yield (*pieces, end)


def _text(cell: Piece) -> str:
    return visible(cell.text if isinstance(cell, Styled) else cell)
