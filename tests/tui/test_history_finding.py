"""Finding something in the history: search, filters, going to an entry or a day."""

from __future__ import annotations

import pytest

from ledger.api.entries import Entries
from tests.tui.hostile import harmless
from tests.tui.keyboard import press
from tests.tui.test_history import grow, history, see_growth, typed
from tui.app_config import AppConfig
from tui.widgets.filter_bar import FilterBar


@pytest.mark.slow
@pytest.mark.anyio
async def test_search_goes_to_matches_and_around(launch: AppConfig) -> None:
    """N goes to older matches, N back; at the end it goes on from the other end and says so."""
    async with history(launch) as (app, pilot, page):
        shown = page.log_lines
        await typed(pilot, "slash", "OWN-dealing")
        first = shown.seq
        item = shown.item(first or 0)
        assert item is not None
        # The claim, or what acts upon it: a review is found by the claims that it approves.
        assert "own-dealing" in item.subject or item.type == "event.reviewed"
        assert shown.count == app.log_state.size  # the list stays whole
        await typed(pilot, "slash", "zakat-or-nothing")
        assert "is not in this list" in harmless(app)
        await typed(pilot, "slash", "pk-vaa-2026")
        found = {shown.seq}
        for _ in range(40):
            await press(pilot, "n")
            if "wrapped around" in harmless(app):
                break
            found.add(shown.seq)
        assert "wrapped around" in harmless(app)
        assert len(found) > 2
        at = shown.seq
        await press(pilot, "n", "N")
        assert shown.seq == at


@pytest.mark.slow
@pytest.mark.anyio
async def test_matches_are_marked_where_they_stand(launch: AppConfig) -> None:
    """The text that was searched for has a style of its own in every line in sight."""
    async with history(launch) as (_app, pilot, page):
        await typed(pilot, "slash", "lifecycle")
        await press(pilot, "g")
        pieces = [piece for n in range(30) for piece in page.log_lines.line(n, 116)]
        marked = {text for text, style in pieces if "match" in style.split()}
        assert marked == {"lifecycle"}


