"""`diff` and `snapshot`: two points compared, one point kept."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ledger.cli import output, selecting, writing
from ledger.cli.changes import diff_lines
from ledger.cli.options import Activity, AsOf, JsonOption, Jurisdiction, KnownAt, View
from ledger.cli.session import session_of

PointText = Annotated[
    str,
    typer.Argument(
        metavar="POINT",
        help="DAY (as known today), @42 (today, as known up to entry 42), or DAY@42.",
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command()(diff)
    app.command()(snapshot)


def diff(
    ctx: typer.Context,
    before: PointText,
    after: PointText,
    *,
    jurisdiction: Jurisdiction = None,
    activity: Activity = None,
    actor: Annotated[
        str | None,
        typer.Option("--actor", metavar="CLASS", help="For one class of actor. Default: all."),
    ] = None,
    view: View = "prudential",
    as_json: JsonOption = False,
) -> None:
    """Show which statuses differ between two points, and what changed each of them.

    Passing time: something began or ended. New knowledge: something was recorded or reviewed.
    """
    with session_of(ctx).ledger() as ledger:
        selecting.require(
            ledger.taxonomy, jurisdiction=jurisdiction, activity=activity, actor=actor
        )
        found = ledger.diff(
            before, after, actor=actor, jurisdiction=jurisdiction, activity=activity, view=view
        )
    output.show(as_json, found.to_value(), diff_lines(found), notes=found.notes)


def snapshot(
    ctx: typer.Context,
    *,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    view: View = "prudential",
    form: Annotated[
        Literal["json", "csv"],
        typer.Option(
            "--format", help="json is canonical and names its own digest; csv is for spreadsheets."
        ),
    ] = "json",
    to: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Default: stdout.")
    ] = None,
) -> None:
    """Write the status of every cell at one point, bound to the state of the log."""
    with session_of(ctx).ledger() as ledger:
        point = ledger.point(as_of, known_at)
        found = ledger.snapshot(as_of=point.day, known_at=point.known, view=view)
    output.remarks(point.notes)
    writing.content(found.to_json() if form == "json" else found.to_csv().encode(), to)
    if to is not None:
        output.note(f"wrote {to}")
