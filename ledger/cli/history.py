"""`history`, `show`, `log`: what was recorded, when and by whom."""

import contextlib
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import output, writing
from ledger.cli.entries import (
    fault_lines,
    history_item,
    history_lines,
    history_value,
    shown_lines,
)
from ledger.cli.exit_codes import ExitCode
from ledger.cli.options import MOST, Activity, JsonOption, Jurisdiction, KnownAt, Overwrite
from ledger.cli.session import session_of
from ledger.errors import InputError

if TYPE_CHECKING:
    from ledger.api.results import HistoryItem

_POLL_S = 0.5
log_app = typer.Typer(
    help="The log as it grows, and its exact bytes.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command()(history)
    app.command()(show)


def history(
    ctx: typer.Context,
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="TEXT",
            help="Only entries that show this text, whatever its case, accents, quotes or dashes.",
        ),
    ] = None,
    *,
    jurisdiction: Jurisdiction = None,
    activity: Activity = None,
    by: Annotated[str | None, typer.Option("--by", metavar="ACTOR", help="Who signed.")] = None,
    event_type: Annotated[
        str | None,
        typer.Option("--type", metavar="TYPE", help="Such as claim.corrected, claim, corrected."),
    ] = None,
    force: Annotated[
        str | None,
        typer.Option("--force", metavar="FORCE", help="Claims of this force, such as primary."),
    ] = None,
    state: Annotated[
        str | None,
        typer.Option(
            "--state",
            metavar="STATE",
            help="What became of it: pending, counting, superseded, rejected or withdrawn.",
        ),
    ] = None,
    flagged: Annotated[
        bool,
        typer.Option(
            "--flagged", help="Awaiting review, or rejected, withdrawn, disputed or retracted."
        ),
    ] = False,
    after: Annotated[
        str | None,
        typer.Option(
            "--after", metavar="POINT", help="After this entry (@42) or day (2025-07-08)."
        ),
    ] = None,
    before: Annotated[
        str | None,
        typer.Option("--before", metavar="POINT", help="Before this entry or day."),
    ] = None,
    known_at: KnownAt = None,
    limit: Annotated[
        int | None,
        typer.Option("-n", "--limit", min=1, max=MOST, help="At most so many. Default: all."),
    ] = None,
    oldest_first: Annotated[
        bool, typer.Option("--oldest-first", help="In the order of the log.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List what was recorded, newest first; every filter given must hold."""
    said = {
        "text": text,
        "jurisdiction": jurisdiction,
        "activity": activity,
        "actor": by,
        "type": event_type,
        "force": force,
        "state": state,
        "flagged": "yes" if flagged else None,
        "after": after,
        "before": before,
        "known_at": known_at,
    }
    with session_of(ctx).ledger() as ledger:
        only = ledger.filter_of({name: word for name, word in said.items() if word is not None})
        notes = ledger.point(known_at=known_at).notes
        found = islice(ledger.history(only, newest_first=not oldest_first), limit)
        if as_json:
            output.value(history_value(found, notes))
        else:
            output.remarks(notes)
            output.lines(history_lines(found))


def show(
    ctx: typer.Context,
    ref: Annotated[
        str, typer.Argument(metavar="REF", help="@12, a claim's key, an event id or a digest.")
    ],
    *,
    dsse: Annotated[
        bool,
        typer.Option("--dsse", help="Print the signed event as a standard DSSE envelope."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show one entry in full: what it says, its versions, and the hashes that bind it.

    Its bytes, signature, links and seal are checked. Ends with 1 if one of them does not hold, and
    says so first; `regledger verify` checks the whole log.
    """
    with session_of(ctx).ledger() as ledger:
        shown = ledger.show(ref)
    if dsse:
        output.value(dict(shown.dsse))
        for line in fault_lines(shown):
            output.note(*line)
    else:
        output.show(as_json, shown.to_value(), shown_lines(shown))
    if shown.faults:
        raise typer.Exit(ExitCode.NOT_VERIFIED)


@log_app.callback()
def log(
    ctx: typer.Context,
    *,
    follow: Annotated[
        bool, typer.Option("-f", "--follow", help="Go on as others append, until interrupted.")
    ] = False,
    after: Annotated[
        int | None,
        typer.Option(
            "--after", metavar="SEQ", max=MOST, help="Only entries after this one. Default: all."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print the log in its order, one entry after the other; with --json one object per line."""
    if ctx.invoked_subcommand is not None:
        return
    start = -1 if after is None else after
    with session_of(ctx).ledger() as ledger:
        if not follow:
            _print_log(ledger.history(after_seq=start, newest_first=False), as_json=as_json)
            return
        with contextlib.suppress(KeyboardInterrupt):  # the way to end it, and no error
            _print_log(ledger.follow(start, poll_s=_POLL_S), as_json=as_json)


def _print_log(items: Iterable["HistoryItem"], *, as_json: bool) -> None:
    """Print entries as they come, until there are no more or nobody reads them."""
    for item in items:
        if as_json:
            output.value_line({"schema": "regledger/history-item/v1", **item.to_value()})
        else:
            output.lines(history_item(item))
            output.flush()
        if output.closed():
            return


@log_app.command("export")
def export(
    ctx: typer.Context,
    *,
    to: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Default: stdout.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Write the exact bytes of every entry, one per line, in order: what the hashes are made of."""
    if to is None and output.on_terminal():
        raise InputError(
            "the exact bytes may hold anything, which is not for a terminal",
            hint="give -o FILE, or send it to another program",
        )
    writing.refuse_existing(to, overwrite=overwrite)
    with session_of(ctx).ledger() as ledger:
        count = writing.lines(ledger.export_entries(), to, overwrite=overwrite)
    if to is not None:
        output.note(f"wrote {count} entries to {to}")
