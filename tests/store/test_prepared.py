"""Statements put together once: the rows are those that SQLAlchemy would write."""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select, update

from ledger.store import schema as s
from ledger.store.log_store import LogStore
from ledger.store.prepared import Prepared


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
