"""Which of two norms in force goes before the other (conflict of laws), rule by rule.

X beats Y, if their effects differ, by the first rule that decides. Between norms of one *family*,
that is of one instrument, or a norm and those of the instrument it was made under:

1. *override*: X says that it prevails over Y or over Y's instrument (a "notwithstanding" clause);
2. the nearer addressee (an exemption for persons goes before the chapters), the nearer place, the
   nearer activity;
3. between a norm and its enabling instrument, the instrument's norm; between norms of one
   instrument, lex posterior.

Between all others of one regime, and between two of a family of which only one is constitutional or
supranational:

1. *override*, as above;
2. *lex superior*: the higher force, where it is constitutional or supranational, or its norm is the
   stricter one, or its norm is at least as near in activity and in addressee. Otherwise nothing
   decides: a general licensing Act does not by itself lift a stricter special rule;
3. *lex specialis*: the norm that is at least as near in activity and in addressee, and nearer in
   one. Where the two cross, nothing decides;
4. *lex posterior*: the norm that was surely made later.

Between different levels of jurisdiction only override and lex superior apply. Across regimes the
rules of a family, overrides, and constitutional or supranational force decide.

Decisions where the rules leave room:

* Two norms are of different levels when their jurisdictions differ.
* Of two places on one path the deeper one is nearer; a union is farther than a country.
* Where lex specialis decides by activity and by addressee, the activity is named.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from ledger.domain.claim_parts import INSTRUMENT_PREFIX
from ledger.domain.claims import Norm
from ledger.domain.edtf_dates import parse
from ledger.domain.resolve.intervals import BEGIN, FOREVER, highest, lowest
from ledger.domain.resolve.matching import Match, Nearness
from ledger.domain.resolve.status_values import STATUS_OF, STRICTNESS
from ledger.domain.taxonomy import Taxonomy

REACHES_ACROSS = frozenset({"constitutional", "supranational"})
RULES: Final = (
    *("override", "lex_superior", "lex_specialis_activity", "lex_specialis_addressee"),
    *("lex_specialis_place", "enabling_instrument", "lex_posterior"),
)
TIE, LEVELS, CROSSED = "contested:tie", "contested:levels", "contested:specialis"
_SUPERIOR_VS_SPECIALIS, _OLDER_PREVAILS = "superior_vs_specialis", "older_prevails"


@dataclass(frozen=True, slots=True, eq=False)
class Contender:
    """A norm with what decides a conflict. A larger rank is the higher force.

    ``activity`` and ``place`` are depths in the taxonomy: of two norms that match one cell, the
    deeper one is nearer, whatever the cell. Contenders are equal by identity.
    """

    id: str
    effect: str
    force: str
    rank: int
    regime: str
    jurisdiction: str
    place: int
    activity: int
    addressee: Nearness
    made_low: int  # ordinal of the first day on which it may have been made
    made_high: int
    instrument: str | None
    enabling: str | None
    overrides: frozenset[str]

    @property
    def status(self) -> str:
        """The status this norm would give."""
        return STATUS_OF[self.effect]

    @property
    def reaches_across(self) -> bool:
        """Whether its force decides across regimes and against any nearer norm."""
        return self.force in REACHES_ACROSS

    def overrides_by_name(self, other: "Contender") -> bool:
        """Return whether this norm says that it prevails over the other or its instrument."""
        of = {f"{INSTRUMENT_PREFIX}{other.instrument}"} if other.instrument is not None else set()
        return not self.overrides.isdisjoint({other.id, *of})

    def made_surely_before(self, other: "Contender") -> bool:
        """Return whether it was made earlier however the dates of both are read."""
        return self.made_high < other.made_low

    def counts_in(self, home: str | None) -> bool:
        """Return whether it can give the status: a permission only in ``home`` (None: always)."""
        return home is None or self.effect != "permit" or self.regime == home


def contender(match: Match, taxonomy: Taxonomy, jurisdiction: str) -> Contender:
    """Return a norm, ranked by a jurisdiction's order of force. Raises TypeError for no norm."""
    claim = match.counted.claim
    if not isinstance(claim, Norm):
        raise TypeError(f"{match.counted.id} is no norm")
    made = parse(claim.made) if claim.made else None
    place = taxonomy.jurisdictions.get(claim.jurisdiction)
    is_union = place is not None and place.kind == "supranational"
    return Contender(
        id=match.counted.id,
        effect=claim.effect,
        force=claim.force,
        rank=taxonomy.rank(claim.force, jurisdiction),
        regime=claim.regime or taxonomy.home_regime(claim.activity),
        jurisdiction=claim.jurisdiction,
        place=0 if is_union else len(taxonomy.jurisdiction_path(claim.jurisdiction)),
        activity=len(taxonomy.ancestors(claim.activity)),
        addressee=match.addressee,
        # A norm without ``made`` is never surely later, and nothing is surely later than it.
        made_low=BEGIN if made is None else lowest(made),
        made_high=FOREVER if made is None else highest(made),
        instrument=claim.instrument.id if claim.instrument else None,
        enabling=claim.enabling_instrument,
        overrides=frozenset(override.claim for override in claim.overrides),
    )


