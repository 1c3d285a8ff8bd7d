"""How claims are named in sentences: by title, author and force, with their id in brackets.

Speakers are given by office and body, never by name: a name may be redacted, and no answer may
depend on that.
"""

from ledger.domain.claims import Declaration, Lifecycle, Norm, Proposal
from ledger.domain.resolve.facts import Cell, Facts
from ledger.domain.taxonomy import ANY, ORG, Taxonomy

_SHORT_NAME = 28  # characters; an actor class with a longer name is called by its id
_NOUNS = {
    "amend": "amendment",
    "annul": "annulment",
    "commence": "commencement",
    "extend": "extension",
    "lift": "lifting of a suspension",
    "postpone": "postponement",
    "repeal": "repeal",
    "replace": "replacement",
    "revive": "revival",
    "suspend": "suspension",
}


def cell_names(cell: Cell, taxonomy: Taxonomy) -> tuple[str, str, str]:
    """Return what the activity, the place and the actor of a cell are called."""
    activity = taxonomy.activities.get(cell.activity)
    place = taxonomy.jurisdictions.get(cell.jurisdiction)
    who = "anybody" if cell.actor == ANY else cell.actor
    if cell.actor.startswith(ORG) and (body := taxonomy.bodies.get(who.removeprefix(ORG))):
        who = body.name
    elif known := taxonomy.actor_classes.get(cell.actor):
        who = known.name if cell.actor != ANY and len(known.name) <= _SHORT_NAME else who
    return (
        activity.name if activity else cell.activity,
        place.name if place else cell.jurisdiction,
        who,
    )


class ClaimNames:
    """The names of the claims of some facts."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._taxonomy = facts.taxonomy

    def cite(self, claim_id: str) -> str:
        """Cite a claim, with its id."""
        counted = self._facts.index.by_id.get(claim_id)
        if counted is None:
            return f"claim {claim_id}"
        claim = counted.claim
        if isinstance(claim, Declaration | Proposal):
            what = f"the {claim.kind} of {self._speakers(claim)}"
            return f"{what} [{claim_id}]"
        issuer = getattr(claim, "issuer", None)
        by = f" of {self.body(issuer)}" if issuer else ""
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
            body = self.body(speaker.body) if speaker.body else ""
            spoke.append(" of ".join(part for part in (speaker.office, body) if part))
        named = [who for who in dict.fromkeys(spoke) if who]
        if not named and claim.issuer:
            named = [self.body(claim.issuer)]
        return " and ".join(named) or "an unnamed source"

    def source(self, claim_id: str) -> str:
        """Name what a claim comes from: the title of its instrument alone, or who said it."""
        claim = self._facts.index.by_id[claim_id].claim
        if isinstance(claim, Declaration | Proposal):
            return self._speakers(claim)
        return str(claim.instrument.title or claim.instrument.id) if claim.instrument else "a rule"

    def body(self, body_id: str) -> str:
        """Return the name of a body, or its id."""
        body = self._taxonomy.bodies.get(body_id)
        return body.name if body else body_id

    def statement(self, claim_id: str) -> str:
        """Return what a claim states, as a whole sentence."""
        counted = self._facts.index.by_id.get(claim_id)
        text = counted.claim.statement.strip() if counted else ""
        return text if text.endswith((".", "!", "?")) else f"{text}."

    def norm(self, claim_id: str) -> str:
        """Name a norm by the title of its instrument alone, with its id."""
        counted = self._facts.index.by_id[claim_id]
        return f"{self._title(counted.claim)} [{claim_id}]"

    def author(self, claim_id: str) -> str:
        """Name an act by who did it and when: ``Supreme Court, judgment of 2020-03-04 [id]``."""
        claim = self._facts.index.by_id[claim_id].claim
        if not isinstance(claim, Lifecycle):
            return self.cite(claim_id)
        issuer = self.body(claim.issuer) if claim.issuer else ""
        day = claim.made or claim.at
        if claim.force == "judicial":
            court = claim.court.name if claim.court else issuer
            return f"{court or 'a court'}, judgment of {day} [{claim_id}]"
        title = self._title(claim) if claim.instrument else "an act"
        by = f" of {issuer}" if issuer else ""
        return f"{title}{by}, {day} [{claim_id}]"

    def act(self, claim_id: str) -> str:
        """Name an act by what it does and who did it."""
        return f"the {self.noun(claim_id)} by {self.author(claim_id)}"

    def noun(self, claim_id: str) -> str:
        """Name the kind of an act: ``repeal``, ``lifting of a suspension``."""
        claim = self._facts.index.by_id[claim_id].claim
        return _NOUNS[claim.act] if isinstance(claim, Lifecycle) else "act"

    def target(self, claim_id: str) -> str:
        """Name what an act is aimed at, a norm or another act."""
        is_act = isinstance(self._facts.index.by_id[claim_id].claim, Lifecycle)
        return self.act(claim_id) if is_act else self.norm(claim_id)
