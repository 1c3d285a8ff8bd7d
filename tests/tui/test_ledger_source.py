"""The ledger source: pages by key range, kept and read again; a ledger that comes and goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import open_ledger
from ledger.api.entries import Entries
from ledger.errors import NoLedger
from ledger.queries.history import HistoryItem
from tests.books import Desk, norm, open_desk
from tui.ledger_source import KEPT, PAGE, LedgerSource


@pytest.fixture(scope="module")
def long_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Return a ledger of a little more than three pages, one day for each 100 claims."""
    desk = open_desk(tmp_path_factory.mktemp("long") / "long.db", review="none")
    desk.book.projections.defer()
    for start in range(0, 3 * PAGE, 100):
        desk.later(days=1)
        desk.record(*[norm(key=f"k{n}", statement=f"Rule {n}.") for n in range(start, start + 100)])
    yield desk
    desk.book.close()


@pytest.fixture
def source(long_desk: Desk) -> Iterator[LedgerSource]:
    """Return a source over it that has read nothing."""
    made = LedgerSource(lambda: open_ledger(long_desk.book.url))
    yield made
    made.close()


def test_a_page_holds_its_range_of_the_log(source: LedgerSource) -> None:
    """Page n is the entries from n * PAGE, the last one is shorter."""
    size = source.book.size
    assert [i.seq for i in source.page(1, size)] == list(range(PAGE, 2 * PAGE))
    last = size // PAGE
    assert [i.seq for i in source.page(last, size)] == list(range(last * PAGE, size))


def test_held_never_reads(source: LedgerSource, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry is at hand once its page was read, and not before."""
    assert source.cached(5) is None
    source.page(0, source.book.size)
    monkeypatch.setattr(Entries, "page", None)
    found = source.cached(5)
    assert found is not None
    assert found.seq == 5
    assert source.cached(PAGE + 5) is None
    assert [i.seq for i in source.page(0, 10)] == list(range(10))


def test_a_page_is_read_anew_once_the_log_has_grown(source: LedgerSource) -> None:
    """Appended entries may have changed the state of older ones."""
    size = source.book.size
    source.page(0, size)
    assert source.is_fresh(0, size)
    assert not source.is_fresh(0, size + 1)
    assert not source.is_fresh(1, size)
    source.forget_pages()
    assert not source.is_fresh(0, size)
    assert source.cached(5) is not None  # shown until the new reading comes


def test_memory_is_bounded(source: LedgerSource) -> None:
    """The pages used last are kept, at most KEPT."""
    for number in range(KEPT + 10):
        source.page(number, number * PAGE + 1)
    held = [n for n in range(KEPT + 10) if source.is_fresh(n, 0)]
    assert held == list(range(10, KEPT + 10))


def test_a_filter_goes_on_where_it_stopped(source: LedgerSource) -> None:
    """Step by step it finds what one step would, newest first."""
    only = source.book.entries.filter_of({"text": "rule 1"})
    found: list[HistoryItem] = []
    below, steps = source.book.size, 0
    while below:
        some, below = source.matching(only, below=below, limit=20)
        assert len(some) <= 20
        found += some
        steps += 1
    wanted = [n for n in range(900) if str(n).startswith("1") and n < 800]
    assert steps > 2
    assert [i.subject for i in found] == [f"k{n}" for n in reversed(wanted)]


def test_the_same_entries_by_position(source: LedgerSource) -> None:
    """Scattered positions come back in the order of the log."""
    assert [i.seq for i in source.entries_at([700, 3, 42])] == [3, 42, 700]


def test_days_are_stepped_by_the_newest_entry_of_each(source: LedgerSource) -> None:
    """From anywhere in a day, a step lands on the last entry of the day beside it."""
    size = source.book.size
    newest = source.entries_at([size - 1])[0].recorded_at[:10]
    back = source.step_by_day(size - 1, -1)
    (item, following) = source.entries_at([back, back + 1])
    assert item.recorded_at[:10] < newest
    assert following.recorded_at[:10] == newest
    assert source.step_by_day(back, 1) == size - 1
    assert source.step_by_day(size - 1, 1) == size - 1
    assert source.step_by_day(0, -1) == 0


def test_a_ledger_that_went_away_is_said_and_found_again(tmp_path: Path) -> None:
    """The file is looked at by its name: what was deleted is gone."""
    path = tmp_path / "a.db"
    open_desk(path).book.close()
    source = LedgerSource(lambda: open_ledger(str(path)))
    size = source.book.size
    path.rename(tmp_path / "b.db")
    with pytest.raises(NoLedger):
        _ = source.book
    (tmp_path / "b.db").rename(path)
    assert source.book.size == size
    source.close()
