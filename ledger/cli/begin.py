"""`init`, `demo`, `version`: how a ledger begins."""

from typing import Annotated, Literal

import typer

from ledger.cli import making, output
from ledger.cli.exit_codes import ExitCode
from ledger.cli.options import JsonOption
from ledger.cli.session import session_of


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command()(init)
    app.command()(demo)
    app.command()(version)


def init(
    ctx: typer.Context,
    origin: Annotated[
        str,
        typer.Argument(
            metavar="ORIGIN",
            help="The ledger's public name, like a URL without https://: example.com/compliance.",
        ),
    ],
    *,
    review: Annotated[
        Literal["four-eyes", "none"],
        typer.Option(
            "--review",
            help="four-eyes: what one actor records counts once another has approved it."
            " none: it counts at once.",
        ),
    ] = "four-eyes",
    timezone: Annotated[
        str,
        typer.Option("--timezone", metavar="ZONE", help="IANA zone whose days the ledger counts."),
    ] = "UTC",
) -> None:
    """Make a new ledger: its founder's key, its two log keys and its first two entries.

    The founder is the actor named with --as. Nothing is ever overwritten, and a ledger whose origin
    this machine knows is not made again.
    """
    session = session_of(ctx)
    made = making.make_ledger(session, origin, review=review, timezone=timezone)
    output.lines(making.made_lines(made))


def demo(
    ctx: typer.Context,
    *,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DAY", help="The day of the `why`. Default: 2025-12-12."),
    ] = None,
) -> None:
    """Build the sample ledger, show what it says, and verify it.

    Pakistan and crypto-assets, 2018 to 2026, as three actors recorded and reviewed it under a
    simulated clock. It is written to --db, or else to ./demo.db, and replaces only a sample.
    """
    from ledger.cli import sample

    report = sample.run(session_of(ctx), why_day=as_of)
    if not report.sound:
        raise typer.Exit(ExitCode.NOT_VERIFIED)


def version(*, as_json: JsonOption = False) -> None:
    """Print the versions of this program and of what its answers depend on."""
    found = making.versions()
    if as_json:
        output.value({"schema": "regledger/version/v1", **found})
        return
    output.line(f"regledger {found['regledger']}")
    for name, number in found.items():
        if name != "regledger":
            output.line(f"  {name} {number}")
