"""The committed logs as directories: the good one, or the good one with a case laid over it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
EXPECTED: Final[dict[str, Any]] = json.loads((HERE / "expected.json").read_bytes())
CASES: Final[dict[str, dict[str, Any]]] = EXPECTED["cases"]


def lay(name: str, place: Path) -> Path:
    """Put the published log of a case into a new directory, and return it."""
    shutil.copytree(HERE / "logs/good", place)
    over = HERE / "logs" / name
    if over.is_dir():
        shutil.copytree(over, place, dirs_exist_ok=True)
    for path in CASES[name]["removed"]:
        (place / path).unlink()
    return place
