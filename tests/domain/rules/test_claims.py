"""Content: what a claim may refer to, acts upon acts, circles, corrections, definitions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from ledger.domain import event_models
from ledger.domain.claim_parts import Act
from ledger.domain.claims import Claim
from ledger.domain.definitions import (
    Activity,
    ActorClass,
    Body,
    DatedClass,
    Jurisdiction,
    Profile,
)
from ledger.domain.rules.named_ids import unknown_ids
from ledger.errors import Conflict, InputError, RuleViolation, UnknownId
from tests.domain.stage import Stage, act, event_id, four_eyes, norm, said

ACTS: tuple[Act, ...] = (
    "repeal", "replace", "suspend", "lift", "extend", "revive", "annul", "commence", "postpone",
    "amend",
)  # fmt: skip


def made(name: str, target: str, **fields: Any) -> Claim:
    """An act with what its kind requires beside the target."""
    needs: dict[str, dict[str, Any]] = {
        "postpone": {"made": "2019"},
        "extend": {"until": "2030"},
        "revive": {"until": "2030"},
    }
    return act(name, target, **{**needs.get(name, {}), **fields})


def rule_of(do: Callable[..., object], *args: Any, **fields: Any) -> str:
    """The rule that refuses what is done."""
    with pytest.raises(RuleViolation) as caught:
        do(*args, **fields)
    return caught.value.rule


# --- ids -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "kind", "value", "nearest"),
    [
        (norm(jurisdiction="PKK"), "jurisdiction", "PKK", "PK"),
        (norm(activity="va.exchagne"), "activity", "va.exchagne", "va.exchange"),
        (norm(addressees=["banks"]), "actor class", "banks", "bank"),
        (norm(addressees=["any", "org:PK.SPB"]), "body", "PK.SPB", "PK.SBP"),
        (norm(issuer="PK.SB"), "body", "PK.SB", "PK.SBP"),
        (said(speakers=[{"body": "SBP"}]), "body", "SBP", "PK.SBP"),
    ],
)
def test_unknown_ids_are_refused_with_the_nearest(
    claim: Claim, kind: str, value: str, nearest: str
) -> None:
    """Every id of a claim must be defined; the refusal names kind, value and the nearest ids."""
    stage = Stage()
    stage.define_body("PK.SBP")
    with pytest.raises(UnknownId) as caught:
        stage.record(claim)
    assert (caught.value.kind, caught.value.value) == (kind, value)
    assert nearest in caught.value.nearest
    assert nearest in caught.value.hint
    assert stage.seq == 3


def test_all_unknown_ids_of_a_claim_are_found() -> None:
    """A reader of files gets every unknown id with its field, not only the first."""
    claim = said(
        jurisdiction="XX", activity="x", addressees=["any", "banks", "org:x"], issuer="x",
        speakers=[{"office": "Secretary"}, {"body": "y"}],
    )  # fmt: skip
    found = dict(unknown_ids(Stage().state.taxonomy(), claim))
    assert list(found) == [
        "jurisdiction", "activity", "addressees[1]", "addressees[2]", "issuer", "speakers[1].body",
    ]  # fmt: skip
    assert found["addressees[1]"].kind == "actor class"


def test_a_claim_may_name_what_is_pending_and_is_approved_with_it() -> None:
    """Definitions and claims may wait together; a claim counts with or after what it names."""
    stage = four_eyes()
    child = stage.do("rec", Activity(id="va.exchange.new", name="N", parent="va.exchange")).id
    body = stage.define_body("PK.SBP", by="rec")
    one = stage.record(norm(issuer="PK.SBP", activity="va.exchange.new"), by="rec")
    two = stage.record(act("suspend", one, activity="va"), by="rec")
    assert rule_of(stage.review, "approve", one, by="rev") == "definition_pending"
    assert rule_of(stage.review, "approve", body, one, by="rev") == "definition_pending"
    stage.review("approve", one, two, body, child, by="rev")  # in whatever order they are named
    assert stage.version(one).state == "counting"
    with pytest.raises(UnknownId):
        stage.record(norm(issuer="PK.SECP"), by="rec")


def test_what_was_rejected_or_waits_for_nobody_cannot_be_named() -> None:
    """A rejected definition is unknown; one left pending, without review, is named as that."""
    stage = four_eyes()
    body = stage.define_body("PK.SBP", by="rec")
    claim = stage.record(norm(issuer="PK.SBP"), by="rec")
    left = stage.define_body("PK.FIA", by="rec")
    stage.review("reject", body, by="rev")
    assert rule_of(stage.review, "approve", claim, by="rev") == "definition_pending"
    with pytest.raises(UnknownId, match="unknown body"):
        stage.record(norm(issuer="PK.SBP"), by="rec")
    stage.do("ana", event_models.PolicyChanged(review="none"))
    with pytest.raises(UnknownId, match=f"pending at @{stage.version(left).seq}"):
        stage.record(norm(issuer="PK.FIA"), by="rec")


def test_a_key_names_one_claim_for_good() -> None:
    """A key is never used again, not even when its claim was rejected."""
    stage = four_eyes()
    first = stage.record(norm(key="circular-3"), by="rec")
    with pytest.raises(Conflict) as caught:
        stage.record(norm(key="circular-3"), by="rec")
    assert first in caught.value.message
    assert "correct circular-3" in caught.value.hint
    stage.review("reject", first, by="rev")
    with pytest.raises(Conflict):
        stage.record(norm(key="circular-3"), by="rob")


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({}, True),
        ({"expiry_rule": "120 days, inclusive"}, True),
        ({"jurisdiction": "PK-KP"}, True),
        ({"effective_to": "2025-11-04"}, False),
        ({"expiry_rule": "Permanent"}, False),
        ({"force": "supervisory"}, False),
        ({"instrument": {"id": "o", "type": "act"}}, False),
        ({"instrument": {"id": "o", "title": "An Ordinance"}}, False),
        ({"instrument": None}, False),
        ({"jurisdiction": "GB"}, False),
    ],
)
def test_a_temporary_law_carries_its_last_day(fields: dict[str, Any], *, refused: bool) -> None:
    """Where the profile names the instrument's type as temporary, its title decides nothing."""
    stage = Stage()
    stage.do("ana", Jurisdiction(id="GB", name="United Kingdom"))
    stage.do("ana", Profile(jurisdiction="PK", temporary=("ordinance",)))
    claim = norm(**{"force": "primary", "instrument": {"id": "o", "type": "ordinance"}, **fields})
    if refused:
        assert rule_of(stage.record, claim) == "last_day"
    else:
        stage.record(claim)


