"""Decide which of several norms in force prevails (conflict of laws).

Within one regime X beats Y, where their effects differ, by the first rule that decides:

1. *override*: X says that it prevails over Y or over Y's instrument (a "notwithstanding" clause);
2. a norm against one of its own enabling instrument: lex specialis, else the enabling instrument;
3. *lex superior*: the higher legal force;
4. *lex specialis*: the nearer activity, then the nearer addressee;
5. *lex posterior*: the norm that was surely made later.

Between norms of different jurisdictions only the first three apply. Across regimes only an override
and constitutional or supranational force decide. All pairs form one graph; the *survivors* are the
members of those strongly connected components that nothing outside beats. A beaten norm stays
beaten even where its winner is beaten in turn. The strictest survivor gives the status.

:func:`compare` decides a pair, :func:`conflict` any number of norms, :class:`Contenders` any set of
the norms of one cell.

Decisions where the rules leave room:

* Two norms are of different levels when their jurisdictions differ.
* ``contested:levels`` and ``contested:tie`` are decided pair by pair among the survivors of a
  regime; both can be set.
* A loser is listed once, with its strongest winner: a survivor before others, then by rule, by id.
* ``superior_vs_specialis`` is set wherever a norm wins by force against a nearer one, whatever
  becomes of the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from ledger.domain.claim_parts import INSTRUMENT_PREFIX
from ledger.domain.claims import Norm
from ledger.domain.dates import parse
from ledger.domain.memo import Memo
from ledger.domain.resolve.intervals import BEGIN, FOREVER, highest, lowest
from ledger.domain.resolve.matching import Match
from ledger.domain.resolve.status_values import STATUS_OF, STRICTNESS
from ledger.domain.taxonomy import Taxonomy

REACHES_ACROSS = frozenset({"constitutional", "supranational"})
RULES: Final = (
    *("override", "lex_superior", "lex_specialis_activity", "lex_specialis_addressee"),
    *("enabling_instrument", "lex_posterior"),
)
_Beats = dict[tuple[int, int], str]  # (winner, loser) -> the rule that decided
_TIE, _LEVELS = "contested:tie", "contested:levels"


@dataclass(frozen=True, slots=True, eq=False)
class Contender:
    """A norm with what decides a conflict. Smaller nearness is nearer, larger rank higher force.

    Of two norms that match one cell, the one whose activity lies deeper in the taxonomy is nearer:
    ``activity`` is the negative depth, whatever the cell. Contenders are equal by identity.
    """

    id: str
    effect: str
    force: str
    rank: int
    regime: str
    jurisdiction: str
    activity: int
    addressee: int
    made_low: int  # ordinal of the first day on which it may have been made
    made_high: int
    instrument: str | None
    enabling: str | None
    overrides: frozenset[str]

    @property
    def status(self) -> str:
        """The status this norm would give."""
        return STATUS_OF[self.effect]

    def overrides_by_name(self, other: Contender) -> bool:
        """Return whether this norm says that it prevails over the other or its instrument."""
        of = {f"{INSTRUMENT_PREFIX}{other.instrument}"} if other.instrument is not None else set()
        return not self.overrides.isdisjoint({other.id, *of})

    def counts_in(self, home: str | None) -> bool:
        """Return whether it can give the status: a permission only in ``home`` (None: always)."""
        return home is None or self.effect != "permit" or self.regime == home


def contender(match: Match, taxonomy: Taxonomy, jurisdiction: str) -> Contender:
    """Return a norm, ranked by a jurisdiction's order of force. Raises TypeError for no norm."""
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
        # A norm without ``made`` is never surely later, and nothing is surely later than it.
        made_low=BEGIN if made is None else lowest(made),
        made_high=FOREVER if made is None else highest(made),
        instrument=claim.instrument.id if claim.instrument else None,
        enabling=claim.enabling_instrument,
        overrides=frozenset(override.claim for override in claim.overrides),
    )


