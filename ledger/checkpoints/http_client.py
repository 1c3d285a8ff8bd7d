"""The HTTP client of all calls to strangers: each of its calls ends, whatever the server does.

A time-out of httpx is for one read, so a server that sends a byte now and then could go on for
ever, in the headers too. Here a call ends ``GRACE_S`` after it began, but for the time that the
bytes received so far may take at ``LEAST_RATE``, and no further than its answer may be long. No
content coding is asked for, and cookies are not kept.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final

import httpcore
import httpx

GRACE_S: Final = 30.0
LEAST_RATE: Final = 16_384  # bytes a second
LIMIT: Final = "regledger.limit"  # extension of a request: the bytes that its answer may have
_LIMIT_DEFAULT: Final = 262_144


class Watch:
    """How long a call may still take. ``now`` gives seconds that never go back."""

    def __init__(self, now: Callable[[], float], grace_s: float) -> None:
        self._now, self._grace_s = now, grace_s
        self._began, self._limit, self.received = 0.0, 0, 0

    def begin(self, limit: int) -> None:
        """Begin a call whose answer has at most ``limit`` bytes."""
        self._began, self._limit, self.received = self._now(), limit, 0

    def left_s(self) -> float:
        """Return the seconds that are left, never more than ``limit`` bytes can earn."""
        earned = min(self.received, self._limit) / LEAST_RATE
        return self._began + self._grace_s + earned - self._now()

    def within(self, timeout_s: float | None, late: type[httpcore.TimeoutException]) -> float:
        """Return the time-out for one step. Raises ``late`` where no time is left."""
        left = self.left_s()
        if left <= 0:
            raise late
        return left if timeout_s is None else min(timeout_s, left)


class _Stream(httpcore.NetworkStream):
    """A connection that keeps to the time of a call, byte by byte."""

    def __init__(self, inner: httpcore.NetworkStream, watch: Watch) -> None:
        self._inner, self._watch = inner, watch

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        within = self._watch.within(timeout, httpcore.ReadTimeout)
        data = self._inner.read(max_bytes, within)
        self._watch.received += len(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._watch.within(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> _Stream:
        within = self._watch.within(timeout, httpcore.ConnectTimeout)
        inner = self._inner.start_tls(ssl_context, server_hostname, within)
        return _Stream(inner, self._watch)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Network(httpcore.NetworkBackend):
    """Makes such connections."""

    def __init__(self, inner: httpcore.NetworkBackend, watch: Watch) -> None:
        self._inner, self._watch = inner, watch

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *args: Any, **more: Any
    ) -> _Stream:
        within = self._watch.within(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.connect_tcp(host, port, within, *args, **more), self._watch)


class Client(httpx.Client):
    """A client whose calls end, whatever the server does. Each has one call at a time."""

    def __init__(self, *, timeout_s: float = GRACE_S, now: Callable[[], float]) -> None:
        self.watch = Watch(now, timeout_s)
        super().__init__(
            timeout=timeout_s,
            headers={"User-Agent": "regledger", "Accept-Encoding": "identity"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        )
        # httpx has no argument for this. One that lies elsewhere in a later version fails here.
        for transport in (self._transport, *self._mounts.values()):
            if transport is not None:
                pool: Any = transport._pool  # type: ignore[attr-defined]  # noqa: SLF001
                pool._network_backend = _Network(pool._network_backend, self.watch)  # noqa: SLF001

    def send(self, request: httpx.Request, **more: Any) -> httpx.Response:
        """Send a request, and let its time begin."""
        self.watch.begin(request.extensions.get(LIMIT, _LIMIT_DEFAULT))
        return super().send(request, **more)
