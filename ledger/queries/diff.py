"""The cells that changed between two points, and whether knowledge or time changed them.

From (D1, K1) to (D2, K2): a difference between (D1, K1) and (D2, K1) is *passing time*, one
between (D2, K1) and (D2, K2) is *new knowledge*. A cell may change by both, even back to where it
was; it is listed all the same.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.domain.resolve.claims_on_cell import claims_on_cell
from ledger.domain.resolve.facts import ANSWERING_KINDS, Cell, Facts
from ledger.domain.resolve.matching import relevant
from ledger.domain.resolve.resolve import Resolution, resolve
from ledger.domain.resolve.status_values import View
from ledger.domain.state_records import CountedClaim
from ledger.json_values import members
from ledger.points import Point
from ledger.queries.date_boundaries import DateBoundary, date_boundaries
from ledger.queries.history import HistoryItem
from ledger.store import schema as s

Cause = Literal["passing_time", "new_knowledge"]


@dataclass(frozen=True, slots=True)
class CellChange:
    """One changed cell: ``middle`` is the second day as known at the first point."""

    cell: Cell
    before: Resolution
    middle: Resolution
    after: Resolution
    causes: tuple[Cause, ...]
    crossed: tuple[DateBoundary, ...]
    events: tuple[int, ...]  # seqs of the entries that brought the new knowledge

    def to_value(self) -> dict[str, Any]:
        """Return JSON values."""
        return members(self, "cell", "before", "after", "causes", "crossed", "events")


@dataclass(frozen=True, slots=True)
class DiffInput:
    """The two points to compare: facts of both prefixes, both days, and the news between.

    ``learned`` maps a claim id to the seqs in [K1, K2) from which a version of it counts or ends;
    ``touched`` says of a place (jurisdiction, activity) whether its answers may rest on such news.
    """

    before: Facts
    after: Facts
    days: tuple[date, date]
    view: View
    learned: Mapping[str, tuple[int, ...]]
    touched: Callable[[tuple[str, str]], bool] = lambda _place: True


def compare_cells(cells: Iterable[Cell], span: DiffInput) -> Iterator[CellChange]:
    """Yield the cells whose answer differs between the two points, in the order given."""
    before, after, days, view = span.before, span.after, span.days, span.view
    for cell in cells:
        if not _may_differ(cell, span):
            continue
        first = resolve(cell, day=days[0], view=view, facts=before)
        middle = (
            first if days[0] == days[1] else resolve(cell, day=days[1], view=view, facts=before)
        )
        last = middle if before is after else resolve(cell, day=days[1], view=view, facts=after)
        causes: list[Cause] = []
        if answer_key(first) != answer_key(middle):
            causes.append("passing_time")
        if answer_key(middle) != answer_key(last):
            causes.append("new_knowledge")
        if causes:
            crossed = date_boundaries(cell, before, days, view) if "passing_time" in causes else ()
            events = _learned(cell, span) if "new_knowledge" in causes else ()
            yield CellChange(cell, first, middle, last, tuple(causes), crossed, events)


def _may_differ(cell: Cell, span: DiffInput) -> bool:
    """Return whether days on which its answer may change, or news, lie between the two points."""
    if span.before is not span.after and span.touched((cell.jurisdiction, cell.activity)):
        return True
    low, high = (day.toordinal() for day in sorted(span.days))
    days = claims_on_cell(cell, span.before).change_days if low < high else ()
    return bisect_right(days, low) < bisect_right(days, high)


def answer_key(answer: Resolution) -> tuple[object, ...]:
    """Return the parts of an answer that must differ for a cell to count as changed."""
    return (
        answer.status,
        answer.reason,
        answer.recognition,
        answer.basis_kind,
        answer.basis,
        answer.possible,
    )


def _near(cell: Cell, facts: Facts) -> Iterator[CountedClaim]:
    """Yield the claims that can bear on the cell itself, and the acts that target them."""
    above = facts.taxonomy.ancestors(cell.activity)
    for counted in relevant(cell, facts).claims:
        claim = counted.claim
        if claim.kind == "lifecycle" or (claim.kind in ANSWERING_KINDS and claim.activity in above):
            yield counted


def _learned(cell: Cell, span: DiffInput) -> tuple[int, ...]:
    near = {c.id for facts in (span.before, span.after) for c in _near(cell, facts)}
    return tuple(sorted({seq for claim in near for seq in span.learned.get(claim, ())}))


def learned_between(conn: Connection, start: int, stop: int) -> dict[str, tuple[int, ...]]:
    """Map claim ids to the seqs in [start, stop) from which a version counts or ends."""
    low, high = sorted((start, stop))
    v = s.version.c
    found: dict[str, set[int]] = {}
    query = sa.select(v.subject, v.seq, v.counts_from).where(
        v.subject.startswith("claim:"),
        v.decided_seq >= low,  # what counts was decided on by then: there is an index
        v.decided_seq < high,
        v.counts_from >= low,
        v.counts_from < high,
    )
    for subject, seq, counts_from in conn.execute(query):
        found.setdefault(subject.removeprefix("claim:"), set()).update((seq, counts_from))
    return {claim: tuple(sorted(seqs)) for claim, seqs in found.items()}


@dataclass(frozen=True, slots=True)
class Diff:
    """The changes between two points; ``items`` are the history lines of the events named."""

    a: Point
    b: Point
    view: View
    changes: tuple[CellChange, ...]
    items: Mapping[int, HistoryItem]

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on the two points, each once."""
        return tuple(dict.fromkeys((*self.a.notes, *self.b.notes)))

    def to_value(self) -> dict[str, Any]:
        """Return JSON values."""
        return {
            "schema": "regledger/diff/v1",
            "from": str(self.a),
            "to": str(self.b),
            **members(self, "notes", "view", "changes"),
            "events": [members(item) for _, item in sorted(self.items.items())],
        }
