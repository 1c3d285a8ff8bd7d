"""Explain a status in plain words, for a person who has to act on it and may have to defend it.

The words come from the resolution and the claims alone, so that equal inputs give equal text.
Speakers are given by office and body, never by name: a name may be redacted, and no answer may
depend on that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ledger.domain.claims import Declaration, Lifecycle, Norm, Proposal
from ledger.domain.glossary import short
from ledger.domain.resolve.claims_on_cell import claims_on_cell
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
_TOLD = ("pending", "next_change", "actors_differ", "children_differ", "date_uncertain")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whole sentences by subject: one for ``status``, any number for the others."""

    status: str
    basis: tuple[str, ...]
    losers: tuple[str, ...]
    recognition: tuple[str, ...]
    flags: tuple[str, ...]
    change: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """All sentences in reading order."""
        rest = (*self.basis, *self.losers, *self.recognition, *self.flags, *self.change)
        return (self.status, *rest)

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
        losers=explainer.losers(),
        recognition=explainer.recognition(),
        flags=explainer.flags(),
        change=explainer.change(),
    )


class _Explainer:
    """The sentences of one resolution."""

    def __init__(self, resolution: Resolution, facts: Facts) -> None:
        self._found = resolution
        self._facts = facts
        self._taxonomy = facts.taxonomy

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
            out.append(f"No rule decides: {_clause(short(found.reason))}")
        out += [f"It rests on {self._name(c)}: {self._statement(c)}" for c in found.basis]
        return tuple(out)

    def losers(self) -> tuple[str, ...]:
        """Say which claims lost, to which, and by which rule."""
        out = []
        for lost in self._found.losers:
            why = _clause(short(lost.rule))
            to = f" to {self._name(lost.winner)}" if lost.winner else ""
            out.append(f"{_capital(self._name(lost.claim))} yields{to} ({lost.rule}): {why}")
        return tuple(out)

    def recognition(self) -> tuple[str, ...]:
        """Say the recognition, where a claim speaks of it."""
        found = self._found
        if found.recognition is None:
            return ()
        how = "is declared to be" if found.recognition_kind == "declared" else "is"
        names = "; ".join(self._name(claim) for claim in found.recognition_basis)
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
                claim = self._name(flag.partition(":")[2])
                out.append(f"Note (walked_back): {claim} was walked back by the same body.")
            elif flag not in _TOLD:
                out.append(f"Note ({flag}): {_clause(short(flag))}")
        others = (("actors_differ", found.actors), ("children_differ", found.children))
        for term, differing in others:
            if differing:
                each = ", ".join(f"{who} is {_STATUS[status]}" for who, status in differing)
                out.append(f"Note ({term}): {each}.")
        if "date_uncertain" in found.flags:
            out.append(f"Note (date_uncertain): {_clause(short('date_uncertain'))}")
        for one in found.pending:
            about = " (about recognition)" if one.about == "recognition" else ""
            out.append(
                f"Note (pending): {self._name(one.claim)} is at the stage "
                f"{one.stage.replace('_', ' ')}{about}: {self._statement(one.claim)}"
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

    def _name(self, claim_id: str) -> str:
        """Cite a claim, with its id."""
        counted = self._facts.index.by_id.get(claim_id)
        if counted is None:
            return f"claim {claim_id}"
        claim = counted.claim
        if isinstance(claim, Declaration | Proposal):
            what = f"the {claim.kind} of {self._speakers(claim)}"
            return f"{what} [{claim_id}]"
        issuer = getattr(claim, "issuer", None)
        by = f" of {self._body(issuer)}" if issuer else ""
        return f"{self._title(claim)}{by}, {claim.force} [{claim_id}]"

    def _title(self, claim: object) -> str:
        instrument = getattr(claim, "instrument", None)
        if instrument is None:
            kind = "act" if isinstance(claim, Lifecycle) else "rule"
            return f"the {kind}" if isinstance(claim, Norm | Lifecycle) else "the claim"
        title = str(instrument.title or instrument.id)
        number = f" ({instrument.number})" if instrument.number else ""
        provision = f", {instrument.provision}" if instrument.provision else ""
        return f"{title}{number}{provision}"

    def _speakers(self, claim: Declaration | Proposal) -> str:
        spoke = []
        for speaker in claim.speakers:
            body = self._body(speaker.body) if speaker.body else ""
            spoke.append(" of ".join(part for part in (speaker.office, body) if part))
        named = [who for who in dict.fromkeys(spoke) if who]
        if not named and claim.issuer:
            named = [self._body(claim.issuer)]
        return " and ".join(named) or "an unnamed source"

    def _body(self, body_id: str) -> str:
        body = self._taxonomy.bodies.get(body_id)
        return body.name if body else body_id

    def _statement(self, claim_id: str) -> str:
        counted = self._facts.index.by_id.get(claim_id)
        text = counted.claim.statement.strip() if counted else ""
        return text if text.endswith((".", "!", "?")) else f"{text}."


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


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
