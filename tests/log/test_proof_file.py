"""ledger.log.proof_file: proof files in one spelling, and what check_proof asks for."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from hashlib import sha256
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BadCheckpoint, BadNote, BadProof, QuorumNotMet
from ledger.log.checkpoint import (
    Checkpoint,
    Ed25519Cosigner,
    Ed25519LogSigner,
    LogSigner,
    MLDSA44Cosigner,
    log_signers,
    seal,
)
from ledger.log.keys import generate_mldsa44
from ledger.log.merkle import inclusion_path, leaf_hash, root
from ledger.log.proof_file import (
    MAX_PATH,
    MAX_PROOF_BYTES,
    InclusionProof,
    check_proof,
    parse_proof,
)
from ledger.log.witness_policy import Witness, WitnessPolicy

ORIGIN = "log.example/register"
SIZE, INDEX, AT = 300, 257, 1_751_967_000
LEAVES = [leaf_hash(b"entry %d" % n) for n in range(SIZE)]


class Made(NamedTuple):
    """A log of 300 entries, its signers, a witness, and the proof of entry 257."""

    signers: tuple[LogSigner, ...]
    witness: Ed25519Cosigner
    proof: InclusionProof

    @property
    def policy(self) -> WitnessPolicy:
        """The policy that asks for the witness."""
        one = Witness(b"w", self.witness.vkey)
        return WitnessPolicy((), (one,), (), b"w")


def fetch(level: int, start: int, stop: int) -> list[bytes]:
    """Stored hashes of levels 0 and 1."""
    if level == 0:
        return LEAVES[start:stop]
    return [root(LEAVES[i * 256 : (i + 1) * 256]) for i in range(start, stop)]


def checkpoint_of(size: int) -> Checkpoint:
    """The checkpoint of the first entries."""
    return Checkpoint(ORIGIN, size, root(LEAVES[:size]))


def ed25519(seed: int) -> Ed25519PrivateKey:
    """A fixed key."""
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


@pytest.fixture(scope="module")
def made() -> Made:
    """Return a good proof, without a witness."""
    signers = log_signers(ORIGIN, ed25519(1), generate_mldsa44())
    note = seal(checkpoint_of(SIZE), signers, at=AT).encode()
    proof = InclusionProof(INDEX, inclusion_path(INDEX, SIZE, fetch), note)
    return Made(signers, Ed25519Cosigner("witness.example", ed25519(2)), proof)


def test_a_good_proof_is_checked(made: Made) -> None:
    """It goes through a file, and gives the checkpoint with the time of its seal."""
    proof = parse_proof(made.proof.encode())
    keys = [signer.vkey for signer in made.signers]
    opened = check_proof(proof, LEAVES[INDEX], log_keys=keys)
    assert opened.checkpoint == checkpoint_of(SIZE)
    assert opened.sealed_at == AT


def test_the_log_of_one_entry(made: Made) -> None:
    """Its path is empty, and the empty line follows the index at once."""
    note = seal(checkpoint_of(1), made.signers, at=AT).encode()
    proof = InclusionProof(0, (), note)
    assert proof.encode() == b"c2sp.org/tlog-proof@v1\nindex 0\n\n" + note
    keys = [signer.vkey for signer in made.signers]
    check_proof(parse_proof(proof.encode()), LEAVES[0], log_keys=keys)
    with pytest.raises(BadProof):
        check_proof(proof, LEAVES[1], log_keys=keys)


def test_another_entry_index_or_path_is_refused(made: Made) -> None:
    """The proof shows one leaf at one index, by one path."""
    keys = [signer.vkey for signer in made.signers]
    path = made.proof.path
    for leaf, bad in (
        (LEAVES[INDEX - 1], made.proof),
        (LEAVES[INDEX], replace(made.proof, index=INDEX - 1)),
        (LEAVES[INDEX], replace(made.proof, index=SIZE)),
        (LEAVES[INDEX], replace(made.proof, path=path[:-1])),
        (LEAVES[INDEX], replace(made.proof, path=(*path, bytes(32)))),
        (LEAVES[INDEX], replace(made.proof, path=path[::-1])),
    ):
        with pytest.raises(BadProof):
            check_proof(bad, leaf, log_keys=keys)


def test_the_checkpoint_of_another_size_is_refused(made: Made) -> None:
    """Path and checkpoint must be of one size, however well both are signed."""
    note = seal(checkpoint_of(SIZE - 1), made.signers, at=AT).encode()
    keys = [signer.vkey for signer in made.signers]
    with pytest.raises(BadProof):
        check_proof(replace(made.proof, checkpoint=note), LEAVES[INDEX], log_keys=keys)


def test_an_unsigned_checkpoint_proves_nothing(made: Made) -> None:
    """A right path under a checkpoint nobody checked, or with no key to check, is refused."""
    keys = [signer.vkey for signer in made.signers]
    text = checkpoint_of(SIZE).text()
    bad = replace(made.proof, checkpoint=text)
    with pytest.raises(BadNote):
        check_proof(bad, LEAVES[INDEX], log_keys=keys)
    with pytest.raises(BadCheckpoint):
        check_proof(made.proof, LEAVES[INDEX], log_keys=())


def test_every_log_key_must_have_signed(made: Made) -> None:
    """One of two is too few, and a stranger's key with the log's name is none."""
    keys = [signer.vkey for signer in made.signers]
    for signer in made.signers:
        note = seal(checkpoint_of(SIZE), (signer,), at=AT).encode()
        with pytest.raises(BadCheckpoint):
            check_proof(replace(made.proof, checkpoint=note), LEAVES[INDEX], log_keys=keys)
    stranger = Ed25519LogSigner(ORIGIN, ed25519(9))
    forged = seal(checkpoint_of(SIZE), (stranger, MLDSA44Cosigner(ORIGIN, generate_mldsa44())),
                  at=AT).encode()  # fmt: skip
    with pytest.raises(BadCheckpoint):
        check_proof(replace(made.proof, checkpoint=forged), LEAVES[INDEX], log_keys=keys)


def test_a_policy_asks_for_its_quorum(made: Made) -> None:
    """Without the witness's line the same proof is refused, with it the witness is named."""
    keys = [signer.vkey for signer in made.signers]
    with pytest.raises(QuorumNotMet):
        check_proof(made.proof, LEAVES[INDEX], log_keys=keys, policy=made.policy)
    line = made.witness.sign(checkpoint_of(SIZE), AT + 5).encode()
    seen = replace(made.proof, checkpoint=made.proof.checkpoint + line)
    opened = check_proof(seen, LEAVES[INDEX], log_keys=keys, policy=made.policy)
    assert [(c.vkey.name, c.at) for c in opened.cosignatures] == [("witness.example", AT + 5)]
    late = made.witness.sign(checkpoint_of(SIZE - 1), AT + 5).encode()
    with pytest.raises(BadCheckpoint):
        check_proof(
            replace(made.proof, checkpoint=made.proof.checkpoint + late),
            LEAVES[INDEX],
            log_keys=keys,
            policy=made.policy,
        )


