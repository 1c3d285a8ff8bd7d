"""A naive resolver to hold the real one against: every rule by itself, day by day and run by run.

:func:`expected` gives the answer for one cell, day and view; ``oracle_world`` lists the files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ledger.domain.edtf_dates import parse
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import Taxonomy
from tests.domain.resolve import oracle_contest as contest
from tests.domain.resolve import oracle_force as force
from tests.domain.resolve import oracle_statements as statements
from tests.domain.resolve.oracle_dates import answered, candidates, read, runs
from tests.domain.resolve.oracle_scope import author, targets, whole
from tests.domain.resolve.oracle_story import story
from tests.domain.resolve.oracle_world import (
    EVER,
    NEVER,
    Ask,
    World,
    earliest,
    held,
    latest,
    line,
    path,
)

CAUTION = {
    "status": ("prohibited", "under_framework", "undetermined", "legal"),
    "recognition": ("not_recognised", "undetermined", "recognised"),
}
DECLARED = {
    "status": ("prohibited", "under_framework"),
    "recognition": ("not_recognised", "recognised"),
}
BEARING = ("norm", "declaration", "proposal", "commitment", "recommendation")
BASIS_KINDS = ("declared", "norm", "none")


@dataclass
class Line:
    """The answer of one line, in one run or merged."""

    status: str
    kind: str = "none"
    reason: str | None = None
    basis: set[str] = field(default_factory=set)
    losers: set[tuple[str, str, str]] = field(default_factory=set)
    flags: set[str] = field(default_factory=set)
    possible: tuple[str, ...] = ()
    pending: set[tuple[str, str]] = field(default_factory=set)
    commitments: set[str] = field(default_factory=set)
    states: dict[str, set[str]] = field(default_factory=dict)
    outcomes: dict[str, set[str]] = field(default_factory=dict)


@dataclass
class Expected:
    """The answer for a cell on a day."""

    status: Line
    recognition: Line
    normative_status: str
    position: set[str]
    actors: dict[str, str]
    children: dict[str, str]
    places: dict[str, str]

    @property
    def flags(self) -> set[str]:
        """All flags; those about recognition say so."""
        found = self.status.flags | {
            flag if flag.startswith("walked_back:") else f"recognition:{flag}"
            for flag in self.recognition.flags
        }
        marks = {
            "pending": self.status.pending | self.recognition.pending,
            "commitment": self.status.commitments,
            "actors_differ": self.actors,
            "children_differ": self.children,
            "places_differ": self.places,
        }
        return found | {flag for flag, given in marks.items() if given}


def expected(
    counted: Sequence[CountedClaim], taxonomy: Taxonomy, ask: Ask, *, neighbours: bool = True
) -> Expected:
    """The answer for a cell, with the cells about it whose status differs."""
    w, view = World.of(counted, taxonomy, ask), ask.view
    known = {c.id: c.counted_on.toordinal() for c in counted}
    status = answer(w, "status", view, known)
    found = Expected(
        status,
        answer(w, "recognition", view, known),
        answer(w, "status", "normative", known).status,
        position(w),
        {},
        {},
        {},
    )
    if neighbours:
        found.actors = _differing(w, ask, status.status, actor=actors_below(w))
        found.children = _differing(w, ask, status.status, activity=activities_below(w))
        found.places = _differing(w, ask, status.status, place=places_below(w))
    return found


# --- one line -----------------------------------------------------------------------------------


def answer(w: World, about: str, view: str, known: dict[str, int]) -> Line:
    """5.4: every run by itself; of those with the most cautious status, what they have in all."""
    every, too_many = runs(w, about)
    found = [one_run(run, about, view, known) for run in every]
    occurring = {one.status for one in found}
    possible = tuple(s for s in CAUTION[about] if s in occurring)
    chosen = [one for one in found if one.status == possible[0]]
    merged = _merged(chosen)
    seen = [getattr(w.claims[i], "primary_source_seen", None) for i in merged.basis]
    if about == "status" and seen and not any(seen):
        merged.flags.add("low_evidence")
    if answered(w, about):
        if len(possible) > 1 or too_many:
            merged.possible = possible
            merged.flags.add("date_uncertain")
        if any(parse(text).approximate for _, text in read(w, about, orderings=True)):
            merged.flags.add("date_approximate")
    return merged


def _merged(chosen: Sequence[Line]) -> Line:
    reasons = [one.reason for one in chosen if one.reason]
    merged = Line(chosen[0].status)
    merged.kind = next(k for k in BASIS_KINDS if any(one.kind == k for one in chosen))
    merged.reason = next((r for r in statements.REASONS if r in reasons), None)
    for one in chosen:
        merged.basis |= one.basis
        merged.losers |= one.losers
        merged.flags |= one.flags
        merged.pending |= one.pending
        merged.commitments |= one.commitments
    merged.losers = {loss for loss in merged.losers if loss[0] not in merged.basis}
    for one in chosen:
        for merged_of, part in ((merged.states, one.states), (merged.outcomes, one.outcomes)):
            for key, words in part.items():
                merged_of[key] = merged_of.get(key, set()) | words
    return merged


def one_run(w: World, about: str, view: str, known: dict[str, int]) -> Line:
    """The answer where every text means one day."""
    norms = candidates(w, about)
    fought = contest.contest(w, [n for n in norms if force.in_force(w, n, w.day)])
    status, basis = contest.decided(w, fought.survivors, contest.LINES[about])
    found = Line(status, "norm" if basis else "none", basis=set(basis), losers=fought.losers)
    found.flags = fought.flags | force.flags(w, norms)
    found.flags |= statements.flags(w, about, norms, status)
    if status == "undetermined":
        found.reason = statements.reason(w, norms) if about == "status" else None
        if view == "prudential":
            _declare(w, found, about, norms)
    found.flags |= _basis_flags(w, found, known if about == "status" else {})
    live = statements.live_proposals(w, about, norms)
    found.pending = {(i, w.claims[i].stage) for i in live}
    if about == "status":
        found.commitments = set(statements.commitments(w, "commitment"))
    found.states = {n: {force.state(w, n)} for n in norms}
    for act, target in force.acting(w, force.resting(w, norms)):
        found.outcomes.setdefault(act, set()).add(force.outcome(w, act, target))
    return found


def _declare(w: World, found: Line, about: str, norms: Sequence[str]) -> None:
    """5.7: the strictest of what is declared and still maintained."""
    live = statements.live_declarations(w, about, norms)
    for status in DECLARED[about]:
        basis = {i for i in live if w.claims[i].asserts == status}
        if basis:
            found.status, found.kind, found.basis = status, "declared", basis
            return


def _basis_flags(w: World, found: Line, known: dict[str, int]) -> set[str]:
    """Flags about the claims on which an answer rests."""
    flags = set()
    for claim in found.basis:
        c = w.claims[claim]
        if known.get(claim, EVER) > w.day:
            flags.add("late_recorded")
        if c.kind == "norm" and c.made:
            start = story(w, claim, w.day).start
            if start is not None and start < earliest(c.made):
                flags.add("retroactive")
    return flags


# --- the party, and the cells about -------------------------------------------------------------


def position(w: World) -> set[str]:
    """The decisions addressed to an organisation that stand on the day."""
    standing: dict[tuple[str | None, str, str], list[tuple[int, str]]] = {}
    for i in w.ids("decision"):
        d = w.claims[i]
        here = d.jurisdiction in path(w, w.place) and d.activity in line(w, w.activity)
        since = d.made or d.effective_from
        first = earliest(since) if since else EVER
        last = latest(d.effective_to) if d.effective_to else NEVER
        mine = w.actor.startswith("org:") and w.actor in d.addressees
        if here and mine and first <= w.day <= last:
            key = (d.issuer, d.jurisdiction, d.activity)
            standing.setdefault(key, []).append((first, i))
    newest = [{i for first, i in g if first == max(g)[0]} for g in standing.values()]
    ended = [found for found in newest if any(w.claims[i].outcome == "revoked" for i in found)]
    return {i for found in newest if found not in ended for i in found}


def actors_below(w: World) -> set[str]:
    """The classes below the actor, and the organisations some claim names that hold it."""
    if w.actor.startswith("org:"):
        return set()
    about = [
        c
        for i, c in w.claims.items()
        if _about(w, i) and _here(w, i) and not (c.kind == "lifecycle" and whole(w, i))
    ]
    named = {a for c in about for a in c.addressees if a.startswith("org:")}
    known = {a for a in w.taxonomy.actor_classes if a != "any"} | named
    return {a for a in known if w.actor in held(w, a) and a != w.actor}


def _about(w: World, claim: str) -> bool:
    """Whether a claim that can bear on an answer, or an act upon one, is about the activity."""
    c = w.claims[claim]
    if c.kind == "lifecycle":
        return any(_about(w, target) for target in targets(w, claim))
    return c.activity in line(w, w.activity) and c.kind in BEARING


def _here(w: World, claim: str) -> bool:
    """Whether it is of the cell's place, or acts upon what is."""
    c = w.claims[claim]
    if c.kind == "lifecycle":
        return any(_here(w, target) for target in targets(w, claim))
    union = w.taxonomy.jurisdictions[c.jurisdiction]
    ever = any(m.jurisdiction in path(w, w.place) for m in union.members)
    return (ever and c.force == "supranational") or c.jurisdiction in path(w, w.place)


def activities_below(w: World) -> set[str]:
    """All activities below."""
    return {a for a in w.taxonomy.activities if w.activity in line(w, a) and a != w.activity}


def places_below(w: World) -> set[str]:
    """The places below that some claim, act or act's author's place names."""
    named = {c.jurisdiction for i, c in w.claims.items() if _about(w, i)}
    named |= {author(w, act) for act in w.ids("lifecycle") if _about(w, act)}
    return {p for p in named if p and w.place in path(w, p) and p != w.place}


def _differing(w: World, ask: Ask, status: str, **others: set[str]) -> dict[str, str]:
    """The other parts of the cell with which the status is another."""
    found = {}
    known = dict.fromkeys(w.claims, EVER)
    for part, named in others.items():
        for other in named:
            changed: Any = {part: other}
            there = answer(replace(w, memo={}, **changed), "status", ask.view, known).status
            if there != status:
                found[other] = there
    return found
