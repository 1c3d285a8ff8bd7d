"""Blocks of a comparison: before and after, one under the other or side by side, word by word.

A block knows nothing of the width; it makes lines when it is given one. Where something is left out
between two lines, a line says how much: two lines that stand together belong together. Removed and
added words carry marks (``[-old-]``, ``{+new+}``), so that nothing depends on colour.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final, NamedTuple, Protocol

from ledger.text import visible, width
from tui.text.styled_pieces import Piece, first_cells
from tui.text.word_diff import FieldDiff, TextPart, word_diff

Target = tuple[str, ...]  # ("entry", "42"), ("claim", id), ("cell", jurisdiction, activity)
_LABEL: Final = 13
_RULE: Final = " │ "
_CONTEXT: Final = 1.5  # lines of unchanged words kept beside a change
_LEAST_GAP: Final = 3  # lines: fewer are shown rather than counted
NARROWEST: Final = 12
_WORD: Final = re.compile(r" *[^ ]+| +$")  # a word with the blanks before it


class BlockRow(NamedTuple):
    """One line: its pieces, what Enter opens, and whether the cursor may stand on it."""

    pieces: Sequence[Piece]
    target: Target | None = None


class Block(Protocol):
    """Something to be shown in as many lines as the width asks for."""

    def rows(self, cells: int, *, split: bool) -> Iterator[BlockRow]:
        """Return the lines for a width; ``split`` side by side."""


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A paragraph of safe pieces; all its lines open the same."""

    pieces: tuple[Piece, ...]
    indent: int = 0
    hang: int = 0
    target: Target | None = None

    def rows(self, cells: int, *, split: bool) -> Iterator[BlockRow]:
        """Yield the wrapped paragraph."""
        del split
        for line in wrapped(self.pieces, cells, self.indent, self.hang):
            yield BlockRow(line, self.target)


BLANK: Final = TextBlock(())


def text_block(
    words: str, style: str = "", *, indent: int = 0, target: Target | None = None
) -> TextBlock:
    """Return a paragraph of untrusted text."""
    return TextBlock(((visible(words), style),), indent, 0, target)


def gap_block(count: int, what: str = "line") -> TextBlock:
    """Return the line that stands for what was left out."""
    return TextBlock(((f"… {count} {what}{'s' * (count != 1)} unchanged …", "dim"),), 2)


@dataclass(frozen=True, slots=True)
class ChangeBlock:
    """A labelled fact before and after: safe pieces, equal where nothing changed."""

    label: str
    old: tuple[Piece, ...]
    new: tuple[Piece, ...]
    target: Target | None = None

    def rows(self, cells: int, *, split: bool) -> Iterator[BlockRow]:
        """Yield two columns, or the old line above the new one; one line where they are equal."""
        if split:
            yield from self._split(cells)
        elif self.old == self.new:
            yield from self._line("  ", "dim", self.new, cells, label=self.label)
        else:
            yield from self._line("- ", "removed", self.old, cells, label=self.label)
            yield from self._line("+ ", "added", self.new, cells, label="")

    def _line(
        self, sign: str, style: str, pieces: tuple[Piece, ...], cells: int, *, label: str
    ) -> Iterator[BlockRow]:
        shown = pieces if self.old != self.new else tuple((words, "dim") for words, _ in pieces)
        room = max(NARROWEST, cells - _LABEL - len(sign))
        for number, line in enumerate(wrapped(shown, room)):
            lead = (_label(label if not number else ""), (sign if not number else "  ", style))
            yield BlockRow([*lead, *line], self.target)

    def _split(self, cells: int) -> Iterator[BlockRow]:
        room = column_of(cells, _LABEL)
        same = self.old == self.new
        sides = [
            [(words, "dim") for words, _ in side] if same else list(side)
            for side in (self.old, self.new)
        ]
        lines = [wrapped(side, room) for side in sides]
        for number, (left, right) in enumerate(zip_longest(*lines, fillvalue=[])):
            label = _label("" if number else self.label)
            yield BlockRow((label, *padded(left, room), (_RULE, "dim"), *right), self.target)


