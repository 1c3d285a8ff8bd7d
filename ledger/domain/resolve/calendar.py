"""The calendar: the days on which the answers for some cells change, and which claims are stale.

An *event* is a day that a claim names: a start, an end, an act, a deadline. A *status change* is a
day on which passing time really changes the answer for a cell. Most events bring changes, some
bring none (the norm was extended meanwhile, or a stricter one stays), and a change that no claim
names by itself (a union is left, a class is gained) is an event of its own, so that no change to
come is missing.

Decisions where the rules leave room:

* A last day is inclusive: an end is listed on the day after it.
* A statement is an event only where it changes an answer.
* ``stands`` is false where the date as written is not what happens: a norm that was extended,
  repealed or annulled meanwhile, an act without power, an extension that came too late. The event
  is listed all the same, without the changes of that day.
* An act of limited scope is judged by the cells on which it bears.
* Only claims on which an answer rests today can be *stale*. A claim was last confirmed on the
  latest of ``still_valid_on`` and the days its reports were published or retrieved, but not after
  the day it came to count; without any of these, on that day. It goes stale ``stale_after`` days
  later.
* A norm in a basis whose primary source was never seen is listed as such, however fresh.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from ledger.domain.claims import Lifecycle, Norm
from ledger.domain.edtf_dates import parse
from ledger.domain.resolve.calendar_events import (
    CalendarContents,
    CalendarEvent,
    EventSource,
    StaleClaim,
    StaleReason,
    StatusChange,
    Window,
)
from ledger.domain.resolve.claim_days import NamedDay, named_days
from ledger.domain.resolve.claims_on_cell import claims_on_cell
from ledger.domain.resolve.facts import Cell, Facts
from ledger.domain.resolve.in_force import NormsInForce
from ledger.domain.resolve.intervals import PRECISE, DateChoice
from ledger.domain.resolve.norm_states import outcomes_of
from ledger.domain.resolve.scenario import Outline
from ledger.domain.resolve.shared_work import shared_facts_of
from ledger.domain.state_records import CountedClaim

# Acts that by themselves change nothing on their first day.
_STILL: Final = frozenset({"postpone", "amend"})
# Events that bring a norm into force; all others end it, or an act upon it.
_BEGINNINGS: Final = frozenset(
    {"commences", "applies", "commence", "revive", "lift", "suspension_ends"}
)
_EXTREMES: Final = (PRECISE, DateChoice(others=True))
_LAST: Final = date.max.toordinal()


@dataclass(slots=True)
class _Bearing:
    """The cells each claim bears on, those that rest on it today, and every change by cell.

    ``readings`` are the norms in force of the cells on which a claim bears.
    """

    cells: dict[str, set[Cell]] = field(default_factory=dict)
    readings: dict[str, set[NormsInForce]] = field(default_factory=dict)
    resting: dict[str, set[Cell]] = field(default_factory=dict)
    changes: dict[Cell, list[StatusChange]] = field(default_factory=dict)


def calendar_contents(cells: Iterable[Cell], facts: Facts, window: Window) -> CalendarContents:
    """Return the events of the window for these cells, in order, and the stale claims."""
    bearing = _bearing(cells, facts, window)
    stale = list(_stale(facts, bearing, window))
    found = [event for c in facts.claims for event in _events(c, facts, bearing, window)]
    found += _going_stale(stale, window)
    found += _unnamed(bearing, found)
    return CalendarContents(
        tuple(sorted(found, key=_order)),
        tuple(sorted((s for s in stale if s.why), key=lambda s: (s.due, s.source.seq))),
    )


def _bearing(cells: Iterable[Cell], facts: Facts, window: Window) -> _Bearing:
    found = _Bearing()
    for cell in cells:
        changes = list(_changes(cell, facts, window))
        if changes:
            found.changes[cell] = changes
        on_cell = claims_on_cell(cell, facts)
        for day in {window.today, window.first, window.last, *(c.day for c in changes)}:
            for line in on_cell.lines(day):
                for counted in (*line.involved, *line.statements):
                    found.cells.setdefault(counted.id, set()).add(cell)
                    found.readings.setdefault(counted.id, set()).update(line.readings)
        for line in on_cell.lines(window.today):
            for claim in line.outline(window.today.toordinal(), window.view).basis:
                found.resting.setdefault(claim, set()).add(cell)
    return found


def _changes(cell: Cell, facts: Facts, window: Window) -> Iterator[StatusChange]:
    on_cell = claims_on_cell(cell, facts)
    low, high = window.first.toordinal(), window.last.toordinal()
    for day in on_cell.change_days:
        if low <= day <= high and day > 1:  # there is no day before the first
            before = on_cell.outline(day - 1, window.view)
            then = on_cell.outline(day, window.view)
            if _key(before) != _key(then):
                yield StatusChange(
                    date.fromordinal(day),
                    cell,
                    before.status,
                    then.status,
                    then.reason,
                    then.basis_kind,
                )


def _key(found: Outline) -> tuple[object, ...]:
    return found.status, found.reason, found.basis_kind


def _events(
    counted: CountedClaim, facts: Facts, bearing: _Bearing, window: Window
) -> Iterator[CalendarEvent]:
    for named in named_days(counted):
        days, both = parse(named.text), named.days
        if both is None or both[1] < window.first or both[0] > window.last:
            continue
        cells = sorted(bearing.cells.get(counted.id, ()))
        moves = named.what != "deadline"
        changes = [c for cell in cells for c in bearing.changes.get(cell, ()) if c.day in both]
        if named.what == "said" and not changes:
            continue
        stands = not moves or _stands(counted, named, both, _readings(counted, facts, bearing))
        yield CalendarEvent(
            day=both[0],
            latest=both[1],
            uncertain=days.approximate or not days.precise,
            what=named.what,
            date=named.text,
            label=named.label,
            source=EventSource.of(counted),
            cells=tuple(cells),
            status_changes=tuple(changes) if moves and stands else (),
            stands=stands,
            number=named.number,
        )


def _readings(counted: CountedClaim, facts: Facts, bearing: _Bearing) -> Collection[NormsInForce]:
    """Return the norms in force of the cells on which a claim bears, else those for any cell."""
    in_force = shared_facts_of(facts).in_force
    return bearing.readings.get(counted.id) or [in_force[one, frozenset()] for one in _EXTREMES]


def _stands(
    counted: CountedClaim,
    named: NamedDay,
    both: tuple[date, date],
    readings: Collection[NormsInForce],
) -> bool:
    """Return whether, in some reading of the dates, a norm begins or ends on the day."""
    claim = counted.claim
    if named.what in _STILL or getattr(claim, "ex_tunc", False):
        return True
    if named.what == "commences" and getattr(claim, "applicable_from", None):
        return True  # in force, though it applies from another day
    if not isinstance(claim, Lifecycle | Norm):
        return True
    days = range(both[0].toordinal(), both[1].toordinal() + 1)
    if named.what == "extend":
        return any(
            "took_effect" in outcomes_of(norms, counted, norms.targets(counted), days[-1])
            for norms in readings
        )
    return any(_moves(counted, named, norms, days) for norms in readings)


def _moves(counted: CountedClaim, named: NamedDay, norms: NormsInForce, days: range) -> bool:
    """Return whether a norm that the claim is, or changes, begins or ends on one of the days."""
    begins, ends = named.what in _BEGINNINGS, named.what not in _BEGINNINGS
    moved = [counted]
    while moved and not all(isinstance(one.claim, Norm) for one in moved):
        targets = [target for act in moved for target in norms.targets(act)]
        if any(isinstance(target.claim, Lifecycle) for target in targets):
            begins = ends = True  # what undoes an act may bring a norm back
        moved = targets
    for norm in moved:
        for first, last in norms.days(norm, "in_force"):
            if (begins and first in days) or (ends and last + 1 in days):
                return True
    return not moved


def _unnamed(bearing: _Bearing, named: Sequence[CalendarEvent]) -> Iterator[CalendarEvent]:
    """Yield the changes that no other event brings, together for each day."""
    brought = {change for event in named for change in event.status_changes}
    left: dict[date, list[StatusChange]] = {}
    for changes in bearing.changes.values():
        for change in changes:
            if change not in brought:
                left.setdefault(change.day, []).append(change)
    for day, changes in left.items():
        cells = tuple(sorted({change.cell for change in changes}))
        by_cell = tuple(sorted(changes, key=lambda change: change.cell))
        text = day.isoformat()
        yield CalendarEvent(day, day, "changes", text, cells=cells, status_changes=by_cell)


def _stale(facts: Facts, bearing: _Bearing, window: Window) -> Iterator[StaleClaim]:
    """Yield every claim that an answer of today rests on; ``why`` is empty where it is fresh."""
    for claim, cells in bearing.resting.items():
        counted = facts.index.by_id[claim]
        confirmed = _confirmed(counted)
        due = date.fromordinal(min(confirmed.toordinal() + window.stale_after, _LAST))
        why: list[StaleReason] = []
        if due <= window.today:
            why.append("not_confirmed")
        if isinstance(counted.claim, Norm) and not counted.claim.primary_source_seen:
            why.append("primary_source_unseen")
        yield StaleClaim(EventSource.of(counted), confirmed, due, tuple(why), tuple(sorted(cells)))


def _confirmed(counted: CountedClaim) -> date:
    """Return the last day on which a person is known to have checked a claim."""
    claim = counted.claim
    texts = [getattr(claim, "still_valid_on", None)]
    for report in claim.reports:
        texts += [report.published, report.retrieved_at and report.retrieved_at[:10]]
    days = [parse(text).latest for text in texts if text]
    latest = max((day for day in days if day is not None), default=counted.counted_on)
    return min(latest, counted.counted_on)


def _going_stale(stale: Iterable[StaleClaim], window: Window) -> Iterator[CalendarEvent]:
    for claim in stale:
        if window.today < claim.due and window.first <= claim.due <= window.last:
            confirmed = claim.confirmed.isoformat()
            yield CalendarEvent(
                claim.due, claim.due, "goes_stale", confirmed, "", claim.source, claim.cells
            )


def _order(event: CalendarEvent) -> tuple[date, date, int, str, int]:
    seq = event.source.seq if event.source else -1
    return (event.day, event.latest, seq, event.what, event.number)
