"""Read a sheet of a workbook (XLSX) into the rows of a table, through calamine.

Cells come as people see them: a date without a time as ``2025-07-08``, a whole number without a
fraction.
"""

import io
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from ledger.intake.file_problems import MAX_ROWS_BYTES, FileProblems, quoted
from ledger.intake.table import DateText, Row, TableOptions, read_table
from ledger.intake.xlsx_parts import WorkbookParts, unfold

MAGIC: Final = b"PK\x03\x04"


def read_xlsx(
    data: bytes, problems: FileProblems, how: TableOptions
) -> list[tuple[dict[str, Any], int]]:
    """Read every row of a sheet into (raw claim, its row number).

    The sheet is the first, or the one that ``how`` names. Raises BadClaimsFile for a file that is
    no workbook, is too large once unfolded, or has no such sheet, and for a sheet with errors,
    formulas without a value, or cells merged below its header.
    """
    if len(data) > MAX_ROWS_BYTES:
        problems.stop(0, f"is {len(data):,} bytes long, at most {MAX_ROWS_BYTES:,} are read")
    name, rows = _sheet(unfold(data, problems), how.sheet, problems)
    return read_table(_texts(rows), problems, how, layout=f"sheet {quoted(name)}")


def _sheet(
    parts: WorkbookParts, name: str | None, problems: FileProblems
) -> tuple[str, list[list[Any]]]:
    import python_calamine as calamine  # compiled code that only a workbook needs

    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(parts.content))
        names = list(book.sheet_names)
        if not names or (name is not None and name not in names):
            listed = ", ".join(quoted(one) for one in names) or "none"
            problems.stop(0, f"has no sheet {quoted(name or '')}", hint=f"sheets: {listed}")
        chosen = names[0] if name is None else name
        for fault in parts.faults_of(chosen):
            problems.add(fault.row, f"{fault.message} of sheet {quoted(chosen)}", hint=fault.hint)
        problems.check()
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
        day, moment = cell.date().isoformat(), f"{cell.isoformat(timespec='seconds')}Z"
        return DateText(day if midnight else moment)
    return DateText(cell.isoformat()) if isinstance(cell, date) else str(cell)
