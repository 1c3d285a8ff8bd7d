"""The naive resolver: declarations, proposals and bills; why an answer is undetermined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from ledger.domain.claim_parts import ENDED_STAGES, Stage
from tests.domain.resolve.oracle_contest import regime
from tests.domain.resolve.oracle_force import begun, in_force
from tests.domain.resolve.oracle_scope import rank
from tests.domain.resolve.oracle_world import (
    EVER,
    World,
    earliest,
    home,
    matches,
    surely_before,
    when,
)

SPOKEN = ("institutional", "official")
STATUSES = frozenset({"prohibited", "under_framework", "legal"})
RECOGNISED = frozenset({"recognised", "not_recognised"})
STAGES: tuple[str, ...] = get_args(Stage)


def line_of(claim: Any) -> str:
    """The line that a norm or a statement is about."""
    word = getattr(claim, "effect", None) or getattr(claim, "asserts", None) or ""
    about = {"recognise", "not_recognise", "recognised", "not_recognised"}
    return "recognition" if word in about else "status"


def asserted(claim: Any) -> frozenset[str]:
    """What an assertion leaves possible; nothing where nothing is asserted."""
    word = claim.asserts
    if word is None:
        return frozenset()
    if word.startswith("not:"):
        return STATUSES - {word.removeprefix("not:")}
    return frozenset({word})


def conflict(a: frozenset[str], b: frozenset[str]) -> bool:
    """Whether two assertions about one thing exclude each other."""
    same = (a <= STATUSES) == (b <= STATUSES)
    return bool(a and b and same and not a & b)


def uttered(w: World, claim: str) -> int:
    """The day of a statement in this run."""
    text = w.claims[claim].uttered_at
    return when(w, claim, text) if text else EVER


def spoken(w: World, kind: str, line: str) -> list[str]:
    """Matching statements of a kind and line, of any force, uttered by the day asked for."""
    return [
        i
        for i in w.ids(kind)
        if matches(w, i) and line_of(w.claims[i]) == line and uttered(w, i) <= w.day
    ]


def mattering(w: World, line: str) -> list[str]:
    """The declarations that matter: published by a body or said in office."""
    return [i for i in spoken(w, "declaration", line) if w.claims[i].force in SPOKEN]


def bodies(w: World, claim: str) -> set[str]:
    """Those for whom a statement counts: each speaker's body, else the issuer."""
    c = w.claims[claim]
    found = {s.body for s in c.speakers if s.body}
    return found or ({c.issuer} if c.issuer else {""})


def overtaken(w: World, claim: str, candidates: Sequence[str]) -> bool:
    """Whether a candidate, in force or not, was made surely later and by the day asked for."""
    said = w.claims[claim].uttered_at
    return any(
        surely_before(said, w.claims[n].made) and when(w, n, w.claims[n].made) <= w.day
        for n in candidates
    )


def walked_back(w: World, claim: str, body: str, line: str) -> bool:
    """Whether a body later said something else with at least the same force."""
    return bool(body) and any(
        body in bodies(w, later)
        and uttered(w, later) > uttered(w, claim)
        and rank(w, w.claims[later].force) >= rank(w, w.claims[claim].force)
        and conflict(asserted(w.claims[later]), asserted(w.claims[claim]))
        for later in mattering(w, line)
    )


def live_declarations(w: World, line: str, candidates: Sequence[str]) -> list[str]:
    """The declarations that some body still maintains."""
    return [
        i
        for i in mattering(w, line)
        if not overtaken(w, i, candidates)
        and not all(walked_back(w, i, body, line) for body in bodies(w, i))
    ]


def flags(w: World, line: str, candidates: Sequence[str], status: str) -> set[str]:
    """The flags about declarations."""
    live = live_declarations(w, line, candidates)
    said = [asserted(w.claims[i]) for i in live]
    found = {
        f"walked_back:{i}"
        for i in mattering(w, line)
        if any(walked_back(w, i, body, line) for body in bodies(w, i))
    }
    if any(conflict(a, b) for a in said for b in said):
        found.add("contested:statements")
    if status != "undetermined" and any(conflict(a, frozenset({status})) for a in said):
        found.add("contested:declaratory")
    return found


# --- bills --------------------------------------------------------------------------------------


def stands(w: World, proposal: str) -> bool:
    """Whether a proposal is the latest stage of its bill, and no ended one."""
    p = w.claims[proposal]
    if p.bill is None:
        return p.stage not in ENDED_STAGES

    def key(i: str) -> tuple[int, int]:
        return uttered(w, i), STAGES.index(w.claims[i].stage)

    stages = [i for i in w.ids("proposal") if w.claims[i].bill == p.bill and uttered(w, i) <= w.day]
    return p.stage not in ENDED_STAGES and key(proposal) == max(key(i) for i in stages)


def live_proposals(w: World, line: str, candidates: Sequence[str]) -> list[str]:
    """The proposals that are under way."""
    return [
        i for i in spoken(w, "proposal", line) if stands(w, i) and not overtaken(w, i, candidates)
    ]


# --- why ----------------------------------------------------------------------------------------


def commitments(w: World, *kinds: str) -> list[str]:
    """Matching commitments (or recommendations) that may have been made by the day asked for."""
    return [
        i
        for i in w.ids(*kinds)
        if matches(w, i) and earliest(w.claims[i].uttered_at or "[..0001]") <= w.day
    ]


REASONS = (
    "suspended",
    "outside_regime",
    "lapsed",
    "not_yet_in_force",
    "statements_only",
    "proposals_only",
    "commitments_only",
    "no_claims",
)


def reason(w: World, candidates: Sequence[str]) -> str:
    """5.7: why no norm gives a status; the first that fits."""
    on = w.day
    here = [n for n in candidates if in_force(w, n, on)]
    fits = {
        "suspended": any(
            n not in here and in_force(w, n, on, suspensions=False) for n in candidates
        ),
        "outside_regime": any(
            w.claims[n].effect == "permit" and regime(w, n) != home(w, w.activity) for n in here
        ),
        "lapsed": any(begun(w, n, on) for n in candidates),
        "not_yet_in_force": bool(candidates),
        "statements_only": bool(spoken(w, "declaration", "status")),
        "proposals_only": bool(spoken(w, "proposal", "status")),
        "commitments_only": bool(commitments(w, "commitment", "recommendation")),
        "no_claims": True,
    }
    return next(r for r in REASONS if fits[r])
