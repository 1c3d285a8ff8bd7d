"""`tlog-scales`, somebody else's reader of C2SP logs, on what we publish."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from tlog_scales import cli, tiles
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey
from tlog_scales.tlog import (
    Checkpoint,
    ConsistencyProof,
    ConsistencyProofInvalid,
    InclusionProof,
    InclusionProofInvalid,
)

from ledger.log.merkle import consistency_path
from ledger.log.proof_file import parse_proof
from tests.books import norm
from tests.checkpoints.sealed import open_sealed
from tests.second_opinions.conftest import NEW, OLD, Shown
from tests.vectors.published import CASES, EXPECTED, lay

SOME = (0, 1, 2, 254, 255, 256, 299, 300, 511, 512, 599)


def opened(folder: Path) -> tuple[TilesReader, Checkpoint]:
    """Their reader, and the checkpoint that it found."""
    reader = TilesReader(LocalBackend(folder))
    return reader, reader.get_checkpoint()


def test_it_verifies_both_signatures_of_our_checkpoint(shown: Shown) -> None:
    """Ed25519 and ML-DSA-44, by our verifier keys."""
    _, found = opened(shown.folder)
    assert (found.origin, found.size) == (shown.origin, NEW)
    for text in shown.vkeys:
        key = Vkey.from_string(text)
        assert (key.name, f"{key.key_id:08x}") == tuple(text.split("+")[:2])
        found.verify(key)


def test_it_computes_the_root_we_signed_from_our_tiles(shown: Shown) -> None:
    """Of both sizes; the tiles of level 1 take part."""
    reader, found = opened(shown.folder)
    assert (shown.folder / "tile/1/000.p/2").exists()
    assert reader.calculate_root_hash() == found.root_hash
    old = Checkpoint.from_text(shown.old_note.decode())
    assert reader.mth(0, OLD) == old.root_hash


@pytest.mark.parametrize("index", SOME)
def test_it_finds_and_proves_our_entries(shown: Shown, index: int) -> None:
    """Full and partial bundles; the bytes are those in the database."""
    reader, found = opened(shown.folder)
    entry = reader.get_entry(index)
    assert entry == shown.desk.book.proofs.entry_and_signer(index)[0]
    reader.get_inclusion_proof(index, NEW).check(tiles.leaf_hash(entry), found.root_hash)


@pytest.mark.parametrize("index", SOME)
def test_its_proof_file_is_ours_byte_for_byte(
    shown: Shown, index: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Made from the tiles by its program, and by ours from the database."""
    cli.cmd_gen_proof(Namespace(location=str(shown.folder), leaf_index=index))
    assert (
        capsys.readouterr().out.encode() == shown.desk.book.proofs.prove(str(index)).proof.encode()
    )


def test_it_accepts_our_inclusion_proofs_and_no_others(shown: Shown) -> None:
    """A wrong leaf, index or hash, and a path that is too short, are refused."""
    _, found = opened(shown.folder)
    proof = parse_proof(shown.desk.book.proofs.prove("300").proof.encode())
    path = list(proof.path)
    leaf = tiles.leaf_hash(shown.desk.book.proofs.entry_and_signer(300)[0])
    InclusionProof(300, NEW, path).check(leaf, found.root_hash)
    wrong = (
        (InclusionProof(300, NEW, path), bytes(32)),
        (InclusionProof(301, NEW, path), leaf),
        (InclusionProof(300, NEW, path[:-1]), leaf),
        (InclusionProof(300, NEW, [bytes(32), *path[1:]]), leaf),
    )
    for bad, of in wrong:
        with pytest.raises(InclusionProofInvalid):
            bad.check(of, found.root_hash)


