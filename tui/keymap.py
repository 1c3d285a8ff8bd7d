"""Every key of the application in one table, and the file that changes them.

A binding has an *id*; the user's file (``keys.toml`` in the configuration directory) maps ids to
keys, several separated by commas::

    history = "h"
    cursor-down = "down,j"

Plain letters first: some terminals keep function keys and some control keys for themselves.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from textual.binding import Binding, Keymap

FILE: Final = "keys.toml"
EVERYWHERE: Final = "everywhere"
_ALWAYS: Final = ("help", "back", "peel")  # in the line of keys before the other screens


@dataclass(frozen=True, slots=True)
class KeyBinding:
    """One binding: its default keys, what it does in a word or two, and where it holds."""

    keys: str
    words: str
    where: str = EVERYWHERE


# In the order in which the help shows them.
KEYS: Final[dict[str, KeyBinding]] = {
    "board": KeyBinding("b", "Board"),
    "history": KeyBinding("h", "History"),
    "diff": KeyBinding("d", "Diff"),
    "review": KeyBinding("r", "Review"),
    "integrity": KeyBinding("i", "Integrity"),
    "calendar": KeyBinding("c", "Calendar"),
    "record": KeyBinding("a", "Record"),
    "time": KeyBinding("t", "Time"),
    "now": KeyBinding("T", "Now"),
    "view": KeyBinding("v", "View"),
    "actor": KeyBinding("p", "Actor class"),
    "search": KeyBinding("slash", "Go anywhere"),
    "copy": KeyBinding("y", "Copy"),
    "export": KeyBinding("e", "Export"),
    "copy-command": KeyBinding("ctrl+y", "Copy command", "forms"),
    "palette": KeyBinding("ctrl+p", "Go anywhere"),
    "saved": KeyBinding("V", "Saved views"),
    "theme": KeyBinding("ctrl+t", "Theme"),
    "help": KeyBinding("question_mark", "Keys"),
    "back": KeyBinding("q", "Back"),
    "peel": KeyBinding("escape", "Take off, or back"),
    "quit": KeyBinding("Q,ctrl+q", "Quit"),
    "refresh": KeyBinding("ctrl+r", "Reload"),
    "cursor-up": KeyBinding("up,k", "Up", "lists"),
    "cursor-down": KeyBinding("down,j", "Down", "lists"),
    "cursor-left": KeyBinding("left", "Left", "lists"),
    "cursor-right": KeyBinding("right", "Right", "lists"),
    "page-up": KeyBinding("pageup,ctrl+b", "Page up", "lists"),
    "page-down": KeyBinding("pagedown,ctrl+f", "Page down", "lists"),
    "first": KeyBinding("g,home", "First", "lists"),
    "last": KeyBinding("G,end", "Last", "lists"),
    "open": KeyBinding("enter", "Open", "lists"),
    "fold": KeyBinding("space", "Fold", "board"),
    "next-flag": KeyBinding("n", "Next flag", "board"),
    "everything": KeyBinding("asterisk", "All", "board"),
    "across": KeyBinding("m", "Classes, places", "board"),
    "zoom-in": KeyBinding("plus,equals_sign", "Zoom in", "cell"),
    "zoom-out": KeyBinding("minus", "Zoom out", "cell"),
    "today": KeyBinding("0", "Today", "cell"),
    "forget": KeyBinding("x,delete", "Delete", "saved views"),
    "find": KeyBinding("slash", "Search", "history"),
    "filter": KeyBinding("f", "Filter", "history"),
    "next-match": KeyBinding("n", "Next match", "history"),
    "previous-match": KeyBinding("N", "Previous match", "history"),
    "goto": KeyBinding("colon", "Go to", "history"),
    "earlier": KeyBinding("left_square_bracket", "A day earlier", "history"),
    "later": KeyBinding("right_square_bracket", "A day later", "history"),
    "mark": KeyBinding("space", "Mark", "history"),
    "compare": KeyBinding("equals_sign", "Compare marks", "history"),
    "detail": KeyBinding("o", "Detail beside", "history"),
    "raw": KeyBinding("J", "Raw JSON", "entry"),
    "hashes": KeyBinding("number_sign", "Hashes", "entry"),
    "previous-entry": KeyBinding("K", "Entry above", "entry"),
    "next-entry": KeyBinding("L", "Entry below", "entry"),
    "follow": KeyBinding("enter", "Follow", "entry"),
    "layout": KeyBinding("s", "Side by side", "diff"),
    "points": KeyBinding("f", "Points", "diff"),
    "past": KeyBinding("space", "Past days", "calendar"),
    "approve": KeyBinding("A", "Approve", "review"),
    "reject": KeyBinding("R", "Reject", "review"),
    "correct": KeyBinding("C", "Correct", "entry"),
    "retract": KeyBinding("X", "Retract", "entry"),
    "dispute": KeyBinding("D", "Dispute", "entry"),
    "verify": KeyBinding("v", "Verify", "integrity"),
    "cancel": KeyBinding("x", "Cancel", "integrity"),
    "withdraw": KeyBinding("W", "Withdraw", "review"),
    "submit": KeyBinding("ctrl+s", "Sign and record", "forms"),
    "preview": KeyBinding("ctrl+o", "Preview", "forms"),
    "as-yaml": KeyBinding("ctrl+l", "Form or YAML", "forms"),
}


def bind(name: str, action: str, *, show: bool = False, priority: bool = False) -> Binding:
    """Return a binding of the table; ``show`` puts it into the footer."""
    key = KEYS[name]
    return Binding(key.keys, action, key.words, show=show, priority=priority, id=name)


def footer_place(name: str | None) -> tuple[int, int]:
    """Return where a binding stands in the line of keys: a screen's own first, then help, back."""
    order = list(KEYS)
    if name not in KEYS:
        return (0, len(order))
    if name in _ALWAYS:
        return (1, _ALWAYS.index(name))
    return (2 if KEYS[name].where == EVERYWHERE else 0, order.index(name))


@dataclass(frozen=True, slots=True)
class UserKeys:
    """The keys of a user's file: a keymap for Textual, and the lines that could not be used."""

    keymap: Keymap
    problems: tuple[str, ...] = ()


def read(directory: Path) -> UserKeys:
    """Read the user's keys. Nothing is raised: a wrong file must not stop the application."""
    file = directory / FILE
    try:
        written = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return UserKeys({})
    except (OSError, ValueError, RecursionError) as error:
        return UserKeys({}, (f"{file}: {error}",))
    return _checked(file, written)


def _checked(file: Path, written: Mapping[str, object]) -> UserKeys:
    keymap: dict[str, str] = {}
    problems = []
    for name, keys in written.items():
        if name not in KEYS:
            problems.append(f"{file}: there is no binding {name!r}")
        elif not isinstance(keys, str) or not keys.strip():
            problems.append(f'{file}: {name} wants keys as a text, like "down,j"')
        else:
            keymap[name] = keys
    problems += [
        f"{file}: {name} and {other} have the same key {key}"
        for name, keys in keymap.items()
        for other, one in KEYS.items()
        for key in keys.split(",")
        if other != name and one.where == KEYS[name].where
        if key in keymap.get(other, one.keys).split(",")
    ]
    return UserKeys(keymap, tuple(problems))
