"""Opening, durability and locks."""

from __future__ import annotations

import os
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from ledger.errors import Conflict, InputError, NoLedger, NotCompleted, RegledgerError, StoreBusy
from ledger.sqlite_driver import sqlite3
from ledger.store import engine as engines
from ledger.store import migrate, sqlalchemy_url
from ledger.store.log_store import LogStore
from tests.store.conftest import Opener
from tests.store.fakes import append, fill


def _foreign_database(path: Path) -> None:
    with sqlite3.connect(path) as conn:
        conn.execute("CREATE TABLE photos (id)")
    conn.close()


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda _: None, "no such file"),
        (lambda path: path.touch(), "empty"),
        (lambda path: path.mkdir(), "not a file"),
        (lambda path: path.write_text("jurisdiction: FR\n"), "not a database"),
        (lambda path: path.write_bytes(b"SQLite format 3\x00"), "not a database"),
        (_foreign_database, "other program"),
    ],
)
def test_opening_what_is_no_ledger(
    tmp_path: Path, make: object, reason: str, opened: Opener
) -> None:
    """Opening says what is wrong with the path, and neither creates nor changes anything."""
    assert callable(make)
    path = tmp_path / "here.db"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(NoLedger, match=reason):
        opened(str(path))
    assert (path.read_bytes() if path.is_file() else None) == before
    assert [p.name for p in tmp_path.iterdir()] in ([], ["here.db"])


def test_opening_below_a_file(tmp_path: Path, opened: Opener) -> None:
    """A path that leads through a file is reported as absent."""
    (tmp_path / "file").touch()
    with pytest.raises(NoLedger):
        opened(str(tmp_path / "file" / "ledger.db"))


def test_a_file_deleted_while_open_is_not_made_again(
    sqlite_url: str, tmp_path: Path, opened: Opener
) -> None:
    """A new connection to a file that has gone fails instead of starting an empty one."""
    migrate.create(sqlite_url).dispose()
    store = opened(sqlite_url)
    store.close()
    (tmp_path / "ledger.db").unlink()
    with pytest.raises(NoLedger):
        store.size()
    assert list(tmp_path.iterdir()) == []


def test_a_truncated_ledger_is_no_ledger(sqlite_url: str, tmp_path: Path, opened: Opener) -> None:
    """A file with our mark but without tables is refused in our own words."""
    migrate.create(sqlite_url).dispose()
    path = tmp_path / "ledger.db"
    path.write_bytes(path.read_bytes()[:4096])
    with pytest.raises(NotCompleted):
        opened(sqlite_url)


@pytest.mark.parametrize(
    "address", ["sqlite://", "sqlite:///:memory:", "", "mysql://host/db", "http://[", "a\x00b"]
)
def test_addresses_that_are_none(address: str) -> None:
    """In-memory databases, other database systems and nonsense are refused as input."""
    with pytest.raises(InputError):
        sqlalchemy_url.parse_url(address)


def test_paths_are_addresses(tmp_path: Path, opened: Opener) -> None:
    """A plain path, with characters that mean something in a URI, is taken as it stands."""
    path = tmp_path / "a b?c#d%41.db"
    migrate.create(str(path)).dispose()
    assert path.is_file()
    assert opened(str(path)).size() == 0


def test_creating_never_overwrites(url: str, opened: Opener) -> None:
    """Making a store where one is fails, and leaves it as it was."""
    migrate.create(url).dispose()
    store = opened(url)
    fill(store, 2)
    with pytest.raises(Conflict):
        migrate.create(url)
    assert store.size() == 2
    store.close()


def test_creating_where_nothing_can_be(tmp_path: Path) -> None:
    """A file in a directory that is not there is an input error."""
    with pytest.raises(InputError, match="cannot be created"):
        migrate.create(str(tmp_path / "no" / "ledger.db"))


def test_an_empty_database_holds_no_ledger(postgres_url: str, opened: Opener) -> None:
    """A PostgreSQL database without our tables is no ledger, and stays empty."""
    with pytest.raises(NoLedger, match="holds no ledger"):
        opened(postgres_url)
    engine = engines.make_engine(postgres_url)
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()


def test_an_absent_database_or_server(postgres_url: str, opened: Opener) -> None:
    """An absent database and an absent server are not completed, and no password is shown."""
    absent = sa.make_url(postgres_url).set(database="nowhere")
    with pytest.raises(NotCompleted, match="nowhere"):
        opened(absent.render_as_string(hide_password=False))
    with pytest.raises(NotCompleted) as caught:
        opened("postgresql://me:hunter2@127.0.0.1:1/db")
    assert "hunter2" not in str(caught.value)


def test_a_read_only_file_can_be_read(sqlite_url: str, tmp_path: Path, opened: Opener) -> None:
    """A file we may not write to is opened for reading; writing is refused in our own words."""
    migrate.create(sqlite_url).dispose()
    store = opened(sqlite_url)
    fill(store, 3)
    store.close()
    access = os.access
    with pytest.MonkeyPatch.context() as patch:  # root may write everywhere, so pretend
        patch.setattr(os, "access", lambda path, mode: mode != os.W_OK and access(path, mode))
        read_only = opened(sqlite_url)
        assert [seq for seq, _ in read_only.pages()] == [0, 1, 2]
        with pytest.raises(NotCompleted):
            fill(read_only, 1)


