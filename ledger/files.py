"""The one way to replace a file as a whole: a reader finds the old bytes or the new, never a part.

The new content is written beside the target, flushed to disk and renamed over it. The rename itself
survives a power cut only once the directory is flushed too (:func:`sync_directory`).
"""

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

PRIVATE: Final = 0o700  # for directories of keys, and of what this machine remembers
PUBLIC: Final = 0o755  # for directories that a web server reads
PARTIAL: Final = ".part-"  # how the name of a file that is still being written begins
_FOR_OTHERS: Final = 0o044
_CANNOT_SYNC: Final = {errno.EINVAL, errno.ENOTSUP}  # some file systems cannot, for directories


def replace_file(target: Path, data: bytes, *, mode: int) -> None:
    """Replace a file, durably; directories that are missing are made, open to others if it is.

    Raises OSError where the file cannot be written; the old content is still there then.
    """
    make_directory(target.parent, mode=PUBLIC if mode & _FOR_OTHERS else PRIVATE)
    with replacing(target, mode=mode) as file:
        file.write(data)
    sync_directory(target.parent)


@contextlib.contextmanager
def replacing(target: Path, *, mode: int, new: bool = False) -> Iterator[IO[bytes]]:
    """Yield a file to write, which takes the name ``target`` when the block ends without an error.

    The bytes are on disk then; flush the directory to make the name durable too. With ``new``,
    raises FileExistsError where the name is taken. Raises OSError where it cannot be written.
    """
    handle, name = tempfile.mkstemp(prefix=PARTIAL, dir=target.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.chmod(mode)
        if new:
            name_new(part, target)
        else:
            part.replace(target)
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def name_new(part: Path, target: Path) -> None:
    """Give a complete file its name too. Raises FileExistsError where that is taken, or OSError."""
    try:
        target.hardlink_to(part)  # unlike a rename, refuses to replace
    except FileExistsError:
        raise
    except OSError:  # no hard links on this file system: looking a moment before is all there is
        if os.path.lexists(target):
            raise FileExistsError from None
        part.replace(target)


def make_directory(directory: Path, *, mode: int = PRIVATE) -> None:
    """Make a directory and those above it, each of them durable in the one above.

    Each new directory has ``mode``, whatever the umask. Raises OSError.
    """
    if directory.is_dir():
        return
    make_directory(directory.parent, mode=mode)
    try:
        directory.mkdir(mode)
    except FileExistsError:  # another program made it meanwhile, if it is a directory
        if not directory.is_dir():
            raise
        return
    directory.chmod(mode)
    sync_directory(directory.parent)


def sync_directory(directory: Path) -> None:
    """Flush a directory, so that the names given in it survive a power cut. Raises OSError."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise
    finally:
        os.close(handle)
