"""Private keys on disk: files that only their owner may have access to."""

import os
import stat
from pathlib import Path

from ledger.errors import BadKey, Conflict, Unreachable

_MAX_KEY_FILE_BYTES = 65_536


def write_new(path: Path, data: bytes) -> None:
    """Write a file that does not exist yet, mode 0600, flushed to disk before this returns.

    Raises:
        Conflict: there is something at ``path``; it was not touched.
        Unreachable: it cannot be written there.
    """
    try:
        # O_EXCL also refuses a symbolic link; the mode holds from the first moment on.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict(f"{path} exists and was left as it is", hint="choose another name") from None
    except OSError as error:
        raise Unreachable(str(path), f"cannot be written: {error.strerror}") from None
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def read_private_file(path: Path) -> bytes:
    """Read a small file to which only its owner has access.

    Raises:
        Unreachable: there is no such file. BadKey: one that others may read, or no key file.
    """
    try:
        # Not blocking: a FIFO in place of the key must not hang the program.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        raise Unreachable(str(path), "there is no such file") from None
    except (OSError, ValueError) as error:  # ValueError: NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise BadKey(f"cannot read key file {path}: {reason}") from None
    try:
        _check_private(path, os.fstat(handle).st_mode)
        # A regular file this small comes in one piece.
        data = os.read(handle, _MAX_KEY_FILE_BYTES + 1)
    finally:
        os.close(handle)
    if len(data) > _MAX_KEY_FILE_BYTES:
        raise BadKey(f"{path} is too large for a key file")
    return data


def _check_private(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise BadKey(f"{path} is not a file")
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise BadKey(
            f"{path} is open to other users (mode {stat.S_IMODE(mode):04o})",
            hint=f"run `chmod 600 {path}`",
        )
