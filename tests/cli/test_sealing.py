"""`checkpoint`, `publish`, `policy rotate-log-keys`, and the seal after every command."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from ledger.cli import checkpoint
from ledger.log.checkpoint import parse_checkpoint
from ledger.log.keys import load_private, save_private
from ledger.log.signed_note import COSIGNATURE_ED25519, parse_note, vkey
from tests.cli.conftest import PASSPHRASE, Cli
from tests.examples import seldom

CLAIM = (
    "kind: context\nkey: k{n}\njurisdiction: PK\nactivity: va\nforce: report\n"
    "statement: They met.\n"
    'reports: [{{url: "https://example.org/a", publisher: Gazette, title: Notice}}]\n'
)
KEYS = Path("data/regledger/keys")
STATE = KEYS / "example.com_log.log-state"
WITHOUT: dict[str, str | None] = {"REGLEDGER_PASSPHRASE": None}


@pytest.fixture(scope="session")
def alone_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a ledger of one person, under ``book.db``."""
    run = Cli(tmp_path_factory.mktemp("alone"), REGLEDGER_DB="book.db")
    run.ok("init", "example.com/log", "--as", "ana", "--review", "none")
    return run.home


@pytest.fixture
def alone(alone_home: Path, tmp_path: Path) -> Cli:
    """A copy of that ledger."""
    home = tmp_path / "alone"
    shutil.copytree(alone_home, home)
    return Cli(home, REGLEDGER_DB="book.db", REGLEDGER_KEYS=str(home / KEYS))


def record(cli: Cli, number: int, **more: Any) -> Any:
    """Record one claim."""
    return cli.ok("record", "-", "--format", "yaml", stdin=CLAIM.format(n=number), **more)


def hide_state(cli: Cli) -> None:
    """Copy the actors' keys to where no log key is, and no memory of a seal."""
    shutil.copytree(
        cli.home / KEYS, cli.home / "elsewhere", ignore=shutil.ignore_patterns("*.log-*")
    )


def hide_log_keys(cli: Cli) -> Path:
    """Move the log's keys elsewhere."""
    away = cli.home / "away"
    away.mkdir()
    for path in (cli.home / KEYS).glob("*.log-*.pem"):
        path.rename(away / path.name)
    return away


def unsealed(cli: Cli) -> int:
    """What `doctor` says."""
    findings = cli("doctor", "--json").json["findings"]
    (found,) = [one["found"] for one in findings if "unsealed" in one["found"]]
    return int(found.split()[0])


def shown(cli: Cli) -> int:
    """The size that the published log in ``pub`` shows."""
    return parse_checkpoint(parse_note((cli.home / "pub/checkpoint").read_bytes()).text).size


def test_init_and_every_appending_command_seal(alone: Cli) -> None:
    """Where the keys are at hand nothing stays unsealed, and nothing is said about it."""
    assert unsealed(alone) == 0
    result = record(alone, 1)
    assert result.err == ""
    assert unsealed(alone) == 0
    told = alone.ok("checkpoint", "--json").json
    assert (told["size"], told["new"], told["fresh"]) == (3, False, 0)
    assert told["sealed_at"] in alone.ok("checkpoint").out


def test_the_sample_is_sealed(demo: Cli) -> None:
    """`demo` leaves no entry unsealed."""
    assert unsealed(demo) == 0


def test_without_the_keys_entries_stay_unsealed_until_they_are_back(alone: Cli) -> None:
    """Recording works; `checkpoint` says how many wait and what it needs; then it seals them."""
    away = hide_log_keys(alone)
    assert record(alone, 1).err == ""
    assert unsealed(alone) == 1
    refused = alone("checkpoint")
    assert refused.code != 0
    assert "1 entries are unsealed" in refused.err
    assert "log-ed25519.pem" in refused.err
    for path in away.iterdir():
        path.rename(alone.home / KEYS / path.name)
    assert "1 were unsealed" in alone.ok("checkpoint").out
    assert unsealed(alone) == 0


def test_nobody_is_asked_for_a_passphrase_only_to_seal(alone: Cli) -> None:
    """An actor's key that needs none: recorded without a question, and left unsealed."""
    path = alone.home / KEYS / "ana.pem"
    key = load_private(path, PASSPHRASE.encode())
    path.unlink()
    save_private(path, key, None)
    assert record(alone, 1, env=WITHOUT).err == ""
    assert unsealed(alone) == 1
    # with the passphrase in the environment it is known, and used
    record(alone, 2)
    assert unsealed(alone) == 0


