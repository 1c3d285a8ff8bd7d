"""The command line in this process, in a home of its own, and one built sample for all tests."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TextIO
from unittest import mock

import pytest
import typer

from ledger.cli.main import main, program

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "correct horse"
# Building it is most of the time of a short command.
_PROGRAM, _COMMAND = cache(program), cache(typer.main.get_command)
REPORTS = '[{url: "https://example.org/a", publisher: Gazette, title: Notice}]'


@dataclass(frozen=True)
class Result:
    """What a command printed, and what it ended with."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Stdout as JSON."""
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        """Stderr as JSON."""
        return json.loads(self.err)


class Cli:
    """Runs commands in one home directory, which is also the working directory."""

    def __init__(self, home: Path, **env: str) -> None:
        self.home = home
        self.env = {
            "HOME": str(home),
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_DATA_HOME": str(home / "data"),
            "PATH": os.environ["PATH"],
            "REGLEDGER_PASSPHRASE": PASSPHRASE,
            **env,
        }

    def __call__(
        self,
        *words: str,
        stdin: str = "",
        env: dict[str, str | None] | None = None,
        stdout: TextIO | None = None,
    ) -> Result:
        """Run one command; ``env`` adds variables, or takes them away where None.

        With ``stdout`` the results go there, and not into the result.
        """
        changed = {**self.env, **(env or {})}
        plain = {name: value for name, value in changed.items() if value is not None}
        out, err = _stream(), _stream()
        before = Path.cwd()
        os.chdir(self.home)
        try:
            with (
                mock.patch.dict(os.environ, plain, clear=True),
                mock.patch("ledger.cli.main.program", _PROGRAM),
                mock.patch("typer.main.get_command", _COMMAND),
                mock.patch.object(sys, "stdin", _stream(stdin.encode())),
                redirect_stdout(stdout or out),
                redirect_stderr(err),
            ):
                code = main(words)
        finally:
            os.chdir(before)
        return Result(code, _text(out), _text(err))

    def ok(self, *words: str, stdin: str = "", env: dict[str, str | None] | None = None) -> Result:
        """Run a command that must end with 0."""
        result = self(*words, stdin=stdin, env=env)
        assert result.code == 0, result.err
        return result

    def file(self, name: str, content: str) -> str:
        """Write a file into the home; return its name."""
        (self.home / name).write_text(content, "utf-8")
        return name


def shell(cli: Cli, line: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in which $R is the program, as a process of its own."""
    env = {**cli.env, "R": f"{sys.executable} -m ledger", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=cli.home,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def _stream(content: bytes = b"") -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """The home of the sample and what `demo` printed. Not to be changed: see ``sample``."""
    home = tmp_path_factory.mktemp("built")
    result = Cli(home)("demo")
    assert result.code == 0, result.err
    return home, result


@pytest.fixture(scope="session")
def demo(built: tuple[Path, Result]) -> Cli:
    """Commands that read the sample."""
    return Cli(built[0], REGLEDGER_DB="demo.db", REGLEDGER_PASSPHRASE="demo")


@pytest.fixture
def sample(built: tuple[Path, Result], tmp_path: Path) -> Cli:
    """Commands on a copy of the sample, for tests that change it."""
    home = tmp_path / "home"
    shutil.copytree(built[0], home)
    return Cli(home, REGLEDGER_DB="demo.db", REGLEDGER_PASSPHRASE="demo")


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Commands in an empty home."""
    return Cli(tmp_path)


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a ledger under four eyes: ana admin, sana recorder, omar reviewer."""
    run = Cli(tmp_path_factory.mktemp("started"))
    run.ok("init", "example.com/log", "--as", "ana", "--timezone", "Asia/Karachi")
    for slug, role in (("sana", "recorder"), ("omar", "reviewer")):
        run.ok("key", "new", slug)
        request = run.ok("key", "request", slug).out
        run.ok("actor", "enroll", "-", "--role", role, "--as", "ana", stdin=request)
    return run.home


@pytest.fixture
def office(started: Path, tmp_path: Path) -> Cli:
    """A copy of that ledger."""
    home = tmp_path / "office"
    shutil.copytree(started, home)
    return Cli(home)
