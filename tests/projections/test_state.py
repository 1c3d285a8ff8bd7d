"""The rules' state in tables and in memory answer alike, whatever was recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger.clock import local_day
from ledger.domain import events
from ledger.domain.rules import decide
from ledger.domain.rules.memory_state import MemoryState
from ledger.domain.rules.state import EventIn
from ledger.log import keys
from ledger.log.entry import decode_entry
from tests.books import Desk, act, declaration, norm, open_desk


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
    memory = _in_memory(desk)
    with desk.book.base.references() as refs:
        tables = refs.state
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
