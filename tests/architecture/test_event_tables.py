"""Tables keyed by event or change: none may forget a type that was added elsewhere."""

from __future__ import annotations

from typing import Any, get_args

from ledger.domain import events
from ledger.domain.rules import decide, state_changes
from ledger.projections.state_writer import StateWriter
from ledger.queries import history


def members(union: Any) -> set[type]:
    """Return the classes of a union, also of unions within it."""
    parts = get_args(union)
    return set().union(*map(members, parts)) if parts else {union}


def test_every_event_has_a_rule_and_a_sentence_in_the_history() -> None:
    """What can be signed is decided on, and said; nothing else is."""
    models = set(events.EVENTS.values())
    assert members(events.EventData) == models
    assert set(decide._HANDLERS) == models
    assert set(history._SENTENCES) == {kind for kind, _ in events.EVENTS}


def test_every_change_of_state_is_folded_into_tables() -> None:
    """A change that the rules decide on and the tables do not know would be lost."""
    assert set(StateWriter._applied) == members(state_changes.Change)
