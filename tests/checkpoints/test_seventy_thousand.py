"""A log of 70,000 entries: tiles of three levels, and three verifications that all say yes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from importlib import resources
from pathlib import Path

import pytest

from ledger.checkpoints.publish import publish
from ledger.checkpoints.storage import DirectoryStorage
from ledger.log.tiles import parse_path
from tests.books import norm
from tests.checkpoints.sealed import SealedDesk, open_sealed

SIZE = 70_000
TOGETHER = 2_000  # claims in one transaction

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[SealedDesk, Path]:
    """The ledger, every claim signed and judged by the rules, sealed once and published."""
    folder = tmp_path_factory.mktemp("seventy")
    desk = open_sealed(folder / "book.db")
    desk.book.projections.defer()  # the status view stays behind: it is not what this is about
    while left := SIZE - desk.book.size:
        start = desk.book.size
        desk.later(minutes=1)
        desk.record(*(norm(key=f"k{start + n}") for n in range(min(left, TOGETHER))))
    assert desk.seal() == SIZE
    publish(desk.book.store, DirectoryStorage(folder / "pub"))
    desk.book.close()
    return desk, folder


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a program whose memory is a directory of its own."""
    return subprocess.run(
        [sys.executable, *command],
        env={**os.environ, "XDG_STATE_HOME": str(folder / "state")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_tiles_are_as_many_and_as_wide_as_tlog_tiles_says(made: tuple[SealedDesk, Path]) -> None:
    """70,000 = 273 * 256 + 112, 273 = 256 + 17, and of level 2 there is one hash."""
    pub = made[1] / "pub"
    paths = [p.relative_to(pub).as_posix() for p in (pub / "tile").rglob("*") if p.is_file()]
    tiles = [parse_path(path) for path in paths]
    counts = Counter((tile.level, tile.width) for tile in tiles)
    assert counts == {
        (0, 256): 273,
        (0, 112): 1,
        (1, 256): 1,
        (1, 17): 1,
        (2, 1): 1,
        (None, 256): 273,  # bundles of entries
        (None, 112): 1,
    }
    assert {"tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"} <= set(paths)
    assert "tile/entries/273.p/112" in paths


@pytest.mark.parametrize("where", ["directory", "database"])
def test_verify_says_yes(made: tuple[SealedDesk, Path], where: str) -> None:
    """Everything is checked, in the published directory and in the database; exit status 0."""
    desk, folder = made
    named: tuple[str, ...] = ("--db", str(folder / "book.db"), "verify")
    if where == "directory":
        named = ("verify", str(folder / "pub"))
    done = run(folder, "-m", "ledger", *named, "--trust", str(desk.vkeys[0]), "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert (report["sound"], report["authenticated"]) == (True, True)
    assert (report["size"], report["sealed"], report["read_from"]) == (SIZE, SIZE, 0)


def test_the_verifier_in_one_file_says_yes(made: tuple[SealedDesk, Path]) -> None:
    """So does the program that shares no code with regledger; exit status 0."""
    desk, folder = made
    program = str(resources.files("ledger") / "data" / "verifier.py")
    done = run(folder, program, str(folder / "pub"), "--key", str(desk.vkeys[0]))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{SIZE}" in done.stdout.replace(",", "")
