"""Where things are, on odd machines: file names, homes, directories, modes, numbers, passwords."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import typer

from ledger import files
from ledger.cli.exit_codes import ExitCode
from ledger.cli.main import program
from ledger.cli.session import Session
from ledger.cli.tui import launch_for
from tests.cli.conftest import REPORTS, Cli, shell
from tests.examples import seldom

SECRET = "geheim77x"
CHOICES = {"--reason": "other", "--role": "recorder"}
NOT_UTF8 = os.fsdecode(b"\xff\xfe")
VALUES = ("g" * 300, NOT_UTF8, "9" * 23)
NORM = (
    "- {kind: norm, jurisdiction: PK, activity: va.deal, force: primary, effect: prohibit,"
    " made: 2018-01-01, statement: x, key: n, effective_from: 2018-04-06,"
    f" effective_to: 9999-12-31, reports: {REPORTS}}}\n"
)


def commands() -> Iterator[tuple[list[str], Any]]:
    """Every command that ends by itself, as words and as typer's object."""
    waiting: list[tuple[list[str], Any]] = [([], typer.main.get_command(program()))]
    while waiting:
        words, command = waiting.pop()
        inner = getattr(command, "commands", {})
        waiting += [([*words, name], one) for name, one in inner.items()]
        if not inner and words[-1] not in {"serve", "tui"}:
            yield words, command


COMMANDS = sorted(commands(), key=lambda one: one[0])


def filled(command: Any, value: str) -> list[str]:
    """What a command must be given, at its least."""
    words: list[str] = []
    for one in command.params:
        if one.required:
            given = CHOICES.get(one.opts[0], value)
            words += [one.opts[0], given] if one.opts[0].startswith("-") else [given]
    return words


@contextmanager
def umask(mask: int) -> Iterator[None]:
    """Run a block under a umask."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def mode(path: Path) -> int:
    """The permissions of a file or directory."""
    return stat.S_IMODE(path.stat().st_mode)


# --- the ledger ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["q?1/l.db", "x%20y.db", "100%25#.db", "a://b.db", NOT_UTF8])
def test_a_path_names_that_very_file(cli: Cli, name: str) -> None:
    """Nothing in a path is syntax of a URL, and `doctor` prints the file in use."""
    path = cli.home / name
    path.parent.mkdir(exist_ok=True)
    cli.ok("init", "example.com/p", "--db", str(path), "--as", "ana", "--review", "none")
    assert path.is_file()
    findings = cli.ok("doctor", "--json", "--db", str(path)).json["findings"]
    assert any(one["found"].startswith(f"{path} (from --db)") for one in findings)


def test_a_ledger_opened_to_be_read_is_only_read(alone: Cli) -> None:
    """With mode=ro everything can be asked, and nothing is recorded, with the reason."""
    url = f"sqlite:///{alone.home}/a.db?mode=ro"
    before = (alone.home / "a.db").read_bytes()
    for words in (["status"], ["history"], ["diff", "2018-01-01", "2019-01-01"], ["doctor"]):
        alone.ok(*words, "--db", url)
    refused = alone("retract", "n", "--reason", "other", "--db", url)
    assert refused.code == ExitCode.NOT_COMPLETED
    assert "can only be read here, and nothing was recorded" in refused.err
    assert (alone.home / "a.db").read_bytes() == before
    alone.ok("retract", "n", "--reason", "other", "--db", url.replace("=ro", "=rw"))


@pytest.mark.parametrize("option", ["--db", "--as"])
def test_an_empty_option_is_refused(cli: Cli, option: str) -> None:
    """A variable that was not set must not choose another ledger or another actor."""
    result = cli("status", option, "")
    assert (result.code, result.err.splitlines()[0]) == (2, f"error: {option} is empty")


# --- homes and directories -----------------------------------------------------------------------


def test_a_user_without_a_home_needs_no_more_than_db(
    alone: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading works; what needs a directory says which variable names it, and ends with 3."""

    def nobody(_uid: int) -> None:
        raise KeyError("no such user")

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    bare: dict[str, str | None] = dict.fromkeys(("HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"))
    assert "prohibited" in alone.ok("status", "--as-of", "2019-01-01", env=bare).out
    for words in (["key", "list"], ["doctor"], ["verify"], ["trust", "0" * 64]):
        result = alone(*words, env=bare)
        assert result.code == ExitCode.NOT_COMPLETED, words
        assert "this user has no home directory" in result.err + result.out
    unset = alone("status", env={**bare, "REGLEDGER_DB": None})
    assert "set HOME or XDG_DATA_HOME" in unset.err
    assert alone("status", "--db", "~nobody9/a.db").code == ExitCode.USAGE
    assert not (alone.home / "~").exists()


def test_a_working_directory_that_is_gone(alone: Cli) -> None:
    """An absolute path still names the ledger; a relative one is refused with the reason."""
    done = shell(
        alone,
        "mkdir gone; cd gone; rmdir ../gone; $R status >/dev/null; echo $?;"
        " $R status --db a.db; echo $?",
    )
    assert done.stdout == "0\n3\n"
    assert "the working directory is gone" in done.stderr


