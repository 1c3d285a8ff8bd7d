"""Which norm prevails, within a regime and across regimes: rule by rule."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.domain.definitions import Profile
from ledger.domain.resolve.conflict import Loser
from ledger.domain.resolve.resolve import Resolution
from ledger.domain.state_records import CountedClaim
from tests.domain.worlds import TAXONOMY, act, ask, facts, norm

DAY = "2024-06-01"
YEAR = {"made": "2020-01-01"}


def rule(claim_id: str, effect: str, **fields: Any) -> CountedClaim:
    """A norm in force since 2020, made then unless said otherwise."""
    return norm(claim_id, effect, "2020-01-01", **{**YEAR, **fields})


def clause(*names: str) -> list[dict[str, str]]:
    """Overrides of these claims or instruments."""
    return [{"claim": name, "provision": "Notwithstanding"} for name in names]


def won(found: Resolution) -> tuple[str, tuple[Loser, ...]]:
    """Status and losers."""
    return found.status, found.losers


def test_override_goes_before_everything() -> None:
    """A general, earlier rule that names a nearer, later one, or its instrument, beats it."""
    for name in ("b", "instrument:B"):
        a = rule("a", "permit", made="2019-01-01", overrides=clause(name))
        b = rule("b", "prohibit", activity="va.deal", instrument={"id": "B"})
        assert won(ask([a, b], DAY, "va.deal")) == ("legal", (Loser("b", "override", "a"),))


def test_an_override_needs_at_least_the_same_force() -> None:
    """A circular cannot override an Act."""
    a = rule("a", "permit", force="supervisory", overrides=clause("b"))
    assert won(ask([a, rule("b", "prohibit")], DAY)) == (
        "prohibited",
        (Loser("a", "lex_superior", "b"),),
    )


def test_two_that_override_each_other_both_stand() -> None:
    """A circle of two: the strictest stands, contested."""
    a = rule("a", "permit", overrides=clause("b"))
    b = rule("b", "authorise", overrides=clause("a"), made="2023-01-01")
    found = ask([a, b], DAY)
    assert found.status == "under_framework"
    assert "contested:cycle" in found.flags
    assert "contested:tie" not in found.flags


def test_the_later_made_wins_only_when_surely_later() -> None:
    """Overlapping dates and dates nobody knows decide nothing."""
    ban = rule("ban", "prohibit", made="2020-06")
    for made, status in [
        ("2020-07-01", "legal"),
        ("2020-06-30", "prohibited"),
        ("2020", "prohibited"),
        ("[2020-07-01..]", "legal"),
        (None, "prohibited"),
    ]:
        found = ask([ban, rule("p", "permit", made=made)], DAY)
        assert found.status == status
        assert ("contested:tie" in found.flags) is (status == "prohibited")
    nameless = rule("ban", "prohibit", made=None)
    assert "contested:tie" in ask([nameless, rule("p", "permit")], DAY).flags


def test_equal_effects_do_not_compete() -> None:
    """Two prohibitions both are the basis, whatever their rank."""
    found = ask([rule("a", "prohibit"), rule("b", "prohibit", force="constitutional")], DAY)
    assert (found.basis, found.losers) == (("a", "b"), ())


def test_nearness_in_activity_and_in_addressee_that_cross_decide_nothing() -> None:
    """Nor does the later date then; the strictest stands, contested as special rules."""
    a = rule("a", "permit", activity="va.deal", made="2024-01-01")
    b = rule("b", "prohibit", addressees=["bank"])
    found = ask([a, b], DAY, "va.deal", actor="bank")
    assert won(found) == ("prohibited", (Loser("a", "stricter_in_tie", "b"),))
    assert "contested:specialis" in found.flags
    assert "contested:tie" not in found.flags
    near = rule("near", "permit", activity="va.deal", addressees=["bank"])
    assert won(ask([near, b], DAY, "va.deal", actor="bank")) == (
        "legal",
        (Loser("b", "lex_specialis_activity", "near"),),
    )


def test_under_its_enabler_a_norm_wins_only_by_override_or_nearness() -> None:
    """Neither a later date nor anything else helps it against the instrument it is made under."""
    act_ = rule("act", "prohibit", instrument={"id": "ACT"})
    under = {"force": "delegated", "enabling_instrument": "ACT"}
    later = rule("rules", "permit", made="2024-01-01", **under)
    assert won(ask([act_, later], DAY)) == (
        "prohibited",
        (Loser("rules", "enabling_instrument", "act"),),
    )
    nearer = rule("rules", "permit", addressees=["vasp"], **under)
    assert won(ask([act_, nearer], DAY, actor="vasp")) == (
        "legal",
        (Loser("act", "lex_specialis_addressee", "rules"),),
    )
    farther = rule("act", "prohibit", instrument={"id": "ACT"}, activity="va.deal")
    found = ask([farther, later], DAY, "va.deal")
    assert won(found) == ("prohibited", (Loser("rules", "lex_specialis_activity", "act"),))


def test_under_its_enabler_goes_before_levels() -> None:
    """A provincial rule made under the federal Act may be the nearer one."""
    act_ = rule("act", "prohibit", instrument={"id": "ACT"})
    local = rule(
        "local",
        "permit",
        jurisdiction="PK-KP",
        force="delegated",
        enabling_instrument="ACT",
        activity="va.deal",
    )
    assert ask([act_, local], DAY, "va.deal", place="PK-KP").status == "legal"


def test_between_levels_only_override_and_force_decide() -> None:
    """Nearness and date do not; what is left is contested between levels."""
    federal = rule("federal", "prohibit")
    local = rule("local", "permit", jurisdiction="PK-KP", activity="va.deal", made="2024-01-01")
    found = ask([federal, local], DAY, "va.deal", place="PK-KP")
    assert found.status == "prohibited"
    assert "contested:levels" in found.flags
    assert "contested:tie" not in found.flags
    lower = rule("local", "permit", jurisdiction="PK-KP", force="supervisory")
    assert won(ask([federal, lower], DAY, place="PK-KP")) == (
        "prohibited",
        (Loser("local", "lex_superior", "federal"),),
    )
    loud = rule("local", "permit", jurisdiction="PK-KP", overrides=clause("federal"))
    assert ask([federal, loud], DAY, place="PK-KP").status == "legal"


def test_what_is_beaten_stays_beaten() -> None:
    """The winner of the first conflict loses the second, and the first loser is not back."""
    old = rule("old", "prohibit", made="2010-01-01")
    middle = rule("middle", "authorise", made="2015-01-01")
    new = rule("new", "permit", made="2018-01-01", overrides=clause("middle"), regime="aml")
    found = ask([old, middle, new], DAY)
    # Nothing of the home regime is left, and a permission elsewhere makes nothing legal.
    assert (found.status, found.reason) == ("undetermined", "outside_regime")
    assert found.losers == (
        Loser("middle", "override", "new"),
        Loser("new", "permit_outside_home_regime", None),
        Loser("old", "lex_posterior", "middle"),
    )


def test_a_circle_of_three_survives_unless_something_outside_beats_it() -> None:
    """Inside the circle nobody loses."""
    a = rule("a", "permit", overrides=clause("b"))
    b = rule("b", "authorise", overrides=clause("c"))
    c = rule("c", "prohibit", overrides=clause("a"))
    # Across regimes only the overrides count, so that they form the circle.
    circle = [a, rule("b", "authorise", overrides=clause("c"), regime="x"), c]
    found = ask([a, b, c], DAY)
    assert found.status == "prohibited"
    assert "contested:cycle" in found.flags
    assert ask(circle, DAY).status == "prohibited"
    above = rule("z", "authorise", force="constitutional", overrides=clause("a", "c"))
    found = ask([a, b, c, above], DAY)
    assert (found.status, found.basis) == ("under_framework", ("z",))
    assert "contested:cycle" not in found.flags


def test_across_regimes_lower_force_and_dates_do_not_reach() -> None:
    """Only overrides and constitutional or supranational force do."""
    circular = rule("circular", "prohibit", force="supervisory", regime="banking")
    assert ask([circular, rule("law", "permit", made="2024-01-01")], DAY).status == "prohibited"
    for force in ("constitutional", "supranational"):
        found = ask([circular, rule("law", "permit", force=force)], DAY)
        assert won(found) == ("legal", (Loser("circular", "lex_superior", "law"),))
    loud = rule("law", "permit", overrides=clause("circular"))
    assert won(ask([circular, loud], DAY)) == ("legal", (Loser("circular", "override", "law"),))


def test_the_strictest_regime_wins() -> None:
    """Each regime gives its result, and the milder ones lose to the strictest."""
    found = ask(
        [
            rule("licence", "authorise"),
            rule("free", "permit", made="2019-01-01"),
            rule("bank", "prohibit", regime="banking"),
        ],
        DAY,
    )
    assert won(found) == (
        "prohibited",
        (Loser("free", "lex_posterior", "licence"), Loser("licence", "stricter_regime", "bank")),
    )


def test_a_permission_counts_only_at_home_but_beats_wherever_it_is() -> None:
    """A tax exemption makes nothing legal, and still ends the tax rule it replaces."""
    exempt = rule("exempt", "permit", regime="tax", made="2023-01-01")
    taxed = rule("taxed", "authorise", regime="tax")
    found = ask([exempt, taxed], DAY)
    assert found.status == "undetermined"
    assert found.losers == (
        Loser("exempt", "permit_outside_home_regime", None),
        Loser("taxed", "lex_posterior", "exempt"),
    )
    assert ask([exempt, rule("ban", "prohibit")], DAY).status == "prohibited"


def test_the_home_regime_is_that_of_the_root() -> None:
    """A norm without a regime belongs to it."""
    assert ask([rule("p", "permit", activity="va.deal")], DAY, "va.deal").status == "legal"
    explicit = rule("p", "permit", activity="va.deal", regime="va")
    assert ask([explicit], DAY, "va.deal").status == "legal"


def test_a_profile_changes_the_order_of_force() -> None:
    """Where the central bank stands above parliament, its circular wins."""
    order = list(Profile(jurisdiction="PK").order)
    order.remove("supervisory")
    order.insert(0, "supervisory")
    world = TAXONOMY.with_definition(
        Profile.model_validate({"jurisdiction": "PK", "order": order}), version="9"
    )
    claims = [rule("law", "permit"), rule("circular", "prohibit", force="supervisory")]
    assert ask(claims, DAY).status == "legal"
    found = ask(facts(*claims, world=world), DAY)
    assert won(found) == ("prohibited", (Loser("law", "lex_superior", "circular"),))
    assert (found.profile, found.taxonomy_version) == ("PK", "9")
    end = act("end", "repeal", "law", "2024-01-01", force="supervisory")
    assert ask(facts(claims[0], end, world=world), DAY).reason == "lapsed"


@pytest.mark.parametrize("count", [5, 40])
def test_many_norms_of_many_ranks_leave_one(count: int) -> None:
    """A chain of later laws: each beats all before it, and all but the last lose to the last."""
    effects = ["prohibit", "permit"]
    claims = [rule(f"n{i:02}", effects[i % 2], made=f"{1950 + i}-01-01") for i in range(count)]
    found = ask(claims, DAY)
    last = f"n{count - 1:02}"
    assert found.basis == (last,)
    beaten = {lost.claim: lost.winner for lost in found.losers}
    assert len(beaten) == count - 1
    assert beaten["n01" if count % 2 else "n00"] == last
