"""Signed notes and checkpoints: what opens, and every refusal."""

from __future__ import annotations

import base64
import contextlib
from hashlib import sha256
from itertools import product

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BadCheckpoint, BadNote, InputError, NotVerified, QuorumNotMet
from ledger.log.checkpoint import (
    Checkpoint,
    Ed25519Cosigner,
    Ed25519LogSigner,
    MLDSA44Cosigner,
    log_signers,
    open_checkpoint,
    parse_checkpoint,
    seal,
)
from ledger.log.keys import generate, generate_mldsa44
from ledger.log.merkle import inclusion_path, leaf_hash, root
from ledger.log.proof_file import InclusionProof, check_proof, parse_proof
from ledger.log.signed_note import Note, NoteSignature, Vkey, parse_lines, parse_note
from ledger.log.witness_policy import check_quorum, parse_policy, simple
from tests.examples import seldom

ORIGIN = "example.com/log"
CLASSIC, QUANTUM = generate(), generate_mldsa44()
SIGNERS = log_signers(ORIGIN, CLASSIC, QUANTUM)
KEYS = tuple(signer.vkey for signer in SIGNERS)
WITNESS = Ed25519Cosigner("witness.example/w", generate())
TREE = Checkpoint(ORIGIN, 7, sha256(b"root").digest())
AT = 1_700_000_000
GOOD = seal(TREE, SIGNERS, at=AT).encode()
TEXT = GOOD[: GOOD.rfind(b"\n\n") + 1]
LINES = GOOD[len(TEXT) + 1 :].splitlines(keepends=True)


def test_a_sealed_checkpoint_opens() -> None:
    """With both keys; the time is that of the line that carries one."""
    opened = open_checkpoint(GOOD, log_keys=KEYS)
    assert opened.checkpoint == TREE
    assert opened.sealed_at == AT
    assert opened.note.encode() == GOOD


def test_the_signed_bytes_are_the_text_with_its_last_line_feed() -> None:
    """Neither without it, nor with the empty line."""
    for message in (TEXT[:-1], TEXT + b"\n"):
        line = NoteSignature(ORIGIN, KEYS[0].key_id, CLASSIC.sign(message))
        with pytest.raises(BadCheckpoint, match="does not verify"):
            open_checkpoint(Note(TEXT, (line,)).encode(), log_keys=KEYS[:1])
    line = NoteSignature(ORIGIN, KEYS[0].key_id, CLASSIC.sign(TEXT))
    open_checkpoint(Note(TEXT, (line,)).encode(), log_keys=KEYS[:1])


def test_the_split_is_at_the_last_empty_line() -> None:
    """A text may hold empty lines; then it is a note, and no checkpoint."""
    note = parse_note(b"a\n\nb\n\n" + LINES[0])
    assert note.text == b"a\n\nb\n"
    with pytest.raises(BadCheckpoint, match="a checkpoint"):
        parse_checkpoint(note.text)


BAD_NOTES = {
    "hyphen": GOOD.replace("\u2014".encode(), b"-"),
    "en_dash": GOOD.replace("\u2014".encode(), "\u2013".encode()),
    "no_last_line_feed": GOOD[:-1],
    "carriage_returns": GOOD.replace(b"\n", b"\r\n"),
    "control_byte": GOOD.replace(b"example", b"exa\x01mple"),
    "tab": GOOD.replace("\u2014 ".encode(), "\u2014\t".encode()),
    "not_utf8": GOOD.replace(b"example", b"ex\xffmple"),
    "no_signature": TEXT + b"\n",
    "no_empty_line": TEXT + b"".join(LINES),
    "two_spaces": GOOD.replace("\u2014 ".encode(), "\u2014  ".encode()),
    "empty_name": TEXT + b"\n" + "\u2014  AAAAAAAA\n".encode(),
    "plus_in_name": TEXT + b"\n" + "\u2014 a+b AAAAAAAA\n".encode(),
    "line_separator_in_name": TEXT + b"\n" + "\u2014 a\u2028b AAAAAAAA\n".encode(),
    "next_line_in_name": TEXT + b"\n" + "\u2014 a\u0085b AAAAAAAA\n".encode(),
    "only_a_key_id": TEXT + b"\n" + "\u2014 a AAAAAA==\n".encode(),
    "stray_pad_bits": TEXT + b"\n" + "\u2014 a AAAAAAB=\n".encode(),
    "junk_in_base64": TEXT + b"\n" + "\u2014 a AAAA.AAAA\n".encode(),
    "empty_text": b"\n\n" + LINES[0],
    "empty": b"",
    "too_long": b"a" * 1_000_001,
}


