"""What the README shows is what happens."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A directory in which the demo ran, and what it printed."""
    place = tmp_path_factory.mktemp("readme")
    done = run(place, "-m", "ledger", "demo")
    assert done.returncode == 0, done.stderr
    return place, done.stdout


def run(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python as a person would, in this directory and with a home in it."""
    env = {**os.environ, "HOME": str(place), "PYTHONPATH": str(ROOT)}
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        env[f"XDG_{name}_HOME"] = str(place / name.lower())
    return subprocess.run(
        [sys.executable, *words],
        cwd=place,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_tour_shows_what_the_demo_prints(sample: tuple[Path, str]) -> None:
    """Every line of the tour is a line of the demo's own output, in its order."""
    printed = [line.rstrip() for line in sample[1].splitlines()]
    shown = "".join(re.findall(r"(?ms)^```text\n(.*?)^```", README)).splitlines()
    assert len(shown) > 20
    for line in shown:
        assert line in printed, line
        printed = printed[printed.index(line) + 1 :]


def test_the_python_example_runs(sample: tuple[Path, str]) -> None:
    """The example prints the status that the tour is about."""
    (example,) = re.findall(r"(?ms)^```python\n(.*?)^```", README)
    done = run(sample[0], "-c", example)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("under_framework")


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
