"""Bounded against strangers: every call and every reading ends, whatever is at the other side."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from gzip import compress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import NoReturn

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.checkpoints import http, timestamps
from ledger.checkpoints.http import LEAST_RATE, Client
from ledger.checkpoints.storage import DirectoryStorage, Storage, WebStorage, limit_of
from ledger.checkpoints.witness_client import add_checkpoint
from ledger.errors import NotCompleted, NotVerified, TooLong, Unreachable
from ledger.log.checkpoint import Ed25519Cosigner
from ledger.log.merkle import leaf_hash
from ledger.log.tiles import decode_bundle, encode_bundle, encode_tile
from ledger.verify import published_source
from ledger.verify import verify as verifying
from ledger.verify.known_ledgers import KnownLedgers
from ledger.verify.report import MAX_FAULTS
from ledger.verify.signed_notes import VerifyOptions
from ledger.verify.verify import LedgerTrust, verify_published
from tests.checkpoints.buckets import bucket
from tests.checkpoints.sealed import SealedDesk
from tests.checkpoints.strangers import DRIPS, Time, dripping, files, give, serving
from tests.examples import seldom
from tests.verify.flips import Files
from tests.verify.grown import Grown
from tests.verify.test_published_source import Held, layers, made

TILE, NOTE = "tile/0/000", "checkpoint"


@contextmanager
def web(url: str, now: Callable[[], float] | None = None) -> Iterator[WebStorage]:
    """A published log at an address."""
    client = http.Client(now=now) if now else http.Client()
    with closing(WebStorage(url, client)) as place:
        yield place


def _place(client: httpx.Client, url: str) -> None:
    WebStorage(url, client).read(TILE)


def _authority(client: httpx.Client, url: str) -> None:
    timestamps.request(b"note", url, client=client)


def _witness(client: httpx.Client, url: str) -> None:
    key = Ed25519Cosigner("w.example/a", Ed25519PrivateKey.generate()).vkey
    add_checkpoint(client, url, Grown().asked(3), witnesses=[key])


CALLS = (_place, _authority, _witness)
Call = Callable[[httpx.Client, str], None]


@pytest.mark.parametrize("coding", ["gzip", "gzip, gzip", "deflate", "br", "identity, gzip", "x"])
@pytest.mark.parametrize("call", CALLS)
def test_no_content_coding_is_accepted(call: Call, coding: str) -> None:
    """A few bytes of one could stand for any number: nothing is unpacked."""
    asked: list[str | None] = []
    bomb = compress(compress(zlib.compress(bytes(1 << 20))))

    def respond(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.headers["Accept-Encoding"])
        give(handler, bomb, Content_Encoding=coding)

    with (
        serving(respond) as url,
        http.Client() as client,
        pytest.raises(Unreachable, match="content coding"),
    ):
        call(client, url)
    assert asked == ["identity"]


@pytest.mark.parametrize("drip", DRIPS)
@pytest.mark.parametrize("call", CALLS)
def test_a_server_that_drips_is_left(call: Call, drip: str) -> None:
    """A byte a second, in whatever part of an answer, is like no answer (or is too long)."""
    time, (first, piece) = Time(), DRIPS[drip]
    with (
        serving(dripping(time, first, piece)) as url,
        http.Client(now=time.now) as client,
        pytest.raises((Unreachable, TooLong), match=r"in time|more than"),
    ):
        call(client, url)


@pytest.mark.parametrize(("rate", "good"), [(2 * LEAST_RATE, True), (LEAST_RATE // 2, False)])
def test_a_large_file_may_take_its_time(rate: int, *, good: bool) -> None:
    """Whoever sends faster than the least rate is waited for, well beyond the first seconds."""
    data = bytes(4 << 20)
    client = Client(now=lambda: client.watch.received / rate)
    with (
        serving(lambda handler: give(handler, data)) as url,
        closing(WebStorage(url, client)) as place,
    ):
        if good:
            assert place.read("tile/entries/000") == data
            assert client.watch.received / rate > 100
        else:
            with pytest.raises(Unreachable, match="less than"):
                place.read("tile/entries/000")
            assert client.watch.received < len(data)


@pytest.mark.parametrize("path", [NOTE, "policy", TILE, "tile/entries/000", "timestamps/9/0.tsr"])
def test_each_kind_of_file_has_its_limit(path: str) -> None:
    """One more byte than a file of that kind can have is refused, with or without a length."""
    most = limit_of(path)
    sizes = iter((most, most + 1))

    def respond(handler: BaseHTTPRequestHandler) -> None:
        give(handler, bytes(next(sizes)))

    with serving(respond) as url, web(url) as place:
        assert place.read(path) == bytes(most)
        with pytest.raises(TooLong) as caught:
            place.read(path)
    assert (caught.value.most, caught.value.layer) == (most, "tiles")


@pytest.mark.parametrize("call", CALLS)
def test_an_answer_without_end_is_cut_off(call: Call) -> None:
    """As soon as it has more bytes than it may."""

    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            handler.wfile.write(b"10000\r\n" + bytes(1 << 16) + b"\r\n")

    with (
        serving(respond) as url,
        http.Client() as client,
        pytest.raises((Unreachable, TooLong), match="more than"),
    ):
        call(client, url)


def test_a_redirect_stays_on_its_host() -> None:
    """A stranger does not choose whom this machine talks to, nor send it round and round."""
    where = {"/moved": "/there/checkpoint", "/loop": "/loop", "/away": "http://127.0.0.2:9/x"}

    def respond(handler: BaseHTTPRequestHandler) -> None:
        name = handler.path.removesuffix("/checkpoint")
        if name in where:
            handler.send_response(302)
            handler.send_header("Location", where[name])
            handler.send_header("Content-Length", "0")
            handler.end_headers()
        else:
            give(handler, handler.path.encode())

    with serving(respond) as url:
        with web(f"{url}/moved") as place:
            assert place.read(NOTE) == b"/there/checkpoint"
        for name, said in (("loop", "5 times"), ("away", r"redirects to 'http://127.0.0.2")):
            with web(f"{url}/{name}") as place, pytest.raises(Unreachable, match=said):
                place.read(NOTE)


@pytest.mark.parametrize(
    ("old", "new", "good"),
    [
        ("http://a.example/x", "https://a.example/y", True),
        ("https://a.example/x", "http://a.example/x", False),
        ("http://a.example:8000/x", "http://a.example:8001/x", False),
        ("http://a.example:8000/x", "https://a.example/x", False),
        ("http://a.example/x", "http://a.example.evil/x", False),
        ("http://a.example/x", "ftp://a.example/x", False),
    ],
)
def test_only_from_http_to_https(old: str, new: str, *, good: bool) -> None:
    """Same host and port, or the same host by https."""
    if good:
        assert http._redirected(old, httpx.URL(old), httpx.URL(new)) == httpx.URL(new)
        return
    with pytest.raises(Unreachable):
        http._redirected(old, httpx.URL(old), httpx.URL(new))


def test_nothing_is_kept_of_a_server() -> None:
    """Neither cookies, however many it sends."""
    told: list[str | None] = []

    def respond(handler: BaseHTTPRequestHandler) -> None:
        told.append(handler.headers["Cookie"])
        give(handler, b"x", Set_Cookie="a=b; Path=/")

    with serving(respond) as url, web(url) as place:
        assert place.read(NOTE) == place.read(NOTE) == b"x"
    assert told == [None, None]


# --- a log that is longer than anybody would wait for --------------------------------------------


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[SealedDesk, Files]:
    """A published log of 600 entries: three pages."""
    return made(tmp_path_factory.mktemp("large"), 600)


def _said(files: Files, size: int) -> bytes:
    origin, _, rest = files[NOTE].split(b"\n", 2)
    return b"\n".join((origin, b"%d" % size, rest))


@pytest.mark.parametrize("size", [(1 << 64) - 1, 1 << 53])
def test_a_size_that_no_log_can_have(large: tuple[SealedDesk, Files], size: int) -> None:
    """It is told, and nothing is looked for."""
    files_read: list[str] = []

    def read(path: str) -> bytes:
        files_read.append(path)
        return _said(large[1], size) if path == NOTE else bytes(512)

    with serving(files(read)) as url, web(url) as place:
        report = verify_published(place)
    assert not report.sound
    assert any(f"{size} entries, more than a log can count" in f.message for f in report.faults)
    assert files_read == [NOTE, "policy"]


def test_the_size_in_an_unsigned_checkpoint_is_not_believed(
    large: tuple[SealedDesk, Files],
) -> None:
    """The first page that is bad ends the search for all there should be."""
    shown = {**large[1], NOTE: _said(large[1], (1 << 53) - 1)}
    asked: list[str] = []

    class Endless(Held):
        def read(self, path: str) -> bytes | None:
            asked.append(path)
            return super().read(path) or (bytes(512) if path.startswith("tile/") else None)

    for lists in (True, False):
        asked.clear()
        report = verify_published(Endless(shown, lists=lists), options=VerifyOptions(jobs=1))
        assert "checkpoint" in layers(report)
        assert len([path for path in asked if path.startswith("tile/entries/")]) <= 5


def test_what_nothing_vouches_for_is_read_up_to_a_limit(
    large: tuple[SealedDesk, Files], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whoever makes entries without end can sign them too; a trusted log is read whole."""
    monkeypatch.setattr(verifying, "MOST_UNKNOWN", 500)
    desk, files = large
    held, known = Held(files), KnownLedgers(tmp_path)
    with pytest.raises(NotCompleted, match="nothing here vouches for it") as caught:
        verify_published(held, trust=LedgerTrust(known))
    assert "regledger trust" in caught.value.hint
    with pytest.raises(NotCompleted):
        verify_published(held, trust=LedgerTrust(anchor="ab" * 32))
    key = str(desk.vkeys[0])
    for trust in (LedgerTrust(anchor=desk.book.policy.ledger), LedgerTrust(anchor=key)):
        assert verify_published(held, trust=trust).authenticated
    known.trust(key)
    assert verify_published(held, trust=LedgerTrust(known)).authenticated


