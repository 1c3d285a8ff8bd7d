"""What somebody asks of history, in words: checked, and made into a filter."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Final, get_args

from ledger.domain.definitions import Force
from ledger.domain.events import LATEST
from ledger.domain.taxonomy import Taxonomy
from ledger.errors import InputError, UnknownId
from ledger.points import HEAD, day_of, entry_of, last_entry
from ledger.queries.history import STATES, Filter

_WORDS: Final = frozenset(
    {"jurisdiction", "activity", "actor", "type", "text", "force", "state", "flagged"}
    | {"after", "before", "known_at"}
)
_TYPES: Final = frozenset(part for name in LATEST for part in (name, *name.split(".")))


def filter_of(
    words: Mapping[str, str],
    *,
    taxonomy: Taxonomy,
    actors: Callable[[], Iterable[str]],
    size_at: Callable[[str], int],
) -> Filter:
    """Return the filter that ``words`` name.

    Args:
        words: by the members of ``Filter``, and ``after``, ``before`` and ``known_at``.
        taxonomy: at the head.
        actors: everybody ever enrolled.
        size_at: what ``known_at`` may be (``@42``, a day, a stamp) -> number of entries by then.

    Raises:
        UnknownId: a jurisdiction, activity, actor, type, force or state that there is not.
        InputError: another word, or a position that is neither entry nor day.
    """
    extra = sorted(words.keys() - _WORDS)
    if extra:
        raise InputError(f"history cannot be asked for {extra[0]!r}")
    if "jurisdiction" in words:
        taxonomy.require_jurisdiction(words["jurisdiction"])
    if "activity" in words:
        taxonomy.require_activity(words["activity"])
    if "actor" in words:
        _require("actor", words["actor"], actors())
    for name, known in (("type", _TYPES), ("force", get_args(Force)), ("state", STATES)):
        if name in words:
            _require(name, words[name], known)
    stop = _stop(words["before"], size_at) if "before" in words else None
    then = size_at(words["known_at"]) if "known_at" in words else None
    if then is not None:
        stop = then if stop is None else min(stop, then)
    return Filter(
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
    found = entry_of(text)
    return last_entry(size_at(text)) if found == HEAD else found


def _day(name: str, text: str) -> date:
    try:
        return day_of(text)
    except InputError:
        raise InputError(
            f"{name} {text!r} is neither an entry nor a day", hint="such as @42 or 2025-07-08"
        ) from None
