"""Cells, and the facts of one prefix of the log from which their status is computed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, wraps
from typing import NamedTuple, TypeVar

from ledger.domain.claim_parts import INSTRUMENT_PREFIX
from ledger.domain.claims import Lifecycle, Norm, Proposal
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import ANY, Taxonomy

# Kinds of claims that can answer for a cell, if only with a reason, and those that can bear on an
# answer. All others are noted and shown, and change nothing.
ANSWERING_KINDS = frozenset({"norm", "declaration", "proposal", "commitment", "recommendation"})
BEARING_KINDS = ANSWERING_KINDS | {"lifecycle"}
_Derived = TypeVar("_Derived")


class Cell(NamedTuple):
    """A question that has a status. ``actor`` is ``any``, an actor class or ``org:<id>``."""

    jurisdiction: str
    activity: str
    actor: str = ANY

    def __str__(self) -> str:
        """Return the three parts with slashes: ``PK/va.exchange/bank``."""
        return f"{self.jurisdiction}/{self.activity}/{self.actor}"

    def to_value(self) -> dict[str, str]:
        """Return JSON values."""
        return self._asdict()


@dataclass(frozen=True, eq=False)
class Facts:
    """The claims that one prefix of the log counts: the only source of a status.

    ``claims`` count; ``pending`` await review and give nothing but a flag. ``size`` is the length
    of the prefix in entries, ``head`` the hex hash that stands for it, ``rules`` the version of the
    rules. ``noted`` counts decisions and notes that are not among the claims, by (jurisdiction,
    activity, force); the force may be empty for a jurisdiction without members. The order of claims
    never matters.
    """

    claims: Sequence[CountedClaim]
    pending: Sequence[CountedClaim]
    taxonomy: Taxonomy
    size: int
    head: str
    rules: int
    noted: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    # The results of functions under once_per_facts, by function.
    derived: dict[object, object] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def index(self) -> "Index":
        """The counting claims by id, place, instrument and target."""
        return Index(self.claims)

    def with_noted(self, noted: Mapping[tuple[str, str, str], int]) -> "Facts":
        """Return the same facts with these counts, and with all that was derived from them."""
        made = replace(self, noted=noted)
        made.derived.update(self.derived)
        made.__dict__["index"] = self.index
        return made

    @cached_property
    def noted_at(self) -> Mapping[tuple[str, str], Sequence[tuple[str, int]]]:
        """What ``noted`` counts, as (force, number) by jurisdiction and activity."""
        found: dict[tuple[str, str], list[tuple[str, int]]] = {}
        for (jurisdiction, activity, force), number in self.noted.items():
            found.setdefault((jurisdiction, activity), []).append((force, number))
        return found

    @cached_property
    def pending_index(self) -> "Index":
        """The claims awaiting review, likewise."""
        return Index(self.pending)


def once_per_facts(derive: Callable[[Facts], _Derived]) -> Callable[[Facts], _Derived]:
    """Decorate a function of facts so that it runs once for them and its result stays with them."""

    @wraps(derive)
    def derived(facts: Facts) -> _Derived:
        found = facts.derived.get(derive)
        if found is None:
            found = facts.derived[derive] = derive(facts)
        return found  # type: ignore[return-value]  # what was derived by the same function

    return derived


class Index:
    """Claims by id, by (jurisdiction, activity), by instrument, target and bill. Read only.

    An act has no place of its own: it is found by its target.
    """

    def __init__(self, claims: Iterable[CountedClaim]) -> None:
        self.by_id: dict[str, CountedClaim] = {}
        self.by_place: dict[tuple[str, str], list[CountedClaim]] = {}
        self.norms_of: dict[str, list[CountedClaim]] = {}
        self.acts_on: dict[str, list[CountedClaim]] = {}
        self.stages_of: dict[str, list[CountedClaim]] = {}  # by bill
        self.activities: dict[str, set[str]] = {}  # by jurisdiction, of claims that can answer
        for counted in sorted(claims, key=lambda c: c.id):
            self._add(counted)

    def _add(self, counted: CountedClaim) -> None:
        claim = counted.claim
        self.by_id[counted.id] = counted
        if isinstance(claim, Lifecycle):
            self.acts_on.setdefault(claim.target, []).append(counted)
            return
        self.by_place.setdefault((claim.jurisdiction, claim.activity), []).append(counted)
        if claim.kind in ANSWERING_KINDS:
            self.activities.setdefault(claim.jurisdiction, set()).add(claim.activity)
        if isinstance(claim, Norm) and claim.instrument is not None:
            self.norms_of.setdefault(claim.instrument.id, []).append(counted)
        elif isinstance(claim, Proposal) and claim.bill is not None:
            self.stages_of.setdefault(claim.bill, []).append(counted)

    def at(self, places: Iterable[str], activities: Iterable[str]) -> list[CountedClaim]:
        """Return every claim in one of these jurisdictions about one of these activities."""
        wanted = tuple(activities)
        return [
            counted
            for place in places
            for activity in wanted
            for counted in self.by_place.get((place, activity), ())
        ]

    def upon(self, counted: CountedClaim) -> list[CountedClaim]:
        """Return every act aimed at this norm, at its instrument, or at this act."""
        found = self.acts_on.get(counted.id, [])
        claim = counted.claim
        if isinstance(claim, Norm) and claim.instrument is not None:
            found = found + self.acts_on.get(INSTRUMENT_PREFIX + claim.instrument.id, [])
        return found
