"""``regledger``: the commands, and the one place where errors become messages and exit codes.

Importing this module loads typer and nothing heavier. The command that a line names is imported
alone, and imports what it needs when it runs, so that ``--help`` and completion are quick.
"""

import errno
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Annotated, NoReturn

import typer

from ledger.cli import output
from ledger.cli.exit_codes import ExitCode
from ledger.cli.options import flag, option
from ledger.cli.session import Session
from ledger.errors import InputError, NotCompleted, RegledgerError

PROGRAM = "regledger"
_DEBUG = "REGLEDGER_DEBUG"
_COMPLETE = "_REGLEDGER_COMPLETE"  # what typer's scripts set
_INSTALL = "`regledger --install-completion` sets it up"
_YOUNG = 100_000  # objects made between two looks of the garbage collector
_INTERRUPTED = 130  # what typer makes of Ctrl-C
# Options that may stand anywhere on the line; True: they take a value.
_GLOBAL = {
    "--db": True,
    "--as": True,
    "--passphrase-fd": True,
    "--accept-clock": False,
    "--no-color": False,
}

# In the order in which `--help` lists them; each stands in the module of its name.
_COMMANDS = (
    *("init", "demo", "version", "status", "why", "history", "show", "diff", "snapshot"),
    *("calendar", "record", "define", "correct", "retract", "dispute", "verify", "trust"),
    *("checkpoint", "publish", "prove", "check-proof", "doctor", "list", "help", "tui", "serve"),
)
_GROUPS = ("review", "key", "actor", "policy", "log", "evidence", "timestamp", "witness", "db")


def program(named: str | None = None) -> typer.Typer:
    """Return the program with the named command alone, by default with every command.

    To import every command takes longer than most of them run.
    """
    app = typer.Typer(
        name=PROGRAM,
        help="The regulatory status of an activity, rebuilt from a signed, hash-chained log of"
        " claims.",
        epilog="Exit codes: 0 done or verified; 1 not verified; 2 usage or bad input; 3 not"
        " completed; 4 refused; 10 changes, with --exit-code. Start with `regledger demo` or"
        " `regledger init`. The options above may stand anywhere on the line.",
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(regledger)
    for name in _COMMANDS if named is None else {named}.intersection(_COMMANDS):
        module, function = _module(name), name.replace("-", "_")
        app.command(name)(getattr(module, function, None) or getattr(module, f"{function}_"))
    for name in _GROUPS if named is None else {named}.intersection(_GROUPS):
        app.add_typer(_module(name).app, name=name)
    return app


def _module(command: str) -> ModuleType:
    return importlib.import_module(f"ledger.cli.{command.replace('-', '_')}")


def _command_of(line: Sequence[str]) -> str | None:
    """Return the command that stands first on a line, after the options that go before it."""
    words = iter(line)
    for word in words:
        option_name, given, _ = word.partition("=")
        if option_name not in _GLOBAL:
            return word if word in {*_COMMANDS, *_GROUPS} else None
        if _GLOBAL[option_name] and not given:
            next(words, None)
    return None


def _version(wanted: bool) -> None:  # noqa: FBT001  # called by typer
    if wanted:
        from ledger.cli.version import version

        version()
        raise typer.Exit


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
    _run(sys.argv[1:])


def run_tui() -> NoReturn:
    """Entry point of ``regledger-tui``: ``regledger tui``, and ``--version`` as any program has."""
    words = sys.argv[1:]
    _run(words if words == ["--version"] else ["tui", *words])


def _run(arguments: Sequence[str]) -> NoReturn:
    # What is imported stays: looking through it again and again is a quarter of a short run.
    gc.set_threshold(_YOUNG, 20, 20)
    # Nor does any other program's plugin look into the models: each installed package is asked.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    code = main(arguments)
    gc.freeze()  # nor is there anything to gain from it at the end
    sys.exit(code)


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
    completing = bool(os.environ.get(_COMPLETE))
    command = typer.main.get_command(program(None if completing else _command_of(line)))
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
        if not completing:
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
        import traceback

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
