"""What the verifiers, the witness and the command line were fooled by, each mended once."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from ledger.checkpoints.storage import DirectoryStorage, is_published, open_storage
from ledger.errors import InputError, RegledgerError
from ledger.log.checkpoint import Ed25519Cosigner, Ed25519LogSigner, parse_checkpoint
from ledger.log.keys import generate
from ledger.log.signed_note import parse_note
from ledger.log.witness_policy import Witness, WitnessPolicy, parse_policy, simple
from ledger.proofs import pack_build
from ledger.verify.signed_notes import VerifyOptions
from ledger.verify.verify import verify_published
from tests.cli.conftest import Cli
from tests.verifier.test_verifier import VERIFIER
from tests.verify.attacked import FOREIGN, Judge, Made, both
from tests.verify.grown import Grown


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The ledger that the auditor means."""
    return Made(tmp_path_factory.mktemp("made") / "ours")


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Another one of the same origin, as sound in itself."""
    return Made(tmp_path_factory.mktemp("made") / "theirs")


@pytest.fixture
def judge(capsys: pytest.CaptureFixture[str]) -> Judge:
    """The verifier in one file: exit status, and what it printed."""

    def run(*words: str | Path) -> tuple[int, str]:
        status: int = VERIFIER.main([str(word) for word in words])
        return status, capsys.readouterr().out

    return run


# --- what the verifier in one file was fooled by -------------------------------------------------


def _policy(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def test_one_witness_is_never_two(ours: Made, tmp_path: Path, judge: Judge) -> None:
    """A key under two names, a member named twice, an unset variable: no quorum is met by that."""
    witness = Ed25519Cosigner("w.example/a", generate())
    folder = ours.published(tmp_path)
    note = (folder / "checkpoint").read_bytes()
    line = witness.sign(parse_checkpoint(parse_note(note).text), 1_900_000_000)
    (folder / "checkpoint").write_bytes(note + line.encode())
    key, file = str(witness.vkey), tmp_path / "policy"
    good = _policy(f"witness a {key}", "group g all a", "quorum g")
    unmet = _policy("quorum none")
    bad = [
        _policy(f"witness a {key}", f"witness b {key}", "group g 2 a b", "quorum g"),
        _policy(f"witness a {key}", "group g 2 a a", "quorum g"),
        _policy(f"witness a {key}", "group g 0 a", "quorum g"),
        _policy(f"witness a {key}", "quorum a", "quorum none"),
        _policy(f"witness a {ours.desk.vkeys[0]}", "quorum a"),
        *(_policy(text) for text in ("witness a", "group g", "quorum", "log", "group g any", "")),
    ]
    for data, wanted in [(good, 0), (unmet, 1), *((one, 2) for one in bad)]:
        file.write_bytes(data)
        status, said = judge(folder, "--ledger", ours.ledger, "--policy", file)
        assert status == wanted, (data, said)
        with suppress(InputError):  # the library agrees, or refuses the policy as such
            options = VerifyOptions(policy=parse_policy(data))
            assert verify_published(DirectoryStorage(folder), options=options).sound is not bool(
                wanted
            )
    assert judge(folder, "--ledger", ours.ledger, "--policy", "")[0] == 2
    assert judge(folder, "--key", str(ours.desk.vkeys[0]), "--ledger", "")[0] == 2


def test_a_published_policy_is_read_whole(ours: Made, tmp_path: Path, judge: Judge) -> None:
    """One that names another log too is good for both verifiers, half a line for none."""
    folder = ours.published(tmp_path)
    place = DirectoryStorage(folder)
    other = Ed25519LogSigner(FOREIGN, generate()).vkey
    place.write("policy", simple([*ours.desk.vkeys, other]).encode())
    report, (status, said) = both(folder, ours, judge)
    assert (report.sound, status) == (True, 0), said
    for junk in (b"log \n", b"log\n", b"witness\n", b"\xff\n", b"quorum\n", b""):
        place.write("policy", junk)
        report, (status, _) = both(folder, ours, judge)
        assert (report.sound, status) == (False, 1), junk


def test_what_nobody_compares_is_listed(ours: Made, tmp_path: Path, judge: Judge) -> None:
    """An older partial tile, a strange file among the tiles, a file cited under another path."""
    folder = ours.published(tmp_path)
    (cited,) = (folder / "evidence").iterdir()
    odd = ["tile/0/000.p/3", "tile/junk", f"evidence/sub/{cited.name}"]
    for name in odd:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(cited.read_bytes())
    status, said = judge(folder, "--ledger", ours.ledger)
    assert status == 0
    assert {f"not authenticated: {name}" for name in odd} <= set(said.splitlines())


def test_a_disclosure_says_nothing_beside_its_text(
    ours: Made, tmp_path: Path, judge: Judge
) -> None:
    """A member more, or another spelling, could carry what nobody signed."""
    folder = ours.published(tmp_path)
    file = folder / "disclosures/000"
    data = file.read_bytes()
    for forged in (data.replace(b'{"digest"', b'{ "digest"', 1), data.replace(b"}", b',"z":"x"}')):
        file.write_bytes(forged)
        status, said = judge(folder, "--ledger", ours.ledger)
        assert (status, "layer disclosure" in said) == (1, True)


def test_a_pack_is_held_against_every_anchor_given(
    ours: Made, theirs: Made, tmp_path: Path, judge: Judge
) -> None:
    """Another ledger's id, a founder that no pack shows: refused, never passed over."""
    store = ours.desk.book.store
    with store.reading() as conn:
        data = pack_build.make_pack(store, conn, 3, with_disclosures=True)
    file = tmp_path / "pack.zip"
    file.write_bytes(data)
    keys = [word for key in ours.desk.vkeys for word in ("--key", str(key))]
    status, said = judge(file, *keys, "--ledger", ours.ledger)
    assert status == 0, said
    assert "not authenticated: disclosures.json" in said or b"disclosures.json" not in data
    assert judge(file, *keys, "--ledger", theirs.ledger)[0] == 1
    assert judge(file, *keys, "--ledger", "")[0] == 2
    assert judge(file, *keys, "--founder", ours.desk.signers["recorder"].keyid)[0] == 1
    assert judge(file, *keys, "--policy", "")[0] == 2
    with zipfile.ZipFile(io.BytesIO(data)) as members:
        files = {name: members.read(name) for name in members.namelist()}
    deflated = io.BytesIO()
    with zipfile.ZipFile(deflated, "w", zipfile.ZIP_DEFLATED) as again:
        for name, content in files.items():
            again.writestr(name, content)
    bad = bytearray(deflated.getvalue())
    bad[60:80] = b"\xff" * 20
    for content in (bytes(bad), deflated.getvalue(), data[:-30], data[:50], b"PK\x03\x04"):
        file.write_bytes(content)
        status, said = judge(file, *keys)
        assert (status, "NOT VERIFIED" in said) == (1, True)


