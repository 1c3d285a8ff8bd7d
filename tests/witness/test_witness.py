"""Witnesses: our client and our witness over real HTTP."""

from __future__ import annotations

import http.client
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger.checkpoints.http import Client
from ledger.checkpoints.witness_client import (
    AddCheckpoint,
    add_checkpoint,
    checked_lines,
    parse_request,
)
from ledger.errors import (
    BadCheckpoint,
    BadNote,
    Conflict,
    InputError,
    NotCompleted,
    Unreachable,
    WitnessRefused,
)
from ledger.log.checkpoint import (
    Ed25519Cosigner,
    Ed25519LogSigner,
    MLDSA44Cosigner,
    open_checkpoint,
)
from ledger.log.merkle import consistency_path
from ledger.log.tiles import encode_tile, parse_path
from ledger.witness.cosigner import Cosigner, WitnessMemory, published_hashes
from ledger.witness.server import WitnessServer
from tests.checkpoints.authority import served
from tests.verify.grown import ORIGIN, Grown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.log.checkpoint import LogSigner
    from ledger.log.signed_note import Vkey

NAME = "witness.example/w1"
AT = 1_750_000_000


@pytest.fixture
def log() -> Grown:
    """A log."""
    return Grown()


@pytest.fixture
def memory(tmp_path: Path) -> WitnessMemory:
    """A memory that is not there yet."""
    return WitnessMemory(tmp_path / "state" / "seen.sqlite3")


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    """Our HTTP client."""
    with Client(timeout_s=20) as one:
        yield one


def witness(
    memory: WitnessMemory, log: Grown, *, signer: LogSigner | None = None, at: int = AT
) -> Cosigner:
    """A witness that knows both keys of the log."""
    mine = signer or Ed25519Cosigner(NAME, Ed25519PrivateKey.generate())
    memory.enroll(mine.vkey)
    return Cosigner(mine, log.vkeys, memory, now=lambda: at)


@contextmanager
def serving(cosigner: Cosigner) -> Iterator[WitnessServer]:
    """Serve it on a free port of loopback."""
    with WitnessServer(cosigner, port=0, report=lambda _line: None) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


# --- the request ---------------------------------------------------------------------------------


def test_a_request_reads_as_it_was_written(log: Grown) -> None:
    """Old size, path and note come back, whatever the number of hashes up to 63."""
    for count in (0, 1, 63):
        asked = AddCheckpoint(7, tuple(log.leaves(0, count)), log.note(9))
        assert parse_request(asked.encode()) == asked


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"old",
        b"old -1",
        b"old 07",
        b"old 1 ",
        b"Old 1",
        b"old 1\r",
        b"old " + "\u0661".encode(),
        b"old 99999999999999999999",
        b"old 1\nAAAA",
        b"old 1\n" + b"A" * 43,
        b"old 1\n" + b"A" * 42 + b"B=",
        b"old 1\n" + b"\n".join([b"A" * 43 + b"="] * 64),
    ],
)
def test_a_request_in_another_spelling_is_refused(log: Grown, head: bytes) -> None:
    """One spelling of the old size, base64 of 32 bytes, at most 63 of them."""
    with pytest.raises(BadNote):
        parse_request(head + b"\n\n" + log.note(3))
    with pytest.raises(BadNote):
        parse_request(b"old 0\n")


# --- ours against ours ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "signer",
    [
        Ed25519Cosigner(NAME, Ed25519PrivateKey.generate()),
        MLDSA44Cosigner(NAME, MLDSA44PrivateKey.generate()),
    ],
    ids=["ed25519", "ml-dsa-44"],
)
def test_a_growing_log_is_cosigned_again_and_again(
    log: Grown, memory: WitnessMemory, client: httpx.Client, signer: LogSigner
) -> None:
    """Each new size, and the same size again, gets a line that verifies as part of the note."""
    with serving(witness(memory, log, signer=signer)) as server:
        for size in (1, 1, 2, 7, 255, 256, 257, 600):
            (line,) = add_checkpoint(client, server.url, log.asked(size), witnesses=[signer.vkey])
            note = log.note(size) + line.line
            opened = open_checkpoint(note, log_keys=log.vkeys, witnesses=[signer.vkey])
            assert [(c.vkey, c.at) for c in opened.cosignatures] == [(signer.vkey, AT)]
            assert memory.seen(signer.vkey, ORIGIN).size == size


