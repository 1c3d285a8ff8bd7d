"""The base of recording and correcting: a form checked while typing, a preview, a signature."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Final

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Button, Static, TextArea

from ledger import api
from ledger.errors import RegledgerError
from tui.claim_draft import CheckedDraft, ClaimDraft, as_yaml, counts, grouped
from tui.dialogs.form_dialogs import (
    LeaveDialog,
    PreviewDialog,
    doubt_words,
    draft_state,
    preview_words,
)
from tui.dialogs.signing import ChosenSigner, SignFormDialog
from tui.form_fields import GROUPS, Section, group, sections
from tui.keymap import bind
from tui.ledger_source import LedgerSource
from tui.record_action import Recorded, announce, record, same_ledger
from tui.screens.base_page import Page
from tui.text.change_text import status_changes
from tui.text.styled_pieces import Paragraph, para
from tui.text.styles import lines, safe, styled
from tui.widgets.claim_form import ClaimForm
from tui.widgets.id_completion import IdCompletion, Word, word_lists
from tui.widgets.inputs import SafeTextArea
from tui.widgets.prose import Prose

CHECK_S: Final = 0.3  # seconds without a key press after which the draft is checked
ALWAYS_NOW: Final = "Recording is always now, whatever time you look from (T returns to now)."
BUTTONS: Final = (("preview", "Preview"), ("submit", "Sign and record"), ("yaml", "As YAML"))


class FormPage(Page):
    """A page with the form of one claim."""

    follows = False
    sign_words: ClassVar[str] = "Sign and record"
    BINDINGS: ClassVar[list[Binding]] = [
        bind("preview", "preview", show=True, priority=True),
        bind("submit", "submit", show=True, priority=True),
        bind("as-yaml", "switch", show=True, priority=True),
    ]
    DEFAULT_CSS = """
    FormPage {
        & #notice { height: auto; padding: 0 1; color: $warning; display: none; }
        & #bar { height: 1; padding: 0 1; }
        & #about { width: 1fr; height: 1; color: $foreground 75%; text-wrap: nowrap; }
        & #about { text-overflow: ellipsis; }
        & #bar Button { margin: 0 0 0 1; min-width: 0; padding: 0 1; }
        & ClaimForm { padding: 0 1; max-width: 130; }
        & #sheet { height: 1fr; display: none; }
        & #sheet-text { height: 1fr; border: none; padding: 0 1; }
        & #sheet-faults { height: auto; background: $panel; padding: 0 1; display: none; }
        & #general { height: auto; padding: 0 1; color: $error; display: none; }
        & #hint { height: 2; padding: 0 1; background: $panel; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.kind = ""
        self.base: dict[str, Any] | None = None  # the content that is corrected
        self._words: api.Vocabulary | None = None
        self._lists: dict[str, Sequence[Word]] = {}
        self._debounce: Timer | None = None
        self._everything = False  # whether empty fields are reported, too
        self._before = False  # whether something was typed into an earlier layout of the form
        self._finished = False  # recorded, or given up: nothing is left to lose
        self._signing = False
        self._sheet_given: str | None = None  # what the YAML tab was filled with
        self._ledger = ""  # the id of that over which the form was opened

    @abstractmethod
    def preview(self, book: api.Ledger, claims: Sequence[api.Claim]) -> Sequence[api.CellChange]:
        """Return what would change; runs in a worker."""

    @abstractmethod
    def doubts(self, book: api.Ledger, claims: Sequence[api.Claim]) -> Sequence[api.Doubt]:
        """Return what to look at again before signing; runs in a worker."""

    @abstractmethod
    def rehearse(self, book: api.Ledger, claims: Sequence[api.Claim]) -> None:
        """Raise what the rules would say; runs in a worker."""

    def opened_over(self, book: api.Ledger) -> None:
        """Remember the ledger: what is typed over it is signed into no other."""
        self._ledger = self._ledger or book.policy.ledger

    @abstractmethod
    def signed_words(self, claims: Sequence[api.Claim]) -> list[Paragraph]:
        """Return what is signed, for the dialog that asks for the signature; runs in a worker."""

    @abstractmethod
    def write(
        self, book: api.Ledger, claims: Sequence[api.Claim], signing: ChosenSigner
    ) -> Sequence[api.RecordResult]:
        """Record it; runs in a worker."""

    @property
    def keys_of(self) -> tuple[str, ...]:
        """Return where the keys of forms stand."""
        return ("forms",)

    def extra(self) -> tuple[Section, ...]:
        """Return sections before those of the claim."""
        return ()

    def body(self) -> Iterable[Widget]:
        """Yield notice, buttons, form or YAML, help."""
        yield Static("", id="notice", markup=False)
        with Horizontal(id="bar"):
            yield Static("", id="about", markup=False)
            for name, words in BUTTONS:
                yield Button(self.sign_words if name == "submit" else words, id=name, compact=True)
        yield from self.before_form()
        yield ClaimForm(self.known, id="form")
        with Vertical(id="sheet"):
            yield SafeTextArea(
                "", id="sheet-text", show_line_numbers=True, tab_behavior="indent", compact=True
            )
            yield Prose(id="sheet-faults")
        yield Static("", id="general", markup=False)
        yield Static("", id="hint", markup=False)

    def before_form(self) -> Iterable[Widget]:
        """Return widgets above the form."""
        return ()

    def refresh_header(self) -> None:
        """Show what to know before typing, besides banner and status line."""
        super().refresh_header()
        if not self.is_mounted:
            return
        notices = []
        if not self.app.context.is_now:
            notices.append(ALWAYS_NOW)
        box = self.query_one("#notice", Static)
        box.update(safe(" ".join(notices)))
        box.display = bool(notices)

    @property
    def form(self) -> ClaimForm:
        """Return the form."""
        return self.query_one("#form", ClaimForm)

    @property
    def sheet(self) -> SafeTextArea:
        """Return the YAML tab."""
        return self.query_one("#sheet-text", SafeTextArea)

    @property
    def on_sheet(self) -> bool:
        """Return whether the YAML tab is what is seen, and meant."""
        return bool(self.query_one("#sheet").display)

    @property
    def dirty(self) -> bool:
        """Return whether something would be lost."""
        typed = self._sheet_given is not None and self.sheet.text != self._sheet_given
        return not self._finished and (typed or self._before or self.form.changed)

    def ask_before_leaving(self, go: Callable[[], object]) -> bool:
        """Ask before something typed is lost."""
        if not self.dirty:
            return False

        def answered(leave: bool | None) -> None:  # noqa: FBT001  # what a dialog answers
            if leave:
                self._finished = True
                go()

        self.app.push_screen(LeaveDialog(), answered)
        return True

    def copied(self) -> str:
        """Return the draft as YAML."""
        if not self.kind:
            return ""
        return self.sheet.text if self.on_sheet else as_yaml(self.draft().raw)

    def draft(self) -> ClaimDraft:
        """Return what the form or the YAML tab holds now."""
        form, sheet = self.form, self.sheet.text if self.on_sheet else None
        keys = frozenset(self._words.keys if self._words is not None else ())  # for guesses
        return ClaimDraft(self.kind, form.specs, form.values, self.base, keys, sheet)

    def learned(self, found: api.Vocabulary) -> None:
        """Complete ids from these."""
        self._words = found
        self._lists = word_lists(found)

    def known(self, name: str) -> Sequence[Word]:
        """Return the ids of a list."""
        return self._lists.get(name, ())

    async def lay_out(self, values: dict[str, str]) -> None:
        """Make the form of the kind that was chosen, with these values."""
        many = counts(self.base or grouped(values), GROUPS)
        await self.form.lay_out([*self.extra(), *sections(self.kind, many)], values)
        self._everything = False
        if not self.on_sheet:
            self.form.focus_first()

    @on(ClaimForm.More)
    async def one_more(self, message: ClaimForm.More) -> None:
        """Add one more source, speaker, override or deadline."""
        name = message.group.group
        number = sum(1 for path in self.form.specs if path.startswith(f"{name}["))
        each = len(group(self.kind, name, 0))
        await self.form.add(message.group, group(self.kind, name, number // each))

    @on(ClaimForm.At)
    def explain(self, message: ClaimForm.At) -> None:
        """Say what is expected where the user is."""
        self.show_hint(message.spec.label, message.spec.help)

    def show_hint(self, label: str, words: str) -> None:
        """Say what is expected."""
        box = self.query_one("#hint", Static)
        box.update(styled(f"{label}: ", "bold").append(safe(words)))

    @on(ClaimForm.Edited)
    @on(IdCompletion.Taken)
    @on(TextArea.Changed, "#sheet-text")
    def edited(self) -> None:
        """Check once the typing pauses."""
        if self._debounce is not None:
            self._debounce.stop()
        self._debounce = self.set_timer(CHECK_S, self.check)

    def check(self) -> None:
        """Check the draft against models, taxonomy and ledger."""
        if self.kind and not self._finished and not self._signing:
            draft = self.draft()
            self.ask(lambda source: draft.read(source.book), self.checked, group="check")

    def checked(self, found: CheckedDraft) -> None:
        """Show what is wrong, each where it belongs."""
        hidden = self.form.show_problems(found.problems, all_of_them=self._everything)
        general = [one.words for one in found.problems if one.field not in self.form.specs]
        box = self.query_one("#general", Static)
        box.update(lines(*general))
        box.display = bool(general) and not self.on_sheet
        faults = self.query_one("#sheet-faults", Prose)
        faults.show_paragraphs((para(words, "bad") for _, words in found.lines), top=False)
        faults.display = bool(found.lines)
        faults.styles.height = min(8, max(1, faults.count))
        shown = len(found.problems) - hidden + len(found.lines)
        self.note(draft_state(shown, hidden))

    def _point_out(self, found: CheckedDraft) -> None:
        """Show everything that is wrong, and go to the first of it."""
        self._everything = True
        self.checked(found)
        if found.lines:
            self.sheet.move_cursor((max(0, found.lines[0][0] - 1), 0))
            self.sheet.focus()
        elif (row := self.form.first_wrong()) is not None:
            row.focus_box()

    def action_preview(self) -> None:
        """Show what the status will become, and what the rules say."""
        if not self.kind or self._signing:
            return
        draft = self.draft()

        def work(source: LedgerSource) -> tuple[CheckedDraft, list[Paragraph]]:
            found = draft.read(source.book)
            return found, self._preview_words(source.book, found.claims) if found.claims else []

        self.ask(work, self._previewed, group="preview")

    def _preview_words(self, book: api.Ledger, claims: Sequence[api.Claim]) -> list[Paragraph]:
        changes = status_changes(self.preview(book, claims), self.app.context)
        words = preview_words(book, changes, lambda: self.rehearse(book, claims))
        return [*words, *doubt_words(self.doubts(book, claims))]

    def _previewed(self, found: tuple[CheckedDraft, list[Paragraph]]) -> None:
        read, words = found
        if not self.is_active:
            return  # something else was opened in the meantime
        if not read.claims:
            self._point_out(read)
            return
        self.checked(read)

        def answered(go: bool | None) -> None:  # noqa: FBT001  # what a dialog answers
            if go:
                self.action_submit()

        self.app.push_screen(PreviewDialog(words, sign=self.sign_words), answered)

    def action_submit(self) -> None:
        """Check everything, then ask who signs."""
        if not self.kind or self._signing or self._finished:
            return
        draft = self.draft()

        def work(source: LedgerSource) -> tuple[CheckedDraft, list[Paragraph]]:
            found = draft.read(source.book)
            if found.claims:
                same_ledger(source.book, self._ledger)
                self.rehearse(source.book, found.claims)
            return found, self.signed_words(found.claims) if found.claims else []

        self.ask(work, self._ready, group="submit")

    def _ready(self, found: tuple[CheckedDraft, list[Paragraph]]) -> None:
        read, words = found
        if not self.is_active or self._signing:
            return  # asked for twice: one dialog is enough
        if not read.claims:
            self._point_out(read)
            return
        self.checked(read)
        if not self.app.context.is_now:
            words = [*words, para(ALWAYS_NOW, "warn")]
        dialog = SignFormDialog(self.sign_words, words, role="recorder", verb=self.sign_words)

        def signed(signing: ChosenSigner | None) -> None:
            if signing is not None:
                self._write(read.claims, signing)

        self.app.push_screen(dialog, signed)

    def _write(self, claims: Sequence[api.Claim], signing: ChosenSigner) -> None:
        self._signing = True
        config, ledger = self.app.config, self._ledger

        def change(book: api.Ledger) -> Sequence[api.RecordResult]:
            return self.write(book, claims, signing)

        self.ask(
            lambda s: record(config, s.book, change, ledger=ledger), self._recorded, group="sign"
        )

    def _recorded(self, done: Recorded) -> None:
        self._finished = True
        announce(self.app, done)
        self._close()

    def _close(self) -> None:
        if self.is_active:
            self.app.pop_screen()

    def on_screen_resume(self) -> None:
        """Close the page if the claim was recorded while another screen was seen."""
        super().on_screen_resume()
        if self._finished and self._signing:
            self.call_later(self._close)

    def show_error(self, error: RegledgerError) -> None:
        """Show it; what was typed stays."""
        self._signing = False
        super().show_error(error)

    def action_switch(self) -> None:
        """Switch between form and YAML; the one that is seen is recorded."""
        if not self.kind:
            return
        box = self.query_one("#sheet")
        to_sheet = not box.display
        if to_sheet and self._sheet_given in (None, self.sheet.text):
            self._sheet_given = self.first_sheet()
            self.sheet.load_text(self._sheet_given)
        box.display, self.form.display = to_sheet, not to_sheet
        self.query_one("#yaml", Button).label = "As form" if to_sheet else "As YAML"
        if to_sheet:
            self.sheet.focus()
            words = "what stands here is recorded, and not the form; any field, several claims"
            self.show_hint("YAML", words)
        else:
            self.form.focus_first()
        self.query_one("#sheet-faults").display = False
        self.edited()

    def first_sheet(self) -> str:
        """Return what the YAML tab starts with: what stands in the form."""
        return as_yaml(self.draft().raw)

    @on(Button.Pressed, "#bar Button")
    def pressed(self, event: Button.Pressed) -> None:
        """Do what the key of the button does."""
        event.stop()
        does = {"preview": self.action_preview, "submit": self.action_submit}
        does.get(str(event.button.id), self.action_switch)()
