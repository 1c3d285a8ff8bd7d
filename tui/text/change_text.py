"""Changes in paragraphs: statuses before and after, fields of a claim old and new."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from ledger.text import visible, width
from ledger.wording.changes import NOTHING_WOULD_CHANGE, SAME_STATUS, grouped
from ledger.wording.statuses import in_brackets
from tui.form_fields import CLAIM_FIELDS, GROUPS
from tui.text.pieces import BLANK, Paragraph, para
from tui.text.styles import STATUSES

if TYPE_CHECKING:
    from ledger.api.results import CellChange
    from ledger.api.types import Resolution
    from tui.text.pieces import Piece

_COLUMN: Final = 22  # cells of the longest label that others are aligned to
_FIRST: Final = ("kind", *CLAIM_FIELDS)
Leaf = tuple[str, str]


def status_changes(changes: Sequence[CellChange]) -> list[Paragraph]:
    """Return each cell that changes, before and after; alike actor classes together."""
    if not changes:
        return [para(NOTHING_WOULD_CHANGE)]
    found: list[Paragraph] = []
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


def _short(found: Resolution) -> tuple[Piece, ...]:
    look = STATUSES[found.status]
    words = visible(in_brackets(found).replace("_", " "))
    return ((f"{look.symbol} {look.word}", look.style), *([(words, "")] if words else ()))


# --- fields --------------------------------------------------------------------------------------


def leaves(value: Mapping[str, Any]) -> list[Leaf]:
    """Return the values of a claim with their paths, in reading order, without digests."""
    ordered = sorted(value, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))
    return [leaf for name in ordered if name != "_sd" for leaf in _leaves(name, value[name])]


def _leaves(path: str, value: Any) -> Iterator[Leaf]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name != "_sd":
                yield from _leaves(f"{path}.{name}", inner)
    elif isinstance(value, list | tuple) and any(isinstance(one, Mapping) for one in value):
        for n, inner in enumerate(value, 1):
            yield from _leaves(f"{path} {n}", inner)
    else:
        yield path, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def fields(value: Mapping[str, Any]) -> list[Paragraph]:
    """Return a claim field by field, the values in one column."""
    rows = [(visible(label(path)), visible(text)) for path, text in leaves(value)]
    column = min(_COLUMN, max((width(name) for name, _ in rows), default=0)) + 2
    return [
        Paragraph(((f"{name}{' ' * max(1, column - width(name))}", "dim"), (text, "")))
        for name, text in rows
    ]


def label(path: str) -> str:
    """Return a path as people read it: ``reports 1.url`` is the url of source 1."""
    first, _, rest = path.replace("_", " ").partition(".")
    name, _, number = first.partition(" ")
    owner = f"{GROUPS[name]} {number}" if name in GROUPS and number else first
    return f"{owner} {rest}".strip()


def field_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Paragraph]:
    """Return what differs between two contents of a claim, each field with both texts."""
    before, after = dict(leaves(old)), dict(leaves(new))
    found: list[Paragraph] = []
    for path in [*after, *(path for path in before if path not in after)]:
        was, becomes = before.get(path), after.get(path)
        if was == becomes:
            continue
        found.append(para(label(path), "bold"))
        if was is not None:
            found.append(para(f"- {was}", "removed", indent=2))
        if becomes is not None:
            found.append(para(f"+ {becomes}", "added", indent=2))
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
