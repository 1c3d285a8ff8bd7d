"""Rules for content: claims, their corrections and ends, and definitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from ledger.domain import dates, event_models
from ledger.domain.claim_parts import INSTRUMENT_PREFIX
from ledger.domain.claims import PERMANENT, Claim, Lifecycle, Norm
from ledger.domain.definitions import Activity, Definition, Jurisdiction, subject_of_definition
from ledger.domain.rules import state_changes as ch
from ledger.domain.rules.state import Case, NewVersion, State, add_version
from ledger.domain.rules.state_changes import Change
from ledger.domain.state_records import Version
from ledger.domain.taxonomy import ANY, ORG, Taxonomy
from ledger.errors import Conflict, RuleViolation, UnknownId

_UPON_ANY_ACT = frozenset({"repeal", "replace", "annul", "suspend"})
_UPON_SUSPENSION = frozenset({"lift", "extend"})
_NOTHING: Mapping[str, Claim] = MappingProxyType({})


def subject_of(claim_id: str) -> str:
    """Return the subject of a claim's versions."""
    return f"claim:{claim_id}"


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
    check_content(case.state, claim_id, claim)
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
    check_content(case.state, payload.claim, claim)
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
    _with_pending(case.state, taxonomy, item).check(item)
    subject = subject_of_definition(item)
    return add_version(case, NewVersion(subject, item, replaces=case.state.current(subject)))


def _with_pending(state: State, taxonomy: Taxonomy, item: Definition) -> Taxonomy:
    """Return the taxonomy with the pending definitions that this one refers to.

    Definitions of one file await review together, so a parent may still be pending here. When this
    definition is approved, the parent must count (:mod:`ledger.domain.rules.review`).
    """
    while True:
        try:
            taxonomy.check(item)
        except UnknownId as error:
            waiting = state.latest(f"{error.kind.replace(' ', '_')}:{error.value}")
            found = state.definition_of(waiting.event) if waiting else None
            if found is None:
                raise
            taxonomy = taxonomy.with_definition(found)
        else:
            return taxonomy


def open_claim(state: State, claim_id: str) -> Claim:
    """Return the content of a claim that can still be referred to.

    Raises UnknownId for no such claim, RuleViolation for one retracted, rejected or withdrawn.
    """
    version = state.version(claim_id)
    if version is None or version.subject != subject_of(claim_id):
        meant = version.subject.removeprefix("claim:") if version else None
        near = meant or state.claim_with_key(claim_id)
        raise UnknownId("claim", claim_id, (near,) if near else ())
    current = state.current(version.subject)
    if current is not None and current.retracts:
        raise RuleViolation("retracted", f"claim {claim_id} was retracted (entry {current.seq})")
    claim = state.claim(claim_id)
    if claim is None or version.state in {"rejected", "withdrawn"}:
        raise RuleViolation("not_open", f"claim {claim_id} was {version.state}")
    return claim


def base_version(state: State, claim_id: str) -> Version | None:
    """Return the version a correction works on: the counting one, else the recorded one."""
    current = state.current(subject_of(claim_id))
    if current is not None:
        return current
    first = state.version(claim_id)
    return first if first is not None and first.state == "pending" else None


def stale_version(claim_id: str, base: Version | None) -> RuleViolation:
    """Return the error for a change of a version that is no longer the current one."""
    now = f"entry {base.seq} by {base.author}" if base else "gone"
    return RuleViolation(
        "stale",
        f"claim {claim_id} has changed: its current version is {now}",
        hint="look at it with `regledger show` and make the correction anew",
    )


def _base(
    case: Case, payload: event_models.ClaimCorrected | event_models.ClaimRetracted
) -> Version:
    base = base_version(case.state, payload.claim)
    if base is None or base.digest != payload.supersedes:
        raise stale_version(payload.claim, base)
    return base


def check_content(state: State, claim_id: str, claim: Claim) -> None:
    """Check what a claim refers to. Raises UnknownId, and RuleViolation for a wrong target."""
    taxonomy = state.taxonomy()
    for _, error in unknown_ids(taxonomy, claim):
        raise error
    if isinstance(claim, Norm):
        _check_last_day(taxonomy, claim)
        for override in claim.overrides:
            if not override.claim.startswith(INSTRUMENT_PREFIX):
                open_claim(state, override.claim)
        check_enablers(state, claim_id, claim)
    elif isinstance(claim, Lifecycle):
        _check_target(state, claim)
        check_targets(state, claim_id, claim)


def _check_last_day(taxonomy: Taxonomy, norm: Norm) -> None:
    """Check that a norm of primary force carries its last day where its instrument is temporary."""
    kind = norm.instrument.type if norm.instrument else None
    if kind not in taxonomy.temporary(norm.jurisdiction) or norm.force != "primary":
        return
    if norm.effective_to is None and (norm.expiry_rule or "").lower() != PERMANENT:
        raise RuleViolation(
            "last_day",
            f"effective_to is required: in {norm.jurisdiction} a law of type {kind} ends by itself",
            hint=f"give the last day, or expiry_rule: {PERMANENT} where the law sets none",
        )


