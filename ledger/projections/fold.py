"""Fold one event into the state: the rules decide, the state keeps the outcome.

The same function serves the append and every replay, so the verifier judges an event exactly as
the writer did.
"""

from collections.abc import Iterable
from typing import Protocol

from ledger.clock import local_day
from ledger.domain import events
from ledger.domain.rules import decide
from ledger.domain.rules.state import EventIn, State
from ledger.domain.rules.state_changes import Change
from ledger.log import keys
from ledger.log.entry import SignedEvent


class FoldableState(State, Protocol):
    """A state of the rules that can be moved forward."""

    def apply(self, changes: Iterable[Change]) -> None:
        """Fold changes in."""

    def advance(self, size: int) -> None:
        """Record that the prefix folded so far has ``size`` entries."""


def fold(
    state: FoldableState,
    signed: SignedEvent,
    payload: events.EventData | events.Unknown,
    *,
    seq: int,
    recorded_at: str,
) -> None:
    """Decide on one event at ``seq`` by the rules and fold the outcome into ``state``.

    The event's own signature is not checked here: the caller made it or verifies it.

    Raises:
        RuleViolation, UnknownId, Conflict: the rules refuse the event.
        BadSignature: a key being enrolled comes without proof that its owner holds it.
    """
    event, new = signed.event, events.new_key(payload)
    request = EventIn(
        id=event.id,
        digest=signed.digest,
        type=event.type,
        actor=event.actor,
        keyid=signed.signature.keyid,
        ledger=event.ledger,
        made_at=event.made_at,
        payload=payload,
        new_keyid=keys.public_keyid(new.public_key) if new else None,
    )
    fold_request(state, request, seq=seq, recorded_at=recorded_at)


def fold_request(state: FoldableState, request: EventIn, *, seq: int, recorded_at: str) -> None:
    """Do the same for an event of which ``request`` says all that the rules need to know.

    Raises what :func:`fold` raises.
    """
    payload, policy = request.payload, state.policy()
    zone = policy.timezone if policy else getattr(payload, "timezone", "UTC")
    day = local_day(recorded_at, zone)
    changes = decide.decide(state, request, seq=seq, recorded_at=recorded_at, day=day)
    new = events.new_key(payload) if request.new_keyid is not None else None
    if new is not None:
        _check_possession(new, request.ledger)
    state.apply(changes)
    state.advance(seq + 1)


def _check_possession(new: events.NewKey, ledger: str) -> None:
    if new.proof is None:
        return  # the founder's: it signed the event that brings it in
    keys.check_key_proof(
        new.proof, actor=new.actor, ledger=ledger, scheme=new.scheme, public_key=new.public_key
    )
