"""Changed cells as lines of text, with what changed each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.cli import output
from ledger.cli.answer_lines import arrow, status_piece
from ledger.cli.columns import table
from ledger.cli.output import Line, Piece, Styled
from ledger.wording.statuses import in_brackets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ledger.api.results import CellChange, HistoryItem
    from ledger.domain.resolve.resolve import Resolution


def grouped(changes: Sequence[CellChange]) -> list[list[CellChange]]:
    """Changes that differ in nothing but the actor class, together."""
    groups: dict[tuple[object, ...], list[CellChange]] = {}
    for one in changes:
        same = (
            one.cell.jurisdiction,
            one.cell.activity,
            _facts(one.before),
            _facts(one.after),
            one.causes,
            one.crossed,
            one.events,
        )
        groups.setdefault(same, []).append(one)
    return list(groups.values())


def _facts(found: Resolution) -> tuple[object, ...]:
    return found.status, found.reason, found.basis_kind, found.recognition


def change_lines(alike: Sequence[CellChange], items: Mapping[int, HistoryItem]) -> Iterator[Line]:
    """One changed cell, for all the actor classes for which it changed alike."""
    change = alike[0]
    cell = change.cell
    actors = ", ".join(one.cell.actor for one in alike)
    yield (Styled(f"{cell.jurisdiction}  {cell.activity}", "bold"), f"  for {actors}")
    if _facts(change.before) == _facts(change.after):
        yield ("  ", *_short(change.before), ", as before, on another basis")
    else:
        yield ("  ", *_short(change.before), f" {arrow()} ", *_short(change.after))
    if "passing_time" in change.causes:
        yield ("  passing time:",)
        crossed = [(f"    {one.day.isoformat()}", one.what) for one in change.crossed]
        yield from table(crossed, output.columns())
    if "new_knowledge" in change.causes and items:
        yield ("  new knowledge:",)
        yield from _event_lines(items[seq] for seq in change.events if seq in items)


def _short(found: Resolution) -> tuple[Piece, ...]:
    return (status_piece(found.status), in_brackets(found))


def _event_lines(items: Iterable[HistoryItem]) -> list[Line]:
    """Entries as one line each: position, day, what, in words."""
    rows = [
        (f"    @{item.seq}", item.recorded_at[:10], f"{item.type}: {item.summary}")
        for item in items
    ]
    return table(rows, output.columns())
