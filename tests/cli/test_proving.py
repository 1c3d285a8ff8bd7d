"""`prove` and `check-proof` as a person and as a stranger with only the files run them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from ledger.proofs import pack_format
from tests.checkpoints.sealed import PAGE, SealedDesk, fill, open_sealed
from tests.cli.conftest import Cli
from tests.spoiling import put_in_place

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SealedDesk:
    """A ledger of four sealed entries and one that is not. Not to be changed."""
    desk = open_sealed(tmp_path_factory.mktemp("prove") / "log.db")
    fill(desk)
    desk.seal()
    desk.book.evidence.add(b"later", media_type="text/plain")
    from tests.books import norm

    desk.record(norm(key="late", activity="va.custody"))
    desk.book.close()
    return desk


@pytest.fixture
def run(made: SealedDesk, cli: Cli) -> Cli:
    """Commands on a copy of that ledger, on a machine that knows nothing."""
    put_in_place(made.book.url, cli.home / "log.db")
    return Cli(cli.home, REGLEDGER_DB="log.db")


def keys(made: SealedDesk) -> list[str]:
    """The options that give the log's keys."""
    return [word for key in made.vkeys for word in ("--key", str(key))]


@pytest.fixture
def stranger(run: Cli, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """Somebody with the files that `prove` wrote, and no ledger."""
    run.ok("prove", "cited", "-o", "x.tlog-proof")
    run.ok("prove", "cited", "--pack", "x.zip")
    home: Path = tmp_path_factory.mktemp("stranger")
    for name in ("x.tlog-proof", "x.entry.json", "x.zip"):
        shutil.copy(run.home / name, home / name)
    return Cli(home)


def test_a_stranger_checks_a_proof(made: SealedDesk, stranger: Cli) -> None:
    """Proof, entry and the keeper's keys are enough; the answer says what was not checked."""
    shown = stranger.ok("check-proof", "x.tlog-proof", *keys(made)).out
    assert "VERIFIED" in shown
    assert "NOT checked" in shown
    found = stranger.ok("check-proof", "x.zip", *keys(made), "--json").json
    assert found["verified"] is True
    assert found["seq"] == 2
    assert found["signature_checked"] is True
    assert len(found["evidence"]) == 1


@pytest.mark.parametrize("file", ["x.tlog-proof", "x.zip"])
def test_no_key(stranger: Cli, file: str) -> None:
    """Without a key of the log nothing is verified: exit 3, and how to go on."""
    found = stranger("check-proof", file)
    assert found.code == 3
    assert "NOT AUTHENTICATED" in found.err
    assert "--key" in found.err
    assert "VERIFIED" not in found.out


@pytest.mark.parametrize("file", ["x.tlog-proof", "x.zip"])
def test_one_key_of_two(made: SealedDesk, stranger: Cli, file: str) -> None:
    """Every line of the log must be good: one key of two ends with 1."""
    assert stranger("check-proof", file, "--key", str(made.vkeys[0])).code == 1


def test_malformed_key(stranger: Cli) -> None:
    """A key that is none is bad input."""
    assert stranger("check-proof", "x.zip", "--key", "abc").code == 2


def test_damaged_files(made: SealedDesk, stranger: Cli) -> None:
    """A changed entry, proof or pack ends with 1 and says what does not hold."""
    entry = stranger.home / "x.entry.json"
    entry.write_bytes(entry.read_bytes().replace(b"prohibited", b"permitted_", 1))
    shown = stranger("check-proof", "x.tlog-proof", *keys(made))
    assert shown.code == 1
    assert "error:" in shown.err
    zipped = stranger.home / "x.zip"
    zipped.write_bytes(zipped.read_bytes().replace(PAGE, PAGE.upper()))
    assert stranger("check-proof", "x.zip", *keys(made)).code == 1
    zipped.write_bytes(b"PK\x03\x04junk")
    assert stranger("check-proof", "x.zip", *keys(made)).code == 1
    (stranger.home / "empty").write_bytes(b"")
    assert stranger("check-proof", "empty", "--entry", "x.entry.json", *keys(made)).code == 1


def test_what_is_not_there(made: SealedDesk, stranger: Cli) -> None:
    """A missing proof, or no entry at hand, is not completed."""
    assert stranger("check-proof", "nothing", *keys(made)).code == 3
    (stranger.home / "x.entry.json").unlink()
    found = stranger("check-proof", "x.tlog-proof", *keys(made))
    assert found.code == 3
    assert "--entry" in found.err


def test_the_ledgers_own_entry(made: SealedDesk, run: Cli) -> None:
    """With the ledger at hand its own entry is checked, and the signer's key with it."""
    proof = run.ok("prove", "@1").out
    run.file("p", proof)
    assert run.ok("check-proof", "p", *keys(made), "--json").json["signature_checked"] is True


def test_json_and_files(run: Cli) -> None:
    """The JSON holds the same proof and entry that the files do."""
    found = run.ok("prove", "cited", "-o", "y.tlog-proof", "--entry", "e", "--json").json
    assert (run.home / "y.tlog-proof").read_text() == found["proof"]
    assert (run.home / "e").read_text() == found["entry"]
    assert not (run.home / "y.entry.json").exists()


def test_unsealed(run: Cli) -> None:
    """An entry that no checkpoint covers is not proved, in no form; nothing is written."""
    for words in (("-o", "z.tlog-proof"), ("--pack", "z.zip"), ()):
        found = run("prove", "late", *words)
        assert found.code == 3
        assert "regledger checkpoint" in found.err
    assert not list(run.home.glob("z*"))


def test_options_that_exclude_each_other(run: Cli) -> None:
    """A pack is given alone; disclosures go into packs only."""
    assert run("prove", "cited", "--pack", "a.zip", "-o", "b").code == 2
    assert run("prove", "cited", "--with-disclosures").code == 2
    run.ok("prove", "cited", "--pack", "a.zip", "--with-disclosures")
    assert pack_format.DISCLOSURES in pack_format.decode_pack((run.home / "a.zip").read_bytes())


def test_a_pack_and_an_entry(made: SealedDesk, stranger: Cli) -> None:
    """A pack holds its entry; another one beside it is bad input."""
    words = ("check-proof", "x.zip", "--entry", "x.entry.json")
    assert stranger(*words, *keys(made)).code == 2


def test_policies_that_do_not_hold(made: SealedDesk, stranger: Cli) -> None:
    """A policy that asks for no witness is no success; one that is none is bad input."""
    lines = [f"log {key}" for key in made.vkeys]
    stranger.file("policy", "\n".join([*lines, "quorum none", ""]))
    found = stranger("check-proof", "x.zip", "--policy", "policy")
    assert found.code == 1
    assert "quorum none" in found.err
    stranger.file("policy", "nonsense\n")
    assert stranger("check-proof", "x.zip", "--policy", "policy").code == 2


def test_a_verifier_that_was_put_in_a_pack(made: SealedDesk, stranger: Cli) -> None:
    """The entry is proved all the same; the person is told not to run it, and which one to run."""
    ours = stranger.ok("check-proof", "x.zip", *keys(made))
    assert "as in the pack" in ours.out
    assert "do not run" not in ours.err
    zipped = stranger.home / "x.zip"
    files = pack_format.decode_pack(zipped.read_bytes())
    trojan = {
        pack_format.VERIFIER: b"print('VERIFIED')\n",
        pack_format.README: b"Run verifier.py as root.\n",
    }
    zipped.write_bytes(pack_format.encode_pack({**files, **trojan}))
    shown = stranger.ok("check-proof", "x.zip", *keys(made))
    assert "do not run it" in shown.err
    assert "NOT the one in the pack" in " ".join(shown.out.split())
    found = stranger.ok("check-proof", "x.zip", *keys(made), "--json").json
    assert found["verifier"]["same"] is False
    assert found["verifier"]["run"].endswith("verifier.py")
    assert any("README.txt" in one for one in found["unchecked"])
