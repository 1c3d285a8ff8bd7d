"""Decide whether an actor may record an event, and what the event changes.

The writer calls :func:`decide` for an entry when it is appended, and every replay of the log calls
it again. It judges by keys, roles and content *as they stood* right before the entry. Signatures,
hashes and proofs of possession are checked elsewhere, and a payload by itself by its model.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from ledger.domain import event_models
from ledger.domain.definitions import Activity, ActorClass, Body, Jurisdiction, Profile
from ledger.domain.rules import administration, claims, review
from ledger.domain.rules.state import Case, EventIn, State
from ledger.domain.rules.state_changes import Change
from ledger.domain.state_records import Actor
from ledger.errors import RuleViolation

# An actor's clock may be this far ahead of the log's; earlier is fine (signed offline).
_AHEAD = timedelta(minutes=5)
_Handler = Callable[[Case, Any], tuple[Change, ...]]
_HANDLERS: Mapping[type, _Handler] = {
    event_models.LedgerCreated: administration.created_again,
    event_models.TaxonomyAdopted: administration.adopted,
    event_models.PolicyChanged: administration.policy_changed,
    event_models.LogKeysChanged: administration.log_keys_changed,
    event_models.ActorEnrolled: administration.enrolled,
    event_models.ActorKeyRotated: administration.key_rotated,
    event_models.ActorKeyRevoked: administration.key_revoked,
    event_models.ActorRoleGranted: administration.role_granted,
    event_models.ActorRoleRevoked: administration.role_revoked,
    Body: claims.defined,
    Activity: claims.defined,
    ActorClass: claims.defined,
    Jurisdiction: claims.defined,
    Profile: claims.defined,
    event_models.ClaimRecorded: claims.recorded,
    event_models.ClaimCorrected: claims.corrected,
    event_models.ClaimRetracted: claims.retracted,
    event_models.ClaimDisputed: claims.disputed,
    event_models.EventReviewed: review.reviewed,
}


def decide(
    state: State, event: EventIn, *, seq: int, recorded_at: str, day: date
) -> tuple[Change, ...]:
    """Rule on one event at position ``seq``; return what it changes.

    ``state`` is the fold of entries 0..seq-1, ``recorded_at`` the log's stamp for this entry and
    ``day`` the calendar day of that stamp in the ledger's time zone.

    Raises RuleViolation with the name of the rule, UnknownId with the nearest ids, Conflict where
    an id, key or name is taken or nothing would change, InputError for parents in a circle.
    """
    _check_time(event.made_at, recorded_at)
    policy = state.policy()
    payload = event.payload
    if seq == 0 or policy is None:
        if seq != 0 or not isinstance(payload, event_models.LedgerCreated):
            raise RuleViolation(
                "first_event", f"a log begins with ledger.created, not with {event.type}"
            )
        return administration.created(event, payload)
    if event.ledger != policy.ledger:
        raise RuleViolation("ledger", f"event {event.id} was signed for another ledger")
    if seq == 1 and not isinstance(payload, event_models.TaxonomyAdopted):
        raise RuleViolation("second_event", f"seq 1 is taxonomy.adopted, not {event.type}")
    handler = _HANDLERS.get(type(payload))
    if handler is None:
        raise RuleViolation(
            "unknown_event",
            f"{event.type} is of a type or version unknown here",
            hint="a newer regledger may know it",
        )
    signer = _signer(state, event)
    return handler(Case(state, event, policy, signer, seq, recorded_at, day), payload)


def _signer(state: State, event: EventIn) -> Actor:
    actor = administration.known_actor(state, event.actor)
    key = state.key(event.keyid)
    if key is None or key.actor != actor.slug:
        raise RuleViolation(
            "key",
            f"key {event.keyid[:16]} is no key of {actor.slug}",
            hint="choose the signer with --as, or enrol this key",
        )
    if key.to_seq is not None:
        raise RuleViolation(
            "key", f"key {event.keyid[:16]} of {actor.slug} ended at seq {key.to_seq}"
        )
    return actor


def _check_time(made_at: str, recorded_at: str) -> None:
    # Stamps of one spelling compare as text; only a later one needs parsing.
    if made_at <= recorded_at:
        return
    ahead = datetime.fromisoformat(made_at) - datetime.fromisoformat(recorded_at)
    if ahead > _AHEAD:
        raise RuleViolation(
            "made_later",
            f"the event was made at {made_at}, {ahead} after the log's own time",
            hint="set the clock of the machine that signed it",
        )
