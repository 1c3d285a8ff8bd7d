"""A small dialog of inputs, and below them a sentence that says what they mean."""

from collections.abc import Iterable
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from ledger.errors import RegledgerError
from tui.base_app import BaseApp
from tui.ledger_source import LedgerSource
from tui.text.styles import lines, styled

T = TypeVar("T")


class InputDialog(ModalScreen[T | None]):
    """A small dialog: inputs, and below them a sentence that says what they mean.

    Subclasses give :meth:`fields`, :meth:`read` (in a thread) and :meth:`result`.
    """

    app: BaseApp
    frame_title: ClassVar[str] = ""
    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]  # narrower than Textual's
        Binding("escape", "dismiss", "Close")  # no id: another key would go into the input
    ]
    DEFAULT_CSS = """
    InputDialog {
        align: center middle;
        & > Vertical {
            width: 76; max-width: 96%; height: auto; max-height: 96%;
            border: round $primary; background: $surface; padding: 0 1; overflow-y: auto;
        }
        & Input { background: $panel; }
        & Static, & Label { height: auto; }
        & Label { color: $foreground 75%; }
        & #meaning { margin: 1 0; min-height: 2; }
        & #keys { color: $foreground 65%; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._accepted: T | None = None  # what the fields mean; None while they are wrong
        self._turn = 0
        self._hurry = False  # Enter was pressed before the answer was there

    def fields(self) -> Iterable[Widget]:
        """Return the widgets above the sentence."""
        raise NotImplementedError

    def below(self) -> Iterable[Widget]:
        """Return the widgets below the sentence."""
        return ()

    def read(self, source: LedgerSource, values: tuple[str, ...]) -> tuple[T, tuple[str, ...]]:
        """Return what the values of the inputs mean, and that in sentences. Runs in a thread.

        Raises RegledgerError for what cannot be read.
        """
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """Yield fields, sentence, the rest, and the two keys that matter."""
        with Vertical() as frame:
            frame.border_title = self.frame_title
            yield from self.fields()
            yield Static("", id="meaning", markup=False)
            yield from self.below()
            yield Static("enter  accept      esc  close", id="keys", markup=False)

    def on_mount(self) -> None:
        """Say what is there to begin with."""
        self.check()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say what it means while the user types."""
        event.stop()
        self.check()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Accept, once it is known that it can be."""
        event.stop()
        self.accept()

    def accept(self) -> None:
        """Close with what the fields mean, as soon as that is known."""
        if self._accepted is not None:
            self.dismiss(self._accepted)
        else:
            self._hurry = True
            self.check()

    def check(self) -> None:
        """Ask in a thread what the fields mean; the answer to an older question is dropped."""
        self._accepted = None
        self._turn += 1
        turn = self._turn
        values = tuple(field.value for field in self.query(Input))
        self.app.ask_ledger(
            self,
            lambda source: self.read(source, values),
            lambda found: self._right(turn, *found),
            lambda error: self._wrong(turn, error),
            group="check",
        )

    def _right(self, turn: int, accepted: T, sentences: tuple[str, ...]) -> None:
        if turn != self._turn or not self.is_current:
            return
        self._accepted = accepted
        self._say(lines(*sentences))
        if self._hurry:
            self.dismiss(accepted)

    def _wrong(self, turn: int, error: RegledgerError) -> None:
        if turn == self._turn and self.is_current:
            self._hurry = False
            self._say(lines(styled(f"✖ {error.message}", "bold $error"), error.hint or ""))

    def _say(self, content: Content) -> None:
        self.query_one("#meaning", Static).update(content)
