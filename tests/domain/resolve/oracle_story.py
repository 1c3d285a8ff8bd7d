"""The naive resolver: what acts do to the intervals of a norm and to the days of a suspension.

``on`` is the day whose acts work: an act that is suspended on it does nothing. ``on`` None leaves
suspensions of acts aside, for flags that must not depend on the day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from tests.domain.resolve.oracle_scope import acts_upon, power
from tests.domain.resolve.oracle_world import CUTS, NEVER, World, earliest, latest, when

NOTHING, EFFECT, LATE, POWERLESS = (
    "nothing_to_do",
    "took_effect",
    "extension_after_expiry",
    "ultra_vires",
)
ORDER = {"extend": 0, "suspend": 1, "lift": 2, "repeal": 3, "replace": 3, "annul": 3, "revive": 4}


# --- acts upon acts -----------------------------------------------------------------------------


def day_of(w: World, act: str) -> int:
    """The first day of an act's effect."""
    return when(w, act, w.claims[act].at)


def made_by(w: World, act: str) -> int:
    """The latest day on which an act can have been made."""
    return latest(w.claims[act].made or w.claims[act].at)


def end_of(w: World, act: str) -> int:
    """The last day an act names, in this run; an open end never comes."""
    until = w.claims[act].until
    return when(w, act, until) if until else NEVER


def undoes(w: World, cut: str, act: str) -> bool:
    """Whether a cut of an act makes it never have happened."""
    return bool(w.claims[cut].ex_tunc) or day_of(w, cut) <= day_of(w, act)


def undone(w: World, act: str, on: int | None) -> bool:
    """Whether an act never happened: cut by its own first day at the latest, or ex tunc."""
    return any(
        w.claims[o].act in CUTS and undoes(w, o, act) and power(w, o, act) and works(w, o, on)
        for o in acts_upon(w, act)
    )


def suspended(w: World, act: str, on: int | None) -> bool:
    """Whether an act's effect is suspended on a day."""
    if on is None:
        return False
    for other in acts_upon(w, act):
        if w.claims[other].act == "suspend" and power(w, other, act) and works(w, other, on):
            first, last = hole(w, other, on)
            if first <= on <= last:
                return True
    return False


def works(w: World, act: str, on: int | None) -> bool:
    """Whether an act happened and has its effect on a day."""
    key = ("works", act, on)
    if key not in w.memo:
        w.memo[key] = not undone(w, act, on) and not suspended(w, act, on)
    return bool(w.memo[key])


def working(w: World, target: str, on: int | None) -> list[str]:
    """The acts upon a target that have power over it and work on a day."""
    return [a for a in acts_upon(w, target) if power(w, a, target) and works(w, a, on)]


def in_order(w: World, acts: Iterable[str]) -> list[list[str]]:
    """Acts other than of commencement, in groups that take effect together."""

    def key(act: str) -> tuple[int, int, int, int]:
        return day_of(w, act), ORDER[w.claims[act].act], made_by(w, act), end_of(w, act)

    chosen = sorted((a for a in acts if w.claims[a].act in ORDER), key=key)
    return [list(group) for _, group in groupby(chosen, key=key)]


# --- suspensions --------------------------------------------------------------------------------


def hole_story(w: World, suspension: str, on: int | None) -> tuple[int, int, dict[str, str]]:
    """The first and last day of a suspension, and the outcome of each act upon it."""
    first, last = day_of(w, suspension), end_of(w, suspension)
    ended, outcomes, surely = False, {}, surely_until(w, suspension)
    for group in in_order(w, working(w, suspension, on)):
        before, was_ended, was_surely = last, ended, surely
        for act in group:
            kind, at = w.claims[act].act, day_of(w, act)
            if kind == "lift" or kind in CUTS:
                at = first if w.claims[act].ex_tunc else at
                outcomes[act] = EFFECT if before >= max(at, first) else NOTHING
                last, ended = min(last, at - 1), True
            elif kind == "extend":
                outcomes[act] = NOTHING if was_ended else extension(w, act, before, was_surely)
                if outcomes[act] == EFFECT and last < end_of(w, act):
                    last, surely = end_of(w, act), max(surely, surely_until(w, act))
            else:
                start, end = hole(w, act, on)  # the suspension of a suspension
                outcomes[act] = EFFECT if start <= end else NOTHING
    return first, last, outcomes


