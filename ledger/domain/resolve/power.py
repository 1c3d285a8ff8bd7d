"""Whether the author of an act had the power to do it.

An act has power over its target by its *own force*: a force at least the target's, or that of a
court. What a court did yields only to a court or to constitutional force. A lower act may be made
*under a power*: its ``enabling_instrument`` is the target's own instrument, or one of which some
norm of at least the target's force, whose place holds the target's, is in force when the act is
made. A power carries commencing, postponing, extending, suspending and lifting (ending a suspension
is lifting it); it carries ending and reviving only for a part of the target, as an exemption; it
does not carry amending.

The author's place must be the target's or hold it: a union's law disapplies national law, it does
not repeal it. A judicial act may also come from below, and bears only there.

Decisions where the rules leave room:

* Force is measured by the order of the target's place.
* An instrument of which nothing is recorded gives the power asked for, as far as a power carries.
"""

from collections.abc import Container, Sequence
from typing import Final, Literal, NamedTuple, cast

from ledger.domain.claim_parts import INSTRUMENT_PREFIX
from ledger.domain.claims import Lifecycle, Norm
from ledger.domain.resolve.facts import Index
from ledger.domain.resolve.scope import Scopes
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import Taxonomy

CUTS: Final = frozenset({"repeal", "replace", "annul"})
_ALWAYS_CARRIED: Final = frozenset({"commence", "postpone", "extend", "suspend", "lift"})


class Grants(NamedTuple):
    """What would give an act the power that its own force lacks.

    ``norms`` are those of which one must be in force when the act is made. ``always`` needs no
    such norm; ``unrecorded`` says that nothing of the instrument is recorded.
    """

    norms: tuple[CountedClaim, ...] = ()
    always: bool = False
    unrecorded: bool = False


# What an act without power lacks, by the first that fits: its author's place does not hold the
# target's; a court's act yields only to a court; its force is lower and it names no power; a power
# does not carry such an act; the instrument named gives no such power; or did not when it was made.
Lack = Literal["place", "court", "force", "carries", "grant", "in_force"]

_NONE: Final = Grants()
_OWN_FORCE: Final = Grants(always=True)


class Powers:
    """The power of every act of an index over its targets, but for what depends on a day."""

    def __init__(self, index: Index, taxonomy: Taxonomy, scopes: Scopes) -> None:
        self._index = index
        self._taxonomy = taxonomy
        self._scopes = scopes
        self._grants: dict[tuple[str, str], Grants] = {}

    def targets(self, act: CountedClaim) -> Sequence[CountedClaim]:
        """Return what an act is aimed at: one claim, or the norms of an instrument."""
        return self._scopes.targets(act)

    def grants(self, act: CountedClaim, target: CountedClaim) -> Grants:
        """Return what gives an act power over a target."""
        found = self._grants.get((act.id, target.id))
        if found is None:
            found = self._grants[act.id, target.id] = self._granted(act, target)
        return found

    def _granted(self, act: CountedClaim, target: CountedClaim) -> Grants:
        if not self._comes_from_the_place(act, target):
            return _NONE
        by, on = act.claim.force, target.claim.force
        if on == "judicial":
            return _OWN_FORCE if by in {"judicial", "constitutional"} else _NONE
        if by in {"judicial", on} or self._rank(act, target) >= self._rank(target, target):
            return _OWN_FORCE
        return self._under_a_power(act, target)

    def enabling_norms(self, act: CountedClaim, aims: Container[str]) -> tuple[CountedClaim, ...]:
        """Return every norm that gives an act power over a target among ``aims``, once in force."""
        if cast("Lifecycle", act.claim).enabling_instrument is None:
            return ()
        targets = (target for target in self._scopes.targets(act) if target.id in aims)
        found = {norm.id: norm for target in targets for norm in self.grants(act, target).norms}
        return tuple(found.values())

    def lacking(self, act: CountedClaim, target: CountedClaim) -> Lack | None:
        """Return what an act that has no power over a target lacks; None where it never lacks any.

        Whether the norms that grant a power were in force, the caller knows.
        """
        grants = self.grants(act, target)
        if grants.always or grants.norms:
            return "in_force" if grants.norms else None
        if not self._comes_from_the_place(act, target):
            return "place"
        if target.claim.force == "judicial":
            return "court"
        if cast("Lifecycle", act.claim).enabling_instrument is None:
            return "force"
        return "grant" if self._carries(act, target) else "carries"

    def _comes_from_the_place(self, act: CountedClaim, target: CountedClaim) -> bool:
        author, place = self._scopes.author_place(act), self._scopes.author_place(target)
        if author in self._taxonomy.jurisdiction_path(place):
            return True
        return act.claim.force == "judicial" and self._scopes.is_below(author, place)

    def _rank(self, claim: CountedClaim, target: CountedClaim) -> int:
        return self._taxonomy.rank(claim.claim.force, self._scopes.author_place(target))

    def _under_a_power(self, act: CountedClaim, target: CountedClaim) -> Grants:
        enabling = cast("Lifecycle", act.claim).enabling_instrument
        if enabling is None or not self._carries(act, target):
            return _NONE
        if enabling == self._instrument_aimed_at(target):
            return _OWN_FORCE
        norms = self._index.norms_of.get(enabling, ())
        if not norms:
            return Grants(always=True, unrecorded=True)
        holding = self._taxonomy.jurisdiction_path(self._scopes.author_place(target))
        rank = self._rank(target, target)
        strong = (n for n in norms if self._rank(n, target) >= rank)
        return Grants(tuple(n for n in strong if n.claim.jurisdiction in holding))

    def _carries(self, act: CountedClaim, target: CountedClaim) -> bool:
        """Return whether a power of another text carries such an act."""
        kind = cast("Lifecycle", act.claim).act
        if kind in _ALWAYS_CARRIED:
            return True
        if kind in CUTS and isinstance(target.claim, Lifecycle) and target.claim.act == "suspend":
            return True
        return (kind in CUTS or kind == "revive") and self._scopes.of[act.id].exempts

    def _instrument_aimed_at(self, target: CountedClaim) -> str | None:
        """Return the instrument of the norm that is aimed at in the end."""
        here: CountedClaim | None = target
        seen: set[str] = set()
        while here is not None and here.id not in seen:
            claim = here.claim
            if isinstance(claim, Norm):
                return claim.instrument.id if claim.instrument else None
            seen.add(here.id)
            aimed = cast("Lifecycle", claim).target
            if aimed.startswith(INSTRUMENT_PREFIX):
                return aimed.removeprefix(INSTRUMENT_PREFIX)
            here = self._index.by_id.get(aimed)
        return None
