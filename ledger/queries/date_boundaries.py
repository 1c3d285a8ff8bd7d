"""Starts and ends between two days: the claims, memberships and classes behind passing time.

The days that a claim names are those of the calendar
(:func:`ledger.domain.resolve.claim_days.named_days`): a norm that says only when it was made starts
on that day here as it does there.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from ledger.domain.definitions import DatedClass, Membership
from ledger.domain.resolve.calendar_events import EVENT_WORDS
from ledger.domain.resolve.claim_days import NamedDay, named_days
from ledger.domain.resolve.claims_on_cell import CellClaims, claims_on_cell
from ledger.domain.resolve.facts import Cell, Facts
from ledger.domain.resolve.shared_work import shared_facts_of
from ledger.domain.resolve.status_values import View
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import ORG

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DateBoundary:
    """A start or end that lies between two days; ``claim`` is "" where no claim names it."""

    day: date
    claim: str
    what: str  # in words, untrusted


def date_boundaries(
    cell: Cell, facts: Facts, days: tuple[date, date], view: View
) -> tuple[DateBoundary, ...]:
    """Return what begins or ends on each day between two days on which a cell's answer changes."""
    low, high = sorted(days)
    cell_claims = claims_on_cell(cell, facts)
    between = [d for d in map(date.fromordinal, cell_claims.change_days) if low < d <= high]
    changing = {
        day
        for day in between
        if _key(cell_claims, day - _DAY, view) != _key(cell_claims, day, view)
    }
    lines = cell_claims.ever
    # The supports of the cell's own norms are named only for a day that nothing nearer names; a
    # day without any name follows from several claims together.
    tiers: tuple[Iterable[DateBoundary], ...] = (
        _of_claims(c for line in lines for c in (*line.norms, *line.acts, *line.statements)),
        _of_claims(c for line in lines for c in line.supports),
        (*_of_places(cell, facts), *_of_actor(cell, facts)),
        [DateBoundary(day, "", "the answer changes") for day in changing],
    )
    found: set[DateBoundary] = set()
    for tier in tiers:
        unnamed = changing - {one.day for one in found}
        found |= {one for one in tier if one.day in unnamed}
    return tuple(sorted(found, key=lambda one: (one.day, one.claim, one.what)))


def _key(cell_claims: CellClaims, day: date, view: View) -> tuple[object, ...]:
    """Return the parts of an answer that must differ for a day to have changed it."""
    found = cell_claims.outline(day.toordinal(), view)
    recognition = cell_claims.recognition(day, view)
    said = recognition and (recognition.status, recognition.basis)
    return found.status, found.reason, found.basis_kind, found.basis, found.possible, said


def _of_claims(claims: Iterable[CountedClaim]) -> Iterator[DateBoundary]:
    for counted in claims:
        for moment in named_days(counted):
            if moment.what != "deadline":
                for day in moment.days or ():
                    yield DateBoundary(day, counted.id, _words(counted, moment))


def _words(counted: CountedClaim, moment: NamedDay) -> str:
    name = counted.claim.key or f"@{counted.seq}"
    text = f"(last day {moment.text})" if moment.after else moment.text
    return f"{name}: {EVENT_WORDS[moment.what]} {text}"


def _of_places(cell: Cell, facts: Facts) -> Iterator[DateBoundary]:
    """Yield the unions that the place, or one it is part of, joins or leaves."""
    taxonomy = facts.taxonomy
    path = taxonomy.jurisdiction_path(cell.jurisdiction)
    for union in shared_facts_of(facts).surroundings[cell.jurisdiction].unions:
        for member in taxonomy.jurisdictions[union].members:
            if member.jurisdiction in path:
                yield from _dated(member, f"{member.jurisdiction} as a member of {union}")


def _of_actor(cell: Cell, facts: Facts) -> Iterator[DateBoundary]:
    """Yield the classes that an organisation gains or loses."""
    body = facts.taxonomy.bodies.get(cell.actor.removeprefix(ORG)) if ORG in cell.actor else None
    for held in body.classes if body else ():
        yield from _dated(held, f"{cell.actor} as {held.actor_class}")


def _dated(what: Membership | DatedClass, words: str) -> Iterator[DateBoundary]:
    if what.since:
        yield DateBoundary(what.since, "", f"{words}: first day {what.since}")
    if what.until and what.until < date.max:
        yield DateBoundary(what.until + _DAY, "", f"{words}: last day {what.until}")
