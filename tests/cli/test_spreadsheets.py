"""`record` of a table as somebody's spreadsheet saves it; `show --yaml` for a correction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

TABLE = """\
Art;Activity;Force;Effect;Made;Statement;Key;Ablage;
norm;va.deal;primary;prohibit;06.04.2018;Nobody deals.;rule-1;blue;
norm;va.pay;primary;authorise;07.04.2018;Who pays needs a licence.;rule-2;;
"""
COLUMNS = "Art: kind\nAblage: ~\n"
OPTIONS = (
    *("--date-format", "DD.MM.YYYY", "--columns", "columns.yaml"),
    *("--set", "jurisdiction=PK", "--set", "reports.0.url=https://example.org/a"),
    *("--set", "reports.0.publisher=Gazette", "--set", "reports.0.title=Notice"),
)


@pytest.fixture
def plain(cli: Cli) -> Cli:
    """A ledger without review."""
    cli.ok("init", "example.org/t", "--as", "ana", "--review", "none")
    cli.file("table.csv", TABLE)
    cli.file("columns.yaml", COLUMNS)
    return cli


def test_a_table_is_recorded_as_it_was_saved(plain: Cli) -> None:
    """Semicolons, its own headings and dates, a column left out, and what all rows share."""
    recorded = plain.ok("record", "table.csv", *OPTIONS, "--json").json
    assert [one["key"] for one in recorded["results"]] == ["rule-1", "rule-2"]
    shown = plain.ok("show", "rule-1", "--json").json["opened"]["claim"]
    assert shown["made"] == "2018-04-06"
    assert shown["reports"][0]["publisher"] == "Gazette"


@pytest.mark.parametrize(("mark", "said"), [(";", "semicolons"), ("\t", "tabs"), (",", "")])
def test_the_separator_that_was_taken_is_said_unless_it_is_the_comma(
    plain: Cli, mark: str, said: str
) -> None:
    """It was guessed from the header: whoever meant another sees which."""
    plain.file("table.csv", TABLE.replace(";", mark))
    err = plain.ok("record", "table.csv", "--dry-run", *OPTIONS).err
    assert (f"table.csv: read as a table with {said} as separators" in err) is bool(said)
    assert ("separators" in err) is bool(said)


def test_without_the_mapping_the_heading_is_named(plain: Cli) -> None:
    """With its line, and how the cells were told apart."""
    refused = plain("record", "table.csv", "--date-format", "DD.MM.YYYY")
    assert refused.code == 2
    assert "table.csv:1: has a column 'Art' that no claim has (semicolons" in refused.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--set", "jurisdiction"), "is not FIELD=VALUE"),
        (("--set", "efect=permit"), "no claim has a field 'efect'"),
        (("--date-format", "dd.mm.yy"), "is not a form of dates"),
        (("--columns", "table.csv"), "holds rows of claims only"),
        (("--columns", "absent.yaml"), "no such file"),
    ],
)
def test_options_that_cannot_be_used(plain: Cli, words: tuple[str, str], said: str) -> None:
    """Refused with what was meant, and nothing recorded."""
    refused = plain("record", "table.csv", *words)
    assert refused.code in {2, 3}
    assert said in refused.err
    assert len(plain.ok("history", "--json").json["entries"]) == 2


def test_show_gives_a_file_that_correct_takes(plain: Cli) -> None:
    """Printed, edited and given back: the claim says the new thing, and the rest is the same."""
    plain.ok("record", "table.csv", *OPTIONS)
    before = plain.ok("show", "rule-1", "--json").json["opened"]["claim"]
    text = plain.ok("show", "rule-1", "--yaml").out
    edited = plain.file("edited.yaml", text.replace("Nobody deals.", "Nobody trades."))
    plain.ok("correct", "rule-1", edited, "--reason", "misread_source")
    after = plain.ok("show", "rule-1", "--json").json["versions"]
    assert len(after) == 2
    again = plain.ok("show", "rule-1", "--yaml").out
    assert again == text.replace("Nobody deals.", "Nobody trades.")
    assert before["statement"] == "Nobody deals."


def test_show_yaml_of_what_is_no_claim(plain: Cli) -> None:
    """An entry that is none is refused with a hint."""
    assert plain("show", "@0", "--yaml").code == 2
