"""The worked examples by which the resolution of a status is defined, by number."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.domain.resolve.intervals import PRECISE
from ledger.domain.resolve.shared_work import shared_facts_of
from ledger.domain.state_records import CountedClaim
from tests.domain.worlds import act, ask, facts, instrument, norm, proposal, said


def known(claims: list[CountedClaim], day: str) -> list[CountedClaim]:
    """What had been recorded by the end of a day."""
    return [c for c in claims if c.counted_on <= date.fromisoformat(day)]


def article() -> list[CountedClaim]:
    """The claims of the first article, recorded 2025-06-06."""
    on = date(2025, 6, 6)
    speakers = [
        {"person": "I. U. Bosal", "office": "Finance Secretary", "body": "PK.MOF"},
        {"person": "S. Jawad", "office": "Executive Director", "body": "PK.SBP"},
    ]
    return [
        proposal("framework", "drafting", "2025-06-06~", on=on),
        said("banned", "prohibited", "2025-05-29", on=on, activity="va.deal", speakers=speakers),
        said("nothing", "not:under_framework", "2025-05-29", on=on, speakers=speakers),
    ]


RELEASE = said(
    "release",
    "not:prohibited",
    "2025-05-30",
    on=date(2025, 6, 10),
    force="institutional",
    activity="va.deal",
    issuer="PK.SBP",
)
CIRCULAR = norm(
    "circular",
    "prohibit",
    "2018-04-06",
    made="2018-04-06",
    force="supervisory",
    addressees=["bank", "emi", "psp", "exchange_co"],
    regime="banking",
    issuer="PK.SBP",
)
ORDINANCE = norm(
    "ordinance",
    "authorise",
    "2025-07-08",
    made="2025-07-08",
    effective_to="2025-11-04",
    activity="va.exchange",
    regime="va",
    instrument=instrument("PK.VAO"),
)
EXTENSION = act(
    "extension", "extend", "ordinance", "2025-11-05", until="2026-03-04", on=date(2026, 1, 20)
)
ACT_2026 = norm(
    "act-2026",
    "authorise",
    "[2026-03-04..2026-03-07]",
    activity="va.exchange",
    regime="va",
    instrument=instrument("PK.VAA"),
)


def test_01_an_announced_ban_is_no_norm() -> None:
    """1: statements decide nothing, and the prudential view shows the strictest as declared."""
    found = ask(article(), "2025-06-06", "va.deal", actor="public", view="normative")
    assert (found.status, found.reason) == ("undetermined", "statements_only")
    assert "pending" in found.flags
    assert [(one.claim, one.stage) for one in found.pending] == [("framework", "drafting")]
    shown = ask(article(), "2025-06-06", "va.deal", actor="public")
    assert (shown.status, shown.basis_kind, shown.basis) == ("prohibited", "declared", ("banned",))
    assert shown.normative_status == "undetermined"


def test_02_a_release_walks_back_one_part_of_a_joint_statement() -> None:
    """2: the bank's part falls, the secretary's stays, and the two conflict."""
    claims = [*article(), RELEASE]
    before = ask(known(claims, "2025-06-09"), "2025-06-06", "va.deal", actor="public")
    assert "contested:statements" not in before.flags
    assert before.to_value()["basis"] == ["banned"]
    after = ask(known(claims, "2025-06-10"), "2025-06-06", "va.deal", actor="public")
    assert {"contested:statements", "walked_back:banned", "pending"} <= set(after.flags)
    assert (after.status, after.basis_kind, after.basis) == ("prohibited", "declared", ("banned",))
    only_bank = [c for c in claims if c.id != "banned"]
    only_bank.append(said("alone", "prohibited", "2025-05-29", activity="va.deal", issuer="PK.SBP"))
    assert ask(only_bank, "2025-06-06", "va.deal", actor="public").status == "undetermined"


def test_03_a_circular_binds_its_addressees() -> None:
    """3: the circular decides for banks."""
    found = ask([*article(), RELEASE, CIRCULAR], "2025-06-06", "va.deal", actor="bank")
    assert (found.status, found.basis_kind, found.basis) == ("prohibited", "norm", ("circular",))


@pytest.mark.parametrize(
    ("day", "status", "reason"),
    [
        ("2025-07-07", "undetermined", "not_yet_in_force"),
        ("2025-07-08", "under_framework", None),
        ("2025-11-04", "under_framework", None),
        ("2025-11-05", "undetermined", "lapsed"),
    ],
)
def test_04_an_ordinance_is_in_force_from_its_first_to_its_last_day(
    day: str, status: str, reason: str | None
) -> None:
    """4: both ends of the interval belong to it."""
    found = ask([*article(), RELEASE, CIRCULAR, ORDINANCE], day, "va.exchange", actor="vasp")
    assert (found.status, found.reason) == (status, reason)


def test_05_an_extension_recorded_late_changes_what_is_known() -> None:
    """5: lapsed as known then, under a framework as known later."""
    claims = [ORDINANCE, EXTENSION]
    then = ask(known(claims, "2025-12-12"), "2025-12-12", "va.exchange", actor="vasp")
    assert (then.status, then.reason) == ("undetermined", "lapsed")
    later = ask(known(claims, "2026-01-20"), "2025-12-12", "va.exchange", actor="vasp")
    assert later.status == "under_framework"
    assert ask(claims, "2026-03-04", "va.exchange").status == "under_framework"
    assert ask(claims, "2026-03-05", "va.exchange").reason == "lapsed"


def test_06_an_imprecise_start_leaves_the_days_between_uncertain() -> None:
    """6: between the earliest and the latest start both answers are possible."""
    claims = [ORDINANCE, EXTENSION, ACT_2026]
    found = ask(claims, "2026-03-05", "va.exchange", actor="vasp")
    assert found.status == "under_framework"
    assert "date_uncertain" in found.flags
    assert found.possible == ("under_framework", "undetermined")
    assert "date_uncertain" not in ask(claims, "2026-03-07", "va.exchange").flags
    assert "date_uncertain" not in ask(claims, "2026-03-04", "va.exchange").flags


def test_07_regimes_cumulate() -> None:
    """7: a licensing law does not lift the central bank's rule for banks."""
    found = ask([CIRCULAR, ORDINANCE], "2025-09-01", "va.exchange", actor="bank")
    assert (found.status, found.basis) == ("prohibited", ("circular",))
    assert [(lost.claim, lost.rule, lost.winner) for lost in found.losers] == [
        ("ordinance", "stricter_regime", "circular")
    ]


