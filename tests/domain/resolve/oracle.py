"""A naive resolver to hold the real one against: sets of days, no caches, no intervals, no reuse.

It is written from the rules alone and shares no code with :mod:`ledger.domain` but the models and
the taxonomy. Days are numbers from 0 to ``HORIZON``; an open end is the horizon. Dates must be
precise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cmp_to_key
from typing import Any

from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import Taxonomy

EPOCH = date(2024, 1, 1)
HORIZON = 60
WORLD = range(HORIZON + 1)
STRICT = ["prohibited", "under_framework", "legal"]
STATUS = {"prohibit": "prohibited", "authorise": "under_framework", "permit": "legal"}
KINDS = ["commence", "postpone", "extend", "suspend", "lift", "CUT", "revive", "amend"]
LADDER = [
    "constitutional",
    "supranational",
    "primary",
    "delegated",
    "supervisory",
    "individual",
    "institutional",
    "official",
    "report",
    "judicial",
]
CUT = ("repeal", "replace", "annul")


def number(text: str) -> int:
    """The number of a day."""
    return (date.fromisoformat(text) - EPOCH).days


class Oracle:
    """Answers for one small world."""

    def __init__(self, claims: Sequence[CountedClaim], taxonomy: Taxonomy) -> None:
        self.claims = {c.id: c.claim for c in claims}
        self.taxonomy = taxonomy
        self.flags: set[str] = set()

    # --- acts -----------------------------------------------------------------------------------

    def acts(self, target: str) -> list[str]:
        """Acts aimed at a claim or at its instrument, in order."""
        aims = {target}
        instrument = getattr(self.claims[target], "instrument", None)
        if instrument is not None and self.claims[target].kind == "norm":
            aims.add(f"instrument:{instrument.id}")
        found = [i for i, c in self.claims.items() if c.kind == "lifecycle" and c.target in aims]
        return sorted(found, key=cmp_to_key(self.compare))

    def compare(self, a: str, b: str) -> int:
        """Which of two acts applies first."""
        x: Any = self.claims[a]
        y: Any = self.claims[b]
        if x.at != y.at:
            return number(x.at) - number(y.at)
        kinds = [KINDS.index("CUT" if c.act in CUT else c.act) for c in (x, y)]
        if kinds[0] != kinds[1]:
            return kinds[0] - kinds[1]
        made = [number(c.made or c.at) for c in (x, y)]
        if made[0] != made[1]:
            return made[0] - made[1]
        until = [number(c.until) if c.until else 10**6 for c in (x, y)]
        return until[0] - until[1]

    def can(self, act: str, target: str) -> bool:
        """Whether an act has power over its target."""
        a, t = self.claims[act], self.claims[target]
        whose, where = str(a.jurisdiction), str(t.jurisdiction)
        if not (where == whose or where.startswith(whose + "-")):
            return False
        if t.force == "judicial":
            return a.force in ("judicial", "constitutional")
        return a.force == "judicial" or LADDER.index(a.force) <= LADDER.index(t.force)

    def works_on(self, act: str, day: int) -> bool:
        """Whether an act has happened and its effect is not suspended on a day."""
        a: Any = self.claims[act]
        for other in self.acts(act):
            o: Any = self.claims[other]
            if not self.can(other, act) or not self.works_on(other, day):
                continue
            if o.act in CUT and number(o.at) <= number(a.at):
                return False
            if o.act == "annul" and o.ex_tunc:
                return False
            if o.act == "suspend" and day in self.hole(other, day):
                return False
        return True

    def hole(self, suspension: str, day: int) -> set[int]:
        """The days a suspension takes away, as it is on a day."""
        s: Any = self.claims[suspension]
        until = number(s.until) if s.until else None
        end: int | None = None
        for other in self.acts(suspension):
            o: Any = self.claims[other]
            if not self.can(other, suspension) or not self.works_on(other, day):
                continue
            if o.act in (*CUT, "lift"):
                end = number(o.at) if end is None else min(end, number(o.at))
            in_time = until is not None and number(o.made or o.at) <= until + 1
            if o.act == "extend" and end is None and until is not None and in_time:
                until = max(until, number(o.until))
        days = {d for d in WORLD if d >= number(s.at) and (until is None or d <= until)}
        return days if end is None else {d for d in days if d < end}

    # --- norms ----------------------------------------------------------------------------------

    def own_days(self, norm: str, day: int, *, suspended: bool) -> set[int]:
        """The days a norm is in force by its own dates and acts, as these work on ``day``."""
        story = Story(self, norm, day)
        for act in self.acts(norm):
            if self.can(act, norm) and self.works_on(act, day):
                story.tell(act)
        return story.days(suspended=suspended)

    def start(self, norm: str) -> int | None:
        """The first day a norm's own text gives."""
        n: Any = self.claims[norm]
        if n.commencement:
            return None
        start = number(n.effective_from or n.published or n.made)
        return max(start, number(n.applicable_from)) if n.applicable_from else start

    def in_force(self, norm: str, day: int, *, suspended: bool = True) -> bool:
        """Whether a norm is in force on a day."""
        n: Any = self.claims[norm]
        if day not in self.own_days(norm, day, suspended=suspended):
            return False
        if n.enabling_instrument is None:
            return True
        return any(
            self.instrument_in_force(i, day, suspended=suspended)
            for i in (n.enabling_instrument, n.saved_by)
            if i
        )

    def instrument_in_force(self, instrument: str, day: int, *, suspended: bool) -> bool:
        """Whether some norm of an instrument is in force; one nobody recorded is."""
        norms = [
            i
            for i, c in self.claims.items()
            if c.kind == "norm" and c.instrument is not None and c.instrument.id == instrument
        ]
        return not norms or any(self.in_force(i, day, suspended=suspended) for i in norms)

    # --- the contest ----------------------------------------------------------------------------

    def matches(self, claim: str, place: str, activity: str, actor: str) -> bool:
        """Whether a claim matches a cell (no unions, no organisations)."""
        c = self.claims[claim]
        here = place == c.jurisdiction or place.startswith(f"{c.jurisdiction}-")
        about = activity == c.activity or activity.startswith(f"{c.activity}.")
        return here and about and bool({"any", actor} & set(c.addressees))

    def near(self, claim: str, activity: str, actor: str) -> tuple[int, int]:
        """How far a claim's activity and addressees are from the cell's."""
        c = self.claims[claim]
        to_actor = 0 if actor != "any" and actor in c.addressees else 1
        return activity.count(".") - str(c.activity).count("."), to_actor

    def beats(self, x: str, y: str, activity: str, actor: str) -> bool:
        """Whether x beats y."""
        a: Any = self.claims[x]
        b: Any = self.claims[y]
        force = [LADDER.index(a.force), LADDER.index(b.force)]
        over_y = self.names(a, y, b) and force[0] <= force[1]
        over_x = self.names(b, x, a) and force[1] <= force[0]
        nearness = [self.near(x, activity, actor), self.near(y, activity, actor)]
        regimes = [c.regime or self.taxonomy.home_regime(c.activity) for c in (a, b)]
        if a.effect == b.effect:
            answer = False
        elif over_y or over_x:
            answer = over_y
        elif regimes[0] != regimes[1]:
            answer = force[0] < force[1] and a.force in ("constitutional", "supranational")
        elif b.instrument and a.enabling_instrument == b.instrument.id:
            answer = nearness[0] < nearness[1]
        elif a.instrument and b.enabling_instrument == a.instrument.id:
            answer = nearness[0] <= nearness[1]
        elif force[0] != force[1]:
            answer = force[0] < force[1]
        elif a.jurisdiction != b.jurisdiction:
            answer = False
        elif nearness[0] != nearness[1]:
            answer = nearness[0] < nearness[1]
        else:
            answer = bool(a.made and b.made and number(a.made) > number(b.made))
        return answer

    def names(self, claim: Any, other: str, content: Any) -> bool:
        """Whether a norm's override clauses name another."""
        named = {o.claim for o in claim.overrides}
        instrument = f"instrument:{content.instrument.id}" if content.instrument else None
        return other in named or instrument in named

    def survivors(self, norms: Sequence[str], activity: str, actor: str) -> list[str]:
        """Members of the components that nothing outside beats."""
        beaten = {
            y: {x for x in norms if x != y and self.beats(x, y, activity, actor)} for y in norms
        }

        def above(norm: str) -> set[str]:
            seen: set[str] = set()
            todo = [norm]
            while todo:
                for winner in beaten[todo.pop()]:
                    if winner not in seen:
                        seen.add(winner)
                        todo.append(winner)
            return seen

        return [n for n in norms if all(n in above(winner) for winner in above(n))]

    def norms(self, place: str, activity: str, actor: str) -> list[str]:
        """The candidates for a cell's status."""
        return [
            i
            for i, c in self.claims.items()
            if c.kind == "norm"
            and c.effect in STATUS
            and LADDER.index(c.force) <= LADDER.index("supervisory")
            and self.matches(i, place, activity, actor)
        ]

    def status(
        self, place: str, activity: str, actor: str, day: int
    ) -> tuple[str, str | None, tuple[str, ...]]:
        """Normative status, reason and basis of a cell."""
        norms = self.norms(place, activity, actor)
        here = [n for n in norms if self.in_force(n, day)]
        alive = self.survivors(here, activity, actor)
        home = self.taxonomy.home_regime(activity)
        found: list[tuple[str, str]] = []
        for norm in alive:
            n: Any = self.claims[norm]
            regime = n.regime or self.taxonomy.home_regime(n.activity)
            if n.effect != "permit" or regime == home:
                found.append((STATUS[n.effect], norm))
        for status in STRICT:
            basis = [norm for given, norm in found if given == status]
            if basis:
                return status, None, tuple(sorted(basis))
        return "undetermined", self.reason(norms, here, day), ()

    def reason(self, norms: Iterable[str], here: Sequence[str], day: int) -> str:
        """Why no norm decides."""
        known = list(norms)
        if any(n not in here and self.in_force(n, day, suspended=False) for n in known):
            return "suspended"
        if any(self.begun(n, day) for n in known):
            return "lapsed"
        return "not_yet_in_force" if known else "no_claims"

    def begun(self, norm: str, day: int) -> bool:
        """Whether a norm's start has passed; suspensions of acts are left aside."""
        start = self.start(norm)
        for act in self.acts(norm):
            a: Any = self.claims[act]
            if not self.can(act, norm) or not self.happened(act):
                continue
            moved = a.act == "postpone" and start is not None and start > number(a.made)
            if a.act == "commence" or moved:
                start = number(a.at)
        return start is not None and start <= day

    def happened(self, act: str) -> bool:
        """Whether an act happened, suspensions aside."""
        a: Any = self.claims[act]
        for other in self.acts(act):
            o: Any = self.claims[other]
            undoes = o.act in CUT and (o.ex_tunc or o.at <= a.at)
            if undoes and self.can(other, act) and self.happened(other):
                return False
        return True


