"""``regledger``: the commands, and the one place where errors become messages and exit codes.

Importing this module loads typer and nothing heavier: each command imports what it needs when it
runs, so that ``--help`` and completion are quick.
"""

import errno
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from ledger.cli import (
    actor,
    calendar,
    check_proof,
    checkpoint,
    correct,
    db,
    define,
    demo,
    diff,
    dispute,
    doctor,
    evidence,
    history,
    init,
    key,
    log,
    output,
    policy,
    prove,
    publish,
    record,
    retract,
    review,
    serve,
    show,
    snapshot,
    status,
    timestamp,
    trust,
    tui,
    verify,
    version,
    why,
    witness,
)
from ledger.cli import help as help_
from ledger.cli.exit_codes import ExitCode
from ledger.cli.options import flag, option
from ledger.cli.session import Session
from ledger.errors import InputError, NotCompleted, RegledgerError

PROGRAM = "regledger"
_DEBUG = "REGLEDGER_DEBUG"
_COMPLETE = "_REGLEDGER_COMPLETE"  # what typer's scripts set
_INSTALL = "`regledger --install-completion` sets it up"
_INTERRUPTED = 130  # what typer makes of Ctrl-C
# Options that may stand anywhere on the line; True: they take a value.
_GLOBAL = {
    "--db": True,
    "--as": True,
    "--passphrase-fd": True,
    "--accept-clock": False,
    "--no-color": False,
}

