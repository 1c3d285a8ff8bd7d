"""Hold the resolver against the naive one over random ledgers, and cut a disagreement down.

``python -m tests.domain.resolve.comparison --runs 1000 --seed 1`` prints the first disagreement as
a few claims and the question, and exits 1.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from ledger.domain.claims import CLAIM
from ledger.domain.resolve.facts import Cell, Facts
from ledger.domain.resolve.resolve import Resolution, resolve
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import Taxonomy
from tests.domain.resolve.oracle import Expected, expected
from tests.domain.resolve.oracle_world import Ask
from tests.domain.resolve.random_ledgers import random_ledger
from tests.domain.resolve.recordable import recordable

Differences = Mapping[str, tuple[Any, Any]]  # by part of the answer: what was given, what expected
# Flags that do not come from the rules of law: review, keys, what passing time will bring.
ELSEWHERE = ("awaiting_review", "disputed", "suspect_key", "next_change")
NEIGHBOURS = ("actors", "children", "places")
RULES = (  # by which one norm beats another
    *("override", "lex_superior", "lex_specialis_activity", "lex_specialis_addressee"),
    *("lex_specialis_place", "enabling_instrument", "lex_posterior"),
)
NEEDED = ("kind", "jurisdiction", "activity", "force", "statement", "reports")


def answers(
    claims: Sequence[CountedClaim], taxonomy: Taxonomy, ask: Ask, *, neighbours: bool
) -> Differences:
    """The parts of an answer in which the two resolvers differ."""
    facts = Facts(claims, (), taxonomy, size=len(claims), head="0" * 64, rules=1)
    found = resolve(Cell(*ask.cell), day=ask.day, view=ask.view, facts=facts)  # type: ignore[arg-type]
    wanted = expected(claims, taxonomy, ask, neighbours=neighbours)
    given, want = _of_resolution(found), _of_expected(wanted)
    if not neighbours:
        for parts in (given, want):
            for name in NEIGHBOURS:
                parts.pop(name)
            parts["flags"] -= {f"{name}_differ" for name in NEIGHBOURS}
    if given["losers"] <= want["losers"] and _losing(given) == _losing(want):
        want["losers"] = given["losers"]  # of several winners, some may be named
    return {name: (given[name], want[name]) for name in want if given[name] != want[name]}


def _losing(parts: dict[str, Any]) -> set[str]:
    return {claim for claim, _, _ in parts["losers"]}


def _of_resolution(found: Resolution) -> dict[str, Any]:
    return {
        "status": found.status,
        "reason": found.reason,
        "normative": found.normative_status,
        "kind": found.basis_kind,
        "basis": set(found.basis),
        "recognition": found.recognition or "undetermined",
        "recognition kind": found.recognition_kind,
        "recognition basis": set(found.recognition_basis),
        "possible": found.possible,
        "pending": {(p.claim, p.stage, p.about) for p in found.pending},
        "flags": {f for f in found.flags if not f.startswith(ELSEWHERE)},
        "losers": {
            (one.claim, _rule(one.rule), one.winner) for one in found.losers if one.rule in RULES
        },
        "states": {c.claim: {s.state for s in c.states} for c in found.candidates},
        "outcomes": {a.act: set(a.outcomes) for a in found.acts},
        "recognition states": {
            c.claim: {s.state for s in c.states} for c in found.recognition_candidates
        },
        "recognition outcomes": {a.act: set(a.outcomes) for a in found.recognition_acts},
        "position": {one.claim for one in found.position},
        "commitments": {one.claim for one in found.commitments},
        "actors": dict(found.actors),
        "children": dict(found.children),
        "places": dict(found.places),
    }


def _rule(name: str) -> str:
    """A rule's name, whatever it is nearer in."""
    return "lex_specialis" if name.startswith("lex_specialis") else name


