"""The status of a cell on a day: a pure function of the facts of one prefix of the log.

:func:`resolve` puts together what the other files of this package decide, in the order that its
``__init__`` lists. It uses no clock and no I/O, and the order in which claims were recorded has no
influence. An id that the taxonomy does not know is no error here: nothing matches it.

Decisions where the rules leave room:

* ``children_differ`` looks at every activity below, not only at the next level.
* ``disputed`` and ``suspect_key`` look at every claim that bears on the answer: norms, what they
  rest on, acts, and the declarations that matter.
* Flags about contests and dates on the line of recognition carry the prefix ``recognition:``.
* ``reason`` says why no *norm* decides, and so also stands beside a declared status.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.domain.claims import Lifecycle, Norm
from ledger.domain.resolve.claims_on_cell import Answer, CellLine, claims_on_cell
from ledger.domain.resolve.conflict import Loser, by_claim
from ledger.domain.resolve.facts import Cell, Facts
from ledger.domain.resolve.matching import affiliations, matching
from ledger.domain.resolve.shared_work import shared_facts_of
from ledger.domain.resolve.status_values import View
from ledger.domain.resolve.timeline import next_change
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import ANY, ORG
from ledger.json_values import members
from ledger.points import last_entry

_OWN_LINE = ("contested:", "date_", "superior_vs_specialis")


@dataclass(frozen=True, slots=True)
class Resolution:
    """The status of one cell on one day, with everything that led to it.

    ``basis`` are claim ids; ``losers`` every claim that lost, with the rule and the winner.
    ``possible`` are the statuses that occur where dates leave several (``date_uncertain``).
    ``pending`` are live proposals (claim, stage); ``actors`` and ``children`` the classes and the
    activities below whose status differs, with that status. ``next_change`` is the first later day
    on which passing time alone changes status, reason or basis.
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
    flags: tuple[str, ...]
    possible: tuple[str, ...]
    pending: tuple[tuple[str, str], ...]
    actors: tuple[tuple[str, str], ...]
    children: tuple[tuple[str, str], ...]
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
            **members(self, "recognition_basis", "losers", "flags", "possible"),
            "pending": [{"claim": claim, "stage": stage} for claim, stage in self.pending],
            "children": dict(self.children),
            **members(self, "next_change", "cell", "day"),
            "known_at": last_entry(self.size),
            **members(self, "head", "rules"),
            "taxonomy": self.taxonomy_version,
            "profile": self.profile,
        }


def resolve(cell: Cell, *, day: date, view: View = "prudential", facts: Facts) -> Resolution:
    """Return the status of a cell on a day, with everything that led to it."""
    claims = claims_on_cell(cell, facts)
    answer = claims.answer(day, view)
    recognised = claims.recognition(day, view)
    actors, children = _actors(cell, day, view, facts), _children(cell, day, view, facts)
    change = next_change(cell, facts, day, view)
    marks = {
        "pending": answer.pending,
        "actors_differ": actors,
        "children_differ": children,
        "next_change": change,
        "awaiting_review": _awaits(cell, day, facts),
    }
    flags = {flag for flag, given in marks.items() if given} | _recognition_flags(recognised)
    flags |= answer.flags | _claim_flags(answer, claims.lines(day), day, facts)
    losers = {*answer.losers, *(recognised.losers if recognised else ())}
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
        losers=tuple(sorted(losers, key=by_claim)),
        flags=tuple(sorted(flags)),
        possible=answer.possible,
        pending=answer.pending,
        actors=actors,
        children=children,
        next_change=change,
        size=facts.size,
        head=facts.head,
        rules=facts.rules,
        taxonomy_version=facts.taxonomy.version,
        profile=facts.taxonomy.profile_of(cell.jurisdiction),
    )


def _recognition_flags(recognised: Answer | None) -> set[str]:
    if recognised is None:
        return set()
    flags = {
        f"recognition:{flag}" if flag.startswith(_OWN_LINE) else flag for flag in recognised.flags
    }
    return flags | ({"pending"} if recognised.pending else set())


def _claim_flags(
    answer: Answer, lines: tuple[CellLine, CellLine], day: date, facts: Facts
) -> set[str]:
    """Return the flags about records: late, without primary source, disputed, suspect key."""
    basis = [facts.index.by_id[claim] for claim in answer.basis]
    involved = [counted for line in lines for counted in line.involved]
    flags = set()
    if any(counted.counted_on > day for counted in basis):
        flags.add("late_recorded")
    if basis and not any(getattr(c.claim, "primary_source_seen", None) for c in basis):
        flags.add("low_evidence")
    if any(counted.disputed for counted in involved):
        flags.add("disputed")
    if any(counted.suspect_key for counted in involved):
        flags.add("suspect_key")
    return flags


def _actors(cell: Cell, day: date, view: View, facts: Facts) -> tuple[tuple[str, str], ...]:
    """Return the actor classes addressed here whose status differs from that of ``any``."""
    if cell.actor != ANY:
        return ()
    places = shared_facts_of(facts).surroundings[cell.jurisdiction].places
    claims = facts.index.at(places, facts.taxonomy.ancestors(cell.activity))
    named = {a for counted in claims for a in counted.claim.addressees}
    cells = (
        Cell(cell.jurisdiction, cell.activity, actor)
        for actor in sorted(named)
        if actor != ANY and not actor.startswith(ORG)
    )
    return tuple(
        (c.actor, status) for c, status in _differing(cell, cells, day=day, view=view, facts=facts)
    )


def _children(cell: Cell, day: date, view: View, facts: Facts) -> tuple[tuple[str, str], ...]:
    """Return the activities below whose status differs; only those with own claims can."""
    places = shared_facts_of(facts).surroundings[cell.jurisdiction].places
    claimed = set[str]().union(*(facts.index.activities.get(place, ()) for place in places))
    cells = (
        Cell(cell.jurisdiction, activity, cell.actor)
        for activity in facts.taxonomy.descendants(cell.activity)
        if activity in claimed
    )
    differing = _differing(cell, cells, day=day, view=view, facts=facts)
    return tuple(sorted((c.activity, status) for c, status in differing))


def _differing(
    cell: Cell, others: Iterable[Cell], *, day: date, view: View, facts: Facts
) -> Iterator[tuple[Cell, str]]:
    """Yield the other cells whose status is not the cell's, with their status."""
    number = day.toordinal()
    mine = claims_on_cell(cell, facts).outline(number, view).status
    for other in others:
        status = claims_on_cell(other, facts).outline(number, view).status
        if status != mine:
            yield other, status


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
    norms = (c.claim for c in involved if isinstance(c.claim, Norm))
    norms_of = facts.pending_index.norms_of
    return any(instrument in norms_of for norm in norms for instrument in norm.rests_on)
