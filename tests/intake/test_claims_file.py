"""Claims files: all formats say the same, and a file with any error says every error."""

from __future__ import annotations

import csv
import io
import json
from unittest import mock

import pytest

from ledger.errors import BadClaimsFile, InputError
from ledger.intake import read_claims
from ledger.intake.file_problems import MAX_PROBLEMS

NORM = {
    "kind": "norm",
    "jurisdiction": "PK",
    "activity": "va.deal",
    "addressees": ["bank", "emi"],
    "force": "supervisory",
    "statement": "Banks shall not deal.",
    "effect": "prohibit",
    "made": "2018-04-06",
    "primary_source_seen": False,
    "instrument": {"id": "circular-3", "number": "3/2018"},
    "key": "circular-3-banks",
    "reports": [
        {
            "url": "https://example.org/c3",
            "publisher": "NO",
            "title": "Circular 3",
            "published": "2018",
            "evidence": {"sha256": "a" * 64, "bytes": 1024, "media_type": "text/html"},
        }
    ],
}
AS_YAML = """
# a comment
- kind: norm
  jurisdiction: PK
  activity: va.deal
  addressees: [bank, emi]
  force: supervisory
  statement: Banks shall not deal.
  effect: prohibit
  made: 2018-04-06
  primary_source_seen: false
  instrument: {id: circular-3, number: 3/2018}
  key: circular-3-banks
  note: ~
  reports:
    - url: https://example.org/c3
      publisher: NO
      title: Circular 3
      published: 2018
      evidence: {sha256: %s, bytes: 1024, media_type: text/html}
""" % ("a" * 64)
AS_CSV = (
    "kind,jurisdiction,activity,addressees,force,statement,effect,made,primary_source_seen,"
    "instrument.id,instrument.number,key,reports.0.url,reports.0.publisher,reports.0.title,"
    "reports.0.published,reports.0.evidence.sha256,reports.0.evidence.bytes,"
    "reports.0.evidence.media_type,note\r\n"
    "norm,PK,va.deal,bank; emi,supervisory,Banks shall not deal.,prohibit,2018-04-06,false,"
    f"circular-3,3/2018,circular-3-banks,https://example.org/c3,NO,Circular 3,2018,{'a' * 64},"
    "1024,text/html,\r\n"
)
FORMATS = {
    "claims.yaml": (AS_YAML.encode(), 3),
    "claims.YML": (b"\xef\xbb\xbf" + AS_YAML.encode(), 3),
    "list.json": (json.dumps([NORM]).encode(), 1),
    "claims.json": (json.dumps({"claims": [NORM]}, indent=1).encode(), 3),
    "one.json": (json.dumps(NORM, indent=1).encode(), 1),
    "claims.ndjson": (b"\n  " + json.dumps(NORM).encode() + b"\n\n", 2),
    "claims.jsonl": (json.dumps(NORM).encode(), 1),
    "claims.csv": (b"\xef\xbb\xbf" + AS_CSV.encode(), 2),
}
WRONG = """\
defaults: {jurisdiction: PK, frce: primary}
clams: []
claims:
  - kind: norm
    activity: va.deal
    force: primry
    statement: A rule.
    effect: prohibit
    efective_from: 2025-01-01
    reports:
      - url: nowhere
        publisher: P
        title: T
        published: 2025-13-01
  - kind: lifecycel
  - 12
  - kind: declaration
    activity: va.deal
    activity: va.pay
    statement: &anchor A word.
    note: *anchor
    force: !!str official
    reports: []
"""
UNNAMED = [AS_YAML, json.dumps([NORM], indent=1), json.dumps(NORM) + "\n"]


def problems(data: str | bytes, name: str = "f.yaml") -> list[tuple[int, str, str]]:
    """Read a file that must be refused; give line, field and message of each problem."""
    raw = data.encode() if isinstance(data, str) else data
    with pytest.raises(BadClaimsFile) as caught:
        read_claims(raw, name=name)
    assert all(p.file == name for p in caught.value.problems)
    return [(p.line, p.field, p.message) for p in caught.value.problems]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_claim(name: str) -> None:
    """YAML, JSON, NDJSON and CSV are four spellings of one claim, each with its line."""
    data, line = FORMATS[name]
    (parsed,) = read_claims(data, name=name)
    (expected,) = read_claims(json.dumps([NORM]).encode(), name="x.json")
    assert parsed.claim == expected.claim
    assert parsed.claim.model_dump(mode="json", by_alias=True, exclude_defaults=True) == NORM
    assert (parsed.line, parsed.ref) == (line, "circular-3-banks")


@pytest.mark.parametrize("text", UNNAMED)
def test_a_file_without_a_name_is_recognised(text: str) -> None:
    """Standard input has no suffix: what is read tells which format it is."""
    assert read_claims(text.encode(), name="-")[0].claim.key == "circular-3-banks"


def test_the_format_asked_for_goes_before_the_suffix() -> None:
    """A file called .txt is read when the format is said, and refused with advice when not."""
    data = json.dumps([NORM]).encode()
    assert len(read_claims(data, name="claims.txt", format="json")) == 1
    with pytest.raises(InputError, match="'txt' is not a format") as caught:
        read_claims(data, name="claims.txt")
    assert "ndjson" in caught.value.hint


