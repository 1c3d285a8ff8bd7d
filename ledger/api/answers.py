"""The answers of :class:`ledger.Ledger`: frozen values, ready to print or to turn into JSON.

``to_value()`` gives plain JSON values with a ``schema`` member (``regledger/<name>/v1``); what a
member means does not change within a version. Days are ``YYYY-MM-DD``, times are recorded_at
stamps. A position is an entry (``seq``, ``known_at``); ``size`` is that of a checkpoint or proof.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ledger.domain.resolve.status_values import View
from ledger.domain.state_records import CountedClaim, Key
from ledger.json_values import members
from ledger.points import Point
from ledger.queries.calendar_scope import CalendarScope as CalendarScope  # noqa: PLC0414  # for callers
from ledger.wording.explanations import NamedClaim

if TYPE_CHECKING:
    from ledger.domain.resolve.explain import Explanation
    from ledger.domain.resolve.facts import Cell
    from ledger.domain.resolve.resolve import Resolution
    from ledger.domain.resolve.timeline import Segment
    from ledger.proofs.time_bounds import TimeBounds
    from ledger.queries.board import CellBrief
    from ledger.queries.disputes import Dispute
    from ledger.queries.history import HistoryItem
    from ledger.queries.signed_by import SignedItem
    from ledger.verify.report import FailedCheck


@dataclass(frozen=True, slots=True)
class StatusAnswer:
    """The status of one cell at one point, and everything that led to it."""

    point: Point
    resolution: Resolution
    explanation: Explanation
    named: Mapping[str, NamedClaim]  # the claims that the explanation names, by id
    disputes: tuple[Dispute, ...]  # of the claims that bear on the answer, oldest first
    others: Sequence[str]  # of whom claims here speak, where none speaks of the actor asked for
    awaiting: int = 0  # claims awaiting review that would bear on this cell
    simulated: bool = False

    @property
    def cited(self) -> dict[str, NamedClaim]:
        """Every entry that the answer cites, by id: claims, and the disputes of claims."""
        return {**self.named, **{one.event: NamedClaim(one.seq, "") for one in self.disputes}}

    @property
    def status(self) -> str:
        """legal, prohibited, under_framework or undetermined, in the view asked for."""
        return self.resolution.status

    @property
    def reason(self) -> str | None:
        """Why it is undetermined; None otherwise."""
        return self.resolution.reason

    @property
    def basis(self) -> tuple[str, ...]:
        """Claim ids the status rests on."""
        return self.resolution.basis

    @property
    def flags(self) -> tuple[str, ...]:
        """Warnings, sorted; ``regledger help FLAG`` explains each."""
        return self.resolution.flags

    def to_value(self) -> dict[str, Any]:
        """Return JSON values, ``status`` first: *declared* is not to be taken for law."""
        return {
            **self.resolution.to_value(),
            "schema": "regledger/status/v1",
            "awaiting_review": self.awaiting,
            **self.point.to_value(),
            "simulated": self.simulated,
        }


@dataclass(frozen=True, slots=True)
class Board:
    """The cells of a board, ordered by jurisdiction, then activity.

    ``became`` says of a cell without a rule in force what became of the last one by which act, and
    of any cell which acts had no power; ``others`` names the kinds of actor that claims on a cell
    speak of beside the one asked for.
    """

    point: Point
    view: View
    actor: str
    cells: tuple[Resolution, ...]
    became: Mapping[Cell, str]
    others: Mapping[Cell, Sequence[str]]
    simulated: bool = False

    def to_value(self) -> dict[str, Any]:
        """Return JSON values."""
        return {
            "schema": "regledger/board/v1",
            **self.point.to_value(),
            **members(self, "view", "actor", "simulated", "cells"),
        }


@dataclass(frozen=True, slots=True)
class RecordResult:
    """The outcome for one event: recorded, or there already."""

    seq: int
    event: str
    digest: str
    key: str | None
    outcome: Literal["recorded", "already"]
    state: str  # pending, counting, ...


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry in full."""

    item: HistoryItem
    entry: Mapping[str, Any]  # the entry's JSON as stored (digests in place of disclosed values)
    opened: Mapping[str, Any]  # event data with the disclosures at hand put back
    withheld: tuple[str, ...]  # digests with no text at hand
    leaf_hash: str
    digest: str
    signer_key: str
    dsse: Mapping[str, Any]
    versions: tuple[HistoryItem, ...]  # of the same claim or definition, oldest first
    bounds: TimeBounds  # within which time it must have been recorded
    faults: tuple[FailedCheck, ...] = ()  # what does not hold about it, checked when it was read

    @property
    def first_bad_seq(self) -> int | None:
        """Its own seq where it is broken itself; None where it holds, or another one may be."""
        return min((f.seq for f in self.faults if f.seq is not None), default=None)

    @property
    def alarm(self) -> str:
        """The warning to show before anything else; empty where nothing is wrong."""
        if not self.faults:
            return ""
        bad = self.first_bad_seq
        where = f" at @{bad}" if bad is not None else "; `regledger verify` says where"
        return f"✖ NOT VERIFIED: the log is broken{where}. Do not rely on what this entry says."

    def to_value(self) -> dict[str, Any]:
        """Return JSON values."""
        return {
            "schema": "regledger/entry/v1",
            **members(self.item),
            "digest": self.digest,
            "leaf_hash": self.leaf_hash,
            "keyid": self.signer_key,
            **members(self, "entry", "opened", "withheld", "versions"),
            "time_bounds": self.bounds.to_value(),
            **members(self, "faults"),
        }


