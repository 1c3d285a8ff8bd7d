"""The norms of one cell as rivals: what any set of them in force comes to, worked out once.

A set is a number with a bit for each norm. Who beats whom depends on the pair alone, so it is kept
as masks; what a set comes to then needs no look at single norms, except in the rare circle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ledger.domain.resolve.conflict import STRICTNESS, Contender, Duel, Verdict, compare, conflict

_CONTESTED = "contested:"
_NO_FLAGS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict without its losers; of its flags only ``contested:*``."""

    status: str | None
    basis: tuple[str, ...]
    flags: frozenset[str]


class Comparisons:
    """Remembers who beats whom. Its norms are all ranked by one order of force."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int, str, int], tuple[str | None, str | None]] = {}

    def __call__(self, x: Contender, y: Contender) -> tuple[str | None, str | None]:
        """Return the rules by which x beats y and y beats x, as :func:`~.conflict.compare` does."""
        key = (x.id, x.addressee, y.id, y.addressee)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = compare(x, y)
        return found


class Rivals:
    """The candidates of one line of a cell. ``home`` is as in :func:`~.conflict.conflict`."""

    def __init__(self, contenders: Sequence[Contender], home: str | None, duel: Duel) -> None:
        self._contenders = contenders
        self._home = home
        self._duel = duel
        self._beaten = [0] * len(contenders)  # by each norm: whom it beats
        self._ties = [0] * len(contenders)
        self._levels = [0] * len(contenders)
        self._giving: dict[str, int] = {}  # status -> the norms that can give it
        for i, contender in enumerate(contenders):
            self._enter(i, contender)
        self._strictest = sorted(self._giving, key=STRICTNESS.__getitem__, reverse=True)
        self._outcomes: dict[int, Outcome] = {}
        self._verdicts: dict[int, Verdict] = {}

    def outcome(self, here: int) -> Outcome:
        """What these norms come to when they are in force."""
        found = self._outcomes.get(here)
        if found is None:
            found = self._outcomes[here] = self._decide(here)
        return found

    def verdict(self, here: int) -> Verdict:
        """The same, with who lost to whom."""
        found = self._verdicts.get(here)
        if found is None:
            contenders = [self._contenders[i] for i in _bits(here)]
            found = self._verdicts[here] = conflict(contenders, self._home, self._duel)
        return found

    # --- inside ----------------------------------------------------------------------------------

    def _enter(self, i: int, contender: Contender) -> None:
        """Hold a norm against those before it."""
        home = self._home
        if home is None or contender.effect != "permit" or contender.regime == home:
            self._giving[contender.status] = self._giving.get(contender.status, 0) | 1 << i
        for j in range(i):
            other = self._contenders[j]
            if other.effect == contender.effect:
                continue
            forth, back = self._duel(contender, other)
            if forth is not None:
                self._beaten[i] |= 1 << j
            if back is not None:
                self._beaten[j] |= 1 << i
            if contender.regime == other.regime:
                levels = contender.jurisdiction != other.jurisdiction
                (self._levels if levels else self._ties)[i] |= 1 << j

    def _decide(self, here: int) -> Outcome:
        surviving = here & ~self._beaten_by(here)
        if self._reached(surviving, here) != here:  # a circle that nothing outside beats
            verdict = self.verdict(here)
            flags = frozenset(flag for flag in verdict.flags if flag.startswith(_CONTESTED))
            return Outcome(verdict.status, verdict.basis, flags)
        flags = self._disagreement(surviving)
        for status in self._strictest:
            basis = self._giving[status] & surviving
            if basis:
                ids = sorted(self._contenders[i].id for i in _bits(basis))
                return Outcome(status, tuple(ids), flags)
        return Outcome(None, (), flags)

    def _beaten_by(self, norms: int) -> int:
        beaten = 0
        for i in _bits(norms):
            beaten |= self._beaten[i]
        return beaten

    def _reached(self, norms: int, here: int) -> int:
        """Of those here: these, whom they beat, whom those beat, and so on."""
        new = reached = norms
        while new:
            new = self._beaten_by(new) & here & ~reached
            reached |= new
        return reached

    def _disagreement(self, surviving: int) -> frozenset[str]:
        flags = set()
        for i in _bits(surviving):
            if self._ties[i] & surviving:
                flags.add("contested:tie")
            if self._levels[i] & surviving:
                flags.add("contested:levels")
        return frozenset(flags) if flags else _NO_FLAGS


def _bits(mask: int) -> Iterator[int]:
    """The positions of the bits that are set, from the lowest."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
