"""A witness over HTTP (C2SP tlog-witness), on loopback only: one path, small requests.

``POST /add-checkpoint`` gives the answer of :class:`ledger.witness.cosigner.Cosigner`; everything
else is 404. To be reached from other machines it needs a reverse proxy.
"""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from ledger.checkpoints.witness_client import ENDPOINT
from ledger.errors import NotCompleted, RegledgerError
from ledger.witness.cosigner import Cosigner, WitnessAnswer

LOOPBACK: Final = "127.0.0.1"
_MAX_REQUEST_BYTES: Final = 65_536  # a checkpoint signed twice and a proof have 8,000
_DONE: Final = 200
_MOST_DIGITS: Final = 9
_PATIENCE_S: Final = 10.0


class WitnessServer(ThreadingHTTPServer):
    """Serves one witness; calls ``report`` with one line for each request, without its address."""

    daemon_threads = True

    def __init__(self, cosigner: Cosigner, *, port: int, report: Callable[[str], None]) -> None:
        """Bind to loopback; port 0 takes a free one. Raises NotCompleted where that fails."""
        self.cosigner, self.report = cosigner, report
        try:
            super().__init__((LOOPBACK, port), _Handler)
        except (OSError, OverflowError) as error:
            raise NotCompleted(
                f"cannot listen on port {port}: {error}", hint="choose another with --port"
            ) from None

    @property
    def url(self) -> str:
        """Return the address for logs on this machine."""
        return f"http://{LOOPBACK}:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Report that a client broke off, without a traceback."""
        del request, client_address
        self.report("a connection broke off")


class _Handler(BaseHTTPRequestHandler):
    server: WitnessServer
    protocol_version = "HTTP/1.1"
    server_version = "regledger-witness"
    sys_version = ""
    timeout = _PATIENCE_S

    def do_POST(self) -> None:
        if self.path != ENDPOINT:
            self._answer(WitnessAnswer(404, b"nothing is served here\n"))
            return
        body = self._body()
        if isinstance(body, WitnessAnswer):
            self._answer(body)
            return
        try:
            verdict = self.server.cosigner.answer(body)
        except RegledgerError as error:  # the memory cannot be used: nothing was signed
            self.server.report(error.message)
            verdict = WitnessAnswer(503, b"this witness cannot work just now\n")
        self._answer(verdict)

    def do_GET(self) -> None:
        self._answer(WitnessAnswer(404, b"nothing is served here\n"))

    def _body(self) -> bytes | WitnessAnswer:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal()):
            return WitnessAnswer(411, b"say how long the request is\n")
        if len(length) > _MOST_DIGITS or int(length) > _MAX_REQUEST_BYTES:
            return WitnessAnswer(413, b"the request is too long\n")
        return self.rfile.read(int(length))

    def _answer(self, verdict: WitnessAnswer) -> None:
        # After an answer that left something unread the connection cannot be used again.
        unread = verdict.status in {404, 411, 413}
        self.send_response(verdict.status)
        self.send_header("Content-Type", verdict.media_type)
        self.send_header("Content-Length", str(len(verdict.body)))
        if unread:
            self.send_header("Connection", "close")  # http.server closes it then
        self.end_headers()
        self.wfile.write(verdict.body)
        done = verdict.status == _DONE
        said = "" if done else verdict.body.decode("utf-8", "replace").strip()
        self.server.report(f"{verdict.status} {said}".strip())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        """Do nothing: ``report`` is called instead, without the client's address."""
