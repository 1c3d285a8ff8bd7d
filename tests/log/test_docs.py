"""The worked examples in the docstrings of ``ledger.log`` are true."""

from __future__ import annotations

import doctest
import importlib

import pytest

MODULES = (
    "canonical", "chain", "checkpoint", "disclosure", "encodings", "entry", "keys", "merkle",
    "proof_file", "signed_note", "tiles", "witness_policy",
)  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_worked_example(name: str) -> None:
    """Each module's docstring has a worked example, and it comes out as written."""
    module = importlib.import_module(f"ledger.log.{name}")
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
