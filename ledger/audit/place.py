"""Places a log is published to and read back from: a directory, an object store, a web address.

========================  =======================================================================
a path, ``file://...``    a directory of this machine: every file is written beside its place,
                          flushed to disk and renamed, so that a reader sees it whole or not at all
``s3://...`` and others   any file system of fsspec; object stores replace a file as a whole
``https://...``           read only. ``http://`` too: what is read is verified, not believed
========================  =======================================================================

Paths inside a place are relative, with ``/`` between their parts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from ledger.audit import durable
from ledger.errors import InputError, Unreachable

if TYPE_CHECKING:
    import httpx

MAX_FILE_BYTES: Final = 256 * 1024 * 1024  # evidence may be large; a tile has 8 kB
_FOR_OTHERS: Final = 0o005  # of a directory: to list it and to go through it
_TIMEOUT_S = 30.0
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://")
_PART = re.compile(r"(?!\.\.?$)[A-Za-z0-9._-]+", re.ASCII)


class Place(Protocol):
    """Where a published log lies."""

    address: str

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file, None if it is not there. Raises Unreachable."""

    def write(self, path: str, data: bytes) -> None:
        """Put a file, whole or not at all, replacing what was there. Raises Unreachable."""

    def listing(self) -> Iterator[str] | None:
        """Yield the path of every file, or return None where a place cannot tell."""

    def close(self) -> None:
        """Give back connections."""


def open_place(address: str) -> Place:
    """Find the place an address names; nothing is read or written yet.

    Raises:
        InputError: no such kind of address, or the library for it is not installed.
    """
    match = _SCHEME.match(address)
    if match is None:
        return Directory(_path(address))
    if match[1] == "file":
        return Directory(_path(address.removeprefix("file://"), absolute=True))
    if match[1] in {"http", "https"}:
        return Web(address)
    return ObjectStore(address)


def is_place(address: str) -> bool:
    """Whether an address names something published rather than a database."""
    match = _SCHEME.match(address)
    if match is None:
        try:
            return bool(address) and Path(address).expanduser().is_dir()
        except (OSError, RuntimeError, ValueError):  # too long, no such user, NUL
            raise InputError(f"{address[:100]!r} is not the name of a file") from None
    return not match[1].startswith(("sqlite", "postgres"))


class Directory:
    """A directory of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.address = str(root)

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file."""
        target = self.root / checked(path)
        try:
            if target.exists() and not target.is_file():
                return None  # a directory; or a pipe, on which one would wait for ever
            with target.open("rb") as file:
                return _bounded(self.address, path, file.read(MAX_FILE_BYTES + 1))
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            raise Unreachable(str(target), f"cannot be read: {error.strerror}") from None

    def write(self, path: str, data: bytes) -> None:
        """Write beside, flush, rename, flush the directory."""
        replace_file(self.root / checked(path), data, mode=0o644)  # for everybody to read

    def listing(self) -> Iterator[str]:
        """Yield every file; what an interrupted write left beside is not one of them."""
        for folder, _, names in os.walk(self.root):
            for name in sorted(names):
                if not name.startswith(durable.PARTIAL):
                    yield (Path(folder) / name).relative_to(self.root).as_posix()

    def is_hidden(self) -> bool:
        """Whether other users, such as that of a web server, cannot read what is in it."""
        return self.root.stat().st_mode & _FOR_OTHERS != _FOR_OTHERS

    def close(self) -> None:
        """Nothing to give back."""


