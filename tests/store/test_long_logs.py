"""Boards, snapshots, differences and calendars of a long log: notes are counted, never read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ledger.domain.claims import Claim
from ledger.domain.resolve.cells_spoken_of import cells_of
from ledger.domain.resolve.resolve import resolve
from ledger.projections import facts_loader
from ledger.projections.stored_state import claim_of_entry
from ledger.queries.diff import answer_key
from tests.books import Desk, act, declaration, norm, note, open_desk
from tests.statements import statements

_DAY = date(2024, 6, 1)
_DAYS = ("2023-01-01", "2024-03-01", "2024-08-01")


def _eventful(desk: Desk) -> None:
    """Record everything that notes can be, and what else changes an answer."""
    deadline = {"date": "2024-09-01", "label": "Comments close"}
    plain, dated, wide = desk.record(
        note(key="plain", activity="dc.ai"),
        note(key="dated", activity="va.custody", deadlines=[deadline]),
        note(key="wide", activity="va", jurisdiction="EU", force="supranational"),
    )
    desk.record(note(key="near", activity="va", jurisdiction="EU"))
    desk.approve(plain, dated, wide, "near")
    desk.record(note(key="waiting", activity="dc.ai"))
    desk.enter(
        norm(key="ban", activity="va", effective_from="2024-02-01"),
        declaration(key="said", activity="va.exchange", uttered_at="2024-01-15"),
    )
    changed = desk.book.correct(
        "plain",
        note(key="plain", activity="va.deal"),
        reason_code="wrong_effect",
        **desk.who("recorder"),
    )
    desk.approve(changed.event)
    gone = desk.book.retract("dated", reason_code="other", **desk.who("recorder"))
    turned = desk.book.correct(
        "near",
        norm(key="near", activity="va.custody", effect="authorise"),
        reason_code="wrong_effect",
        **desk.who("recorder"),
    )
    desk.enter(act(key="end", target="key:ban", at="2024-07-01"))
    desk.approve(gone.event)
    desk.approve(turned.event)


@pytest.fixture
def desk(url: str) -> Iterator[Desk]:
    """An eventful ledger at an address of either back end, under four eyes."""
    made = open_desk(url)
    _eventful(made)
    yield made
    made.book.close()


def test_counted_notes_answer_as_read_ones_do(desk: Desk) -> None:
    """At every size of the log each cell, and the calendar, is what all claims would give."""
    base, noted = desk.book.base, set()
    for seq in range(1, desk.book.size):
        point = base.point(_DAY, seq)
        counted, read = (base.facts(point, notes=how) for how in ("counted", "loaded"))
        assert not [c for c in counted.claims if c.claim.kind == "context"]
        assert cells_of(counted) == cells_of(read)
        for cell in cells_of(read):
            for facts in (counted, base.facts(point, notes="dated")):
                found = resolve(cell, day=_DAY, facts=facts).to_value()
                assert found == resolve(cell, day=_DAY, facts=read).to_value(), (seq, cell)
                noted.add(found["noted"])
    assert noted >= {0, 1, 2}


def test_the_calendar_keeps_the_deadlines_of_notes(desk: Desk) -> None:
    """The deadline that a note names is in the calendar while the note counts."""
    named = [
        [e.label for e in desk.book.calendar(as_of=_DAY, known_at=seq).events if e.label]
        for seq in range(1, desk.book.size)
    ]
    assert ["Comments close"] in named
    assert named[-1] == []


def test_a_difference_leaves_out_no_cell(desk: Desk) -> None:
    """Between any two points the changed cells are those that a comparison of all cells finds."""
    book, ends = desk.book, (3, 6, 9, 11, desk.book.size - 1)
    changed = 0
    for first in ends:
        for last in ends:
            for days in zip(_DAYS, (*_DAYS[1:], _DAYS[0]), strict=True):
                a, b = f"{days[0]}@{first}", f"{days[1]}@{last}"
                found = {change.cell for change in book.diff(a, b).changes}
                assert found == set(_changed(desk, a, b)), (a, b)
                changed += len(found)
    assert changed > len(ends) ** 2


def _changed(desk: Desk, a: str, b: str) -> Iterator[Any]:
    first, last = desk.book.parse_point(a), desk.book.parse_point(b)
    before, after = (desk.book.base.facts(point, notes="loaded") for point in (first, last))
    for cell in cells_of(before, after):
        answers = [
            answer_key(resolve(cell, day=day, facts=facts))
            for day, facts in ((first.day, before), (last.day, before), (last.day, after))
        ]
        if len({repr(answer) for answer in answers}) > 1:
            yield cell


def _law() -> list[Claim]:
    return [
        norm(key="ban", activity="va", effective_from="2024-02-01"),
        norm(key="open", activity="va.custody", effect="authorise", effective_to="2024-05-01"),
        declaration(key="said", activity="va.exchange", uttered_at="2024-01-15"),
    ]


@contextmanager
def _work(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """Count the statements that are run, and the entries whose claims are parsed."""
    done = {"statements": 0, "parsed": 0}

    def parsed(data: bytes) -> Claim:
        done["parsed"] += 1
        return claim_of_entry(data)

    facts_loader._parsed.cache_clear()
    with monkeypatch.context() as patched:
        patched.setattr("ledger.projections.facts_loader.claim_of_entry", parsed)
        with statements(desk.book.store.engine) as asked:
            yield done
        done["statements"] = len(asked)


@pytest.mark.parametrize(
    "ask",
    [
        lambda book: book.status("PK", "va.exchange", as_of=_DAY),
        lambda book: book.status("PK", "dc.ai", as_of=_DAY),
        lambda book: book.board(as_of=_DAY),
        lambda book: book.snapshot(as_of=_DAY).to_json(),
        lambda book: book.calendar(as_of=_DAY),
        lambda book: book.diff("2024-01-20", "2024-06-01"),
        lambda book: book.diff("2024-06-01@4", "2024-06-01"),
    ],
    ids=["status", "silent", "board", "snapshot", "calendar", "days", "news"],
)
def test_a_longer_log_is_no_more_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Callable[[Any], object]
) -> None:
    """Ten times as many notes are asked for and parsed no more than a tenth of them."""
    work = []
    for count in (20, 200):
        desk = open_desk(tmp_path / f"{count}.db", review="none")
        desk.book.projections.defer()
        places = ("va", "va.exchange", "dc.ai")
        desk.record(
            *_law(), *(note(activity=places[n % 3], statement=f"{n}.") for n in range(count))
        )
        with _work(desk, monkeypatch) as done:
            ask(desk.book)
        work.append(done)
        desk.book.close()
    assert work[0] == work[1]
    assert work[1]["parsed"] <= len(_law()) * 2
