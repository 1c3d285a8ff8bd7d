"""The timeline strip: what it draws, in symbols and words as well as colour, and how it moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from textual.app import App, ComposeResult

from tui.text.timeline_segment import MarkedDays, TimelineSegment
from tui.widgets.timeline import Timeline
from tui.widgets.timeline_ruler import LEVELS, Ruler

TODAY = date(2026, 11, 26)
STORY = (
    TimelineSegment(None, date(2018, 4, 5), "undetermined", "no_claims"),
    TimelineSegment(
        date(2018, 4, 6), date(2025, 7, 7), "prohibited", None, "norm", forces=("supervisory",)
    ),
    TimelineSegment(
        date(2025, 7, 8),
        date(2025, 7, 9),
        "under_framework",
        None,
        "norm",
        flags=("contested:tie", "date_uncertain"),
        possible=("under_framework", "prohibited"),
        forces=("primary",),
    ),
    TimelineSegment(
        date(2025, 7, 10), None, "prohibited", "statements_only", "declared", forces=("official",)
    ),
)


class Strips(App[None]):
    """A strip and nothing else."""

    def __init__(self, stretches: tuple[TimelineSegment, ...], days: MarkedDays) -> None:
        super().__init__()
        self._given = stretches, days
        self.picked: list[TimelineSegment] = []

    def compose(self) -> ComposeResult:
        """Yield the strip."""
        yield Timeline()

    def on_mount(self) -> None:
        """Fill it."""
        self.query_one(Timeline).put(*self._given)

    def on_timeline_picked(self, event: Timeline.Picked) -> None:
        """Keep what was picked."""
        self.picked.append(event.stretch)


def drawn(app: Strips) -> list[str]:
    """Return the six lines."""
    return [
        "".join(s.text for s in strip if not s.control)[1:-1]
        for strip in app.screen._compositor.render_strips()
    ][:6]


@pytest.mark.anyio
@pytest.mark.parametrize("columns", [120, 80, 60, 30])
async def test_draws_every_part_at_any_width(columns: int) -> None:
    """Marks, blocks with symbols, ruler, labels and words fit the width."""
    app = Strips(STORY, MarkedDays(TODAY, date(2025, 7, 1), date(2027, 1, 1)))
    async with app.run_test(size=(columns, 10)) as pilot:
        await pilot.pause()
        marks, blocks, line, labels, words, more = drawn(app)
        for sign in "▼▽◇":
            assert sign in marks
        assert "as of 2025-07-01" in marks or "today 2026-11-26" in marks
        assert blocks.count("✖") >= 2
        assert "░" in blocks or columns < 120  # declared: hatched
        assert set(line) <= set("─━┬┯")
        assert any(year in labels for year in ("2018", "2020", "2025"))
        assert words.startswith("2018-04-06 to 2025-07-07: ")
        assert "whole record" in more or more.startswith("prohibited (sup")
        assert all(len(one) == columns - 2 for one in drawn(app))


@pytest.mark.parametrize(
    ("stretch", "words"),
    [
        (STORY[0], "until 2018-04-05: undetermined (nothing decides)"),
        (STORY[1], "2018-04-06 to 2025-07-07: prohibited (supervisory norm)"),
        (
            STORY[2],
            "2025-07-08 to 2025-07-09: under framework (primary norm); contested; perhaps proh",
        ),
        (STORY[3], "2025-07-10 on: prohibited (declared, official, no rule)"),
        (
            replace(
                STORY[3],
                instruments=("Minister of Finance",),
                replaced=("Order 1", "Act 2", "Act 3"),
                since=date(2025, 7, 8),
            ),
            (
                "2025-07-10 on: prohibited since 2025-07-08 (declared by Minister of Finance, "
                "official, no rule), in place of Order 1; Act 2 and 1 more"
            ),
        ),
        (
            replace(STORY[1], instruments=("Circular 3",)),
            "2018-04-06 to 2025-07-07: prohibited (Circular 3, supervisory)",
        ),
        (
            TimelineSegment(None, None, "undetermined", "statements_only"),
            "always: undetermined (only st",
        ),
        (
            TimelineSegment(TODAY, TODAY, "legal", None, "norm", forces=("primary",)),
            "2026-11-26: legal (",
        ),
    ],
)
def test_a_segment_in_words(stretch: TimelineSegment, words: str) -> None:
    """Days, status, and what it rests on; what is only declared says so."""
    assert stretch.words().startswith(words)


@pytest.mark.anyio
async def test_walks_zooms_and_comes_back() -> None:
    """Left and right walk over every segment, also one too short to be seen; `0` is today."""
    app = Strips(STORY, MarkedDays(TODAY, TODAY))
    async with app.run_test(size=(100, 10)) as pilot:
        strip = app.query_one(Timeline)
        strip.focus()
        assert strip.current == STORY[3]
        seen = []
        for _ in range(4):
            await pilot.press("left")
            seen.append(strip.current)
            assert strip.current is not None
            assert strip.current.words()[:30] in drawn(app)[4]
        assert seen == [STORY[2], STORY[1], STORY[0], STORY[0]]
        for level in (1, 2, 3, 3):
            await pilot.press("plus")
            assert strip.level == level
        assert LEVELS[3].name in drawn(app)[5]
        await pilot.press("0")
        assert strip.current == STORY[3]
        assert "▼" in drawn(app)[0]
        assert "2026-11" in drawn(app)[3]
        for _ in range(4):
            await pilot.press("minus")
        assert strip.level == 0
        assert app.picked == []
        await pilot.press("left", "enter")
        await pilot.pause()
        assert app.picked == [STORY[2]]


@pytest.mark.anyio
async def test_what_lies_outside_is_pointed_at() -> None:
    """Close up, today and the next change are shown at the edge, and walking follows."""
    app = Strips(STORY, MarkedDays(TODAY, date(2018, 4, 6), date(2030, 1, 1)))
    async with app.run_test(size=(100, 10)) as pilot:
        strip = app.query_one(Timeline)
        strip.focus()
        await pilot.press("plus", "plus", "plus")
        assert "▽ as of 2018-04-06" in drawn(app)[0]
        assert "▸" in drawn(app)[0]
        assert "2018-04" in drawn(app)[3]
        await pilot.press("right")
        assert strip.current == STORY[2]
        assert "◆" in drawn(app)[1]
        assert "2025-07" in drawn(app)[3]
        assert "◂" in drawn(app)[0]


@pytest.mark.anyio
async def test_a_click_chooses_and_another_picks() -> None:
    """The mouse does what the keys do."""
    app = Strips(STORY, MarkedDays(TODAY, TODAY))
    async with app.run_test(size=(100, 10)) as pilot:
        strip = app.query_one(Timeline)
        await pilot.click(Timeline, offset=(40, 1))
        assert strip.current == STORY[1]
        assert app.picked == []
        await pilot.click(Timeline, offset=(41, 1))
        await pilot.pause()
        assert app.picked == [STORY[1]]


@pytest.mark.anyio
async def test_new_segments_keep_the_place_and_another_day_moves_it() -> None:
    """The cursor stays on the day where it was; looking from another day takes it there."""
    app = Strips(STORY, MarkedDays(TODAY, TODAY))
    async with app.run_test(size=(100, 10)) as pilot:
        strip = app.query_one(Timeline)
        strip.focus()
        await pilot.press("left", "left")
        assert strip.current == STORY[1]
        more = (
            TimelineSegment(None, date(2000, 1, 1), "legal"),
            TimelineSegment(date(2000, 1, 2), date(2018, 4, 5), "legal"),
        )
        strip.put((*more, *STORY[1:]), MarkedDays(TODAY, TODAY))
        assert strip.current == STORY[1]
        strip.put((*more, *STORY[1:]), MarkedDays(TODAY, date(2001, 1, 1)))
        assert strip.current == more[1]
        strip.put((), MarkedDays(TODAY, TODAY))
        await pilot.press("left", "right", "enter", "0", "plus")
        await pilot.pause()
        assert app.picked == []
        assert all(not line.strip() for line in drawn(app))


@pytest.mark.parametrize("level", range(len(LEVELS)))
@pytest.mark.parametrize("day", [date(1, 1, 1), date(1947, 8, 14), TODAY, date(9999, 12, 31)])
@pytest.mark.parametrize("cells", [1, 20, 78, 118, 300])
def test_labels_never_collide(level: int, day: date, cells: int) -> None:
    """At any scale and at the ends of the calendar, labels have a blank between them."""
    ruler = Ruler.of([day.toordinal()], day.toordinal(), level, cells)
    ticks = list(ruler.ticks())
    assert all(0 <= column < cells for column, _ in ticks)
    for (a, label), (b, _) in pairwise(ticks):
        assert b - a > len(label)
    assert 0 <= ruler.column(day) < cells


@pytest.mark.parametrize("column", [0, 5, 40, 79])
def test_captions_give_way_and_signs_move_aside(column: int) -> None:
    """Two marks in one place may lose words, never a sign."""
    ruler = Ruler(TODAY.toordinal() - column, 1.0, 80)
    line = ruler.captions([(TODAY, "▼", "today"), (TODAY, "▽", "as of today")])
    assert len(line) == 80
    assert line[column] == "▼"
    assert "▽" in line[max(0, column - 1) : column + 2]
    assert "today" in line


def test_the_whole_record_shows_all_marks() -> None:
    """At the first level everything marked has a column."""
    days = [date(1947, 8, 14), date(2018, 4, 6), TODAY, date(2031, 1, 1)]
    ruler = Ruler.of([d.toordinal() for d in days], TODAY.toordinal(), 0, 78)
    assert all(0 <= ruler.column(day) < 78 for day in days)
    columns = [ruler.column(day) for day in days]
    assert columns == sorted(columns)


@pytest.mark.anyio
async def test_unknown_words_are_harmless() -> None:
    """An unknown status or reason does not break the strip."""
    odd = (TimelineSegment(None, None, "no such status", "\x1b[31m", "none"),)
    app = Strips(odd, MarkedDays(TODAY, TODAY))
    async with app.run_test(size=(100, 10)) as pilot:
        await pilot.pause()
        assert "·" in drawn(app)[1]
        assert "\x1b" not in "".join(drawn(app))