class Comparison(NamedTuple):
    """The rule by which x beats y, and the rule by which y beats x; None where it does not."""

    x: str | None = None
    y: str | None = None


Compare = Callable[[Contender, Contender], Comparison]
_UNDECIDED = Comparison()


def compare(x: Contender, y: Contender) -> Comparison:
    """Return which of two norms beats the other, and by which rule. The order does not matter."""
    if x.effect == y.effect:
        return _UNDECIDED
    over = _override(x, y)
    if over != _UNDECIDED:
        return over
    if x.regime == y.regime:
        return _within_regime(x, y)
    higher = x if x.rank > y.rank else y
    return _lex_superior(x, y) if higher.force in REACHES_ACROSS else _UNDECIDED


def _override(x: Contender, y: Contender) -> Comparison:
    """Let a norm win that names the other and has at least its force; each may beat the other."""
    x_over = x.rank >= y.rank and x.overrides_by_name(y)
    y_over = y.rank >= x.rank and y.overrides_by_name(x)
    return Comparison("override" if x_over else None, "override" if y_over else None)


def _within_regime(x: Contender, y: Contender) -> Comparison:
    if x.enabling is not None and x.enabling == y.instrument:
        return _lex_specialis(x, y) or Comparison(y="enabling_instrument")
    if y.enabling is not None and y.enabling == x.instrument:
        return _lex_specialis(x, y) or Comparison(x="enabling_instrument")
    if x.rank != y.rank or x.jurisdiction != y.jurisdiction:
        return _lex_superior(x, y)
    return _lex_specialis(x, y) or _lex_posterior(x, y)


def _lex_superior(x: Contender, y: Contender) -> Comparison:
    """Let the higher legal force win (lex superior derogat legi inferiori)."""
    return _won("lex_superior", x.rank - y.rank)


def _lex_specialis(x: Contender, y: Contender) -> Comparison | None:
    """Let the norm of the nearer activity win, else of the nearer addressee; None: as near."""
    if x.activity != y.activity:
        return _won("lex_specialis_activity", y.activity - x.activity)
    if x.addressee != y.addressee:
        return _won("lex_specialis_addressee", y.addressee - x.addressee)
    return None


def _lex_posterior(x: Contender, y: Contender) -> Comparison:
    """Let the norm win that was surely made later (lex posterior derogat legi priori)."""
    return _won("lex_posterior", (y.made_high < x.made_low) - (x.made_high < y.made_low))


def _won(rule: str, lead: int) -> Comparison:
    """Return that x won by the rule where its lead is positive, y where it is negative."""
    if lead == 0:
        return _UNDECIDED
    return Comparison(x=rule) if lead > 0 else Comparison(y=rule)


@dataclass(frozen=True, slots=True, order=True)
class Loser:
    """A claim that lost, the rule by which, and the claim that beat it (None: the rule alone)."""

    claim: str
    rule: str
    winner: str | None


def by_claim(loser: Loser) -> tuple[str, str, str]:
    """Return the key by which losers are sorted."""
    return (loser.claim, loser.rule, loser.winner or "")


@dataclass(frozen=True, slots=True)
class Verdict:
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
    flags: set[str] = set()
    beats = _beats(contenders, flags, compare)
    surviving = _survivors(len(contenders), beats, flags)
    losers = _beaten(contenders, beats, surviving)
    survivors = [contenders[i] for i in surviving]
    _flag_disagreement(survivors, flags)
    counted = [c for c in survivors if c.counts_in(home)]
    elsewhere = (c.id for c in survivors if not c.counts_in(home))
    losers += [Loser(claim, "permit_outside_home_regime", None) for claim in elsewhere]
    status = max((c.status for c in counted), key=STRICTNESS.__getitem__, default=None)
    basis = tuple(sorted(c.id for c in counted if c.status == status))
    if status is not None:
        losers += _milder(counted, status)
    return Verdict(status, basis, tuple(sorted(losers, key=by_claim)), frozenset(flags))


