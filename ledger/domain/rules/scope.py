"""Where an act bears, and whether its target holds anywhere there."""

from collections.abc import Iterable, Sequence

from ledger.domain.claims import Claim, Lifecycle
from ledger.domain.definitions import Body
from ledger.domain.taxonomy import ANY, ORG, Taxonomy


def apart(act: Lifecycle, target: Claim, taxonomy: Taxonomy) -> str:
    """Return the field in which an act and its target have nothing in common, "" for none.

    What the act leaves out it takes from its target. Memberships and classes count whenever they
    were held, and so does an id that the taxonomy does not know yet: only what surely overlaps
    nowhere is told.
    """
    if not _activities_meet(act.activity, target.activity, taxonomy):
        return "activity"
    if not _places_meet(act, target, taxonomy):
        return "jurisdiction"
    return "" if _addressees_meet(act.addressees, target.addressees, taxonomy) else "addressees"


def _activities_meet(one: str | None, other: str | None, taxonomy: Taxonomy) -> bool:
    if one is None or other is None or not {one, other} <= taxonomy.activities.keys():
        return True
    return one in taxonomy.ancestors(other) or other in taxonomy.ancestors(one)


def _places_meet(act: Lifecycle, target: Claim, taxonomy: Taxonomy) -> bool:
    """Return whether some place lies in both; a national rule does not reach a union's members."""
    if act.jurisdiction is None or target.jurisdiction is None:
        return True
    ours = _reached(act.jurisdiction, taxonomy)
    theirs = {target.jurisdiction}
    if target.force == "supranational" or isinstance(target, Lifecycle):
        theirs = _reached(target.jurisdiction, taxonomy)
    return any(
        one in taxonomy.jurisdiction_path(other) or other in taxonomy.jurisdiction_path(one)
        for one in ours
        for other in theirs
    )


def _reached(place: str, taxonomy: Taxonomy) -> set[str]:
    known = taxonomy.jurisdictions.get(place)
    return {place, *(member.jurisdiction for member in known.members)} if known else {place}


def _addressees_meet(ours: Sequence[str], theirs: Sequence[str], taxonomy: Taxonomy) -> bool:
    if ANY in ours or ANY in theirs:
        return True
    if any(_one_line(one, other, taxonomy) for one in ours for other in theirs):
        return True
    bodies = [body for body in taxonomy.bodies.values() if body.classes]
    return any(_holds(b, ours, taxonomy) and _holds(b, theirs, taxonomy) for b in bodies)


def _one_line(one: str, other: str, taxonomy: Taxonomy) -> bool:
    return one in taxonomy.class_path(other) or other in taxonomy.class_path(one)


def _holds(body: Body, named: Iterable[str], taxonomy: Taxonomy) -> bool:
    """Return whether an organisation is named, or a class it ever held."""
    held = {c for dated in body.classes for c in taxonomy.class_path(dated.actor_class)}
    return not {f"{ORG}{body.id}", *held}.isdisjoint(named)
