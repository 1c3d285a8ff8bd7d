"""Read CSV, one claim in each row: the header names fields as paths, ``reports.0.url``.

Commas between cells, double quotes around a cell that holds one (RFC 4180); an empty cell is an
absent field. A list of objects is numbered from 0; a list of texts (``addressees``, ``cites``) is
one cell with semicolons. The columns are those of the claim models.

Spreadsheets leave empty columns behind: a column without a name and without values is ignored.
Cells separated by semicolons or tabs are refused by name, since semicolons stand inside cells.
"""

from __future__ import annotations

import csv
import io
import itertools
from typing import Any

from ledger.domain.validation_messages import did_you_mean
from ledger.intake.file_problems import FileProblems, quoted
from ledger.intake.model_fields import ModelField, claim_fields, model_fields

SEPARATOR = ";"
_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs"}  # no name of a column holds any
_MAX_INDEX = 99
_MAX_COLUMNS = 1000

Path = tuple[str | int, ...]


def read_csv(text: str, problems: FileProblems) -> list[tuple[dict[str, Any], int]]:
    """Read every row into (raw claim, line the row starts on).

    Unknown columns and cells under no column are noted in ``problems`` and left out. Raises
    BadClaimsFile for text that is not CSV with commas, or has no header.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[dict[str, Any], int]] = []
    start = 1
    try:
        header = next(reader, [])
        if not any(header):
            problems.stop(1, "has no header", hint="the first line names the fields")
        if len(header) > _MAX_COLUMNS:
            problems.stop(1, f"has {len(header):,} columns, at most {_MAX_COLUMNS:,} are read")
        _refuse_separators(header, problems)
        columns = _columns(header, problems)
        start = reader.line_num + 1
        for cells in reader:
            if outside := _nameless(header, cells):
                problems.add(
                    start,
                    f"has {quoted(outside)} under no column",
                    hint="name the column in the header; a cell that holds a comma is quoted",
                )
            elif any(cells):
                rows.append((_claim(columns, cells), start))
            start = reader.line_num + 1
    except csv.Error as error:
        problems.stop(max(start, 1), f"is not CSV: {error}")
    return rows


def _refuse_separators(header: list[str], problems: FileProblems) -> None:
    for mark, name in _OTHER_SEPARATORS.items():
        if any(mark in cell for cell in header):
            problems.stop(
                1,
                f"separates its cells by {name}, commas are wanted",
                hint="save it again with the comma as the separator",
            )


def _nameless(header: list[str], cells: list[str]) -> str:
    """Return the first value that stands under no name, or nothing."""
    pairs = itertools.zip_longest(cells, header, fillvalue="")
    return next((cell for cell, name in pairs if cell.strip() and not name.strip()), "")


def _columns(header: list[str], problems: FileProblems) -> list[tuple[Path, ModelField] | None]:
    columns: list[tuple[Path, ModelField] | None] = []
    seen: set[str] = set()
    for cell in header:
        name = cell.strip()
        column = _column(name)
        if not name:
            pass  # left behind by a spreadsheet; what stands under it is refused row by row
        elif column is None:
            hint = did_you_mean(name, _names())
            problems.add(1, f"has a column {quoted(name)} that no claim has", hint=hint)
        elif name in seen:
            problems.add(1, f"has the column {quoted(name)} twice")
            column = None
        seen.add(name)
        columns.append(column)
    return columns


def _column(name: str) -> tuple[Path, ModelField] | None:
    """Return the path and the member that a header names, or None."""
    known = claim_fields()
    path: list[str | int] = []
    steps = iter(name.split("."))
    for step in steps:
        member = known.get(step)
        if member is None:
            return None
        path.append(step)
        if member.model is None:
            return (tuple(path), member) if next(steps, None) is None else None
        if member.many:
            index = next(steps, "")
            if not (index.isascii() and index.isdecimal() and int(index[:3]) <= _MAX_INDEX):
                return None
            path.append(int(index[:3]))
        known = model_fields(member.model)
    return None


def _names() -> list[str]:
    """Return the columns a person most likely means: every path, lists at 0."""
    names: list[str] = []
    todo = [("", claim_fields())]
    while todo:
        before, known = todo.pop()
        for name, member in known.items():
            if member.model is None:
                names.append(before + name)
            else:
                todo.append(
                    (f"{before}{name}{'.0' if member.many else ''}.", model_fields(member.model))
                )
    return names


def _claim(columns: list[tuple[Path, ModelField] | None], cells: list[str]) -> dict[str, Any]:
    claim: dict[str, Any] = {}
    for column, cell in zip(columns, cells, strict=False):
        if column is not None and cell:
            path, member = column
            _put(claim, path, _listed(cell) if member.many else cell)
    return claim


def _listed(cell: str) -> list[str]:
    return [part for raw in cell.split(SEPARATOR) if (part := raw.strip())]


def _put(claim: dict[str, Any], path: Path, value: Any) -> None:
    """Set a value deep inside, making the objects and lists on the way to it."""
    here: Any = claim
    for step, following in itertools.pairwise(path):
        if isinstance(step, int):
            while len(here) <= step:
                here.append({})
            here = here[step]
        else:
            here = here.setdefault(step, [] if isinstance(following, int) else {})
    here[path[-1]] = value
