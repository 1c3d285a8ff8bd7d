"""Explain a status in plain words, for a person who has to act on it and may have to defend it.

The words come from the resolution and the claims alone, so that equal inputs give equal text.
Speakers are given by office and body, never by name: a name may be redacted, and no answer may
depend on that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ledger.domain.glossary import short
from ledger.domain.resolve.claim_names import ClaimNames
from ledger.domain.resolve.claims_on_cell import claims_on_cell
from ledger.domain.resolve.explain_acts import became, capital, did
from ledger.domain.resolve.facts import Facts
from ledger.domain.resolve.resolve import Resolution
from ledger.domain.resolve.timeline import since
from ledger.domain.taxonomy import ANY, ORG, Taxonomy

_STATUS = {
    "prohibited": "prohibited",
    "under_framework": "allowed only under a framework",
    "legal": "legal",
    "undetermined": "undetermined",
    "recognised": "recognised",
    "not_recognised": "not recognised",
}
# Flags that the explanation gives elsewhere, with their details.
_TOLD = (
    *("pending", "next_change", "commitment", "date_uncertain"),
    *("actors_differ", "children_differ", "places_differ"),
)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whole sentences by subject: one for ``status``, any number for the others."""

    status: str
    basis: tuple[str, ...]
    candidates: tuple[str, ...]
    acts: tuple[str, ...]
    losers: tuple[str, ...]
    recognition: tuple[str, ...]
    beside: tuple[str, ...]
    flags: tuple[str, ...]
    change: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """All sentences in reading order."""
        rules = (*self.basis, *self.candidates, *self.acts, *self.losers)
        return (self.status, *rules, *self.recognition, *self.beside, *self.flags, *self.change)

    @property
    def text(self) -> str:
        """The explanation as one paragraph."""
        return " ".join(self.lines)


def explain(resolution: Resolution, facts: Facts) -> Explanation:
    """Return a resolution in words. ``facts`` must be those it was resolved from."""
    explainer = _Explainer(resolution, facts)
    return Explanation(
        status=explainer.status(),
        basis=explainer.basis(),
        candidates=tuple(became(resolution, facts)),
        acts=tuple(did(resolution, facts)),
        losers=explainer.losers(),
        recognition=explainer.recognition(),
        beside=explainer.beside(),
        flags=explainer.flags(),
        change=explainer.change(),
    )


class _Explainer:
    """The sentences of one resolution."""

    def __init__(self, resolution: Resolution, facts: Facts) -> None:
        self._found = resolution
        self._facts = facts
        self._taxonomy = facts.taxonomy
        self._names = ClaimNames(facts)

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
        if found.noted:
            notes = "1 note is kept" if found.noted == 1 else f"{found.noted} notes are kept"
            out.append(f"No rule decides: nothing that bears on the status; {notes}.")
        elif found.reason is not None:
            out.append(f"No rule decides: {_clause(short(found.reason))}")
        out += [
            f"It rests on {self._names.cite(c)}: {self._names.statement(c)}" for c in found.basis
        ]
        return tuple(out)

    def losers(self) -> tuple[str, ...]:
        """Say which claims lost, to which, and by which rule."""
        out = []
        for lost in self._found.losers:
            why = _clause(short(lost.rule))
            to = f" to {self._names.cite(lost.winner)}" if lost.winner else ""
            out.append(f"{capital(self._names.cite(lost.claim))} yields{to} ({lost.rule}): {why}")
        return tuple(out)

    def recognition(self) -> tuple[str, ...]:
        """Say the recognition, where a claim speaks of it."""
        found = self._found
        if found.recognition is None:
            return ()
        how = "is declared to be" if found.recognition_kind == "declared" else "is"
        names = "; ".join(self._names.cite(claim) for claim in found.recognition_basis)
        by = f" by {names}" if names else ""
        sentence = (
            f"Separately from the status, recognition {how} "
            f"{_STATUS[found.recognition]}{by}; recognition prohibits and permits nothing."
        )
        return (sentence,)

    def beside(self) -> tuple[str, ...]:
        """Say which decisions stand for the organisation, and what bodies have committed to."""
        actor, out = _actor(self._found.cell.actor, self._taxonomy), []
        for one in self._found.position:
            until = f", until {one.effective_to}" if one.effective_to else ""
            words = (one.outcome or "decided").replace("_", " ")
            by = self._names.body(one.issuer) if one.issuer else "a body not named"
            day = one.made or "a day not given"
            out.append(
                f"For {actor} a decision stands: {words}, of {day}{until}, by {by} "
                f"[{one.claim}]: {self._names.statement(one.claim)}"
            )
        for made in self._found.commitments:
            who = " and ".join(map(self._names.body, made.bodies)) or "A body not named"
            day = f" ({made.uttered_at})" if made.uttered_at else ""
            text = self._names.statement(made.claim)
            out.append(f"{capital(who)} committed itself{day} [{made.claim}]: {text}")
        return tuple(out)

    def flags(self) -> tuple[str, ...]:
        """Say every flag that no other sentence gives."""
        found = self._found
        out = []
        for flag in found.flags:
            if flag.startswith("walked_back:"):
                claim = self._names.cite(flag.partition(":")[2])
                out.append(f"Note (walked_back): {claim} was walked back by the same body.")
            elif flag not in _TOLD:
                out.append(f"Note ({flag}): {_clause(short(flag))}")
        others = (
            ("actors_differ", found.actors),
            ("children_differ", found.children),
            ("places_differ", found.places),
        )
        for term, differing in others:
            if differing:
                each = ", ".join(f"{who} is {_STATUS[status]}" for who, status in differing)
                out.append(f"Note ({term}): {each}.")
        if "date_uncertain" in found.flags:
            out.append(f"Note (date_uncertain): {_clause(short('date_uncertain'))}")
        for one in found.pending:
            about = " (about recognition)" if one.about == "recognition" else ""
            out.append(
                f"Note (pending): {self._names.cite(one.claim)} is at the stage "
                f"{one.stage.replace('_', ' ')}{about}: {self._names.statement(one.claim)}"
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
            what = f"the status becomes {_STATUS[then.status]} in place of {_STATUS[found.status]}"
        elif then.reason != found.reason:
            what = "the status stays and the reason for it changes"
        else:
            what = f"the status stays and rests on {self._other_basis(then.basis)}"
        why = f" ({_clause(short(then.reason)).rstrip('.')})" if then.reason else ""
        sentence = (
            f"This answer holds up to and including {last}; on {found.next_change}, "
            f"if nothing new is recorded, {what}{why}."
        )
        return (sentence,)

    def _other_basis(self, then: Sequence[str]) -> str:
        """Say which claims a status will rest on, and which of its basis it will not."""
        now = self._found.basis
        come = " and ".join(self._names.cite(one) for one in then if one not in now)
        gone = " and ".join(self._names.cite(one) for one in now if one not in then)
        if not come:
            return f"the rest of its basis, without {gone}"
        return f"{come} in place of {gone}" if gone else f"{come} as well"


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
