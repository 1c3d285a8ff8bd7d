"""The calendar: the days on which the law of some cells moves, and what has not been checked.

Two questions are kept apart. An *occasion* is a day that a claim names: a start, an end, an act, a
deadline. A *turn* is a day on which passing time really changes the answer of a cell. Most
occasions bring turns, some bring none (the norm was extended meanwhile, or a stricter one stays),
and a turn that no claim names by itself (a union is left, a class is gained) is an occasion of its
own, so that no change to come is missing.

Decisions where the rules leave room:

* A last day is inclusive: what ends lapses on the day after it, and that is the day listed.
* A statement is an occasion only where it moves an answer.
* ``stands`` is false where the date as written is not what happens: a norm that was extended,
  repealed or annulled meanwhile, an act without power. It is told, not left out.
* *Stale* is asked only of claims on which an answer rests today. A claim was last confirmed on the
  latest of ``still_valid_on`` and the days its reports were published or retrieved, but not after
  the day it came to count; without any of these, on that day. It goes stale ``stale_after`` days
  later.
* A norm in a basis whose primary source nobody has seen is listed as such, however fresh.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from ledger.domain.claims import Declaration, Lifecycle, Norm, Proposal
from ledger.domain.dates import Days, parse
from ledger.domain.resolve.calendar_events import (
    CalendarContents,
    CalendarEvent,
    EventKind,
    EventSource,
    StaleClaim,
    StaleReason,
    StatusChange,
    Window,
)
from ledger.domain.resolve.claims_on_cell import claims_on_cell
from ledger.domain.resolve.intervals import PRECISE, DateChoice
from ledger.domain.resolve.matching import INSTRUMENT, Cell, Facts
from ledger.domain.resolve.scenario import Outline
from ledger.domain.resolve.shared_facts import shared_facts_of
from ledger.domain.resolve.statements import uttered_on
from ledger.domain.state_records import CountedClaim

# Acts that by themselves move nothing on their first day.
_STILL: Final = frozenset({"extend", "postpone", "amend"})
# Acts that bring a norm into force; everything else ends it, or an act upon it.
_BEGINNINGS: Final = frozenset(
    {"commences", "applies", "commence", "revive", "lift", "suspension_ends"}
)
_UNTIL: Final[Mapping[str, EventKind]] = {
    "suspend": "suspension_ends",
    "extend": "lapses",
    "revive": "lapses",
}
_EXTREMES: Final = (PRECISE, DateChoice(others=True))


@dataclass(slots=True)
class _Bearing:
    """Which cells each claim bears on, which rest on it today, and every turn of the window."""

    cells: dict[str, set[Cell]] = field(default_factory=dict)
    resting: dict[str, set[Cell]] = field(default_factory=dict)
    status_changes: dict[Cell, list[StatusChange]] = field(default_factory=dict)


def calendar_contents(cells: Iterable[Cell], facts: Facts, window: Window) -> CalendarContents:
    """Return what the window holds for these cells. Pure: same inputs, same calendar."""
    bearing = _bearing(cells, facts, window)
    stale = list(_stale(facts, bearing, window))
    found = [one for c in facts.claims for one in _occasions(c, facts, bearing, window)]
    found += _going_stale(stale, window)
    found += _unnamed(bearing, found)
    return CalendarContents(
        tuple(sorted(found, key=_order)),
        tuple(sorted((s for s in stale if s.why), key=lambda s: (s.due, s.source.seq))),
    )


# --- cells and their turns -----------------------------------------------------------------------


def _bearing(cells: Iterable[Cell], facts: Facts, window: Window) -> _Bearing:
    found = _Bearing()
    for cell in cells:
        turns = list(_turns(cell, facts, window))
        if turns:
            found.status_changes[cell] = turns
        cell_claims = claims_on_cell(cell, facts)
        for day in {window.today, window.first, window.last, *(turn.day for turn in turns)}:
            for line in cell_claims.lines(day):
                for counted in (*line.involved, *line.statements):
                    found.cells.setdefault(counted.id, set()).add(cell)
        for line in cell_claims.lines(window.today):
            for claim in line.outline(window.today.toordinal(), window.view).basis:
                found.resting.setdefault(claim, set()).add(cell)
    return found


def _turns(cell: Cell, facts: Facts, window: Window) -> Iterator[StatusChange]:
    cell_claims = claims_on_cell(cell, facts)
    low, high = window.first.toordinal(), window.last.toordinal()
    for day in cell_claims.change_days:
        if low <= day <= high and day > 1:  # there is no day before the first
            before = cell_claims.outline(day - 1, window.view)
            then = cell_claims.outline(day, window.view)
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


# --- occasions -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NamedDay:
    """A day that a claim names, as it is written."""

    what: EventKind
    text: str
    after: bool = False  # what is listed is the day after the one that is written
    label: str = ""
    number: int = 0

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and last day on which it may be; None where the day after has no date."""
        return _both(parse(self.text), after=self.after)


