"""Several processes check entries; what a verification finds does not depend on them."""

from __future__ import annotations

import functools
import http.server
import multiprocessing
import pickle
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ledger import open_ledger
from ledger.checkpoints.publish import publish
from ledger.checkpoints.storage import DirectoryStorage, Storage, open_storage
from ledger.log.merkle import leaf_hash
from ledger.log.tiles import decode_bundle, encode_bundle
from ledger.sqlite_driver import sqlite3
from ledger.verify import entry_workers
from ledger.verify.entry_checks import Batch, SignerKeys, check_batch
from ledger.verify.entry_workers import EntryWorkers
from ledger.verify.report import MAX_FAULTS, VerifyReport
from ledger.verify.signed_notes import VerifyOptions
from ledger.verify.verify import verify_published
from tests.books import norm
from tests.checkpoints.sealed import SealedDesk, open_sealed
from tests.examples import some
from tests.spoiling import unguarded

SIZE = 4 * 256 + 40  # five pages, the last one short
Spoil = Callable[[Path], object]


class InThreads(ThreadPoolExecutor):
    """A pool of threads in the place of one of processes: the same order, at once."""

    def __init__(self, count: int, **_: object) -> None:
        super().__init__(count)


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check entries in threads."""
    monkeypatch.setattr(entry_workers, "WorkerProcesses", InThreads)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> SealedDesk:
    """A sealed ledger of five pages."""
    desk = open_sealed(tmp_path_factory.mktemp("made") / "book.db")
    desk.book.projections.defer()
    claims = [norm(key=f"k{n}", quote="Banned." if n % 9 == 0 else None) for n in range(SIZE - 2)]
    desk.record(*claims)
    desk.later(minutes=1)
    desk.seal()
    publish(desk.book.store, DirectoryStorage(_pub(desk)), with_disclosures=True)
    return desk


def _file(desk: SealedDesk) -> Path:
    path = desk.book.store.file
    assert path is not None
    return path


def _pub(desk: SealedDesk) -> Path:
    return _file(desk).parent / "pub"


# --- databases -----------------------------------------------------------------------------------


def _copy(desk: SealedDesk, folder: Path) -> Path:
    path = folder / "book.db"
    with sqlite3.connect(_file(desk)) as source, sqlite3.connect(path) as target:
        source.backup(target)
    return path


def _reports(path: Path, *jobs: int) -> list[VerifyReport]:
    with open_ledger(str(path)) as book:
        return [book.verify(options=VerifyOptions(jobs=count)) for count in jobs]


def _signature(*seqs: int) -> Spoil:
    """Spoil signatures, and make the leaf hashes fit."""

    def change(path: Path) -> None:
        with unguarded(path) as conn:
            for seq in seqs:
                _replace(conn, seq, _resigned)

    return change


def _resigned(data: bytes) -> bytes:
    at = data.index(b'"sig":"') + 20
    return data[:at] + (b"A" if data[at : at + 1] != b"A" else b"B") + data[at + 1 :]


def _replace(conn: sqlite3.Connection, seq: int, make: Callable[[bytes], bytes]) -> None:
    (data,) = conn.execute("SELECT bytes FROM entry WHERE seq = ?", (seq,)).fetchone()
    values = (make(data), leaf_hash(make(data)), seq)
    conn.execute("UPDATE entry SET bytes = ?, leaf_hash = ? WHERE seq = ?", values)


def _sql(*statements: str) -> Spoil:
    def change(path: Path) -> None:
        with unguarded(path) as conn:
            conn.execute("PRAGMA ignore_check_constraints = ON")
            for statement in statements:
                conn.execute(statement)

    return change


def _all(*changes: Spoil) -> Spoil:
    def change(path: Path) -> None:
        for one in changes:
            one(path)

    return change


def _no_entry(seq: int) -> Spoil:
    def change(path: Path) -> None:
        with unguarded(path) as conn:
            _replace(conn, seq, lambda data: data.replace(b'{"event":', b'{"Event":'))

    return change


DATABASES: dict[str, Spoil] = {
    "sound": _all(),
    "first signature": _signature(0),
    "a signature in each page": _signature(5, 255, 256, 700, 1000, SIZE - 1),
    "last signature": _signature(SIZE - 1),
    "no entry in the middle": _no_entry(300),
    "no entry and signatures": _all(_no_entry(600), _signature(200, 601, 900)),
    "deleted": _sql("DELETE FROM entry WHERE seq = 511"),
    "last page gone": _sql("DELETE FROM entry WHERE seq >= 1024"),
    "swapped": _sql(
        "UPDATE entry SET seq = -1 WHERE seq = 800",
        "UPDATE entry SET seq = 800 WHERE seq = 3",
        "UPDATE entry SET seq = 3 WHERE seq = -1",
    ),
    "text for bytes": _sql("UPDATE entry SET bytes = 'abc' WHERE seq IN (30, 530, 1030)"),
    "unreadable column": _sql("UPDATE entry SET actor = CAST(x'ff' AS TEXT) WHERE seq = 640"),
    "columns": _sql("UPDATE entry SET actor = 'x' WHERE seq IN (7, 1040)"),
    "texts": _sql("UPDATE disclosure SET text = 'WyJhIiwiYiIsImMiXQ' WHERE seq > 500"),
    "view": _sql("UPDATE version SET state = 'rejected' WHERE seq = 900"),
    "more faults than are told": _sql("UPDATE entry SET claim_key = seq WHERE seq % 7 = 0"),
    "many kinds at once": _all(
        _sql("UPDATE entry SET actor = 'x' WHERE seq IN (900, 20)"),
        _signature(20, 300),
        _sql("DELETE FROM entry WHERE seq = 258", "DELETE FROM tree_node"),
        _no_entry(1030),
    ),
}


@pytest.mark.parametrize("name", some(DATABASES, every=3))
def test_of_a_database_several_find_what_one_finds(
    desk: SealedDesk, tmp_path: Path, threads: None, name: str
) -> None:
    """The same faults in the same order, whoever checked the entries."""
    path = _copy(desk, tmp_path)
    DATABASES[name](path)
    one, *others = _reports(path, 1, 2, 4)
    assert others == [one, one]
    assert one.sound == (name == "sound")
    assert (len(one.faults) == MAX_FAULTS) == (name == "more faults than are told")


def test_processes_find_what_one_finds(desk: SealedDesk, tmp_path: Path) -> None:
    """With real processes too."""
    path = _copy(desk, tmp_path)
    _signature(5, 255, 700, SIZE - 1)(path)
    one, three = _reports(path, 1, 3)
    assert one == three
    wrong = [fault.seq for fault in one.faults if fault.layer == "signature"]
    assert wrong == [5, 255, 700, SIZE - 1]
    assert not multiprocessing.active_children()


# --- published logs ------------------------------------------------------------------------------


def _bundle(index: int, place: int) -> Spoil:
    def change(pub: Path) -> None:
        (path,) = [*pub.glob(f"tile/entries/{index:03}"), *pub.glob(f"tile/entries/{index:03}.p/*")]
        width = int(path.name) if path.parent.suffix == ".p" else 256
        entries = decode_bundle(path.read_bytes(), width)
        entries[place] = _resigned(entries[place])
        path.write_bytes(encode_bundle(entries))

    return change


def _cut(name: str, length: int) -> Spoil:
    def change(pub: Path) -> None:
        (path,) = pub.glob(name)
        path.write_bytes(path.read_bytes()[:length])

    return change


def _gone(name: str) -> Spoil:
    def change(pub: Path) -> None:
        (path,) = pub.glob(name)
        path.unlink()

    return change


def _flipped(name: str, at: int) -> Spoil:
    def change(pub: Path) -> None:
        (path,) = pub.glob(name)
        data = path.read_bytes()
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])

    return change


PUBLISHED: dict[str, Spoil] = {
    "sound": _all(),
    "signatures": _all(_bundle(0, 3), _bundle(2, 255), _bundle(4, 39)),
    "last signature": _bundle(4, 39),
    "bundle gone": _gone("tile/entries/002"),
    "last bundle gone": _gone("tile/entries/004.p/*"),
    "bundle cut off": _all(_cut("tile/entries/001", 70_000), _bundle(3, 0)),
    "leaf tiles": _all(_gone("tile/0/003"), _flipped("tile/0/001", 40), _bundle(0, 9)),
    "texts": _all(_flipped("disclosures/003", 90), _bundle(3, 200)),
    "nobody signed the size": _all(
        _gone("policy"), _bundle(1, 7), _gone("tile/entries/003"), _flipped("tile/0/002", 1)
    ),
}


def _published(pub: Storage, *jobs: int) -> list[VerifyReport]:
    return [verify_published(pub, options=VerifyOptions(jobs=count)) for count in jobs]


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("name", some(PUBLISHED, every=3))
@pytest.mark.parametrize("web", [False, True], ids=["directory", "web"])
def test_of_a_published_log_several_find_what_one_finds(
    desk: SealedDesk, tmp_path: Path, threads: None, name: str, *, web: bool
) -> None:
    """However far ahead of the checks the files are read."""
    pub = Path(shutil.copytree(_pub(desk), tmp_path / "pub"))
    PUBLISHED[name](pub)
    if web:
        with _served(pub) as address:
            one, *others = _published(open_storage(address), 1, 2, 4)
    else:
        one, *others = _published(DirectoryStorage(pub), 1, 2, 4)
    assert others == [one, one]
    assert one.sound == (name == "sound")


# --- workers that fail ---------------------------------------------------------------------------


class Broken(Executor):
    """A pool whose workers die: before they begin, or with their work in hand."""

    def __init__(self, *_: object, **__: object) -> None:
        self._left = 2

    def submit(self, *_: Any, **__: Any) -> Future[Any]:
        """Fail later, then at once."""
        self._left -= 1
        if self._left < 0:
            raise BrokenProcessPool
        failed: Future[Any] = Future()
        failed.set_exception(BrokenProcessPool())
        return failed


def test_a_worker_that_dies_changes_nothing(
    desk: SealedDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it had in hand is checked by whoever waited for it."""
    path = _copy(desk, tmp_path)
    _signature(5, 700)(path)
    (one,) = _reports(path, 1)
    monkeypatch.setattr(entry_workers, "WorkerProcesses", Broken)
    assert _reports(path, 3) == [one]


