"""Which cells the claims of a prefix speak of; others follow from an ancestor or ``any``."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from ledger.domain.resolve.facts import ANSWERING_KINDS, Cell, Facts, once_per_facts
from ledger.domain.resolve.shared_work import shared_facts_of
from ledger.domain.taxonomy import ANY


def cells_of(*facts: Facts) -> tuple[Cell, ...]:
    """Return the cells that claims speak of, in order.

    For each jurisdiction and activity that some claim is about, if only a note: ``any``, and every
    class or organisation that a claim on that activity or above it addresses; likewise for an act
    that is limited to a part of its target. Every other cell has the same answer as one of these:
    no claim tells it apart from an ancestor or from ``any``.
    """
    found: set[Cell] = set()
    for prefix in facts:
        for place in _addressed(prefix):
            found.update(cells_at(place, prefix))
    return tuple(sorted(found))


def cells_at(place: tuple[str, str], facts: Facts, *, noted: bool = False) -> tuple[Cell, ...]:
    """Return the cells of one jurisdiction and activity that claims speak of, in order.

    ``noted`` says that there is a note or a decision about it, which ``facts`` may lack.
    """
    addressed = _addressed(facts)
    if place not in addressed and not noted:
        return ()
    places = shared_facts_of(facts).surroundings[place[0]].places
    above = facts.taxonomy.ancestors(place[1])
    actors = {ANY}.union(*(addressed.get((p, a), ()) for p in places for a in above))
    return tuple(Cell(*place, actor) for actor in sorted(actors))


@once_per_facts
def _addressed(facts: Facts) -> Mapping[tuple[str, str], set[str]]:
    """Return whom the claims on each jurisdiction and activity address, ``any`` included.

    A note or a decision tells no cell apart from another, but has its place shown.
    An act with a limit tells cells apart as well: those it names, or else those of its target.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for counted in facts.claims:
        claim = counted.claim
        if claim.kind != "lifecycle":
            actors = found.setdefault((claim.jurisdiction, claim.activity), {ANY})
            actors.update(claim.addressees if claim.kind in ANSWERING_KINDS else ())
    for noted in facts.noted_at:
        found.setdefault(noted, {ANY})
    shared = shared_facts_of(facts)
    for place in tuple(found):
        for act in shared.scoped_at[place]:
            scope = shared.scopes.of[act.id]
            told = (
                _deeper(
                    place[0], (scope.jurisdiction, scope.court), facts.taxonomy.jurisdiction_path
                ),
                _deeper(place[1], (scope.activity,), facts.taxonomy.ancestors),
            )
            found.setdefault(told, {ANY}).update(scope.addressees or ())
    return found


def _deeper(own: str, named: Iterable[str | None], path: Callable[[str], Sequence[str]]) -> str:
    """Return the deepest of these that is below a norm's own place or activity, else that."""
    below = [one for one in named if one is not None and own in path(one)]
    return max(below, key=lambda one: len(path(one)), default=own)