def test_it_sees_that_our_log_only_grew(shown: Shown) -> None:
    """By the proof it makes from our tiles, which is the one we make."""
    reader, found = opened(shown.folder)
    old = Checkpoint.from_text(shown.old_note.decode())
    proof = reader.get_consistency_proof(OLD, NEW)
    proof.check(old.root_hash, found.root_hash)
    store = shown.desk.book.store
    with store.reading() as conn:
        ours = consistency_path(OLD, NEW, lambda *where: store.hashes(conn, *where))
    assert list(ours) == proof.node_hashes
    with pytest.raises(ConsistencyProofInvalid):
        proof.check(bytes(32), found.root_hash)
    with pytest.raises(ConsistencyProofInvalid):
        ConsistencyProof(OLD, NEW, [*ours[:-1], bytes(32)]).check(old.root_hash, found.root_hash)


def test_a_changed_checkpoint_is_refused_by_it(shown: Shown, tmp_path: Path) -> None:
    """A bit of either signature; another root; a key of another log."""
    note = (shown.folder / "checkpoint").read_text()
    other = open_sealed(tmp_path / "b.db")
    for text in map(str, other.vkeys):
        with pytest.raises(RuntimeError, match="no signature matched"):
            Checkpoint.from_text(note).verify(Vkey.from_string(text))
    root = note.split("\n")[2]
    for key in map(Vkey.from_string, shown.vkeys):
        changed = note.replace(root, shown.old_note.decode().split("\n")[2])
        with pytest.raises(InvalidSignature):
            Checkpoint.from_text(changed).verify(key)
        line = next(one for one in Checkpoint.from_text(note).signatures if key.match(one))
        payload = line.payload[:-1] + bytes([line.payload[-1] ^ 1])
        with pytest.raises(InvalidSignature):
            key.get_verifier().verify(payload, Checkpoint.from_text(note))


def test_changed_tiles_lead_it_to_another_root(shown: Shown, tmp_path: Path) -> None:
    """What its root is computed from: the last tile of level 0, and that of level 1."""
    for n, path in enumerate(("tile/0/002.p/88", "tile/1/000.p/2")):
        reader, found = opened(shown.damaged(tmp_path / str(n), path))
        assert reader.calculate_root_hash() != found.root_hash
    (tmp_path / "0/tile/0/002.p/88").unlink()
    reader, _ = opened(tmp_path / "0")
    with pytest.raises(RuntimeError, match="could not get tile"):
        reader.calculate_root_hash()


def test_a_changed_entry_has_no_proof_in_it(shown: Shown, tmp_path: Path) -> None:
    """The bytes of a bundle against the signed root."""
    reader, found = opened(shown.damaged(tmp_path / "log", "tile/entries/001", -3))
    proof = reader.get_inclusion_proof(511, NEW)
    with pytest.raises(InclusionProofInvalid):
        proof.check(tiles.leaf_hash(reader.get_entry(511)), found.root_hash)


def test_a_fork_is_no_continuation_to_it(shown: Shown, tmp_path: Path) -> None:
    """Another history under another checkpoint of 300 entries."""
    fork = open_sealed(tmp_path / "fork.db")
    fork.record(*(norm(key=f"f{n}") for n in range(2, OLD)))
    store = fork.book.store
    with store.reading() as conn:
        root = store.compact_range(conn, OLD).root()
    reader, found = opened(shown.folder)
    with pytest.raises(ConsistencyProofInvalid):
        reader.get_consistency_proof(OLD, NEW).check(root, found.root_hash)


def _honest(name: str) -> bool:
    return name not in {"bad_root_resealed", "wrong_origin_resealed", "old_log_key_resealed"}


@pytest.mark.parametrize("name", [n for n in CASES if n.endswith("_resealed") and _honest(n)])
def test_it_finds_no_fault_in_what_an_operator_sealed_anew(name: str, tmp_path: Path) -> None:
    """Its root is the signed one: what is wrong in these vectors is for deeper checks to find."""
    reader, found = opened(lay(name, tmp_path / "log"))
    for text in EXPECTED["log_keys"]:
        found.verify(Vkey.from_string(text))
    assert reader.calculate_root_hash() == found.root_hash
    for index in range(found.size):
        leaf = tiles.leaf_hash(reader.get_entry(index))
        reader.get_inclusion_proof(index, found.size).check(leaf, found.root_hash)
