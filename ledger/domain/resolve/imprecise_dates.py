"""Imprecise dates: which texts vary, and the runs that are computed for them.

Each distinct imprecise text of one instrument (else of one claim) moves as a whole between the
earliest and the latest day it can mean, each independently of the others: up to six texts, 64 runs.
Beyond that only the two extremes are run, and the answer is marked uncertain whatever they say.

Only texts that a run reads are counted: ``published`` where nothing better gives the start, and
``made`` where it gives the start or where a statement may be overtaken. Everything that is held
against another date "surely" compares intervals and is the same in every run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from ledger.domain.claims import Lifecycle, Norm
from ledger.domain.dates import parse
from ledger.domain.resolve.intervals import PRECISE, UNKNOWN, DateChoice, moves_with
from ledger.domain.resolve.statements import uttered_on
from ledger.domain.state_records import CountedClaim

MOST_TEXTS = 6


@dataclass(frozen=True, slots=True)
class DateChoices:
    """The runs to compute. ``beyond``: too many texts for all of them."""

    runs: tuple[DateChoice, ...]
    beyond: bool
    approximate: bool


def starts(norm: Norm) -> Iterator[str]:
    """The texts that a norm's own start is read from."""
    if norm.commencement != "pending":
        start = norm.effective_from or norm.published or norm.made
        yield from (text for text in (start, norm.applicable_from) if text)


def _norm_texts(norm: Norm, *, made: bool) -> Iterator[str]:
    yield from starts(norm)
    if norm.effective_to:
        yield norm.effective_to
    if made and norm.made:
        yield norm.made


def _act_texts(act: Lifecycle) -> Iterator[str]:
    yield act.at
    if act.until:
        yield act.until
    if act.act == "postpone" and act.made:
        yield act.made


def _all_texts(claim: Norm | Lifecycle) -> Iterator[str]:
    """Every text that matters in a run or in a sure comparison."""
    yield from _norm_texts(claim, made=True) if isinstance(claim, Norm) else _act_texts(claim)
    if claim.made:
        yield claim.made


@dataclass(frozen=True, slots=True)
class ImpreciseTexts:
    """The imprecise texts of one claim that a run reads, each with what it moves with."""

    varying: frozenset[tuple[str, str]]
    approximate: bool


def imprecise_texts(counted: CountedClaim, *, made: bool) -> ImpreciseTexts:
    """What a norm, an act or a statement leaves open; ``made``: also when the norm was made."""
    claim = counted.claim
    owner = moves_with(counted)
    if isinstance(claim, Norm | Lifecycle):
        read = _norm_texts(claim, made=made) if isinstance(claim, Norm) else _act_texts(claim)
        varying = frozenset((owner, text) for text in read if not parse(text).precise)
        return ImpreciseTexts(varying, any(parse(text).approximate for text in _all_texts(claim)))
    days = uttered_on(counted)
    open_ = not days.precise and days is not UNKNOWN
    return ImpreciseTexts(frozenset({(owner, days.text)} if open_ else ()), days.approximate)


def runs_for(
    candidates: Iterable[CountedClaim],
    others: Iterable[CountedClaim],
    statements: Iterable[CountedClaim],
) -> DateChoices:
    """The runs for these candidates, the norms and acts behind them, and what was said."""
    said = tuple(statements)
    groups = ((candidates, bool(said)), (others, False), (said, False))
    return date_choices(
        imprecise_texts(counted, made=made) for group, made in groups for counted in group
    )


def date_choices(texts: Iterable[ImpreciseTexts]) -> DateChoices:
    """The runs that these texts ask for."""
    varying: set[tuple[str, str]] = set()
    approximate = False
    for text in texts:
        varying |= text.varying
        approximate = approximate or text.approximate
    return DateChoices(*_runs(sorted(varying)), approximate)


def _runs(varying: list[tuple[str, str]]) -> tuple[tuple[DateChoice, ...], bool]:
    if not varying:
        return (PRECISE,), False
    if len(varying) > MOST_TEXTS:
        return (DateChoice(), DateChoice(others=True)), True
    late = (
        frozenset(chosen)
        for size in range(len(varying) + 1)
        for chosen in combinations(varying, size)
    )
    return tuple(DateChoice(choice) for choice in late), False
