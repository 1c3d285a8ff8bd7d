"""`snapshot`: the status of every cell at one point, kept as a file."""

from pathlib import Path
from typing import Annotated, Literal, get_args

import typer

from ledger.cli import output, output_files
from ledger.cli.options import AsOf, KnownAt, OutputFile, Overwrite, View, option
from ledger.cli.session import session_of
from ledger.errors import InputError

Form = Literal["json", "csv"]


def snapshot(
    ctx: typer.Context,
    *,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    view: View = "prudential",
    form: Annotated[
        Form | None,
        option(
            "--format",
            None,
            "json is canonical and names its own digest; csv is for spreadsheets. Default: by"
            " the name of the file, else json.",
        ),
    ] = None,
    to: OutputFile = None,
    overwrite: Overwrite = False,
) -> None:
    """Write the status of every cell at one point, bound to the state of the log."""
    form = _form(form, to)
    output_files.refuse_existing(to, overwrite=overwrite)
    with session_of(ctx).ledger() as ledger:
        point = ledger.point(as_of, known_at)
        found = ledger.snapshot(as_of=point.day, known_at=point.known, view=view)
    output.remarks(point.notes)
    data = found.to_json() if form == "json" else found.to_csv().encode()
    output_files.content(data, to, overwrite=overwrite)
    if to is not None:
        output.note(f"wrote {to}")


def _form(asked: Form | None, to: Path | None) -> Form:
    """The format: as asked for, else by the name of the file; both must agree.

    Raises InputError: they differ, or the name tells a format that is not written.
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
