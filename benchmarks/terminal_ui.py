"""What does the terminal application cost over a long log? Measured in a real pseudo-terminal.

A key's cost is the CPU time of the whole process from the key to silence, from the kernel's own
count (``/proc/PID/task/*/schedstat``, nanoseconds); waiting for the terminal is not in it. A jump,
a search and a filter are wall time to the words on the screen that prove they are done.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.bench import Bench
from benchmarks.measure import Goal, Line, Spent, times

_STYLE: Final = re.compile(rb"\x1b(\[[0-9;?<>=]*[a-zA-Z]|\][^\x07]*\x07|[()][A-Z0-9]|[=>])")
_SIZE: Final = (40, 120)  # lines, columns
_QUIET_S: Final = 0.25
_LIMIT_S: Final = 60.0
_ROUNDS: Final = 5
_HELLO: Final = (
    "from textual.app import App\nfrom textual.widgets import Static\n"
    "class Hello(App):\n    def compose(self):\n        yield Static('Hello')\nHello().run()\n"
)
_HERE: Final = Path(__file__).resolve().parents[1]


def ask(bench: Bench) -> Iterator[Line]:
    """Open the application over the big ledger and those made before, and press keys."""
    for path in (bench.followed.path, *bench.prepared):
        yield from _over(path)


def _over(path: Path) -> Iterator[Line]:
    with tempfile.TemporaryDirectory(prefix="regledger-bench-home-") as home:
        with _running(_program(path), home) as app:
            entries = app.until(rb"([0-9,]+) entries")[1].decode()
            yield from _keys(app, f"over {entries} entries")
        yield _first_paint(path, home, f"over {entries} entries")


def _program(path: Path) -> list[str]:
    return [sys.executable, "-m", "ledger", "--db", str(path), "tui"]


def _first_paint(path: Path, home: str, about: str) -> Line:
    ours: list[Spent] = []
    hello: list[Spent] = []
    for _ in range(5):
        for taken, words, sign in (
            (ours, _program(path), rb"Board"),
            (hello, [sys.executable, "-c", _HELLO], rb"Hello"),
        ):
            with _running(words, home) as app:
                app.until(sign)
                wall = time.perf_counter() - app.started
                taken.append(Spent(wall, app.cpu_ms() / 1000))
    return Line(
        f"terminal application, first paint, {about}",
        "ms",
        times(ours),
        times(hello),
        by="wall",
        goal=Goal("<=", 400, of="ours"),
        note="the floor is an application of Textual that shows one word",
    )


def _keys(app: Running, about: str) -> Iterator[Line]:
    app.silence()
    before = app.resident_mb()
    app.press(b"h")
    app.until(rb"History")
    app.silence()
    for what, key, count, goal in (
        ("down", b"j", 200, 10),
        ("page down", b"\x06", 100, 15),
    ):
        yield _cost(app, f"{what}, {about}: CPU", key, count=count, goal=goal)
    app.press(b"g")  # a short log is at its other end already
    took = []
    for key, sign in ((b"G", rb"ledger\.created|creates the"), (b"g", rb"bench\.")) * 5:
        took.append(app.timed(key, sign))
    yield Line(
        f"jump to the other end, {about}",
        "ms",
        times(took),
        by="wall",
        goal=Goal("<=", 50, of="ours"),
        note="wall time to the words of the last line on the screen",
    )
    yield Line(
        f"search for what is nowhere, {about}",
        "s",
        times([app.typed(b"/", b"no such words", rb"is not in this list")], per=1),
        by="wall",
        note="every entry is read; the first match is shown when it is found",
    )
    yield Line(
        f"first screen of a filter, {about}",
        "ms",
        times([app.typed(b"f", b"j:PK activity:va.exchange", rb"found")]),
        by="wall",
    )
    app.silence()
    yield Line(
        f"memory of the terminal application after all that, {about}",
        "MB",
        {"bytes": [app.resident_mb()]},
        by="bytes",
        goal=Goal("<=", 200, of="ours"),
        note=f"{before:.0f} MB when the board was painted",
    )


def _cost(app: Running, what: str, key: bytes, *, count: int, goal: int) -> Line:
    spent = []
    for _ in range(_ROUNDS):
        app.silence()
        start = app.cpu_ms()
        for _ in range(count // _ROUNDS):
            app.press(key)
            app.drain(0.03)
        app.silence()
        spent.append((app.cpu_ms() - start) / (count // _ROUNDS))
    return Line(what, "ms", {"cpu": spent}, goal=Goal("<=", goal, of="ours"))


class Running:
    """A program in a pseudo-terminal, and what it has painted since it was last asked."""

    def __init__(self, pid: int, handle: int) -> None:
        self.pid, self._handle = pid, handle
        self.started = time.perf_counter()
        self._painted = b""

    def press(self, key: bytes) -> None:
        """Send what a key sends."""
        os.write(self._handle, key)

    def drain(self, wait_s: float) -> bool:
        """Read what is painted within so long; return whether there was any."""
        ready, _, _ = select.select([self._handle], [], [], wait_s)
        if not ready:
            return False
        self._painted += os.read(self._handle, 1 << 16)
        self._painted = self._painted[-(1 << 20) :]
        return True

    def silence(self) -> None:
        """Wait until nothing was painted for a quarter of a second; forget what was."""
        end = time.perf_counter() + _LIMIT_S
        while self.drain(_QUIET_S) and time.perf_counter() < end:
            pass
        self._painted = b""

    def until(self, pattern: bytes) -> re.Match[bytes]:
        """Wait until the pattern was painted. Raises TimeoutError with what was."""
        end = time.perf_counter() + _LIMIT_S
        while True:
            plain = _STYLE.sub(b"", self._painted)
            if found := re.search(pattern, plain):
                return found
            if time.perf_counter() > end:
                raise TimeoutError(f"waited for {pattern!r}, painted: {plain[-2000:]!r}")
            self.drain(0.05)

    def timed(self, key: bytes, pattern: bytes) -> Spent:
        """Press a key; return what it takes until the pattern was painted."""
        self.silence()
        before = Spent(time.perf_counter(), self.cpu_ms() / 1000)
        self.press(key)
        self.until(pattern)
        return Spent(time.perf_counter(), self.cpu_ms() / 1000) - before

    def typed(self, key: bytes, text: bytes, pattern: bytes) -> Spent:
        """Type a key, a text and Enter; return what it takes from Enter to the pattern."""
        self.silence()
        self.press(key)
        self.drain(0.2)
        self.press(text.strip())
        self.silence()
        return self.timed(b"\r", pattern)

    def cpu_ms(self) -> float:
        """CPU time of all threads so far."""
        total = 0
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
        return total / 1e6

    def resident_mb(self) -> float:
        """Memory that is really there."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def _running(words: list[str], home: str) -> Iterator[Running]:
    pid, handle = pty.fork()
    if not pid:
        os.chdir(_HERE)
        os.environ |= {"HOME": home, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        os.execv(words[0], words)  # noqa: S606  # our own program, no shell
    fcntl.ioctl(handle, termios.TIOCSWINSZ, struct.pack("HHHH", *_SIZE, 0, 0))
    app = Running(pid, handle)
    try:
        yield app
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(handle)
