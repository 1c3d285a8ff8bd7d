"""Time-stamps: a real authority (openssl) over HTTP, checked by openssl and by us."""

from __future__ import annotations

import doctest
import random
import socket
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from ledger.checkpoints import timestamps, witness_client
from ledger.checkpoints.http import Client
from ledger.errors import BadTimeStamp, InputError, Unreachable
from tests.checkpoints.authority import Authority, served, stamping

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

    import httpx

NOTE = "example.com/log\n7\nAAAA\n\n— example.com/log AAAAAAAA\n".encode()


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority as it should be."""
    return Authority(tmp_path_factory.mktemp("tsa") / "good")


@pytest.fixture(scope="module")
def token(clock: Authority) -> bytes:
    """Its time-stamp of NOTE, asked for over HTTP."""
    return ask(clock)


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    """A client that waits as long as a busy machine takes."""
    with Client(timeout_s=60) as client:
        yield client


def ask(authority: Authority, note: bytes = NOTE) -> bytes:
    """Have a note time-stamped."""
    with served(stamping(authority)) as url, Client() as client:
        return timestamps.request(note, url, client=client)


def test_a_token_is_accepted_by_openssl_and_by_us(clock: Authority, token: bytes) -> None:
    """What the authority answered verifies with both, and says now, by whom and how exactly."""
    assert clock.accepts(token, NOTE)
    found = timestamps.check(token, NOTE, roots=clock.roots)
    assert found.authority == "CN=Clock of Example"
    assert found.accuracy == timedelta(seconds=1.5)
    assert abs(datetime.now(UTC) - found.gen_time) < timedelta(minutes=5)
    assert found == timestamps.read(token, NOTE)


def test_the_bounds_allow_for_accuracy_and_dropped_fractions(
    clock: Authority, token: bytes
) -> None:
    """The latest moment is later than genTime by the accuracy and the second it was cut to."""
    found = timestamps.check(token, NOTE, roots=clock.roots)
    assert found.latest - found.gen_time == timedelta(seconds=2.5)
    assert found.gen_time - found.earliest == timedelta(seconds=1.5)


@pytest.mark.parametrize("note", [NOTE + b"\n", NOTE[:-1], b"", NOTE.replace(b"7", b"8")])
def test_another_note_is_refused(clock: Authority, token: bytes, note: bytes) -> None:
    """A token speaks of the exact bytes of one note, with or without a root."""
    with pytest.raises(BadTimeStamp, match="other bytes"):
        timestamps.read(token, note)
    with pytest.raises(BadTimeStamp, match="other bytes"):
        timestamps.check(token, note, roots=clock.roots)


def test_another_root_is_refused(clock: Authority, token: bytes, tmp_path: Path) -> None:
    """A root of the same name but another key proves nothing; beside the right one it is fine."""
    other = Authority(tmp_path / "other")
    with pytest.raises(BadTimeStamp, match="does not verify"):
        timestamps.check(token, NOTE, roots=other.roots)
    found = timestamps.check(token, NOTE, roots=other.roots + clock.roots)
    assert found == timestamps.read(token, NOTE)


@pytest.mark.parametrize("roots", [b"", b"-----BEGIN CERTIFICATE-----\n", NOTE])
def test_no_root_is_an_input_error(token: bytes, roots: bytes) -> None:
    """A file of roots without a certificate is what was given wrongly, not a bad token."""
    with pytest.raises(InputError, match="certificate"):
        timestamps.check(token, NOTE, roots=roots)


def test_every_cut_is_refused(clock: Authority, token: bytes) -> None:
    """No beginning of a token is one, nor one with bytes after it."""
    for n in range(0, len(token), 7):
        with pytest.raises(BadTimeStamp):
            timestamps.check(token[:n], NOTE, roots=clock.roots)
    with pytest.raises(BadTimeStamp):
        timestamps.read(token + b"\0", NOTE)


def test_no_flipped_bit_changes_what_a_token_says(clock: Authority, token: bytes) -> None:
    """A flip is refused, or hits one of the few bytes that CMS leaves unsigned."""
    good = timestamps.check(token, NOTE, roots=clock.roots)
    accepted = 0
    for at in range(len(token)):
        flipped = bytearray(token)
        flipped[at] ^= 1 << at % 8
        try:
            found = timestamps.check(bytes(flipped), NOTE, roots=clock.roots)
        except BadTimeStamp:
            continue
        accepted += 1
        assert found == good
    assert accepted < 25


def test_random_bytes_are_refused_with_our_error(token: bytes) -> None:
    """Whatever other people's parsers raise on junk leaves as BadTimeStamp."""
    rng = random.Random(7)  # noqa: S311  # junk, the same every time
    for _ in range(300):
        junk = bytearray(token)
        for _ in range(4):
            junk[rng.randrange(len(junk))] = rng.randrange(256)
        with pytest.raises(BadTimeStamp):
            timestamps.read(bytes(junk[:-1]), NOTE)
    for short in (b"", b"\x30\x00", b"\x30\x80", bytes(100), rng.randbytes(500)):
        with pytest.raises(BadTimeStamp):
            timestamps.read(short, NOTE)


