"""Errors, exit codes, options that may stand anywhere, start-up."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from ledger.cli import exit_codes, main
from ledger.cli.exit_codes import ExitCode
from ledger.cli.main import run_tui
from ledger.errors import (
    BadClaimsFile,
    BadKey,
    BrokenChain,
    Conflict,
    InputError,
    NoLedger,
    NotVerified,
    RegledgerError,
    RuleViolation,
    StoreBusy,
)

if TYPE_CHECKING:
    from tests.cli.conftest import Cli


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("x"), 2),
        (BadClaimsFile([]), 2),
        (BadKey("x"), 2),
        (NotVerified("x"), 1),
        (BrokenChain(3, "prev", "a", "b"), 1),
        (RuleViolation("own_event", "x"), 4),
        (Conflict("x"), 4),
        (NoLedger("x"), 3),
        (StoreBusy(1), 3),
        (RegledgerError("x"), 3),
    ],
)
def test_every_branch_of_the_error_tree_has_its_exit_code(error: RegledgerError, code: int) -> None:
    """Input ends with 2, evidence with 1, refusals with 4, everything absent with 3."""
    assert exit_codes.of(error) == code


def test_the_table_of_exit_codes_is_the_documented_one() -> None:
    """The numbers never change: scripts rely on them."""
    assert {code.name: int(code) for code in ExitCode} == {
        "OK": 0,
        "NOT_VERIFIED": 1,
        "USAGE": 2,
        "NOT_COMPLETED": 3,
        "REFUSED": 4,
        "CHANGES": 10,
    }


@pytest.mark.parametrize(
    ("given", "hoisted"),
    [
        (["status"], ["status"]),
        (["status", "--db", "a.db", "-j", "PK"], ["--db", "a.db", "status", "-j", "PK"]),
        (["record", "f", "--as=x"], ["--as=x", "record", "f"]),
        (["status", "--as-of", "2025-01-01"], ["status", "--as-of", "2025-01-01"]),
        (["log", "--no-color", "export"], ["--no-color", "log", "export"]),
        (["history", "--", "--db", "x"], ["history", "--", "--db", "x"]),
        (["status", "--db"], ["--db", "status"]),
    ],
)
def test_options_of_the_program_may_stand_anywhere(given: list[str], hoisted: list[str]) -> None:
    """They are moved to the front, up to a bare double dash."""
    assert main.hoist(given) == hoisted


def test_the_option_and_the_command_give_the_same_version(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--version` is what everybody types first, of either program; it needs no ledger."""
    assert cli.ok("--version").out == cli.ok("version").out
    monkeypatch.setattr("sys.argv", ["regledger-tui", "--version"])
    monkeypatch.setattr("gc.freeze", lambda: None)
    monkeypatch.setattr("gc.set_threshold", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        run_tui()
    assert ended.value.code == ExitCode.OK
    assert capsys.readouterr().out == cli.ok("version").out


@pytest.mark.parametrize(
    "words",
    [
        ["frobnicate"],
        ["status", "--bogus"],
        ["status", "--view", "other"],
        ["review"],
        ["review", "approve"],
        ["diff", "2025-01-01"],
        ["--passphrase-fd", "x", "status"],
        ["status", "--db"],
        ["history", "-n", "0"],
    ],
)
def test_usage_errors_end_with_2_and_say_where_help_is(cli: Cli, words: list[str]) -> None:
    """Wrong words on the line print `error:` and `hint:` to stderr, nothing to stdout."""
    result = cli(*words)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: ")
    assert "hint: see `regledger" in result.err
    assert "Traceback" not in result.err


def test_usage_errors_are_json_too(cli: Cli) -> None:
    """With --json even a usage error is one JSON object on stderr."""
    error = cli("status", "--json", "--bogus").error
    assert error["schema"] == "regledger/error/v1"
    assert (error["error"], error["exit_code"]) == ("usage", 2)


def test_help_without_a_command(cli: Cli) -> None:
    """The program alone prints its help and ends with 0."""
    assert cli().out == cli("--help").out
    assert cli().code == 0
    assert "verify" in cli().out


def test_an_unexpected_error_shows_no_trace(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours is a short message and exit 3; the trace is shown on request only."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret \x1b[31m")

    monkeypatch.setattr("ledger.cli.version.versions", broken)
    result = cli("version")
    assert result.code == 3
    assert "ZeroDivisionError" in result.err
    assert "Traceback" not in result.err
    assert "secret" not in result.err
    shown = cli("version", env={"REGLEDGER_DEBUG": "1"})
    assert "Traceback" in shown.err
    assert "secret \\x1b[31m" in shown.err


def test_an_interrupted_command_ends_with_3(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is said in a line."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ledger.cli.version.versions", interrupted)
    result = cli("version")
    assert result.code == 3
    assert result.err.startswith("error: interrupted")


def _python(code: str, cli: Cli, *, stdout: int = subprocess.PIPE) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        env={**cli.env, "PYTHONPATH": ":".join(sys.path)},
        cwd=cli.home,
    )


