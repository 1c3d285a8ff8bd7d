"""`record` and `define`: what goes into the ledger."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ledger.cli import output, reading
from ledger.cli.changes import preview_lines, preview_value
from ledger.cli.entries import result_lines, results_value
from ledger.cli.options import JsonOption
from ledger.cli.session import session_of
from ledger.errors import InputError

KindName = Literal[
    "norm",
    "lifecycle",
    "decision",
    "declaration",
    "proposal",
    "commitment",
    "recommendation",
    "context",
]
FormatOption = Annotated[
    Literal["yaml", "json", "ndjson", "csv"] | None,
    typer.Option("--format", help="Where the name of the file does not tell, as with stdin."),
]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command()(record)
    app.command()(define)


def record(
    ctx: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Claims as YAML, JSON, NDJSON or CSV; - for stdin."),
    ] = None,
    *,
    template: Annotated[
        KindName | None,
        typer.Option("--template", help="Print a claims file of this kind to fill in, and stop."),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Record nothing; show which statuses would change."),
    ] = False,
    again: Annotated[
        bool,
        typer.Option(
            "--again", help="Also claims without a key that say exactly what is said already."
        ),
    ] = False,
    file_format: FormatOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record the claims of a file: all of them, or none.

    Every problem of the file is printed, each with its line. A claim with a key that is already
    recorded with the same content is left as it is, so a file can be recorded again. One without a
    key that says exactly what counts or awaits review already is refused, unless --again is given.
    """
    if template is not None:
        from ledger.intake import claim_template

        output.text(claim_template(template))
        return
    if file is None:
        raise InputError("which file? give FILE, or --template KIND", hint="- reads stdin")
    from ledger.cli import filing

    sheet = filing.Sheet.of(file, file_format)
    if dry_run:
        changes = filing.preview(session_of(ctx), sheet, again=again)
        output.show(as_json, preview_value(changes), preview_lines(changes))
        return
    results = filing.record(session_of(ctx), sheet, again=again)
    output.show(as_json, results_value(results), result_lines(results))


def define(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Bodies, activities, jurisdictions and profiles as YAML or JSON; - for stdin.",
        ),
    ],
    *,
    file_format: FormatOption = None,
    as_json: JsonOption = False,
) -> None:
    """Define what claims refer to: bodies, organisations, activities, jurisdictions, profiles."""
    from ledger.intake import read_definitions

    data, name = reading.content(file)
    found = read_definitions(data, name=name, format=file_format)
    session = session_of(ctx)
    with session.ledger() as ledger:
        by = session.acting()
        results = ledger.define([one.definition for one in found], session.signer(), actor=by)
    output.show(as_json, results_value(results), result_lines(results))
