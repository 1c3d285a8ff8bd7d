"""Files that commands write: the format by the name, and never over a file that is there."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from ledger.cli.main import program
from tests.cli.conftest import Cli

MINE = b"my only copy\n"
# What writes a file named `kept.x`, and by which option.
WRITERS = {
    "snapshot": ["snapshot", "--format", "csv", "-o", "kept.x"],
    "calendar": ["calendar", "--ics", "kept.x"],
    "log export": ["log", "export", "-o", "kept.x"],
    "prove": ["prove", "@3", "-o", "kept.x"],
    "prove, entry": ["prove", "@3", "--entry", "kept.x"],
    "prove, pack": ["prove", "@3", "--pack", "kept.x"],
    "checkpoint": ["checkpoint", "-o", "kept.x"],
}


def commands(at: Any, name: str = "") -> Iterator[tuple[str, set[str]]]:
    """Every command of the program with the names of its options."""
    for word, inner in getattr(at, "commands", {}).items():
        yield from commands(inner, f"{name} {word}".strip())
    yield name, {opt for one in at.params for opt in getattr(one, "opts", ())}


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_that_is_there_stays_unless_told_otherwise(sample: Cli, name: str) -> None:
    """Refused with exit 4 and what to do, nothing left beside it; --overwrite replaces it whole."""
    kept = sample.home / "kept.x"
    kept.write_bytes(MINE)
    before = set(sample.home.iterdir())
    refused = sample(*WRITERS[name])
    assert (refused.code, kept.read_bytes()) == (4, MINE)
    assert "--overwrite" in refused.err
    assert set(sample.home.iterdir()) == before
    sample.ok(*WRITERS[name], "--overwrite")
    assert kept.read_bytes() != MINE


def test_every_command_with_an_output_knows_how_to_overwrite() -> None:
    """No command writes over a file by a way of its own."""
    found = dict(commands(typer.main.get_command(program())))
    writing = {name for name, options in found.items() if {"--output", "--ics"} & options}
    assert {name.partition(",")[0] for name in WRITERS} <= writing
    # A private key is never replaced, whatever is said.
    assert {n for n in writing if "--overwrite" not in found[n]} <= {"witness key new"}


def test_the_second_of_two_files_is_looked_at_before_the_first_is_written(sample: Cli) -> None:
    """A proof and its entry are written both or not at all."""
    (sample.home / "x.entry.json").write_bytes(MINE)
    assert sample("prove", "@3", "-o", "x.tlog-proof").code == 4
    assert not (sample.home / "x.tlog-proof").exists()


def test_a_device_or_a_pipe_is_written_to_and_stays_one(demo: Cli) -> None:
    """Nothing in it can be lost, so nothing has to be said; it is not replaced by a file."""
    demo.ok("snapshot", "-o", "/dev/null", "--format", "json")
    assert Path("/dev/null").is_char_device()
    fifo = demo.home / "fifo.csv"
    os.mkfifo(fifo)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()))
    reader.start()
    demo.ok("snapshot", "-o", "fifo.csv")
    reader.join()
    fifo.unlink()
    assert got[0].decode() == demo.ok("snapshot", "--format", "csv").out


def test_a_link_is_followed_and_not_replaced(sample: Cli) -> None:
    """With --overwrite the file that a link points to gets the new content."""
    (sample.home / "real.json").write_bytes(MINE)
    (sample.home / "link.json").symlink_to("real.json")
    assert sample("snapshot", "-o", "link.json").code == 4
    sample.ok("snapshot", "-o", "link.json", "--overwrite")
    assert (sample.home / "link.json").is_symlink()
    assert (sample.home / "real.json").read_bytes().startswith(b"{")


@pytest.mark.parametrize(
    ("words", "start"),
    [
        (["-o", "new.csv"], b"jurisdiction"),
        (["-o", "new.JSON"], b"{"),
        (["-o", "new"], b"{"),
        (["-o", "new.txt", "--format", "csv"], b"jurisdiction"),
        (["-o", "new.csv", "--format", "csv"], b"jurisdiction"),
    ],
)
def test_the_format_follows_the_name(sample: Cli, words: list[str], start: bytes) -> None:
    """By the suffix in any case, else by --format, else JSON."""
    sample.ok("snapshot", *words)
    assert start in (sample.home / words[1]).read_bytes()[:200]


@pytest.mark.parametrize("words", [["new.csv", "--format", "json"], ["new.pdf"], ["built"]])
def test_a_name_that_says_otherwise_is_refused(sample: Cli, words: list[str]) -> None:
    """A contradiction, a format that is not written, a directory: exit 2, and nothing written."""
    (sample.home / "built").mkdir()
    refused = sample("snapshot", "-o", *words)
    assert refused.code == 2
    assert not (sample.home / words[0]).is_file()


def test_a_service_that_seals_goes_on_to_replace_its_own_file(
    sample: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second seal of a run is written over the first, as was asked for by the first."""
    from ledger.cli import checkpoint

    wrote: list[bytes] = []
    path = sample.home / "latest"

    def twice(seal: Any, _pause: int) -> None:
        for _ in range(2):
            seal()
            wrote.append(path.read_bytes())
            path.write_bytes(b"of an earlier seal")

    monkeypatch.setattr(checkpoint, "_keep_sealing", twice)
    sample.ok("checkpoint", "--every", "1h", "-o", "latest")
    assert wrote[0] == wrote[1]
