"""Event data: one spelling, versions lifted to the newest, unknown ones kept."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ledger.domain import event_models, events
from ledger.domain.claims import ClaimBase
from ledger.domain.definitions import Body
from ledger.domain.events import CURRENT, EVENTS, Registry, Unknown, parse, to_data
from ledger.domain.field_types import Value
from ledger.errors import BadEntry, NotCanonical, RegledgerError
from ledger.log import canonical
from ledger.log.entry import DATA_DEPTH
from tests.domain.stage import Stage, event_id, norm, raw, starter

DIGEST = "a" * 64
KEY = {"actor": "bob", "scheme": "ed25519", "public_key": "QUFB"}
TARGET = {"event": event_id(1), "digest": DIGEST}
CHANGE = {"claim": event_id(1), "supersedes": DIGEST, "reason_code": "other"}
SAMPLES: dict[str, dict[str, Any]] = {
    "ledger.created": to_data(Stage.created()),
    "taxonomy.adopted": to_data(starter()),
    "policy.changed": {"review": "four_eyes"},
    "log.keys_changed": {"log_keys": ["a", "b"]},
    "actor.enrolled": {**KEY, "proof": "QUFB", "_sd": ["A" * 43]},
    "actor.key_rotated": {**KEY, "proof": "QUFB"},
    "actor.key_revoked": {"keyid": DIGEST, "compromised_since": "2025-06-01T00:00:00.000000Z"},
    "actor.role_granted": {"actor": "bob", "role": "reviewer"},
    "actor.role_revoked": {"actor": "bob", "role": "reviewer"},
    "body.defined": {"id": "PK.SBP", "name": "State Bank", "jurisdiction": "PK"},
    "activity.defined": {"id": "va.x", "name": "X", "parent": "va"},
    "actor_class.defined": {"id": "vasp.registered", "name": "Registered providers"},
    "jurisdiction.defined": {"id": "PK", "name": "Pakistan", "kind": "country"},
    "profile.defined": to_data(starter().profiles[0]),
    "claim.recorded": {"claim": to_data(norm())},
    "claim.corrected": {**CHANGE, "content": to_data(norm())},
    "claim.retracted": CHANGE,
    "claim.disputed": {"claim": event_id(1), "reason_code": "duplicate", "comment": "twice"},
    "event.reviewed": {"decision": "approve", "targets": [TARGET]},
}


def _accented(data: dict[str, Any]) -> dict[str, Any]:
    """The same with other letters in what people say."""
    text = orjson.dumps(data).decode()
    accented: dict[str, Any] = orjson.loads(text.replace("State", "État").replace("twice", "zweï"))
    return accented


def bad(type_: str, **fields: Any) -> str:
    """The message for a sample with these fields instead (None leaves one out)."""
    data = {k: v for k, v in {**SAMPLES[type_], **fields}.items() if v is not None}
    with pytest.raises(BadEntry) as caught:
        parse(type_, 1, data)
    return caught.value.message


def test_there_is_a_sample_of_every_type() -> None:
    """No event type is left out of the tests below."""
    assert {type_ for type_, _ in EVENTS} == set(SAMPLES)


@pytest.mark.parametrize("type_", SAMPLES)
def test_data_survive_being_read(type_: str) -> None:
    """Reading and writing again gives the same data, and the model knows its type."""
    model = parse(type_, 1, SAMPLES[type_])
    assert isinstance(model, Value)
    assert to_data(model) == SAMPLES[type_]
    assert events.TYPE_OF[type(model)] == type_
    assert events.LATEST[type_] == 1


@pytest.mark.parametrize("type_", SAMPLES)
def test_unknown_members_are_refused(type_: str) -> None:
    """No event carries a member that its shape does not name."""
    assert "surprise" in bad(type_, surprise=1)


@pytest.mark.parametrize(
    ("type_", "fields"),
    [
        ("body.defined", {"classes": []}),
        ("claim.retracted", {"comment": "e\u0301"}),  # not NFC
        ("taxonomy.adopted", {"profiles": [{"jurisdiction": "*"}]}),
        ("jurisdiction.defined", {"kind": None}),
    ],
)
def test_there_is_one_spelling(type_: str, fields: dict[str, Any]) -> None:
    """Empty lists, defaults left out and other Unicode forms are refused in recorded data."""
    assert "one accepted spelling" in bad(type_, **fields)


def test_a_claim_with_a_default_left_out_is_refused() -> None:
    """Addressees are always written, also when they are the usual ones."""
    assert "one accepted spelling" in bad("claim.recorded", claim=raw())


def test_none_is_no_value() -> None:
    """A member that is null is refused: it would be left out."""
    with pytest.raises(BadEntry):
        parse("policy.changed", 1, {"review": "none", "rules": None})


@pytest.mark.parametrize(
    ("type_", "fields", "said"),
    [
        ("ledger.created", {"origin": "a b"}, "origin"),
        ("ledger.created", {"origin": "a+b"}, "origin"),
        ("ledger.created", {"rules": 0}, "rules"),
        ("ledger.created", {"rules": True}, "rules"),
        ("ledger.created", {"log_keys": []}, "log_keys"),
        ("ledger.created", {"admin": {**KEY, "scheme": "rot13"}}, "admin.scheme"),
        ("policy.changed", {"review": None}, "neither rules nor review"),
        ("actor.enrolled", {"actor": "Bob"}, "actor"),
        ("actor.enrolled", {"proof": None}, "proof"),
        ("actor.key_revoked", {"compromised_since": "2025-06-01T00:00:00Z"}, "compromised_since"),
        ("actor.role_granted", {"role": "owner"}, "role"),
        ("claim.corrected", {"supersedes": "A" * 64}, "supersedes"),
        ("claim.corrected", {"reason_code": "typo"}, "reason_code"),
        ("claim.corrected", {"claim": event_id(1).upper().replace("0", "A")}, "claim"),
        ("claim.recorded", {"claim": raw(force="delegated")}, "enabling_instrument"),
        ("event.reviewed", {"targets": []}, "targets"),
        ("event.reviewed", {"targets": [TARGET, TARGET]}, "more than once"),
        ("event.reviewed", {"decision": "maybe"}, "decision"),
        ("event.reviewed", {"decision": "reject"}, "reason_code"),
    ],
)
def test_shapes(type_: str, fields: dict[str, Any], said: str) -> None:
    """Data that break their shape are refused with the member's name."""
    assert said in bad(type_, **fields)


