"""`regledger serve`: the application in a real browser, and strangers kept out."""

from __future__ import annotations

import os
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
def serving(database: Path, *options: str, log: Path = Path(os.devnull)) -> Iterator[str]:
    """Run the server in a process of its own; yield its address. What it says goes to ``log``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [sys.executable, "-m", "ledger", "--db", str(database), "serve", "--port", str(port)]
    root = Path(__file__).parents[2]
    with (
        log.open("wb") as said,
        subprocess.Popen([*words, *options], cwd=root, stdout=said, stderr=said) as process,
    ):
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
    """The text that the server sent to the terminal in the page."""

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


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian package chromium)")
def test_a_real_browser_shows_the_board_and_follows_keys(ledger_file: Path) -> None:
    """The page opens the board, keys go through, and no other server is asked for anything."""
    asked: list[str] = []
    with serving(ledger_file) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1200, "height": 800})
        page.on("request", lambda request: asked.append(request.url))
        received = Received(page)
        page.goto(address)
        received.until("Exchange")
        received.until("115 entries")
        assert "no login" in page.inner_text("#notice")
        received.text = ""
        page.keyboard.press("i")  # without a click: the terminal has the focus from its first byte
        received.until("Press v to verify")
        page.keyboard.press("a")  # read-only: nothing may be recorded
        received.text = ""
        page.keyboard.press("?")
        received.until("(this screen)")
        browser.close()
    outside = [url for url in asked if not url.startswith((address, "data:", "blob:"))]
    assert asked
    assert outside == []


@pytest.mark.slow
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


SOCKET = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
KEY = b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
NO_JSON = b"\x81\x84\0\0\0\0junk"  # one masked frame of text (RFC 6455 section 5.2)
MALFORMED = {
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "no host, old": (b"GET / HTTP/1.0\r\n\r\n", 403),
    "empty host": (b"GET / HTTP/1.1\r\nHost:\r\n\r\n", 403),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: %b\r\nHost: evil.example\r\n\r\n", 400),
    "two origins": (b"GET / HTTP/1.1\r\nHost: %b\r\nOrigin: http://%b\r\nOrigin: x\r\n\r\n", 403),
    "no origin": (b"GET / HTTP/1.1\r\nHost: %b\r\nOrigin: http://[\r\n\r\n", 403),
    "no request": (b"\x16\x03\x01\x00\xff\r\n\r\n", 400),
    "no address": (b"GET http://[ HTTP/1.1\r\nHost: %b\r\n\r\n", 400),
    "huge header": (b"GET / HTTP/1.1\r\nHost: %b\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", 400),
    "escapes": (b"GET / HTTP/1.1\r\nHost: %b\r\nX: \x1b[31m\0\r\n\r\n", 400),
    "long path": (b"GET /static/" + b"x" * 5000 + b" HTTP/1.1\r\nHost: %b\r\n\r\n", 500),
    "no socket": (b"GET /ws HTTP/1.1\r\nHost: %b\r\n\r\n", 400),
    "no key": (b"GET /ws HTTP/1.1\r\nHost: %b\r\n" + SOCKET + b"\r\n", 400),
    "bad key": (b"GET /ws HTTP/1.1\r\nHost: %b\r\n" + SOCKET + KEY[:-5] + b"\r\n\r\n", 400),
    "no JSON": (b"GET /ws HTTP/1.1\r\nHost: %b\r\n" + SOCKET + KEY + b"\r\n" + NO_JSON, 101),
}


def test_a_malformed_request_leaves_no_trace(ledger_file: Path, tmp_path: Path) -> None:
    """Whatever a program on this machine sends: refused, a line at most, and the page goes on."""
    log = tmp_path / "log"
    with serving(ledger_file, log=log) as address:
        place = address.removeprefix("http://")
        answers = {name: _answer(place, request) for name, (request, _) in MALFORMED.items()}
        _until(lambda: b"JSONDecodeError" in log.read_bytes(), "the junk in the socket is noted")
        assert httpx.get(address, headers={"Origin": address}).status_code == 200
    said = log.read_text()
    assert answers == {name: wanted for name, (_, wanted) in MALFORMED.items()}
    assert "Traceback" not in said
    assert "\x1b" not in said
    assert max(map(len, said.splitlines())) <= 200


def _answer(place: str, request: bytes) -> int:
    """Send these bytes; return the status that the server answers with."""
    host, _, port = place.partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as sock:
        sock.sendall(request.replace(b"%b", place.encode()))
        found = re.match(rb"HTTP/1\.[01] (\d{3}) ", sock.recv(4096))
    return int(found[1]) if found else 0


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