class Story:
    """One norm's lives: the first from its own dates, one more for every revival."""

    def __init__(self, oracle: Oracle, norm: str, day: int) -> None:
        n: Any = oracle.claims[norm]
        last = number(n.effective_to) if n.effective_to else None
        self.oracle, self.day, self.dead = oracle, day, False
        first = {"start": oracle.start(norm), "last": last, "cut": None}
        self.lives: list[dict[str, Any]] = [first]
        self.holes: dict[str, set[int]] = {}

    def tell(self, act: str) -> None:
        """Apply an act."""
        a: Any = self.oracle.claims[act]
        if a.act in CUT:
            self.cut(a)
        elif a.act == "lift":
            self.lift(act, number(a.at))
        elif a.act == "suspend":
            self.holes[act] = self.oracle.hole(act, self.day)
        elif a.act == "revive":
            end = number(a.until) if a.until else self.lives[-1]["last"]
            self.lives.append({"start": number(a.at), "last": end, "cut": None})
            self.dead = False
        elif a.act == "extend":
            self.extend(a)
        else:
            self.move(a)

    def move(self, a: Any) -> None:
        """Commence or postpone."""
        start = self.lives[0]["start"]
        moved = a.act == "postpone" and start is not None and start > number(a.made)
        if a.act == "commence" or moved:
            self.lives[0]["start"] = number(a.at)

    def extend(self, a: Any) -> None:
        """Move the last day, where that was done in time."""
        last = self.lives[-1]["last"]
        if not self.dead and last is not None and number(a.made or a.at) <= last + 1:
            self.lives[-1]["last"] = max(last, number(a.until))

    def cut(self, a: Any) -> None:
        """End every life, or undo it."""
        self.dead = True
        for life in self.lives:
            at = -1 if a.ex_tunc else number(a.at)
            life["cut"] = at if life["cut"] is None else min(life["cut"], at)

    def lift(self, act: str, at: int) -> None:
        """End the suspensions that have begun."""
        for suspension, days in self.holes.items():
            s: Any = self.oracle.claims[suspension]
            yields = s.force != "judicial" or self.oracle.can(act, suspension)
            if yields and number(s.at) <= at:
                self.holes[suspension] = {d for d in days if d < at}

    def days(self, *, suspended: bool) -> set[int]:
        """All days of all lives, without the holes where these count."""
        found = {
            d
            for d in WORLD
            for life in self.lives
            if life["start"] is not None
            and life["start"] <= d
            and (life["last"] is None or d <= life["last"])
            and (life["cut"] is None or d < life["cut"])
        }
        return found - set().union(*self.holes.values()) if suspended else found