def test_at_most_256_targets() -> None:
    """A review decides on 256 events, not on 257."""
    many = [{"event": event_id(n), "digest": DIGEST} for n in range(257)]
    assert "targets" in bad("event.reviewed", targets=many)
    parse("event.reviewed", 1, {"decision": "approve", "targets": many[:256]})


def test_replay_does_not_ask_this_machine_for_time_zones() -> None:
    """A zone this machine does not know is refused when recording, and read when replaying."""
    data = {**SAMPLES["ledger.created"], "timezone": "Mars/Olympus"}
    with pytest.raises(ValidationError):
        event_models.LedgerCreated.model_validate(data)
    assert isinstance(parse("ledger.created", 1, data), event_models.LedgerCreated)


@pytest.mark.parametrize(("type_", "version"), [("claim.recorded", 2), ("claim.dreamt", 1)])
def test_what_is_unknown_is_kept(type_: str, version: int) -> None:
    """An event of a newer program is not an error: it is kept as it stands."""
    assert parse(type_, version, {"a": 1}) == Unknown(type_, version, {"a": 1})


@given(
    type_=st.sampled_from(sorted(SAMPLES)),
    name=st.sampled_from(sorted({name for data in SAMPLES.values() for name in data})),
    junk=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=5,
    ),
)
def test_junk_is_a_bad_entry(type_: str, name: str, junk: object) -> None:
    """Whatever stands in a member, reading ends with an event or BadEntry."""
    data = {**SAMPLES[type_], name: junk}
    try:
        model = parse(type_, 1, data)
    except BadEntry:
        return
    assert isinstance(model, Value)
    assert to_data(model) == data


# --- versions ------------------------------------------------------------------------------------


class OldBody(Value):
    """A shape that body.defined might have had before its first."""

    ident: str


def lift(data: dict[str, Any]) -> dict[str, Any]:
    """To version 2."""
    return {"id": data["ident"], "name": data["ident"], "jurisdiction": "PK"}


OLD: Any = {("body.defined", 1): OldBody, ("body.defined", 2): Body}
TWO = Registry(OLD, {("body.defined", 1): lift})


def test_old_versions_are_lifted() -> None:
    """Old data are checked against their own shape, then read as the newest."""
    lifted = parse("body.defined", 1, {"ident": "PK.SBP"}, registry=TWO)
    assert lifted == Body(id="PK.SBP", name="PK.SBP", jurisdiction="PK")
    with pytest.raises(BadEntry):
        parse("body.defined", 1, SAMPLES["body.defined"], registry=TWO)
    assert events.latest_versions(TWO) == {"body.defined": 2}


@pytest.mark.parametrize(
    ("registry", "said"),
    [
        (Registry(OLD, {}), "has no upcaster"),
        (Registry({("x", 2): Body}, {("x", 1): lift}), "has no model of version 1"),
        (Registry(OLD, {("body.defined", 1): lift, ("body.defined", 2): lift}), "leads nowhere"),
        (Registry(OLD, {("body.defined", 1): lift, ("y", 1): lift}), "leads nowhere"),
    ],
)
def test_a_gap_between_versions_is_found_at_the_start(registry: Registry, said: str) -> None:
    """A missing or loose upcaster is an error before anything is read."""
    with pytest.raises(RegledgerError, match=said):
        events.check_upcasters(registry)


