"""Every key, as it is set here, and what the symbols mean."""

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from ledger.text import visible
from ledger.wording.statuses import FLAG_MEANINGS, FLAGS
from tui.base_app import BaseApp
from tui.keymap import KEYS, bind
from tui.text.styled_pieces import Piece
from tui.text.styles import STATUSES
from tui.widgets.virtual_lines import TextLines

_COLUMN = 18
_LONG_NAMES = {
    "slash": "/",
    "question_mark": "?",
    "equals_sign": "=",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "colon": ":",
    "plus": "+",
    "minus": "-",
    "escape": "esc",
    "pageup": "page up",
    "pagedown": "page down",
}


class HelpDialog(ModalScreen[None]):
    """A list over whatever is shown; ``q``, ``esc`` or ``?`` closes it."""

    app: BaseApp
    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]  # narrower than Textual's
        bind("back", "dismiss"),
        bind("help", "dismiss"),
    ]
    DEFAULT_CSS = """
    HelpDialog {
        align: center middle;
        & > Vertical {
            width: 90%; max-width: 84; height: 90%;
            border: round $primary; background: $surface; padding: 0 1;
        }
        & TextLines { background: $surface; }
        & Static { color: $foreground 65%; }
    }
    """

    def compose(self) -> ComposeResult:
        """Yield a frame with the list."""
        with Vertical() as frame:
            frame.border_title = "Keys"
            yield TextLines(id="keys")
            yield Static(
                "Other keys: keys.toml in the configuration directory. q closes.", markup=False
            )

    def on_mount(self) -> None:
        """Fill the list."""
        self.query_one(TextLines).show(self._lines(), picks=())
        self.query_one(TextLines).focus()

    def _lines(self) -> Iterator[list[Piece]]:
        keymap = self.app.user_keys.keymap
        for where in dict.fromkeys(key.where for key in KEYS.values()):
            yield [(where.capitalize(), "heading")]
            for name, key in KEYS.items():
                if key.where == where:
                    keys = shown(keymap.get(name, key.keys))
                    yield [(f"  {visible(keys):<{_COLUMN}} ", "key"), (key.words, "")]
            yield [("", "")]
        yield [("What the board's signs mean", "heading")]
        for look in STATUSES.values():
            yield [(f"  {look.symbol} ", look.style), (look.word, look.style)]
        for name, sign in FLAGS.items():
            yield [(f"  {sign} ", "flag"), (FLAG_MEANINGS[name], "")]
        yield [("", "")]
        yield [("`regledger help WORD` explains every flag, reason and rule.", "dim")]


def shown(keys: str) -> str:
    """Return keys as people call them: ``slash`` is ``/``."""
    return "  ".join(_LONG_NAMES.get(key, key) for key in keys.split(","))
