"""Acts, rule by rule: scope, power, order, and what each kind does to a norm."""

from __future__ import annotations

from typing import Any

import pytest

from tests.domain.worlds import BAN, act, ask, instrument, norm, status

# --- scope ---------------------------------------------------------------------------------------


def test_an_act_that_covers_its_target_has_no_limit_for_what_rests_on_it() -> None:
    """The repeal of the enabling Act, about mining, ends rules about custody made under it."""
    law = norm(
        *("law", "authorise", "2024-01-01"), activity="va.mining", instrument=instrument("LAW")
    )
    rules = norm(
        *("rules", "prohibit", "2024-01-01"),
        force="delegated",
        activity="va.custody",
        enabling_instrument="LAW",
    )
    for activity, over in (("va.mining", True), ("va", True), (None, True), ("va.tax", False)):
        end = act("end", "repeal", "instrument:LAW", "2024-06-01", activity=activity)
        found = ask([law, rules, end], "2024-07-01", "va.custody")
        assert (found.status == "undetermined") is over


def test_an_act_without_activity_bears_wherever_its_target_does() -> None:
    """In the place that it names, or everywhere."""
    end = act("end", "suspend", "ban", "2024-03-01", activity=None, jurisdiction="PK-KP")
    assert ask([BAN, end], "2024-04-01", "va.mining", place="PK-KP").status == "prohibited"
    stay = act(
        *("end", "suspend", "ban", "2024-03-01"),
        activity=None,
        jurisdiction="PK-KP",
        issuer="PK.SBP",
    )
    assert ask([BAN, stay], "2024-04-01", "va.mining", place="PK-KP").reason == "suspended"
    assert ask([BAN, stay], "2024-04-01", "va.mining").status == "prohibited"
    everywhere = act(
        "end", "suspend", "ban", "2024-03-01", activity=None, jurisdiction=None, issuer="PK.SBP"
    )
    assert ask([BAN, everywhere], "2024-04-01", place="PK-KP").reason == "suspended"


def test_an_act_upon_an_act_bears_within_its_own_scope() -> None:
    """A suspension lifted for exchanges runs on for all others."""
    stay = act("stay", "suspend", "ban", "2024-03-01")
    lift = act("lift", "lift", "stay", "2024-04-01", activity="va.exchange")
    claims = [BAN, stay, lift]
    assert ask(claims, "2024-05-01", "va.exchange").status == "prohibited"
    assert ask(claims, "2024-05-01", "va.custody").reason == "suspended"


def test_an_act_for_one_organisation_bears_on_it_alone() -> None:
    """A class it holds is not exempted with it."""
    end = act("end", "suspend", "ban", "2024-02-01", addressees=["org:acme"])
    assert ask([BAN, end], "2024-03-01", actor="org:acme").reason == "suspended"
    assert ask([BAN, end], "2024-03-01", actor="vasp").status == "prohibited"
    assert ask([BAN, end], "2024-03-01").actors == (("org:acme", "undetermined"),)


# --- power ---------------------------------------------------------------------------------------

LOWER: dict[str, Any] = {"force": "delegated", "enabling_instrument": "LAW"}
POWER = norm(
    *("power", "permit", "2024-01-01"),
    effective_to="2024-06-30",
    activity="va.tax",
    regime="tax",
    instrument=instrument("POWERS"),
)


@pytest.mark.parametrize(
    ("kind", "more", "works"),
    [
        ("suspend", {}, True),
        ("repeal", {}, False),
        ("annul", {}, False),
        ("repeal", {"activity": "va.exchange"}, True),
        ("repeal", {"addressees": ["bank"]}, True),
        ("repeal", {"jurisdiction": "PK-KP", "issuer": "PK.SBP"}, True),
        ("amend", {}, False),
    ],
)
def test_what_a_power_carries(kind: str, more: dict[str, Any], *, works: bool) -> None:
    """Suspending; ending only a part of the target."""
    done = act("done", kind, "ban", "2024-03-01", **{**LOWER, **more})
    found = ask([BAN, done], "2024-04-01", "va.exchange", actor="bank", place="PK-KP")
    assert ("ultra_vires" in found.flags) is not works
    assert (found.status == "undetermined") is (works and kind != "amend")


def test_a_repeal_of_a_suspension_is_a_lift_that_a_power_carries() -> None:
    """Though the suspension is of higher force."""
    stay = act("stay", "suspend", "ban", "2024-03-01")
    end = act("end", "repeal", "stay", "2024-04-01", **LOWER)
    assert status([BAN, stay, end], "03-31", "04-01") == ["suspended", "prohibited"]


