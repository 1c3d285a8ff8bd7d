"""What a claim says must fit what is recorded: its ids, its target, what it rests on."""

from ledger.domain.claim_parts import INSTRUMENT_PREFIX
from ledger.domain.claims import PERMANENT, Claim, Lifecycle, Norm
from ledger.domain.edtf_dates import parse, surely_before
from ledger.domain.rules.dependencies import check_acyclic
from ledger.domain.rules.named_ids import taxonomy_naming
from ledger.domain.rules.open_claims import open_claim
from ledger.domain.rules.scope import apart
from ledger.domain.rules.state import Case, State
from ledger.domain.taxonomy import Taxonomy
from ledger.errors import RuleViolation, UnknownId

_UPON_ANY_ACT = frozenset({"repeal", "replace", "annul", "suspend"})
_UPON_SUSPENSION = frozenset({"lift", "extend"})


def check_content(case: Case, claim_id: str, claim: Claim) -> None:
    """Check what a claim says against the state. Raises UnknownId and RuleViolation."""
    taxonomy = taxonomy_naming(case, claim)
    if isinstance(claim, Norm):
        _check_last_day(taxonomy, claim)
        for override in claim.overrides:
            if not override.claim.startswith(INSTRUMENT_PREFIX):
                open_claim(case.state, override.claim)
    elif isinstance(claim, Lifecycle):
        targets = _targets(case.state, claim)
        _check_targets(case.state, claim, targets)
        _check_scope(case.state, claim, targets, taxonomy)
    check_acyclic(case.state, claim_id, claim)


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


def _targets(state: State, act: Lifecycle) -> dict[str, Claim]:
    """Return the target of an act, or the norms of the instrument it names, by claim id."""
    instrument = act.target.removeprefix(INSTRUMENT_PREFIX)
    if instrument == act.target:
        return {act.target: open_claim(state, act.target)}
    norms = dict(state.norms_of(instrument))
    if not norms:
        raise UnknownId("instrument", instrument)
    return norms


def _check_targets(state: State, act: Lifecycle, targets: dict[str, Claim]) -> None:
    for target_id, target in targets.items():
        if isinstance(target, Lifecycle):
            _check_upon_act(act, target)
        elif not isinstance(target, Norm):
            raise RuleViolation(
                "target_kind", f"{act.act} acts on norms and acts; {act.target} is a {target.kind}"
            )
        elif act.act == "revive" and act.until is None and _ended(state, target_id, target, act):
            raise RuleViolation(
                "revive_until",
                f"the norm's own last day, {target.effective_to}, has passed at {act.at}",
                hint="give until, the last day of the new interval",
            )


def _check_upon_act(act: Lifecycle, target: Lifecycle) -> None:
    suspension = target.act == "suspend" and act.act in _UPON_SUSPENSION
    if act.act not in _UPON_ANY_ACT and not suspension:
        raise RuleViolation(
            "act_on_act",
            f"{act.act} can't act upon a {target.act}",
            hint="acts may be repealed, replaced, annulled or suspended; suspensions also lifted "
            "or extended; name the norm as target instead",
        )


def _ended(state: State, norm_id: str, norm: Norm, act: Lifecycle) -> bool:
    """Return whether a norm's own last day, as extended, surely lies before an act's first day."""
    if norm.effective_to is None:
        return False
    upon = [*state.acts_on(norm_id)]
    upon += state.acts_on(INSTRUMENT_PREFIX + norm.instrument.id) if norm.instrument else ()
    extended = (a.until for _, a in upon if isinstance(a, Lifecycle) and a.act == "extend")
    ends = (norm.effective_to, *(until for until in extended if until is not None))
    return all(surely_before(parse(end), parse(act.at)) for end in ends)


def _check_scope(
    state: State, act: Lifecycle, targets: dict[str, Claim], taxonomy: Taxonomy
) -> None:
    """Check that an act bears somewhere on its target, and on what that acts upon in turn."""
    seen: set[str] = set()
    while targets:
        fields = {apart(act, target, taxonomy): target for target in targets.values()}
        if "" not in fields:
            field, target = next(iter(fields.items()))
            raise RuleViolation(
                "scope",
                f"the act overlaps its target nowhere: its {field} is {_said(act, field)}, that of "
                f"the target {_said(target, field)}",
                hint=f"leave {field} out to act on all that the target covers",
            )
        inner = fields[""]
        if not isinstance(inner, Lifecycle) or inner.target in seen:
            return
        seen.add(inner.target)
        targets = _standing_targets(state, inner.target)


def _standing_targets(state: State, target: str) -> dict[str, Claim]:
    instrument = target.removeprefix(INSTRUMENT_PREFIX)
    if instrument != target:
        return dict(state.norms_of(instrument))
    found = state.claim(target)
    return {target: found} if found is not None else {}


def _said(claim: Claim, field: str) -> str:
    value = getattr(claim, field)
    return value if isinstance(value, str) else ", ".join(value)
