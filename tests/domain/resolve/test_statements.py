"""Declarations, proposals, recognition, and the flags: rule by rule."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ledger.domain.resolve.conflict import Loser
from ledger.domain.state_records import CountedClaim
from tests.domain.worlds import act, ask, counted, facts, norm, proposal, said

DAY = "2024-06-01"
SBP: dict[str, Any] = {"issuer": "PK.SBP"}
BANNED = said("banned", "prohibited", "2024-03-01", **SBP)


# --- declarations --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("force", "shown"), [("institutional", True), ("official", True), ("report", False)]
)
def test_hearsay_declares_nothing(force: str, *, shown: bool) -> None:
    """A report never matters, though it is a statement."""
    found = ask([said("s", "prohibited", "2024-03-01", force=force)], DAY)
    assert (found.status == "prohibited") is shown
    assert found.reason == "statements_only"


def test_a_statement_counts_from_the_day_it_was_uttered() -> None:
    """Not the day before."""
    assert ask([BANNED], "2024-02-29").reason == "no_claims"
    assert ask([BANNED], "2024-03-01").basis_kind == "declared"


def test_the_normative_view_shows_no_declaration() -> None:
    """Only norms decide there."""
    found = ask([BANNED], DAY, view="normative")
    assert (found.status, found.basis_kind, found.basis) == ("undetermined", "none", ())


@pytest.mark.parametrize("asserts", ["legal", "not:prohibited", "not:legal", None])
def test_only_outright_restrictions_are_shown(asserts: str | None) -> None:
    """A declared legal, and what something is not, are reported and not shown as the status."""
    found = ask([said("s", asserts, "2024-03-01", **SBP)], DAY)
    assert (found.status, found.reason) == ("undetermined", "statements_only")


def test_the_strictest_live_declaration_is_shown() -> None:
    """Whoever made it, and the others are not its basis."""
    other = said("framed", "under_framework", "2024-04-01", issuer="PK.MOF")
    found = ask([BANNED, other], DAY)
    assert (found.status, found.basis) == ("prohibited", ("banned",))
    assert "contested:statements" in found.flags


@pytest.mark.parametrize(
    ("fields", "walked"),
    [
        ({}, True),
        ({"force": "institutional"}, True),
        ({"issuer": "PK.MOF"}, False),
        ({"issuer": None}, False),
        ({"force": "report"}, False),
        ({"asserts": "not:legal"}, False),
        ({"uttered_at": "2024-03-01"}, False),
        ({"uttered_at": "2024-06-02"}, False),
    ],
)
def test_who_walks_back_what(fields: dict[str, Any], *, walked: bool) -> None:
    """A later one of the same body, with at least the same force, that conflicts."""
    later = {"asserts": "legal", "uttered_at": "2024-04-01", "force": "official", **SBP, **fields}
    found = ask([BANNED, counted("later", kind="declaration", **later)], DAY)
    assert ("walked_back:banned" in found.flags) is walked
    assert (found.status == "undetermined") is walked
    assert (Loser("banned", "walked_back", "later") in found.losers) is walked


def test_a_lesser_voice_walks_nothing_back() -> None:
    """An official's word against the institution's own publication only contests it."""
    release = said("release", "prohibited", "2024-03-01", force="institutional", **SBP)
    found = ask([release, said("later", "legal", "2024-04-01", **SBP)], DAY)
    assert found.status == "prohibited"
    assert "contested:statements" in found.flags


def test_what_was_walked_back_stays_so() -> None:
    """Even when the later statement is walked back in turn."""
    claims = [
        BANNED,
        said("legal", "legal", "2024-04-01", **SBP),
        said("framed", "under_framework", "2024-05-01", **SBP),
    ]
    found = ask(claims, DAY)
    assert (found.status, found.basis) == ("under_framework", ("framed",))
    assert {"walked_back:banned", "walked_back:legal"} <= set(found.flags)


@pytest.mark.parametrize(
    ("made", "overtaken"),
    [
        ("2024-03-02", True),
        ("2024-03-01", False),
        ("2024", False),
        ("2024-06-02", False),
        (None, False),
    ],
)
def test_a_norm_made_surely_later_overtakes(made: str | None, *, overtaken: bool) -> None:
    """In force or not, but not before it is made."""
    law = norm("law", "permit", "2030-01-01", made=made)
    found = ask([BANNED, law, proposal("bill", "tabled", "2024-03-01")], DAY)
    assert (found.status == "undetermined") is overtaken
    assert (found.pending == ()) is overtaken
    assert (Loser("banned", "overtaken", "law") in found.losers) is overtaken
    assert found.reason == "not_yet_in_force"


def test_declarations_never_touch_norms() -> None:
    """They contest the answer, and that is all."""
    law = norm("law", "permit", "2020-01-01")
    found = ask([law, BANNED], DAY)
    assert (found.status, found.basis_kind) == ("legal", "norm")
    assert "contested:declaratory" in found.flags
    agree = ask([norm("law", "prohibit", "2020-01-01"), BANNED], DAY)
    assert "contested:declaratory" not in agree.flags


def test_an_undated_statement_is_dated_by_its_anchor_or_report() -> None:
    """Else it counts as made before every day."""
    dated = {
        "url": "https://example.org",
        "publisher": "E",
        "title": "T",
        "published": "2024-03-05",
    }
    base: dict[str, Any] = {"kind": "declaration", "asserts": "prohibited", "force": "official"}
    anchored = counted("s", date_anchor="2024-03-03", reports=[dated], **base)
    reported = counted("s", reports=[dated], **base)
    nowhere = counted("s", **base)
    for claim, first in ((anchored, "2024-03-03"), (reported, "2024-03-05")):
        before = date.fromordinal(date.fromisoformat(first).toordinal() - 1)
        assert ask([claim], before.isoformat()).reason == "no_claims"
        assert ask([claim], first).status == "prohibited"
    assert ask([nowhere], "1990-01-01").status == "prohibited"


# --- reasons -------------------------------------------------------------------------------------


def test_reasons_come_in_order() -> None:
    """Each added claim fits an earlier reason."""
    bill = proposal("bill", "idea", "2024-01-01", force="report")
    claims: list[CountedClaim] = [counted("c", kind="context", force="official")]
    steps = [
        (None, "no_claims"),
        (bill, "proposals_only"),
        (said("s", "legal", "2024-01-01", force="report"), "statements_only"),
        (norm("future", "prohibit", "2030-01-01"), "not_yet_in_force"),
        (norm("past", "prohibit", "2020-01-01", effective_to="2020-12-31"), "lapsed"),
        (norm("held", "prohibit", "2020-01-01", regime="aml"), None),
        (act("hold", "suspend", "held", "2024-01-01"), "suspended"),
    ]
    for claim, reason in steps:
        if claim is not None:
            claims.append(claim)
        assert ask(claims, DAY, view="normative").reason == reason


def test_overtaken_statements_and_proposals_still_count_for_the_reason() -> None:
    """They were made, even if they no longer describe the law of the cell's recognition."""
    claims = [
        proposal("bill", "tabled", "2020-01-01"),
        norm("law", "prohibit", "2030-01-01", made="2021-01-01", activity="va.deal"),
    ]
    assert ask(claims, DAY).reason == "proposals_only"
    assert ask(claims, DAY, "va.deal").reason == "not_yet_in_force"


