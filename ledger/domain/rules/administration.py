"""Rules for the ledger itself and its actors: founding, policy, keys, roles."""

import difflib
from dataclasses import replace

from ledger.domain import event_models
from ledger.domain.rules import state_changes as ch
from ledger.domain.rules.state import Case, EventIn, State
from ledger.domain.rules.state_changes import Change
from ledger.domain.state_records import Actor, Key, Policy, Role
from ledger.domain.taxonomy import Taxonomy
from ledger.errors import Conflict, RuleViolation, UnknownId

KNOWN_RULES = frozenset({1})
NO_LEDGER = "0" * 64  # the ledger of ledger.created, which cannot hold its own digest
ROLES: tuple[Role, ...] = ("admin", "recorder", "reviewer")
CONTENT_ROLES: tuple[Role, ...] = ("recorder", "reviewer")


def created(event: EventIn, payload: event_models.LedgerCreated) -> tuple[Change, ...]:
    """Rule on seq 0: the policy, and the founder with a first key and the first roles."""
    founder = payload.admin.actor
    if event.ledger != NO_LEDGER:
        raise RuleViolation("ledger", "ledger.created belongs to no ledger but names one")
    if event.actor != founder:
        raise RuleViolation(
            "founder", f"ledger.created by {event.actor} makes {founder} the founder"
        )
    if event.new_keyid != event.keyid:
        raise RuleViolation("founder", "ledger.created is not signed with the founder's key")
    _check_rules(payload.rules)
    policy = Policy(
        ledger=event.digest,
        origin=payload.origin,
        rules=payload.rules,
        review=payload.review,
        clock=payload.clock,
        timezone=payload.timezone,
        log_keys=payload.log_keys,
    )
    key = Key(event.keyid, founder, payload.admin.scheme, payload.admin.public_key, 0)
    roles = ROLES if payload.review == "none" else ROLES[:1]
    return (
        ch.PolicySet(policy),
        ch.ActorAdded(founder, 0),
        ch.KeyAdded(key),
        *(ch.RoleGranted(founder, role, 0) for role in roles),
    )


def adopted(case: Case, payload: event_models.TaxonomyAdopted) -> tuple[Change, ...]:
    """Rule on taxonomy.adopted: at seq 1, by the founder, and never again."""
    if case.seq != 1:
        raise RuleViolation("taxonomy_once", "the starter taxonomy is adopted at seq 1 only")
    case.need("admin")
    Taxonomy.of(payload.items())
    return (ch.TaxonomySet(payload),)


def created_again(case: Case, payload: event_models.LedgerCreated) -> tuple[Change, ...]:
    """Refuse a second ledger.created."""
    raise RuleViolation(
        "created_once", f"{payload.origin} would be created a second time at seq {case.seq}"
    )


def policy_changed(case: Case, payload: event_models.PolicyChanged) -> tuple[Change, ...]:
    """Rule on policy.changed: an admin raises the rules or sets the review mode."""
    case.need("admin")
    old = case.policy
    policy = replace(old, rules=payload.rules or old.rules, review=payload.review or old.review)
    if policy == old:
        raise Conflict(f"rules {old.rules} and review {old.review} are in force already")
    _check_rules(policy.rules)
    if policy.rules < old.rules:
        raise RuleViolation("rules_rise", f"rules {policy.rules} are older than {old.rules}")
    if policy.review == "four_eyes":
        admins = case.state.actors_with_role("admin")
        for role in CONTENT_ROLES:
            for slug in sorted(admins & case.state.actors_with_role(role)):
                raise _roles_exclusive(slug, role, "revoke one of the roles first")
    return (ch.PolicySet(policy),)


def log_keys_changed(case: Case, payload: event_models.LogKeysChanged) -> tuple[Change, ...]:
    """Rule on log.keys_changed: an admin names the log's keys, all of them."""
    case.need("admin")
    if payload.log_keys == case.policy.log_keys:
        raise Conflict("these are the log's keys already")
    return (ch.PolicySet(replace(case.policy, log_keys=payload.log_keys)),)


def enrolled(case: Case, payload: event_models.ActorEnrolled) -> tuple[Change, ...]:
    """Rule on actor.enrolled: by an admin, with a new name and a new key."""
    case.need("admin")
    if case.state.actor(payload.actor) is not None:
        raise Conflict(
            f"actor {payload.actor} is enrolled already", hint="to give a new key, rotate it"
        )
    key = _new_key(case, payload)
    return (ch.ActorAdded(payload.actor, case.seq), ch.KeyAdded(key))