def test_a_fork_is_refused(log: Grown, memory: WitnessMemory, client: httpx.Client) -> None:
    """Another history, longer or of the same size, gets nothing and is not remembered."""
    cosigner = witness(memory, log)
    fork = Grown("other", log.signers)
    with serving(cosigner) as server:
        add_checkpoint(client, server.url, log.asked(5), witnesses=[cosigner.vkey])
        for size in (5, 9):
            with pytest.raises(WitnessRefused, match="does not continue") as caught:
                add_checkpoint(client, server.url, fork.asked(size), witnesses=[cosigner.vkey])
            assert caught.value.status == (409 if size == 5 else 422)  # C2SP tlog-witness
    assert cosigner.seen(ORIGIN).root == log.checkpoint(5).root


def test_a_log_that_went_back_is_told_so(
    log: Grown, memory: WitnessMemory, client: httpx.Client
) -> None:
    """Where the witness saw more than we have, the error names both sizes; nothing is retried."""
    cosigner = witness(memory, log)
    with serving(cosigner) as server:
        add_checkpoint(client, server.url, log.asked(9), witnesses=[cosigner.vkey])
        with pytest.raises(WitnessRefused, match=r"cosigned 9 entries .* our checkpoint has 4"):
            add_checkpoint(client, server.url, log.asked(4), witnesses=[cosigner.vkey])


def test_an_unknown_log_and_an_unknown_key(
    log: Grown, memory: WitnessMemory, client: httpx.Client
) -> None:
    """404 for an origin nobody named; 403 where the keys of that origin are others."""
    stranger = Grown()
    cosigner = witness(memory, stranger)
    with serving(cosigner) as server:
        with pytest.raises(WitnessRefused, match="trusts none of the keys") as caught:
            add_checkpoint(client, server.url, log.asked(3), witnesses=[cosigner.vkey])
        assert caught.value.status == 403
    signer = Ed25519Cosigner(NAME, Ed25519PrivateKey.generate())
    memory2 = WitnessMemory(memory.path.with_name("other.sqlite3"))
    memory2.enroll(signer.vkey)
    other = Ed25519LogSigner("example.org/elsewhere", Ed25519PrivateKey.generate()).vkey
    with serving(Cosigner(signer, [other], memory2, now=lambda: AT)) as server:
        with pytest.raises(WitnessRefused, match="does not know our log") as caught:
            add_checkpoint(client, server.url, log.asked(3), witnesses=[signer.vkey])
        assert caught.value.status == 404


def post(
    server: WitnessServer, body: bytes, path: str = "/add-checkpoint"
) -> tuple[int, str, bytes]:
    """Send raw bytes."""
    host, port = server.server_address[:2]
    conn = http.client.HTTPConnection(str(host), int(port), timeout=20)
    try:
        conn.request("POST", path, body)
        answer = conn.getresponse()
        return answer.status, answer.headers["Content-Type"], answer.read()
    finally:
        conn.close()


def test_each_status_of_the_protocol(log: Grown, memory: WitnessMemory) -> None:
    """400, 403, 404, 409 with its size and type, 413 and 422, each for its own reason."""
    cosigner = witness(memory, log)
    good = AddCheckpoint(0, (), log.note(4))
    classic_only = log.note(4).rsplit("\u2014".encode(), 1)[0]
    with serving(cosigner) as server:
        assert post(server, b"junk")[0] == 400
        assert post(server, b"old 0\n\njunk")[0] == 400
        assert post(server, AddCheckpoint(5, (), log.note(4)).encode())[0] == 400
        assert post(server, AddCheckpoint(0, (), classic_only).encode())[0] == 403
        assert post(server, good.encode(), "/elsewhere")[0] == 404
        assert post(server, bytes(70_000))[0] == 413
        assert (
            post(server, AddCheckpoint(0, tuple(log.leaves(0, 1)), log.note(4)).encode())[0] == 422
        )
        assert post(server, AddCheckpoint(2, (), log.note(4)).encode())[::2] == (409, b"0\n")
        assert post(server, good.encode())[0] == 200
        assert post(server, good.encode()) == (409, "text/x.tlog.size", b"4\n")
        assert post(server, AddCheckpoint(4, (), log.note(9)).encode())[0] == 422


