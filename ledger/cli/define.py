"""`define`: bodies, organisations, activities, jurisdictions and profiles."""

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli import input_files
from ledger.cli.entry_lines import show_results
from ledger.cli.options import FileFormat, JsonOption, argument
from ledger.cli.session import session_of


def define(
    ctx: typer.Context,
    file: Annotated[
        Path,
        argument(
            "FILE", "Bodies, activities, jurisdictions and profiles as YAML or JSON; - for stdin."
        ),
    ],
    *,
    file_format: FileFormat = None,
    as_json: JsonOption = False,
) -> None:
    """Define what claims refer to: bodies, organisations, activities, jurisdictions, profiles."""
    from ledger.intake import read_definitions

    data, name = input_files.content(file)
    found = read_definitions(data, name=name, format=file_format)
    with session_of(ctx).signing() as (ledger, signer, actor):
        results = ledger.define([one.definition for one in found], signer, actor=actor)
    show_results(as_json, results)
