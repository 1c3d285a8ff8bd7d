"""Write what a screen shows to a file, and name the command that prints the same."""

import io
import re
from pathlib import Path
from typing import ClassVar, Protocol

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from ledger import files
from ledger.points import format_size
from ledger.text import visible
from tui.base_app import BaseApp
from tui.keymap import bind
from tui.text.styles import lines, safe, styled
from tui.widgets.inputs import SafeInput

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_AT_HAND = "enter writes, esc closes; a file that exists is not replaced"
_IN_BROWSER = "enter downloads it, esc closes"


class Exportable(Protocol):
    """A screen that can be exported."""

    heading: ClassVar[str]

    def command(self) -> list[str]:
        """Return the words after ``regledger`` that show the same."""

    def exported(self) -> str:
        """Return what is written to the file."""


class ExportDialog(ModalScreen[None]):
    """Asks for a file; shows the command that does the same in a script."""

    app: BaseApp
    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]  # narrower than Textual's
        Binding("escape", "dismiss", "Close"),  # no id: another key would go into the input
        bind("copy-command", "copy", show=True),
    ]
    DEFAULT_CSS = """
    ExportDialog {
        align: center middle;
        & > Vertical {
            width: 90%; max-width: 90; height: auto; max-height: 90%;
            border: round $primary; background: $surface; padding: 1 2;
        }
        & Static { margin-bottom: 1; height: auto; }
        & Label { margin-bottom: 0; }
        & Input { margin-bottom: 1; background: $panel; }
    }
    """

    def __init__(self, page: Exportable) -> None:
        super().__init__()
        self._page = page
        self._command = self.app.command_line(page.command())

    def compose(self) -> ComposeResult:
        """Yield the command, and the name of a file."""
        with Vertical() as frame:
            frame.border_title = "Export"
            yield Static(
                lines(
                    styled("The same on the command line, for scripts and proof:", "bold"),
                    safe(f"  {self._command}"),
                    styled("  ctrl+y copies it; most commands also know --json", "dim"),
                ),
                markup=False,
            )
            yield Label("Write what is shown, as text, to this file:", markup=False)
            yield SafeInput(self._suggestion(), id="file", compact=True)
            yield Static(_IN_BROWSER if self.app.is_web else _AT_HAND, id="told", markup=False)

    def on_mount(self) -> None:
        """Type at once."""
        self.query_one(Input).focus()

    def _suggestion(self) -> str:
        context = self.app.context
        point = context.point or "now"
        name = _UNSAFE.sub("-", f"{self.app.ledger_name}-{self._page.heading}-{point}").lower()
        name = f"{name}.txt"
        return name if self.app.is_web else str(self.app.config.exports / name)

    def _heading(self) -> str:
        """Return the head of the file: ledger, size, query context and command."""
        app, context = self.app, self.app.context
        known = context.known_at or format_size(app.log_state.size or 0)
        words = (
            f"# {self._page.heading} of {app.ledger_name} ({app.ledger_id}), as of"
            f" {context.as_of or 'today'}, known at {known}, {context.view} view,"
            f" for {context.actor}"
        )
        return f"{visible(words)}\n# {visible(self._command)}"

    def action_copy(self) -> None:
        """Copy the command."""
        self.app.copy_to_clipboard(self._command)
        self.app.notify_text("the command was copied")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Write the file as a whole, or say why not."""
        text = f"{self._heading()}\n\n{visible(self._page.exported(), newline=True)}\n"
        if self.app.is_web:  # a browser must not write files on this machine
            name = _UNSAFE.sub("-", event.value.rpartition("/")[2]) or "export.txt"
            self.app.deliver_text(io.StringIO(text), save_filename=name)
            self.dismiss()
            return
        try:
            path = Path(event.value).expanduser()
            write_new(path, text)
        except (OSError, ValueError, RuntimeError) as error:  # NUL, surrogates, ~ of no user
            words = getattr(error, "strerror", None) or str(error)
            message = self.query_one("#told", Static)
            message.update(styled(f"{event.value}: {words}", "bold $error"))
            return
        self.app.notify_text(f"written: {path}")
        self.dismiss()


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet, whole or not at all.

    Raises OSError: it exists (FileExistsError), or it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with files.replacing(path, mode=0o644, new=True) as file:
        file.write(text.encode())