def test_help_loads_nothing_heavy(cli: Cli) -> None:
    """`--help` imports no database, no terminal, no crypto (typer itself may load pydantic)."""
    heavy = ("sqlalchemy", "alembic", "textual", "cryptography", "rich", "orjson")
    words = ("reason_codes", "resolve", "resolve.status_values")  # literals that options list
    light = ["ledger.domain", *(f"ledger.domain.{word}" for word in words)]
    code = (
        "import sys\nfrom ledger.cli.main import main\n"
        "assert main(['--help']) == 0\nassert main(['status', '--help']) == 0\n"
        "domain = {m for m in sys.modules if m.startswith('ledger.domain')}\n"
        f"print('HEAVY', [*(domain - set({light!r})), *({{*{heavy!r}}} & set(sys.modules))])"
    )
    out, err = _python(code, cli).communicate(timeout=60)
    assert "HEAVY []" in out, out[-200:] + err


_WRITERS = (
    *("ledger.api.append", "ledger.api.recorder", "ledger.domain.rules", "ledger.log.keys"),
    *("ledger.verify.verify", "ledger.checkpoints", "ledger.proofs", "ledger.evidence"),
    *("ledger.intake", "alembic", "cryptography", "rich", "textual"),
)
_MODELS = ("ledger.domain.claims", "ledger.domain.resolve.resolve", "ledger.projections.status")


@pytest.mark.parametrize(
    ("line", "without"),
    [
        (["status"], _WRITERS),
        (["status", "-j", "PK", "-a", "va.exchange"], _WRITERS),
        (["why", "PK", "va.exchange", "--json"], _WRITERS),
        (["history", "-n", "20"], (*_WRITERS, *_MODELS)),
    ],
)
def test_a_question_loads_what_answers_it(
    demo: Cli, line: list[str], without: tuple[str, ...]
) -> None:
    """A question loads no writer, no verifier and no other command; the history not even models."""
    code = (
        f"import sys\nfrom ledger.cli.main import main\nassert main({line!r}) == 0\n"
        f"print('LOADED', sorted({{*{without!r}, 'ledger.cli.record'}} & set(sys.modules)))"
    )
    out, err = _python(code, demo).communicate(timeout=60)
    assert "LOADED []" in out, out[-200:] + err


@pytest.mark.parametrize(
    ("line", "blocks", "most"),
    [
        # two of them for the dispute of a claim that bears on it
        (["status", "-j", "PK", "-a", "va.exchange"], 3, 26),
        (["why", "PK", "va.exchange"], 3, 26),
        (["status"], 4, 24),
        (["history", "-n", "20"], 5, 9),  # two of them for what its reviews decided
    ],
)
def test_a_question_asks_the_database_little(
    demo: Cli, line: list[str], blocks: int, most: int
) -> None:
    """A question opens one connection, checks the schema once, and reads in few transactions."""
    seen: list[str] = []
    opened: list[object] = []

    def connected(connection: Any, _record: object) -> None:
        opened.append(connection)
        connection.set_trace_callback(seen.append)

    sa.event.listen(sa.Engine, "connect", connected)
    try:
        demo.ok(*line)
    finally:
        sa.event.remove(sa.Engine, "connect", connected)
    assert len(opened) == 1
    assert sum("alembic_version" in one and "SELECT" in one for one in seen) == 1
    assert seen.count("BEGIN") <= blocks
    assert len([one for one in seen if one.startswith("SELECT") and "sqlite_" not in one]) <= most


def test_a_reader_that_leaves_is_no_error(demo: Cli) -> None:
    """`regledger history | head -1` prints no complaint and does not fail."""
    code = "import sys\nfrom ledger.cli.main import main\nsys.exit(main(['log', '--json']))"
    process = _python(code, demo)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(timeout=60) == 0


def test_a_full_disk_is_an_error(demo: Cli) -> None:
    """Output that cannot be written ends with 3 and says so."""
    code = "import sys\nfrom ledger.cli.main import main\nsys.exit(main(['log', 'export']))"
    with open("/dev/full", "wb") as full:  # noqa: PTH123  # a device
        process = _python(code, demo, stdout=full.fileno())
        _, err = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "No space left" in err
    assert "Traceback" not in err


def test_python_dash_m_is_the_program(cli: Cli) -> None:
    """`python -m ledger` does what `regledger` does."""
    done = subprocess.run(
        [sys.executable, "-m", "ledger", "version"],
        capture_output=True,
        text=True,
        env={**cli.env, "PYTHONPATH": ":".join(sys.path)},
        cwd=cli.home,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("regledger ")
