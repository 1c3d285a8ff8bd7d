"""Untrusted text is shown, never obeyed."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.text import fold, shorten, spreadsheet, visible, width

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)

# Format characters with ink of their own: the signs that enclose Arabic and Kaithi numbers.
INKED = {*range(0x0600, 0x0606), 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD}


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("plain, sober text", "plain, sober text"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x07", r"\x1b]8;;http://x\x07link\x1b]8;;\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("a\x00b\x7f", r"a\x00b\x7f"),
        ("one\ntwo\r\tthree", r"one\ntwo\r\tthree"),
        ("a\u2028b\u2029c", r"a\u2028b\u2029c"),
        ("\u202eexe.txt\u2066x\u2069", r"\u202eexe.txt\u2066x\u2069"),
        ("va\u200b.deal \ufeffx\u00ad", r"va\u200b.deal \ufeffx\xad"),
        ("half \ud83d pair", r"half \ud83d pair"),
        ("tag \U000e0041", r"tag \U000e0041"),
        ("a\u200cb", r"a\u200cb"),
    ],
)
def test_controls_become_visible_escapes(given: str, shown: str) -> None:
    """Controls, bidi and zero-width characters are written out; other text stays as it is."""
    assert visible(given) == shown


def test_urdu_keeps_the_joiner_that_spells_it() -> None:
    """A zero-width non-joiner between two Arabic letters is spelling, not a trick."""
    word = "می\u200cروم"
    assert visible(word) == word
    assert visible("می\u200c") == "می\\u200c"


def test_newlines_are_kept_on_request_and_nothing_else() -> None:
    """With ``newline`` a line feed stays; a carriage return, which overwrites, does not."""
    assert visible("a\nb\rc\x1b", newline=True) == "a\nb\\rc\\x1b"


def test_every_format_control_is_covered() -> None:
    """Every control, format control and surrogate that this Python's Unicode knows is replaced."""
    missed = [
        hex(code)
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        and code not in INKED
        and visible(chr(code)) == chr(code)
    ]
    assert missed == []


@given(ANY_TEXT)
def test_visible_text_is_inert_and_stays_so(text: str) -> None:
    """The result prints, encodes, holds no control, and is left alone by a second pass."""
    shown = visible(text)
    shown.encode("utf-8")
    assert visible(shown) == shown
    assert not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in shown)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "\u00a0@x"]
)
def test_cells_that_a_spreadsheet_would_run_are_disarmed(text: str) -> None:
    """A cell that starts like a formula gets an apostrophe, which makes it text."""
    assert spreadsheet(text) == "'" + text


@pytest.mark.parametrize("text", ["", "plain", "a=b", "2025-07-08", "'=1", " spaced"])
def test_other_cells_are_left_alone(text: str) -> None:
    """Nothing is put before text that no spreadsheet would take for a formula."""
    assert spreadsheet(text) == text


@given(ANY_TEXT)
def test_no_cell_is_a_formula_afterwards(text: str) -> None:
    """Whatever it was, the cell does not start like a formula, nor is it changed twice."""
    cell = spreadsheet(text)
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))
    assert spreadsheet(cell) == cell


@pytest.mark.parametrize(
    ("text", "cells", "shown"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long…"),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("e\u0301te\u0301", 3, "e\u0301te\u0301"),
        ("anything", 1, "…"),
        ("anything", 0, ""),
        ("anything", -3, ""),
        ("\x1b[31m", 4, "\\x1…"),
    ],
)
def test_lines_are_cut_by_display_width(text: str, cells: int, shown: str) -> None:
    """A line is cut to the cells a terminal draws, a wide character counts two."""
    assert shorten(text, cells) == shown


@given(ANY_TEXT, st.integers(0, 40))
def test_a_shortened_line_always_fits(text: str, cells: int) -> None:
    """No text is wider than asked, and text that fits is not cut."""
    line = shorten(text, cells)
    assert width(line) <= cells
    assert line == visible(text) or width(visible(text)) > cells


@pytest.mark.parametrize(
    ("shown", "typed"),
    [
        ("Décision", "de\u0301CISION"),
        ("İSTANBUL ışık", "istanbul isik"),
        ("Straße Øre Łódź œuvre", "strasse ore lodz oeuvre"),
        ("“quoted” ‘twice’ «so»", '"quoted" \'twice\' "so"'),
        ("2018–2019 — well", "2018-2019 - well"),
        ("ﬁnance №\u00a07 ＡＢＣ", "finance no 7 abc"),
        ("soft\u00adhyphen\u200b", "softhyphen"),
        ("بنك الدولة", "بنک الدولة"),
    ],
)
def test_what_only_looks_different_is_alike_to_a_search(shown: str, typed: str) -> None:
    """Folding the one gives what folding the other gives."""
    assert fold(shown) == fold(typed)


@given(st.text())
def test_folding_twice_does_nothing_more(text: str) -> None:
    """A folded text is its own folding, and no form of a text has another."""
    once = fold(text)
    assert fold(once) == once
    assert fold(unicodedata.normalize("NFD", text)) == once
