"""Styled text before it is painted: pieces of a line, paragraphs, and how they are wrapped.

Text in a piece is safe already (:func:`ledger.text.visible`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ledger.text import visible, width

Piece = tuple[str, str]  # safe text, name of a component class without its prefix ("" for none)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Pieces of safe text, each in its style, ``indent`` cells in."""

    pieces: tuple[Piece, ...]
    indent: int = 0

    @property
    def line(self) -> list[Piece]:
        """Return as a line that is not wrapped yet."""
        return [(" " * self.indent, ""), *self.pieces] if self.indent else list(self.pieces)


BLANK = Paragraph(())


def para(text: str, style: str = "", *, indent: int = 0) -> Paragraph:
    """Return a paragraph of untrusted text in one style."""
    return Paragraph(((visible(text), style),), indent)


_WORD: Final = re.compile(r"\S+\s*|\s+")


def wrapped(line: Sequence[Piece], room: int) -> list[list[Piece]]:
    """Return the pieces of one line as lines of at most ``room`` cells, broken between words.

    A word that is wider than a line is cut, never lost.
    """
    if width("".join(text for text, _ in line)) <= room:
        return [list(line)]
    hang = min(_hang(line), room // 2)
    out: list[list[Piece]] = [[]]
    used = 0
    for text, style in line:
        for found in _WORD.finditer(text):
            word = found[0]
            while word:
                fits = room - used
                if width(word.rstrip()) <= fits:
                    out[-1].append((word, style))
                    used += width(word)
                    break
                if used > (hang if len(out) > 1 else 0) and width(word.rstrip()) <= room - hang:
                    out.append([(" " * hang, "")])
                    used = hang
                    continue
                head = first_cells(word, fits)
                out[-1].append((head, style))
                word = word[len(head) :]
                out.append([(" " * hang, "")])
                used = hang
    return out


def _hang(line: Sequence[Piece]) -> int:
    first, style = line[0]
    if style == "dim" and first.endswith(" ") and len(line) > 1:
        return width(first)
    whole = "".join(text for text, _ in line)
    return len(whole) - len(whole.lstrip())


def first_cells(word: str, cells: int) -> str:
    """Return as much of a word as fits, at least one character: a loop must come to its end."""
    used = 0
    for at, character in enumerate(word):
        used += width(character)
        if used > cells:
            return word[: max(at, 1)]
    return word