# --- recognition ---------------------------------------------------------------------------------


def test_recognition_is_a_line_of_its_own() -> None:
    """It prohibits nothing, and never changes the reason."""
    claims = [norm("no", "not_recognise", "2020-01-01")]
    found = ask(claims, DAY)
    assert (found.status, found.reason) == ("undetermined", "no_claims")
    assert (found.recognition, found.recognition_kind) == ("not_recognised", "norm")
    assert found.recognition_basis == ("no",)
    assert ask([], DAY).recognition is None


def test_recognition_is_contested_by_the_same_rules() -> None:
    """The later law wins; where nothing decides, not recognised stands."""
    old = norm("old", "not_recognise", "2020-01-01", made="2020-01-01")
    new = norm("new", "recognise", "2021-01-01", made="2021-01-01")
    found = ask([old, new], DAY)
    assert found.recognition == "recognised"
    assert Loser("old", "lex_posterior", "new") in found.losers
    tied = ask([old, norm("new", "recognise", "2021-01-01", made="2020-01-01")], DAY)
    assert tied.recognition == "not_recognised"
    assert "recognition:contested:tie" in tied.flags
    ended = ask([new, act("end", "repeal", "new", "2024-01-01")], DAY)
    assert ended.recognition == "undetermined"
    unsure = ask([norm("r", "recognise", "2024-06")], "2024-06-15")
    assert (unsure.recognition, unsure.possible) == ("undetermined", ())
    assert "recognition:date_uncertain" in unsure.flags


def test_a_declaration_fills_the_line_where_no_norm_does() -> None:
    """Marked declared, in the prudential view; and it is no statement about the status."""
    tender = said("tender", "not_recognised", "2024-03-01", **SBP)
    found = ask([tender], DAY)
    assert (found.recognition, found.recognition_kind) == ("not_recognised", "declared")
    assert found.recognition_basis == ("tender",)
    assert (found.status, found.reason) == ("undetermined", "no_claims")
    assert ask([tender], DAY, view="normative").recognition == "undetermined"
    law = norm("law", "recognise", "2020-01-01")
    found = ask([law, tender], DAY)
    assert (found.recognition, found.recognition_kind) == ("recognised", "norm")
    assert "recognition:contested:declaratory" in found.flags


