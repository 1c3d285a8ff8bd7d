"""Servers on loopback that answer as no honest one would."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Respond = Callable[[BaseHTTPRequestHandler], None]


class Time:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        """What a client takes for the time."""
        return self.seconds


@contextmanager
def serving(respond: Respond) -> Iterator[str]:
    """Answer each GET and POST by ``respond``, until whoever asked hangs up."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            with suppress(OSError):
                respond(self)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_args: object) -> None:
            """A client that hung up."""

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def give(handler: BaseHTTPRequestHandler, data: bytes | None, **headers: str) -> None:
    """Answer with a file, 404 where it is None."""
    handler.send_response(404 if data is None else 200)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(data or b"")))
    handler.end_headers()
    handler.wfile.write(data or b"")


def files(read: Callable[[str], bytes | None]) -> Respond:
    """Serve what ``read`` gives for the path of a file."""
    return lambda handler: give(handler, read(handler.path.lstrip("/")))


def dripping(time: Time, first: bytes, piece: bytes) -> Respond:
    """Begin with ``first``, and then let a second pass before each ``piece``, for ever."""

    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        handler.wfile.write(b"HTTP/1.1 " + first)
        while True:
            time.seconds += 1
            handler.wfile.write(piece)

    return respond


DRIPS = {
    "headers": (b"200 OK\r\nX: ", b"x"),
    "announcements": (b"100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": (b"200 OK\r\nContent-Length: 8000\r\n\r\n", b"x"),
    "chunks": (b"200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "without a length": (b"200 OK\r\nConnection: close\r\n\r\n", b"x"),
}
