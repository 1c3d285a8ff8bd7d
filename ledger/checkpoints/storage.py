"""Storage that a log is published to and read from: a directory, object store or web address.

========================  =======================================================================
a path, ``file://...``    a directory of this machine; every file is replaced as a whole
                          (:mod:`ledger.files`)
``s3://...`` and others   any file system of fsspec; object stores replace a file as a whole
``https://...``           read only. ``http://`` too: what is read is verified
========================  =======================================================================

Paths of published files are relative, with ``/`` between their parts.
"""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from ledger import files
from ledger.errors import InputError, TooLong, Unreachable
from ledger.log.merkle import HASH_BYTES, TILE_WIDTH
from ledger.store import evidence_store

if TYPE_CHECKING:
    import httpx

_MIB: Final = 1024 * 1024
_LIMITS: Final = (  # by kind of file, in bytes; any other file is a small text
    (re.compile(r"tile/entries/.*"), TILE_WIDTH * (2 + 0xFFFF)),  # C2SP tlog-tiles: u16 lengths
    (re.compile(r"tile/.*"), TILE_WIDTH * HASH_BYTES),
    (re.compile(r"evidence/.*"), evidence_store.MAX_BYTES),
    (re.compile(r"disclosures/.*"), 64 * _MIB),  # 256 entries, each with long texts
    (re.compile(r".*"), _MIB),
)
_FOR_OTHERS: Final = 0o005  # of a directory: to list it and to go through it
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://")
_LAYERS = {
    "disclosures": "disclosure",
    "evidence": "evidence",
    "tile": "tiles",
    "timestamps": "time_stamp",
}
_PART = re.compile(r"(?!\.\.?$)[A-Za-z0-9._-]+", re.ASCII)


