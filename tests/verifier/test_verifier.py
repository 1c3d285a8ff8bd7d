"""The one-file verifier, which shares no code with the library, on good and bad published logs."""

from __future__ import annotations

import functools
import importlib.util
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

import pytest

import ledger.data
from ledger.checkpoints.publish import publish
from ledger.checkpoints.storage import DirectoryStorage
from ledger.log.checkpoint import Ed25519Cosigner, log_signers, open_checkpoint
from ledger.log.keys import generate, generate_mldsa44
from ledger.log.tiles import decode_bundle, encode_bundle
from ledger.log.witness_policy import LogLine, Witness, WitnessPolicy
from ledger.store import checkpoint_store
from tests.books import norm
from tests.checkpoints.sealed import SealedDesk, fill, open_sealed
from tests.log.test_checkpoint import BAD_POLICIES

FILE = Path(ledger.data.__path__[0]) / "verifier.py"


def load() -> ModuleType:
    """The verifier as a module; for speed, most tests do not start a process."""
    spec = importlib.util.spec_from_file_location("verifier", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    # The same bytes give the same answer: flips elsewhere need not pay for them again.
    for name in ("read_json", "check_signature"):
        setattr(module, name, functools.lru_cache(maxsize=4096)(getattr(module, name)))
    return module


VERIFIER = load()


class Book:
    """A published log and what an auditor was told about it."""

    def __init__(self, folder: Path, desk: SealedDesk) -> None:
        self.folder, self.desk = folder, desk
        self.ledger = desk.book.policy.ledger
        self.founder = desk.signers["recorder"].keyid

    def copy(self, name: str) -> Path:
        """Return a copy that may be damaged."""
        target = self.folder.with_name(name)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.folder, target)
        return target


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Twelve entries with evidence and disclosures, published."""
    folder = tmp_path_factory.mktemp("log")
    desk = open_sealed(folder / "a.db")
    fill(desk)
    desk.later(minutes=1)
    desk.record(*(norm(key=f"k{n}") for n in range(8)))
    desk.seal()
    publish(desk.book.store, DirectoryStorage(folder / "pub"), with_disclosures=True)
    return Book(folder / "pub", desk)


@pytest.fixture
def verify(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Run the verifier in this process; gives exit status and what it printed."""

    def run(*arguments: str | Path) -> tuple[int, str]:
        status: int = VERIFIER.main([str(a) for a in arguments])
        return status, capsys.readouterr().out

    return run


Verify = Callable[..., tuple[int, str]]


def test_it_stands_alone() -> None:
    """It imports the standard library and cryptography, and nothing of ours."""
    imports = [x for x in FILE.read_text().splitlines() if x.startswith(("import ", "from "))]
    for line in imports:
        root = line.split()[1].split(".")[0]
        assert root == "cryptography" or root in sys.stdlib_module_names
    assert len(imports) > 5


