"""`diff` and `snapshot`: two points compared, one point kept."""

from pathlib import Path
from typing import Annotated, Literal, get_args

import typer

from ledger.cli import output, selecting, writing
from ledger.cli.changes import diff_lines
from ledger.cli.exit_codes import ExitCode
from ledger.cli.options import (
    Activity,
    AsOf,
    JsonOption,
    Jurisdiction,
    KnownAt,
    Overwrite,
    View,
)
from ledger.cli.session import session_of
from ledger.errors import InputError

Form = Literal["json", "csv"]

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
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 10 where a status differs, else with 0.")
    ] = False,
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
    if exit_code and found.changes:
        raise typer.Exit(ExitCode.CHANGES)


def snapshot(
    ctx: typer.Context,
    *,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    view: View = "prudential",
    form: Annotated[
        Form | None,
        typer.Option(
            "--format",
            help="json is canonical and names its own digest; csv is for spreadsheets. Default: by"
            " the name of the file, else json.",
        ),
    ] = None,
    to: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Default: stdout.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Write the status of every cell at one point, bound to the state of the log."""
    form = _form(form, to)
    writing.refuse_existing(to, overwrite=overwrite)
    with session_of(ctx).ledger() as ledger:
        point = ledger.point(as_of, known_at)
        found = ledger.snapshot(as_of=point.day, known_at=point.known, view=view)
    output.remarks(point.notes)
    data = found.to_json() if form == "json" else found.to_csv().encode()
    writing.content(data, to, overwrite=overwrite)
    if to is not None:
        output.note(f"wrote {to}")


def _form(asked: Form | None, to: Path | None) -> Form:
    """The format: as asked for, else by the name of the file; both must agree.

    Raises:
        InputError: they differ, or the name tells a format that is not written.
    """
    forms: tuple[Form, ...] = get_args(Form)
    suffix = to.suffix.removeprefix(".").lower() if to is not None else ""
    named = next((form for form in forms if form == suffix), None)
    if asked and named and asked != named:
        raise InputError(
            f"--format {asked} contradicts the name {to}", hint="change one, or leave --format out"
        )
    if suffix and not named and not asked:
        raise InputError(
            f"{to}: a snapshot is not written as {suffix}",
            hint=f"name the file .{' or .'.join(forms)}, or say --format",
        )
    return asked or named or "json"
