"""The naive resolver: which of the norms in force prevails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

from tests.domain.resolve.oracle_scope import rank
from tests.domain.resolve.oracle_world import (
    GREAT,
    World,
    home,
    nearer_activity,
    nearer_addressee,
    nearer_place,
    surely_before,
)

STATUS = {
    "prohibit": "prohibited",
    "authorise": "under_framework",
    "permit": "legal",
    "not_recognise": "not_recognised",
    "recognise": "recognised",
}
MILDEST = ("permit", "authorise", "prohibit")
LINES = {"status": MILDEST, "recognition": ("recognise", "not_recognise")}
HELD_BACK = "held back"  # lex superior by a rule that is nearer


@dataclass
class Verdict:
    """What decides between two norms: who beats whom, by which rule, and what is to be noted."""

    beats: list[tuple[str, str]] = field(default_factory=list)
    rule: str = ""
    notes: set[str] = field(default_factory=set)


def regime(w: World, norm: str) -> str:
    """A norm's regime: its own, else that of its activity's root."""
    n = w.claims[norm]
    return str(n.regime or home(w, n.activity))


def severity(w: World, norm: str) -> int:
    """The strictness of a norm's effect."""
    effect = w.claims[norm].effect
    return next(order.index(effect) for order in LINES.values() if effect in order)


def overrides(w: World, x: str, y: str) -> bool:
    """(a): x names y or its instrument, and has at least its force."""
    a, b = w.claims[x], w.claims[y]
    named = {o.claim for o in a.overrides}
    its = f"instrument:{b.instrument.id}" if b.instrument else None
    return (y in named or its in named) and rank(w, a.force) >= rank(w, b.force)


def enabler_of(w: World, x: str, y: str) -> bool:
    """Whether x is a norm of the instrument under which y was made."""
    a, b = w.claims[x], w.claims[y]
    return a.instrument is not None and b.enabling_instrument == a.instrument.id


def one_instrument(w: World, x: str, y: str) -> bool:
    """Whether two norms are of one instrument."""
    a, b = w.claims[x].instrument, w.claims[y].instrument
    return a is not None and b is not None and a.id == b.id


def family(w: World, x: str, y: str) -> bool:
    """Norms of one instrument, or of one and the other's enabler; not where (b) must decide."""
    if (w.claims[x].force in GREAT) != (w.claims[y].force in GREAT):
        return False
    return one_instrument(w, x, y) or enabler_of(w, x, y) or enabler_of(w, y, x)


def verdict(w: World, x: str, y: str) -> Verdict:
    """5.5: the first rule that decides between two norms in force."""
    if w.claims[x].effect == w.claims[y].effect:
        return Verdict()
    named = [(a, b) for a, b in ((x, y), (y, x)) if overrides(w, a, b)]
    if named:
        return Verdict(named, "override")
    if family(w, x, y):
        return _among_family(w, x, y)
    if rank(w, w.claims[x].force) != rank(w, w.claims[y].force):
        return _superior(w, x, y)
    if regime(w, x) != regime(w, y) or w.claims[x].jurisdiction != w.claims[y].jurisdiction:
        return Verdict()
    return _specialis(w, x, y)


def _among_family(w: World, x: str, y: str) -> Verdict:
    """The nearer addressee, then place, then activity; then the enabler, or the later norm."""
    for nearer in (nearer_addressee, nearer_place, nearer_activity):
        for a, b in ((x, y), (y, x)):
            if nearer(w, a, b):
                return Verdict([(a, b)], "lex_specialis")
    for a, b in ((x, y), (y, x)):
        if enabler_of(w, a, b):
            return Verdict([(a, b)], "enabling_instrument")
    return _posterior(w, x, y)