def test_a_restored_backup_is_neither_sealed_nor_published(alone: Cli) -> None:
    """Recording, sealing and publishing are refused with 4, whether it is shorter or other."""
    backup = (alone.home / "book.db").read_bytes()
    record(alone, 1)
    alone.ok("publish", "pub")
    note = (alone.home / STATE).read_bytes()
    (alone.home / "book.db").write_bytes(backup)
    for words in (("checkpoint",), ("publish", "pub")):
        refused = alone(*words)
        assert refused.code == 4
        assert "the log has 2 entries, 3 were sealed here before: it was rolled back" in refused.err
        assert "bring back the newer database" in refused.err
    # grown another way to the same size, on a machine that remembers nothing: still refused
    elsewhere = {"XDG_STATE_HOME": str(alone.home / "elsewhere"), "REGLEDGER_KEYS": "elsewhere"}
    hide_state(alone)
    record(alone, 9, env=elsewhere)
    for other in ("checkpoint", "retract k9 --reason other"):
        refused = alone(*other.split())
        assert refused.code == 4
        assert "the first 3 entries are not those sealed here before" in refused.err
    # and where this machine has no key that could be refused, the place itself is held against it
    hide_log_keys(alone)
    refused = alone("publish", "pub")
    assert refused.code == 4
    assert "not the first ones" in refused.err
    assert (alone.home / STATE).read_bytes() == note
    assert shown(alone) == 3


def test_a_lost_memory_is_had_again_from_what_was_published(alone: Cli) -> None:
    """Sealing is refused until a checkpoint is named: a published log, or a file."""
    alone.ok("checkpoint", "-o", "kept")
    alone.ok("publish", "pub")
    (alone.home / STATE).unlink()
    assert "not here" in record(alone, 1).err
    refused = alone("checkpoint")
    assert refused.code == 4
    assert "--from" in refused.err
    told = alone.ok("checkpoint", "--from", "pub")
    assert "going on from the checkpoint of 2 entries" in told.err
    (alone.home / STATE).unlink()
    refused = alone("checkpoint", "--from", "kept")  # older than the copy among the known ledgers
    assert (refused.code, "checkpoint --from FILE" in refused.err) == (4, True)
    (copy,) = (alone.home / "state/regledger/known").glob("*.log-state")
    alone.ok("checkpoint", "--from", str(copy))
    assert alone("checkpoint", "--from", "nowhere").code == 3
    assert unsealed(alone) == 0


def test_a_damaged_memory_can_be_replaced(alone: Cli) -> None:
    """The advice that comes with the error works."""
    alone.ok("checkpoint", "-o", "kept")
    (alone.home / STATE).write_bytes(b"junk")
    refused = alone("checkpoint")
    assert refused.code == 1
    assert "--from" in refused.err
    alone.ok("checkpoint", "--from", "kept")


def test_publish_seals_first_and_writes_only_what_is_new(alone: Cli) -> None:
    """New entries are sealed and published; a second run writes nothing."""
    done = alone.ok("publish", "pub", "--json").json
    assert (done["size"], done["new"]) == (2, 2)
    record(alone, 1)
    done = alone.ok("publish", "pub", "--json").json
    assert (done["size"], done["new"]) == (3, 1)
    again = alone.ok("publish", "pub", "--json").json
    assert (again["new"], again["files"], again["bytes"]) == (0, 0, 0)
    assert shown(alone) == 3
    alone.ok("verify", "pub")


def test_what_may_not_be_published_yet_is_said(alone: Cli) -> None:
    """Without the keys the newest checkpoint is published, and what waits is counted."""
    hide_log_keys(alone)
    record(alone, 1)
    told = alone.ok("publish", "pub")
    assert "published 2 entries" in told.out
    assert "1 newer entries wait" in told.err


def test_a_quorum_holds_publishing_back_also_without_naming_it_again(alone: Cli) -> None:
    """The policy of the place goes on to hold; another one, or none, must be named."""
    witness = vkey("witness.example/w", COSIGNATURE_ED25519, bytes(range(32)))
    alone.file("strict", f"witness w {witness}\nquorum w\n")
    alone.file("none", f"witness w {witness}\nquorum none\n")
    held = alone("publish", "pub", "--policy", "strict")
    assert held.code != 0
    assert "quorum 'w' is not met" in held.err
    assert not (alone.home / "pub").exists()
    alone.ok("publish", "pub", "--policy", "none")
    (alone.home / "pub/policy").write_text(
        (alone.home / "pub/policy").read_text().replace("quorum none", "quorum w")
    )
    record(alone, 1)
    held = alone("publish", "pub")
    assert held.code != 0
    assert "quorum 'w' is not met" in held.err
    assert shown(alone) == 2
    alone.ok("publish", "pub", "--policy", "none")
    assert shown(alone) == 3


