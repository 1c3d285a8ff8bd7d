"""`dispute`: flag a claim as disputed."""

import typer

from ledger.cli.entry_lines import show_results
from ledger.cli.options import ClaimRef, Comment, JsonOption, Reason
from ledger.cli.session import session_of


def dispute(
    ctx: typer.Context,
    ref: ClaimRef,
    *,
    reason: Reason,
    comment: Comment = None,
    as_json: JsonOption = False,
) -> None:
    """Flag a claim as disputed, at once. It changes no status."""
    with session_of(ctx).signing() as (ledger, signer, actor):
        result = ledger.dispute(ref, signer, actor=actor, reason_code=reason, comment=comment)
    show_results(as_json, [result])
