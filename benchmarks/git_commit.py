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
from benchmarks.measure import Goal, Line, interleaved
from benchmarks.synthetic import Claims, validated
from ledger.sqlite_driver import sqlite3
from ledger.store.journal_mode import durability

_EACH = 10  # claims, and commits, in one round


class _Repository:
    """An empty repository whose commits are signed with an ssh key; asks no configuration."""

    def __init__(self, folder: Path) -> None:
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
    """Record a claim and commit the same claim, in turn."""
    missing = [name for name in ("git", "ssh-keygen") if shutil.which(name) is None]
    if missing:
        bench.say(f"no line about git: there is no {' and no '.join(missing)} here")
        return
    claims = Claims(bench.seed)
    repository = _Repository(bench.folder / "git")
    book, signer = bench.empty("git.db")
    with book:
        book.projections.defer()
        book.record(claims.take(100), signer, actor=ACTOR)
        ready = iter(claims.values(1000))
        same = iter(Claims(bench.seed).values(1000))

        def ours() -> None:
            for _ in range(_EACH):
                book.record(validated([next(ready)]), signer, actor=ACTOR)

        def raw() -> None:
            for _ in range(_EACH):
                repository.record(next(same))

        pair = interleaved(ours, raw)
    wal = durability(sqlite3.sqlite_version_info).journal == "wal"
    yield Line(
        "record one claim against git commit -S",
        _EACH / pair.ours_s,
        "/s",
        raw=_EACH / pair.raw_s,
        goal=Goal(">=", 15 if wal else 8),
        rounds=pair.rounds,
        note="ssh key, empty commits with the claim as message; git syncs less by default",
    )
