"""Explain a status in plain words, for a person who has to act on it and may have to defend it.

The words come from the resolution and the claims alone, so that equal inputs give equal text.
Speakers are given by office and body, never by name: a name may be redacted, and no answer may
depend on that.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from ledger.domain.glossary import short
from ledger.domain.resolve.citing import Citing, capital
from ledger.domain.resolve.claims_on_cell import claims_on_cell
from ledger.domain.resolve.explain_norms import act_sentence, candidate_sentence
from ledger.domain.resolve.facts import Facts
from ledger.domain.resolve.kept_beside import ListedCommitment, StandingDecision
from ledger.domain.resolve.resolve import Resolution
from ledger.domain.resolve.timeline import since
from ledger.domain.taxonomy import ANY, ORG, Taxonomy
from ledger.json_values import members

_STATUS = {
    "prohibited": "prohibited",
    "under_framework": "allowed only under a framework",
    "legal": "legal",
    "undetermined": "undetermined",
    "recognised": "recognised",
    "not_recognised": "not recognised",
}
# Flags that the explanation gives elsewhere, with their details.
_TOLD = frozenset({"pending", "commitment", "next_change", "date_uncertain"})
_TOLD |= {"actors_differ", "children_differ", "places_differ"}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whole sentences by subject: one for ``status``, any number for the others.

    ``candidates`` and ``acts`` have a sentence for each of those of the resolution, in their order;
    likewise the others of these names, and ``position`` and ``commitments``.
    """

    status: str
    basis: tuple[str, ...]
    candidates: tuple[str, ...]
    acts: tuple[str, ...]
    losers: tuple[str, ...]
    position: tuple[str, ...]
    commitments: tuple[str, ...]
    recognition: tuple[str, ...]
    recognition_candidates: tuple[str, ...]
    recognition_acts: tuple[str, ...]
    flags: tuple[str, ...]
    change: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """All sentences in reading order."""
        parts = (getattr(self, one.name) for one in fields(self) if one.name != "status")
        return (self.status, *(sentence for part in parts for sentence in part))

    @property
    def text(self) -> str:
        """The explanation as one paragraph."""
        return " ".join(self.lines)

    def to_value(self) -> dict[str, Any]:
        """Return JSON values."""
        return members(self)


def explain(resolution: Resolution, facts: Facts) -> Explanation:
    """Return a resolution in words. ``facts`` must be those it was resolved from."""
    explainer, citing = _Explainer(resolution, facts), Citing(facts)
    told_of = resolution.recognition_candidates, resolution.recognition_acts
    return Explanation(
        status=explainer.status(),
        basis=explainer.basis(),
        candidates=tuple(candidate_sentence(one, citing) for one in resolution.candidates),
        acts=tuple(act_sentence(one, citing) for one in resolution.acts),
        losers=explainer.losers(),
        position=tuple(_decision(one, citing) for one in resolution.position),
        commitments=tuple(_commitment(one, citing) for one in resolution.commitments),
        recognition=explainer.recognition(),
        recognition_candidates=tuple(candidate_sentence(one, citing) for one in told_of[0]),
        recognition_acts=tuple(act_sentence(one, citing) for one in told_of[1]),
        flags=explainer.flags(),
        change=explainer.change(),
    )


