"""One entry of the log: what became of it, its times, and on whose word they rest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ledger.queries.history import HistoryItem

_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # of a claim without a key

# By the state of a reviewable event, as JSON and filters have it: a symbol and a word.
STATES: Final = {
    "counting": ("✔", "counts"),
    "pending": ("…", "waits"),
    "superseded": ("○", "replaced"),
    "rejected": ("✖", "rejected"),
    "withdrawn": ("✖", "withdrawn"),
}

# By the code that says why a claim is corrected, retracted, disputed or rejected.
REASON_WORDS: Final = {
    "wrong_date": "a date is wrong",
    "wrong_activity": "it is about another activity",
    "wrong_effect": "it has another effect",
    "wrong_force": "its legal force is another",
    "misread_source": "the source was misread",
    "duplicate": "it is recorded already",
    "other": "something else",
}


def state_word(state: str | None) -> str:
    """Return what became of an event; empty for one that is not reviewed."""
    return STATES[state][1] if state in STATES else state or ""


def named(item: HistoryItem) -> str:
    """Return the sentence of an entry, after the key of its claim, where it has one."""
    keyed = item.type.startswith("claim.") and item.subject and not _ID.fullmatch(item.subject)
    return f"{item.subject}: {item.summary}" if keyed else item.summary


def minute(stamp: str) -> str:
    """Return a time of the log to the minute, without its zone."""
    return f"{stamp[:10]} {stamp[11:16]}"


def second(stamp: str) -> str:
    """Return a time of the log to the second."""
    return f"{stamp[:10]} {stamp[11:19]} UTC"


def time_bounds(bounds: Mapping[str, Any]) -> Iterator[str]:
    """Yield sentences about when an entry was recorded, and on whose word that rests.

    ``bounds`` is the member ``time_bounds`` of an entry's JSON.
    """
    if bounds["sealed"] is None:
        yield (
            "Not sealed yet: its place and time rest on this database alone"
            " (`regledger checkpoint`)."
        )
    else:
        yield f"Sealed first by the checkpoint of size {bounds['sealed']}."
    after = bounds["not_after"]
    if after is None:
        yield "No time-stamp says by when it was recorded (`regledger timestamp URL`)."
    else:
        yield (
            f"Recorded by {second(after['time'])} at the latest:"
            f" {after['authority'] or 'an authority'} time-stamped the checkpoint of size"
            f" {after['size']}."
        )
    before = bounds["not_before"]
    if before and before["sealed_at"]:
        stamp = before["time_stamp"]
        stamped = f" and time-stamped by {second(stamp['time'])}" if stamp else ""
        yield (
            f"Not there yet at size {before['size']}, sealed {second(before['sealed_at'])} by the"
            f" log's own clock{stamped}."
        )
