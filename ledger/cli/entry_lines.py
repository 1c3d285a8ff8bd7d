"""Entries of the log as lines of text: history, one entry in full, what awaits review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.cli import output
from ledger.cli.columns import paragraph, table
from ledger.cli.output import Line, Piece, Styled
from ledger.wording.entries import minute

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ledger.api.answers import HistoryItem, RecordResult

_STATE_COLORS = {"pending": "yellow", "counting": "green", "rejected": "red", "retracted": "red"}


def history_item(item: HistoryItem) -> Iterator[Line]:
    """Yield the two lines of an entry in a list."""
    state: tuple[Piece, ...] = ()
    if item.state:
        state = ("  ", state_piece(item.state))
    head = f"@{item.seq:<6} {minute(item.recorded_at)}  "
    yield (Styled(head, "bold"), f"{item.type} by {item.actor}", *state)
    yield from paragraph(item.summary, first=" " * 8, indent=" " * 8)


def state_piece(state: str) -> Piece:
    """Return the state of an entry in its colour."""
    return Styled(state, _STATE_COLORS[state]) if state in _STATE_COLORS else state


def result_lines(results: Sequence[RecordResult], *, state: str = "") -> Iterator[Line]:
    """Yield the outcome of each recorded event; ``state`` replaces theirs."""
    yield from table(
        (f"@{r.seq}", r.outcome, state_piece(state or r.state), r.key or r.event) for r in results
    )


def show_results(
    as_json: bool,  # noqa: FBT001  # as `output.show` takes it
    results: Sequence[RecordResult],
    *,
    state: str = "",
) -> None:
    """Print the outcome of recorded events; in lines, ``state`` replaces theirs."""
    value = {"schema": "regledger/recorded/v1", "results": [r.to_value() for r in results]}
    output.show(as_json, value, result_lines(results, state=state))
