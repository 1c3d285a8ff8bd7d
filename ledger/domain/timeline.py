"""How a cell's status moves through time: change days, the next change, the whole strip."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ledger.domain.cells import (
    Cell,
    Facts,
    Standing,
    View,
    acts_upon,
    matching,
    places_of,
    supports,
)
from ledger.domain.claims import Declaration, Lifecycle, Norm, Proposal
from ledger.domain.dates import Days, parse
from ledger.domain.declared import said_on
from ledger.domain.docket import Answer, docket_of
from ledger.domain.records import CountedClaim
from ledger.domain.spans import BEGIN, FOREVER, highest, lowest
from ledger.domain.taxonomy import ORG, DatedClass, Membership, Taxonomy
from ledger.domain.uncertain import starts

_SHOWN = ("contested:", "date_uncertain")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of days with one answer, ``[from_day, to_day]`` inclusive; None is open.

    ``flags`` holds only what colours a strip: ``contested:*`` and ``date_uncertain``.
    """

    from_day: date | None
    to_day: date | None
    status: str
    reason: str | None
    basis_kind: str
    flags: tuple[str, ...]
    possible: tuple[str, ...]


def change_days(cell: Cell, facts: Facts) -> tuple[date, ...]:
    """Every day on which the answer for a cell may differ from the day before, in order.

    These are the starts and the days after the ends of norms and acts that can matter, the days
    norms were made and statements uttered, and the days unions and classes begin or cease; of an
    imprecise date, both extremes.
    """
    key = ("change_days", cell)
    found: tuple[date, ...] | None = facts.memory.get(key)
    if found is None:
        found = facts.memory[key] = _change_days(cell, facts)
    return found


def _change_days(cell: Cell, facts: Facts) -> tuple[date, ...]:
    taxonomy, index = facts.taxonomy, facts.index
    path = taxonomy.jurisdiction_path(cell.jurisdiction)
    body = taxonomy.bodies.get(cell.actor.removeprefix(ORG)) if ORG in cell.actor else None
    held = body.classes if body else ()
    ever = Standing(
        frozenset(places_of(cell, taxonomy)).difference(path),
        frozenset(dated.actor_class for dated in held),
    )
    matches = [match.counted for match in matching(cell, taxonomy, index, ever)]
    norms = [c for c in matches if isinstance(c.claim, Norm)]
    norms += supports(norms, index)
    days = set(_bounds((*held, *_memberships(cell, taxonomy))))
    for counted in (*matches, *norms, *acts_upon(norms, index)):
        days.update(_days_of(counted))
    return tuple(date.fromordinal(day) for day in sorted(days) if BEGIN < day < FOREVER)


def _memberships(cell: Cell, taxonomy: Taxonomy) -> Iterator[Membership]:
    path = taxonomy.jurisdiction_path(cell.jurisdiction)
    for place in taxonomy.jurisdictions.values():
        yield from (member for member in place.members if member.jurisdiction in path)


def _bounds(ranges: Iterable[DatedClass | Membership]) -> Iterator[int]:
    for dated in ranges:
        if dated.since is not None:
            yield dated.since.toordinal()
        if dated.until is not None:
            yield dated.until.toordinal() + 1


def _days_of(counted: CountedClaim) -> Iterator[int]:
    """The days a claim may change an answer on."""
    claim = counted.claim
    if isinstance(claim, Norm):
        yield from _first((*starts(claim), *((claim.made,) if claim.made else ())))
        yield from _after(claim.effective_to)
    elif isinstance(claim, Lifecycle):
        yield from _first((claim.at,))
        yield from _after(claim.until)
    elif isinstance(claim, Declaration | Proposal):
        yield from _both(said_on(counted))


def _both(days: Days) -> tuple[int, int]:
    return lowest(days), highest(days)


def _first(texts: Iterable[str]) -> Iterator[int]:
    for text in texts:
        yield from _both(parse(text))


def _after(text: str | None) -> Iterator[int]:
    if text is not None:
        yield from (day + 1 for day in _both(parse(text)))


def next_change(cell: Cell, facts: Facts, day: date, view: View = "prudential") -> date | None:
    """The first day after ``day`` on which passing time alone changes status, reason or basis."""
    docket = docket_of(cell, facts)
    now = _key(docket.answer(day, view))
    for later in change_days(cell, facts):
        if later > day and _key(docket.answer(later, view)) != now:
            return later
    return None


def since(cell: Cell, facts: Facts, day: date, view: View = "prudential") -> date | None:
    """The first day of the unbroken stretch up to ``day`` in which the status is the same.

    None where the stretch has no first day: it has been so as far back as the record goes.
    """
    docket = docket_of(cell, facts)
    status = docket.answer(day, view).status
    days = [change for change in change_days(cell, facts) if change <= day]
    first: date | None = day
    for change in reversed(days):
        if docket.answer(change, view).status != status:
            return first
        first = change
    if days and days[0] > date.min:
        before = docket.answer(days[0] - timedelta(days=1), view).status
        return first if before != status else None
    return None


def _key(answer: Answer) -> tuple[object, ...]:
    return (answer.status, answer.reason, answer.basis)


def timeline(cell: Cell, facts: Facts, view: View = "prudential") -> tuple[Segment, ...]:
    """The answers for a cell over all days, equal neighbours merged.

    The first segment has no first day and the last no last day; together they hold every day once.
    """
    docket = docket_of(cell, facts)
    days = change_days(cell, facts)
    before = days[0] - timedelta(days=1) if days and days[0] > date.min else date.min
    segments: list[Segment] = []
    for first in (None, *days):
        made = _segment(first, docket.answer(first or before, view))
        if segments and _look(segments[-1]) == _look(made):
            continue
        if segments and first is not None:
            segments[-1] = _ended(segments[-1], first - timedelta(days=1))
        segments.append(made)
    return tuple(segments)


def _segment(first: date | None, answer: Answer) -> Segment:
    flags = tuple(sorted(flag for flag in answer.flags if flag.startswith(_SHOWN)))
    return Segment(
        first, None, answer.status, answer.reason, answer.basis_kind, flags, answer.possible
    )


def _look(segment: Segment) -> tuple[object, ...]:
    return (
        segment.status,
        segment.reason,
        segment.basis_kind,
        segment.flags,
        segment.possible,
    )


def _ended(segment: Segment, last: date) -> Segment:
    return replace(segment, to_day=last)
