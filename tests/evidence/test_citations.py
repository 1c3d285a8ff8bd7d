"""Captured files: kept byte for byte, checked, and searched for the quotes of claims."""

from __future__ import annotations

import doctest
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InputError, UnknownId
from ledger.evidence import citations
from ledger.evidence.citations import contains_quote, readable_text
from tests.books import norm
from tests.checkpoints.sealed import PAGE, QUOTE, SealedDesk, fill, open_sealed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[SealedDesk]:
    """A ledger of its own for a test that changes it."""
    made = open_sealed(tmp_path / "log.db")
    with made.book:
        yield made


def test_evidence_report(fresh: SealedDesk) -> None:
    """The check tells apart files that are whole or missing and quotes that are found or not."""
    name = fill(fresh)
    cite = {"sha256": name, "bytes": len(PAGE), "media_type": "text/html"}
    gone = {**cite, "sha256": "ab" * 32}
    base = {"url": "https://example.org/a", "publisher": "E", "title": "T"}
    fresh.record(
        norm(key="wrong", reports=[{**base, "evidence": cite}], quote="It is permitted"),
        norm(key="gone", reports=[{**base, "evidence": gone}], quote=QUOTE),
        norm(
            key="selected",
            reports=[{**base, "evidence": cite, "selector": {"exact": "prohibited by law"}}],
        ),
    )
    found = fresh.book.evidence.check()
    assert found.sound
    assert (found.stored, found.cited, found.found, found.unchecked) == (1, 2, 2, 1)
    assert [(one.seq, one.where) for one in found.unfound] == [(4, "quote")]
    assert found.missing == ((5, "ab" * 32),)


def test_limits_of_captured_files(fresh: SealedDesk) -> None:
    """An empty or too large file, and malformed facts about one, are refused with advice."""
    too_large = bytes(64 * 1024 * 1024 + 1)
    for content, said in ((b"", "empty"), (too_large, "67,108,864")):
        with pytest.raises(InputError, match=said):
            fresh.book.evidence.add(content, media_type="text/plain")
    for wrong in ({"media_type": "text"}, {"source": "a b"}, {"retrieved_at": "yesterday"}):
        with pytest.raises(InputError):
            fresh.book.evidence.add(b"x", **{"media_type": "text/plain", **wrong})
    with pytest.raises(UnknownId):
        fresh.book.evidence.get("00" * 32)


def test_captured_files_come_back(fresh: SealedDesk) -> None:
    """A file is kept byte for byte, once, with what is known of it."""
    for _ in range(2):
        kept = fresh.book.evidence.add(
            b"a\r\nb", media_type="text/plain", retrieved_at="2025-01-02"
        )
    assert fresh.book.evidence.get(kept.sha256).content == b"a\r\nb"
    (one,) = fresh.book.evidence.kept()
    assert (one.sha256, one.length, one.retrieved_at) == (kept.sha256, 4, "2025-01-02")


@pytest.mark.parametrize(
    ("page", "quote", "there"),
    [
        ("<p>one <b>two</b>\n three</p>", "one two three", True),
        ("<p>one</p><p>two</p>", "onetwo", False),
        ("<p>prohi<b>bited</b></p>", "prohibited", True),
        ("<script>one</script>two", "one", False),
        ("a &amp; b", "a & b", True),
        ("caf\u0065\u0301", "caf\u00e9", True),
        ("one two three", "one [...] three", True),
        ("one two three", "three \u2026 one", False),
        ("one\u00a0two", "one two", True),
    ],
)
def test_quotes_in_pages(page: str, quote: str, there: bool) -> None:  # noqa: FBT001  # a table
    """A quote is found as a reader of the page would find it."""
    text = readable_text(page.encode(), "text/html")
    assert text is not None
    assert contains_quote(text, quote) is there


@pytest.mark.parametrize(
    "piece", ["<", "<!--", "</", "<a ", "<script>", "&", "<![CDATA[", "<![z]>"]
)
def test_hostile_pages_are_read_to_their_end(piece: str) -> None:
    """A page of nothing but unclosed markup is read to its end, however long it is."""
    assert isinstance(readable_text(piece.encode() * 100_000, "text/html"), str)


@given(st.binary(max_size=200))
def test_any_page_is_readable(content: bytes) -> None:
    """Bytes that call themselves a page never end in an error."""
    assert isinstance(readable_text(content, "text/html"), str)
    assert readable_text(content, "application/pdf") is None


def test_worked_example() -> None:
    """The example in the docstring of the module comes out as written."""
    result = doctest.testmod(citations)
    assert result.attempted > 0
    assert result.failed == 0
