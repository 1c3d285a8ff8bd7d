"""Read the rows of a table as raw claims; the header names fields as paths, ``reports.0.url``.

An empty cell is an absent field. A list of objects is numbered from 0; a list of texts
(``addressees``, ``cites``) is one cell with semicolons. The columns are those of the claim models.

Headings are read as people write them: in any case, with blanks for underscores, or as a mapping
says. Spreadsheets leave empty columns behind: one without a name and without values is ignored.
"""

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ledger.domain.validation_messages import FieldProblem, did_you_mean
from ledger.errors import InputError
from ledger.intake.file_problems import FileProblems, quoted
from ledger.intake.model_fields import ModelField, claim_fields, model_fields

SEPARATOR: Final = ";"  # within a cell
_INDEX: Final = re.compile(r"0|[1-9][0-9]?")  # of a list; spelled in one way
_MAX_COLUMNS: Final = 1000
_DATE_WORDS: Final = re.compile(r"(DD|MM|YYYY)([./ -]?)(DD|MM|YYYY)\2(DD|MM|YYYY)")
_DIGITS: Final = {
    "DD": r"(?P<day>\d{1,2})",
    "MM": r"(?P<month>\d{1,2})",
    "YYYY": r"(?P<year>\d{4})",
}
_STEP: Final = re.compile(r"[^.\[\]]+")

Path = tuple[str | int, ...]
Row = tuple[Sequence[str], int]  # cells, and the line (or the row of the sheet) they start on


class DateText(str):
    """A cell that the file itself holds as a date: ISO text, to which no form of dates applies."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class TableOptions:
    """What is to be known of a table beside its cells.

    ``columns`` maps headings, in lower case, to fields; an empty field leaves the column out.
    ``dates`` is the form of its dates as a pattern of :func:`date_pattern`, ``sheet`` the name of
    a sheet of a workbook. ``constants`` are fields that every claim has which does not give them,
    in files of all formats.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    dates: re.Pattern[str] | None = None
    sheet: str | None = None
    constants: Mapping[str, str] = field(default_factory=dict)


class TableRow(dict[str, Any]):
    """A raw claim, and the column of the table that gave each of its fields."""

    __slots__ = ("columns",)

    def __init__(self, columns: Mapping[str, str]) -> None:
        super().__init__()
        self.columns = columns


@dataclass(frozen=True, slots=True)
class _Column:
    path: Path
    member: ModelField


def date_pattern(words: str) -> re.Pattern[str]:
    """Return the pattern of dates in a form such as DD.MM.YYYY. Raises InputError for another."""
    found = _DATE_WORDS.fullmatch(words.upper())
    parts = [found[1], found[3], found[4]] if found else []
    if found is None or len(set(parts)) != len(_DIGITS):
        raise InputError(
            f"{words!r} is not a form of dates", hint="such as DD.MM.YYYY, MM/DD/YYYY or YYYY-MM-DD"
        )
    between = re.escape(found[2])
    exact = (_DIGITS[part] if between else _DIGITS[part].replace("{1,2}", "{2}") for part in parts)
    return re.compile(between.join(exact), re.ASCII)


def read_table(
    rows: Iterable[Row], problems: FileProblems, how: TableOptions, *, layout: str
) -> list[tuple[dict[str, Any], int]]:
    """Read every row below the first into (raw claim, line the row starts on).

    ``layout`` says how the cells were told apart, for messages. Unknown columns and cells under no
    column are noted in ``problems`` and left out. Raises BadClaimsFile for a table without header.
    """
    todo = iter(rows)
    header, line = next(todo, ((), 1))
    if not any(cell.strip() for cell in header):
        problems.stop(1, "has no header", hint="the first line names the fields")
    if len(header) > _MAX_COLUMNS:
        problems.stop(line, f"has {len(header):,} columns, at most {_MAX_COLUMNS:,} are read")
    columns = _columns(header, line, how, problems=problems, layout=layout)
    where = {
        ".".join(map(str, one.path)): f"column {letters(n)}, {quoted(header[n].strip())}"
        for n, one in enumerate(columns)
        if one is not None
    }
    found: list[tuple[dict[str, Any], int]] = []
    for cells, start in todo:
        if outside := _nameless(header, cells):
            problems.add(
                start,
                f"has {quoted(outside)} under no column ({layout})",
                hint="name the column in the header; a cell that holds the separator is quoted",
            )
        elif any(cell.strip() for cell in cells):
            found.append((_claim(columns, cells, how, where), start))
    return found


def known_headings(header: Sequence[str], how: TableOptions) -> int:
    """Return how many of these headings name a field of a claim."""
    return sum(_column(_field(cell, how)) is not None for cell in header[:_MAX_COLUMNS])


