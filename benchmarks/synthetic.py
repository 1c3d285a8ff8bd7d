"""Claims that nobody made: any number of them, the same ones for the same seed.

They are spread evenly over the places (jurisdiction, activity) of the starter taxonomy and over
the years 2015 to 2026. A place gets at most ``MAX_NORMS`` norms; what comes after is said, decided
or merely noted, so a status rests on a few dozen norms however long the log is. About one claim in
three carries values that are kept beside the log (names, quotes).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

from ledger.api.creating import starter_taxonomy
from ledger.domain.claims import CLAIM, Claim
from ledger.domain.definitions import Body

SEED: Final = 20250708
MAX_NORMS: Final = 5  # of one place: times its ancestors and a union's, at most 32 for most cells
UNION: Final = "EU"

_FIRST = date(2015, 1, 1)
_DAYS = (date(2026, 12, 31) - _FIRST).days
_ORGANISATIONS = 24
_EFFECTS = ("prohibit", "authorise", "authorise", "permit", "recognise", "not_recognise")
_FORCES = ("primary", "primary", "primary", "supervisory", "supervisory", "delegated")
_ACTS = ("amend", "amend", "suspend", "suspend", "repeal", "postpone", "commence")
_ASSERTS = ("legal", "prohibited", "under_framework", "not:legal", "recognised")
_STAGES = ("idea", "drafting", "tabled", "passed_lower", "passed", "gazetted")
_KINDS = {
    "norm": 60,
    "lifecycle": 12,
    "declaration": 15,
    "proposal": 6,
    "decision": 3,
    "context": 4,
}
_WITHOUT_NORMS = {kind: weight for kind, weight in _KINDS.items() if kind != "norm"}
_TEXT: Final = (
    "no person shall carry on the business of dealing in virtual assets within the territory "
    "except under and in accordance with a licence granted by the authority which may attach "
    "conditions as to capital custody of client assets records reporting and the fitness of "
    "those in control"
)

Place = tuple[str, str]


def organisations() -> tuple[Body, ...]:
    """Return the parties that decisions are about; define them before recording."""
    taxonomy = starter_taxonomy()
    homes = [j["id"] for j in taxonomy["jurisdictions"] if j["id"] != UNION]
    return tuple(
        Body(id=f"Bench.{n:02}", name=f"Benchmark party {n}", jurisdiction=homes[n % len(homes)])
        for n in range(_ORGANISATIONS)
    )


def validated(values: Iterable[dict[str, Any]]) -> list[Claim]:
    """Return the claims that these values stand for."""
    return [CLAIM.validate_python(value) for value in values]


class Claims:
    """An endless series of claims. ``norms`` counts those made so far by place."""

    def __init__(self, seed: int = SEED) -> None:
        taxonomy = starter_taxonomy()
        self._random = random.Random(seed)  # noqa: S311  # the same series every time
        self._places = [
            (j["id"], a["id"]) for j in taxonomy["jurisdictions"] for a in taxonomy["activities"]
        ]
        self._classes = [c["id"] for c in taxonomy["actor_classes"] if c["id"] != "any"]
        self._enabling: dict[str, str] = {}  # jurisdiction -> an instrument of force primary
        self._norms: list[tuple[str, Place, date]] = []
        self._words = _TEXT.split()
        self._made = 0
        self.norms: Counter[Place] = Counter()

    def values(self, count: int) -> list[dict[str, Any]]:
        """Return the next claims as JSON values, as a claims file would hold them."""
        return [self._next() for _ in range(count)]

    def take(self, count: int) -> list[Claim]:
        """Return the next claims, validated."""
        return validated(self.values(count))

    # --- one claim -------------------------------------------------------------------------------

    def _next(self) -> dict[str, Any]:
        draw = self._random
        self._made += 1
        place = draw.choice(self._places)
        weights = _KINDS if self.norms[place] < MAX_NORMS else _WITHOUT_NORMS
        kind = draw.choices(list(weights), list(weights.values()))[0]
        if kind == "lifecycle" and not self._norms:
            kind = "context"
        day = _FIRST + timedelta(days=draw.randrange(_DAYS))
        claim = {
            "kind": kind,
            "key": f"bench.{self._made}",
            "jurisdiction": place[0],
            "activity": place[1],
            "addressees": self._addressees(),
            "statement": self._text(18).capitalize() + ".",
            "reports": [self._report(day)],
            "confidence": draw.choice(("low", "medium", "high")),
        }
        if draw.random() < 0.3:
            claim |= {"quote": self._text(40), "quote_lang": "en"}
        make = getattr(self, f"_{kind}")
        made: dict[str, Any] = make(claim, place, day)
        return made

    def _norm(self, claim: dict[str, Any], place: Place, day: date) -> dict[str, Any]:
        draw = self._random
        instrument = f"{place[0]}-{day.year}-{self._made}"
        force = "supranational" if place[0] == UNION else draw.choice(_FORCES)
        if force == "delegated" and place[0] not in self._enabling:
            force = "primary"
        claim |= {
            "force": force,
            "effect": draw.choice(_EFFECTS),
            "instrument": {"id": instrument, "title": f"Instrument {self._made}"},
            "made": day.isoformat(),
            "effective_from": (day + timedelta(days=draw.randrange(120))).isoformat(),
            "primary_source_seen": draw.random() < 0.5,
        }
        if force == "delegated":
            claim["enabling_instrument"] = self._enabling[place[0]]
        elif force == "primary" and place[0] not in self._enabling:
            self._enabling[place[0]] = instrument
        if draw.random() < 0.2:
            claim["effective_to"] = (day + timedelta(days=draw.randrange(400, 3000))).isoformat()
        self._norms.append((claim["key"], place, day))
        self.norms[place] += 1
        return claim

    def _lifecycle(self, claim: dict[str, Any], place: Place, day: date) -> dict[str, Any]:
        del place, day
        draw = self._random
        key, (jurisdiction, activity), made = draw.choice(self._norms)
        at = made + timedelta(days=draw.randrange(30, 1500))
        act = draw.choice(_ACTS)
        claim |= {
            "jurisdiction": jurisdiction,
            "activity": activity,
            "addressees": ["any"],  # it bears wherever its target does
            "force": "supranational" if jurisdiction == UNION else "primary",
            "act": act,
            "target": f"key:{key}",
            "made": at.isoformat(),
            "at": at.isoformat(),
        }
        if act == "suspend":
            claim["until"] = (at + timedelta(days=draw.randrange(30, 400))).isoformat()
        return claim

    def _declaration(self, claim: dict[str, Any], place: Place, day: date) -> dict[str, Any]:
        return self._said(claim, place, day) | {"asserts": self._random.choice(_ASSERTS)}

    def _proposal(self, claim: dict[str, Any], place: Place, day: date) -> dict[str, Any]:
        return self._said(claim, place, day) | {"stage": self._random.choice(_STAGES)}

    def _context(self, claim: dict[str, Any], place: Place, day: date) -> dict[str, Any]:
        return self._said(claim, place, day) | {"force": "report"}

    def _decision(self, claim: dict[str, Any], place: Place, day: date) -> dict[str, Any]:
        del place
        return claim | {
            "force": "individual",
            "addressees": [f"org:Bench.{self._random.randrange(_ORGANISATIONS):02}"],
            "outcome": self._random.choice(("granted", "granted", "refused", "revoked")),
            "made": day.isoformat(),
            "effective_from": day.isoformat(),
        }

    def _said(self, claim: dict[str, Any], place: Place, day: date) -> dict[str, Any]:
        speaker = {"person": f"Person {self._random.randrange(500)}", "office": "Secretary"}
        return claim | {
            "force": "institutional" if place[0] == UNION else "official",
            "uttered_at": day.isoformat(),
            "speakers": [speaker],
        }

    # --- its parts -------------------------------------------------------------------------------

    def _addressees(self) -> list[str]:
        if self._random.random() < 0.6:
            return ["any"]
        return self._random.sample(self._classes, self._random.randint(1, 2))

    def _report(self, day: date) -> dict[str, str]:
        return {
            "url": f"https://example.org/{day.year}/{self._made}",
            "publisher": "Example Gazette",
            "title": self._text(8),
            "published": day.isoformat(),
        }

    def _text(self, words: int) -> str:
        return " ".join(self._random.choices(self._words, k=words))