@pytest.mark.parametrize(
    ("made", "works"), [("2024-06-30", True), ("2024-07-01", False), ("2023-12-31", False)]
)
def test_a_power_of_another_text_must_be_in_force_when_the_act_is_made(
    made: str, *, works: bool
) -> None:
    """Whatever day the act takes effect."""
    stay = act(
        *("stay", "suspend", "ban", "2024-08-01"),
        made=made,
        force="delegated",
        enabling_instrument="POWERS",
    )
    found = ask([BAN, POWER, stay], "2024-09-01")
    assert (found.reason == "suspended") is works
    assert ("ultra_vires" in found.flags) is not works


def test_a_power_needs_the_force_and_the_place_of_the_target() -> None:
    """A text of lower force, or of a province, gives no power over a federal Act."""
    stay = act(
        *("stay", "suspend", "ban", "2024-03-01"), force="delegated", enabling_instrument="POWERS"
    )
    for fields in ({"force": "supervisory"}, {"jurisdiction": "PK-KP"}):
        weak = norm(
            *("power", "permit", "2024-01-01"),
            activity="va.tax",
            instrument=instrument("POWERS"),
            **fields,
        )
        assert "ultra_vires" in ask([BAN, weak, stay], "2024-04-01").flags


def test_a_power_that_is_not_recorded_is_taken_to_be_there() -> None:
    """Within what a power carries, and flagged."""
    stay = act(
        *("stay", "suspend", "ban", "2024-03-01"), force="delegated", enabling_instrument="NOWHERE"
    )
    found = ask([BAN, stay], "2024-04-01")
    assert (found.reason, "enabler_unrecorded" in found.flags) == ("suspended", True)
    end = act(
        *("end", "repeal", "ban", "2024-03-01"), force="delegated", enabling_instrument="NOWHERE"
    )
    assert set(ask([BAN, end], "2024-04-01").flags) >= {"ultra_vires"}


def test_the_authors_place_is_that_of_the_issuer() -> None:
    """A foreign body has no power, whatever place the act names."""
    end = act("end", "repeal", "ban", "2024-03-01", issuer="PK.SBP", jurisdiction="PK")
    assert ask([BAN, end], "2024-04-01").reason == "lapsed"
    foreign = norm("ban", "prohibit", "2024-01-01", jurisdiction="DE")
    end = act("end", "repeal", "ban", "2024-03-01", issuer="PK.SBP", jurisdiction="DE")
    found = ask([foreign, end], "2024-04-01", place="DE")
    assert (found.status, "ultra_vires" in found.flags) == ("prohibited", True)


# --- commence, postpone, extend, lift, revive ----------------------------------------------------

PENDING = norm("n", "prohibit", made="2024-01-01", commencement="pending")


def test_commencements_and_postponements_apply_in_the_order_they_were_made() -> None:
    """Commence can bring forward what was postponed; made after the start it does nothing."""
    start = act("start", "commence", "n", "2024-03-01", made="2024-02-01")
    later = act("later", "postpone", "n", "2024-06-01", made="2024-02-15")
    forward = act("forward", "commence", "n", "2024-04-01", made="2024-03-20")
    assert status([PENDING, start, later], "03-01", "06-01") == ["not_yet_in_force", "prohibited"]
    assert status([PENDING, start, later, forward], "03-31", "04-01") == [
        *("not_yet_in_force", "prohibited")
    ]
    again = act("again", "commence", "n", "2024-09-01", made="2024-04-02")
    claims = [PENDING, start, later, forward, again]
    assert status(claims, "04-01", "08-01") == ["prohibited", "prohibited"]
    assert {one.act: one.outcomes for one in ask(claims, "2024-10-01").acts}["again"] == (
        "nothing_to_do",
    )


def test_a_norm_under_an_act_that_has_not_begun_can_still_be_commenced() -> None:
    """It has not begun before its enabler."""
    law = norm("law", "permit", "2024-05-01", activity="va.tax", instrument=instrument("LAW"))
    rules = norm("n", "prohibit", "2024-01-01", force="delegated", enabling_instrument="LAW")
    move = act("move", "commence", "n", "2024-08-01", made="2024-03-01")
    assert status([law, rules, move], "05-15", "08-01") == ["not_yet_in_force", "prohibited"]
    early = norm("law", "permit", "2023-05-01", activity="va.tax", instrument=instrument("LAW"))
    assert status([early, rules, move], "05-15") == ["prohibited"]


def test_a_postponement_never_brings_a_start_forward() -> None:
    """That takes a commencement."""
    norm_ = norm("n", "prohibit", "2024-06-01")
    sooner = act("sooner", "postpone", "n", "2024-03-01", made="2024-01-01")
    assert status([norm_, sooner], "05-31", "06-01") == ["not_yet_in_force", "prohibited"]


