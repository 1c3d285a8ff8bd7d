"""One entry in full: what it says, what vouches for it, and the way to what it speaks of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from textual.pilot import Pilot

from ledger import Ledger, open_ledger
from ledger.store import schema as s
from ledger.wording.claim_card import claim_card
from tests.books import REPORT, Desk, norm, open_desk
from tests.tui.conftest import BOTH_SIZES, read_only
from tests.tui.hostile import NASTY, harmless, hostile
from tests.tui.keyboard import press, seen
from tests.tui.keyboard import settle as rest
from tui.app import RegledgerApp
from tui.app_config import AppConfig
from tui.navigation import OpenEntry
from tui.screens.entry import EntryPage, RelatedList
from tui.widgets.prose import Prose

PAGE = b"<html><body><p>It is said that dealing in assets\n is <b>prohibited</b> here.</p></body>"


@asynccontextmanager
async def entry(
    launch: AppConfig, ref: str, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[tuple[RegledgerApp, Pilot[None], EntryPage]]:
    """Run the application with one entry open, at rest."""
    app = RegledgerApp(launch)
    async with app.run_test(size=size) as pilot:
        await rest(pilot)
        app.go_to(OpenEntry(launch.open().entries.seq_of(ref)))
        await rest(pilot)
        page = app.screen
        assert isinstance(page, EntryPage)
        yield app, pilot, page


def text_of(page: EntryPage) -> str:
    """Return all that the screen says of the entry, unwrapped."""
    return page.query_one("#entry", Prose).text


def launch_of(desk: Desk, folder: Path) -> AppConfig:
    """Return the config of an application over a desk's ledger."""
    return AppConfig(
        name="test.db",
        open=lambda: open_ledger(desk.book.url),
        config_directory=folder,
        state_directory=folder,
        exports=folder,
    )


def quoting(desk: Desk, **fields: Any) -> str:
    """Record a claim that quotes the captured page; return its event id."""
    cited = {"sha256": sha256(PAGE).hexdigest(), "bytes": len(PAGE), "media_type": "text/html"}
    return desk.enter(norm(reports=[{**REPORT, "evidence": cited}], **fields))[0]


@pytest.mark.anyio
async def test_fields_in_reading_order_with_their_labels(launch: AppConfig) -> None:
    """A claim is shown in words, with its source, signature and place; never as JSON."""
    async with entry(launch, "pk-pvara-noc-htx") as (app, _pilot, page):
        text = text_of(page)
        statement = launch.open().show("pk-pvara-noc-htx").opened["claim"]["statement"]
        assert text.split("\n\n")[1].startswith(statement)  # the sentence first
        order = ["kind", "jurisdiction", "issuer", "made under", "in force from", "source 1 title"]
        places = [text.index(f"\n{label} ") for label in order]
        assert places == sorted(places)
        assert any(
            line.split() == ["source", "1", "publisher", "Profit"] for line in text.split("\n")
        )
        assert "{" not in text
        assert "claim.recorded" in harmless(app)


@pytest.mark.anyio
async def test_the_signature_is_checked_with_the_enrolled_key(launch: AppConfig) -> None:
    """A good one is said to be good, and by which key."""
    async with entry(launch, "@20") as (_app, pilot, page):
        shown = launch.open().show("@20")
        assert "✔ good: checked now" in text_of(page)
        for word in (shown.signer_key, shown.leaf_hash, shown.digest, shown.item.event):
            assert word not in text_of(page)  # folded
        assert text_of(page).endswith("# shows them")
        await press(pilot, "number_sign")
        last = text_of(page).partition("Hashes, keys and ids")[2]
        for word in (shown.signer_key, shown.leaf_hash, shown.digest, shown.item.event):
            assert word in last
        await press(pilot, "number_sign")
        assert shown.leaf_hash not in text_of(page)


@pytest.mark.anyio
async def test_a_review_lists_sentences_and_a_correction_old_and_new(launch: AppConfig) -> None:
    """Not digests; in a correction a field that differs has both texts in one row."""
    book = launch.open()
    items = list(book.history())
    review = next(i for i in items if i.type == "event.reviewed")
    decided = book.show(review.event).opened["targets"]
    async with entry(launch, f"@{review.seq}") as (_app, _pilot, page):
        text = text_of(page)
        for one in decided:
            item = book.show(one["event"]).item
            assert f"@{item.seq} " in text
            assert item.summary.partition(": ")[2][:60] in text
            assert one["digest"] not in text
            assert one["event"] not in text
    corrected = next(i for i in items if i.type == "claim.corrected")
    old, new = book.preview.replaced_by(f"@{corrected.seq}") or ({}, {})
    async with entry(launch, f"@{corrected.seq}") as (_app, _pilot, page):
        text = text_of(page)
        for row in claim_card(new, old):
            if row.was is not None and row.label != "statement":
                assert f"{row.was} → {row.text}" in text
        assert "supersedes" not in text
        assert "takes the place of" not in text


