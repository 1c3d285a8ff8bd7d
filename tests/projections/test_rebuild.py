"""Views are nothing but a fold of the log: dropped and rebuilt, they are the same bytes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.domain.resolve.facts import Cell
from ledger.domain.resolve.resolve import resolve
from ledger.projections import view_tables
from ledger.store import schema as s
from tests.books import act, declaration, norm, open_desk


def test_dropped_views_are_rebuilt_to_the_same_bytes(tmp_path: Path) -> None:
    """Deleting every row of every view and rebuilding gives the same snapshot and digests."""
    desk = open_desk(tmp_path / "book.db")
    desk.enter(norm(key="rule"), act(key="end", target="key:rule"), declaration(key="said"))
    desk.record(norm(key="waiting", activity="va.custody"))
    snapshot = desk.book.snapshot(as_of="2024-02-15").to_json()
    with desk.book.store.writing() as conn:
        digests = {name: view_tables.digest(conn, name) for name in view_tables.VERSIONS}
        for tables in view_tables.TABLES.values():
            for table in tables:
                conn.execute(sa.delete(table))
    found = desk.book.projections.rebuild()
    assert {name: after for name, (_, after) in found.items()} == digests
    assert all(before != after for before, after in found.values())
    assert desk.book.snapshot(as_of="2024-02-15").to_json() == snapshot
    assert desk.book.verify().sound


def _segments(conn: Connection, cell: Cell, view: str) -> list[tuple[date, dict[str, Any]]]:
    c = s.status_segment.c
    here = sa.and_(
        c.jurisdiction == cell.jurisdiction,
        c.activity == cell.activity,
        c.actor == cell.actor,
        c.view == view,
    )
    rows = conn.execute(sa.select(c.from_day, c.data).where(here).order_by(c.from_day))
    return [(date.fromisoformat(day), orjson.loads(data)) for day, data in rows]


def test_the_status_view_holds_what_resolve_says(tmp_path: Path) -> None:
    """Each stored segment is the answer of its first day."""
    desk = open_desk(tmp_path / "book.db")
    desk.enter(norm(key="rule", effective_to="2024-06-30"))
    cell = Cell("PK", "va.deal", "any")
    with desk.book.store.reading() as conn:
        found = _segments(conn, cell, "normative")
        size = desk.book.store.head(conn).size
        facts = desk.book.base.loader(conn, size).load_all()
        assert view_tables.position(conn, view_tables.STATUS) == size
    assert [seg["status"] for _, seg in found] == ["undetermined", "prohibited", "undetermined"]
    for day, segment in found:
        if day.year > 1:
            answer = resolve(cell, day=day, view="normative", facts=facts)
            assert (answer.status, answer.reason) == (segment["status"], segment["reason"])


def test_a_view_of_other_code_counts_as_empty(tmp_path: Path) -> None:
    """A version that this program did not write is not trusted for a position."""
    desk = open_desk(tmp_path / "book.db")
    with desk.book.store.writing() as conn:
        assert view_tables.position(conn, view_tables.STATUS) == desk.book.size
        conn.execute(sa.text("UPDATE view SET version = 99 WHERE name = 'status'"))
        assert view_tables.position(conn, view_tables.STATUS) == 0
