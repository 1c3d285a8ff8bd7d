"""Proofs of single entries: made from the database, checked without it, hard to fool."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import (
    BadEvidence,
    BadProof,
    BadTimeStamp,
    NotCompleted,
    NotVerified,
    QuorumNotMet,
    UnknownId,
)
from ledger.log import keys
from ledger.log.checkpoint import Ed25519Cosigner, log_signers, parse_checkpoint
from ledger.log.proof_file import parse_proof
from ledger.log.signed_note import parse_note
from ledger.log.witness_policy import parse_policy
from ledger.proofs import inclusion, pack_build, pack_format, pack_verify
from ledger.proofs.inclusion import ProofTrust
from ledger.store import checkpoint_store
from ledger.verify.known_ledgers import KnownLedger, KnownLedgers
from tests.books import norm
from tests.checkpoints.sealed import ORIGIN, PAGE, QUOTE, SealedDesk, fill, open_sealed
from tests.checkpoints.tsa import Authority
from tests.examples import examples

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SealedDesk]:
    """Four entries, all sealed. Not to be changed."""
    made = open_sealed(tmp_path_factory.mktemp("proving") / "log.db")
    fill(made)
    made.seal()
    with made.book:
        yield made


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[SealedDesk]:
    """A ledger of its own for a test that changes it."""
    made = open_sealed(tmp_path / "log.db")
    with made.book:
        yield made


def trust(desk: SealedDesk) -> ProofTrust:
    """The log's keys, as if its keeper had given them."""
    return ProofTrust(log_keys=desk.vkeys)


def changed(data: bytes, **files: bytes | None) -> bytes:
    """A pack with files put in another's place (dots and slashes as __ and ___), or taken out."""
    held: dict[str, bytes | None] = dict(pack_format.decode_pack(data))
    held |= {name.replace("___", "/").replace("__", "."): new for name, new in files.items()}
    return pack_format.encode_pack({name: new for name, new in held.items() if new is not None})


# --- proofs --------------------------------------------------------------------------------------


def test_every_entry_is_proved(fresh: SealedDesk) -> None:
    """Each entry of a log that is longer than a tile has a proof that holds, from its own bytes."""
    fresh.record(*(norm(key=f"k{n}") for n in range(262)))
    size = fresh.seal()
    for seq in (0, 1, 254, 255, 256, 257, size - 1):
        found = fresh.book.proofs.prove(f"@{seq}")
        checked = inclusion.check_entry_proof(
            found.entry.data, found.proof.encode(), trust(fresh), signer=None
        )
        assert (checked.entry.seq, checked.checkpoint.size) == (seq, size)


