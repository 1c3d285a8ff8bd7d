"""The filter of history: parsed from words, and as SQL."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, get_args

import sqlalchemy as sa

from ledger.domain.definitions import Force
from ledger.domain.events import LATEST
from ledger.domain.taxonomy import IdKind, Taxonomy
from ledger.errors import InputError, UnknownId
from ledger.points import HEAD, last_entry, parse_day, parse_entry
from ledger.store import schema as s

STATES: Final = ("pending", "counting", "superseded", "rejected", "withdrawn")
_DECIDED: Final = ("rejected", "withdrawn")
_UNSETTLED: Final = ("pending", *_DECIDED)
_DOUBTS: Final = ("claim.disputed", "claim.retracted")
_e, _v, _c = s.entry.c, s.version.c, s.claim_version.c
ENTRIES = s.entry.outerjoin(s.version, _v.seq == _e.seq).outerjoin(
    s.claim_version, _c.event_id == _e.event_id
)
_WORDS: Final = frozenset(
    {"jurisdiction", "activity", "actor", "type", "text", "force", "state", "flagged"}
    | {"after", "before", "known_at"}
)
_PLACES: Final[tuple[IdKind, ...]] = ("jurisdiction", "activity")
_TYPES: Final = frozenset(part for name in LATEST for part in (name, *name.split(".")))


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """The entries of the log to look at: every part given must hold."""

    jurisdiction: str | None = None
    activity: str | None = None
    actor: str | None = None
    type: str | None = None  # event type, its first part (claim, actor ...) or its last
    text: str | None = None  # occurs in the texts shown of an entry (ledger.queries.text_search)
    sought: str | None = None  # another text, looked for among the entries that pass the rest
    force: str | None = None  # of the claim it records or corrects
    state: str | None = None  # one of STATES
    flagged: bool = False  # awaits review, or was rejected, withdrawn, disputed or retracted
    start: int = 0  # first seq
    stop: int | None = None  # seq to stop before
    at: int | None = None  # states are those of a log of so many entries; None: of all

    @property
    def is_open(self) -> bool:
        """Whether every entry passes."""
        return self == HistoryFilter()

    def condition(self) -> sa.ColumnElement[bool]:
        """Return the filter as SQL, without the texts, ``start`` and ``stop``."""
        parts: list[sa.ColumnElement[bool]] = [sa.true()]
        if self.jurisdiction:
            parts.append(_below(_c.jurisdiction, self.jurisdiction, "-"))
        if self.activity:
            parts.append(_below(_c.activity, self.activity, "."))
        if self.actor:
            parts.append(_e.actor == self.actor)
        if self.type:
            last = _e.type.endswith(f".{self.type}", autoescape=True)
            parts.append(sa.or_(_below(_e.type, self.type, "."), last))
        if self.force:
            parts.append(_c.force == self.force)
        if self.state:
            parts.append(state_at(self.at) == self.state)
        if self.flagged:
            parts.append(_flagged(self.at))
        return sa.and_(*parts)


def state_at(at: int | None) -> sa.ColumnElement[str]:
    """Return the state of a version, now or in a log of ``at`` entries."""
    if at is None:
        return _v.state
    return sa.case(
        (_v.state.is_(None), sa.null()),
        (sa.and_(_v.counts_from < at, _v.counts_to < at), "superseded"),
        (_v.counts_from < at, "counting"),
        (sa.and_(_v.state.in_(_DECIDED), _v.decided_seq < at), _v.state),
        else_="pending",
    )


def _flagged(at: int | None) -> sa.ColumnElement[bool]:
    other = s.version.alias("other").c
    # "not in" keeps SQLite to the index on subject: by state it would read the whole view each time
    standing = other.state.not_in(_UNSETTLED) if at is None else other.counts_from < at
    disputed = sa.select(s.dispute.c.claim_id)
    if at is not None:
        disputed = disputed.where(s.dispute.c.seq < at)
    gone = sa.exists().where(other.subject == _v.subject, other.retracts, standing)
    return sa.or_(
        state_at(at).in_(_UNSETTLED), _e.type.in_(_DOUBTS), _c.claim_id.in_(disputed), gone
    )


def _below(column: sa.ColumnElement[str], value: str, separator: str) -> sa.ColumnElement[bool]:
    return sa.or_(column == value, column.startswith(value + separator, autoescape=True))


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
