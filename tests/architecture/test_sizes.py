"""A file is read in a sitting, a function on a screen: the bounds that CONTRIBUTING names."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILE, BODY = 400, 40
# Handed to auditors as one file that needs nothing else of ours.
ONE_FILE = ROOT / "ledger/data/verifier.py"
SOURCES = sorted({*ROOT.glob("ledger/**/*.py"), *ROOT.glob("tui/**/*.py")} - {ONE_FILE})


def _lines_of_body(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function's body, its docstring left out."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def _too_long(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    name = path.relative_to(ROOT)
    lines = text.count("\n")
    found = [f"{name}: {lines} lines"] if lines > FILE else []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            count = _lines_of_body(node)
            if count > BODY:
                found.append(f"{name}:{node.lineno} {node.name}: {count} lines")
    return found


def test_no_file_and_no_function_is_longer_than_agreed() -> None:
    """Files have at most 400 lines, bodies of functions at most 40; a longer one is split."""
    assert len(SOURCES) > 100
    assert [line for path in SOURCES for line in _too_long(path)] == []


@pytest.mark.parametrize(("count", "faults"), [(BODY, 0), (BODY + 1, 1)])
def test_a_longer_body_is_found(
    count: int, faults: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The docstring does not count; the line after the fortieth does."""
    monkeypatch.setattr("tests.architecture.test_sizes.ROOT", tmp_path)
    body = "\n".join(["    pass"] * count)
    path = tmp_path / "long.py"
    path.write_text(f'def long() -> None:\n    """Say\n\n    why."""\n{body}\n', encoding="utf-8")
    assert len(_too_long(path)) == faults
