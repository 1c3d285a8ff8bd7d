"""The only writer: harmless text, colour, symbols, JSON."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

import pytest

from ledger.cli import answer_lines, columns, output
from ledger.cli.exit_codes import ExitCode
from ledger.cli.output import Styled
from ledger.errors import BadClaimsFile, BrokenChain, InputError, Problem, UnknownId
from ledger.wording.statuses import STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterator

HOSTILE = "a\x1b[31mb\x9bc\u202ed\u2028e[/foo][red]f\x00"
SEEN = "a\\x1b[31mb\\x9bc\\u202ed\\u2028e[/foo][red]f\\x00"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    output.configure(color=True, json_errors=False)
    yield
    output.configure(color=True, json_errors=False)


def test_text_is_made_harmless_in_every_way_of_printing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Lines, styled pieces, notes, warnings, texts and errors show escapes as text."""
    output.line(HOSTILE)
    output.line(Styled(HOSTILE, "red"))
    output.text(HOSTILE + "\n")
    assert capsys.readouterr().out == f"{SEEN}\n" * 3
    output.note(HOSTILE)
    output.warn(HOSTILE)
    output.failure(InputError(HOSTILE, hint=HOSTILE))
    expected = f"{SEEN}\nwarning: {SEEN}\nerror: {SEEN}\nhint: {SEEN}\n"
    assert capsys.readouterr().err == expected


def test_json_keeps_the_value_and_hides_what_acts(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON output parses to the same text, and holds no character that acts on a terminal."""
    value = {"text": HOSTILE + "\U000e0041 äöü اردو"}
    output.value(value)
    output.value(value, one_line=True)
    shown = capsys.readouterr().out
    assert json.loads(shown[: shown.rindex("\n{")]) == value
    assert shown.count("äöü اردو") == 2
    for character in "\x1b\x9b\u202e\u2028\x00\U000e0041":
        assert character not in shown


def test_colour_is_for_terminals_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal gets SGR codes around the harmless text; NO_COLOR, TERM=dumb, --no-color none."""

    def shown() -> str:
        stream = Terminal()
        monkeypatch.setattr(sys, "stdout", stream)
        output.line(Styled("x\x1b", "red"))
        return stream.getvalue()

    assert shown() == "\x1b[31mx\\x1b\x1b[0m\n"
    monkeypatch.setenv("NO_COLOR", "1")
    assert shown() == "x\\x1b\n"
    monkeypatch.setenv("NO_COLOR", "")
    assert shown() == "\x1b[31mx\\x1b\x1b[0m\n"
    monkeypatch.setenv("TERM", "dumb")
    assert shown() == "x\\x1b\n"
    monkeypatch.setenv("TERM", "xterm")
    output.configure(color=False, json_errors=False)
    assert shown() == "x\\x1b\n"


def test_symbols_have_ascii_twins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where stdout is not Unicode each status still has a symbol of its own, and its word."""
    seen = {}
    for encoding in ("utf-8", "ascii"):
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr(sys, "stdout", stream)
        seen[encoding] = [answer_lines.status_piece(s).text for s in STATUSES]
    assert seen["utf-8"] == ["✔ legal", "◆ under framework", "✖ prohibited", "? undetermined"]
    assert seen["ascii"] == ["+ legal", "# under framework", "x prohibited", "? undetermined"]


def test_a_character_stdout_cannot_show_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Printing never fails for the encoding of the terminal."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    output.configure(color=True, json_errors=False)
    output.line("Zürich")
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    assert stream.buffer.getvalue() == b"Z\\xfcrich\n"


def test_an_error_as_json_carries_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    """The facts of an error are members beside its message; the code is the documented one."""
    output.configure(color=True, json_errors=True)
    assert output.failure(UnknownId("activity", "va.x", ("va.y",))) == ExitCode.USAGE
    found = json.loads(capsys.readouterr().err)
    assert found == {
        "schema": "regledger/error/v1",
        "error": "unknown_id",
        "message": "unknown activity 'va.x'",
        "hint": "did you mean va.y?",
        "exit_code": 2,
        "kind": "activity",
        "value": "va.x",
        "nearest": ["va.y"],
        "pending": None,
    }
    output.failure(BadClaimsFile([Problem("f.yaml", 3, "force", "is wrong", "fix it")]))
    (problem,) = json.loads(capsys.readouterr().err)["problems"]
    assert problem == {
        "file": "f.yaml",
        "line": 3,
        "field": "force",
        "message": "is wrong",
        "hint": "fix it",
    }
    assert output.failure(BrokenChain(3, "prev", 1, 2)) == ExitCode.NOT_VERIFIED
    assert json.loads(capsys.readouterr().err)["seq"] == 3


def test_no_progress_bar_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Into a file or a pipe nothing is drawn."""
    with output.progress("verifying") as report:
        report(1, 2)
    assert capsys.readouterr() == ("", "")


def test_a_progress_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the bar counts on stderr, its label is no markup, and it goes away."""
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    with output.progress("[red]verifying") as report:
        report(1, 2)
        report(2, 2)
    assert "[red]verifying" in stream.getvalue()
    assert "2/2" in stream.getvalue()


def test_columns_follow_the_terminal_within_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """80 without a terminal, its width with one, never more than 120."""
    monkeypatch.setenv("COLUMNS", "60")
    assert output.columns() == 60
    monkeypatch.setenv("COLUMNS", "400")
    assert output.columns() == 120


def test_wrapping_measures_cells_and_keeps_long_words_whole() -> None:
    """Wide characters count two; a hash sticks out rather than being broken."""
    assert columns.wrap("aa bb cc", 5) == ["aa bb", "cc"]
    assert columns.wrap("漢字 漢字", 5) == ["漢字", "漢字"]
    assert columns.wrap("", 5) == [""]
    assert columns.wrap("x " + "f" * 64, 20) == ["x", "f" * 64]
    assert columns.wrap("a\nb", 20) == ["a\\nb"]


def test_a_table_aligns_and_wraps_its_last_column(monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns are as wide as their widest cell; what follows a wrap stands below the column."""
    rows = [("a", "one two three"), ("漢字", "four")]
    monkeypatch.setattr(output, "columns", lambda: 22)
    lines = ["".join(map(str, line)) for line in columns.table(rows)]
    assert lines == ["a     one two three", "漢字  four"]
    monkeypatch.setattr(output, "columns", lambda: 20)
    narrow = ["".join(map(str, line)) for line in columns.table([("ab", "one two three four")])]
    assert narrow == ["ab  one two three", "    four"]
    assert columns.table([]) == []
