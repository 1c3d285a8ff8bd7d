"""Decide which statements are walked back, overtaken or live on a day, and what the live assert.

A declaration matters when it matches the cell, was uttered at or before the day, and was made in an
office or published by a body (force ``institutional`` or ``official``). An assertion is a set of
statuses; two conflict when they have none in common. A joint statement counts once per body. A
statement is *walked back* by a later one of the same body that conflicts with it, and *overtaken*
by a norm that was surely made later.

A proposal is overtaken alike. Of all proposals of one bill, whatever cell they name, only the
latest by the day counts (of one day, the one at the later stage), and none of them is live once it
has ended; a proposal without a bill is not live at an ended stage.

Decisions where the rules leave room:

* The bodies of a statement are those of its speakers; where none is named, its issuer.
* A statement without ``uttered_at`` is dated by its ``date_anchor``, else by its earliest dated
  report; without any of these it counts as made before every day, and is never the later one.
* "A later one" is later under the choice of days at hand; "surely later" compares intervals.
* A declaration can be walked back or overtaken for one of its bodies and live for another.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import get_args

from ledger.domain.claim_parts import ENDED_STAGES, Stage
from ledger.domain.claims import Declaration, Proposal, Utterance
from ledger.domain.edtf_dates import Days, parse
from ledger.domain.resolve.conflict import Loser
from ledger.domain.resolve.intervals import (
    BEGIN,
    FOREVER,
    UNKNOWN,
    DateChoice,
    highest,
    lowest,
    moves_with,
    turns,
)
from ledger.domain.resolve.status_values import STRICTNESS
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import Taxonomy

DECLARING_FORCES = frozenset({"institutional", "official"})
RECOGNISED = frozenset({"recognised", "not_recognised"})
_STAGES: Sequence[Stage] = get_args(Stage)
_STATUS = frozenset({"legal", "prohibited", "under_framework"})


@cache
def meaning(asserts: str | None) -> frozenset[str]:
    """Return the statuses an assertion leaves possible; empty where it asserts none."""
    if asserts is None:
        return frozenset()
    if asserts.startswith("not:"):
        return _STATUS - {asserts.removeprefix("not:")}
    return frozenset({asserts})


def uttered_on(counted: CountedClaim) -> Days:
    """Return the days on which a statement may have been made."""
    claim = counted.claim
    text = getattr(claim, "uttered_at", None) or claim.date_anchor
    if text:
        return parse(text)
    published = [parse(report.published) for report in claim.reports if report.published]
    return min(published, key=lambda days: (highest(days), days.text), default=UNKNOWN)


def first_said(statements: Iterable[CountedClaim]) -> int:
    """Return the first day by which some statement that a norm may overtake was surely made."""
    days = (
        highest(uttered_on(counted))
        for counted in statements
        if counted.claim.kind == "proposal" or counted.claim.force in DECLARING_FORCES
    )
    return min(days, default=FOREVER)


def may_overtake(norm: CountedClaim, first_said: int) -> bool:
    """Return whether a norm was surely made after the day of :func:`first_said`."""
    made = getattr(norm.claim, "made", None)
    return first_said < FOREVER and made is not None and lowest(parse(made)) > first_said


def bodies_of(claim: Utterance) -> tuple[str, ...]:
    """Return the bodies a statement was made for, each once."""
    spoke = sorted({speaker.body for speaker in claim.speakers if speaker.body})
    return tuple(spoke) or ((claim.issuer,) if claim.issuer else ())


@dataclass(frozen=True, slots=True)
class Statement:
    """One body's part in a declaration or proposal (``body`` is None where none is named)."""

    id: str
    body: str | None
    rank: int
    asserts: str | None
    means: frozenset[str]
    days: Days
    owner: str

    def day(self, choice: DateChoice) -> int:
        """Return the day it was made on, under this choice."""
        return BEGIN if self.days is UNKNOWN else choice.day(self.days, self.owner)

    def conflicts(self, other: "Statement") -> bool:
        """Return whether both cannot be true."""
        return bool(self.means and other.means) and self.means.isdisjoint(other.means)


