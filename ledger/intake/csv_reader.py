"""Read CSV into the rows of a table: commas, semicolons or tabs between cells (RFC 4180 else).

Double quotes go around a cell that holds the separator, a quote or a line end. The separator is the
one by which the header names the most fields of claims.
"""

import csv
import io
from collections.abc import Iterator
from typing import Any, Final

from ledger.intake.file_problems import FileProblems
from ledger.intake.table import Row, TableOptions, known_headings, read_table

_SEPARATORS: Final = {",": "commas", ";": "semicolons", "\t": "tabs"}


def read_csv(
    text: str, problems: FileProblems, how: TableOptions
) -> list[tuple[dict[str, Any], int]]:
    """Read every row into (raw claim, line the row starts on).

    Raises BadClaimsFile for text that is not CSV, or has no header.
    """
    mark = _separator(text, how)
    rows = _rows(text, mark, problems)
    return read_table(rows, problems, how, layout=f"{_SEPARATORS[mark]} separate the cells")


def separator_in_words(data: bytes, how: TableOptions) -> str:
    """Return which characters are read as separators of the cells, such as ``semicolons``."""
    return _SEPARATORS[_separator(data.decode("utf-8-sig", "replace"), how)]


def _rows(text: str, mark: str, problems: FileProblems) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    start = 1
    try:
        for cells in reader:
            yield cells, start
            start = reader.line_num + 1
    except csv.Error as error:
        words = f"is not CSV with {_SEPARATORS[mark]} between the cells: {error}"
        problems.stop(max(start, 1), words)


def _separator(text: str, how: TableOptions) -> str:
    """Return the separator by which the header names most fields; in doubt, most cells."""

    def worth(mark: str) -> tuple[int, int]:
        try:
            header = next(csv.reader(io.StringIO(text, newline=""), delimiter=mark), [])
        except csv.Error:
            return 0, 0
        return known_headings(header, how), len(header)

    return max(_SEPARATORS, key=worth)