def key_rotated(case: Case, payload: event_models.ActorKeyRotated) -> tuple[Change, ...]:
    """Rule on actor.key_rotated: by the actor or an admin; the keys in force end."""
    owner = known_actor(case.state, payload.actor)
    _need_admin_or(case, owner.slug)
    if case.policy.review == "four_eyes" and "admin" in owner.roles:
        for role in CONTENT_ROLES:
            if role in owner.roles:
                raise _roles_exclusive(owner.slug, role, "revoke one of the roles first")
    key = _new_key(case, payload)
    closed = (ch.KeyClosed(old.keyid, case.seq, None) for old in owner.keys)
    return (*closed, ch.KeyAdded(key))


def key_revoked(case: Case, payload: event_models.ActorKeyRevoked) -> tuple[Change, ...]:
    """Rule on actor.key_revoked: by its owner or an admin, never the last admin's last key.

    A key that is closed already may be revoked again, to say since when it was compromised.
    """
    key = case.state.key(payload.keyid)
    if key is None:
        raise UnknownId("key", payload.keyid)
    _need_admin_or(case, key.actor)
    since = payload.compromised_since
    if since is not None and since > case.recorded_at:
        raise RuleViolation("compromised_later", f"{since} is later than {case.recorded_at}")
    if key.to_seq is not None:
        if since is None or since == key.compromised_since:
            raise Conflict(f"key {key.keyid[:16]} of {key.actor} ended at seq {key.to_seq}")
        return (ch.KeyClosed(key.keyid, key.to_seq, since),)
    owner = known_actor(case.state, key.actor)
    if "admin" in owner.roles and len(owner.keys) == 1:
        _keep_an_admin(case, owner.slug)
    return (ch.KeyClosed(key.keyid, case.seq, since),)


def role_granted(case: Case, payload: event_models.ActorRoleGranted) -> tuple[Change, ...]:
    """Rule on actor.role_granted: under four eyes an admin records and reviews nothing."""
    case.need("admin")
    actor = known_actor(case.state, payload.actor)
    if payload.role in actor.roles:
        raise Conflict(f"{actor.slug} is {payload.role} already")
    if case.policy.review == "four_eyes":
        roles = actor.roles | {payload.role}
        content = next((role for role in CONTENT_ROLES if role in roles), None)
        if "admin" in roles and content is not None:
            raise _roles_exclusive(actor.slug, content, "enrol somebody else for it")
    return (ch.RoleGranted(actor.slug, payload.role, case.seq),)


def role_revoked(case: Case, payload: event_models.ActorRoleRevoked) -> tuple[Change, ...]:
    """Rule on actor.role_revoked: never the last admin's."""
    case.need("admin")
    actor = known_actor(case.state, payload.actor)
    if payload.role not in actor.roles:
        raise Conflict(f"{actor.slug} is not {payload.role}")
    if payload.role == "admin":
        _keep_an_admin(case, actor.slug)
    return (ch.RoleRevoked(actor.slug, payload.role, case.seq),)


def known_actor(state: State, slug: str) -> Actor:
    """Return the enrolled actor. Raises UnknownId with the nearest slugs."""
    actor = state.actor(slug)
    if actor is None:
        known = frozenset[str]().union(*(state.actors_with_role(role) for role in ROLES))
        raise UnknownId("actor", slug, difflib.get_close_matches(slug, sorted(known)))
    return actor


def _check_rules(version: int) -> None:
    if version not in KNOWN_RULES:
        raise RuleViolation(
            "unknown_rules",
            f"rules version {version} is unknown here",
            hint="a newer regledger may know it",
        )


def _need_admin_or(case: Case, owner: str) -> None:
    if case.signer.slug != owner:
        case.need("admin")


def _keep_an_admin(case: Case, slug: str) -> None:
    if not case.state.actors_with_role("admin") - {slug}:
        raise RuleViolation(
            "last_admin", f"{slug} is the last admin with a key", hint="make another one first"
        )


def _roles_exclusive(slug: str, role: str, hint: str) -> RuleViolation:
    return RuleViolation(
        "roles_exclusive", f"under four eyes {slug} can't be both admin and {role}", hint=hint
    )


def _new_key(case: Case, payload: event_models.ActorEnrolled | event_models.ActorKeyRotated) -> Key:
    keyid = case.event.new_keyid
    if keyid is None:
        raise RuleViolation("key", f"the id of the new key of {payload.actor} was not computed")
    held = case.state.key(keyid)
    if held is not None:
        raise Conflict(f"key {keyid[:16]} is or was a key of {held.actor}")
    return Key(keyid, payload.actor, payload.scheme, payload.public_key, case.seq)
