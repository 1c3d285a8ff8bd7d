"""What a notebook sees of a ledger: its length, its lines, its name, and its parts."""

from __future__ import annotations

from pathlib import Path

import pytest

import ledger
from tests.books import Desk, norm, open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A ledger with one norm."""
    made = open_desk(tmp_path / "l.db")
    made.enter(norm(key="n"))
    return made


def test_it_is_as_long_as_its_log_and_yields_its_lines(desk: Desk) -> None:
    """Iterating gives every entry once, oldest first."""
    assert [item.seq for item in desk.book] == list(range(len(desk.book)))
    assert len(desk.book) == desk.book.size


def test_it_is_shown_by_its_origin_and_size(desk: Desk) -> None:
    """The repr of a ledger says which one it is."""
    assert repr(desk.book) == f"<Ledger {desk.book.policy.origin}, {len(desk.book)} entries>"


def test_search_finds_what_an_entry_shows(desk: Desk) -> None:
    """Entries that show a text come newest first; a filter narrows them."""
    found = [item.seq for item in desk.book.search("recorder")]
    assert found == sorted(found, reverse=True)
    assert found
    only = desk.book.entries.filter_of({"type": "claim"})
    assert [item.type for item in desk.book.search("va.deal", only)] == ["claim.recorded"]
    assert list(desk.book.search("no such words")) == []


def test_why_is_the_explanation_of_status(desk: Desk) -> None:
    """The same question gives the same words."""
    asked = {"as_of": "2024-02-02", "actor": "vasp"}
    answer = desk.book.status("PK", "va.deal", **asked)  # type: ignore[arg-type]  # passed on
    assert desk.book.why("PK", "va.deal", **asked) == answer.explanation  # type: ignore[arg-type]


def test_the_public_names_are_those_of_the_package() -> None:
    """``from ledger import ...`` gives the facade and what opens it, and nothing else."""
    assert ledger.open_ledger.__module__ == "ledger.api.opening"
    assert ledger.create_ledger.__module__ == "ledger.api.creating"
    assert ledger.Ledger.__module__ == "ledger.api.ledger"
    with pytest.raises(AttributeError):
        _ = ledger.nothing
