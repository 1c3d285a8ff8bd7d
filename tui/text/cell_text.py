"""A cell in words: its reasons under headings, and the claims that bear on it, as lines.

The claim ids in the reasons become entries (``@31``), which can be opened where they stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from ledger import api
from ledger.text import shorten, visible, width
from ledger.wording import explanations
from ledger.wording.answer_parts import Part, Said
from ledger.wording.claim_card import claim_name
from ledger.wording.explanations import NamedClaim
from ledger.wording.statuses import DECLARED, STATUSES
from tui.text.styled_pieces import Piece
from tui.text.styles import look_of
from tui.text.timeline_segment import TimelineSegment

_DASH: Final = ("  - ", "dim")
_BELOW: Final = ("      - ", "dim")
_LEAST_NAME: Final = 12  # cells of an activity's name
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

    def title(self, cells: int) -> str:
        """Return cell, day, class and view: ``Exchange · Pakistan · anybody · 8 Jul 2025 · ...``.

        Where these take more than ``cells``, it is the activity's name that is cut.
        """
        found = self.cell.answer.resolution
        whole = title(self.cell.names, found.day, found.view)
        over = width(whole) - cells
        if over <= 0:
            return whole
        what, *more = self.cell.names
        short = shorten(what, max(_LEAST_NAME, width(what) - over))
        return title((short, *more), found.day, found.view)


@dataclass(frozen=True, slots=True)
class TextRow:
    """A line of text: the entry it opens as a whole, and whether it unfolds what is below it.

    Pieces in the style ``ref`` are references such as ``[@31]``, each of which can be opened.
    """

    pieces: tuple[Piece, ...]
    seq: int | None = None
    folds: bool = False


def title(names: Sequence[str], day: date | None, view: str) -> str:
    """Return the names of a cell, the day and the view in one line; untrusted text."""
    when = f"{day.day} {day:%b %Y}" if day is not None else "today"
    return " · ".join((*names, when, view))


def segments_of(cell: api.CellPage) -> list[TimelineSegment]:
    """Return the segments of a cell as the strip draws them."""
    made: list[TimelineSegment] = []
    since: date | None = None
    rested: tuple[str, ...] = ()  # on what the status rested before the basis of this segment
    for n, (one, forces, named) in enumerate(
        zip(cell.segments, cell.forces, cell.instruments, strict=True)
    ):
        before = made[-1] if made else None
        if before is None or before.status != one.status:
            since = one.from_day
        if before is not None and before.instruments != named:
            rested = tuple(name for name in before.instruments if named and name not in named)
        made.append(
            TimelineSegment(
                *one,
                forces=forces,
                instruments=named,
                replaced=rested,
                since=since if n and since != one.from_day else None,
            )
        )
    return made


def reasons(read: CellView) -> Iterator[TextRow]:
    """Yield status and why, under headings; ids become entries."""
    yield from _status(read)
    for part in read.parts:
        yield TextRow(())
        yield TextRow(((part.heading, "heading"),))
        for said in part.lines:
            yield _said(said, read.cell.answer.cited)


def _said(said: Said, cited: Mapping[str, NamedClaim]) -> TextRow:
    words, dash = _cited(said.text, cited), _BELOW if said.below else _DASH
    if not said.label:
        return TextRow((dash, *words))
    if said.label in STATUSES:
        look = look_of(said.label)
        return TextRow((dash, (f"{look.symbol} {look.word}", look.style), ("  ", ""), *words))
    label = visible(said.label.replace("_", " "))
    return TextRow((dash, (label, "flag"), ("  ", ""), *words))


def _status(read: CellView) -> Iterator[TextRow]:
    answer, found = read.cell.answer, read.cell.answer.resolution
    look = look_of(found.status)
    pieces: list[Piece] = [(f"{look.symbol} {look.word}", f"{look.style} bold")]
    if found.basis_kind == "declared":
        pieces.append((f"  d {DECLARED}", "flag"))
    if not any(c.claim.activity == found.cell.activity for c in read.cell.claims):
        pieces.append(("  ^ no claim names this itself; it follows from above", "dim"))
    yield TextRow(tuple(pieces))
    yield TextRow(_cited(answer.explanation.status, answer.cited))
    if answer.others:
        yield TextRow(((f"Here {explanations.only_for(answer.others)}.", "mark"),))
    if answer.awaiting:
        yield TextRow(((f"{explanations.awaiting(answer.awaiting)} (r)", "mark"),))


def _cited(text: str, named: Mapping[str, NamedClaim]) -> tuple[Piece, ...]:
    """Return a sentence with entries in place of claim ids, each a reference to be opened."""
    pieces = explanations.in_pieces(text, named)
    return tuple((visible(words), "" if seq is None else "ref") for words, seq in pieces if words)


def claims(read: CellView, *, unfolded: bool = False) -> Iterator[TextRow]:
    """Yield the claims that bear on the answer, the basis first, then those that await review.

    What else was recorded about the cell is one line until it is ``unfolded``.
    """
    cell = read.cell
    order = ("basis", "recognition", "loser", "other")
    ranked = sorted(cell.claims, key=lambda c: order.index(cell.part(c.id)))
    bearing = [c for c in ranked if cell.part(c.id) != "other" or c.id in cell.answer.named]
    others = [c for c in ranked if c not in bearing]
    yield TextRow(((f"Claims that bear on this ({len(bearing)})", "heading"),))
    if bearing:
        yield TextRow((("● basis  ○ of recognition  ✗ beaten", "dim"),))
    for counted in bearing:
        yield from _claim(counted, *_PARTS[cell.part(counted.id)])
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
    if others or cell.cut:
        yield TextRow(())
        yield from _folded(others, cut=cell.cut, unfolded=unfolded)


def _folded(others: Sequence[api.CountedClaim], *, cut: bool, unfolded: bool) -> Iterator[TextRow]:
    """Yield how many claims bear on nothing here; below it, where unfolded, these claims."""
    sign, hint = ("▾", "folds them") if unfolded else ("▸", "shows them")
    words = f"{sign} also recorded ({len(others)}{'+' if cut else ''})"
    yield TextRow(((words, "heading"), (f"  enter {hint}", "dim")), folds=True)
    if not unfolded:
        return
    for counted in others:
        yield from _claim(counted, *_PARTS["other"])
    if cut:
        words = "  older remarks that bear on no status are in the history (h, then f)"
        yield TextRow(((words, "dim"),))


def _claim(counted: api.CountedClaim, mark: str, style: str) -> Iterator[TextRow]:
    claim = counted.claim
    name = visible(claim_name(claim.key, claim.statement))
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
