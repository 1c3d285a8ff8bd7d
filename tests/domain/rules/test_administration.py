"""Actors: enrolment, rotation and revocation of keys, roles, and that an admin always remains."""

from __future__ import annotations

import pytest

from ledger.domain import event_models, events
from ledger.domain.state_records import Role
from ledger.errors import Conflict, RuleViolation, UnknownId
from tests.domain.stage import Stage, four_eyes, keyid, norm, stamp

CLAIM = event_models.ClaimRecorded(claim=norm())


def rotate(actor: str) -> event_models.ActorKeyRotated:
    """A new key for an actor."""
    return event_models.ActorKeyRotated(
        actor=actor, scheme="ed25519", public_key="QkJC", proof="QUFB"
    )


def revoke(key: str, since: str | None = None) -> event_models.ActorKeyRevoked:
    """The end of a key."""
    return event_models.ActorKeyRevoked(keyid=keyid(key), compromised_since=since)


def rule_of(stage: Stage, actor: str, payload: events.EventData, **fields: str) -> str:
    """The rule that refuses an event."""
    with pytest.raises(RuleViolation) as caught:
        stage.do(actor, payload, **fields)
    return caught.value.rule


def test_an_enrolled_actor_signs_from_the_next_entry_on() -> None:
    """Enrolment gives a key and no role; roles come by themselves."""
    stage = Stage()
    stage.enroll("bob")
    assert rule_of(stage, "bob", CLAIM) == "role"
    stage.grant("bob", "recorder")
    stage.do("bob", CLAIM)
    bob = stage.state.actor("bob")
    assert bob is not None
    assert bob.enrolled_seq == bob.keys[0].from_seq == 2
    assert bob.roles == {"recorder"}


def test_names_and_keys_are_never_given_twice() -> None:
    """A slug that is taken, and a key that is or was somebody's, are conflicts."""
    stage = four_eyes()
    with pytest.raises(Conflict, match="rec is enrolled"):
        stage.enroll("rec", key="other")
    with pytest.raises(Conflict, match="key of rec"):
        stage.enroll("eve", key="rec")
    stage.do("ana", revoke("rec"))
    with pytest.raises(Conflict, match="key of rec"):
        stage.do("ana", rotate("rob"), new_key="rec")


def test_the_new_keys_id_must_be_known() -> None:
    """Without the id of the new key nobody can be enrolled."""
    payload = event_models.ActorEnrolled(actor="eve", scheme="ed25519", public_key="QQ", proof="QQ")
    assert rule_of(Stage(), "ana", payload) == "key"


@pytest.mark.parametrize("by", ["rec", "ana"])
def test_rotation_ends_the_old_key(by: str) -> None:
    """The actor or an admin rotates; from then on only the new key signs."""
    stage = four_eyes()
    stage.do(by, rotate("rec"), new_key="rec-2")
    assert rule_of(stage, "rec", CLAIM) == "key"
    stage.do("rec", CLAIM, keyid=keyid("rec-2"))
    old = stage.state.key(keyid("rec"))
    assert old is not None
    assert old.to_seq == stage.seq - 2


def test_a_revoked_key_signs_no_more() -> None:
    """A key may be revoked by its owner; entries before stay, later ones are refused."""
    stage = four_eyes()
    claim_id = stage.record(norm(), by="rec")
    stage.do("rec", revoke("rec"))
    with pytest.raises(RuleViolation, match="ended at seq") as caught:
        stage.do("rec", CLAIM)
    assert caught.value.rule == "key"
    assert stage.version(claim_id).state == "pending"
    with pytest.raises(Conflict):
        stage.do("ana", revoke("rec"))
    with pytest.raises(UnknownId):
        stage.do("ana", revoke("nobody"))
    stage.do("ana", rotate("rec"), new_key="rec-2")
    stage.do("rec", CLAIM, keyid=keyid("rec-2"))


def test_since_when_a_key_was_not_safe() -> None:
    """The moment may be told with the revocation or later, but lies in the past."""
    stage = four_eyes()
    since = stamp(stage.now)
    stage.do("ana", revoke("rec"))
    assert rule_of(stage, "ana", revoke("rob", "2999-01-01T00:00:00.000000Z")) == (
        "compromised_later"
    )
    ended = stage.state.key(keyid("rec"))
    stage.do("ana", revoke("rec", since))
    told = stage.state.key(keyid("rec"))
    assert ended is not None
    assert told is not None
    assert told.compromised_since == since
    assert told.to_seq == ended.to_seq
    with pytest.raises(Conflict):
        stage.do("ana", revoke("rec", since))


def test_the_last_admin_remains() -> None:
    """Neither the role nor the key of the last admin who can sign may go."""
    stage = Stage()
    role = event_models.ActorRoleRevoked(actor="ana", role="admin")
    assert rule_of(stage, "ana", role) == "last_admin"
    assert rule_of(stage, "ana", revoke("ana")) == "last_admin"
    stage.enroll("adam", "admin")
    stage.do("adam", revoke("adam"))  # an admin without a key helps nobody
    assert rule_of(stage, "ana", role) == "last_admin"
    stage.do("ana", rotate("ana"), new_key="ana-2")
    stage.do("ana", rotate("adam"), new_key="adam-2", keyid=keyid("ana-2"))
    stage.do("adam", role, keyid=keyid("adam-2"))
    assert stage.state.actors_with_role("admin") == {"adam"}


@pytest.mark.parametrize(
    ("slug", "role"),
    [("rec", "admin"), ("rev", "admin"), ("ana", "recorder"), ("ana", "reviewer")],
)
def test_under_four_eyes_admins_touch_no_content(slug: str, role: Role) -> None:
    """Admin excludes recorder and reviewer, whichever came first."""
    stage = four_eyes()
    assert rule_of(stage, "ana", event_models.ActorRoleGranted(actor=slug, role=role)) == (
        "roles_exclusive"
    )


def test_recorder_and_reviewer_go_together() -> None:
    """One person may record and review, only never the same event."""
    stage = four_eyes()
    stage.grant("rec", "reviewer")
    rec = stage.state.actor("rec")
    assert rec is not None
    assert rec.roles == {"recorder", "reviewer"}


def test_exclusive_roles_cannot_come_back_with_a_key() -> None:
    """Who has both roles but no key when four eyes begin gets a key only without one of them."""
    stage = Stage()
    stage.enroll("bob", "admin", "recorder")
    stage.do("bob", revoke("bob"))
    for role in ("recorder", "reviewer"):
        stage.do(
            "ana", event_models.ActorRoleRevoked.model_validate({"actor": "ana", "role": role})
        )
    stage.do("ana", event_models.PolicyChanged(review="four_eyes"))
    assert rule_of(stage, "ana", rotate("bob"), new_key="bob-2") == "roles_exclusive"


def test_roles_are_granted_and_revoked_once() -> None:
    """Granting what is held and revoking what is not are conflicts; actors must exist."""
    stage = four_eyes()
    with pytest.raises(Conflict):
        stage.grant("rec", "recorder")
    with pytest.raises(Conflict):
        stage.do("ana", event_models.ActorRoleRevoked(actor="rec", role="reviewer"))
    with pytest.raises(UnknownId) as caught:
        stage.grant("rek", "reviewer")
    assert "rec" in caught.value.nearest
    stage.do("ana", event_models.ActorRoleRevoked(actor="rec", role="recorder"))
    assert rule_of(stage, "rec", CLAIM) == "role"