def _spoilt(files: Files) -> Files:
    """Every entry of the first page with another author than its signature has."""
    bad = [
        data.replace(b'"actor":"recorder"', b'"actor":"somebody"')
        for data in decode_bundle(files["tile/entries/000"], 256)
    ]
    leaves = encode_tile([leaf_hash(data) for data in bad])
    return {**files, "tile/entries/000": encode_bundle(bad), TILE: leaves}


def test_with_a_hundred_faults_it_ends(large: tuple[SealedDesk, Files]) -> None:
    """The first bad entry is among them, what comes after is not read, and the report says so."""
    files = _spoilt(large[1])
    read: list[str] = []

    class Watched(Held):
        def read(self, path: str) -> bytes | None:
            read.append(path)
            return super().read(path)

    report = verify_published(Watched(files))
    assert len(report.faults) == MAX_FAULTS == 100
    assert report.first_bad_seq == 0
    assert "tile/entries/001" not in read
    assert "not checked" in dict(report.summary())["ended"]


# --- a directory that a stranger made ------------------------------------------------------------


def _lay(files: Files, folder: Path) -> DirectoryStorage:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return DirectoryStorage(folder)


def _sparse(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(1 << 40)


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _circle(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


@pytest.mark.parametrize("make", [_sparse, _pipe, *seldom(_device, _folder)])
@pytest.mark.parametrize(
    ("path", "layer"),
    [
        (NOTE, "checkpoint"),
        ("policy", "checkpoint"),
        (TILE, "tiles"),
        ("tile/entries/001", "tiles"),
        ("tile/1/000.p/2", "tiles"),
        ("tile/0/000.p/4", "tiles"),
        ("disclosures/000", "disclosure"),
    ],
)
def test_only_regular_files_of_their_size_are_read(
    large: tuple[SealedDesk, Files],
    tmp_path: Path,
    make: Callable[[Path], None],
    *,
    path: str,
    layer: str,
) -> None:
    """A file of a terabyte, a pipe, a device, a directory: named, and never waited for."""
    place = _lay(large[1], tmp_path)
    make(tmp_path / path)
    report = verify_published(place)
    if path.startswith("disclosures") and make is not _sparse:
        assert report.disclosures["missing"]  # as if they had been withheld
    elif not (path == "tile/0/000.p/4" and make is _folder):  # an older one need not be there
        assert layer in layers(report)


def test_a_circle_of_links_is_not_completed(
    large: tuple[SealedDesk, Files], tmp_path: Path
) -> None:
    """It cannot be read, which is told."""
    place = _lay(large[1], tmp_path)
    _circle(tmp_path / TILE)
    with pytest.raises(Unreachable, match="cannot be read"):
        verify_published(place)


def test_more_files_than_a_log_has(
    large: tuple[SealedDesk, Files], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are not even listed to the end."""

    class Endless(Held):
        def listing(self) -> Iterator[str]:
            yield from (f"tile/{n}" for n in range(10))
            self.never()

        def never(self) -> NoReturn:
            raise AssertionError

    monkeypatch.setattr(published_source, "_MOST_FILES", 5)
    with pytest.raises(NotVerified, match="more than 5 files"):
        verify_published(Endless(large[1]))


def test_an_object_has_its_limit_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """And an empty one is an empty file."""
    with bucket(monkeypatch) as place:
        held: Storage = place
        held.write(TILE, bytes(8192))
        held.write("tile/0/001", bytes(8193))
        held.write("disclosures/000", b"")
        assert held.read(TILE) == bytes(8192)
        assert held.read("disclosures/000") == b""
        with pytest.raises(TooLong):
            held.read("tile/0/001")
