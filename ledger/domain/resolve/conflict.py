"""Decide which of several norms in force prevails, and which status they give.

Who goes before whom is the matter of each pair (:mod:`ledger.domain.resolve.precedence`). All pairs
form one graph, for all regimes together; the *survivors* are the members of those strongly
connected components that nothing outside beats. A beaten norm stays beaten even where its winner is
beaten in turn. Regimes cumulate: the strictest survivor gives the status, and a permission counts
in the activity's home regime only.

:func:`conflict` decides any number of norms, :class:`Contenders` any set of the norms of one cell.

Decisions where the rules leave room:

* Which contest is left over is decided pair by pair among the survivors of a regime; several flags
  can be set.
* A loser is listed once, with its strongest winner: a survivor before others, then by rule, by id.
* ``superior_vs_specialis`` and ``older_prevails`` are set wherever two norms in force meet so,
  whatever becomes of the two.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from ledger.domain.resolve.precedence import RULES, TIE, Compare, Comparison, Contender, compare
from ledger.domain.resolve.status_values import STRICTNESS
from ledger.memo import Memo

_Beats = dict[tuple[int, int], str]  # (winner, loser) -> the rule that decided
_CYCLE = "contested:cycle"
_NO_FLAGS: Final = frozenset[str]()


@dataclass(frozen=True, slots=True, order=True)
class Loser:
    """A claim that lost, the rule by which, and the claim that beat it (None: the rule alone)."""

    claim: str
    rule: str
    winner: str | None


def by_claim(loser: Loser) -> tuple[str, str, str]:
    """Return the key by which losers are sorted."""
    return (loser.claim, loser.rule, loser.winner or "")


class Verdict(NamedTuple):
    """The result of a conflict. ``status`` is None where no norm in force gives one."""

    status: str | None
    basis: tuple[str, ...]
    losers: tuple[Loser, ...]
    flags: frozenset[str]


def conflict(
    contenders: Sequence[Contender], home: str | None, compare: Compare = compare
) -> Verdict:
    """Decide between norms in force.

    ``home`` is the activity's home regime, the only one in which a permission counts; None where no
    effect is bound to a regime. ``compare`` decides a pair.
    """
    graph = _Graph(contenders, compare)
    survivors = [contenders[i] for i in graph.survivors]
    losers = graph.losers()
    counted = [c for c in survivors if c.counts_in(home)]
    elsewhere = (c.id for c in survivors if not c.counts_in(home))
    losers += [Loser(claim, "permit_outside_home_regime", None) for claim in elsewhere]
    status = max((c.status for c in counted), key=STRICTNESS.__getitem__, default=None)
    basis = tuple(sorted(c.id for c in counted if c.status == status))
    if status is not None:
        losers += _milder(counted, status)
    return Verdict(status, basis, tuple(sorted(losers, key=by_claim)), frozenset(graph.flags()))


class _Graph:
    """Who beats whom among norms in force, and who survives."""

    def __init__(self, contenders: Sequence[Contender], compare: Compare) -> None:
        self._contenders = contenders
        self._beats: _Beats = {}
        self._left_over: dict[tuple[int, int], str] = {}
        self._flags: set[str] = set()
        for i, x in enumerate(contenders):
            for j, y in enumerate(contenders[:i]):
                if x.effect != y.effect:
                    self._add(i, j, compare(x, y))
        self._reach = self._closure()
        self.survivors = self._survivors()

    def _add(self, i: int, j: int, found: Comparison) -> None:
        if found.x is not None:
            self._beats[i, j] = found.x
        if found.y is not None:
            self._beats[j, i] = found.y
        if found.flag is not None:
            self._flags.add(found.flag)
        if found.left_over is not None:
            self._left_over[i, j] = found.left_over

    def _closure(self) -> list[int]:
        """Return whom each norm beats directly or through others, and itself, as masks."""
        reach = [1 << i for i in range(len(self._contenders))]
        for winner, loser in self._beats:
            reach[winner] |= 1 << loser
        for k in range(len(reach)):  # Warshall's transitive closure, a row at a time
            bit, through = 1 << k, reach[k]
            for i, reached in enumerate(reach):
                if reached & bit:
                    reach[i] |= through
        return reach

    def _survivors(self) -> list[int]:
        """Return the members of every strongly connected component that nothing outside beats."""
        reach = self._reach
        beaten_by = [0] * len(reach)
        for i, reached in enumerate(reach):
            for j in _bits(reached):
                beaten_by[j] |= 1 << i
        surviving = [i for i in range(len(reach)) if not beaten_by[i] & ~reach[i]]
        if any(beaten_by[i] != 1 << i for i in surviving):
            self._flags.add(_CYCLE)
        return surviving

    def losers(self) -> list[Loser]:
        """Return each beaten norm with its strongest winner."""
        alive = set(self.survivors)
        best: dict[int, tuple[bool, int, str, str]] = {}
        for (winner, loser), rule in self._beats.items():
            if loser not in alive:
                mark = (winner not in alive, RULES.index(rule), self._contenders[winner].id, rule)
                best[loser] = min(best.get(loser, mark), mark)
        ids = self._contenders
        return [Loser(ids[i].id, rule, winner) for i, (_, _, winner, rule) in best.items()]

    def flags(self) -> set[str]:
        """Return what is to be said of pairs in force, and of pairs of which both survive."""
        alive, reach = set(self.survivors), self._reach
        left = {
            flag
            for (i, j), flag in self._left_over.items()
            if alive.issuperset({i, j}) and not (flag == TIE and reach[i] >> j & reach[j] >> i & 1)
        }
        return self._flags | left


def _milder(counted: Sequence[Contender], status: str) -> Iterator[Loser]:
    """Yield the survivors whose status is not the strictest, with the stricter norm."""
    strictest = sorted((c.regime, c.id) for c in counted if c.status == status)
    first_of = dict(reversed(strictest))
    overall = min(claim for _, claim in strictest)
    for c in counted:
        if c.status != status and c.regime in first_of:
            yield Loser(c.id, "stricter_in_tie", first_of[c.regime])
        elif c.status != status:
            yield Loser(c.id, "stricter_regime", overall)


class Contenders:
    """The norms of one cell, and the result of a conflict of any set of them.

    A set is an integer with a bit for each norm. Who beats whom depends on the pair alone and is
    kept as masks, so that a set is decided without looking at single norms, except in the rare
    case of a circle. ``home`` and ``compare`` are those of :func:`conflict`.
    """

    def __init__(
        self, contenders: Sequence[Contender], home: str | None, compare: Compare = compare
    ) -> None:
        self._contenders = contenders
        self._home, self._pair = home, compare
        self._beaten = [0] * len(contenders)  # by each norm
        self._left_over: dict[str, list[int]] = {}  # flag -> a mask for each norm
        self._giving: dict[str, int] = {}  # status -> the norms that can give it
        for i, one in enumerate(contenders):
            if one.counts_in(home):
                self._giving[one.status] = self._giving.get(one.status, 0) | 1 << i
            for j, other in enumerate(contenders[:i]):
                if other.effect != one.effect:
                    self._compare(i, j, compare(one, other))
        self._strictest = sorted(self._giving, key=STRICTNESS.__getitem__, reverse=True)
        self._outcomes = Memo(self._decide)

    @cached_property
    def _verdicts(self) -> Memo[int, Verdict]:
        every, home, pair = self._contenders, self._home, self._pair
        return Memo(lambda norms: conflict([every[i] for i in _bits(norms)], home, pair))

    def outcome(self, in_force: int) -> Verdict:
        """Return the verdict on these norms without losers, and of its flags ``contested:*``."""
        return self._outcomes[in_force]

    def verdict(self, in_force: int) -> Verdict:
        """Return the whole verdict on these norms."""
        return self._verdicts[in_force]

    def _compare(self, i: int, j: int, found: Comparison) -> None:
        if found.x is not None:
            self._beaten[i] |= 1 << j
        if found.y is not None:
            self._beaten[j] |= 1 << i
        if found.left_over is not None:
            masks = self._left_over.setdefault(found.left_over, [0] * len(self._contenders))
            masks[i] |= 1 << j

    def _decide(self, in_force: int) -> Verdict:
        surviving = in_force & ~self._beaten_by(in_force)
        # A circle that nothing outside beats has no survivor that reaches it.
        if surviving != in_force and self._reached(surviving, in_force) != in_force:
            verdict = self.verdict(in_force)
            flags = frozenset(flag for flag in verdict.flags if flag.startswith("contested:"))
            return Verdict(verdict.status, verdict.basis, (), flags)
        flags = self._contests(surviving) if self._left_over else _NO_FLAGS
        for status in self._strictest:
            basis = self._giving[status] & surviving
            if basis:
                ids = sorted([self._contenders[i].id for i in _bits(basis)])
                return Verdict(status, tuple(ids), (), flags)
        return Verdict(None, (), (), flags)

    def _contests(self, surviving: int) -> frozenset[str]:
        """Return the flags of pairs of which both survive."""
        return frozenset(
            flag
            for flag, masks in self._left_over.items()
            if any(masks[i] & surviving for i in _bits(surviving))
        )

    def _beaten_by(self, norms: int) -> int:
        beaten = 0
        for i in _bits(norms):
            beaten |= self._beaten[i]
        return beaten

    def _reached(self, norms: int, in_force: int) -> int:
        """Return these norms, those they beat, those that those beat, and so on."""
        new = reached = norms
        while new:
            new = self._beaten_by(new) & in_force & ~reached
            reached |= new
        return reached


@lru_cache(maxsize=4096)
def _bits(mask: int) -> tuple[int, ...]:
    """Return the positions of the bits that are set, lowest first."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return tuple(found)