def test_a_certificate_for_something_else_is_refused(clock: Authority, token: bytes) -> None:
    """A key whose certificate is for signing code cannot time-stamp, below whatever root."""
    bad = clock.disguised(token)
    assert not clock.accepts(bad, NOTE)
    with pytest.raises(BadTimeStamp, match="does not verify"):
        timestamps.check(bad, NOTE, roots=clock.roots)


def test_a_refusal_is_told_in_words(tmp_path: Path) -> None:
    """An authority that does not take SHA-256 answers without a token: that is no time-stamp."""
    picky = Authority(tmp_path / "picky", digest="sha512")
    with pytest.raises(BadTimeStamp, match=r"gave no time-stamp \(status 2\)"):
        ask(picky)


def test_an_answer_to_another_request_is_refused(clock: Authority, token: bytes) -> None:
    """A replayed token over the same note has another nonce."""
    with (
        served(lambda _path, _body: (200, "application/timestamp-reply", token)) as url,
        Client() as client,
        pytest.raises(BadTimeStamp, match="nonce"),
    ):
        timestamps.request(NOTE, url, client=client)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((500, "text/plain", b"out of order\n"), "answered 500: out of order"),
        ((307, "text/plain", b""), "answered 307"),
        ((200, "text/html", b"<html>"), "no time-stamp authority"),
        ((200, "application/timestamp-reply", bytes(300_000)), "more than"),
    ],
)
def test_an_answer_that_is_no_time_stamp(
    client: httpx.Client, answer: tuple[int, str, bytes], said: str
) -> None:
    """Errors, redirects, web pages and floods are a service that cannot be used now."""
    with served(lambda _path, _body: answer) as url, pytest.raises(Unreachable, match=said):
        timestamps.request(NOTE, url, client=client)


def test_a_server_that_says_nothing_is_left() -> None:
    """After the time-out the error says so, and names the address."""
    done = threading.Event()

    def wait(_path: str, _body: bytes) -> tuple[int, str, bytes]:
        done.wait(60)
        return 200, "text/plain", b""

    with served(wait) as url, Client(timeout_s=0.2) as client:
        with pytest.raises(Unreachable, match="in time") as caught:
            timestamps.request(NOTE, url, client=client)
        done.set()
    assert caught.value.address == url


def test_nobody_there(client: httpx.Client) -> None:
    """A port where nobody listens is unreachable."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but not listening
        with pytest.raises(Unreachable):
            timestamps.request(NOTE, f"http://127.0.0.1:{taken.getsockname()[1]}", client=client)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "ftp://example.org",
        "http://",
        "http://a b/",
        "http://me:pw@example.org",
        "https://example.org/?q",
        "https://example.org/#x",
        "http://[::1",
        "http://x:99999/",
    ],
)
def test_an_address_that_is_none(client: httpx.Client, url: str) -> None:
    """Only plain http(s) addresses are asked."""
    with pytest.raises(InputError):
        timestamps.request(NOTE, url, client=client)


@pytest.mark.parametrize("module", [timestamps, witness_client])
def test_worked_example(module: ModuleType) -> None:
    """The example in the docstring of each wire format comes out as written."""
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
