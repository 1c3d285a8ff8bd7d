"""``python -m benchmarks.report [FILE ...]``: write the figures into docs/performance.md.

Each FILE, the JSON of a run, is kept first, in ``benchmarks/results`` under its date. The page then
shows all the results of the newest date.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from benchmarks import table
from benchmarks.measure import Line

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "performance.md"
RESULTS: Final = ROOT / "benchmarks" / "results"

_PLACE: Final = re.compile(r"(?s)(?<=<!-- figures -->\n).*(?=<!-- end of figures -->)")
_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "Recording": ("record", "git", "peer-store", "bulk", "status-view", "grown-record"),
    "Verifying, proving, publishing": ("verify", "verify-again", "hash", "proof", "publish"),
    "Projections and space": ("rebuild", "space"),
    "Answers": ("cell", "answers", "startup"),
    "The terminal application": ("tui",),
    "Memory": ("memory",),
    "The tests": ("suite",),
}


def main(files: Sequence[str]) -> None:
    """Keep these files, and write the page anew."""
    for name in files:
        print(f"kept as {keep(Path(name), RESULTS)}")
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), newest(RESULTS)), encoding="utf-8")


def keep(file: Path, folder: Path) -> Path:
    """Copy the JSON of a run into a folder, under its date; return where to."""
    data = file.read_bytes()
    day = str(orjson.loads(data)["at"])[:10]
    held = len(list(folder.glob(f"{day}*.json")))
    target = folder / (f"{day}.{held + 1}.json" if held else f"{day}.json")
    folder.mkdir(exist_ok=True)
    target.write_bytes(data)
    return target


def newest(folder: Path) -> list[dict[str, Any]]:
    """Return the results of the newest date, in the order in which they were kept."""
    files = sorted(folder.glob("*.json"), key=lambda path: (path.stem[:10], len(path.stem), path))
    day = files[-1].stem[:10] if files else ""
    return [orjson.loads(path.read_bytes()) for path in files if path.stem[:10] == day]


def written(page: str, results: Sequence[Mapping[str, Any]]) -> str:
    """Return the page with these results between its two marks. Raises ValueError without marks."""
    shown = "\n".join(line for one in results for line in _section(one))
    found, count = _PLACE.subn(lambda _: f"\n{shown}\n" if shown else "\n", page)
    if count != 1:
        raise ValueError("the page has no place for the figures")
    return found


def _section(result: Mapping[str, Any]) -> Iterator[str]:
    yield f"## Figures of {result['at'][:10]}, {result['size']:,} claims"
    yield ""
    yield f"{'; '.join(result['machine'].values())}."
    yield ""
    for title, questions in _PARTS.items():
        values = [value for value in result["lines"] if value["question"] in questions]
        if values:
            yield f"### {title}"
            yield ""
            yield table.markdown(map(Line.from_value, values))
            yield ""


if __name__ == "__main__":
    main(sys.argv[1:])
