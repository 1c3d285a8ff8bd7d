"""What is kept beside a status and never makes one: decisions, commitments, proposals, notes.

A *decision* annotates the position of the party it addresses. It stands from ``made`` to
``effective_to``; of one issuer, place and activity the latest made counts, and a revocation ends
it. A *commitment* is listed with its body, what it says and when. What is merely noted or decided
is counted where nothing else is recorded.

Decisions where the rules leave room:

* A decision without ``made`` stands from its ``effective_from``; without both, always.
* Of decisions made on one day a revocation ends them all.
* An imprecise day counts as the one that lets a decision stand, or a commitment be made, by then.
* Notes are counted whoever they address.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, cast

from ledger.domain.claims import Commitment, Decision
from ledger.domain.edtf_dates import parse
from ledger.domain.resolve.facts import Cell, Facts
from ledger.domain.resolve.intervals import BEGIN, FOREVER, highest, lowest
from ledger.domain.resolve.matching import Match, bearing_on
from ledger.domain.resolve.walked_back_statements import bodies_of, uttered_on
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import ORG

_NOTES = frozenset({"context", "decision"})
Line = Literal["status", "recognition"]


@dataclass(frozen=True, slots=True, order=True)
class PendingProposal:
    """A live proposal with its stage, and which line it would change."""

    claim: str
    stage: str
    about: Line


@dataclass(frozen=True, slots=True)
class ListedCommitment:
    """What bodies say that they will do or allot; ``uttered_at`` is a date text, if any."""

    claim: str
    bodies: tuple[str, ...]
    statement: str  # untrusted
    uttered_at: str | None


@dataclass(frozen=True, slots=True)
class StandingDecision:
    """A decision about one party that stands on the day."""

    claim: str
    outcome: str | None
    issuer: str | None
    made: str | None
    effective_to: str | None


def position(cell: Cell, day: date, facts: Facts) -> tuple[StandingDecision, ...]:
    """Return the decisions that stand on a day for the organisation of a cell, by id."""
    if not cell.actor.startswith(ORG):
        return ()
    path = facts.taxonomy.jurisdiction_path(cell.jurisdiction)
    found = facts.index.at(path, facts.taxonomy.ancestors(cell.activity))
    addressed = [
        c for c in found if c.claim.kind == "decision" and cell.actor in c.claim.addressees
    ]
    groups: dict[tuple[str | None, str, str], list[CountedClaim]] = {}
    for counted in addressed:
        if _made(counted) <= day.toordinal() <= _last(counted):
            claim = cast("Decision", counted.claim)
            groups.setdefault((claim.issuer, claim.jurisdiction, claim.activity), []).append(
                counted
            )
    latest = (one for group in groups.values() for one in _latest(group))
    return tuple(_standing(one) for one in sorted(latest, key=lambda counted: counted.id))


def _latest(group: Sequence[CountedClaim]) -> list[CountedClaim]:
    made = max(map(_made, group))
    newest = [counted for counted in group if _made(counted) == made]
    revoked = any(cast("Decision", c.claim).outcome == "revoked" for c in newest)
    return [] if revoked else newest


def _made(counted: CountedClaim) -> int:
    claim = cast("Decision", counted.claim)
    text = claim.made or claim.effective_from
    return lowest(parse(text)) if text else BEGIN


def _last(counted: CountedClaim) -> int:
    text = cast("Decision", counted.claim).effective_to
    return highest(parse(text)) if text else FOREVER


def _standing(counted: CountedClaim) -> StandingDecision:
    claim = cast("Decision", counted.claim)
    return StandingDecision(counted.id, claim.outcome, claim.issuer, claim.made, claim.effective_to)


def commitments(matches: Iterable[Match], day: date) -> tuple[ListedCommitment, ...]:
    """Return the commitments among the claims that match a cell, made by a day, by id."""
    found = (
        counted
        for counted in (match.counted for match in matches)
        if isinstance(counted.claim, Commitment) and lowest(uttered_on(counted)) <= day.toordinal()
    )
    return tuple(_listed(counted) for counted in sorted(found, key=lambda counted: counted.id))


def _listed(counted: CountedClaim) -> ListedCommitment:
    claim = cast("Commitment", counted.claim)
    text = uttered_on(counted).text
    return ListedCommitment(counted.id, bodies_of(claim), claim.statement, text or None)


def noted_on(cell: Cell, day: date, facts: Facts) -> int:
    """Return how many decisions and notes there are about the activity and place of a cell."""
    taxonomy = facts.taxonomy
    unions = frozenset(taxonomy.unions_of(cell.jurisdiction, day))
    place = (cell.jurisdiction, cell.activity)
    near = bearing_on(place, unions, taxonomy, facts.index)
    path = taxonomy.jurisdiction_path(cell.jurisdiction)
    return sum(counted.claim.kind in _NOTES for counted in near) + sum(
        number
        for activity in taxonomy.ancestors(cell.activity)
        for jurisdiction in unions.union(path)
        for force, number in facts.noted_at.get((jurisdiction, activity), ())
        if jurisdiction in path or force == "supranational"
    )