def test_a_file_has_this_form() -> None:
    """Magic line, extra data, index, hashes from leaf to root, empty line, the note verbatim."""
    note = b"o\n1\nAA==\n\n- x\n"
    proof = InclusionProof(73_894, (bytes(32), b"\1" * 32), note, b"a\n")
    assert proof.encode() == (
        b"c2sp.org/tlog-proof@v1\nextra YQo=\nindex 73894\n"
        b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
        b"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n\n" + note
    )
    assert parse_proof(proof.encode()) == proof


HASH = b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
GOOD = b"c2sp.org/tlog-proof@v1\nextra YQo=\nindex 12\n" + HASH + b"\n\nnote\n"


def _replaced(old: bytes, new: bytes) -> bytes:
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new)


BAD = {
    "nothing": b"",
    "magic only": b"c2sp.org/tlog-proof@v1\n\nnote\n",
    "another version": _replaced(b"@v1", b"@v2"),
    "white space before": b" " + GOOD,
    "no index": _replaced(b"index 12\n", b""),
    "index with a zero": _replaced(b"index 12", b"index 012"),
    "index with a sign": _replaced(b"index 12", b"index +12"),
    "index with an underscore": _replaced(b"index 12", b"index 1_2"),
    "index in Arabic digits": _replaced(b"index 12", "index \u0661\u0662".encode()),
    "index twice": _replaced(b"index 12", b"index 12\nindex 12"),
    "index too long": _replaced(b"index 12", b"index 1" + b"0" * 19),
    "index endless": _replaced(b"index 12", b"index " + b"1" * 5000),
    "two spaces": _replaced(b"index 12", b"index  12"),
    "carriage return": _replaced(b"index 12\n", b"index 12\r\n"),
    "extra after index": _replaced(b"extra YQo=\nindex 12", b"index 12\nextra YQo="),
    "extra twice": _replaced(b"extra YQo=", b"extra YQo=\nextra YQo="),
    "extra unpadded": _replaced(b"YQo=", b"YQo"),
    "pad bits": _replaced(b"YQo=", b"YQp="),
    "hash too short": _replaced(HASH, b"AAAA"),
    "hash with non-zero pad bits": _replaced(HASH, HASH[:-2] + b"B="),
    "hash url-safe": _replaced(HASH, b"-_" + HASH[2:]),
    "hash with a space": _replaced(HASH, HASH + b" "),
    "hash not ASCII": _replaced(HASH, b"\xff" + HASH[1:]),
    "64 hashes": _replaced(HASH, b"\n".join([HASH] * (MAX_PATH + 1))),
    "no empty line": _replaced(b"\n\n", b"\n"),
    "carriage return for the empty line": _replaced(b"\n\n", b"\n\r\n"),
    "too long": GOOD + b"x" * MAX_PROOF_BYTES,
}


