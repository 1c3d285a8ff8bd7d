"""The README agrees with the program; tests/docs runs what it shows."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_exit_codes_are_those_of_the_program() -> None:
    """The table has a line for every code, and no other."""
    from ledger.cli.exit_codes import ExitCode

    table = README.partition("## Exit codes")[2].partition("## ")[0]
    assert [int(code) for code in re.findall(r"(?m)^\| (\d+) \|", table)] == sorted(ExitCode)


def test_every_page_that_is_linked_is_there() -> None:
    """No document points at one that is missing."""
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
