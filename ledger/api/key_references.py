"""References to claims by key: found, replaced by claim ids, and put in order.

A claim of the same file is referred to as ``key:<slug>``; the log holds claim ids only.
"""

from collections.abc import Iterable, Mapping, Sequence

from ledger.domain.claims import Claim, Lifecycle, Norm
from ledger.errors import RuleViolation, UnknownId

_KEY_REF = "key:"


def key_references(claim: Claim) -> tuple[str, ...]:
    """Return the ``key:`` references of a claim, without the prefix."""
    if isinstance(claim, Lifecycle):
        found = [claim.target]
    elif isinstance(claim, Norm) and claim.overrides:
        found = [o.claim for o in claim.overrides]
    else:
        return ()
    return tuple(ref.removeprefix(_KEY_REF) for ref in found if ref.startswith(_KEY_REF))


def replace_keys(claim: Claim, ids: Mapping[str, str]) -> Claim:
    """Return the claim with each ``key:<slug>`` replaced by the claim id it stands for.

    Raises UnknownId for a key that neither the file nor the ledger has.
    """
    if not key_references(claim):
        return claim
    if isinstance(claim, Lifecycle):
        return claim.model_copy(update={"target": _claim_id(claim.target, ids)})
    norm = claim
    assert isinstance(norm, Norm)  # noqa: S101  # only these two kinds refer to claims
    overrides = tuple(
        o.model_copy(update={"claim": _claim_id(o.claim, ids)}) for o in norm.overrides
    )
    return norm.model_copy(update={"overrides": overrides})


def _claim_id(ref: str, ids: Mapping[str, str]) -> str:
    if not ref.startswith(_KEY_REF):
        return ref
    slug = ref.removeprefix(_KEY_REF)
    if slug not in ids:
        raise UnknownId("claim key", slug)
    return ids[slug]


def in_reference_order(claims: Iterable[tuple[str, Claim]]) -> Sequence[tuple[str, Claim]]:
    """Return (id, claim) so that what refers comes after what it refers to, else as given.

    Raises RuleViolation where claims of one file refer to each other in a circle.
    """
    waiting = list(claims)
    keys = {claim.key for _, claim in waiting if claim.key}
    done: list[tuple[str, Claim]] = []
    placed: set[str] = set()
    while waiting:
        left = []
        for event_id, claim in waiting:
            if (set(key_references(claim)) & keys) - placed - {claim.key}:
                left.append((event_id, claim))
                continue
            done.append((event_id, claim))
            placed.add(claim.key or "")
        if len(left) == len(waiting):
            names = ", ".join(sorted(claim.key or "?" for _, claim in left))
            raise RuleViolation("acyclic", f"these claims refer to each other in a circle: {names}")
        waiting = left
    return done
