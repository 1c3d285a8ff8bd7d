"""The status view behind the log: never wrong, read without writing, caught up on demand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from ledger.api.answers import BoardBrief
from ledger.domain.definitions import Body
from ledger.projections import status, status_follow, view_tables
from ledger.projections.facts_loader import LogPrefix
from ledger.projections.status_follow import Bound, Standing
from ledger.queries import board as board_query
from ledger.store.log_store import LogStore
from tests.books import Desk, act, declaration, norm, note, open_desk


@pytest.fixture
def desk(url: str) -> Iterator[Desk]:
    """A ledger at an address of either back end, its view at the head."""
    made = open_desk(url, review="none")
    made.record(norm(key="rule", instrument={"id": "PK-1", "title": "Act 1"}))
    made.record(norm(key="other", activity="va.custody"), note(key="noted", activity="va.tax"))
    assert not made.book.projections.standing().behind
    yield made
    made.book.close()


@pytest.fixture
def nothing_follows(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command may compute no place again."""
    assert not desk.book.projections.standing().behind
    monkeypatch.setattr(status_follow, "AFTER_A_COMMAND", Bound(places=0, claims=512))


def _grow(desk: Desk) -> None:
    desk.record(act(key="end", target="key:rule"), declaration(key="said", activity="va"))
    desk.record(norm(key="new", activity="va.exchange", effect="authorise"))


def _digest(desk: Desk) -> str:
    with desk.book.store.reading() as conn:
        return view_tables.digest(conn, view_tables.STATUS)


def _boards(desk: Desk) -> list[BoardBrief]:
    days = ("2023-01-01", "2024-02-15", "2024-06-01")
    return [
        desk.book.cells.board_brief(as_of=day, actor=who) for day in days for who in ("any", "bank")
    ]


@pytest.mark.usefixtures("nothing_follows")
def test_what_is_left_behind_is_answered_right_and_caught_up(desk: Desk) -> None:
    """Boards from the view that is behind and from the one at the head are the same."""
    before = desk.book.projections.standing()
    _grow(desk)
    assert desk.book.projections.standing() == Standing(before.position, before.size + 3)
    behind = _boards(desk)
    assert desk.book.projections.standing().position == before.position  # readers never write
    assert desk.book.verify().faults == ()
    size = desk.book.size
    assert desk.book.projections.catch_up() == Standing(size, size)
    assert [one.cells for one in _boards(desk)] == [one.cells for one in behind]
    assert not any(one.whole for one in behind)  # the view answered, but for what had changed
    found = _digest(desk)
    desk.book.projections.rebuild()
    assert _digest(desk) == found


@pytest.mark.usefixtures("nothing_follows")
def test_a_board_is_resolved_where_too_much_has_changed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the bound of a reader the board comes from the claims, with the same statuses."""
    _grow(desk)
    some = [{place: c.status for place, c in one.cells.items()} for one in _boards(desk)]
    monkeypatch.setattr(board_query, "_ON_DEMAND", Bound(places=1, claims=512))
    resolved = _boards(desk)
    assert all(one.whole for one in resolved)
    assert [{place: c.status for place, c in one.cells.items()} for one in resolved] == some


def test_several_processes_store_what_one_stores(desk: Desk) -> None:
    """However many compute, the rows are the same, and progress counts every place."""
    desk.book.projections.defer()
    _grow(desk)
    told: list[tuple[int, int]] = []
    after = desk.book.projections.catch_up(jobs=2, progress=lambda *both: told.append(both))
    assert not after.behind
    assert told[-1][0] == told[-1][1] > 1
    found = _digest(desk)
    desk.book.projections.rebuild()
    assert _digest(desk) == found


def test_a_view_that_moved_meanwhile_is_left_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two processes that follow at once, one stores; the other says where the view stands."""
    desk.book.projections.defer()
    _grow(desk)
    compute = status_follow._rows

    def overtaken(store: LogStore, prefix: LogPrefix, share: Sequence[status.Place]) -> Any:
        monkeypatch.setattr(status_follow, "_rows", compute)
        status_follow.follow(store)
        return compute(store, prefix, share)

    monkeypatch.setattr(status_follow, "_rows", overtaken)
    assert desk.book.projections.catch_up() == Standing(desk.book.size, desk.book.size)
    assert desk.book.verify().faults == ()


def test_a_place_with_many_claims_is_left_behind(desk: Desk) -> None:
    """The bound counts what would have to be read, and one claim more does not matter elsewhere."""
    desk.book.projections.defer()
    many = status_follow.AFTER_A_COMMAND.claims
    desk.record(*(note(key=f"n{n}", activity="va.pay") for n in range(many)))
    desk.book.projections.catch_up()
    size = desk.book.size
    desk.record(norm(key="elsewhere", activity="va.custody"))
    assert desk.book.projections.standing() == Standing(size + 1, size + 1)
    desk.record(norm(key="there", activity="va.pay"))
    assert desk.book.projections.standing() == Standing(size + 1, size + 2)


def test_a_definition_follows_in_a_small_ledger_only(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may change any place: all are computed again where they are few, else left behind."""
    bodies = [Body(id=name, name=name, jurisdiction="PK") for name in ("acme", "bmce")]
    desk.book.define(bodies[:1], **desk.who("recorder"))
    assert not desk.book.projections.standing().behind
    monkeypatch.setattr(status_follow, "AFTER_A_COMMAND", Bound(places=2, claims=512))
    desk.book.define(bodies[1:], **desk.who("recorder"))
    assert desk.book.projections.standing().behind == 1
    assert desk.book.verify().faults == ()


def test_a_view_of_other_code_is_made_again(desk: Desk) -> None:
    """Rows that another version of the code wrote are neither shown nor kept."""
    with desk.book.store.writing() as conn:
        conn.exec_driver_sql("UPDATE view SET version = 99 WHERE name = 'status'")
        conn.exec_driver_sql(
            "UPDATE status_segment SET activity = 'va.pay' WHERE activity = 'va.deal'"
        )
    assert desk.book.cells.board_brief().whole
    desk.record(norm(key="new", activity="va.exchange"))
    assert not desk.book.projections.standing().behind
    assert desk.book.verify().faults == ()