@pytest.mark.parametrize("fault", BAD_NOTES)
def test_a_note_in_another_form_is_refused(fault: str) -> None:
    """By the reader of notes, before any signature."""
    with pytest.raises(BadNote):
        parse_note(BAD_NOTES[fault])


B64 = base64.b64encode(TREE.root)
BAD_TEXTS = {
    "leading_zero": b"o\n07\n" + B64 + b"\n",
    "plus": b"o\n+7\n" + B64 + b"\n",
    "space": b"o\n 7\n" + B64 + b"\n",
    "underscore": b"o\n1_000\n" + B64 + b"\n",
    "arabic_digits": "o\n\u0667\n".encode() + B64 + b"\n",
    "too_large": b"o\n18446744073709551616\n" + B64 + b"\n",
    "extension_line": b"o\n7\n" + B64 + b"\nmore\n",
    "no_root": b"o\n7\n",
    "short_root": b"o\n7\n" + base64.b64encode(b"x" * 31) + b"\n",
    "unpadded_root": b"o\n7\n" + B64.rstrip(b"=") + b"\n",
    "no_origin": b"\n7\n" + B64 + b"\n",
    "no_last_line_feed": b"o\n7\n" + B64,
}


@pytest.mark.parametrize("fault", BAD_TEXTS)
def test_the_text_of_a_checkpoint_has_one_form(fault: str) -> None:
    """Origin, size in plain decimal, root in base64 of 32 bytes, nothing else."""
    with pytest.raises(BadCheckpoint):
        parse_checkpoint(BAD_TEXTS[fault])


def test_every_log_key_must_have_signed() -> None:
    """One good line is not enough where the log has two keys."""
    for line in LINES:
        with pytest.raises(BadCheckpoint, match="did not sign"):
            open_checkpoint(TEXT + b"\n" + line, log_keys=KEYS)


def test_without_a_key_nothing_is_opened() -> None:
    """A checkpoint that nobody checked is not a verified one."""
    with pytest.raises(BadCheckpoint, match="no log key"):
        open_checkpoint(GOOD, log_keys=())


def test_a_key_of_another_log_is_refused() -> None:
    """The name in the key is the origin."""
    other = Ed25519LogSigner("example.com/other", CLASSIC)
    with pytest.raises(BadCheckpoint, match=r"not of example\.com/other"):
        open_checkpoint(GOOD, log_keys=[other.vkey])


def test_a_line_named_as_the_log_by_an_unknown_key_is_refused() -> None:
    """Even beside good lines."""
    line = Ed25519LogSigner(ORIGIN, generate()).sign(TREE, AT).encode()
    with pytest.raises(BadCheckpoint, match="none of the log's keys"):
        open_checkpoint(GOOD + line, log_keys=KEYS)


def test_a_bad_line_of_a_known_key_makes_the_note_bad() -> None:
    """Of the log, or of a witness one knows."""
    bad = WITNESS.sign(Checkpoint(ORIGIN, 8, TREE.root), AT).encode()
    with pytest.raises(BadCheckpoint, match=r"witness\.example/w"):
        open_checkpoint(GOOD + bad, log_keys=KEYS, witnesses=[WITNESS.vkey])
    assert len(open_checkpoint(GOOD + bad, log_keys=KEYS).unknown) == 1


def test_lines_of_one_key_are_not_repeated() -> None:
    """Twice the same key is refused."""
    with pytest.raises(BadCheckpoint, match="two lines"):
        open_checkpoint(GOOD + LINES[0], log_keys=KEYS)


