"""Writing results to files: whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.cli import output
from ledger.errors import InputError, NotCompleted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


def lines(many: Iterable[bytes], to: Path | None) -> int:
    """Write each of these and a line feed, to a file or stdout; return how many there were."""
    count = 0
    with _sink(to) as write:
        for one in many:
            write(one + b"\n")
            count += 1
            if output.closed():
                break
    return count


def content(data: bytes, to: Path | None) -> None:
    """Write exact bytes to a file or stdout."""
    with _sink(to) as write:
        write(data)


@contextlib.contextmanager
def _sink(to: Path | None) -> Iterator[Callable[[bytes], object]]:
    """Where to write: stdout, or a file that appears under its name once it is complete."""
    if to is None:
        yield output.raw
        return
    try:
        handle, name = tempfile.mkstemp(prefix=f".{to.name[:32]}.", dir=to.parent)
    except OSError as error:
        raise InputError(f"{to} cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(handle, "wb") as file:
            yield file.write
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(to)
    except BaseException as error:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        if isinstance(error, OSError):
            raise NotCompleted(f"{to} cannot be written: {error.strerror}") from None
        raise


def _umask() -> int:
    """The umask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
