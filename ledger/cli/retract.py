"""`retract`: take a claim back for good."""

import typer

from ledger.cli import output
from ledger.cli.entry_lines import (
    result_lines,
    results_value,
)
from ledger.cli.options import ClaimRef, Comment, JsonOption, Reason
from ledger.cli.session import session_of


def retract(
    ctx: typer.Context,
    ref: ClaimRef,
    *,
    reason: Reason,
    comment: Comment = None,
    as_json: JsonOption = False,
) -> None:
    """Take a claim back for good. It stays in the log and in what was known then."""
    session = session_of(ctx)
    with session.ledger() as ledger:
        by = session.acting()
        result = ledger.retract(
            ref, session.signer(), actor=by, reason_code=reason, comment=comment
        )
    output.show(as_json, results_value([result]), result_lines([result]))
