"""Recording, reviewing and correcting through the public verbs."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ledger.domain.definitions import Body
from ledger.errors import (
    Conflict,
    InputError,
    NotCompleted,
    PassphraseInText,
    RuleViolation,
    UnknownId,
)
from ledger.log import keys
from tests.books import Desk, act, declaration, norm, open_desk


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A four-eyes ledger."""
    made = open_desk(tmp_path_factory.mktemp("made") / "book.db")
    made.book.close()
    return made


@pytest.fixture
def desk(made: Desk, tmp_path: Path) -> Desk:
    """A copy of it."""
    return made.copied(tmp_path / "book.db")


def _status(desk: Desk, day: str, **more: object) -> str:
    return desk.book.status("PK", "va.deal", as_of=day, **more).status  # type: ignore[arg-type]


def test_a_claim_counts_only_once_another_actor_has_approved_it(desk: Desk) -> None:
    """Under four eyes a recorded claim changes nothing but a flag until the approval."""
    (event,) = desk.record(norm())
    before = desk.book.status("PK", "va.deal", as_of="2024-02-02")
    assert (before.status, before.reason) == ("undetermined", "no_claims")
    assert "awaiting_review" in before.flags
    assert before.awaiting == 1
    desk.approve(event)
    after = desk.book.status("PK", "va.deal", as_of="2024-02-02")
    assert (after.status, after.basis, after.awaiting) == ("prohibited", (event,), 0)


def test_what_awaits_review_is_named_as_that_and_may_be_named_by_claims(desk: Desk) -> None:
    """Definitions and claims wait together; an id is pending from its entry to its approval."""
    acme = Body(id="acme", name="Acme", jurisdiction="PK")
    (defined,) = desk.book.define([acme], **desk.who("recorder"))
    (claim,) = desk.record(norm(addressees=["org:acme"]))

    def asked(known_at: str) -> str:
        with pytest.raises(UnknownId) as caught:
            desk.book.status("PK", "va.deal", actor="org:acme", known_at=known_at)
        return caught.value.message

    assert asked(f"@{defined.seq}") == f"body 'acme' is pending at @{defined.seq}"
    assert asked(f"@{defined.seq - 1}") == "unknown body 'acme'"
    with pytest.raises(RuleViolation, match="which does not count yet"):
        desk.approve(claim)
    desk.approve(claim, defined.event)
    answer = desk.book.status("PK", "va.deal", actor="org:acme", as_of="2024-02-02")
    assert answer.status == "prohibited"
    assert asked(f"@{len(desk.book) - 2}") == f"body 'acme' is pending at @{defined.seq}"
    assert desk.book.taxonomy.pending("body", "acme") is None


def test_a_reviewer_may_not_approve_their_own_claim(desk: Desk) -> None:
    """Somebody with both roles is refused on their own event, and nothing is written."""
    desk.book.actors.grant("reviewer", "recorder", **desk.who("admin"))
    (result,) = desk.book.record([norm()], **desk.who("reviewer"))
    size = desk.book.size
    with pytest.raises(RuleViolation):
        desk.book.review([result.event], "approve", **desk.who("reviewer"))
    assert desk.book.size == size


def test_an_actor_without_the_role_records_nothing(desk: Desk) -> None:
    """The administrator keeps actors and policy, and writes no content."""
    size = desk.book.size
    with pytest.raises(RuleViolation):
        desk.book.record([norm()], **desk.who("admin"))
    assert desk.book.size == size


SECRET = "correct horse"


