"""What was said: which declarations and proposals are live, and what the live ones assert.

A declaration matters when it matches the cell, was uttered at or before the day, and was made in an
office or published by a body (force ``institutional`` or ``official``). An assertion is a set of
statuses; two conflict when they have none in common. A joint statement counts once per body.

Decisions where the rules leave room:

* The bodies of a statement are those of its speakers; where none is named, its issuer.
* A statement without ``uttered_at`` is dated by its ``date_anchor``, else by its earliest dated
  report; without any of these it counts as made before every day, and is never the later one.
* "A later one" is later in the run at hand; "surely later" compares intervals.
* A declaration can be walked back or overtaken for one of its bodies and live for another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from ledger.domain.claims import Declaration, Proposal
from ledger.domain.dates import Days, parse
from ledger.domain.resolve.conflict import STRICTNESS, Loser
from ledger.domain.resolve.intervals import (
    BEGIN,
    FOREVER,
    UNKNOWN,
    DateChoice,
    Steps,
    highest,
    moves_with,
)
from ledger.domain.resolve.matching import Match
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import Taxonomy

MATTERS = frozenset({"institutional", "official"})
_STATUS = frozenset({"legal", "prohibited", "under_framework"})
RECOGNISED = frozenset({"recognised", "not_recognised"})


@cache
def meaning(asserts: str | None) -> frozenset[str]:
    """The statuses an assertion leaves possible; empty where it asserts none."""
    if asserts is None:
        return frozenset()
    if asserts.startswith("not:"):
        return _STATUS - {asserts.removeprefix("not:")}
    return frozenset({asserts})


def uttered_on(counted: CountedClaim) -> Days:
    """The days on which a statement may have been made."""
    claim = counted.claim
    text = getattr(claim, "uttered_at", None) or claim.date_anchor
    if text:
        return parse(text)
    published = [parse(report.published) for report in claim.reports if report.published]
    return min(published, key=lambda days: (highest(days), days.text), default=UNKNOWN)


def bodies_of(claim: Declaration | Proposal) -> tuple[str, ...]:
    """The bodies a statement was made for, each once; none where nobody named one."""
    spoke = sorted({speaker.body for speaker in claim.speakers if speaker.body})
    return tuple(spoke) or ((claim.issuer,) if claim.issuer else ())


@dataclass(frozen=True, slots=True)
class Statement:
    """One body's part in a statement (``body`` is None where nobody is named)."""

    id: str
    body: str | None
    rank: int
    asserts: str | None
    means: frozenset[str]
    days: Days
    owner: str

    def day(self, run: DateChoice) -> int:
        """The day it was said on, in this run."""
        return BEGIN if self.days is UNKNOWN else run.day(self.days, self.owner)

    def conflicts(self, other: Statement) -> bool:
        """Whether both cannot be true."""
        return bool(self.means and other.means) and self.means.isdisjoint(other.means)


def parts(match: Match, taxonomy: Taxonomy, jurisdiction: str) -> tuple[Statement, ...]:
    """A statement as the parts of the bodies that made it."""
    claim = match.counted.claim
    if not isinstance(claim, Declaration | Proposal):
        raise TypeError(f"{match.counted.id} is no statement")
    bodies: Iterable[str | None] = bodies_of(claim) or (None,)
    return tuple(
        Statement(
            id=match.counted.id,
            body=body,
            rank=taxonomy.rank(claim.force, jurisdiction),
            asserts=claim.asserts,
            means=meaning(claim.asserts),
            days=uttered_on(match.counted),
            owner=moves_with(match.counted),
        )
        for body in bodies
    )


@dataclass(frozen=True, slots=True)
class CandidateMade:
    """When a candidate was made: in the run at hand, and at the earliest."""

    id: str
    day: int
    low: int


