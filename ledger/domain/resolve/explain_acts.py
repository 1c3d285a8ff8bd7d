"""Sentences about what became of each matching norm, and about what each act did.

An answer that says lapsed, suspended or ultra vires never comes without the rule, the act and the
day. A norm in force by its own dates needs no sentence here, nor does an act that took effect and
is named as what gave a norm its state.
"""

from collections.abc import Iterator
from typing import Final

from ledger.domain.claims import Lifecycle
from ledger.domain.resolve.candidates_and_acts import ActOutcomes, CandidateState, CandidateStates
from ledger.domain.resolve.claim_names import ClaimNames
from ledger.domain.resolve.facts import Facts
from ledger.domain.resolve.norm_states import Outcome
from ledger.domain.resolve.power import CUTS, Lack
from ledger.domain.resolve.resolve import Resolution
from ledger.domain.resolve.shared_work import shared_facts_of

_DONE: Final = {
    "repeal": "repealed by",
    "replace": "replaced by",
    "annul": "annulled by",
    "extend": "extended until then by",
    "revive": "revived by",
    "commence": "commenced by",
    "postpone": "postponed by",
    "suspend": "suspended by",
    "lift": "the suspension was lifted by",
}
# The states of norms that give a reason.
_STATES_OF: Final = {
    "suspended": ("suspended",),
    "lapsed": ("ended", "annulled", "enabler_lapsed"),
    "not_yet_in_force": ("not_begun",),
}
# What an act without power lacks.
_LACKS: Final[dict[Lack, str]] = {
    "place": "its author's place is {author}, and that of {target} is {place}",
    "court": "what a court did yields only to a court or to constitutional force",
    "force": "{by} force is lower than {on}, and the act names no power under which it was made",
    "carries": "a power carries no {noun}{part}",
    "grant": "no rule of {enabling} is of such force and for such a place as {target}",
    "in_force": "no rule of {enabling} that gives it was in force when it was made",
}
_PART: Final = " but of a part: for an activity, addressees or a place"
_OUTCOMES: Final = {
    "undone": "never happened: {undone}",
    "ultra_vires": "had no effect: {lack}",
    "not_yet": "has no effect yet: its first day is {at}",
    "suspended": "has no effect on this day: it is suspended",
    "nothing_to_do": "changed nothing: there was nothing for it to do",
    "extension_after_expiry": (
        "had no effect: made on {made}, it came, or may have come, after expiry"
    ),
    "took_effect": "took effect from {at}",
}


def became(found: Resolution, facts: Facts) -> Iterator[str]:
    """Yield what became of each norm that matches, if that takes an act or it is not in force."""
    sentences = _Sentences(facts)
    for one in (*found.candidates, *found.recognition_candidates):
        yield from sentences.norm(one)


def did(found: Resolution, facts: Facts) -> Iterator[str]:
    """Yield what each act did that is not named as what gave a norm its state."""
    sentences = _Sentences(facts)
    candidates = (*found.candidates, *found.recognition_candidates)
    named = {state.by for one in candidates for state in one.states}
    for act in dict.fromkeys((*found.acts, *found.recognition_acts)):
        if act.outcomes != ("took_effect",) or act.act not in named:
            yield sentences.act(act)


def in_short(found: Resolution, facts: Facts) -> str:
    """Say what became of the last rule, if none is in force, and which acts had no power."""
    sentences, wanted = _Sentences(facts), _STATES_OF.get(found.reason or "", ())
    fitting = [
        (str(state.latest or state.day or ""), one)
        for one in found.candidates
        for state in one.states
        if state.state in wanted
    ]
    _, last = max(fitting, key=lambda one: one[0], default=("", None))
    told = list(sentences.norm(last)) if last is not None else []
    vain = [sentences.act(one) for one in found.acts if "ultra_vires" in one.outcomes]
    return "; ".join(sentence.removesuffix(".") for sentence in (*told, *vain))


def without_power(act_id: str, facts: Facts) -> str:
    """Say what an act without power lacks."""
    return capital(_Sentences(facts).lack(act_id)) + "."


