"""Completion of ids in a form: by id or by name, with ``textual-autocomplete``.

Tab always goes on to the next field and changes nothing; only Enter (or a click) takes what is
offered, so that a new id which looks like an old one is not replaced by it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Input
from textual_autocomplete import AutoComplete, DropdownItem, TargetState

from ledger import api
from ledger.text import shorten
from tui.text.styles import fit

_MOST: Final = 50  # offered at once
_ID: Final = 30  # cells; longer ids are shown shortened and completed whole
_NAME: Final = 40
Word = tuple[str, str]  # an id and its name, "" where it has none


class _Offer(DropdownItem):
    """One id that can be taken; :attr:`value` is the id, whatever is shown."""

    def __init__(self, word: Word) -> None:
        self.word = word
        shown = fit(word[0], min(_ID, max(8, len(word[0])))) if word[1] else shorten(word[0], 60)
        name = Content.styled(f"  {shorten(word[1], _NAME)}", "$foreground 65%")
        super().__init__(Content.assemble(Content(shown), name) if word[1] else Content(shown))

    @property
    def value(self) -> str:
        """Return the id."""
        return self.word[0]


class IdCompletion(AutoComplete):
    """Offers ids for one input; ``many`` completes the last of several with commas between."""

    DEFAULT_CSS = """
    IdCompletion { max-height: 8; & AutoCompleteList { background: $panel; } }
    """

    class Taken(Message):
        """An offer was taken into the input."""

        def __init__(self, target: Input) -> None:
            super().__init__()
            self.target = target

    def __init__(
        self, target: Input, words: Callable[[], Sequence[Word]], *, many: bool = False
    ) -> None:
        super().__init__(target, candidates=self._none)
        self._words = words
        self._many = many

    @staticmethod
    def _none(state: TargetState) -> list[DropdownItem]:
        del state
        return []

    def _listen_to_messages(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and event.key == "tab":
            self.action_hide()
            return
        super()._listen_to_messages(event)

    def get_search_string(self, target_state: TargetState) -> str:
        """Return what was typed of the id before the cursor."""
        typed = target_state.text[: target_state.cursor_position]
        return (typed.rpartition(",")[2] if self._many else typed).strip()

    def get_matches(
        self, target_state: TargetState, candidates: list[DropdownItem], search_string: str
    ) -> list[DropdownItem]:
        """Return the ids that begin with it, then those that hold it, then those by name."""
        del target_state, candidates
        typed = search_string.casefold()
        ranked = sorted(
            (rank, n, word)
            for n, word in enumerate(self._words())
            if (rank := _rank(typed, word)) is not None
        )
        if len(ranked) == 1 and ranked[0][2][0] == search_string:
            return []  # it stands there already
        return [_Offer(word) for _, _, word in ranked[:_MOST]]

    def apply_completion(self, value: str, state: TargetState) -> None:
        """Put the id in place of what was typed of it."""
        before, comma, _ = state.text[: state.cursor_position].rpartition(",")
        rest = state.text[state.cursor_position :] if self._many else ""
        head = f"{before}{comma} " if self._many and comma else ""
        self.target.value = f"{head}{value}{rest}"
        self.target.cursor_position = len(head) + len(value)

    def post_completion(self) -> None:
        """Hide, and say that the field has changed: its own message was held back."""
        self.action_hide()
        self.post_message(self.Taken(self.target))


def word_lists(found: api.Vocabulary) -> dict[str, Sequence[Word]]:
    """Return the lists that fields are completed from, by the name that a field knows them by."""
    orgs = tuple((f"org:{known}", name) for known, name in found.bodies)
    return {
        "jurisdictions": found.jurisdictions,
        "activities": found.activities,
        "addressees": (("any", "everybody"), *found.actor_classes, *orgs),
        "bodies": found.bodies,
        "regimes": tuple((known, "") for known in found.regimes),
        "instruments": tuple((known, "") for known in found.instruments),
        "references": (
            *((f"key:{known}", "") for known in found.keys),
            *((f"instrument:{known}", "") for known in found.instruments),
        ),
    }


def _rank(typed: str, word: Word) -> int | None:
    """Return how near an id is to what was typed; the smaller, the nearer; None for not at all."""
    known, name = word[0].casefold(), word[1].casefold()
    if known == typed:
        return 0
    if known.startswith(typed):
        return 1
    if typed in known:
        return 2
    if typed in name:
        return 3
    return None