def test_an_act_may_leave_its_place_to_its_target() -> None:
    """An act of a known body may name neither jurisdiction nor activity; what it names exists."""
    stage = Stage()
    stage.define_body("PK.SBP")
    target = stage.record(norm())
    stage.record(act("repeal", target, jurisdiction=None, activity=None, issuer="PK.SBP"))
    with pytest.raises(UnknownId):
        stage.record(act("repeal", target, jurisdiction=None, activity=None, issuer="PK.SB"))
    with pytest.raises(UnknownId):
        stage.record(act("repeal", target, activity="va.x"))


# --- acts ----------------------------------------------------------------------------------------


def test_a_target_must_exist() -> None:
    """An act on a claim that was never recorded is refused; a key given as id finds its claim."""
    stage = Stage()
    target = stage.record(norm(key="circular-3"))
    with pytest.raises(UnknownId) as caught:
        stage.record(act("repeal", event_id(999)))
    assert (caught.value.kind, caught.value.value) == ("claim", event_id(999))
    with pytest.raises(UnknownId) as caught:
        stage.record(act("repeal", "circular-3"))
    assert caught.value.nearest == (target,)
    correction = stage.correct(target, norm(), by="ana")
    with pytest.raises(UnknownId) as caught:
        stage.record(act("repeal", correction))
    assert caught.value.nearest == (target,)


