"""Writing results to the files that a person names: whole or not at all, and never over another.

A file that is there stays as it is unless ``overwrite`` says otherwise. A device or a pipe holds
nothing that could be lost: it is written to as it stands.
"""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ledger import files
from ledger.cli import output
from ledger.errors import Conflict, InputError, NotCompleted


def lines(many: Iterable[bytes], to: Path | None, *, overwrite: bool) -> int:
    """Write lines to a file or stdout, each with a line feed; return their number."""
    count = 0
    with _sink(to, overwrite=overwrite) as write:
        for one in many:
            write(one + b"\n")
            count += 1
            if output.closed():
                break
    return count


def content(data: bytes, to: Path | None, *, overwrite: bool) -> None:
    """Write exact bytes to a file or stdout."""
    with _sink(to, overwrite=overwrite) as write:
        write(data)


def refuse_terminal(to: Path | None, what: str) -> None:
    """Refuse to write raw bytes to a terminal; ``what`` they are begins the message.

    Raises InputError: no file is named, and stdout is a terminal.
    """
    if to is None and output.on_terminal():
        raise InputError(
            f"{what} may hold anything, which is not for a terminal",
            hint="give -o FILE, or send it to another program",
        )


def refuse_existing(*paths: Path | None, overwrite: bool) -> None:
    """Refuse files that are there, before any work is done for them.

    Raises:
        Conflict: one exists. InputError: one is a directory.
    """
    for file in paths:
        if file is not None and file.is_dir():
            raise InputError(f"{file} is a directory", hint="name a file in it")
        if file is not None and not overwrite and os.path.lexists(file) and not _is_stream(file):
            raise _kept(file)


def _kept(file: Path) -> Conflict:
    return Conflict(
        f"{file} exists and was left as it is",
        hint="choose another name, or replace it with --overwrite",
    )


def _is_stream(file: Path) -> bool:
    return file.exists() and not file.is_file()


@contextlib.contextmanager
def _sink(to: Path | None, *, overwrite: bool) -> Iterator[Callable[[bytes], object]]:
    """Yield a writer to stdout, or to a file that appears under its name once it is complete."""
    if to is None:
        yield output.raw
        return
    refuse_existing(to, overwrite=overwrite)
    try:
        with _straight(to) if _is_stream(to) else _beside(to, overwrite=overwrite) as write:
            yield write
    except FileExistsError:
        raise _kept(to) from None
    except OSError as error:
        raise NotCompleted(f"{to} cannot be written: {error.strerror}") from None


@contextlib.contextmanager
def _straight(to: Path) -> Iterator[Callable[[bytes], object]]:
    with to.open("wb") as file:
        yield file.write


@contextlib.contextmanager
def _beside(to: Path, *, overwrite: bool) -> Iterator[Callable[[bytes], object]]:
    """Write to a file that takes its name once it is complete."""
    target = Path(os.path.realpath(to)) if overwrite else to  # what a link points to, not the link
    with files.replacing(target, mode=0o666 & ~_umask(), new=not overwrite) as file:
        yield file.write


def _umask() -> int:
    """Return the umask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
