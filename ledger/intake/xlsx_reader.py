"""Read a sheet of a workbook (XLSX) into the rows of a table, through calamine.

A workbook is a ZIP archive, of which a small one can unfold into anything: before it is read, the
sizes that it declares are summed up, and the cells that its sheets name are looked at. Cells come
as people see them: a date without a time as ``2025-07-08``, a whole number without a fraction.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from ledger.intake.file_problems import MAX_ROWS_BYTES, FileProblems, quoted
from ledger.intake.table import Row, TableOptions, read_table

MAGIC: Final = b"PK\x03\x04"
_PLAIN: Final = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_DAMAGED: Final = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
)
_MOST_CELLS: Final = 5_000_000  # of the rectangle from A1 to the last cell of a sheet
_CELL: Final = re.compile(rb'[ \t\r\n]r="([A-Z]{1,3})(\d{1,7})"')
_CHUNK: Final = 1 << 20
_LONGEST_REF: Final = 20  # bytes: may lie across two chunks


def read_xlsx(
    data: bytes, problems: FileProblems, how: TableOptions
) -> list[tuple[dict[str, Any], int]]:
    """Read every row of a sheet into (raw claim, its row number).

    The sheet is the first, or the one that ``how`` names. Raises BadClaimsFile for a file that is
    no workbook, is too large once unfolded, or has no such sheet.
    """
    if len(data) > MAX_ROWS_BYTES:
        problems.stop(0, f"is {len(data):,} bytes long, at most {MAX_ROWS_BYTES:,} are read")
    _check_size(data, problems)
    name, rows = _sheet(data, how.sheet, problems)
    return read_table(_texts(rows), problems, how, layout=f"sheet {quoted(name)}")


def _check_size(data: bytes, problems: FileProblems) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(one.file_size for one in archive.infolist())
            if size > MAX_ROWS_BYTES:
                problems.stop(0, f"unfolds to {size:,} bytes, at most {MAX_ROWS_BYTES:,} are read")
            for one in archive.infolist():
                if one.compress_type not in _PLAIN:
                    problems.stop(0, "is no workbook (XLSX): packed in another way than they are")
                with archive.open(one) as file:
                    _check_cells(file, one.filename, problems)
    except _DAMAGED as error:
        problems.stop(0, f"is no workbook (XLSX): {error}")


def _check_cells(file: Any, name: str, problems: FileProblems) -> None:
    """Refuse a sheet whose last cell lies so far away that the rectangle would not fit memory."""
    width = height = 0
    before = b""
    while chunk := file.read(_CHUNK):
        for column, row in _CELL.findall(before + chunk):
            width, height = max(width, _number(column)), max(height, int(row))
        if width * height > _MOST_CELLS:
            words = f"has a sheet of {height:,} rows by {width:,} columns ({quoted(name)})"
            problems.stop(0, words, hint=f"at most {_MOST_CELLS:,} cells are read")
        before = chunk[-_LONGEST_REF:]


def _number(column: bytes) -> int:
    """Return the number of a column from 1."""
    number = 0
    for letter in column:
        number = number * 26 + letter - ord("A") + 1
    return number


def _sheet(data: bytes, name: str | None, problems: FileProblems) -> tuple[str, list[list[Any]]]:
    import python_calamine as calamine  # compiled code that only a workbook needs

    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = list(book.sheet_names)
        if not names or (name is not None and name not in names):
            listed = ", ".join(quoted(one) for one in names) or "none"
            problems.stop(0, f"has no sheet {quoted(name or '')}", hint=f"sheets: {listed}")
        chosen = names[0] if name is None else name
        return chosen, book.get_sheet_by_name(chosen).to_python(skip_empty_area=False)
    except (calamine.CalamineError, OSError, ValueError) as error:
        problems.stop(0, f"is no workbook (XLSX): {error}")


def _texts(rows: list[list[Any]]) -> Iterator[Row]:
    for number, cells in enumerate(rows, 1):
        yield [_text(cell) for cell in cells], number


def _text(cell: Any) -> str:
    """Return a cell as it would be written in a claims file."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        midnight = (cell.hour, cell.minute, cell.second, cell.microsecond) == (0, 0, 0, 0)
        return cell.date().isoformat() if midnight else f"{cell.isoformat(timespec='seconds')}Z"
    return cell.isoformat() if isinstance(cell, date) else str(cell)
