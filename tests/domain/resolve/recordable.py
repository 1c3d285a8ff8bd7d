"""Which of some random claims recording would accept: targets that exist, overlap, no circles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ledger.domain.claims import Claim
from ledger.domain.edtf_dates import parse
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import Taxonomy

PREFIX = "instrument:"


def recordable(claims: Iterable[CountedClaim], taxonomy: Taxonomy) -> list[CountedClaim]:
    """The claims, without those that recording would refuse."""
    kept = list(claims)
    while True:
        known = {c.id: c.claim for c in kept}
        refused = {c.id for c in kept if not _fits(c, known, taxonomy)}
        refused = refused or _circular(known)
        if not refused:
            return kept
        kept = [c for c in kept if c.id not in refused]


def _aims(claim: Any, known: Mapping[str, Claim]) -> list[str]:
    """The claims that an act is aimed at."""
    if claim.target.startswith(PREFIX):
        return _norms(claim.target.removeprefix(PREFIX), known)
    return [claim.target] if claim.target in known else []


def _norms(instrument: str, known: Mapping[str, Claim]) -> list[str]:
    return [
        i
        for i, c in known.items()
        if c.kind == "norm" and c.instrument is not None and c.instrument.id == instrument
    ]


def _fits(counted: CountedClaim, known: Mapping[str, Claim], taxonomy: Taxonomy) -> bool:
    claim: Any = counted.claim
    if claim.kind == "norm":
        named = [o.claim for o in claim.overrides]
        return all(n.startswith(PREFIX) or n in known for n in named)
    if claim.kind != "lifecycle":
        return True
    aims = _aims(claim, known)
    if not any(_overlap(claim, known[a], taxonomy) for a in aims):
        return False
    if any(known[a].kind == "norm" and _needs_until(claim, known[a]) for a in aims):
        return False
    return not _endless(claim, known, {counted.id})


def _endless(claim: Any, known: Mapping[str, Claim], seen: set[str]) -> bool:
    """Whether acts aim at each other in a circle."""
    return any(
        a in seen or (known[a].kind == "lifecycle" and _endless(known[a], known, seen | {a}))
        for a in _aims(claim, known)
    )


def _needs_until(act: Any, norm: Any) -> bool:
    """Whether a revival without a last day comes after the norm's own."""
    if act.act != "revive" or act.until is not None or norm.effective_to is None:
        return False
    last, at = parse(norm.effective_to).latest, parse(act.at).earliest
    return last is not None and (at is None or last < at)


# --- overlap ------------------------------------------------------------------------------------


def _overlap(act: Any, target: Any, taxonomy: Taxonomy) -> bool:
    return (
        _on_line(act.activity, target.activity, ".")
        and any(_meet(a, b, taxonomy) for a in act.addressees for b in target.addressees)
        and _places_meet(act.jurisdiction, target.jurisdiction, taxonomy)
    )


def _on_line(a: str | None, b: str | None, dot: str) -> bool:
    return a is None or b is None or a == b or a.startswith(b + dot) or b.startswith(a + dot)


def _meet(a: str, b: str, taxonomy: Taxonomy) -> bool:
    if "any" in (a, b) or _on_line(a, b, "."):
        return True
    for org, other in ((a, b), (b, a)):
        body = taxonomy.bodies.get(org.removeprefix("org:")) if org.startswith("org:") else None
        if body and any(_on_line(c.actor_class, other, ".") for c in body.classes):
            return True
    return False


def _places_meet(a: str | None, b: str | None, taxonomy: Taxonomy) -> bool:
    if _on_line(a, b, "-"):
        return True
    members = {
        (union.id, m.jurisdiction)
        for union in taxonomy.jurisdictions.values()
        for m in union.members
    }
    return any(
        union == x and y is not None and _on_line(member, y, "-")
        for union, member in members
        for x, y in ((a, b), (b, a))
    )


# --- circles ------------------------------------------------------------------------------------


def _circular(known: Mapping[str, Claim]) -> set[str]:
    """Some claim that depends on itself, if any does."""
    edges = {i: _depends(i, known) for i in known}
    for start in sorted(known):
        seen: set[str] = set()
        todo = list(edges[start])
        while todo:
            found = todo.pop()
            if found == start:
                return {start}
            if found not in seen:
                seen.add(found)
                todo += edges[found]
    return set()


def _depends(claim_id: str, known: Mapping[str, Claim]) -> Sequence[str]:
    """What a claim's days depend on: norms it rests on, acts upon it, norms that empower it."""
    claim: Any = known[claim_id]
    if claim.kind not in ("norm", "lifecycle"):
        return []
    found = [i for i, c in known.items() if c.kind == "lifecycle" and claim_id in _aims(c, known)]
    instruments = [claim.enabling_instrument]
    if claim.kind == "norm":
        instruments.append(claim.saved_by)
    elif claim.enabling_instrument in _own_instruments(claim, known):
        instruments = []
    return found + [n for i in instruments if i for n in _norms(i, known)]


def _own_instruments(act: Any, known: Mapping[str, Claim]) -> set[str]:
    found: set[str] = set()
    for aim in _aims(act, known):
        target: Any = known[aim]
        if target.kind == "lifecycle":
            found |= _own_instruments(target, known)
        elif target.instrument is not None:
            found.add(target.instrument.id)
    return found