A1 = norm("a1", "prohibit", "2001-01-01", made="2001-01-01")
A2 = act("a2", "repeal", "a1", "2005-01-01")
A3 = act("a3", "repeal", "a2", "2010-01-01")


def test_08_repealing_a_repeal_revives_nothing() -> None:
    """8: the first law stays dead, unless it is revived in so many words."""
    for day in ("2006-01-01", "2011-01-01"):
        found = ask([A1, A2, A3], day)
        assert (found.status, found.reason) == ("undetermined", "lapsed")
        assert "no_revival" in found.flags
    revival = act("revival", "revive", "a1", "2010-01-01")
    assert ask([A1, A2, A3, revival], "2011-01-01").status == "prohibited"
    assert ask([A1, A2, A3, revival], "2009-12-31").reason == "lapsed"


def test_09_what_a_court_annuls_from_the_start_never_happened() -> None:
    """9: the repeal is gone, so the ban was in force all along."""
    court = act("court", "annul", "a2", "2012-01-01", force="judicial", ex_tunc=True)
    assert ask([A1, A2, A3, court], "2006-01-01").status == "prohibited"
    assert ask([A1, A2, court], "2006-01-01").status == "prohibited"


def test_10_a_law_may_reach_back() -> None:
    """10: as known before it was made legal, as known after prohibited and retroactive."""
    claims = [
        norm("permit", "permit", "2010-01-01", made="2010-01-01", on=date(2010, 1, 1)),
        norm("ban", "prohibit", "2024-01-01", made="2024-06-15", on=date(2024, 6, 16)),
    ]
    assert ask(known(claims, "2024-06-14"), "2024-03-01").status == "legal"
    found = ask(known(claims, "2024-06-16"), "2024-03-01")
    assert found.status == "prohibited"
    assert "retroactive" in found.flags


def test_11_what_was_recorded_late_is_marked() -> None:
    """11: nothing was known then, and the later entry says so."""
    claims = [norm("ban", "prohibit", "2024-02-01", on=date(2024, 9, 1))]
    before = ask(known(claims, "2024-08-31"), "2024-03-01")
    assert (before.status, before.reason) == ("undetermined", "no_claims")
    after = ask(known(claims, "2024-09-01"), "2024-03-01")
    assert after.status == "prohibited"
    assert "late_recorded" in after.flags


