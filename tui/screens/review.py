"""The review queue, and the decision on it: approve, reject, withdraw, each signed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from textual import on
from textual.binding import Binding
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from ledger import api
from ledger.errors import InputError, RegledgerError
from tui.dialogs.reason_dialogs import ApproveDialog, DecideDialog, RejectDialog, WithdrawDialog
from tui.keymap import bind
from tui.ledger_source import LedgerSource
from tui.navigation import OpenEntry
from tui.query_context import QueryContext
from tui.screens.base_page import Page
from tui.text.change_text import status_changes, under
from tui.text.claim_card import card
from tui.text.entry_text import alarm
from tui.text.styled_pieces import Paragraph, Piece, para
from tui.text.styles import fit, safe, shorten
from tui.widgets.prose import Prose
from tui.widgets.virtual_lines import Lines

FORESEEN: Final = 20_000  # entries of the log; beyond, the preview is made only when asked for
KINDS: Final = {
    "claim.recorded": "new",
    "claim.corrected": "correction",
    "claim.retracted": "retraction",
}
_ROOMY: Final = 70  # cells of a line that also says who recorded it
EMPTY: Final = "Nothing awaits review."
EMPTY_HINT: Final = (
    "What is recorded (a) waits here until somebody else has approved it; then it counts."
)

NOT_THEN: Final = "Nothing is decided at another time: this is what awaited review then."
THEN: Final = para("It awaited review at the time looked from; T returns to now.", "warn")


def kind_of(one: api.Pending) -> str:
    """Return new, correction, retraction or definition."""
    return KINDS.get(one.item.type, "definition")


class QueueLines(Lines):
    """The queue, oldest first; the cursor keeps its event when others come and go."""

    def __init__(self) -> None:
        super().__init__(id="queue")
        self.waiting: tuple[api.Pending, ...] = ()
        self.marked: set[int] = set()  # seqs

    def show(self, waiting: Sequence[api.Pending]) -> None:
        """Show these; marks of what is decided are gone."""
        here = self.at
        self.waiting = tuple(waiting)
        seqs = [one.item.seq for one in self.waiting]
        self.marked &= set(seqs)
        self.set_count(len(seqs))
        if here is not None and here.item.seq in seqs:
            self.cursor = seqs.index(here.item.seq)
        self.refresh()

    @property
    def at(self) -> api.Pending | None:
        """Return what the cursor stands on."""
        return self.waiting[self.cursor] if self.cursor < len(self.waiting) else None

    @property
    def chosen(self) -> tuple[api.Pending, ...]:
        """Return what is marked, else what the cursor stands on."""
        marked = tuple(one for one in self.waiting if one.item.seq in self.marked)
        return marked or ((self.at,) if self.at is not None else ())

    def mark(self) -> None:
        """Mark what the cursor stands on, or take the mark away."""
        if self.at is not None:
            self.marked ^= {self.at.item.seq}
            self.refresh_lines(self.cursor)

    def line(self, number: int, width: int) -> Iterable[Piece]:  # as declared
        """Mark, seq, since when, author, kind, key, what."""
        one = self.waiting[number]
        item = one.item
        marked = item.seq in self.marked
        yield ("● " if marked else "  "), "mark"
        yield fit(f"@{item.seq}", 8), "bold"
        yield fit(item.recorded_at[:10], 11), "dim"
        left = width - 32
        if width >= _ROOMY:  # else the detail says who
            left -= 13
            yield fit(item.actor, 12) + " ", ""
        yield fit(kind_of(one), 11), "key"
        if one.stale:
            left -= 6
            yield "stale ", "bad"
        yield shorten(" ".join(filter(None, (item.subject, item.summary))), max(0, left)), ""


@dataclass(frozen=True, slots=True)
class ReviewDetail:
    """One event as the detail pane shows it."""

    shown: api.Shown
    words: tuple[Paragraph, ...]


class ReviewPage(Page):
    """The queue, and what the event under the cursor would do."""

    heading = "Review"
    signs = frozenset({"decide"})
    BINDINGS: ClassVar[list[Binding]] = [
        bind("approve", "decide('approve')", show=True),
        bind("reject", "decide('reject')", show=True),
        bind("withdraw", "decide('withdraw')"),
        bind("mark", "mark", show=True),
        bind("preview", "preview"),
    ]
    DEFAULT_CSS = """
    ReviewPage {
        & #empty { display: none; padding: 1 2; height: 1fr; }
        & #panes { height: 1fr; layout: vertical; }
        & #queue { height: auto; max-height: 40%; }
        & #detail { height: 1fr; padding: 0 1; }
        &.-empty #panes { display: none; }
        &.-empty #empty { display: block; }
        &.-wide #panes { layout: horizontal; }
        &.-wide #queue { width: 46%; height: 1fr; max-height: 100%; }
        &.-wide #detail { width: 1fr; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._looked: dict[int, ReviewDetail] = {}
        self._own: frozenset[str] = frozenset()

    def body(self) -> Iterable[Widget]:
        """Yield the queue, the detail, and what to do where there is none."""
        yield Static("", id="empty", markup=False)
        with Container(id="panes"):
            yield QueueLines()
            yield Prose(id="detail", classes="beside")

    @property
    def queue(self) -> QueueLines:
        """Return the queue."""
        return self.query_one(QueueLines)

    @property
    def detail(self) -> Prose:
        """Return the event under the cursor."""
        return self.query_one("#detail", Prose)

    def load(self) -> None:
        """Read the queue, at another time as it was then."""
        context = self.app.context

        def work(source: LedgerSource) -> tuple[tuple[api.Pending, ...], str]:
            waiting = source.book.entries.pending(at=source.size_known(context.known_at))
            return waiting, source.book.policy.review

        self.ask(work, self._show_queue)

    def _show_queue(self, found: tuple[tuple[api.Pending, ...], str]) -> None:
        waiting, review = found
        self._looked.clear()
        self.queue.show(waiting)
        self.set_class(not waiting, "-empty")
        hint = EMPTY_HINT
        if self.app.context.known_at is not None:
            hint = "That was so at the time looked from; T returns to now."
        elif review == "none":
            hint = "This ledger needs no review: what is recorded counts at once."
        self.query_one("#empty", Static).update(safe(f"{EMPTY}\n\n{hint}", newline=True))
        self.note(f"{len(waiting):,} waiting" if waiting else "")
        if waiting:
            if self.focused is None:
                self.queue.focus()
            self._look()

    @on(Lines.Moved)
    def moved(self, event: Lines.Moved) -> None:
        """Let the detail follow the cursor."""
        if event.lines is self.queue:
            self._look()

    def _look(self, *, anyway: bool = False) -> None:
        one = self.queue.at
        if one is None:
            return
        held = self._looked.get(one.item.seq)
        if held is not None and not anyway:
            self.detail.show_paragraphs(held.words)
            return
        self.detail.show_paragraphs(_summary(one))
        small = (self.app.log_state.size or 0) <= FORESEEN
        keys, me = frozenset(self.app.config.keys()), self.app.config.actor
        context = self.app.context

        def work(source: LedgerSource) -> ReviewDetail:
            shown = source.book.show(f"@{one.item.seq}")
            words = [*alarm(shown), *_summary(one)]
            if context.known_at is not None:
                return ReviewDetail(shown, (*words, THEN, *_content(one, shown, source.book)))
            words += _caution(one, source.book, keys, me)
            if small or anyway:
                words += under("If it is approved", _outcome(one, source.book, context))
            else:
                words += under("If it is approved", [para("ctrl+o works it out", "dim")])
            words += _content(one, shown, source.book)
            return ReviewDetail(shown, tuple(words))

        self.ask(work, self._show_detail, group="detail")

    def _show_detail(self, looked: ReviewDetail) -> None:
        seq = looked.shown.item.seq
        self._looked[seq] = looked
        self.app.report_faults(looked.shown)
        one = self.queue.at
        if one is not None and one.item.seq == seq:
            self.detail.show_paragraphs(looked.words)

    def action_mark(self) -> None:
        """Mark for a decision on several at once."""
        self.queue.mark()
        self.queue.action_move(1)
        count = len(self.queue.marked)
        self.note(f"{count} marked of {len(self.queue.waiting):,}" if count else "")

    def action_preview(self) -> None:
        """Work out what would change, however large the log is."""
        self._look(anyway=True)

    def action_decide(self, decision: str) -> None:
        """Ask for the reason, then for the signature."""
        chosen = self.queue.chosen
        if not chosen:
            return
        if self.app.context.known_at is not None:
            self.app.notify_error(InputError(NOT_THEN, hint="T returns to now."))
            return
        stale = [f"@{one.item.seq}" for one in chosen if one.stale]
        if decision == "approve" and stale:
            self.app.notify_error(
                InputError(
                    f"{', '.join(stale)} cannot be approved: what it replaces has changed since.",
                    hint="Reject it (R), or let its author withdraw it (W).",
                )
            )
            return
        dialogs: dict[str, type[DecideDialog]] = {
            "approve": ApproveDialog,
            "reject": RejectDialog,
            "withdraw": WithdrawDialog,
        }
        self.app.push_screen(dialogs[decision](chosen), self._decided)

    def _decided(self, done: bool | None) -> None:  # noqa: FBT001  # what the dialog answers
        if done:
            self.queue.marked.clear()
            self.reload(anyway=True)

    @on(Lines.Opened)
    def opened(self, event: Lines.Opened) -> None:
        """Open the entry, from the queue or from beside it."""
        del event
        if self.queue.at is not None:
            self.app.go_to(OpenEntry(self.queue.at.item.seq))

    def peel(self) -> bool:
        """Take off the marks first."""
        if not self.queue.marked:
            return super().peel()
        self.queue.marked = set()
        self.queue.refresh()
        return True

    def command(self) -> list[str]:
        """Return the queue on the command line."""
        return ["review", "list"]

    def copied(self) -> str:
        """Return the details of the event under the cursor."""
        return self.detail.text


def _summary(one: api.Pending) -> list[Paragraph]:
    """Return what it is."""
    item = one.item
    since = f"{item.recorded_at[:10]} {item.recorded_at[11:16]}"
    head = Paragraph(((f"@{item.seq}", "bold"), (f"  {kind_of(one)}, by ", "dim")))
    head = Paragraph((*head.pieces, (shorten(item.actor, 40), "bold"), (f", {since} UTC", "dim")))
    words = [head, para(item.summary)]
    if one.stale:
        words.append(
            para(
                "Stale: what it replaces has changed since. It can only be rejected (R) or "
                "withdrawn by its author (W).",
                "bad",
            )
        )
    return words


def _caution(
    one: api.Pending, book: api.Ledger, keys: frozenset[str], me: str | None
) -> list[Paragraph]:
    """Return a warning about four eyes, before the user tries in vain."""
    author = one.item.actor
    reviewers = {a.slug for a in book.actors.all() if "reviewer" in a.roles and a.keys}
    able = sorted((reviewers & keys) - {author})
    if me == author or keys == {author}:
        words = "You recorded this: somebody else must review it (four eyes). You may withdraw it."
        return [para(words, "warn")]
    if keys and not able:
        others = ", ".join(sorted(reviewers - {author})) or "nobody yet"
        words = f"No key here may review it. Reviewers of this ledger: {others}."
        return [para(words, "warn")]
    if author in keys:
        return [para(f"{author} recorded it and cannot approve it; {able[0]} can.", "dim")]
    return []


def _content(one: api.Pending, shown: api.Shown, book: api.Ledger) -> list[Paragraph]:
    """Return the claim field by field, or what a correction or retraction changes."""
    opened: dict[str, Any] = dict(shown.opened)
    why = [f"{opened[name]}" for name in ("reason_code", "comment") if opened.get(name)]
    words = under("Why", [para(": ".join(why))]) if why else []
    both = book.preview.replaced_by(f"@{one.item.seq}")
    if both is not None:
        old, new = both
        return [*words, *under("The claim, old → new", card(new, old))]
    if one.item.type == "claim.retracted":
        ended = book.show(str(opened["supersedes"])).opened
        return [
            *words,
            *under("What it takes back", card(ended.get("content") or ended["claim"])),
        ]
    content = opened.get("claim", opened)
    return [
        *words,
        *under("What it says", card(content if isinstance(content, dict) else opened)),
    ]


def _outcome(one: api.Pending, book: api.Ledger, context: QueryContext) -> list[Paragraph]:
    if kind_of(one) == "definition":
        return [para("A definition changes no status by itself.")]
    try:
        changes = book.preview.review([one.item.event], **context.preview_arguments)
        return status_changes(changes, context)
    except RegledgerError as error:
        return [para(error.message, "bad")]