def test_every_error_of_a_file_is_told() -> None:
    """Errors of several claims, fields and kinds come together, each with its own line."""
    found = problems(WRONG)
    assert {(line, field) for line, field, _ in found} >= {
        (1, "defaults.frce"),
        (2, "clams"),
        (6, "force"),
        (9, "efective_from"),
        (11, "reports[0].url"),
        (14, "reports[0].published"),
        (15, "kind"),
        (16, ""),
        (19, "activity"),
        (20, ""),
        (21, ""),
        (22, ""),
        (23, "reports"),
    }
    assert [line for line, _, _ in found] == sorted(line for line, _, _ in found)


def test_problems_say_what_was_probably_meant() -> None:
    """A mistyped value, field or section comes with the nearest right one."""
    text = "clams: []\nclaims:\n- {kind: context, force: oficial, statment: x}\n"
    with pytest.raises(BadClaimsFile) as caught:
        read_claims(text.encode(), name="f.yaml")
    hints = {p.field: p.hint for p in caught.value.problems}
    assert "claims" in hints["clams"]
    assert "official" in hints["force"]
    assert "statement" in hints["statment"]


def test_defaults_fill_what_a_kind_has_a_place_for() -> None:
    """A default holds where a claim says nothing; a regime does not reach a declaration."""
    report = "{url: 'https://e.org', publisher: P, title: T}"
    text = f"""
defaults: {{jurisdiction: PK, activity: va, regime: banking, force: official, reports: [{report}]}}
claims:
  - {{kind: declaration, statement: Said.}}
  - {{kind: norm, statement: Ruled., effect: permit, force: primary, made: 2025, regime: ~}}
  - {{kind: norm, statement: Ruled., effect: permit, force: primary, made: 2025}}
"""
    said, ruled, banking = (p.claim for p in read_claims(text.encode(), name="f.yaml"))
    assert (said.jurisdiction, said.force) == ("PK", "official")
    assert (ruled.force, getattr(ruled, "regime", "")) == ("primary", None)
    assert getattr(banking, "regime", "") == "banking"


def test_an_error_in_the_defaults_is_told_once_and_where_it_is() -> None:
    """A bad default is one problem on its own line, however many claims it reaches."""
    report = "{url: 'https://e.org', publisher: P, title: T}"
    claim = f"- {{kind: context, activity: va, force: report, statement: S, reports: [{report}]}}\n"
    found = problems("defaults:\n  jurisdiction: pakistan\nclaims:\n" + claim * 3)
    assert [(line, field) for line, field, _ in found] == [(2, "jurisdiction")]


def test_yaml_takes_nothing_for_what_it_is_not() -> None:
    """Dates, years, fractions and NO stay the text that was written."""
    text = AS_YAML.replace("Banks shall not deal.", "1e999").replace("3/2018", "1.50")
    claim = read_claims(text.encode(), name="f.yaml")[0].claim
    assert claim.statement == "1e999"
    assert claim.reports[0].publisher == "NO"
    assert claim.reports[0].published == "2018"
    assert getattr(claim, "instrument").number == "1.50"  # noqa: B009  # of one kind only


def test_block_text_has_no_line_end_at_its_end() -> None:
    """A folded statement is the sentence alone."""
    text = AS_YAML.replace("Banks shall not deal.", ">\n    Banks shall\n    not deal.\n")
    assert read_claims(text.encode(), name="f.yaml")[0].claim.statement == "Banks shall not deal."


def test_control_characters_are_kept_as_text() -> None:
    """An escape in a quoted text is content; showing it safely is somebody else's work."""
    text = AS_YAML.replace("Banks shall not deal.", r'"\x1b[31m \u202eBanks [/red]"')
    claim = read_claims(text.encode(), name="f.yaml")[0].claim
    assert claim.statement == "\x1b[31m \u202eBanks [/red]"


def test_what_a_problem_quotes_is_safe_and_short() -> None:
    """A problem never carries a terminal escape, nor a megabyte of what it is about."""
    name = "\x1b[31m" + "x" * 100_000
    for _, field, message in problems(json.dumps([{**NORM, name: 1, "force": name}]), "f.json"):
        assert "\x1b" not in field + message
        assert len(field + message) < 2000


@pytest.mark.parametrize("own", ["_sd", "sd"])
@pytest.mark.parametrize("place", ["claim", "report", "defaults"])
def test_digests_of_withheld_values_are_the_logs_own(own: str, place: str) -> None:
    """No file may pretend that something was withheld."""
    digests: list[str] = []
    claim = json.loads(json.dumps(NORM))
    defaults: dict[str, object] = {}
    {"claim": claim, "report": claim["reports"][0], "defaults": defaults}[place][own] = digests
    found = problems(json.dumps({"defaults": defaults, "claims": [claim]}), "f.json")
    assert [field.split(".")[-1] for _, field, _ in found] == [own]


