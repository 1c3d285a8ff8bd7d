"""The one-file verifier on directories and packs that were made to hurt it."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.vectors.published import EXPECTED, lay
from tests.verifier.test_verifier import FILE, VERIFIER

LEDGER: str = EXPECTED["ledger"]
KEYS = [word for key in EXPECTED["log_keys"] for word in ("--key", key)]
BUNDLE, LEAVES = "tile/entries/000.p/12", "tile/0/000.p/12"
Verify = Callable[..., tuple[int, str]]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The good log of the vectors, to be damaged."""
    return lay("good", tmp_path / "log")


@pytest.fixture
def verify(capsys: pytest.CaptureFixture[str]) -> Verify:
    """Run it in this process: status, and what it printed. Nothing it prints steers a terminal."""

    def run(*arguments: str | Path) -> tuple[int, str]:
        status: int = VERIFIER.main([str(a) for a in arguments])
        said = capsys.readouterr()
        assert said.err == ""
        assert all(" " <= c <= "~" for line in said.out.split("\n") for c in line), said.out
        return status, said.out

    return run


# --- what it was called with ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ("--key", "x+y"),
        ("--key", ""),
        ("--key", "\udcff\x1b[2J"),
        ("--key", EXPECTED["log_keys"][0][:-4]),
        ("--ledger", ""),
        ("--ledger", LEDGER[:-1]),
        ("--founder", "zz" * 32),
        ("--policy", ""),
        ("--policy", "."),
        ("--policy", "/dev/zero"),
        ("--policy", "x" * 5000),
    ],
)
def test_an_option_that_cannot_be_used(words: tuple[str, str], log: Path, verify: Verify) -> None:
    """Is a mistake of the caller, and not a fault of the log: 2."""
    status, said = verify(log, *words)
    assert (status, said.startswith("USAGE: ")) == (2, True)


def test_a_policy_that_is_none_is_the_callers_mistake(
    log: Path, verify: Verify, tmp_path: Path
) -> None:
    """As for ``regledger verify``; that of the log itself is a fault of the log."""
    for junk in (b"", b"\xff\n", b"quorum x\n", b"log x\nquorum none\n", b"x" * (1 << 19)):
        (tmp_path / "policy").write_bytes(junk)
        assert verify(log, "--ledger", LEDGER, "--policy", tmp_path / "policy")[0] == 2
        (log / "policy").write_bytes(junk)
        status, said = verify(log, "--ledger", LEDGER)
        assert (status, "layer checkpoint" in said) == (1, True)


def test_where_there_is_nothing(verify: Verify, tmp_path: Path) -> None:
    """Absent, a name that is none, empty, or neither file nor directory: 3."""
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(tmp_path / "socket"))
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "empty/and/so/on").mkdir(parents=True)
    names = ("absent", "pipe", "socket", "loop", "empty", "x" * 5000, "a\0b", "empty/../x\udcff")
    for place in (*(tmp_path / name for name in names), "/dev/null"):
        status, said = verify(place, "--ledger", LEDGER)
        assert (status, said.startswith("NOTHING TO VERIFY: ")) == (3, True), place


# --- what lies beside the log --------------------------------------------------------------------


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(20 << 30)


BESIDE: dict[str, tuple[Callable[[Path], object], str]] = {
    "huge": (lambda log: _sparse(log / "evil.bin"), "evil.bin"),
    "pipe": (lambda log: os.mkfifo(log / "pipe"), "pipe"),
    "loop": (lambda log: (log / "loop").symlink_to("."), "loop"),
    "link to nothing": (lambda log: (log / "gone").symlink_to("nowhere"), "gone"),
    "link to a device": (lambda log: (log / "zero").symlink_to("/dev/zero"), "zero"),
    "escapes": (lambda log: (log / "a\x1b[31m\u202e\n").touch(), r"a\x1b[31m\u202e\n"),
    "not UTF-8": (lambda log: (log / "a\udcff").touch(), r"a\udcff"),
    "odd disclosures": (lambda log: (log / "disclosures/x").mkdir(), ""),
    "later disclosures": (lambda log: _sparse(log / "disclosures/001"), "disclosures/001"),
    "link out": (lambda log: (log / "root").symlink_to("/"), "root"),
}


