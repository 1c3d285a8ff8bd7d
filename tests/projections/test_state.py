"""The rules' state in tables and in memory answer alike, whatever was recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger.clock import local_day
from ledger.domain import events
from ledger.domain.definitions import Body
from ledger.domain.rules import decide
from ledger.domain.rules.memory_state import MemoryState
from ledger.domain.rules.state import EventIn
from ledger.log import keys
from ledger.log.entry import Entry, decode_entry
from ledger.projections import replay_state
from ledger.projections.entry_columns import import_key
from ledger.projections.fold import fold
from ledger.projections.replay_state import ReplayState
from ledger.projections.scratch_database import driver_connection, scratch
from ledger.projections.stored_state import StoredState
from ledger.projections.taxonomy import taxonomy_at
from tests.books import Desk, act, declaration, norm, open_desk
from tests.examples import seldom


def _in_memory(desk: Desk) -> MemoryState:
    """Fold the desk's log again, in memory."""
    state = MemoryState()
    for data in desk.book.entries.export():
        entry = decode_entry(data)
        event = entry.signed.event
        payload = events.parse(event.type, event.version, event.data)
        new = events.new_key(payload)
        request = EventIn(
            id=event.id,
            digest=entry.signed.digest,
            ledger=event.ledger,
            type=event.type,
            actor=event.actor,
            keyid=entry.signed.signature.keyid,
            made_at=event.made_at,
            payload=payload,
            new_keyid=keys.public_keyid(new.public_key) if new else None,
        )
        day = local_day(entry.recorded_at, "UTC")
        changes = decide.decide(
            state, request, seq=entry.seq, recorded_at=entry.recorded_at, day=day
        )
        state.apply(changes)
    return state


def _story(desk: Desk) -> list[str]:
    """Everything that can happen to a claim, and some definitions; return the claim ids."""
    ids = desk.enter(
        norm(key="one", instrument={"id": "X.1"}),
        act(key="end", target="key:one"),
        declaration(key="said", note="A note."),
    )
    first = desk.book.correct(
        "one",
        norm(key="one", instrument={"id": "X.2"}),
        reason_code="other",
        **desk.who("recorder"),
    )
    second = desk.book.correct("one", norm(key="one"), reason_code="other", **desk.who("recorder"))
    desk.approve(first.event)
    gone = desk.book.retract("said", reason_code="duplicate", **desk.who("recorder"))
    desk.approve(gone.event)
    pending = desk.record(norm(key="waiting", instrument={"id": "X.2"}), norm(key="bad"))
    desk.book.review([pending[1]], "reject", reason_code="other", **desk.who("reviewer"))
    desk.book.review([second.event], "withdraw", **desk.who("recorder"))
    desk.book.dispute("one", reason_code="other", **desk.who("reviewer"))
    desk.book.actors.grant("reviewer", "recorder", **desk.who("admin"))
    desk.book.actors.revoke_role("reviewer", "recorder", **desk.who("admin"))
    return [*ids, *pending, first.event, second.event, gone.event]


@pytest.mark.parametrize("review", ["four_eyes", "none"])
def test_both_states_answer_alike(tmp_path: Path, review: Any) -> None:
    """Every question the rules can ask has the same answer from tables and from memory."""
    desk = open_desk(tmp_path / "book.db", review=review)
    ids = _story(desk) if review == "four_eyes" else desk.enter(norm(key="one"))
    with desk.book.base.references() as refs:
        _compare(refs.state, _in_memory(desk), ids)


def _compare(tables: StoredState, memory: MemoryState, ids: list[str]) -> None:
    assert tables.policy() == memory.policy()
    for name in ("admin", "recorder", "reviewer", "nobody"):
        assert tables.actor(name) == memory.actor(name)
    for role in ("admin", "recorder", "reviewer"):
        assert tables.actors_with_role(role) == memory.actors_with_role(role)
    for event in ids:
        assert tables.version(event) == memory.version(event)
        assert tables.current(f"claim:{event}") == memory.current(f"claim:{event}")
        assert tables.claim_of(event) == memory.claim_of(event)
        assert tables.claim(event) == memory.claim(event)
    for instrument in ("X.1", "X.2", "X.3"):
        assert sorted(tables.norms_of(instrument)) == sorted(memory.norms_of(instrument))
        assert tables.is_relied_on(instrument) == memory.is_relied_on(instrument)
        whole = f"instrument:{instrument}"
        assert sorted(tables.acts_on(whole)) == sorted(memory.acts_on(whole))
    for key in ("one", "said", "waiting", "nothing"):
        assert tables.claim_with_key(key) == memory.claim_with_key(key)
    assert tables.taxonomy().activities == memory.taxonomy().activities


