"""HTTP calls to published logs, time-stamp authorities and witnesses, bounded in bytes and time.

What these services answer is signed or proved, so plain ``http`` is as good as ``https``: nothing
is believed because of where it came from. But a hostile server could answer without end, so each
call bounds the bytes of its answer and accepts no content coding, of which a few bytes can stand
for any number. A time-out of httpx bounds one read only, and a server that sends a byte now and
then could go on for ever, in the headers too: a call of :class:`Client` ends ``_GRACE_S`` after it
began, plus the time that the bytes received so far may take at ``LEAST_RATE``.

Importing this module takes 0.1 s (httpx), so only functions that make a call import it.
"""

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final
from urllib.parse import urlsplit

import httpcore
import httpx

from ledger.errors import InputError, TooLong, Unreachable

MAX_ANSWER_BYTES: Final = 262_144  # a time-stamp with a long chain has about 10,000
_GRACE_S: Final = 30.0
LEAST_RATE: Final = 16_384  # bytes a second
_LIMIT: Final = "regledger.limit"  # extension of a request: the bytes that its answer may have
_MAX_HOPS: Final = 5
_OK: Final = 200
_GONE: Final = frozenset({404, 410})
_IDENTITY: Final = frozenset({"", "identity"})


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """The answer of a service. ``media_type`` is lower case and without parameters."""

    status: int
    media_type: str
    body: bytes


def require_address(url: str) -> str:
    """Return an http(s) address without a slash at its end.

    Raises InputError: not an http(s) address, or one with a user, query or fragment.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    plain = url.isascii() and url.isprintable() and " " not in url
    if not host or not plain or parts.scheme not in {"http", "https"}:
        raise InputError(f"{url!r} is not an http(s) address")
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise InputError(f"{url!r}: an address here has no user, no '?' and no '#'")
    return url.rstrip("/")


def post(client: httpx.Client, url: str, content: bytes, *, media_type: str) -> HttpAnswer:
    """Send ``content`` and return the answer, whatever its status; redirects are not followed.

    Raises:
        InputError: not an http(s) address.
        Unreachable: no connection, no answer in time, or one that is too long or in a coding.
    """
    headers = {"Content-Type": media_type}
    try:
        with client.stream(
            "POST",
            url,
            content=content,
            headers=headers,
            follow_redirects=False,
            extensions={_LIMIT: MAX_ANSWER_BYTES},
        ) as response:
            body = _body(response, url, MAX_ANSWER_BYTES)
            kind = response.headers.get("Content-Type", "").partition(";")[0]
            return HttpAnswer(response.status_code, kind.strip().lower(), body)
    except TooLong:
        more = f"it answered with more than {MAX_ANSWER_BYTES:,} bytes"
        raise Unreachable(url, more) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _failed(url, error) from None


def get(client: httpx.Client, url: str, *, limit: int) -> bytes | None:
    """Get a file of at most ``limit`` bytes; None where the server has none (404, 410).

    Redirects are followed on the same host only, and never from https to http.

    Raises:
        InputError: not an http(s) address. TooLong: there are more bytes.
        Unreachable: no connection, no answer in time, another status or a content coding.
    """
    try:
        at = httpx.URL(url)
        for _ in range(_MAX_HOPS + 1):
            with client.stream(
                "GET", at, follow_redirects=False, extensions={_LIMIT: limit}
            ) as response:
                if response.next_request is not None:
                    at = _redirected(url, at, response.next_request.url)
                    continue
                if response.status_code in _GONE:
                    return None
                if response.status_code != _OK:
                    raise Unreachable(url, f"the server answered {response.status_code}")
                return _body(response, url, limit)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _failed(url, error) from None
    raise Unreachable(url, f"it redirects more than {_MAX_HOPS} times")


def first_line(body: bytes) -> str:
    """Return the first line of an error's body as untrusted text."""
    line = body[:200].decode("utf-8", "replace").strip().split("\n", 1)[0]
    return line.strip()


def _redirected(url: str, old: httpx.URL, new: httpx.URL) -> httpx.URL:
    """Return the target of a redirect; a server does not choose which host this machine calls."""
    plain_ports = (old.port, new.port) == (None, None)
    upgraded = (old.scheme, new.scheme) == ("http", "https") and plain_ports
    if new.host == old.host and (upgraded or (new.scheme, new.port) == (old.scheme, old.port)):
        return new.copy_with(fragment=None)
    raise Unreachable(
        url,
        f"it redirects to {str(new)[:200]!r}",
        hint="redirects to another host are not followed: name that address, if it is right",
    )


def _body(response: httpx.Response, url: str, limit: int) -> bytes:
    """Read the body; as no content coding is accepted, the bytes on the wire are its content."""
    coding = response.headers.get("Content-Encoding", "")
    if any(one.strip().lower() not in _IDENTITY for one in coding.split(",")):
        raise Unreachable(
            url,
            f"it answered in the content coding {coding[:40]!r}, which was not asked for",
            hint="let the server send these files as they are",
        )
    found = bytearray()
    for piece in response.iter_raw():
        found += piece
        if len(found) > limit:
            raise TooLong(url, limit)
    return bytes(found)


def _failed(url: str, error: Exception) -> InputError | Unreachable:
    if isinstance(error, httpx.InvalidURL):
        return InputError(f"{url!r} is not an http(s) address: {error}")
    if isinstance(error, httpx.TimeoutException):
        slow = f"it did not answer in time, or sent less than {LEAST_RATE:,} bytes a second"
        return Unreachable(url, slow, hint="try again later")
    reason = str(error) or type(error).__name__
    return Unreachable(url, reason[:300], hint="check the address and the network")


class Watch:
    """The time that a call may still take. ``now`` gives seconds that never go back."""

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
    ) -> "_Stream":
        within = self._watch.within(timeout, httpcore.ConnectTimeout)
        inner = self._inner.start_tls(ssl_context, server_hostname, within)
        return _Stream(inner, self._watch)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Network(httpcore.NetworkBackend):
    """Makes connections that keep to the time of a call."""

    def __init__(self, inner: httpcore.NetworkBackend, watch: Watch) -> None:
        self._inner, self._watch = inner, watch

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *args: Any, **more: Any
    ) -> _Stream:
        within = self._watch.within(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.connect_tcp(host, port, within, *args, **more), self._watch)


class Client(httpx.Client):
    """A client whose calls end, whatever the server does; one call at a time."""

    def __init__(
        self, *, timeout_s: float = _GRACE_S, now: Callable[[], float] = time.monotonic
    ) -> None:
        """Make the client that the calls of one command share; close it when done.

        ``now`` gives the seconds by which a call is timed; they never go back.
        """
        self.watch = Watch(now, timeout_s)
        super().__init__(
            timeout=timeout_s,
            headers={"User-Agent": "regledger", "Accept-Encoding": "identity"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        )
        # httpx has no argument for this. If a later version moves the attribute, this fails.
        for transport in (self._transport, *self._mounts.values()):
            if transport is not None:
                pool: Any = transport._pool  # type: ignore[attr-defined]  # noqa: SLF001
                pool._network_backend = _Network(pool._network_backend, self.watch)  # noqa: SLF001

    def send(self, request: httpx.Request, **more: Any) -> httpx.Response:
        """Send a request, and start its time."""
        self.watch.begin(request.extensions.get(_LIMIT, MAX_ANSWER_BYTES))
        return super().send(request, **more)
