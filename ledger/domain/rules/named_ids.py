"""The ids that claims and definitions name: each must be defined, or wait for its own review."""

from collections.abc import Iterator

from ledger.domain.claims import Claim, Lifecycle, Norm
from ledger.domain.definitions import Definition
from ledger.domain.rules.state import Case, State
from ledger.domain.state_records import Version
from ledger.domain.taxonomy import ANY, ORG, Taxonomy
from ledger.errors import UnknownId


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


def taxonomy_naming(case: Case, claim: Claim) -> Taxonomy:
    """Return the taxonomy with the pending definitions that a claim names.

    A claim that awaits review may name what awaits review too; when it is approved, that must
    count (:mod:`ledger.domain.rules.review`). Raises UnknownId for any other id.
    """
    taxonomy = case.state.taxonomy()
    for _, error in unknown_ids(taxonomy, claim):
        waiting = _waiting(case.state, error)
        item = case.state.definition_of(waiting.event) if waiting else None
        if waiting is None or item is None:
            raise error
        if case.policy.review != "four_eyes":
            raise UnknownId(error.kind, error.value, pending=waiting.seq)
        taxonomy = with_pending(case.state, taxonomy, item).with_definition(item)
    return taxonomy


def with_pending(state: State, taxonomy: Taxonomy, item: Definition) -> Taxonomy:
    """Return the taxonomy with the pending definitions that this one refers to.

    Definitions of one file await review together, so a parent may still be pending here. When this
    definition is approved, the parent must count (:mod:`ledger.domain.rules.review`).
    """
    while True:
        try:
            taxonomy.check(item)
        except UnknownId as error:
            waiting = _waiting(state, error)
            found = state.definition_of(waiting.event) if waiting else None
            if found is None:
                raise
            taxonomy = taxonomy.with_definition(found)
        else:
            return taxonomy


def _waiting(state: State, error: UnknownId) -> Version | None:
    return state.latest(f"{error.kind.replace(' ', '_')}:{error.value}")
