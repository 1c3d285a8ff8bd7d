"""Every key of the application in one table, and the file that changes them.

A binding has an *id*; the user's file (``keys.toml`` in the configuration directory) maps ids to
keys, several separated by commas::

    history = "h"
    cursor-down = "down,j"

Plain letters first: some terminals keep function keys and some control keys for themselves.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from textual.binding import Binding, Keymap

FILE: Final = "keys.toml"


@dataclass(frozen=True, slots=True)
class Key:
    """One binding: its default keys, what it does in a word or two, and where it holds."""

    keys: str
    words: str
    where: str = "everywhere"


# In the order in which the help shows them.
KEYS: Final[dict[str, Key]] = {
    "board": Key("b", "Board"),
    "history": Key("h", "History"),
    "diff": Key("d", "Diff"),
    "review": Key("r", "Review"),
    "integrity": Key("i", "Integrity"),
    "calendar": Key("c", "Calendar"),
    "record": Key("a", "Record"),
    "time": Key("t", "Time"),
    "now": Key("T", "Now"),
    "view": Key("v", "View"),
    "actor": Key("p", "Actor class"),
    "search": Key("slash", "Search"),
    "copy": Key("y", "Copy"),
    "export": Key("e", "Export"),
    "copy-command": Key("ctrl+y", "Copy command", "forms"),
    "palette": Key("ctrl+p", "Commands"),
    "saved": Key("V", "Saved views"),
    "theme": Key("ctrl+t", "Theme"),
    "help": Key("question_mark", "Keys"),
    "back": Key("q,escape", "Back"),
    "quit": Key("Q,ctrl+q", "Quit"),
    "refresh": Key("ctrl+r", "Reload"),
    "cursor-up": Key("up,k", "Up", "lists"),
    "cursor-down": Key("down,j", "Down", "lists"),
    "cursor-left": Key("left", "Left", "lists"),
    "cursor-right": Key("right", "Right", "lists"),
    "page-up": Key("pageup,ctrl+b", "Page up", "lists"),
    "page-down": Key("pagedown,ctrl+f", "Page down", "lists"),
    "first": Key("g,home", "First", "lists"),
    "last": Key("G,end", "Last", "lists"),
    "open": Key("enter", "Open", "lists"),
    "fold": Key("space", "Fold", "board"),
    "next-flag": Key("n", "Next with a flag", "board"),
    "everything": Key("asterisk", "All, or spoken of", "board"),
    "zoom-in": Key("plus,equals_sign", "Zoom in", "cell"),
    "zoom-out": Key("minus", "Zoom out", "cell"),
    "today": Key("0", "Today", "cell"),
    "forget": Key("x,delete", "Delete", "saved views"),
    "filter": Key("f", "Filter", "history"),
    "next-match": Key("n", "Next match", "history"),
    "previous-match": Key("N", "Previous match", "history"),
    "goto": Key("colon", "Go to", "history"),
    "earlier": Key("left_square_bracket", "A day earlier", "history"),
    "later": Key("right_square_bracket", "A day later", "history"),
    "mark": Key("space", "Mark", "history"),
    "compare": Key("equals_sign", "Compare marks", "history"),
    "detail": Key("o", "Detail beside", "history"),
    "raw": Key("J", "Raw JSON", "entry"),
    "previous-entry": Key("K", "Entry above", "entry"),
    "next-entry": Key("L", "Entry below", "entry"),
    "follow": Key("enter", "Follow", "entry"),
    "layout": Key("s", "Side by side", "diff"),
    "points": Key("f", "Points", "diff"),
    "past": Key("space", "Past days", "calendar"),
    "approve": Key("A", "Approve", "review"),
    "reject": Key("R", "Reject", "review"),
    "correct": Key("C", "Correct", "entry"),
    "retract": Key("X", "Retract", "entry"),
    "dispute": Key("D", "Dispute", "entry"),
    "verify": Key("v", "Verify", "integrity"),
    "cancel": Key("x", "Cancel", "integrity"),
    "withdraw": Key("W", "Withdraw", "review"),
    "submit": Key("ctrl+s", "Sign and record", "forms"),
    "preview": Key("ctrl+o", "Preview", "forms"),
    "as-yaml": Key("ctrl+l", "Form or YAML", "forms"),
}


def bind(name: str, action: str, *, show: bool = False, priority: bool = False) -> Binding:
    """A binding of the table; ``show`` puts it into the footer."""
    key = KEYS[name]
    return Binding(key.keys, action, key.words, show=show, priority=priority, id=name)


@dataclass(frozen=True, slots=True)
class UserKeys:
    """What a user's file says: a keymap for Textual, and what could not be used of it."""

    keymap: Keymap
    problems: tuple[str, ...] = ()


def read(directory: Path) -> UserKeys:
    """Read the user's keys. Nothing is raised: a wrong file must not keep anybody out."""
    file = directory / FILE
    try:
        told = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return UserKeys({})
    except (OSError, ValueError, RecursionError) as error:
        return UserKeys({}, (f"{file}: {error}",))
    return _checked(file, told)


def _checked(file: Path, told: Mapping[str, object]) -> UserKeys:
    keymap: dict[str, str] = {}
    problems = []
    for name, keys in told.items():
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
