"""Calls to strangers: published logs, time-stamp authorities, witnesses; all within bounds.

What these services answer is signed or proved, so plain ``http`` is as good as ``https`` for what
we make of it: nothing is believed because of where it came from. But whoever answers could answer
without end: so each call says how many bytes its answer may have, no content coding is accepted,
since a few bytes of one can stand for any number, and each takes its time
(:mod:`ledger.checkpoints.http_client`) and no more.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ledger.errors import InputError, TooLong, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

MAX_ANSWER_BYTES: Final = 262_144  # a time-stamp with a long chain has about 10,000
_MAX_HOPS: Final = 5
_OK: Final = 200
_GONE: Final = frozenset({404, 410})
_IDENTITY: Final = frozenset({"", "identity"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered. ``media_type`` is lower case and without parameters."""

    status: int
    media_type: str
    body: bytes


def client(
    *, timeout_s: float | None = None, now: Callable[[], float] = time.monotonic
) -> httpx.Client:
    """Make the client that the calls of one command share; close it when done.

    ``now`` gives the seconds by which the time of a call is told, which never go back.
    """
    from ledger.checkpoints.http_client import GRACE_S, Client  # 0.1 s, and only who calls needs it

    return Client(timeout_s=GRACE_S if timeout_s is None else timeout_s, now=now)


def require_address(url: str) -> str:
    """Return an http(s) address without a slash at its end.

    Raises:
        InputError: not such an address, or one with a name and password, query or fragment.
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


def post(http: httpx.Client, url: str, content: bytes, *, media_type: str) -> Answer:
    """Send ``content`` and return the answer, whatever its status; redirects are not followed.

    Raises:
        Unreachable: no connection, no answer in time, or one that is too long or in a coding.
    """
    import httpx

    from ledger.checkpoints.http_client import LIMIT

    headers = {"Content-Type": media_type}
    try:
        with http.stream(
            "POST",
            url,
            content=content,
            headers=headers,
            follow_redirects=False,
            extensions={LIMIT: MAX_ANSWER_BYTES},
        ) as response:
            body = _body(response, url, MAX_ANSWER_BYTES)
            kind = response.headers.get("Content-Type", "").partition(";")[0]
            return Answer(response.status_code, kind.strip().lower(), body)
    except TooLong:
        more = f"it answered with more than {MAX_ANSWER_BYTES:,} bytes"
        raise Unreachable(url, more) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _failed(url, error) from None


def get(http: httpx.Client, url: str, *, limit: int) -> bytes | None:
    """Get a file of at most ``limit`` bytes; None where the server has none (404, 410).

    Redirects are followed on the same host only, and never from https to http.

    Raises:
        TooLong: there are more bytes.
        Unreachable: no connection, no answer in time, another status or a content coding.
    """
    import httpx

    from ledger.checkpoints.http_client import LIMIT

    try:
        at = httpx.URL(url)
        for _ in range(_MAX_HOPS + 1):
            with http.stream(
                "GET", at, follow_redirects=False, extensions={LIMIT: limit}
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
    """Return the start of an error's body as text; it is shown, never obeyed."""
    line = body[:200].decode("utf-8", "replace").strip().split("\n", 1)[0]
    return line.strip()


def _redirected(url: str, old: httpx.URL, new: httpx.URL) -> httpx.URL:
    """Return where to go on: a stranger does not choose whom this machine talks to."""
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
    """Read the body as it is on the wire, which is what it holds: no coding is accepted."""
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
    import httpx

    from ledger.checkpoints.http_client import LEAST_RATE

    if isinstance(error, httpx.InvalidURL):
        return InputError(f"{url!r} is not an http(s) address: {error}")
    if isinstance(error, httpx.TimeoutException):
        slow = f"it did not answer in time, or sent less than {LEAST_RATE:,} bytes a second"
        return Unreachable(url, slow, hint="try again later")
    reason = str(error) or type(error).__name__
    return Unreachable(url, reason[:300], hint="check the address and the network")
