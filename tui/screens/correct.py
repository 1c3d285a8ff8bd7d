"""Correct a claim: new content, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual.widgets import Static

from ledger import api
from ledger.errors import Conflict
from tui.claim_draft import bare, chosen, comment, counts, texts
from tui.dialogs.signing import ChosenSigner
from tui.form_fields import GROUPS, REASON, Section, reasons, sections
from tui.screens.form_page import FormPage
from tui.text.change_text import under, why_words
from tui.text.claim_card import card
from tui.text.styled_pieces import Paragraph
from tui.text.styles import safe


class CorrectPage(FormPage):
    """New content for a claim, with the reason; ``ref`` is its key, ``@seq`` or event id."""

    heading = "Correct"
    sign_words = "Sign correction"

    def __init__(self, ref: str) -> None:
        super().__init__()
        self.ref = ref
        self.base = {}
        self._why: tuple[Section, ...] = ()

    def load(self) -> None:
        """Read the claim as it is now, once."""
        ref = self.ref

        def work(source: Any) -> tuple[tuple[str, dict[str, Any], bool], api.Vocabulary, Section]:
            self.opened_over(source.book)
            return source.book.preview.content_of(ref), source.book.preview.vocabulary(), reasons()

        self.ask(work, self._read)

    def _read(
        self, found: tuple[tuple[str, dict[str, Any], bool], api.Vocabulary, Section]
    ) -> None:
        (name, content, whole), vocabulary, why = found
        self.learned(vocabulary)
        if self.kind:
            return
        self.base, self._why = bare(content), (why,)
        self.kind = content["kind"]
        self.query_one("#about", Static).update(safe(f"{self.kind} {name}"))
        if not whole:
            self.app.notify_text(
                "Some values of this claim were erased; a correction cannot carry them over.",
                severity="warning",
            )
        specs = [s for part in sections(self.kind, counts(content, GROUPS)) for s in part.fields]
        self.call_later(self.lay_out, texts(self.base, specs))

    def extra(self) -> tuple[Section, ...]:
        """Return the fields of the reason."""
        return self._why

    def preview(self, book: api.Ledger, claims: Sequence[api.Claim]) -> Sequence[api.CellChange]:
        """Return what would change if the correction counted."""
        looked = self.app.context.preview_arguments
        return book.preview.correction(self.ref, claims[0], **looked)

    def rehearse(self, book: api.Ledger, claims: Sequence[api.Claim]) -> None:
        """Ask what the rules say, and whether the claim is still as it was."""
        self._unchanged(book)
        code, said = chosen(self.form.values.get(REASON, "")), comment(self.form.values)
        book.preview.rehearse_correction(self.ref, claims[0], reason_code=code, comment=said)

    def doubts(self, book: api.Ledger, claims: Sequence[api.Claim]) -> Sequence[api.Doubt]:
        """Return what to look at again."""
        return book.preview.doubts_of_correction(self.ref, claims[0])

    def signed_words(self, claims: Sequence[api.Claim]) -> list[Paragraph]:
        """Return the reason, and what differs, field by field."""
        from ledger.domain.events import to_data

        values, base = self.form.values, self.base or {}
        return [
            *why_words(chosen(values.get(REASON, "")), comment(values)),
            *under("The claim, old → new", card(to_data(claims[0]), base)),
        ]

    def write(
        self, book: api.Ledger, claims: Sequence[api.Claim], signing: ChosenSigner
    ) -> Sequence[api.RecordResult]:
        """Record the correction."""
        values = self.form.values
        self._unchanged(book)
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

    def _unchanged(self, book: api.Ledger) -> None:
        if bare(book.preview.content_of(self.ref)[1]) != self.base:
            raise Conflict(
                "The claim was changed by somebody else since you opened this form.",
                hint="Copy what you typed (as YAML), leave, and correct it as it is now.",
            )

    def command(self) -> list[str]:
        """Return the claim as it is."""
        return ["show", self.ref]
