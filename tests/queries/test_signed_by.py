"""Keys through time: two schemes, rotation, compromise, and the report of what a key signed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.errors import BadSignature, Conflict, InputError, RuleViolation, UnknownId
from ledger.log import keys
from ledger.queries.signed_by import SignedItem
from tests.books import Desk, norm, open_desk

STOLEN = "2024-01-15T00:00:00.000000Z"


@dataclass
class Story:
    """The recorder's Ed25519 key, then a P-256 one, compromised in the middle, then a third."""

    desk: Desk
    first: keys.KeySigner
    second: keys.KeySigner
    third: keys.KeySigner
    claims: dict[str, tuple[int, str]]  # key -> seq, event id
    revoked: int

    @property
    def book(self) -> Ledger:
        """The ledger."""
        return self.desk.book

    def report(self, name: str, since: str | None = None) -> list[SignedItem]:
        """What a key signed."""
        return list(self.book.actors.signed_by(name, since=since).entries)

    def of(self, name: str, since: str | None = None) -> dict[str, tuple[bool | None, bool]]:
        """Claim key -> (counts, suspect) of what a key recorded."""
        found = self.report(name, since)
        return {
            i.item.subject: (i.counts, i.suspect) for i in found if i.item.type == "claim.recorded"
        }


def rotate(desk: Desk, new: keys.KeySigner) -> int:
    """Give the recorder a new key, signed with the old one."""
    request = desk.book.actors.key_request(new, "recorder")
    return desk.book.actors.rotate_key(request, desk.signers["recorder"], actor="recorder").seq


def tell(path: Path, *, review: bool = True) -> Story:
    """Claims a (first key), b and c (second, c after the theft), then it is revoked."""
    desk = open_desk(path)
    second, third = keys.KeySigner(keys.generate_p256()), keys.KeySigner(keys.generate_p256())
    first, claims = desk.signers["recorder"], {}

    def enter(name: str) -> None:
        (done,) = desk.book.record(
            [norm(key=name, statement=name)], signer=desk.signers["recorder"], actor="recorder"
        )
        claims[name] = (done.seq, done.event)
        if review:
            desk.approve(done.event)

    desk.on("2024-01-05")
    enter("a")
    rotate(desk, second)
    desk.signers["recorder"] = second
    desk.on("2024-01-10")
    enter("b")
    desk.on("2024-01-20")
    enter("c")
    desk.on("2024-02-01")
    done = desk.book.actors.revoke_key("recorder", compromised_since=STOLEN, **desk.who("admin"))
    request = desk.book.actors.key_request(third, "recorder")
    desk.book.actors.rotate_key(request, desk.signers["admin"], actor="admin")
    return Story(desk, first, second, third, claims, done.seq)


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """The story in a file."""
    return tell(tmp_path / "a.db")


def test_schemes_are_kept_with_the_keys(story: Story) -> None:
    """The ledger knows which key is of which scheme, and when each was in force."""
    held = story.book.actors.signed_by("recorder").keys
    assert [(k.keyid, k.scheme) for k in held] == [
        (story.first.keyid, "ed25519"),
        (story.second.keyid, "ecdsa-sha2-nistp256"),
        (story.third.keyid, "ecdsa-sha2-nistp256"),
    ]
    assert [k.compromised_since for k in held] == [None, STOLEN, None]
    assert held[0].to_seq == held[1].from_seq
    assert held[1].to_seq == story.revoked < held[2].from_seq
    assert held[2].to_seq is None


def test_each_entry_is_judged_by_the_keys_of_its_time(story: Story) -> None:
    """Every entry of the mixed ledger verifies, though the keys that signed most have ended."""
    report = story.book.verify()
    assert report.faults == ()
    assert report.size == story.book.size
    signed = {n: story.book.show(f"@{seq}").signer_key for n, (seq, _) in story.claims.items()}
    assert signed == {
        "a": story.first.keyid,
        "b": story.second.keyid,
        "c": story.second.keyid,
    }


@pytest.mark.parametrize("which", ["first", "second"])
def test_a_key_that_ended_signs_no_more(story: Story, which: str) -> None:
    """Neither the rotated nor the revoked key is taken, nor enrolled again by anybody."""
    old: keys.KeySigner = getattr(story, which)
    size = story.book.size
    with pytest.raises(RuleViolation, match="ended"):
        story.book.record([norm()], signer=old, actor="recorder")
    with pytest.raises(Conflict):
        story.book.actors.rotate_key(
            story.book.actors.key_request(old, "recorder"), story.third, actor="recorder"
        )
    assert story.book.size == size
    (done,) = story.book.record([norm()], signer=story.third, actor="recorder")
    assert story.book.show(f"@{done.seq}").signer_key == story.third.keyid


def test_grants_follow_the_actor_not_the_key(story: Story) -> None:
    """A role taken away is missed from that entry on, whatever key signs; what was before stays."""
    story.book.actors.revoke_role("recorder", "recorder", **story.desk.who("admin"))
    with pytest.raises(RuleViolation, match="not recorder"):
        story.book.record([norm()], signer=story.third, actor="recorder")
    story.book.actors.grant("recorder", "recorder", **story.desk.who("admin"))
    story.book.record([norm()], signer=story.third, actor="recorder")
    assert story.book.verify().faults == ()