def test_a_worker_that_is_killed_changes_nothing(desk: SealedDesk, tmp_path: Path) -> None:
    """A real one, with work in hand; the verification neither waits for it for ever nor ends."""
    path = _copy(desk, tmp_path)
    _signature(5, 700)(path)
    (one,) = _reports(path, 1)

    def kill(*_: int) -> None:
        for worker in multiprocessing.active_children():
            worker.kill()

    with open_ledger(str(path)) as book:
        assert book.verify(options=VerifyOptions(jobs=3), progress=kill) == one
    assert not multiprocessing.active_children()


def _fail(*_: object) -> Any:
    raise ZeroDivisionError


def test_an_error_in_a_worker_ends_the_verification(
    desk: SealedDesk, threads: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of the program is not taken for one of the log, nor for soundness."""
    monkeypatch.setattr(entry_workers, "check_batch", _fail)
    for jobs in (1, 2):
        with pytest.raises(ZeroDivisionError):
            desk.book.verify(options=VerifyOptions(jobs=jobs))


def test_an_interrupt_leaves_no_process_and_no_file(
    desk: SealedDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is interrupted, the workers end and temporary files go."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def stop(done: int, _total: int) -> None:
        if done > 300:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        desk.book.verify(options=VerifyOptions(jobs=2), progress=stop)
    assert not multiprocessing.active_children()
    assert not list(tmp_path.iterdir())


# --- the order of work ---------------------------------------------------------------------------


class Slow(ThreadPoolExecutor):
    """A pool of one worker that takes its time over what it is given first."""

    def __init__(self) -> None:
        super().__init__(1)
        self.begun: list[object] = []

    def submit(self, work: Any, /, *given: Any, **_: Any) -> Future[Any]:
        """Let the worker wait before its first piece of work."""

        def slowly() -> Any:
            if not self.begun:
                time.sleep(0.1)
            self.begun.append(given)
            return work(*given)

        return super().submit(slowly)


def test_who_waits_for_a_worker_checks_the_rest() -> None:
    """Pages come back in order, each with what was found of it."""
    pages = [(n, Batch(n, [None, b"no entry"][: n % 3], {}, 0, {})) for n in range(20)]
    with Slow() as pool:
        found = list(EntryWorkers(pool, count=1).check(pages))
    assert found == [(n, check_batch(batch)) for n, batch in pages]
    assert len(pool.begun) < len(pages)


# --- what a worker hands back --------------------------------------------------------------------


def test_what_a_worker_hands_back_is_what_it_found(desk: SealedDesk) -> None:
    """Events parsed and validated, signatures and texts checked: nothing is lost on the way."""
    entries = list(desk.book.entries.export())[:40]
    ring = SignerKeys()
    ring.collect(entries)
    batch = Batch(0, [*entries, b"no entry", None], {}, 0, ring.named_by(entries))
    found = check_batch(batch)
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301  # made in the line before
    assert [one and one.signed for one in found] == [True] * len(entries) + [None, None]
    assert [one.payload is not None for one in found if one] == [True] * len(entries) + [False]


def test_a_signer_is_looked_for_by_the_last_key_id(desk: SealedDesk) -> None:
    """Whatever stands before it in the data of the event, and whatever is no entry at all."""
    (first, *_) = desk.book.entries.export()
    ring = SignerKeys()
    ring.collect([first])
    (keyid,) = ring.named_by([first])
    assert ring.named_by([b"", b'"keyid":"', b"\xff" * 80, b'"keyid":"' + b"\xff" * 64]) == {}
    forged = first.replace(keyid.encode(), b"0" * 64)
    assert ring.named_by([b'{"keyid":"' + keyid.encode() + b'"}' + forged]) == {}
    assert ring.named_by([forged, first]).keys() == {keyid}


def test_a_worker_loads_no_store() -> None:
    """It checks bytes alone; what it imports is what starting it takes."""
    names = "('sqlalchemy', 'ledger.store', 'typer')"
    program = (
        f"import sys, ledger.verify.entry_workers; print([n for n in {names} if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"
