"""Which of several norms in force prevails: beats, survivors, and the strictest regime.

Within a regime X beats Y, where their effects differ, by the first rule that decides: override, lex
superior, lex specialis (the nearer activity, then the nearer addressee), lex posterior. Across
regimes only overrides and constitutional or supranational force reach. All beats form one graph;
survivors are the members of its strongly connected components that nothing outside beats. What is
beaten stays beaten even where its winner is beaten in turn.

Decisions where the rules leave room:

* The levels of two norms differ when their jurisdictions do.
* ``contested:levels`` and ``contested:tie`` are decided pair by pair among the survivors of a
  regime; both can be set.
* A loser is listed once, with its strongest beater: a survivor before others, then by rule, by id.
* ``superior_vs_specialis`` is set wherever a norm wins by force against a nearer one, whatever
  becomes of the two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.domain.claims import Norm
from ledger.domain.dates import parse
from ledger.domain.resolve.intervals import BEGIN, FOREVER, highest, lowest
from ledger.domain.resolve.matching import INSTRUMENT, Match, Status
from ledger.domain.taxonomy import Taxonomy

REACHES_ACROSS = frozenset({"constitutional", "supranational"})
RULES: Final = (
    "override",
    "lex_superior",
    "lex_specialis_activity",
    "lex_specialis_addressee",
    "enabling_instrument",
    "lex_posterior",
)
# From strict to mild. The line of recognition is contested by the same rules on its own scale.
STATUS_OF: Mapping[str, str] = {
    "prohibit": "prohibited",
    "authorise": "under_framework",
    "permit": "legal",
    "recognise": "recognised",
    "not_recognise": "not_recognised",
}
STRICTNESS: Mapping[str, int] = {
    "prohibited": 3,
    "under_framework": 2,
    "legal": 1,
    "not_recognised": 3,
    "recognised": 1,
}
STATUSES: tuple[Status, ...] = ("prohibited", "under_framework", "undetermined", "legal")


@dataclass(frozen=True, slots=True, order=True)
class Loser:
    """A claim that lost, the rule by which, and the claim that beat it (None: the rule alone)."""

    claim: str
    rule: str
    winner: str | None


@dataclass(frozen=True, slots=True)
class Contender:
    """A norm as the conflict sees it. Smaller nearness is nearer; a larger rank is higher force.

    Of two norms that bear on one cell, the one whose activity lies deeper is the nearer one, so
    ``activity`` is the negative depth and does not depend on the cell.
    """

    id: str
    effect: str
    force: str
    rank: int
    regime: str
    jurisdiction: str
    activity: int
    addressee: int
    made_low: int
    made_high: int
    instrument: str | None
    enabling: str | None
    overrides: frozenset[str]

    @property
    def status(self) -> str:
        """The status this norm would give."""
        return STATUS_OF[self.effect]

    def names(self, other: Contender) -> bool:
        """Whether this norm says that it prevails over the other or its instrument."""
        if not self.overrides:
            return False
        named = other.instrument is not None and INSTRUMENT + other.instrument in self.overrides
        return named or other.id in self.overrides


def contender(match: Match, taxonomy: Taxonomy, jurisdiction: str) -> Contender:
    """The norm of a match as the conflict in this jurisdiction sees it."""
    claim = match.counted.claim
    if not isinstance(claim, Norm):
        raise TypeError(f"{match.counted.id} is no norm")
    made = parse(claim.made) if claim.made else None
    return Contender(
        id=match.counted.id,
        effect=claim.effect,
        force=claim.force,
        rank=taxonomy.rank(claim.force, jurisdiction),
        regime=claim.regime or taxonomy.home_regime(claim.activity),
        jurisdiction=claim.jurisdiction,
        activity=-len(taxonomy.ancestors(claim.activity)),
        addressee=match.addressee,
        # Without a date of making a norm is never surely later, and nothing surely later than it.
        made_low=BEGIN if made is None else lowest(made),
        made_high=FOREVER if made is None else highest(made),
        instrument=claim.instrument.id if claim.instrument else None,
        enabling=claim.enabling_instrument,
        overrides=frozenset(override.claim for override in claim.overrides),
    )


def compare(x: Contender, y: Contender) -> tuple[str | None, str | None]:
    """The rules by which x beats y and y beats x; None where it does not. Order does not matter."""
    if x.effect == y.effect:
        return None, None
    x_over = x.rank >= y.rank and x.names(y)
    y_over = y.rank >= x.rank and y.names(x)
    if x_over or y_over:
        return ("override" if x_over else None, "override" if y_over else None)
    if x.regime != y.regime:
        higher = x if x.rank > y.rank else y
        reaches = x.rank != y.rank and higher.force in REACHES_ACROSS
        return _won("lex_superior" if reaches else None, first=higher is x)
    return _within_regime(x, y)


Duel = Callable[[Contender, Contender], tuple[str | None, str | None]]


def _within_regime(x: Contender, y: Contender) -> tuple[str | None, str | None]:
    """What decides between two norms of one regime of which neither overrides the other."""
    if x.enabling is not None and x.enabling == y.instrument:
        return _below_its_enabler(x, y)
    if y.enabling is not None and y.enabling == x.instrument:
        return _below_its_enabler(y, x)[::-1]
    if x.rank != y.rank:
        return _won("lex_superior", first=x.rank > y.rank)
    if x.jurisdiction != y.jurisdiction:
        return None, None
    rule, first = _nearer(x, y)
    if rule is None and x.made_high < y.made_low:
        rule, first = "lex_posterior", False
    elif rule is None and y.made_high < x.made_low:
        rule, first = "lex_posterior", True
    return _won(rule, first=first)


def _won(rule: str | None, *, first: bool) -> tuple[str | None, str | None]:
    return (rule, None) if first else (None, rule)


def _nearer(x: Contender, y: Contender) -> tuple[str | None, bool]:
    """The rule of lex specialis that decides, and whether for x."""
    if x.activity != y.activity:
        return "lex_specialis_activity", x.activity < y.activity
    if x.addressee != y.addressee:
        return "lex_specialis_addressee", x.addressee < y.addressee
    return None, False


def _below_its_enabler(made_under: Contender, enabler: Contender) -> tuple[str | None, str | None]:
    """A norm against one of its own enabling instrument: the nearer wins, else the instrument."""
    rule, first = _nearer(made_under, enabler)
    return _won(rule or "enabling_instrument", first=first)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the norms in force come to. ``status`` is None where they give none."""

    status: str | None
    basis: tuple[str, ...]
    losers: tuple[Loser, ...]
    flags: frozenset[str]


