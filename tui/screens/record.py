"""Record a claim, or correct one; with them the dialogs that retract and dispute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from ledger.errors import Conflict
from tui.claim_draft import Draft, bare, chosen, comment, counts, texts
from tui.dialogs.reason_dialogs import DisputeDialog, RetractDialog
from tui.form_fields import GROUPS, REASON, Section, kinds, reasons, sections
from tui.keymap import bind
from tui.screens.forms import FormPage
from tui.text.change_text import field_changes, fields, why_words
from tui.text.styles import safe
from tui.widgets.prose import BLANK, Paragraph, para

if TYPE_CHECKING:
    from ledger.api.ledger import Ledger
    from ledger.api.results import CellChange, RecordResult
    from ledger.domain.claims import Claim
    from ledger.queries.vocabulary import Vocabulary
    from tui.dialogs.sign import Signing

__all__ = ["CorrectPage", "DisputeDialog", "RecordPage", "RetractDialog"]


class Kinds(OptionList):
    """The kinds of claims; letters move as everywhere."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]  # narrower than Textual's
        bind("cursor-up", "cursor_up"),
        bind("cursor-down", "cursor_down"),
    ]


class RecordPage(FormPage):
    """A new claim: its kind first, then its form."""

    heading = "Record"
    rehearses = True
    DEFAULT_CSS = """
    RecordPage {
        & #kinds { height: 1fr; padding: 1 2; border: none; background: $background; }
        & #another { display: none; }
    }
    """
    BINDINGS: ClassVar[list[Binding]] = []

    def __init__(self) -> None:
        super().__init__()
        self._kinds: Mapping[str, str] = {}
        self._kept: dict[str, str] = {}  # what was typed into the forms of other kinds

    def before_form(self) -> Iterable[Widget]:
        """The kinds to choose from."""
        yield Kinds(id="kinds", compact=True)

    def on_mount(self) -> None:
        """Nothing is chosen yet."""
        super().on_mount()
        self._choose(show=True)
        bar = self.query_one("#bar")
        bar.mount(Button("Another kind", id="another", compact=True))
        self.query_one("#about", Static).update("What do you want to record?")

    def load(self) -> None:
        """Learn the kinds, and the ids to complete from."""
        self.ask(lambda source: (kinds(), source.book.preview.vocabulary()), self._learned)

    def _learned(self, found: tuple[dict[str, str], Vocabulary]) -> None:
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
        elif self.form.rows:
            self.form.rows[0].focus_box()
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

    def draft(self) -> Draft:
        """What stands there now."""
        form = self.form
        sheet = self.sheet.text if self.on_sheet else None
        return Draft(self.kind, form.specs, form.values, None, self.keys, sheet)

    def first_sheet(self) -> str:
        """The template of the kind, unless something was typed."""
        if self.form.changed or self._before:
            return super().first_sheet()
        from ledger.intake import claim_template

        return claim_template(self.kind)

    def preview(self, book: Ledger, claims: Sequence[Claim]) -> Sequence[CellChange]:
        """What would change if it counted."""
        return book.preview.record(claims)

    def rehearse(self, book: Ledger, claims: Sequence[Claim]) -> None:
        """What the rules say."""
        book.preview.rehearse(claims, again=True)

    def _foreseen(self, book: Ledger, claims: Sequence[Claim]) -> list[Paragraph]:
        return [*self._said_already(book, claims), *super()._foreseen(book, claims)]

    def _said_already(self, book: Ledger, claims: Sequence[Claim]) -> list[Paragraph]:
        """Each claim that is said already: recording it again is for the signer to decide."""
        several = len(claims) > 1
        return [
            para(
                f"{f'Claim {twin.index + 1}' if several else 'This'} {twin.words}."
                " Sign only to record it once more.",
                "warn",
            )
            for twin in book.preview.identical(claims)
        ]

    def signed_words(self, claims: Sequence[Claim]) -> list[Paragraph]:
        """Each claim in a line, below it every field; then what is said already."""
        from ledger.domain.events import to_data

        words: list[Paragraph] = []
        for one in claims:
            line = f"{one.kind} on {one.activity} in {one.jurisdiction}: {one.statement}"
            words += [BLANK] * bool(words) + [para(line, "bold"), *fields(to_data(one))]
        return [*words, *self._said_already(self.app.source.book, claims)]

    def write(
        self, book: Ledger, claims: Sequence[Claim], signing: Signing
    ) -> Sequence[RecordResult]:
        """Record it."""
        # The dialog said what is said already, and asked for the signature all the same.
        return book.record(claims, signing.signer, actor=signing.actor, again=True)

    def command(self) -> list[str]:
        """The template to fill in and record."""
        return ["record", "--template", self.kind or "norm"]