def test_a_proof_of_another_scheme_is_refused(story: Story) -> None:
    """A request whose proof is not by the very key, or that names another scheme, enrols nobody."""
    good = story.book.actors.key_request(keys.KeySigner(keys.generate_p256()), "omar")
    other = story.book.actors.key_request(keys.KeySigner(keys.generate()), "omar")
    size = story.book.size
    for wrong in (
        {**good, "proof": other["proof"]},
        {**good, "public_key": other["public_key"]},
        {**good, "scheme": "ed25519"},
        {**good, "scheme": "ecdsa-sha2-nistp384"},
        {**good, "scheme": "rsa"},
    ):
        with pytest.raises((InputError, BadSignature)):
            story.book.actors.enroll(wrong, roles=("recorder",), **story.desk.who("admin"))
    assert story.book.size == size


def test_a_compromised_key_is_reported_since_then(story: Story) -> None:
    """By default only what it signed since; all of it is suspect and still counts."""
    assert story.of(story.second.keyid) == {"c": (True, True)}
    assert all(i.item.recorded_at >= STOLEN for i in story.report(story.second.keyid))


def test_a_sound_key_is_reported_from_its_beginning(story: Story) -> None:
    """All of it, nothing suspect; the rotation that ended it was signed with it."""
    found = story.report(story.first.keyid)
    assert [i.item.type for i in found] == ["claim.recorded", "actor.key_rotated"]
    assert not any(i.suspect for i in found)


def test_an_actor_is_reported_key_by_key(story: Story) -> None:
    """Each key since its own time: of the compromised one only what came after the theft."""
    assert story.of("recorder") == {"a": (True, False), "c": (True, True)}
    assert {i.keyid for i in story.report("recorder")} == {story.first.keyid, story.second.keyid}


def test_since_can_be_a_time_or_an_entry(story: Story) -> None:
    """An explicit start holds for every key; entries before the theft are not suspect."""
    seq_b, seq_c = story.claims["b"][0], story.claims["c"][0]
    assert story.of("recorder", "@0") == {
        "a": (True, False),
        "b": (True, False),
        "c": (True, True),
    }
    assert story.of("recorder", f"@{seq_b}") == {"b": (True, False), "c": (True, True)}
    assert story.of("recorder", f"@{seq_b + 1}") == {"c": (True, True)}
    at = story.book.show(f"@{seq_c}").item.recorded_at
    assert story.of("recorder", at) == {"c": (True, True)}
    assert story.of("recorder", "2024-01-10T00:00:00.000000Z").keys() == {"b", "c"}
    assert story.report("recorder", "@99999") == []


def test_the_start_of_a_key_id_is_enough(story: Story) -> None:
    """Eight digits or more; fewer, or those of nobody, are refused, with who was meant."""
    assert story.of(story.second.keyid[:8]) == {"c": (True, True)}
    for unknown in (story.second.keyid[:7], "f" * 64, "%", "", "RECORDER"):
        with pytest.raises(UnknownId):
            story.book.actors.signed_by(unknown)
    with pytest.raises(UnknownId) as caught:
        story.book.actors.signed_by("recordr")
    assert "recorder" in caught.value.nearest
    for wrong in ("12", "@", "@-1", "yesterday", "2024-01-10", "2024-02-30T00:00:00.000000Z"):
        with pytest.raises(InputError):
            story.book.actors.signed_by("recorder", since=wrong)


def test_what_no_longer_counts_is_said(tmp_path: Path) -> None:
    """A rejected claim, a superseded one and one that waits do not count; the report says so."""
    story = tell(tmp_path / "a.db", review=False)
    assert story.of("recorder", "@0") == {
        "a": (False, False),
        "b": (False, False),
        "c": (False, True),
    }
    desk = story.desk
    desk.approve(story.claims["a"][1], story.claims["b"][1])
    desk.book.review([story.claims["c"][1]], "reject", reason_code="other", **desk.who("reviewer"))
    assert story.of("recorder", "@0") == {
        "a": (True, False),
        "b": (True, False),
        "c": (False, True),
    }
    states = {i.item.subject: i.item.state for i in story.report("recorder", "@0")}
    assert states["c"] == "rejected"


def test_a_review_anew_clears_the_suspicion(story: Story) -> None:
    """As in status: once somebody looked again after the key was closed."""
    event = story.claims["c"][1]
    assert "suspect_key" in story.book.status("PK", "va.deal").flags
    story.desk.approve(event)
    assert story.of(story.second.keyid) == {"c": (True, False)}
    assert "suspect_key" not in story.book.status("PK", "va.deal").flags


