"""Filling in the forms of claims as a user does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Static

from ledger import Ledger, open_ledger
from ledger.clock import SimulatedClock
from tests.tui.conftest import NOW, PASSPHRASE
from tests.tui.keyboard import checked, press, settle, static, write
from tui.app import RegledgerApp
from tui.dialogs.signing import SigningDialog
from tui.screens.form_page import FormPage
from tui.widgets.claim_form import FieldRow
from tui.widgets.inputs import PassphraseInput, SafeInput

KINDS = ("norm", "lifecycle", "decision", "declaration", "proposal", "commitment")
# A rule that forbids transfers, which the sample's act makes subject to a licence.
FORBIDDEN = {
    "jurisdiction": "PK",
    "activity": "va.transfer",
    "force": "primary",
    "effect": "prohibit",
    "statement": "Transfers are prohibited.",
    "effective_from": "2026-11-01",
    "key": "pk-transfers-forbidden",
    "reports[0].url": "https://example.org/notice",
    "reports[0].publisher": "Example Gazette",
    "reports[0].title": "Notice",
    "instrument.id": "PK.TRANSFER.2026",
}


@contextmanager
def book_of(file: Path) -> Iterator[Ledger]:
    """Return the ledger of the test, opened beside the application."""
    with open_ledger(str(file), clock=SimulatedClock(NOW)) as book:
        yield book


def form_of(app: RegledgerApp) -> FormPage:
    """Return the form on top."""
    page = app.screen
    assert isinstance(page, FormPage)
    return page


def row(app: RegledgerApp, path: str) -> FieldRow:
    """Return a field of the form."""
    return next(row for row in form_of(app).form.rows if row.spec.path == path)


def wrong(app: RegledgerApp, path: str) -> str:
    """Return the problem that a field shows."""
    field = row(app, path)
    return str(field.query_one(".wrong", Static).render()) if field.has_class("-wrong") else ""


async def go_to(pilot: Pilot[None], app: RegledgerApp, path: str) -> None:
    """Put the cursor into a field, as a click does."""
    row(app, path).box.focus()
    await settle(pilot)


async def fill(pilot: Pilot[None], app: RegledgerApp, values: dict[str, str]) -> None:
    """Put values into fields at once, where typing itself is not what a test is about."""
    for path, text in values.items():
        box = row(app, path).box
        if isinstance(box, SafeInput):
            box.value = text
        else:
            box.load_text(text)
    await checked(pilot)


async def open_kind(pilot: Pilot[None], app: RegledgerApp, kind: str = "norm") -> None:
    """Record, and choose the kind."""
    await press(pilot, "a", *["down"] * KINDS.index(kind), "enter")
    assert form_of(app).kind == kind


async def sign(pilot: Pilot[None], app: RegledgerApp) -> None:
    """Type the passphrase of the actor that is proposed: all of the sample have the same."""
    assert isinstance(app.screen, SigningDialog), static(app, "#trouble")
    if isinstance(app.focused, PassphraseInput):
        await write(pilot, PASSPHRASE.decode())
    await press(pilot, "enter")
