"""`verify` and `trust`: does the log hold, and is it the one you mean?"""

from typing import Annotated

import typer

from ledger.cli import output
from ledger.cli.exit_codes import ExitCode
from ledger.cli.options import JsonOption
from ledger.cli.report import verify_lines
from ledger.cli.session import session_of
from ledger.errors import NoLedger, NotVerified


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command()(verify)
    app.command()(trust)


def verify(
    ctx: typer.Context,
    *,
    allow_unauthenticated: Annotated[
        bool,
        typer.Option(
            "--allow-unauthenticated",
            help="End with 0 also where this machine was never told to trust the ledger.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check everything: bytes, chain, signatures, keys, rules, tree, disclosures and views.

    Ends with 0 if the log is sound and this machine trusts it; 1 with the first bad entry and every
    layer that fails; 3 if it is sound but unknown here (`regledger trust`).
    """
    from ledger.audit.known import KnownLedgers

    try:
        with session_of(ctx).ledger() as ledger, output.progress("verifying") as report:
            found = ledger.verify(progress=report, known=KnownLedgers())
    except NoLedger as error:
        if not error.malformed:
            raise  # nothing there: not completed. Something that is no ledger: not verified
        raise NotVerified(error.message) from None
    output.show(as_json, found.to_value(), verify_lines(found))
    if not found.sound or not found.size:
        raise typer.Exit(ExitCode.NOT_VERIFIED)
    if not found.authenticated and not allow_unauthenticated:
        raise typer.Exit(ExitCode.NOT_COMPLETED)


def trust(
    ctx: typer.Context,
    anchor: Annotated[
        str,
        typer.Argument(
            metavar="ID|FINGERPRINT|VKEY",
            help="A ledger id, the fingerprint of its founder's key, or a log key.",
        ),
    ],
) -> None:
    """Trust a ledger, by something you learnt from its keeper and not from the ledger itself."""
    from ledger.audit.known import KnownLedgers

    del ctx  # no ledger needs to be at hand
    stored = KnownLedgers().trust(anchor)
    output.line(f"trusted: {stored}")
    if "+" in stored:
        output.note("a log key speaks for the checkpoints it signed; for a database, trust its id")
