"""`review`: what awaits review, and decisions on it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ledger import api
from ledger.cli import output, review_selection
from ledger.cli.columns import paragraph
from ledger.cli.options import (
    Comment,
    FileFormat,
    JsonOption,
    MaybeReason,
    Reason,
    argument,
    flag,
    option,
)
from ledger.cli.output import Line, Styled
from ledger.cli.session import session_of
from ledger.cli.table_options import Constants, DateFormat, Headings, SheetName, table_options
from ledger.errors import InputError
from ledger.json_values import members
from ledger.text import visible
from ledger.wording.claim_card import NOT_THERE, claim_card

if TYPE_CHECKING:
    from ledger.cli.claims_import import Sheet

_DONE: Final = {"approve": "approved", "reject": "rejected", "withdraw": "withdrawn"}
_TOLD: Final = 20  # entries; more are counted

app = typer.Typer(help="What awaits review, and decisions on it.", rich_markup_mode=None)
Refs = Annotated[
    list[str], argument("REF...", "What to decide on: @12, a claim's key or an event id.")
]
By = Annotated[str | None, option("--by", "ACTOR", "Only what this actor recorded.")]
OfFile = Annotated[
    Path | None, option("--file", "FILE", "Only the claims of this file, as it was recorded.")
]


@app.command("list")
def list_pending(
    ctx: typer.Context,
    *,
    by: By = None,
    file: OfFile = None,
    file_format: FileFormat = None,
    date_format: DateFormat = None,
    constants: Constants = None,
    headings: Headings = None,
    sheet_name: SheetName = None,
    as_json: JsonOption = False,
) -> None:
    """List what awaits review, oldest first: the sentence and the key of each."""
    table = table_options(date_format, constants, headings, sheet_name)
    sheet = review_selection.sheet_of(file, file_format, table)
    with session_of(ctx).ledger() as ledger:
        found = review_selection.waiting(ledger, by=by, sheet=sheet)
        changes = {one.item.seq: _changes(ledger, one) for one in found if not as_json}
    waiting = [{**members(p.item), "digest": p.digest, "stale": p.stale} for p in found]
    value = {"schema": "regledger/pending/v1", "pending": waiting}
    output.show(as_json, value, pending_lines(found, changes))


@app.command("approve")
def approve(
    ctx: typer.Context,
    refs: Annotated[
        list[str] | None,
        argument("[REF]...", "What to decide on: @12, a claim's key or an event id."),
    ] = None,
    *,
    by: By = None,
    file: OfFile = None,
    file_format: FileFormat = None,
    date_format: DateFormat = None,
    constants: Constants = None,
    headings: Headings = None,
    sheet_name: SheetName = None,
    yes: Annotated[
        bool, flag("--yes", "With --by or --file: do not ask once more, as off a terminal.")
    ] = False,
    reason: MaybeReason = None,
    comment: Comment = None,
    as_json: JsonOption = False,
) -> None:
    """Approve: from here on it counts. Nobody approves what they recorded themselves.

    With --file or --by, all that awaits review is listed first (with --json on stderr), and
    approved as listed: 256 in each review, all or none of it. What is stale is left out. The
    options about tables are those the file was recorded with.
    """
    if bool(refs) == (by is not None or file is not None):
        raise InputError(
            "name what to approve: by REF, or by --file and --by",
            hint="see `regledger review approve --help`",
        )
    table = table_options(date_format, constants, headings, sheet_name)
    sheet = review_selection.sheet_of(file, file_format, table)
    names = refs or _listed(ctx, by=by, sheet=sheet, yes=yes, as_json=as_json)
    _decide(ctx, "approve", names, reason=reason, comment=comment, as_json=as_json)


def _listed(
    ctx: typer.Context, *, by: str | None, sheet: Sheet | None, yes: bool, as_json: bool
) -> list[str]:
    """Show what is to be approved, and return its entries once somebody has said yes.

    Raises InputError where nobody did, or nothing awaits review.
    """
    with session_of(ctx).ledger() as ledger:
        found = [
            one for one in review_selection.waiting(ledger, by=by, sheet=sheet) if not one.stale
        ]
        changes = {one.item.seq: _changes(ledger, one) for one in found}
    if not found:
        raise InputError("nothing of it awaits review", hint="see `regledger review list`")
    if not as_json:
        output.lines(waiting_lines(found, changes))
        output.line("")
    elif yes or sys.stdin.isatty():  # else nothing is approved, and stderr is the error alone
        for pieces in waiting_lines(found, changes):
            output.note(*pieces)
    if not yes:
        _confirm(len(found))
    return [f"@{one.item.seq}" for one in found]


def _confirm(many: int) -> None:
    if not sys.stdin.isatty():
        raise InputError(
            f"{many} would be approved, as listed; nothing was",
            hint="--yes approves what is listed without asking",
        )
    if not typer.confirm(f"Approve these {many}?", err=True):
        raise InputError("nothing was approved")


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
    _decide(ctx, "reject", refs, reason=reason, comment=comment, as_json=as_json)


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
    _decide(ctx, "withdraw", refs, reason=reason, comment=comment, as_json=as_json)


def _decide(
    ctx: typer.Context,
    decision: str,
    refs: list[str],
    *,
    reason: str | None,
    comment: str | None,
    as_json: bool,
) -> None:
    """Record the decision, and print the reviews with the sentence and key of what they decided."""
    with session_of(ctx).signing() as (ledger, signer, actor):
        items = ledger.entries.to_review(refs)
        named = [f"@{item.seq}" for item in items]
        results = ledger.review(
            named, decision, signer, actor=actor, reason_code=reason, comment=comment
        )
    value = {
        "schema": "regledger/recorded/v1",
        "results": [members(one) for one in results],
        "reviewed": [members(item) for item in items],
    }
    output.show(as_json, value, _decided_lines(_DONE[decision], results, items))


def _decided_lines(
    word: str, results: Sequence[api.RecordResult], items: Sequence[api.HistoryItem]
) -> Iterator[Line]:
    reviews = ", ".join(f"@{one.seq}" for one in results)
    if len(items) > _TOLD:
        yield (f"{reviews}  {word} {len(items)} entries, @{items[0].seq} to @{items[-1].seq}",)
        return
    for item in items:
        yield (Styled(f"@{item.seq}", "bold"), f"  {word} by {reviews}  {item.subject}")
        yield from paragraph(item.summary, first="    ", indent="    ")


def _changes(ledger: api.Ledger, one: api.Pending) -> list[str]:
    """Return what a correction changes, as ``field: old -> new``; nothing for other events."""
    if one.item.type != "claim.corrected":
        return []
    opened = ledger.show(f"@{one.item.seq}").opened
    replaced = ledger.show(opened["supersedes"]).opened
    # "claim" is the content of a first version, and but the claim's id in a correction
    old = replaced.get("content") or replaced["claim"]
    return [
        f"{row.label}: {_quoted(None if row.was == NOT_THERE else row.was)} -> {_quoted(row.text)}"
        for row in claim_card(opened["content"], old)
        if row.was is not None
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
    yield from waiting_lines(pending, changes)
    yield ("",)
    yield (f"{len(pending)} await review: `regledger show @N`, `regledger review approve @N`",)


def waiting_lines(
    pending: Sequence[api.Pending], changes: Mapping[int, Sequence[str]]
) -> Iterator[Line]:
    """Yield the lines of each event that awaits review; see :func:`pending_lines`."""
    for one in pending:
        stale = "  stale: what it replaces has changed; reject or withdraw it" * one.stale
        yield (Styled(f"@{one.item.seq}", "bold"), f"  {one.item.type} by {one.item.actor}", stale)
        yield from paragraph(one.item.summary, first="    ", indent="    ")
        if one.item.subject:
            yield (f"    {one.item.subject}",)
        for change in changes.get(one.item.seq, ()):
            yield from paragraph(change, first="    ", indent="      ")