def test_as_a_program_it_verifies_a_good_log(book: Book) -> None:
    """Started as an auditor would start it, away from our packages."""
    done = subprocess.run(
        [sys.executable, "-I", str(FILE), str(book.folder), "--ledger", book.ledger],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "VERIFIED" in done.stdout
    assert "entries 12" in done.stdout


def test_every_anchor_authenticates(book: Book, verify: Verify) -> None:
    """The ledger id, the founder's key or a log key: each is enough."""
    assert verify(book.folder, "--ledger", book.ledger)[0] == 0
    assert verify(book.folder, "--founder", book.founder)[0] == 0
    for key in book.desk.vkeys:
        assert verify(book.folder, "--key", str(key))[0] == 0


def test_without_an_anchor_it_is_not_authenticated(book: Book, verify: Verify) -> None:
    """Consistent, and exit 3."""
    status, said = verify(book.folder)
    assert status == 3
    assert "NOT AUTHENTICATED" in said


def test_a_wrong_anchor_is_refused(book: Book, verify: Verify, tmp_path: Path) -> None:
    """Another id, another founder, another log's key: exit 1, layer trust."""
    other = open_sealed(tmp_path / "b.db")
    wrong = (
        ("--ledger", "0" * 64),
        ("--founder", "0" * 64),
        ("--key", str(other.vkeys[0])),
    )
    for anchor in wrong:
        status, said = verify(book.folder, *anchor)
        assert status == 1, anchor
        assert "layer trust" in said


def test_nothing_is_no_success(verify: Verify, tmp_path: Path) -> None:
    """Absent, empty, or a directory without a checkpoint."""
    assert verify(tmp_path / "absent")[0] == 3
    assert verify(tmp_path)[0] == 3
    (tmp_path / "other").write_text("x")
    assert verify(tmp_path)[0] == 1


def change_entry(folder: Path, seq: int, change: Callable[[list[bytes]], None]) -> None:
    """Rewrite the one bundle of a small log."""
    path = folder / "tile/entries/000.p/12"
    entries = decode_bundle(path.read_bytes(), 12)
    change(entries)
    path.write_bytes(encode_bundle(entries))


FAULTS: dict[str, tuple[Callable[[list[bytes]], None], int, str]] = {
    "edited": (lambda e: e.__setitem__(5, e[5].replace(b"k1", b"kx")), 5, "signature"),
    "reordered_4_5": (lambda e: e.__setitem__(slice(4, 6), [e[5], e[4]]), 4, "seq"),
    "repeated": (lambda e: e.__setitem__(7, e[6]), 7, "seq"),
    "not_canonical": (lambda e: e.__setitem__(3, e[3].replace(b":", b": ", 1)), 3, "canonical"),
    "other_format": (
        lambda e: e.__setitem__(3, e[3].replace(b'"format":1', b'"format":2')),
        3,
        "format",
    ),
    "bad_prev_hash": (
        lambda e: e.__setitem__(6, e[6].replace(b'"prev":"', b'"prev":"0', 1)),
        6,
        "prev",
    ),
    "time_goes_back": (
        lambda e: e.__setitem__(6, e[6].replace(b'"recorded_at":"2024', b'"recorded_at":"2023', 1)),
        6,
        "recorded_at",
    ),
    "unknown_key": (
        lambda e: e.__setitem__(6, e[6].replace(b'"keyid":"', b'"keyid":"0', 1)),
        6,
        "key",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_its_entry_and_layer(fault: str, book: Book, verify: Verify) -> None:
    """The first bad entry and the layer, exit 1."""
    change, seq, layer = FAULTS[fault]
    folder = book.copy(f"fault-{fault}")
    change_entry(folder, seq, change)
    status, said = verify(folder, "--ledger", book.ledger)
    assert status == 1
    assert f"at entry {seq}, layer {layer}" in said, said


def test_a_truncated_tail_does_not_fit_its_checkpoint(book: Book, verify: Verify) -> None:
    """Fewer entries than the checkpoint says: the bundle is missing."""
    folder = book.copy("truncated")
    (folder / "tile/entries/000.p/12").unlink()
    status, said = verify(folder, "--ledger", book.ledger)
    assert status == 1
    assert "tile/entries/000.p/12 is missing" in said


def test_a_checkpoint_of_another_log_is_refused(book: Book, verify: Verify, tmp_path: Path) -> None:
    """A log key that the log does not name cannot sign for it."""
    other = open_sealed(tmp_path / "b.db")
    other.record(*(norm(key=f"k{n}") for n in range(10)))
    other.seal()
    publish(other.book.store, DirectoryStorage(tmp_path / "pub"))
    folder = book.copy("foreign")
    shutil.copy(tmp_path / "pub/checkpoint", folder / "checkpoint")
    status, said = verify(folder, "--ledger", book.ledger)
    assert status == 1
    assert "layer checkpoint" in said


def test_the_quorum_of_a_policy_must_be_met(book: Book, verify: Verify, tmp_path: Path) -> None:
    """Not cosigned, or `quorum none`: exit 1. Cosigned: exit 0."""
    witness = Ed25519Cosigner("witness.example/w", generate())
    logs = tuple(LogLine(key) for key in book.desk.vkeys)
    policy = WitnessPolicy(logs, (Witness(b"w", witness.vkey),), quorum=b"w")
    (tmp_path / "policy").write_bytes(policy.encode())
    (tmp_path / "none").write_bytes(WitnessPolicy(logs).encode())
    arguments = ("--ledger", book.ledger, "--policy")
    assert verify(book.folder, *arguments, tmp_path / "policy")[0] == 1
    assert verify(book.folder, *arguments, tmp_path / "none")[0] == 1
    folder = book.copy("cosigned")
    note = (folder / "checkpoint").read_bytes()
    tree = open_checkpoint(note, log_keys=book.desk.vkeys).checkpoint
    (folder / "checkpoint").write_bytes(note + witness.sign(tree, 1_700_000_000).encode())
    assert verify(folder, *arguments, tmp_path / "policy")[0] == 0


def test_a_policy_that_names_no_stranger_is_not_met(
    book: Book, verify: Verify, tmp_path: Path
) -> None:
    """The log's own key under any log lines, and a witness that cosigned, but for another log."""
    classic, quantum = book.desk.vkeys
    witness = Ed25519Cosigner("witness.example/w", generate())
    folder = book.copy("strangers")
    note = (folder / "checkpoint").read_bytes()
    tree = open_checkpoint(note, log_keys=book.desk.vkeys).checkpoint
    (folder / "checkpoint").write_bytes(note + witness.sign(tree, 1_700_000_000).encode())
    foreign = log_signers(tree.origin, generate(), generate_mldsa44())[0].vkey
    own, stranger = f"witness a {quantum}\n", f"witness w {witness.vkey}\n"
    policies = {
        own + "quorum a\n": "is not met",
        f"log {classic}\n{own}quorum a\n": "is not met",
        f"{own}{stranger}group g 2 a w\nquorum g\n": "is not met",
        f"log {foreign}\n{stranger}quorum w\n": "about other logs",
    }
    for text, words in policies.items():
        (tmp_path / "policy").write_text(text)
        status, said = verify(folder, "--ledger", book.ledger, "--policy", tmp_path / "policy")
        assert (status, "layer cosignature" in said, words in said) == (1, True, True)
    (tmp_path / "policy").write_text(f"{own}{stranger}group g any a w\nquorum g\n")
    assert verify(folder, "--ledger", book.ledger, "--policy", tmp_path / "policy")[0] == 0


@pytest.mark.parametrize("fault", BAD_POLICIES)
def test_a_policy_is_read_as_strictly_as_by_the_library(fault: str) -> None:
    """A policy that `regledger` refuses is none here either."""
    with pytest.raises(VERIFIER.Bad):
        VERIFIER.read_policy(BAD_POLICIES[fault].encode(), "checkpoint")


PARTS = ("checkpoint", "policy", "tile/0/000.p/12", "evidence", "disclosures/000", "bundle-0",
         "bundle-1", "bundle-2")  # fmt: skip


def _not_refused(part: str, book: Book, verify: Verify, most: int | None = None) -> list[int]:
    """Flip a bit of each byte, or of ``most`` of them; return where that was not refused.

    What is listed as not authenticated counts as refused.
    """
    folder = book.copy(f"flip-{part.replace('/', '-')}")
    name, step, start = part, 1, 0
    if part == "evidence":
        name = next(p for p in folder.glob("evidence/*")).relative_to(folder).as_posix()
    elif part.startswith("bundle"):
        name, start, step = "tile/entries/000.p/12", int(part[-1]), 3
    path = folder / name
    good = path.read_bytes()
    rng = random.Random(part)  # noqa: S311  # the same places and bits every time
    places: Sequence[int] = range(start, len(good), step)
    passed = []
    for at in places if most is None else rng.sample(places, min(most, len(places))):
        path.write_bytes(good[:at] + bytes([good[at] ^ (1 << rng.randrange(8))]) + good[at + 1 :])
        status, said = verify(folder, "--ledger", book.ledger)
        if status != 1 and f"not authenticated: {name}" not in said:
            passed.append(at)
    path.write_bytes(good)
    assert verify(folder, "--ledger", book.ledger)[0] == 0
    return passed


@pytest.mark.parametrize("part", PARTS)
def test_a_single_byte_flip_is_refused(part: str, book: Book, verify: Verify) -> None:
    """At some places of every file, for those who cannot wait for all of them."""
    assert _not_refused(part, book, verify, 60) == []


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_every_single_byte_flip_is_refused(part: str, book: Book, verify: Verify) -> None:
    """Exhaustive over every file."""
    assert _not_refused(part, book, verify) == []


def test_what_nothing_vouches_for_is_listed(book: Book, verify: Verify) -> None:
    """The page for people, and a file that somebody put there."""
    folder = book.copy("extra")
    (folder / "README").write_text("hello")
    status, said = verify(folder, "--ledger", book.ledger)
    assert status == 0
    assert "not authenticated: index.html" in said
    assert "not authenticated: README" in said


def test_a_pack_is_verified_with_the_verifier_inside_it(
    book: Book, verify: Verify, tmp_path: Path
) -> None:
    """From the zip and the log's keys alone; with a wrong key, or none, it is refused."""
    import zipfile

    data = book.desk.book.proofs.pack("2")
    pack = tmp_path / "x.zip"
    pack.write_bytes(getattr(data, "data", data))
    keys = [word for key in book.desk.vkeys for word in ("--key", str(key))]
    with zipfile.ZipFile(pack) as files:
        inside = tmp_path / "inside.py"
        inside.write_bytes(files.read("verifier.py"))
    done = subprocess.run(
        [sys.executable, "-I", str(inside), str(pack), *keys],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert verify(pack)[0] == 3
    other = open_sealed(tmp_path / "b.db")
    assert verify(pack, "--key", str(other.vkeys[0]))[0] == 1


def test_signatures_of_witnesses_do_not_disturb(book: Book, verify: Verify) -> None:
    """A line by somebody unknown changes nothing; one named as the log is refused."""
    folder = book.copy("lines")
    note = (folder / "checkpoint").read_bytes()
    tree = open_checkpoint(note, log_keys=book.desk.vkeys).checkpoint
    stranger = Ed25519Cosigner("stranger.example/w", generate()).sign(tree, 5)
    (folder / "checkpoint").write_bytes(note + stranger.encode())
    assert verify(folder, "--ledger", book.ledger)[0] == 0
    impostor = Ed25519Cosigner(tree.origin, generate()).sign(tree, 5)
    (folder / "checkpoint").write_bytes(note + impostor.encode())
    assert verify(folder, "--ledger", book.ledger)[0] == 1


def test_a_checkpoint_kept_in_the_database_is_the_one_published(book: Book) -> None:
    """The published note is the sealed one, byte for byte."""
    with book.desk.book.store.reading() as conn:
        held = checkpoint_store.newest(conn)
    assert held is not None
    assert (book.folder / "checkpoint").read_bytes() == held.full
