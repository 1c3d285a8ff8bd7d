"""The application: one ledger, one lens, the screens, and what all of them know.

The first screen is painted before anything of the database is imported; the first worker opens the
ledger. A second thread looks every second whether the log has grown, and tells the screen that is
seen. Changes go through :class:`ledger.Ledger` and nothing else.
"""

from __future__ import annotations

import gc
import shlex
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import events
from textual.app import SystemCommand
from textual.binding import Binding
from textual.reactive import reactive
from textual.screen import Screen

from ledger.domain.resolve.statuses import View
from ledger.errors import InputError, RegledgerError
from ledger.text import visible
from tui import keymap, preferences, themes
from tui.app_config import Launch
from tui.errors import told
from tui.keymap import bind
from tui.keyring import Keyring
from tui.last_verified import recall
from tui.query_context import Lens
from tui.screens.board import BoardPage
from tui.screens.page import Page
from tui.shutdown import Leavable
from tui.source import Source
from tui.widgets.status_line import Standing

if TYPE_CHECKING:
    from ledger.api.ledger import Ledger
    from ledger.api.results import Shown

POLL_S: Final = 1.0
MAIN: Final = ("board", "history", "diff", "review", "integrity", "calendar")


class RegledgerApp(Leavable):
    """The terminal application over one ledger."""

    TITLE = "regledger"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]  # narrower than Textual's
        bind("help", "help", show=True),
        bind("back", "back", show=True),
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

    lens: reactive[Lens] = reactive(Lens(), init=False)
    standing: reactive[Standing] = reactive(Standing(), init=False)

    def __init__(self, launch: Launch) -> None:
        super().__init__()
        self.launch = launch
        self.source = Source(launch.open)
        self.ledger_name = launch.name
        self.ledger_id = ""
        self.simulated = False
        self.painted = False  # whether the first screen was
        self.memory = preferences.Memory.read(launch.state or preferences.state_directory())
        self._settings = preferences.read_settings(launch.config or preferences.config_directory())
        self._keys = keymap.read(launch.config or preferences.config_directory())
        self.keyring = Keyring()
        self._trail: list[str] = []
        self._polling = False
        self._poll_again = False  # whether the awaited answer may miss what happened since
        for theme in themes.THEMES:
            self.register_theme(theme)
        wanted = self.memory.theme or self._settings.theme or themes.DARK
        # Before anything is painted: later, all styles would be worked out a second time.
        self.theme = wanted if wanted in self.available_themes else themes.DARK
        self.set_reactive(
            RegledgerApp.lens, Lens(view=self._settings.view, actor=self._settings.actor)
        )

    def on_mount(self) -> None:
        """Dress up, and start to look whether the log grows."""
        self.set_keymap(self._keys.keymap)
        for problem in (*self._settings.problems, *self._keys.problems):
            self.tell(problem, severity="warning")
        self.set_interval(POLL_S, self.keyring.expire)
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        """Open the ledger, now that something is seen: its imports would hold up the painting."""
        gc.enable()  # whoever started us may have put it off until now
        self.painted = True
        self.set_interval(POLL_S, self._tick)
        self.poll()
        if isinstance(self.screen, Page):
            self.screen.freshen()

    def on_unmount(self) -> None:
        """Give back the database."""
        self.source.close()

    async def on_event(self, event: events.Event) -> None:
        """As Textual does; besides, a key press shows that somebody is there."""
        if isinstance(event, events.Key):
            self.keyring.touch()
        await super().on_event(event)

    def lock(self) -> None:
        """Let go of the opened keys."""
        held = self.keyring.lock()
        self.tell("Keys are locked." if held else "No key was open.")

    # --- what happens to the ledger --------------------------------------------------------------

    def poll(self) -> None:
        """Ask for the size of the log in a thread; while an answer is awaited, once more after it.

        The awaited answer may have been read before whatever this is asked for.
        """
        if self._polling:
            self._poll_again = True
            return
        self._polling = True
        self.run_worker(self._look, thread=True, group="poll")

    def _tick(self) -> None:
        """Ask once in a while, unless the last answer is still awaited."""
        if not self._polling:
            self.poll()

    def _polled(self) -> None:
        again, self._polling, self._poll_again = self._poll_again, False, False
        if again:
            self.poll()

    def _look(self) -> None:
        try:
            book, lens = self.source.book, self.lens
            size, waiting, notes = book.size, book.entries.pending_count(), _notes(book, lens)
            about = (book.policy.origin, book.policy.ledger, book.simulated)
            before = self.standing
            fresh = about[1] != self.ledger_id or size < (before.size or 0)
            recalled = recall(self.launch, book, before) if fresh else None
        except Exception as error:  # noqa: BLE001  # told; a trace would end the application
            self.source.close()
            self._from_thread(self._lost, told(error))
        else:
            self._from_thread(self._found, size, waiting, about, recalled)
            self._from_thread(self._noted, lens, notes)
        finally:
            self._from_thread(self._polled)

    def _from_thread(self, call: Callable[..., None], *args: object) -> None:
        with suppress(RuntimeError):  # the application is on its way out
            self.call_from_thread(call, *args)

    def _lost(self, error: RegledgerError) -> None:
        self.standing = replace(self.standing, lost=error.message)

    def _found(
        self, size: int, waiting: int, about: tuple[str, str, bool], recalled: Standing | None
    ) -> None:
        was = self.ledger_id
        self.ledger_name, self.ledger_id, self.simulated = about
        if recalled is not None and was:  # another file is there now: all is read anew
            self.call_later(self.action_refresh_page)
        self.standing = replace(recalled or self.standing, size=size, waiting=waiting, lost="")

    def found_faults(self, shown: Shown) -> None:
        """Say on every screen what does not hold about an entry that was opened."""
        if shown.faults:
            bad = shown.first_bad_seq
            self.found_broken(-1 if bad is None else bad, shown.faults[0].message)

    def found_broken(self, seq: int, why: str) -> None:
        """Say on every screen that entry ``seq`` does not hold; -1 where it is not known which."""
        now = self.standing
        first = min((one for one in (now.broken, seq) if one is not None and one >= 0), default=-1)
        bad = now.bad | ({seq} if seq >= 0 else set())
        self.standing = replace(now, broken=first, bad=bad, why=now.why or why)

    def _noted(self, lens: Lens, notes: tuple[str, ...]) -> None:
        if lens == self.lens:
            self.standing = replace(self.standing, notes=notes)
        else:  # another lens was taken meanwhile
            self.poll()

    def watch_standing(self, old: Standing, new: Standing) -> None:
        """Tell the screen that is seen; the others catch up when they are."""
        if old != new:
            self.source.forget_pages() if old.waiting != new.waiting else None
            for screen in self.screen_stack:
                if isinstance(screen, Page) and screen.is_current:
                    screen.standing_changed(old)

    def watch_lens(self, old: Lens, new: Lens) -> None:
        """Look from elsewhere."""
        screen = self.screen
        if old == new:
            return
        self.standing = replace(self.standing, notes=())
        self.poll() if self.painted else None
        if isinstance(screen, Page):
            screen.dress()
            screen.freshen()

    # --- going about -----------------------------------------------------------------------------

    def action_page(self, name: str) -> None:
        """Go to a main screen; each keeps what was opened on it."""
        if name == self.current_mode:
            while len(self.screen_stack) > 1 and not self._held(partial(self.action_page, name)):
                self.pop_screen()
            return
        self._trail.append(self.current_mode)
        self.switch_mode(name)

    async def action_back(self) -> None:
        """Close what was opened last; on a main screen go back to the one before; then quit."""
        if len(self.screen_stack) > 1:
            if not self._held(self.pop_screen):
                self.pop_screen()
        elif self.current_mode != "board":
            self.switch_mode(self._trail.pop() if self._trail else "board")
        else:
            self.leave()

    async def action_quit(self) -> None:
        """Leave, unless something typed would be lost."""
        self.leave()

    def leave(self) -> None:
        """Leave; where something typed would be lost, ask first, wherever it was typed."""
        stacks = self._screen_stacks.values()
        pages = [screen for stack in stacks for screen in stack if isinstance(screen, Page)]
        if not any(page.hold(self.leave) for page in pages):
            self.exit()

    def _held(self, go: Callable[[], object]) -> bool:
        """Whether the screen that is seen asks before it is left; ``go`` is then called later."""
        return isinstance(self.screen, Page) and self.screen.hold(go)

    def action_refresh_page(self) -> None:
        """Read everything anew."""
        self.source.forget_pages()
        if isinstance(self.screen, Page):
            self.screen.freshen(anyway=True)

    def action_now(self) -> None:
        """Come back to now."""
        self.lens = self.lens.now()

    def action_view(self) -> None:
        """Look the other way: by all that was said, or by norms alone."""
        other: View = "prudential" if self.lens.view == "normative" else "normative"
        self.lens = replace(self.lens, view=other)

    def action_theme(self) -> None:
        """Take the next theme, and remember it."""
        at = themes.CYCLE.index(self.theme) if self.theme in themes.CYCLE else -1
        self.theme = themes.CYCLE[(at + 1) % len(themes.CYCLE)]
        self.memory.keep_theme(self.theme)
        self.tell(f"theme: {self.theme}")

    def action_copy(self) -> None:
        """Copy what the screen is about."""
        if isinstance(self.screen, Page):
            text = self.screen.copied()
            if text:
                self.copy_to_clipboard(text)
                self.tell(f"copied {len(text)} characters")

    def action_time(self) -> None:
        """Choose another time."""
        from tui.dialogs.time import TimeDialog

        self.push_screen(TimeDialog(self.lens), self._take_lens)

    def action_actor(self) -> None:
        """Choose another actor class."""
        from tui.dialogs.choose import ActorDialog

        self.push_screen(ActorDialog(self.lens), self._take_lens)

    def action_saved(self) -> None:
        """Choose or keep a saved view."""
        from tui.dialogs.choose import SavedDialog

        self.push_screen(SavedDialog(self.lens), self._take_lens)

    def action_search(self) -> None:
        """Search: the history is where everything can be found."""
        from tui.screens.history import HistoryPage

        self.action_page("history")
        screen = self.screen
        if isinstance(screen, HistoryPage):
            screen.call_after_refresh(screen.action_ask, "search")

    def action_export(self) -> None:
        """Write what is shown to a file, or show the command that does."""
        from tui.dialogs.export import ExportDialog

        if isinstance(self.screen, Page):
            self.push_screen(ExportDialog(self.screen))

    def action_help(self) -> None:
        """Show every key."""
        from tui.screens.help import HelpScreen

        self.push_screen(HelpScreen())

    def action_record(self) -> None:
        """Record a claim."""
        from tui.screens.record import RecordPage

        self.push_screen(RecordPage())

    def open_cell(self, jurisdiction: str, activity: str) -> None:
        """Open a cell above what is shown."""
        from tui.screens.cell import CellPage

        self.push_screen(CellPage(jurisdiction, activity))

    def open_entry(self, seq: int) -> None:
        """Open an entry above what is shown."""
        from tui.screens.entry import EntryPage

        self.push_screen(EntryPage(seq))

    def _take_lens(self, lens: Lens | None) -> None:
        if lens is not None:
            self.lens = lens

    @property
    def user_keys(self) -> Mapping[str, str]:
        """The keys that the user changed, by binding id."""
        return self._keys.keymap

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Everything a key does, in the palette (ctrl+p), with Textual's own commands."""
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
        for title, words, action in actions:
            yield SystemCommand(title, words, action)

    # --- words -----------------------------------------------------------------------------------

    def tell(self, words: str, *, severity: str = "information") -> None:
        """Say something in passing. The words may be anybody's."""
        self.notify(visible(words), severity=severity, markup=False)  # type: ignore[arg-type]  # Textual's literal

    def complain(self, error: RegledgerError) -> None:
        """Say what went wrong and what to do."""
        words = f"{error.message}\n{error.hint}" if error.hint else error.message
        self.notify(visible(words, newline=True), severity="error", markup=False, timeout=12)

    def command_line(self, words: list[str]) -> str:
        """The command that shows the same, ready to paste."""
        return shlex.join([*self.launch.command, *words])


def _notes(book: Ledger, lens: Lens) -> tuple[str, ...]:
    """What to know about answers from there; a lens that cannot be read gives none."""
    try:
        return () if lens.is_now else book.point(lens.as_of, lens.known_at).notes
    except InputError:
        return ()


def _page(name: str) -> Screen[Any]:
    """Make a main screen; all but the board are imported when first seen."""
    if name == "board":
        return BoardPage()
    from importlib import import_module

    module = import_module(f"tui.screens.{name}")
    made: Screen[Any] = getattr(module, f"{name.capitalize()}Page")()
    return made


def run(launch: Launch) -> None:
    """Run the application until it is left."""
    RegledgerApp(launch).run()
