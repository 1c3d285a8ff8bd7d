"""What became of each norm by a day, and what each act did: sentences with rule, act and day."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.domain.claim_parts import INSTRUMENT_PREFIX
from ledger.domain.claims import Lifecycle
from ledger.domain.resolve.candidates_and_acts import ActOutcomes, CandidateState, CandidateStates
from ledger.domain.resolve.citing import Citing, capital
from ledger.domain.resolve.facts import Facts
from ledger.domain.resolve.norm_states import Outcome, State
from ledger.domain.resolve.resolve import Resolution

_DONE = {
    "repeal": "repealed",
    "replace": "replaced",
    "suspend": "suspended",
    "lift": "the suspension lifted",
    "extend": "extended",
    "revive": "revived",
    "annul": "annulled",
    "commence": "commenced",
    "postpone": "postponed",
    "amend": "amended",
}
_DATES = {
    "effective_to": "its own last day",
    "applicable_from": "the day from which it applies",
    "published": "the day of its publication",
    "made": "the day on which it was made",
}
# The states of rules that give each reason.
_STATES_OF: Mapping[str, tuple[State, ...]] = {
    "suspended": ("suspended",),
    "lapsed": ("ended", "annulled", "enabler_lapsed"),
    "not_yet_in_force": ("not_begun",),
}
_OUTCOMES: dict[Outcome, str] = {
    "undone": "never happened: it was undone before it took effect, or annulled from the start",
    "ultra_vires": "had no effect: its author lacked the power (ultra_vires)",
    "not_yet": "is not due yet",
    "suspended": "is itself suspended",
    "nothing_to_do": "changed nothing",
    "extension_after_expiry": (
        "had no effect: it was made, or may have been made, after the rule had expired"
        " (extension_after_expiry)"
    ),
    "took_effect": "took effect",
}


def candidate_sentence(candidate: CandidateStates, citing: Citing) -> str:
    """Say every state that a norm may be in, with the day and what gave it."""
    states = "; or, as its dates are imprecise, it ".join(
        _state(one, candidate.claim, citing) for one in candidate.states
    )
    return f"{capital(citing.short(candidate.claim))} {states}."


def _state(one: CandidateState, norm: str, citing: Citing) -> str:
    if one.state == "not_begun":
        return _not_begun(one, norm, citing)
    act = citing.act(one.by) if one.by else None
    why = _why(one, norm, citing)
    if act is not None and act.ex_tunc:
        return f"was never in force{why} from the start"
    on, since = f" on {_days(one)}", f" since {_days(one)}"
    words = {
        "in_force": f"is in force{since}",
        "suspended": f"is suspended{since}",
        "enabler_lapsed": f"stopped{on} with what it rests on",
    }
    return words.get(one.state, f"ended{on}") + why


def _not_begun(one: CandidateState, norm: str, citing: Citing) -> str:
    if one.day is not None:
        return f"has not begun: its first day is to be {_days(one)}{_why(one, norm, citing)}"
    if one.by is not None and (act := citing.act(one.by)):
        held = f"suspended by {citing.author(act)} [{one.by}]"
        return f"has not begun: the act that commences it is {held}"
    if one.by not in (None, norm):
        return f"has not begun: {citing.short(str(one.by))}, on which it rests, has not"
    return "has not begun: no act that has effect commences it"


def _why(one: CandidateState, norm: str, citing: Citing) -> str:
    if one.by is None:
        return ""
    act = citing.act(one.by)
    if act is not None:
        done = _DONE[act.act] if one.state not in {"suspended", "not_begun"} else ""
        return f"{f': {done}' if done else ','} by {citing.author(act)} [{one.by}]"
    what = f", {_DATES[one.date]}" if one.date in _DATES else ""
    return what if one.by == norm else f"{what} (by {citing.short(one.by)})"


def _days(one: CandidateState) -> str:
    if one.day is None:
        return "a day that is not known"
    return f"a day from {one.day} to {one.latest}" if one.latest else str(one.day)


def in_short(found: Resolution, facts: Facts) -> str:
    """Say what became of the last rule, if none is in force, and which acts had no power."""
    citing, wanted = Citing(facts), _STATES_OF.get(found.reason or "", ())
    fitting = [
        (str(one.latest or one.day or ""), candidate)
        for candidate in found.candidates
        for one in candidate.states
        if one.state in wanted
    ]
    _, last = max(fitting, key=lambda one: one[0], default=("", None))
    told = [candidate_sentence(last, citing).removesuffix(".")] if last is not None else []
    vain = [citing.name(one.act) for one in found.acts if "ultra_vires" in one.outcomes]
    return "; ".join([*told, *([f"no power for {', '.join(vain)}"] if vain else [])])


def act_sentence(found: ActOutcomes, citing: Citing) -> str:
    """Say everything that an act did."""
    act = citing.act(found.act)
    outcomes = "; for another part of it, or on another of its days, it ".join(
        _OUTCOMES[one] for one in found.outcomes
    )
    target = _target(act, citing) if act is not None else ""
    return f"{capital(citing.name(found.act))}{target} {outcomes}."


def _target(act: Lifecycle, citing: Citing) -> str:
    if act.target.startswith(INSTRUMENT_PREFIX):
        return f", upon {act.target.removeprefix(INSTRUMENT_PREFIX)},"
    upon = citing.act(act.target)
    return f", upon {citing.short(act.target) if upon is None else citing.name(act.target)},"
