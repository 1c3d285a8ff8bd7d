"""Changes in paragraphs: statuses before and after, fields of a claim old and new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ledger import api
from ledger.text import visible, width
from ledger.wording.changes import SAME_STATUS, grouped, nothing_would_change
from ledger.wording.field_labels import changed_fields, claim_fields
from ledger.wording.statuses import in_brackets
from tui.query_context import QueryContext
from tui.text.styled_pieces import BLANK, Paragraph, Piece, para
from tui.text.styles import STATUSES

_COLUMN: Final = 22  # cells of the longest label that others are aligned to


def status_changes(changes: Sequence[api.CellChange], context: QueryContext) -> list[Paragraph]:
    """Return each cell that changes, before and after; alike actor classes together.

    First where it is looked at: the day, the actor class and the view of the context.
    """
    found: list[Paragraph] = [para(context.preview_words, "dim")]
    if not changes:
        return [*found, para(nothing_would_change(context.as_of))]
    for group in grouped(changes):
        one, actors = group.change, ", ".join(group.actors)
        cell = visible(" ".join(group.place))
        found.append(Paragraph(((cell, "bold"), (f"  for {visible(actors)}", ""))))
        before, after = _short(one.before), _short(one.after)
        if group.same_status:
            found.append(Paragraph((*before, (SAME_STATUS, "")), 2))
        else:
            found.append(Paragraph((*before, (" → ", "dim"), *after), 2))
    return found


def _short(found: api.Resolution) -> tuple[Piece, ...]:
    look = STATUSES[found.status]
    words = visible(in_brackets(found).replace("_", " "))
    return ((f"{look.symbol} {look.word}", look.style), *([(words, "")] if words else ()))


def fields(value: Mapping[str, Any]) -> list[Paragraph]:
    """Return a claim field by field, the values in one column."""
    rows = [(visible(label), visible(text)) for label, text in claim_fields(value)]
    column = min(_COLUMN, max((width(name) for name, _ in rows), default=0)) + 2
    return [
        Paragraph(((f"{name}{' ' * max(1, column - width(name))}", "dim"), (text, "")))
        for name, text in rows
    ]


def field_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Paragraph]:
    """Return what differs between two contents of a claim, each field with both texts."""
    found: list[Paragraph] = []
    for one in changed_fields(old, new):
        found.append(para(one.label, "bold"))
        if one.before is not None:
            found.append(para(f"- {one.before}", "removed", indent=2))
        if one.after is not None:
            found.append(para(f"+ {one.after}", "added", indent=2))
    return found or [para("No field differs.")]


def why_words(code: str | None, comment: str | None) -> list[Paragraph]:
    """Return the reason and the comment, as they are signed."""
    said = (f"“{visible(comment)}”", "") if comment else ("none", "dim")
    return [
        Paragraph((("reason   ", "dim"), (visible(code), "bold") if code else ("none", "dim"))),
        Paragraph((("comment  ", "dim"), said)),
    ]


def under(title: str, inside: Iterable[Paragraph]) -> list[Paragraph]:
    """Return a heading with what is below it, and a blank line before."""
    return [BLANK, para(title, "heading"), *inside]
