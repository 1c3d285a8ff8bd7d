"""Calls to services outside: one POST, with limits, and one kind of error for all that fails.

What these services answer is signed, so plain ``http`` is as good as ``https`` for what we make
of it: nothing is believed because of where it came from. Redirects are not followed, an answer is
read up to a limit only, and a server that says nothing is left after a while.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ledger.errors import InputError, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

_TIMEOUT_S: Final = 20.0
_MAX_ANSWER_BYTES: Final = 262_144  # a time-stamp with a long chain has about 10,000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered. ``media_type`` is lower case and without parameters."""

    status: int
    media_type: str
    body: bytes


def client(*, timeout_s: float = _TIMEOUT_S) -> httpx.Client:
    """Make the client that the calls of one command share; close it when done."""
    import httpx

    return httpx.Client(timeout=timeout_s, headers={"User-Agent": "regledger"})


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
    """Send ``content`` and return the answer, whatever its status.

    Raises:
        Unreachable: no connection, no answer in time, or one that is too long.
    """
    import httpx

    try:
        with http.stream(
            "POST",
            url,
            content=content,
            headers={"Content-Type": media_type},
            follow_redirects=False,
        ) as response:
            body = _read(response.iter_bytes(), url)
            kind = response.headers.get("Content-Type", "").partition(";")[0]
            return Answer(response.status_code, kind.strip().lower(), body)
    except httpx.TimeoutException:
        raise Unreachable(url, "it did not answer in time", hint="try again later") from None
    except httpx.InvalidURL as error:
        raise InputError(f"{url!r} is not an http(s) address: {error}") from None
    except httpx.HTTPError as error:
        reason = str(error) or type(error).__name__
        raise Unreachable(url, reason, hint="check the address and the network") from None


def first_line(body: bytes) -> str:
    """Return the start of an error's body as text; it is shown, never obeyed."""
    line = body[:200].decode("utf-8", "replace").strip().split("\n", 1)[0]
    return line.strip()


def _read(pieces: Iterator[bytes], url: str) -> bytes:
    found = bytearray()
    for piece in pieces:
        found += piece
        if len(found) > _MAX_ANSWER_BYTES:
            raise Unreachable(url, f"it answered with more than {_MAX_ANSWER_BYTES:,} bytes")
    return bytes(found)
