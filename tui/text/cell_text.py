"""A cell in words: its reasons under headings, and the claims that bear on it, as lines.

The claim ids in the reasons become entries (``@31``), listed below with the key of each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from ledger import api
from ledger.text import shorten, visible
from ledger.wording import explanations
from ledger.wording.answer_parts import Part, Said
from ledger.wording.explanations import NamedClaim
from ledger.wording.statuses import DECLARED, STATUSES
from tui.text.styled_pieces import Piece
from tui.text.styles import look_of
from tui.text.timeline_segment import TimelineSegment

_DASH: Final = ("  - ", "dim")
_STATEMENT: Final = 240  # cells of a statement in the list; the entry has all of it
_PARTS: Final = {
    "basis": ("● ", "good"),
    "recognition": ("○ ", "good"),
    "loser": ("✗ ", "bad"),
    "other": ("  ", ""),
}


@dataclass(frozen=True, slots=True)
class CellView:
    """Everything the page shows, as it came from the worker."""

    cell: api.CellPage
    today: date
    parts: Sequence[Part]  # of the answer, each with its heading

    @property
    def named(self) -> Mapping[str, NamedClaim]:
        """The claims that the reasons name, by id."""
        return self.cell.answer.named


@dataclass(frozen=True, slots=True)
class TextRow:
    """A line of text, and the entry it opens."""

    pieces: tuple[Piece, ...]
    seq: int | None = None


def segments_of(cell: api.CellPage) -> list[TimelineSegment]:
    """Return the segments of a cell as the strip draws them."""
    return [
        TimelineSegment(
            one.from_day,
            one.to_day,
            one.status,
            one.reason,
            one.basis_kind,
            one.flags,
            one.possible,
            forces,
        )
        for one, forces in zip(cell.segments, cell.forces, strict=True)
    ]


def reasons(read: CellView) -> Iterator[TextRow]:
    """Yield status and why, under headings; ids become entries."""
    yield from _status(read)
    for part in read.parts:
        yield TextRow(())
        yield TextRow(((part.heading, "heading"),))
        for said in part.lines:
            yield _said(said, read.named)
    if read.named:
        yield TextRow(())
        yield TextRow(((explanations.CLAIMS_NAMED, "heading"),))
    for claim, one in read.named.items():
        reference = f"  @{one.seq}".ljust(8)
        yield TextRow(((reference, "dim"), (visible(one.key or claim), "key")), one.seq)


def _said(said: Said, named: Mapping[str, NamedClaim]) -> TextRow:
    words = _cited(said.text, named)
    if not said.label:
        return TextRow((_DASH, (words, "")))
    if said.label in STATUSES:
        look = look_of(said.label)
        return TextRow((_DASH, (f"{look.symbol} {look.word}", look.style), (f"  {words}", "")))
    label = visible(said.label.replace("_", " "))
    return TextRow((_DASH, (label, "flag"), (f"  {words}", "")))


def _status(read: CellView) -> Iterator[TextRow]:
    answer, found = read.cell.answer, read.cell.answer.resolution
    look = look_of(found.status)
    pieces: list[Piece] = [(f"{look.symbol} {look.word}", f"{look.style} bold")]
    if found.basis_kind == "declared":
        pieces.append((f"  d {DECLARED}", "flag"))
    if not any(c.claim.activity == found.cell.activity for c in read.cell.claims):
        pieces.append(("  ^ no claim names this itself; it follows from above", "dim"))
    yield TextRow(tuple(pieces))
    yield TextRow(((_cited(answer.explanation.status, read.named), ""),))
    if answer.others:
        yield TextRow(((f"Here {explanations.only_for(answer.others)}.", "mark"),))
    if answer.awaiting:
        yield TextRow(((f"{explanations.awaiting(answer.awaiting)} (r)", "mark"),))


def _cited(text: str, named: Mapping[str, NamedClaim]) -> str:
    return visible(explanations.cited(text, named))


def claims(read: CellView) -> Iterator[TextRow]:
    """Yield the claims that count, the basis first, then those that await review."""
    cell = read.cell
    order = ("basis", "recognition", "loser", "other")
    ranked = sorted(cell.claims, key=lambda c: order.index(cell.part(c.id)))
    yield TextRow(((f"Claims that count ({len(ranked)})", "heading"),))
    if ranked:
        yield TextRow((("● basis  ○ of recognition  ✗ beaten", "dim"),))
    for counted in ranked:
        yield from _claim(counted, *_PARTS[cell.part(counted.id)])
    if cell.cut:
        words = "  older remarks that bear on no status are in the history (h, then f)"
        yield TextRow(((words, "dim"),))
    if not ranked:
        yield TextRow(
            (("  none: nobody has said anything about this or what lies above it.", "dim"),)
        )
    if cell.pending:
        yield TextRow(())
        yield TextRow(
            ((f"Awaiting review ({len(cell.pending)}): they count for nothing yet", "heading"),)
        )
        for counted in cell.pending:
            yield from _claim(counted, "+ ", "mark")


def _claim(counted: api.CountedClaim, mark: str, style: str) -> Iterator[TextRow]:
    claim = counted.claim
    name = visible(claim.key or counted.id)
    yield TextRow(((mark, style), (f"@{counted.seq}".ljust(6), "dim"), (name, "key")), counted.seq)
    warnings = [
        word
        for word, given in (("disputed", counted.disputed), ("suspect key", counted.suspect_key))
        if given
    ]
    facts = ", ".join(
        part for part in (claim.kind, claim.force, _what(claim), dated(claim)) if part
    )
    pieces: list[Piece] = [("    ", "dim"), (visible(facts), "")]
    if warnings:
        pieces.append(("  " + ", ".join(warnings), "flag"))
    yield TextRow(tuple(pieces))
    yield TextRow((("    ", "dim"), (shorten(claim.statement, _STATEMENT), "dim")))


def _what(claim: Any) -> str:
    """Return what a claim says or does, in a word."""
    for member in ("effect", "act", "outcome", "stage", "asserts"):
        value = getattr(claim, member, None)
        if value:
            return str(value).replace("_", " ").replace(":", " ")
    return ""


def dated(claim: Any) -> str:
    """Return the days of a claim as its source gives them (EDTF)."""
    said = getattr(claim, "uttered_at", None) or claim.date_anchor
    starts = ("effective_from", "applicable_from", "at", "published", "made")
    first = next(
        (getattr(claim, name, None) for name in starts if getattr(claim, name, None)), None
    )
    last = getattr(claim, "effective_to", None) or getattr(claim, "until", None)
    if getattr(claim, "commencement", None):
        return "not commenced"
    if first is None:
        return f"said {said}" if said else "undated"
    return f"{first} to {last}" if last else f"from {first}"