class Comparison(NamedTuple):
    """The rule by which x beats y, and the rule by which y beats x; None where it does not.

    ``flag`` is set wherever both are in force, ``left_over`` where both survive.
    """

    x: str | None = None
    y: str | None = None
    flag: str | None = None
    left_over: str | None = None


Compare = Callable[[Contender, Contender], Comparison]
UNDECIDED = Comparison()


def compare(x: Contender, y: Contender) -> Comparison:
    """Return which of two norms beats the other, and by which rule. The order does not matter."""
    if x.effect == y.effect:
        return UNDECIDED
    over = _override(x, y)
    if over != UNDECIDED:
        return over
    if _is_family(x, y) and x.reaches_across is y.reaches_across:
        return _in_family(x, y)
    if x.regime != y.regime:
        higher = max(x, y, key=lambda norm: norm.rank)
        across = higher.reaches_across and x.rank != y.rank
        return _lex_superior(x, y) if across else UNDECIDED
    return _within_regime(x, y)


def _override(x: Contender, y: Contender) -> Comparison:
    """Let a norm win that names the other and has at least its force; each may beat the other."""
    x_over = x.rank >= y.rank and x.overrides_by_name(y)
    y_over = y.rank >= x.rank and y.overrides_by_name(x)
    return Comparison("override" if x_over else None, "override" if y_over else None)


def _is_family(x: Contender, y: Contender) -> bool:
    """Return whether both are of one instrument, or one of the instrument the other rests on."""
    if x.instrument is not None and x.instrument in (y.instrument, y.enabling):
        return True
    return y.instrument is not None and y.instrument == x.enabling


def _in_family(x: Contender, y: Contender) -> Comparison:
    leads = (
        ("lex_specialis_addressee", x.addressee.lead(y.addressee)),
        ("lex_specialis_place", x.place - y.place),
        ("lex_specialis_activity", x.activity - y.activity),
        ("enabling_instrument", _enables(x, y) - _enables(y, x)),
    )
    for rule, lead in leads:
        if lead:
            return _won(rule, lead)
    return _lex_posterior(x, y)


def _enables(x: Contender, y: Contender) -> bool:
    return y.enabling is not None and y.enabling == x.instrument


def _within_regime(x: Contender, y: Contender) -> Comparison:
    if x.rank != y.rank:
        return _lex_superior(x, y)
    if x.jurisdiction != y.jurisdiction:
        return Comparison(left_over=LEVELS)
    activity, addressee = _nearness(x, y)
    if activity * addressee < 0:  # one is nearer in activity, the other in addressee
        return Comparison(left_over=CROSSED)
    if activity or addressee:
        return _lex_specialis(x, y, activity, addressee)
    return _lex_posterior(x, y)


def _nearness(x: Contender, y: Contender) -> tuple[int, int]:
    """Return by how much x is nearer in activity and in addressee; negative where y is."""
    return x.activity - y.activity, x.addressee.lead(y.addressee)


def _lex_superior(x: Contender, y: Contender) -> Comparison:
    """Let the higher force win (lex superior), unless a milder norm meets a nearer one."""
    high, low = (x, y) if x.rank > y.rank else (y, x)
    low_is_nearer = max(_nearness(low, high)) > 0
    stricter = STRICTNESS[high.status] > STRICTNESS[low.status]
    flag = _SUPERIOR_VS_SPECIALIS if low_is_nearer else None
    if high.reaches_across or stricter or not low_is_nearer:
        return _won("lex_superior", x.rank - y.rank)._replace(flag=flag)
    levels = x.jurisdiction != y.jurisdiction
    return Comparison(flag=flag, left_over=LEVELS if levels else None)


def _lex_specialis(x: Contender, y: Contender, activity: int, addressee: int) -> Comparison:
    """Let the nearer norm win (lex specialis derogat legi generali), though it be the older."""
    rule = "lex_specialis_activity" if activity else "lex_specialis_addressee"
    won = _won(rule, activity or addressee)
    winner, loser = (x, y) if won.x else (y, x)
    return won._replace(flag=_OLDER_PREVAILS if winner.made_surely_before(loser) else None)


def _lex_posterior(x: Contender, y: Contender) -> Comparison:
    """Let the norm win that was surely made later (lex posterior derogat legi priori)."""
    lead = y.made_surely_before(x) - x.made_surely_before(y)
    if lead:
        return _won("lex_posterior", lead)
    left_over = LEVELS if x.jurisdiction != y.jurisdiction else TIE
    return Comparison(left_over=left_over if x.regime == y.regime else None)


def _won(rule: str, lead: int) -> Comparison:
    """Return that x won by the rule where its lead is positive, y where it is negative."""
    return Comparison(x=rule) if lead > 0 else Comparison(y=rule)