@pytest.mark.parametrize("field", ["statement", "note", "quote", "reports[0].title"])
def test_no_text_of_a_claim_is_the_passphrase_of_its_signer(desk: Desk, field: str) -> None:
    """Wherever it was typed: the field is named, the text is not repeated, nothing is recorded."""
    signer = keys.KeySigner(desk.signers["recorder"]._key, SECRET.encode())
    typed = f" {SECRET}\n"
    if field.startswith("reports"):
        claim = norm(reports=[{"url": "https://example.org", "publisher": "A", "title": typed}])
    else:
        claim = norm(**{field: typed})
    size = desk.book.size
    with pytest.raises(PassphraseInText) as caught:
        desk.book.record([norm(key="fine"), claim], signer, actor="recorder")
    assert caught.value.field == f"claim.{field}"
    assert SECRET not in caught.value.message + caught.value.hint
    assert desk.book.size == size
    desk.book.record([claim], **desk.who("recorder"))  # opened without: nothing to recognise


def test_no_comment_of_any_verb_is_the_passphrase_of_its_signer(desk: Desk) -> None:
    """Review, correction, retraction, dispute, enrolment, definition: one path for all of them."""
    (event,) = desk.enter(norm())
    (waiting,) = desk.record(norm(key="second"))
    book, size = desk.book, desk.book.size

    def who(name: str) -> dict[str, Any]:
        signer = keys.KeySigner(desk.signers[name]._key, SECRET.encode())
        return {"signer": signer, "actor": name}

    why: dict[str, Any] = {"reason_code": "other", "comment": SECRET}
    newcomer = keys.KeySigner(keys.generate())
    request = book.actors.key_request(newcomer, "sana")
    for attempt in (
        lambda: book.review([waiting], "approve", comment=SECRET, **who("reviewer")),
        lambda: book.review([waiting], "withdraw", comment=SECRET, **who("recorder")),
        lambda: book.correct(event, norm(effect="permit"), **why, **who("recorder")),
        lambda: book.correct(event, norm(note=SECRET), reason_code="other", **who("recorder")),
        lambda: book.retract(event, **why, **who("recorder")),
        lambda: book.dispute(event, **why, **who("recorder")),
        lambda: book.actors.enroll(request, name=SECRET, **who("admin")),
        lambda: book.define([Body(id="PK.X", name=SECRET, jurisdiction="PK")], **who("recorder")),
    ):
        with pytest.raises(PassphraseInText):
            attempt()
    assert book.size == size


def test_a_word_chosen_from_a_list_is_no_secret(desk: Desk) -> None:
    """Who has the passphrase "prohibit" can still record what prohibits."""
    signer = keys.KeySigner(desk.signers["recorder"]._key, b"prohibit")
    assert desk.book.record([norm(effect="prohibit")], signer, actor="recorder")


def test_a_key_nobody_enrolled_records_nothing(desk: Desk) -> None:
    """The signature must be by a key of the actor that is in force."""
    with pytest.raises(RuleViolation):
        desk.book.record([norm()], keys.KeySigner(keys.generate()), actor="recorder")


def test_a_file_is_recorded_whole_or_not_at_all(desk: Desk) -> None:
    """One claim with an unknown activity keeps the good one out as well."""
    size = desk.book.size
    with pytest.raises(UnknownId) as caught:
        desk.book.record([norm(), norm(activity="va.exchang")], **desk.who("recorder"))
    assert "va.exchange" in caught.value.nearest
    assert desk.book.size == size


def test_importing_the_same_key_again_changes_nothing(desk: Desk) -> None:
    """Same key and content is a no-op that says where the claim stands, although salts differ."""
    claim = declaration(key="said-so", quote="It is banned.")
    (first,) = desk.book.record([claim], **desk.who("recorder"))
    size = desk.book.size
    (again,) = desk.book.record([claim], **desk.who("recorder"))
    assert (again.outcome, again.seq, again.state) == ("already", first.seq, "pending")
    assert desk.book.size == size


def test_the_same_key_with_other_content_names_the_fields(desk: Desk) -> None:
    """A changed claim under a recorded key is refused, with the fields and the way to correct."""
    desk.record(norm(key="ban"))
    with pytest.raises(Conflict) as caught:
        desk.record(norm(key="ban", effective_from="2024-02-09"))
    assert "effective_from" in caught.value.message
    assert "correct" in caught.value.hint