# --- names that are none -------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["", "file://", "file://relative/x", "~nobody-of-that-name/x"])
def test_an_unset_variable_is_not_the_working_directory(address: str) -> None:
    """To publish into wherever one happens to stand, or to verify that, is never what is meant."""
    with pytest.raises(InputError):
        open_storage(address)
    assert not address or address.startswith("file") or _is_refused(address)


def _is_refused(address: str) -> bool:
    try:
        return not is_published(address)
    except RegledgerError:
        return True


def test_a_name_that_is_too_long_is_an_input_error() -> None:
    """And no stack trace."""
    assert _is_refused("9" * 5000)


def test_no_log_is_its_own_witness(ours: Made) -> None:
    """A policy in which the log's second key stands for a witness is refused."""
    log_key = ours.desk.vkeys[1]
    policy = WitnessPolicy(simple(ours.desk.vkeys).logs, (Witness(b"w", log_key),), (), b"w")
    with pytest.raises(InputError, match="vouch for itself"):
        parse_policy(policy.encode())


# --- the command line ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """A home with a ledger, a proof and a pack."""
    cli = Cli(tmp_path_factory.mktemp("home"), REGLEDGER_DB="book.db")
    cli.ok("init", "example.com/log", "--as", "ana", "--review", "none")
    cli.ok("prove", "@1", "-o", "p.tlog-proof")
    cli.ok("prove", "@1", "--pack", "p.zip")
    (cli.home / "junk.pem").write_bytes(b"\x1b[31mno certificate")
    return cli


HUGE = str(1 << 64)
JUNK = (
    ("verify", ""),
    ("verify", "9" * 5000),
    ("verify", "file://"),
    ("publish", ""),
    ("publish", "file://"),
    ("publish", "9" * 5000),
    ("checkpoint", "--from", "9" * 5000),
    ("prove", "@1", "-o", ""),
    ("timestamp", "export", HUGE, "-o", "x.tsr"),
    ("timestamp", "export", "2", "--number", HUGE, "-o", "x.tsr"),
    ("witness", "list", "--size", HUGE),
    ("check-proof", "p.tlog-proof", "--roots", "junk.pem"),
    ("check-proof", "p.zip", "--roots", "junk.pem"),
)


@pytest.mark.parametrize("words", JUNK, ids=lambda words: " ".join(words)[:40])
def test_junk_is_told_in_words(line: Cli, words: tuple[str, ...]) -> None:
    """A clear error, no success, and no fault of ours."""
    before = sorted(line.home.rglob("*"))
    result = line(*words)
    assert result.code in {1, 2, 3}
    assert "unexpected" not in result.err
    assert "\x1b" not in result.err
    assert sorted(line.home.rglob("*")) == before  # nothing was published into where one stands


def test_a_fork_of_the_same_size_is_told_to_the_witness(line: Cli) -> None:
    """Offline: two roots of one size are a fork (exit 1), not something to be tried again."""
    log = Grown()
    fork = Grown("other", log.signers)
    for name, one in (("here", log), ("there", fork)):
        (line.home / name).write_bytes(one.note(5))
    key = line.ok("witness", "key", "new", "w.example/a", "-o", "w.pem").out
    assert key.startswith("w.example/a+")
    words = ("--key", "w.pem", *(w for one in log.vkeys for w in ("--log", str(one))))
    line.ok("witness", "cosign", "here", *words)
    line.ok("witness", "cosign", "here", *words)
    result = line("witness", "cosign", "there", *words)
    assert (result.code, "forked" in result.err) == (1, True)


def test_an_older_proof_names_the_keys_it_needs(line: Cli) -> None:
    """Made before the log keys changed: not good by the keys of today, and the error says so."""
    old = line.ok("policy", "show", "--json").json["log_keys"]
    line.ok("policy", "rotate-log-keys")
    line.ok("verify")
    result = line("check-proof", "p.zip")
    assert (result.code, "--key" in result.err) == (1, True)
    line.ok("check-proof", "p.zip", *(word for key in old for word in ("--key", key)))
