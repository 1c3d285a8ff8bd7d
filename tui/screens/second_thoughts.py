"""Dialogs that want a reason: approve, reject, withdraw; retract a claim, dispute a claim."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from ledger.errors import InputError, RegledgerError
from tui.changes import status_changes, under
from tui.recorded import Recorded, announce, record
from tui.screens.modal import Modal
from tui.screens.sign import NO_KEY, SignDialog, Signing
from tui.widgets.inputs import SafeInput
from tui.widgets.prose import Paragraph, Prose, para

if TYPE_CHECKING:
    from ledger.answers import Pending, RecordResult
    from ledger.service import Ledger
    from tui.source import Source

REASONS: Final = {  # in words; a code that is not here speaks for itself
    "wrong_date": "a date is wrong",
    "wrong_activity": "it is about another activity",
    "wrong_effect": "it has another effect",
    "wrong_force": "its legal force is another",
    "misread_source": "the source was misread",
    "duplicate": "it is recorded already",
    "other": "something else; say it in the comment",
}
_NONE: Final = "none"
_FRAME: Final = 18  # lines of the dialog besides what it is about


@dataclass(frozen=True, slots=True)
class Matter:
    """What is decided on: in words, and who recorded it."""

    words: tuple[Paragraph, ...]
    codes: tuple[str, ...]
    authors: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Why:
    """The reason given."""

    code: str | None
    comment: str | None


class ReasonDialog(Modal[bool]):
    """Asks why, then who signs, and does it. Its answer is whether it was done."""

    title_words: ClassVar[str] = ""
    verb: ClassVar[str] = ""
    role: ClassVar[str] = "recorder"
    optional: ClassVar[bool] = False  # whether there may be no reason
    coded: ClassVar[bool] = True  # whether reasons are offered: they say what is wrong
    DEFAULT_CSS = """
    ReasonDialog { & #what { height: 1; background: $surface; margin: 0 0 1 0; } }
    """

    def __init__(self) -> None:
        super().__init__()
        self._matter: Matter | None = None
        self._busy = False

    @abstractmethod
    def matter(self, source: Source) -> Matter:
        """What it is about; runs in a worker."""

    @abstractmethod
    def act(self, book: Ledger, signing: Signing, why: Why) -> Sequence[RecordResult]:
        """Do it; runs in a worker."""

    def done_words(self) -> str:
        """What a review decided, for the sentence afterwards."""
        return ""

    def compose(self) -> ComposeResult:
        """What it is about, reasons, comment."""
        with Vertical(classes="box"):
            yield Static(self.title_words, classes="title", markup=False)
            yield Prose(id="what")
            words = "Why? (may be left out)" if self.optional else "Why?"
            reasons = OptionList(id="reasons", compact=True)
            if self.coded:
                yield Static(words, classes="label", markup=False)
            reasons.display = self.coded
            yield reasons
            yield Static("Comment (can be erased later)", classes="label", markup=False)
            yield SafeInput(id="comment", compact=True)
            yield Static("", id="problem", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(self.verb, id="next", variant="primary", compact=True)
                yield Button("Cancel", id="cancel", compact=True)

    def on_mount(self) -> None:
        """Read what it is about."""
        self.query_one("#next", Button).disabled = True
        if not self.app.launch.can_sign:
            self.problem(InputError("This cannot be signed here.", hint=NO_KEY))
        self.ask(self.matter, self._show_matter)

    def _show_matter(self, matter: Matter) -> None:
        self._matter = matter
        what = self.query_one("#what", Prose)
        what.tell(matter.words)
        what.styles.height = max(1, min(what.count, self.size.height - _FRAME))
        listed = self.query_one("#reasons", OptionList)
        codes = [_NONE, *matter.codes] if self.optional else list(matter.codes)
        for code in codes:
            words = "no reason" if code == _NONE else REASONS.get(code, "")
            listed.add_option(Option(f"{code:<16}{words}".rstrip(), id=code))
        listed.highlighted = 0 if self.optional else None
        (listed if self.coded else self.query_one("#comment", Input)).focus()
        self.query_one("#next", Button).disabled = not self.app.launch.can_sign

    @property
    def why(self) -> Why:
        """The reason as it stands."""
        listed = self.query_one("#reasons", OptionList)
        at = listed.highlighted
        code = listed.get_option_at_index(at).id if at is not None else None
        comment = self.query_one("#comment", Input).value.strip() or None
        return Why(None if code == _NONE else code, comment)

    @on(OptionList.OptionSelected, "#reasons")
    def reasoned(self) -> None:
        """Go on to the comment."""
        self.query_one("#comment", Input).focus()

    @on(Input.Submitted, "#comment")
    @on(Button.Pressed, "#next")
    def sign(self) -> None:
        """Ask who signs."""
        matter = self._matter
        if matter is None or self._busy or not self.app.launch.can_sign:
            return
        why = self.why
        if why.code is None and not self.optional:
            self.problem(InputError("A reason is required.", hint="Choose one of the list."))
            self.query_one("#reasons", OptionList).focus()
            return
        self.no_problem()
        dialog = SignDialog(
            self.title_words,
            matter.words[:1],
            role=self.role,
            authors=matter.authors,
            verb=self.verb,
        )
        self.app.push_screen(dialog, self._signed)

    def _signed(self, signing: Signing | None) -> None:
        if signing is None:
            return
        self._busy = True
        launch, why = self.app.launch, self.why
        self.ask(
            lambda source: record(launch, source.book, lambda book: self.act(book, signing, why)),
            self._recorded,
        )

    def _recorded(self, done: Recorded) -> None:
        announce(self.app, done, review=self.done_words())
        self.dismiss(True)  # noqa: FBT003  # the answer of the dialog

    def problem(self, error: RegledgerError) -> None:
        """Show it, and let it be tried again."""
        self._busy = False
        super().problem(error)

    @on(Button.Pressed, "#cancel")
    def cancel(self) -> None:
        """Do nothing."""
        self.dismiss(False)  # noqa: FBT003  # the answer of the dialog

    def action_leave(self) -> None:
        """Escape is Cancel."""
        self.dismiss(False)  # noqa: FBT003  # the answer of the dialog


def _codes() -> tuple[str, ...]:
    from typing import get_args

    from ledger.domain.events import ReasonCode

    return get_args(ReasonCode)


# --- reviews -------------------------------------------------------------------------------------


class DecideDialog(ReasonDialog):
    """Approve, reject or withdraw what awaits review."""

    decision: ClassVar[str] = ""
    role = "reviewer"
    done: ClassVar[str] = ""

    def __init__(self, pending: Sequence[Pending]) -> None:
        super().__init__()
        self._pending = tuple(pending)

    def matter(self, source: Source) -> Matter:
        """The events, one paragraph each."""
        del source
        words = [
            para(f"@{one.item.seq} by {one.item.actor}: {one.item.summary}")
            for one in self._pending
        ]
        if len(words) > 1:
            seqs = ", ".join(f"@{one.item.seq}" for one in self._pending)
            words.insert(0, para(f"{len(self._pending)} events: {seqs}", "bold"))
        authors = frozenset(one.item.actor for one in self._pending)
        return Matter(tuple(words), _codes(), authors)

    def act(self, book: Ledger, signing: Signing, why: Why) -> Sequence[RecordResult]:
        """Decide, each event exactly as it was seen."""
        return book.review(
            [one.item.event for one in self._pending],
            self.decision,
            signing.signer,
            actor=signing.actor,
            reason_code=why.code,
            comment=why.comment,
        )

    def done_words(self) -> str:
        """Approved, and how many."""
        count = len(self._pending)
        return f"{self.done} {count} event{'s' if count != 1 else ''}"


class ApproveDialog(DecideDialog):
    """From its review on it counts."""

    decision, title_words, verb = "approve", "Approve: from now on it counts", "Approve and sign"
    done, optional, coded = "Approved", True, False


class RejectDialog(DecideDialog):
    """It never counts."""

    decision, title_words = "reject", "Reject: it never counts, and stays in the log"
    verb, done = "Reject and sign", "Rejected"


class WithdrawDialog(DecideDialog):
    """Its author takes it back before anybody approved it."""

    decision, title_words = "withdraw", "Withdraw what you recorded yourself"
    verb, done, optional, role = "Withdraw and sign", "Withdrawn", True, "author"


# --- claims --------------------------------------------------------------------------------------


class _OfClaim(ReasonDialog):
    """What is done to one claim, named by key, seq or event id."""

    def __init__(self, ref: str) -> None:
        super().__init__()
        self.ref = ref

    def matter(self, source: Source) -> Matter:
        """The claim, and what would come of it."""
        item = source.book.show(self.ref).item
        name = item.subject or item.event
        words = [para(f"{name}: {item.summary}"), *self.outcome(source)]
        return Matter(tuple(words), _codes())

    def outcome(self, source: Source) -> list[Paragraph]:
        """What would come of it."""
        del source
        return []


class RetractDialog(_OfClaim):
    """Take a claim back for good."""

    title_words = "Retract: the claim is taken back for good, and stays in the log"
    verb = "Retract and sign"

    def outcome(self, source: Source) -> list[Paragraph]:
        """What the statuses would become without it."""
        changes = source.book.preview_retraction(self.ref)
        return under("Once it counts no more", status_changes(changes))

    def act(self, book: Ledger, signing: Signing, why: Why) -> Sequence[RecordResult]:
        """Retract it."""
        return [
            book.retract(
                self.ref,
                signing.signer,
                actor=signing.actor,
                reason_code=why.code or "other",
                comment=why.comment,
            )
        ]


class DisputeDialog(_OfClaim):
    """Raise a flag on a claim."""

    title_words = "Dispute: a flag on the claim, at once; no status changes"
    verb = "Dispute and sign"
    role = "recorder or reviewer"

    def act(self, book: Ledger, signing: Signing, why: Why) -> Sequence[RecordResult]:
        """Dispute it."""
        return [
            book.dispute(
                self.ref,
                signing.signer,
                actor=signing.actor,
                reason_code=why.code or "other",
                comment=why.comment,
            )
        ]
