"""Go anywhere: commands, activities, places, cells, claims and entries, by a word or two.

The palette asks :class:`GoAnywhere` with each letter. A goal is found where every word that was
typed occurs in what it is called; the words are marked in it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from ledger.errors import RegledgerError
from ledger.text import visible
from tui.keymap import KEYS
from tui.navigation import Destination, OpenCell, OpenEntry, ShowOnBoard

if TYPE_CHECKING:
    from ledger import api
    from tui.base_app import BaseApp
    from tui.ledger_source import LedgerSource

_FEW: Final = 8  # goals of one kind
_SHORTEST: Final = 2  # letters from which claims are searched
_ENTRY: Final = re.compile(r"@?(\d{1,12})")


@dataclass(frozen=True, slots=True)
class Goal:
    """A place to go to: what it is called, what it is, and how well it suits what was typed."""

    name: str
    about: str
    to: Destination
    rank: float


def key_of(name: str, user_keys: Mapping[str, str]) -> str:
    """Return the keys of a binding as people call them; empty for a name that has none."""
    from tui.dialogs.help import shown

    return shown(user_keys.get(name, KEYS[name].keys)) if name in KEYS else ""


def goals(source: LedgerSource, typed: str) -> list[Goal]:
    """Return where what was typed may lead: cells, activities, places, entries. For a worker."""
    words = typed.casefold().split()
    if not words:
        return []
    taxonomy = source.book.taxonomy
    activities = {a.id: f"{a.name}  {a.id}" for a in taxonomy.activities.values()}
    places = {j.id: f"{j.name}  {j.id}" for j in taxonomy.jurisdictions.values()}
    return [
        *islice(_cells(words, activities, places), _FEW),
        *islice(_named("activity", words, activities), _FEW),
        *islice(_named("place", words, places), _FEW),
        *_entries(source, typed),
    ]


def _named(what: str, words: Sequence[str], names: Mapping[str, str]) -> Iterator[Goal]:
    """Yield activities or places that have all the words, those that begin with one first."""
    found = [(ident, name) for ident, name in names.items() if _has(words, name)]
    for ident, name in sorted(found, key=lambda one: (_rank(words, *one), one[1])):
        place, activity = (ident, None) if what == "place" else (None, ident)
        goal = ShowOnBoard(place, activity)
        yield Goal(name, f"{what}, on the board", goal, 0.8 - _rank(words, ident, name) / 10)


def _cells(
    words: Sequence[str], activities: Mapping[str, str], places: Mapping[str, str]
) -> Iterator[Goal]:
    """Yield cells: some words name the place, all others the activity."""
    for place, named in places.items():
        rest = [word for word in words if not _has([word], named)]
        if not rest or len(rest) == len(words):
            continue
        for activity, called in activities.items():
            if _has(rest, called):
                name = f"{called.partition('  ')[0]}, {named.partition('  ')[0]}"
                about = f"cell {place} {activity}"
                yield Goal(name, about, OpenCell(place, activity), 0.9)


def _entries(source: LedgerSource, typed: str) -> Iterator[Goal]:
    """Yield the entry of this number, and the newest entries that have the text."""
    book = source.book
    size = book.size
    numbered = _ENTRY.fullmatch(typed.strip())
    if numbered is not None and int(numbered[1]) < size:
        for item in source.entries_at([int(numbered[1])]):
            yield _entry(item, 1.0)
    if len(typed.strip()) < _SHORTEST:
        return
    only = book.entries.filter_of({"text": typed.strip()})
    for item in source.matching(only, below=size, limit=_FEW)[0]:
        yield _entry(item, 0.5 + item.seq / size / 10)


def _entry(item: api.HistoryItem, rank: float) -> Goal:
    what = "claim" if item.type.startswith("claim.") else item.type
    about = f"{what}, entry @{item.seq} of {item.recorded_at[:10]}"
    return Goal(f"{item.subject}  {item.summary[:160]}", about, OpenEntry(item.seq), rank)


def _has(words: Iterable[str], text: str) -> bool:
    folded = text.casefold()
    return all(word in folded for word in words)


def _rank(words: Sequence[str], ident: str, name: str) -> int:
    """Return 0 for an id typed in full, 1 for a name that begins so, 2 for all others."""
    typed = " ".join(words)
    if typed == ident.casefold():
        return 0
    return 1 if name.casefold().startswith(typed) else 2


def marked(text: str, words: Sequence[str]) -> Content:
    """Return the text, made safe, with every occurrence of the words marked."""
    content, folded = Content(visible(text)), visible(text).casefold()
    if len(folded) != len(content.plain):  # places in the two do not agree
        return content
    for word in words:
        for found in re.finditer(re.escape(word), folded):
            content = content.stylize("bold underline", *found.span())
    return content


class GoAnywhere(Provider):
    """What the palette finds."""

    async def discover(self) -> Hits:
        """Yield every command, with its key."""
        for name, about, run in self._commands():
            yield DiscoveryHit(name, run, help=about)

    async def search(self, query: str) -> Hits:
        """Yield commands, then whatever the ledger has of that name."""
        words = query.casefold().split()
        for name, about, run in self._commands():
            if _has(words, name):
                yield Hit(0.95, marked(name, words), run, text=name, help=about)
        app = cast("BaseApp", self.app)
        try:
            found = await asyncio.to_thread(goals, app.source, query)
        except RegledgerError as error:
            app.notify_error(error)
            return
        for goal in found:
            name = visible(goal.name)
            go = _going(app, goal.to)
            yield Hit(goal.rank, marked(goal.name, words), go, text=name, help=visible(goal.about))

    def _commands(self) -> Iterator[tuple[str, str, Callable[[], object]]]:
        keys = cast("BaseApp", self.app).user_keys.keymap
        for command in sorted(self.app.get_system_commands(self.screen), key=lambda one: one.title):
            key = key_of(_KEY_NAMES.get(command.title, command.title.lower()), keys)
            about = f"{key}  {command.help}" if key else command.help
            yield command.title, about, command.callback


# Commands whose binding is not called like them.
_KEY_NAMES: Final = {
    "Actor class": "actor",
    "Saved views": "saved",
    "Reload": "refresh",
    "Keys": "help",
    "Theme": "",
}


def _going(app: BaseApp, to: Destination) -> Callable[[], None]:
    return lambda: app.go_to(to)