class CorrectPage(FormPage):
    """New content for a claim, with the reason; ``ref`` is its key, ``@seq`` or event id."""

    heading = "Correct"
    sign_words = "Sign correction"
    BINDINGS: ClassVar[list[Binding]] = []

    def __init__(self, ref: str) -> None:
        super().__init__()
        self.ref = ref
        self._base: dict[str, Any] = {}
        self._why: tuple[Section, ...] = ()

    def load(self) -> None:
        """Read the claim as it is now, once."""
        ref = self.ref

        def work(source: Any) -> tuple[tuple[str, dict[str, Any], bool], Vocabulary, Section]:
            return source.book.preview.content_of(ref), source.book.preview.vocabulary(), reasons()

        self.ask(work, self._read)

    def _read(self, found: tuple[tuple[str, dict[str, Any], bool], Vocabulary, Section]) -> None:
        (name, content, whole), vocabulary, why = found
        self.learned(vocabulary)
        if self.kind:
            return
        self._base, self._why = bare(content), (why,)
        self.kind = content["kind"]
        self.query_one("#about", Static).update(safe(f"{self.kind} {name}"))
        if not whole:
            self.app.tell(
                "Some values of this claim were erased; a correction cannot carry them over.",
                severity="warning",
            )
        specs = [s for part in sections(self.kind, counts(content, GROUPS)) for s in part.fields]
        self.call_later(self.lay_out, texts(self._base, specs), self._base)

    def extra(self) -> tuple[Section, ...]:
        """Why."""
        return self._why

    def draft(self) -> Draft:
        """What stands there now."""
        form = self.form
        sheet = self.sheet.text if self.on_sheet else None
        return Draft(self.kind, form.specs, form.values, self._base, self.keys, sheet)

    def preview(self, book: Ledger, claims: Sequence[Claim]) -> Sequence[CellChange]:
        """What would change if the correction counted."""
        return book.preview.correction(self.ref, claims[0])

    def signed_words(self, claims: Sequence[Claim]) -> list[Paragraph]:
        """Why, and what differs, field by field."""
        from ledger.domain.events import to_data

        values = self.form.values
        return [
            *why_words(chosen(values.get(REASON, "")), comment(values)),
            para(f"{self._base.get('key', self.ref)}: what differs", "bold"),
            *field_changes(self._base, to_data(claims[0])),
        ]

    def write(
        self, book: Ledger, claims: Sequence[Claim], signing: Signing
    ) -> Sequence[RecordResult]:
        """Record the correction."""
        values = self.form.values
        if bare(book.preview.content_of(self.ref)[1]) != self._base:
            raise Conflict(
                "The claim was changed by somebody else since you opened this form.",
                hint="Copy what you typed (as YAML), leave, and correct it as it is now.",
            )
        return [
            book.correct(
                self.ref,
                claims[0],
                signing.signer,
                actor=signing.actor,
                reason_code=chosen(values.get(REASON, "")),
                comment=comment(values),
            )
        ]

    def command(self) -> list[str]:
        """The claim as it is."""
        return ["show", self.ref]
