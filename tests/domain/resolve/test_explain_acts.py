"""What an answer tells of its norms and acts, as values and in sentences."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ledger.domain.resolve.explain import explain
from ledger.domain.resolve.facts import Cell
from ledger.domain.resolve.resolve import resolve
from ledger.domain.state_records import CountedClaim
from tests.domain.worlds import act, ask, counted, facts, instrument, norm

CIRCULAR = norm(
    *("circular", "prohibit", "2018-04-06"),
    made="2018-04-06",
    force="supervisory",
    instrument={"id": "C3", "title": "Circular 3/2018"},
)
COURT: dict[str, Any] = {"force": "judicial", "court": {"name": "Supreme Court"}}


def states(claims: list[CountedClaim], day: str) -> list[tuple[Any, ...]]:
    """Claim, state, day, cause of every candidate on a day of 2024."""
    return [
        (one.claim, s.state, s.day and s.day.isoformat(), s.by, s.date)
        for one in ask(claims, day).candidates
        for s in one.states
    ]


def outcomes(claims: list[CountedClaim], day: str) -> dict[str, tuple[str, ...]]:
    """What each act did by a day."""
    return {one.act: one.outcomes for one in ask(claims, day).acts}


def sentences(
    claims: list[CountedClaim], day: str, place: str = "PK"
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is said of norms and of acts."""
    known = facts(*claims)
    told = explain(resolve(Cell(place, "va"), day=date.fromisoformat(day), facts=known), known)
    return told.candidates, told.acts


def test_an_annulled_rule_names_the_court_and_the_day() -> None:
    """Its last day is the day before the judgment took effect."""
    court = act("j", "annul", "circular", "2020-03-04", made="2020-03-04", **COURT)
    claims = [CIRCULAR, court]
    assert states(claims, "2021-01-01") == [("circular", "annulled", "2020-03-03", "j", None)]
    assert sentences(claims, "2021-01-01") == (
        (
            (
                "Circular 3/2018 [circular] ended on 2020-03-03: annulled by Supreme Court, "
                "judgment of 2020-03-04 [j]."
            ),
        ),
        (),
    )
    never = act("j", "annul", "circular", "2020-03-04", ex_tunc=True, **COURT)
    assert states([CIRCULAR, never], "2019-01-01") == [
        ("circular", "annulled", "2020-03-04", "j", None)
    ]
    assert (
        "was never in force: annulled from the start by Supreme Court"
        in (sentences([CIRCULAR, never], "2019-01-01")[0][0])
    )


@pytest.mark.parametrize("ids", [("a", "b"), ("b", "a")])
def test_of_cuts_on_one_day_the_annulment_gives_the_state(ids: tuple[str, str]) -> None:
    """Whatever the ids of the two acts are."""
    annul = act(ids[0], "annul", "circular", "2020-03-04", made="2020-03-04", **COURT)
    repeal = act(ids[1], "repeal", "circular", "2020-03-04", made="2020-03-04", **COURT)
    assert states([CIRCULAR, annul, repeal], "2021-01-01") == [
        ("circular", "annulled", "2020-03-03", ids[0], None)
    ]


def test_an_act_without_power_is_told_with_its_rule() -> None:
    """The norm it would have commenced has not begun."""
    law = norm("law", "authorise", made="2025-01-01", commencement="pending")
    order = act("order", "commence", "law", "2025-08-01", force="delegated", issuer="PK.MOF")
    assert states([law, order], "2025-09-01") == [("law", "not_begun", None, "law", "commencement")]
    assert outcomes([law, order], "2025-09-01") == {"order": ("ultra_vires",)}
    told = sentences([law, order], "2025-09-01")
    assert told[0] == ("The rule [law] has not begun: it waits for an act that commences it.",)
    assert told[1] == (
        (
            "The commencement by an act of Ministry of Finance, 2025-08-01 [order] had no effect: "
            "its author lacked the power: delegated force is lower than primary, and the act names "
            "no power under which it was made (ultra_vires)."
        ),
    )