@pytest.mark.anyio
async def test_a_search_can_be_stopped(launch: AppConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Escape ends a search that goes on, and leaves the screen where it is."""
    async with history(launch) as (app, pilot, page):

        def endless(_self: Entries, _text: str, *, start: int, **_more: object) -> tuple[None, int]:
            return None, max(2, start - 1)

        monkeypatch.setattr(Entries, "find", endless)
        await press(pilot, "slash")
        await pilot.press("x", "enter")
        assert "searching" in harmless(app)
        await press(pilot, "escape")
        assert "search stopped" in harmless(app)
        assert app.screen is page


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_filter_narrows_the_list_and_an_empty_one_shows_all(launch: AppConfig) -> None:
    """The cursor keeps its entry where it can."""
    async with history(launch) as (app, pilot, page):
        shown = page.log_lines
        await typed(pilot, "f", "actor:reviewer type:event.reviewed")
        assert 0 < shown.count < (app.log_state.size or 0)
        items = [shown.item(shown.seq_at(n)) for n in range(shown.count)]
        assert {(i.actor, i.type) for i in items if i} == {("reviewer", "event.reviewed")}
        assert f"{shown.count} found" in harmless(app)
        assert page.command() == ["history", "--by", "reviewer", "--type", "event.reviewed"]
        await press(pilot, "j", "j")
        seq = shown.seq
        await typed(pilot, "f", "")
        assert shown.count == app.log_state.size
        assert shown.seq == seq


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("actr:reviewer", "did you mean actor:?"),
        ("j:PX", "unknown jurisdiction 'PX'"),
        ("actor:revewer", "did you mean reviewer"),
        ("type:claim.recorde", "did you mean claim.recorded"),
        ("after:yesterday", "neither an entry nor a day"),
    ],
)
async def test_a_wrong_filter_is_said_where_it_is_typed(
    launch: AppConfig, text: str, words: str
) -> None:
    """The bar stays open with what was typed, and the list as it was."""
    async with history(launch) as (app, pilot, page):
        before = page.log_lines.count
        await typed(pilot, "f", text)
        assert words in harmless(app)
        assert page.query_one(FilterBar).display
        assert page.log_lines.count == before
        await press(pilot, "escape")
        assert app.focused is page.log_lines


@pytest.mark.anyio
async def test_what_needs_a_second_look(launch: AppConfig) -> None:
    """The exclamation mark finds what awaits review, was rejected, disputed or retracted."""
    async with history(launch) as (_app, pilot, page):
        await typed(pilot, "f", "!")
        shown = page.log_lines
        items = [shown.item(shown.seq_at(n)) for n in range(shown.count)]
        told = {(i.type, i.state) for i in items if i}
        assert ("claim.recorded", "pending") in told
        assert ("claim.recorded", "rejected") in told
        assert any(kind == "claim.disputed" for kind, _ in told)
        assert any(kind == "claim.retracted" for kind, _ in told)
        assert page.command() == ["history", "--flagged"]


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_filter_is_live(launch: AppConfig) -> None:
    """New entries that pass it appear on top; others do not."""
    async with history(launch) as (app, pilot, page):
        await typed(pilot, "f", "actor:reviewer")
        count = page.log_lines.count
        grow(launch)
        await see_growth(app, pilot)
        assert page.log_lines.count == count
        await typed(pilot, "f", "actor:recorder")
        count = page.log_lines.count
        grow(launch, 2)
        await see_growth(app, pilot)
        assert page.log_lines.count == count + 2


@pytest.mark.anyio
async def test_nothing_found_says_what_to_do(launch: AppConfig) -> None:
    """An empty list is a sentence."""
    async with history(launch) as (app, pilot, _page):
        await typed(pilot, "f", "zakat-or-nothing")
        assert "No entry passes this filter. Press f" in harmless(app)


@pytest.mark.anyio
async def test_go_to_a_number_a_day_a_key_and_an_id(launch: AppConfig) -> None:
    """Whatever names an entry leads to it; what names none is an error on the page."""
    async with history(launch) as (app, pilot, page):
        shown = page.log_lines
        await typed(pilot, "colon", "@42")
        assert shown.seq == 42
        event = launch.open().show("@50")
        await typed(pilot, "colon", event.item.event[:24])
        assert shown.seq == 50, harmless(app)
        await typed(pilot, "colon", launch.open().show("@51").digest)
        assert shown.seq == 51
        await typed(pilot, "colon", "pk-vaa-2026-offer")
        assert shown.seq == launch.open().show("pk-vaa-2026-offer").item.seq
        await typed(pilot, "colon", "2025-07-10")
        item = shown.item(shown.seq or 0)
        assert item is not None
        assert item.recorded_at[:10] == "2025-07-10"
        await typed(pilot, "colon", "@99999")
        assert "unknown entry '@99999'" in harmless(app)


@pytest.mark.anyio
async def test_going_beyond_the_filter_takes_it_away(launch: AppConfig) -> None:
    """An entry the filter hides is shown in the whole log."""
    async with history(launch) as (app, pilot, page):
        await typed(pilot, "f", "actor:reviewer")
        await typed(pilot, "colon", "@3")
        assert page.log_lines.seq == 3
        assert page.log_lines.count == app.log_state.size


@pytest.mark.anyio
async def test_steps_by_day(launch: AppConfig) -> None:
    """[ goes to the newest entry of the day before, ] to that of the day after."""
    async with history(launch) as (_app, pilot, page):
        shown = page.log_lines
        days = []
        for _ in range(4):
            await press(pilot, "left_square_bracket")
            item = shown.item(shown.seq or 0)
            assert item is not None
            days.append(item.recorded_at[:10])
        assert days == sorted(set(days), reverse=True)
        await press(pilot, "right_square_bracket")
        item = shown.item(shown.seq or 0)
        assert item is not None
        assert item.recorded_at[:10] == days[-2]