def test_one_key_names_one_claim() -> None:
    """A second claim under a key is refused with both lines, whether it says the same or not."""
    for second, what in ((NORM, "this claim"), ({**NORM, "effect": "permit"}, "another claim")):
        ((line, field, message),) = problems(f"{json.dumps(NORM)}\n{json.dumps(second)}", "f.jsonl")
        assert (line, field) == (2, "key")
        assert f"of {what}, on line 1" in message


def test_rows_of_a_table_share_no_key() -> None:
    """In CSV too, and the line is that of the second row."""
    header, row, _ = AS_CSV.split("\r\n")
    ((line, field, message),) = problems(f"{header}\n{row}\n\n{row}\n", "f.csv")
    assert (line, field) == (4, "key")
    assert "on line 2" in message


def test_empty_columns_of_a_spreadsheet_are_no_columns() -> None:
    """Columns without a name and a value are ignored, wherever they stand; so are empty rows."""
    header, row, _ = AS_CSV.split("\r\n")
    text = f"{header},, \r\n{row},,,,\r\n,,,\r\n"
    (parsed,) = read_claims(text.encode(), name="f.csv")
    assert parsed.claim == read_claims(AS_CSV.encode(), name="f.csv")[0].claim


@pytest.mark.parametrize("header", ["kind", "kind,", "kind, ,key"])
def test_a_value_under_no_column_is_refused(header: str) -> None:
    """What stands beside the named columns may be what was meant: it is quoted, never dropped."""
    found = problems(f"{header}\nnorm,meant\n", "f.csv")
    assert (2, "", "has 'meant' under no column (commas separate the cells)") in found


@pytest.mark.parametrize("mark", [";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_semicolons_and_tabs_separate_cells_too(mark: str, start: str) -> None:
    """Half of the world's spreadsheets write semicolons: the header tells which it is."""
    rows = list(csv.reader(io.StringIO(AS_CSV, newline="")))
    text = io.StringIO(start, newline="")
    text.seek(0, io.SEEK_END)
    csv.writer(text, delimiter=mark).writerows(rows)
    found = read_claims(text.getvalue().encode(), name="f.csv")
    assert [one.claim for one in found] == [
        one.claim for one in read_claims(AS_CSV.encode(), name="f.csv")
    ]


def test_references_by_key_stay_text() -> None:
    """``key:<slug>`` is looked up when the claim is recorded, not here."""
    act = {k: v for k, v in NORM.items() if k not in ("effect", "key", "addressees")}
    act |= {"kind": "lifecycle", "act": "repeal", "target": "key:circular-3-banks", "at": "2026"}
    (parsed,) = read_claims(json.dumps([act]).encode(), name="f.json")
    assert getattr(parsed.claim, "target", "") == "key:circular-3-banks"
    assert parsed.ref == "#1"


def test_a_bad_line_does_not_hide_the_next() -> None:
    """In NDJSON every line is read, whatever stands on the one before."""
    bad = {**NORM, "effect": "forbid"}
    found = problems(f"{{\n{json.dumps(NORM)}\nnonsense\n{json.dumps(bad)}", "f.ndjson")
    assert [line for line, _, _ in found] == [1, 3, 4]


def test_csv_columns_are_checked_before_the_rows() -> None:
    """A column nobody knows, one given twice and a row too long are problems of their own."""
    text = (
        "kind,effct,effect,effect,reports.x.url,reports.0.url.more,reports\n"
        'norm,,prohibit,,,,,\n"a\nb",,,,,,\n'
    )
    found = problems(text, "f.csv")
    assert [message for line, _, message in found if line == 1] == [
        "has a column 'effct' that no claim has (commas separate the cells)",
        "has the column 'effect' twice",
        "has a column 'reports.x.url' that no claim has (commas separate the cells)",
        "has a column 'reports.0.url.more' that no claim has (commas separate the cells)",
        "has a column 'reports' that no claim has (commas separate the cells)",
    ]
    assert {line for line, _, _ in found} == {1, 2, 3}


def test_a_file_longer_than_allowed_is_not_read() -> None:
    """The limit is said."""
    with (
        mock.patch("ledger.intake.claims_file.MAX_DOCUMENT_BYTES", 100),
        pytest.raises(BadClaimsFile, match="at most 100 are read"),
    ):
        read_claims(AS_YAML.encode(), name="f.yaml")


def test_problems_end() -> None:
    """A file that is wrong everywhere is given up after ten thousand problems."""
    found = problems("kind\n" + "x\n" * 20_000, "f.csv")
    assert len(found) == MAX_PROBLEMS + 1
    assert "stopped here" in found[-1][2]


def test_a_field_nobody_knows_is_told_even_without_a_value() -> None:
    """An empty field of a wrong name is an error at every depth; a known one may be empty."""
    empty = {"efective_to": None, "nonsense": None, "effective_to": None, "at": None}
    instrument = {"id": "x", "title": "The Example Act", "2025": None, "number": None}
    found = problems(json.dumps([{**NORM, **empty, "instrument": instrument}]), "f.json")
    assert {(field, message) for _, field, message in found} == {
        ("efective_to", "is not a field of a norm"),
        ("nonsense", "is not a field of a norm"),
        ("instrument.2025", "is not a known field"),
    }
