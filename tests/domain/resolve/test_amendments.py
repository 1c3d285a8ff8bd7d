"""Acts upon acts, the power to act, and what norms rest on: rule by rule."""

from __future__ import annotations

import pytest

from tests.domain.worlds import BAN, ENDING, act, ask, instrument, norm, status

# --- acts upon acts ------------------------------------------------------------------------------


def test_an_act_undone_by_its_first_day_never_happened() -> None:
    """Later, its effect stays, and the old norm does not come back."""
    end = act("end", "repeal", "ban", "2024-05-01")
    in_time = act("undo", "repeal", "end", "2024-05-01")
    assert status([BAN, end, in_time], "06-01") == ["prohibited"]
    assert "no_revival" not in ask([BAN, end, in_time], "2024-06-01").flags
    too_late = act("undo", "repeal", "end", "2024-05-02")
    assert status([BAN, end, too_late], "06-01") == ["lapsed"]
    assert "no_revival" in ask([BAN, end, too_late], "2024-01-15").flags


def test_the_effect_of_an_extension_undone_later_stays() -> None:
    """And that is no case of no_revival."""
    longer = act("x", "extend", "ban", "2024-05-01", until="2024-08-31")
    undone = act("u", "annul", "x", "2024-06-01")
    found = ask([ENDING, longer, undone], "2024-07-01")
    assert (found.status, "no_revival" in found.flags) == ("prohibited", False)
    before = act("u", "annul", "x", "2024-05-01")
    assert status([ENDING, longer, before], "05-01") == ["lapsed"]
    never = act("u", "annul", "x", "2024-06-01", ex_tunc=True)
    assert status([ENDING, longer, never], "05-01") == ["lapsed"]


def test_undoing_the_undoing_counts_as_well() -> None:
    """A chain of acts is followed to its end."""
    end = act("end", "repeal", "ban", "2024-05-01")
    undo = act("undo", "repeal", "end", "2024-04-01")
    again = act("again", "annul", "undo", "2024-07-01", force="judicial", ex_tunc=True)
    assert status([BAN, end, undo], "06-01") == ["prohibited"]
    assert status([BAN, end, undo, again], "06-01") == ["lapsed"]


def test_a_suspended_act_has_no_effect_on_those_days() -> None:
    """A repeal that is suspended in June leaves the ban in force in June."""
    end = act("end", "repeal", "ban", "2024-05-01")
    stay = act("stay", "suspend", "end", "2024-06-01", force="judicial", until="2024-06-30")
    claims = [BAN, end, stay]
    assert status(claims, "05-31", "06-01", "06-30", "07-01") == [
        *["lapsed", "prohibited", "prohibited", "lapsed"]
    ]
    off = act("off", "suspend", "stay", "2024-06-11", force="judicial", until="2024-06-20")
    assert status([*claims, off], "06-10", "06-11", "06-20", "06-21") == [
        *["prohibited", "lapsed", "lapsed", "prohibited"]
    ]


# --- power ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("force", "place", "works"),
    [
        ("supervisory", "PK", False),
        ("primary", "PK", True),
        ("constitutional", "PK", True),
        ("judicial", "PK", True),
        ("primary", "PK-KP", False),
        ("judicial", "PK-KP", True),
        ("judicial", "DE", False),
    ],
)
def test_an_act_needs_power_over_its_target(force: str, place: str, *, works: bool) -> None:
    """Enough force, unless a court's, and a place that governs the target's; a court's below."""
    end = act("end", "repeal", "ban", "2024-05-01", force=force, jurisdiction=place)
    found = ask([BAN, end], "2024-06-01", place="PK-KP")
    if place != "DE":
        assert (found.status == "prohibited") is not works
        assert ("ultra_vires" in found.flags) is not works
    if place != "PK":  # it does not bear on the country, as if it had not been made
        country = ask([BAN, end], "2024-06-01")
        assert (country.status, "ultra_vires" in country.flags) == ("prohibited", False)


def test_a_union_disapplies_and_does_not_repeal() -> None:
    """A supranational act upon national law has no effect."""
    ban = norm("ban", "prohibit", "2024-01-01", jurisdiction="DE")
    end = act("end", "repeal", "ban", "2024-05-01", force="supranational", jurisdiction="EU")
    found = ask([ban, end], "2024-06-01", place="DE")
    assert (found.status, "ultra_vires" in found.flags) == ("prohibited", True)


def test_a_federal_act_may_end_a_provincial_norm() -> None:
    """The path goes down, not up."""
    local = norm("n", "prohibit", "2024-01-01", jurisdiction="PK-KP")
    end = act("end", "repeal", "n", "2024-05-01")
    assert ask([local, end], "2024-06-01", place="PK-KP").reason == "lapsed"


