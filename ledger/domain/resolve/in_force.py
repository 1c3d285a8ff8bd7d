"""When a norm is in force: its own dates, the acts upon it, and what it rests on.

One :class:`NormsInForce` answers under one choice of day for every imprecise date, and without the
acts that do not bear on the cell asked for.

A norm starts on the later of ``effective_from`` and ``applicable_from``; without the former on the
day it was published, else made; pending commencement, by an act only. It ends after
``effective_to``. The acts upon it change that (:mod:`ledger.domain.resolve.amended_norm`). A norm
with an enabling instrument is in force only while some norm of that instrument, or of the one that
saves it, is; an instrument of which nothing is recorded counts as in force. It has begun once its
start or a revival has passed, and not before some norm of its enabler or saver has begun.

Decisions where the rules leave room:

* Flags about acts are those of the world in which no act is suspended.
* ``no_revival`` is set where the act that was undone too late had taken effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal, Protocol, cast

from ledger.domain.claims import Norm
from ledger.domain.edtf_dates import parse
from ledger.domain.resolve.amended_norm import AmendedNorm, Circumstances
from ledger.domain.resolve.amendments import Amendment, Effect, Standing, together, undoes
from ledger.domain.resolve.facts import Index
from ledger.domain.resolve.intervals import (
    ALWAYS,
    BEGIN,
    FOREVER,
    DateChoice,
    Intervals,
    common,
    holds,
    lowest,
    merged,
    moves_with,
    turns,
    without,
)
from ledger.domain.resolve.power import Powers
from ledger.domain.state_records import CountedClaim

# The days in force, those but for suspensions, and those from which it has begun.
DaysOf = Literal["in_force", "unsuspended", "begun"]


# What a norm may be on a day: in force, out of force for a suspension alone, begun by then.
IN_FORCE, SUSPENDED, BEGUN = range(3)
PHASES: Final = 3


@dataclass(frozen=True, slots=True)
class OwnDays:
    """A norm by its own dates and the acts upon it, whatever it rests on.

    Acts may be suspended on some days: ``stretches`` holds, by the first day of each stretch, the
    norm as the acts that stand on those days leave it. ``flags`` are those about acts.
    """

    in_force: Intervals
    unsuspended: Intervals
    begun: Intervals
    stretches: tuple[tuple[int, AmendedNorm], ...]
    whole: AmendedNorm  # by all acts that happened, as if none were suspended
    flags: frozenset[str]

    def on(self, day: int) -> AmendedNorm:
        """Return the norm as the acts that stand on a day leave it."""
        return next(norm for first, norm in reversed(self.stretches) if first <= day)


_Tree = Sequence[tuple[Amendment, CountedClaim]]  # acts, each with its target
_BLANK: Final = AmendedNorm(None, FOREVER, FOREVER)
_NOTHING: Final = OwnDays((), (), (), ((BEGIN, _BLANK),), _BLANK, frozenset())


class SharedNorms(Protocol):
    """What every choice of days and every set of acts has in common."""

    index: Index
    powers: Powers

    @property
    def in_force(self) -> Mapping[tuple[DateChoice, frozenset[str]], NormsInForce]:
        """The norms in force by choice of days and ignored acts."""

    def acts_under(self, norm: CountedClaim) -> frozenset[str]:
        """Return the ids of the acts upon a norm, upon what it rests on, and upon their powers."""


class NormsInForce:
    """The days of all norms under one choice of days, with the acts that are not ``ignored``."""

    def __init__(self, shared: SharedNorms, choice: DateChoice, ignored: frozenset[str]) -> None:
        self._shared = shared
        self._index, self._powers = shared.index, shared.powers
        self.choice = choice
        self._ignored = ignored
        self.acts = Standing(shared.index, choice, ignored, self.has_power)
        self._own: dict[str, OwnDays] = {}
        self._days: dict[tuple[str, DaysOf], Intervals] = {}
        self._turns: dict[str, Sequence[tuple[int, int]]] = {}
        self._open: set[str] = set()  # norms on the way: circles are refused when recording

    def has_power(self, act: Amendment, target: CountedClaim) -> bool:
        """Return whether the author of an act had power over a target when making the act."""
        grants = self._powers.grants(act.counted, target)
        return grants.always or any(
            holds(self.days(norm, "in_force"), act.made) for norm in grants.norms
        )

    def own(self, norm: CountedClaim) -> OwnDays:
        """Return a norm by its own dates and the acts upon it."""
        if self._ignored and (peer := self._peer(norm)) is not self:
            return peer.own(norm)
        found = self._own.get(norm.id)
        if found is None:
            if norm.id in self._open:
                return _NOTHING
            with self._opened(norm):
                found = self._own[norm.id] = self._own_days(norm)
        return found

    def days(self, norm: CountedClaim, of: DaysOf) -> Intervals:
        """Return the days of a norm with regard to what it rests on."""
        if self._ignored and (peer := self._peer(norm)) is not self:
            return peer.days(norm, of)
        found = self._days.get((norm.id, of))
        if found is None:
            if norm.id in self._open:
                return ()
            found = cast("Intervals", getattr(self.own(norm), of))
            if cast("Norm", norm.claim).enabling_instrument is not None:
                with self._opened(norm):
                    found = common(found, self.support(norm, of))
            self._days[norm.id, of] = found
        return found

    def turns(self, norm: CountedClaim) -> Sequence[tuple[int, int]]:
        """Return the days on which a norm enters or leaves each phase, with the phase."""
        if self._ignored and (peer := self._peer(norm)) is not self:
            return peer.turns(norm)
        found = self._turns.get(norm.id)
        if found is None:
            in_force, unsuspended = self.days(norm, "in_force"), self.days(norm, "unsuspended")
            suspended = () if unsuspended == in_force else without(unsuspended, in_force)
            found = self._turns[norm.id] = (
                *turns(in_force, IN_FORCE),
                *turns(suspended, SUSPENDED),
                *turns(self.days(norm, "begun"), BEGUN),
            )
        return found

    def _peer(self, norm: CountedClaim) -> NormsInForce:
        """Return the one that ignores only such acts as matter to a norm, so that it is shared."""
        ignored = self._ignored & self._shared.acts_under(norm)
        return self if ignored == self._ignored else self._shared.in_force[self.choice, ignored]

    def support(self, norm: CountedClaim, of: DaysOf) -> Intervals:
        """Return the days of what a norm rests on: of any norm of its enabler or its saver."""
        claim = cast("Norm", norm.claim)
        if claim.enabling_instrument is None:
            return ALWAYS
        granted: list[tuple[int, int]] = []
        for instrument in claim.rests_on:
            norms = self._index.norms_of.get(instrument)
            if not norms:
                return ALWAYS
            for one in norms:
                granted.extend(self.days(one, of))
        return merged(granted)

    def targets(self, act: CountedClaim) -> Sequence[CountedClaim]:
        """Return what an act is aimed at."""
        return self._powers.targets(act)

    def supports(self, norm: CountedClaim) -> Iterator[CountedClaim]:
        """Yield the recorded norms that a norm rests on directly."""
        claim = cast("Norm", norm.claim)
        if claim.enabling_instrument is not None:
            for instrument in claim.rests_on:
                yield from self._index.norms_of.get(instrument, ())

    @contextmanager
    def _opened(self, norm: CountedClaim) -> Iterator[None]:
        self._open.add(norm.id)
        yield
        self._open.discard(norm.id)

    def _own_days(self, norm: CountedClaim) -> OwnDays:
        if not self.acts.upon(norm):
            state = self._unamended(norm)
            days = state.unsuspended()
            return OwnDays(days, days, state.begun(), ((BEGIN, state),), state, frozenset())
        tree = list(self._tree(norm))
        whole = self._amended(norm, None)
        edges = _edges(tree, norm)
        # An act is suspended on some days: apply the acts again for each stretch between two edges.
        stretches = [(day, self._amended(norm, day)) for day in (BEGIN, *edges) if edges]
        stretches = stretches or [(BEGIN, whole)]
        lasts = (*(edge - 1 for edge in edges), FOREVER)

        def joined(days: Callable[[AmendedNorm], Intervals]) -> Intervals:
            if not edges:
                return days(whole)
            return merged(
                span
                for (first, state), last in zip(stretches, lasts, strict=True)
                for span in common(days(state), ((first, last),))
            )

        return OwnDays(
            in_force=joined(AmendedNorm.in_force),
            unsuspended=joined(AmendedNorm.unsuspended),
            begun=joined(AmendedNorm.begun),
            stretches=tuple(stretches),
            whole=whole,
            flags=frozenset(self._flags_of_acts(tree, norm, whole)),
        )

    def _amended(self, norm: CountedClaim, day: int | None) -> AmendedNorm:
        """Apply the acts upon a norm that stand on ``day`` to the norm's own dates."""
        state = self._unamended(norm)
        around = Circumstances(
            has_power=self.has_power,
            suspension=lambda act: self.acts.suspension(act, day),
            enabler_begins=lambda: self._enabler_begins(norm),
        )
        acts = []
        for act in self.acts.upon(norm):
            if self.acts.stands(act, day):
                if self.has_power(act, norm):
                    acts.append(act)
                else:
                    state.effects[act.id] = "ultra_vires"
        for same in together(acts):
            state.apply_together(same, around)
        return state

    def _unamended(self, norm: CountedClaim) -> AmendedNorm:
        claim = cast("Norm", norm.claim)
        to = parse(claim.effective_to) if claim.effective_to else None
        last = FOREVER if to is None else self.choice.day(to, moves_with(norm))
        starts = [self.choice.day(parse(text), moves_with(norm)) for text in claim.start_texts]
        return AmendedNorm(max(starts, default=None), last, FOREVER if to is None else lowest(to))

    def _enabler_begins(self, norm: CountedClaim) -> int:
        """Return the first day on which what a norm rests on had begun."""
        return next((first for first, _ in self.support(norm, "begun")), FOREVER + 1)

    def _tree(self, norm: CountedClaim) -> Iterator[tuple[Amendment, CountedClaim]]:
        """Yield every act upon the norm, upon those acts, and so on, each with its target."""
        todo, seen = [norm], {norm.id}
        while todo:
            target = todo.pop()
            for act in self.acts.upon(target):
                yield act, target
                if act.id not in seen:
                    seen.add(act.id)
                    todo.append(act.counted)

    def _flags_of_acts(self, tree: _Tree, norm: CountedClaim, whole: AmendedNorm) -> Iterator[str]:
        """Yield the flags about the acts upon a norm, and upon these."""
        revived = any(
            act.claim.act == "revive" and whole.effects.get(act.id) == "took_effect"
            for act, _ in tree
        )
        for act, target in tree:
            if not self.acts.stands(act, None):
                continue
            effect = whole.effects[act.id] if target is norm else self.effect(act, target, None)
            if effect in {"ultra_vires", "extension_after_expiry"}:
                yield effect
            elif self._is_unrecorded(act, target, whole):
                yield "enabler_unrecorded"
            undone_late = act.is_cut and any(cut.act.counted is target for cut in whole.cuts)
            if undone_late and effect != "ultra_vires" and not revived:
                yield "no_revival"

    def _is_unrecorded(self, act: Amendment, target: CountedClaim, norm: AmendedNorm) -> bool:
        """Return whether an act works by the power of an instrument that is not recorded."""
        lifted = (hole.act.counted for hole in norm.holes if hole.ended_by == act.id)
        return any(self._powers.grants(act.counted, on).unrecorded for on in (target, *lifted))

    def effect(self, act: Amendment, target: CountedClaim, day: int | None) -> Effect:
        """Return what an act that stands does to its target, as the acts of ``day`` have it."""
        if isinstance(target.claim, Norm):
            own = self.own(target)
            effects = (own.whole if day is None else own.on(day)).effects
            return effects.get(act.id, "nothing_to_do")
        if not self.has_power(act, target):
            return "ultra_vires"
        upon = self.acts.of(target)
        if upon.claim.act == "suspend" and act.claim.act != "suspend":
            return self.acts.suspension(upon, day).effects[act.id]
        if act.claim.act == "suspend":
            days = self.acts.suspension(act, day)
            return "took_effect" if days.first <= days.last else "nothing_to_do"
        # Whatever comes too late to undo it, or after it was undone, changes nothing.
        orders = [other.order for other in self.acts.undoing(upon, day)]
        undid = undoes(act, upon) and act.order == min(orders)
        return "took_effect" if undid else "nothing_to_do"

    def support_flags(self, norm: CountedClaim, day: int) -> set[str]:
        """Return ``enabler_lapsed`` and ``enabler_unrecorded`` of a norm in force by itself."""
        claim = cast("Norm", norm.claim)
        if claim.enabling_instrument is None or not holds(self.own(norm).in_force, day):
            return set()
        flags = set()
        if holds(self.support(norm, "begun"), day) and not holds(
            self.support(norm, "in_force"), day
        ):
            flags.add("enabler_lapsed")
        todo, seen = [claim], {norm.id}
        while todo:
            here = todo.pop()
            for instrument in here.rests_on if here.enabling_instrument else ():
                norms = self._index.norms_of.get(instrument, [])
                if not norms:
                    flags.add("enabler_unrecorded")
                todo += [cast("Norm", n.claim) for n in norms if n.id not in seen]
                seen |= {n.id for n in norms}
        return flags


def _edges(tree: _Tree, norm: CountedClaim) -> list[int]:
    """Return the days on which a suspension of an act upon a norm may begin or end."""
    if not any(act.claim.act == "suspend" and target is not norm for act, target in tree):
        return []
    days = {act.at for act, _ in tree}
    days |= {act.until + 1 for act, _ in tree if act.until is not None}
    return sorted(day for day in days if BEGIN < day <= FOREVER)
