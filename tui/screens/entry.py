"""One entry in full, and the way from it to what it speaks of and what speaks of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding
from textual.containers import Container, Vertical
from textual.widget import Widget
from textual.widgets import Static

from ledger import api
from ledger.errors import RegledgerError
from ledger.text import shorten, visible, width
from tui.keymap import bind
from tui.ledger_source import EntryView, LedgerSource
from tui.navigation import OpenCorrection, OpenEntry
from tui.screens.base_page import Page
from tui.text.entry_text import STATES, in_words, raw, state_words
from tui.text.styled_pieces import Piece, para
from tui.text.styles import safe
from tui.widgets.prose import Prose
from tui.widgets.virtual_lines import Lines

LATER: Final = (
    "This entry was recorded after the time that is looked from; it is shown as it is now."
)


class RelatedList(Lines):
    """Numbered references to other entries, two lines each."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        super().__init__(id=id)
        self.related: tuple[api.RelatedEntry, ...] = ()

    def show(self, related: tuple[api.RelatedEntry, ...]) -> None:
        """Replace all references."""
        self.related = related
        self.set_count(2 * len(related))

    def selectable(self, number: int) -> bool:
        """Return the first line of each."""
        return number % 2 == 0

    def line(self, number: int, width: int) -> Iterable[Piece]:
        """Return what it is to this entry; then what it says."""
        one = self.related[number // 2]
        first, second = related_pieces(number // 2 + 1, one, width)
        return second if number % 2 else first


class EntryPage(Page):
    """One entry of the log."""

    heading = "Entry"
    signs = frozenset({"act"})
    BINDINGS: ClassVar[list[Binding]] = [
        bind("raw", "raw", show=True),
        bind("hashes", "hashes"),
        bind("previous-entry", "beside(1)"),
        bind("next-entry", "beside(-1)"),
        bind("correct", "act('correct')", show=True),
        bind("retract", "act('retract')"),
        bind("dispute", "act('dispute')"),
    ]
    DEFAULT_CSS = """
    EntryPage #panes { height: 1fr; layout: horizontal; }
    EntryPage #entry { width: 3fr; height: 1fr; padding: 0 1; }
    EntryPage #beside { width: 2fr; height: 1fr; display: none; }
    EntryPage #related-title { height: 1; padding: 0 1; color: $foreground 65%; }
    EntryPage.-narrow #panes { layout: vertical; }
    EntryPage.-narrow #entry { width: 1fr; height: 1fr; }
    EntryPage.-narrow #beside { width: 1fr; height: 6; }
    """

    def __init__(self, seq: int) -> None:
        super().__init__()
        self.seq = seq
        self._raw = False
        self._hashes = False  # whether ids, keys and hashes are shown
        self._shown: EntryView | None = None

    def body(self) -> Iterable[Widget]:
        """Yield the entry, and what is related to it."""
        with Container(id="panes"):
            yield Prose(id="entry")
            with Vertical(id="beside", classes="beside"):
                yield Static("", id="related-title", markup=False)
                yield RelatedList(id="related")

    def on_mount(self) -> None:
        """Give the focus to the entry, which the keys scroll."""
        super().on_mount()
        self.query_one("#entry").focus()

    def command(self) -> list[str]:
        """Return the words of `regledger show`."""
        return ["show", f"@{self.seq}", *(["--json"] if self._raw else [])]

    def copied(self) -> str:
        """Return the entry as it is shown, and the command that shows it."""
        if self._shown is None:
            return ""
        text = self.query_one("#entry", Prose).text
        return f"{text}\n\n{self.app.command_line(self.command())}"

    def load(self) -> None:
        """Ask for the entry and all that bears on it."""
        seq, context = self.seq, self.app.context

        def work(source: LedgerSource) -> EntryView:
            return source.entry_read(seq, context.known_at)

        self.ask(work, self._show_entry)

    def _show_entry(self, read: EntryView) -> None:
        another = self._shown is None or self._shown.shown.item.seq != read.shown.item.seq
        self._shown = read
        related = read.found.related
        listed = self.query_one(RelatedList)
        if another:
            listed.cursor = 0
        listed.show(related)
        self.query_one("#beside").display = bool(related)
        title = f"Related ({len(related)}): its number opens it, or tab"
        self.query_one("#related-title", Static).update(safe(title))
        self._paint(top=another)
        self.app.report_faults(read.shown)

    def show_error(self, error: RegledgerError) -> None:
        """Show it, and not the entry that was shown before."""
        super().show_error(error)
        if self.is_mounted:
            self._shown = None
            self.query_one("#entry", Prose).show_paragraphs(())
            self.query_one("#beside").display = False
            self.note(f"entry @{self.seq}")

    def _paint(self, *, top: bool) -> None:
        if self._shown is None:
            return
        read, shown = self._shown, self._shown.shown
        text = raw(shown)
        if not self._raw:
            text = in_words(shown, read.found, read.before, hashes=self._hashes)
        text = [para(LATER, "warn"), *text] if read.later else text
        self.query_one("#entry", Prose).show_paragraphs(text, top=top)
        self.note("raw JSON, J goes back" if self._raw else f"entry @{shown.item.seq}")

    def action_raw(self) -> None:
        """Show the entry as stored, or in words again."""
        self._raw = not self._raw
        self._paint(top=True)

    def action_hashes(self) -> None:
        """Show or fold ids, keys and hashes, which stand last."""
        self._hashes = not self._hashes
        self._paint(top=False)

    def action_beside(self, by: int) -> None:
        """Show the entry above (newer) or below (older) in the history."""
        size = self.app.log_state.size
        wanted = self.seq + by
        if wanted < 0 or (size is not None and wanted >= size):
            self.app.notify_text(
                "this is the newest entry" if by > 0 else "this is the first entry"
            )
            return
        self.seq = wanted
        self.load()

    def on_lines_opened(self, event: Lines.Opened) -> None:
        """Follow the reference under the cursor."""
        if isinstance(event.lines, RelatedList):
            self._follow(event.cursor // 2)

    def on_key(self, event: events.Key) -> None:
        """Follow a reference by its number."""
        if event.character is not None and event.character in "123456789":
            event.stop()
            self._follow(int(event.character) - 1)

    def _follow(self, number: int) -> None:
        related = self.query_one(RelatedList).related
        if number < len(related):
            self.app.go_to(OpenEntry(related[number].item.seq))

    def action_act(self, name: str) -> None:
        """Correct, retract or dispute the claim that this entry is about."""
        if self._shown is None:
            return
        ref = claim_of(self._shown.shown)
        if ref is None:
            self.app.notify_text(
                "only claims are corrected, retracted or disputed", severity="warning"
            )
            return
        if name == "correct":
            self.app.go_to(OpenCorrection(ref))
            return
        from tui.dialogs.reason_dialogs import DisputeDialog, RetractDialog

        self.app.push_screen(RetractDialog(ref) if name == "retract" else DisputeDialog(ref))


def claim_of(shown: api.Shown) -> str | None:
    """Return how a command names the claim that an entry is about; None if it is about none."""
    if shown.item.type == "claim.recorded":
        return f"@{shown.item.seq}"
    claim = shown.opened.get("claim")
    return claim if isinstance(claim, str) else None


def related_pieces(
    number: int, one: api.RelatedEntry, cells: int
) -> tuple[list[Piece], list[Piece]]:
    """Return one reference to another entry in two lines: what it is, and what it says."""
    item = one.item
    style = STATES.get(item.state or "", ("", "", ""))[2]
    relation = visible(one.relation)
    state = f"  {state_words(item.state)}" if item.state else ""
    room = cells - 6 - width(relation) - width(state)
    words = f"  @{item.seq}  {item.recorded_at[:10]}  by {item.actor}"
    first = [
        (f"{number:>3} ", "key"),
        (relation, "bold"),
        (shorten(words, max(0, room)), ""),
        (state, style),
    ]
    said = item.summary[: cells * 4 + 8]
    return first, [("    ", ""), (shorten(said, max(0, cells - 5)), "dim")]
