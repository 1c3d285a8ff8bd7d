"""The work that the cells of one set of facts share, done once, when first needed.

Cells near each other rest on the same claims. What follows from a claim, a pair of norms or a
jurisdiction alone, whatever the cell and the day, is kept here.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import chain
from typing import cast

from ledger.domain.claims import Lifecycle, Norm, Proposal
from ledger.domain.definitions import DatedClass, Membership
from ledger.domain.edtf_dates import Days, parse
from ledger.domain.resolve.facts import ANSWERING_KINDS, Cell, Facts, once_per_facts
from ledger.domain.resolve.imprecise_dates import (
    NOTHING_IMPRECISE,
    ImpreciseTexts,
    imprecise_texts,
    together,
)
from ledger.domain.resolve.in_force import NormsInForce
from ledger.domain.resolve.intervals import FOREVER, DateChoice, highest, lowest
from ledger.domain.resolve.matching import (
    Affiliations,
    Match,
    Nearness,
    acts_upon,
    addressee_nearness,
    affiliations,
    bearing_on,
    classes_held,
    places_of,
    supports,
)
from ledger.domain.resolve.power import Powers
from ledger.domain.resolve.precedence import Comparison, Contender, compare, contender
from ledger.domain.resolve.scenario import Candidate
from ledger.domain.resolve.scope import Scopes
from ledger.domain.resolve.status_values import RECOGNITION_EFFECTS
from ledger.domain.resolve.walked_back_statements import (
    RECOGNISED,
    Proposed,
    Statement,
    statements_of,
    uttered_on,
)
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import ORG
from ledger.memo import Memo

CANDIDATE_FORCES = frozenset(
    {"constitutional", "supranational", "primary", "delegated", "supervisory"}
)
_MOST_CHOICES = 4096


@dataclass(frozen=True, slots=True)
class Foundation:
    """What a norm rests on, and the acts upon all of it.

    ``supports`` are the norms of its enabler and saver, ``acts`` those upon it and upon these, with
    the acts upon acts. ``powers`` are the norms that give these acts their power, with what they
    rest on and the acts upon them. ``scoped`` are the acts of both that may not bear on some cell
    that the norm matches.
    """

    supports: tuple[CountedClaim, ...]
    acts: tuple[CountedClaim, ...]
    powers: tuple[CountedClaim, ...]
    scoped: tuple[CountedClaim, ...]
    act_ids: frozenset[str]  # of both
    texts: ImpreciseTexts  # of all but the norm itself


_ALONE = Foundation((), (), (), (), frozenset(), NOTHING_IMPRECISE)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The unions a jurisdiction ever belonged to, and the days on which that changes.

    ``places`` are the jurisdictions whose claims can match: those above it, and these unions.
    """

    places: tuple[str, ...]
    unions: frozenset[str]
    change_days: frozenset[int]


@dataclass(frozen=True, slots=True)
class Belonging:
    """What a place and an actor belong to through time.

    ``turns`` are the days on which unions are joined or left, or classes gained or lost; ``each``
    holds the affiliations before the first of them, from the first on, and so on; ``ever`` all
    that they ever have.
    """

    turns: tuple[int, ...]
    each: tuple[Affiliations, ...]
    ever: Affiliations


@dataclass(frozen=True, slots=True)
class Bearing:
    """The claims that can answer for some actor at a place, in order of id, by the line."""

    on_status: Sequence[CountedClaim]
    on_recognition: Sequence[CountedClaim]


