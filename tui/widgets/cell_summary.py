"""The summary of one cell beside the board: status, since when, why, flags, what comes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from textual.content import Content
from textual.widgets import Static

from ledger import api
from ledger.text import visible
from ledger.wording.answer_parts import Said, parts
from ledger.wording.statuses import FLAG_WORDS, FLAGS, marks_of, meanings
from tui.text.board_table import BoardCell, BoardTable, Place
from tui.text.styles import colour_of, look_of, styled
from tui.widgets.board_grid import why_of

_ID: Final = re.compile(r" \[[0-9a-f]{8}-[0-9a-f-]{27}\]")
_SINCE: Final = re.compile(r"since (\d{4}-\d{2}-\d{2})\b")
_DIM: Final = "$foreground 65%"
_MOST = 8  # flags beside the board; the cell's own screen has all
_FEW = 3  # lines of a part of the answer, likewise
_SHOWN = ("candidates", "acts", "position", "commitments", "recognition", "actors", "places")


@dataclass(frozen=True, slots=True)
class CellSummary:
    """The answer for a cell, with its flags in words."""

    resolution: api.Resolution
    sentence: str
    basis: tuple[str, ...]
    told: tuple[tuple[str, str], ...]  # heading and line of what was done, promised or planned
    change: str
    awaiting: int
    meanings: tuple[tuple[str, str], ...]  # flag, what it means

    @property
    def since(self) -> str:
        """Return the day since which it is so; empty where it has no first day."""
        found = _SINCE.findall(self.sentence)
        return found[-1] if found else ""


def summary_of(answer: api.StatusAnswer) -> CellSummary:
    """Put an answer together for showing. For a worker: it looks into the glossary."""
    explanation, found = answer.explanation, answer.resolution
    told = (part for part in parts(found, explanation) if part.name in _SHOWN)
    return CellSummary(
        resolution=found,
        sentence=explanation.status,
        basis=tuple(_ID.sub("", one) for one in explanation.basis),
        told=tuple(
            (part.heading, f"{_worded(said)}{_ID.sub('', said.text)}")
            for part in told
            for said in part.lines
        ),
        change=" ".join(explanation.change),
        awaiting=answer.awaiting,
        meanings=tuple(meanings(answer.flags).items()),
    )


class CellSummaryPane(Static):
    """The pane beside the grid."""

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._shown = Content("")
        self._late = False  # whether what is painted is older

    @property
    def text(self) -> str:
        """Return what is shown, as plain text."""
        return self._shown.plain

    def show(self, content: Content) -> None:
        """Show a content. While the pane is not seen, nothing is laid out."""
        self._shown, self._late = content, True
        self.catch_up()

    def catch_up(self) -> None:
        """Paint what was not painted while the pane was not seen."""
        if self._late and self.screen.has_class("-wide"):
            self._late = False
            self.update(self._shown)


def at_once(place: Place, shown: BoardCell, table: BoardTable) -> Content:
    """Return what the grid knows of a cell, until the answer comes."""
    return Content("\n").join(
        [*_head(place, shown, table), Content(""), Content.styled("...", _DIM)]
    )


def in_full(place: Place, found: CellSummary, shown: BoardCell, table: BoardTable) -> Content:
    """Return the whole answer for the pane."""
    content = [*_head(place, shown, table), Content(""), safe_sentence(found.sentence)]
    if shown.above is not None:
        source = why_of(shown, table).removeprefix("as ")
        content += [
            Content(""),
            styled(f"^ No claim names this itself: it follows from {source}.", _DIM),
        ]
    for one in found.basis:
        content += [Content(""), safe_sentence(one)]
    content += [Content(""), *_told(found), *_flags(found)]
    if found.awaiting:
        many = "claim awaits" if found.awaiting == 1 else "claims await"
        content += [Content.styled(f"{found.awaiting} {many} review (r)", "$accent"), Content("")]
    content += [safe_sentence(found.change), Content("")]
    content.append(Content.styled("enter  why, timeline and claims", _DIM))
    return Content("\n").join(content)


def brief(
    place: Place, shown: BoardCell, table: BoardTable, found: CellSummary | None = None
) -> Content:
    """Return two lines for a narrow terminal."""
    look = look_of(shown.status)
    first = [
        Content.styled(visible(_name(place, table)) + "  ", "bold"),
        Content.styled(f"{look.symbol} {look.word}", f"{colour_of(look)} bold"),
    ]
    if found is not None and found.since:
        first.append(Content(f" since {found.since}"))
    marks = marks_of(shown.flags, shown.basis_kind)
    first += [Content.styled(f"  {FLAGS[m]} {FLAG_WORDS[m]}", "$warning") for m in marks]
    if found is not None and found.awaiting:
        first.append(Content.styled(f"  {found.awaiting} to review", "$accent"))
    second = _second(shown, table, found)
    if found is not None and found.resolution.next_change is not None:
        second = f"Changes on {found.resolution.next_change}. {second}"
    return Content.assemble(*first, "\n", safe_sentence(second))


def _second(shown: BoardCell, table: BoardTable, found: CellSummary | None) -> str:
    """Return the rule it rests on; without one what became of the rules, or what is promised."""
    if found is None or not found.basis:
        return why_of(shown, table)
    if found.resolution.basis or not found.told:
        return found.basis[0]
    return found.told[0][1]


def safe_sentence(text: str) -> Content:
    """Return a sentence with text of others in it."""
    return Content(visible(text))


def _name(place: Place, table: BoardTable) -> str:
    jurisdiction, activity = place
    known_as = table.taxonomy.activities.get(activity)
    return f"{jurisdiction} {known_as.name if known_as else activity}"


def _head(place: Place, shown: BoardCell, table: BoardTable) -> Iterator[Content]:
    look = look_of(shown.status)
    yield Content.styled(visible(_name(place, table)), "bold $primary")
    yield Content.styled(visible(f"{place[0]} {place[1]}"), _DIM)
    yield Content("")
    status = Content.styled(f"{look.symbol} {look.word}", f"{colour_of(look)} bold")
    if shown.basis_kind == "declared":
        status = Content.assemble(status, ("  d declared, not law", "$warning bold"))
    yield status


def _told(found: CellSummary) -> Iterator[Content]:
    headings = dict.fromkeys(heading for heading, _ in found.told)
    for heading in headings:
        yield Content.styled(heading, "bold")
        lines = [line for under, line in found.told if under == heading]
        yield from (safe_sentence(f"- {line}") for line in lines[:_FEW])
        if len(lines) > _FEW:
            yield Content.styled(f"and {len(lines) - _FEW} more (enter)", _DIM)
        yield Content("")


def _worded(said: Said) -> str:
    return f"{look_of(said.label).word}: " if said.label else ""


def _flags(found: CellSummary) -> Iterator[Content]:
    for flag, meaning in found.meanings[:_MOST]:
        marks = marks_of((flag,), "none")
        sign = f"{FLAGS[marks[0]]} " if marks else ""
        yield Content.assemble(
            (f"{sign}{visible(flag.replace('_', ' '))}", "$warning bold"), f"  {visible(meaning)}"
        )
    if len(found.meanings) > _MOST:
        yield Content.styled(f"and {len(found.meanings) - _MOST} more (enter)", _DIM)
    if found.meanings:
        yield Content("")
