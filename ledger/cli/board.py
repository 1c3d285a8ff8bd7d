"""The board and a cell: status as lines of text.

A status is a symbol, a word and a colour, in this order of importance: the word says it all, the
symbol is found at a glance, the colour is a help. Where stdout cannot show the symbols there are
ASCII ones. A status that no norm decides is never without the word *declared*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ledger.cli import output
from ledger.cli.layout import paragraph, table
from ledger.cli.output import Line, Piece, Styled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ledger.api.results import Board, Point, StatusAnswer
    from ledger.domain.resolve.resolve import Resolution


class _Look(NamedTuple):
    symbol: str
    ascii: str
    word: str
    color: str


_LOOKS = {
    "legal": _Look("✔", "+", "legal", "green"),
    "under_framework": _Look("◆", "#", "under framework", "yellow"),
    "prohibited": _Look("✖", "x", "prohibited", "red"),
    "undetermined": _Look("?", "?", "undetermined", "cyan"),
}
_SIMULATED = "SIMULATED CLOCK: a program set the times of this ledger; they prove nothing."
_NOTHING_CLAIMED = "no_claims"


def status_word(status: str) -> str:
    """Symbol and word of a status."""
    look = _LOOKS[status]
    return f"{look.symbol if output.unicode() else look.ascii} {look.word}"


def status_piece(status: str) -> Styled:
    """Symbol and word of a status in its colour."""
    return Styled(status_word(status), _LOOKS[status].color)


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


def board_lines(board: Board, names: Mapping[str, str]) -> Iterator[Line]:
    """A board: cells under their jurisdiction, what nobody claimed anything about in one line.

    ``names`` gives the name of each jurisdiction.
    """
    yield (Styled("Status board", "bold"), f"  for {board.actor}")
    yield from point_lines(board.point, board.view, simulated=board.simulated)
    places: dict[str, list[Resolution]] = {}
    for cell in board.cells:
        places.setdefault(cell.cell.jurisdiction, []).append(cell)
    if not places:
        yield ("",)
        yield ("Nothing counts here yet. See `regledger review list` and `regledger history`.",)
        return
    for place, cells in places.items():
        yield ("",)
        yield heading(f"{place}  {names.get(place, '')}".rstrip())
        yield from _place_lines(cells)
    yield ("",)
    yield from _legend()


def _place_lines(cells: Sequence[Resolution]) -> Iterator[Line]:
    told = [c for c in cells if c.reason != _NOTHING_CLAIMED or _remarks(c)]
    rows: list[Sequence[Piece]] = [
        (f"  {c.cell.activity}", status_piece(c.status), _remarks(c)) for c in told
    ]
    yield from table(rows, output.columns())
    silent = [c.cell.activity for c in cells if c not in told]
    if silent:
        words = f"no claims: {', '.join(silent)}"
        yield from paragraph(words, output.columns(), first="  ", indent="    ")


def _remarks(cell: Resolution) -> str:
    """Declared, reason, recognition and flags of a cell in few words."""
    parts = ["declared"] if cell.basis_kind == "declared" else []
    if cell.reason and cell.reason != _NOTHING_CLAIMED:
        parts.append(cell.reason)
    if cell.recognition:
        parts.append(f"recognition {recognition_words(cell)}")
    flags = dict.fromkeys(short_flag(flag) for flag in cell.flags)
    return "; ".join([*parts, ", ".join(flags)] if flags else parts)


def recognition_words(cell: Resolution) -> str:
    """The line of recognition, with *declared* where no norm fills it."""
    declared = cell.recognition_kind == "declared"
    return f"{cell.recognition} (declared)" if declared else str(cell.recognition)


def short_flag(flag: str) -> str:
    """A flag without the id it may carry: ``walked_back:0197...`` is ``walked_back``."""
    return flag.partition(":")[0] if flag.startswith("walked_back:") else flag


def _legend() -> Iterator[Line]:
    pieces: list[Piece] = []
    for look in _LOOKS.values():
        symbol = look.symbol if output.unicode() else look.ascii
        pieces += [Styled(f"{symbol} {look.word}", look.color), "   "]
    yield tuple(pieces)
    yield ("declared: an office holder or body said so, no rule does",)
    yield ("every other word: `regledger help WORD`; reasons: `regledger why PLACE ACTIVITY`",)


# --- one cell ------------------------------------------------------------------------------------


def status_lines(answer: StatusAnswer) -> Iterator[Line]:
    """One cell: its status, the classes of actor that differ, its flags, what awaits review."""
    found = answer.resolution
    yield cell_line(found)
    yield from point_lines(answer.point, found.view, simulated=answer.simulated)
    yield ("",)
    yield ("  ", status_piece(found.status), _basis_words(found))
    yield from table([(f"  {name}", text) for name, text in _facts(answer)], output.columns())
    yield from _actor_lines(answer)
    yield from _flag_lines(found.flags)
    yield from _awaiting_lines(answer)
    yield ("",)
    cell = found.cell
    actor = "" if cell.actor == "any" else f" --actor {cell.actor}"
    point = f" --as-of {answer.point.day.isoformat()} --known-at {answer.point.known}"
    yield (f"Reasons: regledger why {cell.jurisdiction} {cell.activity}{actor}{point}",)


def _basis_words(found: Resolution) -> str:
    if found.basis_kind == "declared":
        return f", declared: said by officials, by rules it is {found.normative_status}"
    return f": {found.reason}" if found.reason else ""


def _facts(answer: StatusAnswer) -> Iterator[tuple[str, str]]:
    found = answer.resolution
    if found.reason:
        yield found.reason, gloss(found.reason)
    if found.possible[1:]:
        yield "possible", ", ".join(found.possible)
    if found.recognition:
        yield "recognition", recognition_words(found)
    if found.next_change:
        yield "next change", f"{found.next_change.isoformat()}, on what is recorded now"


def _actor_lines(answer: StatusAnswer) -> Iterator[Line]:
    if not answer.actors:
        return
    yield ("",)
    yield heading("Different for")
    rows = [(f"  {name}", status_piece(status)) for name, status in answer.actors.items()]
    yield from table(rows, output.columns())


def _flag_lines(flags: Sequence[str]) -> Iterator[Line]:
    if not flags:
        return
    yield ("",)
    yield heading("Flags")
    rows = {short_flag(flag): gloss(flag) for flag in flags}
    yield from table([(f"  {flag}", words) for flag, words in rows.items()], output.columns())


def _awaiting_lines(answer: StatusAnswer) -> Iterator[Line]:
    if answer.awaiting:
        yield ("",)
        yield (f"{answer.awaiting} awaiting review that bear on this: `regledger review list`",)


def gloss(term: str) -> str:
    """The first sentence of what a flag or reason means."""
    from ledger.domain.glossary import short

    return short(term)