class Storage(Protocol):
    """The operations of every kind of storage."""

    address: str

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file, None where it is missing.

        Raises:
            TooLong: it has more bytes than a file of its kind can have.
            Unreachable: it cannot be read.
        """

    def write(self, path: str, data: bytes) -> None:
        """Put a file, whole or not at all, replacing what was there. Raises Unreachable."""

    def listing(self) -> Iterator[str] | None:
        """Yield the path of every file, or return None where the storage cannot list.

        A path that ends in a slash is of something that is no regular file.
        """

    def close(self) -> None:
        """Close connections."""


def open_storage(address: str) -> Storage:
    """Return the storage that an address names; nothing is read or written yet.

    Raises InputError: no such kind of address, or the library for it is not installed.
    """
    match = _SCHEME.match(address)
    if match is None:
        return DirectoryStorage(_path(address))
    if match[1] == "file":
        return DirectoryStorage(_path(address.removeprefix("file://"), absolute=True))
    if match[1] in {"http", "https"}:
        return WebStorage(address)
    return ObjectStorage(address)


def is_published(address: str) -> bool:
    """Return whether an address names a published log rather than a database.

    Raises InputError where it cannot name a file.
    """
    match = _SCHEME.match(address)
    if match is None:
        try:
            return bool(address) and Path(address).expanduser().is_dir()
        except (OSError, RuntimeError, ValueError):  # too long, no such user, NUL
            raise InputError(f"{address[:100]!r} is not the name of a file") from None
    return not match[1].startswith(("sqlite", "postgres"))


class DirectoryStorage:
    """A directory of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.address = str(root)

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file."""
        target = self.root / checked(path)
        limit = limit_of(path)
        try:
            # Without waiting: on a pipe, opening it would wait for a writer.
            with open(target, "rb", opener=_opened_at_once) as file:
                about = os.fstat(file.fileno())
                if not stat.S_ISREG(about.st_mode):
                    return None  # a directory, a pipe, a device that never ends
                if about.st_size > limit:
                    raise TooLong(str(target), limit)
                return _whole(file.read(limit + 1), str(target), limit)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            raise Unreachable(str(target), f"cannot be read: {error.strerror}") from None

    def write(self, path: str, data: bytes) -> None:
        """Replace a file as a whole, durably; everybody may read it."""
        target = self.root / checked(path)
        try:
            files.replace_file(target, data, mode=0o644)
        except OSError as error:
            raise Unreachable(str(target), f"cannot be written: {error.strerror}") from None

    def listing(self) -> Iterator[str]:
        """Yield every path but those of directories, which are entered.

        With a slash at its end stands what is no regular file: a link to a directory, which is not
        entered, a link to nothing, a pipe, a directory that cannot be read.

        Raises Unreachable where the place itself cannot be read.
        """
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            found = self._scan(folder)
            if found is None:
                yield folder
            for one in found or ():
                path = f"{folder}{one.name}"
                if one.is_dir(follow_symlinks=False):
                    waiting.append(f"{path}/")
                else:
                    yield path if _is_regular(one) else f"{path}/"

    def _scan(self, folder: str) -> list[os.DirEntry[str]] | None:
        """Return what a directory holds, None where it cannot be read."""
        try:
            with os.scandir(self.root / folder) as found:
                return sorted(found, key=lambda one: one.name)
        except FileNotFoundError:
            return []  # nothing is published yet
        except OSError as error:
            if folder:
                return None
            raise Unreachable(self.address, f"cannot be read: {error.strerror}") from None

    def is_hidden(self) -> bool:
        """Return whether other users, such as that of a web server, cannot read the directory."""
        return self.root.stat().st_mode & _FOR_OTHERS != _FOR_OTHERS

    def close(self) -> None:
        """Do nothing: there is no connection."""


class ObjectStorage:
    """A file system of fsspec, such as ``s3://bucket/prefix``."""

    def __init__(self, address: str) -> None:
        import fsspec  # takes long; only object stores need it

        self.address = address.rstrip("/")
        try:
            # No cache of listings: another machine may publish too.
            self._files, self._root = fsspec.core.url_to_fs(self.address, use_listings_cache=False)
        except (ImportError, ValueError) as error:
            raise InputError(
                f"{address}: {error}", hint="for s3:// install the extra: pip install regledger[s3]"
            ) from None
        except Exception as error:  # noqa: BLE001  # every back end has errors of its own
            raise self._unreachable(error) from None

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file."""
        limit = limit_of(path)
        try:
            with self._files.open(f"{self._root}/{checked(path)}", "rb") as file:
                return _whole(file.read(limit + 1), f"{self.address}/{path}", limit)
        except FileNotFoundError:
            return None
        except TooLong:
            raise
        except Exception as error:  # noqa: BLE001  # every back end has errors of its own
            raise self._unreachable(error) from None

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
        """Do nothing: the file system keeps its own connections."""

    def _unreachable(self, error: Exception) -> Unreachable:
        reason = " ".join(str(error).split()) or type(error).__name__
        return Unreachable(self.address, reason[:300])


class WebStorage:
    """A published log behind a web address; read only."""

    def __init__(self, address: str, client: "httpx.Client | None" = None) -> None:
        self.address = address.rstrip("/")
        self._client = client

    def read(self, path: str) -> bytes | None:
        """Get one file; None where the server answers 404 or 410."""
        from ledger.checkpoints import http  # 0.1 s

        if self._client is None:
            self._client = http.Client()
        url = f"{self.address}/{checked(path)}"
        return http.get(self._client, url, limit=limit_of(path))

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


def _is_regular(one: os.DirEntry[str]) -> bool:
    try:
        return one.is_file()
    except OSError:  # such as a link to itself
        return False


def _path(text: str, *, absolute: bool = False) -> Path:
    """Return a path. Raises InputError for an empty text, such as a variable that was not set."""
    if not text or (absolute and not text.startswith("/")):
        wanted = "file:///absolute/path" if absolute else "a directory"
        raise InputError(f"{text!r} names no place", hint=f"write {wanted}")
    try:
        return Path(text) if absolute else Path(text).expanduser()
    except RuntimeError as error:  # such as ~unknown-user
        raise InputError(f"{text}: {error}") from None


def checked(path: str) -> str:
    """Return a relative path of plain parts.

    Raises InputError: it could lead out of the directory.
    """
    if not all(_PART.fullmatch(part) for part in path.split("/")):
        raise InputError(f"{path!r} is not the path of a published file")
    return path


def layer_of(path: str) -> str | None:
    """Return the layer that a path belongs to, None where a log publishes nothing."""
    return _LAYERS.get(path.partition("/")[0])


def limit_of(path: str) -> int:
    """Return how many bytes the published file at a path can have."""
    return next(most for kind, most in _LIMITS if kind.fullmatch(path))


def _whole(data: bytes, address: str, limit: int) -> bytes:
    if len(data) > limit:
        raise TooLong(address, limit)
    return data


def _opened_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
