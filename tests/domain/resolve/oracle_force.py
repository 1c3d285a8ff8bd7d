"""The naive resolver: whether a norm is in force, has begun, and in what state it is on a day."""

from __future__ import annotations

from collections.abc import Iterable

from tests.domain.resolve.oracle_scope import (
    acts_upon,
    leans_on_unrecorded,
    norms_of,
    power,
)
from tests.domain.resolve.oracle_story import (
    EFFECT,
    LATE,
    NOTHING,
    POWERLESS,
    day_of,
    hole,
    hole_story,
    in_order,
    story,
    suspended,
    undoes,
    undone,
    working,
    works,
)
from tests.domain.resolve.oracle_world import CUTS, World


def rests_on(w: World, norm: str) -> list[str]:
    """The instruments of which one has to be in force: the enabler and the saver."""
    n = w.claims[norm]
    if n.enabling_instrument is None:
        return []
    return [i for i in (n.enabling_instrument, n.saved_by) if i]


def own_days_hold(w: World, norm: str, on: int, *, holes: bool) -> bool:
    """Whether a norm's own intervals, after acts, hold a day, and no hole does."""
    told = story(w, norm, on)
    if holes and any(first <= on <= last for first, last in told.holes.values()):
        return False
    return any(x.first <= on <= x.last for x in told.lives)


def in_force(w: World, norm: str, on: int, *, suspensions: bool = True) -> bool:
    """Whether a norm is in force on a day; without suspensions, whether it would be."""
    if not own_days_hold(w, norm, on, holes=suspensions):
        return False
    return enabled(w, norm, on, suspensions=suspensions)


def enabled(w: World, norm: str, on: int, *, suspensions: bool) -> bool:
    """Whether some norm of its enabler or saver is in force; one not recorded counts as such."""
    instruments = rests_on(w, norm)
    return not instruments or any(
        not norms_of(w, i)
        or any(in_force(w, n, on, suspensions=suspensions) for n in norms_of(w, i))
        for i in instruments
    )


def begun(w: World, norm: str, on: int) -> bool:
    """Whether a start or a revival has passed, and its enabler or saver has begun."""
    told = story(w, norm, on)
    days = [told.start, *told.revivals]
    if not any(d is not None and d <= on for d in days):
        return False
    return enabler_begun(w, norm, on)


def enabler_begun(w: World, norm: str, on: int) -> bool:
    """Whether some norm of its enabler or saver has begun."""
    instruments = rests_on(w, norm)
    return not instruments or any(
        not norms_of(w, i) or any(begun(w, n, on) for n in norms_of(w, i)) for i in instruments
    )


def lacks_enabler(w: World, norm: str) -> bool:
    """Whether its enabler or saver has begun, and neither is in force on the day asked for."""
    return enabler_begun(w, norm, w.day) and not enabled(w, norm, w.day, suspensions=True)


def state(w: World, norm: str) -> str:
    """A candidate's state on the day asked for: the first that fits."""
    on = w.day
    if in_force(w, norm, on):
        return "in_force"
    if in_force(w, norm, on, suspensions=False):
        return "suspended"
    if own_days_hold(w, norm, on, holes=False) and lacks_enabler(w, norm):
        return "enabler_lapsed"
    if not begun(w, norm, on):
        return "not_begun"
    cuts = story(w, norm, on).cuts
    passed = in_order(w, [c for c in cuts if day_of(w, c) <= on])
    if any(w.claims[c].ex_tunc for c in cuts):
        return "annulled"
    return "annulled" if passed and any(w.claims[c].act == "annul" for c in passed[-1]) else "ended"


# --- what bears on an answer --------------------------------------------------------------------


def resting(w: World, norms: Iterable[str]) -> list[str]:
    """Norms with all norms that they rest on, through whatever others."""
    found: list[str] = []
    todo = list(norms)
    while todo:
        norm = todo.pop()
        if norm not in found:
            found.append(norm)
            todo += [n for i in rests_on(w, norm) for n in norms_of(w, i)]
    return found