def test_four_bytes_of_key_id_are_no_identity() -> None:
    """Another key under the same name and id does not open it."""
    public = generate().public_key().public_bytes_raw()
    twin = Vkey(ORIGIN, KEYS[0].key_id, 1, public)
    with pytest.raises(BadCheckpoint, match="does not verify"):
        open_checkpoint(TEXT + b"\n" + LINES[0], log_keys=[twin])
    opened = open_checkpoint(GOOD, log_keys=KEYS, witnesses=[twin])
    assert opened.cosignatures == ()


@pytest.mark.parametrize("make", [Ed25519Cosigner, MLDSA44Cosigner])
def test_a_witness_is_counted_with_its_time(make: type) -> None:
    """In seconds, eight bytes big endian; in another order or unit it does not verify."""
    key = generate() if make is Ed25519Cosigner else generate_mldsa44()
    witness = make("witness.example/x", key)
    line = witness.sign(TREE, AT)
    opened = open_checkpoint(GOOD + line.encode(), log_keys=KEYS, witnesses=[witness.vkey])
    assert [(one.vkey, one.at) for one in opened.cosignatures] == [(witness.vkey, AT)]
    for time in (AT.to_bytes(8, "little"), (AT * 1000).to_bytes(8, "big")):
        bad = NoteSignature(line.name, line.key_id, time + line.blob[8:]).encode()
        with pytest.raises(BadCheckpoint):
            open_checkpoint(GOOD + bad, log_keys=KEYS, witnesses=[witness.vkey])


@pytest.mark.parametrize("part", [0, *seldom(1, 2, 3)])
def test_every_flip_of_a_checkpoint_is_refused(part: int) -> None:
    """One bit in every byte of the whole note, in four parts."""
    for at in range(part, len(GOOD), 4):
        bad = GOOD[:at] + bytes([GOOD[at] ^ (1 << at % 8)]) + GOOD[at + 1 :]
        with pytest.raises(NotVerified):
            open_checkpoint(bad, log_keys=KEYS)


@given(st.binary(max_size=300) | st.binary(max_size=60).map(lambda b: TEXT + b"\n" + b))
def test_junk_raises_our_errors_only(data: bytes) -> None:
    """Notes, lines, checkpoints, policies and proofs."""
    for read in (parse_note, parse_lines, parse_checkpoint, parse_proof):
        with contextlib.suppress(NotVerified):
            read(data)
    with contextlib.suppress(InputError):
        parse_policy(data)


# --- policies ------------------------------------------------------------------------------------

OTHER = Ed25519Cosigner("witness.example/y", generate())
THIRD = MLDSA44Cosigner("witness.example/z", generate_mldsa44())
BASE = (
    f"log {KEYS[0]}\nwitness a {WITNESS.vkey} https://w.example/\nwitness b {OTHER.vkey}\n"
    f"witness c {THIRD.vkey}\n"
)


def cosigned(*witnesses: Ed25519Cosigner | MLDSA44Cosigner) -> bytes:
    """The checkpoint with the lines of these."""
    return GOOD + b"".join(one.sign(TREE, AT).encode() for one in witnesses)


QUORUMS = [
    ("quorum a\n", (WITNESS,), "met"),
    ("quorum a\n", (OTHER,), "not met"),
    ("group g any a b\nquorum g\n", (OTHER,), "met"),
    ("group g all a b\nquorum g\n", (OTHER,), "not met"),
    ("group g 2 a b c\nquorum g\n", (OTHER, THIRD), "met"),
    ("group g 2 a b c\nquorum g\n", (THIRD,), "not met"),
    ("group g any a b\ngroup h all g c\nquorum h\n", (WITNESS, THIRD), "met"),
    ("group g any a b\ngroup h all g c\nquorum h\n", (WITNESS, OTHER), "not met"),
    ("quorum none\n", (WITNESS, OTHER, THIRD), "not met"),
]


@pytest.mark.parametrize(("rule", "who", "met"), QUORUMS)
def test_a_quorum_is_met_or_not(rule: str, who: tuple[Ed25519Cosigner, ...], met: str) -> None:
    """Witness, any, all, a number, groups of groups; no quorum proves nothing."""
    policy = parse_policy((BASE + rule).encode())
    opened = open_checkpoint(cosigned(*who), log_keys=KEYS, witnesses=policy.witness_keys)
    if met == "met":
        check_quorum(policy, opened)
    else:
        with pytest.raises(QuorumNotMet):
            check_quorum(policy, opened)


