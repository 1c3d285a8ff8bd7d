"""docs/format.md is true: its numbers come out, and its verifier works on our logs."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.log import keys, merkle
from ledger.log.encodings import pae
from ledger.log.entry import (
    PAYLOAD_TYPE,
    ZERO,
    Entry,
    Event,
    check_signature,
    decode_entry,
    make_entry,
    sign_event,
)
from ledger.log.keys import KeySigner
from ledger.log.signed_note import parse_vkey

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = (Path(__file__).parents[2] / "docs" / "format.md").read_text(encoding="utf-8")
EVENT_TEXT, ENTRY_TEXT = re.findall(r"```json\n(.*?)\n```", PAGE)
FOUNDER = KeySigner(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OMAR = KeySigner(Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
OMAR_NEW = KeySigner(Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34))))


def number(pattern: str) -> str:
    """Return the one match of ``pattern`` on the page, white space folded."""
    (found,) = re.findall(pattern, re.sub(r"\s+", " ", PAGE))
    assert isinstance(found, str)
    return found


def test_event_example() -> None:
    """Length, digest and start of the signed bytes are those of the event shown."""
    raw = EVENT_TEXT.encode()
    assert len(raw) == int(number(r"These (\d+) bytes \(without a line feed\) have the digest"))
    assert sha256(raw).hexdigest() == number(r"have the digest `([0-9a-f]{64})`")
    start = number(r"the signed bytes start with `(.*?)`")
    assert pae(PAYLOAD_TYPE, raw).startswith(start.encode())


def test_entry_example() -> None:
    """The entry shown is well formed, holds the event shown, is signed, and hashes as said."""
    entry = decode_entry(ENTRY_TEXT.encode())
    assert entry.signed.payload == EVENT_TEXT.encode() == entry.data[9 : 9 + len(EVENT_TEXT)]
    assert len(entry.data) == int(number(r"of these (\d+) bytes"))
    assert entry.leaf_hash.hex() == number(r"bytes \(without a line feed\) it is `([0-9a-f]{64})`")
    check_signature(entry.signed, number(r"The key is `([^`]+)`"))


def test_other_known_answers() -> None:
    """Roots, disclosure digest and verifier key on the page come out."""
    leaves = [merkle.leaf_hash(bytes.fromhex(h)) for h in ("", "00", "10")]
    for size in (1, 2, 3):
        assert merkle.root(leaves[:size]).hex() in PAGE
    array = number(r"the array `(.*?)`")
    text = base64.urlsafe_b64encode(array.encode()).decode().rstrip("=")
    digest = base64.urlsafe_b64encode(sha256(text.encode()).digest()).decode().rstrip("=")
    assert digest == number(r"has the digest `([A-Za-z0-9_-]{43})`")
    assert parse_vkey(number(r"`(example\.com/foo\+[^`]+)`")).name == "example.com/foo"


def verifier() -> Callable[[list[bytes]], tuple[str, int, str]]:
    """Return ``verify`` of the program on the page."""
    (program,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    space: dict[str, Any] = {}
    exec(compile(program, "docs/format.md", "exec"), space)  # noqa: S102  # our own page
    verify: Callable[[list[bytes]], tuple[str, int, str]] = space["verify"]
    return verify


class Log:
    """A small log, written the way the page says."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        admin = {"actor": "sana", "scheme": "ed25519", "public_key": FOUNDER.public_key}
        self.add(FOUNDER, "sana", "ledger.created", {"admin": admin, "origin": "Ä.example"})

    @property
    def ledger(self) -> str:
        """The ledger id."""
        return self.entries[0].signed.digest if self.entries else ZERO

    def add(self, signer: KeySigner, actor: str, type_: str, data: dict[str, Any]) -> Log:
        """Append one event."""
        seq = len(self.entries)
        stamp = f"2025-07-08T09:30:00.{seq:06d}Z"
        event = Event(
            actor, data, f"0197e2f0-0000-7000-8000-{seq:012x}", self.ledger, stamp, type_, 1
        )
        prev = self.entries[-1].leaf_hash.hex() if self.entries else ZERO
        signed = sign_event(event, signer)
        self.entries.append(make_entry(signed, seq=seq, prev=prev, recorded_at=stamp))
        return self

    def key(self, type_: str, signer: KeySigner, *, proof_for: str = "omar") -> Log:
        """Append an event that gives omar a key."""
        proof = keys.key_proof(signer, actor=proof_for, ledger=self.ledger)
        data = {
            "actor": "omar",
            "scheme": "ed25519",
            "public_key": signer.public_key,
            "proof": proof,
        }
        return self.add(FOUNDER, "sana", type_, data)

    def bytes(self) -> list[bytes]:
        """Return the bytes of the entries."""
        return [entry.data for entry in self.entries]


