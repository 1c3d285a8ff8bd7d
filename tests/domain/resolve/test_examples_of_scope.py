"""The worked examples 25 to 42, by number: partial acts, powers, special rules, bills, reasons."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ledger.domain.definitions import Activity, ActorClass, Body, Jurisdiction
from ledger.domain.resolve.facts import Cell
from ledger.domain.resolve.resolve import Resolution, resolve
from ledger.domain.resolve.status_values import View
from ledger.domain.state_records import CountedClaim
from ledger.domain.taxonomy import Taxonomy
from tests.domain.worlds import TAXONOMY, act, counted, facts, instrument, norm, proposal


def world() -> Taxonomy:
    """The world of the other tests, with provinces, dotted classes and a few activities."""
    made = TAXONOMY
    for item in (
        Jurisdiction(id="PK-SD", name="Sindh", kind="subdivision", parent="PK"),
        Jurisdiction(id="PK-PB", name="Punjab", kind="subdivision", parent="PK"),
        Jurisdiction(id="RU", name="Russia"),
        Jurisdiction(id="RU-DA", name="Dagestan", kind="subdivision", parent="RU"),
        Jurisdiction(id="GB-WLS", name="Wales", kind="subdivision", parent="GB"),
        Body(id="GB.TSY", name="Treasury", jurisdiction="GB"),
        ActorClass(id="vasp.registered", name="registered provider"),
        Activity(id="va.pay", name="Payments", parent="va"),
        Activity(id="va.mining.power_supply", name="Power", parent="va.mining"),
        Activity(id="state", name="State"),
        Activity(id="state.reserve", name="Reserve", parent="state"),
        Activity(id="dc", name="Data centres"),
        Activity(id="dc.ai", name="AI", parent="dc"),
    ):
        made = made.with_definition(item)
    return made


WORLD = world()


def of(
    claims: list[CountedClaim],
    cell: str,
    day: str,
    *,
    actor: str = "any",
    view: View = "prudential",
) -> Resolution:
    """The resolution of a cell written as ``PK va.deal``."""
    place, activity = cell.split()
    return resolve(
        Cell(place, activity, actor),
        day=date.fromisoformat(day),
        view=view,
        facts=facts(*claims, world=WORLD),
    )


def answers(*found: Resolution) -> list[str]:
    """The statuses, reasons in place of undetermined."""
    return [one.reason or one.status for one in found]


BAN = norm("ban", "prohibit", "2020-01-01", made="2020-01-01", instrument=instrument("ACT"))


def test_25_a_repeal_for_one_activity_leaves_the_rest() -> None:
    """25: the ban is gone for exchanges only."""
    end = act("end", "repeal", "ban", "2024-01-01", activity="va.exchange")
    day, claims = "2024-02-01", [BAN, end]
    assert answers(*(of(claims, f"PK {a}", day) for a in ("va.exchange", "va.custody", "va"))) == [
        *("lapsed", "prohibited", "prohibited")
    ]
    whole = of(claims, "PK va", day)
    assert "children_differ" in whole.flags
    assert dict(whole.children) == dict.fromkeys(
        ("va.exchange", "va.exchange.fiat"), "undetermined"
    )


def test_26_a_suspension_for_banks_leaves_all_others() -> None:
    """26: banks are told apart from everybody."""
    stay = act("stay", "suspend", "ban", "2024-01-01", activity="va", addressees=["bank"])
    claims, day = [BAN, stay], "2024-02-01"
    everybody = of(claims, "PK va.deal", day)
    assert answers(of(claims, "PK va.deal", day, actor="bank"), everybody) == [
        *("suspended", "prohibited")
    ]
    assert "actors_differ" in everybody.flags
    assert everybody.actors == (("bank", "undetermined"),)


def test_27_a_provincial_court_stays_a_federal_ban_in_its_province() -> None:
    """27: and nowhere else."""
    stay = act(
        *("stay", "suspend", "ban", "2024-03-10"),
        force="judicial",
        jurisdiction="PK-SD",
        activity="va",
    )
    found = [of([BAN, stay], f"{place} va", "2024-03-11") for place in ("PK-SD", "PK-PB", "PK")]
    assert answers(*found) == ["suspended", "prohibited", "prohibited"]
    assert found[2].places == (("PK-SD", "undetermined"),)
    assert "places_differ" in found[2].flags
    assert "ultra_vires" not in found[2].flags


PENDING = norm(
    *("act", "authorise"), made="2025-01-01", commencement="pending", instrument=instrument("ACT")
)


def test_28_an_order_under_the_acts_own_power_commences_it() -> None:
    """28: without the power named, its author lacks it."""
    fields: dict[str, Any] = {"force": "delegated", "made": "2025-07-01", "activity": "va"}
    start = act("start", "commence", "act", "2025-08-01", enabling_instrument="ACT", **fields)
    found = [of([PENDING, start], "PK va", day) for day in ("2025-07-31", "2025-08-01")]
    assert answers(*found) == ["not_yet_in_force", "under_framework"]
    without = act("start", "commence", "act", "2025-08-01", **fields)
    lacking = of([PENDING, without], "PK va", "2025-08-01")
    assert (lacking.reason, "ultra_vires" in lacking.flags) == ("not_yet_in_force", True)


def test_29_a_decree_under_an_act_may_be_the_nearer_rule_in_a_region() -> None:
    """29: in the region, while it lasts."""
    law = norm(
        *("law", "authorise", "2024-11-01"),
        made="2024-08-08",
        jurisdiction="RU",
        activity="va.mining",
        instrument=instrument("ACT"),
    )
    decree = norm(
        *("decree", "prohibit", "2025-01-01"),
        made="2024-12-23",
        effective_to="2031-03-15",
        force="delegated",
        enabling_instrument="ACT",
        jurisdiction="RU-DA",
        activity="va.mining",
    )
    claims = [law, decree]
    found = [of(claims, "RU-DA va.mining", day) for day in ("2025-01-01", "2031-03-16")]
    assert answers(*found) == ["prohibited", "under_framework"]
    country = of(claims, "RU va.mining", "2025-01-01")
    assert (country.status, country.places) == ("under_framework", (("RU-DA", "prohibited"),))


def test_30_a_general_licensing_act_does_not_lift_a_special_ban() -> None:
    """30: the ban of a lower rule stands, unless the Act says that it prevails."""
    rule = norm(
        *("rule", "prohibit", "2021-04-30"),
        made="2021-04-16",
        force="delegated",
        enabling_instrument="OTHER",
        activity="va.pay",
    )
    fields: dict[str, Any] = {"made": "2024-07-02", "addressees": ["vasp"]}
    law = norm("law", "authorise", "2024-07-02", **fields)
    day = "2024-08-01"
    pay = of([rule, law], "PK va.pay", day, actor="vasp")
    assert (pay.status, "superior_vs_specialis" in pay.flags) == ("prohibited", True)
    assert not [flag for flag in pay.flags if flag.startswith("contested")]
    exchange = of([rule, law], "PK va.exchange", day, actor="vasp")
    assert exchange.status == "under_framework"
    clause = [{"claim": "rule", "provision": "Notwithstanding any rule"}]
    loud = norm("law", "authorise", "2024-07-02", overrides=clause, **fields)
    assert of([rule, loud], "PK va.pay", day, actor="vasp").status == "under_framework"


def test_31_an_exemption_for_persons_goes_before_the_chapters_of_its_act() -> None:
    """31: the permit for the state is about all of ``va``, the chapter about exchanges."""
    chapter = norm(
        *("chapter", "authorise", "2020-01-01"),
        activity="va.exchange",
        instrument=instrument("ACT"),
    )
    exempt = norm(
        *("exempt", "permit", "2020-01-01"), addressees=["state"], instrument=instrument("ACT")
    )
    claims, day = [chapter, exempt], "2021-01-01"
    everybody = of(claims, "PK va.exchange", day)
    assert of(claims, "PK va.exchange", day, actor="state").status == "legal"
    assert (everybody.status, everybody.actors) == ("under_framework", (("state", "legal"),))


def test_32_special_rules_that_cross_leave_a_contest() -> None:
    """32: one is nearer in addressee, the other in activity."""
    claims = [
        norm("permit", "permit", "2020-01-01", made="2020-01-01", addressees=["bank"]),
        norm("ban", "prohibit", "2021-01-01", made="2021-01-01", activity="va.exchange"),
    ]
    found = of(claims, "PK va.exchange", "2022-01-01", actor="bank")
    assert (found.status, "contested:specialis" in found.flags) == ("prohibited", True)
    assert "contested:tie" not in found.flags


def test_33_an_older_special_rule_prevails_and_says_so() -> None:
    """33: the notice of 2021 is general, that of 2013 is not."""
    claims = [
        norm(
            *("n2013", "permit", "2013-12-05"),
            made="2013-12-05",
            force="supervisory",
            activity="va.deal",
            addressees=["public"],
        ),
        norm("n2021", "prohibit", "2021-09-24", made="2021-09-24", force="supervisory"),
    ]
    found = of(claims, "PK va.deal", "2022-01-01", actor="public")
    assert (found.status, "older_prevails" in found.flags) == ("legal", True)


def test_34_a_vetoed_bill_is_no_longer_pending() -> None:
    """34: only its latest stage by the day counts."""
    bill = [
        proposal(stage, stage, day, bill="b-1")
        for stage, day in (
            *(("drafting", "2024-01-01"), ("tabled", "2024-03-01")),
            ("vetoed", "2024-09-01"),
        )
    ]
    before, after = (of(bill, "PK va", day) for day in ("2024-06-01", "2024-10-01"))
    assert answers(before, after) == ["proposals_only", "proposals_only"]
    assert [one.stage for one in before.pending] == ["tabled"]
    assert ("pending" in before.flags, "pending" in after.flags) == (True, False)


def test_35_a_revival_lasts_to_the_norms_own_last_day() -> None:
    """35: an earlier revival, and what it lasted, does not bound it."""
    claims = [
        BAN,
        act("end", "repeal", "ban", "2024-02-01"),
        act("back", "revive", "ban", "2024-03-01", until="2024-03-31"),
        act("again", "revive", "ban", "2024-05-01"),
    ]
    found = [of(claims, "PK va", day) for day in ("2024-04-15", "2024-06-30")]
    assert answers(*found) == ["lapsed", "prohibited"]


def test_36_a_suspended_commencement_has_not_begun_the_norm() -> None:
    """36: while it is suspended."""
    ban = norm("ban", "prohibit", made="2024-01-01", commencement="pending")
    claims = [
        ban,
        act("start", "commence", "ban", "2024-03-01"),
        act("stay", "suspend", "start", "2024-04-01", until="2024-04-30"),
    ]
    found = [of(claims, "PK va", day) for day in ("2024-03-15", "2024-04-15", "2024-05-01")]
    assert answers(*found) == ["prohibited", "not_yet_in_force", "prohibited"]


def test_37_a_bill_about_recognition_is_pending_and_gives_no_status_or_reason() -> None:
    """37: the list says what it is about."""
    bill = proposal("bill", "tabled", "2024-01-01", asserts="recognised")
    found = of([bill], "PK va", "2024-06-01")
    assert (found.recognition or "undetermined", found.reason) == ("undetermined", "no_claims")
    assert [(one.stage, one.about) for one in found.pending] == [("tabled", "recognition")]
    assert "pending" in found.flags


def test_38_rules_made_under_an_act_that_has_not_begun_have_not_begun() -> None:
    """38: they have not lapsed."""
    law = norm(
        *("law", "authorise", "2024-07-01"), activity="va.mining", instrument=instrument("ACT")
    )
    rules = norm("rules", "prohibit", "2024-01-01", force="delegated", enabling_instrument="ACT")
    before = of([law, rules], "PK va", "2024-06-30")
    assert (before.reason, "enabler_lapsed" in before.flags) == ("not_yet_in_force", False)
    assert of([law, rules], "PK va", "2024-07-01").status == "prohibited"


def test_39_a_class_below_a_class() -> None:
    """39: registered providers are providers, and have a rule of their own."""
    claims = [
        norm("ban", "prohibit", "2024-01-01", made="2024-01-01"),
        norm(
            *("licence", "authorise", "2024-01-01"),
            made="2024-01-01",
            effective_to="2025-06-30",
            addressees=["vasp.registered"],
        ),
    ]
    registered = [
        of(claims, "PK va", day, actor="vasp.registered") for day in ("2025-06-01", "2025-07-01")
    ]
    assert answers(*registered) == ["under_framework", "prohibited"]
    above = of(claims, "PK va", "2025-06-01", actor="vasp")
    assert (above.status, above.actors) == ("prohibited", (("vasp.registered", "under_framework"),))


def test_40_an_act_commenced_for_a_part_of_the_country() -> None:
    """40: the author's place is that of its issuer."""
    law = norm(
        *("law", "authorise"),
        made="2024-01-01",
        commencement="pending",
        jurisdiction="GB",
        instrument=instrument("ACT"),
    )
    start = act(
        *("start", "commence", "law", "2024-06-01"),
        force="delegated",
        made="2024-05-01",
        enabling_instrument="ACT",
        issuer="GB.TSY",
        jurisdiction="GB-WLS",
        activity="va",
    )
    part, country = (of([law, start], f"{place} va", "2024-07-01") for place in ("GB-WLS", "GB"))
    assert answers(part, country) == ["under_framework", "not_yet_in_force"]
    assert country.places == (("GB-WLS", "under_framework"),)
    assert "ultra_vires" not in part.flags