def test_private_directories_stay_private_and_public_ones_public(alone: Cli) -> None:
    """Whatever the umask: 0700 above keys and memories, 0755 and 0644 for a web server."""
    with umask(0):
        alone.ok("trust", "0" * 64, env={"XDG_STATE_HOME": str(alone.home / "s" / "t")})
        alone.ok("key", "new", "omar", env={"REGLEDGER_KEYS": str(alone.home / "k" / "l")})
    for name in ("s", "s/t", "s/t/regledger", "s/t/regledger/known", "k", "k/l"):
        assert mode(alone.home / name) == files.PRIVATE, name
    with umask(0o077):
        alone.ok("publish", str(alone.home / "w" / "pub"))
    published = [alone.home / "w", *(alone.home / "w").rglob("*")]
    assert {mode(path) for path in published if path.is_dir()} == {files.PUBLIC}
    assert {mode(path) for path in published if path.is_file()} == {0o644}
    (alone.home / "w" / "pub").chmod(0o700)
    assert "a web server cannot read" in alone.ok("publish", str(alone.home / "w" / "pub")).err


# --- every command -------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [0, *seldom(1, 2, 3, 4)])
def test_no_argument_is_a_fault_of_the_program(alone: Cli, part: int) -> None:
    """Names that are too long, bytes that are no UTF-8, numbers without end: in every place."""
    lines = [[*words, *filled(one, value)] for words, one in COMMANDS for value in VALUES]
    options = [
        [*words, *filled(command, "n"), one.opts[0]]
        for words, command in COMMANDS
        for one in command.params
        if one.opts[0].startswith("-") and not one.is_flag
    ]
    lines += [[*line, VALUES[number % len(VALUES)]] for number, line in enumerate(options)]
    for line in lines[part::5]:
        assert "unexpected went wrong" not in alone(*line).err, line


@pytest.mark.parametrize(
    "words", [("history", "-n"), ("calendar", "--stale-after"), ("log", "--after")]
)
def test_a_number_of_23_digits_is_refused(alone: Cli, words: tuple[str, ...]) -> None:
    """No number is taken that the database cannot hold, and the option is named."""
    result = alone(*words, "9" * 23)
    assert result.code == ExitCode.USAGE
    assert words[1] in result.err


def test_a_database_whose_name_is_too_long(alone: Cli) -> None:
    """It cannot be there, and it cannot be made."""
    for words in (["status"], ["verify"], ["doctor"], ["init", "example.com/q"]):
        result = alone(*words, "--db", "g" * 300)
        assert result.code in {ExitCode.USAGE, ExitCode.NOT_COMPLETED}
        assert "ile name too long" in result.err + result.out


@pytest.mark.parametrize(
    ("url", "option"),
    [
        (f"postgresql://u:{SECRET}@127.0.0.1:9/x", ()),
        (f"postgres://u@127.0.0.1:9/x?password={SECRET}", ("--json",)),
    ],
)
def test_no_command_shows_the_password_of_a_database(
    cli: Cli, url: str, option: tuple[str, ...]
) -> None:
    """Neither on a stream nor in a file that it leaves, with --json and in the terminal too."""
    cli.env |= {"REGLEDGER_DB": url, "REGLEDGER_ACTOR": "ana"}
    for words, command in COMMANDS:
        result = cli(*words, *filled(command, "n"), *option)
        assert SECRET not in result.out + result.err, words
    for file in cli.home.rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes(), file
    launch = launch_for(Session(db=url))
    assert SECRET not in launch.name + " ".join(launch.command)


def test_a_missing_driver_names_the_extra(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is nothing to report: the extra that brings the driver is named."""
    import sys

    monkeypatch.setitem(sys.modules, "psycopg", None)
    for words in (["status"], ["init", "example.com/x", "--as", "ana"], ["doctor"]):
        result = cli(*words, "--db", "postgresql://u@127.0.0.1:9/x")
        assert result.code in {ExitCode.USAGE, ExitCode.NOT_COMPLETED}
        assert "regledger[postgresql]" in result.out + result.err
        assert "report" not in result.err


# --- the ends of the calendar --------------------------------------------------------------------


def test_the_calendar_ends_without_a_fault(alone: Cli) -> None:
    """After 9999-12-31 there is no day, and before 0001-01-01 none: nothing changes there."""
    found = alone.ok("diff", "2017-01-01", "2019-01-01", "--json").json
    assert len(found["changes"]) == 1
    whole = alone.ok("diff", "0001-01-01", "9999-12-31", "--json").json
    assert [one["day"] for one in whole["changes"][0]["crossed"]] == ["2018-04-06"]
    for day in ("0001-01-01", "9999-12-31"):
        alone.ok("status", "--as-of", day, "--known-at", "9999-12-31")
        alone.ok("why", "PK", "va.deal", "--as-of", day)
        alone.ok("calendar", "--from", day)
        alone.ok("snapshot", "--as-of", day)
        alone.ok("history", "--before", day)


@pytest.fixture(scope="module")
def alone_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a ledger of one actor with one rule that never ends."""
    run = Cli(tmp_path_factory.mktemp("alone"), REGLEDGER_DB="a.db", REGLEDGER_ACTOR="ana")
    run.ok("init", "example.com/log", "--review", "none")
    run.ok("record", run.file("a.yaml", NORM))
    return run.home


@pytest.fixture
def alone(alone_home: Path, tmp_path: Path) -> Cli:
    """A copy of that ledger."""
    home = Path(shutil.copytree(alone_home, tmp_path / "alone"))
    return Cli(home, REGLEDGER_DB=str(home / "a.db"), REGLEDGER_ACTOR="ana")


@pytest.mark.parametrize(
    "words",
    [
        ("status", "", "va.exchange"),
        ("status", "PK", ""),
        ("status", "-j", ""),
        ("status", "PK", "-a", ""),
        ("why", "PK", ""),
    ],
)
def test_an_empty_place_or_activity_is_refused(demo: Cli, words: tuple[str, ...]) -> None:
    """An unset variable of a shell asks for no board: exit 2, and which of the two it is."""
    refused = demo(*words)
    assert refused.code == 2
    assert refused.out == ""
    assert "is empty" in refused.err
