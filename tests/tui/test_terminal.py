"""The real program in a real terminal."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tui.terminal import ROOT, TMUX, terminal

_COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:[34][0-8]|9[0-7]|10[0-7])[;m]")

pytestmark = pytest.mark.skipif(TMUX is None, reason="needs tmux")


def _home(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path / "home"), "TERM": "tmux-256color", "LANG": "C.UTF-8"}


@pytest.mark.parametrize(
    ("width", "height"), [(80, 24), pytest.param(120, 40, marks=pytest.mark.slow)]
)
def test_the_program_opens_goes_about_and_ends(
    ledger_file: Path, tmp_path: Path, width: int, height: int
) -> None:
    """Board, history, help, back and out, by keys; the terminal is given back as it was."""
    words = ["--db", str(ledger_file), "tui"]
    with terminal(words, _home(tmp_path), width=width, height=height) as tty:
        seen = tty.until("115 entries")
        assert "Board" in seen
        assert all(len(line) <= width for line in seen.splitlines())
        tty.keys("h")
        tty.until("History")
        tty.keys("?")
        tty.until("(this screen)")
        tty.keys("q")
        tty.keys("i")
        tty.until("Press v to verify")
        tty.keys("v")
        tty.until("consistent, NOT AUTHENTICATED")
        tty.keys("q", "q", "q")
        tty.until_ended()


def test_too_small_a_terminal_gets_a_sentence_and_recovers(
    ledger_file: Path, tmp_path: Path
) -> None:
    """Under 60x15 there is one sentence; with room again the board is back."""
    with terminal(["--db", str(ledger_file), "tui"], _home(tmp_path)) as tty:
        tty.until("115 entries")
        tty.resize(50, 12)
        tty.until("too small")
        tty.resize(100, 30)
        tty.until("115 entries")
        tty.keys("Q")
        tty.until_ended()


def test_without_colour_everything_is_still_said(ledger_file: Path, tmp_path: Path) -> None:
    """NO_COLOR: the words of the statuses are there, and no colour is sent."""
    with terminal(
        ["--db", str(ledger_file), "tui"], _home(tmp_path) | {"NO_COLOR": "1"}, width=120, height=40
    ) as tty:
        seen = tty.until("115 entries")
        assert "prohibited" in seen
        assert "framework" in seen
        assert not _COLOUR.search(tty.styled())
        assert "\x1b[7m" in tty.styled() or ";7m" in tty.styled()  # the chosen cell is reversed
        tty.keys("Q")
        tty.until_ended()


def test_a_ledger_that_is_not_there_is_said_in_the_application(tmp_path: Path) -> None:
    """The status line says why, nothing is created, and it is left with a key."""
    missing = tmp_path / "none.db"
    with terminal(["--db", str(missing), "tui"], _home(tmp_path), width=120, height=30) as tty:
        tty.until("cannot be reached")
        assert "Traceback" not in tty.screen()
        tty.keys("Q")
        tty.until_ended()
    assert not missing.exists()


def test_without_a_terminal_it_says_which_commands_give_the_same(ledger_file: Path) -> None:
    """Piped, it is bad usage: exit 2 and what to use instead."""
    words = [sys.executable, "-m", "ledger", "--db", str(ledger_file), "tui"]
    done = subprocess.run(
        words,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"COLUMNS": "200"},
    )
    assert done.returncode == 2
    assert "regledger status" in done.stderr
    assert done.stdout == ""
