"""Rules for content: claims, their corrections and ends, and definitions."""

from ledger.domain import event_models
from ledger.domain.definitions import Activity, Definition, Jurisdiction, subject_of_definition
from ledger.domain.rules import state_changes as ch
from ledger.domain.rules.content import check_content
from ledger.domain.rules.named_ids import with_pending
from ledger.domain.rules.open_claims import base_version, open_claim, stale_version, subject_of
from ledger.domain.rules.state import Case, NewVersion, add_version
from ledger.domain.rules.state_changes import Change
from ledger.domain.state_records import Version
from ledger.errors import Conflict, RuleViolation


def recorded(case: Case, payload: event_models.ClaimRecorded) -> tuple[Change, ...]:
    """Rule on claim.recorded."""
    case.need("recorder")
    claim, claim_id = payload.claim, case.event.id
    if case.state.version(claim_id) is not None:
        raise Conflict(f"event {claim_id} is recorded already")
    held = case.state.claim_with_key(claim.key) if claim.key is not None else None
    if held is not None:
        raise Conflict(
            f"key {claim.key!r} is that of claim {held}",
            hint=f"to change that claim, use `regledger correct {claim.key} FILE`",
        )
    check_content(case, claim_id, claim)
    return add_version(case, NewVersion(subject_of(claim_id), claim, claim_id, claim.key))


def corrected(case: Case, payload: event_models.ClaimCorrected) -> tuple[Change, ...]:
    """Rule on claim.corrected: of an open claim, and of its current version."""
    case.need("recorder")
    old = open_claim(case.state, payload.claim)
    base = _base(case, payload)
    claim = payload.content
    if claim.key is not None and claim.key != old.key:
        raise RuleViolation(
            "key_changed", f"the key of claim {payload.claim} is {old.key!r}, not {claim.key!r}"
        )
    check_content(case, payload.claim, claim)
    return add_version(
        case, NewVersion(subject_of(payload.claim), claim, payload.claim, claim.key, replaces=base)
    )


def retracted(case: Case, payload: event_models.ClaimRetracted) -> tuple[Change, ...]:
    """Rule on claim.retracted: of an open claim, and of its current version."""
    case.need("recorder")
    open_claim(case.state, payload.claim)
    base = _base(case, payload)
    subject = subject_of(payload.claim)
    return add_version(case, NewVersion(subject, None, payload.claim, replaces=base, retracts=True))


def disputed(case: Case, payload: event_models.ClaimDisputed) -> tuple[Change, ...]:
    """Rule on claim.disputed: by a recorder or reviewer, without review."""
    case.need("recorder", "reviewer")
    open_claim(case.state, payload.claim)
    return (ch.DisputeAdded(payload.claim, case.seq),)


def defined(case: Case, item: Definition) -> tuple[Change, ...]:
    """Rule on ``*.defined``: it fits the taxonomy, and an id keeps its parent."""
    case.need("recorder")
    taxonomy = case.state.taxonomy()
    if taxonomy.holds(item):
        raise Conflict(f"{subject_of_definition(item)} is defined so already")
    if isinstance(item, Activity | Jurisdiction):
        known = taxonomy.activities if isinstance(item, Activity) else taxonomy.jurisdictions
        old = known.get(item.id)
        if old is not None and old.parent != item.parent:
            raise RuleViolation(
                "moved", f"{item.id} is part of {old.parent}; it can't move to {item.parent}"
            )
    with_pending(case.state, taxonomy, item).check(item)
    subject = subject_of_definition(item)
    return add_version(case, NewVersion(subject, item, replaces=case.state.current(subject)))


def _base(
    case: Case, payload: event_models.ClaimCorrected | event_models.ClaimRetracted
) -> Version:
    base = base_version(case.state, payload.claim)
    if base is None or base.digest != payload.supersedes:
        raise stale_version(payload.claim, base)
    return base