@pytest.mark.anyio
async def test_a_forged_signature_is_not_good(launch: AppConfig) -> None:
    """It is verified, not believed: another key under the enrolled id does not pass."""
    book = launch.open()
    signers = {a.slug: a.keys[0] for a in book.actors.all()}
    other = signers["reviewer"].public_key
    with book.store.writing() as conn:
        key = s.actor_key
        row = sa.update(key).where(key.c.actor == "recorder").values(public_key=other)
        conn.execute(row)
    async with entry(launch, "@20") as (_app, _pilot, page):
        assert "✖ NOT GOOD: the signature names key" in text_of(page)


@pytest.mark.anyio
async def test_an_unsealed_entry_says_so(launch: AppConfig) -> None:
    """Without a checkpoint, place and time rest on the database alone."""
    book = launch.open()
    bounds = book.show("@114").bounds
    async with entry(launch, "@114") as (_app, _pilot, page):
        said = "Not sealed yet" if bounds.sealed is None else "Sealed first by the checkpoint"
        assert said in text_of(page)


@pytest.mark.anyio
async def test_a_quote_is_shown_in_its_context(tmp_path: Path) -> None:
    """The text around it comes from the captured page, whose hash is checked."""
    desk = open_desk(tmp_path / "a.db")
    desk.book.evidence.add(PAGE, media_type="text/html")
    event = quoting(desk, quote="dealing in assets is prohibited")
    async with entry(launch_of(desk, tmp_path), event) as (_app, _pilot, page):
        text = text_of(page)
        assert "It is said that dealing in assets is prohibited here." in text
        assert "✔ stored here, its hash checked now" in text
        shown = page.query_one("#entry", Prose)
        pieces = [piece for n in range(shown.count) for piece in shown.line(n, 100)]
        marked = "".join(text for text, style in pieces if style == "match")
        assert marked == "dealing in assets is prohibited"
        assert "kept beside the log" in text  # the quote can be erased


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_quote_without_its_page_stands_alone(tmp_path: Path) -> None:
    """It is said that the page is not stored here, or that it does not hold the words."""
    desk = open_desk(tmp_path / "a.db")
    event = quoting(desk, quote="dealing is prohibited")
    async with entry(launch_of(desk, tmp_path), event) as (_app, _pilot, page):
        assert "“dealing is prohibited”  (the captured page is not stored here)" in text_of(page)
    desk.book.evidence.add(PAGE, media_type="text/html")
    async with entry(launch_of(desk, tmp_path), event) as (_app, _pilot, page):
        assert "(it does not stand in the captured page)" in text_of(page)


@pytest.mark.anyio
async def test_withheld_values_are_counted(tmp_path: Path) -> None:
    """An erased value is not there; its digest is."""
    desk = open_desk(tmp_path / "a.db")
    (event,) = desk.enter(norm(quote="words to be erased", note="a note"))
    with desk.book.store.writing() as conn:
        here = s.disclosure.c.seq == desk.book.entries.seq_of(event)
        gone = conn.execute(sa.select(s.disclosure.c.digest).where(here).limit(1)).scalar_one()
        conn.execute(sa.delete(s.disclosure).where(s.disclosure.c.digest == gone))
    async with entry(launch_of(desk, tmp_path), event) as (_app, _pilot, page):
        text = text_of(page)
        assert "1 value is not here" in text
        assert gone in text


@pytest.mark.slow
@pytest.mark.anyio
async def test_references_lead_to_what_it_speaks_of_and_back(launch: AppConfig) -> None:
    """From a correction to the version it replaces, by number or by Enter; q comes back."""
    book = launch.open()
    corrected = next(i for i in book.history() if i.type == "claim.corrected")
    async with entry(launch, f"@{corrected.seq}") as (app, pilot, page):
        related = page.query_one(RelatedList).related
        assert related[0].relation == "replaces"
        assert {one.relation for one in related} >= {"replaces", "reviewed by"}
        await press(pilot, "1")
        assert isinstance(app.screen, EntryPage)
        assert app.screen.seq == related[0].item.seq
        assert "newer versions" in text_of(app.screen)
        await press(pilot, "q")
        assert page.is_current
        await press(pilot, "tab", "down", "enter")
        assert app.screen.seq == related[1].item.seq


