"""Dialogs of a form: leave it or stay, and a preview of its outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static

from ledger import api
from ledger.errors import InputError, Refused
from ledger.wording.field_labels import labels
from tui.dialogs.modal import Modal
from tui.text.change_text import under
from tui.text.styled_pieces import Paragraph, para
from tui.widgets.prose import Prose


class LeaveDialog(Modal[bool]):
    """Asks before something typed is lost."""

    def compose(self) -> ComposeResult:
        """Yield a question, and the safe answer first."""
        with Vertical(classes="box"):
            yield Static("What you typed is not recorded.", classes="title", markup=False)
            yield Static("Leave this form and lose it?", markup=False)
            yield Static("", id="problem", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Stay", id="stay", variant="primary", compact=True)
                yield Button("Leave", id="leave", compact=True)

    @on(Button.Pressed)
    def answered(self, event: Button.Pressed) -> None:
        """Stay or leave."""
        self.dismiss(event.button.id == "leave")


class PreviewDialog(Modal[bool]):
    """Preview of statuses and rules. Its answer is whether to go on and sign."""

    DEFAULT_CSS = "PreviewDialog { & #what { height: 1; background: $surface; } }"

    def __init__(self, words: Sequence[Paragraph], *, sign: str) -> None:
        super().__init__()
        self._words, self._sign = tuple(words), sign

    def compose(self) -> ComposeResult:
        """Yield the answer, and what to do with it."""
        with Vertical(classes="box"):
            yield Static("If it counted", classes="title", markup=False)
            yield Prose(id="what")
            yield Static("", id="problem", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Back", id="back", variant="primary", compact=True)
                if self._sign:
                    yield Button(self._sign, id="go", compact=True)

    def on_mount(self) -> None:
        """Show it as high as it is."""
        what = self.query_one("#what", Prose)
        what.show_paragraphs(self._words)
        self.query_one("#back").focus()
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        what = self.query_one("#what", Prose)
        what.styles.height = max(1, min(what.count, self.size.height - 9))

    @on(Button.Pressed)
    def answered(self, event: Button.Pressed) -> None:
        """Close with the answer: go on, or back to the form."""
        self.dismiss(event.button.id == "go")


def doubt_words(doubts: Sequence[api.Doubt]) -> list[Paragraph]:
    """Return what to look at again before it is signed."""
    words = []
    for one in doubts:
        label = labels({one.field: None}, "claim")[one.field]
        words.append(para(f"⚠ {label}: {one.message}", "warn"))
        words += [para(one.hint, indent=2)] if one.hint else []
    return under("Look again", words) if words else []


def preview_words(
    book: api.Ledger, changes: list[Paragraph], rehearse: Callable[[], None]
) -> list[Paragraph]:
    """Return what would come of it: statuses, review, rules. For a worker.

    ``rehearse`` raises what the rules would say.
    """
    words = changes
    if book.policy.review == "four_eyes":
        words += [para("It counts only once somebody else has approved it.", "dim")]
    try:
        rehearse()
    except (InputError, Refused) as error:
        refused = [para(f"✖ Refused: {error.message}", "bad")]
        refused += [para(error.hint, indent=2)] if error.hint else []
        return [*words, *under("The rules", refused)]
    return [*words, *under("The rules", [para("The rules have nothing against it.", "good")])]


def draft_state(shown: int, hidden: int) -> str:
    """Return how a draft stands, for the status line."""
    said = []
    if shown:
        said.append(f"✖ {shown} to mend")
    if hidden:
        said.append(f"{hidden} still to fill in")
    return ", ".join(said) or "✔ complete"