class ObjectStore:
    """A file system of fsspec, such as ``s3://bucket/prefix``."""

    def __init__(self, address: str) -> None:
        import fsspec  # only who publishes to one needs it

        self.address = address.rstrip("/")
        try:
            # No cache of listings: somebody else may publish too.
            self._files, self._root = fsspec.core.url_to_fs(self.address, use_listings_cache=False)
        except (ImportError, ValueError) as error:
            raise InputError(
                f"{address}: {error}", hint="for s3:// install the extra: pip install regledger[s3]"
            ) from None
        except Exception as error:  # noqa: BLE001  # every back end has errors of its own
            raise self._unreachable(error) from None

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file."""
        try:
            data: bytes = self._files.cat_file(f"{self._root}/{checked(path)}")
        except FileNotFoundError:
            return None
        except Exception as error:  # noqa: BLE001  # every back end has errors of its own
            raise self._unreachable(error) from None
        return _bounded(self.address, path, data)

    def write(self, path: str, data: bytes) -> None:
        """Put one object."""
        target = f"{self._root}/{checked(path)}"
        try:
            self._files.pipe_file(target, data)
        except Exception as error:  # noqa: BLE001  # every back end has errors of its own
            raise self._unreachable(error) from None

    def listing(self) -> Iterator[str]:
        """Yield every object below the prefix."""
        try:
            found: list[Any] = sorted(self._files.find(self._root))
        except Exception as error:  # noqa: BLE001  # every back end has errors of its own
            raise self._unreachable(error) from None
        prefix = f"{self._root.strip('/')}/"
        return (str(name).strip("/").removeprefix(prefix) for name in found)

    def close(self) -> None:
        """The file system keeps its own connections."""

    def _unreachable(self, error: Exception) -> Unreachable:
        reason = " ".join(str(error).split()) or type(error).__name__
        return Unreachable(self.address, reason[:300])


class Web:
    """A published log behind a web address; read only."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self._client: httpx.Client | None = None

    def read(self, path: str) -> bytes | None:
        """Get one file. 404 and 410 mean that it is not there."""
        import httpx  # 0.1 s, and only who reads over the network needs it

        if self._client is None:
            self._client = httpx.Client(timeout=_TIMEOUT_S, follow_redirects=True)
        url = f"{self.address}/{checked(path)}"
        try:
            with self._client.stream("GET", url) as answer:
                if answer.status_code in {404, 410}:
                    return None
                if answer.status_code != httpx.codes.OK:
                    raise Unreachable(url, f"the server answered {answer.status_code}")
                return _received(url, answer)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable(url, str(error) or type(error).__name__) from None

    def write(self, path: str, data: bytes) -> None:
        """Refuse: a web address is for reading."""
        del path, data
        raise InputError(
            f"{self.address}: cannot publish to a web address",
            hint="publish to the directory or bucket behind it",
        )

    def listing(self) -> None:
        """Return None: a web server does not list its files."""

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()


def _path(text: str, *, absolute: bool = False) -> Path:
    """Return a path; an empty one is a variable that was not set, and not the working directory."""
    if not text or (absolute and not text.startswith("/")):
        wanted = "file:///absolute/path" if absolute else "a directory"
        raise InputError(f"{text!r} names no place", hint=f"write {wanted}")
    try:
        return Path(text) if absolute else Path(text).expanduser()
    except RuntimeError as error:  # ~nobody
        raise InputError(f"{text}: {error}") from None


def checked(path: str) -> str:
    """Return a relative path of plain parts.

    Raises:
        InputError: it could lead out of the place.
    """
    if not all(_PART.fullmatch(part) for part in path.split("/")):
        raise InputError(f"{path!r} is not the path of a published file")
    return path


def _bounded(address: str, path: str, data: bytes) -> bytes:
    if len(data) > MAX_FILE_BYTES:
        raise Unreachable(f"{address}/{path}", f"has more than {MAX_FILE_BYTES:,} bytes")
    return data


def _received(url: str, answer: httpx.Response) -> bytes:
    data = bytearray()
    for piece in answer.iter_bytes():
        data += piece
        if len(data) > MAX_FILE_BYTES:
            raise Unreachable(url, f"has more than {MAX_FILE_BYTES:,} bytes")
    return bytes(data)


def replace_file(target: Path, data: bytes, *, mode: int) -> None:
    """Replace a file as a whole; directories above it that are made may be read as it may.

    Raises:
        Unreachable: it cannot be written; what was there is there still.
    """
    try:
        everybody = mode & 0o044
        durable.make_directory(target.parent, mode=durable.PUBLIC if everybody else durable.PRIVATE)
        durable.replace_file(target, data, mode=mode)
    except OSError as error:
        raise Unreachable(str(target), f"cannot be written: {error.strerror}") from None
