"""`trust`: which ledgers this machine trusts."""

from typing import Annotated

import typer

from ledger.cli import output
from ledger.cli.options import argument
from ledger.cli.session import known_ledgers


def trust(
    ctx: typer.Context,
    anchor: Annotated[
        str,
        argument(
            "ID|FINGERPRINT|VKEY",
            "A ledger id, the fingerprint of its founder's key, or a log key.",
        ),
    ],
) -> None:
    """Trust a ledger, by something you learnt from its keeper and not from the ledger itself."""
    del ctx  # no ledger needs to be at hand
    stored = known_ledgers().trust(anchor)
    output.stands(f"trusted {stored[:64]}")
    output.line(f"trusted: {stored}")
    if "+" in stored:
        output.note("a log key speaks for the checkpoints it signed; before the first, trust an id")
