"""Standard streams that are closed, full or unread: what was done is said all the same."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest

from ledger.cli import output
from ledger.cli.exit_codes import ExitCode
from ledger.errors import NotCompleted
from tests.cli.conftest import REPORTS, Cli, shell

FULL = Path("/dev/full")
NORM = (
    "- {kind: norm, jurisdiction: PK, activity: va.deal, force: primary, effect: prohibit,"
    f" made: 2018-01-01, statement: x, reports: {REPORTS}}}\n"
)


@pytest.fixture
def full() -> Iterator[TextIO]:
    """A stream on a device that has no space left."""
    if not FULL.exists():
        pytest.skip("no /dev/full here")
    stream = FULL.open("w", encoding="utf-8")
    yield stream
    close(stream)


@contextmanager
def unread() -> Iterator[TextIO]:
    """A pipe whose reader has left."""
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w", encoding="utf-8")
    yield stream
    close(stream)


def close(stream: TextIO) -> None:
    """Close a stream that cannot take what it still holds."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
    stream.close()


@pytest.fixture(scope="module")
def alone_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a ledger of one actor, whose claims count at once."""
    run = Cli(tmp_path_factory.mktemp("alone"))
    run.ok("init", "example.com/log", "--review", "none", "--as", "ana", "--db", "a.db")
    run.file("a.yaml", NORM)
    return run.home


@pytest.fixture
def alone(alone_home: Path, tmp_path: Path) -> Cli:
    """A copy of that ledger."""
    home = Path(shutil.copytree(alone_home, tmp_path / "alone"))
    return Cli(home, REGLEDGER_DB="a.db", REGLEDGER_ACTOR="ana")


@pytest.mark.parametrize(
    ("words", "deed"),
    [
        (["record", "a.yaml"], "recorded as @2;"),
        (["record", "a.yaml", "--json"], "recorded as @2;"),
        (["actor", "revoke", "ana", "--role", "reviewer"], "recorded as @2;"),
        (["define", "b.yaml"], "recorded as @2;"),
        (["evidence", "add", "a.yaml"], "kept as "),
        (["key", "new", "omar"], "omar.pem;"),
        (["publish", "pub"], "published 2 entries"),
        (["init", "example.com/two", "--db", "b.db"], "recorded as @0 to @1;"),
        (["witness", "key", "new", "example.com/w"], "made "),
        (["db", "upgrade"], "the database was upgraded"),
        (["status"], None),
        (["--help"], None),
        (["status", "--help"], None),
        (["key", "--help"], None),
    ],
)
def test_what_was_done_is_said_where_the_disk_is_full(
    alone: Cli, full: TextIO, words: list[str], deed: str | None
) -> None:
    """The deed and the reason stand in one error, so that nobody repeats what was done."""
    alone.file("b.yaml", "bodies: [{id: PK.X, name: Board of X, jurisdiction: PK}]\n")
    result = alone(*words, stdout=full)
    assert result.code == ExitCode.NOT_COMPLETED
    assert "the output could not be written: No space left on device" in result.err
    assert "unexpected" not in result.err
    assert (deed or "error: the output") in result.err


def test_what_was_recorded_is_said_where_nobody_reads(alone: Cli) -> None:
    """A reader that left is no failure of the command; a command that only reads says nothing."""
    with unread() as pipe:
        recorded = alone("record", "a.yaml", stdout=pipe)
    assert recorded.code == ExitCode.OK
    assert "recorded as @2; nobody reads the output" in recorded.err
    for words in (["status"], ["--help"], ["key", "--help"]):
        with unread() as pipe:
            result = alone(*words, stdout=pipe)
        assert (result.code, result.err) == (ExitCode.OK, "")


def test_an_error_after_the_append_does_not_hide_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever goes wrong later, the entries are named, in text and in JSON, and only once."""
    for as_json in (False, True):
        output.configure(color=False, json_errors=as_json)
        output.stands("recorded as @7")
        output.failure(NotCompleted("the network went away"))
        assert "recorded as @7; the network went away" in capsys.readouterr().err
        output.failure(NotCompleted("again"))
        assert "@7" not in capsys.readouterr().err
    output.configure(color=True, json_errors=False)


def test_closed_streams_are_no_fault_and_never_say_not_verified(alone: Cli) -> None:
    """With each standard stream closed, commands end as they would with it open."""
    alone.ok("verify")
    done = shell(
        alone,
        "$R record a.yaml >&-; echo $?; $R verify >&- 2>&- <&-; echo $?;"
        " $R record - <&-; echo $?; $R status 2>&-; echo $?",
    )
    codes = [line for line in done.stdout.splitlines() if line.isdecimal()]
    assert codes == ["0", "0", "2", "0"]
    assert "recorded as @2; nobody reads the output" in done.stderr
    assert "unexpected" not in done.stderr
    assert "Traceback" not in done.stderr


def test_what_would_ask_does_not_wait_for_a_closed_stdin(alone: Cli) -> None:
    """Commands that want a passphrase or a terminal say so, and do nothing."""
    done = shell(
        alone,
        "unset REGLEDGER_PASSPHRASE; $R key new bob <&-; echo $?;"
        " $R retract @1 --reason other --as ana <&-; echo $?; $R tui <&-; echo $?",
    )
    assert done.stdout == "2\n2\n2\n"
    assert done.stderr.count("a passphrase is needed, and nobody is here to ask") == 2
    assert "the terminal application needs a terminal" in done.stderr
    assert not list(alone.home.rglob("bob*"))


def test_a_full_stderr_does_not_change_the_exit_code(alone: Cli) -> None:
    """An error that cannot be printed ends with its own exit code, not with the interpreter's."""
    if not FULL.exists():
        pytest.skip("no /dev/full here")
    done = shell(alone, "$R show nothing 2>/dev/full; echo $?")
    assert done.stdout == "2\n"


def test_completion_without_its_variables_is_refused_as_input(cli: Cli) -> None:
    """A completion script of another shell sets other variables: no trace, and a usage error."""
    for instruction in ("complete_bash", "complete_zsh", "complete_fish", "nonsense", "source"):
        result = cli("status", env={"_REGLEDGER_COMPLETE": instruction})
        assert result.code in {ExitCode.OK, ExitCode.USAGE}, (instruction, result.err)
        assert "unexpected" not in result.err
    assert cli("status", env={"_REGLEDGER_COMPLETE": "complete_bash"}).code == ExitCode.USAGE
