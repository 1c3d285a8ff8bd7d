"""The options that say how to read a table: headings, dates, sheet, and what all rows share."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from ledger.cli import input_files
from ledger.cli.options import option
from ledger.errors import InputError

if TYPE_CHECKING:
    from ledger.intake.table import TableOptions

DateFormat = Annotated[
    str | None,
    option("--date-format", "FORM", "How a table writes its dates: DD.MM.YYYY, MM/DD/YYYY, ..."),
]
Constants = Annotated[
    list[str] | None,
    option(
        "--set",
        "FIELD=VALUE",
        "A field of every claim that does not give it, such as jurisdiction=PK or"
        " reports.0.publisher=Gazette. May be given several times.",
    ),
]
Headings = Annotated[
    Path | None,
    option(
        "--columns",
        "FILE",
        "Which column of a table is which field: YAML with HEADING: FIELD; an empty FIELD leaves"
        " the column out.",
    ),
]
SheetName = Annotated[
    str | None, option("--sheet", "NAME", "The sheet of a workbook. Default: the first.")
]


def table_options(
    dates: str | None, constants: Sequence[str] | None, headings: Path | None, sheet: str | None
) -> "TableOptions":
    """Return the options as the reader takes them.

    Raises InputError for a form of dates or a pair that cannot be used, and what reading the file
    of headings raises.
    """
    from ledger.intake.headings_file import read_headings
    from ledger.intake.table import TableOptions, constants_of, date_pattern

    pairs: dict[str, str] = {}
    for text in constants or ():
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise InputError(f"--set {text!r} is not FIELD=VALUE")
        pairs[name.strip()] = value
    constants_of(pairs)
    columns = {}
    if headings is not None:
        data, name = input_files.content(headings)
        columns = read_headings(data, name=name)
    return TableOptions(
        columns=columns,
        dates=None if dates is None else date_pattern(dates),
        sheet=sheet,
        constants=pairs,
    )