def test_12_a_correction_counts_from_when_it_is_recorded() -> None:
    """12: the same day reads differently before and after the correction."""
    first = [norm("rule", "prohibit", "2024-02-01", on=date(2024, 2, 1))]
    then = [norm("rule", "authorise", "2024-03-01", on=date(2024, 5, 1))]
    assert ask(first, "2024-02-15").status == "prohibited"
    found = ask(then, "2024-02-15")
    assert (found.status, found.reason) == ("undetermined", "not_yet_in_force")
    assert ask(then, "2024-03-15").status == "under_framework"


def test_13_a_retracted_claim_is_gone_from_then_on() -> None:
    """13: prohibited while the claim counted, nothing once it was retracted."""
    assert ask([norm("ban", "prohibit", "2024-01-01")], "2024-03-01").status == "prohibited"
    found = ask([], "2024-03-01")
    assert (found.status, found.reason) == ("undetermined", "no_claims")


def test_14_a_tie_goes_to_the_stricter() -> None:
    """14: nothing decides between the two, so the stricter stands, contested."""
    claims = [
        norm("permit", "permit", "2024-01-01", made="2024-01-01"),
        norm("ban", "prohibit", "2024-01-01", made="2024-01-01"),
    ]
    found = ask(claims, "2024-01-02")
    assert (found.status, found.basis) == ("prohibited", ("ban",))
    assert "contested:tie" in found.flags
    assert [(lost.claim, lost.rule, lost.winner) for lost in found.losers] == [
        ("permit", "stricter_in_tie", "ban")
    ]


BAN = norm("ban", "prohibit", "2020-01-01", made="2020-01-01", instrument=instrument("ACT"))
LICENCE = {
    "made": "2021-01-01",
    "force": "supervisory",
    "activity": "va.custody",
}


def test_15_the_higher_force_wins_over_the_nearer_rule() -> None:
    """15: the Act stands against a circular on one activity, and the conflict is marked."""
    claims = [BAN, norm("circular", "authorise", "2021-01-01", **LICENCE)]
    found = ask(claims, "2022-01-01", "va.custody")
    assert (found.status, found.basis) == ("prohibited", ("ban",))
    assert "superior_vs_specialis" in found.flags
    assert found.losers[0].rule == "lex_superior"


def test_16_a_circular_made_under_the_act_may_be_the_nearer_rule() -> None:
    """16: between an Act and what is made under it the nearer rule wins."""
    claims = [
        BAN,
        norm("circular", "authorise", "2021-01-01", enabling_instrument="ACT", **LICENCE),
    ]
    found = ask(claims, "2022-01-01", "va.custody")
    assert (found.status, found.basis) == ("under_framework", ("circular",))
    assert found.losers[0].rule == "lex_specialis_activity"


MEMBER = norm("national", "prohibit", "2022-01-01", jurisdiction="DE", activity="va.stablecoin")
UNION = norm(
    "union",
    "authorise",
    "2024-06-30",
    jurisdiction="EU",
    activity="va.stablecoin",
    force="supranational",
)


def test_17_a_regulation_of_a_union_disapplies_national_law() -> None:
    """17: the member's ban yields from the first day of the regulation."""
    claims = [MEMBER, UNION]
    assert ask(claims, "2024-06-29", "va.stablecoin", place="DE").status == "prohibited"
    assert ask(claims, "2024-06-30", "va.stablecoin", place="DE").status == "under_framework"


def test_18_disapplied_law_applies_again() -> None:
    """18: when the regulation ends, the national ban is back."""
    end = act("end", "repeal", "union", "2030-01-01", jurisdiction="EU", force="supranational")
    found = ask([MEMBER, UNION, end], "2030-06-01", "va.stablecoin", place="DE")
    assert (found.status, found.basis) == ("prohibited", ("national",))


def test_19_an_extension_after_expiry_extends_nothing() -> None:
    """19: made too late, the extension has no effect, and the flag says so on every day."""
    claims = [
        norm("ban", "prohibit", "2024-01-01", effective_to="2024-04-29"),
        act("late", "extend", "ban", "2024-05-02", made="2024-05-02", until="2024-12-31"),
    ]
    assert ask(claims, "2024-04-29").status == "prohibited"
    for day in ("2024-04-30", "2024-05-03"):
        found = ask(claims, day)
        assert (found.status, found.reason) == ("undetermined", "lapsed")
        assert "extension_after_expiry" in found.flags