class _Explainer:
    """The sentences of one resolution."""

    def __init__(self, resolution: Resolution, facts: Facts) -> None:
        self._found = resolution
        self._facts = facts
        self._taxonomy = facts.taxonomy
        self._citing = Citing(facts)

    def status(self) -> str:
        """Say which status holds for whom, when, and since when."""
        found, cell = self._found, self._found.cell
        activity = self._taxonomy.activities.get(cell.activity)
        place = self._taxonomy.jurisdictions.get(cell.jurisdiction)
        what = f"{activity.name} ({cell.activity})" if activity else cell.activity
        where = f"{place.name} ({cell.jurisdiction})" if place else cell.jurisdiction
        verb = "is declared to be" if found.basis_kind == "declared" else "is"
        first = since(cell, self._facts, found.day, found.view)
        begun = f"since {first}" if first else "for as far back as the record goes"
        text = (
            f"On {found.day}, {what} in {where} for {_actor(cell.actor, self._taxonomy)} "
            f"{verb} {_STATUS[found.status]}, {begun}"
        )
        if found.possible[1:]:
            others = " or ".join(_STATUS[s] for s in found.possible if s != found.status)
            text += f"; imprecise dates leave it possible that it is {others}"
        return text + "."

    def basis(self) -> tuple[str, ...]:
        """Say what the answer rests on, or why it rests on nothing."""
        found = self._found
        out = []
        if found.reason is not None:
            kept = f" {_kept(found.noted)}" if found.noted else ""
            out.append(f"No rule decides: {_clause(short(found.reason))}{kept}")
        out += [
            f"It rests on {self._citing.name(c)}: {self._citing.statement(c)}" for c in found.basis
        ]
        return tuple(out)

    def losers(self) -> tuple[str, ...]:
        """Say which claims lost, to which, and by which rule."""
        out = []
        for lost in self._found.losers:
            why = _clause(short(lost.rule))
            to = f" to {self._citing.name(lost.winner)}" if lost.winner else ""
            out.append(f"{capital(self._citing.name(lost.claim))} yields{to} ({lost.rule}): {why}")
        return tuple(out)

    def recognition(self) -> tuple[str, ...]:
        """Say the recognition, where a claim speaks of it."""
        found = self._found
        if found.recognition is None:
            return ()
        how = "is declared to be" if found.recognition_kind == "declared" else "is"
        names = "; ".join(self._citing.name(claim) for claim in found.recognition_basis)
        by = f" by {names}" if names else ""
        sentence = (
            f"Separately from the status, recognition {how} "
            f"{_STATUS[found.recognition]}{by}; recognition prohibits and permits nothing."
        )
        return (sentence,)

    def flags(self) -> tuple[str, ...]:
        """Say every flag that no other sentence gives."""
        found = self._found
        out = []
        for flag in found.flags:
            if flag.startswith("walked_back:"):
                claim = self._citing.name(flag.partition(":")[2])
                out.append(f"Note (walked_back): {claim} was walked back by the same body.")
            elif flag not in _TOLD:
                out.append(f"Note ({flag}): {_clause(short(flag))}")
        for term in ("actors_differ", "children_differ", "places_differ"):
            differing = getattr(found, term.removesuffix("_differ"))
            if differing:
                each = ", ".join(f"{who} is {_STATUS[status]}" for who, status in differing)
                out.append(f"Note ({term}): {each}.")
        if "date_uncertain" in found.flags:
            out.append(f"Note (date_uncertain): {_clause(short('date_uncertain'))}")
        for one in found.pending:
            about = " (about recognition)" if one.about == "recognition" else ""
            out.append(
                f"Note (pending): {self._citing.name(one.claim)} is at the stage "
                f"{one.stage.replace('_', ' ')}{about}: {self._citing.statement(one.claim)}"
            )
        return tuple(out)

    def change(self) -> tuple[str, ...]:
        """Say what passing time alone will change next."""
        found = self._found
        if found.next_change is None:
            return ("On what is recorded, passing time alone changes nothing after this day.",)
        then = claims_on_cell(found.cell, self._facts).answer(found.next_change, found.view)
        last = found.next_change - timedelta(days=1)
        if then.status != found.status:
            what = f"the status becomes {_STATUS[then.status]}"
        elif then.reason != found.reason:
            what = "the status stays and the reason for it changes"
        else:
            what = "the status stays and rests on other claims"
        why = f" ({_clause(short(then.reason)).rstrip('.')})" if then.reason else ""
        sentence = (
            f"This answer holds up to and including {last}; on {found.next_change}, "
            f"if nothing new is recorded, {what}{why}."
        )
        return (sentence,)


def _decision(one: StandingDecision, citing: Citing) -> str:
    by = f" by {citing.body(one.issuer)}" if one.issuer else ""
    made = f", made {one.made}" if one.made else ""
    until = f", until {one.effective_to}" if one.effective_to else ""
    what = capital((one.outcome or "decision").replace("_", " "))
    return f"{what}{by}{made}{until} [{one.claim}]: {citing.statement(one.claim)}"


def _commitment(one: ListedCommitment, citing: Citing) -> str:
    who = " and ".join(map(citing.body, one.bodies)) or "An unnamed body"
    when = f", {one.uttered_at}" if one.uttered_at else ""
    return f"{who}{when} [{one.claim}]: {citing.statement(one.claim)}"


def _kept(notes: int) -> str:
    return "1 note is kept." if notes == 1 else f"{notes} notes are kept."


def _actor(actor: str, taxonomy: Taxonomy) -> str:
    if actor == ANY:
        return "everybody"
    if actor.startswith(ORG):
        body = taxonomy.bodies.get(actor.removeprefix(ORG))
        return body.name if body else actor
    known = taxonomy.actor_classes.get(actor)
    return f"the class {known.name} ({actor})" if known and known.name != actor else actor


def _clause(sentence: str) -> str:
    """Return a sentence as the continuation of another."""
    return sentence[0].lower() + sentence[1:]
