"""Files that a command reads, and standard input."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.errors import BadKey, InputError, NotCanonical, Unreachable

if TYPE_CHECKING:
    from ledger.log.witness_policy import WitnessPolicy

STDIN = "-"
_MIB = 1024 * 1024
_LARGEST = 256 * _MIB  # bytes; the largest claims file that is read
_LARGEST_REQUEST = 65_536
_REQUEST = frozenset({"actor", "ledger", "proof", "public_key", "scheme"})


def content(path: Path, *, most: int = _LARGEST, hint: str = "") -> tuple[bytes, str]:
    """Read a file; return its bytes and its name for messages. ``-`` is standard input.

    Every command reads the files that a person names by this, so that the same mistake ends with
    the same exit code. ``hint`` says what to do about a file that is too long.

    Raises:
        InputError: it is a directory, or longer than ``most`` bytes.
        Unreachable: there is no such file, or it cannot be read.
    """
    if str(path) == STDIN:
        data, name = sys.stdin.buffer.read(most + 1), "<stdin>"
    else:
        data, name = _read(path, most + 1), str(path)
    if len(data) > most:
        limit = f"{most:,} bytes" if most % _MIB else f"{most // _MIB} MiB"
        raise InputError(f"{name} is longer than the {limit} that are read here", hint=hint)
    return data, name


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most)
    except IsADirectoryError:
        raise InputError(f"{path} is a directory", hint="name a file") from None
    except FileNotFoundError:
        raise Unreachable(str(path), "there is no such file") from None
    except (OSError, ValueError) as error:  # ValueError: NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise Unreachable(str(path), f"cannot be read: {reason}") from None


def policy(path: Path | None, *, most: int = _LARGEST) -> "WitnessPolicy | None":
    """Read a witness policy (C2SP tlog-policy); None where no file is named."""
    from ledger.log.witness_policy import parse_policy

    return None if path is None else parse_policy(content(path, most=most)[0])


def roots(path: Path | None, *, most: int = _LARGEST) -> bytes | None:
    """Read certificates (PEM) of time-stamp authorities; None where no file is named.

    What is wrong with them is said here, also where there is no time-stamp to check with them.
    """
    if path is None:
        return None
    from ledger.checkpoints.timestamps import load_roots

    data, _ = content(path, most=most)
    load_roots(data)
    return data


def request(path: Path) -> dict[str, Any]:
    """Read a key request as `key request` printed it.

    Raises BadKey: not JSON, or not exactly the members of a request.
    """
    from ledger.log import canonical  # which reads with orjson: no business of --help

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
            f"{name} is not a key request", hint="`regledger key request ACTOR` prints one"
        )
    return found
