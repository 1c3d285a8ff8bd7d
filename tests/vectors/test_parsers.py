"""Vectors for keys, checkpoints and proofs: read by our parsers, and by the one-file verifier."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

import ledger.data
from ledger.errors import BadKey, BadNote, NotVerified
from ledger.log.checkpoint import open_checkpoint
from ledger.log.merkle import leaf_hash, root, verify_consistency, verify_inclusion
from ledger.log.proof_file import check_proof, parse_proof
from ledger.log.signed_note import parse_note, parse_vkey
from tests.vectors import parsers
from tests.vectors.published import EXPECTED, HERE

LOG_KEYS: list[str] = EXPECTED["log_keys"]


def _load(name: str) -> Any:
    return json.loads((HERE / name).read_bytes())


VKEYS: list[dict[str, Any]] = _load("vkeys.json")
NOTES: list[dict[str, Any]] = _load("checkpoints.json")["cases"]
PROOFS: dict[str, Any] = _load("proofs.json")


def _name(case: dict[str, Any]) -> str:
    return str(case["name"])


@pytest.fixture(scope="module")
def other() -> ModuleType:
    """The one-file verifier, which shares no code with the library."""
    path = Path(ledger.data.__path__[0]) / "verifier.py"
    spec = importlib.util.spec_from_file_location("one_file", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# --- keys ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", VKEYS, ids=_name)
def test_a_verifier_key_is_taken_in_its_one_form_only(
    case: dict[str, Any], other: ModuleType
) -> None:
    """By both readers."""
    if case["accepted"]:
        assert str(parse_vkey(case["vkey"])) == case["vkey"]
        assert other.read_vkey(case["vkey"])[0] == parse_vkey(case["vkey"]).name
        return
    with pytest.raises(BadKey):
        parse_vkey(case["vkey"])
    with pytest.raises(other.Bad):
        other.read_vkey(case["vkey"])


def test_the_signed_note_of_the_go_library_verifies() -> None:
    """Its documentation's example: key, text and signature are somebody else's."""
    key = parse_vkey(parsers.NEUMANN)
    note = parse_note(parsers.NEUMANN_NOTE.encode())
    (line,) = note.signatures
    assert line.claims(key)
    Ed25519PublicKey.from_public_bytes(key.public_key).verify(line.blob, note.text)
    assert note.encode() == parsers.NEUMANN_NOTE.encode()


# --- checkpoints ---------------------------------------------------------------------------------


def opened_by(other: ModuleType, data: bytes, keys: Sequence[Any]) -> tuple[str, int, bytes]:
    """Origin, size and root of a checkpoint that the one-file verifier accepts."""
    note = other.read_note(data)
    other.check_note(note, keys, None)
    opened: tuple[str, int, bytes] = note[1]
    return opened


@pytest.mark.parametrize("case", NOTES, ids=_name)
def test_a_checkpoint_is_opened_only_as_the_log_signed_it(
    case: dict[str, Any], other: ModuleType
) -> None:
    """By both readers, with the same two keys; faults are those of layer checkpoint."""
    data = case["note"].encode("utf-8", "surrogateescape")
    keys = [parse_vkey(text) for text in LOG_KEYS]
    theirs = [other.read_vkey(text) for text in LOG_KEYS]
    if case["accepted"]:
        opened = open_checkpoint(data, log_keys=keys)
        origin, size, found = opened_by(other, data, theirs)
        tree = opened.checkpoint
        assert (tree.origin, tree.size, tree.root) == (origin, size, found)
        return
    with pytest.raises(NotVerified) as caught:
        open_checkpoint(data, log_keys=keys)
    assert caught.value.layer == "checkpoint"
    with pytest.raises(other.Bad) as refused:
        opened_by(other, data, theirs)
    assert refused.value.layer == "checkpoint"


def test_a_note_that_was_cut_anywhere_is_refused() -> None:
    """At every byte of the good one."""
    data = NOTES[0]["note"].encode()
    keys = [parse_vkey(text) for text in LOG_KEYS]
    for end in range(len(data)):
        with pytest.raises(NotVerified):
            open_checkpoint(data[:end], log_keys=keys)
    with pytest.raises(BadNote):
        parse_note(b"")


# --- trees and proofs ----------------------------------------------------------------------------


def test_leaf_hashes_and_roots_are_those_of_rfc_6962() -> None:
    """The eight inputs of the tests of certificate-transparency."""
    leaves = [leaf_hash(bytes.fromhex(text)) for text in PROOFS["leaves"]]
    assert [leaf.hex() for leaf in leaves] == PROOFS["leaf_hashes"]
    assert [root(leaves[:size]).hex() for size in range(1, 9)] == PROOFS["roots"]
    assert PROOFS["roots"] == list(parsers.ROOTS)


def _path(case: dict[str, Any]) -> Sequence[bytes]:
    return [bytes.fromhex(one) for one in case["path"]]


def _whole(case: dict[str, Any]) -> bool:
    return all(len(one) == 32 for one in _path(case))


def test_inclusion_proofs(other: ModuleType) -> None:
    """Every leaf of every tree, and what was changed; both verifiers decide alike."""
    for case in PROOFS["inclusion"]:
        index, size = case["index"], case["size"]
        tree = bytes.fromhex(PROOFS["roots"][size - 1])
        leaf = bytes.fromhex(PROOFS["leaf_hashes"][min(index, size - 1)])
        found = (index, size, leaf, _path(case), tree)
        if case["accepted"]:
            verify_inclusion(*found)
            other.include(*found)
            continue
        with pytest.raises(NotVerified):
            verify_inclusion(*found)
        with pytest.raises(other.Bad):
            other.include(*found)


def test_consistency_proofs() -> None:
    """Every pair of sizes, and what was changed."""
    for case in PROOFS["consistency"]:
        old, size = case["old"], case["size"]
        roots = [bytes(32), *(bytes.fromhex(one) for one in PROOFS["roots"])]
        found = (old, size, roots[old], roots[size], _path(case))
        if case["accepted"]:
            verify_consistency(*found)
            continue
        with pytest.raises(NotVerified):
            verify_consistency(*found)


@pytest.mark.parametrize("case", PROOFS["proof_files"], ids=_name)
def test_proof_files(case: dict[str, Any]) -> None:
    """`.tlog-proof` of the good log's entry 6, and what was changed."""
    keys = [parse_vkey(text) for text in LOG_KEYS]
    data, leaf = case["file"].encode(), bytes.fromhex(case["leaf"])
    if case["accepted"]:
        assert check_proof(parse_proof(data), leaf, log_keys=keys).checkpoint.size == 12
        assert parse_proof(data).encode() == data
        return
    with pytest.raises(NotVerified):
        check_proof(parse_proof(data), leaf, log_keys=keys)
