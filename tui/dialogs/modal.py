"""The base of dialogs: a box over the screen, and questions to the ledger in a worker."""

from collections.abc import Callable
from typing import ClassVar, TypeVar

from textual.binding import Binding
from textual.screen import ModalScreen
from textual.widgets import Static

from ledger.errors import RegledgerError
from tui.base_app import BaseApp
from tui.ledger_source import LedgerSource
from tui.text.styles import lines, styled

T = TypeVar("T")
R = TypeVar("R")


class Modal(ModalScreen[R]):
    """A dialog with a ``Static`` of id ``problem`` somewhere in it; escape leaves it."""

    app: BaseApp  # these screens run in no other application
    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]  # narrower than Textual's
        Binding("escape", "leave", "Cancel", show=False)
    ]
    DEFAULT_CSS = """
    Modal {
        align: center middle;
        & > .box {
            width: 76; max-width: 96%; height: auto; max-height: 96%;
            padding: 0 2; background: $surface; border: round $primary;
        }
        & .title { text-style: bold; color: $primary; margin: 0 0 1 0; height: auto; }
        & .label { color: $foreground 75%; height: auto; }
        & #problem { height: auto; display: none; }
        & .buttons { height: 1; margin: 1 0 0 0; }
        & .buttons Button { margin: 0 2 0 0; }
        & OptionList { height: auto; max-height: 8; border: none; padding: 0; }
        & OptionList { background: $surface; }
        & OptionList:focus { background: $panel; }
        & Input { background: $panel; }
    }
    """

    def action_leave(self) -> None:
        """Close it; nothing was decided."""
        self.dismiss(None)

    def ask(self, work: Callable[[LedgerSource], T], show: Callable[[T], None]) -> None:
        """Run ``work`` in a thread and ``show`` its answer here; a newer question replaces it."""

        def shown(answer: T) -> None:
            if self.is_mounted and self.query("#problem"):  # else it is being taken down
                show(answer)

        self.app.ask_ledger(self, work, shown, self.show_error, group="ask")

    def show_error(self, error: RegledgerError) -> None:
        """Show what went wrong, in the dialog."""
        if self.is_attached:
            box = self.query_one("#problem", Static)
            box.update(lines(styled(error.message, "bold $error"), error.hint or ""))
            box.display = True

    def hide_error(self) -> None:
        """Take it away again."""
        self.query_one("#problem", Static).display = False
