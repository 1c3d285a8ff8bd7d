"""A whole ledger's life under four eyes on the plain state, and what always holds of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ledger.domain import event_models
from ledger.domain.claims import Lifecycle
from ledger.domain.rules.memory_state import MemoryState
from ledger.domain.rules.state import State
from ledger.errors import RegledgerError
from tests.domain.stage import Stage, act, four_eyes, keyid, norm, said, stamp
from tests.examples import examples


def test_a_story_under_four_eyes() -> None:
    """Bodies, a claim, its correction, a rival one, a dispute, a stolen key, a retraction."""
    stage = four_eyes()
    state = stage.state
    bank = stage.define_body("PK.SBP", by="rec")
    assert "PK.SBP" not in state.taxonomy().bodies
    stage.review("approve", bank, by="rev")
    assert state.taxonomy().version == f"@{stage.seq - 1}"

    claim = stage.record(norm(key="circular-3", issuer="PK.SBP"), by="rec")
    statement = stage.record(said(speakers=[{"body": "PK.SBP"}]), by="rob")
    assert [claim_id for claim_id, _ in state.claims()] == [claim, statement]
    stage.review("approve", claim, statement, by="rev")
    assert state.claim_with_key("circular-3") == claim

    fixed = stage.correct(claim, norm(issuer="PK.SBP", instrument={"id": "c-3"}), by="rec")
    rival = stage.correct(claim, norm(statement="Rival."), by="rob", of=claim)
    assert state.norms_of("c-3") == []
    stage.review("approve", fixed, by="rev")
    assert [claim_id for claim_id, _ in state.norms_of("c-3")] == [claim]
    stage.review("withdraw", rival, by="rob")

    hole = stage.record(act("suspend", "instrument:c-3"), by="rec")
    acts = {c: claim.target for c, claim in state.claims() if isinstance(claim, Lifecycle)}
    assert acts == {hole: "instrument:c-3"}
    stage.do("rev", event_models.ClaimDisputed(claim=claim, reason_code="wrong_date"))

    since = stamp(stage.now)
    stage.do("ana", event_models.ActorKeyRevoked(keyid=keyid("rec"), compromised_since=since))
    rec = state.actor("rec")
    assert rec is not None
    assert rec.keys == ()
    assert state.actors_with_role("recorder") == {"rob"}
    stage.review("reject", hole, by="rev")
    stage.review("approve", fixed, by="ria")

    end = stage.retract(claim, by="rob")
    stage.review("approve", end, by="rev")
    assert state.claim(claim) is None
    assert [claim_id for claim_id, _ in state.claims()] == [statement]
    assert {event: stage.version(event).state for event in (claim, fixed, rival, hole, end)} == {
        claim: "superseded",
        fixed: "superseded",
        rival: "withdrawn",
        hole: "rejected",
        end: "counting",
    }
    assert stage.version(fixed).counts_to == stage.version(end).counts_from


def test_it_is_a_state() -> None:
    """The plain state answers everything the rules may ask."""
    state: State = MemoryState()
    assert state.policy() is None
    assert state.actor("ana") is None
    assert state.key("k") is None
    assert state.version("e") is None
    assert state.current("claim:e") is None
    assert state.claim("e") is None
    assert state.claim_of("e") is None
    assert state.claim_with_key("k") is None
    assert state.norms_of("i") == []
    assert state.actors_with_role("admin") == frozenset()
    assert state.taxonomy().activities == {}


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["record", "correct", "retract", "approve", "reject", "withdraw"]),
        st.sampled_from(["rec", "rob", "rev", "ria"]),
        st.integers(0, 7),
        st.integers(0, 7),
    ),
    max_size=25,
)


def play(stage: Stage, steps: Sequence[tuple[str, str, int, int]]) -> list[str]:
    """Try every step; what is refused changes nothing. Returns the ids of the versions."""
    versions: list[str] = []
    claims: list[str] = []
    for verb, by, one, two in steps:
        before = (stage.seq, stage.state.claims())
        try:
            if verb == "record":
                claims.append(stage.record(norm(), by=by))
                versions.append(claims[-1])
            elif not versions:
                continue
            elif verb == "correct":
                claim, of = claims[one % len(claims)], versions[two % len(versions)]
                versions.append(stage.correct(claim, norm(), by=by, of=of))
            elif verb == "retract":
                claim, of = claims[one % len(claims)], versions[two % len(versions)]
                versions.append(stage.retract(claim, by=by, of=of))
            else:
                stage.review(verb, versions[one % len(versions)], by=by)
        except RegledgerError:
            assert (stage.seq, stage.state.claims()) == before
    return versions


@examples(150)
@given(steps=STEPS)
def test_what_always_holds(steps: list[tuple[str, str, int, int]]) -> None:
    """At most one version of a claim counts, ranges do not overlap, and only others approve."""
    stage = four_eyes()
    found = [stage.version(event) for event in play(stage, steps)]
    for subject in {version.subject for version in found}:
        mine = [v for v in found if v.subject == subject]
        assert sum(v.state == "counting" for v in mine) <= 1
        ranges = sorted((v.counts_from, v.counts_to) for v in mine if v.counts_from is not None)
        for (_, ends), (starts, _) in pairwise(ranges):
            assert ends == starts
        assert not any(v.retracts and v.state == "superseded" for v in mine)
    for version in found:
        assert (version.state == "counting") == (
            version.counts_from is not None and version.counts_to is None
        )


@examples(50)
@given(steps=STEPS)
def test_replaying_gives_the_same_state(steps: list[tuple[str, str, int, int]]) -> None:
    """The same steps on a fresh ledger lead to the same versions."""
    one, two = four_eyes(), four_eyes()
    assert [one.version(e) for e in play(one, steps)] == [two.version(e) for e in play(two, steps)]
