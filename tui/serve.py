"""The application in a browser, on this machine only.

There is no login. What is done about it: the server listens on loopback unless told otherwise, each
page starts a process of its own, nothing can be signed unless that was asked for, and requests that
another web site makes a browser send are refused: a WebSocket is not bound by the same-origin
policy (RFC 6455 section 10.2), so ``Origin`` and ``Host`` are checked here. The page asks nobody
else for anything; the browser is told so as well (Content-Security-Policy).
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Awaitable, Callable
from importlib import resources
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

_HTTP = 80
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
    " font-src 'self'; img-src 'self' data:; connect-src 'self' {sockets};"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


class LoopbackServer(Server):
    """Textual's server with our page, and with strangers kept out."""

    def __init__(self, command: str, *, host: str, port: int, title: str) -> None:
        """``command`` is run by a shell for each page, in this process's environment."""
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
        origin = request.headers.get("Origin")
        foreign = origin is not None and urlsplit(origin).netloc not in self._hosts
        if foreign or request.host not in self._hosts:
            raise web.HTTPForbidden(text="this page may only be used from its own address")
        response = await handler(request)
        if not response.prepared:
            sockets = " ".join(f"ws://{name}" for name in sorted(self._hosts))
            response.headers["Content-Security-Policy"] = _POLICY.format(sockets=sockets)
            response.headers["X-Content-Type-Options"] = "nosniff"
            response.headers["Referrer-Policy"] = "no-referrer"
        return response

    async def on_startup(self, app: web.Application) -> None:
        """Nothing is printed here: whoever starts the server has said what there is to say."""
        del app

    def initialize_logging(self) -> None:
        """Warnings only: the requests of one's own browser are no news."""
        logging.basicConfig(level="WARNING", format="%(message)s")


def bracketed(host: str) -> str:
    """A host as it stands in a URL (RFC 3986 section 3.2.2)."""
    return f"[{host}]" if ":" in host else host


def is_loopback(host: str) -> bool:
    """Whether a server on this host can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _names(host: str) -> tuple[str, ...]:
    return ("localhost", "127.0.0.1", "[::1]") if is_loopback(host) else ()
