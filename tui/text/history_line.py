"""A line of the history: its columns, how wide each is, and the pieces they are painted of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from ledger import api
from ledger.text import shorten, width
from tui.ledger_source import EVENT_ID
from tui.text.entry_text import STATES
from tui.text.styled_pieces import Piece

WIDE: Final = 96  # cells from which a line tells the time of day and the state in a word
_ROOM: Final = 52  # cells below which what is said takes the room of the subject too
_SUBJECT: Final = 30  # cells a subject takes at least, where it needs them
_MOST: Final = 48  # and at most, where there is room
_SHORT: Final = {
    "ledger.created": "ledger",
    "taxonomy.adopted": "taxonomy",
    "policy.changed": "policy",
    "log.keys_changed": "log keys",
    "actor.key_rotated": "new key",
    "actor.key_revoked": "key revoked",
    "actor.role_granted": "role given",
    "actor.role_revoked": "role taken",
    "body.defined": "body",
    "activity.defined": "activity",
    "actor_class.defined": "actor class",
    "jurisdiction.defined": "place",
    "profile.defined": "profile",
}


class Columns(NamedTuple):
    """How many cells each column takes; 0 where it is left out."""

    time: int
    actor: int
    kind: int
    state: int

    @classmethod
    def of(cls, cells: int) -> Columns:
        """Return the columns of a list so wide."""
        if cells >= WIDE:
            return cls(time=7, actor=13, kind=13, state=12)
        return cls(time=0, actor=0, kind=10, state=2)

    def used(self, digits: int) -> int:
        """Return cells before what an entry is about."""
        return 1 + digits + 1 + 11 + sum(self)


def short_type(kind: str) -> str:
    """Return the type of an event in a word or two."""
    return _SHORT.get(kind) or kind.rpartition(".")[2].replace("_", " ")


def column_names(total: int, cells: int) -> str:
    """Return the line above the list: what its columns are."""
    digits = max(5, len(str(max(0, total - 1))))
    columns = Columns.of(cells)
    when = "recorded (UTC)" if columns.time else "recorded"
    head = f" {'seq':>{digits}} {when:<{11 + columns.time}}{'by'[: columns.actor]:<{columns.actor}}"
    state = "state" if columns.time else ""
    return shorten(f"{head}{'what':<{columns.kind}}{state:<{columns.state}}about", cells)


def column_pieces(item: api.HistoryItem, columns: Columns, needle: str) -> Iterator[Piece]:
    """Yield who recorded it, of what type, and what became of it, each as wide as its column."""
    symbol, word, style = STATES.get(item.state or "", (" ", "", ""))
    if columns.actor:
        yield from _column(item.actor, columns.actor, "", needle)
    yield from _column(short_type(item.type), columns.kind, "key", needle)
    state = f"{symbol} {word}" if columns.time else symbol
    yield from _column(state, columns.state, style, needle)


def about_pieces(item: api.HistoryItem, cells: int, needle: str) -> Iterator[Piece]:
    """Yield subject and summary, cut to the room there is."""
    subject = "" if EVENT_ID.fullmatch(item.subject) else item.subject
    taken: int | None = None
    sought = bool(needle) and needle.lower() in subject.lower()
    if subject and cells < _ROOM and (sought or not item.summary):
        yield from _marked(shorten(subject, cells), "bold", needle)
        return
    if subject and cells >= _ROOM:
        taken = min(max(_SUBJECT, cells // 3), _MOST)
        yield from _column(subject, taken, "bold", needle)
        cells -= taken
    # What is far beyond the edge is not looked at: a line may have 2,000 characters.
    said = shorten(item.summary[: cells * 4 + 8], cells)
    yield from _marked(said, "", needle)
    if subject and taken is None and width(said) + 2 + width(subject) <= cells:
        yield ("  ", "")
        yield from _marked(subject, "dim", needle)


def _column(text: str, cells: int, style: str, needle: str) -> Iterator[Piece]:
    shown = shorten(text[: cells * 4 + 8], cells - 1)
    yield from _marked(shown, style, needle)
    yield (" " * (cells - width(shown)), "")


def _marked(text: str, style: str, needle: str) -> Iterator[Piece]:
    """Yield a text with every occurrence of ``needle`` marked in it."""
    needle, lowered = needle.lower(), text.lower()
    # Where folding changes the length, places in the two do not agree.
    if not needle or len(lowered) != len(text):
        yield (text, style)
        return
    at = 0
    while (found := lowered.find(needle, at)) >= 0:
        yield (text[at:found], style)
        yield (text[found : found + len(needle)], f"{style} match".strip())
        at = found + len(needle)
    yield (text[at:], style)