def test_a_writer_waits_then_gives_up(url: str, opened: Opener) -> None:
    """A second writer waits for the lock, then says that the store is busy; nothing is recorded."""
    migrate.create(url).dispose()
    first, second = opened(url), opened(url, wait_s=0.3)
    start = time.monotonic()
    with first.writing() as conn:
        append(first, conn, ["first"])
        with pytest.raises(StoreBusy) as caught:
            fill(second, 1)
    assert time.monotonic() - start >= 0.25
    assert caught.value.waited_s >= 0.25
    fill(second, 1)
    assert first.size() == 2


def test_a_writer_gets_its_turn(url: str, opened: Opener) -> None:
    """A writer that finds the lock taken goes on as soon as it is given back."""
    migrate.create(url).dispose()
    first, second = opened(url), opened(url)
    with first.writing() as conn:
        append(first, conn, ["first"])
        waiting = threading.Thread(target=fill, args=(second, 1))
        waiting.start()
        time.sleep(0.3)
        assert waiting.is_alive()
    waiting.join(10)
    assert first.size() == 2


def test_reading_does_not_wait_for_a_writer(url: str, opened: Opener) -> None:
    """While a writer is at work, a reader sees the state before it, at once."""
    migrate.create(url).dispose()
    writer, reader = opened(url), opened(url, wait_s=0.5)
    fill(writer, 1)
    with writer.writing() as conn:
        append(writer, conn, ["unfinished"])
        assert reader.size() == 1  # one that had to wait would end with StoreBusy
    assert reader.size() == 2


def test_reading_a_locked_file_ends(sqlite_url: str, tmp_path: Path, opened: Opener) -> None:
    """A reader kept out of a file gives up after its waiting time."""
    migrate.create(sqlite_url).dispose()
    reader = opened(sqlite_url, wait_s=0.3)
    reader.close()
    other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreBusy):
        reader.size()
    other.close()
    assert reader.size() == 0


def test_a_commit_held_up_by_a_reader(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, opened: Opener
) -> None:
    """With a rollback journal, a commit waits for readers; in vain, nothing is recorded."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))
    migrate.create(sqlite_url).dispose()
    reader, writer = opened(sqlite_url), opened(sqlite_url, wait_s=0.3)
    with reader.reading() as conn:
        assert reader.head(conn).size == 0
        with pytest.raises(StoreBusy):
            fill(writer, 1)
    assert reader.size() == 0
    fill(writer, 1)
    assert reader.size() == 1


def test_one_block_of_reading_sees_one_state(
    url: str, monkeypatch: pytest.MonkeyPatch, opened: Opener
) -> None:
    """Entries recorded while a block of reading is open do not show up in it."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 53, 0))
    migrate.create(url).dispose()
    reader, writer = opened(url), opened(url)
    with reader.reading() as conn:
        assert reader.head(conn).size == 0
        fill(writer, 1)
        assert reader.head(conn).size == 0
    assert reader.size() == 1


def test_the_body_failing_rolls_back(store: LogStore) -> None:
    """Any exception inside a writing block undoes all of it and comes out unchanged."""

    def fail() -> None:
        with store.writing() as conn:
            append(store, conn, ["lost"])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert store.size() == 0
    fill(store, 1)


def test_what_a_reader_writes_is_thrown_away(store: LogStore) -> None:
    """A reading block never commits."""
    try:
        with store.reading() as conn:
            append(store, conn, ["lost"])
    except RegledgerError:
        pass  # PostgreSQL refuses at once
    assert store.size() == 0


def test_broken_sql_comes_out_as_our_own_error(store: LogStore) -> None:
    """No exception of SQLAlchemy or a driver leaves a block."""
    with pytest.raises(RegledgerError), store.reading() as conn:
        conn.exec_driver_sql("SELECT nothing FROM nowhere")
    with pytest.raises(RegledgerError), store.writing() as conn:
        conn.exec_driver_sql("SELEKT")


def test_server_time(store: LogStore) -> None:
    """PostgreSQL tells its own time in the log's spelling; a file has none."""
    with store.writing() as conn:
        told = store.server_time(conn)
    if store.engine.dialect.name == "sqlite":
        assert told is None
    else:
        assert told is not None
        assert len(told) == len("2026-01-01T00:00:00.000000Z")


def test_a_file_left_half_written_is_repaired_by_its_journal(tmp_path: Path) -> None:
    """A killed writer's header may name pages that are not there; what was committed is."""
    path = tmp_path / "ledger.db"
    migrate.create(f"sqlite:///{path}").dispose()
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("PRAGMA journal_mode = DELETE")
        conn.execute("PRAGMA cache_size = 1")
        size = path.stat().st_size
        conn.execute("BEGIN")
        conn.execute("CREATE TABLE big (data BLOB)")
        for _ in range(50):
            conn.execute("INSERT INTO big VALUES (zeroblob(9000))")
        journal = Path(f"{path}-journal").read_bytes()
        conn.execute("COMMIT")
    with path.open("r+b") as file:
        file.truncate(size)
    with pytest.raises(NoLedger, match="not a database"):
        engines.make_engine(f"sqlite:///{path}")
    Path(f"{path}-journal").write_bytes(journal)
    engine = engines.make_engine(f"sqlite:///{path}")
    with engines.reading(engine) as conn:
        assert conn.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert "big" not in sa.inspect(conn).get_table_names()
    engine.dispose()