class SharedFacts:
    """The shared work on one set of facts: memos that grow with the claims asked about."""

    def __init__(self, facts: Facts) -> None:
        self.index, self.taxonomy = facts.index, facts.taxonomy
        self.scopes = Scopes(self.index, self.taxonomy)
        self.powers = Powers(self.index, self.taxonomy, self.scopes)
        # By choice and ignored acts.
        self.in_force: Memo[tuple[DateChoice, frozenset[str]], NormsInForce] = Memo(
            self._norms_in_force, most=_MOST_CHOICES
        )
        self.surroundings = Memo(self._surroundings)  # by jurisdiction
        self.places_below = Memo(self._places_below)  # by jurisdiction
        self.belonging = Memo(self._belonging)  # by (jurisdiction, actor)
        self.bearing = Memo(self._bearing)  # by (jurisdiction, activity, unions)
        self.candidates = Memo(self._candidate)  # by (match, profile)
        self.foundations = Memo(self._foundation)  # by the norm's id
        self.scoped_upon = Memo(self._scoped_upon)  # by claim id
        self.scoped_at = Memo(self._scoped_at)  # by (jurisdiction, activity)
        self.change_days = Memo(self._change_days)  # by claim id
        self.norm_texts = Memo(self._norm_texts)  # by (the norm's id, whether ``made`` matters)
        self.leaves_open = Memo(self._leaves_open)  # by claim id
        self.profiles = Memo(self.taxonomy.profile_of)  # by jurisdiction
        self.home_regimes = Memo(self.taxonomy.home_regime)  # by activity
        self._nearness = Memo(self._nearness_of)  # by (actor, classes), then by addressees
        self._matches = Memo(self._matches_of)  # by nearness, then by claim id
        self._imprecise = Memo(self._imprecise_texts)
        self._statements = Memo(self._statements_of)
        self._comparisons = Memo(_compare)

    def _norms_in_force(self, key: tuple[DateChoice, frozenset[str]]) -> NormsInForce:
        return NormsInForce(self, *key)

    def acts_under(self, norm: CountedClaim) -> frozenset[str]:
        """Return the ids of the acts upon a norm, upon what it rests on, and upon their powers."""
        return self.foundations[norm.id].act_ids

    def imprecise_texts(self, counted: CountedClaim, *, made: bool) -> ImpreciseTexts:
        """Return the imprecise date texts of a claim; ``made``: with those of ``made``."""
        return self._imprecise[counted.id, made]

    def matching(
        self, claims: Iterable[CountedClaim], actor: str, classes: frozenset[str]
    ) -> tuple[Match, ...]:
        """Return those of the claims that address an actor: the same matches for all alike."""
        near, matches = self._nearness[actor, classes], self._matches
        found = [(c.id, near[c.claim.addressees]) for c in claims]
        return tuple([matches[level][claim] for claim, level in found if level is not None])

    def statements_of(self, counted: CountedClaim, profile: str) -> tuple[Statement, ...]:
        """Return what each body said, ranked by a profile's order of force."""
        return self._statements[counted.id, profile]

    def proposed(self, counted: CountedClaim, profile: str) -> Proposed:
        """Return a proposal with every stage of its bill."""
        stages = (
            (self.statements_of(one, profile)[0], cast("Proposal", one.claim).stage)
            for one in self.stages_with(counted)
        )
        stage = cast("Proposal", counted.claim).stage
        return Proposed(self.statements_of(counted, profile)[0], stage, tuple(stages))

    def stages_with(self, counted: CountedClaim) -> Sequence[CountedClaim]:
        """Return every stage of the bill of a statement, if it is one; whatever cell they name."""
        bill = getattr(counted.claim, "bill", None)
        return self.index.stages_of[bill] if bill is not None else ()

    def compare(self, x: Contender, y: Contender) -> Comparison:
        """Compare two norms (:func:`ledger.domain.resolve.precedence.compare`)."""
        return self._comparisons[x, y]

    def _surroundings(self, jurisdiction: str) -> Surroundings:
        memberships = list(self.taxonomy.memberships(jurisdiction))
        return Surroundings(
            places=places_of(jurisdiction, self.taxonomy),
            unions=frozenset(union for union, _ in memberships),
            change_days=frozenset(bounds(member for _, member in memberships)),
        )

    def _places_below(self, jurisdiction: str) -> tuple[str, ...]:
        """Return the places within a jurisdiction that some claim is about."""
        return tuple(self._claimed_below.get(jurisdiction, ()))

    @cached_property
    def _claimed_below(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for place in sorted(self.index.activities):
            for above in self.taxonomy.jurisdiction_path(place)[1:]:
                found.setdefault(above, []).append(place)
        return found

    def _belonging(self, key: tuple[str, str]) -> Belonging:
        jurisdiction, actor = key
        taxonomy, surroundings = self.taxonomy, self.surroundings[jurisdiction]
        body = taxonomy.bodies.get(actor.removeprefix(ORG)) if ORG in actor else None
        held = body.classes if body else ()
        turns = sorted(surroundings.change_days.union(bounds(held)))
        ever = frozenset(one for dated in held for one in taxonomy.class_path(dated.actor_class))
        cell = Cell(jurisdiction, "", actor)
        days = [date.min, *(date.fromordinal(day) for day in turns if day < FOREVER)]
        return Belonging(
            turns=tuple(turns),
            each=tuple(affiliations(cell, taxonomy, day) for day in days),
            ever=Affiliations(surroundings.unions, ever if body else classes_held(actor, taxonomy)),
        )

    def _bearing(self, key: tuple[str, str, frozenset[str]]) -> Bearing:
        jurisdiction, activity, unions = key
        found = bearing_on((jurisdiction, activity), unions, self.taxonomy, self.index)
        on_status: list[CountedClaim] = []
        on_recognition: list[CountedClaim] = []
        for counted in found:
            if counted.claim.kind in ANSWERING_KINDS:
                (on_status if is_about_status(counted) else on_recognition).append(counted)
        return Bearing(on_status, on_recognition)

    def _nearness_of(
        self, key: tuple[str, frozenset[str]]
    ) -> Memo[tuple[str, ...], Nearness | None]:
        actor, classes = key
        return Memo(lambda named: addressee_nearness(named, actor, classes, self.taxonomy))

    def _matches_of(self, nearness: Nearness) -> Memo[str, Match]:
        by_id = self.index.by_id
        return Memo(lambda claim_id: Match(by_id[claim_id], nearness))

    def _candidate(self, key: tuple[Match, str]) -> Candidate:
        match, profile = key
        return Candidate(match.counted, contender(match, self.taxonomy, profile))

    def _foundation(self, norm_id: str) -> Foundation:
        norm = self.index.by_id[norm_id]
        found = supports([norm], self.index)
        acts = acts_upon([norm, *found], self.index)
        if not found and not acts:
            return _ALONE
        powers = self.powers_of([norm, *found], acts)
        every = [*acts, *(c for c in powers if isinstance(c.claim, Lifecycle))]
        scoped = [act for act in every if not self.scopes.bears_on_all_of(act, norm)]
        ids = frozenset(act.id for act in every)
        texts = self.texts_beneath([norm], [*found, *acts, *powers])
        return Foundation(tuple(found), tuple(acts), tuple(powers), tuple(scoped), ids, texts)

    def texts_beneath(
        self, norms: Iterable[CountedClaim], beneath: Sequence[CountedClaim]
    ) -> ImpreciseTexts:
        """Return the imprecise texts of what norms rest on, and of acts, together."""
        aims = {counted.id for counted in (*norms, *beneath)}
        return together(
            self.imprecise_texts(counted, made=self._asks_for_power(counted, aims))
            for counted in beneath
        )

    def _asks_for_power(self, counted: CountedClaim, aims: Container[str]) -> bool:
        """Return whether an act has power over an aim only if a norm was in force when made."""
        is_act = isinstance(counted.claim, Lifecycle)
        return is_act and bool(self.powers.enabling_norms(counted, aims))

    def _scoped_upon(self, claim_id: str) -> tuple[CountedClaim, ...]:
        """Return the acts upon a norm that decides, and upon what it rests on, with a limit."""
        counted = self.index.by_id[claim_id]
        return self.foundations[claim_id].scoped if is_candidate(counted) else ()

    def _scoped_at(self, place: tuple[str, str]) -> tuple[CountedClaim, ...]:
        """Return the acts with a limit that bear on norms of exactly this place and activity."""
        norms = (c for c in self.index.by_place.get(place, ()) if isinstance(c.claim, Norm))
        found = {act.id: act for norm in norms for act in self.foundations[norm.id].scoped}
        return tuple(found.values())

    def powers_of(
        self,
        norms: Sequence[CountedClaim],
        acts: Sequence[CountedClaim],
        ignored: frozenset[str] = frozenset(),
    ) -> list[CountedClaim]:
        """Return what gives acts their power over norms and acts: norms, what these rest on, acts.

        ``acts`` are those upon the norms, and upon such acts.
        """
        aims = {counted.id for counted in (*norms, *acts)}
        found: dict[str, CountedClaim] = {}
        todo = [*acts]
        while todo:
            granting = {n.id: n for act in todo for n in self.powers.enabling_norms(act, aims)}
            more = [norm for norm in granting.values() if norm.id not in found]
            more += supports(more, self.index)
            more += acts_upon(more, self.index, ignored)
            found.update((counted.id, counted) for counted in more)
            aims.update(found)
            lifecycle = (c for c in found.values() if isinstance(c.claim, Lifecycle))
            todo = [*acts, *lifecycle] if more else []
        return list(found.values())

    def _change_days(self, claim_id: str) -> frozenset[int]:
        """Return the days on which a claim, or what it rests on, may change an answer."""
        counted = self.index.by_id[claim_id]
        days = set(_own_days(counted))
        if isinstance(counted.claim, Norm):
            rests_on = self.foundations[claim_id]
            for other in (*rests_on.supports, *rests_on.acts):
                days.update(_own_days(other))
        return frozenset(days)

    def _imprecise_texts(self, key: tuple[str, bool]) -> ImpreciseTexts:
        claim_id, made = key
        return imprecise_texts(self.index.by_id[claim_id], made=made)

    def _leaves_open(self, claim_id: str) -> bool:
        """Return whether an imprecise text may bear on what a claim answers."""
        counted = self.index.by_id[claim_id]
        if isinstance(counted.claim, Norm):
            return self.norm_texts[claim_id, True] is not NOTHING_IMPRECISE
        said = (counted, *self.stages_with(counted))
        texts = together(self.imprecise_texts(one, made=False) for one in said)
        return texts is not NOTHING_IMPRECISE

    def _norm_texts(self, key: tuple[str, bool]) -> ImpreciseTexts:
        """Return the imprecise texts of a norm and of its foundation."""
        return together((self._imprecise[key], self.foundations[key[0]].texts))

    def _statements_of(self, key: tuple[str, str]) -> tuple[Statement, ...]:
        claim_id, profile = key
        return statements_of(self.index.by_id[claim_id], self.taxonomy, profile)


def _compare(pair: tuple[Contender, Contender]) -> Comparison:
    return compare(*pair)


@once_per_facts
def shared_facts_of(facts: Facts) -> SharedFacts:
    """Return the work that the cells of these facts share."""
    return SharedFacts(facts)


def is_candidate(counted: CountedClaim) -> bool:
    """Return whether a claim is a norm of a force that decides."""
    claim = counted.claim
    return isinstance(claim, Norm) and claim.force in CANDIDATE_FORCES


def is_about_status(counted: CountedClaim) -> bool:
    """Return whether a claim bears on the status rather than on recognition."""
    claim = counted.claim
    if isinstance(claim, Norm):
        return claim.effect not in RECOGNITION_EFFECTS
    return getattr(claim, "asserts", None) not in RECOGNISED


def bounds(ranges: Iterable[DatedClass | Membership]) -> Iterator[int]:
    """Yield the days on which these begin or have ended, as ordinals."""
    for dated in ranges:
        if dated.since is not None:
            yield dated.since.toordinal()
        if dated.until is not None:
            yield dated.until.toordinal() + 1


def _own_days(counted: CountedClaim) -> Iterator[int]:
    claim = counted.claim
    if isinstance(claim, Norm):
        yield from _first((*claim.start_texts, *((claim.made,) if claim.made else ())))
        yield from _after(claim.effective_to)
    elif isinstance(claim, Lifecycle):
        yield from _first((claim.at,))
        yield from _after(claim.until)
    elif claim.kind in ANSWERING_KINDS:  # a statement
        yield from _both(uttered_on(counted))


def _both(days: Days) -> tuple[int, int]:
    return lowest(days), highest(days)


def _first(texts: Iterable[str]) -> Iterator[int]:
    return chain.from_iterable(_both(parse(text)) for text in texts)


def _after(text: str | None) -> Iterator[int]:
    if text is not None:
        yield from (day + 1 for day in _both(parse(text)))
