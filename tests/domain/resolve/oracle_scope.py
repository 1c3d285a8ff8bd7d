"""The naive resolver: where an act bears, and whether it has power over its target."""

from __future__ import annotations

from collections.abc import Sequence

from tests.domain.resolve.oracle_world import CUTS, World, addressed, held, line, path, unions, when

CARRIED = ("commence", "postpone", "extend", "suspend", "lift")
EXEMPTIONS = (*CUTS, "revive")
Extent = tuple[str, Sequence[str]]  # an activity and addressees


def norms_of(w: World, instrument: str) -> list[str]:
    """The norms of an instrument."""
    return [
        i
        for i in w.ids("norm")
        if w.claims[i].instrument is not None and w.claims[i].instrument.id == instrument
    ]


def targets(w: World, act: str) -> list[str]:
    """What an act is aimed at: a norm, an act, or all norms of an instrument."""
    target = w.claims[act].target
    if target.startswith("instrument:"):
        return norms_of(w, target.removeprefix("instrument:"))
    return [target] if target in w.claims else []


def norms_aimed_at(w: World, act: str) -> list[str]:
    """The norms that an act, through whatever acts, is finally aimed at."""
    found: list[str] = []
    for target in targets(w, act):
        found += [target] if w.claims[target].kind == "norm" else norms_aimed_at(w, target)
    return found


# --- scope --------------------------------------------------------------------------------------


def extent(w: World, target: str) -> list[Extent]:
    """The activities and addressees that a norm or an act covers."""
    t = w.claims[target]
    if t.kind == "norm":
        return [(t.activity, t.addressees)]
    below = [e for aim in targets(w, target) for e in extent(w, aim)]
    if whole(w, target):
        return below
    everybody = "any" in t.addressees
    return [(t.activity or a, who if everybody else t.addressees) for a, who in below]


def whole(w: World, act: str) -> bool:
    """Whether an act covers its whole target: it is then read as naming neither."""
    a = w.claims[act]
    return all(
        (a.activity is None or a.activity in line(w, activity))
        and all(set(a.addressees) & _falls_under(w, named) for named in addressees)
        for aim in targets(w, act)
        for activity, addressees in extent(w, aim)
    )


def _falls_under(w: World, addressee: str) -> set[str]:
    """What an addressee always falls under: an organisation holds its classes for a time only."""
    return {"any", addressee} if addressee.startswith("org:") else held(w, addressee)


def author(w: World, act: str) -> str | None:
    """The author's place: that of its issuer, else the act's jurisdiction."""
    a = w.claims[act]
    body = w.taxonomy.bodies.get(a.issuer or "")
    return body.jurisdiction if body else a.jurisdiction


def place_of(w: World, target: str) -> str | None:
    """The place of a norm, and of an act its author's."""
    t = w.claims[target]
    return author(w, target) if t.kind == "lifecycle" else t.jurisdiction


def from_below(w: World, act: str, target: str) -> bool:
    """Whether a court of a part acts upon the law of the whole."""
    mine, its = author(w, act), place_of(w, target)
    return w.claims[act].force == "judicial" and mine != its and its in path(w, mine)


def bears(w: World, act: str) -> bool:
    """Whether an act bears on the cell asked for; elsewhere it is as if it had not been made."""
    a = w.claims[act]
    if a.jurisdiction is not None and a.jurisdiction not in {
        *path(w, w.place),
        *unions(w, w.place),
    }:
        return False
    below = any(from_below(w, act, target) for target in targets(w, act))
    if below and author(w, act) not in path(w, w.place):
        return False
    if whole(w, act):
        return True
    about = a.activity is None or a.activity in line(w, w.activity)
    return about and addressed(w, a.addressees)


def acts_upon(w: World, target: str) -> list[str]:
    """The acts aimed at a norm (or its instrument) or at an act that bear on the cell."""
    return [act for act in w.ids("lifecycle") if target in targets(w, act) and bears(w, act)]


# --- power --------------------------------------------------------------------------------------


def limited(w: World, act: str) -> bool:
    """Whether an act is limited in activity, addressees or place: an exemption."""
    place = w.claims[act].jurisdiction
    return not whole(w, act) or any(
        place is not None and place not in path(w, covered)
        for target in targets(w, act)
        for covered in places(w, target)
    )


def places(w: World, target: str) -> list[str]:
    """The places in which a norm or an act bears."""
    t = w.claims[target]
    if t.kind == "norm" or t.jurisdiction is not None:
        return [t.jurisdiction]
    return [place for aim in targets(w, target) for place in places(w, aim)]


def carried(w: World, act: str, target: str) -> bool:
    """Whether a power carries this kind of act."""
    kind = w.claims[act].act
    t = w.claims[target]
    if kind in CARRIED or (kind in CUTS and t.kind == "lifecycle" and t.act == "suspend"):
        return True
    return kind in EXEMPTIONS and limited(w, act)


def empowered(w: World, act: str, target: str) -> str:
    """How an act's enabling instrument empowers it: own, recorded, unrecorded, or not at all."""
    from tests.domain.resolve.oracle_force import in_force  # each needs the other

    a = w.claims[act]
    instrument = a.enabling_instrument
    if instrument is None or not carried(w, act, target):
        return ""
    aims = [target] if w.claims[target].kind == "norm" else norms_aimed_at(w, target)
    if any(w.claims[n].instrument and w.claims[n].instrument.id == instrument for n in aims):
        return "own"
    if not norms_of(w, instrument):
        return "unrecorded"
    on = when(w, act, a.made or a.at)
    strong = powers(w, instrument, target)
    return "recorded" if any(in_force(w, n, on) for n in strong) else ""


def powers(w: World, instrument: str, target: str) -> list[str]:
    """The norms of an instrument that can empower an act: as strong as its target, and above it."""
    its = place_of(w, target)
    return [
        n
        for n in norms_of(w, instrument)
        if rank(w, w.claims[n].force, its) >= rank(w, w.claims[target].force, its)
        and w.claims[n].jurisdiction in path(w, its)
    ]


def rank(w: World, force: str, place: str | None = None) -> int:
    """The rank of a force in a place: the larger is the higher."""
    return w.taxonomy.rank(force, place or w.place)


def outranks(w: World, act: str, target: str) -> bool:
    """Whether an act's own force suffices; a judicial act suffices everywhere."""
    mine, its = w.claims[act].force, w.claims[target].force
    if mine == "judicial":
        return True
    if its == "judicial":
        return bool(mine == "constitutional")
    place = place_of(w, target)
    return rank(w, mine, place) >= rank(w, its, place)


def in_place(w: World, act: str, target: str) -> bool:
    """Whether the author's place is the target's or contains it; a court may come from below."""
    return author(w, act) in path(w, place_of(w, target)) or from_below(w, act, target)


def power(w: World, act: str, target: str) -> bool:
    """Whether an act has power over a target."""
    if not in_place(w, act, target):
        return False
    if outranks(w, act, target):
        return True
    return w.claims[target].force != "judicial" and bool(empowered(w, act, target))


def leans_on_unrecorded(w: World, act: str, target: str) -> bool:
    """Whether an act works only by a power that the ledger does not hold."""
    return (
        in_place(w, act, target)
        and not outranks(w, act, target)
        and w.claims[target].force != "judicial"
        and empowered(w, act, target) == "unrecorded"
    )
