"""Imprecise dates: which texts vary, and the choices of day to compute an answer for.

Each distinct imprecise text of one instrument (else of one claim) moves as a whole between the
earliest and the latest day it can mean, independently of the others: up to six texts, 64 choices.
Beyond that only the two extremes are computed, and the answer is marked uncertain whatever they
say.

Only texts that a rule reads vary: ``published`` where nothing better gives the start; ``made`` of a
norm where it gives the start or where it may overtake a statement, of an act where it is commenced
or postponed by then, or where a power must have been in force then. A comparison that must hold
"surely", and the order of acts, compare whole intervals and come out the same under every choice.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from ledger.domain.claims import Lifecycle, Norm
from ledger.domain.edtf_dates import parse
from ledger.domain.resolve.amendments import FIRST_KINDS
from ledger.domain.resolve.intervals import PRECISE, UNKNOWN, DateChoice, moves_with
from ledger.domain.resolve.walked_back_statements import uttered_on
from ledger.domain.state_records import CountedClaim

MOST_TEXTS = 6


@dataclass(frozen=True, slots=True)
class DateChoices:
    """The choices to compute. ``beyond``: there are too many texts to compute all of them."""

    choices: tuple[DateChoice, ...]
    beyond: bool
    approximate: bool


def _norm_texts(norm: Norm, *, made: bool) -> Iterator[str]:
    yield from norm.start_texts
    if norm.effective_to:
        yield norm.effective_to
    if made and norm.made:
        yield norm.made


def _act_texts(act: Lifecycle, *, made: bool) -> Iterator[str]:
    yield act.at
    if act.until:
        yield act.until
    if (made or act.act in FIRST_KINDS) and act.made:
        yield act.made


def _all_texts(claim: Norm | Lifecycle) -> Iterator[str]:
    """Yield every text that some rule reads, in a sure comparison too."""
    if isinstance(claim, Norm):
        yield from _norm_texts(claim, made=True)
    else:
        yield from _act_texts(claim, made=True)


@dataclass(frozen=True, slots=True)
class ImpreciseTexts:
    """The imprecise texts of one claim that vary, each with what it moves with."""

    varying: frozenset[tuple[str, str]]
    approximate: bool


NOTHING_IMPRECISE = ImpreciseTexts(frozenset(), approximate=False)


def together(texts: Iterable[ImpreciseTexts]) -> ImpreciseTexts:
    """Return the imprecise texts of several claims as those of one."""
    some = [one for one in texts if one is not NOTHING_IMPRECISE]
    if not some:
        return NOTHING_IMPRECISE
    return ImpreciseTexts(
        frozenset[tuple[str, str]]().union(*(one.varying for one in some)),
        any(one.approximate for one in some),
    )


def imprecise_texts(counted: CountedClaim, *, made: bool) -> ImpreciseTexts:
    """Return what a claim leaves open; ``made``: the day a norm or an act was made matters too."""
    claim = counted.claim
    owner = moves_with(counted)
    if isinstance(claim, Norm | Lifecycle):
        if isinstance(claim, Norm):
            read = _norm_texts(claim, made=made)
        else:
            read = _act_texts(claim, made=made)
        varying = frozenset((owner, text) for text in read if not parse(text).precise)
        approximate = any(parse(text).approximate for text in _all_texts(claim))
        return _texts(varying, approximate=approximate)
    days = uttered_on(counted)
    open_ = not days.precise and days is not UNKNOWN
    varying = frozenset({(owner, days.text)} if open_ else ())
    return _texts(varying, approximate=days.approximate)


def _texts(varying: frozenset[tuple[str, str]], *, approximate: bool) -> ImpreciseTexts:
    return ImpreciseTexts(varying, approximate) if varying or approximate else NOTHING_IMPRECISE


def date_choices(texts: Iterable[ImpreciseTexts]) -> DateChoices:
    """Return the choices that these texts ask for."""
    found = together(texts)
    varying, approximate = found.varying, found.approximate
    if not varying:
        return DateChoices((PRECISE,), beyond=False, approximate=approximate)
    if len(varying) > MOST_TEXTS:
        extremes = (PRECISE, DateChoice(others=True))
        return DateChoices(extremes, beyond=True, approximate=approximate)
    choices = tuple(
        DateChoice(frozenset(late))
        for size in range(len(varying) + 1)
        for late in combinations(sorted(varying), size)
    )
    return DateChoices(choices, beyond=False, approximate=approximate)
