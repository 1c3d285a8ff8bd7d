"""`aics-tlog`, a strict reader of C2SP logs by somebody else, in a Python of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ledger.checkpoints.storage import DirectoryStorage
from ledger.log.proof_file import parse_proof
from ledger.verify.verify import LedgerTrust, verify_published
from tests.checkpoints.sealed import open_sealed
from tests.second_opinions.conftest import NEW, OLD, Shown

pytestmark = pytest.mark.slow  # it installs a Python of its own first
SOME = (0, 1, 255, 256, 300, 511, 512, 599)
# What it is asked: everything it can say of a directory, the first refusal as text.
ASK = """
import json, sys
from pathlib import Path
import aics_tlog as t

hexed = bytes.fromhex
asked = json.load(sys.stdin)
folder = Path(asked["folder"])
reader = t.FileSystemTileReader(folder)
found = {}
try:
    key = t.parse_vkey(asked["vkey"])
    note = t.parse_note((folder / "checkpoint").read_bytes())
    opened = t.verify_checkpoint(note, key, expected_origin=asked["origin"])
    found["checkpoint"] = opened.error or "ok"
    assert opened.ok
    size, root = opened.size, opened.root
    old = t.verify_checkpoint(t.parse_note(asked["old_note"]), key)
    found["old_checkpoint"] = old.error or "ok"
    found["size"] = size
    found["root"] = t.tree_root_from_tiles(reader, size) == root
    found["old_root"] = t.tree_root_from_tiles(reader, old.size, size) == old.root
    path = t.consistency_proof_from_tiles(reader, old.size, size)
    found["grew"] = t.verify_consistency(old.size, size, old.root, root, path)
    found["grew_from_another"] = t.verify_consistency(old.size, size, bytes(32), root, path)
    found["entries"] = [t.read_entry(reader, n, size).hex() for n in asked["some"]]
    found["paths"] = [
        [one.hex() for one in t.inclusion_proof_from_tiles(reader, n, size)] for n in asked["some"]
    ]
    found["ours"] = [
        t.verify_leaf_inclusion(
            hexed(one["entry"]), one["index"], size, list(map(hexed, one["path"])), root
        )
        for one in asked["proofs"]
    ]
    audit = t.audit_tiles(reader, size, root)
    found["audit"] = [audit.size, audit.tiles, audit.bundles]
except Exception as error:
    found["refused"] = f"{type(error).__name__}: {error}"
print(json.dumps(found))
"""


def ask(peers: Path, shown: Shown, **other: Any) -> dict[str, Any]:
    """Let it read a directory; ``other`` replaces what it is told."""
    asked: dict[str, Any] = {
        "folder": str(shown.folder),
        "vkey": shown.vkeys[0],
        "origin": shown.origin,
        "old_note": shown.old_note.decode(),
        "some": SOME,
        "proofs": [],
        **{name: str(value) if isinstance(value, Path) else value for name, value in other.items()},
    }
    done = subprocess.run(
        [peers, "-I", "-c", ASK], input=json.dumps(asked).encode(), capture_output=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _ours(shown: Shown) -> list[dict[str, Any]]:
    """Our proofs of some entries, and some that prove nothing."""
    book = shown.desk.book
    found: list[dict[str, Any]] = []
    for index in SOME:
        proof = parse_proof(book.proofs.prove(str(index)).proof.encode())
        path = [one.hex() for one in proof.path]
        found.append(
            {"index": index, "entry": book.proofs.entry_and_signer(index)[0].hex(), "path": path}
        )
    first = found[0]
    return [
        *found,
        {**first, "index": 2},
        {**first, "entry": found[1]["entry"]},
        {**first, "path": first["path"][:-1]},
        {**first, "path": [*first["path"], first["path"][0]]},
    ]


def test_it_reads_verifies_and_audits_what_we_publish(peers: Path, shown: Shown) -> None:
    """Checkpoint, roots of two sizes, growth, entries, proofs, and every tile and bundle."""
    found = ask(peers, shown, proofs=_ours(shown))
    book = shown.desk.book
    assert found["entries"] == [book.proofs.entry_and_signer(index)[0].hex() for index in SOME]
    ours = _ours(shown)
    assert found["paths"] == [one["path"] for one in ours[: len(SOME)]]
    assert found["ours"] == [True] * len(SOME) + [False] * 4
    del found["entries"], found["paths"], found["ours"]
    assert found == {
        "checkpoint": "ok",
        "old_checkpoint": "ok",
        "size": NEW,
        "root": True,
        "old_root": True,
        "grew": True,
        "grew_from_another": False,
        "audit": [NEW, 4, 3],
    }


PARTS = {
    "tile/0/000": "TileVerificationError",
    "tile/0/002.p/88": "TileVerificationError",
    "tile/1/000.p/2": "TileVerificationError",
    "tile/entries/000": "TileVerificationError",
    "tile/entries/002.p/88": "TileVerificationError",
}


@pytest.mark.parametrize("path", PARTS)
def test_one_changed_bit_is_refused_by_it(
    peers: Path, shown: Shown, path: str, tmp_path: Path
) -> None:
    """In every kind of file that it reads."""
    found = ask(peers, shown, folder=shown.damaged(tmp_path / "log", path, -3))
    assert found["checkpoint"] == "ok"
    assert found["refused"].startswith(PARTS[path])


def test_a_missing_tile_is_refused_by_it(peers: Path, shown: Shown, tmp_path: Path) -> None:
    """Said as such."""
    folder = shown.copy(tmp_path / "log")
    (folder / "tile/0/001").unlink()
    assert ask(peers, shown, folder=folder)["refused"].startswith("TileMissingError")


def test_a_changed_checkpoint_is_refused_by_it(peers: Path, shown: Shown, tmp_path: Path) -> None:
    """A root that was not signed; the key of another log; another origin than expected."""
    folder = shown.copy(tmp_path / "log")
    note = (folder / "checkpoint").read_text()
    root, older = note.split("\n")[2], shown.old_note.decode().split("\n")[2]
    (folder / "checkpoint").write_text(note.replace(root, older))
    other = str(open_sealed(tmp_path / "b.db").vkeys[0])
    for told in ({"folder": folder}, {"vkey": other}, {"origin": "example.org/other"}):
        found = ask(peers, shown, **told)
        assert found["checkpoint"] != "ok"
        assert "audit" not in found


def test_a_rolled_back_checkpoint_is_still_a_log_to_it(
    peers: Path, shown: Shown, tmp_path: Path
) -> None:
    """The older checkpoint over the newer tiles: what C2SP allows, it reads, and so do we."""
    folder = shown.copy(tmp_path / "log")
    (folder / "checkpoint").write_bytes(shown.old_note)
    found = ask(peers, shown, folder=folder, some=[0, 299])
    assert (found["checkpoint"], found["size"], found["root"]) == ("ok", OLD, True)
    trust = LedgerTrust(None, shown.desk.book.policy.ledger)
    report = verify_published(DirectoryStorage(folder), trust=trust)
    assert (report.sound, report.authenticated, report.size) == (True, True, OLD)