class _Sentences:
    """The sentences about norms and acts of some facts."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._names = ClaimNames(facts)

    def norm(self, one: CandidateStates) -> Iterator[str]:
        states = [s for s in one.states if s.state != "in_force" or self._act(s) is not None]
        if states:
            clauses = " or, as imprecise dates leave it open, ".join(
                self._clause(one.claim, state) for state in one.states
            )
            yield f"{capital(self._names.norm(one.claim))} {clauses}."

    def act(self, one: ActOutcomes) -> str:
        words = " or ".join(f"{self._outcome(one.act, o)} ({o})" for o in one.outcomes)
        return f"{capital(self._names.act(one.act))} {words}."

    def _outcome(self, act_id: str, outcome: Outcome) -> str:
        act = self._facts.index.by_id[act_id].claim
        if not isinstance(act, Lifecycle):
            return outcome
        if outcome == "not_yet" and act.ex_tunc:
            return f"takes the past as well, though its first day is {act.at}"
        return _OUTCOMES[outcome].format(
            at=act.at,
            made=act.made or act.at,
            lack=self.lack(act_id) if outcome == "ultra_vires" else "",
            undone=self._undone(act_id) if outcome == "undone" else "",
        )

    def _undone(self, act_id: str) -> str:
        """Say what made an act never have happened."""
        index = self._facts.index
        cuts = [
            (one.id, one.claim)
            for one in index.upon(index.by_id[act_id])
            if isinstance(one.claim, Lifecycle) and one.claim.act in CUTS
        ]
        if len(cuts) != 1:
            return "it was undone or annulled from the start"
        cut_id, cut = cuts[0]
        how = "annulled from the start by" if cut.ex_tunc else "undone by its first day by"
        return f"{how} {self._names.author(cut_id)}"

    def lack(self, act_id: str) -> str:
        """Say what an act without power lacks over the first target it has no power over."""
        said = "its author lacked the power"
        act = self._facts.index.by_id[act_id]
        shared = shared_facts_of(self._facts)
        for target in shared.powers.targets(act):
            lack = shared.powers.lacking(act, target)
            if lack is not None and isinstance(act.claim, Lifecycle):
                said += ": " + _LACKS[lack].format(
                    author=shared.scopes.author_place(act),
                    place=shared.scopes.author_place(target),
                    target=self._names.target(target.id),
                    noun=self._names.noun(act_id),
                    part="" if act.claim.act == "amend" else _PART,
                    by=act.claim.force,
                    on=target.claim.force,
                    enabling=act.claim.enabling_instrument,
                )
                break
        return said

    def _act(self, state: CandidateState) -> Lifecycle | None:
        """Return the act that gave a state, if one did."""
        counted = self._facts.index.by_id.get(state.by or "")
        return counted.claim if counted and isinstance(counted.claim, Lifecycle) else None

    def _clause(self, norm: str, state: CandidateState) -> str:
        day = _day(state)
        why = self._why(norm, state)
        if state.state == "in_force":
            return f"has been in force since {day}{why}"
        if state.state == "suspended":
            return f"has been suspended since {day}{why}"
        if state.state == "enabler_lapsed":
            return f"lost what it rests on after {day}{why}"
        if state.state == "not_begun":
            return f"begins on {day}{why}" if state.day else f"has not begun{why}"
        act = self._act(state)
        if act is not None and act.ex_tunc:
            return f"was never in force{why.replace('annulled', 'annulled from the start')}"
        return f"ended on {day}{why}" if state.day else f"has ended{why}"

    def _why(self, norm: str, state: CandidateState) -> str:
        """Return what gave a state, with a colon before it."""
        act = self._act(state)
        if act is not None and state.by is not None:
            held_back = state.state == "not_begun" and act.act == "suspend"
            words = "what would commence it is suspended by" if held_back else _DONE[act.act]
            return f": {words} {self._names.author(state.by)}"
        if state.by is not None and state.by != norm:
            return f": by the dates of {self._names.norm(state.by)}"
        if state.date == "commencement":
            return ": it waits for an act that commences it"
        return ", its last day" if state.date == "effective_to" else ""


def _day(state: CandidateState) -> str:
    if state.latest is not None:
        return f"a day from {state.day} to {state.latest}"
    return str(state.day) if state.day is not None else "a day not known"


def capital(text: str) -> str:
    """Return a text with its first letter as a sentence begins with one."""
    return text[0].upper() + text[1:]