@pytest.mark.parametrize(
    ("force", "works"), [("primary", False), ("judicial", True), ("constitutional", True)]
)
def test_what_a_court_did_yields_to_courts_and_constitutions(force: str, *, works: bool) -> None:
    """Whether the act aims at the suspension or at the suspended norm."""
    stay = act("stay", "suspend", "ban", "2024-03-01", force="judicial")
    for target in ("stay", "ban"):
        lift = act("lift", "lift", target, "2024-04-01", force=force)
        found = ask([BAN, stay, lift], "2024-05-01")
        assert (found.status == "prohibited") is works
        assert ("ultra_vires" in found.flags) is not works


# --- enabling instruments ------------------------------------------------------------------------

RULES = norm("rules", "prohibit", "2024-01-01", force="delegated", enabling_instrument="LAW")
LAW = norm(
    "law",
    "authorise",
    "2024-02-01",
    effective_to="2024-06-30",
    activity="va.mining",
    instrument=instrument("LAW"),
)


def test_a_norm_lives_while_its_enabling_instrument_does() -> None:
    """Whatever the instrument is about; before and after, the flag says why it is not in force."""
    assert status([RULES, LAW], "01-31", "02-01", "06-30", "07-01") == [
        *["not_yet_in_force", "prohibited", "prohibited", "lapsed"]
    ]
    assert "enabler_lapsed" in ask([RULES, LAW], "2024-07-01").flags
    assert "enabler_lapsed" not in ask([RULES, LAW], "2024-06-30").flags


def test_an_unrecorded_enabler_counts_as_in_force() -> None:
    """And is flagged."""
    found = ask([RULES], "2024-07-01")
    assert found.status == "prohibited"
    assert "enabler_unrecorded" in found.flags
    assert "enabler_unrecorded" not in ask([RULES, LAW], "2024-06-01").flags


def test_enablers_are_followed_to_the_end() -> None:
    """What is made under what is made under a law ends with the law."""
    middle = norm(
        "middle",
        "prohibit",
        "2024-01-01",
        force="delegated",
        activity="va.tax",
        instrument=instrument("MID"),
        enabling_instrument="LAW",
    )
    last = norm("last", "prohibit", "2024-01-01", force="delegated", enabling_instrument="MID")
    assert status([middle, last, LAW], "06-30", "07-01") == ["prohibited", "lapsed"]


def test_a_saving_clause_keeps_a_norm_alive() -> None:
    """While the saving instrument is in force, or is not recorded."""
    saved = norm(
        "rules",
        "prohibit",
        "2024-01-01",
        force="delegated",
        enabling_instrument="LAW",
        saved_by="NEW",
    )
    new = norm(
        "new",
        "authorise",
        "2024-07-01",
        effective_to="2024-09-30",
        activity="va.mining",
        instrument=instrument("NEW"),
    )
    assert status([saved, LAW, new], "06-30", "07-01", "09-30", "10-01") == [
        *["prohibited", "prohibited", "prohibited", "lapsed"]
    ]
    found = ask([saved, LAW], "2024-12-01")
    assert (found.status, "enabler_unrecorded" in found.flags) == ("prohibited", True)


def test_a_suspended_enabler_suspends_what_rests_on_it() -> None:
    """The reason is suspended, not lapsed."""
    stay = act("stay", "suspend", "instrument:LAW", "2024-03-01", force="judicial")
    assert status([RULES, LAW, stay], "02-29", "03-01", "07-01") == [
        *["prohibited", "suspended", "lapsed"]
    ]


def test_a_lifted_suspension_cannot_be_extended() -> None:
    """Its end has come, whatever last day it once had."""
    hole = act("s", "suspend", "ban", "2024-03-01", until="2024-05-31")
    lift = act("l", "lift", "s", "2024-04-01")
    longer = act("x", "extend", "s", "2024-06-01", made="2024-03-15", until="2024-08-31")
    assert status([BAN, hole, lift, longer], "03-31", "04-01", "07-01") == [
        *["suspended", "prohibited", "prohibited"]
    ]


def test_an_annulment_from_the_start_takes_earlier_revivals_as_well() -> None:
    """Never in force means never, by whichever interval."""
    end = act("end", "repeal", "ban", "2024-02-01")
    back = act("back", "revive", "ban", "2024-03-01")
    never = act("never", "annul", "ban", "2024-06-01", force="judicial", ex_tunc=True)
    assert status([BAN, end, back], "04-01") == ["prohibited"]
    assert status([BAN, end, back, never], "01-15", "04-01", "07-01") == ["lapsed"] * 3
