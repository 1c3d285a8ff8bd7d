"""Attacks on whole ledgers and published logs: what somebody with write access would try."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest

from ledger import open_ledger
from ledger.checkpoints import timestamps
from ledger.checkpoints.publish import publish
from ledger.checkpoints.storage import DirectoryStorage, open_storage
from ledger.clock import stamp
from ledger.errors import BadTimeStamp, Unreachable
from ledger.log.checkpoint import Ed25519LogSigner, log_signers, parse_checkpoint, seal
from ledger.log.keys import KeySigner, generate, generate_mldsa44
from ledger.log.merkle import leaf_hash
from ledger.log.signed_note import parse_note
from ledger.log.tiles import decode_bundle, encode_bundle
from ledger.sqlite_driver import sqlite3
from ledger.store import checkpoint_store
from ledger.verify.known_ledgers import KnownLedgers
from ledger.verify.report import VerifyReport
from ledger.verify.signed_notes import VerifyOptions
from ledger.verify.verify import LedgerTrust, verify_published
from tests.checkpoints import authority
from tests.checkpoints.authority import Authority
from tests.checkpoints.sealed import ORIGIN
from tests.verifier.test_verifier import VERIFIER
from tests.verify.attacked import BUNDLE, LEAVES, SIZE, Judge, Made, both


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The ledger that the auditor means."""
    return Made(tmp_path_factory.mktemp("made") / "ours")


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Another one of the same origin, as sound in itself."""
    return Made(tmp_path_factory.mktemp("made") / "theirs")


@pytest.fixture
def judge(capsys: pytest.CaptureFixture[str]) -> Judge:
    """The verifier in one file: exit status, and what it printed."""

    def run(*words: str | Path) -> tuple[int, str]:
        status: int = VERIFIER.main([str(word) for word in words])
        return status, capsys.readouterr().out

    return run


def spoil(path: Path, *statements: tuple[str, tuple[object, ...]]) -> None:
    """Change a database behind the program's back: triggers dropped first."""
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute("PRAGMA ignore_check_constraints = ON")
        rows = conn.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall()
        assert rows
        for (name,) in rows:
            conn.execute(f'DROP TRIGGER "{name}"')
        for statement, values in statements:
            assert conn.execute(statement, values).rowcount


def verify(path: Path, **given: object) -> VerifyReport:
    """Verify a database."""
    with open_ledger(str(path)) as book:
        return book.verify(**given)  # type: ignore[arg-type]  # passed on as they are


def faults(report: VerifyReport) -> set[tuple[int | None, str]]:
    """Where what fails."""
    return {(one.seq, one.layer) for one in report.faults}


# --- the database --------------------------------------------------------------------------------


def test_without_its_guards_a_database_is_not_what_it_should_be(ours: Made, tmp_path: Path) -> None:
    """The guards are missed, all of them, and nothing else is wrong."""
    path = ours.database(tmp_path)
    spoil(path)
    report = verify(path)
    assert faults(report) == {(None, "schema")}
    assert all(one.message.endswith("is missing") for one in report.faults)


def test_a_replaced_actor_key_in_the_view_is_named(ours: Made, tmp_path: Path) -> None:
    """A key that somebody put into the table of keys is not the one of the log."""
    path = ours.database(tmp_path)
    spoil(path, ("UPDATE actor_key SET public_key = ?", (KeySigner(generate()).public_key,)))
    assert "views" in {layer for _, layer in faults(verify(path))}


@pytest.mark.parametrize("which", ["actor", "log"])
def test_a_key_replaced_in_the_first_entry_breaks_its_signature(
    ours: Made, tmp_path: Path, which: str
) -> None:
    """Leaf hash made to fit: the founder signed the keys, so entry 0 is the first bad one."""
    path = ours.database(tmp_path)
    with closing(sqlite3.connect(path)) as conn:
        (data,) = conn.execute("SELECT bytes FROM entry WHERE seq = 0").fetchone()
    old, new = (
        (ours.desk.signers["recorder"].public_key, KeySigner(generate()).public_key)
        if which == "actor"
        else (str(ours.desk.vkeys[0]), str(Ed25519LogSigner(ORIGIN, generate()).vkey))
    )
    assert data.count(old.encode()) == 1
    forged = data.replace(old.encode(), new.encode())
    change = "UPDATE entry SET bytes = ?, leaf_hash = ? WHERE seq = 0"
    spoil(path, (change, (forged, leaf_hash(forged))))
    report = verify(path)
    assert report.first_bad_seq == 0
    assert {layer for seq, layer in faults(report) if seq == 0} & {"signature", "key"}
    assert "checkpoint" in {layer for _, layer in faults(report)}


