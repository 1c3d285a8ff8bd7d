"""`review`, `correct`, `retract`, `dispute`: four eyes, and second thoughts."""

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli import output
from ledger.cli.entries import (
    changed_fields,
    pending_lines,
    pending_value,
    result_lines,
    results_value,
)
from ledger.cli.options import Comment, JsonOption, MaybeReason, Reason
from ledger.cli.session import session_of

review_app = typer.Typer(help="What awaits review, and decisions on it.", rich_markup_mode=None)
Refs = Annotated[
    list[str],
    typer.Argument(metavar="REF...", help="What to decide on: @12, a claim's key or an event id."),
]
Ref = Annotated[str, typer.Argument(metavar="REF", help="The claim: its key, @12 or an event id.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.add_typer(review_app, name="review")
    app.command()(correct)
    app.command()(retract)
    app.command()(dispute)


@review_app.command("list")
def list_pending(ctx: typer.Context, *, as_json: JsonOption = False) -> None:
    """List what awaits review, oldest first."""
    with session_of(ctx).ledger() as ledger:
        found = ledger.pending()
        changes = {one.item.seq: changed_fields(ledger, one) for one in found if not as_json}
    output.show(as_json, pending_value(found), pending_lines(found, changes))


@review_app.command("approve")
def approve(
    ctx: typer.Context,
    refs: Refs,
    *,
    reason: MaybeReason = None,
    comment: Comment = None,
    as_json: JsonOption = False,
) -> None:
    """Approve: from here on it counts. Nobody approves what they recorded themselves."""
    _decide(ctx, refs, "approve", reason=reason, comment=comment, as_json=as_json)


@review_app.command("reject")
def reject(
    ctx: typer.Context,
    refs: Refs,
    *,
    reason: Reason,
    comment: Comment = None,
    as_json: JsonOption = False,
) -> None:
    """Reject: it never counts. It stays in the log, with the reason."""
    _decide(ctx, refs, "reject", reason=reason, comment=comment, as_json=as_json)


@review_app.command("withdraw")
def withdraw(
    ctx: typer.Context,
    refs: Refs,
    *,
    reason: MaybeReason = None,
    comment: Comment = None,
    as_json: JsonOption = False,
) -> None:
    """Withdraw what you recorded yourself and nobody has approved yet."""
    _decide(ctx, refs, "withdraw", reason=reason, comment=comment, as_json=as_json)


def _decide(
    ctx: typer.Context,
    refs: list[str],
    decision: str,
    *,
    reason: str | None,
    comment: str | None,
    as_json: bool,
) -> None:
    session = session_of(ctx)
    with session.ledger() as ledger:
        by = session.acting()
        results = ledger.review(
            refs,
            decision,
            session.signer(),
            actor=by,
            reason_code=reason,
            comment=comment,
        )
    became = {"reject": "rejected", "withdraw": "withdrawn"}.get(decision, "")
    output.show(as_json, results_value(results), result_lines(results, state=became))


def correct(
    ctx: typer.Context,
    ref: Ref,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="The whole claim as it should be; - for stdin."),
    ],
    *,
    reason: Reason,
    comment: Comment = None,
    as_json: JsonOption = False,
) -> None:
    """Replace the content of a claim. The old one stays in the log and in what was known then."""
    from ledger.cli import filing

    sheet = filing.Sheet.of(file)
    session = session_of(ctx)
    with session.ledger() as ledger:
        content, by = sheet.filed(ledger).only, session.acting()
        result = ledger.correct(
            ref, content, session.signer(), actor=by, reason_code=reason, comment=comment
        )
    output.show(as_json, results_value([result]), result_lines([result]))


def retract(
    ctx: typer.Context,
    ref: Ref,
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


def dispute(
    ctx: typer.Context,
    ref: Ref,
    *,
    reason: Reason,
    comment: Comment = None,
    as_json: JsonOption = False,
) -> None:
    """Flag a claim as disputed, at once. It changes no status."""
    session = session_of(ctx)
    with session.ledger() as ledger:
        by = session.acting()
        result = ledger.dispute(
            ref, session.signer(), actor=by, reason_code=reason, comment=comment
        )
    output.show(as_json, results_value([result]), result_lines([result]))
