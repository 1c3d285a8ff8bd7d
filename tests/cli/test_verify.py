"""`verify` and `trust`: exit codes, the first bad entry, and the memory of known ledgers."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from ledger.projections import view_tables
from ledger.sqlite_driver import sqlite3
from tests.spoiling import unguarded

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Cli


def tamper(path: Path, *statements: str) -> None:
    """Change a database behind the program's back, guards out of the way."""
    with unguarded(path) as conn:
        for statement in statements:
            conn.execute(statement)


def test_the_sample_verifies(demo: Cli) -> None:
    """Sound and known: exit 0, with size and root."""
    result = demo.ok("verify")
    assert result.out.startswith("VERIFIED: all ")
    found = demo.ok("verify", "--json").json
    assert found["schema"] == "regledger/verify/v1"
    assert (found["sound"], found["authenticated"], found["faults"]) == (True, True, [])


def test_a_ledger_nobody_trusts_here_is_not_authenticated(sample: Cli) -> None:
    """Without the memory: exit 3; 0 only if that is allowed; 0 after `trust` with its id."""
    shutil.rmtree(sample.home / "state")
    result = sample("verify")
    assert result.code == 3
    assert "consistent, NOT AUTHENTICATED" in result.out
    sample.ok("verify", "--allow-unauthenticated")
    assert sample("verify").code == 3
    ledger = sample.ok("policy", "show", "--json").json["ledger"]
    assert f"trusted: {ledger}" in sample.ok("trust", ledger).out
    sample.ok("verify")


def test_the_founders_fingerprint_is_trust_enough(sample: Cli) -> None:
    """Trusting the founder's key authenticates the ledger."""
    shutil.rmtree(sample.home / "state")
    assert sample("verify").code == 3
    sample.ok("trust", sample.ok("show", "@0", "--json").json["keyid"].upper())
    sample.ok("verify")


def test_a_log_key_speaks_only_for_checkpoints_that_it_signed(sample: Cli) -> None:
    """A trusted log key authenticates a sealed ledger; one that it merely names, it does not."""
    shutil.rmtree(sample.home / "state")
    vkey = sample.ok("policy", "show", "--json").json["log_keys"][0]
    assert "checkpoints" in sample.ok("trust", vkey).err
    sample.ok("verify", "--db", "demo.db")
    shutil.rmtree(sample.home / "state")
    sample.ok("trust", vkey)
    tamper(sample.home / "demo.db", "DELETE FROM checkpoint")
    assert sample("verify").code == 3


@pytest.mark.parametrize("text", ["", "abc", "../x", "name+xyz"])
def test_trust_takes_nothing_else(cli: Cli, text: str) -> None:
    """What is no fingerprint, id or vkey is bad input."""
    assert cli("trust", text).code == 2


@pytest.mark.parametrize(
    ("statement", "seq", "layer"),
    [
        (
            "UPDATE entry SET bytes = CAST(replace(bytes, 'reco', 'raco') AS BLOB) WHERE seq = 9",
            9,
            "leaf",
        ),
        ("DELETE FROM entry WHERE seq = 30", 30, "seq"),
        ("UPDATE entry SET actor = 'admin' WHERE seq = 20", 20, "columns"),
        ("DELETE FROM version WHERE seq = 40", None, "views"),
    ],
)
def test_tampering_is_found(sample: Cli, statement: str, seq: int | None, layer: str) -> None:
    """A changed byte, a missing row, a changed column, a changed view: exit 1, seq and layer."""
    tamper(sample.home / "demo.db", statement)
    result = sample("verify", "--json")
    assert result.code == 1
    assert any(fault["layer"] == layer for fault in result.json["faults"])
    assert result.json["sound"] is False
    if seq is not None:
        assert result.json["first_bad_seq"] == seq
        shown = sample("verify").out
        assert f"NOT VERIFIED: first bad entry @{seq}" in shown
        assert layer in shown


