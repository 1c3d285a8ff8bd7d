"""`record`: claims from a file."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from ledger import api
from ledger.cli import output
from ledger.cli.change_lines import change_lines
from ledger.cli.entry_lines import show_results
from ledger.cli.options import FileFormat, JsonOption, argument, flag, option
from ledger.cli.output import Line
from ledger.cli.session import session_of
from ledger.cli.table_options import (
    Constants,
    DateFormat,
    Headings,
    SheetName,
    table_options,
)
from ledger.errors import InputError
from ledger.json_values import members
from ledger.wording.changes import grouped, nothing_would_change

KindName = Literal[
    "norm",
    "lifecycle",
    "decision",
    "declaration",
    "proposal",
    "commitment",
    "recommendation",
    "context",
    "worked",
]


def record(
    ctx: typer.Context,
    file: Annotated[
        Path | None, argument("FILE", "Claims as YAML, JSON, NDJSON, CSV or XLSX; - for stdin.")
    ] = None,
    *,
    template: Annotated[
        KindName | None,
        option(
            "--template",
            None,
            "Print a claims file of this kind to fill in, as YAML or with --format csv, and stop."
            " worked: a file to learn from, with a ban, a stay and a repeal.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, flag("--dry-run", "Record nothing; show which statuses would change.")
    ] = False,
    again: Annotated[
        bool, flag("--again", "Also claims without a key that say exactly what is said already.")
    ] = False,
    file_format: FileFormat = None,
    date_format: DateFormat = None,
    constants: Constants = None,
    headings: Headings = None,
    sheet_name: SheetName = None,
    as_json: JsonOption = False,
) -> None:
    """Record the claims of a file: all of them, or none.

    Every problem of the file is printed, each with its line. A claim with a key that is already
    recorded with the same content is left as it is, so a file can be recorded again. One without a
    key that says exactly what counts or awaits review already is refused, unless --again is given.
    """
    if template is not None:
        output.text(_template(template, file_format))
        return
    if file is None:
        raise InputError("which file? give FILE, or --template KIND", hint="- reads stdin")
    from ledger.cli import claims_import

    table = table_options(date_format, constants, headings, sheet_name)
    sheet = claims_import.Sheet.of(file, file_format, table)
    if dry_run:
        changes, doubts = claims_import.preview(session_of(ctx), sheet, again=again)
        value = {
            "schema": "regledger/preview/v1",
            "changes": [change.to_value() for change in changes],
            "warnings": [members(doubt) for doubt in doubts],
        }
        output.show(as_json, value, preview_lines(changes))
        return
    results = claims_import.record(session_of(ctx), sheet, again=again)
    show_results(as_json, results)


def _template(kind: str, file_format: str | None) -> str:
    """Return the file to fill in. Raises InputError for a format there is no template in."""
    from ledger.intake import claim_template, csv_template, worked_example

    if file_format == "csv" and kind != "worked":
        return csv_template(kind)
    if file_format not in {None, "yaml"}:
        raise InputError(f"there is no template of {kind} as {file_format}", hint="yaml, or csv")
    return worked_example() if kind == "worked" else claim_template(kind)


def preview_lines(changes: "Sequence[api.CellChange]") -> Iterator[Line]:
    """Yield what recording a file would change."""
    if not changes:
        yield (f"{nothing_would_change()} Nothing was recorded.",)
        return
    for group in grouped(changes):
        yield from change_lines(group, {})
        yield ("",)
    yield ("Nothing was recorded: this shows the statuses once all of it counts.",)
