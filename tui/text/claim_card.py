"""A claim as a card of paragraphs: its sentence, then its fields in one column."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, Final

from ledger.text import visible, width
from ledger.wording.claim_card import NOT_THERE, STATEMENT, CardRow, claim_card
from tui.text.styled_pieces import Paragraph, para

_COLUMN: Final = 22  # cells of the longest label that others are aligned to
_BESIDE: Final = "  (kept beside the log, can be erased)"


def card(
    claim: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
    *,
    beside: Container[str] = (),
    hashes: bool = True,
) -> list[Paragraph]:
    """Return a claim as a card, ``before`` the content that it replaces.

    ``beside`` are the labels of what is kept beside the log; ``hashes`` whether they are shown.
    """
    rows = [row for row in claim_card(claim, before) if hashes or not row.is_hash]
    column = min(_COLUMN, max((width(visible(row.label)) for row in rows), default=0)) + 2
    found: list[Paragraph] = []
    for row in rows:
        note = _BESIDE if row.label in beside else ""
        found += _sentence(row, note) if row.label == STATEMENT else _field(row, column, note)
    return found


def _sentence(row: CardRow, note: str) -> list[Paragraph]:
    lines = [*(row.text or NOT_THERE).split("\n")]
    if row.was is not None:
        new = para(f"+ {row.text or NOT_THERE}", "added")
        return [para(f"- {row.was}", "removed"), new]
    shown = [para(line, "bold") for line in lines]
    shown[-1] = Paragraph((*shown[-1].pieces, (note, "dim"))) if note else shown[-1]
    return shown


def _field(row: CardRow, column: int, note: str) -> list[Paragraph]:
    label = visible(row.label)
    head = (f"{label}{' ' * max(1, column - width(label))}", "dim")
    first, *more = (row.text or NOT_THERE).split("\n")
    if row.was is not None:
        was, now = (visible(row.was), "removed"), (visible(row.text or NOT_THERE), "added")
        return [Paragraph((head, was, (" → ", "dim"), now, (note, "dim")))]
    lines = [Paragraph((head, (visible(first), "")))]
    lines += [Paragraph(((visible(line), ""),), column) for line in more]
    lines[-1] = Paragraph((*lines[-1].pieces, (note, "dim")), lines[-1].indent)
    return lines