def statements_of(
    counted: CountedClaim, taxonomy: Taxonomy, jurisdiction: str
) -> tuple[Statement, ...]:
    """Return one statement for each body that made it. Raises TypeError for any other claim."""
    claim = counted.claim
    if not isinstance(claim, Declaration | Proposal):
        raise TypeError(f"{counted.id} is no statement")
    bodies: Iterable[str | None] = bodies_of(claim) or (None,)
    rank, means = taxonomy.rank(claim.force, jurisdiction), meaning(claim.asserts)
    days, owner = uttered_on(counted), moves_with(counted)
    return tuple(
        Statement(counted.id, body, rank, claim.asserts, means, days, owner) for body in bodies
    )


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal at a stage. ``bill`` holds every stage of its bill, itself included."""

    statement: Statement
    stage: Stage
    bill: tuple[tuple[Statement, Stage], ...] = ()

    def is_live(self, day: int, made: Sequence["CandidateMade"], choice: DateChoice) -> bool:
        """Return whether a proposal stands on a day, against candidates made since."""
        if self.stage in ENDED_STAGES or self.statement.day(choice) > day:
            return False
        end = overtaken(self.statement, made)
        if end is not None and end[0] <= day:
            return False
        mine = (self.statement.day(choice), _STAGES.index(self.stage))
        reached = ((said.day(choice), _STAGES.index(stage)) for said, stage in self.bill)
        return all(one <= mine for one in reached if one[0] <= day)


@dataclass(frozen=True, slots=True)
class CandidateMade:
    """When a candidate was made, as ordinals: under the choice at hand, and at the earliest."""

    id: str
    day: int
    low: int


@dataclass(frozen=True, slots=True)
class LiveStatements:
    """The assertions of the declarations that are live on a day."""

    asserted: frozenset[str]
    in_conflict: bool  # whether two of them cannot both be true

    def contradict(self, status: str) -> bool:
        """Return whether one of them denies this status."""
        return any(status not in meaning(asserts) for asserts in self.asserted)

    def strictest(self, among: frozenset[str]) -> str | None:
        """Return the strictest of these statuses that one of them asserts outright."""
        return max(self.asserted & among, key=STRICTNESS.__getitem__, default=None)


@cache  # as many as there are sets of assertions
def _live(asserted: frozenset[str]) -> LiveStatements:
    meant = [meaning(asserts) for asserts in asserted]
    return LiveStatements(
        asserted, any(a.isdisjoint(b) for i, a in enumerate(meant) for b in meant[:i])
    )


@dataclass(frozen=True, slots=True)
class _Life:
    """When a statement was made, and what ends it: a later one of its body, or a later norm."""

    on: int
    walked_back: tuple[int, str] | None  # from which day, by which claim
    overtaken: tuple[int, str] | None

    @property
    def last(self) -> int:
        """The last day on which it is live."""
        ends = (end[0] - 1 for end in (self.walked_back, self.overtaken) if end)
        return min(ends, default=FOREVER)

    def loser(self, claim: str, day: int) -> Loser | None:
        """Return what ended it by a day."""
        if self.walked_back is not None and self.walked_back[0] <= day:
            return Loser(claim, "walked_back", self.walked_back[1])
        if self.overtaken is not None and self.overtaken[0] <= day:
            return Loser(claim, "overtaken", self.overtaken[1])
        return None


def overtaken(statement: Statement, made: Sequence[CandidateMade]) -> tuple[int, str] | None:
    """Return the first candidate made surely later than a statement: the day, and its id."""
    until = highest(statement.days)
    return min(((m.day, m.id) for m in made if m.low > until), default=None)


def _walked_back(
    statement: Statement, on: int, of_body: Sequence[tuple[Statement, int]]
) -> tuple[int, str] | None:
    """Return the first later statement of the body, of at least its force, that conflicts."""
    later = (
        (then, other.id)
        for other, then in of_body
        if then > on and other.rank >= statement.rank and other.conflicts(statement)
    )
    return min(later, default=None)


class Statements:
    """The declarations on a cell under one choice of days: each is live in one stretch of days."""

    def __init__(
        self, statements: Sequence[Statement], made: Sequence[CandidateMade], choice: DateChoice
    ) -> None:
        self._statements = statements
        dated = [(statement, statement.day(choice)) for statement in statements]
        by_body: dict[str, list[tuple[Statement, int]]] = {}
        for statement, on in dated:
            if statement.body is not None:
                by_body.setdefault(statement.body, []).append((statement, on))
        self._lives = [
            _Life(on, _walked_back(s, on, by_body.get(s.body or "", ())), overtaken(s, made))
            for s, on in dated
        ]
        self._asserting: dict[str, int] = {}
        for i, statement in enumerate(statements):
            if statement.asserts is not None:
                mask = self._asserting.get(statement.asserts, 0)
                self._asserting[statement.asserts] = mask | 1 << i

    def turns(self) -> Iterator[tuple[int, int]]:
        """Yield the days on which statements become live or cease to be, each with its bit."""
        for i, life in enumerate(self._lives):
            yield from turns(((life.on, life.last),), 1 << i)

    def live(self, bits: int) -> LiveStatements:
        """Return what these statements assert, of which each has a bit."""
        return _live(frozenset(a for a, mask in self._asserting.items() if bits & mask))

    def asserting(self, asserts: str, bits: int) -> tuple[str, ...]:
        """Return the claims among these statements that assert exactly this, in order."""
        wanted = bits & self._asserting[asserts]
        return tuple(sorted({s.id for i, s in enumerate(self._statements) if wanted >> i & 1}))

    def losers(self, day: int) -> list[Loser]:
        """Return the statements that were walked back or overtaken by a day."""
        lives = zip(self._statements, self._lives, strict=True)
        ended = (life.loser(statement.id, day) for statement, life in lives)
        return [loser for loser in ended if loser is not None]
