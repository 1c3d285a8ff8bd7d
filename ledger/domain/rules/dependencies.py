"""What a claim depends on runs in no circle, so that the law of a day can be worked out.

A norm depends on the norms of the instrument it is made under and of the one that saves it; a norm
or an act on the acts upon it; an act on the norms of the instrument that holds its power, unless
that is the target's own instrument.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ledger.domain.claim_parts import INSTRUMENT_PREFIX
from ledger.domain.claims import Claim, Lifecycle, Norm
from ledger.domain.rules.state import State
from ledger.errors import RuleViolation

_NOTHING: Mapping[str, Claim] = MappingProxyType({})


def check_acyclic(
    state: State, claim_id: str, claim: Claim, ahead: Mapping[str, Claim] = _NOTHING
) -> None:
    """Check that a claim would not depend on itself. Raises RuleViolation with the way round.

    ``ahead`` holds contents (by claim id) that are about to count, in place of the state's. Any
    circle leads through the claim at hand, since there was none before.
    """
    graph = Graph(state, {**ahead, claim_id: claim})
    if not graph.is_depended_on(claim):
        return
    came_from: dict[str, str] = {}
    waiting = [claim_id]
    while waiting:
        here = waiting.pop()
        for found in graph.beneath(here):
            if found == claim_id:
                raise RuleViolation("acyclic", _circle(graph, claim_id, here, came_from))
            if found not in came_from:
                came_from[found] = here
                waiting.append(found)


@dataclass(frozen=True, slots=True)
class Graph:
    """What depends on what: the claims that count or are pending, and ``contents`` before these."""

    state: State
    contents: Mapping[str, Claim]

    def claim(self, claim_id: str) -> Claim | None:
        """Return the content of a claim."""
        return self.contents.get(claim_id) or self.state.claim(claim_id)

    def beneath(self, claim_id: str) -> Iterator[str]:
        """Yield the claims that this one depends on directly."""
        claim = self.claim(claim_id)
        yield from self._acts_on(claim_id)
        if isinstance(claim, Norm):
            if claim.instrument is not None:
                yield from self._acts_on(INSTRUMENT_PREFIX + claim.instrument.id)
            for instrument in claim.rests_on:
                yield from self._norms_of(instrument)
        elif isinstance(claim, Lifecycle):
            power = claim.enabling_instrument
            if power is not None and power != self.aimed_at(claim):
                yield from self._norms_of(power)

    def is_depended_on(self, claim: Claim) -> bool:
        """Return whether any claim may depend on this content; most norms are made under no other.

        What is asked for here spares the walk over all norms of a large enabling instrument.
        """
        if isinstance(claim, Lifecycle):
            return True
        if not isinstance(claim, Norm) or claim.instrument is None:
            return False
        own = claim.instrument.id
        ahead = (c for c in self.contents.values() if isinstance(c, Norm | Lifecycle))
        return self.state.is_relied_on(own) or any(
            own in (c.enabling_instrument, getattr(c, "saved_by", None)) for c in ahead
        )

    def aimed_at(self, act: Lifecycle) -> str | None:
        """Return the instrument of what an act finally acts upon, by way of other acts."""
        seen: set[str] = set()
        here: Claim | None = act
        while isinstance(here, Lifecycle) and here.target not in seen:
            if here.target.startswith(INSTRUMENT_PREFIX):
                return here.target.removeprefix(INSTRUMENT_PREFIX)
            seen.add(here.target)
            here = self.claim(here.target)
        return here.instrument.id if isinstance(here, Norm) and here.instrument else None

    def _acts_on(self, target: str) -> Iterator[str]:
        held = {**dict(self.state.acts_on(target)), **self.contents}
        return (i for i, c in held.items() if isinstance(c, Lifecycle) and c.target == target)

    def _norms_of(self, instrument: str) -> Iterator[str]:
        held = {**dict(self.state.norms_of(instrument)), **self.contents}
        return (
            claim_id
            for claim_id, claim in held.items()
            if isinstance(claim, Norm) and claim.instrument and claim.instrument.id == instrument
        )


def _circle(graph: Graph, claim_id: str, last: str, came_from: Mapping[str, str]) -> str:
    """Say by way of which claims a claim would depend on itself."""
    names: list[str] = []
    while last != claim_id:
        claim = graph.claim(last)
        names.append((claim.key if claim else None) or last)
        last = came_from[last]
    way = f", by way of {', '.join(reversed(names))}" if names else ""
    claim = graph.claim(claim_id)
    return f"claim {(claim.key if claim else None) or claim_id} would depend on itself{way}"
