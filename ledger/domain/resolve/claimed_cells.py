"""Which cells the claims of a prefix speak of; others follow from an ancestor or ``any``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ledger.domain.resolve.matching import Cell, Facts
from ledger.domain.resolve.shared_facts import shared_facts_of
from ledger.domain.taxonomy import ANY

SPEAKING: Final = frozenset({"norm", "declaration", "proposal"})  # kinds that can give an answer


def cells_of(*facts: Facts) -> tuple[Cell, ...]:
    """Return the cells that claims speak of, in order.

    For each jurisdiction and activity that some claim is about: ``any``, and every class or
    organisation that a claim on that activity or above it addresses. All other cells follow from
    one of these: nothing tells them apart from an ancestor or from ``any``.
    """
    found: set[Cell] = set()
    for prefix in facts:
        for place in _addressed(prefix):
            found.update(cells_at(place, prefix))
    return tuple(sorted(found))


def cells_at(place: tuple[str, str], facts: Facts) -> tuple[Cell, ...]:
    """Return the cells of one jurisdiction and activity that claims speak of, in order."""
    addressed = _addressed(facts)
    if place not in addressed:
        return ()
    unions = shared_facts_of(facts).around(place[0]).unions
    jurisdictions = {*facts.taxonomy.jurisdiction_path(place[0]), *unions}
    above = facts.taxonomy.ancestors(place[1])
    actors = set[str]().union(*(addressed.get((j, a), ()) for j in jurisdictions for a in above))
    return tuple(Cell(*place, actor) for actor in sorted(actors))


def _addressed(facts: Facts) -> Mapping[tuple[str, str], set[str]]:
    """Whom the claims on each place address, and ``any``; kept with the facts."""
    found: dict[tuple[str, str], set[str]] | None = facts.memory.get(_addressed)
    if found is None:
        found = facts.memory[_addressed] = {}
        for counted in facts.claims:
            claim = counted.claim
            if claim.kind in SPEAKING:
                place = (claim.jurisdiction, claim.activity)
                found.setdefault(place, {ANY}).update(claim.addressees)
    return found
