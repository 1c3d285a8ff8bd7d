"""Review: four eyes, what was seen is what is approved, and which of several versions counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ledger.domain import event_models
from ledger.domain.rules import state_changes as ch
from ledger.domain.state_records import VersionState
from ledger.errors import RuleViolation, UnknownId
from tests.domain.stage import Stage, event_id, four_eyes, keyid, norm


def rule_of(do: Callable[..., object], *args: Any, **fields: Any) -> str:
    """The rule that refuses what is done."""
    with pytest.raises(RuleViolation) as caught:
        do(*args, **fields)
    return caught.value.rule


def review(decision: str, event: str, digest: str) -> event_models.EventReviewed:
    """A review of one event."""
    return event_models.EventReviewed.model_validate(
        {"decision": decision, "reason_code": "other",
         "targets": [{"event": event, "digest": digest}]}
    )  # fmt: skip


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_nobody_reviews_their_own_event(decision: str) -> None:
    """A reviewer who recorded an event cannot decide on it; another one can."""
    stage = four_eyes()
    claim = stage.record(norm(), by="rob")
    assert rule_of(lambda: stage.review(decision, claim, by="rob")) == "own_event"
    stage.review(decision, claim, by="rev")


def test_an_approval_covers_what_was_seen() -> None:
    """Another digest than the recorded one is refused, and so is an event nobody recorded."""
    stage = four_eyes()
    claim = stage.record(norm(key="k"), by="rec")
    assert rule_of(lambda: stage.do("rev", review("approve", claim, "b" * 64))) == "digest"
    with pytest.raises(UnknownId) as caught:
        stage.do("rev", review("approve", event_id(99), "b" * 64))
    assert caught.value.value == event_id(99)


def test_a_claim_counts_from_its_approval() -> None:
    """Pending until then; counts_from is the seq of the review, the reviewer's key is kept."""
    stage = four_eyes()
    claim = stage.record(norm(), by="rec")
    assert stage.version(claim).state == "pending"
    assert stage.state.current(f"claim:{claim}") is None
    stage.review("approve", claim, by="rev")
    assert stage.version(claim).state == "counting"
    assert stage.version(claim).counts_from == stage.seq - 1
    (counts,) = stage.last
    assert isinstance(counts, ch.VersionCounts)
    assert counts.keyid_of_reviewer == keyid("rev")


def test_without_review_a_claim_counts_at_once() -> None:
    """In mode none a version counts from its own entry."""
    stage = Stage()
    claim = stage.record(norm())
    assert stage.version(claim).counts_from == stage.version(claim).seq == 2


@pytest.mark.parametrize("end", ["reject", "withdraw"])
def test_rejection_and_withdrawal_are_final(end: str) -> None:
    """What was rejected or withdrawn is neither approved nor rejected nor withdrawn again."""
    stage = four_eyes()
    claim = stage.record(norm(), by="rec")
    stage.review(end, claim, by="rev" if end == "reject" else "rec")
    expected: VersionState = "rejected" if end == "reject" else "withdrawn"
    assert stage.version(claim).state == expected
    for decision, by in (("approve", "rev"), ("reject", "ria"), ("withdraw", "rec")):
        assert rule_of(stage.review, decision, claim, by=by) == "not_pending"


def test_only_the_author_withdraws() -> None:
    """Withdrawing is the author's alone, and needs no role of a reviewer."""
    stage = four_eyes()
    claim = stage.record(norm(), by="rec")
    assert rule_of(lambda: stage.review("withdraw", claim, by="rev")) == "withdraw"
    stage.review("withdraw", claim, by="rec")


def test_what_counts_is_confirmed_not_rejected() -> None:
    """Approving anew confirms (a suspect key); ending what counts takes a retraction."""
    stage = four_eyes()
    claim = stage.record(norm(), by="rob")
    stage.review("approve", claim, by="rev")
    stage.review("approve", claim, by="ria")
    assert stage.last == (ch.VersionConfirmed(claim, stage.seq - 1, keyid("ria")),)
    assert stage.state.confirmed == {claim: stage.seq - 1}
    assert rule_of(lambda: stage.review("approve", claim, by="rob")) == "own_event"
    assert rule_of(lambda: stage.review("reject", claim, by="rev")) == "not_pending"
    assert rule_of(lambda: stage.review("withdraw", claim, by="rob")) == "not_pending"


def test_all_targets_or_none() -> None:
    """One target that cannot be approved leaves the others pending."""
    stage = four_eyes()
    good = stage.record(norm(), by="rec")
    own = stage.record(norm(), by="rob")
    assert rule_of(lambda: stage.review("approve", good, own, by="rob")) == "own_event"
    assert stage.version(good).state == "pending"