@pytest.mark.parametrize("most", [2, *seldom(0, 1 << 15)])
def test_a_replay_answers_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """However many names it may hold before it asks its scratch database."""
    monkeypatch.setattr(replay_state, "_MOST", most)
    desk = open_desk(tmp_path / "book.db")
    ids = _story(desk)
    enabled = norm(
        key="under", force="delegated", enabling_instrument="X.2", instrument={"id": "X.3"}
    )
    ids += desk.enter(enabled, norm(key="saved", saved_by="X.1", instrument={"id": "X.4"}))
    ids += desk.enter(act(key="act", target="instrument:X.3"), act(key="upon", target="key:act"))
    memory, entries = _in_memory(desk), list(desk.book.entries.export())
    for batch in (1, 3, len(entries)):
        with scratch() as conn:
            state = ReplayState(conn, entries.__getitem__, size=0)
            for start in range(0, len(entries), batch):
                page = [decode_entry(data) for data in entries[start : start + batch]]
                _fold(state, page)
                state.flush()
            _compare(state, memory, ids)


def _fold(state: ReplayState, page: list[Entry]) -> None:
    payloads = [
        events.parse(e.type, e.version, e.data) for e in (entry.signed.event for entry in page)
    ]
    keys_of = [key for one in payloads if (key := import_key(one)) is not None]
    state.look_ahead([entry.signed.event.id for entry in page], keys_of)
    for entry, payload in zip(page, payloads, strict=True):
        fold(state, entry.signed, payload, seq=entry.seq, recorded_at=entry.recorded_at)


def test_a_replay_asks_its_database_once_a_batch(tmp_path: Path) -> None:
    """Not once an entry, as long as what it holds is not too much."""
    desk = open_desk(tmp_path / "book.db", review="none")
    claims = [norm(key=f"k{n}", instrument={"id": f"X.{n}"}) for n in range(40)]
    desk.record(*claims, *(act(key=f"a{n}", target=f"key:k{n}") for n in range(40)))
    entries = [decode_entry(data) for data in desk.book.entries.export()]
    with scratch() as conn:
        state = ReplayState(conn, lambda _: b"", size=0)
        _fold(state, entries[:2])
        state.taxonomy()
        asked: list[str] = []
        driver_connection(conn).set_trace_callback(asked.append)
        _fold(state, entries[2:])
        assert len(asked) == 1


@pytest.mark.parametrize("review", ["four_eyes", "none"])
def test_a_replay_keeps_the_taxonomy(tmp_path: Path, review: Any) -> None:
    """After each entry it is the one that the tables give, with what still waits in either case."""
    desk = open_desk(tmp_path / "book.db", review=review)
    four_eyes = review == "four_eyes"
    for name, said in (("A", "A body"), ("B", "Another"), ("A", "A body renamed")):
        body = Body(id=f"PK.{name}", name=said, jurisdiction="PK")
        (made,) = desk.book.define([body], **desk.who("recorder"))
        if four_eyes and name == "A":
            desk.approve(made.event)
    with scratch() as conn:
        state = ReplayState(conn, lambda _: b"", size=0)
        for seq, data in enumerate(desk.book.entries.export()):
            _fold(state, [decode_entry(data)])
            state.flush()
            kept, read = state.taxonomy(), taxonomy_at(conn, seq + 1)
            assert kept == read
            assert list(kept.bodies) == list(read.bodies)
    assert kept.bodies["PK.A"].name == "A body renamed"
    assert ("PK.B" in kept.bodies) == (not four_eyes)


def test_a_replay_reads_no_definition_again(tmp_path: Path) -> None:
    """Where definitions count at once: a log may begin with thousands of them."""
    desk = open_desk(tmp_path / "book.db", review="none")
    bodies = [Body(id=f"PK.{n}", name=f"Body {n}", jurisdiction="PK") for n in range(5)]
    desk.book.define(bodies, **desk.who("recorder"))
    entries = [decode_entry(data) for data in desk.book.entries.export()]
    with scratch() as conn:
        state = ReplayState(conn, lambda _: b"", size=0)
        _fold(state, entries[:2])
        state.taxonomy()
        asked: list[str] = []
        driver_connection(conn).set_trace_callback(asked.append)
        _fold(state, entries[2:])
        assert not [text for text in asked if "FROM definition" in text]
    assert len(state.taxonomy().bodies) >= len(bodies)
