"""What to look at again before claims are signed: dates, acts without effect, surprising results.

Nothing here is refused, and nothing is recorded. The look at the law is limited to few claims, and
to the cells they are about, so that it costs no more in a long log.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Final

from ledger.api.opened_ledger import OpenLedger
from ledger.domain.claim_parts import INSTRUMENT_PREFIX
from ledger.domain.claims import Claim, Lifecycle, Norm
from ledger.domain.edtf_dates import parse
from ledger.domain.glossary import short
from ledger.domain.resolve.claims_on_cell import claims_on_cell
from ledger.domain.resolve.explain_acts import without_power
from ledger.domain.resolve.facts import Cell, Facts
from ledger.domain.rules.state import State
from ledger.domain.state_records import CountedClaim
from ledger.domain.suspect_dates import suspect_dates
from ledger.domain.taxonomy import ANY, Taxonomy

_MOST: Final = 50  # claims whose effect is worked out
_TARGETS: Final = 8  # norms of an instrument that an act is tried on
_NO_EFFECT: Final = frozenset({"undone", "ultra_vires", "nothing_to_do", "extension_after_expiry"})
_SURPRISES: Final = ("older_prevails", "superior_vs_specialis")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reason to look again: at which claim (its place among those given), field, and what to do.

    ``index`` counts from 0.
    """

    index: int
    field: str
    message: str
    hint: str = ""


def doubts_about(
    base: OpenLedger, claims: Sequence[Claim], fresh: Sequence[tuple[str, Claim]]
) -> tuple[Doubt, ...]:
    """Return every doubt about these claims.

    ``fresh`` are those that are not recorded yet, under new ids, or a correction under its old one.
    """
    today = base.today()
    found = [
        Doubt(n, *odd) for n, claim in enumerate(claims) for odd in suspect_dates(claim, today)
    ]
    place = {claim.key or claim.statement: n for n, claim in reversed(list(enumerate(claims)))}
    if len(fresh) <= _MOST:
        with base.references() as refs:
            effects = _Effects(base, refs.state, dict(fresh), today)
            for claim_id, claim in fresh:
                index = place.get(claim.key or claim.statement, 0)
                found += [Doubt(index, *one) for one in effects.of(claim_id, claim)]
    return tuple(sorted(found, key=lambda one: one.index))


class _Effects:
    """What claims would do if they counted now."""

    def __init__(
        self, base: OpenLedger, state: State, fresh: Mapping[str, Claim], today: date
    ) -> None:
        self._base = base
        self._state = state
        self._fresh = fresh
        self._today = today

    def of(self, claim_id: str, claim: Claim) -> Iterator[tuple[str, str, str]]:
        """Yield (field, message, hint) for an act without effect, or a rule that surprises."""
        if isinstance(claim, Lifecycle):
            yield from self._of_act(claim_id, claim)
        elif isinstance(claim, Norm):
            yield from self._of_norm(claim)

    def _of_act(self, act_id: str, act: Lifecycle) -> Iterator[tuple[str, str, str]]:
        outcomes: set[str] = set()
        taxonomy = self._base.taxonomy
        for norm in islice(self._norms_under(act, set()), _TARGETS):
            cell, day = _cell(act, norm, taxonomy), _day(act.at, self._today)
            facts = self._facts(cell)[1]
            for line in claims_on_cell(cell, facts).lines(day):
                acts = line.told(day.toordinal(), "prudential").acts
                outcomes |= {o for one in acts if one.act == act_id for o in one.outcomes}
        if outcomes and outcomes <= _NO_EFFECT:
            why = " ".join(
                without_power(act_id, facts) if one == "ultra_vires" else short(one)
                for one in sorted(outcomes)
            )
            yield "act", f"this {act.act} would have no effect: {', '.join(sorted(outcomes))}", why

    def _of_norm(self, norm: Norm) -> Iterator[tuple[str, str, str]]:
        start = max(norm.start_texts, default=norm.made or "", key=lambda t: _day(t, self._today))
        if not start:
            return
        cell = Cell(norm.jurisdiction, norm.activity, norm.addressees[0])
        before, after = self._facts(cell)
        day = max(_day(start, self._today), self._today)
        old, new = (claims_on_cell(cell, one).answer(day, "prudential") for one in (before, after))
        for flag in sorted(new.flags - old.flags):
            if flag in _SURPRISES:
                yield "effect", f"with this rule {cell} gets the flag {flag}", short(flag)

    def _norms_under(self, act: Lifecycle, seen: set[str]) -> Iterator[Norm]:
        """Yield the norms that an act finally acts upon, by way of other acts."""
        for target_id, target in self._targets(act.target):
            if isinstance(target, Norm):
                yield target
            elif isinstance(target, Lifecycle) and target_id not in seen:
                yield from self._norms_under(target, seen | {target_id})

    def _targets(self, target: str) -> Iterable[tuple[str, Claim | None]]:
        instrument = target.removeprefix(INSTRUMENT_PREFIX)
        if instrument == target:
            return [(target, self._fresh.get(target) or self._state.claim(target))]
        held = {**dict(self._state.norms_of(instrument)), **self._fresh}
        return [
            (i, c)
            for i, c in held.items()
            if isinstance(c, Norm) and c.instrument and c.instrument.id == instrument
        ]

    def _facts(self, cell: Cell) -> tuple[Facts, Facts]:
        """Return the facts of a cell as they are, and as they were if the new claims counted."""
        with self._base.store.reading() as conn:
            before = self._base.loader(conn, self._base.point().size).load_cell(cell)
        new = [
            CountedClaim(claim_id, claim, before.size + n, before.size + n, self._today)
            for n, (claim_id, claim) in enumerate(self._fresh.items())
        ]
        kept = [counted for counted in before.claims if counted.id not in self._fresh]
        return before, replace(before, claims=(*kept, *new))


def _cell(act: Lifecycle, norm: Norm, taxonomy: Taxonomy) -> Cell:
    """Return a cell on which both bear: of each part, the narrower one."""
    place, activity = norm.jurisdiction, norm.activity
    if act.jurisdiction and place in taxonomy.jurisdiction_path(act.jurisdiction):
        place = act.jurisdiction
    if act.activity and activity in taxonomy.ancestors(act.activity):
        activity = act.activity
    named = norm.addressees if ANY in act.addressees else act.addressees
    return Cell(place, activity, named[0])


def _day(text: str, otherwise: date) -> date:
    days = parse(text)
    return days.latest or days.earliest or otherwise