def test_a_rollback_is_found_without_a_network(sample: Cli) -> None:
    """A log cut below what was verified here, or an older copy: exit 1, layer remembered."""
    old = sample.home / "old.db"
    shutil.copy(sample.home / "demo.db", old)
    sample.ok("review", "approve", "pk-pvara-sandbox-guidelines-2026", "--as", "reviewer")
    sample.ok("verify")
    result = sample("verify", "--db", "old.db", "--json")
    assert result.code == 1
    (fault,) = result.json["faults"]
    assert fault["layer"] == "remembered"
    assert "rolled back" in fault["message"]


def test_a_fork_is_found(sample: Cli) -> None:
    """Another history of the same length: exit 1, layer remembered."""
    shutil.copy(sample.home / "demo.db", sample.home / "fork.db")
    refs = "pk-pvara-sandbox-guidelines-2026"
    sample.ok("review", "approve", refs, "--as", "reviewer")
    sample.ok("verify")
    reject = ("review", "reject", refs, "--reason", "other", "--as", "reviewer")
    # made where nothing is remembered: this machine would refuse it
    shutil.copytree(sample.home / "demo.db.keys", sample.home / "fork.db.keys")
    for state in (sample.home / "fork.db.keys").glob("*.log-state*"):
        state.unlink()
    sample.ok(*reject, "--db", "fork.db", env={"XDG_STATE_HOME": str(sample.home / "elsewhere")})
    result = sample("verify", "--db", "fork.db", "--json")
    assert result.code == 1
    assert [f["layer"] for f in result.json["faults"]] == ["remembered"]
    assert "forked" in result.json["faults"][0]["message"]


def test_damaged_memory_is_not_an_unknown_ledger(sample: Cli) -> None:
    """Junk in the memory of the ledger ends with 1 and names the file."""
    (path,) = (sample.home / "state" / "regledger" / "known").glob("*.json")
    path.write_text("{}")
    result = sample("verify")
    assert result.code == 1
    assert path.name in result.err
    assert sample("doctor").code == 3


def test_nothing_to_verify_is_no_success(sample: Cli) -> None:
    """A ledger without entries never ends with 0."""
    tamper(sample.home / "demo.db", "DELETE FROM entry", "DELETE FROM tree_node")
    for words in (("verify",), ("verify", "--allow-unauthenticated")):
        assert sample(*words).code == 1


def test_emptied_views_are_rebuilt_to_the_same_snapshot(sample: Cli) -> None:
    """Without the rows of any view, verify says so and `db rebuild` brings every byte back."""
    before = sample.ok("snapshot", "--format", "json", "--as-of", "2025-12-12").out
    names = [table.name for tables in view_tables.TABLES.values() for table in tables]
    with sqlite3.connect(sample.home / "demo.db") as conn:
        for name in [*names, "view"]:
            conn.execute(f"DELETE FROM {name}")  # noqa: S608
    conn.close()
    result = sample("verify")
    assert result.code == 1
    assert "views" in result.out
    refused = sample("status", "-j", "PK", "-a", "va.exchange")
    assert refused.code == 3
    assert "db rebuild" in refused.err
    sample.ok("db", "rebuild")
    assert sample.ok("snapshot", "--format", "json", "--as-of", "2025-12-12").out == before
    sample.ok("verify")


@pytest.mark.parametrize("content", [b"", b"{}", b"junk" * 100])
def test_a_file_that_is_no_ledger_is_not_verified(
    sample: Cli, tmp_path: Path, content: bytes
) -> None:
    """Malformed bytes end with 1, an absent file with 3."""
    path = tmp_path / "other.db"
    assert sample("--db", str(path), "verify").code == 3
    path.write_bytes(content)
    assert sample("--db", str(path), "verify").code == 1


def test_a_damaged_entry_is_named_by_the_commands_that_read_it(sample: Cli) -> None:
    """History, diff and show end with 1 and say to verify; none blames the program."""
    tamper(sample.home / "demo.db", "UPDATE entry SET bytes = x'ff00' WHERE seq = 63")
    for words in (["history"], ["diff", "@60", "@70"], ["show", "@63"]):
        result = sample(*words)
        assert result.code == 1, words
        assert "damaged" in result.err or "entry 63" in result.err
        assert "unexpected" not in result.err


