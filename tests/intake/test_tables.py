"""Tables as people have them: headings, dates, constants, workbooks; errors name their column."""

from __future__ import annotations

import contextlib
import io
import zipfile
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BadClaimsFile, InputError
from ledger.intake import read_claims
from ledger.intake.headings_file import read_headings
from ledger.intake.table import TableOptions, date_pattern, field_problem, letters

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADER = ("Kind", "Jurisdiction", "Activity", "Force", "Effect", "Made", "Statement")
ROW = ("norm", "PK", "va.deal", "primary", "prohibit", "06.04.2018", "Nobody deals.")
REPORT = {
    "reports.0.url": "https://example.org/a",
    "reports.0.publisher": "Gazette",
    "reports.0.title": "Notice",
}
DATES = date_pattern("DD.MM.YYYY")
HOW = TableOptions(dates=DATES, constants=REPORT)


def csv_of(*rows: Sequence[str], mark: str = ";") -> bytes:
    """Rows as CSV."""
    return "".join(mark.join(cells) + "\r\n" for cells in rows).encode()


def sheet(rows: Sequence[Sequence[Any]]) -> str:
    """The XML of a sheet: texts inline, numbers and truth values as such, None left out."""
    lines = []
    for number, cells in enumerate(rows, 1):
        found = []
        for column, cell in enumerate(cells):
            at = f'r="{letters(column)}{number}"'
            if isinstance(cell, bool):
                found.append(f'<c {at} t="b"><v>{int(cell)}</v></c>')
            elif isinstance(cell, int | float):
                style = ' s="1"' if cell > 40_000 else ""  # a day of this century, as a date
                found.append(f"<c {at}{style}><v>{cell}</v></c>")
            elif cell is not None:
                found.append(f'<c {at} t="inlineStr"><is><t>{escape(cell)}</t></is></c>')
        lines.append(f'<row r="{number}">{"".join(found)}</row>')
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def workbook(**sheets: str) -> bytes:
    """A workbook with these sheets, in order."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    names = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(sheets, 1)
    )
    parts = "".join(
        f'<Relationship Id="rId{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    styles = (
        f'<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/>'
        "</cellXfs></styleSheet>"
    )
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}"><Relationship Id="r" Type="{office}/officeDocument"'
            ' Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{names}</sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}">{parts}<Relationship Id="s" Type="{office}/styles"'
            ' Target="styles.xml"/></Relationships>',
        )
        archive.writestr("xl/styles.xml", styles)
        for n, xml in enumerate(sheets.values(), 1):
            archive.writestr(f"xl/worksheets/sheet{n}.xml", xml)
    return content.getvalue()


def cells(xml: str, after: str = "") -> str:
    """The XML of a sheet with these rows or cells, as they are written here."""
    return f"<worksheet><sheetData>{xml}</sheetData>{after}</worksheet>"


def with_texts(data: bytes, *texts: str) -> bytes:
    """A workbook with shared texts added."""
    content = io.BytesIO(data)
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as archive:
        items = "".join(f"<si><t>{text}</t></si>" for text in texts)
        archive.writestr("xl/sharedStrings.xml", f"<sst>{items}</sst>")
    return content.getvalue()


def problems(data: bytes, name: str, how: TableOptions = HOW) -> str:
    """Every problem of a file."""
    with pytest.raises(BadClaimsFile) as caught:
        read_claims(data, name=name, table=how)
    return str(caught.value)


# --- headings, dates, constants ------------------------------------------------------------------


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_table_as_a_spreadsheet_saves_it(mark: str) -> None:
    """Capitals, empty trailing columns, dates of the country, and what all rows share."""
    data = csv_of(
        (*HEADER, "", ""), (*ROW, "", ""), ("", "", "", "", "", "", "", "", ""), mark=mark
    )
    ((parsed),) = read_claims(data, name="f.csv", table=HOW)
    claim = parsed.claim.model_dump()
    assert claim["made"] == "2018-04-06"
    assert claim["reports"][0]["publisher"] == "Gazette"
    assert parsed.line == 2


@pytest.mark.parametrize("heading", ["Effective from", "EFFECTIVE-FROM", " effective_from "])
def test_headings_are_read_as_people_write_them(heading: str) -> None:
    """In any case, with blanks or hyphens."""
    data = csv_of((*HEADER, heading), (*ROW, "01.05.2018"))
    ((parsed),) = read_claims(data, name="f.csv", table=HOW)
    assert parsed.claim.model_dump()["effective_from"] == "2018-05-01"


def test_a_mapping_names_a_heading_once() -> None:
    """In another case it is the same heading: which of the two fields was meant is not guessed."""
    with pytest.raises(BadClaimsFile, match=r"m\.yaml:2.*names the heading 'TEXT' twice"):
        read_headings(b"Text: statement\nTEXT: note\n", name="m.yaml")


@pytest.mark.parametrize("index", ["00", "01", "100", "-1", "+1", "1.5", "", "\u0661"])
def test_a_place_in_a_list_has_one_spelling(index: str) -> None:
    """A heading that could name the place of another column is no field."""
    assert field_problem(f"reports.{index}.url") is not None
    assert field_problem("reports.0.url") is None


def test_a_mapping_names_headings_and_leaves_columns_out() -> None:
    """By the heading in any case; an empty field is a column nobody needs."""
    columns = read_headings(b"Wirksam ab: effective_from\nAblage: ~\n", name="m.yaml")
    how = TableOptions(columns=columns, dates=DATES, constants=REPORT)
    data = csv_of((*HEADER, "wirksam AB", "Ablage"), (*ROW, "01.05.2018", ""))
    ((parsed),) = read_claims(data, name="f.csv", table=how)
    assert parsed.claim.model_dump()["effective_from"] == "2018-05-01"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- a", "is no mapping"),
        ("Ab: efective_from", "did you mean effective_from"),
        ("Ab: [a]", "to what is no text"),
    ],
)
def test_a_mapping_that_cannot_be_used(text: str, words: str) -> None:
    """With its line, and the field that was meant."""
    with pytest.raises(BadClaimsFile, match=words):
        read_headings(text.encode(), name="m.yaml")


def test_constants_fill_what_a_claim_leaves_out_in_every_format() -> None:
    """A claim's own field goes before; a kind without the field stays without it."""
    text = b"""
- {kind: norm, activity: va.pay, force: primary, effect: permit, statement: a b, made: 2020-01-01}
- {kind: context, activity: va, force: report, statement: c d, reports:
   [{url: "https://other.test", publisher: P, title: T}]}
"""
    constants = {**REPORT, "jurisdiction": "PK", "effect": "prohibit", "cites": "a; b"}
    first, second = read_claims(text, name="f.yaml", table=TableOptions(constants=constants))
    assert first.claim.model_dump()["effect"] == "permit"
    assert first.claim.jurisdiction == second.claim.jurisdiction == "PK"
    assert second.claim.model_dump()["cites"] == ("a", "b")
    assert second.claim.model_dump()["reports"][0]["publisher"] == "P"