def test_few_hashes_are_read(fresh: SealedDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proof reads one entry and O(log n) runs of hashes, never the log."""
    fresh.record(*(norm(key=f"k{n}") for n in range(600)))
    fresh.seal()
    store, asked = fresh.book.store, []
    hashes = store.hashes

    def counted(conn: Any, level: int, start: int, stop: int) -> list[bytes]:
        asked.append(stop - start)
        return hashes(conn, level, start, stop)

    monkeypatch.setattr(store, "hashes", counted)
    monkeypatch.setattr(store, "pages", None)
    fresh.book.proofs.prove("@300")
    assert asked
    assert len(asked) <= 20  # two a level of a tree of 1,024 leaves
    assert max(asked) <= 256


def test_an_unsealed_entry(fresh: SealedDesk) -> None:
    """What no checkpoint covers is not proved; the error says what to do."""
    with pytest.raises(NotCompleted, match="not sealed") as caught:
        fresh.book.proofs.prove("@1")
    assert "regledger checkpoint" in caught.value.hint
    fresh.seal()
    fresh.record(norm(key="later"))
    assert fresh.book.proofs.prove("@1").checkpoint.size == 2
    with pytest.raises(NotCompleted, match="not sealed"):
        fresh.book.proofs.prove("later")


def test_an_unknown_entry(desk: SealedDesk) -> None:
    """A reference to nothing is an unknown id."""
    with pytest.raises(UnknownId):
        desk.book.proofs.prove("@99")


def test_a_damaged_database_proves_nothing(fresh: SealedDesk) -> None:
    """Where stored hashes do not lead to the checkpoint, no proof is handed out."""
    fill(fresh)
    size = fresh.seal()
    store = fresh.book.store
    with store.reading() as conn:
        sealed = checkpoint_store.newest(conn)
        assert sealed is not None
        other = replace(sealed, note=sealed.note.replace(b"\n4\n", b"\n3\n"), size=3)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(checkpoint_store, "newest", lambda _conn: other)
            with pytest.raises(BadProof, match="stored hashes"):
                inclusion.prove(store, conn, 1)
    assert size == 4


def test_no_key_no_success(desk: SealedDesk, tmp_path: Path) -> None:
    """With no key of the log at hand a sound proof is not verified, and the message says so."""
    found = desk.book.proofs.prove("@2")
    for nothing in (ProofTrust(), ProofTrust(known=KnownLedgers(tmp_path))):
        with pytest.raises(NotCompleted, match="NOT AUTHENTICATED"):
            inclusion.check_entry_proof(
                found.entry.data, found.proof.encode(), nothing, signer=None
            )


def test_wrong_keys(desk: SealedDesk) -> None:
    """Keys of the right name that did not sign, or only one of two keys that do, verify nothing."""
    found = desk.book.proofs.prove("@2")
    foreign = log_signers(ORIGIN, Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate())
    elsewhere = log_signers("b.org", Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate())
    for given_keys in (
        tuple(one.vkey for one in foreign),
        tuple(one.vkey for one in elsewhere),
        desk.vkeys[:1],
        (desk.vkeys[0], foreign[1].vkey),
        (*desk.vkeys, foreign[0].vkey),
    ):
        with pytest.raises(NotVerified):
            inclusion.check_entry_proof(
                found.entry.data, found.proof.encode(), ProofTrust(log_keys=given_keys), signer=None
            )


def test_another_entry(desk: SealedDesk) -> None:
    """A proof of one entry proves no other, nor the same with anything changed."""
    found, other = desk.book.proofs.prove("@2"), desk.book.proofs.prove("@3")
    with pytest.raises(BadProof, match="speaks of entry 2"):
        inclusion.check_entry_proof(
            other.entry.data, found.proof.encode(), trust(desk), signer=None
        )
    forged = found.entry.data.replace(b"Dealing is prohibited.", b"Dealing is permitted..")
    assert forged != found.entry.data
    with pytest.raises(NotVerified):
        inclusion.check_entry_proof(forged, found.proof.encode(), trust(desk), signer=None)


def test_remembered_keys_and_root(desk: SealedDesk, tmp_path: Path) -> None:
    """Keys remembered of a trusted ledger do; another root of the remembered size is a fork."""
    found = desk.book.proofs.prove("@2")
    known = KnownLedgers(tmp_path)
    proof = found.proof.encode()
    remembered = KnownLedger(
        ledger=desk.book.policy.ledger,
        origin=ORIGIN,
        founder="f" * 64,
        log_keys=tuple(map(str, desk.vkeys)),
        size=1,
        root="0" * 64,
        trusted=False,
    )
    known.remember(remembered)
    with pytest.raises(NotCompleted):  # seen is not trusted
        inclusion.check_entry_proof(found.entry.data, proof, ProofTrust(known=known), signer=None)
    known.remember(replace(remembered, trusted=True))
    checked = inclusion.check_entry_proof(
        found.entry.data, proof, ProofTrust(known=known), signer=None
    )
    assert "trusted here" in checked.how
    known.remember(replace(remembered, size=found.checkpoint.size))
    with pytest.raises(NotVerified, match="forked"):
        inclusion.check_entry_proof(found.entry.data, proof, ProofTrust(known=known), signer=None)


def test_trusted_log_keys(desk: SealedDesk, tmp_path: Path) -> None:
    """Log keys given to `trust` verify proofs of that log."""
    found = desk.book.proofs.prove("@0")
    known = KnownLedgers(tmp_path)
    for key in desk.vkeys:
        known.trust(str(key))
    checked = inclusion.check_entry_proof(
        found.entry.data, found.proof.encode(), ProofTrust(known=known), signer=None
    )
    assert inclusion.ledger_of(checked.entry) == desk.book.policy.ledger


def test_a_policy_that_asks_for_a_witness(desk: SealedDesk) -> None:
    """A quorum that the checkpoint does not meet is no success, though the log signed it."""
    found = desk.book.proofs.prove("@2")
    witness = Ed25519Cosigner("w.example", Ed25519PrivateKey.generate())
    policy = parse_policy(policy_text(desk, witness))
    with pytest.raises(QuorumNotMet):
        inclusion.check_entry_proof(
            found.entry.data, found.proof.encode(), ProofTrust(policy=policy), signer=None
        )


def test_a_policy_whose_witness_cosigned(fresh: SealedDesk) -> None:
    """Where the witness did cosign, the policy holds; its log lines are the keys checked by."""
    witness = Ed25519Cosigner("w.example", Ed25519PrivateKey.generate())
    size = fresh.seal()
    store = fresh.book.store
    with store.writing() as conn:
        sealed = checkpoint_store.checkpoint_at(conn, size)
        assert sealed is not None
        line = witness.sign(parse_checkpoint(parse_note(sealed.note).text), 1_704_100_000)
        kept = ("w.example", witness.vkey.key_id.hex(), line.encode(), 1_704_100_000)
        checkpoint_store.put_cosignatures(conn, size, [kept])
    policy = parse_policy(policy_text(fresh, witness))
    checked = pack_verify.check_pack(fresh.book.proofs.pack("@1"), ProofTrust(policy=policy))
    assert checked.to_value()["witnesses"] == ["w.example"]
    assert not any("w.example" in one for one in checked.unchecked)
    unknown = pack_verify.check_pack(fresh.book.proofs.pack("@1"), trust(fresh))
    assert not unknown.to_value()["witnesses"]
    assert "w.example" in unknown.unchecked[0]
    none = parse_policy(policy_text(fresh))
    with pytest.raises(QuorumNotMet):
        pack_verify.check_pack(fresh.book.proofs.pack("@1"), ProofTrust(policy=none))


def test_a_policy_proves_nothing_by_the_log_itself(fresh: SealedDesk) -> None:
    """Its own key as a witness, with the keys given by hand or in the policy; other log lines."""
    fresh.seal()
    classic, quantum = fresh.vkeys
    other = log_signers(classic.name, Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate())
    own = f"witness a {quantum}\nquorum a\n"
    pack = fresh.book.proofs.pack("@1")
    for log in ("", f"log {classic}\n", f"log {other[0].vkey}\n"):
        policy = parse_policy(f"{log}{own}".encode())
        with pytest.raises(QuorumNotMet):
            pack_verify.check_pack(pack, ProofTrust(fresh.vkeys, policy=policy))


def policy_text(desk: SealedDesk, *witnesses: Ed25519Cosigner) -> bytes:
    """A policy of the log's keys that asks for the last of these witnesses."""
    lines = [f"log {key}" for key in desk.vkeys]
    lines += [f"witness w {one.vkey}" for one in witnesses]
    return "\n".join([*lines, f"quorum {'w' if witnesses else 'none'}", ""]).encode()


def test_the_signer(desk: SealedDesk) -> None:
    """The event's signature is checked by the key the log enrolled, and no other one will do."""
    found = desk.book.proofs.prove("@2")
    _, signer = desk.book.proofs.entry_and_signer(2)
    proof = found.proof.encode()
    checked = inclusion.check_entry_proof(found.entry.data, proof, trust(desk), signer=signer)
    assert checked.signature
    assert not checked.unchecked
    stranger = keys.KeySigner(keys.generate())
    wrong = {"public_key": stranger.public_key, "scheme": stranger.scheme}
    with pytest.raises(NotVerified):
        inclusion.check_entry_proof(found.entry.data, proof, trust(desk), signer=wrong)
    with pytest.raises(UnknownId):
        desk.book.proofs.entry_and_signer(99)


@examples(150)
@given(data=st.binary(max_size=300), headed=st.booleans())
def test_junk_proofs(desk: SealedDesk, data: bytes, *, headed: bool) -> None:
    """Any bytes in the place of a proof end in an error of ours."""
    found = desk.book.proofs.prove("@2")
    junk = b"c2sp.org/tlog-proof@v1\nindex 2\n" + data if headed else data
    with pytest.raises(NotVerified):
        inclusion.check_entry_proof(found.entry.data, junk, trust(desk), signer=None)


@examples(150)
@given(draw=st.data())
def test_one_changed_byte_of_a_proof(desk: SealedDesk, draw: st.DataObject) -> None:
    """A proof with one byte changed never verifies, whichever byte it is."""
    found = desk.book.proofs.prove("@2")
    proof = bytearray(found.proof.encode())
    proof[draw.draw(st.integers(0, len(proof) - 1))] ^= draw.draw(st.integers(1, 255))
    with pytest.raises(NotVerified):
        inclusion.check_entry_proof(found.entry.data, bytes(proof), trust(desk), signer=None)


# --- packs ---------------------------------------------------------------------------------------


def test_a_pack_verifies(desk: SealedDesk) -> None:
    """A pack holds the entry, its proof, the cited file; it verifies, twice made it is the same."""
    data = desk.book.proofs.pack("cited")
    checked = pack_verify.check_pack(data, trust(desk))
    assert checked.signature
    assert checked.evidence == (sha256(PAGE).hexdigest(),)
    assert data == desk.book.proofs.pack("@2")
    files = pack_format.decode_pack(data)
    assert files[pack_format.CHECKPOINT] == parse_proof(files[pack_format.PROOF]).checkpoint
    assert str(desk.vkeys[1]) in json.loads(files[pack_format.KEYS])["log_keys"]
    assert ORIGIN.encode() in files[pack_format.README]


def test_a_pack_of_the_first_entry(desk: SealedDesk) -> None:
    """The founder signed entry 0: its pack verifies like any other."""
    assert pack_verify.check_pack(desk.book.proofs.pack("@0"), trust(desk)).entry.seq == 0


def test_disclosures_only_on_request(desk: SealedDesk) -> None:
    """What can be erased stays out of a pack unless asked for, and then it fits its digests."""
    plain = pack_format.decode_pack(desk.book.proofs.pack("cited"))
    assert pack_format.DISCLOSURES not in plain
    assert not any(QUOTE.encode() in content for n, content in plain.items() if "ev" not in n)
    data = desk.book.proofs.pack("cited", with_disclosures=True)
    assert pack_verify.check_pack(data, trust(desk)).disclosed == 2


def test_a_pack_brings_no_trust(desk: SealedDesk) -> None:
    """The keys inside a pack verify nothing."""
    with pytest.raises(NotCompleted, match="NOT AUTHENTICATED"):
        pack_verify.check_pack(desk.book.proofs.pack("cited"), ProofTrust())


def test_parts_that_do_not_belong(desk: SealedDesk) -> None:
    """A pack with any part of another entry, or a made-up one, is refused."""
    data, other = (
        desk.book.proofs.pack("cited", with_disclosures=True),
        desk.book.proofs.pack("other"),
    )
    theirs = pack_format.decode_pack(other)
    lie = sha256(b"lie").hexdigest()
    note = pack_format.decode_pack(data)[pack_format.CHECKPOINT]
    cases: list[dict[str, bytes | None]] = [
        {"entry__json": theirs[pack_format.ENTRY]},
        {"event__dsse__json": theirs[pack_format.ENVELOPE]},
        {"event__dsse__json": b"{"},
        {"proof__tlog-proof": theirs[pack_format.PROOF]},
        {"checkpoint": note + note.split(b"\n\n")[1].split(b"\n")[0] + b"\n"},
        {"keys__json": b"{}"},
        {"keys__json": b"[" * 100_000},
        {"keys__json": b'{"signer": {"public_key": "junk", "scheme": "ed25519"}}'},
        {f"evidence___{sha256(PAGE).hexdigest()}": b"lie"},
        {f"evidence___{lie}": b"lie"},
        {"disclosures__json": b'{"x": 1}'},
        {"disclosures__json": json.dumps({"a" * 43: "WyJhIiwiYiIsImMiXQ"}).encode()},
        {"timestamps___4___note": note, "timestamps___4___0__tsr": b"junk"},
        {"timestamps___9___note": note, "timestamps___9___0__tsr": b"junk"},
    ]
    for case in cases:
        with pytest.raises(NotVerified):
            pack_verify.check_pack(changed(data, **case), trust(desk))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl plays the authority")
def test_time_stamps_in_a_pack(fresh: SealedDesk, tmp_path: Path) -> None:
    """A pack holds the time-stamps of its checkpoint and of the first stamped one, each proved."""
    authority = Authority(tmp_path)
    store = fresh.book.store
    for key in ("first", "second", "third"):
        fresh.record(norm(key=key))
        size = fresh.seal()
        with store.writing() as conn:
            sealed = checkpoint_store.checkpoint_at(conn, size)
            assert sealed is not None
            reply = authority.stamp(sealed.note)
            checkpoint_store.put_time_stamp(conn, size, reply, gen_time="", authority="")
    data = fresh.book.proofs.pack("first")
    files = pack_format.decode_pack(data)
    assert sorted(pack_format.time_stamped(files)) == [3, 5]
    checked = pack_verify.check_pack(data, trust(fresh))
    assert [size for size, _ in checked.stamped] == [3, 5]
    assert "authorities" in checked.unchecked[0]
    rooted = replace(trust(fresh), roots=authority.roots)
    assert not any("authorities" in one for one in pack_verify.check_pack(data, rooted).unchecked)
    own, other = files["timestamps/5/0.tsr"], files["timestamps/3/0.tsr"]
    cases: list[dict[str, bytes | None]] = [
        {"timestamps___5___0__tsr": other},
        {"timestamps___3___0__tsr": own},
        {"timestamps___3___proof__tlog-proof": None},
        {"timestamps___3___proof__tlog-proof": files[pack_format.PROOF]},
        {"timestamps___3___note": files["timestamps/5/note"]},
        {"timestamps___5___0__tsr": own[:-1]},
    ]
    for case in cases:
        with pytest.raises(NotVerified):
            pack_verify.check_pack(changed(data, **case), trust(fresh))
    (tmp_path / "other").mkdir()
    foreign = replace(trust(fresh), roots=Authority(tmp_path / "other").roots)
    with pytest.raises(BadTimeStamp):
        pack_verify.check_pack(data, foreign)


def test_a_forged_file_is_named(desk: SealedDesk) -> None:
    """A captured file whose content was changed is an evidence error that names it."""
    name = sha256(PAGE).hexdigest()
    with pytest.raises(BadEvidence, match=name):
        pack_verify.check_pack(
            changed(desk.book.proofs.pack("cited"), **{f"evidence___{name}": b"lie"}), trust(desk)
        )


@given(draw=st.data())
def test_junk_in_a_pack(desk: SealedDesk, draw: st.DataObject) -> None:
    """Junk in the place of any part of a pack ends in an error of ours, or in a checked pack."""
    files = pack_format.decode_pack(desk.book.proofs.pack("cited", with_disclosures=True))
    name = draw.draw(st.sampled_from(sorted(files)))
    files[name] = draw.draw(st.binary(max_size=60))
    try:
        checked = pack_verify.check_pack(pack_format.encode_pack(files), trust(desk))
    except NotVerified:
        return
    assert name in {pack_format.README, pack_format.VERIFIER}
    assert any(name in one for one in checked.unchecked)


def test_the_readme_names_what_is_packed() -> None:
    """README.txt speaks of every file of the layout."""
    for name in (
        *pack_format.REQUIRED,
        pack_format.DISCLOSURES,
        pack_format.VERIFIER,
        pack_format.EVIDENCE,
    ):
        assert name in pack_build._README or name == pack_format.README


def test_the_time_of_a_pack_is_nowhere(desk: SealedDesk) -> None:
    """Nothing in a pack tells when or where it was made."""
    files = pack_format.decode_pack(desk.book.proofs.pack("cited"))
    files.pop(pack_format.VERIFIER, None)
    assert not any(re.search(rb"/tmp/|/work/|/home/", content) for content in files.values())
