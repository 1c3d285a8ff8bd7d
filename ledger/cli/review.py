"""`review`: what awaits review, and decisions on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli import output
from ledger.cli.columns import paragraph
from ledger.cli.entry_lines import result_lines, results_value
from ledger.cli.options import Comment, JsonOption, MaybeReason, Reason
from ledger.cli.output import Line, Styled
from ledger.cli.session import session_of
from ledger.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ledger.api.ledger import Ledger
    from ledger.api.results import Pending

app = typer.Typer(help="What awaits review, and decisions on it.", rich_markup_mode=None)
Refs = Annotated[
    list[str],
    typer.Argument(metavar="REF...", help="What to decide on: @12, a claim's key or an event id."),
]


@app.command("list")
def list_pending(ctx: typer.Context, *, as_json: JsonOption = False) -> None:
    """List what awaits review, oldest first."""
    with session_of(ctx).ledger() as ledger:
        found = ledger.entries.pending()
        changes = {one.item.seq: changed_fields(ledger, one) for one in found if not as_json}
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
    _decide(ctx, refs, "approve", reason=reason, comment=comment, as_json=as_json)


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
    _decide(ctx, refs, "reject", reason=reason, comment=comment, as_json=as_json)


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


def changed_fields(ledger: Ledger, one: Pending) -> list[str]:
    """What a correction changes against the version it replaces: ``field: old -> new``, safe."""
    if one.item.type != "claim.corrected":
        return []
    opened = ledger.show(f"@{one.item.seq}").opened
    replaced = ledger.show(opened["supersedes"]).opened
    # "claim" is the content of a first version, and but the claim's id in a correction
    old, new = replaced.get("content") or replaced["claim"], opened["content"]
    return [
        f"{name}: {_quoted(old.get(name))} -> {_quoted(new.get(name))}"
        for name in sorted((old.keys() | new.keys()) - {"_sd"})
        if old.get(name) != new.get(name)
    ]


def _quoted(value: Any) -> str:
    """A value as JSON: its quotes show where it ends, whatever it says."""
    return "(none)" if value is None else visible(json.dumps(value, ensure_ascii=False))


def pending_lines(
    pending: Sequence[Pending], changes: Mapping[int, Sequence[str]]
) -> Iterator[Line]:
    """What awaits review, with the reference to give to `review approve`.

    ``changes`` holds, by seq, the lines of :func:`changed_fields`.
    """
    if not pending:
        yield ("Nothing awaits review.",)
        return
    for one in pending:
        stale = "  stale: what it replaces has changed; reject or withdraw it" * one.stale
        yield (Styled(f"@{one.item.seq}", "bold"), f"  {one.item.type} by {one.item.actor}", stale)
        yield from paragraph(one.item.summary, output.columns(), first="    ", indent="    ")
        if one.item.subject:
            yield (f"    {one.item.subject}",)
        for change in changes.get(one.item.seq, ()):
            yield from paragraph(change, output.columns(), first="    ", indent="      ")
    yield ("",)
    yield (f"{len(pending)} await review: `regledger show @N`, `regledger review approve @N`",)


def pending_value(pending: Sequence[Pending]) -> dict[str, Any]:
    """What awaits review, as JSON."""
    found = [{**p.item.to_value(), "digest": p.digest, "stale": p.stale} for p in pending]
    return {"schema": "regledger/pending/v1", "pending": found}
