"""The application as its screens know it: one ledger, where it is looked at from, and its log.

A second thread looks every second whether the log has grown; :attr:`BaseApp.log_state` says what
it found. :mod:`tui.app` adds the screens and the way from one to another.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final, TypeVar

from textual import events
from textual.filter import LineFilter, NoColor
from textual.reactive import reactive
from textual.screen import Screen
from textual.worker import get_current_worker

from ledger import api
from ledger.errors import InputError, RegledgerError
from ledger.text import visible
from tui import keymap, preferences, themes
from tui.app_config import AppConfig
from tui.last_verified import recall
from tui.ledger_source import LedgerSource
from tui.log_health import LogState
from tui.navigation import Destination
from tui.query_context import QueryContext
from tui.safe_shutdown import SafeShutdownApp
from tui.unexpected_errors import as_error
from tui.unlocked_keys import UnlockedKeys

T = TypeVar("T")
POLL_S: Final = 1.0


class BaseApp(SafeShutdownApp):
    """The application as far as every screen may use it."""

    context: reactive[QueryContext] = reactive(QueryContext(), init=False)
    log_state: reactive[LogState] = reactive(LogState(), init=False)

    def __init__(self, config: AppConfig) -> None:
        super().__init__()
        self.config = config
        self.source = LedgerSource(config.open)
        self.ledger_name = config.name
        self.ledger_id = ""
        self.simulated = False
        self.painted = False  # whether the first screen was
        self.memory = preferences.UserMemory.read(config.state_directory)
        self.settings = preferences.read_settings(config.config_directory)
        self.user_keys = keymap.read(config.config_directory)
        self.keyring = UnlockedKeys()
        self._polling = False
        self._poll_again = False  # whether the awaited answer may miss what happened since
        for theme in themes.THEMES:
            self.register_theme(theme)
        wanted = self.memory.theme or self.settings.theme or themes.DARK
        if self.no_color:
            wanted = themes.PLAIN
        # Before anything is painted: later, all styles would be worked out a second time.
        self.theme = wanted if wanted in self.available_themes else themes.DARK
        self.set_reactive(
            BaseApp.context, QueryContext(view=self.settings.view, actor=self.settings.actor)
        )

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return what becomes of painted lines: under NO_COLOR they keep their attributes only."""
        return [NoColor()] if self.no_color else super().get_line_filters()

    def on_unmount(self) -> None:
        """Close the ledger."""
        self.source.close()

    async def on_event(self, event: events.Event) -> None:
        """Handle an event as Textual does; a key press keeps the opened keys open."""
        if isinstance(event, events.Key):
            self.keyring.touch()
        await super().on_event(event)

    def lock(self) -> None:
        """Forget the opened keys."""
        held = self.keyring.lock()
        self.notify_text("Keys are locked." if held else "No key was open.")

    def action_refresh_page(self) -> None:
        """Read everything again."""
        self.source.forget_pages()

    def ask_ledger(
        self,
        asker: Screen[Any],
        work: Callable[[LedgerSource], T],
        show: Callable[[T], None],
        fail: Callable[[RegledgerError], None],
        *,
        group: str,
    ) -> None:
        """Run ``work`` in a thread; then call ``show`` with its answer, or ``fail``, in the loop.

        A newer question of the same asker and group takes its place.
        """

        def job() -> None:
            worker = get_current_worker()
            try:
                answer = work(self.source)
            except Exception as error:  # noqa: BLE001  # shown; a trace would end the application
                if not worker.is_cancelled:
                    self.call_from_thread(fail, as_error(error))
                return
            if not worker.is_cancelled:
                self.call_from_thread(show, answer)

        asker.run_worker(job, thread=True, exclusive=True, group=group)

    def go_to(self, destination: Destination) -> None:
        """Open the screen that another one asks for."""
        raise NotImplementedError

    def poll(self) -> None:
        """Ask for the size of the log in a thread; while an answer is awaited, once more after it.

        The awaited answer may have been read before whatever this is asked for.
        """
        if self._polling:
            self._poll_again = True
            return
        self._polling = True
        self.run_worker(self._look, thread=True, group="poll")

    def tick(self) -> None:
        """Poll, unless the last answer is still awaited."""
        if not self._polling:
            self.poll()

    def _polled(self) -> None:
        again, self._polling, self._poll_again = self._poll_again, False, False
        if again:
            self.poll()

    def _look(self) -> None:
        try:
            book, context = self.source.book, self.context
            size, waiting, notes = book.size, book.entries.pending_count(), _notes(book, context)
            about = (book.policy.origin, book.policy.ledger, book.simulated)
            before = self.log_state
            fresh = about[1] != self.ledger_id or size < (before.size or 0)
            recalled = recall(self.config, book, before) if fresh else None
        except Exception as error:  # noqa: BLE001  # shown; a trace would end the application
            self.source.close()
            self._from_thread(self._lost, as_error(error))
        else:
            self._from_thread(self._found, size, waiting, about, recalled)
            self._from_thread(self._noted, context, notes)
        finally:
            self._from_thread(self._polled)

    def _from_thread(self, call: Callable[..., None], *args: object) -> None:
        with suppress(RuntimeError):  # the application is on its way out
            self.call_from_thread(call, *args)

    def _lost(self, error: RegledgerError) -> None:
        self.log_state = replace(self.log_state, lost=error.message)

    def _found(
        self, size: int, waiting: int, about: tuple[str, str, bool], recalled: LogState | None
    ) -> None:
        was = self.ledger_id
        self.ledger_name, self.ledger_id, self.simulated = about
        if recalled is not None and was:  # another file is there now
            self.call_later(self.action_refresh_page)
        self.log_state = replace(recalled or self.log_state, size=size, waiting=waiting, lost="")

    def _noted(self, context: QueryContext, notes: tuple[str, ...]) -> None:
        if context == self.context:
            self.log_state = replace(self.log_state, notes=notes)
        else:  # another context was taken meanwhile
            self.poll()

    def report_faults(self, shown: api.Shown) -> None:
        """Say on every screen what does not hold about an entry that was opened."""
        if shown.faults:
            bad = shown.first_bad_seq
            self.report_broken(-1 if bad is None else bad, shown.faults[0].message)

    def report_broken(self, seq: int, why: str) -> None:
        """Say on every screen that entry ``seq`` does not hold; -1 where it is not known which."""
        now = self.log_state
        first = min((one for one in (now.broken, seq) if one is not None and one >= 0), default=-1)
        bad = now.bad | ({seq} if seq >= 0 else set())
        self.log_state = replace(now, broken=first, bad=bad, why=now.why or why)

    def notify_text(self, words: str, *, severity: str = "information") -> None:
        """Show a text in passing; it may come from anywhere, so it is made safe."""
        self.notify(visible(words), severity=severity, markup=False)  # type: ignore[arg-type]  # Textual's literal

    def notify_error(self, error: RegledgerError) -> None:
        """Show in passing what went wrong and what to do."""
        words = f"{error.message}\n{error.hint}" if error.hint else error.message
        self.notify(visible(words, newline=True), severity="error", markup=False, timeout=12)

    def command_line(self, words: list[str]) -> str:
        """Return the command that shows the same, ready to paste."""
        return shlex.join([*self.config.command, *words])


def _notes(book: api.Ledger, context: QueryContext) -> tuple[str, ...]:
    """Return what to know about answers from there; a context that cannot be read gives none."""
    try:
        return () if context.is_now else book.point(context.as_of, context.known_at).notes
    except InputError:
        return ()