def test_a_policy_of_another_log_is_refused(alone: Cli) -> None:
    """Its `log` lines must name this log's keys, or be left out."""
    foreign = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    alone.file("policy", f"log {foreign}\nquorum none\n")
    refused = alone("publish", "pub", "--policy", "policy")
    assert refused.code == 2
    assert "does not name the keys of this log" in refused.err
    assert alone("publish", "pub", "--policy", "nowhere").code == 3


def test_names_and_quotes_are_published_only_if_asked(sample: Cli) -> None:
    """The sample has disclosures; no file of a plain publication holds one."""
    sample.ok("publish", "pub")
    assert not (sample.home / "pub/disclosures").exists()
    sample.ok("publish", "pub", "--with-disclosures")
    assert b'"text":' in (sample.home / "pub/disclosures/000").read_bytes()


def test_the_log_keys_are_rotated(alone: Cli) -> None:
    """Sealed with the old keys before and the new ones after; both logs and files verify."""
    record(alone, 1)
    alone.ok("publish", "pub")
    before = alone.ok("policy", "show", "--json").json["log_keys"]
    told = alone.ok("policy", "rotate-log-keys")
    after = alone.ok("policy", "show", "--json").json["log_keys"]
    assert set(before).isdisjoint(after)
    assert after[0] in told.out
    assert unsealed(alone) == 0
    names = {path.name for path in (alone.home / KEYS).iterdir()}
    old = {key.split("+", 2)[1] for key in before}
    assert {name.rsplit("-", 1)[1] for name in names if ".retired-" in name} == old
    assert not any(name.endswith(".next") for name in names)
    assert alone("doctor").code == 0
    alone.ok("publish", "pub")
    record(alone, 2)
    alone.ok("publish", "pub")
    alone.ok("verify")
    alone.ok("verify", "pub")
    assert f"log {after[0]}" in (alone.home / "pub/policy").read_text()


def test_lost_log_keys_are_replaced_only_on_demand(alone: Cli) -> None:
    """Without the old keys: refused, unless they are said to be lost."""
    hide_log_keys(alone)
    record(alone, 1)
    refused = alone("policy", "rotate-log-keys")
    assert refused.code != 0
    assert "--lost" in refused.err
    alone.ok("policy", "rotate-log-keys", "--lost")
    assert unsealed(alone) == 0
    alone.ok("verify")


