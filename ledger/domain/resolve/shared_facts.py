"""What the cells of one set of facts share: worked out once, when first asked for.

Cells near each other rest on the same claims. What can be said of a claim, a pair of norms or a
jurisdiction alone, whatever the cell and the day, is kept here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

from ledger.domain.claims import Declaration, Lifecycle, Norm, Proposal
from ledger.domain.dates import Days, parse
from ledger.domain.resolve.conflict import Contender, contender
from ledger.domain.resolve.imprecise_dates import ImpreciseTexts, imprecise_texts, starts
from ledger.domain.resolve.in_force import NormsInForce
from ledger.domain.resolve.intervals import PRECISE, DateChoice, highest, lowest
from ledger.domain.resolve.matching import Facts, Match, acts_upon, bearing_on, supports
from ledger.domain.resolve.rivals import Comparisons
from ledger.domain.resolve.statements import Statement, parts, uttered_on
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import DatedClass, Membership

_MOST_RUNS = 256
_Key = TypeVar("_Key")
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Foundation:
    """What a norm rests on: the norms that support it, and the acts upon it and upon those."""

    supports: tuple[CountedClaim, ...]
    acts: tuple[CountedClaim, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A jurisdiction's surroundings: the unions ever joined, and the days on which they change."""

    unions: frozenset[str]
    turns: frozenset[int]


class SharedFacts:
    """The shared work of one set of facts. It grows with the claims that were asked about."""

    def __init__(self, facts: Facts) -> None:
        self.index, self.taxonomy = facts.index, facts.taxonomy
        self._forces = {PRECISE: NormsInForce(self.index, self.taxonomy)}
        self._around: dict[str, Surroundings] = {}
        self._near: dict[tuple[str, str, frozenset[str]], tuple[tuple[CountedClaim, int], ...]] = {}
        self._behind: dict[str, Foundation] = {}
        self._days: dict[str, frozenset[int]] = {}
        self._texts: dict[tuple[str, bool], ImpreciseTexts] = {}
        self._contenders: dict[tuple[str, int, str], Contender] = {}
        self._said: dict[tuple[str, str], tuple[Statement, ...]] = {}
        self._duels: dict[str, Comparisons] = {}

    def forces(self, run: DateChoice) -> NormsInForce:
        """The intervals of all norms in one run: the same for every cell."""
        if len(self._forces) > _MOST_RUNS:
            self._forces = {PRECISE: self._forces[PRECISE]}
        return _kept(self._forces, run, lambda: NormsInForce(self.index, self.taxonomy, run))

    def around(self, jurisdiction: str) -> Surroundings:
        """The surroundings of a jurisdiction."""
        return _kept(self._around, jurisdiction, lambda: self._surroundings(jurisdiction))

    def near(
        self, jurisdiction: str, activity: str, unions: frozenset[str]
    ) -> tuple[tuple[CountedClaim, int], ...]:
        """Every claim that matches some actor here while these unions are joined."""
        return _kept(
            self._near,
            (jurisdiction, activity, unions),
            lambda: bearing_on((jurisdiction, activity), unions, self.taxonomy, self.index),
        )

    def behind(self, norm: CountedClaim) -> Foundation:
        """What a norm rests on."""
        return _kept(self._behind, norm.id, lambda: self._rests_on(norm))

    def days(self, counted: CountedClaim) -> frozenset[int]:
        """The days on which a claim, or what it rests on, may change an answer."""
        return _kept(self._days, counted.id, lambda: frozenset(self._days_of(counted)))

    def texts(self, counted: CountedClaim, *, made: bool) -> ImpreciseTexts:
        """Return the imprecise date texts of a claim."""
        key = (counted.id, made)
        return _kept(self._texts, key, lambda: imprecise_texts(counted, made=made))

    def contender(self, match: Match, jurisdiction: str) -> Contender:
        """The norm of a match as the conflict in a jurisdiction sees it."""
        profile = self.taxonomy.profile_of(jurisdiction)
        return _kept(
            self._contenders,
            (match.counted.id, match.addressee, profile),
            lambda: contender(match, self.taxonomy, jurisdiction),
        )

    def said(self, match: Match, jurisdiction: str) -> tuple[Statement, ...]:
        """A statement as the parts of the bodies that made it, ranked for a jurisdiction."""
        return _kept(
            self._said,
            (match.counted.id, self.taxonomy.profile_of(jurisdiction)),
            lambda: parts(match, self.taxonomy, jurisdiction),
        )

    def duels(self, jurisdiction: str) -> Comparisons:
        """Who beats whom under the order of force of a jurisdiction."""
        return _kept(self._duels, self.taxonomy.profile_of(jurisdiction), Comparisons)

    # --- worked out -----------------------------------------------------------------------------

    def _surroundings(self, jurisdiction: str) -> Surroundings:
        path = self.taxonomy.jurisdiction_path(jurisdiction)
        unions: set[str] = set()
        turns: set[int] = set()
        for place in self.taxonomy.jurisdictions.values():
            members = [member for member in place.members if member.jurisdiction in path]
            if members:
                unions.add(place.id)
                turns.update(bounds(members))
        return Surroundings(frozenset(unions), frozenset(turns))

    def _rests_on(self, norm: CountedClaim) -> Foundation:
        found = supports([norm], self.index)
        return Foundation(tuple(found), tuple(acts_upon([norm, *found], self.index)))

    def _days_of(self, counted: CountedClaim) -> Iterator[int]:
        yield from _own_days(counted)
        if isinstance(counted.claim, Norm):
            behind = self.behind(counted)
            for other in (*behind.supports, *behind.acts):
                yield from _own_days(other)


def shared_facts_of(facts: Facts) -> SharedFacts:
    """The shared facts of these facts, kept with them."""
    found = facts.memory.get(SharedFacts)
    if not isinstance(found, SharedFacts):
        found = facts.memory[SharedFacts] = SharedFacts(facts)
    return found


def bounds(ranges: Iterable[DatedClass | Membership]) -> Iterator[int]:
    """The days on which these begin or have ended."""
    for dated in ranges:
        if dated.since is not None:
            yield dated.since.toordinal()
        if dated.until is not None:
            yield dated.until.toordinal() + 1


def _kept(known: dict[_Key, _Made], key: _Key, make: Callable[[], _Made]) -> _Made:
    found = known.get(key)
    if found is None:
        found = known[key] = make()
    return found


def _own_days(counted: CountedClaim) -> Iterator[int]:
    claim = counted.claim
    if isinstance(claim, Norm):
        yield from _first((*starts(claim), *((claim.made,) if claim.made else ())))
        yield from _after(claim.effective_to)
    elif isinstance(claim, Lifecycle):
        yield from _first((claim.at,))
        yield from _after(claim.until)
    elif isinstance(claim, Declaration | Proposal):
        yield from _both(uttered_on(counted))


def _both(days: Days) -> tuple[int, int]:
    return lowest(days), highest(days)


def _first(texts: Iterable[str]) -> Iterator[int]:
    return chain.from_iterable(_both(parse(text)) for text in texts)


def _after(text: str | None) -> Iterator[int]:
    if text is not None:
        yield from (day + 1 for day in _both(parse(text)))
