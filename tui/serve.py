"""The application in a browser, on this machine only.

There is no login. Instead, the server listens on loopback unless another host is given, each
page starts a process of its own, nothing can be signed unless that was asked for, and requests that
another web site makes a browser send are refused: a WebSocket is not bound by the same-origin
policy (RFC 6455 section 10.2), so ``Origin`` and ``Host`` are checked here. The page asks no
other server for anything; the Content-Security-Policy says so to the browser as well.
"""

import ipaddress
import logging
import os
from collections.abc import Awaitable, Callable
from importlib import resources
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

from ledger.text import shorten

_HTTP = 80
_LOGGED = 200  # characters of a line about a request
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
    " font-src 'self'; img-src 'self' data:; connect-src 'self' {sockets};"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


class LoopbackServer(Server):
    """Textual's server with our page, and with strangers kept out."""

    _SOCKET = "/ws"

    def __init__(self, command: str, *, host: str, port: int, title: str) -> None:
        """Serve ``command``, which a shell runs for each page in this process's environment."""
        templates = resources.files("tui").joinpath("templates")
        address = f"http://{bracketed(host)}:{port}"
        super().__init__(
            command,
            host=host,
            port=port,
            title=title,
            public_url=address,
            templates_path=str(templates),
        )
        names = (bracketed(host), *_names(host))
        self._hosts = {f"{name}:{port}" for name in names}
        if port == _HTTP:  # browsers leave it out (RFC 9110 section 4.2.1)
            self._hosts |= {*names}

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._guard)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse what was not asked for from this very page; say what pages may do."""
        origins = request.headers.getall("Origin", ())
        own = all(_netloc(origin) in self._hosts for origin in origins)
        # Not `request.host`, which makes up an address where a request names none (HTTP/1.0).
        if not own or request.headers.get("Host") not in self._hosts:
            raise web.HTTPForbidden(text="this page may only be used from its own address")
        socket = request.path == self._SOCKET
        if socket and not web.WebSocketResponse().can_prepare(request):
            raise web.HTTPBadRequest(text="this address is for the WebSocket of the page")
        response = await handler(request)
        if not response.prepared:
            sockets = " ".join(f"ws://{name}" for name in sorted(self._hosts))
            response.headers["Content-Security-Policy"] = _POLICY.format(sockets=sockets)
            response.headers["X-Content-Type-Options"] = "nosniff"
            response.headers["Referrer-Policy"] = "no-referrer"
        return response

    async def on_startup(self, app: web.Application) -> None:
        """Print nothing: the command that starts the server has said it all."""
        del app

    def initialize_logging(self) -> None:
        """Log warnings only, a line each."""
        handler = logging.StreamHandler()
        if not os.environ.get("REGLEDGER_DEBUG"):
            handler.setFormatter(_OneLine())
        logging.basicConfig(level="WARNING", handlers=[handler])


class _OneLine(logging.Formatter):
    """Say what went wrong, without a trace: any program on this machine can send any bytes."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the message, and the error if there is one."""
        text, error = record.getMessage(), record.exc_info[1] if record.exc_info else None
        if error:
            reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
            text = reason if text in str(error) else f"{text}: {reason}"
        return shorten(text, _LOGGED)


def bracketed(host: str) -> str:
    """Return a host as it stands in a URL (RFC 3986 section 3.2.2)."""
    return f"[{host}]" if ":" in host else host


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # such as http://[
        return None


def is_loopback(host: str) -> bool:
    """Return whether a server on this host can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _names(host: str) -> tuple[str, ...]:
    return ("localhost", "127.0.0.1", "[::1]") if is_loopback(host) else ()
