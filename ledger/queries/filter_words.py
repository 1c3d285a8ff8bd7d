"""The filter of the history that words name: options of a command, fields of a form."""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final, get_args

from ledger.domain.definitions import Force
from ledger.domain.events import LATEST
from ledger.domain.taxonomy import IdKind, Taxonomy
from ledger.errors import InputError, UnknownId
from ledger.points import HEAD, last_entry, parse_day, parse_entry
from ledger.queries.history_filter import STATES, HistoryFilter

_WORDS: Final = frozenset(
    {"jurisdiction", "activity", "actor", "type", "text", "force", "state", "flagged"}
    | {"after", "before", "known_at"}
)
_PLACES: Final[tuple[IdKind, ...]] = ("jurisdiction", "activity")
_TYPES: Final = frozenset(part for name in LATEST for part in (name, *name.split(".")))


def parse_filter(
    words: Mapping[str, str],
    *,
    taxonomy: Taxonomy,
    actors: Callable[[], Iterable[str]],
    size_at: Callable[[str], int],
) -> HistoryFilter:
    """Check ``words`` and return the filter that they name.

    Args:
        words: by the members of ``HistoryFilter``, and ``after``, ``before`` and ``known_at``.
        taxonomy: at the head.
        actors: returns the slugs of all actors ever enrolled.
        size_at: maps a ``known_at`` (``@42``, a day, a stamp) to the number of entries by then.

    Raises:
        UnknownId: a jurisdiction, activity, actor, type, force or state does not exist.
        InputError: another word, or a position that is neither entry nor day.
    """
    extra = sorted(words.keys() - _WORDS)
    if extra:
        raise InputError(f"history cannot be asked for {extra[0]!r}")
    for kind in _PLACES:
        if kind in words:
            taxonomy.require(kind, words[kind])
    if "actor" in words:
        _require("actor", words["actor"], actors())
    for name, known in (("type", _TYPES), ("force", get_args(Force)), ("state", STATES)):
        if name in words:
            _require(name, words[name], known)
    stop = _stop(words["before"], size_at) if "before" in words else None
    then = size_at(words["known_at"]) if "known_at" in words else None
    if then is not None:
        stop = then if stop is None else min(stop, then)
    return HistoryFilter(
        jurisdiction=words.get("jurisdiction"),
        activity=words.get("activity"),
        actor=words.get("actor"),
        type=words.get("type"),
        text=words.get("text"),
        force=words.get("force"),
        state=words.get("state"),
        flagged="flagged" in words,
        start=_start(words["after"], size_at) if "after" in words else 0,
        stop=stop,
        at=then,
    )


def known_values(taxonomy: Taxonomy, actors: Iterable[str]) -> dict[str, Sequence[str]]:
    """Return the values that a word of the filter can have, in order, by the word."""
    return {
        "jurisdiction": sorted(taxonomy.jurisdictions),
        "activity": sorted(taxonomy.activities),
        "actor": sorted(actors),
        "type": sorted(_TYPES),
        "force": get_args(Force),
        "state": sorted(STATES),
    }


def _require(kind: str, value: str, known: Iterable[str]) -> None:
    names = sorted(known)
    if value not in names:
        raise UnknownId(kind, value, difflib.get_close_matches(value, names, n=3, cutoff=0.5))


def _start(text: str, size_at: Callable[[str], int]) -> int:
    seq = _entry(text, size_at)
    return size_at(_day("after", text).isoformat()) if seq is None else seq + 1


def _stop(text: str, size_at: Callable[[str], int]) -> int:
    seq = _entry(text, size_at)
    if seq is not None:
        return seq
    day = _day("before", text)
    return 0 if day == date.min else size_at((day - timedelta(days=1)).isoformat())


def _entry(text: str, size_at: Callable[[str], int]) -> int | None:
    found = parse_entry(text)
    return last_entry(size_at(text)) if found == HEAD else found


def _day(name: str, text: str) -> date:
    try:
        return parse_day(text)
    except InputError:
        raise InputError(
            f"{name} {text!r} is neither an entry nor a day", hint="such as @42 or 2025-07-08"
        ) from None