def named_days(counted: CountedClaim) -> Iterator[NamedDay]:
    """Every day that a claim names: starts, ends, acts, deadlines, and when a thing was said."""
    claim = counted.claim
    if isinstance(claim, Lifecycle):
        yield NamedDay(claim.act, claim.at)
        if claim.until and claim.act in _UNTIL:
            yield NamedDay(_UNTIL[claim.act], claim.until, after=True)
    elif claim.kind in {"norm", "decision"}:
        yield from _of_norm(claim)
    elif isinstance(claim, Declaration | Proposal) and (said := uttered_on(counted).text):
        yield NamedDay("said", said)
    for number, deadline in enumerate(claim.deadlines):
        yield NamedDay("deadline", deadline.date, label=deadline.label, number=number)


def _of_norm(claim: Any) -> Iterator[NamedDay]:
    """Start, application and end of a norm or a decision."""
    if getattr(claim, "commencement", None) != "pending":
        start = claim.effective_from or getattr(claim, "published", None) or claim.made
        if start:
            yield NamedDay("commences", start)
        applies = getattr(claim, "applicable_from", None)
        if applies and applies != start:
            yield NamedDay("applies", applies)
    if claim.effective_to:
        yield NamedDay("lapses", claim.effective_to, after=True)


def _occasions(
    counted: CountedClaim, facts: Facts, bearing: _Bearing, window: Window
) -> Iterator[CalendarEvent]:
    for moment in named_days(counted):
        days, both = parse(moment.text), moment.days
        if both is None or both[1] < window.first or both[0] > window.last:
            continue
        cells = bearing.cells.get(counted.id, set())
        moves = moment.what != "deadline"
        turns = tuple(_turns_on(both, cells, bearing)) if moves else ()
        if moment.what == "said" and not turns:
            continue  # talk is an occasion only where it moves something
        yield CalendarEvent(
            day=both[0],
            latest=both[1],
            uncertain=days.approximate or not days.precise,
            what=moment.what,
            date=moment.text,
            label=moment.label,
            source=EventSource.of(counted),
            cells=tuple(sorted(cells)),
            status_changes=turns,
            stands=not moves or _stands(counted, moment, both, facts),
            number=moment.number,
        )


def _both(days: Days, *, after: bool) -> tuple[date, date] | None:
    """The first and last day a text can mean; None where the day after it has no date."""
    first, last = days.earliest or days.latest, days.latest or days.earliest
    if first is None or last is None or (after and last == date.max):
        return None
    shift = int(after)
    return (
        date.fromordinal(first.toordinal() + shift),
        date.fromordinal(last.toordinal() + shift),
    )


def _turns_on(
    both: tuple[date, date], cells: Iterable[Cell], bearing: _Bearing
) -> Iterator[StatusChange]:
    for cell in sorted(cells):
        yield from (turn for turn in bearing.status_changes.get(cell, ()) if turn.day in both)


