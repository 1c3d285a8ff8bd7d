"""How many times a signed git commit is one recorded claim?"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from benchmarks.bench import ACTOR, Bench
from benchmarks.journals import in_words, journals
from benchmarks.measure import Goal, Line, rates
from benchmarks.synthetic import Claims, validated

_EACH = 10  # claims, and commits, in one round
_GOALS = {"wal": 15, "delete": 8}


class _Repository:
    """An empty repository whose commits are signed with an ssh key; asks no configuration."""

    def __init__(self, folder: Path, *, synced: bool) -> None:
        """``synced``: git syncs each object and reference to disk, which it does not by default."""
        folder.mkdir()
        self._folder = folder
        key = folder / "key"
        self._run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key))
        self._run("git", "init", "-q")
        for name, value in (
            ("user.name", "bench"),
            ("user.email", "bench@example.org"),
            ("gpg.format", "ssh"),
            ("user.signingkey", str(key)),
            ("gc.auto", "0"),
            *([("core.fsync", "all"), ("core.fsyncMethod", "fsync")] if synced else []),
        ):
            self._run("git", "config", name, value)

    def record(self, value: dict[str, Any]) -> None:
        """Commit the claim as the message of an empty commit: the least git can do."""
        message = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        self._run("git", "commit", "-q", "-S", "--allow-empty", "-F", "-", given=message)

    def _run(self, *command: str, given: bytes = b"") -> None:
        nobody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        subprocess.run(
            command,
            cwd=self._folder,
            input=given,
            env={**os.environ, **nobody},
            capture_output=True,
            check=True,
        )


def ask(bench: Bench) -> Iterator[Line]:
    """Record a claim and commit the same claim, in turn, in each journal mode."""
    missing = [name for name in ("git", "ssh-keygen") if shutil.which(name) is None]
    if missing:
        bench.say(f"no line about git: there is no {' and no '.join(missing)} here")
        return
    for journal in journals():
        yield _in_mode(bench, journal, synced=False)
        yield _in_mode(bench, journal, synced=True)


def _in_mode(bench: Bench, journal: str, *, synced: bool) -> Line:
    claims, same = Claims(bench.seed), Claims(bench.seed)
    name = f"git.{journal}.synced" if synced else f"git.{journal}"
    repository = _Repository(bench.folder / name, synced=synced)
    book, signer = bench.empty(f"{name}.db", journal=journal)
    with book:
        book.projections.defer()
        book.record(claims.take(100), signer, actor=ACTOR)

        def ours() -> None:
            for value in claims.values(_EACH):
                book.record(validated([value]), signer, actor=ACTOR)

        def commits() -> None:
            for value in same.values(_EACH):
                repository.record(value)

        pair = bench.interleaved(ours, commits)
    return Line(
        f"record one claim against {'synced ' * synced}git commit -S, {in_words(journal)}",
        "/s",
        rates(_EACH, pair.ours),
        rates(_EACH, pair.floor),
        by="wall",
        goal=None if synced else Goal(">=", _GOALS[journal]),
        note="ssh key, empty commits with the claim as message; "
        + ("git syncs each file, no directory" if synced else "git syncs no loose object"),
    )