def hole(w: World, suspension: str, on: int | None) -> tuple[int, int]:
    """The first and last day of a suspension."""
    first, last, _ = hole_story(w, suspension, on)
    return first, last


def extension(w: World, act: str, last: int, surely: int) -> str:
    """Whether an extension of what ends on a day, at the earliest ``surely``, is in time."""
    if last == NEVER:
        return NOTHING
    if made_by(w, act) > surely + 1:
        return LATE
    return EFFECT if end_of(w, act) > last else NOTHING


def surely_until(w: World, act: str) -> int:
    """The earliest day that an act's ``until`` can mean."""
    until = w.claims[act].until
    return earliest(until) if until else NEVER


# --- norms --------------------------------------------------------------------------------------


@dataclass
class Life:
    """An interval of a norm: first and last day, and the earliest that may have been the last."""

    first: int
    last: int
    surely: int


@dataclass
class Story:
    """Everything that happens to a norm by the acts that work on a day.

    ``last`` is its own last day, as extended.
    """

    norm: str
    on: int | None
    start: int | None
    last: int
    surely: int
    own: Life | None = None
    lives: list[Life] = field(default_factory=list)
    dead: bool = False
    holes: dict[str, tuple[int, int]] = field(default_factory=dict)
    revivals: list[int] = field(default_factory=list)
    cuts: list[str] = field(default_factory=list)
    outcomes: dict[str, str] = field(default_factory=dict)


def own_start(w: World, norm: str) -> int | None:
    """The later of effective_from (else published, else made) and applicable_from."""
    n = w.claims[norm]
    if n.commencement == "pending":
        return None
    start = when(w, norm, n.effective_from or n.published or n.made)
    return max(start, when(w, norm, n.applicable_from)) if n.applicable_from else start


def story(w: World, norm: str, on: int | None) -> Story:
    """Tell a norm's story with the acts that work on a day."""
    key = ("story", norm, on)
    if key not in w.memo:
        w.memo[key] = _told(w, norm, on)
    found: Story = w.memo[key]
    return found


def _told(w: World, norm: str, on: int | None) -> Story:
    n = w.claims[norm]
    last = when(w, norm, n.effective_to) if n.effective_to else NEVER
    surely = earliest(n.effective_to) if n.effective_to else NEVER
    told = Story(norm, on, own_start(w, norm), last, surely)
    acts = working(w, norm, on)
    _move(w, acts, told)
    if told.start is not None:
        told.own = Life(told.start, told.last, told.surely)
        told.lives.append(told.own)
    for group in in_order(w, acts):
        # Acts that the order leaves equal take effect together: each sees what was before.
        before = [replace(x) for x in told.lives]
        steps = [_STEPS[w.claims[act].act](w, act, told, before) for act in group]
        for step in steps:
            step()
    for act in acts:
        told.outcomes.setdefault(act, NOTHING)  # amend: the new text is a norm of its own
    return told


def _move(w: World, acts: Sequence[str], told: Story) -> None:
    """Commence and postpone, in the order in which they were made."""
    kinds = ("commence", "postpone")

    def key(act: str) -> tuple[int, int, int]:
        return made_by(w, act), kinds.index(w.claims[act].act), day_of(w, act)

    movers = sorted((a for a in acts if w.claims[a].act in kinds), key=key)
    for _, group in groupby(movers, key=key):
        start = told.start
        for act in group:
            a, at = w.claims[act], day_of(w, act)
            made = when(w, act, a.made or a.at)
            if a.act == "commence":
                began = began_on(w, told.norm, start, told.on)
                moves = at != start and (began is None or made <= began)
            else:
                moves = start is not None and made < start < at
            changes = moves and _interval(start, told.last) != _interval(at, told.last)
            told.outcomes[act] = EFFECT if changes else NOTHING
            told.start = at if moves else told.start


def _interval(first: int | None, last: int) -> tuple[int, int] | None:
    """An interval; None where it is empty."""
    return None if first is None or last < first else (first, last)


def began_on(w: World, norm: str, start: int | None, on: int | None) -> int | None:
    """The day on which a norm with this start begins: not before its enabler or saver began."""
    n = w.claims[norm]
    if start is None or n.enabling_instrument is None:
        return start
    days = [_instrument_began(w, i, on) for i in (n.enabling_instrument, n.saved_by) if i]
    known = [d for d in days if d is not None]
    return max(start, min(known)) if known else None


