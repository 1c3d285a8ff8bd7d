"""Record a claim: its kind first, then its form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from ledger import api
from tui.dialogs.signing import ChosenSigner
from tui.form_fields import kinds
from tui.keymap import bind
from tui.ledger_source import LedgerSource
from tui.screens.form_page import FormPage
from tui.text.claim_card import card
from tui.text.styled_pieces import BLANK, Paragraph, para
from tui.text.styles import safe


class KindList(OptionList):
    """The kinds of claims; letters move as everywhere."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]  # narrower than Textual's
        bind("cursor-up", "cursor_up"),
        bind("cursor-down", "cursor_down"),
    ]


class RecordPage(FormPage):
    """A new claim: its kind first, then its form."""

    heading = "Record"
    DEFAULT_CSS = """
    RecordPage {
        & #kinds { height: 1fr; padding: 1 2; border: none; background: $background; }
        & #another { display: none; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._kinds: Mapping[str, str] = {}
        self._kept: dict[str, str] = {}  # what was typed into the forms of other kinds

    def before_form(self) -> Iterable[Widget]:
        """Yield the kinds to choose from."""
        yield KindList(id="kinds", compact=True)

    def on_mount(self) -> None:
        """Show the kinds to choose from."""
        super().on_mount()
        self._choose(show=True)
        bar = self.query_one("#bar")
        bar.mount(Button("Another kind", id="another", compact=True))
        self.query_one("#about", Static).update("What do you want to record?")

    def load(self) -> None:
        """Learn the kinds, and the ids to complete from."""

        def work(source: LedgerSource) -> tuple[dict[str, str], api.Vocabulary]:
            self.opened_over(source.book)
            return kinds(), source.book.preview.vocabulary()

        self.ask(work, self._learned)

    def _learned(self, found: tuple[dict[str, str], api.Vocabulary]) -> None:
        named, vocabulary = found
        self.learned(vocabulary)
        if self._kinds:
            return
        self._kinds = named
        listed = self.query_one("#kinds", OptionList)
        for name, words in named.items():
            label = Content.assemble((f"{name:<16}", "bold"), safe(words))
            listed.add_option(Option(label, id=name))
        listed.highlighted = 0
        if not self.kind:
            listed.focus()
            self.show_hint("kind", "the fields depend on it; Enter chooses")

    def _choose(self, *, show: bool) -> None:
        self.query_one("#kinds").display = show
        self.form.display = not show
        self.query_one("#sheet").display = False
        for button in self.query("#bar Button"):
            button.display = not show

    @on(OptionList.OptionSelected, "#kinds")
    async def chosen(self, event: OptionList.OptionSelected) -> None:
        """Show the form of this kind, with what was typed already."""
        kind = str(event.option.id)
        self._choose(show=False)
        if kind != self.kind:
            self.kind = kind
            await self.lay_out(self._kept)
            self._sheet_given = None
        else:
            self.form.focus_first()
        self.query_one("#about", Static).update(safe(f"{kind}: {self._kinds[kind]}"))

    @on(Button.Pressed, "#another")
    def another_kind(self, event: Button.Pressed) -> None:
        """Choose again; what was typed is kept where the other kind has the field."""
        event.stop()
        event.prevent_default()
        self._before = self._before or self.form.changed
        self._kept |= {path: text for path, text in self.form.values.items() if text}
        self._choose(show=True)
        self.query_one("#kinds", OptionList).focus()

    def first_sheet(self) -> str:
        """Return the template of the kind, unless something was typed."""
        if self.form.changed or self._before:
            return super().first_sheet()
        from ledger.intake import claim_template

        return claim_template(self.kind)

    def preview(self, book: api.Ledger, claims: Sequence[api.Claim]) -> Sequence[api.CellChange]:
        """Return what would change if it counted."""
        return book.preview.record(claims, **self.app.context.preview_arguments)

    def doubts(self, book: api.Ledger, claims: Sequence[api.Claim]) -> Sequence[api.Doubt]:
        """Return what to look at again."""
        return book.preview.doubts(claims)

    def rehearse(self, book: api.Ledger, claims: Sequence[api.Claim]) -> None:
        """Ask what the rules say."""
        book.preview.rehearse(claims, again=True)

    def _preview_words(self, book: api.Ledger, claims: Sequence[api.Claim]) -> list[Paragraph]:
        return [*self._said_already(book, claims), *super()._preview_words(book, claims)]

    def _said_already(self, book: api.Ledger, claims: Sequence[api.Claim]) -> list[Paragraph]:
        """Return a warning for each claim that is recorded already; the signer decides."""
        several = len(claims) > 1
        return [
            para(
                f"{f'Claim {twin.index + 1}' if several else 'This'} {twin.words}."
                " Sign only to record it once more.",
                "warn",
            )
            for twin in book.preview.identical(claims)
        ]

    def signed_words(self, claims: Sequence[api.Claim]) -> list[Paragraph]:
        """Return each claim as a card; then what is said already."""
        from ledger.domain.events import to_data

        words: list[Paragraph] = []
        for one in claims:
            words += [BLANK] * bool(words) + card(to_data(one))
        return [*words, *self._said_already(self.app.source.book, claims)]

    def write(
        self, book: api.Ledger, claims: Sequence[api.Claim], signing: ChosenSigner
    ) -> Sequence[api.RecordResult]:
        """Record it."""
        # The dialog said what is said already, and asked for the signature all the same.
        return book.record(claims, signing.signer, actor=signing.actor, again=True)

    def command(self) -> list[str]:
        """Return the template to fill in and record."""
        return ["record", "--template", self.kind or "norm"]