def test_an_extension_works_on_the_latest_period_that_has_begun() -> None:
    """Own or revived; never on what was repealed."""
    ending = norm("ban", "prohibit", "2024-01-01", effective_to="2024-04-30")
    end = act("end", "repeal", "ban", "2024-02-01")
    back = act("back", "revive", "ban", "2024-03-01", until="2024-03-31")
    longer = act("longer", "extend", "ban", "2024-04-01", made="2024-04-01", until="2024-06-30")
    claims = [ending, end, back, longer]
    assert status(claims, "02-15", "03-15", "06-30", "07-01") == [
        *("lapsed", "prohibited", "prohibited", "lapsed")
    ]
    dead = [ending, end, longer]
    assert status(dead, "05-01") == ["lapsed"]
    found = ask(dead, "2024-05-01")
    assert "extension_after_expiry" not in found.flags
    early = act("early", "extend", "n", "2024-02-01", until="2025-01-31")
    later = norm("n", "prohibit", "2024-03-01", effective_to="2024-04-30")
    assert status([later, early], "05-01") == ["lapsed"]


def test_a_revival_of_a_norm_in_force_does_not_make_an_extension_of_it_late() -> None:
    """Of two periods that begin on one day, an extension meets the one that ends later."""
    needless = act("needless", "revive", "ban", "2024-01-01", until="2024-01-16")
    longer = act("longer", "extend", "ban", "2024-02-21", made="2024-02-21", until="2024-07-31")
    found = ask([BAN, needless, longer], "2024-02-25")
    assert (found.status, "extension_after_expiry" in found.flags) == ("prohibited", False)
    short = norm("ban", "prohibit", "2024-01-01", effective_to="2024-01-31")
    needed = act("needed", "revive", "ban", "2024-01-01", until="2024-06-30")
    assert status([short, needed, longer], "07-31", "08-01") == ["prohibited", "lapsed"]


def test_a_lift_ends_every_suspension_that_runs_and_yields() -> None:
    """Over none of them: beyond the author's power; none runs: nothing to do."""
    court: dict[str, Any] = {"force": "judicial"}
    stay = act("stay", "suspend", "ban", "2024-03-01", **court)
    other = act("other", "suspend", "ban", "2024-03-05")
    lift = act("lift", "lift", "ban", "2024-04-01")
    found = ask([BAN, stay, lift], "2024-04-15")
    assert (found.reason, "ultra_vires" in found.flags) == ("suspended", True)
    found = ask([BAN, stay, other, lift], "2024-04-15")
    assert (found.reason, "ultra_vires" in found.flags) == ("suspended", False)
    assert ask([BAN, other, lift], "2024-04-15").status == "prohibited"
    (nothing,) = ask([BAN, lift], "2024-04-15").acts
    assert nothing.outcomes == ("nothing_to_do",)


def test_a_revival_never_shortens_and_may_follow_another() -> None:
    """Without ``until`` it lasts to the norm's own last day, as extended before it ended."""
    ending = norm("ban", "prohibit", "2024-01-01", effective_to="2024-04-30")
    longer = act("longer", "extend", "ban", "2024-02-01", until="2024-08-31")
    end = act("end", "repeal", "ban", "2024-03-01")
    back = act("back", "revive", "ban", "2024-04-01", until="2024-04-15")
    again = act("again", "revive", "ban", "2024-05-01")
    claims = [ending, longer, end, back, again]
    assert status(claims, "04-15", "04-20", "08-31", "09-01") == [
        *("prohibited", "lapsed", "prohibited", "lapsed")
    ]


def test_no_revival_is_not_said_where_some_revival_took_effect() -> None:
    """Though it came before the repeal of the repeal."""
    end = act("end", "repeal", "ban", "2024-02-01")
    undo = act("undo", "repeal", "end", "2024-05-01")
    assert "no_revival" in ask([BAN, end, undo], "2024-06-01").flags
    back = act("back", "revive", "ban", "2024-03-01", until="2024-03-31")
    assert "no_revival" not in ask([BAN, end, undo, back], "2024-06-01").flags


# --- families ------------------------------------------------------------------------------------


def test_of_one_instrument_the_addressee_goes_first_then_place_then_activity() -> None:
    """Whatever their regimes, and before the later date."""
    chapter = norm(
        *("chapter", "prohibit", "2024-01-01"), activity="va.exchange", instrument=instrument("A")
    )
    exempt = norm(
        *("exempt", "permit", "2024-01-01"), addressees=["bank"], instrument=instrument("A")
    )
    found = ask([chapter, exempt], "2024-02-01", "va.exchange", actor="bank")
    assert (found.status, found.losers[0].rule) == ("legal", "lex_specialis_addressee")
    local = norm(
        *("local", "permit", "2024-01-01"), jurisdiction="PK-KP", instrument=instrument("A")
    )
    found = ask([chapter, local], "2024-02-01", "va.exchange", place="PK-KP")
    assert (found.status, found.losers[0].rule) == ("legal", "lex_specialis_place")
    general = norm("general", "permit", "2024-01-01", regime="tax", instrument=instrument("A"))
    found = ask([chapter, general], "2024-02-01", "va.exchange")
    assert (found.status, found.losers[0].rule) == ("prohibited", "lex_specialis_activity")