def good_log() -> Log:
    """Return a log in which keys come and go."""
    log = Log().key("actor.enrolled", OMAR)
    log.add(OMAR, "omar", "claim.recorded", {"claim": {"statement": 'Möbius \u2028\x7f\x01\n"\\'}})
    log.key("actor.key_rotated", OMAR_NEW)
    return log.add(OMAR_NEW, "omar", "claim.recorded", {"claim": {"n": [1, None, True, {}, -7]}})


def test_verifier_accepts_our_log() -> None:
    """The program on the page verifies a log of ours, and finds the same ledger id and root."""
    log = good_log()
    root = merkle.root(entry.leaf_hash for entry in log.entries).hex()
    assert verifier()(log.bytes()) == (log.ledger, 5, root)


BAD_LOGS: dict[str, Callable[[], list[bytes]]] = {
    "empty": list,
    "no_first_entry": lambda: good_log().bytes()[1:],
    "hole": lambda: good_log().bytes()[:2] + good_log().bytes()[3:],
    "reordered": lambda: [good_log().bytes()[i] for i in (0, 1, 3, 2, 4)],
    "edited_data": lambda: [raw.replace(b"-7", b"-8") for raw in good_log().bytes()],
    "white_space": lambda: [raw.replace(b'"seq":', b'"seq": ') for raw in good_log().bytes()],
    "old_key": lambda: good_log().add(OMAR, "omar", "demo.made", {}).bytes(),
    "unknown_key": lambda: Log().add(OMAR, "omar", "demo.made", {}).bytes(),
    "key_of_another": lambda: good_log().add(OMAR_NEW, "sana", "demo.made", {}).bytes(),
    "revoked_key": lambda: (
        good_log()
        .add(FOUNDER, "sana", "actor.key_revoked", {"keyid": OMAR_NEW.keyid})
        .add(OMAR_NEW, "omar", "demo.made", {})
        .bytes()
    ),
    "proof_for_another": lambda: Log().key("actor.enrolled", OMAR, proof_for="sana").bytes(),
    "another_ledger": lambda: [ENTRY_TEXT.encode()],
    "first_event_of_another_type": lambda: [
        make_entry(
            sign_event(replace(good_log().entries[0].signed.event, type="x.y"), FOUNDER),
            seq=0,
            prev=ZERO,
            recorded_at="2025-07-08T09:30:00.000000Z",
        ).data
    ],
}


REASONS: dict[str, tuple[type[Exception], str]] = {
    "empty": (ValueError, "nothing to verify"),
    "no_first_entry": (ValueError, "0: format or seq"),
    "hole": (ValueError, "2: format or seq"),
    "reordered": (ValueError, "2: format or seq"),
    "edited_data": (InvalidSignature, "^$"),
    "white_space": (ValueError, "0: not canonical"),
    "old_key": (KeyError, OMAR.keyid),
    "unknown_key": (KeyError, OMAR.keyid),
    "key_of_another": (ValueError, "5: the key of somebody else"),
    "revoked_key": (KeyError, OMAR_NEW.keyid),
    "proof_for_another": (InvalidSignature, "^$"),
    "another_ledger": (ValueError, "0: format or seq"),
    "first_event_of_another_type": (ValueError, "0: not ledger.created"),
}


@pytest.mark.parametrize("name", BAD_LOGS)
def test_verifier_refuses(name: str) -> None:
    """The program on the page refuses what was tampered with."""
    error, words = REASONS[name]
    with pytest.raises(error, match=words):
        verifier()(BAD_LOGS[name]())


def test_every_type_of_event_is_listed() -> None:
    """The table names every type, and for each exactly the members its model has."""
    from ledger.domain.events import EVENTS

    listed = dict(re.findall(r"\n\| `([a-z_]+\.[a-z_]+)` \| (.*?) \|(?=\n)", PAGE))
    assert set(listed) == {type_ for type_, _ in EVENTS}
    for (type_, _), model in EVENTS.items():
        cell = re.sub(r"\([^)]*\)|\{[^}]*\}", "", listed[type_].split(";")[0])
        fields = {name: f.is_required() for name, f in model.model_fields.items() if name != "sd"}
        named = dict.fromkeys(re.findall(r"`([a-z_]+)`", cell), True)
        named |= dict.fromkeys(re.findall(r"`([a-z_]+)\?`", cell), False)
        assert set(named) == set(fields), type_


def test_every_disclosed_member_is_listed() -> None:
    """The table of disclosures names every member that is written as one."""
    from ledger.domain.events import EVENTS, redactable_paths

    table = PAGE.split("| disclosed | where |")[1].split("\n\n")[0]
    for type_, _ in EVENTS:
        for path in redactable_paths(type_):
            assert type_ in table
            assert f"`{path[-1]}`" in table or f".{path[-1]}`" in table


def test_examples_are_json() -> None:
    """What the page shows as JSON is JSON, the event inside the entry."""
    assert json.loads(ENTRY_TEXT)["event"] == json.loads(EVENT_TEXT)
