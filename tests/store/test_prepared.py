"""Statements put together once: the rows are those that SQLAlchemy would write."""

from __future__ import annotations

from contextlib import suppress

import pytest
from sqlalchemy import bindparam, insert, select, update

from ledger.errors import Conflict
from ledger.store import schema as s
from ledger.store.log_store import LogStore
from ledger.store.prepared import Prepared, PreparedLists


def _row(number: int, **more: object) -> dict[str, object]:
    given = {c.name: None if c.nullable else f"{c.name} {number}" for c in s.version.columns}
    return {**given, "seq": number, "retracts": bool(number % 2), **more}


def test_rows_are_written_as_by_sqlalchemy(store: LogStore) -> None:
    """One row and many, texts, numbers, truth values and what is missing, on each back end."""
    made = Prepared.insert(s.version)
    with store.writing() as conn:
        assert made.run(conn, [_row(1, counts_from=1 << 40)]) == 1
        assert made.run(conn, [_row(n) for n in (2, 3)]) == 2
        conn.execute(insert(s.version), _row(4))
    with store.reading() as conn:
        rows = conn.execute(select(s.version).order_by(s.version.c.seq)).mappings().all()
    assert [dict(row) for row in rows] == [
        _row(1, counts_from=1 << 40),
        *(_row(n) for n in (2, 3, 4)),
    ]


def test_bytes_are_written_as_they_are(store: LogStore) -> None:
    """Also zero bytes, and bytes that are no text."""
    data = bytes(range(256))
    row = {"event_id": "e", "subject": "s", "data": data}
    with store.writing() as conn:
        Prepared.insert(s.definition).run(conn, [row])
    with store.reading() as conn:
        assert conn.execute(select(s.definition.c.data)).scalar() == data


def test_an_update_says_how_many_rows_it_met(store: LogStore) -> None:
    """None where there is no such row."""
    move = Prepared(
        update(s.view).where(s.view.c.name == bindparam("named")).values(position=bindparam("to")),
        ["named", "to"],
    )
    with store.writing() as conn:
        assert move.run(conn, [{"named": "x", "to": 1}]) == 0
        Prepared.insert(s.view).run(conn, [{"name": "x", "version": 1, "position": 0}])
        assert move.run(conn, [{"named": "x", "to": 7}]) == 1
        assert conn.execute(select(s.view.c.position)).scalar() == 7


def test_one_value_is_that_of_the_first_row(store: LogStore) -> None:
    """None where there is no row."""
    position = Prepared(select(s.view.c.position).where(s.view.c.name == bindparam("named")))
    with store.writing() as conn:
        Prepared.insert(s.view).run(conn, [{"name": "x", "version": 1, "position": 7}])
        assert position.value(conn, {"named": "x"}) == 7
        assert position.value(conn, {"named": "y"}) is None


def test_lists_of_any_length_find_what_is_there(store: LogStore) -> None:
    """None, one, and as many as do not fill a power of two; two lists need not be as long."""
    query = PreparedLists(
        lambda some: select(s.view.c.name, s.view.c.position).where(
            s.view.c.name.in_(some("names")) | s.view.c.position.in_(some("places"))
        )
    )
    rows = [{"name": f"v{n}", "version": 1, "position": n} for n in range(7)]
    with store.writing() as conn:
        Prepared.insert(s.view).run(conn, rows)
        for count in range(7):
            names = [f"v{n}" for n in range(count)]
            found = query.rows(conn, names=names, places=[])
            assert sorted(name for name, _ in found) == names
        assert sorted(map(tuple, query.rows(conn, names=["v1", "nowhere"], places=[3, 99, 4]))) == [
            ("v1", 1),
            ("v3", 3),
            ("v4", 4),
        ]


def test_what_a_database_refuses_is_one_error_of_the_store(store: LogStore) -> None:
    """A row that is there already, written without SQLAlchemy on SQLite; nothing is kept."""
    row = {"name": "v", "version": 1, "position": 0}
    with pytest.raises(Conflict, match="already recorded"), store.writing() as conn:
        Prepared.insert(s.view).run(conn, [row, row])
    with store.reading() as conn:
        assert conn.execute(select(s.view)).all() == []


def test_a_transaction_is_one_whoever_runs_its_statements(store: LogStore) -> None:
    """What the driver wrote, SQLAlchemy sees and commits or rolls back with its own."""
    made = Prepared.insert(s.view)
    for name, fails in (("kept", False), ("lost", True)):
        with suppress(ZeroDivisionError), store.writing() as conn:
            made.run(conn, [{"name": name, "version": 1, "position": 0}])
            conn.execute(insert(s.view), {"name": f"{name} too", "version": 1, "position": 1})
            assert len(conn.execute(select(s.view)).all()) == (4 if fails else 2)
            if fails:
                raise ZeroDivisionError
    with store.reading() as conn:
        assert set(conn.execute(select(s.view.c.name)).scalars()) == {"kept", "kept too"}
