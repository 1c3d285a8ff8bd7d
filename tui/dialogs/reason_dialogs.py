"""Dialogs that want a reason: approve, reject, withdraw; retract a claim, dispute a claim."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from ledger import api
from ledger.errors import InputError, PassphraseInText, RegledgerError
from ledger.wording.entries import REASON_WORDS, named
from tui.dialogs.signing import ChosenSigner, PossibleSigner, SignedMatter, SigningDialog
from tui.form_fields import reason_codes
from tui.ledger_source import LedgerSource
from tui.record_action import Recorded, announce, record
from tui.text.change_text import status_changes, under, why_words
from tui.text.styled_pieces import Paragraph, para
from tui.widgets.inputs import SafeInput

# In words; a code that is not here speaks for itself.
REASONS: Final = REASON_WORDS | {"other": "something else; say it in the comment"}
_NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class GivenReason:
    """The reason given."""

    code: str | None
    comment: str | None


class ReasonDialog(SigningDialog[bool]):
    """Asks why and who signs, and does it. Its answer is whether it was done."""

    title_words: ClassVar[str] = ""
    verb: ClassVar[str] = ""
    role: ClassVar[str] = "recorder"
    optional: ClassVar[bool] = False  # whether there may be no reason
    coded: ClassVar[bool] = True  # whether reasons are offered: they say what is wrong
    AUTO_FOCUS = "#reasons"  # a reason is required; a list takes no letters

    def __init__(self) -> None:
        super().__init__(self.title_words, role=self.role, verb=self.verb)
        self.set_class(self.coded, "-coded")

    @abstractmethod
    def act(
        self, book: api.Ledger, signing: ChosenSigner, why: GivenReason
    ) -> Sequence[api.RecordResult]:
        """Do it; runs in a worker."""

    def done_words(self) -> str:
        """Return what a review decided, for the sentence afterwards."""
        return ""

    def reasons(self) -> Iterable[Widget]:
        """Yield the reasons to choose from."""
        if self.coded:
            words = "Why? (may be left out)" if self.optional else "Why?"
            yield Static(words, classes="label", markup=False)
            yield OptionList(id="reasons", compact=True)

    def texts(self) -> Iterable[Widget]:
        """Yield the comment, above the passphrase; it never has the focus first."""
        words = "Comment (up goes here; may be left out, can be erased later)"
        yield Static(words, classes="label", markup=False)
        yield SafeInput(id="comment", compact=True)

    def meet(self, matter: SignedMatter, people: tuple[PossibleSigner, ...]) -> None:
        """Offer the reasons too."""
        for listed in self.query("#reasons").results(OptionList):
            for code in (*((_NONE,) if self.optional else ()), *matter.codes):
                words = "no reason" if code == _NONE else REASONS.get(code, "")
                listed.add_option(Option(f"{code:<16}{words}".rstrip(), id=code))
            listed.highlighted = 0 if self.optional else None
        super().meet(matter, people)

    def words(self, matter: SignedMatter) -> Sequence[Paragraph]:
        """Return reason and comment as they will be signed, then what it is about."""
        words = why_words(self.why.code, self.why.comment)
        return [*(words if self.coded else words[1:]), *matter.words]

    @property
    def why(self) -> GivenReason:
        """Return the reason as it stands."""
        code = None
        for listed in self.query("#reasons").results(OptionList):
            at = listed.highlighted
            code = listed.get_option_at_index(at).id if at is not None else None
        comment = self.query_one("#comment", Input).value.strip() or None
        return GivenReason(None if code == _NONE else code, comment)

    @on(Input.Changed, "#comment")
    @on(OptionList.OptionHighlighted, "#reasons")
    def changed(self) -> None:
        """Show what is chosen and typed as it will be signed."""
        self.show_matter()

    @on(Input.Submitted, "#comment")
    @on(OptionList.OptionSelected, "#reasons")
    def reasoned(self) -> None:
        """Go on to the passphrase, or to the button; nothing is signed yet."""
        self.go_on()

    def complete(self) -> bool:
        """Return whether there is a reason where the user is required."""
        if self.optional or self.why.code is not None:
            return True
        self.show_error(InputError("A reason is required.", hint="Choose one of the list."))
        self.query_one("#reasons", OptionList).focus()
        return False

    def signed(self, signing: ChosenSigner) -> None:
        """Do it with the opened key."""
        self.hide_error()
        self.busy(on=True)
        config, why, ledger = self.app.config, self.why, self.ledger

        def change(book: api.Ledger) -> Sequence[api.RecordResult]:
            return self.act(book, signing, why)

        self.ask(lambda source: record(config, source.book, change, ledger=ledger), self._recorded)

    def _recorded(self, done: Recorded) -> None:
        announce(self.app, done, review=self.done_words())
        self.dismiss(True)  # noqa: FBT003  # the answer of the dialog

    def show_error(self, error: RegledgerError) -> None:
        """Show it; a passphrase in the comment does not stay on the screen either."""
        super().show_error(error)
        if isinstance(error, PassphraseInText):
            self.query_one("#comment", Input).clear()

    def action_leave(self) -> None:
        """Cancel."""
        self.dismiss(False)  # noqa: FBT003  # the answer of the dialog


class DecideDialog(ReasonDialog):
    """Approve, reject or withdraw what awaits review."""

    decision: ClassVar[str] = ""
    role = "reviewer"
    done: ClassVar[str] = ""

    def __init__(self, pending: Sequence[api.Pending]) -> None:
        super().__init__()
        self._pending = tuple(pending)

    def matter(self, source: LedgerSource) -> SignedMatter:
        """Return the events, one paragraph each."""
        del source
        words = [
            para(f"@{one.item.seq} by {one.item.actor}: {one.item.summary}")
            for one in self._pending
        ]
        if len(words) > 1:
            seqs = ", ".join(f"@{one.item.seq}" for one in self._pending)
            words.insert(0, para(f"{len(self._pending)} events: {seqs}", "bold"))
        authors = frozenset(one.item.actor for one in self._pending)
        return SignedMatter(tuple(words), authors, reason_codes())

    def act(
        self, book: api.Ledger, signing: ChosenSigner, why: GivenReason
    ) -> Sequence[api.RecordResult]:
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
        """Return what was decided, on how many events."""
        count = len(self._pending)
        return f"{self.done} {count} event{'s' if count != 1 else ''}"


class ApproveDialog(DecideDialog):
    """From its review on it counts."""

    decision, title_words, verb = "approve", "Approve: from now on it counts", "Approve and sign"
    done, optional, coded = "Approved", True, False
    AUTO_FOCUS = "#passphrase"


class RejectDialog(DecideDialog):
    """It never counts."""

    decision, title_words = "reject", "Reject: it never counts, and stays in the log"
    verb, done = "Reject and sign", "Rejected"


class WithdrawDialog(DecideDialog):
    """Let the author take it back before it is approved."""

    decision, title_words = "withdraw", "Withdraw what you recorded yourself"
    verb, done, optional, role = "Withdraw and sign", "Withdrawn", True, "author"
    AUTO_FOCUS = "#passphrase"


class _ClaimDialog(ReasonDialog):
    """Base of the dialogs about one claim, named by key, seq or event id."""

    def __init__(self, ref: str) -> None:
        super().__init__()
        self.ref = ref

    def matter(self, source: LedgerSource) -> SignedMatter:
        """Return the claim, and what would come of it."""
        item = source.book.show(self.ref).item
        words = [para(named(item)), *self.outcome(source)]
        return SignedMatter(tuple(words), codes=reason_codes())

    def outcome(self, source: LedgerSource) -> list[Paragraph]:
        """Return what would come of it."""
        del source
        return []

    @abstractmethod
    def deed(self, book: api.Ledger) -> Callable[..., api.RecordResult]:
        """Return the verb of the ledger that does it."""

    def act(
        self, book: api.Ledger, signing: ChosenSigner, why: GivenReason
    ) -> Sequence[api.RecordResult]:
        """Do it, with the reason."""
        code, signer = why.code or "other", signing.signer
        return [
            self.deed(book)(
                self.ref, signer, actor=signing.actor, reason_code=code, comment=why.comment
            )
        ]


class RetractDialog(_ClaimDialog):
    """Take a claim back for good."""

    title_words = "Retract: the claim is taken back for good, and stays in the log"
    verb = "Retract and sign"

    def outcome(self, source: LedgerSource) -> list[Paragraph]:
        """Return what the statuses would become without it."""
        context = self.app.context
        changes = source.book.preview.retraction(self.ref, **context.preview_arguments)
        return under("Once it counts no more", status_changes(changes, context))

    def deed(self, book: api.Ledger) -> Callable[..., api.RecordResult]:
        """Retract it."""
        return book.retract


class DisputeDialog(_ClaimDialog):
    """Raise a flag on a claim."""

    title_words = "Dispute: a flag on the claim, at once; no status changes"
    verb = "Dispute and sign"
    role = "recorder or reviewer"

    def deed(self, book: api.Ledger) -> Callable[..., api.RecordResult]:
        """Dispute it."""
        return book.dispute
