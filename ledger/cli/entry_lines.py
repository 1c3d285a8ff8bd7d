"""Entries of the log as lines of text: history, one entry in full, what awaits review."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ledger import api
from ledger.cli import output
from ledger.cli.columns import paragraph, table
from ledger.cli.output import Line, Piece, Styled
from ledger.json_values import members
from ledger.wording.entries import minute, named, state_word

_STATE_COLORS = {"pending": "yellow", "counting": "green", "rejected": "red", "retracted": "red"}


def history_item(item: api.HistoryItem) -> Iterator[Line]:
    """Yield the two lines of an entry in a list: when, what and by whom; its key and sentence."""
    state: tuple[Piece, ...] = ()
    if item.state:
        state = ("  ", state_piece(item.state))
    head = f"@{item.seq:<6} {minute(item.recorded_at)}  "
    yield (Styled(head, "bold"), f"{item.type} by {item.actor}", *state)
    yield from paragraph(named(item), first=" " * 8, indent=" " * 8)


def decided_lines(found: Sequence[api.HistoryItem], many: int) -> Iterator[Line]:
    """Yield what a review decided, each with its entry, key and sentence."""
    for one in found:
        yield from paragraph(f"@{one.seq} {named(one)}", first=" " * 10, indent=" " * 12)
    if many > len(found):
        yield (f"{' ' * 10}and {many - len(found)} more",)


def note_waiting(ledger: api.Ledger, ref: str) -> None:
    """Note what awaits review about the claim that ``ref`` names; raises as ``waiting_on`` does."""
    for item in ledger.entries.waiting_on(ref):
        words = f"@{item.seq} by {item.actor} awaits review and is about this claim too"
        then = "once one of them counts, the others can only be rejected or withdrawn"
        output.remarks([f"{words}: {item.summary} ({then})"])


def state_piece(state: str | None) -> Piece:
    """Return what became of an entry, in its colour."""
    word = state_word(state)
    return Styled(word, _STATE_COLORS[state]) if state in _STATE_COLORS else word


def result_lines(results: Sequence[api.RecordResult], *, state: str = "") -> Iterator[Line]:
    """Yield the outcome of each recorded event; ``state`` replaces theirs."""
    yield from table(
        (f"@{r.seq}", r.outcome, state_piece(state or r.state), r.key or r.event) for r in results
    )


def show_results(
    as_json: bool,  # noqa: FBT001  # as `output.show` takes it
    results: Sequence[api.RecordResult],
    *,
    state: str = "",
) -> None:
    """Print the outcome of recorded events; in lines, ``state`` replaces theirs."""
    value = {"schema": "regledger/recorded/v1", "results": [members(r) for r in results]}
    output.show(as_json, value, result_lines(results, state=state))