def test_the_shipped_versions_have_no_gap() -> None:
    """What is shipped passes its own check."""
    events.check_upcasters(CURRENT)
    events.check_upcasters(TWO)


# --- keys and redaction --------------------------------------------------------------------------


def test_events_that_bring_a_key() -> None:
    """Founding, enrolment and rotation bring a key; only the founder's has no proof."""
    found = {type_: events.new_key(parse(type_, 1, data)) for type_, data in SAMPLES.items()}
    assert {type_ for type_, key in found.items() if key} == {
        "ledger.created", "actor.enrolled", "actor.key_rotated",
    }  # fmt: skip
    assert found["ledger.created"] == ("ana", "ed25519", "QUFB", None)
    assert found["actor.enrolled"] == ("bob", "ed25519", "QUFB", "QUFB")


def test_redactable_paths() -> None:
    """Names, quotes and comments are redactable; statements, dates and reasons never are."""
    recorded = events.redactable_paths("claim.recorded")
    assert ("claim", "speakers", "*", "person") in recorded
    assert ("claim", "reports", "*", "selector") in recorded
    assert len(recorded) == len(ClaimBase.redactable)
    assert events.redactable_paths("claim.corrected")[-1] == ("comment",)
    assert ("content", "quote") in events.redactable_paths("claim.corrected")
    assert events.redactable_paths("actor.enrolled") == (("name",), ("contact",))
    assert events.redactable_paths("policy.changed") == ()


@pytest.mark.parametrize("type_", ["claim.retracted", "claim.disputed", "event.reviewed"])
def test_a_withheld_member_is_read(type_: str) -> None:
    """Every redactable member may be missing, its digest in its place."""
    data = {k: v for k, v in SAMPLES[type_].items() if k != "comment"} | {"_sd": ["B" * 43]}
    assert to_data(parse(type_, 1, data)) == data  # type: ignore[arg-type]  # known types


# --- read in one step ----------------------------------------------------------------------------

_BYTES = {
    type_: [orjson.dumps(sample, option=orjson.OPT_SORT_KEYS) for sample in (data, _accented(data))]
    for type_, data in SAMPLES.items()
}


def _slowly(type_: str, data: bytes) -> events.EventData | Unknown | None:
    try:
        value = canonical.decode(data, inside=DATA_DEPTH)
        return parse(type_, 1, value)  # type: ignore[arg-type]  # what is no object is refused
    except (NotCanonical, BadEntry):
        return None


@given(
    type_=st.sampled_from(sorted(SAMPLES)),
    accented=st.booleans(),
    at=st.integers(0, 10_000),
    drop=st.integers(0, 2),
    put=st.sampled_from(
        ['"', ",", "{", "0", " ", "\\", "é", "e\u0301", "\u0301", "\0", "null", "1.0"]
    )
    | st.characters(),
)
def test_read_in_one_step_or_in_two(
    type_: str, at: int, drop: int, put: str, *, accented: bool
) -> None:
    """The quick way takes nothing that the slow way refuses, and reads the same from it."""
    good = _BYTES[type_][accented]
    at %= len(good)
    for data in (good, good[:at] + put.encode("utf-8", "surrogatepass") + good[at + drop :]):
        quick, slow = events.read_exactly(type_, 1, data), _slowly(type_, data)
        if quick is not None:
            assert (quick[0], quick[1]) == (slow, orjson.loads(data))
        elif data == good:
            assert slow is None
    assert events.read_exactly(type_, 1, good) or _slowly(type_, good) is None


def test_what_is_unknown_is_not_read_in_one_step() -> None:
    """Nor is what is no JSON."""
    assert events.read_exactly("claim.revised", 1, b"{}") is None
    assert events.read_exactly("claim.recorded", 2, b"{}") is None
    assert events.read_exactly("claim.recorded", 1, b"\xff") is None


def test_text_that_is_not_in_nfc_is_not_read_in_one_step() -> None:
    """A time zone is not looked at when a log is replayed, so nothing else would find it."""
    data = SAMPLES["ledger.created"] | {"timezone": "Cafe\u0301"}
    raw_data = orjson.dumps(data, option=orjson.OPT_SORT_KEYS)
    assert _slowly("ledger.created", raw_data) is None
    assert events.read_exactly("ledger.created", 1, raw_data) is None


def test_a_model_is_built_when_it_is_used() -> None:
    """Building all of them takes longer than reading what a short command shows."""
    program = (
        "from ledger.domain import event_models as m, events\n"
        "print(m.ClaimRetracted.__pydantic_complete__, m.PolicyChanged.__pydantic_complete__)\n"
        "events.read_exactly('claim.retracted', 1, b'{}')\n"
        "print(m.ClaimRetracted.__pydantic_complete__, m.PolicyChanged.__pydantic_complete__)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.split() == [b"False", b"False", b"True", b"False"]