def test_a_key_of_the_log_is_no_witness_of_it() -> None:
    """Whatever the policy calls it, and whether or not its log lines name that key."""
    ed25519, mldsa44 = generate(), generate_mldsa44()
    signers = log_signers(ORIGIN, ed25519, mldsa44)
    classic, quantum = (one.vkey for one in signers)
    renamed: list[Ed25519Cosigner | MLDSA44Cosigner] = [
        Ed25519Cosigner("w.example/a", ed25519),
        MLDSA44Cosigner("w.example/b", mldsa44),
    ]
    note = seal(TREE, signers, at=AT).encode()
    note += b"".join(one.sign(TREE, AT).encode() for one in (*renamed, WITNESS))
    for key in (quantum, *(one.vkey for one in renamed)):
        other = classic if key.public_key == quantum.public_key else quantum
        for log, quorum in product(("", f"log {other}\n"), "ag"):
            lines = f"witness a {key}\nwitness w {WITNESS.vkey}\ngroup g 2 a w\nquorum {quorum}\n"
            policy = parse_policy((log + lines).encode())
            witnesses = policy.witness_keys
            opened = open_checkpoint(note, log_keys=(classic, quantum), witnesses=witnesses)
            assert [one.vkey for one in opened.cosignatures] == [WITNESS.vkey]
            with pytest.raises(QuorumNotMet, match=r"cosigned by witness\.example/w"):
                check_quorum(policy, opened)


def test_a_policy_about_another_log_is_not_met() -> None:
    """Its witness did cosign this checkpoint; it asks for that under another log."""
    foreign = [one.vkey for one in log_signers(ORIGIN, generate(), generate_mldsa44())]
    for named, met in ((foreign, False), ([*foreign, KEYS[1]], True), ([], True)):
        lines = "".join(f"log {key}\n" for key in named)
        policy = parse_policy(f"{lines}witness a {WITNESS.vkey}\nquorum a\n".encode())
        opened = open_checkpoint(cosigned(WITNESS), log_keys=KEYS, witnesses=policy.witness_keys)
        if met:
            check_quorum(policy, opened)
        else:
            with pytest.raises(QuorumNotMet, match="names no key of this one"):
                check_quorum(policy, opened)


def test_a_policy_is_read_back() -> None:
    """Comments, blank lines and white space are not kept, all else is."""
    text = f"# hello\n\n \t{BASE}group  g\t2 a b c \nquorum g\n"
    policy = parse_policy(text.encode())
    assert parse_policy(policy.encode()) == policy
    assert policy.witnesses[0].url == "https://w.example/"
    assert parse_policy(simple(KEYS).encode()).log_keys == KEYS


WKEY = str(WITNESS.vkey)
BAD_POLICIES = {
    "no_quorum": BASE,
    "two_quorums": BASE + "quorum a\nquorum a\n",
    "unknown_quorum": BASE + "quorum x\n",
    "quorum_above_its_witness": f"quorum a\nwitness a {WKEY}\n",
    "member_below": BASE + "group g any h\ngroup h any a\nquorum g\n",
    "none_as_member": BASE + "group g any none\nquorum g\n",
    "none_as_name": f"witness none {WKEY}\nquorum none\n",
    "member_twice": BASE + "group g any a\ngroup h any a\nquorum h\n",
    "member_twice_in_one": BASE + "group g 2 a a\nquorum g\n",
    "name_twice": f"witness a {WKEY}\nwitness a {OTHER.vkey}\nquorum a\n",
    "same_key_twice": f"witness a {WKEY}\nwitness b {WKEY}\nquorum a\n",
    "threshold_zero": BASE + "group g 0 a\nquorum g\n",
    "threshold_too_high": BASE + "group g 2 a\nquorum g\n",
    "threshold_spelled_otherwise": BASE + "group g 01 a\nquorum g\n",
    "no_members": BASE + "group g any\nquorum none\n",
    "log_key_as_witness": f"witness a {KEYS[0]}\nquorum a\n",
    "cosigner_as_log": f"log {WKEY}\nquorum none\n",
    "unknown_line": BASE + "tree a\nquorum a\n",
    "log_key_twice": f"log {KEYS[0]}\nlog {KEYS[0]}\nquorum none\n",
    "carriage_return": "quorum none\r\n",
    "delete_character": "quorum none\x7f\n",
    "no_break_space": "quorum\u00a0none\n",
    "ideographic_space": f"witness\u3000a {WKEY}\nquorum a\n",
    "no_last_line_feed": "quorum none",
    "bad_key_id": BASE.replace("+", "+0", 1) + "quorum none\n",
}