def test_claims_of_one_file_may_name_each_other_by_key(desk: Desk) -> None:
    """An act may stand before the norm it names; order in the file does not matter."""
    desk.enter(act(key="end", target="key:ban"), norm(key="ban"))
    assert _status(desk, "2024-02-29") == "prohibited"
    assert _status(desk, "2024-03-01") == "undetermined"


def test_claims_that_refer_in_a_circle_are_refused(desk: Desk) -> None:
    """Two acts upon each other can never be recorded."""
    with pytest.raises(RuleViolation):
        desk.record(act(key="a", target="key:b"), act(key="b", target="key:a"))


def test_a_correction_counts_from_its_own_approval(desk: Desk) -> None:
    """Worked example 12: known before the correction, after it, and on a later day."""
    desk.on("2024-01-20")
    desk.enter(norm(key="rule"))
    desk.on("2024-05-01")
    result = desk.book.correct(
        "rule",
        norm(key="rule", effect="authorise", effective_from="2024-03-01"),
        reason_code="wrong_effect",
        **desk.who("recorder"),
    )
    assert _status(desk, "2024-02-15") == "prohibited"
    desk.approve(result.event)
    assert _status(desk, "2024-02-15", known_at="2024-04-30") == "prohibited"
    answer = desk.book.status("PK", "va.deal", as_of="2024-02-15", known_at="2024-05-01")
    assert (answer.status, answer.reason) == ("undetermined", "not_yet_in_force")
    assert _status(desk, "2024-03-15", known_at="2024-05-01") == "under_framework"


def test_of_two_corrections_the_second_approved_is_refused_as_stale(desk: Desk) -> None:
    """The first approval wins; the other correction can only be rejected or withdrawn."""
    desk.enter(norm(key="rule"))
    ids = [
        desk.book.correct(
            "rule",
            norm(key="rule", made=f"2024-01-{d}"),
            reason_code="wrong_date",
            **desk.who("recorder"),
        ).event
        for d in (10, 11)
    ]
    desk.approve(ids[1])
    with pytest.raises(RuleViolation):
        desk.approve(ids[0])
    (left,) = desk.book.entries.pending()
    assert (left.item.event, left.stale) == (ids[0], True)


def test_a_retracted_claim_is_gone_for_good_but_stays_in_history(desk: Desk) -> None:
    """Worked example 13: the retraction changes what is known from then on, not before."""
    desk.on("2024-01-20")
    desk.enter(norm(key="rule"))
    desk.on("2024-05-01")
    gone = desk.book.retract("rule", reason_code="misread_source", **desk.who("recorder"))
    desk.approve(gone.event)
    assert _status(desk, "2024-03-01", known_at="2024-04-30") == "prohibited"
    answer = desk.book.status("PK", "va.deal", as_of="2024-03-01", known_at="2024-05-01")
    assert (answer.status, answer.reason) == ("undetermined", "no_claims")
    kinds = [item.type for item in desk.book.show("rule").versions]
    assert kinds == ["claim.recorded", "claim.retracted"]
    with pytest.raises(RuleViolation):
        desk.book.correct("rule", norm(), reason_code="other", **desk.who("recorder"))


def test_a_lifecycle_act_on_a_claim_that_does_not_exist_is_refused(desk: Desk) -> None:
    """The target must be recorded."""
    with pytest.raises(UnknownId):
        desk.record(act(target="01890a5d-ac96-774b-bcce-b302099a8057"))
    with pytest.raises(UnknownId):
        desk.record(act(target="key:nothing"))


def test_a_dispute_raises_a_flag_at_once(desk: Desk) -> None:
    """It needs no approval and changes no status."""
    desk.enter(norm(key="rule"))
    desk.book.dispute("rule", reason_code="wrong_date", **desk.who("reviewer"))
    answer = desk.book.status("PK", "va.deal", as_of="2024-02-02")
    assert answer.status == "prohibited"
    assert "disputed" in answer.flags


