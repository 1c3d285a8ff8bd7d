"""Unfold a workbook (XLSX) and look at each of its parts before calamine takes memory for them.

A workbook is a ZIP archive, of which a small one can unfold into anything: the sizes that it
declares are summed up, and one pass over its XML counts cells and texts as calamine will. Only the
parts that were looked at are handed on. The pass also finds the cells that calamine reads as empty
though they are not: errors, formulas never calculated, and cells merged with others.
"""

import io
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from xml.parsers import expat

from ledger.intake.file_problems import MAX_PROBLEMS, MAX_ROWS_BYTES, FileProblems, quoted
from ledger.intake.table import letters

_PLAIN: Final = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_DAMAGED: Final = (
    zipfile.BadZipFile,
    zlib.error,
    expat.ExpatError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
)
_MOST_CELLS: Final = 5_000_000  # of the rectangle from A1 to the last cell of a sheet
_READ: Final = ("xl/", "_rels/", "[content_types].xml")  # what a reader of sheets needs, as XML
_STRINGS: Final = "xl/sharedstrings.xml"
_BOOK: Final = "xl/workbook.xml"
_LINKS: Final = "xl/_rels/workbook.xml.rels"
_REFERENCE: Final = re.compile(r"([A-Za-z]{1,3})([1-9][0-9]{0,6})")
_INDEX: Final = re.compile(rb"<[^<>]*>([0-9]{1,9})")  # a shared text, without any other markup
_NESTED: Final = {"sheetData", "row", "c", "v", "si"}


class CellFault(NamedTuple):
    """What is wrong at a row of a sheet, and what to do."""

    row: int
    message: str
    hint: str


@dataclass(slots=True)
class WorkbookParts:
    """A workbook with only the parts that were looked at, and what was found in them."""

    content: bytes = b""
    texts: list[int] = field(default_factory=list)  # lengths of the shared texts
    sheets: dict[str, str] = field(default_factory=dict)  # name of a sheet -> id of its link
    links: dict[str, str] = field(default_factory=dict)  # id of a link -> part
    faults: dict[str, list[CellFault]] = field(default_factory=dict)  # by part, in lower case

    def faults_of(self, sheet: str) -> list[CellFault]:
        """Return the faults of a sheet. Raises ValueError where no part is known to hold it."""
        target = self.links.get(self.sheets.get(sheet, ""), "").lower().lstrip("/")
        part = target if target.startswith("xl/") else f"xl/{target}"
        if part not in self.faults:
            raise ValueError(f"no part holds the sheet {quoted(sheet)}")
        return self.faults[part]


def unfold(data: bytes, problems: FileProblems) -> WorkbookParts:
    """Return the parts of a workbook that a reader of sheets needs.

    Raises BadClaimsFile for what is no workbook, or takes too much memory once it is read.
    """
    found = WorkbookParts()
    try:
        parts = _unpacked(data, problems)
        for name in sorted(parts, key=lambda one: one.lower() != _STRINGS):  # they come first
            _Part(name, parts[name], found, problems=problems).read()
    except _DAMAGED as error:
        problems.stop(0, f"is no workbook (XLSX): {error}")
    found.content = _packed(parts)
    return found


def _unpacked(data: bytes, problems: FileProblems) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = sum(one.file_size for one in archive.infolist())
        if size > MAX_ROWS_BYTES:
            problems.stop(0, f"unfolds to {size:,} bytes, at most {MAX_ROWS_BYTES:,} are read")
        seen: set[str] = set()
        for one in archive.infolist():
            name = one.filename.replace("\\", "/")
            if not name.lower().startswith(_READ) or not name.lower().endswith((".xml", ".rels")):
                continue
            if one.compress_type not in _PLAIN:
                problems.stop(0, "is no workbook (XLSX): packed in another way than they are")
            if name.lower() in seen:
                problems.stop(0, f"is no workbook (XLSX): holds {quoted(name)} twice")
            seen.add(name.lower())
            parts[name] = archive.read(one)
    return parts


