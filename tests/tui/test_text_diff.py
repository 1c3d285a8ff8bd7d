"""Comparing texts and records: nothing lost, nothing hidden, with bounded work."""

from __future__ import annotations

import json
import random
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.steps import lines_run
from tui.text.word_diff import FieldDiff, field_diff, word_diff

PROSE = st.lists(
    st.sampled_from(["the", "bank", "may", "not", "2025-07-08", ",", ".", "\n", "[-x-]", "é"]),
    max_size=40,
).map(" ".join)
ANY = st.one_of(PROSE, st.text(max_size=60))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(ANY, ANY)
def test_the_parts_give_both_texts_back(old: str, new: str) -> None:
    """Put together, the parts are the one text and the other; no character is lost."""
    parts = word_diff(old, new)
    assert "".join(part.old for part in parts) == old
    assert "".join(part.new for part in parts) == new


@given(ANY, ANY)
def test_neighbouring_parts_are_told_apart(old: str, new: str) -> None:
    """No part is empty, and no two changed parts stand side by side."""
    parts = word_diff(old, new)
    assert all(part.old or part.new for part in parts)
    assert not any(not a.same and not b.same for a, b in pairwise(parts))


@given(ANY)
def test_equal_texts_have_no_change(text: str) -> None:
    """A text compared with itself is the same throughout."""
    assert all(part.same for part in word_diff(text, text))


def test_a_change_of_one_word_is_one_part() -> None:
    """The text around a changed word is the same, and a date is one word."""
    parts = word_diff("It lapses on 2025-11-04, unless.", "It lapses on 2026-03-04, unless.")
    assert [(p.old, p.new) for p in parts if not p.same] == [("2025-11-04", "2026-03-04")]


def test_texts_with_little_in_common_are_two_texts() -> None:
    """Two sentences that share only "the" are not shown as a mesh of crumbs."""
    old = "Rests on the government's statement; the text itself was not seen"
    new = "Several papers cite the gazette of 9 July with its number"
    assert len([p for p in word_diff(old, new) if not p.same]) == 1


def _noise(words: int, of: int, seed: int) -> str:
    chance = random.Random(seed)  # noqa: S311  # a test text, no secret
    return " ".join(f"w{chance.randrange(of)}" for _ in range(words))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("w" * 10_000, "w" * 9_999),
        ("w " * 5_000, "w " * 4_999 + "x "),
        ("." * 10_000, ",." * 5_000),
        ("a. " * 3_300, "b. a. " * 1_600),
        (_noise(2_500, 40, 1), _noise(2_500, 40, 2)),
        (_noise(2_000, 900, 1), _noise(2_000, 900, 2)),
    ],
    ids=["one word", "one repeated", "dots", "sentences", "few words", "many words"],
)
def test_long_texts_take_bounded_work(old: str, new: str) -> None:
    """Texts of 10,000 characters, the nasty ones too, cost at most half a million lines of work."""
    assert lines_run(lambda: word_diff(old, new)) < 500_000
    parts = word_diff(old, new)
    assert "".join(part.old for part in parts) == old
    assert "".join(part.new for part in parts) == new


def test_long_texts_are_compared_by_sentences_and_then_by_words() -> None:
    """One word in each of two sentences is the only change, however alike the sentences are."""
    chance = random.Random(3)  # noqa: S311  # a test text, no secret
    words = ("law", "bank", "asset", "may", "not", "shall", "be", "of", "the", "a", "in")
    lines = [" ".join(chance.choice(words) for _ in range(9)) + "." for _ in range(200)]
    lines[10], lines[180] = "Now law shall be of it.", "A bank may not be of it."
    old = "\n".join(lines)
    lines[10], lines[180] = "Now rule shall be of it.", "A fund may not be of it."
    changed = [part for part in word_diff(old, "\n".join(lines)) if not part.same]
    assert [(p.old, p.new) for p in changed] == [("law ", "rule "), ("bank ", "fund ")]


def _leaves(value: Any) -> int:
    """Return the number of plain values (or empty containers) in JSON; a list of texts is one."""
    if isinstance(value, dict) and value:
        return sum(map(_leaves, value.values()))
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        return sum(map(_leaves, value))
    return 1


@given(st.dictionaries(st.text(max_size=3), JSON), st.dictionaries(st.text(max_size=3), JSON))
def test_records_differ_iff_a_field_does(old: dict[str, Any], new: dict[str, Any]) -> None:
    """A difference anywhere is a changed field; equal records have none."""
    fields = field_diff(old, new)
    if json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True):  # true is not 1
        assert all(field.same for field in fields)
        assert len(fields) == sum(map(_leaves, new.values()))
    else:
        assert not all(field.same for field in fields)


def test_fields_are_told_in_full() -> None:
    """Changed, added and removed fields have both values; the rest is counted as the same."""
    old = {"force": "primary", "instrument": {"id": "A", "title": "Act"}, "note": "x"}
    new = {"force": "primary", "instrument": {"id": "B", "title": "Act"}, "made": "2025"}
    assert field_diff(old, new) == [
        FieldDiff("force", "primary", "primary"),
        FieldDiff("instrument.id", "A", "B"),
        FieldDiff("instrument.title", "Act", "Act"),
        FieldDiff("made", None, "2025"),
        FieldDiff("note", "x", None),
    ]


def test_an_item_put_in_front_leaves_the_others_alone() -> None:
    """Items of a list are matched by what they hold."""
    old = {"reports": [{"url": "a"}, {"url": "b"}]}
    new = {"reports": [{"url": "new"}, {"url": "a"}, {"url": "b"}]}
    changed = [field for field in field_diff(old, new) if not field.same]
    assert changed == [FieldDiff("reports[0].url", None, "new")]


def test_values_that_read_alike_and_differ_are_a_change() -> None:
    """``true`` and "true", ["a, b"] and ["a", "b"] are not the same."""
    fields = field_diff({"x": True, "y": ["a, b"]}, {"x": "true", "y": ["a", "b"]})
    assert fields == [FieldDiff("x", "true", '"true"'), FieldDiff("y", '["a, b"]', '["a", "b"]')]
