"""Files made to hurt: each is refused with a line and a reason, soon, and nothing else happens."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BadClaimsFile, InputError
from ledger.intake import read_claims, read_definitions
from tests.steps import lines_run

BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 9)) for i in range(9)
)
DEEP = 100_000
MIB = 2**20
HOSTILE = {
    "alias_bomb.yaml": (BOMB, "uses an alias"),
    "alias_of_itself.yaml": (b"&a [*a]", "uses an alias"),
    "merge_key.yaml": (b"- {<<: {kind: norm}}", "merge key"),
    "python_object.yaml": (b"!!python/object/apply:os.system ['true']", "uses a tag"),
    "local_tag.yaml": (b"- !x {kind: norm}", "uses a tag"),
    "binary_tag.yaml": (b"- kind: !!binary bm9ybQ==", "uses a tag"),
    "two_documents.yaml": (b"--- []\n--- []\n", "second document"),
    "same_key_twice.yaml": (b"- kind: norm\n  kind: context\n", "given twice"),
    "list_as_key.yaml": (b"- {[a]: b}", "key that is not text"),
    "null_as_key.yaml": (b"- {~: b}", "key that is not text"),
    "nested_lists.yaml": (b"[" * DEEP, "nested deeper than 16"),
    "nested_maps.yaml": (b"{a: " * DEEP, "nested deeper than 16"),
    "nested_blocks.yaml": (b"- " * DEEP, "nested deeper than 16"),
    "nul.yaml": (b"- kind: a\0b", "control character U+0000"),
    "escape.yaml": (b"# fine\n- kind: \x1b[31m", "control character U+001B"),
    "surrogate.yaml": (rb'- kind: "\ud800"', "is not YAML"),
    "tab.yaml": (b"a:\n\t- b", "is not YAML"),
    "nested_lists.json": (b"[" * DEEP, "nested deeper than 16"),
    "nested_maps.json": (b'{"a":' * DEEP, "nested deeper than 16"),
    "nested_line.ndjson": (b"[" * DEEP, "nested deeper than 16"),
    "same_key_twice.json": (b'[{"kind": "norm", "kind": "context"}]', "given twice"),
    "same_section_twice.json": (b'{"claims": [], "claims": []}', "given twice"),
    "same_key_twice.ndjson": (rb'{"kind": "norm", "\u006bind": "context"}', "given twice"),
    "nan.json": (b'[{"kind": NaN}]', "holds NaN"),
    "infinity.ndjson": (b'{"kind": -Infinity}', "holds -Infinity"),
    "overflow.json": (b'[{"kind": 1e999}]', "holds the number '1e999'"),
    "fraction.ndjson": (b'{"kind": 1.0}', "holds the number '1.0'"),
    "million_digits.json": (b'[{"kind": ' + b"9" * MIB + b"}]", "too large"),
    "beyond_exact.json": (b'[{"kind": 9007199254740992}]', "too large"),
    "trailing.json": (b"[] []", "follows the end"),
    "trailing.ndjson": (b"{} {}", "follows the end"),
    "unclosed.json": (b'[{"kind": "norm"}', "expected"),
    "no_colon.json": (b'{"claims" []}', "expected :"),
    "no_name.json": (b"{1: []}", "no name in quotes"),
    "raw_control.json": (b'["\x01"]', "is not JSON"),
    "surrogate.json": (rb'[{"kind": "context", "note": "\ud800"}]', "surrogate"),
    "nul.json": (rb'[{"kind": "context", "note": "\u0000"}]', "NUL"),
    "long_line.ndjson": (b'{"kind": "' + b"x" * 10 * MIB, "longer than"),
    "long_cell.csv": (b"kind\n" + b"x" * 10 * MIB, "field larger"),
    "open_quote.csv": (b'kind\n"norm', "is not CSV"),
    "nul.csv": (b"kind,note\ncontext,a\0b", "NUL"),
    "many_columns.csv": (b"a," * MIB, "at most 1,000"),
    "no_header.csv": (b"\n\n", "no header"),
    "huge_index.csv": (b"reports.99999999999.url\nx", "no claim has"),
    "digits.csv": ("reports.٣.url\nx".encode(), "no claim has"),
    "utf16.csv": ("kind".encode("utf-16"), "not UTF-8"),
    "not_utf8.yaml": (b"# ok\n- \xff", "not UTF-8"),
    "flood_of_items.yaml": (b"[" + b"a," * 20_000 + b"]", "stopped here"),
    "flood_of_twins.json": (b'{"a":1' + b',"a":1' * 20_000 + b"}", "stopped here"),
    "too_long.yaml": (b" " * (16 * MIB + 1), "at most 16,777,216"),
    "empty.yaml": (b"", "holds no claims"),
    "only_comment.yaml": (b"# nothing", "holds no claims"),
    "empty.csv": (b"", "no header"),
    "scalar.json": (b"12", "not a claims file"),
    "text.yaml": (b"just text", "not a claims file"),
    "defaults_list.yaml": (b"defaults: [a]\nclaims: []", "not a set of fields"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_with_the_reason(name: str) -> None:
    """Each fault is named after bounded work, whatever the size of the file."""
    data, message = HOSTILE[name]
    caught: list[BadClaimsFile] = []

    def read() -> None:
        with pytest.raises(BadClaimsFile) as refused:
            read_claims(data, name=name)
        caught.append(refused.value)

    assert lines_run(read) < 2_000_000
    assert any(message in problem.message for problem in caught[0].problems)


NASTY = st.sampled_from(
    [*"{}[]|>%#,;~?\"'\n\t\r\0\x1b\u202e\u2028\ufeff", "&a", "*a", "!!x ", "<<: ", ": ", "- "]
)
WORDS = st.sampled_from(
    ["_sd", "kind", "norm", "claims", "defaults", "NaN", "1e999", "reports.0.url", "9" * 30]
)
JUNK = st.one_of(
    st.binary(max_size=200),
    st.lists(NASTY | WORDS | st.text(max_size=8), max_size=40).map("".join),
)


@given(JUNK, st.sampled_from(["yaml", "json", "ndjson", "csv"]))
def test_junk_gives_only_our_errors(junk: bytes | str, kind: str) -> None:
    """Whatever the bytes are, the reader returns claims or raises one of our own errors."""
    data = junk if isinstance(junk, bytes) else junk.encode("utf-8", "surrogatepass")
    try:
        parsed = read_claims(data, name=f"junk.{kind}")
    except BadClaimsFile as error:
        parsed = None
        shown = str(error).encode("utf-8")
    assert parsed or shown


@given(JUNK, st.sampled_from(["yaml", "json", "csv", "txt"]))
def test_junk_definitions_give_only_our_errors(junk: bytes | str, kind: str) -> None:
    """The same holds for files of definitions."""
    data = junk if isinstance(junk, bytes) else junk.encode("utf-8", "surrogatepass")
    with pytest.raises(InputError):
        read_definitions(data, name=f"junk.{kind}")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "url", "exact", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["jurisdiction", "activity", "addressees", "force", "statement", "reports", "effect", "court"]
)
MORE_FIELDS = st.sampled_from(
    ["kind", "instrument", "made", "target", "at", "speakers", "deadlines", "overrides", "x"]
)


@given(
    st.sampled_from(["norm", "lifecycle", "declaration", "decision"]),
    st.dictionaries(FIELDS | MORE_FIELDS, VALUES, max_size=8),
    st.dictionaries(FIELDS | MORE_FIELDS, VALUES, max_size=3),
)
def test_wrong_shapes_give_only_our_errors(
    kind: str, claim: dict[str, object], defaults: dict[str, object]
) -> None:
    """A value of any shape in any field is a problem with a field, never another error."""
    data = json.dumps({"defaults": defaults, "claims": [{"kind": kind, **claim}]}).encode()
    with pytest.raises(BadClaimsFile):
        read_claims(data, name="f.json")
