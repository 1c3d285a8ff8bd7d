"""What became of rules and what acts did is told with rule, act and day."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.domain.resolve.explain import Explanation, explain
from ledger.domain.resolve.explain_norms import in_short
from ledger.domain.resolve.facts import Cell
from ledger.domain.resolve.resolve import resolve
from ledger.domain.state_records import CountedClaim
from tests.domain.worlds import act, counted, facts, instrument, norm

BAN = norm("ban", "prohibit", "2024-01-01", made="2023-12-01", instrument=instrument("ban"))
WAITING = norm(
    "ban", "prohibit", made="2023-12-01", commencement="pending", instrument=instrument("ban")
)
COURT = {"name": "Supreme Court", "finality": "final"}
INTERIM = {"name": "High Court", "finality": "interim"}


def told(*claims: CountedClaim, day: str = "2024-06-01", actor: str = "any") -> Explanation:
    """The explanation of va in PK."""
    known = facts(*claims)
    cell = Cell("PK", "va", actor)
    return explain(resolve(cell, day=date.fromisoformat(day), facts=known), known)


@pytest.mark.parametrize(
    ("claims", "day", "sentence"),
    [
        ([BAN], "2024-06-01", "is in force since 2024-01-01."),
        (
            [BAN],
            "2023-06-01",
            "has not begun: its first day is to be 2024-01-01.",
        ),
        (
            [norm("ban", "prohibit", "2024-01-01", effective_to="2024-03-01")],
            "2024-06-01",
            "ended on 2024-03-01, its own last day.",
        ),
        (
            [BAN, act("a", "annul", "ban", "2024-03-04", force="judicial", court=COURT)],
            "2024-06-01",
            "ended on 2024-03-03: annulled by Supreme Court, judgment of 2024-03-04 [a].",
        ),
        (
            [
                BAN,
                act("a", "annul", "ban", "2024-03-04", force="judicial", court=COURT, ex_tunc=True),
            ],
            "2024-06-01",
            (
                "was never in force: annulled by Supreme Court, judgment of 2024-03-04 [a] from the"
                " start."
            ),
        ),
        (
            [BAN, act("a", "repeal", "ban", "2024-03-04", issuer="PK.MOF", made="2024-02-01")],
            "2024-06-01",
            "ended on 2024-03-03: repealed by Ministry of Finance, act of 2024-02-01 [a].",
        ),
        (
            [BAN, act("a", "suspend", "ban", "2024-03-04", force="judicial", court=INTERIM)],
            "2024-06-01",
            "is suspended since 2024-03-04, by High Court, interim judgment of 2024-03-04 [a].",
        ),
        (
            [WAITING, act("a", "commence", "ban", "2024-03-01")],
            "2024-06-01",
            "is in force since 2024-03-01: commenced by an act of 2024-03-01, primary [a].",
        ),
        (
            [WAITING, act("a", "commence", "ban", "2024-03-01", force="delegated")],
            "2024-06-01",
            "has not begun: no act that has effect commences it.",
        ),
        (
            [
                WAITING,
                act("a", "commence", "ban", "2024-03-01"),
                act("b", "suspend", "a", "2024-04-01"),
            ],
            "2024-06-01",
            (
                "has not begun: the act that commences it is suspended by an act of 2024-04-01,"
                " primary [b]."
            ),
        ),
    ],
)
def test_the_state_of_a_rule_comes_with_its_day_and_act(
    claims: list[CountedClaim], day: str, sentence: str
) -> None:
    """In force, not begun, ended, annulled, suspended: by which date, or whose act."""
    (found,) = told(*claims, day=day).candidates
    assert found.partition("[ban] ")[2] == sentence
    assert found.startswith(("The ban [ban]", "The rule [ban]"))


def test_imprecise_dates_leave_several_days() -> None:
    """The first and the last of them are told."""
    (found,) = told(norm("ban", "prohibit", "2024-06"), day="2024-07-10").candidates
    assert found == "The rule [ban] is in force since a day from 2024-06-01 to 2024-06-30."


@pytest.mark.parametrize(
    ("acts", "sentence"),
    [
        (
            [act("a", "repeal", "ban", "2024-03-01", force="supervisory", issuer="PK.SBP")],
            (
                "The repeal of 2024-03-01 by State Bank [a], upon The ban [ban], had no effect: its"
                " author lacked the power (ultra_vires)."
            ),
        ),
        (
            [act("a", "repeal", "ban", "2024-09-01")],
            "The repeal of 2024-09-01, primary [a], upon The ban [ban], is not due yet.",
        ),
        (
            [act("a", "lift", "instrument:ban", "2024-03-01")],
            "The lifting of 2024-03-01, primary [a], upon ban, changed nothing.",
        ),
    ],
)
def test_what_an_act_did_is_told(acts: list[CountedClaim], sentence: str) -> None:
    """With its author, what it was aimed at, and why it failed where it did."""
    assert told(BAN, *acts).acts == (sentence,)


def test_commitments_and_decisions_are_told_with_body_and_day() -> None:
    """The body by name, the day as its source gives it."""
    promise = counted(
        "promise", kind="commitment", force="institutional", issuer="PK.MOF", uttered_at="2024-05~"
    )
    licence = counted(
        "licence",
        kind="decision",
        force="individual",
        addressees=["org:acme"],
        outcome="pre_cleared",
        issuer="PK.SBP",
        made="2024-02-01",
        effective_to="2024-12-31",
    )
    found = told(promise, licence, actor="org:acme")
    assert found.commitments == ("Ministry of Finance, 2024-05~ [promise]: What promise says.",)
    assert found.position == (
        (
            "Pre cleared by State Bank, made 2024-02-01, until 2024-12-31 [licence]: What licence"
            " says."
        ),
    )


def test_in_short_only_what_ended_last_and_what_had_no_power_is_told() -> None:
    """A cell with a rule in force and no failed act has nothing to add."""
    old = norm("old", "prohibit", "2020-01-01", effective_to="2020-12-31")
    known = facts(old, BAN, act("a", "repeal", "ban", "2024-03-01"))
    cell = Cell("PK", "va")
    lapsed = resolve(cell, day=date(2024, 6, 1), facts=known)
    assert in_short(lapsed, known).startswith("The ban [ban] ended on 2024-02-29: repealed by")
    assert "old" not in in_short(lapsed, known)
    assert in_short(resolve(cell, day=date(2024, 2, 1), facts=known), known) == ""
    vain = facts(BAN, act("a", "repeal", "ban", "2024-03-01", force="supervisory"))
    found = in_short(resolve(cell, day=date(2024, 6, 1), facts=vain), vain)
    assert found == "no power for the repeal of 2024-03-01, supervisory [a]"
