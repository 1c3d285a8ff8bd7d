"""Changed cells as lines of text, with what changed each of them."""

from collections.abc import Iterable, Iterator, Mapping

from ledger import api
from ledger.cli.answer_lines import arrow, status_piece
from ledger.cli.columns import table
from ledger.cli.output import Line, Piece, Styled
from ledger.wording.changes import SAME_STATUS, Group
from ledger.wording.statuses import in_brackets


def change_lines(group: Group, items: "Mapping[int, api.HistoryItem]") -> Iterator[Line]:
    """Yield one change, and of ``items`` the entries that brought new knowledge."""
    change = group.change
    yield (Styled("  ".join(group.place), "bold"), f"  for {', '.join(group.actors)}")
    if group.same_status:
        yield ("  ", *_short(change.before), SAME_STATUS)
    else:
        yield ("  ", *_short(change.before), f" {arrow()} ", *_short(change.after))
    if "passing_time" in change.causes:
        yield ("  passing time:",)
        crossed = [(f"    {one.day.isoformat()}", one.what) for one in change.crossed]
        yield from table(crossed)
    if "new_knowledge" in change.causes and items:
        yield ("  new knowledge:",)
        yield from _event_lines(items[seq] for seq in change.events if seq in items)


def _short(found: "api.Resolution") -> tuple[Piece, ...]:
    return (status_piece(found.status), in_brackets(found))


def _event_lines(items: "Iterable[api.HistoryItem]") -> list[Line]:
    return table(
        (f"    @{item.seq}", item.recorded_at[:10], f"{item.type}: {item.summary}")
        for item in items
    )
