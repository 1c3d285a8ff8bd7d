"""`review`: what awaits review, and decisions on it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from ledger import api
from ledger.cli import output
from ledger.cli.columns import paragraph
from ledger.cli.entry_lines import show_results
from ledger.cli.options import Comment, JsonOption, MaybeReason, Reason, argument
from ledger.cli.output import Line, Styled
from ledger.cli.session import session_of
from ledger.text import visible
from ledger.wording.field_labels import changed_fields

app = typer.Typer(help="What awaits review, and decisions on it.", rich_markup_mode=None)
Refs = Annotated[
    list[str], argument("REF...", "What to decide on: @12, a claim's key or an event id.")
]


@app.command("list")
def list_pending(ctx: typer.Context, *, as_json: JsonOption = False) -> None:
    """List what awaits review, oldest first."""
    with session_of(ctx).ledger() as ledger:
        found = ledger.entries.pending()
        changes = {one.item.seq: _changes(ledger, one) for one in found if not as_json}
    output.show(as_json, pending_value(found), pending_lines(found, changes))


@app.command("approve")
def approve(
    ctx: typer.Context,
    refs: Refs,
    *,
    reason: MaybeReason = None,
    comment: Comment = None,
    as_json: JsonOption = False,
) -> None:
    """Approve: from here on it counts. Nobody approves what they recorded themselves."""
    show_results(as_json, _decide(ctx, "approve", refs, (reason, comment)))


@app.command("reject")
def reject(
    ctx: typer.Context,
    refs: Refs,
    *,
    reason: Reason,
    comment: Comment = None,
    as_json: JsonOption = False,
) -> None:
    """Reject: it never counts. It stays in the log, with the reason."""
    show_results(as_json, _decide(ctx, "reject", refs, (reason, comment)), state="rejected")


@app.command("withdraw")
def withdraw(
    ctx: typer.Context,
    refs: Refs,
    *,
    reason: MaybeReason = None,
    comment: Comment = None,
    as_json: JsonOption = False,
) -> None:
    """Withdraw what you recorded yourself and nobody has approved yet."""
    show_results(as_json, _decide(ctx, "withdraw", refs, (reason, comment)), state="withdrawn")


def _decide(
    ctx: typer.Context, decision: str, refs: list[str], why: tuple[str | None, str | None]
) -> tuple[api.RecordResult, ...]:
    """Record the decision, with the code of the reason and a comment."""
    with session_of(ctx).signing() as (ledger, signer, actor):
        return ledger.review(
            refs, decision, signer, actor=actor, reason_code=why[0], comment=why[1]
        )


def _changes(ledger: api.Ledger, one: api.Pending) -> list[str]:
    """Return what a correction changes, as ``field: old -> new``; nothing for other events."""
    if one.item.type != "claim.corrected":
        return []
    opened = ledger.show(f"@{one.item.seq}").opened
    replaced = ledger.show(opened["supersedes"]).opened
    # "claim" is the content of a first version, and but the claim's id in a correction
    old = replaced.get("content") or replaced["claim"]
    return [
        f"{field.label}: {_quoted(field.before)} -> {_quoted(field.after)}"
        for field in changed_fields(old, opened["content"])
    ]


def _quoted(text: str | None) -> str:
    """Return a text as JSON: its quotes show where it ends, whatever it says."""
    return "(none)" if text is None else visible(json.dumps(text, ensure_ascii=False))


def pending_lines(
    pending: Sequence[api.Pending], changes: Mapping[int, Sequence[str]]
) -> Iterator[Line]:
    """Yield what awaits review, with the reference to give to `review approve`.

    ``changes`` holds, by seq, what a correction changes.
    """
    if not pending:
        yield ("Nothing awaits review.",)
        return
    for one in pending:
        stale = "  stale: what it replaces has changed; reject or withdraw it" * one.stale
        yield (Styled(f"@{one.item.seq}", "bold"), f"  {one.item.type} by {one.item.actor}", stale)
        yield from paragraph(one.item.summary, first="    ", indent="    ")
        if one.item.subject:
            yield (f"    {one.item.subject}",)
        for change in changes.get(one.item.seq, ()):
            yield from paragraph(change, first="    ", indent="      ")
    yield ("",)
    yield (f"{len(pending)} await review: `regledger show @N`, `regledger review approve @N`",)


def pending_value(pending: Sequence[api.Pending]) -> dict[str, Any]:
    """Return what awaits review as JSON."""
    found = [{**p.item.to_value(), "digest": p.digest, "stale": p.stale} for p in pending]
    return {"schema": "regledger/pending/v1", "pending": found}