def test_two_whole_databases_swapped_are_not_taken_for_each_other(
    ours: Made, theirs: Made, tmp_path: Path
) -> None:
    """Sound in itself, of the same origin: not what is trusted, and a fault where one is named."""
    known = KnownLedgers(tmp_path / "known")
    known.trust(ours.ledger)
    assert verify(ours.database(tmp_path), known=known).authenticated
    path = theirs.database(tmp_path)
    report = verify(path, known=known)
    assert (report.sound, report.authenticated) == (True, False)
    assert faults(verify(path, anchor=ours.ledger)) == {(None, "trust")}


# --- published logs, by both verifiers -----------------------------------------------------------


def test_two_whole_directories_swapped_are_not_taken_for_each_other(
    ours: Made, theirs: Made, judge: Judge
) -> None:
    """Nothing in the directory is wrong but whose it is."""
    report, (status, said) = both(theirs.pub, ours, judge)
    assert faults(report) == {(None, "trust")}
    assert (status, "layer trust" in said) == (1, True)
    report, (status, _) = both(ours.pub, ours, judge)
    assert (report.sound, report.authenticated, status) == (True, True, 0)


@pytest.mark.parametrize("part", ["tile/entries", "tile/0", "tile", "checkpoint", "policy"])
def test_half_of_another_ledger_is_refused(
    ours: Made, theirs: Made, tmp_path: Path, judge: Judge, *, part: str
) -> None:
    """Each part taken from another log of the same origin contradicts the rest."""
    folder = ours.published(tmp_path)
    target = folder / part
    if target.is_dir():
        shutil.rmtree(target)
        shutil.copytree(theirs.pub / part, target)
    else:
        shutil.copy(theirs.pub / part, target)
    report, (status, said) = both(folder, ours, judge)
    assert not report.sound
    assert (status, said.startswith("NOT VERIFIED")) == (1, True)


def test_an_entry_of_another_ledger_is_named_by_both(
    ours: Made, theirs: Made, tmp_path: Path, judge: Judge
) -> None:
    """Replayed at its own place, with the leaf hash made to fit."""
    folder, seq = ours.published(tmp_path), 5
    entries = decode_bundle((folder / BUNDLE).read_bytes(), SIZE)
    entries[seq] = decode_bundle((theirs.pub / BUNDLE).read_bytes(), SIZE)[seq]
    (folder / BUNDLE).write_bytes(encode_bundle(entries))
    (folder / LEAVES).write_bytes(b"".join(map(leaf_hash, entries)))
    report, (status, said) = both(folder, ours, judge)
    assert report.first_bad_seq == seq
    assert (status, f"at entry {seq}" in said) == (1, True)


def test_rotated_log_keys_hold_from_their_entry_on(tmp_path: Path, judge: Judge) -> None:
    """Sealed before by the old keys and after by the new: sound; after by the old ones: refused."""
    made = Made(tmp_path / "rotated")
    desk, place = made.desk, DirectoryStorage(made.pub)
    old, new = desk.log_keys, log_signers(ORIGIN, generate(), generate_mldsa44())
    names = [str(one.vkey) for one in new]
    desk.book.checkpoints.change_keys(desk.signers["recorder"], actor="recorder", log_keys=names)
    desk.log_keys = new
    desk.seal()
    publish(desk.book.store, place, with_disclosures=True)
    report, (status, said) = both(made.pub, made, judge)
    assert (report.faults, status) == ((), 0), said
    assert set(report.signed_by) == set(names)
    assert desk.book.verify().checkpoints == 2  # the first one by the old keys
    assert judge(made.pub, "--key", names[0])[0] == 0
    assert judge(made.pub, "--key", str(old[0].vkey))[0] == 1
    tree = parse_checkpoint(parse_note(place.read("checkpoint") or b"").text)
    for signers in (old, (old[0], new[1]), (new[0],)):
        place.write("checkpoint", seal(tree, signers, at=1_900_000_000).encode())
        report, (status, said) = both(made.pub, made, judge)
        assert faults(report) == {(None, "checkpoint")}
        assert (status, "layer checkpoint" in said) == (1, True)


# --- time-stamps ---------------------------------------------------------------------------------


