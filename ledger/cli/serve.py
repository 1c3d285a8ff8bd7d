"""`serve`: the terminal application in a browser."""

import os
import shlex
import sys
from typing import Annotated

import typer

from ledger.cli import output
from ledger.cli.options import flag, option
from ledger.cli.session import session_of
from ledger.errors import InputError, Unreachable


def serve(
    ctx: typer.Context,
    *,
    host: Annotated[str, option("--host", "ADDRESS", "Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, metavar="N")] = 8000,
    allow_signing: Annotated[
        bool,
        flag("--allow-signing", "Let whoever opens the page record and review, with your keys."),
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
    output.note(f"http://{bracketed(host)}:{port}  shows {where.name}. {signing}.")
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