def _superior(w: World, x: str, y: str) -> Verdict:
    """(b): the higher force; an ordinary milder one is held back by a rule that is nearer."""
    high, low = (x, y) if rank(w, w.claims[x].force) > rank(w, w.claims[y].force) else (y, x)
    great = w.claims[high].force in GREAT
    if not great and regime(w, x) != regime(w, y):
        return Verdict()
    special = nearer_activity(w, low, high) or nearer_addressee(w, low, high)
    notes = {"superior_vs_specialis"} if special else set()
    if great or not special or severity(w, high) > severity(w, low):
        return Verdict([(high, low)], "lex_superior", notes)
    return Verdict([], HELD_BACK, notes)


def _specialis(w: World, x: str, y: str) -> Verdict:
    """(c): the nearer in activity or addressee, where not the farther in the other; then (d)."""
    special = [
        (a, b) for a, b in ((x, y), (y, x)) if nearer_activity(w, a, b) or nearer_addressee(w, a, b)
    ]
    if len(special) > 1:
        return Verdict([], "crossed")
    if not special:
        return _posterior(w, x, y)
    winner, loser = special[0]
    older = surely_before(w.claims[winner].made, w.claims[loser].made)
    return Verdict(special, "lex_specialis", {"older_prevails"} if older else set())


def _posterior(w: World, x: str, y: str) -> Verdict:
    """(d): the one surely made later."""
    for a, b in ((x, y), (y, x)):
        if surely_before(w.claims[b].made, w.claims[a].made):
            return Verdict([(a, b)], "lex_posterior")
    return Verdict()


# --- survivors ----------------------------------------------------------------------------------


@dataclass
class Contest:
    """Who is left, who lost by which rule to whom, and the flags of the contest."""

    survivors: list[str]
    losers: set[tuple[str, str, str]]
    flags: set[str]


def contest(w: World, norms: Sequence[str]) -> Contest:
    """One graph of "beats" over all regimes: the components that nothing outside beats."""
    verdicts = {pair: verdict(w, *pair) for pair in combinations(sorted(norms), 2)}
    beaten_by: dict[str, set[str]] = {n: set() for n in norms}
    for found in verdicts.values():
        for winner, loser in found.beats:
            beaten_by[loser].add(winner)
    above = {n: _above(n, beaten_by) for n in norms}
    survivors = [n for n in norms if all(n in above[winner] for winner in above[n])]
    losers = {
        (loser, found.rule, winner)
        for found in verdicts.values()
        for winner, loser in found.beats
        if loser not in survivors
    }
    flags = {note for found in verdicts.values() for note in found.notes}
    for pair, found in verdicts.items():
        if set(pair) <= set(survivors):
            flags |= _left_over(w, pair, found, above)
    return Contest(survivors, losers, flags)


def _above(norm: str, beaten_by: dict[str, set[str]]) -> set[str]:
    """All that beat a norm, or beat what beats it, and so on."""
    seen: set[str] = set()
    todo = [norm]
    while todo:
        for winner in beaten_by[todo.pop()] - seen:
            seen.add(winner)
            todo.append(winner)
    return seen


def _left_over(
    w: World, pair: tuple[str, str], found: Verdict, above: dict[str, set[str]]
) -> set[str]:
    """The flags of two survivors."""
    x, y = pair
    cycle = {"contested:cycle"} if y in above[x] and x in above[y] else set()
    if w.claims[x].effect == w.claims[y].effect or regime(w, x) != regime(w, y) or found.beats:
        return cycle
    if w.claims[x].jurisdiction != w.claims[y].jurisdiction:
        return {"contested:levels"} | cycle
    if found.rule == "crossed":
        return {"contested:specialis"} | cycle
    return cycle if cycle or found.rule == HELD_BACK else {"contested:tie"}


def decided(w: World, survivors: Sequence[str], most: Sequence[str]) -> tuple[str, list[str]]:
    """5.6: the strictest survivor's status with its basis; a permit counts at home only."""
    counting = [
        n
        for n in survivors
        if w.claims[n].effect != "permit" or regime(w, n) == home(w, w.activity)
    ]
    for effect in reversed(most):
        basis = [n for n in counting if w.claims[n].effect == effect]
        if basis:
            return STATUS[effect], sorted(basis)
    return "undetermined", []