def _beats(contenders: Sequence[Contender], flags: set[str], compare: Compare) -> _Beats:
    beats: _Beats = {}
    for i, x in enumerate(contenders):
        for j, y in enumerate(contenders[:i]):
            if x.effect == y.effect:
                continue
            found = compare(x, y)
            if found.x is not None:
                beats[i, j] = found.x
            if found.y is not None:
                beats[j, i] = found.y
            nearer = _lex_specialis(x, y) if "lex_superior" in found else None
            if nearer and (nearer.x is None) is (found.y is None):
                flags.add("superior_vs_specialis")
    return beats


def _survivors(count: int, beats: _Beats, flags: set[str]) -> list[int]:
    """Return the members of every strongly connected component that nothing outside beats."""
    if not beats:
        return list(range(count))
    reach = [1 << i for i in range(count)]
    for winner, loser in beats:
        reach[winner] |= 1 << loser
    for k in range(count):  # Warshall's transitive closure, a row at a time
        bit, through = 1 << k, reach[k]
        for i in range(count):
            if reach[i] & bit:
                reach[i] |= through
    beaten_by = [0] * count  # directly or through others
    for i, reached in enumerate(reach):
        for j in _bits(reached):
            beaten_by[j] |= 1 << i
    surviving = [i for i in range(count) if not beaten_by[i] & ~reach[i]]
    if any(beaten_by[i] != 1 << i for i in surviving):
        flags.add("contested:cycle")
    return surviving


def _beaten(
    contenders: Sequence[Contender], beats: _Beats, surviving: Sequence[int]
) -> list[Loser]:
    """Return each beaten norm with its strongest winner."""
    alive = set(surviving)
    best: dict[int, tuple[bool, int, str, str]] = {}
    for (winner, loser), rule in beats.items():
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
                flags.add(_LEVELS if levels else _TIE)


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
        self._beaten = [0] * len(contenders)  # by each norm
        self._ties = [0] * len(contenders)
        self._levels = [0] * len(contenders)
        self._giving: dict[str, int] = {}  # status -> the norms that can give it
        for i, one in enumerate(contenders):
            if one.counts_in(home):
                self._giving[one.status] = self._giving.get(one.status, 0) | 1 << i
            for j, other in enumerate(contenders[:i]):
                if other.effect != one.effect:
                    self._compare(i, j, compare(one, other))
        self._strictest = sorted(self._giving, key=STRICTNESS.__getitem__, reverse=True)
        self._outcomes = Memo(self._decide)
        self._verdicts: Memo[int, Verdict] = Memo(
            lambda norms: conflict([contenders[i] for i in _bits(norms)], home, compare)
        )

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
        one, other = self._contenders[i], self._contenders[j]
        if one.regime == other.regime:
            levels = one.jurisdiction != other.jurisdiction
            (self._levels if levels else self._ties)[i] |= 1 << j

    def _decide(self, in_force: int) -> Verdict:
        surviving = in_force & ~self._beaten_by(in_force)
        if self._reached(surviving, in_force) != in_force:  # a circle that nothing outside beats
            verdict = self.verdict(in_force)
            flags = frozenset(flag for flag in verdict.flags if flag.startswith("contested:"))
            return Verdict(verdict.status, verdict.basis, (), flags)
        differing = ((_TIE, self._ties), (_LEVELS, self._levels))
        flags = frozenset(
            flag for flag, masks in differing if any(masks[i] & surviving for i in _bits(surviving))
        )
        for status in self._strictest:
            basis = self._giving[status] & surviving
            if basis:
                ids = sorted(self._contenders[i].id for i in _bits(basis))
                return Verdict(status, tuple(ids), (), flags)
        return Verdict(None, (), (), flags)

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


def _bits(mask: int) -> Iterator[int]:
    """Yield the positions of the bits that are set, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
