"""Files that are there as a whole or not at all, also after the power was cut.

A new content is written beside the old, flushed, and renamed over it; the rename itself is durable
only once the directory is flushed too. A reader finds the old bytes or the new, never a part.
"""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path
from typing import Final

PRIVATE: Final = 0o700  # for directories of keys, and of what this machine has seen
PUBLIC: Final = 0o755  # for directories that a web server reads
PARTIAL: Final = ".part-"  # how a file that is being written is called
_CANNOT_SYNC: Final = {errno.EINVAL, errno.ENOTSUP}  # some file systems cannot, for directories


def replace_file(target: Path, data: bytes, *, mode: int) -> None:
    """Replace a file in a directory that is there.

    Raises OSError where it cannot be done; what was there is there still.
    """
    handle, name = tempfile.mkstemp(prefix=PARTIAL, dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(target)
    except OSError:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    sync_directory(target.parent)


def make_directory(directory: Path, *, mode: int = PRIVATE) -> None:
    """Make a directory and those above it, each of them durable in the one above.

    Each that is made has this mode, whatever the umask; what is there keeps its own. Raises
    OSError.
    """
    if directory.is_dir():
        return
    make_directory(directory.parent, mode=mode)
    try:
        directory.mkdir(mode)
    except FileExistsError:  # made by another program meanwhile, if it is one
        if not directory.is_dir():
            raise
        return
    directory.chmod(mode)
    sync_directory(directory.parent)


def sync_directory(directory: Path) -> None:
    """Make what was named or renamed in a directory durable. Raises OSError."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise
    finally:
        os.close(handle)