def test_an_instrument_must_have_a_norm() -> None:
    """An act on an instrument needs a recorded norm of it."""
    stage = Stage()
    with pytest.raises(UnknownId) as caught:
        stage.record(act("repeal", "instrument:act-1"))
    assert (caught.value.kind, caught.value.value) == ("instrument", "act-1")
    stage.record(norm(instrument={"id": "act-1"}))
    stage.record(act("repeal", "instrument:act-1"))


@pytest.mark.parametrize("kind", ["said", "decided"])
def test_acts_act_on_norms(kind: str) -> None:
    """Neither a statement nor a decision can be repealed."""
    stage = Stage()
    stage.define_body("acme")
    claims = {
        "said": said(),
        "decided": norm(
            kind="decision", force="individual", effect=None, effective_from=None,
            outcome="granted", addressees=["org:acme"],
        ),
    }  # fmt: skip
    target = stage.record(claims[kind])
    assert rule_of(lambda: stage.record(act("repeal", target))) == "target_kind"


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("upon", ACTS)
def test_acts_upon_acts(name: str, upon: str) -> None:
    """Acts may be repealed, replaced, annulled, suspended; suspensions also lifted, extended."""
    stage = Stage()
    first = stage.record(made(upon, stage.record(norm())))
    allowed = {"repeal", "replace", "annul", "suspend"}
    allowed |= {"lift", "extend"} if upon == "suspend" else set()
    if name in allowed:
        stage.record(made(name, first))
    else:
        assert rule_of(lambda: stage.record(made(name, first))) == "act_on_act"


@pytest.mark.parametrize("name", ACTS)
def test_every_act_acts_on_norms_and_instruments(name: str) -> None:
    """A norm, by its id or its instrument's, may be the target of any act, pending or not."""
    stage = four_eyes()
    target = stage.record(norm(instrument={"id": "act-1"}), by="rec")
    stage.record(made(name, target), by="rec")
    stage.record(made(name, "instrument:act-1"), by="rec")


@pytest.mark.parametrize("target", ["claim", "instrument:act-1"])
def test_a_revival_past_the_norms_own_end_says_until_when(target: str) -> None:
    """Where the norm's last day has surely passed, revive needs until; before that it does not."""
    stage = Stage()
    old = stage.record(norm(instrument={"id": "act-1"}, effective_to="2019-06"))
    named = old if target == "claim" else target
    assert rule_of(lambda: stage.record(act("revive", named, "2019-07-01"))) == "revive_until"
    stage.record(act("revive", named, "2019-07-01", until="2020-01-01"))
    stage.record(act("revive", named, "2019-06-30"))
    stage.record(act("extend", named, "2019-06-01", until="2019-12-31"))
    stage.record(act("revive", named, "2019-12-31"))
    assert rule_of(lambda: stage.record(act("revive", named, "2020-01-01"))) == "revive_until"


@pytest.mark.parametrize("end", ["retract", "reject", "withdraw"])
def test_what_has_ended_is_no_target(end: str) -> None:
    """A retracted, rejected or withdrawn claim can be neither acted upon nor overridden."""
    stage = four_eyes()
    target = stage.record(norm(), by="rec")
    if end == "retract":
        stage.review("approve", target, by="rev")
        stage.review("approve", stage.retract(target, by="rec"), by="rev")
    else:
        stage.review(end, target, by="rev" if end == "reject" else "rec")
    rule = "retracted" if end == "retract" else "not_open"
    override = norm(overrides=[{"claim": target, "provision": "Notwithstanding it"}])
    assert rule_of(lambda: stage.record(act("repeal", target), by="rec")) == rule
    assert rule_of(lambda: stage.record(override, by="rec")) == rule


def test_overrides_name_claims_that_exist_or_any_instrument() -> None:
    """An overridden claim must exist; an instrument that the ledger does not hold may be named."""
    stage = Stage()
    with pytest.raises(UnknownId):
        stage.record(norm(overrides=[{"claim": event_id(999), "provision": "s. 3"}]))
    stage.record(norm(overrides=[{"claim": "instrument:any-act", "provision": "s. 3"}]))


