"""How an explanation cites claims: by title, author and id, never by the name of a person."""

from __future__ import annotations

from ledger.domain.claims import Declaration, Lifecycle, Norm, Proposal
from ledger.domain.resolve.facts import Facts

NOUNS = {
    "repeal": "repeal",
    "replace": "replacement",
    "suspend": "suspension",
    "lift": "lifting",
    "extend": "extension",
    "revive": "revival",
    "annul": "annulment",
    "commence": "commencement",
    "postpone": "postponement",
    "amend": "amendment",
}


class Citing:
    """The words for the claims and bodies of one prefix."""

    def __init__(self, facts: Facts) -> None:
        self._by_id = facts.index.by_id
        self._bodies = facts.taxonomy.bodies

    def name(self, claim_id: str) -> str:
        """Cite a claim, with its id."""
        counted = self._by_id.get(claim_id)
        if counted is None:
            return f"claim {claim_id}"
        claim = counted.claim
        if isinstance(claim, Declaration | Proposal):
            return f"the {claim.kind} of {self._speakers(claim)} [{claim_id}]"
        if isinstance(claim, Lifecycle):
            return f"the {NOUNS[claim.act]} of {claim.at}{self._by(claim)} [{claim_id}]"
        issuer = getattr(claim, "issuer", None)
        by = f" of {self.body(issuer)}" if issuer else ""
        return f"{self._title(claim)}{by}, {claim.force} [{claim_id}]"

    def short(self, claim_id: str) -> str:
        """Cite a norm by its title alone, with its id."""
        counted = self._by_id.get(claim_id)
        return f"{self._title(counted.claim)} [{claim_id}]" if counted else f"claim {claim_id}"

    def act(self, claim_id: str) -> Lifecycle | None:
        """Return the act of this id, if it is one."""
        counted = self._by_id.get(claim_id)
        return counted.claim if counted and isinstance(counted.claim, Lifecycle) else None

    def author(self, act: Lifecycle) -> str:
        """Return who acted and in what form: ``Supreme Court, judgment of 2020-03-04``."""
        made = f" of {act.made or act.at}"
        if act.court is not None:
            interim = "interim " if act.court.finality == "interim" else ""
            return f"{act.court.name}, {interim}judgment{made}"
        if act.instrument is not None:
            return f"{self._title(act)}{self._by(act)}{made}"
        return f"{self.body(act.issuer)}, act{made}" if act.issuer else f"an act{made}, {act.force}"

    def body(self, body_id: str) -> str:
        """Return the name of a body."""
        body = self._bodies.get(body_id)
        return body.name if body else body_id

    def statement(self, claim_id: str) -> str:
        """Return the statement of a claim as a sentence."""
        counted = self._by_id.get(claim_id)
        text = counted.claim.statement.strip() if counted else ""
        return text if text.endswith((".", "!", "?")) else f"{text}."

    def _by(self, act: Lifecycle) -> str:
        if act.court is not None:
            return f" by {act.court.name}"
        return f" by {self.body(act.issuer)}" if act.issuer else f", {act.force}"

    def _title(self, claim: object) -> str:
        instrument = getattr(claim, "instrument", None)
        if instrument is None:
            return "the rule" if isinstance(claim, Norm) else "the claim"
        title = str(instrument.title or instrument.id)
        number = f" ({instrument.number})" if instrument.number else ""
        provision = f", {instrument.provision}" if instrument.provision else ""
        return f"{title}{number}{provision}"

    def _speakers(self, claim: Declaration | Proposal) -> str:
        spoke = []
        for speaker in claim.speakers:
            body = self.body(speaker.body) if speaker.body else ""
            spoke.append(" of ".join(part for part in (speaker.office, body) if part))
        named = [who for who in dict.fromkeys(spoke) if who]
        if not named and claim.issuer:
            named = [self.body(claim.issuer)]
        return " and ".join(named) or "an unnamed source"


def capital(text: str) -> str:
    """Return a text as the beginning of a sentence."""
    return text[0].upper() + text[1:]