@pytest.fixture
def published(sample: Cli) -> Cli:
    """The sample beside its published form, on a machine that knows nothing yet."""
    sample.ok("publish", "pub")
    shutil.rmtree(sample.home / "state")
    return sample


def test_a_published_log_needs_an_anchor(published: Cli) -> None:
    """Unknown: 3; with the log key, the id or the founder given: 0, and then remembered."""
    result = published("verify", "pub", "--json")
    assert result.code == 3
    found = result.json
    assert (found["sound"], found["authenticated"], found["unsealed"]) == (True, False, 0)
    published.ok("verify", "pub", "--allow-unauthenticated")
    assert published("verify", "pub", "--trust", "ab" * 32).code == 1
    assert published("verify", "pub", "--trust", "ab").code == 2
    published.ok("verify", "pub", "--trust", found["signed_by"][0])
    published.ok("verify", "pub")
    assert published.ok("verify", "pub").out.startswith("VERIFIED")


@pytest.mark.parametrize(
    ("place", "code"), [("absent", 3), ("empty", 3), ("junk", 1), ("demo.db", 2)]
)
def test_what_is_no_published_log_is_never_verified(published: Cli, place: str, code: int) -> None:
    """Absent or empty: not completed. Something else: not verified. A database: use --db."""
    (published.home / "empty").mkdir()
    (published.home / "junk").mkdir()
    (published.home / "junk" / "checkpoint").write_bytes(b"junk")
    assert published("verify", place, "--allow-unauthenticated").code == code


def test_a_changed_published_log_is_named(published: Cli) -> None:
    """A byte of the checkpoint, or a bundle that is gone: exit 1 and the layer."""
    path = published.home / "pub" / "checkpoint"
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"A", b"B", 1))
    result = published("verify", "pub", "--json")
    assert result.code == 1
    assert "checkpoint" in {fault["layer"] for fault in result.json["faults"]}
    path.write_bytes(whole)
    shutil.rmtree(published.home / "pub" / "tile" / "entries")
    result = published("verify", "pub", "--json")
    assert result.code == 1
    assert result.json["first_bad_seq"] == 0


def test_a_policy_without_quorum_never_ends_with_0(published: Cli) -> None:
    """The published policy names no witness, so as a demand it cannot be met."""
    result = published("verify", "--policy", "pub/policy", "--allow-unauthenticated")
    assert result.code == 1
    assert "cosignature" in result.out


def test_a_kept_checkpoint_is_continued(published: Cli) -> None:
    """`--since` with the published one holds; with junk: not verified, absent: not completed."""
    words = ("verify", "pub", "--allow-unauthenticated", "--since")
    shown = published.ok(*words, "pub/checkpoint")
    assert "signatures before it" in shown.out
    assert published(*words, published.file("note", "junk")).code == 1
    assert published(*words, "absent").code == 3


def test_a_broken_entry_says_so_before_anything_else(sample: Cli) -> None:
    """`show` of a tampered entry, however it is printed: exit 1; the entries beside it hold."""
    sample.ok("show", "@42")
    bad = "UPDATE entry SET bytes = %s WHERE seq = 42"
    year = "CAST(replace(CAST(bytes AS TEXT), '2025-', '2024-') AS BLOB)"
    tamper(sample.home / "demo.db", bad % year)
    result = sample("show", "@42")
    assert result.code == 1
    assert result.out.startswith("✖ NOT VERIFIED: the log is broken at @42.")
    assert "signature: the signature does not verify" in result.out
    value = sample("show", "@42", "--json")
    assert value.code == 1
    found = {(fault["seq"], fault["layer"]) for fault in value.json["faults"]}
    assert {(42, "signature"), (42, "leaf"), (None, "tree")} <= found
    envelope = sample("show", "@42", "--dsse")
    assert (envelope.code, envelope.json["payloadType"][:12]) == (1, "application/")
    assert "NOT VERIFIED: the log is broken at @42" in envelope.err
    for seq in (41, 43):
        assert sample.ok("show", f"@{seq}", "--json").json["faults"] == []
    for nothing in ("CAST(bytes AS TEXT)", "x'7b'", "x''"):
        tamper(sample.home / "demo.db", bad % nothing)
        assert sample("show", "@42").code == 1, nothing