@pytest.mark.parametrize(
    ("day", "status", "reason"),
    [
        ("2024-03-09", "prohibited", None),
        ("2024-03-10", "undetermined", "suspended"),
        ("2024-04-30", "undetermined", "suspended"),
        ("2024-05-01", "prohibited", None),
    ],
)
def test_20_a_suspension_is_a_hole(day: str, status: str, reason: str | None) -> None:
    """20: suspended from its first day until the day before it is lifted."""
    claims = [
        norm("ban", "prohibit", "2024-01-01"),
        act("stay", "suspend", "ban", "2024-03-10", force="judicial"),
        act("lifted", "lift", "stay", "2024-05-01", force="judicial"),
    ]
    found = ask(claims, day)
    assert (found.status, found.reason) == (status, reason)


@pytest.mark.parametrize(
    ("day", "status", "reason", "possible"),
    [
        ("2024-06-30", "undetermined", "not_yet_in_force", ()),
        ("2024-07-15", "under_framework", None, ("under_framework", "undetermined")),
        ("2024-07-31", "under_framework", None, ()),
    ],
)
def test_21_a_law_that_commences_in_a_month(
    day: str, status: str, reason: str | None, possible: tuple[str, ...]
) -> None:
    """21: within the month the start is uncertain, on its last day it is sure."""
    found = ask([norm("law", "authorise", "2024-07")], day)
    assert (found.status, found.reason) == (status, reason)
    assert found.possible == possible
    assert ("date_uncertain" in found.flags) is bool(possible)


def test_22_a_later_general_law_does_not_touch_a_special_one() -> None:
    """22: unless it says so."""
    special = norm("special", "authorise", "2020-01-01", made="2020-01-01", activity="va.mining")
    general = {"made": "2024-01-01", "effective_from": "2024-01-01"}
    found = ask([special, norm("general", "prohibit", **general)], "2024-06-01", "va.mining")
    assert found.status == "under_framework"
    clause = [{"claim": "special", "provision": "Notwithstanding any other law"}]
    loud = norm("general", "prohibit", overrides=clause, **general)
    found = ask([special, loud], "2024-06-01", "va.mining")
    assert (found.status, found.losers[0].rule) == ("prohibited", "override")


def test_23_a_later_law_wins_once_it_is_in_force() -> None:
    """23: made is not enough, it must have begun."""
    claims = [
        norm("ban", "prohibit", "2010-01-01", made="2010-01-01"),
        norm("licensing", "authorise", "2020-06-01", made="2020-01-01"),
    ]
    assert ask(claims, "2020-03-01").status == "prohibited"
    found = ask(claims, "2020-06-01")
    assert (found.status, found.losers[0].rule) == ("under_framework", "lex_posterior")


def test_24_a_circular_cannot_repeal_an_act() -> None:
    """24: it has no effect, and is flagged on every day."""
    claims = [
        norm("ban", "prohibit", "2010-01-01"),
        act("circular", "repeal", "ban", "2020-01-01", force="supervisory"),
    ]
    found = ask(claims, "2021-01-01")
    assert found.status == "prohibited"
    assert "ultra_vires" in found.flags
    assert "ultra_vires" in ask(claims, "2015-01-01").flags


def days_in_force(first: str, last: str) -> int:
    """The days on which an ordinance with these first and last days is in force."""
    known = facts(norm("ordinance", "authorise", first, effective_to=last))
    norms = shared_facts_of(known).in_force[PRECISE, frozenset()]
    ((begin, end),) = norms.days(known.claims[0], "in_force")
    return end - begin + 1


def test_day_counts_include_the_first_day() -> None:
    """An ordinance of 120 days ends on the 120th (PLD 2000 SC 26)."""
    assert days_in_force("1996-11-18", "1997-03-17") == 120
    assert days_in_force("1997-02-01", "1997-05-31") == 120
    assert days_in_force("2025-07-08", "2025-11-04") == 120
    assert days_in_force("2025-11-05", "2026-03-04") == 120
    assert days_in_force("2024-02-28", "2024-02-28") == 1


def test_a_norm_may_last_to_the_end_of_the_calendar() -> None:
    """Its last day is 9999-12-31, and nothing looks for the day after."""
    found = ask([norm("rule", "prohibit", "9999-12-31", effective_to="9999-12-31")], "9999-12-31")
    assert (found.status, found.next_change) == ("prohibited", None)