def _instrument_began(w: World, instrument: str, on: int | None) -> int | None:
    from tests.domain.resolve.oracle_scope import norms_of

    norms = norms_of(w, instrument)
    if not norms:
        return -NEVER
    firsts = []
    for norm in norms:
        told = story(w, norm, on)
        days = [d for d in (told.start, *told.revivals) if d is not None]
        began = began_on(w, norm, min(days) if days else None, on)
        firsts += [] if began is None else [began]
    return min(firsts) if firsts else None


# --- the acts that change intervals -------------------------------------------------------------

Step = Callable[[], None]


def days_of(lives: Iterable[Life]) -> list[tuple[int, int]]:
    """The days that intervals hold together."""
    found: list[tuple[int, int]] = []
    for first, last in sorted((x.first, x.last) for x in lives if x.first <= x.last):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return found


def _cut(w: World, act: str, told: Story, before: list[Life]) -> Step:
    """End every interval before the act's day; ex tunc, never in force."""
    at = -NEVER if w.claims[act].ex_tunc else day_of(w, act)
    changes = any(x.first <= x.last and x.last >= at for x in before)
    told.outcomes[act] = EFFECT if changes else NOTHING

    def step() -> None:
        told.dead = True
        if changes:
            told.cuts.append(act)
        told.lives = [x for x in told.lives if x.first < at]
        for life in told.lives:
            life.last = min(life.last, at - 1)

    return step


def _extend(w: World, act: str, told: Story, before: list[Life]) -> Step:
    """Move the last day of the latest interval that begins by the act's day, if made in time."""
    begun = [i for i, x in enumerate(before) if x.first <= day_of(w, act)]
    if told.dead or not begun:
        told.outcomes[act] = NOTHING
        return lambda: None
    chosen = max(begun, key=lambda i: (before[i].first, before[i].last, -i))
    life = told.lives[chosen]
    said = extension(w, act, before[chosen].last, before[chosen].surely)
    longer = replace(before[chosen], last=max(before[chosen].last, end_of(w, act)))
    changes = days_of(before) != days_of([*before[:chosen], longer, *before[chosen + 1 :]])
    told.outcomes[act] = NOTHING if said == EFFECT and not changes else said

    def step() -> None:
        if said == EFFECT and life.last < end_of(w, act):
            life.last, life.surely = end_of(w, act), max(life.surely, surely_until(w, act))
            if life is told.own:
                told.last, told.surely = life.last, life.surely

    return step


def _suspend(w: World, act: str, told: Story, before: list[Life]) -> Step:
    """Open a hole."""
    del before
    first, last = hole(w, act, told.on)
    told.outcomes[act] = EFFECT if first <= last else NOTHING

    def step() -> None:
        told.holes[act] = first, last

    return step


def _lift(w: World, act: str, told: Story, before: list[Life]) -> Step:
    """End the suspensions that run on the act's day and that it has power over."""
    del before
    at = day_of(w, act)
    running = [s for s, (first, last) in told.holes.items() if first <= at <= last]
    mine = [s for s in running if power(w, act, s)]
    told.outcomes[act] = EFFECT if mine else POWERLESS if running else NOTHING

    def step() -> None:
        for suspension in mine:
            first, last = told.holes[suspension]
            told.holes[suspension] = first, min(last, at - 1)

    return step


def _revive(w: World, act: str, told: Story, before: list[Life]) -> Step:
    """Begin a new interval, to ``until`` or else to the norm's own last day."""
    at = day_of(w, act)
    last, surely = told.last, told.surely
    if w.claims[act].until:
        last, surely = end_of(w, act), surely_until(w, act)
    changes = days_of(before) != days_of([*before, Life(at, last, surely)])
    told.outcomes[act] = EFFECT if changes else NOTHING

    def step() -> None:
        told.lives.append(Life(at, last, surely))
        if at <= last:
            told.revivals.append(at)
        told.dead = False

    return step


_STEPS = {
    "extend": _extend,
    "suspend": _suspend,
    "lift": _lift,
    "repeal": _cut,
    "replace": _cut,
    "annul": _cut,
    "revive": _revive,
}
