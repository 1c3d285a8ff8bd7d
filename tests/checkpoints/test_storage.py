"""Places: a directory, an object store on loopback, a web server; paths that stay inside."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.checkpoints.storage import (
    DirectoryStorage,
    WebStorage,
    checked,
    is_published,
    open_storage,
)
from ledger.errors import InputError, Unreachable
from tests.checkpoints.buckets import bucket


@pytest.mark.parametrize("path", ["../a", "/a", "a//b", "a/./b", "", "a/..", "a\0b", "a b", "~/a"])
def test_a_path_cannot_lead_out_of_the_place(path: str, tmp_path: Path) -> None:
    """Refused for reading and for writing."""
    with pytest.raises(InputError, match="not the path"):
        checked(path)
    with pytest.raises(InputError):
        DirectoryStorage(tmp_path).write(path, b"")


def test_a_directory_replaces_files_as_a_whole(tmp_path: Path) -> None:
    """What was written is read back; nothing else is left beside it."""
    place = open_storage(str(tmp_path / "pub"))
    assert place.read("checkpoint") is None
    place.write("tile/0/000", b"one")
    place.write("tile/0/000", b"two")
    assert place.read("tile/0/000") == b"two"
    assert list(DirectoryStorage(tmp_path / "pub").listing()) == ["tile/0/000"]
    assert (tmp_path / "pub/tile/0/000").stat().st_mode & 0o777 == 0o644


def test_a_directory_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """A file stands where the directory should be."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unreachable, match="cannot be written"):
        open_storage(str(tmp_path / "file")).write("checkpoint", b"")


def test_addresses_name_places_or_databases(tmp_path: Path) -> None:
    """A directory or a URL is a place; a file or a database URL is not."""
    (tmp_path / "a.db").write_bytes(b"")
    assert is_published(str(tmp_path))
    assert is_published("https://example.org/log")
    assert not is_published(str(tmp_path / "a.db"))
    assert not is_published("sqlite:///a.db")
    assert not is_published("postgresql+psycopg://x/y")


def test_an_unknown_kind_of_address_is_refused() -> None:
    """The message names the address."""
    with pytest.raises(InputError, match="nosuch://x"):
        open_storage("nosuch://x")


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """A real web server on loopback over a directory."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_a_web_address_is_read_and_never_written(web: str, tmp_path: Path) -> None:
    """Present, absent, refused."""
    (tmp_path / "checkpoint").write_bytes(b"note")
    place = open_storage(web)
    assert isinstance(place, WebStorage)
    assert place.read("checkpoint") == b"note"
    assert place.read("policy") is None
    assert WebStorage.listing(place) is None  # type: ignore[func-returns-value]
    with pytest.raises(InputError, match="cannot publish"):
        place.write("checkpoint", b"")
    place.close()


def test_a_server_that_is_not_there_is_unreachable() -> None:
    """Not the same as a file that is not there."""
    place = open_storage("http://127.0.0.1:9")
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1"):
        place.read("checkpoint")
    place.close()


def test_a_bucket_takes_files_and_gives_them_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over the S3 protocol, with a real server on loopback."""
    with bucket(monkeypatch) as place:
        assert place.read("checkpoint") is None
        place.write("tile/0/000.p/1", b"hash")
        place.write("checkpoint", b"note")
        assert place.read("checkpoint") == b"note"
        assert sorted(place.listing()) == ["checkpoint", "tile/0/000.p/1"]
        with pytest.raises(Unreachable):
            open_storage("s3://no-such-bucket/log").write("checkpoint", b"x")


def test_new_directories_are_durable_before_the_file_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each directory that had to be made is flushed in the one above it."""
    from ledger import files as module

    flushed: list[Path] = []
    monkeypatch.setattr(module, "sync_directory", flushed.append)
    root = tmp_path / "pub"
    DirectoryStorage(root).write("tile/0/000", b"")
    assert flushed == [tmp_path, root, root / "tile", root / "tile/0"]
    flushed.clear()
    DirectoryStorage(root).write("tile/0/001", b"")
    assert flushed == [root / "tile/0"]
