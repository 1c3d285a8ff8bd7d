"""Writes docs/commands.md from the help of the commands, so that the two cannot differ.

``python docs/generate.py`` writes the file; with ``--check`` it only says whether it is current.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

PAGE = Path(__file__).with_name("commands.md")
_OPENING = """\
# Commands

This page is made by `make docs` from the help of each command (`regledger COMMAND --help`).
"""


def page() -> str:
    """The whole page, as Markdown."""
    return _OPENING + "".join(f"\n{_section(*one)}" for one in commands())


def commands() -> Iterator[tuple[str, Any, typer.Context]]:
    """Each command that help shows, outermost first: the words that call it, it, its context."""
    from ledger.cli.main import PROGRAM, program

    root = typer.main.get_command(program())
    yield from _inside(PROGRAM, root, typer.Context(root, info_name=PROGRAM))


def options(command: Any, context: typer.Context) -> list[tuple[str, str]]:
    """The arguments and options that help shows: how each is written, what it does."""
    records = [one.get_help_record(context) for one in command.params]
    return [(written, words) for written, words in filter(None, records)]


def _inside(
    path: str, command: Any, context: typer.Context
) -> Iterator[tuple[str, Any, typer.Context]]:
    yield path, command, context
    for name, inner in getattr(command, "commands", {}).items():
        if not inner.hidden:
            below = typer.Context(inner, info_name=name, parent=context)
            yield from _inside(f"{path} {name}", inner, below)


def _section(path: str, command: Any, context: typer.Context) -> str:
    usage = " ".join(command.get_usage(context).removeprefix("Usage:").split())
    lines = [f"## {path}", "", _paragraphs(command.help or ""), "", f"    {usage}", ""]
    rows = [
        f"| `{_cell(written)}` | {_cell(words)} |" for written, words in options(command, context)
    ]
    if rows:
        lines += ["| | |", "|---|---|", *rows, ""]
    if command.epilog:
        lines += [_paragraphs(command.epilog), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


def _paragraphs(text: str) -> str:
    """Help text without the marks that only a terminal needs."""
    return "\n".join(line.strip() for line in text.replace("\b", "").strip().splitlines())


def main(arguments: list[str]) -> int:
    """Write or check the page; the exit code says whether it was current."""
    made = page()
    if "--check" not in arguments:
        PAGE.write_text(made, encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == made:
        return 0
    print(f"{PAGE.name} differs from the help of the commands: run `make docs`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
