"""The parts of an answer: in order, and short where there is nothing remarkable."""

from __future__ import annotations

from datetime import date

from ledger.domain.resolve.explain import explain
from ledger.domain.resolve.facts import Cell
from ledger.domain.resolve.precedence import RULES
from ledger.domain.resolve.resolve import resolve
from ledger.domain.state_records import CountedClaim
from ledger.queries.disputes import Dispute
from ledger.wording.answer_parts import BEATEN, HEADINGS, Said, differing, dispute_words, parts
from ledger.wording.explanations import NamedClaim, in_pieces
from ledger.wording.statuses import FLAG_MEANINGS, FLAG_WORDS, FLAGS, marks_of
from tests.domain.worlds import act, facts, norm, proposal, said


def read(*claims: CountedClaim, day: str = "2024-06-01") -> dict[str, list[str]]:
    """The lines of each part of the answer for va in PK."""
    known = facts(*claims)
    found = resolve(Cell("PK", "va"), day=date.fromisoformat(day), facts=known)
    told = parts(found, explain(found, known))
    return {part.name: [said.text for said in part.lines] for part in told}


def ended(*years: int) -> list[CountedClaim]:
    """Bans that each lasted for a year."""
    return [norm(f"b{y}", "prohibit", f"{y}-01-01", effective_to=f"{y}-12-31") for y in years]


def test_of_rules_that_ended_the_last_three_are_told_and_the_others_listed() -> None:
    """Newest first; where a rule decides, all of them stand in one line."""
    lapsed = read(*ended(2015, 2016, 2017, 2018, 2019))["candidates"]
    assert [line[:15] for line in lapsed[:3]] == [
        "The rule [b2019",
        "The rule [b2018",
        "The rule [b2017",
    ]
    assert lapsed[3:] == [
        "Ended before: the rule [b2016] (until 2016-12-31); the rule [b2015] (until 2015-12-31)."
    ]
    decided = read(*ended(2018, 2019), norm("now", "permit", "2020-01-01"))
    assert decided["candidates"] == [
        "Ended: the rule [b2019] (until 2019-12-31); the rule [b2018] (until 2018-12-31)."
    ]


def test_a_title_with_brackets_moves_no_rule_to_another_part() -> None:
    """What a sentence is about is known by its claim, whatever brackets a title holds."""
    amended = {"id": "act", "title": "Tender Act [as amended]"}
    gone = {"effective_to": "2023-12-31", "instrument": amended}
    found = read(
        norm("tender", "recognise", "2020-01-01", **gone),
        norm("ban", "prohibit", "2020-01-01", **gone),
        norm("now", "permit", "2024-01-01"),
    )
    (rule,) = found["candidates"]
    assert rule.startswith("Ended: ")
    assert rule.endswith("[ban] (until 2023-12-31).")
    assert any("[tender]" in line for line in found["recognition"])


def test_acts_that_a_state_names_are_not_told_twice() -> None:
    """Those without effect for want of power always are; those that did nothing stand together."""
    ban = norm("ban", "prohibit", "2020-01-01")
    acts = [
        act("end", "repeal", "ban", "2024-03-01"),
        act("again", "repeal", "ban", "2024-04-01"),
        act("vain", "repeal", "ban", "2024-02-01", force="supervisory"),
    ]
    found = read(ban, *acts)
    (rule,) = found["candidates"]
    assert rule == "The rule [ban] ended on 2024-02-29: repealed by an act, 2024-03-01 [end]."
    assert found["acts"] == [
        (
            "The repeal by an act, 2024-02-01 [vain] had no effect: its author lacked the power: "
            "supervisory force is lower than primary, and the act names no power under which it was"
            " made (ultra_vires)."
        ),
        "Changed nothing: the repeal by an act, 2024-04-01 [again].",
    ]


def test_a_rule_that_an_act_began_is_told_beside_what_it_decides() -> None:
    """One in force by its own date is not: the basis names it."""
    waiting = norm("ban", "prohibit", made="2020-01-01", commencement="pending")
    found = read(waiting, act("start", "commence", "ban", "2024-03-01"))
    assert found["candidates"][0].startswith(
        "The rule [ban] has been in force since 2024-03-01: commenced"
    )
    assert "candidates" not in read(norm("ban", "prohibit", "2020-01-01"))


def test_what_is_under_way_is_told_by_the_line_it_would_change() -> None:
    """A bill about recognition stands with the recognition, with its stage."""
    bills = [
        proposal("law", "tabled", "2024-05-01", asserts="legal"),
        proposal("tender", "passed_lower", "2024-05-02", asserts="recognised"),
    ]
    found = read(*bills)
    assert [line.split(":")[0] for line in found["pending"]] == [
        "The proposal of an unnamed source [law] is at the stage tabled"
    ]
    assert "[tender] is at the stage passed lower" in found["recognition"][-1]
    assert list(found) == [name for name in HEADINGS if name in found]