def test_the_good_file_is_good() -> None:
    """What the bad ones differ from is read, so that each fails for its one change."""
    assert parse_proof(GOOD) == InclusionProof(12, (bytes(32),), b"note\n", b"a\n")
    longest = parse_proof(_replaced(HASH, b"\n".join([HASH] * MAX_PATH)))
    assert len(longest.path) == MAX_PATH


@pytest.mark.parametrize("what", BAD)
def test_another_form_is_refused(what: str) -> None:
    """Order, spelling, count and length: one form only."""
    with pytest.raises(BadProof):
        parse_proof(BAD[what])


@given(
    st.integers(0, 10**19 - 1),
    st.lists(st.binary(min_size=32, max_size=32), max_size=MAX_PATH),
    st.binary(max_size=200),
    st.none() | st.binary(max_size=50),
)
def test_a_file_is_read_back(
    index: int, path: list[bytes], note: bytes, extra: bytes | None
) -> None:
    """Whatever the checkpoint's bytes are, they come back verbatim."""
    proof = InclusionProof(index, tuple(path), note, extra)
    assert parse_proof(proof.encode()) == proof


@given(
    st.binary(max_size=200)
    | st.binary(max_size=200).map(lambda junk: b"c2sp.org/tlog-proof@v1\n" + junk)
    | st.tuples(st.integers(0, len(GOOD)), st.binary(min_size=1, max_size=3)).map(
        lambda cut: GOOD[: cut[0]] + cut[1] + GOOD[cut[0] :]
    )
)
def test_junk_is_refused_or_spelled_as_it_was(data: bytes) -> None:
    """Only our error leaves the parser, and no second spelling enters."""
    with contextlib.suppress(BadProof):
        assert parse_proof(data).encode() == data


def test_a_flipped_bit_is_never_accepted(made: Made) -> None:
    """Above the checkpoint each changed byte is refused when read or when checked."""
    keys = [made.signers[0].vkey]
    note = seal(checkpoint_of(SIZE), made.signers[:1], at=AT).encode()
    proof = replace(made.proof, checkpoint=note)
    data = proof.encode()
    check_proof(parse_proof(data), LEAVES[INDEX], log_keys=keys)
    for at in range(len(data) - len(note)):
        bad = bytearray(data)
        bad[at] ^= 1 << (sha256(b"%d" % at).digest()[0] % 8)
        with pytest.raises((BadProof, BadNote, BadCheckpoint)):
            check_proof(parse_proof(bytes(bad)), LEAVES[INDEX], log_keys=keys)
