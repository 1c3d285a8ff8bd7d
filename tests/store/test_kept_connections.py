"""A connection that stays lent between two blocks: the same one, and nothing of the last block."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from ledger.errors import NotCompleted

if TYPE_CHECKING:
    from ledger.store.log_store import LogStore

_VIEW = sa.text("INSERT INTO view (name, version, position) VALUES (:name, 1, 0)")
_VIEWS = sa.text("SELECT name FROM view WHERE name LIKE 'x%'")


def _driver(conn: sa.Connection) -> Any:
    return conn.connection.dbapi_connection


def _names(store: LogStore) -> list[str]:
    with store.reading() as conn:
        return list(conn.execute(_VIEWS).scalars())


def test_the_next_block_finds_the_connection_open_and_idle(sqlite_store: LogStore) -> None:
    """Reading and writing take turns on one connection of the driver, which begins nothing."""
    with sqlite_store.reading() as conn:
        first = _driver(conn)
        assert first.in_transaction
    assert not first.in_transaction
    with sqlite_store.writing() as conn:
        assert _driver(conn) is first
        conn.execute(_VIEW, {"name": "x"})
    assert not first.in_transaction
    assert _names(sqlite_store) == ["x"]


def test_what_a_reader_writes_is_thrown_away(sqlite_store: LogStore) -> None:
    """Past SQLAlchemy, too; the connection is kept all the same."""
    with sqlite_store.reading() as conn:
        held = _driver(conn)
        held.execute("INSERT INTO view (name, version, position) VALUES ('x', 1, 0)")
    with sqlite_store.reading() as conn:
        assert _driver(conn) is held
    assert _names(sqlite_store) == []


def test_a_block_that_raises_gives_its_connection_up(sqlite_store: LogStore) -> None:
    """Nothing that it wrote stays, and the next block opens another."""
    held: list[sa.Connection] = []

    def fail(conn: sa.Connection) -> None:
        held.append(conn)
        conn.execute(_VIEW, {"name": "x"})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), sqlite_store.writing() as conn:
        fail(conn)
    assert held[0].closed
    assert _names(sqlite_store) == []


def test_a_database_error_gives_the_connection_up_and_is_translated(sqlite_store: LogStore) -> None:
    """The block's own error comes out, not that of its end."""
    with pytest.raises(NotCompleted), sqlite_store.reading() as conn:
        conn.exec_driver_sql("SELECT nothing FROM view")
    assert conn.closed


def test_two_blocks_at_once_have_two_connections(sqlite_store: LogStore) -> None:
    """One within the other, and in other threads, more than are kept afterwards."""
    with sqlite_store.reading() as outer, sqlite_store.reading() as inner:
        assert _driver(outer) is not _driver(inner)
    together = Barrier(4, timeout=60)

    def one(_: int) -> int:
        with sqlite_store.reading() as conn:
            together.wait()
            return id(_driver(conn))

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(one, range(4)))) == 4
    assert _names(sqlite_store) == []


def test_a_closed_store_keeps_nothing_open_and_opens_again(sqlite_store: LogStore) -> None:
    """So does one whose engine is disposed of: the file may be settled in another way."""
    for close in (sqlite_store.close, sqlite_store.engine.dispose):
        with sqlite_store.reading() as conn:
            held, driver = conn, _driver(conn)
        close()
        assert held.closed
        with pytest.raises(driver.ProgrammingError):
            driver.execute("SELECT 1")
        assert _names(sqlite_store) == []


def test_a_connection_lent_while_the_store_is_closed_is_not_kept(sqlite_store: LogStore) -> None:
    """Its block ends as usual."""
    with sqlite_store.reading() as conn:
        sqlite_store.close()
        assert conn.execute(sa.text("SELECT 1")).scalar() == 1
    assert conn.closed
