"""ledger.log.disclosure: RFC 9901 Disclosures."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BadDisclosure, InputError
from ledger.log import canonical, disclosure
from ledger.log.disclosure import (
    conceal,
    conceal_within,
    digest_of,
    digests_in,
    named_in,
    parse,
    reveal,
)

if TYPE_CHECKING:
    from collections.abc import Callable

# RFC 9901 section 4.2.1 and 4.2.3
KNOWN_ARRAY = '["_26bc4LT-ac6q2KI6cBW5es", "family_name", "Möbius"]'
KNOWN_TEXT = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
KNOWN_DIGEST = "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"

PATHS = [
    ("claim", "speakers", "*", "person"),
    ("claim", "reports", "*", "quote"),
    ("claim", "note"),
    ("comment",),
]
DATA: dict[str, Any] = {
    "claim": {
        "kind": "declaration",
        "note": "Zweitquelle fehlt",
        "reports": [
            {"quote": {"page": 3, "text": "»verboten«"}, "url": "https://a.example"},
            {"url": "https://b.example"},
        ],
        "speakers": [{"office": "minister", "person": "A. B."}, {"person": "C. D."}],
    },
    "comment": "as seen on air",
}


def salts() -> Callable[[], bytes]:
    """Return a source of distinct salts."""
    numbers = count()
    return lambda: next(numbers).to_bytes(16, "big")


def b64(data: bytes | str) -> str:
    """Return unpadded base64url, by the standard library."""
    raw = data.encode() if isinstance(data, str) else data
    return urlsafe_b64encode(raw).decode().rstrip("=")


def made(name: str, value: Any) -> tuple[str, str]:
    """Return digest and text of a disclosure, by the standard library."""
    text = b64(json.dumps([b64(bytes(16)), name, value], separators=(",", ":")))
    return b64(sha256(text.encode()).digest()), text


def test_known_answer() -> None:
    """The example of RFC 9901 hashes and reads as printed there, spaces included."""
    assert b64(KNOWN_ARRAY) == KNOWN_TEXT
    assert digest_of(KNOWN_TEXT) == KNOWN_DIGEST
    assert parse(KNOWN_TEXT) == ("_26bc4LT-ac6q2KI6cBW5es", "family_name", "Möbius")
    data = {"_sd": [KNOWN_DIGEST], "given_name": "August"}
    opened, withheld = reveal(data, {KNOWN_DIGEST: KNOWN_TEXT})
    assert opened == {"family_name": "Möbius", "given_name": "August"}
    assert withheld == []


def test_escapes_of_other_writers() -> None:
    """The same array with escapes or wild white space is another text, and read the same."""
    for array in (r'["s","n","M\u00f6bius"]', ' [ "s",\r\n\t"n" , "Möbius" ] '):
        assert parse(b64(array)) == ("s", "n", "Möbius")


def test_conceal() -> None:
    """Every present member at a path leaves the data; the rest, and the input, stay."""
    before = json.dumps(DATA)
    data, found = conceal(DATA, PATHS, salts=salts())
    assert json.dumps(DATA) == before
    assert [parse(d.text)[1] for d in found] == ["person", "person", "quote", "note", "comment"]
    left = canonical.encode(data).decode()
    assert not any(word in left for word in ("A. B.", "verboten", "Zweitquelle", "on air"))
    claim = data["claim"]
    assert set(claim) == {"kind", "reports", "speakers", "_sd"}
    assert set(claim["speakers"][1]) == {"_sd"}
    assert claim["reports"][1] == {"url": "https://b.example"}
    assert sorted(digests_in(data)) == sorted(d.digest for d in found)


def test_data_that_are_given_up_are_concealed_where_they_lie() -> None:
    """They become what the copy becomes, with the same disclosures."""
    data, found = conceal(DATA, PATHS, salts=salts())
    own = json.loads(json.dumps(DATA))
    assert conceal_within(own, PATHS, salts=salts()) == found
    assert own == data


def test_texts_are_as_specified() -> None:
    """Each text is the canonical array of salt, name and value, each digest that of its text."""
    _, found = conceal(DATA, PATHS, salts=salts())
    for number, item in enumerate(found):
        raw = urlsafe_b64decode(item.text + "=" * (-len(item.text) % 4))
        array = json.loads(raw)
        assert array[0] == b64(number.to_bytes(16, "big"))
        assert raw == canonical.encode(array)
        assert item.digest == b64(sha256(item.text.encode()).digest())


def test_digests_are_sorted() -> None:
    """The order in an object does not tell which member was which."""
    names = [f"n{i}" for i in range(12)]
    data, found = conceal(dict.fromkeys(names, 1), [(n,) for n in names], salts=salts())
    assert data == {"_sd": sorted(d.digest for d in found)}
    assert data["_sd"] != [d.digest for d in found]


def test_partly_withheld() -> None:
    """Withheld digests are listed; what is open is open; no ``_sd`` is left."""
    data, found = conceal(DATA, PATHS, salts=salts())
    gone = found[0]
    opened, withheld = reveal(data, {d.digest: d.text for d in found[1:]})
    assert withheld == [gone.digest]
    assert opened["claim"]["speakers"] == [{"office": "minister"}, {"person": "C. D."}]
    assert "_sd" not in canonical.encode(opened).decode()


NAMES = st.sampled_from(["a", "b", "c", "d"])
VALUES = st.recursive(
    st.integers(-9, 9) | st.sampled_from(["", "é", '"', "x y"]) | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
STEPS = NAMES | st.just("*")


@given(
    st.dictionaries(NAMES, VALUES, max_size=4),
    st.lists(
        st.tuples(NAMES) | st.tuples(STEPS, NAMES) | st.tuples(STEPS, STEPS, NAMES), max_size=5
    ),
)
def test_round_trip(data: dict[str, Any], paths: list[tuple[str, ...]]) -> None:
    """Whatever is concealed, in whatever order and nesting, is revealed again in full."""
    concealed, found = conceal(data, paths, salts=salts())
    texts = {d.digest: d.text for d in found}
    assert len(texts) == len(found)
    assert reveal(concealed, texts) == (data, [])
    assert canonical.decode(canonical.encode(concealed)) == concealed


def test_disclosure_inside_a_disclosure() -> None:
    """A value inside a concealed value is concealed by itself, and may stay so."""
    data = {"a": {"b": {"c": 1}, "d": 2}}
    concealed, found = conceal(data, [("a",), ("a", "b", "c")], salts=salts())
    inner, outer = found
    assert parse(outer.text)[2] == {"b": {"_sd": [inner.digest]}, "d": 2}
    assert digests_in(concealed) == [outer.digest]
    opened, withheld = reveal(concealed, {outer.digest: outer.text})
    assert (opened, withheld) == ({"a": {"b": {}, "d": 2}}, [inner.digest])


def _said(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except BadDisclosure as error:
        return error.message


@given(
    digests=st.lists(st.sampled_from(["known", "inner", "outer", "lost", "junk", "a"]), max_size=4),
    kept=st.sets(st.sampled_from(["known", "inner", "outer", "wrong", "stray"])),
    there=st.sampled_from(["a", "note", "family_name", "inner"]),
)
def test_checked_as_it_is_opened(digests: list[str], kept: set[str], there: str) -> None:
    """The walk that puts nothing back finds what is withheld, and the same faults."""
    inner_digest, inner = made("inner", {"x": [1]})
    _, outer = made("outer", {"_sd": [inner_digest], "b": [{}]})
    texts = {"known": KNOWN_TEXT, "inner": inner, "outer": outer}
    named = {name: digest_of(text) for name, text in texts.items()}
    named |= {"lost": "L" * 43, "junk": "no digest"}
    given_texts = {named[name]: texts[name] for name in kept if name in texts}
    given_texts |= {"L" * 43: KNOWN_TEXT} if "wrong" in kept else {}
    given_texts |= {"S" * 43: inner} if "stray" in kept else {}
    data: Any = {there: 1, "deep": [{"_sd": [named.get(name, name) for name in digests]}, there]}
    opened = _said(lambda: reveal(data, given_texts)[1])
    walked = _said(lambda: named_in(data, given_texts)[1])
    assert opened == walked
    if isinstance(walked, list):
        found, _ = named_in(data, given_texts)
        assert set(digests_in(data)) <= found
        assert found - set(walked) <= given_texts.keys()
        assert "S" * 43 not in found


def test_more_texts_than_needed() -> None:
    """Texts of other entries do no harm."""
    digest, text = made("a", 1)
    assert reveal({"b": 2}, {digest: text}) == ({"b": 2}, [])


@given(st.integers(0, len(KNOWN_TEXT) - 1), st.sampled_from("AQaz09-_=+ é"))
def test_tampered_text(at: int, char: str) -> None:
    """A text with one character changed has another digest, and is refused."""
    bad = KNOWN_TEXT[:at] + char + KNOWN_TEXT[at + 1 :]
    if bad == KNOWN_TEXT:
        return
    with pytest.raises(BadDisclosure):
        reveal({"_sd": [KNOWN_DIGEST]}, {KNOWN_DIGEST: bad})


A = "A" * 43
B = "B" * 42 + "A"
BAD_DIGESTS: list[dict[str, Any]] = [
    {"_sd": []},
    {"_sd": {}},
    {"_sd": None},
    {"_sd": A},
    {"_sd": [1]},
    {"_sd": [A + "A"]},
    {"_sd": [A[:-1]]},
    {"_sd": [A + "\n"]},
    {"_sd": [B, A]},
    {"_sd": [A, A]},
    {"_sd": [A], "x": [{"_sd": [A]}]},
]


@pytest.mark.parametrize("data", BAD_DIGESTS)
def test_bad_digests(data: dict[str, Any]) -> None:
    """An ``_sd`` that is no sorted array of digests, or names one twice, is refused."""
    for look in (lambda: reveal(data, {}), lambda: digests_in(data)):
        with pytest.raises(BadDisclosure):
            look()


def test_name_that_is_there_already() -> None:
    """A disclosure cannot replace a member, nor a second one the first."""
    digest, text = made("a", 1)
    with pytest.raises(BadDisclosure, match="there already"):
        reveal({"a": 2, "_sd": [digest]}, {digest: text})
    other, other_text = made("a", 2)
    with pytest.raises(BadDisclosure, match="there already"):
        reveal({"_sd": sorted([digest, other])}, {digest: text, other: other_text})


def test_endless_nesting() -> None:
    """A long chain of disclosures inside disclosures is cut off, not followed."""
    value: Any = 1
    texts = {}
    for _ in range(40):
        digest, text = made("a", value)
        texts[digest] = text
        value = {"_sd": [digest]}
    with pytest.raises(BadDisclosure, match="16 deep"):
        reveal(value, texts)


BAD_ARRAYS = {
    "object": "{}",
    "two": '["s","n"]',
    "four": '["s","n",1,2]',
    "salt_number": '[1,"n",1]',
    "name_number": '["s",1,1]',
    "name_sd": '["s","_sd",1]',
    "name_dots": '["s","...",1]',
    "fraction": '["s","n",1.5]',
    "exponent": '["s","n",1e2]',
    "nan": '["s","n",NaN]',
    "infinity": '["s","n",-Infinity]',
    "two_to_53": '["s","n",9007199254740992]',
    "many_digits": f'["s","n",{"9" * 5000}]',
    "duplicate": '["s","n",{"a":1,"a":1}]',
    "bad_member": '["s","n",{"A":1}]',
    "surrogate": r'["s","n","\ud800"]',
    "not_nfc": '["s","n","o\u0308"]',
    "deep": '["s","n",' + "[" * 16 + "]" * 16 + "]",
    "very_deep": "[" * 100_000,
    "rubbish": "hello",
    "empty": "",
}


@pytest.mark.parametrize("name", BAD_ARRAYS)
def test_bad_array(name: str) -> None:
    """What is not an array of salt, name and a value within the limits is refused."""
    with pytest.raises(BadDisclosure):
        parse(b64(BAD_ARRAYS[name]))


@pytest.mark.parametrize(
    "text", [KNOWN_TEXT + "=", KNOWN_TEXT + "\n", "é", "+/+/", b64(b"\xff\xfe")]
)
def test_bad_base64(text: str) -> None:
    """Pads, line ends, another alphabet and bytes that are no UTF-8 are refused."""
    with pytest.raises(BadDisclosure):
        parse(text)


@given(st.text(max_size=30) | st.text(alphabet='[]{}",:sn1 ', max_size=20).map(b64))
def test_junk(text: str) -> None:
    """Junk is refused with our error only."""
    try:
        salt, name, value = parse(text)
    except BadDisclosure:
        return
    canonical.encode([salt, name, value])


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"a": [1]}, ("a", "*")),
        ({"a": 1}, ("_sd",)),
        ({"_sd": []}, ("a",)),
        ({"a": [{"_sd": 1}]}, ("b",)),
        ({"a": 1.5}, ("a",)),
        ({"a": "o\u0308"}, ("a",)),
    ],
)
def test_conceal_refuses(data: dict[str, Any], path: tuple[str, ...]) -> None:
    """Array elements, the reserved name and values outside the limits cannot be concealed."""
    with pytest.raises(InputError):
        conceal(data, [path], salts=salts())


def test_short_salt() -> None:
    """A salt of fewer than 128 bits would let a deleted value be guessed, and is refused."""
    with pytest.raises(InputError, match="16 bytes"):
        conceal({"a": 1}, [("a",)], salts=lambda: bytes(15))
    assert disclosure.MIN_SALT_BYTES * 8 == 128
