"""ledger.log.canonical: RFC 8785 under limits, in both directions."""

from __future__ import annotations

import json
import unicodedata
from enum import StrEnum
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InputError, NotCanonical
from ledger.log import canonical

NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)
TEXTS = st.text(max_size=20).map(lambda t: unicodedata.normalize("NFC", t))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-canonical.MAX_INT, canonical.MAX_INT),
    TEXTS,
    st.text(alphabet='\x00\x1f\x7f\b\t\n\f\r"\\/\u2028\ufeff\U0001f600é', max_size=8),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_equals_rfc8785(value: Any) -> None:
    """Over all allowed values the bytes are those of the reference encoder, and read back."""
    data = canonical.encode(value)
    assert data == rfc8785.dumps(value)
    assert canonical.decode(data) == value


def nested(depth: int, *, as_list: bool = False) -> Any:
    """Return ``depth`` containers inside each other."""
    value: Any = [] if as_list else {}
    for _ in range(depth - 1):
        value = [value] if as_list else {"a": value}
    return value


class Word(StrEnum):
    A = "a"


class Loud(str):
    __slots__ = ()


BAD_VALUES: dict[str, tuple[Any, str]] = {
    "fraction": ({"a": {"b": [1, 1.5]}}, r"\$\.a\.b\[1\]: "),
    "whole_float": ({"a": 1.0}, r"\$\.a: "),
    "nan": (float("nan"), r"\$: "),
    "infinity": ([float("inf")], r"\$\[0\]: "),
    "minus_zero": (-0.0, r"\$: "),
    "two_to_53": ({"a": 2**53}, r"\$\.a: .*2\^53"),
    "minus_two_to_53": (-(2**53), "2\\^53"),
    "huge": (10**30, "2\\^53"),
    "deep_object": (nested(17), "16 deep"),
    "deep_list": (nested(17, as_list=True), "16 deep"),
    "surrogate": ({"a": "x\ud800"}, r"\$\.a: .*surrogate"),
    "not_nfc": ({"quote": ["Mo\u0308bius"]}, r"\$\.quote\[0\]: .*form C"),
    "upper_case_name": ({"a": {"Bad": 1}}, r"\$\.a\.'Bad': .*name"),
    "empty_name": ({"": 1}, "name"),
    "user_text_as_name": ({"a b": 1}, "name"),
    "name_with_line_feed": ({"a\n": 1}, "name"),
    "name_with_surrogate": ({"\ud800": 1}, "name"),
    "number_as_name": ({1: 1}, "name"),
    "str_subclass_as_name": ({Word.A: 1}, "name|key"),
    "bytes": ({"a": b"x"}, r"\$\.a: bytes is not JSON"),
    "set": ({"a": {1}}, "set is not JSON"),
    "enum": ({"a": Word.A}, "Word is not JSON"),
    "str_subclass": ([Loud("x")], "Loud is not JSON"),
}


@pytest.mark.parametrize("name", BAD_VALUES)
def test_encode_refuses(name: str) -> None:
    """What is outside the limits is refused on the way out, with its path."""
    value, message = BAD_VALUES[name]
    with pytest.raises(InputError, match=message):
        canonical.encode(value)


def test_circular_value() -> None:
    """A list that holds itself is too deep, not a crash."""
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(InputError, match="16 deep"):
        canonical.encode(loop)


def test_limits_are_inclusive() -> None:
    """The largest integers and sixteen levels are still allowed; ``inside`` counts as levels."""
    for value in (canonical.MAX_INT, -canonical.MAX_INT, nested(16), nested(16, as_list=True)):
        assert canonical.decode(canonical.encode(value)) == value
    with pytest.raises(InputError):
        canonical.encode(nested(16), inside=1)
    with pytest.raises(NotCanonical):
        canonical.decode(canonical.encode(nested(16)), inside=1)


