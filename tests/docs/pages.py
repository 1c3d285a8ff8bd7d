"""The blocks of a page, as a reader meets them, and the shell program that runs them.

A block says what it is by its fence:

- ``sh`` and ``python`` are run, in order, in one shell for the page. A comment before a block that
  cannot be run says why: ``<!-- not run: opens a screen -->``. ``<!-- ends with 3 -->`` stands
  before a command whose exit code is not 0.
- ``title="claims.yaml"`` behind the language names a file that the reader writes: it is written.
- ``text`` after a block that was run is what it prints; ``<!-- not compared: ... -->`` excuses it.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt

ROOT: Final = Path(__file__).parents[2]
RUN: Final = frozenset({"sh", "python"})
_MARKER: Final = re.compile(r"<!-- (not run|not compared|ends with):? ([^\n]*?) *-->\s*")
_TITLE: Final = re.compile(r'title="([\w.-]+)"')
_BEGINS: Final = "\x1e"  # between the outputs of two blocks; no command prints it


@dataclass(frozen=True)
class Block:
    """One block of code of a page, and the comment that stands before it."""

    page: Path
    line: int
    language: str
    text: str
    title: str | None = None
    marker: tuple[str, str] | None = None

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def runs(self) -> bool:
        """Whether the block is run with its page."""
        return self.language in RUN and not self.excused("not run")

    @property
    def code(self) -> int:
        """The exit code that the page promises."""
        return int(self.marker[1]) if self.marker and self.marker[0] == "ends with" else 0

    def excused(self, word: str) -> bool:
        """Whether a comment with a reason says ``not run`` or ``not compared``."""
        return self.marker is not None and self.marker[0] == word


def written() -> list[Path]:
    """Every page that people read: the first one, and those of docs/."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@cache
def blocks(page: Path) -> tuple[Block, ...]:
    """The blocks of code of a page, in order."""
    found: list[Block] = []
    marker = None
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        if token.type == "html_block":
            said = _MARKER.fullmatch(token.content)
            marker = (said[1], said[2]) if said else None
            continue
        if token.type in {"fence", "code_block"}:
            assert token.map is not None
            language, _, rest = token.info.partition(" ")
            title = _TITLE.search(rest)
            found.append(
                Block(
                    page=page,
                    line=token.map[0] + 1,
                    language=language,
                    text=token.content,
                    title=title[1] if title else None,
                    marker=marker,
                )
            )
        marker = None
    return tuple(found)


def shown(page: Path) -> list[tuple[Block, Block]]:
    """Each block that was run, with the block that shows what it prints."""
    pairs = []
    before: Block | None = None
    for block in blocks(page):
        if block.language == "text" and before is not None and not block.excused("not compared"):
            pairs.append((before, block))
        elif block.language in RUN:
            before = block if block.runs else None
    return pairs


def program(page: Path) -> str:
    """The page as one program of the shell, which says which block it is about to run."""
    lines = ["set -eu"]
    for number, block in enumerate(blocks(page)):
        if block.title is not None:
            lines.append(f"printf %s {shlex.quote(block.text)} > {shlex.quote(block.title)}")
        elif block.runs:
            lines += [f"printf '{_BEGINS}{number}\\n'", *_run(block)]
    return "\n".join(lines) + "\n"


def _run(block: Block) -> list[str]:
    text = block.text
    if block.language == "python":
        text = f"python - <<'END OF BLOCK'\n{text}END OF BLOCK\n"
    if not block.code:
        return [text]
    return ["set +e", text, f"ended=$?; set -e; [ $ended = {block.code} ]"]


def outputs(page: Path, printed: str) -> dict[Block, str]:
    """What each block that began to run printed."""
    every = blocks(page)
    parts = printed.split(_BEGINS)[1:]
    return {every[int(n)]: said for n, _, said in (part.partition("\n") for part in parts)}


def missing_line(shown: str, printed: str) -> str | None:
    """The first line of ``shown`` that ``printed`` has not, in this order; None if it has all.

    Lines may be left out; ``…`` stands for anything within a line: a time, a key, a digest.
    """
    rest = iter([line.rstrip() for line in printed.splitlines()])
    for line in filter(None, map(str.rstrip, shown.splitlines())):
        pattern = re.compile(".*".join(map(re.escape, line.split("…"))))
        if not any(pattern.fullmatch(one) for one in rest):
            return line
    return None
