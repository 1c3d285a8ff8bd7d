"""`regledger history` with its filters: what they let through, and what they refuse."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger import Ledger
from ledger.demo import build
from ledger.errors import InputError, UnknownId
from ledger.queries import text_search
from ledger.queries.history import HistoryItem
from ledger.queries.history_filter import HistoryFilter
from ledger.text import fold
from tests.examples import seldom


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """The sample; it is only read."""
    folder = tmp_path_factory.mktemp("sample")
    made = build(folder / "demo.db", folder / "demo.db.keys").ledger
    yield made
    made.close()


def seqs(book: Ledger, **words: str) -> list[int]:
    """What a filter lets through, in steps as small as they come, newest first."""
    only = book.entries.filter_of(words)
    found: list[int] = []
    below = book.size
    while below:
        some, below = book.entries.matching(only, below=below, limit=5, look=20)
        found += [item.seq for item in some]
    return found


def test_every_filter_agrees_with_a_look_at_each_entry(book: Ledger) -> None:
    """SQL conditions and key ranges find what one finds by hand."""
    every = {i.seq: i for i in book.history(newest_first=False)}
    claims = {q: book.show(f"@{q}").opened for q, i in every.items() if i.type == "claim.recorded"}
    by_hand = {
        ("actor", "reviewer"): {q for q, i in every.items() if i.actor == "reviewer"},
        ("type", "corrected"): {q for q, i in every.items() if i.type == "claim.corrected"},
        ("type", "defined"): {q for q, i in every.items() if i.type.endswith(".defined")},
        ("type", "claim"): {q for q, i in every.items() if i.type.startswith("claim.")},
        ("state", "rejected"): {q for q, i in every.items() if i.state == "rejected"},
        ("after", "@100"): {q for q in every if q > 100},
        ("before", "@head"): {q for q in every if q < book.size - 1},
        ("known_at", "@100"): {q for q in every if q <= 100},
        ("before", "7"): set(range(7)),
    }
    for (name, value), wanted in by_hand.items():
        found = seqs(book, **{name: value})
        assert found == sorted(wanted, reverse=True), (name, value)
        assert wanted, (name, value)
    primary = {q for q, data in claims.items() if data["claim"]["force"] == "primary"}
    found_primary = set(seqs(book, force="primary", type="claim.recorded"))
    assert found_primary == primary


def test_days_of_after_and_before_are_not_included(book: Ledger) -> None:
    """After a day begins once it ended; before it ends where it began."""
    day = "2025-07-10"  # in the ledger's time zone, UTC+5
    on = {q for q in range(book.size) if q < book.point(known_at=day).size}
    assert set(seqs(book, after=day)) == set(range(book.size)) - on
    assert set(seqs(book, before=day)) == set(range(book.point(known_at="2025-07-09").size))
    assert seqs(book, after=day, before=day) == []


def test_what_needs_a_second_look_at_a_time(book: Ledger) -> None:
    """States are those of the time asked for: what counts now waited then."""
    size = next(i.seq for i in book.history(newest_first=False) if i.type == "event.reviewed")
    then = f"@{size - 1}"
    waiting = seqs(book, state="pending", known_at=then)
    assert waiting
    assert set(waiting) < set(range(size))
    assert set(waiting) == set(seqs(book, flagged="yes", known_at=then))
    assert seqs(book, state="counting", known_at=then) == []
    for item in book.entries.page(0, book.size, at=book.size):
        (now,) = book.entries.at([item.seq])
        assert item.state == now.state, item.seq


def everything(book: Ledger, item: HistoryItem) -> list[str]:
    """Every text that is shown of an entry, folded, without its hashes."""
    found = [item.subject, item.summary, item.type, item.actor]
    todo: list[object] = [book.show(f"@{item.seq}").opened]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            todo += [v for k, v in value.items() if k not in text_search._OPAQUE]
        elif isinstance(value, list):
            todo += value
        elif isinstance(value, str):
            found.append(value)
    if not item.type.startswith("claim.rec") and item.type != "claim.corrected":
        found += book.entries.names(found).values()
    return [fold(text) for text in found]


@pytest.fixture(scope="module")
def shown(book: Ledger) -> dict[int, list[str]]:
    """Every text that each entry shows."""
    return {item.seq: everything(book, item) for item in book.history(newest_first=False)}


@pytest.mark.parametrize(
    "text",
    [
        "Senate",
        "IN pk",
        "corrects it (",
        "é",
        *seldom(
            "Ordinance, 2025",
            "DAWN",
            "pk-va-law-2025-exchange",
            "approves 4",
            "norm on va",
            "to va",
            "in",
        ),
    ],
)
def test_search_finds_what_a_plain_look_finds(
    book: Ledger, shown: dict[int, list[str]], text: str
) -> None:
    """The quick test by bytes misses nothing, in both directions, whatever is looked for."""
    wanted = [q for q, texts in shown.items() if any(fold(text) in one for one in texts)]
    found: list[int] = []
    at = 0
    while at < book.size:
        seq, at = book.entries.find(text, start=at, newest_first=False, look=7)
        found += [] if seq is None else [seq]
    assert found == wanted
    back: list[int] = []
    at = book.size
    while at > 0:
        seq, at = book.entries.find(text, start=at, look=7)
        back += [] if seq is None else [seq]
    assert back == wanted[::-1]


def test_what_there_is_not_is_refused(book: Ledger) -> None:
    """With the nearest known names."""
    for words, near in (
        ({"actor": "revewer"}, "reviewer"),
        ({"type": "claim.recorde"}, "claim.recorded"),
        ({"force": "primry"}, "primary"),
        ({"state": "pendin"}, "pending"),
    ):
        with pytest.raises(UnknownId) as caught:
            book.entries.filter_of(words)
        assert near in caught.value.hint
    for wrong in ({"jurisdiction": "ZZ"}, {"activity": "va.exchang"}):
        with pytest.raises(UnknownId):
            book.entries.filter_of(wrong)
    for position in ("yesterday", "2025-13-01", "@-1", "2025-7-8"):
        with pytest.raises(InputError):
            book.entries.filter_of({"after": position})
    with pytest.raises(InputError):
        book.entries.filter_of({"colour": "red"})
    assert book.entries.filter_of({}) == HistoryFilter()