def test_an_entry_too_long_says_to_attach_evidence(desk: Desk) -> None:
    """65,535 bytes is the limit of an entry; nothing is written beyond it."""
    size = desk.book.size
    notes = [
        {"url": f"https://example.org/{i}", "publisher": "P" * 100, "title": "T" * 1000}
        for i in range(80)
    ]
    with pytest.raises(InputError) as caught:
        desk.record(norm(reports=notes))
    assert "evidence" in caught.value.hint
    assert desk.book.size == size


def test_a_clock_behind_the_log_is_refused(desk: Desk) -> None:
    """Two seconds are forgiven, more would let the log's time go back."""
    desk.later(hours=1)
    desk.record(norm())
    desk.later(seconds=-1)
    desk.record(norm(activity="va.pay"))
    desk.later(minutes=-30)
    with pytest.raises(NotCompleted):
        desk.record(norm(activity="va.custody"))


def test_a_clock_far_ahead_needs_a_word(desk: Desk) -> None:
    """More than 400 days after the last entry somebody has to say that the clock is right."""
    desk.later(days=401)
    with pytest.raises(NotCompleted) as caught:
        desk.record(norm())
    assert "--accept-clock" in caught.value.hint
    desk.book.base.accept_clock = True
    assert len(desk.record(norm())) == 1


def test_a_suspect_key_is_flagged_until_reviewed_anew(desk: Desk) -> None:
    """Entries since the compromise stay valid, are flagged, and a new review clears the flag."""
    desk.on("2024-01-20")
    ids = desk.enter(norm(key="rule"))
    desk.on("2024-02-20")
    desk.book.actors.revoke_key(
        "recorder", compromised_since="2024-01-10T00:00:00.000000Z", **desk.who("admin")
    )
    answer = desk.book.status("PK", "va.deal", as_of="2024-02-21")
    assert answer.status == "prohibited"
    assert "suspect_key" in answer.flags
    desk.approve(*ids)
    assert "suspect_key" not in desk.book.status("PK", "va.deal", as_of="2024-02-21").flags
    with pytest.raises(RuleViolation):
        desk.record(norm(statement="It is still prohibited."))


def test_preview_says_what_would_change_and_records_nothing(desk: Desk) -> None:
    """A dry run shows the cells that would change today."""
    desk.on("2024-02-20")
    size = desk.book.size
    changes = desk.book.preview.record([norm()])
    found = {(c.cell.activity, c.cell.actor): c.after.status for c in changes}
    assert found["va.deal", "any"] == "prohibited"
    assert desk.book.size == size


def test_a_rehearsal_refuses_what_recording_would_refuse(desk: Desk) -> None:
    """It needs no key, takes the same decisions, and leaves no trace."""
    size = desk.book.size
    desk.book.preview.rehearse([norm()])
    with pytest.raises(UnknownId):
        desk.book.preview.rehearse([norm(issuer="PK.SPB")])
    assert desk.book.size == size


def test_known_at_takes_an_entry_a_day_and_a_time(desk: Desk) -> None:
    """Each spelling names a prefix, and ``@N`` is entry N, which belongs to it."""
    desk.on("2024-01-20")
    desk.enter(norm())
    size = desk.book.size
    last = size - 1
    for known in (last, f"@{last}", "@head", None):
        assert desk.book.point("2024-02-02", known).known_at == last
    assert desk.book.point("2024-02-02", last - 1).known == f"@{last - 1}"
    assert desk.book.point("2024-02-02", 0).size == 1
    assert desk.book.point("2024-02-02", "@none").size == 0
    assert desk.book.point("2024-02-02", date(2024, 1, 20)).known_at == last
    assert desk.book.point("2024-02-02", "2024-01-20").size == size
    assert desk.book.point("2024-02-02", "2024-01-19").size == size - 2
    assert desk.book.point(date(2024, 2, 2), "2024-01-20T09:00:00.000000Z").size == size
    before = desk.book.point("2024-02-02", "2020-01-01")
    assert (before.known_at, before.recorded_until, str(before)) == (None, "", "2024-02-02@none")
    assert desk.book.parse_point(str(before)) == before
    for wrong in ("42", "@042", "@-1", -1, "@" + "9" * 19, "@2024-01-20", "2024-02-30", "", "@"):
        with pytest.raises(InputError):
            desk.book.point("2024-02-02", wrong)
    with pytest.raises(InputError):
        desk.book.point("2024-02-30")


