"""Workbooks that would take all memory, or whose cells would be lost without a word: refused."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import pytest

from ledger.errors import BadClaimsFile
from ledger.intake import read_claims
from ledger.intake.table import TableOptions, date_pattern
from tests.intake.test_tables import (
    DAY,
    HEADER,
    HOW,
    REPORT,
    ROW,
    cells,
    problems,
    sheet,
    with_texts,
    workbook,
)

FAR = {
    "single quotes": "<row><c r='A1048576'><v>1</v></c><c r='XFD1'><v>1</v></c></row>",
    "lower case": '<c r="xfd1048576"><v>1</v></c>',
    "row alone": f'<row r="300000">{"<c><v>1</v></c>" * 20}</row>',
    "rows counted": f'<row r="299999"/><row>{"<c/>" * 20}</row>',
    "columns counted": '<row r="9000"><c r="XFA1"/><c/><c/><c><v>1</v></c></row>',
    "prefix": '<x:row xmlns:x="u" r="300000"><x:c r="Z1"/><x:c/></x:row>',
}


@pytest.mark.parametrize("name", FAR)
def test_a_far_corner_is_refused_without_memory(name: str) -> None:
    """However the reference is written, or where there is none: a file of 2 kB takes no memory."""
    data = workbook(A=cells(FAR[name]))
    assert len(data) < 2_500
    problems(workbook(A=cells("")), "f.xlsx")  # imports what a workbook needs
    tracemalloc.start()
    try:
        found = problems(data, "f.xlsx")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "at most 5,000,000 cells are read" in found
    assert peak < 2**20


def test_cells_at_one_place_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes memory, though the rectangle is small."""
    monkeypatch.setattr("ledger.intake.xlsx_parts._MOST_CELLS", 10)
    data = workbook(A=cells('<c r="A1"><v>1</v></c>' * 11))
    assert "at most 10 cells are read" in problems(data, "f.xlsx")


def test_shared_texts_are_counted_where_they_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text of a file of few bytes can be named any number of times."""
    monkeypatch.setattr("ledger.intake.xlsx_parts.MAX_ROWS_BYTES", 50_000)
    once = '<row><c t="s"><v>0</v></c></row>'
    data = with_texts(workbook(A=cells(once * 3)), "x" * 20_000)
    assert "texts unfold to more than 50,000" in problems(data, "f.xlsx")
    fewer = with_texts(workbook(A=cells(once * 2)), "x" * 20_000)
    assert "that no claim has" in problems(fewer, "f.xlsx")


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        ('<c t="s"><v>1</v></c>', "a shared text that there is not"),
        ('<c t="s"><v>&#48;</v></c>', "a shared text that there is not"),
        ('<c t="s"><v>0<!-- --></v></c>', "a shared text that there is not"),
        ("<c><v><![CDATA[1]]></v></c>", "a CDATA section"),
        ("<sheetData/>", "sheetData within sheetData"),
        ("<row><row/></row>", "row within row"),
        ('<c r="A"/>', "a cell at 'A'"),
        ('<c r="A0"/>', "a cell at 'A0'"),
        ('<row r="x"/>', "a cell at 'Ax'"),
        ("<row>", "mismatched tag"),
        ("<c>&x;</c>", "undefined entity"),
    ],
)
def test_a_sheet_that_could_be_read_in_two_ways(xml: str, words: str) -> None:
    """Is no workbook: what is counted has to be what is read."""
    found = problems(with_texts(workbook(A=cells(xml)), "a"), "f.xlsx")
    assert "is no workbook" in found
    assert words in found


def test_a_document_type_is_refused() -> None:
    """Its entities would unfold."""
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + cells("<c><v>&a;</v></c>")
    assert "declares a document type" in problems(workbook(A=bomb), "f.xlsx")


def test_a_part_given_twice_is_refused() -> None:
    """Two readers could take different ones, whatever the case of the name."""
    content = io.BytesIO(workbook(A=sheet([HEADER, ROW])))
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("xl/worksheets/SHEET1.xml", sheet([HEADER]))
    assert "twice" in problems(content.getvalue(), "f.xlsx")


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ('<c r="B2" t="e"><v>#N/A</v></c>', "has an error in column B, row 2"),
        ('<c r="AA2" t="e"><f>X1</f><v>#REF!</v></c>', "has an error in column AA, row 2"),
        ('<c r="B2"><f>1+1</f></c>', "has a formula without a value in column B, row 2"),
        ('<c r="B2"><f>1+1</f><v/></c>', "has a formula without a value in column B, row 2"),
    ],
)
def test_cells_that_would_read_as_empty(cell: str, words: str) -> None:
    """Refused with their place in the sheet that is read, and left alone in another."""
    lost = sheet([HEADER]).replace("</sheetData>", f'<row r="2">{cell}</row></sheetData>')
    good = sheet([HEADER, ROW])
    found = problems(workbook(Rules=lost, Other=good), "f.xlsx")
    assert "f.xlsx:2:" in found
    assert words in found
    assert "of sheet 'Rules'" in found
    assert len(read_claims(workbook(Other=good, Rules=lost), name="f.xlsx", table=HOW)) == 1


def test_a_formula_with_a_value_is_its_value() -> None:
    """Also where that is an empty text."""
    more = '<c r="H2" t="str"><f>A1</f><v>k1</v></c><c r="I2" t="str"><f>A2</f><v></v></c>'
    rules = sheet([(*HEADER, "Key", "Note"), ROW]).replace("</row></sheetData>", f"{more}</row>")
    data = workbook(Rules=rules.replace("</worksheet>", "</sheetData></worksheet>"))
    ((parsed),) = read_claims(data, name="f.xlsx", table=HOW)
    assert parsed.claim.model_dump()["key"] == "k1"


@pytest.mark.parametrize(("ref", "refused"), [("A1:B1", False), ("A2:A3", True), ("A1:A2", True)])
def test_merged_cells_below_the_header(ref: str, refused: bool) -> None:  # noqa: FBT001
    """Only the first cell would have the value."""
    merged = f'<mergeCells><mergeCell ref="{ref}"/></mergeCells></worksheet>'
    data = workbook(A=sheet([HEADER, ROW]).replace("</worksheet>", merged))
    if not refused:
        assert len(read_claims(data, name="f.xlsx", table=HOW)) == 1
        return
    with pytest.raises(BadClaimsFile, match="merged with others"):
        read_claims(data, name="f.xlsx", table=HOW)


@pytest.mark.parametrize("made", [DAY, "2018-06-04"])
def test_a_cell_that_is_a_date_has_no_form(made: int | str) -> None:
    """6 April as a date stays what it is; as a text it is read in the form that was stated."""
    how = TableOptions(dates=date_pattern("YYYY-DD-MM"), constants=REPORT)
    data = workbook(A=sheet([HEADER, (*ROW[:5], made, ROW[6])]))
    ((parsed),) = read_claims(data, name="f.xlsx", table=how)
    assert parsed.claim.model_dump()["made"] == "2018-04-06"
