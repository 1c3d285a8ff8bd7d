"""`tui` and `serve`: the terminal application over the ledger of this run, or in a browser."""

from __future__ import annotations

import gc
import os
import shlex
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ledger import database_url
from ledger.cli import output
from ledger.cli.session import key_owners, session_of
from ledger.errors import InputError, Unreachable

if TYPE_CHECKING:
    from ledger.cli.session import Session
    from ledger.cli.settings import Settings
    from ledger.log.keys import Signer
    from ledger.verify.known_ledgers import KnownLedgers
    from tui.app_config import Launch


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command(name="tui")(tui)
    app.command()(serve)


def tui(
    ctx: typer.Context,
    *,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Offer nothing that records or reviews.")
    ] = False,
) -> None:
    """Browse the ledger in the terminal: board, history, diff, review, integrity."""
    served = "TEXTUAL_DRIVER" in os.environ  # a browser is the terminal
    if not served and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputError(
            "the terminal application needs a terminal",
            hint="the same answers: `regledger status`, `history`, `diff`, `verify`",
        )
    gc.disable()  # what is imported stays; looking through it costs 20 ms of the first paint
    from tui.app import run

    run(launch_for(session_of(ctx), read_only=read_only))


def serve(
    ctx: typer.Context,
    *,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Where to listen.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, metavar="N")] = 8000,
    allow_signing: Annotated[
        bool,
        typer.Option(
            "--allow-signing", help="Let whoever opens the page record and review, with your keys."
        ),
    ] = False,
) -> None:
    """Show the same application in a browser, on this machine. There is no login."""
    try:
        from tui.serve import LoopbackServer, bracketed, is_loopback
    except ImportError:
        raise InputError(
            "the browser needs the package textual-serve",
            hint="install it with `pip install 'regledger[serve]'`",
        ) from None
    if host in {"0.0.0.0", "::"}:  # noqa: S104  # refused
        raise InputError(
            f"{host} is no address that a browser can name; requests by another one are refused",
            hint="give --host the address of this machine in the network itself",
        )
    if not is_loopback(host):
        output.note(f"{host} can be reached from other machines, and there is no login.")
        output.note("Anybody who reaches it sees this ledger; use a tunnel or a proxy that asks.")
    where = session_of(ctx).settings
    # By the environment, so that an address with a password is on no list of processes.
    os.environ["REGLEDGER_DB"], os.environ["REGLEDGER_KEYS"] = where.db, str(where.keys)
    words = [sys.executable, "-m", "ledger", "tui"]
    words += [] if allow_signing else ["--read-only"]
    words += ["--as", where.actor] if where.actor else []
    _check_free(host, port)
    signing = "Whoever opens it may sign" if allow_signing else "Nothing can be recorded there"
    output.note(f"http://{bracketed(host)}:{port}  shows {_address(where)}. {signing}.")
    output.note("There is no login: every program and person on this machine can open it.")
    output.note("ctrl+c ends it.")
    LoopbackServer(shlex.join(words), host=host, port=port, title="regledger").serve()


def _check_free(host: str, port: int) -> None:
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Unreachable(
                f"{host}:{port}", f"cannot be listened on: {error.strerror or error}"
            ) from None


def _address(where: Settings) -> str:
    """The ledger's name for people: without its directory, or without a password."""
    return where.db_path.name if where.db_path else database_url.shown(where.db).rpartition("@")[2]


def launch_for(session: Session, *, read_only: bool = False) -> Launch:
    """What the application is started with, from the options of this run."""
    from tui.app_config import Launch

    where = session.settings
    name = _address(where)

    def signer(actor: str, passphrase: bytes | None) -> Signer:
        return session.signer_with(actor, passphrase)

    def known() -> KnownLedgers:
        from ledger.verify.known_ledgers import KnownLedgers

        return KnownLedgers()

    return Launch(
        name=name,  # without a password
        open=session.opened,
        command=("regledger", "--db", str(where.db_path or name)),
        keys=lambda: key_owners(where.keys),
        signer=None if read_only else signer,
        actor=where.actor,
        sealed=session.seal_growth,
        known=known,
    )


def main() -> None:
    """Entry point of ``regledger-tui``: the same as ``regledger tui``."""
    from ledger.cli.main import main as command

    sys.exit(command(["tui", *sys.argv[1:]]))
