"""The status of a cell on a day: a pure function of the facts of one prefix of the log.

:func:`resolve` puts together what the other files of this package decide, in the order that its
``__init__`` lists. It uses no clock and no I/O, and the order in which claims were recorded has no
influence. An id that the taxonomy does not know is no error here: nothing matches it.

Decisions where the rules leave room:

* ``disputed`` and ``suspect_key`` look at every claim that bears on the answer: norms, what they
  rest on, acts, and the declarations that matter.
* Every flag of the line of recognition but ``walked_back`` and ``pending`` carries the prefix
  ``recognition:``.
* ``reason`` says why no *norm* decides, and so also stands beside a declared status.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.domain.claims import Lifecycle
from ledger.domain.resolve.annotations import (
    ListedCommitment,
    PendingProposal,
    StandingDecision,
    commitments,
    noted_on,
    position,
)
from ledger.domain.resolve.candidates_and_acts import ActOutcomes, CandidateStates
from ledger.domain.resolve.cell_line import Answer, CellLine
from ledger.domain.resolve.claims_on_cell import CellClaims, claims_on_cell
from ledger.domain.resolve.conflict import Loser, by_claim
from ledger.domain.resolve.facts import Cell, Facts
from ledger.domain.resolve.matching import affiliations, instruments_of, matching
from ledger.domain.resolve.neighbours import Differing, Neighbours, neighbours
from ledger.domain.resolve.status_values import View
from ledger.domain.resolve.timeline import next_change
from ledger.domain.state_records import CountedClaim
from ledger.json_values import members
from ledger.points import last_entry


@dataclass(frozen=True, slots=True)
class Resolution:
    """The status of one cell on one day, with everything that led to it.

    ``basis`` are claim ids; ``losers`` every claim that lost, with the rule and the winner.
    ``candidates`` are the norms that match, each with what became of it by the day, ``acts`` the
    acts that bear on them with what each did; likewise those of recognition. ``possible`` are the
    statuses that occur where dates leave several (``date_uncertain``). ``pending`` are live
    proposals, ``position`` the decisions that stand for an organisation, ``commitments`` those that
    match the cell; ``noted`` counts what is merely noted or decided where nothing else is recorded.
    ``actors``, ``children`` and ``places`` are those below whose status differs, with that status.
    ``next_change`` is the first later day on which passing time alone changes status, reason or
    basis.
    """

    cell: Cell
    day: date
    view: View
    status: str
    normative_status: str
    reason: str | None
    basis_kind: str
    basis: tuple[str, ...]
    recognition: str | None
    recognition_kind: str
    recognition_basis: tuple[str, ...]
    losers: tuple[Loser, ...]
    candidates: tuple[CandidateStates, ...]
    acts: tuple[ActOutcomes, ...]
    recognition_candidates: tuple[CandidateStates, ...]
    recognition_acts: tuple[ActOutcomes, ...]
    flags: tuple[str, ...]
    possible: tuple[str, ...]
    pending: tuple[PendingProposal, ...]
    position: tuple[StandingDecision, ...]
    commitments: tuple[ListedCommitment, ...]
    noted: int
    actors: Differing
    children: Differing
    places: Differing
    next_change: date | None
    size: int
    head: str
    rules: int
    taxonomy_version: str
    profile: str

    def to_value(self) -> dict[str, Any]:
        """Return JSON values, ``status`` first; equal inputs give equal bytes."""
        return {
            **members(self, "status", "normative_status", "view", "basis_kind"),
            "actors": dict(self.actors),
            **members(self, "reason", "basis", "recognition", "recognition_kind"),
            **members(self, "recognition_basis", "losers", "candidates", "acts"),
            **members(self, "recognition_candidates", "recognition_acts", "flags", "possible"),
            **members(self, "pending", "position", "commitments", "noted"),
            "children": dict(self.children),
            "places": dict(self.places),
            **members(self, "next_change", "cell", "day"),
            "known_at": last_entry(self.size),
            **members(self, "head", "rules"),
            "taxonomy": self.taxonomy_version,
            "profile": self.profile,
        }


def resolve(cell: Cell, *, day: date, view: View = "prudential", facts: Facts) -> Resolution:
    """Return the status of a cell on a day, with everything that led to it."""
    claims = claims_on_cell(cell, facts)
    lines = claims.lines(day)
    told, told_of_recognition = (line.told(day.toordinal(), view) for line in lines)
    answer, recognised = claims.answer(day, view), claims.recognition(day, view)
    beside = _beside(claims, answer, day, view=view, facts=facts)
    flags = beside.flags | answer.flags | _recognition_flags(recognised)
    flags |= _claim_flags(answer, lines, day, facts)
    return Resolution(
        cell=cell,
        day=day,
        view=view,
        status=answer.status,
        normative_status=claims.outline(day.toordinal(), "normative").status,
        reason=answer.reason,
        basis_kind=answer.basis_kind,
        basis=answer.basis,
        recognition=recognised.status if recognised else None,
        recognition_kind=recognised.basis_kind if recognised else "none",
        recognition_basis=recognised.basis if recognised else (),
        losers=_losers(answer, recognised),
        candidates=told.candidates,
        acts=told.acts,
        recognition_candidates=told_of_recognition.candidates,
        recognition_acts=told_of_recognition.acts,
        flags=tuple(sorted(flags)),
        possible=answer.possible,
        pending=beside.pending,
        position=position(cell, day, facts),
        commitments=beside.commitments,
        noted=noted_on(cell, day, facts) if answer.reason == "no_claims" else 0,
        actors=beside.around.actors,
        children=beside.around.children,
        places=beside.around.places,
        next_change=beside.next_change,
        size=facts.size,
        head=facts.head,
        rules=facts.rules,
        taxonomy_version=facts.taxonomy.version,
        profile=facts.taxonomy.profile_of(cell.jurisdiction),
    )


@dataclass(frozen=True, slots=True)
class _Beside:
    """What stands beside an answer; each part that is there gives a flag."""

    pending: tuple[PendingProposal, ...]
    commitments: tuple[ListedCommitment, ...]
    around: Neighbours
    next_change: date | None
    awaits_review: bool

    @property
    def flags(self) -> frozenset[str]:
        """The flags of the parts that are there."""
        marks = {
            "pending": self.pending,
            "commitment": self.commitments,
            "actors_differ": self.around.actors,
            "children_differ": self.around.children,
            "places_differ": self.around.places,
            "next_change": self.next_change,
            "awaiting_review": self.awaits_review,
        }
        return frozenset(flag for flag, given in marks.items() if given)


def _beside(claims: CellClaims, answer: Answer, day: date, *, view: View, facts: Facts) -> _Beside:
    return _Beside(
        pending=_pending(answer, claims.pending_recognition(day, view)),
        commitments=commitments(claims.matches(day), day),
        around=neighbours(claims.cell, day, view, facts),
        next_change=next_change(claims.cell, facts, day, view),
        awaits_review=_awaits(claims.cell, day, facts),
    )


def _losers(answer: Answer, recognised: Answer | None) -> tuple[Loser, ...]:
    losers = {*answer.losers, *(recognised.losers if recognised else ())}
    return tuple(sorted(losers, key=by_claim))


def _pending(
    answer: Answer, of_recognition: Iterable[tuple[str, str]]
) -> tuple[PendingProposal, ...]:
    found = [PendingProposal(claim, stage, "status") for claim, stage in answer.pending]
    found += [PendingProposal(claim, stage, "recognition") for claim, stage in of_recognition]
    return tuple(sorted(found))


def _recognition_flags(recognised: Answer | None) -> set[str]:
    return {
        flag if flag.startswith("walked_back:") else f"recognition:{flag}"
        for flag in (recognised.flags if recognised else ())
    }


def _claim_flags(
    answer: Answer, lines: tuple[CellLine, CellLine], day: date, facts: Facts
) -> set[str]:
    """Return the flags about records: late, without primary source, disputed, suspect key."""
    basis = [facts.index.by_id[claim] for claim in answer.basis]
    flags = {flag for line in lines for flag in line.doubts}
    if any(counted.counted_on > day for counted in basis):
        flags.add("late_recorded")
    if basis and not any(getattr(c.claim, "primary_source_seen", None) for c in basis):
        flags.add("low_evidence")
    return flags


def _awaits(cell: Cell, day: date, facts: Facts) -> bool:
    """Return whether a claim that awaits review could bear on this cell once it counts."""
    if not facts.pending:
        return False
    pending = facts.pending_index
    matches = matching(cell, facts.taxonomy, pending, affiliations(cell, facts.taxonomy, day))
    # An act bears on a cell through what it is aimed at, not through the place it names.
    if any(not isinstance(match.counted.claim, Lifecycle) for match in matches):
        return True
    lines = claims_on_cell(cell, facts).lines(day)
    involved = [c for line in lines for c in (*line.involved, *line.statements)]
    if any(counted.id in pending.by_id for counted in involved):
        return True
    return any(pending.upon(counted) for counted in involved) or _supported(involved, facts)


def _supported(involved: list[CountedClaim], facts: Facts) -> bool:
    """Return whether a pending norm would belong to an instrument that others rest on."""
    norms_of = facts.pending_index.norms_of
    return any(
        instrument in norms_of for counted in involved for instrument in instruments_of(counted)
    )