def stamped(made: Made, path: Path, response: bytes) -> None:
    """Keep a time-stamp in a copy of the database."""
    del made
    with open_ledger(str(path)) as book, book.store.writing() as conn:
        held = checkpoint_store.checkpoint_at(conn, SIZE)
        assert held is not None
        try:
            token = timestamps.read(response, held.note)
            gen_time, name = stamp(token.gen_time), token.authority
        except BadTimeStamp:
            gen_time, name = stamp(dt.datetime.now(dt.UTC)), ""
        checkpoint_store.put_time_stamp(conn, SIZE, response, gen_time=gen_time, authority=name)


def reply(clock: Authority, data: bytes) -> bytes:
    """A real token over ``data``."""
    (clock.place / "data").write_bytes(data)
    words = ("ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "asked")
    subprocess.run(("openssl", *words), cwd=clock.place, check=True, capture_output=True)
    return clock.reply((clock.place / "asked").read_bytes())


def test_time_stamps_are_verified_to_the_roots_given(ours: Made, tmp_path: Path) -> None:
    """A real token: good below its root; refused below another, for other bytes, and out of date.

    The directory that is published from such a database is judged the same.
    """
    with ours.desk.book.store.reading() as conn:
        held = checkpoint_store.checkpoint_at(conn, SIZE)
    assert held is not None
    now = dt.datetime.now(dt.UTC)
    clock, stranger = Authority(tmp_path / "a"), Authority(tmp_path / "b")
    then = SimpleNamespace(now=lambda _zone: now - dt.timedelta(days=30))
    shim = SimpleNamespace(datetime=then, UTC=dt.UTC, timedelta=dt.timedelta)
    with mock.patch.object(authority, "dt", shim):
        expired = Authority(tmp_path / "c")  # its certificates ended 20 days ago
    good = reply(clock, held.note)
    cases = (
        (good, clock.roots, True),
        (good, stranger.roots, False),
        (good, stranger.roots + clock.roots, True),
        (reply(clock, b"something else"), clock.roots, False),
        (reply(expired, held.note), expired.roots, False),
        (good[:-1], clock.roots, False),
    )
    for number, (response, roots, sound) in enumerate(cases):
        (tmp_path / str(number)).mkdir()
        path = ours.database(tmp_path / str(number))
        stamped(ours, path, response)
        options = VerifyOptions(tsa_roots=roots)
        place = DirectoryStorage(tmp_path / str(number) / "pub")
        with open_ledger(str(path)) as book:
            publish(book.store, place)
        for report in (verify(path, options=options), verify_published(place, options=options)):
            expected = set() if sound else {(None, "time_stamp")}
            assert faults(report) == expected, number
            assert report.time_stamps["verified"] == sound


# --- over the network ----------------------------------------------------------------------------


def test_a_published_log_behind_pythons_own_server_verifies(ours: Made, tmp_path: Path) -> None:
    """`python -m http.server`, started as somebody would; a changed file is named, as on disk."""
    folder = ours.published(tmp_path)
    words = ("-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(folder))
    with subprocess.Popen(
        (sys.executable, *words), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            assert server.stdout is not None
            said = server.stdout.readline()  # Serving HTTP on 127.0.0.1 port 1234 (http://...) ...
            url = said[said.index("(") + 1 : said.index(")")]
            with closing(open_storage(url)) as place:
                report = verify_published(place, trust=LedgerTrust(anchor=ours.ledger))
                assert (report.faults, report.authenticated) == ((), True)
                assert (report.size, report.evidence["present"]) == (SIZE, 1)
                data = (folder / BUNDLE).read_bytes()
                (folder / BUNDLE).write_bytes(data.replace(b'"key":"k3"', b'"key":"k9"'))
                assert not verify_published(place).sound
                (folder / BUNDLE).unlink()
                assert faults(verify_published(place)) >= {(0, "tiles")}
                shutil.rmtree(folder)
                with pytest.raises(Unreachable, match="no published log"):
                    verify_published(place)
        finally:
            server.terminate()


@contextmanager
def served(
    answer: Callable[[BaseHTTPRequestHandler, bytes | None], None], folder: Path
) -> Iterator[str]:
    """A server that answers GET as it is told to; it is given what the directory has."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = folder / self.path.lstrip("/")
            with suppress(OSError):
                answer(self, path.read_bytes() if path.is_file() else None)

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def _send(to: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    to.send_response(status)
    for name, text in {"Content-Length": str(len(body)), **headers}.items():
        to.send_header(name.replace("_", "-"), text)
    to.end_headers()
    to.wfile.write(body)


def _short(to: BaseHTTPRequestHandler, data: bytes | None) -> None:
    body = data or b""
    _send(to, 200 if data else 404, body[:-1], Content_Length=str(len(body)))


def _circle(to: BaseHTTPRequestHandler, data: bytes | None) -> None:
    del data
    _send(to, 302, b"", Location=to.path)


def _broken(to: BaseHTTPRequestHandler, data: bytes | None) -> None:
    _send(to, 503 if "tile" in to.path else 200, data or b"")


def _not_gzip(to: BaseHTTPRequestHandler, data: bytes | None) -> None:
    _send(to, 200, data or b"", Content_Encoding="gzip")


def _page(to: BaseHTTPRequestHandler, data: bytes | None) -> None:
    _send(to, 200, data if data is not None else b"<!doctype html><p>Not found</p>")


@pytest.mark.parametrize("answer", [_short, _circle, _broken, _not_gzip, _page])
def test_no_broken_server_makes_a_log_good(
    ours: Made, tmp_path: Path, answer: Callable[[BaseHTTPRequestHandler, bytes | None], None]
) -> None:
    """Cut off, going in circles, failing, not what it says, a page for everything: our errors."""
    folder = ours.published(tmp_path)
    shutil.rmtree(folder / "evidence")
    with served(answer, folder) as url, closing(open_storage(url)) as place:
        try:
            report = verify_published(place)
        except Unreachable:
            return
        assert not report.sound


def _moved(folder: Path, path: str) -> None:
    """Put a link in place of a directory, which lies elsewhere with a file more."""
    (folder / path).mkdir(exist_ok=True)
    elsewhere = (folder / path).rename(folder.with_name("elsewhere"))
    (elsewhere / "forged").write_bytes(b"forged")
    (folder / path).symlink_to(elsewhere)


def _replaced(path: Path, make: Callable[[Path], object]) -> None:
    path.unlink(missing_ok=True)
    make(path)


NO_FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    **{
        f"link for {path}": (partial(_moved, path=path), layer)
        for path, layer in (
            ("disclosures", "disclosure"),
            ("evidence", "evidence"),
            ("timestamps", "time_stamp"),
            ("tile/0", "tiles"),
        )
    },
    "link below": (lambda log: (log / "disclosures/x001").symlink_to("/"), "disclosure"),
    "link to itself": (lambda log: (log / "evidence/loop").symlink_to("loop"), "evidence"),
    "pipe": (lambda log: _replaced(log / "disclosures/000", os.mkfifo), "disclosure"),
    "link to nothing": (
        lambda log: _replaced(log / "disclosures/000", lambda at: at.symlink_to("nothing")),
        "disclosure",
    ),
    "pipe in evidence": (lambda log: os.mkfifo(log / "evidence/pipe"), "evidence"),
}


@pytest.mark.parametrize("name", NO_FILES)
def test_what_is_no_plain_file_is_never_passed_over(
    ours: Made, tmp_path: Path, judge: Judge, name: str
) -> None:
    """What lies behind it was not read, and whoever opens it there would believe it was."""
    make, layer = NO_FILES[name]
    folder = ours.published(tmp_path)
    make(folder)
    report, (status, said) = both(folder, ours, judge)
    assert layer in {fault.layer for fault in report.faults}
    assert (status, f"layer {layer}" in said) == (1, True)


def test_what_is_no_file_elsewhere_is_named(ours: Made, tmp_path: Path, judge: Judge) -> None:
    """Beside the log nobody looks for its texts; what an interrupted write left is named too."""
    folder = ours.published(tmp_path)
    (folder / "link").symlink_to("/")
    (folder / ".part-x").write_bytes(b"begun")
    (folder / "evidence/.part-y").write_bytes(b"begun")
    report, (status, said) = both(folder, ours, judge)
    assert (report.faults, status) == ((), 0)
    assert {"link/", ".part-x", "evidence/.part-y"} <= set(report.unauthenticated)
    assert "evidence/.part-y" in said
    publish(ours.desk.book.store, DirectoryStorage(folder))


def test_what_is_no_plain_file_is_not_waited_for(ours: Made, tmp_path: Path, judge: Judge) -> None:
    """A pipe in an unpacked archive would keep a verifier waiting for ever."""
    folder = ours.published(tmp_path)
    (folder / LEAVES).unlink()
    os.mkfifo(folder / LEAVES)
    report, (status, _) = both(folder, ours, judge)
    assert (report.sound, status) == (False, 1)
    (folder / "checkpoint").unlink()
    os.mkfifo(folder / "checkpoint")
    report, (status, _) = both(folder, ours, judge)
    assert (report.sound, status) == (False, 1)
