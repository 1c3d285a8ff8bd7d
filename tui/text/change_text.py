"""Changes in paragraphs: statuses before and after, fields of a claim old and new."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ledger import api
from ledger.text import visible
from ledger.wording.changes import SAME_STATUS, grouped, nothing_would_change
from ledger.wording.statuses import in_brackets
from tui.query_context import QueryContext
from tui.text.styled_pieces import BLANK, Paragraph, Piece, para
from tui.text.styles import STATUSES


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