def test_reviews_by_a_stolen_key_are_reported(story: Story) -> None:
    """A review counts while what it decided stands; a new one by another key takes over."""
    desk = story.desk
    stolen = desk.signers["reviewer"]
    since = story.book.show(f"@{story.claims['b'][0]}").item.recorded_at
    desk.book.actors.revoke_key("reviewer", compromised_since=since, **desk.who("admin"))
    found = [i for i in story.report(stolen.keyid) if i.item.type == "event.reviewed"]
    assert [(i.counts, i.suspect) for i in found] == [(True, True), (True, True)]
    new = keys.KeySigner(keys.generate_p256())
    desk.book.actors.rotate_key(
        desk.book.actors.key_request(new, "reviewer"), desk.signers["admin"], actor="admin"
    )
    desk.signers["reviewer"] = new
    desk.approve(story.claims["b"][1])
    found = [i for i in story.report(stolen.keyid) if i.item.type == "event.reviewed"]
    assert [i.suspect for i in found] == [False, True]
    assert story.book.verify().faults == ()


def test_what_an_administrator_gave_is_reported(story: Story) -> None:
    """Enrolments and grants count while the key or role is in force; the founding stands."""
    found = {i.item.seq: i for i in story.report(story.desk.signers["admin"].keyid)}
    assert found[0].item.type == "ledger.created"
    assert found[0].counts is None
    by_type = {(i.item.type, i.item.subject): i.counts for i in found.values()}
    assert by_type["actor.enrolled", "recorder"] is False  # that key was rotated
    assert by_type["actor.enrolled", "reviewer"] is True
    assert by_type["actor.key_rotated", "recorder"] is True
    assert by_type["actor.role_granted", "recorder"] is True


def test_a_key_that_was_rotated_can_be_said_to_be_compromised(story: Story) -> None:
    """Who finds out late names the old key by its id; what it signed since is suspect then."""
    first = story.first.keyid
    with pytest.raises(InputError, match="0 keys") as caught:
        story.book.actors.revoke_key("recorder", keyid="f" * 16, **story.desk.who("admin"))
    assert first[:16] in caught.value.hint
    with pytest.raises(Conflict, match="ended"):
        story.book.actors.revoke_key("recorder", keyid=first, **story.desk.who("admin"))
    story.book.actors.revoke_key(
        "recorder",
        keyid=first[:12],
        compromised_since="2024-01-02T00:00:00.000000Z",
        **story.desk.who("admin"),
    )
    assert story.of(first) == {"a": (True, True)}
    assert story.book.verify().faults == ()


def test_history_tells_of_a_revocation(story: Story) -> None:
    """A revoked key is a line of history like any other."""
    (line,) = [i for i in story.book.history() if i.type == "actor.key_revoked"]
    assert story.second.keyid[:16] in line.summary
    assert STOLEN in line.summary


def test_an_answer_about_the_past_does_not_change(tmp_path: Path) -> None:
    """What was known before a compromise was told is the same before and after it is told."""
    desk = open_desk(tmp_path / "a.db")
    desk.enter(norm(key="a"))
    old = desk.signers["recorder"].keyid
    rotate(desk, keys.KeySigner(keys.generate_p256()))

    def ask() -> tuple[str, ...]:
        return desk.book.status("PK", "va.deal", as_of="2024-03-01", known_at=size - 1).flags

    def tell_of(since: str) -> int:
        desk.book.actors.revoke_key(
            "recorder", keyid=old, compromised_since=since, **desk.who("admin")
        )
        return desk.book.size

    size = sizes = desk.book.size
    assert "suspect_key" not in ask()
    second = tell_of("2024-01-01T00:00:00.000000Z")
    assert "suspect_key" not in ask()
    size = second
    assert "suspect_key" in ask()
    desk.on("2024-01-05")
    third = tell_of("2024-01-04T00:00:00.000000Z")  # better known: after the claim was recorded
    assert "suspect_key" in ask()
    size = third
    assert "suspect_key" not in ask()
    size = sizes
    assert "suspect_key" not in ask()
    assert desk.book.verify().faults == ()


def test_many_pages(tmp_path: Path) -> None:
    """More entries than a page holds come once each, in order, also between those of others."""
    desk = open_desk(tmp_path / "a.db", review="none")
    desk.book.projections.defer()
    for n in range(6):
        desk.book.record([norm(key=f"r{n}-{m}") for m in range(60)], **desk.who("recorder"))
        desk.book.record([norm(key=f"a{n}-{m}") for m in range(3)], **desk.who("admin"))
    found = list(desk.book.actors.signed_by("recorder").entries)
    seqs = [i.item.seq for i in found]
    assert len(seqs) == 360
    assert seqs == sorted(set(seqs))
    assert {i.item.actor for i in found} == {"recorder"}
    assert {i.counts for i in found} == {True}


def test_verify_says_how_much_rests_on_a_compromised_key(tmp_path: Path) -> None:
    """It is no fault; what was reviewed anew is not counted any more."""
    story = tell(tmp_path / "a.db")
    report = story.book.verify()
    assert report.faults == ()
    assert report.suspect == 1
    assert "1 that count were recorded or approved" in dict(report.summary())["suspect"]
    assert report.to_value()["suspect"] == 1
