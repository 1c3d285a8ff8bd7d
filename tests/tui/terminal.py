"""A real terminal to run programs in: tmux, with keys sent and the screen read back as text."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

TMUX = shutil.which("tmux")
ROOT = Path(__file__).parents[2]


class Terminal:
    """One tmux session on a server of its own."""

    def __init__(self, name: str) -> None:
        self._socket = name

    def _run(self, *words: str) -> str:
        command = [TMUX or "tmux", "-L", self._socket, "-f", "/dev/null", *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def start(self, command: str, width: int, height: int) -> None:
        """Run a shell command in a window of that many cells."""
        size = ("-x", str(width), "-y", str(height))
        self._run("new-session", "-d", *size, command, ";", "set", "-g", "remain-on-exit", "on")

    def keys(self, *names: str) -> None:
        """Press keys, by tmux's names; a single character is itself."""
        for name in names:
            self._run("send-keys", name)

    def type(self, text: str) -> None:
        """Type a text, character by character."""
        self._run("send-keys", "-l", text)

    def resize(self, width: int, height: int) -> None:
        """Give the window another size."""
        self._run("resize-window", "-x", str(width), "-y", str(height))

    def screen(self) -> str:
        """Return the text on the screen."""
        return self._run("capture-pane", "-p")

    def styled(self) -> str:
        """Return the same with the escapes that style it."""
        return self._run("capture-pane", "-p", "-e")

    def ended(self) -> bool:
        """Return whether the program has ended."""
        return self._run("display-message", "-p", "#{pane_dead}").strip() == "1"

    def until(self, words: str, limit_s: float = 120) -> str:
        """Wait until the words are seen; return the screen. Fails with what is seen instead."""
        end = time.monotonic() + limit_s
        while words not in (seen := self.screen()):
            assert time.monotonic() < end, f"waited for {words!r}, seen:\n{seen}"
            time.sleep(0.1)
        return seen

    def until_ended(self, limit_s: float = 120) -> None:
        """Wait until the program has ended."""
        end = time.monotonic() + limit_s
        while not self.ended():
            assert time.monotonic() < end, f"still running:\n{self.screen()}"
            time.sleep(0.1)

    def close(self) -> None:
        """End this server and what runs in it."""
        subprocess.run([TMUX or "tmux", "-L", self._socket, "kill-server"], check=False)


@contextmanager
def terminal(
    words: list[str], environment: Mapping[str, str], *, width: int = 80, height: int = 24
) -> Iterator[Terminal]:
    """Run ``python -m ledger WORDS`` in a terminal."""
    found = Terminal(f"regledger-{uuid.uuid4().hex[:12]}")
    told = [f"{name}={shlex.quote(value)}" for name, value in environment.items()]
    program = shlex.join([sys.executable, "-m", "ledger", *words])
    try:
        here = f"cd {shlex.quote(str(ROOT))} && unset COLUMNS LINES"
        found.start(f"{here} && {' '.join(told)} exec {program}", width, height)
        yield found
    finally:
        found.close()
