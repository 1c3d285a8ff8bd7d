"""Every index is there for a question that is asked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from ledger.domain.claims import CLAIM
from ledger.domain.definitions import Body
from ledger.queries.history_filter import HistoryFilter
from ledger.store.schema import metadata
from tests.books import Desk, act, norm, note, open_desk
from tests.statements import statements


def _planned(engine: Engine, asked: list[str]) -> set[str]:
    """Return the indexes in the plans of these statements."""
    with engine.connect() as conn:
        driver: Any = conn.connection.dbapi_connection
        plans = [
            said
            for statement in dict.fromkeys(asked)
            if statement.startswith(("SELECT", "WITH"))
            for *_, said in driver.execute(f"EXPLAIN QUERY PLAN {statement}")
        ]
    return {index for said in plans for index in re.findall(r"\bix_\w+", said)}


def _ask(desk: Desk) -> None:
    """Record claims of every kind of reference, and ask what people ask."""
    book, recorder = desk.book, desk.who("recorder")
    book.define([Body(id="NEW", name="A new body", jurisdiction="PK")], **recorder)
    law = {"type": "act", "title": "An act"}
    (first,) = desk.enter(norm(key="law", instrument={"id": "pk.act", **law}))
    desk.enter(norm(key="rules", enabling_instrument="pk.act", saved_by="pk.act"))
    bill = {"kind": "proposal", "bill": "pk.bill", "stage": "tabled", "uttered_at": "2024-01-02"}
    desk.enter(CLAIM.validate_python({**note().model_dump(exclude_none=True), **bill}))
    desk.enter(act(key="repeal", target=first))
    desk.record(norm(key="waits"), norm(statement="It has no key."))
    book.dispute("law", **recorder, reason_code="other")
    book.status("PK", "va.deal")
    book.why("PK", "va.deal")
    book.board()
    book.show("law")
    list(book.history(HistoryFilter(flagged=True)))
    book.entries.pending()
    book.actors.signed_by("recorder")
    book.preview.rehearse([norm(key="other")], actor="recorder")
    book.verify()


def test_every_index_answers_a_question(tmp_path: Path) -> None:
    """What no statement of the program is planned with costs space and time at every append."""
    desk = open_desk(tmp_path / "book.db")
    with statements(desk.book.store.engine) as asked:
        _ask(desk)
    planned = _planned(desk.book.store.engine, asked)
    desk.book.close()
    named = {str(index.name) for table in metadata.tables.values() for index in table.indexes}
    assert named - planned == set()
