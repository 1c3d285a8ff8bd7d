"""One mistake, one exit code: whichever command it is made with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

SANA, OMAR, ANA = ["--as", "sana"], ["--as", "omar"], ["--as", "ana"]
VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
WHY = ["--reason", "other", *SANA]
# What is wrong -> (its exit code, commands that get it wrong, a line each).
MISTAKES: dict[str, tuple[int, list[list[str]]]] = {
    "a file that is not there": (
        3,
        [
            ["record", "nofile", *SANA],
            ["record", "nofile", "--dry-run"],
            ["define", "nofile", *ANA],
            ["correct", "k", "nofile", *WHY],
            ["actor", "enroll", "nofile", "--role", "recorder", *ANA],
            ["actor", "rotate-key", "nofile", *ANA],
            ["key", "import-signer", "zoe", "file2:/x", "--public-key", "nofile"],
            ["evidence", "add", "nofile"],
            ["check-proof", "nofile"],
            ["check-proof", "c.yaml", "--policy", "nofile"],
            ["verify", "nofile"],
            ["verify", "--since", "nofile"],
            ["verify", "--policy", "nofile"],
            ["verify", "--tsa-root", "nofile"],
            ["publish", "pub", "--policy", "nofile"],
            ["checkpoint", "--from", "nofile"],
            ["timestamp", "list", "--ca", "nofile"],
            ["witness", "add", "nofile", "--witness", VKEY],
            ["witness", "list", "--policy", "nofile"],
            ["witness", "cosign", "c.yaml", "--key", "nofile", "--log", VKEY],
        ],
    ),
    "a directory in place of a file": (
        2,
        [
            ["record", "folder", *SANA],
            ["define", "folder", *ANA],
            ["evidence", "add", "folder"],
            ["check-proof", "folder"],
            ["verify", "--since", "folder"],
            ["publish", "pub", "--policy", "folder"],
            ["witness", "add", "folder", "--witness", VKEY],
            ["snapshot", "-o", "folder"],
            ["calendar", "--ics", "folder"],
            ["prove", "@1", "--pack", "folder"],
        ],
    ),
    "a directory that is not there": (
        3,
        [
            ["snapshot", "-o", "no/a.json"],
            ["calendar", "--ics", "no/a.ics"],
            ["log", "export", "-o", "no/a"],
            ["prove", "@1", "--entry", "no/a"],
        ],
    ),
    "a ledger that is not there": (
        3,
        [
            [*words, "--db", "none.db"]
            for words in (
                ["status"],
                ["why", "PK", "va"],
                ["history"],
                ["show", "k"],
                ["log"],
                ["diff", "2020-01-01", "2021-01-01"],
                ["calendar"],
                ["snapshot"],
                ["record", "c.yaml", *SANA],
                ["review", "list"],
                ["review", "approve", "k", *OMAR],
                ["verify"],
                ["checkpoint"],
                ["publish", "pub"],
                ["prove", "@1"],
                ["evidence", "list"],
                ["actor", "list"],
                ["policy", "show"],
                ["db", "check"],
                ["db", "rebuild"],
            )
        ],
    ),
    "an id that nobody defined": (
        2,
        [
            ["show", "nokey"],
            ["prove", "nokey"],
            ["correct", "nokey", "c.yaml", *WHY],
            ["retract", "nokey", *WHY],
            ["dispute", "nokey", *WHY],
            ["review", "approve", "nokey", *OMAR],
            ["evidence", "get", "0" * 64, "-o", "x"],
            ["help", "nosuch"],
            ["status", "-j", "ZZ"],
            ["status", "--actor", "nope"],
            ["why", "PK", "nope"],
            ["history", "-a", "nope"],
            ["history", "--type", "nope"],
            ["diff", "2020-01-01", "2021-01-01", "-j", "ZZ"],
            ["calendar", "-a", "nope"],
        ],
    ),
    "an actor who is not enrolled": (
        2,
        [
            ["actor", "grant", "nobody", "recorder", *ANA],
            ["actor", "revoke", "nobody", "--role", "recorder", *ANA],
            ["actor", "signed", "nobody"],
            ["history", "--by", "nobody"],
            ["record", "c.yaml", "--as", "nobody"],
            ["review", "approve", "@2", "--as", "nobody"],
            ["key", "request", "nobody"],
        ],
    ),
    "a date that is none": (
        2,
        [
            *(["status", "--as-of", day] for day in ("06/04/2018", "2025-13-01", "20250708")),
            ["why", "PK", "va.deal", "--as-of", "20250708"],
            ["snapshot", "--as-of", "2025-W01-1"],
            ["diff", "2025-01-01", "20250101"],
            ["calendar", "--from", "20250708"],
            ["calendar", "--to", "2025-W01-1"],
            ["history", "--after", "20250708x"],
            ["history", "--before", "2025-02-30"],
            ["status", "--known-at", "06/04/2018"],
            ["evidence", "add", "c.yaml", "--retrieved-at", "06/04/2018"],
        ],
    ),
    "an entry that is not a number": (
        2,
        [
            ["show", "@x"],
            ["prove", "@x"],
            ["history", "--after", "@x"],
            ["status", "--known-at", "@x"],
            ["diff", "@x", "2025-01-01"],
        ],
    ),
    "a passphrase that does not open the key": (
        2,
        [
            ["record", "c.yaml", *SANA],
            ["define", "d.yaml", *SANA],
            ["review", "approve", "@2", *OMAR],
            ["retract", "@2", *WHY],
            ["actor", "grant", "sana", "auditor", *ANA],
            ["key", "request", "sana"],
            ["checkpoint"],
        ],
    ),
}
CLAIM = """\
- {kind: context, jurisdiction: PK, activity: va, force: report, statement: They met.,
   reports: [{url: "https://example.org", publisher: P, title: T}]}
"""


@pytest.fixture(scope="module")
def clumsy(started: Path, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """Commands in a home with a ledger, a claims file and a directory; none of them succeeds."""
    run = Cli(tmp_path_factory.mktemp("clumsy") / "home")
    shutil.copytree(started, run.home)
    run.file("c.yaml", CLAIM)
    run.file("d.yaml", "bodies: [{id: PK.X, name: X, jurisdiction: PK}]\n")
    (run.home / "folder").mkdir()
    return run


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_has_one_exit_code(clumsy: Cli, mistake: str) -> None:
    """Every command that can be got wrong in this way ends alike, says why, and prints nothing."""
    code, commands = MISTAKES[mistake]
    wrong = {"REGLEDGER_PASSPHRASE": "another"} if "passphrase" in mistake else {}
    ended = {}
    for words in commands:
        result = clumsy(*words, env={**wrong})
        ended[" ".join(words)] = result.code
        assert result.err.startswith("error: "), words
        assert result.out == "", words
    assert ended == dict.fromkeys(ended, code)


def test_an_entry_beyond_the_end_lets_nothing_through(clumsy: Cli) -> None:
    """A filter after the last entry is an empty list, and ends."""
    assert clumsy.ok("history", "--after", "@999", "--json").json["entries"] == []