def _of_expected(wanted: Expected) -> dict[str, Any]:
    status, recognition = wanted.status, wanted.recognition
    return {
        "status": status.status,
        "reason": status.reason,
        "normative": wanted.normative_status,
        "kind": status.kind,
        "basis": status.basis,
        "recognition": recognition.status,
        "recognition kind": recognition.kind,
        "recognition basis": recognition.basis,
        "possible": status.possible,
        "pending": {
            (claim, stage, about)
            for about, line in (("status", status), ("recognition", recognition))
            for claim, stage in line.pending
        },
        "flags": wanted.flags,
        "losers": status.losers | recognition.losers,
        "states": status.states,
        "outcomes": status.outcomes,
        "recognition states": recognition.states,
        "recognition outcomes": recognition.outcomes,
        "position": wanted.position,
        "commitments": status.commitments,
        "actors": wanted.actors,
        "children": wanted.children,
        "places": wanted.places,
    }


# --- cutting down -------------------------------------------------------------------------------


def shrunk(
    claims: Sequence[CountedClaim], taxonomy: Taxonomy, ask: Ask, part: str, *, neighbours: bool
) -> list[CountedClaim]:
    """The fewest claims, with the fewest fields, that still differ in this part of the answer."""

    def differs(some: Sequence[CountedClaim]) -> bool:
        return part in answers(some, taxonomy, ask, neighbours=neighbours)

    kept, smaller = list(claims), True
    while smaller:
        smaller = False
        for fewer in _smaller(kept):
            if len(recordable(fewer, taxonomy)) == len(fewer) and differs(fewer):
                kept, smaller = fewer, True
                break
    return kept


def _smaller(claims: list[CountedClaim]) -> Iterator[list[CountedClaim]]:
    """The claims without one of them, then without one field of one of them."""
    for i in range(len(claims)):
        yield [*claims[:i], *claims[i + 1 :]]
    for i, counted in enumerate(claims):
        fields = counted.claim.model_dump(mode="json", exclude_defaults=True)
        for name in fields:
            if name in NEEDED:
                continue
            try:
                claim = CLAIM.validate_python({k: v for k, v in fields.items() if k != name})
            except ValidationError:
                continue
            yield [*claims[:i], replace(counted, claim=claim), *claims[i + 1 :]]


def described(claims: Sequence[CountedClaim], ask: Ask, found: Differences) -> str:
    """A disagreement for a reader: claims, question, answers."""
    lines = []
    for counted in sorted(claims, key=lambda c: c.id):
        fields = counted.claim.model_dump(mode="json", exclude_defaults=True)
        told = ", ".join(
            f"{k}: {v}" for k, v in fields.items() if k not in ("statement", "reports")
        )
        late = "" if counted.counted_on.year < ask.day.year else f"  (counted {counted.counted_on})"
        lines.append(f"  {counted.id}: {{{told}}}{late}")
    lines.append(f"  ask: {'/'.join(ask.cell)} on {ask.day}, {ask.view}")
    lines += [f"  {part}: given {a}, expected {b}" for part, (a, b) in found.items()]
    return "\n".join(lines)


def first_difference(seed: int, *, asks: int = 3, neighbours: bool = False) -> str | None:
    """The first disagreement over the ledger of a seed, cut down and described."""
    ledger = random_ledger(seed, asks=asks)
    for ask in ledger.asks:
        found = answers(ledger.claims, ledger.taxonomy, ask, neighbours=neighbours)
        if found:
            part = next(iter(found))
            few = shrunk(ledger.claims, ledger.taxonomy, ask, part, neighbours=neighbours)
            differences = answers(few, ledger.taxonomy, ask, neighbours=neighbours)
            return f"seed {seed}\n{described(few, ask, differences)}"
    return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare over many seeds; print the first disagreements. Exit status 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--most", type=int, default=1, help="disagreements to print")
    parser.add_argument("--neighbours", action="store_true", help="places, actors, children too")
    chosen = parser.parse_args(arguments)
    told = 0
    for seed in range(chosen.seed, chosen.seed + chosen.runs):
        found = first_difference(seed, neighbours=chosen.neighbours)
        if found:
            sys.stdout.write(found + "\n")
            told += 1
            if told == chosen.most:
                break
    sys.stdout.write(f"{seed + 1 - chosen.seed} ledgers, {told} disagreements\n")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