def test_lines_of_keys_it_does_not_know_are_ignored(log: Grown, memory: WitnessMemory) -> None:
    """A witness that knows the classical key only cosigns a note with both lines."""
    signer = Ed25519Cosigner(NAME, Ed25519PrivateKey.generate())
    memory.enroll(signer.vkey)
    cosigner = Cosigner(signer, log.vkeys[:1], memory, now=lambda: AT)
    assert cosigner.answer(AddCheckpoint(0, (), log.note(4)).encode()).status == 200


def test_of_two_answers_at_once_only_one_is_given(log: Grown, memory: WitnessMemory) -> None:
    """Eight different histories from the same old size at once: one is cosigned, seven are not."""
    cosigner = witness(memory, log)
    assert cosigner.answer(AddCheckpoint(0, (), log.note(1)).encode()).status == 200
    sizes = range(2, 10)
    bodies = [AddCheckpoint(1, tuple(log.prove(1, n)), log.note(n)).encode() for n in sizes]
    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(verdict.status for verdict in pool.map(cosigner.answer, bodies))
    assert statuses == [200] + [409] * 7


# --- the memory ----------------------------------------------------------------------------------


def test_what_was_seen_survives_the_process(log: Grown, memory: WitnessMemory) -> None:
    """A new object on the same file goes on from what was cosigned; the file is private."""
    signer = Ed25519Cosigner(NAME, Ed25519PrivateKey.generate())
    assert (
        witness(memory, log, signer=signer).answer(AddCheckpoint(0, (), log.note(4)).encode()).body
    )
    again = Cosigner(signer, log.vkeys, WitnessMemory(memory.path), now=lambda: AT)
    assert again.answer(AddCheckpoint(0, (), log.note(4)).encode()).body == b"4\n"
    assert memory.path.stat().st_mode & 0o777 == 0o600


def test_a_key_without_a_memory_does_not_cosign(log: Grown, memory: WitnessMemory) -> None:
    """A lost memory is not an empty one: the key is refused until somebody says it is new."""
    signer = Ed25519Cosigner(NAME, Ed25519PrivateKey.generate())
    with pytest.raises(InputError, match="no memory"):
        Cosigner(signer, log.vkeys, memory, now=lambda: AT)
    memory.enroll(signer.vkey)
    with pytest.raises(InputError, match="which logs"):
        Cosigner(signer, [], memory, now=lambda: AT)
    assert Cosigner(signer, log.vkeys, memory, now=lambda: AT).seen(ORIGIN).size == 0


def test_one_key_has_one_name(memory: WitnessMemory) -> None:
    """The same key under a second name would have a second, empty memory."""
    key = Ed25519PrivateKey.generate()
    memory.enroll(Ed25519Cosigner(NAME, key).vkey)
    memory.enroll(Ed25519Cosigner(NAME, key).vkey)
    with pytest.raises(Conflict, match="already"):
        memory.enroll(Ed25519Cosigner("another.example", key).vkey)


def test_a_clock_that_went_back_signs_nothing(log: Grown, memory: WitnessMemory) -> None:
    """A cosignature is never dated before the one before it."""
    signer = Ed25519Cosigner(NAME, Ed25519PrivateKey.generate())
    late = witness(memory, log, signer=signer, at=AT)
    assert late.answer(AddCheckpoint(0, (), log.note(4)).encode()).status == 200
    early = witness(memory, log, signer=signer, at=AT - 1)
    assert early.answer(AddCheckpoint(4, (), log.note(4)).encode()).status == 503
    assert late.answer(AddCheckpoint(4, (), log.note(4)).encode()).status == 200


def test_a_memory_that_cannot_be_read(log: Grown, memory: WitnessMemory) -> None:
    """Junk in place of the memory is an error of its own, over HTTP 503; nothing is signed."""
    cosigner = witness(memory, log)
    memory.path.write_bytes(b"junk" * 1000)
    with pytest.raises(NotCompleted, match="memory"):
        cosigner.answer(AddCheckpoint(0, (), log.note(4)).encode())
    with serving(cosigner) as server:
        assert post(server, AddCheckpoint(0, (), log.note(4)).encode())[0] == 503


# --- what a witness may answer with --------------------------------------------------------------


def answered(
    client: httpx.Client, log: Grown, *answers: tuple[int, str, bytes], key: Vkey
) -> object:
    """Ask a witness that gives these answers, one after the other."""
    waiting = list(answers)
    with served(lambda _path, _body: waiting.pop(0)) as url:
        found = add_checkpoint(client, url, log.asked(7), witnesses=[key])
    assert not waiting
    return found