app = typer.Typer(
    name=PROGRAM,
    help="The regulatory status of an activity, rebuilt from a signed, hash-chained log of claims.",
    epilog="Exit codes: 0 done or verified; 1 not verified; 2 usage or bad input; 3 not completed;"
    " 4 refused; 10 changes, with --exit-code. Start with `regledger demo` or `regledger init`."
    " The options above may stand anywhere on the line.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
# In the order in which `--help` lists them.
for _command in (
    *(init.init, demo.demo, version.version),
    *(status.status, why.why, history.history, show.show, diff.diff, snapshot.snapshot),
    *(calendar.calendar, record.record, define.define, correct.correct, retract.retract),
    *(dispute.dispute, verify.verify, trust.trust, checkpoint.checkpoint, publish.publish),
    *(prove.prove, check_proof.check_proof, doctor.doctor, help_.help_, tui.tui, serve.serve),
):
    app.command(_command.__name__.strip("_").replace("_", "-"))(_command)
for _group in (review, key, actor, policy, log, evidence, timestamp, witness, db):
    app.add_typer(_group.app, name=_group.__name__.rpartition(".")[2])


def _version(wanted: bool) -> None:  # noqa: FBT001  # called by typer
    if wanted:
        version.version()
        raise typer.Exit


@app.callback()
def regledger(
    ctx: typer.Context,
    *,
    db: Annotated[
        str | None,
        option(
            "--db",
            "URL",
            "The ledger: an SQLite file or a database URL. Else REGLEDGER_DB, `db` in"
            " ./regledger.toml, or the user's data directory.",
        ),
    ] = None,
    actor: Annotated[
        str | None, option("--as", "ACTOR", "Who signs. Else REGLEDGER_ACTOR.")
    ] = None,
    passphrase_fd: Annotated[
        int | None,
        option(
            "--passphrase-fd",
            "N",
            "Read the passphrase from this file descriptor. Else REGLEDGER_PASSPHRASE, or it"
            " is asked for.",
        ),
    ] = None,
    accept_clock: Annotated[
        bool,
        flag(
            "--accept-clock",
            "This machine's clock is right, though far ahead of the log's last entry.",
        ),
    ] = False,
    no_color: Annotated[bool, flag("--no-color", "No colour, also with NO_COLOR set.")] = False,
    version: Annotated[
        bool, flag("--version", "Print what `version` prints.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """The regulatory status of an activity, rebuilt from a signed, hash-chained log of claims."""
    del no_color, version  # settled before: the one for usage errors too, the other ends the run
    ctx.obj = Session(db=db, actor=actor, passphrase_fd=passphrase_fd, accept_clock=accept_clock)


def run() -> NoReturn:
    """Entry point of the program."""
    sys.exit(main(sys.argv[1:]))


def run_tui() -> NoReturn:
    """Entry point of ``regledger-tui``: the same as ``regledger tui``."""
    sys.exit(main(["tui", *sys.argv[1:]]))


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; it raises nothing and prints no trace."""
    line = hoist(arguments)
    given = line[: line.index("--")] if "--" in line else line
    output.configure(color="--no-color" not in given, json_errors="--json" in given)
    try:
        with output.guarding():
            code = _call(line or ["--help"])
            output.flush()
    except RegledgerError as error:
        code = output.failure(error)
    except KeyboardInterrupt:
        code = _interrupted()
    except Exception as error:  # noqa: BLE001  # the last resort: a person never sees a trace
        code = _unforeseen(error, line)
    output.tell_unread()
    return int(code)


def _call(line: list[str]) -> int:
    command = typer.main.get_command(app)
    try:
        code = command.main(args=line, prog_name=PROGRAM, standalone_mode=False)
    except typer.TyperException as error:
        path = getattr(getattr(error, "ctx", None), "command_path", PROGRAM)
        message = " ".join(error.format_message().split())
        hint = f"see `{path} --help`"
        output.trouble("usage", message, hint=hint, code=ExitCode.USAGE)
        return ExitCode.USAGE
    except typer.Abort:
        return _interrupted()
    except (KeyError, ValueError):
        if not os.environ.get(_COMPLETE):
            raise
        raise InputError("the shell does not say what to complete", hint=_INSTALL) from None
    except SystemExit as left:  # how typer ends a completion
        return ExitCode.USAGE if left.code else ExitCode.OK
    if code == _INTERRUPTED:
        return _interrupted()
    return code if isinstance(code, int) else ExitCode.OK


def _interrupted() -> ExitCode:
    code = ExitCode.NOT_COMPLETED
    output.trouble("interrupted", "interrupted; nothing is half written", hint="", code=code)
    return code


def _unforeseen(error: Exception, line: Sequence[str]) -> ExitCode:
    """Report an exception that no command caught: a slip of the user, the machine, or a fault."""
    if isinstance(error, OSError) and error.filename is not None:
        message = f"{os.fsdecode(error.filename)}: {error.strerror}"
        slip = error.errno in {errno.ENAMETOOLONG, errno.ELOOP}
        return output.failure(InputError(message) if slip else NotCompleted(message))
    if isinstance(error, UnicodeEncodeError):
        for word in line:
            if any("\udc80" <= character <= "\udcff" for character in word):  # PEP 383
                return output.failure(InputError(f"{word!r} is not UTF-8"))
    return _unexpected(error)


def _unexpected(error: Exception) -> ExitCode:
    if os.environ.get(_DEBUG):
        for row in traceback.format_exception(error):
            for one in row.rstrip("\n").split("\n"):
                output.note(one)
    code = ExitCode.NOT_COMPLETED
    output.trouble(
        "internal",
        f"something unexpected went wrong ({type(error).__name__}): this is a fault of regledger",
        hint=f"please report it; with {_DEBUG}=1 the same command shows where it happened",
        code=code,
    )
    return code


def hoist(arguments: Sequence[str]) -> list[str]:
    """Move the options that every command knows to the front, from wherever they stand.

    >>> hoist(["status", "-j", "PK", "--db", "demo.db"])
    ['--db', 'demo.db', 'status', '-j', 'PK']
    """
    front: list[str] = []
    rest: list[str] = []
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            rest += [word, *waiting]
            break
        name, given, _ = word.partition("=")
        if name not in _GLOBAL:
            rest.append(word)
            continue
        front.append(word)
        if _GLOBAL[name] and not given and waiting:
            front.append(waiting.pop(0))
    return front + rest
