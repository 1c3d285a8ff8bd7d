"""The rows of the status view, computed for many places together and for each by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.projections import status
from tests.books import act, declaration, norm, note, open_desk


def test_places_together_and_each_alone_give_the_same_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many claims may be held at once, the rows are those of all facts together."""
    desk = open_desk(tmp_path / "book.db")
    desk.record(norm(key="a", instrument={"id": "X.1"}))
    desk.record(norm(key="b", activity="va.exchange", effect="authorise"))
    desk.record(act(key="c", target="instrument:X.1", act="suspend"))
    desk.record(declaration(key="d", activity="va"))
    desk.record(note(key="e", activity="va.tax"), note(key="f", activity="va"))
    desk.approve(*(waiting.item.event for waiting in desk.book.entries.pending()))
    with desk.book.store.reading() as conn:
        loader = desk.book.base.loader(conn, desk.book.store.head(conn).size)
        wanted = status.claimed_places(conn)
        facts = loader.load_all()
        expected = [row for place in sorted(wanted) for row in status.rows_of(place, facts)]
        for most in (0, 4000):
            monkeypatch.setattr(status, "_TOGETHER", most)
            groups = list(status.compute_rows(conn, loader, wanted))
            assert max(len(places) for places, _ in groups) == (len(wanted) if most else 1)
            assert [row for _, rows in groups for row in rows] == expected
    assert len(wanted) > 1
    assert "va.tax" in {row["activity"] for row in expected}
    desk.book.close()
