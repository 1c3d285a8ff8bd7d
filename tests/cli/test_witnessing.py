"""`witness`: asking for cosignatures, and giving them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Cli

NAME = "witness.example/one"


@dataclass(frozen=True)
class Auditor:
    """A witness on the machine of ``cli``, with its key and the keys of the log it knows."""

    cli: Cli
    vkey: str
    words: tuple[str, ...]


def auditor(office: Cli, name: str = NAME, *options: str) -> Auditor:
    """Make a witness that knows the log of the office."""
    made = office.ok("witness", "key", "new", name, "--json", *options).json
    keys = office.ok("policy", "show", "--json").json["log_keys"]
    logs = [word for key in keys for word in ("--log", key)]
    return Auditor(office, made["vkey"], ("--key", made["path"], *logs))


@contextmanager
def serving(one: Auditor) -> Iterator[str]:
    """Run `witness serve` as a person would, and end it as a person would."""
    words = (sys.executable, "-m", "ledger", "witness", "serve", *one.words, "--port", "0")
    env = {**os.environ, **one.cli.env, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        words,
        env=env,
        cwd=one.cli.home,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0


@pytest.fixture
def sealed(office: Cli) -> Cli:
    """The office with its log sealed."""
    office.ok("checkpoint")
    return office


def test_a_served_witness_cosigns_and_the_line_is_kept(sealed: Cli) -> None:
    """`witness serve` answers `witness request`; the line verifies later, by its key only."""
    one = auditor(sealed)
    with serving(one) as url:
        told = sealed.ok("witness", "request", url, "--witness", one.vkey, "--json").json
        sealed.ok("witness", "request", url, "--witness", one.vkey)
    assert told["schema"] == "regledger/cosignatures/v1"
    assert [line["name"] for line in told["cosignatures"]] == [NAME]
    assert (told["refused"], told["quorum"]) == ([], None)
    listed = sealed.ok("witness", "list", "--witness", one.vkey, "--json").json
    assert [line["key"] for line in listed["cosignatures"]] == [one.vkey]
    unknown = sealed.ok("witness", "list", "--json").json
    assert (unknown["cosignatures"], unknown["unknown"]) == ([], [NAME])
    assert "not checked" in sealed.ok("witness", "list").out


def test_a_witness_that_answers_with_another_key_is_not_believed(sealed: Cli) -> None:
    """A line by a key nobody named is no cosignature: exit 1, and nothing is kept."""
    one, other = auditor(sealed), auditor(sealed, "witness.example/two")
    with serving(one) as url:
        result = sealed("witness", "request", url, "--witness", other.vkey, "--json")
    assert (result.code, result.error["error"]) == (1, "bad_checkpoint")
    assert sealed.ok("witness", "list", "--json").json["unknown"] == []


def test_cosigning_offline(sealed: Cli) -> None:
    """From a published directory; a log that grew is proved by its tiles, a lone note is not."""
    one = auditor(sealed, NAME, "--ml-dsa")
    sealed.ok("publish", "pub")
    line = sealed.ok("witness", "cosign", "pub/checkpoint", *one.words).out
    sealed.file("line", line)
    sealed.ok("witness", "add", "line", "--witness", one.vkey)
    assert NAME in sealed.ok("witness", "list", "--witness", one.vkey).out
    shutil.copytree(sealed.home / "pub", sealed.home / "old")
    sealed.ok("key", "new", "lena")
    request = sealed.ok("key", "request", "lena").out
    sealed.ok("actor", "enroll", "-", "--role", "recorder", "--as", "ana", stdin=request)
    sealed.ok("publish", "pub")
    lone = sealed("witness", "cosign", "pub/checkpoint", *one.words)
    assert (lone.code, "its tiles prove it" in lone.err) == (3, True)
    fresh = sealed.ok("witness", "cosign", "pub", *one.words).out
    sealed.file("line2", fresh)
    sealed.ok("witness", "add", "line2", "--witness", one.vkey)
    assert sealed("witness", "add", "line", "--witness", one.vkey).code == 1
    back = sealed("witness", "cosign", "old", *one.words)
    assert (back.code, "rolled back" in back.err) == (1, True)
    assert sealed("witness", "cosign", "nowhere", *one.words).code == 3


def test_a_fork_is_not_cosigned(sealed: Cli) -> None:
    """A published log whose tiles were exchanged does not prove what it should."""
    one = auditor(sealed)
    sealed.ok("publish", "pub")
    sealed.ok("witness", "cosign", "pub", *one.words)
    sealed.ok("key", "new", "lena")
    request = sealed.ok("key", "request", "lena").out
    sealed.ok("actor", "enroll", "-", "--role", "recorder", "--as", "ana", stdin=request)
    sealed.ok("publish", "pub")
    for tile in (sealed.home / "pub" / "tile" / "0").glob("000.p/*"):
        tile.write_bytes(bytes(len(tile.read_bytes())))
    result = sealed("witness", "cosign", "pub", *one.words)
    assert (result.code, "not cosigned" in result.err) == (1, True)


def test_a_witness_whose_memory_was_lost_does_not_go_on(sealed: Cli) -> None:
    """Without the file of what it saw the key is refused, unless it is said to be new."""
    one = auditor(sealed)
    sealed.ok("publish", "pub")
    shutil.rmtree(sealed.home / "state" / "regledger" / "witness")
    result = sealed("witness", "cosign", "pub", *one.words)
    assert (result.code, "no memory" in result.err) == (2, True)
    sealed.ok("witness", "cosign", "pub", *one.words, "--enroll-as", NAME)
    assert sealed("witness", "cosign", "pub", *one.words, "--enroll-as", "other").code == 4


def test_a_policy_says_whom_to_ask_and_how_many(sealed: Cli) -> None:
    """Every witness with an address is asked; one that is down does not stop the others."""
    one, two = auditor(sealed), auditor(sealed, "witness.example/two")
    with serving(one) as url:
        for quorum, code in (("any", 3), ("all", 1)):
            policy = (
                f"witness a {one.vkey} {url}\nwitness b {two.vkey} http://127.0.0.1:9\n"
                f"group g {quorum} a b\nquorum g\n"
            )
            result = sealed("witness", "request", "--policy", sealed.file("p", policy), "--json")
            assert result.code == code
            assert result.json["quorum"] == ("met" if quorum == "any" else "not_met")
            assert [r["error"] for r in result.json["refused"]] == ["unreachable"]
            assert [c["name"] for c in result.json["cosignatures"]] == [NAME]
    listed = sealed("witness", "list", "--policy", "p")
    assert (listed.code, "Quorum NOT met" in listed.out) == (1, True)
    none = sealed.file("none", "quorum none\n")
    assert sealed("witness", "list", "--policy", none).code == 1
    assert sealed("witness", "request", "--policy", none).code == 2
    assert sealed("witness", "request", "--policy", "missing").code == 3


def test_what_is_missing_is_said(sealed: Cli) -> None:
    """No key, no address, no seal, a name that is none: each has an answer and an exit code."""
    one = auditor(sealed)
    assert sealed("witness", "request", "http://127.0.0.1:9").code == 2
    assert sealed("witness", "request", "http://127.0.0.1:9", "--witness", one.vkey).code == 3
    assert sealed("witness", "request", "nonsense", "--witness", one.vkey).code == 2
    assert sealed("witness", "add", "line", "--witness", one.vkey).code == 3
    assert sealed("witness", "list", "--size", "1").code == 3
    assert sealed("witness", "key", "new", "no name").code == 2
    assert sealed("witness", "key", "new", NAME).code == 4


def test_the_key_of_a_witness_is_no_actors_key(sealed: Cli) -> None:
    """It is encrypted, and `key list` and the choice of who signs do not see it."""
    before = sealed.ok("key", "list").out
    one = auditor(sealed)
    assert sealed.ok("key", "list").out == before
    key = one.words[1]
    assert "ENCRYPTED" in Path(key).read_text("ascii")
    wrong = sealed("witness", "cosign", "x", *one.words, env={"REGLEDGER_PASSPHRASE": "no"})
    assert wrong.code == 2
