"""Every key, as it is set here, and what the symbols mean."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from ledger.text import width
from ledger.wording.statuses import FLAG_MEANINGS, FLAGS
from tui.base_app import BaseApp
from tui.keymap import EVERYWHERE, KEYS, bind
from tui.text.styled_pieces import Piece
from tui.text.styles import STATUSES, fit
from tui.widgets.inputs import SafeInput
from tui.widgets.virtual_lines import TextLines

_COLUMN = 18
_WORDS = 20
_TWO = 62  # cells of a column of keys
_LONG_NAMES = {
    "slash": "/",
    "asterisk": "*",
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
    """A list over whatever is shown; ``q``, ``esc`` or ``?`` closes it, ``/`` narrows it."""

    app: BaseApp
    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]  # narrower than Textual's
        bind("back", "dismiss"),
        bind("peel", "peel"),
        bind("help", "dismiss"),
        bind("search", "narrow"),
    ]
    DEFAULT_CSS = """
    HelpDialog {
        align: center middle;
        & > Vertical {
            width: 96%; max-width: 150; height: 94%;
            border: round $primary; background: $surface; padding: 0 1;
        }
        & TextLines { background: $surface; }
        & Static { color: $foreground 65%; }
        & SafeInput { display: none; background: $panel; }
    }
    """

    def __init__(self, nearest: Sequence[str] = ()) -> None:
        super().__init__()
        self._nearest = nearest  # where the keys of the present screen stand in the table

    def compose(self) -> ComposeResult:
        """Yield a frame with the list."""
        with Vertical() as frame:
            frame.border_title = "Keys"
            yield SafeInput(placeholder="a key, a word or an id", id="narrow", compact=True)
            yield TextLines(id="keys")
            yield Static(
                "/ narrows, q closes. The last column is the name in keys.toml.",
                markup=False,
            )

    def on_mount(self) -> None:
        """Fill the list."""
        self._fill()
        self.query_one(TextLines).focus()

    def on_resize(self) -> None:
        """Share out the columns again."""
        self.call_after_refresh(self._fill)

    def _fill(self) -> None:
        text = self.query_one(TextLines)
        lines = list(self._keys(self.query_one(SafeInput).value))
        if text.room >= _TWO * 2:
            lines = list(_side_by_side(lines))
        text.show([*lines, *_signs()], picks=())

    def action_narrow(self) -> None:
        """Ask for a word."""
        line = self.query_one(SafeInput)
        line.display = True
        line.focus()

    def action_peel(self) -> None:
        """Show all keys again, or close."""
        line = self.query_one(SafeInput)
        if line.display:
            line.value, line.display = "", False
            self.query_one(TextLines).focus()
        else:
            self.dismiss()

    def on_input_changed(self) -> None:
        """Show the keys that have the word."""
        self._fill()

    def on_input_submitted(self) -> None:
        """Go to the list."""
        self.query_one(TextLines).focus()

    def _keys(self, word: str) -> Iterator[list[Piece]]:
        """Yield the keys under a heading each, those of the present screen first."""
        keymap = self.app.user_keys.keymap
        everywhere = [EVERYWHERE, *(key.where for key in KEYS.values())]
        for where in dict.fromkeys([*self._nearest, *everywhere]):
            found = [
                (shown(keymap.get(name, key.keys)), key.words, name)
                for name, key in KEYS.items()
                if key.where == where
            ]
            fitting = [one for one in found if word.lower() in " ".join((where, *one)).lower()]
            if fitting:
                here = " (this screen)" if where in self._nearest[:1] else ""
                yield [(f"{where.capitalize()}{here}", "heading")]
            for keys, words, name in fitting:
                yield [
                    (f"  {fit(keys, _COLUMN)} ", "key"),
                    (fit(words, _WORDS), ""),
                    (f" {name}", "dim"),
                ]


def _side_by_side(lines: Sequence[list[Piece]]) -> Iterator[list[Piece]]:
    """Yield the first half of the lines, each with one of the second half beside it."""
    half = (len(lines) + 1) // 2
    while half < len(lines) and not _is_heading(lines[half]):
        half += 1
    for number in range(max(half, len(lines) - half)):
        left = lines[number] if number < half else []
        right = lines[half + number] if half + number < len(lines) else []
        used = sum(width(text) for text, _ in left)
        yield [*left, (" " * max(1, _TWO - used), ""), *right]


def _is_heading(line: Sequence[Piece]) -> bool:
    return line[0][1] == "heading"


def _signs() -> Iterator[list[Piece]]:
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
