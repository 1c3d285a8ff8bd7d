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

from ledger.domain.cells import Match
from ledger.domain.claims import Declaration, Proposal
from ledger.domain.contest import STRICTNESS, Loser
from ledger.domain.dates import Days, parse
from ledger.domain.records import CountedClaim
from ledger.domain.spans import BEGIN, UNKNOWN, Run, highest, moves_with
from ledger.domain.taxonomy import Taxonomy

MATTERS = frozenset({"institutional", "official"})
_STATUS = frozenset({"legal", "prohibited", "under_framework"})
RECOGNISED = frozenset({"recognised", "not_recognised"})


def meaning(asserts: str | None) -> frozenset[str]:
    """The statuses an assertion leaves possible; empty where it asserts none."""
    if asserts is None:
        return frozenset()
    if asserts.startswith("not:"):
        return _STATUS - {asserts.removeprefix("not:")}
    return frozenset({asserts})


def said_on(counted: CountedClaim) -> Days:
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
class Said:
    """One body's part in a statement (``body`` is None where nobody is named)."""

    id: str
    body: str | None
    rank: int
    asserts: str | None
    means: frozenset[str]
    days: Days
    owner: str

    def day(self, run: Run) -> int:
        """The day it was said on, in this run."""
        return BEGIN if self.days is UNKNOWN else run.day(self.days, self.owner)

    def conflicts(self, other: Said) -> bool:
        """Whether both cannot be true."""
        return bool(self.means and other.means) and self.means.isdisjoint(other.means)


def parts(match: Match, taxonomy: Taxonomy, jurisdiction: str) -> tuple[Said, ...]:
    """A statement as the parts of the bodies that made it."""
    claim = match.counted.claim
    if not isinstance(claim, Declaration | Proposal):
        raise TypeError(f"{match.counted.id} is no statement")
    bodies: Iterable[str | None] = bodies_of(claim) or (None,)
    return tuple(
        Said(
            id=match.counted.id,
            body=body,
            rank=taxonomy.rank(claim.force, jurisdiction),
            asserts=claim.asserts,
            means=meaning(claim.asserts),
            days=said_on(match.counted),
            owner=moves_with(match.counted),
        )
        for body in bodies
    )


@dataclass(frozen=True, slots=True)
class Making:
    """When a candidate was made: in the run at hand, and at the earliest."""

    id: str
    day: int
    low: int


@dataclass(frozen=True, slots=True)
class Heard:
    """The declarations of a day: the live parts, and what became of the others."""

    live: tuple[Said, ...]
    losers: tuple[Loser, ...]

    @property
    def in_conflict(self) -> bool:
        """Whether two live ones cannot both be true."""
        return any(a.conflicts(b) for i, a in enumerate(self.live) for b in self.live[:i])

    def contradict(self, status: str) -> bool:
        """Whether a live one says that this status is not so."""
        return any(said.means and status not in said.means for said in self.live)

    def strictest(self, among: frozenset[str]) -> tuple[str, tuple[str, ...]] | None:
        """The strictest of these statuses that a live one asserts outright, and who does."""
        asserted = [said for said in self.live if said.asserts in among]
        if not asserted:
            return None
        status = max((said.asserts or "" for said in asserted), key=STRICTNESS.__getitem__)
        return status, tuple(sorted({said.id for said in asserted if said.asserts == status}))


def overtaken_by(said: Said, made: Sequence[Making], day: int) -> str | None:
    """The first candidate made surely later than this was said, and by ``day``."""
    until = highest(said.days)
    later = [m for m in made if m.low > until and m.day <= day]
    return min(later, key=lambda m: (m.day, m.id)).id if later else None


def hear(spoken: Sequence[Said], made: Sequence[Making], run: Run, day: int) -> Heard:
    """Sort out which of the declarations said by ``day`` are live."""
    said = [(part, part.day(run)) for part in spoken]
    said = [(part, on) for part, on in said if on <= day]
    live: list[Said] = []
    losers: list[Loser] = []
    for part, on in said:
        winner = _walked_back(part, on, said)
        if winner is not None:
            losers.append(Loser(part.id, "walked_back", winner))
            continue
        norm = overtaken_by(part, made, day)
        if norm is not None:
            losers.append(Loser(part.id, "overtaken", norm))
        else:
            live.append(part)
    return Heard(tuple(live), tuple(losers))


def _walked_back(part: Said, on: int, said: Sequence[tuple[Said, int]]) -> str | None:
    """The first later part of the same body, of at least its force, that conflicts with it."""
    if part.body is None:
        return None
    later = [
        (then, other.id)
        for other, then in said
        if other.body == part.body
        and then > on
        and other.rank >= part.rank
        and other.conflicts(part)
    ]
    return min(later)[1] if later else None