def _packed(parts: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return content.getvalue()


class _Part:
    """One pass over the XML of a part; rows and columns are counted from 1, as calamine does."""

    def __init__(
        self, name: str, data: bytes, found: WorkbookParts, *, problems: FileProblems
    ) -> None:
        self.name = name
        self.data = data
        self.found = found
        self.problems = problems
        self.faults = found.faults.setdefault(name.lower(), [])
        self.open: set[str] = set()
        self.row = self.column = 1
        self.width = self.height = self.cells = self.text = self.shared = 0
        self.at = (1, 1)  # row and column of the cell
        self.kind: str | None = None  # of the cell
        self.formula = self.valued = False
        self.value_start = 0
        # Another encoding than that of calamine could hide cells, and a DTD unfolds as well.
        self.parser = expat.ParserCreate("UTF-8")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.StartDoctypeDeclHandler = self._refuse_type
        self.parser.StartCdataSectionHandler = self._refuse_raw

    def read(self) -> None:
        """Look at every element. Raises ExpatError, ValueError or BadClaimsFile."""
        self.parser.Parse(self.data, True)  # noqa: FBT003 -- the call takes no keywords

    def _refuse_type(self, *_: object) -> None:
        raise ValueError(f"{quoted(self.name)} declares a document type")

    def _refuse_raw(self) -> None:
        if "sheetData" in self.open:
            raise ValueError(f"{quoted(self.name)} has a CDATA section among its cells")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name in _NESTED:
            if name in self.open:
                raise ValueError(f"{quoted(self.name)} has {name} within {name}")
            self.open.add(name)
        if "sheetData" in self.open:
            self._start_in_sheet(name, attributes)
        elif name == "mergeCell":
            self._merged(attributes.get("ref", ""))
        elif name == "si":
            self.text = 0
        elif name == "sheet" and self.name.lower() == _BOOK:
            link = next((v for k, v in attributes.items() if k.endswith(":id")), "")
            self.found.sheets.setdefault(attributes.get("name", ""), link)
        elif name == "Relationship" and self.name.lower() == _LINKS:
            self.found.links[attributes.get("Id", "")] = attributes.get("Target", "")

    def _start_in_sheet(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheetData":
            self.row = self.column = 1
        elif name == "row" and "r" in attributes:
            self.row = self._reference(f"A{attributes['r']}")[0]
        elif name == "c":
            self._start_cell(attributes)
        elif name == "v":
            self.value_start, self.text = self.parser.CurrentByteIndex, 0
        elif name == "f":
            self.formula = True

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self.at = (self.row, self.column)
        if "r" in attributes:
            self.at = self._reference(attributes["r"])
            self.column = self.at[1]
        self.kind = attributes.get("t")
        self.formula = self.valued = False
        self.cells += 1
        self.height, self.width = max(self.height, self.at[0]), max(self.width, self.at[1])
        if max(self.width * self.height, self.cells) > _MOST_CELLS:
            self._too_many(f"a sheet of {self.height:,} rows by {self.width:,} columns")

    def _too_many(self, words: str) -> None:
        hint = f"at most {_MOST_CELLS:,} cells are read"
        self.problems.stop(0, f"has {words} ({quoted(self.name)})", hint=hint)

    def _reference(self, text: str) -> tuple[int, int]:
        """Return row and column of a reference such as ``B7``."""
        found = _REFERENCE.fullmatch(text)
        if found is None:
            raise ValueError(f"{quoted(self.name)} has a cell at {quoted(text)}")
        column = 0
        for letter in found[1].upper():
            column = column * 26 + ord(letter) - ord("A") + 1
        return int(found[2]), column

    def _characters(self, text: str) -> None:
        self.text += len(text)

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "v" and "c" in self.open:
            self._end_value()
        elif name == "c" and "sheetData" in self.open:
            self._end_cell()
        elif name == "row":
            self.row, self.column = self.row + 1, 1
        elif name == "si" and self.name.lower() == _STRINGS:
            self.found.texts.append(self.text)
            if len(self.found.texts) > _MOST_CELLS:
                self._too_many(f"{len(self.found.texts):,} shared texts")
        self.open.discard(name)

    def _end_value(self) -> None:
        self.valued = self.valued or self.text > 0 or self.kind == "str"
        raw = self.data[self.value_start : self.parser.CurrentByteIndex]
        if self.kind != "s" or not self.text:
            return
        found = _INDEX.fullmatch(raw)
        if found is None or int(found[1]) >= len(self.found.texts):
            raise ValueError(f"{quoted(self.name)} names a shared text that there is not")
        self.shared += self.found.texts[int(found[1])]
        if self.shared > MAX_ROWS_BYTES:
            words = f"has a sheet whose texts unfold to more than {MAX_ROWS_BYTES:,} characters"
            self.problems.stop(0, f"{words} ({quoted(self.name)})", hint="split it")

    def _end_cell(self) -> None:
        if self.kind == "e":
            self._fault(*self.at, "has an error", "correct or clear it")
        elif self.formula and not self.valued:
            hint = "open the workbook in a spreadsheet, calculate and save it"
            self._fault(*self.at, "has a formula without a value", hint)
        self.column += 1

    def _merged(self, text: str) -> None:
        first, _, last = text.partition(":")
        row, column = self._reference(first)
        if self._reference(last or first)[0] > 1:
            words = f"has cells merged with others, {quoted(text)},"
            self._fault(row, column, words, "unmerge them, and fill in each row")

    def _fault(self, row: int, column: int, words: str, hint: str) -> None:
        if len(self.faults) < MAX_PROBLEMS:
            message = f"{words} in column {letters(column - 1)}, row {row}"
            self.faults.append(CellFault(row, message, hint))