def test_a_correction_waits_while_the_old_version_counts() -> None:
    """Until its own approval a correction changes nothing."""
    stage = four_eyes()
    claim = stage.record(norm(statement="Old."), by="rec")
    stage.review("approve", claim, by="rev")
    new = stage.correct(claim, norm(statement="New."), by="rec")
    held = stage.state.claim(claim)
    assert held is not None
    assert held.statement == "Old."
    stage.review("approve", new, by="rev")
    held = stage.state.claim(claim)
    assert held is not None
    assert held.statement == "New."
    assert stage.version(claim).state == "superseded"
    assert stage.version(claim).counts_to == stage.version(new).counts_from == stage.seq - 1


@pytest.mark.parametrize("second", ["correct", "retract"])
def test_of_two_pending_the_first_approved_wins(second: str) -> None:
    """The other one was made for a version that counts no more: stale, and it can only end."""
    stage = four_eyes()
    claim = stage.record(norm(), by="rec")
    stage.review("approve", claim, by="rev")
    one = stage.correct(claim, norm(statement="One."), by="rec")
    make: dict[str, Callable[..., str]] = {
        "correct": lambda: stage.correct(claim, norm(statement="Two."), by="rob", of=claim),
        "retract": lambda: stage.retract(claim, by="rob", of=claim),
    }
    two = make[second]()
    stage.review("approve", two, by="rev")
    assert rule_of(lambda: stage.review("approve", one, by="rev")) == "stale"
    stage.review("reject", one, by="rev")


def test_two_versions_in_one_review() -> None:
    """A claim and its correction may be approved together, two rival corrections may not."""
    stage = four_eyes()
    claim = stage.record(norm(), by="rec")
    one = stage.correct(claim, norm(statement="One."), by="rec", of=claim)
    two = stage.correct(claim, norm(statement="Two."), by="rob", of=claim)
    assert rule_of(lambda: stage.review("approve", claim, one, two, by="rev")) == "stale"
    stage.review("approve", claim, one, by="rev")
    assert stage.version(claim).state == "superseded"
    assert stage.version(one).state == "counting"


def test_a_correction_of_a_pending_claim_may_be_approved_first() -> None:
    """The correction then counts, and the uncorrected claim never does."""
    stage = four_eyes()
    claim = stage.record(norm(), by="rec")
    new = stage.correct(claim, norm(statement="New."), by="rec")
    stage.review("approve", new, by="rev")
    assert stage.version(claim).state == "superseded"
    assert rule_of(lambda: stage.review("approve", claim, by="rev")) == "not_pending"


def test_a_correction_of_a_rejected_claim_is_stale() -> None:
    """When the claim is rejected, what waits upon it cannot count any more."""
    stage = four_eyes()
    claim = stage.record(norm(), by="rec")
    new = stage.correct(claim, norm(statement="New."), by="rec")
    stage.review("reject", claim, by="rev")
    assert rule_of(lambda: stage.review("approve", new, by="rev")) == "stale"
    assert rule_of(lambda: stage.correct(claim, norm(), by="rec", of=claim)) == "not_open"


def test_a_retraction_takes_effect_at_its_approval() -> None:
    """Until then the claim counts; afterwards it has no content and takes no correction."""
    stage = four_eyes()
    claim = stage.record(norm(), by="rec")
    stage.review("approve", claim, by="rev")
    end = stage.retract(claim, by="rec")
    late = stage.correct(claim, norm(statement="New."), by="rob")
    assert stage.state.claim(claim) is not None
    stage.review("approve", end, by="rev")
    assert stage.version(end).retracts
    current = stage.state.current(f"claim:{claim}")
    assert current is not None
    assert current.event == end
    assert rule_of(lambda: stage.review("approve", late, by="rev")) == "stale"
    assert rule_of(lambda: stage.correct(claim, norm(), by="rec", of=end)) == "retracted"


def test_a_dispute_needs_no_review() -> None:
    """A dispute is a flag at once, by a recorder or a reviewer, and changes no version."""
    stage = four_eyes()
    claim = stage.record(norm(), by="rec")
    dispute = event_models.ClaimDisputed(claim=claim, reason_code="wrong_date")
    stage.do("rev", dispute)
    stage.do("rec", dispute)
    assert stage.state.disputes == {claim: [stage.seq - 2, stage.seq - 1]}
    assert stage.version(claim).state == "pending"


def test_what_waited_can_be_decided_after_review_ended() -> None:
    """Turning review off approves nothing by itself."""
    stage = four_eyes()
    waiting = stage.record(norm(), by="rec")
    stage.do("ana", event_models.PolicyChanged(review="none"))
    at_once = stage.record(norm(), by="rec")
    assert stage.version(waiting).state == "pending"
    assert stage.version(at_once).state == "counting"
    stage.review("approve", waiting, by="rev")
    assert stage.version(waiting).state == "counting"
