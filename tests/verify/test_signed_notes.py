"""What an auditor brings along decides: a policy, a kept checkpoint, roots of time-stamps."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger.checkpoints.storage import DirectoryStorage
from ledger.errors import InputError
from ledger.log.checkpoint import Checkpoint, Ed25519Cosigner, log_signers, parse_checkpoint, seal
from ledger.log.keys import generate
from ledger.log.merkle import leaf_hash, root
from ledger.log.signed_note import parse_note
from ledger.log.tiles import decode_bundle, encode_bundle, encode_tile
from ledger.log.witness_policy import parse_policy, simple
from ledger.verify.known_ledgers import KnownLedgers, anchor_of
from ledger.verify.signed_notes import VerifyOptions
from ledger.verify.verify import LedgerTrust, verify_published
from tests.checkpoints.sealed import ORIGIN
from tests.verify.attacked import BUNDLE, LEAVES, SIZE, Made

AT = 1_900_000_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """One ledger for all tests here; each works on a copy."""
    return Made(tmp_path_factory.mktemp("vouched") / "made")


def test_an_old_cosigned_note_does_not_vouch_for_the_checkpoint(made: Made, tmp_path: Path) -> None:
    """The quorum counts for what the log shows, not for what was once time-stamped."""
    folder = made.published(tmp_path)
    witness = Ed25519Cosigner("w.example/a", generate())
    policy = parse_policy(f"witness a {witness.vkey}\nquorum a\n".encode())
    entries = decode_bundle((folder / BUNDLE).read_bytes(), SIZE)
    old = Checkpoint(ORIGIN, 5, root([leaf_hash(entry) for entry in entries[:5]]))
    note = seal(old, made.desk.log_keys, at=AT).encode()
    line = witness.sign(parse_checkpoint(parse_note(note).text), AT)
    (folder / "timestamps/5").mkdir(parents=True)
    (folder / "timestamps/5/note").write_bytes(note + line.encode())
    found = verify_published(DirectoryStorage(folder), options=VerifyOptions(policy=policy))
    assert [fault.layer for fault in found.faults] == ["cosignature"]
    assert found.witnessed == 0
    assert found.sealed == SIZE
    whole = (folder / "checkpoint").read_bytes()
    cosigned = witness.sign(parse_checkpoint(parse_note(whole).text), AT)
    (folder / "checkpoint").write_bytes(whole + cosigned.encode())
    found = verify_published(DirectoryStorage(folder), options=VerifyOptions(policy=policy))
    assert found.faults == ()
    assert found.witnessed == SIZE


def test_a_policy_about_another_log_is_not_met(made: Made) -> None:
    """`log` lines that name no key of this one: whatever its quorum says, it is not about it."""
    other = log_signers(ORIGIN, Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate())
    for signers, words in ((other, "names no key of this one"), (made.desk.log_keys, "no witness")):
        policy = simple([one.vkey for one in signers])
        found = verify_published(DirectoryStorage(made.pub), options=VerifyOptions(policy=policy))
        (fault,) = found.faults
        assert fault.layer == "cosignature"
        assert words in fault.message


def test_a_forgers_checkpoint_does_not_carry_the_forgers_keys(made: Made, tmp_path: Path) -> None:
    """With --since, too, whoever changes the log's keys must have signed that.

    The forger appends a change of the log's keys with a spoilt signature to a genuine log, seals it
    with keys of their own, and hands out that checkpoint as one to go on from.
    """
    folder = made.published(tmp_path)
    evil = log_signers(ORIGIN, Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate())
    desk = made.desk
    store = desk.book.store
    copy = tmp_path / "copy.db"
    shutil.copy(made.folder / "book.db", copy)
    from ledger import open_ledger

    with open_ledger(str(copy), clock=desk.clock) as book:
        named = [str(one.vkey) for one in evil]
        book.checkpoints.change_keys(desk.signers["recorder"], actor="recorder", log_keys=named)
        with book.store.reading() as conn:
            forged = bytearray(book.store.bytes_at(conn, SIZE))
    assert store.size() == SIZE
    at = forged.rfind(b'"sig":"') + len(b'"sig":"')
    forged[at : at + 6] = b"AAAAAA"
    entries = [*decode_bundle((folder / BUNDLE).read_bytes(), SIZE), bytes(forged)]
    leaves = [leaf_hash(entry) for entry in entries]
    note = seal(Checkpoint(ORIGIN, SIZE + 1, root(leaves)), evil, at=AT).encode()
    shutil.rmtree(folder)
    for path, data in (
        ("checkpoint", note),
        (BUNDLE.replace(str(SIZE), str(SIZE + 1)), encode_bundle(entries)),
        (LEAVES.replace(str(SIZE), str(SIZE + 1)), encode_tile(leaves)),
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    for number, since in enumerate((None, note)):
        known = KnownLedgers(tmp_path / f"known{number}")
        known.trust(made.ledger)
        found = verify_published(
            DirectoryStorage(folder), options=VerifyOptions(since=since), trust=LedgerTrust(known)
        )
        assert (SIZE, "signature") in {(f.seq, f.layer) for f in found.faults}
        assert known.get(made.ledger) is None


class Unlisted(DirectoryStorage):
    """A directory as a web server shows it: files by name, no list."""

    def listing(self) -> None:  # type: ignore[override]  # what a web address answers
        """Nothing can be listed."""


def test_certificates_that_verify_nothing_are_not_passed_over(made: Made, tmp_path: Path) -> None:
    """Asked for time-stamps, a log that has none is not verified, with a listing or without."""
    pem = b"-----BEGIN CERTIFICATE-----\n"
    for place in (DirectoryStorage(made.pub), Unlisted(made.pub)):
        found = verify_published(place, options=VerifyOptions(tsa_roots=pem))
        assert [fault.layer for fault in found.faults] == ["time_stamp"]
    folder = made.published(tmp_path)
    stamped = folder / f"timestamps/{SIZE}"
    stamped.mkdir(parents=True)
    shutil.copy(folder / "checkpoint", stamped / "note")
    (stamped / "0.tsr").write_bytes(b"junk")
    found = verify_published(Unlisted(folder))
    assert [fault.layer for fault in found.faults] == ["time_stamp"]


@pytest.mark.parametrize("line", ['{"digest":"%s","seq":%d,"text":"%s","zevil":1}', "true"])
def test_a_disclosure_line_has_three_members(made: Made, tmp_path: Path, line: str) -> None:
    """Nothing may travel with a log in a line that verifiers read past."""
    folder = made.published(tmp_path)
    file = folder / "disclosures/000"
    first, _, rest = file.read_bytes().partition(b"\n")
    changed = first[:-1] + b',"zevil":1}' if line != "true" else line.encode()
    file.write_bytes(changed + b"\n" + rest)
    found = verify_published(DirectoryStorage(folder))
    assert "disclosure" in {fault.layer for fault in found.faults}


@pytest.mark.parametrize("text", ["x+00000000+AAAA", "example.org/a+deadbeef+AQID", "00"])
def test_what_is_no_key_is_not_trusted(text: str) -> None:
    """A key whose own hash is wrong would spoil every later check."""
    with pytest.raises(InputError):
        anchor_of(text)


def test_options_are_what_they_were(made: Made) -> None:
    """The report says up to where the policy holds, and nothing where none was given."""
    found = verify_published(DirectoryStorage(made.pub))
    assert found.witnessed == 0
    assert replace(found, witnessed=SIZE).summary()[-1]
    assert "cosigned" not in dict(found.summary())
    assert dict(replace(found, witnessed=5).summary())["cosigned"].endswith("the last 7 by nobody")