def test_what_an_entry_brought_is_known_at_it_and_not_before(desk: Desk) -> None:
    """The approval of a claim is entry N: known at @N it counts, at @N-1 it waits."""
    desk.on("2024-01-20")
    desk.enter(norm())
    last = desk.book.size - 1
    for known, status in ((last, "prohibited"), (last - 1, "undetermined")):
        assert _status(desk, "2024-02-15", known_at=known) == status
        assert _status(desk, "2024-02-15", known_at=f"@{known}") == status
        board = desk.book.board(as_of="2024-02-15", known_at=known)
        assert ("prohibited" in [cell.status for cell in board.cells]) is (known == last)
        snapshot = desk.book.snapshot(as_of="2024-02-15", known_at=known).to_value()
        assert (snapshot["known_at"], snapshot["size"]) == (known, known + 1)
        only = desk.book.entries.filter_of({"known_at": f"@{known}"})
        assert next(desk.book.history(only)).seq == known
    (change,) = desk.book.diff(f"2024-02-15@{last - 1}", f"2024-02-15@{last}", actor="any").changes
    assert last in change.events
    assert desk.book.diff(f"2024-02-15@{last}", "2024-02-15", actor="any").changes == ()


def test_what_is_ahead_of_the_ledger_is_answered_with_a_note(desk: Desk) -> None:
    """An entry past the head, a day or time to come and a day far off: the answer says so."""
    desk.on("2024-01-20")
    desk.enter(norm())
    last = desk.book.size - 1

    def notes(as_of: str | None = None, known_at: str | None = None) -> tuple[str, ...]:
        point = desk.book.point(as_of, known_at)
        assert point.known_at == last
        return point.notes

    ahead = f"@500 is ahead of the head, @{last}: answered as known at @{last}"
    assert notes("2024-02-02", "@500") == (ahead,)
    for known in ("2024-01-21", "2024-01-21T00:00:00.000000Z", "9999-12-31"):
        (note,) = notes(known_at=known)
        assert note.startswith(f"{known} is ahead of ")
        assert note.endswith(f": answered as known at @{last}")
    for quiet in (None, f"@{last}", "@head", "2024-01-20"):
        assert notes(known_at=quiet) == ()
    assert notes("2025-01-20") == notes("2023-01-20") == ()
    assert notes("2025-01-21") == ("2025-01-21 is more than a year after today, 2024-01-20",)
    assert notes("2023-01-19") == ("2023-01-19 is more than a year before today, 2024-01-20",)
    assert desk.book.diff("@500", f"@{last}").notes == (ahead,)
    assert desk.book.status("PK", "va.deal", known_at=500).to_value()["notes"] == [ahead]


def test_diff_tells_new_knowledge_from_passing_time(desk: Desk) -> None:
    """The same change of status has another cause when the law was known before."""
    desk.on("2024-01-20")
    start = desk.book.size - 1
    desk.enter(norm())
    last = desk.book.size - 1
    by_time = desk.book.diff(f"2024-01-31@{last}", f"2024-02-01@{last}", actor="any")
    assert [c.causes for c in by_time.changes] == [("passing_time",)]
    assert [x.day.isoformat() for x in by_time.changes[0].crossed] == ["2024-02-01"]
    learned = desk.book.diff(f"2024-02-01@{start}", f"2024-02-01@{last}", actor="any")
    assert [c.causes for c in learned.changes] == [("new_knowledge",)]
    assert learned.changes[0].events == (last - 1, last)
    both = desk.book.diff(f"2024-01-31@{start}", f"2024-02-01@{last}", actor="any")
    assert [c.causes for c in both.changes] == [("new_knowledge",)]