# --- corrections and retractions -----------------------------------------------------------------


def test_a_correction_may_change_the_kind() -> None:
    """What was taken for a norm may turn out to be a statement."""
    stage = Stage()
    claim = stage.record(norm())
    stage.correct(claim, said(), by="ana")
    found = stage.state.claim(claim)
    assert found is not None
    assert found.kind == "declaration"


def test_a_correction_keeps_the_key() -> None:
    """New content may repeat the claim's key or leave it out, not change or add one."""
    stage = Stage()
    keyed = stage.record(norm(key="circular-3"))
    plain = stage.record(norm())
    assert rule_of(lambda: stage.correct(keyed, norm(key="other"), by="ana")) == "key_changed"
    assert rule_of(lambda: stage.correct(plain, norm(key="other"), by="ana")) == "key_changed"
    stage.correct(keyed, norm(key="circular-3"), by="ana")


def test_corrections_are_checked_like_claims() -> None:
    """New content may not name what is unknown."""
    stage = Stage()
    claim = stage.record(norm())
    with pytest.raises(UnknownId):
        stage.correct(claim, norm(activity="va.unknown"), by="ana")


@pytest.mark.parametrize("do", ["correct", "retract", "dispute"])
def test_a_retraction_is_final(do: str) -> None:
    """A retracted claim is neither corrected nor retracted nor disputed again."""
    stage = Stage()
    claim = stage.record(norm())
    end = stage.retract(claim, by="ana")
    ways: dict[str, Callable[[], object]] = {
        "correct": lambda: stage.correct(claim, norm(), by="ana", of=end),
        "retract": lambda: stage.retract(claim, by="ana", of=end),
        "dispute": lambda: stage.do(
            "ana", event_models.ClaimDisputed(claim=claim, reason_code="other")
        ),
    }
    assert rule_of(ways[do]) == "retracted"
    assert stage.state.claim(claim) is None


def test_a_correction_names_the_current_version() -> None:
    """In a ledger without review the second of two corrections of one version is stale."""
    stage = Stage()
    claim = stage.record(norm())
    stage.correct(claim, norm(statement="Second."), by="ana")
    assert rule_of(lambda: stage.correct(claim, norm(), by="ana", of=claim)) == "stale"
    assert rule_of(lambda: stage.retract(claim, by="ana", of=claim)) == "stale"
    with pytest.raises(UnknownId) as caught:
        stage.do(
            "ana",
            event_models.ClaimRetracted(
                claim=event_id(999), supersedes="a" * 64, reason_code="duplicate"
            ),
        )
    assert caught.value.kind == "claim"


def test_an_event_is_recorded_once() -> None:
    """The same event id a second time is a conflict."""
    stage = Stage()
    claim = stage.record(norm())
    with pytest.raises(Conflict):
        stage.do("ana", event_models.ClaimRecorded(claim=norm()), id=claim)


# --- definitions ---------------------------------------------------------------------------------


def test_definitions_count_and_may_be_replaced() -> None:
    """A newer definition of an id takes the place of the older, and the version moves."""
    stage = Stage()
    first = stage.define_body("PK.SBP")
    assert stage.state.taxonomy().version == "@2"
    stage.define_body("PK.SBP", name="State Bank of Pakistan")
    assert stage.version(first).state == "superseded"
    assert stage.version(first).counts_to == 3
    assert stage.state.taxonomy().bodies["PK.SBP"].name == "State Bank of Pakistan"
    with pytest.raises(Conflict):
        stage.define_body("PK.SBP", name="State Bank of Pakistan")


