"""A copy of a ledger's file as it is at one moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.errors import Conflict, InputError, NotCompleted
from ledger.sqlite_driver import sqlite3
from ledger.store import engine as engines
from ledger.store import journal_mode, migrate
from ledger.store.backup import back_up
from ledger.store.log_store import LogStore
from tests.store.conftest import Opener
from tests.store.fakes import append, fill


@pytest.mark.parametrize("version", [(3, 40, 1), (3, 53, 4)])
def test_a_copy_made_while_others_write(
    sqlite_url: str, version: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The copy has all that was committed, nothing that was not, and is one file of its own."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    writer, other = LogStore(migrate.create(sqlite_url)), LogStore.open(sqlite_url)
    fill(writer, 3)
    copy = tmp_path / "copies" / "a.db"
    copy.parent.mkdir()
    with writer.writing() as conn:
        append(writer, conn, ["unfinished"])
        back_up(other.engine, copy)
    assert [path.name for path in copy.parent.iterdir()] == ["a.db"]
    with_copy = LogStore.open(str(copy))
    assert (with_copy.size(), writer.size()) == (3, 4)
    assert journal_mode.in_use(with_copy.engine) == journal_mode.durability(version).journal
    fill(with_copy, 1)
    assert migrate.check(with_copy.engine) == ()
    for store in (writer, other, with_copy):
        store.close()


def test_a_copy_replaces_nothing(sqlite_store: LogStore, tmp_path: Path) -> None:
    """A name that is taken is refused, and a directory that is not there; no part stays behind."""
    taken = tmp_path / "taken.db"
    taken.write_bytes(b"precious")
    beside = {f"ledger.db{suffix}" for suffix in ("", "-wal", "-shm")}
    with pytest.raises(Conflict, match="never overwritten"):
        back_up(sqlite_store.engine, taken)
    with pytest.raises(NotCompleted, match="cannot be written"):
        back_up(sqlite_store.engine, tmp_path / "no" / "a.db")
    assert taken.read_bytes() == b"precious"
    assert {p.name for p in tmp_path.iterdir()} - beside == {"taken.db"}


def test_a_server_is_not_copied(postgres_store: LogStore, tmp_path: Path) -> None:
    """A ledger on PostgreSQL is backed up by PostgreSQL's own means, which are named."""
    with pytest.raises(InputError) as caught:
        back_up(postgres_store.engine, tmp_path / "a.db")
    assert "pg_dump" in caught.value.hint


def test_a_damaged_file_is_not_copied(
    sqlite_store: LogStore, opened: Opener, tmp_path: Path
) -> None:
    """What cannot be read ends the copy, and no part of it gets the name."""
    fill(sqlite_store, 50)
    path = Path(str(sqlite_store.engine.url.database))
    engine = engines.make_engine(str(path))
    engine.dispose()
    sqlite_store.close()
    path.write_bytes(path.read_bytes()[:100] + bytes(path.stat().st_size - 100))
    with pytest.raises(NotCompleted):
        back_up(engine, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
