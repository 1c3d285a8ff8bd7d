"""Rules for reviews: who may approve, reject or withdraw what, and what then counts."""

from dataclasses import dataclass, field
from typing import Literal

from ledger.domain import event_models
from ledger.domain.claims import Claim
from ledger.domain.rules import state_changes as ch
from ledger.domain.rules.dependencies import check_acyclic
from ledger.domain.rules.named_ids import unknown_ids
from ledger.domain.rules.open_claims import base_version, stale_version
from ledger.domain.rules.state import Case, make_count
from ledger.domain.rules.state_changes import Change
from ledger.domain.state_records import Version
from ledger.domain.taxonomy import Taxonomy
from ledger.errors import RuleViolation, UnknownId


@dataclass
class _Approved:
    """The versions that earlier targets of the same review made count, unknown to the state yet."""

    versions: dict[str, Version] = field(default_factory=dict)  # by subject
    contents: dict[str, Claim] = field(default_factory=dict)  # by claim id
    taxonomy: Taxonomy | None = None  # with the definitions among them


def reviewed(case: Case, payload: event_models.EventReviewed) -> tuple[Change, ...]:
    """Rule on event.reviewed. All targets are decided, or none."""
    if payload.decision != "withdraw":
        case.need("reviewer")
    approved = _Approved()
    changes: list[Change] = []
    versions = [_seen(case, target) for target in payload.targets]
    # Definitions first: the claims of the same review may name them.
    for version in sorted(versions, key=lambda one: one.subject.startswith("claim:")):
        if payload.decision == "withdraw":
            changes.append(_withdrawn(case, version))
            continue
        _check_other_eyes(case, version)
        if payload.decision == "approve":
            changes += _approve(case, version, approved)
        else:
            changes.append(_ended(case, version, "rejected"))
    return tuple(changes)


def _seen(case: Case, target: event_models.Target) -> Version:
    version = case.state.version(target.event)
    if version is None:
        near = case.state.claim_with_key(target.event)
        raise UnknownId("event to review", target.event, (near,) if near else ())
    if version.digest != target.digest:
        raise RuleViolation(
            "digest", f"what was seen as event {target.event} is not what is recorded"
        )
    return version


def _check_other_eyes(case: Case, version: Version) -> None:
    if version.author == case.signer.slug:
        raise RuleViolation(
            "own_event",
            f"{version.author} can't review their own event (entry {version.seq})",
            hint="another reviewer must; its author may withdraw it",
        )


def _withdrawn(case: Case, version: Version) -> Change:
    if version.author != case.signer.slug:
        raise RuleViolation(
            "withdraw",
            f"entry {version.seq} is by {version.author}; only its author can withdraw it",
            hint="a reviewer can reject it",
        )
    return _ended(case, version, "withdrawn")


def _ended(case: Case, version: Version, state: Literal["rejected", "withdrawn"]) -> Change:
    _check_pending(version)
    return ch.VersionEnded(version.event, version.subject, case.seq, state)


def _check_pending(version: Version) -> None:
    if version.state == "pending":
        return
    hint = "to end what counts, correct or retract it" if version.state == "counting" else ""
    raise RuleViolation(
        "not_pending", f"entry {version.seq} is not pending: it is {version.state}", hint=hint
    )


def _approve(case: Case, version: Version, approved: _Approved) -> tuple[Change, ...]:
    if version.state == "counting":
        return (ch.VersionConfirmed(version.event, case.seq, case.event.keyid),)
    _check_pending(version)
    base = _base(case, version, approved)
    claim_id = version.subject.removeprefix("claim:")
    if claim_id != version.subject and not version.retracts:
        claim = case.state.claim_of(version.event)
        if claim is not None:
            _check_ids(case, version, claim, approved)
            check_acyclic(case.state, claim_id, claim, approved.contents)
            approved.contents[claim_id] = claim
    elif not version.retracts:
        _fits(case, version, approved)
    approved.versions[version.subject] = version
    return make_count(case, version, base, keyid_of_reviewer=case.event.keyid)


def _check_ids(case: Case, version: Version, claim: Claim, approved: _Approved) -> None:
    """Check that all a claim names is defined by now, or by the same review."""
    for _, error in unknown_ids(approved.taxonomy or case.state.taxonomy(), claim):
        raise RuleViolation(
            "definition_pending",
            f"entry {version.seq} names {error.kind} {error.value!r}, which does not count yet",
            hint="approve that one first, or in the same review",
        )


def _fits(case: Case, version: Version, approved: _Approved) -> None:
    """Check that a definition's parent counts or is approved by the same review."""
    item = case.state.definition_of(version.event)
    if item is None:
        return
    taxonomy = approved.taxonomy or case.state.taxonomy()
    try:
        taxonomy.check(item)
    except UnknownId as error:
        raise RuleViolation(
            "parent_pending",
            f"entry {version.seq} refers to {error.kind} {error.value!r}, which does not count yet",
            hint="approve that one first, or name it earlier in the same review",
        ) from None
    approved.taxonomy = taxonomy.with_definition(item)


def _base(case: Case, version: Version, approved: _Approved) -> Version | None:
    """Return the version that this one replaces. Raises RuleViolation if made for an older one."""
    subject = version.subject
    claim_id = subject.removeprefix("claim:")
    base = approved.versions.get(subject)
    if claim_id == subject or version.type == "claim.recorded":
        base = base or case.state.current(subject)
    else:
        base = base or base_version(case.state, claim_id)
    if version.supersedes != (base.digest if base else None):
        raise stale_version(claim_id, base)
    return base