def acting(w: World, claims: Iterable[str]) -> list[tuple[str, str]]:
    """Every act upon these claims, and upon such acts, each with what it is aimed at."""
    found: list[tuple[str, str]] = []
    todo = list(claims)
    while todo:
        target = todo.pop()
        for act in acts_upon(w, target):
            if (act, target) not in found:
                found.append((act, target))
                todo.append(act)
    return found


def outcome(w: World, act: str, target: str) -> str:
    """What became of an act upon a target, as of the day asked for: the first that fits."""
    on = w.day
    if undone(w, act, on):
        return "undone"
    if not power(w, act, target) or effect(w, act, target, on) == POWERLESS:
        return POWERLESS
    if day_of(w, act) > on:
        return "not_yet"
    if suspended(w, act, on):
        return "suspended"
    return effect(w, act, target, on)


def effect(w: World, act: str, target: str, on: int | None) -> str:
    """What an act with power did to its target, where it worked on the day."""
    if not works(w, act, on):
        return ""
    if w.claims[target].kind == "norm":
        return story(w, target, on).outcomes[act]
    if w.claims[target].act == "suspend":
        return hole_story(w, target, on)[2][act]
    if w.claims[act].act == "suspend":
        first, last = hole(w, act, on)
        return EFFECT if first <= last else NOTHING
    # Undone too late, or a second time: it changes nothing.
    undone_now = undoes(w, act, target) and not undone_before(w, act, target, on)
    return EFFECT if undone_now else NOTHING


def undone_before(w: World, act: str, target: str, on: int | None) -> bool:
    """Whether an act that goes before this one has undone its target already."""
    for group in in_order(w, working(w, target, on)):
        if act in group:
            return False
        if any(w.claims[a].act in CUTS and undoes(w, a, target) for a in group):
            return True
    return False


# --- flags --------------------------------------------------------------------------------------


def flags(w: World, candidates: list[str]) -> set[str]:
    """The flags about acts and enablers of some candidates."""
    norms = resting(w, candidates)
    found = {_act_flag(w, a, t) for a, t in acting(w, norms)} - {""}
    covering = resting(w, [n for n in candidates if own_days_hold(w, n, w.day, holes=True)])
    if any(not norms_of(w, i) for n in covering for i in rests_on(w, n)):
        found.add("enabler_unrecorded")
    if any(leaning(w, a, t) for a, t in acting(w, norms)):
        found.add("enabler_unrecorded")
    if any(no_revival(w, n) for n in norms):
        found.add("no_revival")
    if any(lacks_enabler(w, n) and own_days_hold(w, n, w.day, holes=True) for n in candidates):
        found.add("enabler_lapsed")
    return found


def leaning(w: World, act: str, target: str) -> bool:
    """Whether an act works, and only by a power that the ledger does not hold."""
    said = effect(w, act, target, None) if power(w, act, target) else ""
    if said not in (EFFECT, NOTHING):
        return False
    lifted = []
    if w.claims[act].act == "lift" and w.claims[target].kind == "norm" and said == EFFECT:
        at = day_of(w, act)
        lifted = [
            s
            for s in story(w, target, None).holes
            if power(w, act, s) and day_of(w, s) <= at <= hole(w, s, None)[1]
        ]
    return any(leans_on_unrecorded(w, act, t) for t in (target, *lifted))


def _act_flag(w: World, act: str, target: str) -> str:
    """What is to be said of an act whatever the day is."""
    if undone(w, act, None):
        return ""
    if not power(w, act, target):
        return POWERLESS
    said = effect(w, act, target, None)
    return said if said in (POWERLESS, LATE) else ""


def no_revival(w: World, norm: str) -> bool:
    """Whether an ending was undone after it took effect, and no revival ever took effect."""
    told = story(w, norm, None)
    if any(w.claims[a].act == "revive" and said == EFFECT for a, said in told.outcomes.items()):
        return False
    return any(
        w.claims[o].act in CUTS and power(w, o, cut) and works(w, o, None)
        for cut in told.cuts
        for o in acts_upon(w, cut)
    )