@pytest.mark.parametrize(
    ("claim", "days", "words"),
    [
        ({"effective_from": None}, ("2024-01-14", "2024-01-15"), "a: takes effect 2024-01-15"),
        (
            {"effective_from": None, "published": "2024-01-20"},
            ("2024-01-14", "2024-02-01"),
            "a: takes effect 2024-01-20",
        ),
        (
            {"effective_to": "2024-05-31"},
            ("2024-05-31", "2024-06-01"),
            "a: lapses (last day 2024-05-31)",
        ),
        (
            {"applicable_from": "2024-07"},
            ("2024-06-30", "2024-07-01"),
            "a: starts to apply 2024-07",
        ),
    ],
)
def test_passing_time_names_the_rule_and_what_it_crossed(
    desk: Desk, claim: dict[str, Any], days: tuple[str, str], words: str
) -> None:
    """Whichever date a start is read from; the day of an end is the one after the last."""
    desk.enter(norm(key="a", **claim))
    (change, *_) = desk.book.diff(*days).changes
    assert change.causes == ("passing_time",)
    assert [one.what for one in change.crossed] == [words]


def test_passing_time_names_acts_and_statements(desk: Desk) -> None:
    """An act is named by its key, a statement without a key by its entry."""
    desk.enter(norm(key="b", activity="va.custody", made="2019-01-01", effective_from=None))
    desk.enter(act(key="c", activity="va.custody", target="key:b"))
    (ended, *_) = desk.book.diff("2024-02-29", "2024-03-01", activity="va.custody").changes
    assert [one.what for one in ended.crossed] == ["c: repeals 2024-03-01"]
    desk.enter(declaration(activity="va.mining"))
    (said, *_) = desk.book.diff("2024-02-09", "2024-02-10", activity="va.mining").changes
    (crossing,) = said.crossed
    seq = desk.book.show(crossing.claim).entry["seq"]
    assert crossing.what == f"@{seq}: said 2024-02-10"


def test_a_union_that_is_left_is_named(desk: Desk) -> None:
    """Its rules reach the member until its last day, and the membership is what ended."""
    rule = {"jurisdiction": "EU", "force": "supranational", "made": "2019-01-01"}
    desk.enter(norm(**rule, effective_from=None), norm(jurisdiction="GB", effective_from="2030"))
    (left, *_) = desk.book.diff("2020-01-01", "2021-06-01", jurisdiction="GB").changes
    (crossing,) = left.crossed
    assert crossing.what.startswith("GB as a member of EU: last day 2020-")


def test_opened_values_are_shown_and_their_digests_stored(desk: Desk) -> None:
    """A person's name is in the opened event, not in the entry's bytes."""
    desk.record(declaration(key="said-so"))
    shown = desk.book.show("said-so")
    assert shown.opened["claim"]["speakers"][0]["person"] == "A. Person"
    assert "A. Person" not in str(shown.entry)
    assert shown.withheld == ()


def test_four_eyes_keeps_the_administrator_out_of_content(desk: Desk) -> None:
    """Admin excludes recorder and reviewer, and the last admin cannot go."""
    with pytest.raises(RuleViolation):
        desk.book.actors.grant("admin", "recorder", **desk.who("admin"))
    with pytest.raises(RuleViolation):
        desk.book.actors.revoke_role("admin", "admin", **desk.who("admin"))
    with pytest.raises(RuleViolation):
        desk.book.actors.revoke_key("admin", **desk.who("admin"))


def test_without_review_the_founder_does_everything(tmp_path: Path) -> None:
    """Review mode none: what the founder records counts at once."""
    desk = open_desk(tmp_path / "solo.db", review="none")
    desk.book.record([norm()], **desk.who("admin"))
    assert _status(desk, "2024-02-02") == "prohibited"