@pytest.mark.parametrize(
    ("cell", "reason", "committed"),
    [
        ("PK state.reserve", "commitments_only", True),
        ("PK dc.ai", "commitments_only", True),
        ("PK va.mining.power_supply", "commitments_only", True),
        ("PK dc", "no_claims", False),
    ],
)
def test_41_commitments_are_told_and_decide_nothing(
    cell: str, reason: str, *, committed: bool
) -> None:
    """41: what a body says it will do is listed with it."""
    fields: dict[str, Any] = {
        "kind": "commitment",
        "force": "official",
        "uttered_at": "2025-05-25",
        "issuer": "PK.MOF",
    }
    claims = [
        counted("reserve", activity="state.reserve", **fields),
        counted("power", activity="dc.ai", utterance="u", **fields),
        counted("mining", activity="va.mining.power_supply", utterance="u", **fields),
    ]
    found = of(claims, cell, "2025-06-01")
    assert (found.status, found.reason) == ("undetermined", reason)
    assert ("commitment" in found.flags) is committed
    assert "children_differ" not in found.flags
    assert [(one.bodies, one.uttered_at) for one in found.commitments] == [
        (("PK.MOF",), "2025-05-25")
    ] * committed


def test_42_a_bill_that_became_law_is_pending_nowhere() -> None:
    """42: though the Act covers less than the bill did."""
    bill = [
        proposal(stage, stage, day, bill="b-1")
        for stage, day in (
            *(("tabled", "2026-01-10"), ("passed", "2026-03-03")),
            ("enacted", "2026-03-05"),
        )
    ]
    law = norm("law", "authorise", "2026-03-05", made="2026-03-05", activity="va.exchange")
    found = of([*bill, law], "PK va.mining", "2026-06-01")
    assert (found.reason, found.pending, "pending" in found.flags) == ("proposals_only", (), False)