def test_a_problem_in_a_constant_has_the_line_of_its_claim() -> None:
    """It stands nowhere in the file."""
    how = TableOptions(constants={**REPORT, "reports.0.url": "nonsense"})
    found = problems(b"- {kind: norm}", "f.yaml", how)
    assert "f.yaml:1: reports[0].url" in found


@pytest.mark.parametrize("name", ["efect", "reports", "reports.0", "reports.x.url", ""])
def test_a_constant_that_no_claim_has(name: str) -> None:
    """Refused before anything is read."""
    with pytest.raises(InputError, match="no claim has a field"):
        read_claims(b"", name="f.csv", table=TableOptions(constants={name: "x"}))


@pytest.mark.parametrize(
    ("form", "cell", "day"),
    [
        ("DD.MM.YYYY", "6.4.2018", "2018-04-06"),
        ("mm/dd/yyyy", "04/06/2018", "2018-04-06"),
        ("YYYYMMDD", "20180406", "2018-04-06"),
        ("DD.MM.YYYY", "2018-04~", "2018-04~"),  # not of that form: as the claims file has it
    ],
)
def test_dates_in_a_stated_form(form: str, cell: str, day: str) -> None:
    """Only cells of date columns, and only those of that form."""
    how = TableOptions(dates=date_pattern(form), constants=REPORT)
    data = csv_of(HEADER, (*ROW[:5], cell, cell))
    ((parsed),) = read_claims(data, name="f.csv", table=how)
    assert parsed.claim.model_dump()["made"] == day
    assert parsed.claim.statement == cell


