"""What a key signed, and what a prefix knew of a compromise, are the same on both back ends."""

from __future__ import annotations

from ledger.log import keys
from tests.books import norm, open_desk


def test_a_stolen_key_on_both_back_ends(url: str) -> None:
    """P-256 in place of Ed25519, closed by a rotation, said to be compromised afterwards."""
    desk = open_desk(url, review="none")
    old, new = desk.signers["recorder"], keys.KeySigner(keys.generate_p256())
    for key, signer in (("a", old), ("b", new)):
        desk.book.record([norm(key=key)], signer=signer, actor="recorder")
        if signer is old:
            request = desk.book.actors.key_request(new, "recorder")
            desk.book.actors.rotate_key(request, old, actor="recorder")
    size = desk.book.size
    desk.book.actors.revoke_key(
        "recorder",
        keyid=old.keyid[:12],
        compromised_since="2024-01-01T00:00:00.000000Z",
        **desk.who("admin"),
    )
    found = list(desk.book.actors.signed_by("recorder").entries)
    assert [(i.item.subject, i.keyid, i.counts, i.suspect) for i in found] == [
        ("a", old.keyid, True, True),
        ("recorder", old.keyid, True, True),
        ("b", new.keyid, True, False),
    ]
    assert [k.keyid for k in desk.book.actors.signed_by(new.keyid[:8]).keys] == [new.keyid]
    for known_at, suspect in ((size - 1, False), (size, True)):
        answer = desk.book.status("PK", "va.deal", as_of="2024-03-01", known_at=known_at)
        assert ("suspect_key" in answer.flags) is suspect
    assert desk.book.verify().faults == ()
    desk.book.close()
