"""One cell: the reasons are those of `why`, the strip leads through time, claims can be opened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from ledger.api.ledger import Ledger
from ledger.wording.answer_parts import parts
from ledger.wording.explanations import cited
from tests.books import declaration, norm, open_desk
from tests.examples import seldom
from tests.tui.conftest import BOTH_SIZES, NOW
from tests.tui.hostile import harmless, hostile
from tests.tui.keyboard import settle
from tui.app import RegledgerApp
from tui.app_config import AppConfig
from tui.navigation import OpenCell, OpenEntry
from tui.screens.cell import CellPage
from tui.widgets.reading_pane import ReadingPane
from tui.widgets.timeline import Timeline

WIDE, NARROW = (120, 40), (80, 24)
EXCHANGE = ("PK", "va.exchange")


async def opened(app: RegledgerApp, pilot: Pilot[None], *place: str) -> CellPage:
    """Return the page of a cell, loaded."""
    await settle(pilot)
    app.go_to(OpenCell(*(place or EXCHANGE)))
    await settle(pilot)
    assert isinstance(app.screen, CellPage)
    return app.screen


def pane(app: RegledgerApp, name: str = "#why") -> ReadingPane:
    """Return a pane of the cell that is seen."""
    return app.screen.query_one(name, ReadingPane)


@pytest.fixture
def book(launch: AppConfig) -> Iterator[Ledger]:
    """Return the ledger as the library sees it."""
    found = launch.open()
    yield found
    found.close()


@pytest.mark.anyio
@pytest.mark.parametrize(
    "place", ["va.exchange", *seldom("va.deal", "va", "recognition.tender", "state.reserve")]
)
async def test_the_reasons_are_those_of_why(launch: AppConfig, book: Ledger, place: str) -> None:
    """Every sentence of the explanation is there, with entries instead of ids."""
    answer = book.status("PK", place)
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot, "PK", place)
        text = pane(app).text
        told = answer.explanation
        found, named, disputes = answer.resolution, answer.named, answer.disputes
        for part in parts(found, told, named=named, disputes=disputes, whole=True):
            assert part.heading in text
            for said in part.lines:
                assert cited(said.text, answer.cited) in text
        assert told.status in text
        for flag in answer.flags:
            if not flag.endswith("_differ") and flag not in {"pending", "commitment"}:
                assert flag.partition(":")[0].replace("_", " ") in text
        assert answer.named
        for one in answer.cited.values():
            assert f"[@{one.seq}]" in text


@pytest.mark.anyio
async def test_flags_are_explained_in_full(launch: AppConfig) -> None:
    """A flag comes with the glossary's paragraph, not with its first sentence alone."""
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot)
        text = pane(app).text
        assert "Somebody disputes a claim that bears on this. A dispute changes no result" in text


@pytest.mark.slow
@pytest.mark.anyio
async def test_claims_stand_beside_the_reasons_or_below(launch: AppConfig, book: Ledger) -> None:
    """Wide: two panes; narrow: one, in which the claims follow. Turning the terminal keeps both."""
    cell = book.cells.page(*EXCHANGE)
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot)
        bearing = [
            c for c in cell.claims if cell.part(c.id) != "other" or c.id in cell.answer.named
        ]
        heading = f"Claims that bear on this ({len(bearing)})"
        listed = pane(app, "#claims").text
        assert heading in listed
        assert heading not in pane(app).text
        assert "● @98   pk-vaa-2026-exchange" in listed.splitlines()
        assert "    norm, primary, authorise, from " in listed
        for counted in bearing:
            assert f"@{counted.seq}".ljust(6) + (counted.claim.key or "") in listed
        pane(app, "#claims").focus()
        await pilot.resize_terminal(*NARROW)
        await settle(pilot)
        assert not pane(app, "#claims").display
        assert heading in pane(app).text
        assert pane(app).has_focus
        assert "◆ under framework" in harmless(app)
        await pilot.resize_terminal(*WIDE)
        await settle(pilot)
        assert heading not in pane(app).text
        assert pane(app, "#claims").display


