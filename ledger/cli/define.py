"""`define`: bodies, organisations, activities, kinds of actor, jurisdictions and profiles."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import input_files
from ledger.cli.entry_lines import show_results
from ledger.cli.options import FileFormat, JsonOption, argument
from ledger.cli.session import session_of
from ledger.errors import InputError

if TYPE_CHECKING:
    from ledger.domain.definitions import Definition
    from ledger.domain.taxonomy import Taxonomy


def define(
    ctx: typer.Context,
    file: Annotated[
        Path,
        argument(
            "FILE",
            "Bodies, activities, actor classes, jurisdictions and profiles as YAML or JSON; - for "
            "stdin. Or the word jurisdiction, with codes after it.",
        ),
    ],
    codes: Annotated[
        list[str] | None, argument("[CODE]...", "Parts of countries by ISO 3166-2, such as US-NY.")
    ] = None,
    *,
    file_format: FileFormat = None,
    as_json: JsonOption = False,
) -> None:
    """Define what claims refer to: bodies, organisations, activities, kinds of actor, places.

    `regledger define jurisdiction US-NY` needs no file: the name, and the places it lies in, are
    those of ISO 3166-2.
    """
    found = None if codes else _of_file(file, file_format)
    with session_of(ctx).signing() as (ledger, signer, actor):
        if found is None:
            found = _by_code(file, codes or (), ledger.taxonomy)
        results = ledger.define(found, signer, actor=actor)
    show_results(as_json, results)


def _of_file(file: Path, file_format: str | None) -> "Sequence[Definition]":
    from ledger.intake import read_definitions

    data, name = input_files.content(file)
    return [one.definition for one in read_definitions(data, name=name, format=file_format)]


def _by_code(kind: Path, codes: Sequence[str], taxonomy: "Taxonomy") -> "Sequence[Definition]":
    from ledger.intake.places_by_code import places_by_code

    if str(kind) != "jurisdiction":
        raise InputError(
            f"no codes are expected after {kind}",
            hint="`regledger define FILE`, or `regledger define jurisdiction US-NY`",
        )
    return places_by_code(codes, taxonomy)