@pytest.mark.parametrize("form", ["", "DD.MM", "DD.MM/YYYY", "DD.DD.YYYY", "DD.MM.YY", "%d.%m.%Y"])
def test_a_form_of_dates_that_is_none(form: str) -> None:
    """Two digits of a year could be any century."""
    with pytest.raises(InputError, match="is not a form of dates"):
        date_pattern(form)


def test_errors_name_line_column_and_separator() -> None:
    """The cell that is wrong, and how the cells of a header that is wrong were told apart."""
    bad = problems(csv_of(HEADER, (*ROW[:4], "forbid", *ROW[5:])), "f.csv")
    assert "f.csv:2: effect:" in bad
    assert "(column E, 'Effect')" in bad
    assert "(semicolons separate the cells)" in problems(csv_of((*HEADER, "Nonsense")), "f.csv")


# --- workbooks -----------------------------------------------------------------------------------

REPORTS = (*REPORT,)
DAY = 43_196  # 2018-04-06, counted as spreadsheets do


def test_a_workbook_is_read_as_its_cells_are_seen() -> None:
    """Dates, whole numbers and truth values; the first sheet, or the one named."""
    header = (*HEADER, "Primary source seen", "Key", "")
    rows = [header, (*ROW[:5], DAY, ROW[6], True, 7, None)]
    data = workbook(Rules=sheet(rows), Other=sheet([["Kind"]]))
    ((parsed),) = read_claims(data, name="f.xlsx", table=HOW)
    claim = parsed.claim.model_dump()
    assert (claim["made"], claim["primary_source_seen"], claim["key"]) == ("2018-04-06", True, "7")
    named = TableOptions(sheet="Rules", constants=REPORT)
    assert read_claims(data, name="<stdin>", table=named)[0].claim == parsed.claim


def test_errors_of_a_workbook_name_row_column_and_sheet() -> None:
    """As the spreadsheet shows them."""
    data = workbook(Rules=sheet([HEADER, ROW, (*ROW[:4], "forbid", *ROW[5:])]))
    found = problems(data, "f.xlsx")
    assert "f.xlsx:3: effect:" in found
    assert "(column E, 'Effect')" in found
    missing = problems(data, "f.xlsx", TableOptions(sheet="Rule"))
    assert "has no sheet 'Rule'" in missing
    assert "'Rules'" in missing


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04 nonsense", "is no workbook"),
        (b"kind;effect", "is no workbook"),
        (workbook(), "has no sheet"),
        (workbook(A="<worksheet"), ""),
        (workbook(A=sheet([])), "has no header"),
        (workbook(A=cells('<c r="XFD1048576"><v>1</v></c>')), "rows by 16,384 columns"),
    ],
    # The bytes of a ZIP hold the time: as names they would differ among the processes that test.
    ids=["nonsense", "text", "empty", "cut", "no-header", "far-corner"],
)
def test_what_is_no_workbook_or_too_large_a_one(data: bytes, words: str) -> None:
    """Only our errors, before memory is taken for a sheet of a far corner."""
    assert words in problems(data, "f.xlsx")


def test_a_workbook_that_unfolds_into_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the sizes that it declares."""
    monkeypatch.setattr("ledger.intake.xlsx_parts.MAX_ROWS_BYTES", 5_000)
    data = workbook(A=f"<worksheet>{' ' * 10_000}</worksheet>")
    assert "unfolds to" in problems(data, "f.xlsx")


@given(st.binary(max_size=64), st.integers(0, 2_000))
def test_a_damaged_workbook_never_raises_anything_else(junk: bytes, at: int) -> None:
    """Bytes overwritten anywhere: it is read, or refused as a claims file."""
    good = workbook(Rules=sheet([HEADER, ROW]))
    data = good[:at] + junk + good[at + len(junk) :]
    with contextlib.suppress(BadClaimsFile):
        read_claims(data, name="f.xlsx", table=HOW)
