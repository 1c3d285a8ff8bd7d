"""Our own second opinion, the one-file verifier, on the same log: it agrees with `verify`."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import ledger.data
from ledger.checkpoints.storage import DirectoryStorage
from ledger.verify.verify import LedgerTrust, verify_published
from tests.second_opinions.conftest import NEW, Shown

FILE = Path(ledger.data.__path__[0]) / "verifier.py"


def one_file(shown: Shown, folder: Path) -> tuple[int, int | None, str]:
    """Exit status, first bad seq and layer."""
    words = [sys.executable, "-I", str(FILE), str(folder), "--ledger"]
    words.append(shown.desk.book.policy.ledger)
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    match = re.search(r"NOT VERIFIED(?: at entry (\d+))?, layer (\w+)", done.stdout)
    if match is None:
        assert f"entries {NEW}" in done.stdout
        return done.returncode, None, ""
    return done.returncode, int(match[1]) if match[1] else None, match[2]


def test_both_accept_the_log(shown: Shown) -> None:
    """Of 600 entries, with a tile of level 1."""
    trust = LedgerTrust(None, shown.desk.book.policy.ledger)
    assert verify_published(DirectoryStorage(shown.folder), trust=trust).sound
    assert one_file(shown, shown.folder) == (0, None, "")


PLACES = [
    ("tile/1/000.p/2", 0, 255, "tiles"),
    ("tile/1/000.p/2", -1, 511, "tiles"),
    ("tile/0/001", 32 * 3, 259, "leaf"),
    ("tile/0/002.p/88", -1, 599, "leaf"),
]


@pytest.mark.parametrize("place", PLACES)
def test_both_name_the_entry_below_a_changed_hash(
    shown: Shown, tmp_path: Path, place: tuple[str, int, int, str]
) -> None:
    """Of level 1 the last entry that the hash covers: with that one it is complete."""
    path, at, seq, layer = place
    folder = shown.damaged(tmp_path / "log", path, at)
    first = verify_published(DirectoryStorage(folder)).faults[0]
    assert (first.seq, first.layer) == (seq, layer)
    assert one_file(shown, folder) == (1, seq, layer)


@pytest.mark.parametrize(
    ("path", "seq"), [("tile/1/000.p/2", 255), ("tile/0/001", 256), ("tile/entries/002.p/88", 512)]
)
def test_both_name_where_a_file_is_missing(
    shown: Shown, tmp_path: Path, path: str, seq: int
) -> None:
    """The first entry that can no longer be checked by it."""
    folder = shown.copy(tmp_path / "log")
    (folder / path).unlink()
    assert verify_published(DirectoryStorage(folder)).first_bad_seq == seq
    assert one_file(shown, folder) == (1, seq, "tiles")