def test_only_verified_lines_of_known_witnesses_are_returned(log: Grown) -> None:
    """Foreign lines are dropped; nothing but foreign lines is no cosignature."""
    mine, other = (Ed25519Cosigner(NAME, Ed25519PrivateKey.generate()) for _ in range(2))
    point = log.checkpoint(7)
    lines = [one.sign(point, AT).encode() for one in (other, mine)]
    found = checked_lines(b"".join(lines), point, [mine.vkey], url="here")
    assert [one.line for one in found] == [lines[1]]
    with pytest.raises(BadCheckpoint, match="no cosignature by"):
        checked_lines(lines[0], point, [mine.vkey], url="here")


def test_a_line_that_does_not_verify_is_refused(log: Grown) -> None:
    """Over another checkpoint, flipped, without a time, or by the key of a log."""
    mine = Ed25519Cosigner(NAME, Ed25519PrivateKey.generate())
    point = log.checkpoint(7)
    for line in (
        mine.sign(log.checkpoint(8), AT).encode(),
        mine.sign(Grown("other", log.signers).checkpoint(7), AT).encode(),
        mine.sign(point, 0).encode(),
    ):
        with pytest.raises(BadCheckpoint):
            checked_lines(line, point, [mine.vkey], url="here")
    as_log = Ed25519LogSigner(NAME, Ed25519PrivateKey.generate())
    with pytest.raises(BadCheckpoint, match="key of a log"):
        checked_lines(as_log.sign(point, AT).encode(), point, [as_log.vkey], url="here")
    with pytest.raises(BadNote):
        checked_lines(b"hello\n", point, [mine.vkey], url="here")


@pytest.mark.parametrize(
    ("answers", "status", "said"),
    [
        ([(400, "text/plain", b"what?\n")], 400, r"could not read .*\(what\?\)"),
        ([(429, "text/plain", b"")], 429, "gave no cosignature"),
        ([(307, "text/plain", b"")], 307, "gave no cosignature"),
        ([(409, "text/x.tlog.size", b"three")], 409, "which size"),
        ([(409, "text/x.tlog.size", b"007\n")], 409, "which size"),
        ([(409, "text/x.tlog.size", b"0\n")], 409, "contradicts itself"),
        ([(409, "text/x.tlog.size", b"8\n")], 409, "8 entries"),
        ([(409, "text/x.tlog.size", b"3\n")] * 2, 409, "does not continue"),
        ([(409, "text/x.tlog.size", b"3\n"), (422, "text/plain", b"no\n")], 422, "continue"),
    ],
)
def test_an_answer_that_is_no_cosignature(
    client: httpx.Client,
    log: Grown,
    *,
    answers: list[tuple[int, str, bytes]],
    status: int,
    said: str,
) -> None:
    """Each status is told in words; 409 is followed once, and never twice."""
    key = Ed25519Cosigner(NAME, Ed25519PrivateKey.generate()).vkey
    with pytest.raises(WitnessRefused, match=said) as caught:
        answered(client, log, *answers, key=key)
    assert caught.value.status == status


def test_nobody_there(client: httpx.Client, log: Grown) -> None:
    """A witness that cannot be reached is unreachable."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(Unreachable):
            add_checkpoint(client, url, log.asked(1), witnesses=[])


def test_a_port_that_is_taken(log: Grown, memory: WitnessMemory) -> None:
    """Two witnesses cannot listen on one port; the error says what to do."""
    cosigner = witness(memory, log)
    with serving(cosigner) as server, pytest.raises(NotCompleted, match="cannot listen"):
        WitnessServer(cosigner, port=server.server_address[1], report=print)


def test_tiles_of_a_published_log_prove_consistency(log: Grown) -> None:
    """The proof made from tile files, full and partial, is the one made from all hashes."""
    for old, size in ((1, 2), (255, 257), (256, 600), (300, 600), (511, 512)):

        def read(path: str, size: int = size) -> bytes | None:
            tile = parse_path(path)
            assert tile.level is not None
            assert tile.start + tile.width <= size >> (8 * tile.level)
            return encode_tile(log.fetch(tile.level, tile.start, tile.start + tile.width))

        made = consistency_path(old, size, published_hashes(read, size))
        assert made == tuple(log.prove(old, size))
    with pytest.raises(NotCompleted, match=r"tile/0/000\.p/7 is missing"):
        consistency_path(3, 7, published_hashes(lambda _path: None, 7))