def _stands(counted: CountedClaim, moment: NamedDay, both: tuple[date, date], facts: Facts) -> bool:
    """Whether something begins or ends to be in force on the day, in one reading of the dates."""
    claim = counted.claim
    if moment.what in _STILL or getattr(claim, "ex_tunc", False):
        return True
    if moment.what == "commences" and getattr(claim, "applicable_from", None):
        return True  # in force, though it applies from another day
    if not isinstance(claim, Lifecycle | Norm):
        return True
    norms = [counted] if isinstance(claim, Norm) else _aimed_at(claim, facts)
    days = {day.toordinal() for day in both}
    begins, ends = moment.what in _BEGINNINGS, moment.what not in _BEGINNINGS
    if isinstance(claim, Lifecycle) and _is_act(claim.target, facts):
        begins = ends = True  # what undoes an act may bring a norm back
    flips = (_flips(norm, facts, begins=begins, ends=ends) for norm in norms)
    return not norms or any(not days.isdisjoint(some) for some in flips)


def _is_act(claim: str, facts: Facts) -> bool:
    counted = facts.index.by_id.get(claim)
    return counted is not None and isinstance(counted.claim, Lifecycle)


def _aimed_at(act: Lifecycle, facts: Facts) -> list[CountedClaim]:
    """The norms that an act changes in the end, through the acts it may be aimed at."""
    index = facts.index
    found, todo, seen = [], [act.target], set[str]()
    while todo:
        target = todo.pop()
        if target in seen:
            continue
        seen.add(target)
        if target.startswith(INSTRUMENT):
            found += index.norms_of.get(target.removeprefix(INSTRUMENT), [])
        elif (counted := index.by_id.get(target)) is not None:
            if isinstance(counted.claim, Lifecycle):
                todo.append(counted.claim.target)
            elif isinstance(counted.claim, Norm):
                found.append(counted)
    return found


def _flips(norm: CountedClaim, facts: Facts, *, begins: bool, ends: bool) -> set[int]:
    """The days on which a norm comes into force or ceases to be, in any reading of the dates."""
    shared = shared_facts_of(facts)
    spans = [span for run in _EXTREMES for span in shared.forces(run).spans(norm)]
    first = {first for first, _ in spans} if begins else set()
    return first | ({last + 1 for _, last in spans} if ends else set())


def _unnamed(bearing: _Bearing, named: Sequence[CalendarEvent]) -> Iterator[CalendarEvent]:
    """The turns that no occasion brings, together for each day."""
    told = {turn for one in named for turn in one.status_changes}
    left: dict[date, list[StatusChange]] = {}
    for turns in bearing.status_changes.values():
        for turn in turns:
            if turn not in told:
                left.setdefault(turn.day, []).append(turn)
    for day, turns in left.items():
        yield CalendarEvent(
            day=day,
            latest=day,
            uncertain=False,
            what="changes",
            date=day.isoformat(),
            label="",
            source=None,
            cells=tuple(sorted({turn.cell for turn in turns})),
            status_changes=tuple(sorted(turns, key=lambda turn: turn.cell)),
            stands=True,
        )


# --- what is stale -------------------------------------------------------------------------------


def _stale(facts: Facts, bearing: _Bearing, window: Window) -> Iterator[StaleClaim]:
    """Every claim that an answer of today rests on; ``why`` is empty where nothing is wrong."""
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


_LAST: Final = date.max.toordinal()


def _confirmed(counted: CountedClaim) -> date:
    """The last day on which somebody is known to have looked."""
    claim = counted.claim
    texts = [getattr(claim, "still_valid_on", None)]
    for report in claim.reports:
        texts += [report.published, report.retrieved_at and report.retrieved_at[:10]]
    days = [parse(text).latest for text in texts if text]
    latest = max((day for day in days if day is not None), default=counted.counted_on)
    return min(latest, counted.counted_on)


def _going_stale(stale: Iterable[StaleClaim], window: Window) -> Iterator[CalendarEvent]:
    for one in stale:
        if window.today < one.due and window.first <= one.due <= window.last:
            yield CalendarEvent(
                day=one.due,
                latest=one.due,
                uncertain=False,
                what="goes_stale",
                date=one.confirmed.isoformat(),
                label="",
                source=one.source,
                cells=one.cells,
                status_changes=(),
                stands=True,
            )


def _order(one: CalendarEvent) -> tuple[date, date, int, str, int]:
    return (one.day, one.latest, one.source.seq if one.source else -1, one.what, one.number)