def test_others_are_told_by_status_without_those_that_follow() -> None:
    """An activity with the status of the one above it goes without saying."""
    others = [
        ("va.exchange", "legal"),
        ("va.exchange.fiat", "legal"),
        ("va.mining", "prohibited"),
        ("va.mining.a", "legal"),
        ("va.tax", "prohibited"),
    ]
    assert differing(others) == [
        Said("legal", "va.exchange, va.mining.a"),
        Said("prohibited", "va.mining, va.tax"),
    ]


def test_commitments_and_differences_have_marks_of_their_own() -> None:
    """Every mark has a sign, words for the legend, and a meaning."""
    assert marks_of(["commitment", "places_differ"], "none") == ("commitment", "differs")
    assert marks_of(["actors_differ"], "norm") == ("differs",)
    assert marks_of(["children_differ"], "norm") == ()
    assert list(FLAGS) == list(FLAG_WORDS)
    assert set(FLAGS) == set(FLAG_MEANINGS)


def test_losers_stand_below_the_rule_that_beat_them_each_in_a_short_line() -> None:
    """The rule and the winner are said once; a loser is not said to yield five times."""
    spoke = [said(f"s{n}", "prohibited", f"2020-0{n}-01") for n in (1, 2, 3)]
    known = facts(*spoke, norm("law", "permit", "2021-01-01", made="2021-01-01"))
    found = resolve(Cell("PK", "va"), day=date(2024, 6, 1), facts=known)
    named = {"s2": NamedClaim(7, "", "2020-02-01")}
    told = {p.name: p.lines for p in parts(found, explain(found, known), named=named)}["losers"]
    assert [one.below for one in told] == [False, True, True, True]
    assert told[0].text.startswith("Overtaken by the rule")
    assert told[0].text.endswith("[law], made later:")
    assert [one.text.count("overtaken") for one in told] == [0, 0, 0, 0]
    assert told[2].text.endswith(", 2020-02-01 [s2]")
    assert told[3].text.endswith(" [s3]")


def test_every_rule_that_beats_a_claim_has_its_words() -> None:
    """A rule that is asked and has no words would be shown by its name alone."""
    others = {"stricter_in_tie", "stricter_regime", "permit_outside_home_regime"}
    assert set(BEATEN) == {*RULES, *others, "walked_back", "overtaken"}
    assert all("{}" in words for rule, words in BEATEN.items() if not rule.startswith("permit"))


def test_a_joint_statement_that_is_beaten_and_a_basis_says_why() -> None:
    """One body took it back; for the other it stands."""
    two = [{"body": "PK.SBP"}, {"body": "PK.FIN"}]
    both = said("joint", "prohibited", "2024-01-01", speakers=two)
    back = said("back", "legal", "2024-02-01", speakers=two[:1])
    known = facts(both, back)
    found = resolve(Cell("PK", "va"), day=date(2024, 6, 1), facts=known)
    assert "joint" in found.basis
    lines = {p.name: p.lines for p in parts(found, explain(found, known))}["losers"]
    assert lines[0].text.startswith("Walked back by ")
    assert lines[1].text.endswith("for another body that made it, it stands and is a basis")


def test_a_dispute_says_who_which_and_why() -> None:
    """A code that nobody has words for stands as it is; no comment leaves nothing behind."""
    one = Dispute(9, "E", "c", "the rule [c]", "sana", "2024-05-01", "wrong_date", "It is June.")
    assert dispute_words(one) == (
        "sana disputes the rule [c] on 2024-05-01 (a date is wrong): “It is June.” [E]"
    )
    bare = Dispute(9, "E", "c", "the rule [c]", "sana", "2024-05-01", "new_code", "")
    assert dispute_words(bare) == "sana disputes the rule [c] on 2024-05-01 (new_code) [E]"


def test_references_are_pieces_of_their_own_and_nothing_else_is() -> None:
    """What a text of others has in brackets is text; a sign stays with the reference before it."""
    claim = "01970000-0000-7000-8000-000000000001"
    other = "01970000-0000-7000-8000-000000000002"
    text = f"It rests on a [@7] rule [{claim}]: see [{other}], and [{claim}]"
    pieces = list(in_pieces(text, {claim: NamedClaim(31, "")}))
    assert [seq for _, seq in pieces] == [None, 31, None, 31, None]
    assert pieces[1] == ("[@31]: ", 31)
    assert pieces[2] == (f"see [{other}], and ", None)
    assert pieces[0] == ("It rests on a [@7] rule ", None)