@pytest.mark.anyio
async def test_enter_opens_the_entry(launch: AppConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Enter on a reference or a claim opens its entry; on text without one it opens nothing."""
    went: list[object] = []
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot)
        monkeypatch.setattr(RegledgerApp, "go_to", lambda _, to: went.append(to))
        pane(app, "#claims").focus()
        await pilot.press("enter")
        await pilot.press("down", "enter")
        await settle(pilot)
        assert went[0] == OpenEntry(98)
        assert isinstance(went[1], OpenEntry)
        assert went[1] != went[0]
        pane(app).focus()
        await pilot.press("G", "enter")
        await settle(pilot)
        assert len(went) == 3
        assert went[2] == OpenEntry(92)  # the last reference: the dispute


@pytest.mark.anyio
async def test_all_of_the_text_can_be_reached(launch: AppConfig) -> None:
    """Holding down scrolls through every line in a small terminal, and up comes back."""
    app = RegledgerApp(launch)
    async with app.run_test(size=NARROW) as pilot:
        await opened(app, pilot)
        text = pane(app)
        seen: set[int] = set()
        for _ in range(4 * text.count):
            seen |= set(range(text.seen.y, text.seen.bottom))
            text.action_move(1)
            await pilot.pause()
            if text.seen.bottom >= text.count:
                break
        seen |= set(range(text.seen.y, text.seen.bottom))
        assert seen >= set(range(text.count))
        await pilot.press("g")
        assert text.seen.y == 0
        await pilot.press("pagedown", "pageup")
        assert text.seen.y == 0


@pytest.mark.slow
@pytest.mark.anyio
async def test_the_strip_leads_through_time(launch: AppConfig, book: Ledger) -> None:
    """Left and right walk over segments and set nothing; Enter looks from the first day."""
    segments = book.cells.page(*EXCHANGE).segments
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot)
        strip = app.screen.query_one(Timeline)
        assert strip.chosen == len(segments) - 1
        said = "2026-03-07 on: under framework since 2025-07-08 (Virtual Assets Act, 2026, primary)"
        assert said in harmless(app)
        assert "in place of Virtual Assets Ordinance, 2025" in " ".join(harmless(app).split())
        await pilot.press("left", "left")
        assert "2026-03-04: under framework since 2025-07-08 (Virtual Assets Ord" in harmless(app)
        await pilot.press("left")
        assert "2025-07-08 to 2026-03-03: under framework (Virtual Assets Ord" in harmless(app)
        assert app.context.is_now
        await pilot.press("enter")
        await settle(pilot)
        assert app.context.as_of == "2025-07-08"
        text = harmless(app)
        assert "NOT NOW" in text
        assert pane(app).seen.y == 0
        assert "▽" in text
        assert "On 2025-07-08, Exchange" in pane(app).text
        now = strip.chosen
        assert now == 1
        await pilot.press("left")
        assert "until 2025-07-07: undetermined (not yet in force)" in harmless(app)
        await pilot.press("enter")
        await settle(pilot)
        assert app.context.as_of == "2025-07-07"  # no first day: its last one
        assert "◇" in harmless(app)
        assert "changes 2025-07-08" in harmless(app)
        await pilot.press("T")
        await settle(pilot)
        assert app.context.is_now
        assert strip.chosen == len(segments) - 1


@pytest.mark.anyio
async def test_segments_name_the_force_of_what_they_rest_on(
    launch: AppConfig, book: Ledger
) -> None:
    """For banks the ban was a supervisory norm, and the strip says so."""
    found = book.cells.page(*EXCHANGE, actor="bank")
    assert ("supervisory",) in found.forces
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        app.context = replace(app.context, actor="bank", as_of="2020-01-01")
        await opened(app, pilot)
        assert "prohibited since 2018-04-06 (Prohibition of Dealing" in harmless(app) or (
            "prohibited (Prohibition of Dealing in Virtual Currencies/Tokens, supervisory)"
            in harmless(app)
        )
        assert "✖ prohibited" in harmless(app)
        assert " · bank · 1 Jan 2020 · prudential" in harmless(app)


@pytest.mark.anyio
async def test_declared_never_looks_like_law(launch: AppConfig) -> None:
    """Block, words and heading say that it is declared."""
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot, "PK", "va.deal")
        text = harmless(app)
        assert "d declared, not law" in text
        assert "░" in text
        assert "(declared by Finance Secretary" in text
        assert "no rule)" in text


@pytest.mark.anyio
async def test_a_cell_nobody_named_says_what_it_follows_from(launch: AppConfig) -> None:
    """An answer that comes from above is marked as such."""
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot, "PK", "va.tax")
        assert "^ no claim names this itself" in pane(app).text


@pytest.mark.anyio
async def test_a_cell_of_which_nothing_is_known(launch: AppConfig) -> None:
    """Where no claim says anything the page says that, and offers no other day."""
    app = RegledgerApp(launch)
    async with app.run_test(size=NARROW) as pilot:
        await opened(app, pilot, "SV", "va.exchange")
        text = pane(app).text
        assert "Claims that bear on this (0)" in text
        assert "nobody has said anything" in text
        assert "nothing that bears on the status is recorded" in text
        await pilot.press("right", "enter")
        await settle(pilot)
        assert app.context.is_now
        assert "always: undetermined" in harmless(app)


@pytest.mark.anyio
async def test_an_unknown_cell_is_an_error_in_the_page(launch: AppConfig) -> None:
    """An undefined id is reported with the nearest ones, and nothing breaks."""
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot, "PK", "va.exchnge")
        assert app.screen.query_one("#trouble", Static).display
        assert "va.exchange" in harmless(app)
        await pilot.press("left", "enter", "down", "enter", "y")
        await settle(pilot)
        assert isinstance(app.screen, CellPage)


@pytest.mark.anyio
async def test_new_claims_appear_and_the_cursor_stays(tmp_path: Path) -> None:
    """A claim recorded meanwhile joins the list; the cursor stays on the entry it was on."""
    found = open_desk(tmp_path / "live.db")
    found.on("2024-06-01")
    found.enter(norm(key="old"), declaration(key="said"))
    launch = AppConfig(
        name="live.db",
        open=lambda: _open(tmp_path / "live.db"),
        config_directory=tmp_path / "config",
        state_directory=tmp_path / "state",
    )
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot, "PK", "va.deal")
        claims = pane(app, "#claims")
        claims.focus()
        stood = claims.seq
        assert stood is not None
        found.later(days=1)
        found.record(norm(key="waits", effect="permit"))
        app.poll()
        await settle(pilot)
        await settle(pilot)
        assert claims.seq == stood
        assert "Awaiting review (1): they count for nothing yet" in claims.text
        assert "1 claim awaits review" in pane(app).text
        found.approve("waits")
        app.poll()
        await settle(pilot)
        await settle(pilot)
        assert "Claims that bear on this (2)" in claims.text
        assert claims.seq == stood
    found.book.close()


def _open(path: Path) -> Ledger:
    from ledger import open_ledger
    from ledger.clock import SimulatedClock

    return open_ledger(str(path), clock=SimulatedClock(NOW))


@pytest.mark.anyio
async def test_knows_the_command_and_copies_the_text(launch: AppConfig) -> None:
    """The command line that says the same is at hand, and `y` copies the reasons."""
    app = RegledgerApp(launch)
    async with app.run_test(size=WIDE) as pilot:
        page = await opened(app, pilot)
        app.context = replace(app.context, as_of="2025-07-08", known_at="@98", view="normative")
        await settle(pilot)
        line = app.command_line(page.command())
        assert line.endswith(
            "why PK va.exchange --as-of 2025-07-08 --known-at @98 --view normative"
        )
        await pilot.press("y")
        assert "On 2025-07-08, Exchange" in app.clipboard
        assert "Claims that bear on this" in app.clipboard


@pytest.mark.anyio
@pytest.mark.parametrize("size", BOTH_SIZES)
async def test_words_of_others_do_nothing(tmp_path: Path, size: tuple[int, int]) -> None:
    """Reasons and claims show hostile text as text, on every screenful."""
    app = RegledgerApp(hostile(tmp_path).launch)
    async with app.run_test(size=size) as pilot:
        await opened(app, pilot)
        seen = ""
        for reading in [p for p in app.screen.query(ReadingPane) if p.display]:
            reading.focus()
            for _ in range(400):
                seen += harmless(app)
                at = reading.scroll_offset.y
                await pilot.press("pagedown")
                if reading.scroll_offset.y == at:
                    break
        for text in ("[/foo] [bold]x[/bold]", "\\x1b[31mred", "\\u202e", "ورچوئل", "虚拟资产"):
            assert text in seen