@dataclass(frozen=True, slots=True)
class WordsBlock:
    """One field of a corrected claim, compared word by word."""

    field: FieldDiff
    target: Target | None = None

    def rows(self, cells: int, *, split: bool) -> Iterator[BlockRow]:
        """Yield the name of the field, and below it both texts."""
        missing = {self.field.old is None: "only after", self.field.new is None: "only before"}
        note = missing.get(True, "")
        head: list[Piece] = [(visible(self.field.path), "key")]
        yield BlockRow([*head, (f"  {note}", "dim")] if note else head, self.target)
        room = column_of(cells, 2) if split else max(NARROWEST, cells - 2)
        parts = word_diff(self.field.old or "", self.field.new or "")
        for stretch in _stretches(parts, room):
            if isinstance(stretch, int):
                yield from gap_block(stretch).rows(cells, split=split)
            elif split:
                yield from self._columns(stretch, room)
            else:
                for line in _lines(stretch, old=True, new=True):
                    for part in wrapped(line, room):
                        yield BlockRow([("  ", ""), *part], self.target)

    def _columns(self, stretch: Sequence[TextPart], room: int) -> Iterator[BlockRow]:
        sides = [
            [w for line in _lines(stretch, old=old, new=not old) for w in wrapped(line, room)]
            for old in (True, False)
        ]
        for left, right in zip_longest(*sides, fillvalue=[]):
            yield BlockRow([("  ", ""), *padded(left, room), (_RULE, "dim"), *right], self.target)


def column_of(cells: int, lead: int) -> int:
    """Return how wide each of two columns is."""
    return max(NARROWEST, (cells - lead - len(_RULE)) // 2)


def padded(pieces: Sequence[Piece], cells: int) -> list[Piece]:
    """Return pieces filled up with blanks to a width."""
    missing = cells - sum(width(words) for words, _ in pieces)
    return [*pieces, (" " * missing, "")] if missing > 0 else list(pieces)


def _label(words: str) -> Piece:
    return (f"{words:<{_LABEL}}", "dim")


def wrapped(
    pieces: Sequence[Piece], cells: int, indent: int = 0, hang: int = 0
) -> list[list[Piece]]:
    """Break safe pieces into lines of at most ``cells`` cells, between words where there are any.

    A word wider than a line is cut, never lost; blanks at which a line breaks are.
    """
    made: list[list[Piece]] = []
    line: list[Piece] = [(" " * indent, "")] if indent else []
    room = full = max(1, cells - indent)
    for words, style in pieces:
        for found in _WORD.finditer(words):
            word = found[0]
            size = width(word)
            while size > room:
                if room < full:
                    word = word.lstrip(" ")
                else:
                    head = first_cells(word, room)
                    line.append((head, style))
                    word = word[len(head) :]
                made.append(line)
                line = [(" " * (indent + hang), "")] if indent + hang else []
                room = full = max(1, cells - indent - hang)
                size = width(word)
            line.append((word, style))
            room -= size
    return [*made, line]


def _lines(parts: Iterable[TextPart], *, old: bool, new: bool) -> Iterator[list[Piece]]:
    """Yield the parts as marked pieces, in lines; a changed line break is shown as ↵."""
    line: list[Piece] = []
    for part in parts:
        if part.same:
            first, *rest = part.old.split("\n")
            line.append((visible(first), ""))
            for more in rest:
                yield line
                line = [(visible(more), "")]
            continue
        if old and part.old:
            line.append((f"[-{_unbroken(part.old)}-]", "removed bold"))
        if new and part.new:
            line.append((f"{{+{_unbroken(part.new)}+}}", "added bold"))
    yield [piece for piece in line if piece[0]]


def _unbroken(words: str) -> str:
    return visible(words.replace("\n", "↵"))


def _stretches(parts: Sequence[TextPart], room: int) -> Iterator[list[TextPart] | int]:
    """Yield the parts, long unchanged ones cut: an ``int`` is the number of lines left out."""
    keep = int(room * _CONTEXT)
    kept: list[TextPart] = []
    last = len(parts) - 1
    for number, part in enumerate(parts):
        head, left_out, tail = part.old, "", ""
        if part.same:
            head, left_out, tail = _cut(part.old, keep, first=number == 0, last=number == last)
        count = _height(left_out, room)
        if count < _LEAST_GAP:
            kept.append(part)
            continue
        if head or kept:
            yield [*kept, TextPart(head, head)]
        yield count
        kept = [TextPart(tail, tail)] if tail else []
    if kept:
        yield kept


def _height(words: str, room: int) -> int:
    """Return how many lines a text would take."""
    if not words:
        return 0
    return sum(len(wrapped([(visible(line), "")], room)) for line in words.split("\n"))


def _cut(words: str, keep: int, *, first: bool, last: bool) -> tuple[str, str, str]:
    """Return what stays before a gap, what falls into it, what stays after it; cut at blanks."""
    start = 0 if first else _blank_after(words, keep)
    end = len(words) if last else len(words) - _blank_after(words[::-1], keep)
    if end <= start:
        return words, "", ""
    return words[:start], words[start:end], words[end:]


def _blank_after(words: str, at: int) -> int:
    """Return where the first line ends, or else the word around ``at``."""
    line = words.find("\n", 1, at)
    if line > 0:
        return line
    blank = words.find(" ", at)
    return min(len(words), at + 2 * NARROWEST) if blank < 0 else blank
