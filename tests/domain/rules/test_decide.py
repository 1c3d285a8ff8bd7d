"""Who may record anything at all: the first entries, keys, time, the ledger's own rules."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ledger.domain import event_models
from ledger.domain.events import Unknown
from ledger.domain.rules import administration
from ledger.errors import Conflict, Refused, RuleViolation, UnknownId
from tests.domain.stage import Stage, event_id, four_eyes, keyid, norm, stamp, starter


def refused(stage: Stage, actor: str, payload: Any, **fields: Any) -> RuleViolation:
    """The rule that refuses an event; that nothing changed is checked as well."""
    before = stage.seq
    with pytest.raises(RuleViolation) as caught:
        stage.do(actor, payload, **fields)
    assert stage.seq == before
    return caught.value


# --- the first two entries -----------------------------------------------------------------------


def test_without_review_the_founder_gets_every_role() -> None:
    """Under review none the founder can do everything, under four eyes only administer."""
    alone = Stage("none").state.actor("ana")
    assert alone is not None
    assert alone.roles == {"admin", "recorder", "reviewer"}
    admin = Stage("four_eyes").state.actor("ana")
    assert admin is not None
    assert admin.roles == {"admin"}
    assert admin.keys[0].from_seq == 0


def test_the_first_entry_founds_the_ledger() -> None:
    """Policy and ledger id come from ledger.created; the id is that event's digest."""
    stage = Stage("four_eyes")
    policy = stage.state.policy()
    assert policy is not None
    assert policy.ledger == stage.ledger
    assert (policy.review, policy.rules, policy.timezone) == ("four_eyes", 1, "Asia/Karachi")


@pytest.mark.parametrize(
    ("payload", "fields", "rule"),
    [
        (starter(), {}, "first_event"),
        (Stage.created(), {"ledger": "a" * 64}, "ledger"),
        (Stage.created(), {"actor": "bob"}, "founder"),
        (Stage.created(), {"new_keyid": keyid("bob")}, "founder"),
        (Stage.created(rules=2), {}, "unknown_rules"),
    ],
)
def test_what_cannot_be_first(payload: Any, fields: dict[str, Any], rule: str) -> None:
    """A log begins with ledger.created, of no ledger, by its founder, under rules known here."""
    stage = Stage.__new__(Stage)
    fresh = Stage(adopt=False)
    stage.__dict__.update(fresh.__dict__)
    stage.state, stage.seq, stage.ledger = type(fresh.state)(), 0, "0" * 64
    given = {"new_key": "ana", **fields}
    if "new_keyid" in given:
        del given["new_key"]
    assert refused(stage, given.pop("actor", "ana"), payload, **given).rule == rule


def test_the_second_entry_adopts_the_taxonomy() -> None:
    """Seq 1 is taxonomy.adopted, and no later entry is."""
    stage = Stage(adopt=False)
    assert refused(stage, "ana", event_models.ClaimRecorded(claim=norm())).rule == "second_event"
    stage.do("ana", starter())
    assert "va.exchange" in stage.state.taxonomy().activities
    assert stage.state.taxonomy().version == "starter"
    assert refused(stage, "ana", starter()).rule == "taxonomy_once"


def test_a_ledger_is_created_once() -> None:
    """A second ledger.created is refused at any later position."""
    assert refused(Stage(), "ana", Stage.created(), new_key="ana").rule == "created_once"


# --- every entry ---------------------------------------------------------------------------------


def test_an_event_of_another_ledger_is_refused() -> None:
    """An event signed for one ledger cannot be replayed into another."""
    found = refused(Stage(), "ana", event_models.ClaimRecorded(claim=norm()), ledger="b" * 64)
    assert found.rule == "ledger"


def test_the_signing_clock_may_be_five_minutes_ahead() -> None:
    """Made five minutes after the log's time is accepted, a microsecond more is not."""
    stage = Stage()
    edge = stage.now + timedelta(minutes=5)
    late = stamp(edge + timedelta(microseconds=1))
    payload = event_models.ClaimRecorded(claim=norm())
    assert refused(stage, "ana", payload, made_at=late).rule == "made_later"
    stage.do("ana", payload, made_at=stamp(edge))
    stage.do("ana", payload, made_at=stamp(edge - timedelta(days=900)))


def test_an_unknown_actor_is_named_with_the_nearest() -> None:
    """Somebody not enrolled is an unknown id, with the nearest slugs."""
    with pytest.raises(UnknownId) as caught:
        Stage().do("anna", event_models.ClaimRecorded(claim=norm()))
    assert (caught.value.kind, caught.value.value) == ("actor", "anna")
    assert caught.value.nearest == ("ana",)


def test_a_key_signs_for_its_own_actor_only() -> None:
    """A key nobody has, and a key of somebody else, are refused."""
    stage = four_eyes()
    payload = event_models.ClaimRecorded(claim=norm())
    assert refused(stage, "rec", payload, keyid=keyid("nobody")).rule == "key"
    assert refused(stage, "rec", payload, keyid=keyid("rob")).rule == "key"