@pytest.mark.slow
@pytest.mark.anyio
async def test_an_act_leads_to_its_target_and_the_target_to_the_act(launch: AppConfig) -> None:
    """Repeals and extensions are followed both ways."""
    async with entry(launch, "pk-vao-2025-extension") as (app, pilot, page):
        related = page.query_one(RelatedList).related
        number = next(n for n, one in enumerate(related) if one.relation == "extend: its target")
        await press(pilot, str(number + 1))
        assert isinstance(app.screen, EntryPage)
        back = app.screen.query_one(RelatedList).related
        assert "acted upon by" in {one.relation for one in back}


@pytest.mark.anyio
async def test_raw_json_and_back(launch: AppConfig) -> None:
    """J shows the entry as it is stored, and the command that prints it."""
    async with entry(launch, "@20") as (app, pilot, page):
        await press(pilot, "J")
        assert text_of(page).startswith('{\n  "event": {\n    "actor": "recorder"')
        assert page.command() == ["show", "@20", "--json"]
        assert '"actor": "recorder"' in harmless(app)
        await press(pilot, "J")
        assert page.command() == ["show", "@20"]


@pytest.mark.slow
@pytest.mark.anyio
async def test_the_entry_beside(launch: AppConfig) -> None:
    """K is the entry above in the history, L the one below; at the ends it is said."""
    async with entry(launch, "@20") as (_app, pilot, page):
        await press(pilot, "K")
        assert page.seq == 21
        assert text_of(page).startswith("@21 ")
        await press(pilot, "L", "L")
        assert page.seq == 19
    async with entry(launch, "@0") as (_app, pilot, page):
        await press(pilot, "L")
        assert page.seq == 0
        assert "ledger.created" in text_of(page)


@pytest.mark.anyio
async def test_copy_gives_what_is_shown_and_says_so(launch: AppConfig) -> None:
    """The copied text is the page, in words or raw, with the command; the toast names it."""
    async with entry(launch, "@20") as (app, pilot, page):
        await press(pilot, "y")
        assert app.clipboard == f"{text_of(page)}\n\nregledger --db demo.db show @20"
        said = str(list(app._notifications)[-1].message)
        assert said.startswith(f"copied {len(app.clipboard):,} characters: @20")
        await press(pilot, "J", "y")
        assert app.clipboard.startswith("{")
        assert app.clipboard.endswith("show @20 --json")


@pytest.mark.anyio
async def test_only_claims_are_corrected(launch: AppConfig) -> None:
    """On an entry that is no claim, C, X and D say so and open nothing."""
    async with entry(launch, "@0") as (app, pilot, page):
        await press(pilot, "C", "X", "D")
        assert page.is_current
        assert any("only claims" in str(n.message) for n in app._notifications)


@pytest.mark.anyio
async def test_without_keys_nothing_is_corrected(launch: AppConfig) -> None:
    """Read-only, the forms are not opened, and no key for them is offered."""
    async with entry(read_only(launch), "pk-pvara-noc-htx") as (app, pilot, page):
        await press(pilot, "C", "X", "D")
        assert page.is_current
        assert "Correct" not in seen(app)


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.parametrize("size", BOTH_SIZES)
async def test_hostile_words_do_nothing(tmp_path: Path, size: tuple[int, int]) -> None:
    """Statement, quote, note and source are shown as text, in words and as JSON."""
    made = hostile(tmp_path)
    seen = ""
    async with entry(made.launch, "n0", size) as (app, pilot, _page):
        for n in range(len(NASTY)):
            app.go_to(OpenEntry(app.source.book.entries.seq_of(f"n{n}")))
            await rest(pilot)
            page = app.screen
            for key in ("pagedown", "pagedown", "G", "J", "pagedown", "tab", "j"):
                seen += harmless(app)
                await press(pilot, key)
            seen += harmless(app)
            assert page.is_current
            app.pop_screen()
            await rest(pilot)
    assert "[/foo]" in seen
    assert "\\x1b" in seen


def test_a_dossier_checks_inclusion_in_the_newest_checkpoint(launch: AppConfig) -> None:
    """Sealed entries lead to the root of the checkpoint; a damaged tree does not."""
    book: Ledger = launch.open()
    shown, found = book.proofs.entry_report("@5")
    assert (found.included is None) == (shown.bounds.sealed is None)
    assert found.inclusion_fault == ""