def placed(problem: FieldProblem, columns: Mapping[str, str]) -> FieldProblem:
    """Return a problem of a row with the column that holds its field, where there is one."""
    steps = _STEP.findall(problem.field)
    while steps:
        if place := columns.get(".".join(steps)):
            return problem._replace(message=f"{problem.message} ({place})")
        steps.pop()
    return problem


def constants_of(pairs: Mapping[str, str]) -> list[tuple[Path, Any]]:
    """Return fields that are the same for all claims. Raises InputError for one that is none."""
    found: list[tuple[Path, Any]] = []
    for name, value in pairs.items():
        column = _column(_plain(name))
        if column is None:
            raise InputError(
                f"no claim has a field {name!r}", hint=did_you_mean(_plain(name), _names())
            )
        found.append((column.path, _listed(value) if column.member.many else value))
    return found


def field_problem(name: str) -> str | None:
    """Return a hint where no claim has a field of this name (it may be empty), else None."""
    return None if _column(name) is not None else did_you_mean(name, _names())


def fill(claim: dict[str, Any], path: Path, value: Any) -> None:
    """Set a value deep inside a claim where there is none, with what is missing on the way."""
    here: Any = claim
    for step, following in itertools.pairwise(path):
        if isinstance(step, int) and isinstance(here, list):
            here += [{} for _ in range(step + 1 - len(here))]
            here = here[step]
        elif isinstance(step, str) and isinstance(here, dict):
            here = here.setdefault(step, [] if isinstance(following, int) else {})
        else:
            return  # something else stands there: the models say what is wrong with it
    if isinstance(here, dict):
        here.setdefault(path[-1], value)


def letters(number: int) -> str:
    """Return the name that spreadsheets give to a column, counted from 0."""
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _plain(heading: str) -> str:
    """Return a heading as the name of a field would be written: ``Effective from``."""
    return re.sub(r"[\s_-]+", "_", heading.strip().lower())


def _field(heading: str, how: TableOptions) -> str:
    """Return the field that a heading names, by the mapping or by itself; "" for none."""
    mapped = how.columns.get(heading.strip().lower())
    return _plain(heading) if mapped is None else mapped


def _nameless(header: Sequence[str], cells: Sequence[str]) -> str:
    """Return the first value that stands under no name, or nothing."""
    pairs = itertools.zip_longest(cells, header, fillvalue="")
    return next((cell for cell, name in pairs if cell.strip() and not name.strip()), "")


def _columns(
    header: Sequence[str], line: int, how: TableOptions, *, problems: FileProblems, layout: str
) -> list[_Column | None]:
    columns: list[_Column | None] = []
    seen: set[str] = set()
    for cell in header:
        name = _field(cell, how)
        column = _column(name) if name else None
        if not name:
            pass  # left out, or left behind by a spreadsheet: refused where it holds values
        elif column is None:
            hint = did_you_mean(name, _names())
            words = f"has a column {quoted(cell.strip())} that no claim has ({layout})"
            problems.add(line, words, hint=hint)
        elif name in seen:
            problems.add(line, f"has the column {quoted(name)} twice")
            column = None
        seen.add(name)
        columns.append(column)
    return columns


def _column(name: str) -> _Column | None:
    """Return the path and the member that a name stands for, or None."""
    known = claim_fields()
    path: list[str | int] = []
    steps = iter(name.split("."))
    for step in steps:
        member = known.get(step)
        if member is None:
            return None
        path.append(step)
        if member.model is None:
            return _Column(tuple(path), member) if next(steps, None) is None else None
        if member.many:
            index = next(steps, "")
            if not _INDEX.fullmatch(index):
                return None
            path.append(int(index))
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
                inside = f"{before}{name}{'.0' if member.many else ''}."
                todo.append((inside, model_fields(member.model)))
    return names


def _claim(
    columns: Sequence[_Column | None],
    cells: Sequence[str],
    how: TableOptions,
    where: Mapping[str, str],
) -> dict[str, Any]:
    claim = TableRow(where)
    for column, cell in zip(columns, cells, strict=False):
        if column is not None and cell:
            fill(claim, column.path, _value(cell, column.member, how))
    return claim


def _value(cell: str, member: ModelField, how: TableOptions) -> Any:
    if member.many:
        return _listed(cell)
    if isinstance(cell, DateText):
        return str(cell)
    if not member.is_date or how.dates is None or not (day := how.dates.fullmatch(cell.strip())):
        return cell
    return f"{day['year']}-{int(day['month']):02}-{int(day['day']):02}"


def _listed(cell: str) -> list[str]:
    return [part for raw in cell.split(SEPARATOR) if (part := raw.strip())]