def unknown_ids(taxonomy: Taxonomy, claim: Claim) -> Iterator[tuple[str, UnknownId]]:
    """Yield every id of a claim that the taxonomy does not hold, with the field's path."""
    place, activity = claim.jurisdiction, claim.activity
    if place is not None and place not in taxonomy.jurisdictions:
        yield "jurisdiction", taxonomy.unknown("jurisdiction", place)
    if activity is not None and activity not in taxonomy.activities:
        yield "activity", taxonomy.unknown("activity", activity)
    for n, named in enumerate(claim.addressees):
        org = named.removeprefix(ORG)
        if org != named and org not in taxonomy.bodies:
            yield f"addressees[{n}]", taxonomy.unknown("body", org)
        elif org == named != ANY and named not in taxonomy.actor_classes:
            yield f"addressees[{n}]", taxonomy.unknown("actor class", named)
    if claim.issuer is not None and claim.issuer not in taxonomy.bodies:
        yield "issuer", taxonomy.unknown("body", claim.issuer)
    if isinstance(claim, Norm | Lifecycle) or claim.kind == "decision":
        return
    for n, speaker in enumerate(claim.speakers):
        if speaker.body is not None and speaker.body not in taxonomy.bodies:
            yield f"speakers[{n}].body", taxonomy.unknown("body", speaker.body)


def _check_target(state: State, act: Lifecycle) -> None:
    for target in _targets(state, act.target):
        if isinstance(target, Lifecycle):
            _check_upon_act(act, target)
        elif not isinstance(target, Norm):
            raise RuleViolation(
                "target_kind", f"{act.act} acts on norms and acts; {act.target} is a {target.kind}"
            )
        elif act.act == "revive" and act.until is None and _passed(target, act):
            raise RuleViolation(
                "revive_until",
                f"the norm's own last day, {target.effective_to}, has passed at {act.at}",
                hint="give until, the last day of the new interval",
            )


def _targets(state: State, target: str) -> tuple[Claim, ...]:
    if not target.startswith(INSTRUMENT_PREFIX):
        return (open_claim(state, target),)
    norms = _norms_of(state, target.removeprefix(INSTRUMENT_PREFIX), _NOTHING)
    if not norms:
        raise UnknownId("instrument", target.removeprefix(INSTRUMENT_PREFIX))
    return tuple(norms.values())


def _check_upon_act(act: Lifecycle, target: Lifecycle) -> None:
    suspension = target.act == "suspend" and act.act in _UPON_SUSPENSION
    if act.act not in _UPON_ANY_ACT and not suspension:
        raise RuleViolation(
            "act_on_act",
            f"{act.act} can't act upon a {target.act}",
            hint="acts may be repealed, replaced, annulled or suspended; suspensions also lifted "
            "or extended; name the norm as target instead",
        )


def _passed(norm: Norm, act: Lifecycle) -> bool:
    last = norm.effective_to
    return last is not None and dates.surely_before(dates.parse(last), dates.parse(act.at))


def check_targets(
    state: State, claim_id: str, claim: Claim, ahead: Mapping[str, Claim] = _NOTHING
) -> None:
    """Check that an act does not act upon itself, by way of others. Raises RuleViolation.

    ``ahead`` holds contents (by claim id) that are about to count, in place of the state's.
    """
    seen: set[str] = set()
    here: Claim | None = claim
    while isinstance(here, Lifecycle) and here.target not in seen:
        if here.target == claim_id:
            raise RuleViolation("acyclic", f"act {claim_id} would act upon itself")
        seen.add(here.target)
        here = ahead.get(here.target) or state.claim(here.target)


def check_enablers(
    state: State, claim_id: str, claim: Claim, ahead: Mapping[str, Claim] = _NOTHING
) -> None:
    """Check that no instrument is made under itself, with ``ahead`` as in check_targets.

    Raises RuleViolation.
    """
    if not isinstance(claim, Norm) or claim.instrument is None or not claim.rests_on:
        return
    own, waiting, seen = claim.instrument.id, list(claim.rests_on), set[str]()
    contents = {**ahead, claim_id: claim}
    while waiting:
        instrument = waiting.pop()
        if instrument == own:
            raise RuleViolation("acyclic", f"instrument {own} would be made under itself")
        if instrument not in seen:
            seen.add(instrument)
            for norm in _norms_of(state, instrument, contents).values():
                waiting += norm.rests_on


def _norms_of(state: State, instrument: str, ahead: Mapping[str, Claim]) -> dict[str, Norm]:
    held = {**dict(state.norms_of(instrument)), **ahead}
    return {
        claim_id: claim
        for claim_id, claim in held.items()
        if isinstance(claim, Norm) and claim.instrument and claim.instrument.id == instrument
    }
