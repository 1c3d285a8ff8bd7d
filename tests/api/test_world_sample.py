"""The world sample through the library: built, sound, and answering as its claims do by rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from ledger import Ledger
from ledger.demo import build


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """The built sample."""
    folder = tmp_path_factory.mktemp("world")
    with build(folder / "demo.db", folder / "keys", "world").ledger as ledger:
        yield ledger


def test_the_sample_is_sound_and_waits_for_one_review(world: Ledger) -> None:
    """Every check holds; one bill was left for the reader to approve."""
    report = world.verify()
    assert report.faults == ()
    assert report.simulated
    assert len(world.entries.pending()) == 1


def test_the_board_has_ten_places_and_more_on_three_continents(world: Ledger) -> None:
    """There is something to lay side by side: places of Asia, Africa, Europe and the Americas."""
    places = {cell.cell.jurisdiction for cell in world.board().cells}
    assert len(places) >= 20
    assert places >= {"IN", "HK", "KE", "NG", "EU", "GB", "BO", "US-NY"}


def test_what_is_to_come_is_in_the_calendar(world: Ledger) -> None:
    """Regulations of 2027 begin, an Act begins at the earliest, and applications fall due."""
    found = world.calendar(date(2026, 7, 6), date(2027, 12, 31))
    days = {event.day.isoformat() for event in found.events}
    assert days >= {"2026-09-30", "2026-10-01", "2026-10-30", "2027-02-28", "2027-10-25"}


def test_one_organisation_is_asked_for(world: Ledger) -> None:
    """The licensee of an exchange works under the framework of its place."""
    answer = world.status("HK", "va.exchange", actor="org:HKVAX", as_of="2025-01-01")
    assert answer.status == "under_framework"
