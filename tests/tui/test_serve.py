"""`regledger serve`: the application in a real browser, and strangers kept out."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, WebSocket, sync_playwright

from tui.serve import LoopbackServer, bracketed, is_loopback

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
_STYLE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


@contextmanager
def serving(database: Path, *options: str) -> Iterator[str]:
    """Run the server in a process of its own; yield its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [sys.executable, "-m", "ledger", "--db", str(database), "serve", "--port", str(port)]
    root = Path(__file__).parents[2]
    with subprocess.Popen([*words, *options], cwd=root, stderr=subprocess.PIPE) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            _until(lambda: _answers(address), "the server answers")
            yield address
        finally:
            process.terminate()
            process.wait(60)


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=30).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _until(met: Callable[[], bool], what: str, limit_s: float = 120) -> None:
    end = time.monotonic() + limit_s
    while not met():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.1)


class Received:
    """What the server sent to the terminal in the page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.text = ""
        page.on("websocket", self._opened)

    def _opened(self, sock: WebSocket) -> None:
        sock.on("framereceived", self._frame)

    def _frame(self, payload: str | bytes) -> None:
        said = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else payload
        self.text += _STYLE.sub("", said)

    def until(self, words: str) -> None:
        """Wait until the words were sent; fails after two minutes."""
        end = time.monotonic() + 120
        while words not in self.text:
            assert time.monotonic() < end, (words, self.text[-2000:])
            self.page.wait_for_timeout(100)


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian package chromium)")
def test_a_real_browser_shows_the_board_and_follows_keys(ledger_file: Path) -> None:
    """The page opens the board, keys go through, and nobody else is asked for anything."""
    asked: list[str] = []
    with serving(ledger_file) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1200, "height": 800})
        page.on("request", lambda request: asked.append(request.url))
        received = Received(page)
        page.goto(address)
        received.until("Exchange")
        received.until("114 entries")
        assert "no login" in page.inner_text("#notice")
        page.click("#terminal", position={"x": 300, "y": 500})
        received.text = ""
        page.keyboard.press("i")
        received.until("Press v to verify")
        page.keyboard.press("a")  # read-only: nothing may be recorded
        received.text = ""
        page.keyboard.press("?")
        received.until("Everywhere")
        browser.close()
    outside = [url for url in asked if not url.startswith((address, "data:", "blob:"))]
    assert asked
    assert outside == []


def test_another_site_cannot_make_a_browser_drive_it(ledger_file: Path) -> None:
    """A foreign Origin or Host is refused, on the page and on the socket (DNS rebinding, CSWSH)."""
    with serving(ledger_file) as address:
        for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}):
            for path in ("/", "/ws", "/static/js/textual.js"):
                assert httpx.get(address + path, headers=headers).status_code == 403
        own = httpx.get(address, headers={"Origin": address})
        assert own.status_code == 200
        assert "default-src 'none'" in own.headers["Content-Security-Policy"]
        assert "https://" not in own.text


def test_a_port_in_use_is_said(ledger_file: Path) -> None:
    """No trace, exit 3, and the address that cannot be had."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        words = [sys.executable, "-m", "ledger", "--db", str(ledger_file), "serve", "--port", port]
        root = Path(__file__).parents[2]
        done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert f"127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("x.y", False)],  # noqa: S104  # the point
)
def test_what_is_loopback(host: str, own: bool) -> None:  # noqa: FBT001  # a column of the table
    """Names are not looked up: only what is sure to stay on this machine counts."""
    assert is_loopback(host) is own
    assert bracketed(host) == (f"[{host}]" if ":" in host else host)
    assert LoopbackServer("true", host=host, port=1, title="t").public_url.startswith("http://")