@pytest.mark.parametrize("name", BESIDE)
def test_what_lies_beside_is_listed_and_never_opened(name: str, log: Path, verify: Verify) -> None:
    """The log is as good as before; the name is shown, harmless."""
    make, listed = BESIDE[name]
    make(log)
    status, said = verify(log, "--ledger", LEDGER)
    assert status == 0
    assert not listed or f"not authenticated: {listed}" in said.split("\n")


def test_directories_deeper_than_a_program_may_recurse(log: Path, verify: Verify) -> None:
    """Whoever unpacks an archive may get them."""
    here = os.open(log, os.O_RDONLY)
    for _ in range(1100):
        os.mkdir("d", dir_fd=here)
        here, above = os.open("d", os.O_RDONLY, dir_fd=here), here
        os.close(above)
    os.close(here)
    try:
        assert verify(log, "--ledger", LEDGER)[0] == 0
    finally:
        subprocess.run(["rm", "-rf", log / "d"], check=True)


def test_a_hundred_files_are_listed_and_the_others_counted(log: Path, verify: Verify) -> None:
    """Their names are somebody else's text, and there may be millions."""
    good = verify(log, "--ledger", LEDGER)[1].count("not authenticated")
    for n in range(250):
        (log / f"{n}.txt").touch()
    said = verify(log, "--ledger", LEDGER)[1].split("\n")
    listed = [line for line in said if line.startswith("not authenticated")]
    assert len(listed) < 105
    assert listed[-1] == f"not authenticated: {250 + good - 1 - 100} files more"


# --- what stands in the place of a file of the log ------------------------------------------------

PARTS = ("checkpoint", "policy", BUNDLE, LEAVES)
MAY_BE_ABSENT = {"evidence": ("nothing", "directory"), "disclosures": ("nothing",)}
INSTEAD: dict[str, Callable[[Path], object]] = {
    "nothing": lambda _: None,
    "directory": lambda path: path.mkdir(),
    "pipe": os.mkfifo,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "huge": _sparse,
    "loop": lambda path: path.symlink_to(path.name),
    "socket": lambda path: os.mknod(path, 0o140644),
}


@pytest.mark.parametrize("name", INSTEAD)
@pytest.mark.parametrize("part", [*PARTS, *MAY_BE_ABSENT])
def test_no_plain_file_where_one_belongs(name: str, part: str, log: Path, verify: Verify) -> None:
    """Not verified, at once: nothing is waited for and nothing read further than may be there."""
    path = log / part
    if path.is_dir():
        path = next(path.iterdir())
    path.unlink()
    INSTEAD[name](path)
    status, said = verify(log, "--ledger", LEDGER)
    assert status == (0 if name in MAY_BE_ABSENT.get(part, ()) else 1), said
    assert "Error" not in said


# --- a checkpoint that nobody signed --------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 13, 256, 10**6, 2**63, 2**64 - 1])
def test_the_size_of_an_unsigned_checkpoint(size: int, log: Path, verify: Verify) -> None:
    """Ends at once: by its signature where a key was given, else with the first missing file."""
    note = (log / "checkpoint").read_bytes().replace(b"\n12\n", b"\n%d\n" % size, 1)
    (log / "checkpoint").write_bytes(note)
    status, said = verify(log, *KEYS)
    assert (status, "layer checkpoint" in said) == (1, True)
    status, said = verify(log, "--ledger", LEDGER)
    assert (status, "is missing" in said) == (1, True)


