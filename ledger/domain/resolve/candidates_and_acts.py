"""What an answer tells of its candidates and of the acts upon them, over all choices of days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ledger.domain.resolve.in_force import NormsInForce
from ledger.domain.resolve.intervals import BEGIN, FOREVER
from ledger.domain.resolve.norm_states import (
    OUTCOMES,
    STATES,
    Outcome,
    State,
    StateOnDay,
    outcomes_of,
    state_of,
)
from ledger.domain.state_records import CountedClaim


@dataclass(frozen=True, slots=True)
class CandidateState:
    """What became of a norm, the day that goes with it, and what gave it.

    ``by`` is the act, or the norm of which ``date`` is a field. Where imprecise dates leave several
    days, ``day`` is the first and ``latest`` the last.
    """

    state: State
    day: date | None
    latest: date | None
    by: str | None
    date: str | None


@dataclass(frozen=True, slots=True)
class CandidateStates:
    """A norm that matches the cell, and every state it may be in on the day."""

    claim: str
    states: tuple[CandidateState, ...]


@dataclass(frozen=True, slots=True)
class ActOutcomes:
    """An act that bears on the candidates, and everything that it did by the day."""

    act: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class CandidatesAndActs:
    """The candidates of a line and the acts that bear on them, by id."""

    candidates: tuple[CandidateStates, ...]
    acts: tuple[ActOutcomes, ...]


def candidates_and_acts(
    choices: Sequence[NormsInForce],
    candidates: Iterable[CountedClaim],
    others: Iterable[CountedClaim],
    day: int,
) -> CandidatesAndActs:
    """Return what became of each candidate by a day under these choices, and what each act did.

    ``others`` are what the candidates rest on, and every act upon these, upon the candidates and
    upon such acts.
    """
    norms, others = list(candidates), list(others)
    targets = {counted.id: counted for counted in (*norms, *others)}
    acts = [counted for counted in others if counted.claim.kind == "lifecycle"]
    return CandidatesAndActs(
        tuple(
            CandidateStates(norm.id, _states(state_of(one, norm, day) for one in choices))
            for norm in sorted(norms, key=lambda counted: counted.id)
        ),
        tuple(
            ActOutcomes(act.id, _outcomes(choices, act, targets, day))
            for act in sorted(acts, key=lambda counted: counted.id)
        ),
    )


def _states(found: Iterable[StateOnDay]) -> tuple[CandidateState, ...]:
    days: dict[tuple[State, str, str], list[int]] = {}
    for one in found:
        by, field = one.cause or ("", "")
        days.setdefault((one.state, by, field or ""), []).extend(
            () if one.day is None else (one.day,)
        )
    order = sorted(days, key=lambda key: (STATES.index(key[0]), key[1:]))
    return tuple(
        CandidateState(
            state,
            _date(min(days[state, by, field], default=None)),
            _date(max(days[state, by, field])) if len(set(days[state, by, field])) > 1 else None,
            by or None,
            field or None,
        )
        for state, by, field in order
    )


def _outcomes(
    choices: Sequence[NormsInForce],
    act: CountedClaim,
    targets: dict[str, CountedClaim],
    day: int,
) -> tuple[Outcome, ...]:
    occurring: set[Outcome] = set()
    for norms in choices:
        aimed_at = (targets[t.id] for t in norms.targets(act) if t.id in targets)
        occurring.update(outcomes_of(norms, act, aimed_at, day))
    return tuple(outcome for outcome in OUTCOMES if outcome in occurring)


def _date(day: int | None) -> date | None:
    return date.fromordinal(day) if day is not None and BEGIN < day < FOREVER else None
