"""Reading what a person hands over: files, standard input, options that exclude each other."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from ledger.errors import BadKey, InputError, NotCanonical, NotCompleted
from ledger.log import canonical

if TYPE_CHECKING:
    from pathlib import Path

STDIN = "-"
_LARGEST = 256 * 1024 * 1024  # bytes; the largest claims file anybody may hand over
_LARGEST_REQUEST = 65_536
_REQUEST = frozenset({"actor", "ledger", "proof", "public_key", "scheme"})


def content(path: Path) -> tuple[bytes, str]:
    """The bytes of a file and what to call it in messages; ``-`` is standard input.

    Raises:
        InputError: there is no such file, or it is too large to be a file of claims.
        NotCompleted: it is there and cannot be read.
    """
    if str(path) == STDIN:
        return _bounded(sys.stdin.buffer.read(_LARGEST + 1), "standard input"), "<stdin>"
    try:
        if not path.is_file() and not path.is_fifo() and path.exists() and path.is_dir():
            raise InputError(f"{path} is a directory")
        with path.open("rb") as file:
            return _bounded(file.read(_LARGEST + 1), str(path)), str(path)
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file") from None
    except (OSError, ValueError) as error:  # ValueError: NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise NotCompleted(f"{path} cannot be read: {reason}") from None


def _bounded(data: bytes, name: str) -> bytes:
    if len(data) > _LARGEST:
        raise InputError(f"{name} is larger than {_LARGEST // 1024**2} MiB", hint="split the file")
    return data


def request(path: Path) -> dict[str, Any]:
    """A key request as `key request` printed it.

    Raises:
        BadKey: not JSON, or not exactly the members of a request.
    """
    data, name = content(path)
    if len(data) > _LARGEST_REQUEST:
        raise BadKey(f"{name} is too large for a key request")
    try:
        found = canonical.read(data)
    except NotCanonical as error:
        raise BadKey(f"{name} is not a key request: {error.message}") from None
    texts = isinstance(found, dict) and all(isinstance(v, str) for v in found.values())
    if not isinstance(found, dict) or not texts or set(found) != _REQUEST:
        raise BadKey(
            f"{name} is not a key request",
            hint="`regledger key request ACTOR` prints one",
        )
    return found


def one_of(first_name: str, first: str | None, second_name: str, second: str | None) -> str:
    """The one of two options that was given.

    Raises:
        InputError: neither was, or both were.
    """
    if (first is None) == (second is None):
        raise InputError(f"give either {first_name} or {second_name}")
    return first or second or ""


def at_least_one(first_name: str, first: object, second_name: str, second: object) -> None:
    """Raise InputError where neither option was given."""
    if first is None and second is None:
        raise InputError(f"nothing to change: give {first_name} or {second_name}")