def test_a_given_key_is_asked_before_anything_else_is_read(log: Path, verify: Verify) -> None:
    """Of another log, or of no log: not even the first entry is looked at."""
    other = lay("wrong_log_key", log.with_name("other"))
    shutil.copy(other / "checkpoint", log / "checkpoint")
    shutil.rmtree(log / "tile")
    status, said = verify(log, *KEYS)
    assert (status, "missing" in said) == (1, False)


def test_another_ledger_is_noticed_at_its_first_entry(log: Path, verify: Verify) -> None:
    """However long it may be: the bundle is cut off behind that."""
    data = (log / BUNDLE).read_bytes()
    (log / BUNDLE).write_bytes(data[: 2 + int.from_bytes(data[:2], "big")])
    assert "at entry 1, layer tiles" in verify(log, "--ledger", LEDGER)[1]
    for words in (("--ledger", "0" * 64), ("--founder", "0" * 64)):
        assert "layer trust" in verify(log, *words)[1]


# --- anything at all ------------------------------------------------------------------------------


def _spoil(rng: random.Random, data: bytes) -> bytes:
    at, to = sorted(rng.randrange(len(data) + 1) for _ in "ab")
    junk = rng.choice([b"", rng.randbytes(8), b"\xff" * 40, b"[" * 3000, b"\n\n", data[at:to] * 2])
    return data[:at] + junk + data[rng.choice([at, to]) :]


@pytest.mark.parametrize("seed", range(12))
def test_anything_ends_with_a_status_of_its_own(seed: int, log: Path, verify: Verify) -> None:
    """Files cut, doubled, filled with junk: 1, or 0 where nothing vouches for what was changed.

    An error of Python that nobody foresaw would be printed with its name.
    """
    rng = random.Random(seed)  # noqa: S311  # a seed, so that what fails can be repeated
    files = sorted(path for path in log.rglob("*") if path.is_file())
    checked = {"checkpoint", BUNDLE, LEAVES}
    for _ in range(12):
        path = rng.choice(files)
        good = path.read_bytes()
        path.write_bytes(_spoil(rng, good))
        changed = path.read_bytes() != good
        status, said = verify(log, *rng.choice([("--ledger", LEDGER), KEYS]))
        assert "Error" not in said
        assert status in {0, 1}
        assert not (changed and str(path.relative_to(log)) in checked and status == 0)
        path.write_bytes(good)


# --- as a program ---------------------------------------------------------------------------------

DRIVER = """
import hashlib, os, runpy, signal, sys
{first}
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def _run(log: Path, first: str = "", **options: object) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-I", "-c", DRIVER.format(first=first), str(FILE), str(log)]
    words += ["--ledger", LEDGER]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run(words, text=True, check=False, **streams)  # type: ignore[call-overload, no-any-return]


def test_ctrl_c_leaves_no_trace(log: Path) -> None:
    """It comes while the first hash is made."""
    stop = "real = hashlib.sha256"
    stop += "\nhashlib.sha256 = lambda d: (os.kill(os.getpid(), signal.SIGINT), real(d))[1]"
    done = _run(log, stop)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_without_cryptography_nothing_is_verified(log: Path) -> None:
    """That the package is missing, or too old, says nothing about the log."""
    done = _run(log, "sys.modules['cryptography'] = None")
    assert (done.returncode, done.stderr) == (3, "")
    assert "install" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
def test_an_answer_that_cannot_be_written_is_no_success(log: Path) -> None:
    """On a full disk, and into a pipe that nobody reads."""
    with Path("/dev/full").open("w") as full:
        done = _run(log, stdout=full)
    assert (done.returncode, done.stderr) == (3, "")
    reading, writing = os.pipe()
    os.close(reading)
    done = _run(log, stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (3, "")


def test_memory_is_bounded(log: Path) -> None:
    """With half a gigabyte to live in, beside a file of 20."""
    _sparse(log / "evil.bin")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29))"
    done = _run(log, limit)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    (log / BUNDLE).unlink()
    _sparse(log / BUNDLE)
    done = _run(log, limit)
    assert (done.returncode, done.stderr) == (1, "")