@dataclass(frozen=True, slots=True)
class LiveStatements:
    """What the live declarations of a day assert, whoever they are."""

    asserted: frozenset[str]
    in_conflict: bool  # whether two of them cannot both be true

    def contradict(self, status: str) -> bool:
        """Whether one of them says that this status is not so."""
        return any(status not in meaning(asserts) for asserts in self.asserted)

    def strictest(self, among: frozenset[str]) -> str | None:
        """The strictest of these statuses that one of them asserts outright."""
        return max(self.asserted & among, key=STRICTNESS.__getitem__, default=None)


@cache  # as many as there are sets of assertions
def _voices(asserted: frozenset[str]) -> LiveStatements:
    meant = [meaning(asserts) for asserts in asserted]
    return LiveStatements(
        asserted, any(a.isdisjoint(b) for i, a in enumerate(meant) for b in meant[:i])
    )


@dataclass(frozen=True, slots=True)
class _Fate:
    """When a part was said, and what ends it: a later part of its body, or a later norm."""

    on: int
    walked: tuple[int, str] | None  # from which day, by which claim
    overtaken: tuple[int, str] | None

    @property
    def last(self) -> int:
        """The last day on which it is live."""
        return min((end[0] - 1 for end in (self.walked, self.overtaken) if end), default=FOREVER)

    def loser(self, claim: str, day: int) -> Loser | None:
        """What it lost to by a day."""
        if self.walked is not None and self.walked[0] <= day:
            return Loser(claim, "walked_back", self.walked[1])
        if self.overtaken is not None and self.overtaken[0] <= day:
            return Loser(claim, "overtaken", self.overtaken[1])
        return None


def overtaken(said: Statement, made: Sequence[CandidateMade]) -> tuple[int, str] | None:
    """The first candidate made surely later than this was said: the day it was made, and its id."""
    until = highest(said.days)
    return min(((m.day, m.id) for m in made if m.low > until), default=None)


class Statements:
    """The declarations of one run through time: each part is live in one stretch of days."""

    def __init__(
        self, spoken: Sequence[Statement], made: Sequence[CandidateMade], run: DateChoice
    ) -> None:
        self._spoken = spoken
        said = [(part, part.day(run)) for part in spoken]
        by_body: dict[str, list[tuple[Statement, int]]] = {}
        for part, on in said:
            if part.body is not None:
                by_body.setdefault(part.body, []).append((part, on))
        self._fates = [
            _Fate(
                on, _walked_back(part, on, by_body.get(part.body or "", ())), overtaken(part, made)
            )
            for part, on in said
        ]
        self._live = Steps((fate.on, fate.last, 1 << i) for i, fate in enumerate(self._fates))
        self._asserting: dict[str, int] = {}
        for i, part in enumerate(spoken):
            if part.asserts is not None:
                self._asserting[part.asserts] = self._asserting.get(part.asserts, 0) | 1 << i

    def voices(self, day: int) -> LiveStatements:
        """What the live ones of a day assert."""
        live = self._live.at(day)
        return _voices(frozenset(a for a, mask in self._asserting.items() if live & mask))

    def asserting(self, asserts: str, day: int) -> tuple[str, ...]:
        """The live claims of a day that assert just this, in order."""
        bits = self._live.at(day) & self._asserting[asserts]
        return tuple(sorted({part.id for i, part in enumerate(self._spoken) if bits >> i & 1}))

    def losers(self, day: int) -> list[Loser]:
        """What was walked back or overtaken by a day."""
        ended = (fate.loser(p.id, day) for p, fate in zip(self._spoken, self._fates, strict=True))
        return [loser for loser in ended if loser is not None]


def _walked_back(
    part: Statement, on: int, said: Sequence[tuple[Statement, int]]
) -> tuple[int, str] | None:
    """The first later part of the same body, of at least its force, that conflicts with it."""
    later = (
        (then, other.id)
        for other, then in said
        if then > on and other.rank >= part.rank and other.conflicts(part)
    )
    return min(later, default=None)
