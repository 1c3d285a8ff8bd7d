"""`retract`: take a claim back for good."""

import typer

from ledger.cli.entry_lines import note_waiting, show_results
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
    with session_of(ctx).signing() as (ledger, signer, actor):
        note_waiting(ledger, ref)
        result = ledger.retract(ref, signer, actor=actor, reason_code=reason, comment=comment)
    show_results(as_json, [result])
