"""The application: its screens, and the way from one to another.

The first screen is painted before anything of the database is imported; the first worker opens the
ledger. Screens ask for each other through :mod:`tui.navigation`.
"""

import gc
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import Any, ClassVar, Final

from textual.app import SystemCommand
from textual.binding import Binding
from textual.command import Provider
from textual.screen import Screen

from ledger.domain.resolve.status_values import View
from ledger.text import shorten
from tui import themes
from tui.app_config import AppConfig
from tui.base_app import POLL_S, BaseApp
from tui.keymap import bind
from tui.log_health import LogState
from tui.navigation import (
    Destination,
    OpenCell,
    OpenComparison,
    OpenCorrection,
    OpenDiff,
    OpenEntry,
    ShowOnBoard,
)
from tui.query_context import QueryContext
from tui.screens.base_page import Page
from tui.screens.board import BoardPage

_FIRST: Final = 60  # cells of the line that says what was copied
MAIN: Final = ("board", "history", "diff", "review", "integrity", "calendar")


def _palette() -> type[Provider]:
    """Return what the palette asks; imported when it is first opened."""
    from tui.go_anywhere import GoAnywhere

    return GoAnywhere


class RegledgerApp(BaseApp):
    """The terminal application over one ledger."""

    TITLE = "regledger"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS = {_palette}  # noqa: RUF012  # declared by Textual
    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]  # narrower than Textual's
        bind("help", "help", show=True),
        bind("back", "back", show=True),
        replace(bind("peel", "peel", show=True), description="Back"),
        bind("board", "page('board')", show=True),
        bind("history", "page('history')", show=True),
        bind("diff", "page('diff')", show=True),
        bind("review", "page('review')", show=True),
        bind("record", "record", show=True),
        bind("time", "time", show=True),
        bind("integrity", "page('integrity')", show=True),
        bind("calendar", "page('calendar')", show=True),
        bind("now", "now"),
        bind("view", "view"),
        bind("actor", "actor"),
        bind("copy", "copy"),
        bind("export", "export"),
        bind("saved", "saved"),
        bind("search", "search"),
        bind("theme", "theme"),
        bind("refresh", "refresh_page"),
        bind("quit", "quit"),
    ]
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        name: lambda name=name: _page(name)  # type: ignore[misc]  # bound now, called later
        for name in MAIN
    }
    DEFAULT_MODE = "board"

    def __init__(self, config: AppConfig) -> None:
        super().__init__(config)
        self._trail: list[str] = []  # main screens to go back to

    def on_mount(self) -> None:
        """Set the user's keys, report their mistakes, and start once the first screen is seen."""
        self.set_keymap(self.user_keys.keymap)
        for problem in (*self.settings.problems, *self.user_keys.problems):
            self.notify_text(problem, severity="warning")
        self.set_interval(POLL_S, self.keyring.expire)
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        """Open the ledger, now that something is seen: its imports would hold up the painting."""
        gc.enable()  # the command may have put it off until now
        self.painted = True
        self.set_interval(POLL_S, self.tick)
        self.poll()
        if isinstance(self.screen, Page):
            self.screen.reload()

    def watch_log_state(self, old: LogState, new: LogState) -> None:
        """Tell the screen that is seen; the others catch up when they are."""
        if old != new:
            self.source.forget_pages() if old.waiting != new.waiting else None
            for screen in self.screen_stack:
                if isinstance(screen, Page) and screen.is_current:
                    screen.log_state_changed(old)

    def watch_context(self, old: QueryContext, new: QueryContext) -> None:
        """Look from elsewhere."""
        screen = self.screen
        if old == new:
            return
        self.log_state = replace(self.log_state, notes=())
        self.poll() if self.painted else None
        if isinstance(screen, Page):
            screen.refresh_header()
            screen.reload()

    def action_page(self, name: str) -> None:
        """Go to a main screen; each but the board keeps what was opened on it."""
        if name != self.current_mode:
            self._trail.append(self.current_mode)
            self.switch_mode(name)
            if name != "board":  # the key of the board leads to the board
                return
        again = partial(self.action_page, name)
        while len(self.screen_stack) > 1 and not self._must_wait(again):
            self.pop_screen()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether an action is offered: read-only, nothing is that ends in a signature."""
        if action == "record" and not self.config.can_sign:
            return False
        return super().check_action(action, parameters)

    async def action_back(self) -> None:
        """Close what was opened last; on a main screen go back to the one before; then quit."""
        if len(self.screen_stack) > 1:
            if not self._must_wait(self.pop_screen):
                self.pop_screen()
        elif self.current_mode != "board":
            self.switch_mode(self._trail.pop() if self._trail else "board")
        else:
            self.leave()

    async def action_peel(self) -> None:
        """Take off what was put on last; with nothing on, go back; never leave."""
        screen = self.screen
        if isinstance(screen, Page) and screen.peel():
            return
        if len(self.screen_stack) > 1 or self.current_mode != "board":
            await self.action_back()
        else:
            self.notify_text("q leaves the application")

    async def action_quit(self) -> None:
        """Leave, unless something typed would be lost."""
        self.leave()

    def leave(self) -> None:
        """Leave; where something typed would be lost, ask first, wherever it was typed."""
        stacks = self._screen_stacks.values()
        pages = [screen for stack in stacks for screen in stack if isinstance(screen, Page)]
        if not any(page.ask_before_leaving(self.leave) for page in pages):
            self.exit()

    def _must_wait(self, go: Callable[[], object]) -> bool:
        """Return whether the screen asks before it is left; it then calls ``go`` later."""
        return isinstance(self.screen, Page) and self.screen.ask_before_leaving(go)

    def action_refresh_page(self) -> None:
        """Read everything again."""
        self.source.forget_pages()
        if isinstance(self.screen, Page):
            self.screen.reload(anyway=True)

    def action_now(self) -> None:
        """Come back to now."""
        self.context = self.context.now()

    def action_view(self) -> None:
        """Look the other way: by all that was said, or by norms alone."""
        other: View = "prudential" if self.context.view == "normative" else "normative"
        self.context = replace(self.context, view=other)

    def action_theme(self) -> None:
        """Take the next theme, and remember it."""
        if self.no_color:
            self.notify_text("NO_COLOR is set: every theme would look the same")
            return
        at = themes.CYCLE.index(self.theme) if self.theme in themes.CYCLE else -1
        self.theme = themes.CYCLE[(at + 1) % len(themes.CYCLE)]
        self.memory.keep_theme(self.theme)
        self.notify_text(f"theme: {self.theme}")

    def action_copy(self) -> None:
        """Copy what the screen is about."""
        if isinstance(self.screen, Page):
            text = self.screen.copied()
            if text:
                self.copy_to_clipboard(text)
                first = shorten(text.partition("\n")[0], _FIRST)
                self.notify_text(f"copied {len(text):,} characters: {first}")

    def action_time(self) -> None:
        """Choose another time."""
        from tui.dialogs.time_travel import TimeDialog

        self.push_screen(TimeDialog(self.context), self._take_context)

    def action_actor(self) -> None:
        """Choose another actor class."""
        from tui.dialogs.choice_dialogs import ActorDialog

        self.push_screen(ActorDialog(self.context), self._take_context)

    def action_saved(self) -> None:
        """Choose or keep a saved view."""
        from tui.dialogs.choice_dialogs import SavedDialog

        self.push_screen(SavedDialog(self.context), self._take_context)

    def action_search(self) -> None:
        """Ask where to go: to a cell, an activity, a place, a claim, an entry or a command."""
        self.action_command_palette()

    def action_command_palette(self) -> None:
        """Open the palette; its line says what may be typed."""
        from textual.command import CommandPalette

        words = "a place, an activity, both, a claim, @42, a command"
        self.push_screen(CommandPalette(placeholder=words))

    def action_export(self) -> None:
        """Write what is shown to a file, or show the command that does."""
        from tui.dialogs.export import ExportDialog

        if isinstance(self.screen, Page):
            self.push_screen(ExportDialog(self.screen))

    def action_help(self) -> None:
        """Show every key, those of this screen first."""
        from tui.dialogs.help import HelpDialog

        screen = self.screen
        self.push_screen(HelpDialog(screen.keys_of if isinstance(screen, Page) else ()))

    def action_record(self) -> None:
        """Record a claim."""
        from tui.screens.record import RecordPage

        self.push_screen(RecordPage())

    def _take_context(self, context: QueryContext | None) -> None:
        if context is not None:
            self.context = context

    def go_to(self, destination: Destination) -> None:
        """Open the screen that another one asks for."""
        match destination:
            case OpenCell(jurisdiction, activity, actor):
                from tui.screens.cell import CellPage

                if actor is not None:
                    self.context = replace(self.context, actor=actor)
                self.push_screen(CellPage(jurisdiction, activity))
            case OpenEntry(seq):
                from tui.screens.entry import EntryPage

                self.push_screen(EntryPage(seq))
            case OpenCorrection(claim):
                from tui.screens.correct import CorrectPage

                self.push_screen(CorrectPage(claim))
            case ShowOnBoard(jurisdiction, activity):
                self.action_page("board")
                if isinstance(self.screen, BoardPage):
                    self.screen.show_place(jurisdiction, activity)
            case OpenComparison(jurisdiction, activity):
                from tui.screens.comparison import ComparisonPage

                self.push_screen(ComparisonPage(jurisdiction, activity))
            case OpenDiff(points):
                from tui.screens.diff import DiffPage

                self.action_page("diff")
                if points is not None and isinstance(self.screen, DiffPage):
                    self.screen.compare(*points)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Yield everything a key does, in the palette (ctrl+p), with Textual's own commands."""
        del screen
        actions: list[tuple[str, str, Callable[[], object]]] = [
            (name.capitalize(), f"Go to the {name} screen", partial(self.action_page, name))
            for name in MAIN
        ]
        actions += [
            ("Record", "Record a claim", self.action_record),
            ("Time", "Look from another day, or with what was known then", self.action_time),
            ("Now", "Come back to today and to all that is known", self.action_now),
            (
                "View",
                "Prudential or normative: with or without what was only said",
                self.action_view,
            ),
            ("Actor class", "For whom: banks, exchanges, anybody", self.action_actor),
            ("Saved views", "Keep this view under a name, or go to one", self.action_saved),
            ("Copy", "Copy what the screen is about", self.action_copy),
            ("Export", "Write it to a file; the command that does the same", self.action_export),
            ("Reload", "Read everything anew", self.action_refresh_page),
            ("Keys", "Every key, and what the signs mean", self.action_help),
            ("Theme", "Choose among all themes", self.action_change_theme),
            ("Lock", "Forget the keys that passphrases opened", self.lock),
            ("Quit", "Leave", self.leave),
        ]
        signing = () if self.config.can_sign else ("Record", "Lock")
        for title, words, action in actions:
            if title in signing:
                continue
            yield SystemCommand(title, words, action)


def _page(name: str) -> Screen[Any]:
    """Make a main screen; all but the board are imported when first seen."""
    if name == "board":
        return BoardPage()

    module = import_module(f"tui.screens.{name}")
    made: Screen[Any] = getattr(module, f"{name.capitalize()}Page")()
    return made


def run(config: AppConfig) -> None:
    """Run the application until it is left."""
    RegledgerApp(config).run()