@pytest.mark.parametrize("fault", BAD_POLICIES)
def test_a_bad_policy_is_refused(fault: str) -> None:
    """With an error that says what is wrong."""
    with pytest.raises(InputError):
        parse_policy(BAD_POLICIES[fault].encode())


# --- proof files ---------------------------------------------------------------------------------

LEAVES = [leaf_hash(bytes([n])) for n in range(7)]
SEALED = seal(Checkpoint(ORIGIN, 7, root(LEAVES)), SIGNERS, at=AT).encode()
PROOF = InclusionProof(3, inclusion_path(3, 7, lambda _, a, b: LEAVES[a:b]), SEALED)


def test_a_proof_file_is_read_back_and_checked() -> None:
    """With extra data or without; the checkpoint is opened first."""
    extra = InclusionProof(3, PROOF.path, SEALED, b"age")
    for proof in (PROOF, extra):
        assert parse_proof(proof.encode()) == proof
        assert check_proof(proof, LEAVES[3], log_keys=KEYS).checkpoint.size == 7


def test_a_proof_needs_signatures_leaf_and_quorum() -> None:
    """Another key, another leaf, no key, an unmet quorum: each is refused."""
    foreign = [s.vkey for s in log_signers(ORIGIN, generate(), generate_mldsa44())]
    with pytest.raises(BadCheckpoint):
        check_proof(PROOF, LEAVES[3], log_keys=foreign)
    with pytest.raises(BadCheckpoint):
        check_proof(PROOF, LEAVES[3], log_keys=())
    with pytest.raises(NotVerified):
        check_proof(PROOF, LEAVES[4], log_keys=KEYS)
    with pytest.raises(QuorumNotMet):
        check_proof(PROOF, LEAVES[3], log_keys=KEYS, policy=simple(KEYS))


FILE = PROOF.encode()
BAD_PROOFS = {
    "no_magic": FILE.replace(b"c2sp.org", b"c2sp.com"),
    "leading_zero": FILE.replace(b"index 3", b"index 03"),
    "no_index": FILE.replace(b"index 3\n", b""),
    "short_hash": FILE.replace(b"index 3\n", b"index 3\nAAAA\n"),
    "too_long": FILE.replace(
        b"index 3\n", b"index 3\n" + (base64.b64encode(bytes(32)) + b"\n") * 64
    ),
    "extra_below": FILE.replace(b"index 3\n", b"index 3\nextra AAAA\n"),
    "stray_pad_bits": FILE.replace(b"index 3", b"extra AAB=\nindex 3"),
    "crlf": FILE.replace(b"\n", b"\r\n"),
    "empty": b"",
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD_PROOFS)
def test_a_bad_proof_file_is_refused(fault: str) -> None:
    """By the reader."""
    with pytest.raises(NotVerified):
        parse_proof(BAD_PROOFS[fault])


@pytest.mark.parametrize("part", [0, *seldom(1, 2, 3)])
def test_every_flip_of_a_proof_file_is_refused(part: int) -> None:
    """One bit in every byte, in four parts."""
    for at in range(part, len(FILE), 4):
        bad = FILE[:at] + bytes([FILE[at] ^ (1 << at % 8)]) + FILE[at + 1 :]
        with pytest.raises(NotVerified):
            check_proof(parse_proof(bad), LEAVES[3], log_keys=KEYS)


def test_a_private_key_never_shows_in_a_signer() -> None:
    """Its text form names nothing of the key."""
    key = Ed25519PrivateKey.generate()
    assert key.private_bytes_raw().hex() not in repr(Ed25519LogSigner(ORIGIN, key))
