"""Blocks for the pane: a day of the calendar, or a claim to be checked again, in full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ledger import api
from ledger.text import visible
from ledger.wording.calendar import OVERTAKEN, date_recorded
from ledger.wording.claim_card import claim_name
from tui.text.diff_blocks import BLANK, Block, Target, TextBlock, text_block
from tui.text.styles import look_of

_REASONS = {
    "not_confirmed": "Nobody is known to have looked for longer than {days} days.",
    "primary_source_unseen": "Nobody has seen the text of the law itself.",
}


def cell_target(cell: api.Cell) -> Target:
    """Return what Enter opens on a line about a cell."""
    return ("cell", cell.jurisdiction, cell.activity)


def place_of(claim: api.EventSource | None) -> str:
    """Return jurisdiction and activity of a claim."""
    return claim.place if claim is not None else ""


def occasion_blocks(one: api.CalendarEvent) -> Iterator[Block]:
    """Yield a day: when, what, by which claim, and what changes."""
    when = one.day.isoformat()
    if one.latest != one.day:
        when = f"between {when} and {one.latest.isoformat()}"
    mark = "~ " if one.uncertain else ""
    recorded = f"  {visible(date_recorded(one))}".rstrip()
    yield TextBlock(((f"{mark}{when}  {one.words}", "bold"), (recorded, "dim")), 0, 2)
    if one.label:
        yield text_block(one.label, "warn")
    if one.source is not None:
        yield from _claim(one.source)
    if not one.stands:
        yield text_block(OVERTAKEN, "flag")
    changes = [turn for turn in one.status_changes if turn.changes_status]
    yield BLANK
    if changes:
        yield text_block(f"Statuses that change ({len(changes)}; enter opens the cell)", "heading")
        yield from (_turn(turn) for turn in changes)
    else:
        yield text_block("No status changes on this day.", "dim")
    yield from _cells("Bears on", one.cells)


def stale_blocks(one: api.StaleClaim, *, days: int) -> Iterator[Block]:
    """Yield a claim that was not checked for so many days, and what rests on it."""
    yield text_block(f"last confirmed {one.confirmed.isoformat()}", "bold")
    for why in one.why:
        yield text_block(_REASONS[why].format(days=days), "warn")
    yield from _claim(one.source)
    yield from _cells("Answers that rest on it:", one.cells)


def _claim(claim: api.EventSource) -> Iterator[Block]:
    target = ("entry", str(claim.seq))
    name = f"@{claim.seq}  {claim_name(claim.key, claim.statement)}"
    yield TextBlock(((visible(name), "key"), (visible(f"  {place_of(claim)}"), "")), 0, 2, target)
    yield text_block(claim.statement, target=target)


def _turn(turn: api.StatusChange) -> Block:
    cell, old, new = turn.cell, look_of(turn.before), look_of(turn.after)
    day = f"{turn.day.isoformat()}  "
    where = f"{cell.jurisdiction} {cell.activity}  {cell.actor}  "
    pieces = (
        (day, "dim"),
        (visible(where), ""),
        (f"{old.symbol} {old.word}", old.style),
        (" → ", ""),
        (f"{new.symbol} {new.word}", f"{new.style} bold"),
    )
    return TextBlock(pieces, 2, 4, cell_target(cell))


def _cells(words: str, cells: Sequence[api.Cell]) -> Iterator[Block]:
    """Yield the cells by place, with all their actor classes."""
    if not cells:
        return
    yield BLANK
    yield text_block(f"{words} {len(cells)} cells", "heading")
    places: dict[tuple[str, str], list[api.Cell]] = {}
    for cell in cells:
        places.setdefault((cell.jurisdiction, cell.activity), []).append(cell)
    for (jurisdiction, activity), here in places.items():
        actors = ", ".join(cell.actor for cell in here)
        pieces = ((visible(f"{jurisdiction} {activity}  "), ""), (visible(actors), "dim"))
        yield TextBlock(pieces, 2, 4, cell_target(here[0]))