def test_an_event_of_a_newer_program_is_not_recorded() -> None:
    """What this program does not know it cannot rule on."""
    assert refused(Stage(), "ana", Unknown("claim.dreamt", 1, {})).rule == "unknown_event"


# --- roles ---------------------------------------------------------------------------------------

CLAIM = event_models.ClaimRecorded(claim=norm())
ENROL = event_models.ActorEnrolled(actor="eve", scheme="ed25519", public_key="QUFB", proof="QUFB")
CORRECT = {"claim": event_id(9), "supersedes": "a" * 64, "reason_code": "other"}
BY_ROLE: list[tuple[str, Any]] = [
    ("recorder", CLAIM),
    ("recorder", event_models.ClaimCorrected.model_validate({**CORRECT, "content": norm()})),
    ("recorder", event_models.ClaimRetracted.model_validate(CORRECT)),
    ("recorder or reviewer", event_models.ClaimDisputed(claim=event_id(9), reason_code="other")),
    ("recorder", starter().activities[0]),
    ("recorder", starter().jurisdictions[0]),
    ("recorder", starter().profiles[0]),
    (
        "reviewer",
        event_models.EventReviewed(
            decision="approve", targets=(event_models.Target(event=event_id(9), digest="a" * 64),)
        ),
    ),
    ("admin", event_models.PolicyChanged(review="none")),
    ("admin", event_models.LogKeysChanged(log_keys=("a",))),
    ("admin", ENROL),
    (
        "admin",
        event_models.ActorKeyRotated(actor="rob", scheme="ed25519", public_key="QQ", proof="QQ"),
    ),
    ("admin", event_models.ActorKeyRevoked(keyid=keyid("rob"))),
    ("admin", event_models.ActorRoleGranted(actor="rob", role="admin")),
    ("admin", event_models.ActorRoleRevoked(actor="rob", role="recorder")),
]


@pytest.mark.parametrize(("role", "payload"), BY_ROLE)
def test_every_event_needs_its_role(role: str, payload: Any) -> None:
    """Without the role an event is refused, whatever else is right; admins write nothing."""
    stage = four_eyes()
    actors = ("rec", "rev") if role == "admin" else ("ana",)
    for actor in actors:
        found = refused(stage, actor, payload, new_key="eve")
        assert found.rule == "role"
        assert f"{actor} is not {role}" in found.message
        assert "sign with --as" in found.hint


def test_a_role_that_nobody_holds_is_granted_or_somebody_is_enrolled() -> None:
    """Under four eyes an admin cannot be granted what they would then do alone."""
    stage = Stage("four_eyes")
    stage.enroll("rev", "reviewer")
    wanted = event_models.ClaimRecorded(claim=norm())
    assert "actor grant rev recorder" in refused(stage, "rev", wanted).hint
    assert "actor enroll NAME.json --role recorder" in refused(stage, "ana", wanted).hint


# --- policy --------------------------------------------------------------------------------------


def test_policy_changes() -> None:
    """The review mode may change; what is in force already, or unknown, may not be set."""
    stage = Stage()
    with pytest.raises(Conflict):
        stage.do("ana", event_models.PolicyChanged(review="none", rules=1))
    assert refused(stage, "ana", event_models.PolicyChanged(rules=2)).rule == "unknown_rules"
    found = refused(stage, "ana", event_models.PolicyChanged(review="four_eyes"))
    assert found.rule == "roles_exclusive"
    for role in ("recorder", "reviewer"):
        stage.do(
            "ana", event_models.ActorRoleRevoked.model_validate({"actor": "ana", "role": role})
        )
    stage.do("ana", event_models.PolicyChanged(review="four_eyes"))
    policy = stage.state.policy()
    assert policy is not None
    assert policy.review == "four_eyes"


def test_rules_only_rise(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger goes on to newer rules and never back to older ones."""
    monkeypatch.setattr(administration, "KNOWN_RULES", frozenset({1, 2}))
    stage = Stage()
    stage.do("ana", event_models.PolicyChanged(rules=2))
    assert refused(stage, "ana", event_models.PolicyChanged(rules=1)).rule == "rules_rise"


def test_log_keys_change_as_a_whole() -> None:
    """The log's keys are replaced by those named; the same ones again are refused."""
    stage = Stage()
    stage.do("ana", event_models.LogKeysChanged(log_keys=("a", "b")))
    policy = stage.state.policy()
    assert policy is not None
    assert policy.log_keys == ("a", "b")
    assert policy.review == "none"
    with pytest.raises(Conflict):
        stage.do("ana", event_models.LogKeysChanged(log_keys=("a", "b")))


def test_refusals_have_one_base() -> None:
    """Conflicts and violations are told apart by class and share one exit code."""
    assert issubclass(RuleViolation, Refused)
    assert issubclass(Conflict, Refused)
