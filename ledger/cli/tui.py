"""`tui`: the terminal application over the ledger of this run."""

import gc
import os
import sys
from typing import Annotated

import typer

from ledger import api
from ledger.cli.options import flag
from ledger.cli.session import Session, key_owners, known_ledgers, session_of
from ledger.errors import InputError
from tui.app_config import AppConfig


def tui(
    ctx: typer.Context,
    *,
    read_only: Annotated[
        bool, flag("--read-only", "Offer nothing that records or reviews.")
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


def launch_for(session: Session, *, read_only: bool = False) -> AppConfig:
    """Return what the application is started with, from the options of this run."""
    where = session.settings
    name = where.name

    def signer(actor: str, passphrase: bytes | None) -> "api.Signer":
        return session.signer_with(actor, passphrase)

    return AppConfig(
        name=name,  # without a password
        open=session.opened,
        command=("regledger", "--db", str(where.db_path or name)),
        keys=lambda: key_owners(where.keys),
        signer=None if read_only else signer,
        actor=where.actor,
        seal=session.seal_growth,
        known_ledgers=known_ledgers,
    )
