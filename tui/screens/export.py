"""What is shown, written to a file; and the command line that gives the same."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from ledger.text import visible
from tui.keymap import bind
from tui.look import lines, safe, styled

if TYPE_CHECKING:
    from tui.app import RegledgerApp
    from tui.screens.page import Page

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class ExportDialog(ModalScreen[None]):
    """Asks for a file; shows the command that does the same in a script."""

    app: RegledgerApp
    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]  # narrower than Textual's
        Binding("escape", "dismiss", "Close", id="back"),
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

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self._command = self.line_of(page)

    @staticmethod
    def line_of(page: Page) -> str:
        """The command that shows what the page shows."""
        return page.app.command_line(page.command())

    def compose(self) -> ComposeResult:
        """The command, and the name of a file."""
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
            yield Input(self._suggestion(), id="file", compact=True)
            yield Static("enter writes, esc closes; a file that exists is not replaced", id="told")

    def on_mount(self) -> None:
        """Type at once."""
        self.query_one(Input).focus()

    def _suggestion(self) -> str:
        lens = self.app.lens
        point = lens.point or "now"
        name = _UNSAFE.sub("-", f"{self.app.ledger_name}-{self._page.heading}-{point}").lower()
        return str(self.app.launch.exports / f"{name}.txt")

    def action_copy(self) -> None:
        """Copy the command."""
        self.app.copy_to_clipboard(self._command)
        self.app.tell("the command was copied")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Write the file as a whole, or say why not."""
        path = Path(event.value).expanduser()
        text = f"# {self._command}\n\n{self._page.copied()}\n"
        try:
            write_new(path, text)
        except OSError as error:
            told = self.query_one("#told", Static)
            words = error.strerror or type(error).__name__
            told.update(styled(f"{visible(str(path))}: {words}", "bold $error"))
            return
        self.app.tell(f"written: {path}")
        self.dismiss()


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet, whole or not at all.

    Raises OSError: it exists (FileExistsError), or it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.link(name, path)  # unlike a rename, refuses to replace
    finally:
        Path(name).unlink()
    path.chmod(0o644)
