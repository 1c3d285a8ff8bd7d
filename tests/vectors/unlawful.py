"""Entries that an operator sealed and no rule allows: wrong keys, roles, reviews and spellings."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from ledger.log.encodings import to_b64
from ledger.log.keys import Signer, key_proof
from tests.vectors.cases import HOLDS, Case, bad
from tests.vectors.forging import LATER, Book, Row, chain, edit, moved
from tests.vectors.people import ADMIN, RECORDER, REVIEWER, STRANGER, event_id
from tests.vectors.resealing import NO_RULES, appended, both, resealed_case

if TYPE_CHECKING:
    from collections.abc import Iterator

LATE = event_id(0x101)


def cases(book: Book) -> Iterator[Case]:
    """Yield them; each is in the entries after the good ones."""
    yield from _keys(book)
    yield from _rules(book)
    yield from _spelled(book)


# --- keys ----------------------------------------------------------------------------------------


def _keys(book: Book) -> Iterator[Case]:
    by_admin: dict[str, Any] = {"by": "admin", "signer": ADMIN}
    revoked = book.say("actor.key_revoked", {"keyid": RECORDER.keyid}, **by_admin)
    yield appended(
        book,
        "key_revoked_before_sign",
        "entry 13 is signed with the key that entry 12 revoked",
        revoked,
        book.dispute(id=LATE),
    )(bad(13, "key"), bad(13, "key"))
    rotated = book.say("actor.key_rotated", _request(book, "recorder", STRANGER))
    yield appended(
        book,
        "key_rotated_before_sign",
        "entry 13 is signed with the key that entry 12 replaced",
        rotated,
        book.dispute(id=LATE),
    )(bad(13, "key"), bad(13, "key"))
    yield appended(
        book,
        "good_rotated_key",
        "entry 13 is signed with the key that entry 12 brought: no fault",
        rotated,
        book.dispute(signer=STRANGER, id=LATE),
    )(HOLDS, HOLDS)
    yield appended(
        book,
        "unknown_signer",
        "entry 12 is signed with a key nobody enrolled",
        book.dispute(by="stranger", signer=STRANGER),
    )(bad(12, "key", "rules"), bad(12, "key"))
    yield appended(
        book,
        "key_of_somebody_else",
        "entry 12 is by the reviewer, signed with the recorder's key",
        book.dispute(by="reviewer"),
    )(bad(12, "key"), bad(12, "key"))
    yield appended(
        book,
        "replayed_into_other_ledger",
        "entry 12 was signed for another ledger",
        book.dispute(ledger="5" * 64),
    )(bad(12, "ledger"), bad(12, "ledger"))
    stolen = {**_request(book, "dora", REVIEWER), **_new_public(STRANGER)}
    yield appended(
        book,
        "bad_key_proof",
        "entry 12 enrols a key with a proof made by another key",
        book.say("actor.enrolled", stolen, **by_admin),
    )(bad(12, "signature"), bad(12, "signature"))
    yield appended(
        book,
        "small_order_key",
        "entry 12 enrols a key of small order, whose proof fits anything",
        book.say("actor.enrolled", _weak("dora"), **by_admin),
    )(bad(12, "key"), bad(12, "key"))


def _request(book: Book, actor: str, signer: Signer) -> dict[str, Any]:
    proof = key_proof(signer, actor=actor, ledger=book.ledger)
    return {"actor": actor, "proof": proof, **_new_public(signer)}


def _new_public(signer: Signer) -> dict[str, str]:
    return {"public_key": signer.public_key, "scheme": "ed25519"}


def _weak(actor: str) -> dict[str, Any]:
    """The neutral element as a key: R neutral and S zero is a signature of every message."""
    neutral = b"\x01" + bytes(31)
    der = bytes.fromhex("302a300506032b6570032100") + neutral
    proof = to_b64(neutral + bytes(32))
    return {"actor": actor, "proof": proof, "public_key": to_b64(der), "scheme": "ed25519"}


# --- rules ---------------------------------------------------------------------------------------


def _rules(book: Book) -> Iterator[Case]:
    by_admin: dict[str, Any] = {"by": "admin", "signer": ADMIN}
    own = {"decision": "approve", "targets": [book.target(11)]}
    grant = book.say("actor.role_granted", {"actor": "recorder", "role": "reviewer"}, **by_admin)
    yield appended(
        book,
        "unauthorised_reviewer",
        "entry 13: the recorder, a reviewer too since 12, approves their own claim under four eyes",
        grant,
        book.say("event.reviewed", own, id=LATE),
    )(bad(13, "rules"), HOLDS, NO_RULES)
    yield appended(
        book,
        "reviewer_without_role",
        "entry 12: the recorder approves without being a reviewer",
        book.say("event.reviewed", own),
    )(bad(12, "rules"), bad(12, "rules"))
    yield appended(
        book,
        "admin_records",
        "entry 12: an admin records a claim",
        book.say("claim.recorded", book.data(11), **by_admin),
    )(bad(12, "rules"), bad(12, "rules"))
    yield appended(
        book,
        "role_of_nobody",
        "entry 12 gives a role to somebody who is not enrolled",
        book.say("actor.role_granted", {"actor": "dora", "role": "recorder"}, **by_admin),
    )(bad(12, "rules"), bad(12, "rules"))
    yield appended(
        book,
        "duplicate_event_id",
        "entry 13 has the event id of entry 12",
        book.dispute(),
        book.dispute(made_at="2024-01-01T09:09:00.000000Z"),
    )(bad(13, "rules"), bad(13, "rules"))
    taken = book.say("actor.role_revoked", {"actor": "reviewer", "role": "reviewer"}, **by_admin)
    yield appended(
        book,
        "replayed_event",
        "entry 12 ends the reviewer's role; entry 13 is the event of entry 5, its grant, again",
        taken,
        moved(book.rows[5], LATER),
    )(bad(13, "rules"), bad(13, "rules"))
    yield appended(
        book,
        "reviewed_what_was_not_seen",
        "entry 12 approves an event under another digest",
        book.say(
            "event.reviewed",
            {"decision": "approve", "targets": [{**book.target(11), "digest": "5" * 64}]},
            by="reviewer",
            signer=REVIEWER,
        ),
    )(bad(12, "rules"), HOLDS, NO_RULES)
    yield appended(
        book,
        "unknown_member",
        "entry 12 has a member in its data that its type does not have",
        book.say("claim.disputed", {"claim": event_id(7), "reason_code": "other", "weight": 1}),
    )(bad(12, "schema"), HOLDS, "it does not know the shapes of all data")
    rows = book.rows
    yield resealed_case(
        book,
        "deleted_target",
        "the claim that entry 8 approved was left out",
        chain(rows[:6] + rows[7:]),
        (bad(7, "rules"), HOLDS),
        NO_RULES,
    )


# --- spelling ------------------------------------------------------------------------------------


def _spelled(book: Book) -> Iterator[Case]:
    rows = book.rows

    def last(  # noqa: PLR0917  # one row of the list of cases
        name: str, what: str, old: bytes, new: bytes, layer: str = "canonical"
    ) -> Case:
        entries = chain([*rows, book.dispute()], {12: edit(old, new)})
        return resealed_case(book, name, what, entries, both(12, layer))

    yield last("non_canonical_entry", "entry 12 has a space", b'"format":1', b'"format": 1')
    yield last("duplicate_member", "a member stands twice", b'"seq":12', b'"seq":12,"seq":12')
    yield last("number_with_fraction", "seq is 12.0", b'"seq":12', b'"seq":12.0')
    yield last(
        "unknown_entry_member", "an entry has one member more", b'"seq"', b'"sea":1,"seq"', "format"
    )
    yield last("unpadded_base64", "the signature lacks its padding", b'=="}]', b'"}]', "format")

    def said(name: str, what: str, row: Row, layer: str) -> Case:
        return appended(book, name, what, row)(*both(12, layer))

    claim = book.data(11)["claim"]
    apart = unicodedata.normalize("NFD", "Café owners may not deal.")
    yield said(
        "text_not_in_nfc",
        "entry 12 has text in another normalisation form",
        book.say("claim.recorded", {"claim": {**claim, "key": "cafe", "statement": apart}}),
        "canonical",
    )
    deep: list[Any] = []
    for _ in range(13):  # with entry, event, data and this one: 17
        deep = [deep]
    yield said(
        "nested_too_deeply", "entry 12 nests 17 deep", book.say("x.deep", {"a": deep}), "canonical"
    )
    yield said(
        "integer_too_large",
        "entry 12 has the integer 2^53",
        book.say("x.large", {"a": 1 << 53}),
        "canonical",
    )
    yield said(
        "day_that_does_not_exist",
        "entry 12 was made on 30 February",
        book.dispute(made_at="2024-02-30T09:00:00.000000Z"),
        "format",
    )
    yield said(
        "bad_event_id",
        "entry 12 has an event id in capitals",
        book.dispute(id=event_id(0xABC).upper()),
        "format",
    )
    yield said(
        "bad_actor",
        "entry 12 is by an actor whose name is no slug",
        book.dispute(by="Recorder"),
        "format",
    )