# --- flags ---------------------------------------------------------------------------------------


def test_low_evidence_means_nobody_saw_a_source() -> None:
    """One claim of the basis with its source seen is enough."""
    unseen = norm("a", "prohibit", "2020-01-01")
    seen = norm("b", "prohibit", "2020-01-01", primary_source_seen=True)
    milder = norm("c", "permit", "2020-01-01", primary_source_seen=True)
    assert "low_evidence" in ask([unseen, milder], DAY).flags
    assert "low_evidence" not in ask([unseen, seen], DAY).flags
    assert "low_evidence" not in ask([], DAY).flags


def test_retroactive_is_about_the_basis_and_sure_dates() -> None:
    """A year of making that holds the first day leaves it open."""
    assert "retroactive" in ask([norm("a", "prohibit", "2020-01-01", made="2020-01-02")], DAY).flags
    for made in ("2020-01-01", "2020", None):
        assert "retroactive" not in ask([norm("a", "prohibit", "2020-01-01", made=made)], DAY).flags


def test_disputes_and_suspect_keys_of_what_bears_on_it_are_flagged() -> None:
    """Also of an act, and not of a stranger's claim."""
    law = norm("law", "prohibit", "2020-01-01")
    end = act("end", "repeal", "law", "2024-01-01")
    doubted = CountedClaim(**{**_fields(end), "disputed": True, "suspect_key": True})
    assert {"disputed", "suspect_key"} <= set(ask([law, doubted], DAY).flags)
    far = norm("far", "prohibit", "2020-01-01", jurisdiction="DE")
    stranger = CountedClaim(**{**_fields(far), "disputed": True, "suspect_key": True})
    assert not {"disputed", "suspect_key"} & set(ask([law, stranger], DAY).flags)


def _fields(counted_claim: CountedClaim) -> dict[str, Any]:
    names = ("id", "claim", "seq", "counted_seq", "counted_on")
    return {name: getattr(counted_claim, name) for name in names}


@pytest.mark.parametrize(
    ("pending", "flagged"),
    [
        (norm("new", "prohibit", "2020-01-01"), True),
        (norm("law", "permit", "2020-01-01", jurisdiction="DE"), True),
        (act("end", "repeal", "law", "2024-01-01"), True),
        (act("end", "repeal", "instrument:LAW", "2024-01-01"), True),
        (norm("far", "prohibit", "2020-01-01", jurisdiction="DE"), False),
        (norm("below", "prohibit", "2020-01-01", activity="va.deal"), False),
        (act("end", "repeal", "other", "2024-01-01"), False),
        (norm("base", "permit", "2020-01-01", activity="va.tax", instrument={"id": "UP"}), True),
    ],
)
def test_what_awaits_review_is_flagged_where_it_could_matter(
    pending: CountedClaim, *, flagged: bool
) -> None:
    """A new claim, a correction, an act on what matters, an enabler; nothing else. No result."""
    law = norm(
        "law",
        "prohibit",
        "2020-01-01",
        force="delegated",
        instrument={"id": "LAW"},
        enabling_instrument="UP",
    )
    found = ask(facts(law, pending=[pending]), DAY)
    assert found.status == "prohibited"
    assert ("awaiting_review" in found.flags) is flagged


def test_the_next_change_is_the_next_day_that_matters() -> None:
    """Days on which nothing visible changes are passed over; after the last there is none."""
    claims = [
        norm("law", "prohibit", "2020-01-01", effective_to="2025-12-31"),
        norm("weak", "permit", "2024-09-01", force="supervisory"),
        norm("more", "prohibit", "2025-03-01", effective_to="2025-12-31"),
    ]
    found = ask(claims, DAY)
    assert found.next_change == date(2025, 3, 1)
    assert "next_change" in found.flags
    assert ask(claims, "2025-03-01").next_change == date(2026, 1, 1)
    last = ask(claims, "2026-01-01")
    assert (last.next_change, "next_change" in last.flags) == (None, False)


def test_flags_are_sorted_and_the_value_starts_with_the_status() -> None:
    """What a script reads first is the status, then whether norms say so."""
    found = ask([BANNED, norm("n", "permit", "2024-06")], "2024-06-15")
    assert list(found.flags) == sorted(set(found.flags))
    value = found.to_value()
    assert list(value)[:5] == ["status", "normative_status", "view", "basis_kind", "actors"]
    assert value["day"] == "2024-06-15"
    assert value["cell"] == {"jurisdiction": "PK", "activity": "va", "actor": "any"}