@pytest.mark.parametrize(
    "item",
    [
        Body(id="b", name="b", jurisdiction="QA"),
        Body(id="b", name="b", jurisdiction="PK", parent="a"),
        Activity(id="x.y", name="x", parent="x"),
        Jurisdiction(id="DE-BY", name="Bavaria", parent="DE"),
        Profile(jurisdiction="QA"),
        ActorClass(id="emi.small", name="Small"),
    ],
)
def test_definitions_refer_to_what_counts(item: Any) -> None:
    """A definition that names an unknown parent or place is refused."""
    with pytest.raises(UnknownId):
        Stage().do("ana", item)


def test_ids_keep_their_place() -> None:
    """An activity or jurisdiction may be renamed, never moved; nothing is its own parent."""
    stage = Stage()
    stage.do("ana", Activity(id="va.exchange", name="Exchanging", parent="va"))
    assert rule_of(lambda: stage.do("ana", Activity(id="va.exchange", name="Exchanging"))) == (
        "moved"
    )
    assert rule_of(lambda: stage.do("ana", Jurisdiction(id="PK", name="P", parent="PK-KP"))) == (
        "moved"
    )
    with pytest.raises(InputError):
        stage.do("ana", Activity(id="new", name="new", parent="new"))


def test_of_two_pending_definitions_the_first_approved_wins() -> None:
    """A definition made for an older one is refused as stale."""
    stage = four_eyes()
    one = stage.define_body("PK.SBP", by="rec")
    two = stage.define_body("PK.SBP", by="rob", name="Another")
    stage.review("approve", two, by="rev")
    assert rule_of(lambda: stage.review("approve", one, by="rev")) == "stale"


def test_a_parent_may_be_pending_until_its_child_is_approved() -> None:
    """Bodies of one file are recorded together; a child is approved with or after its parent."""
    stage = four_eyes()
    parent = stage.define_body("PK.MOF", by="rec")
    child = stage.define_body("PK.MOF.X", by="rec", parent="PK.MOF")
    assert rule_of(stage.review, "approve", child, by="rev") == "parent_pending"
    assert rule_of(stage.review, "approve", child, parent, by="rev") == "parent_pending"
    stage.review("approve", parent, child, by="rev")
    assert stage.state.taxonomy().bodies["PK.MOF.X"].parent == "PK.MOF"
    assert stage.state.taxonomy().version == f"@{stage.seq - 1}"


def test_a_class_may_be_pending_until_those_that_need_it_are_approved() -> None:
    """A narrower class and an organisation that holds it are approved with the class they name."""
    stage = four_eyes()
    wide = stage.do("rec", ActorClass(id="emi", name="E-money")).id
    narrow = stage.do("rec", ActorClass(id="emi.small", name="Small")).id
    holds = (DatedClass(actor_class="emi.small"),)
    body = stage.do("rec", Body(id="acme", name="Acme", jurisdiction="PK", classes=holds)).id
    assert rule_of(stage.review, "approve", narrow, by="rev") == "parent_pending"
    assert rule_of(stage.review, "approve", wide, body, by="rev") == "parent_pending"
    stage.review("approve", wide, narrow, body, by="rev")
    assert stage.state.taxonomy().classes_of("acme", date(2025, 1, 1)) == {"emi", "emi.small"}
    stage.record(norm(addressees=["emi.small"]), by="rec")


def test_the_child_of_a_rejected_parent_never_counts() -> None:
    """A parent that was rejected while its child waited leaves the child without one."""
    stage = four_eyes()
    parent = stage.define_body("PK.MOF", by="rec")
    child = stage.define_body("PK.MOF.X", by="rec", parent="PK.MOF")
    stage.review("reject", parent, by="rev")
    assert rule_of(stage.review, "approve", child, by="rev") == "parent_pending"


def test_a_profile_can_be_replaced() -> None:
    """A profile is a definition like others: it counts, and the same one again is a conflict."""
    stage = Stage()
    stage.do("ana", Profile(jurisdiction="PK"))
    assert stage.state.taxonomy().profile_of("PK-KP") == "PK"
    with pytest.raises(Conflict):
        stage.do("ana", Profile(jurisdiction="PK"))
