"""Cells that no claim speaks of: their status comes from above, from wider places, or is open."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ledger.api.creating import starter_taxonomy
from ledger.domain.event_models import TaxonomyAdopted
from ledger.domain.taxonomy import Taxonomy
from tests.books import norm
from tests.tui.hostile import harmless
from tests.tui.keyboard import choose, settle
from tests.tui.test_board import WIDE, desk_launch, grid_of
from tui.app import RegledgerApp
from tui.screens import board
from tui.text.board_table import NOTHING, BoardCell, BoardTable, Place

DAY = date(2026, 11, 26)
STARTER = Taxonomy.of(TaxonomyAdopted.model_validate(starter_taxonomy()).items())


def table_of(*places: Place) -> BoardTable:
    """Return a table in which claims speak of these places, each legal."""
    return BoardTable(STARTER, DAY, {place: BoardCell("legal") for place in places})


def test_nothing_said_is_nothing() -> None:
    """Silence has no status, whatever is said about other places and below."""
    table = table_of(("AE", "va"), ("PK", "va.exchange.fiat"))
    assert table.cell(("PK", "va")) == NOTHING
    assert table.cell(("PK", "va.exchange")) == NOTHING
    assert not NOTHING.status


@pytest.mark.parametrize(
    ("spoken", "asked", "source"),
    [
        ([("PK", "va"), ("PK", "va.exchange")], ("PK", "va.exchange.fiat"), ("PK", "va.exchange")),
        ([("PK", "va")], ("PK-KP", "va.exchange"), ("PK", "va")),
        ([("PK", "va"), ("PK-KP", "va.exchange")], ("PK-KP", "va.exchange.fiat"), None),
        ([("EU", "va")], ("DE", "va.exchange"), ("EU", "va")),
    ],
)
def test_follows_from_the_nearest_above(
    spoken: list[Place], asked: Place, source: Place | None
) -> None:
    """The nearest activity above with a claim counts, there or in what the place is part of."""
    shown = table_of(*spoken).cell(asked)
    assert shown.status == "legal"
    assert not shown.mixed
    assert shown.above == (source or ("PK-KP", "va.exchange"))


@pytest.mark.parametrize(
    ("spoken", "asked"),
    [
        ([("PK", "va.exchange"), ("PK-KP", "va")], ("PK-KP", "va.exchange.fiat")),
        ([("EU", "va.exchange"), ("DE", "va")], ("DE", "va.exchange")),
    ],
)
def test_what_only_resolving_can_tell_is_left_open(spoken: list[Place], asked: Place) -> None:
    """A wider place that speaks of the nearer activity may prevail or not: no status is shown."""
    table = table_of(*spoken)
    shown = table.cell(asked)
    assert shown.mixed
    assert not shown.status


def test_rows_and_columns_have_what_lies_above() -> None:
    """Ancestors of what was spoken of are shown too, and a folded branch hides what is below."""
    table = table_of(("PK-KP", "va.exchange.fiat"))
    assert table.columns() == ["PK", "PK-KP"]
    rows = table.rows()
    assert [(r.activity, r.depth, r.below) for r in rows] == [
        ("va", 0, 2),
        ("va.exchange", 1, 1),
        ("va.exchange.fiat", 2, 0),
    ]
    assert [r.activity for r in table.rows(folded=["va.exchange"])] == ["va", "va.exchange"]
    assert len(table.rows(everything=True)) == len(STARTER.activities)


def test_something_else_below_is_noticed() -> None:
    """A branch differs where an activity below it has a status of its own that is another."""
    table = table_of(("PK", "va"), ("PK", "va.exchange"))
    assert not table.differs_below(("PK", "va"))
    table.own["PK", "va.exchange"] = BoardCell("prohibited")
    assert table.differs_below(("PK", "va"))


@pytest.mark.anyio
async def test_levels_of_government_are_resolved_or_left_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a country speaks of the nearer activity, the province's cell is not guessed."""
    claims = (
        norm(jurisdiction="PK", activity="va.exchange", effect="authorise", key="country"),
        norm(jurisdiction="PK-KP", activity="va", key="province"),
    )
    launch = desk_launch(tmp_path, *claims)
    book = launch.open()
    wanted = book.status("PK-KP", "va.exchange").status
    book.close()
    place = ("PK-KP", "va.exchange")
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        table = grid_of(app).table
        assert table is not None
        assert table.cell(place).status == wanted
    monkeypatch.setattr(board, "SMALL", 0)
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        grid = grid_of(app)
        assert grid.table is not None
        assert grid.table.cell(place).mixed
        assert "open to see" in harmless(app)
        choose(grid, place)  # the cursor there asks for the answer
        await settle(pilot)
        assert grid.table.cell(place).status == wanted