@pytest.mark.parametrize(
    ("fields", "ground"),
    [
        ({"force": "delegated"}, "delegated force is lower than primary"),
        (
            {"force": "delegated", "enabling_instrument": "LAW", "act": "repeal"},
            "a power carries no repeal but of a part: for an activity, addressees or a place",
        ),
        (
            {"force": "delegated", "enabling_instrument": "WEAK"},
            "no rule of WEAK is of such force and for such a place as the rule [ban]",
        ),
        (
            {"force": "delegated", "enabling_instrument": "LAW"},
            "no rule of LAW that gives it was in force when it was made",
        ),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_an_act_without_power_says_what_it_lacks(fields: dict[str, Any], ground: str) -> None:
    """Each ground in words of its own."""
    law = norm("law", "authorise", "2024-06-01", activity="va.mining", instrument=instrument("LAW"))
    weak = norm(
        *("weak", "authorise", "2020-01-01"),
        force="supervisory",
        activity="va.mining",
        instrument=instrument("WEAK"),
    )
    ban = norm("ban", "prohibit", "2024-01-01")
    vain = act("vain", fields.get("act", "suspend"), "ban", "2024-03-01", **_but_act(fields))
    claims = [law, weak, ban, vain]
    assert outcomes(claims, "2024-03-02") == {"vain": ("ultra_vires",)}
    assert ground in sentences(claims, "2024-03-02")[1][0]


def _but_act(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != "act"}


def test_a_province_does_not_act_on_the_law_of_the_whole() -> None:
    """Both places are named."""
    ban = norm("ban", "prohibit", "2024-01-01")
    vain = act("vain", "suspend", "ban", "2024-03-01", jurisdiction="PK-KP")
    told = sentences([ban, vain], "2024-04-01", "PK-KP")[1]
    assert "its author's place is PK-KP, and that of the rule [ban] is PK (ultra_vires)" in told[0]


def test_what_a_court_did_yields_only_to_a_court() -> None:
    """The ground of an act of the legislator upon a judgment."""
    ban = norm("ban", "prohibit", "2024-01-01")
    stay = act("stay", "suspend", "ban", "2024-02-01", **COURT)
    vain = act("vain", "lift", "stay", "2024-03-01")
    told = sentences([ban, stay, vain], "2024-03-02")[1]
    assert "what a court did yields only to a court or to constitutional force" in " ".join(told)


def test_an_act_that_never_happened_names_what_undid_it() -> None:
    """Undone before it took effect, or annulled from the start, by whom and when."""
    ban = norm("ban", "prohibit", "2024-01-01")
    end = act("end", "repeal", "ban", "2024-03-01")
    undone = act("undoing", "repeal", "end", "2024-03-01", made="2024-02-15")
    assert sentences([ban, end, undone], "2024-04-01")[1][0] == (
        "The repeal by an act, 2024-03-01 [end] never happened: undone by its first day by an act, "
        "2024-02-15 [undoing] (undone)."
    )
    never = act("never", "annul", "end", "2024-05-01", ex_tunc=True, **COURT)
    told = sentences([ban, end, never], "2024-04-01")[1]
    assert told[0].endswith(
        "never happened: annulled from the start by Supreme Court, judgment of 2024-05-01 [never] "
        "(undone)."
    )
    assert "takes the past as well, though its first day is 2024-05-01 (not_yet)" in told[1]


def test_a_late_extension_names_the_day_it_was_made() -> None:
    """The one day that decides whether it came in time."""
    late = act("late", "extend", "ban", "2024-12-01", made="2025-02-01", until="2025-12-31")
    assert (
        "made on 2025-02-01, it came, or may have come, after expiry"
        in (sentences([BAN, late], "2025-03-01")[1][0])
    )


BAN = norm("ban", "prohibit", "2024-01-01", effective_to="2024-12-31")


@pytest.mark.parametrize(
    ("acts", "day", "expected"),
    [
        ([], "2023-12-31", ("not_begun", "2024-01-01", "ban", "effective_from")),
        ([], "2024-02-01", ("in_force", "2024-01-01", "ban", "effective_from")),
        ([], "2025-02-01", ("ended", "2024-12-31", "ban", "effective_to")),
        (["stay"], "2024-03-15", ("suspended", "2024-03-10", "stay", None)),
        (["stay", "lift"], "2024-05-01", ("in_force", "2024-04-01", "lift", None)),
        (["longer"], "2025-08-01", ("ended", "2025-06-30", "longer", None)),
        (["end"], "2024-09-01", ("ended", "2024-05-31", "end", None)),
        (["end", "back"], "2024-09-01", ("in_force", "2024-08-01", "back", None)),
    ],
)
def test_a_state_has_a_day_and_what_gave_it(
    acts: list[str], day: str, expected: tuple[Any, ...]
) -> None:
    """An act, or a date of the norm."""
    every = {
        "stay": act("stay", "suspend", "ban", "2024-03-10"),
        "lift": act("lift", "lift", "stay", "2024-04-01"),
        "longer": act("longer", "extend", "ban", "2024-12-01", until="2025-06-30"),
        "end": act("end", "repeal", "ban", "2024-06-01"),
        "back": act("back", "revive", "ban", "2024-08-01"),
    }
    assert states([BAN, *(every[name] for name in acts)], day) == [("ban", *expected)]


def test_what_rests_on_a_repealed_text_names_its_end() -> None:
    """And what rests on one that has not begun, its beginning."""
    law = norm("law", "permit", "2024-02-01", activity="va.mining", instrument=instrument("LAW"))
    rules = norm("rules", "prohibit", "2024-01-01", force="delegated", enabling_instrument="LAW")
    end = act("end", "repeal", "law", "2024-07-01")
    assert states([law, rules, end], "2024-08-01") == [
        ("rules", "enabler_lapsed", "2024-06-30", "end", None)
    ]
    assert states([law, rules, end], "2024-01-15") == [
        ("rules", "not_begun", "2024-02-01", "law", "effective_from")
    ]
    assert "by the dates of The LAW [law]" in sentences([law, rules, end], "2024-01-15")[0][0]


def test_the_outcomes_of_acts() -> None:
    """The first that fits, on the day asked for."""
    claims = [
        BAN,
        act("end", "repeal", "ban", "2024-06-01"),
        act("second", "repeal", "ban", "2024-07-01"),
        act("undone", "suspend", "ban", "2024-03-01"),
        act("undoing", "annul", "undone", "2024-03-01", **COURT),
        act("weak", "repeal", "ban", "2024-02-01", force="supervisory"),
        act("late", "extend", "end", "2024-02-01", until="2024-03-01"),
    ][:-1]
    assert outcomes(claims, "2024-06-15") == {
        "end": ("took_effect",),
        "second": ("not_yet",),
        "undone": ("undone",),
        "undoing": ("took_effect",),
        "weak": ("ultra_vires",),
    }
    assert outcomes(claims, "2024-07-15")["second"] == ("nothing_to_do",)
    late = act("late", "extend", "ban", "2025-02-01", made="2025-02-01", until="2025-12-31")
    assert outcomes([BAN, late], "2025-02-01") == {"late": ("extension_after_expiry",)}
    held = act("held", "suspend", "end", "2024-06-10", until="2024-06-20", **COURT)
    assert outcomes([*claims, held], "2024-06-15")["end"] == ("suspended",)


def test_imprecise_dates_leave_several_states() -> None:
    """With the first and the last day of each, where these differ."""
    law = norm("law", "authorise", "[2024-03-04..2024-03-07]")
    (told,) = ask([law], "2024-03-10").candidates
    assert [(s.day, s.latest) for s in told.states] == [(date(2024, 3, 4), date(2024, 3, 7))]
    end = norm("ban", "prohibit", "2024-01-01", effective_to="[2024-03-04..2024-03-07]")
    other = norm("law", "prohibit", "2024-01-01", activity="va")
    (first, _) = ask([end, other], "2024-03-05").candidates
    assert [s.state for s in first.states] == ["in_force", "ended"]
    assert "or, as imprecise dates leave it open, " in sentences([end, other], "2024-03-05")[0][0]


def decided(claim: str, made: str, outcome: str = "granted", **fields: Any) -> CountedClaim:
    """A decision on Acme."""
    whole = {"force": "individual", "addressees": ["org:acme"], "issuer": "PK.SBP", **fields}
    return counted(claim, kind="decision", made=made, outcome=outcome, **whole)


def test_the_position_of_an_organisation() -> None:
    """The latest of one issuer, place and activity, from ``made`` to ``effective_to``."""
    claims = [
        decided("first", "2024-01-01", "pre_cleared"),
        decided("second", "2024-03-01", effective_to="2024-06-30"),
        decided("other", "2024-02-01", issuer="PK.MOF"),
        decided("below", "2024-02-01", activity="va.mining"),
    ]

    def stand(*more: CountedClaim, day: str = "2024-04-01", activity: str = "va") -> list[str]:
        found = ask([*claims, *more], day, activity, actor="org:acme")
        return [one.claim for one in found.position]

    assert stand() == ["other", "second"]
    assert stand(day="2024-02-15") == ["first", "other"]
    assert stand(activity="va.mining") == ["below", "other", "second"]
    assert stand(decided("gone", "2024-03-15", "revoked")) == ["other"]
    same_day = (decided("gone", "2024-03-15", "revoked"), decided("new", "2024-03-15"))
    assert stand(*same_day) == ["other"]
    assert ask(claims, "2024-04-01").position == ()
    known = facts(*claims)
    cell = Cell("PK", "va", "org:acme")
    told = explain(resolve(cell, day=date(2024, 4, 1), facts=known), known)
    assert told.beside[1] == (
        "For Acme a decision stands: granted, of 2024-03-01, until 2024-06-30, by State Bank "
        "[second]: What second says."
    )


def test_notes_are_counted_where_nothing_else_is_recorded() -> None:
    """And not where a reason can be given."""
    note = counted("n", kind="context", force="report")
    claims = [note, decided("d", "2024-01-01")]
    found = ask(claims, "2024-04-01")
    assert (found.reason, found.noted) == ("no_claims", 2)
    known = facts(*claims)
    told = explain(resolve(Cell("PK", "va"), day=date(2024, 4, 1), facts=known), known)
    assert told.basis == ("No rule decides: nothing that bears on the status; 2 notes are kept.",)
    assert ask([*claims, CIRCULAR], "2017-01-01").noted == 0


def test_a_commitment_is_told_with_body_and_day() -> None:
    """It is no rule."""
    made = counted(
        *("c",), kind="commitment", force="official", issuer="PK.MOF", uttered_at="2025-05-25"
    )
    known = facts(made)
    told = explain(resolve(Cell("PK", "va"), day=date(2025, 6, 1), facts=known), known)
    assert told.beside == ("Ministry of Finance committed itself (2025-05-25) [c]: What c says.",)
    assert ask([made], "2025-05-24").commitments == ()