@pytest.mark.parametrize("survive", [0, 1, 2, 3])
def test_a_rotation_stopped_between_files_is_finished_by_the_next(
    alone: Cli, survive: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped before any of the four renames: said by `doctor`, and run again it ends well."""
    left = [survive]
    plain = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if ".log-" in self.name and not left[0]:
            raise OSError(5, "Input/output error", str(self))
        left[0] -= 1
        return plain(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", failing)
        stopped = alone("policy", "rotate-log-keys")
    assert stopped.code == 3
    assert "rotate-log-keys" in stopped.err
    assert "rotate-log-keys" in alone("doctor").out
    keys = alone.ok("policy", "show", "--json").json["log_keys"]
    alone.ok("policy", "rotate-log-keys")
    assert alone.ok("policy", "show", "--json").json["log_keys"] == keys
    assert "sealed" in alone.ok("checkpoint").out
    assert unsealed(alone) == 0
    assert alone("doctor").code == 0


@pytest.mark.parametrize("how", [signal.SIGTERM, *seldom(signal.SIGINT)])
def test_checkpoint_every_seals_growth_until_stopped(alone: Cli, how: signal.Signals) -> None:
    """A process that goes on sealing what others record, and ends with 0 on both signals."""
    away = hide_log_keys(alone)
    record(alone, 1)
    for path in away.iterdir():
        shutil.copy(path, alone.home / KEYS / path.name)
    command = [sys.executable, "-m", "ledger", "checkpoint", "--every", "1s", "-o", "note"]
    env = {**os.environ, **alone.env, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        command, cwd=alone.home, env=env, stdout=subprocess.PIPE, text=True
    ) as process:
        guard = threading.Timer(60, process.kill)
        guard.start()
        assert process.stdout is not None
        assert process.stdout.readline() == "sealed 3 entries, 1 of them new\n"
        for path in away.iterdir():
            (alone.home / KEYS / path.name).unlink()  # the process has its keys; recording has not
        record(alone, 2)
        assert process.stdout.readline() == "sealed 4 entries, 1 of them new\n"
        process.send_signal(how)
        assert process.stdout.read() == ""
        assert process.wait(30) == 0
        guard.cancel()
    assert parse_checkpoint(parse_note((alone.home / "note").read_bytes()).text).size == 4


def test_checkpoint_every_is_silent_where_nothing_is_new(
    alone: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three turns, one of which had something to seal: one line."""
    away = hide_log_keys(alone)
    record(alone, 1)
    for path in away.iterdir():
        shutil.copy(path, alone.home / KEYS / path.name)
    plain, turns = checkpoint._seal, count(1)

    def seal(*given: Any, **named: Any) -> Any:
        if next(turns) == 3:
            signal.raise_signal(signal.SIGTERM)
        return plain(*given, **named)

    monkeypatch.setattr(checkpoint, "_seal", seal)
    monkeypatch.setattr(checkpoint, "_seconds", lambda _text: 0)
    assert alone.ok("checkpoint", "--every", "1s").out == "sealed 3 entries, 1 of them new\n"
    assert next(turns) == 4


@pytest.mark.parametrize("text", ["0s", "10", "s", "1d", "-1s", "1.5s"])
def test_an_interval_is_a_number_and_a_unit(alone: Cli, text: str) -> None:
    """Anything else is refused before a key is touched."""
    refused = alone("checkpoint", f"--every={text}", env=WITHOUT)
    assert refused.code == 2
    assert "10s, 5m or 1h" in refused.err


def test_an_older_database_is_known_from_the_seal_alone(alone: Cli) -> None:
    """Nothing newer was verified here, and no keys are at hand: what was sealed is remembered."""
    shutil.copy(alone.home / "book.db", alone.home / "older.db")
    record(alone, 1)
    away: dict[str, str | None] = {"REGLEDGER_KEYS": "nowhere"}
    result = alone("verify", "--db", "older.db", "--json", env=away)
    assert result.code == 1
    (fault,) = result.json["faults"]
    assert "sealed here before: it was rolled back or cut off" in fault["message"]


def test_a_published_copy_that_ends_before_the_last_seal_is_behind(
    alone: Cli, tmp_path: Path
) -> None:
    """Publishing follows sealing: this is said, and is no fault until the rest was verified."""
    older = tmp_path / "older"
    alone.ok("publish", str(older))
    record(alone, 1)
    away: dict[str, str | None] = {"REGLEDGER_KEYS": "nowhere"}
    size = alone.ok("verify", str(older), "--json", env=away).json["size"]
    assert alone.ok("verify", str(older), "--json", env=away).json["behind"] == size + 1
    # beside the keys it is remembered too
    (copy,) = (alone.home / "state/regledger/known").glob("*.log-state")
    copy.unlink()
    said = " ".join(alone.ok("verify", str(older)).out.split())
    assert f"this copy ends at {size} entries, {size + 1} were sealed on this machine; that" in said
    alone.ok("publish", str(tmp_path / "newer"))
    assert alone.ok("verify", str(tmp_path / "newer"), "--json").json["behind"] == 0
    # what was verified here is not taken back
    taken_back = " ".join(alone("verify", str(older)).out.split())
    assert "verified here before: it was rolled back" in taken_back


def test_a_published_copy_with_another_history_up_to_the_seal_is_a_fork(
    alone: Cli, tmp_path: Path
) -> None:
    """It has as many entries as were sealed here, and others; nothing was verified here yet."""
    shutil.copy(alone.home / "book.db", alone.home / "fork.db")
    elsewhere: dict[str, str | None] = {"XDG_STATE_HOME": str(tmp_path / "state")}
    shutil.copytree(alone.home / "state", tmp_path / "state")
    keys = alone.home / "elsewhere.keys"
    shutil.copytree((alone.home / STATE).parent, keys)
    other = elsewhere | {"REGLEDGER_DB": "fork.db", "REGLEDGER_KEYS": str(keys)}
    record(alone, 1)
    record(alone, 2, env=other)
    alone.ok("publish", str(tmp_path / "fork"), env=other)
    result = alone("verify", str(tmp_path / "fork"), "--json")
    assert result.code == 1
    assert any("not those sealed here before" in one["message"] for one in result.json["faults"])


def test_a_damaged_copy_of_the_last_seal_is_put_right(alone: Cli, tmp_path: Path) -> None:
    """It is no missing one; `checkpoint --from` replaces it, and never by an older checkpoint."""
    alone.ok("publish", str(tmp_path / "first"))
    record(alone, 1)
    alone.ok("publish", str(tmp_path / "second"))
    (copy,) = (alone.home / "state/regledger/known").glob("*.log-state")
    good = copy.read_bytes()
    assert good == (alone.home / STATE).read_bytes()
    copy.write_bytes(b"junk")
    result = alone("verify", str(tmp_path / "second"))
    assert (result.code, copy.name in result.err) == (1, True)
    alone.ok("checkpoint", "--from", str(tmp_path / "second"))
    assert copy.read_bytes() == good
    (alone.home / STATE).unlink()
    result = alone("checkpoint", "--from", str(tmp_path / "first"))
    assert "a newer checkpoint is remembered already" in result.err
    assert copy.read_bytes() == good
