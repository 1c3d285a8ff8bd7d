"""Random ledgers such as recording would accept, with all that the rules speak of.

Everything comes from one ``random.Random``, so that a seed names a ledger for good.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from ledger.domain.claims import CLAIM
from ledger.domain.edtf_dates import parse
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import Taxonomy
from tests.domain.resolve.oracle_world import Ask
from tests.domain.resolve.recordable import recordable
from tests.domain.resolve.small_world import (
    ACTIVITIES,
    ACTORS,
    BODIES,
    FIRST,
    HORIZON,
    PLACES,
    SWAPPED,
    TAXONOMY,
    on,
)
from tests.domain.worlds import LONG_AGO, REPORT

ON_NORMS = (
    "repeal", "replace", "annul", "suspend", "suspend", "suspend", "lift", "lift", "extend",
    "extend", "revive", "revive", "commence", "postpone", "amend",
)  # fmt: skip
ENABLERS = ("I0", "I0", "I0", "I1", "I1", "I2", "none")
ON_ACTS = ("repeal", "replace", "annul", "suspend")


@dataclass(frozen=True)
class Ledger:
    """Random claims, with questions about them."""

    claims: tuple[CountedClaim, ...]
    taxonomy: Taxonomy
    asks: tuple[Ask, ...]


@dataclass(frozen=True)
class Theme:
    """How many claims of each sort a ledger has at most, and what its norms are like."""

    norms: int
    acts: int
    statements: int
    enabled: float = 0.15  # chance that a norm rests on an instrument
    ends: float = 0.3
    one_act: float = 0.7  # chance that a norm names its instrument


THEMES = (
    Theme(norms=4, acts=5, statements=2),
    Theme(norms=2, acts=9, statements=0, ends=0.6),
    Theme(norms=7, acts=2, statements=0, ends=0.1),
    Theme(norms=7, acts=0, statements=0, ends=0.0, one_act=0.3),
    Theme(norms=4, acts=4, statements=0, enabled=0.7),
    Theme(norms=3, acts=1, statements=7),
)


class Generator:
    """Makes one ledger."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311  # a test's dice
        self.days = [self.chance.randint(2, HORIZON - 2) for _ in range(7)]
        self.fuzz = self.chance.choice([0.0, 0.0, 0.0, 0.1, 0.3])
        self.shared = [self._imprecise(self._near()) for _ in range(2)]
        self.places = self.chance.choice([("PK",), ("PK", "PK", "PK-SD"), ("PK", "PK", *PLACES)])
        self.top = self.chance.choice(["primary", "primary", "constitutional", "supervisory"])
        self.actors = self.chance.choice([(), ("bank",), ACTORS])
        self.theme = self.chance.choice(THEMES)
        self.claims: list[CountedClaim] = []

    def ledger(self, asks: int) -> Ledger:
        """The ledger, with some questions."""
        most = self.theme
        for i in range(self.chance.randint((most.norms + 1) // 2, most.norms)):
            while not any(c.id == f"n{i}" for c in self.claims):
                self._add(f"n{i}", self._norm(i))
        for i in range(self.chance.randint(0, most.acts)):
            self._add(f"x{i}", self._act())
        for i in range(self.chance.randint(most.statements // 2, most.statements)):
            self._add(f"s{i}", self._statement())
        world = self.chance.choice([TAXONOMY, TAXONOMY, TAXONOMY, SWAPPED])
        kept = recordable(self.claims, world)
        self.chance.shuffle(kept)
        return Ledger(tuple(kept), world, tuple(self._ask() for _ in range(asks)))

    # --- small choices --------------------------------------------------------------------------

    def _may(self, chance: float) -> bool:
        return self.chance.random() < chance

    def _of(self, *values: Any) -> Any:
        return self.chance.choice(values)

    def _near(self) -> int:
        return self.chance.choice(self.days) + self.chance.choice((-1, 0, 0, 0, 0, 1))

    def _imprecise(self, number: int) -> str:
        day, later = on(number), on(number + self.chance.randint(1, 6))
        return str(
            self._of(
                f"[{day}..{later}]",
                f"[{day}..{later}]",
                f"{day:%Y-%m}",
                f"{day:%Y-%m}~",
                f"{day}~",
                f"[..{day}]",
                f"[{day}..]",
            )
        )

    def _text(self, number: int | None = None) -> str:
        number = self._near() if number is None else number
        if self.fuzz and self._may(self.fuzz):
            return self.chance.choice([self._imprecise(number), *self.shared])
        return on(number).isoformat()

    def _maybe(self, chance: float, number: int | None = None) -> str | None:
        return self._text(number) if self._may(chance) else None

    def _instrument(self, chance: float) -> dict[str, str] | None:
        return {"id": self._of("I0", "I1", "I2")} if self._may(chance) else None

    def _addressees(self) -> list[str]:
        if not self.actors or self._may(0.5):
            return ["any"]
        some = [*self.actors, "any"]
        return self.chance.sample(some, self.chance.randint(1, min(2, len(some))))

    def _activity(self) -> str:
        return str(self._of("va", "va", *ACTIVITIES))

    def _add(self, name: str, fields: dict[str, Any]) -> None:
        """Keep a claim, unless its fields disagree with each other."""
        whole = {"statement": "A statement.", "reports": [REPORT], **fields}
        try:
            claim = CLAIM.validate_python({k: v for k, v in whole.items() if v is not None})
        except ValidationError:
            return
        recorded = on(self._near()) if self._may(0.1) else LONG_AGO
        seq = len(self.claims)
        self.claims.append(
            CountedClaim(id=name, claim=claim, seq=seq, counted_seq=seq, counted_on=recorded)
        )

    def _ask(self) -> Ask:
        about = self._of(*(c.claim for c in self.claims if c.claim.kind != "lifecycle"))
        place, activity = about.jurisdiction, about.activity
        wider = (place,) * 3 if self._may(0.5) else PLACES
        lower = [a for a in ACTIVITIES if a.startswith(activity)]
        actors = ("any", "any", *about.addressees) if self._may(0.6) else ACTORS
        cell = (
            self._of(*(p for p in (*wider, place) if p.startswith(place) or place == "EU")),
            self._of(*lower, activity),
            self._of(*actors, *self.actors),
        )
        day = on(self._of(self._near(), max(self._near(), self._near())))
        return Ask(cell, day, self._of("prudential", "prudential", "normative"))

    # --- kinds of claims ------------------------------------------------------------------------

    def _norm(self, number: int) -> dict[str, Any]:
        place = self._of(*self.places)
        forces = ["primary", "primary", "primary", "delegated", "supervisory", self.top]
        force = "supranational" if place == "EU" else self._of(*forces)
        start = min(self._near(), self._near())
        enabled = force == "delegated" or self._may(self.theme.enabled)
        usual = ["prohibit", "prohibit", "authorise", "authorise", "permit", "permit"]
        return {
            "kind": "norm",
            "jurisdiction": place,
            "activity": self._activity(),
            "addressees": self._addressees(),
            "force": force,
            "effect": self._of(*usual, *(("recognise", "not_recognise") if self._may(0.2) else ())),
            "regime": self._of(None, None, None, "va", "tax"),
            "instrument": self._instrument(self.theme.one_act),
            "enabling_instrument": self._of("I0", "I0", "I1", "I1", "I2", "none")
            if enabled
            else None,
            "saved_by": self._of(None, None, "I0", "I2", "gone") if enabled else None,
            "made": self._maybe(0.7, self._of(start, start, self._near())),
            "published": self._maybe(0.2),
            "effective_from": self._maybe(0.7, start),
            "effective_to": self._maybe(self.theme.ends, start + self.chance.randint(0, 25)),
            "applicable_from": self._maybe(0.1, start + self.chance.randint(0, 9)),
            "commencement": "pending" if self._may(0.15) else None,
            "overrides": self._overrides(number),
            "primary_source_seen": self.chance.choice([None, True, False]),
        }

    def _overrides(self, number: int) -> list[dict[str, str]]:
        if not self._may(0.15):
            return []
        others = [f"n{i}" for i in range(self.theme.norms) if i != number]
        return [{"claim": self._of(*others, "instrument:I0"), "provision": "1"}]

    def _act(self) -> dict[str, Any]:
        norms = [c for c in self.claims if c.claim.kind == "norm"]
        acts = [c for c in self.claims if c.claim.kind == "lifecycle"]
        if not norms:
            return {}
        target = self._of(*norms, *norms, *acts, *acts)
        upon = target.claim
        stays = [a.claim for a in acts if _stays(a.claim, target.id) and upon.kind == "norm"]
        what = self._of(*self._kinds(upon, stays))
        stayed = stays[0] if what == "lift" and stays else None
        made, at, until = self._timing(what, stayed or upon)
        whole = upon.kind == "norm" and upon.instrument is not None and self._may(0.4)
        power = self._may(0.1 if stayed else 0.3)
        its = (upon.jurisdiction,) * 4
        place = self._of(None, *its, *self.places)
        return {
            "kind": "lifecycle",
            "act": what,
            "target": f"instrument:{upon.instrument.id}" if whole else target.id,
            "jurisdiction": place,
            "activity": self._of(None, None, upon.activity, upon.activity, self._activity()),
            "addressees": self._addressees() if self._may(0.3) else list(upon.addressees),
            "issuer": self._of(*BODIES) if place is None or self._may(0.15) else None,
            "force": "delegated" if power else self._force(stayed or upon),
            "enabling_instrument": self._enabler(upon) if power or self._may(0.05) else None,
            "instrument": self._instrument(0.1),
            "made": None if made is None else self._text(made),
            "at": self._text(at),
            "until": None if until is None else self._text(until),
            "ex_tunc": what == "annul" and self._may(0.4),
        }

    def _kinds(self, upon: Any, stays: Sequence[Any]) -> Sequence[str]:
        """The kinds of act that a claim can be the target of, and is likely to be."""
        if upon.kind == "lifecycle":
            return (*ON_ACTS, *(("lift", "extend", "extend") if upon.act == "suspend" else ()))
        if upon.commencement == "pending" and self._may(0.7):
            return ("commence", "commence", "postpone")
        kinds = [kind for kind in ON_NORMS if kind != "extend" or upon.effective_to]
        return ("lift", "lift", *kinds) if stays else kinds

    def _force(self, upon: Any) -> str:
        if upon.force == "judicial" and self._may(0.6):
            return str(self._of("judicial", "judicial", "constitutional"))
        other = "supranational" if "EU" in self.places else "supervisory"
        common = ("primary",) * 6 + ("judicial",) * 5 + ("constitutional",) * 2
        return str(self._of(*common, self.top, other))

    def _enabler(self, upon: Any) -> str:
        own = upon.instrument.id if upon.kind == "norm" and upon.instrument else "I1"
        return str(self._of(own, own, "I0", "I1", "I2", "none"))

    def _timing(self, what: str, upon: Any) -> tuple[int | None, int, int | None]:
        """When an act is made, its first and last day: often so that it has something to do."""
        at, length = self._near(), self.chance.randint(0, 20)
        made = at - self.chance.randint(0, 9) if what == "postpone" or self._may(0.4) else None
        if self._may(0.7):
            last = _number(getattr(upon, "effective_to", None) or getattr(upon, "until", None))
            start = _number(getattr(upon, "effective_from", None) or getattr(upon, "at", None))
            if what == "extend" and last is not None:
                at = last + self._of(-3, 0, 1, 1, 1, 5)
                made = min(at, last) + self._of(-2, 0, 1, 2) if self._may(0.7) else None
            elif what in ("postpone", "lift", "revive") and start is not None:
                at = start + self.chance.randint(1, 12)
                made = start - self._of(-1, 0, 1, 3) if what == "postpone" else made
        until = None
        if what == "extend" or (what in ("suspend", "revive") and self._may(0.5)):
            until = at + length
        return made, at, until

    def _statement(self) -> dict[str, Any]:
        common = ["declaration"] * 3 + ["proposal"] * 3
        kind = self._of(*common, "commitment", "recommendation", "decision", "context")
        recognition = self._may(0.2)
        fields: dict[str, Any] = {
            "kind": kind,
            "jurisdiction": self._of(*self.places),
            "activity": self._activity(),
            "addressees": self._addressees(),
        }
        if kind == "decision":
            return fields | self._decision()
        fields |= {
            "force": self._of("official", "official", "institutional", "report"),
            "uttered_at": self._text(),
            "issuer": self._of(None, "PK.SBP"),
        }
        if kind in ("declaration", "proposal"):
            words = ("recognised", "not_recognised")
            usual = (None, "prohibited", "legal", "under_framework", "not:prohibited", "not:legal")
            fields["asserts"] = self._of(*(words if recognition else usual))
        if kind == "declaration":
            speakers = self.chance.sample(["PK.SBP", "PK.MOF"], self.chance.randint(0, 2))
            fields["speakers"] = [{"office": "Governor", "body": b} for b in speakers]
        if kind == "proposal":
            fields["stage"] = self._of("idea", "tabled", "passed", "vetoed", "enacted")
            fields["bill"] = self._of(None, "b1", "b1", "b2")
        return fields

    def _decision(self) -> dict[str, Any]:
        return {
            "force": "individual",
            "addressees": [self._of("org:ours", "org:ours", "org:other")],
            "outcome": self._of("granted", "granted", "refused", "revoked"),
            "issuer": self._of("PK.SBP", "PK.MOF"),
            "made": on(self._near()).isoformat(),
            "effective_to": self._of(None, on(self._near()).isoformat()),
        }


def random_ledger(seed: int, *, asks: int = 3) -> Ledger:
    """The ledger of a seed."""
    return Generator(seed).ledger(asks)


def _number(text: str | None) -> int | None:
    """The number of the first day that a text can mean."""
    first = parse(text).earliest if text else None
    return None if first is None else (first - FIRST).days


def _stays(claim: Any, target: str) -> bool:
    """Whether an act suspends this target."""
    return bool(claim.act == "suspend" and claim.target == target)
