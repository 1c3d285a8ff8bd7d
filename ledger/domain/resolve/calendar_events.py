"""The values a calendar is made of: events, status changes and claims to be checked again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from ledger.domain.claim_parts import Act
from ledger.domain.place_words import place_words
from ledger.domain.resolve.facts import Cell
from ledger.domain.resolve.status_values import STALE_AFTER, View
from ledger.domain.state_records import CountedClaim
from ledger.json_values import json_value, members

_Passing = Literal["commences", "applies", "lapses", "suspension_ends", "deadline"]
EventKind = Act | _Passing | Literal["said", "goes_stale", "changes"]
StaleReason = Literal["not_confirmed", "primary_source_unseen"]
EVENT_WORDS: Final[Mapping[EventKind, str]] = {
    "commences": "takes effect",
    "applies": "starts to apply",
    "lapses": "lapses",
    "suspension_ends": "suspension ends",
    "deadline": "deadline",
    "said": "said",
    "goes_stale": "goes stale",
    "changes": "answer changes",
    "amend": "amends",
    "annul": "annuls",
    "commence": "brings into force",
    "extend": "extends",
    "lift": "lifts a suspension",
    "postpone": "postpones",
    "repeal": "repeals",
    "replace": "replaces",
    "revive": "revives",
    "suspend": "suspends",
}
STALE_WORDS: Final[Mapping[StaleReason, str]] = {
    "not_confirmed": "not confirmed lately",
    "primary_source_unseen": "primary source never seen",
}


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A day on which passing time alone changes the status, its reason or what it rests on."""

    day: date
    cell: Cell
    before: str
    after: str
    reason: str | None
    basis_kind: str

    @property
    def changes_status(self) -> bool:
        """Whether the status itself is another one than the day before."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class EventSource:
    """The claim behind an event: its names, its entries, and the cell it is about.

    An act without a jurisdiction or an activity is about all that its target covers.
    """

    claim: str
    key: str | None
    seq: int  # of the entry that first recorded it
    counted_seq: int  # from which the version that counts does so
    jurisdiction: str | None
    activity: str | None
    actors: tuple[str, ...]
    statement: str  # untrusted

    @property
    def place(self) -> str:
        """Where it bears, in words: ``PK va.exchange``."""
        return place_words(self.jurisdiction, self.activity)

    @classmethod
    def of(cls, counted: CountedClaim) -> "EventSource":
        """Return a claim as the source of an event."""
        claim = counted.claim
        return cls(
            counted.id,
            claim.key,
            counted.seq,
            counted.counted_seq,
            claim.jurisdiction,
            claim.activity,
            tuple(claim.addressees),
            claim.statement,
        )


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """A day to watch. An imprecise date is ``day`` at the earliest and ``latest`` at the latest.

    ``date`` is the text of the claim, for an end its last day; ``label`` the words of a deadline.
    ``source`` is None for a change that no claim names by itself.
    """

    day: date
    latest: date
    what: EventKind
    date: str
    label: str = ""  # untrusted
    source: EventSource | None = None
    cells: tuple[Cell, ...] = ()
    status_changes: tuple[StatusChange, ...] = ()
    uncertain: bool = False
    stands: bool = True
    number: int = 0  # tells several deadlines of one claim apart

    @property
    def words(self) -> str:
        """The kind of event in a word or two."""
        return EVENT_WORDS[self.what]

    @property
    def changes_status(self) -> bool:
        """Whether the status of a cell is another one from this day on."""
        return any(change.changes_status for change in self.status_changes)

    def to_value(self) -> dict[str, Any]:
        """Return JSON values."""
        return {
            **members(self, "day", "latest", "uncertain", "what", "date"),
            "label": self.label or None,
            **members(self, "source", "stands", "changes_status"),
            "turns": json_value(self.status_changes),
            "cells": json_value(self.cells),
        }


@dataclass(frozen=True, slots=True)
class StaleClaim:
    """A claim that an answer of today rests on, and that should be looked at again."""

    source: EventSource
    confirmed: date
    due: date
    why: tuple[StaleReason, ...]
    cells: tuple[Cell, ...]

    @property
    def words(self) -> str:
        """The reasons in words."""
        return ", ".join(STALE_WORDS[one] for one in self.why)


@dataclass(frozen=True, slots=True)
class CalendarContents:
    """The events of a span of days in order, and what is stale today, longest first."""

    events: tuple[CalendarEvent, ...]
    stale: tuple[StaleClaim, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """The days asked for, ``first`` to ``last`` inclusive; ``stale_after`` counts days."""

    today: date
    first: date
    last: date
    view: View = "prudential"
    stale_after: int = STALE_AFTER