def conflict(contenders: Sequence[Contender], home: str | None, duel: Duel = compare) -> Verdict:
    """Decide between norms in force.

    ``home`` is the activity's home regime, the only one in which a permission counts; None where no
    effect is bound to a regime. ``duel`` is :func:`compare`, or what remembers its answers.
    """
    flags: set[str] = set()
    edges = _edges(contenders, flags, duel)
    surviving = _survivors(len(contenders), edges, flags)
    losers = _beaten(contenders, edges, surviving)
    survivors = [contenders[i] for i in surviving]
    _flag_disagreement(survivors, flags)
    counted = [p for p in survivors if home is None or p.effect != "permit" or p.regime == home]
    losers += [
        Loser(p.id, "permit_outside_home_regime", None) for p in survivors if p not in counted
    ]
    if not counted:
        return Verdict(None, (), tuple(sorted(losers, key=by_claim)), frozenset(flags))
    status = max((p.status for p in counted), key=STRICTNESS.__getitem__)
    basis = tuple(sorted(p.id for p in counted if p.status == status))
    losers += _milder(counted, status)
    losers.sort(key=by_claim)
    return Verdict(status, basis, tuple(losers), frozenset(flags))


def by_claim(loser: Loser) -> tuple[str, str, str]:
    """What losers are sorted by."""
    return (loser.claim, loser.rule, loser.winner or "")


def _edges(
    contenders: Sequence[Contender], flags: set[str], duel: Duel
) -> dict[tuple[int, int], str]:
    """Every pair (winner, loser) with the rule that decided it."""
    edges: dict[tuple[int, int], str] = {}
    for i, x in enumerate(contenders):
        effect = x.effect
        for j in range(i):
            y = contenders[j]
            if y.effect == effect:
                continue
            forth, back = duel(x, y)
            if forth is not None:
                edges[i, j] = forth
                _flag_superior(x, y, forth, flags)
            if back is not None:
                edges[j, i] = back
                _flag_superior(y, x, back, flags)
    return edges


def _flag_superior(winner: Contender, loser: Contender, rule: str, flags: set[str]) -> None:
    if rule == "lex_superior":
        nearer, for_loser = _nearer(loser, winner)
        if nearer is not None and for_loser:
            flags.add("superior_vs_specialis")


def _survivors(count: int, edges: Mapping[tuple[int, int], str], flags: set[str]) -> list[int]:
    """The members of every strongly connected component that nothing outside beats."""
    if not edges:
        return list(range(count))
    reach = [1 << i for i in range(count)]
    for winner, loser in edges:
        reach[winner] |= 1 << loser
    for k in range(count):
        bit, through = 1 << k, reach[k]
        for i in range(count):
            if reach[i] & bit:
                reach[i] |= through
    beaten_by = [0] * count  # whoever beats it, directly or through others
    for i, reached in enumerate(reach):
        for j in range(count):
            if reached >> j & 1:
                beaten_by[j] |= 1 << i
    surviving = [i for i in range(count) if not beaten_by[i] & ~reach[i]]
    if any(beaten_by[i] != 1 << i for i in surviving):
        flags.add("contested:cycle")
    return surviving


def _beaten(
    contenders: Sequence[Contender], edges: Mapping[tuple[int, int], str], surviving: Sequence[int]
) -> list[Loser]:
    """Each beaten norm with its strongest beater."""
    alive = set(surviving)
    best: dict[int, tuple[bool, int, str, str]] = {}
    for (winner, loser), rule in edges.items():
        if loser not in alive:
            mark = (winner not in alive, RULES.index(rule), contenders[winner].id, rule)
            best[loser] = min(best.get(loser, mark), mark)
    return [Loser(contenders[i].id, rule, winner) for i, (_, _, winner, rule) in best.items()]


def _flag_disagreement(survivors: Sequence[Contender], flags: set[str]) -> None:
    """Flag survivors of one regime that differ: a tie, or levels that do not yield."""
    for i, x in enumerate(survivors):
        for y in survivors[:i]:
            if x.regime == y.regime and x.status != y.status:
                levels = x.jurisdiction != y.jurisdiction
                flags.add("contested:levels" if levels else "contested:tie")


def _milder(counted: Sequence[Contender], status: str) -> list[Loser]:
    """The survivors whose status is not the strictest, with what was stricter."""
    strictest = sorted((p.regime, p.id) for p in counted if p.status == status)
    first_of = dict(reversed(strictest))
    overall = min(claim for _, claim in strictest)
    out = []
    for p in counted:
        if p.status == status:
            continue
        if p.regime in first_of:
            out.append(Loser(p.id, "stricter_in_tie", first_of[p.regime]))
        else:
            out.append(Loser(p.id, "stricter_regime", overall))
    return out