@dataclass(frozen=True, slots=True)
class BoardBrief:
    """The board in short. ``cells`` maps (jurisdiction, activity) to what holds there.

    ``whole`` says whether the flags are complete; from the status projection they hold only
    contests and imprecise dates.
    """

    point: Point
    view: View
    actor: str
    cells: Mapping[tuple[str, str], CellBrief]
    whole: bool
    simulated: bool


@dataclass(frozen=True, slots=True)
class ActivityAcross:
    """One activity in several places, for every kind of actor; ``any`` comes first."""

    point: Point
    view: View
    activity: str
    places: tuple[str, ...]
    actors: tuple[str, ...]
    cells: Mapping[tuple[str, str], Resolution]  # by place and actor

    def differs(self, actor: str) -> bool:
        """Return whether an actor's status is another than that of ``any`` in some place."""
        return any(self.of(place, actor).status != self.of(place).status for place in self.places)

    def of(self, place: str, actor: str | None = None) -> Resolution:
        """Return what holds in one of the places for one of the actors; None is anybody."""
        return self.cells[place, actor or self.actors[0]]


@dataclass(frozen=True, slots=True)
class CellPage:
    """One cell with its timeline and every claim that can bear on it."""

    answer: StatusAnswer
    names: tuple[str, str, str]  # of the activity, the place and the actor
    segments: tuple[Segment, ...]  # of which each rests on the same claims throughout
    forces: tuple[tuple[str, ...], ...]  # of each segment's basis
    instruments: tuple[tuple[str, ...], ...]  # of each segment's basis: titles, or who spoke
    claims: tuple[CountedClaim, ...]  # that count, newest first
    pending: tuple[CountedClaim, ...]  # that await review
    cut: bool  # whether older claims that bear on no status are not among them

    def part(self, claim: str) -> str:
        """Return what a claim is to the answer: basis, recognition, loser or other."""
        found = self.answer.resolution
        if claim in found.basis:
            return "basis"
        if claim in found.recognition_basis:
            return "recognition"
        return "loser" if any(lost.claim == claim for lost in found.losers) else "other"


@dataclass(frozen=True, slots=True)
class SignedBy:
    """The entries that some keys signed; ``entries`` reads the log as it goes, only once."""

    keys: tuple[Key, ...]  # in the order in which they came into force
    since: str | None  # a stamp or ``@seq`` that was asked for; None: since each was compromised
    entries: Iterator[SignedItem]  # key by key, oldest first