BAD_BYTES = {
    "empty": b"",
    "nothing": b" ",
    "byte_order_mark": b"\xef\xbb\xbf1",
    "two_values": b"1 1",
    "fraction": b'{"a":1.5}',
    "whole_float": b"1.0",
    "exponent": b"1e2",
    "minus_zero": b"-0",
    "minus_zero_fraction": b"-0.0",
    "leading_zero": b"01",
    "plus": b"+1",
    "two_to_53": b"9007199254740992",
    "minus_two_to_53": b"-9007199254740992",
    "two_to_64": b"18446744073709551616",
    "nan": b"NaN",
    "infinity": b"1e999",
    "duplicate_name": b'{"a":1,"a":1}',
    "wrong_order": b'{"b":1,"a":1}',
    "white_space": b'{"a": 1}',
    "last_line_feed": b'{"a":1}\n',
    "deep": b"[" * 17 + b"]" * 17,
    "very_deep": b"[" * 100_000 + b"]" * 100_000,
    "surrogate_escape": b'"\\ud800"',
    "surrogate_bytes": b'"\xed\xa0\x80"',
    "overlong_utf8": b'"\xc0\xaf"',
    "not_nfc": '"o\u0308"'.encode(),
    "not_nfc_escaped": b'"o\\u0308"',
    "bad_name": b'{"A":1}',
    "needless_escape": b'"\\u0041"',
    "escaped_solidus": b'"\\/"',
    "upper_case_escape": b'"\\u001F"',
    "long_escape": b'"\\u000a"',
    "raw_control": b'"\n"',
    "single_quotes": b"'a'",
    "trailing_comma": b"[1,]",
    "comment": b"[1]//x",
}


@pytest.mark.parametrize("name", BAD_BYTES)
def test_decode_refuses(name: str) -> None:
    """Any other spelling, and any value outside the limits, is refused on the way in."""
    with pytest.raises(NotCanonical):
        canonical.decode(BAD_BYTES[name])


AMBIGUOUS = (
    "empty", "two_values", "byte_order_mark", "fraction", "whole_float", "exponent", "two_to_53",
    "two_to_64", "nan", "infinity", "duplicate_name", "deep", "very_deep", "surrogate_escape",
    "surrogate_bytes", "overlong_utf8", "raw_control", "trailing_comma", "comment",
)  # fmt: skip


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_read_refuses_what_programs_read_differently(name: str) -> None:
    """In any spelling, and still one meaning: no member twice, no number that some would round."""
    for data in (BAD_BYTES[name], b'{"b": ' + BAD_BYTES[name] + b"}"):
        with pytest.raises(NotCanonical):
            canonical.read(data)


def test_read_refuses_a_member_twice_however_it_is_escaped() -> None:
    """Names are compared as text, at any depth."""
    for data in (rb'{"a":1,"\u0061":1}', b'{"b":[{"a":1,"a":1}]}', b'{"":0,"":0}'):
        with pytest.raises(NotCanonical, match="twice"):
            canonical.read(data)


def test_read_is_quick_with_a_million_digits() -> None:
    """Turned into a number they would take quadratic time; Python refuses some by itself."""
    for digits in (17, 4_000, 1_000_000):
        with pytest.raises(NotCanonical, match="2\\^53"):
            canonical.read(b"[" + b"9" * digits + b"]")


@given(VALUES)
def test_read_takes_any_spelling(value: Any) -> None:
    """Spaces, line ends, escapes and order of members do not matter."""
    for ascii_only in (True, False):
        spelled = json.dumps(value, indent=1, ensure_ascii=ascii_only).encode()
        assert canonical.read(spelled) == value == canonical.read(canonical.encode(value))


@given(st.binary(max_size=40) | st.text(alphabet='{}[]",:a1.-e\\u0 ', max_size=30).map(str.encode))
def test_decode_junk(data: bytes) -> None:
    """Junk is refused with our error; what is accepted is spelled as we would."""
    try:
        value = canonical.decode(data)
    except NotCanonical:
        return
    assert canonical.encode(value) == data


@given(VALUES, st.data())
def test_one_flipped_bit(value: Any, data: st.DataObject) -> None:
    """A flipped bit is either refused or makes another value: never a second spelling."""
    good = canonical.encode(value)
    at = data.draw(st.integers(0, len(good) * 8 - 1))
    bad = bytearray(good)
    bad[at // 8] ^= 1 << at % 8
    try:
        other = canonical.decode(bytes(bad))
    except NotCanonical:
        return
    assert canonical.encode(other) == bytes(bad) != good


def test_many_names_stay_bounded() -> None:
    """The cache of good names stops growing, and names beyond it are still judged."""
    canonical.encode({f"n{i}": 1 for i in range(5000)})
    assert len(canonical._GOOD_NAMES) <= canonical._GOOD_NAMES_MAX
    assert canonical.encode({"beyond_the_cache": 1}) == b'{"beyond_the_cache":1}'
    with pytest.raises(InputError):
        canonical.encode({"Beyond": 1})
