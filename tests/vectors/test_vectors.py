"""Known-answer vectors: the committed logs, and what each verifier says of every one of them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import ledger.data
from ledger.checkpoints.storage import DirectoryStorage
from ledger.cli.main import main
from ledger.verify.report import VerifyReport
from ledger.verify.signed_notes import VerifyOptions
from ledger.verify.verify import LedgerTrust, verify_published
from tests.vectors import generate
from tests.vectors.published import CASES, EXPECTED, HERE, lay

ONE_FILE = Path(ledger.data.__path__[0]) / "verifier.py"
LEDGER = EXPECTED["ledger"]
# Away from our packages and our path (-I); one process for all, since starting each takes longer.
DRIVER = """
import contextlib, io, json, runpy, sys
main = runpy.run_path(sys.argv[1])["main"]
assert "ledger" not in sys.modules
found = {}
for place in sys.argv[3:]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        status = main([place, "--ledger", sys.argv[2]])
    found[place] = [status, out.getvalue()]
print(json.dumps(found))
"""


def said(report: VerifyReport) -> dict[str, Any]:
    """A report as ``expected.json`` has it."""
    if report.sound and report.authenticated:
        return {"exit": 0}
    seq = report.first_bad_seq
    layers = {fault.layer for fault in report.faults if fault.seq == seq}
    return {"exit": 1, "seq": seq, "layers": sorted(layers)}


def test_the_generator_makes_the_committed_files_again() -> None:
    """Byte for byte, none missing and none too many: what ``--check`` does."""
    assert generate.differences(HERE, generate.everything(HERE / generate.KEPT)) == []


@pytest.mark.slow
def test_a_changed_file_and_a_new_one_are_noticed(tmp_path: Path) -> None:
    """Every file is compared, also one that nobody generated; what is written is then whole."""
    kept = tmp_path / generate.KEPT
    made = generate.everything(kept)  # with signatures of its own: none are kept here yet
    assert generate.write(tmp_path, made) > 100
    assert made != generate.there(HERE)
    assert generate.everything(kept) == made
    (tmp_path / "logs/bad_root/checkpoint").write_bytes(b"x")
    (tmp_path / "logs/stray").write_bytes(b"x")
    (tmp_path / "vkeys.json").unlink()
    changed = ["logs/bad_root/checkpoint", "logs/stray", "vkeys.json"]
    assert generate.differences(tmp_path, made) == changed
    assert generate.write(tmp_path, made) == 3
    assert generate.there(tmp_path) == made


def test_the_vectors_are_small_and_name_their_files() -> None:
    """Under 2 MB; every directory of logs is a case."""
    assert sum(len(data) for data in generate.there(HERE).values()) < 2_000_000
    folders = {path.name for path in (HERE / "logs").iterdir()}
    unchanged = {name for name, case in CASES.items() if name not in folders}
    assert folders <= CASES.keys()
    assert all(CASES[name]["removed"] for name in unchanged)  # all that was done: files are gone


@pytest.mark.parametrize("name", CASES)
def test_our_verifier_names_the_first_bad_entry_and_its_layers(name: str, tmp_path: Path) -> None:
    """With nothing but the ledger id from elsewhere."""
    place = lay(name, tmp_path / "log")
    report = verify_published(DirectoryStorage(place), trust=LedgerTrust(None, LEDGER))
    assert said(report) == CASES[name]["regledger"]


@pytest.mark.parametrize("name", [name for name in CASES if "regledger_since_good" in CASES[name]])
def test_a_kept_checkpoint_shows_what_was_rewritten(name: str, tmp_path: Path) -> None:
    """An auditor who kept the good log's checkpoint notices what nobody else can."""
    place = lay(name, tmp_path / "log")
    options = VerifyOptions(since=(HERE / "logs/good/checkpoint").read_bytes())
    report = verify_published(
        DirectoryStorage(place), options=options, trust=LedgerTrust(None, LEDGER)
    )
    assert said(report) == CASES[name]["regledger_since_good"]


@pytest.mark.parametrize("name", CASES)
def test_the_command_ends_with_the_status_and_the_same_faults(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`regledger verify DIR --json`: 0 for a good log, 1 for a bad one, never a trace."""
    place, wanted = lay(name, tmp_path / "log"), CASES[name]["regledger"]
    status = main(["verify", str(place), "--trust", LEDGER, "--json"])
    shown = capsys.readouterr()
    value = json.loads(shown.out)
    assert (status, shown.err) == (wanted["exit"], "")
    assert value["first_bad_seq"] == wanted.get("seq")
    first = {fault["layer"] for fault in value["faults"] if fault["seq"] == wanted.get("seq")}
    assert sorted(first) == wanted.get("layers", [])


@pytest.fixture(scope="module")
def one_file(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    """Status and output of the one-file verifier for each case, from a process of its own."""
    folder = tmp_path_factory.mktemp("logs")
    places = {str(lay(name, folder / name)): name for name in CASES}
    done = subprocess.run(
        [sys.executable, "-I", "-c", DRIVER, str(ONE_FILE), LEDGER, *places],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {places[place]: tuple(found) for place, found in json.loads(done.stdout).items()}


@pytest.mark.parametrize("name", CASES)
def test_the_one_file_verifier_says_what_is_expected_of_it(
    name: str, one_file: dict[str, tuple[int, str]]
) -> None:
    """The same first entry; where it cannot see the fault, that is written down."""
    status, out = one_file[name]
    match = re.search(r"^NOT VERIFIED(?: at entry (\d+))?, layer (\w+): ", out, re.MULTILINE)
    found: dict[str, Any] = {"exit": status}
    if match:
        found |= {"seq": int(match[1]) if match[1] else None, "layers": [match[2]]}
    assert found == CASES[name]["one_file"]
    assert ("\nVERIFIED\n" in out) == (status == 0)


@pytest.mark.parametrize("name", ["good", "edited_field", "replayed_event_resealed"])
def test_the_one_file_verifier_does_the_same_as_a_program(name: str, tmp_path: Path) -> None:
    """Started as an auditor would start it."""
    place, wanted = lay(name, tmp_path / "log"), CASES[name]["one_file"]
    words = [sys.executable, "-I", str(ONE_FILE), str(place), "--ledger", LEDGER]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (wanted["exit"], "")


def test_the_two_verifiers_agree_but_where_it_is_written_why_not() -> None:
    """Same status, same entry, and a layer that both name, or ``one_file_cannot_see``."""
    for name, case in CASES.items():
        ours, other = case["regledger"], case["one_file"]
        if "one_file_cannot_see" in case and other == {"exit": 0}:
            continue
        assert (ours["exit"], ours.get("seq")) == (other["exit"], other.get("seq")), name
        assert set(other.get("layers", [])) <= set(ours.get("layers", [])), name


def test_what_an_operator_sealed_fits_but_for_what_operators_cannot_make() -> None:
    """No resealed case fails in leaf or tiles: the forger of these vectors did not slip."""
    resealed = [case for name, case in CASES.items() if name.endswith("_resealed")]
    assert len(resealed) > 30
    for case in resealed:
        assert not {"leaf", "tiles", "evidence"} & set(case["regledger"].get("layers", []))
