"""The base of all screens: title, loading in workers, errors on the page, its command.

A page asks the source in a thread (:meth:`Page.ask`) and shows the answer when it comes. It asks
again when the :class:`~tui.query_context.QueryContext` changes or the log has grown, and keeps its
cursor. A page that is not seen asks nothing; it catches up when it is seen again.
"""

from collections.abc import Callable, Iterable
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from ledger.errors import NotVerified, RegledgerError
from tui.base_app import BaseApp
from tui.ledger_source import LedgerSource
from tui.log_health import LogState
from tui.query_context import QueryContext
from tui.text.styles import lines, styled
from tui.widgets.banner import Banner
from tui.widgets.key_line import KeyLine
from tui.widgets.status_line import StatusLine
from tui.widgets.virtual_lines import Lines

T = TypeVar("T")
TOO_SMALL = (
    "This terminal is too small for the board and its details: 60 columns and 15 lines, please."
)


class Page(Screen[None]):
    """A full screen. Subclasses give ``title``, :meth:`body`, :meth:`load` and :meth:`command`."""

    app: BaseApp  # these screens run in no other application
    heading: ClassVar[str] = ""
    follows: ClassVar[bool] = True  # whether it loads again when the log has grown
    signs: ClassVar[frozenset[str]] = frozenset()  # actions that end in a signature
    BINDINGS: ClassVar[list[Binding]] = []  # type: ignore[assignment]  # narrower than Textual's
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012  # declared by Textual
        (0, "-tiny"),
        (60, "-narrow"),
        (100, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (15, "-tall")]  # noqa: RUF012  # declared by Textual

    def __init__(self) -> None:
        super().__init__()
        self._shown_for: tuple[QueryContext, int | None] | None = None
        self.remarks: tuple[str, ...] = ()  # what to know about the points of this page
        self._note = ""
        self._failures = 0  # how often a question of this page could not be answered

    def body(self) -> Iterable[Widget]:
        """Return the widgets between the banner and the status line."""
        raise NotImplementedError

    def load(self) -> None:
        """Ask for what is shown, with :meth:`ask`. Called whenever it may be another answer."""
        raise NotImplementedError

    def command(self) -> list[str]:
        """Return the words after ``regledger`` that show the same, unquoted."""
        raise NotImplementedError

    def copied(self) -> str:
        """Return what ``y`` copies: plain text, made safe."""
        return ""

    def exported(self) -> str:
        """Return what is written to a file: what the command shows, as far as it is shown here."""
        texts = [one.text for one in self.query(Lines) if one.display and one.count]
        return "\n\n".join(texts) or self.copied()

    def ask_before_leaving(self, go: Callable[[], object]) -> bool:
        """Return whether leaving must wait, as something typed would be lost.

        Then the page asks, and calls ``go`` once that was said to be fine.
        """
        del go
        return False

    @property
    def keys_of(self) -> tuple[str, ...]:
        """Return the places in the table of keys whose keys hold here, nearest first."""
        return (self.heading.lower(), "lists")

    def peel(self) -> bool:
        """Take off what was put on last: a mark, a filter, a pane. Return whether there was any."""
        panes = self.query(".beside:focus, .beside:focus-within")
        if not panes:
            return False
        home = self.query(Lines).exclude(".beside").exclude(".beside Lines")
        for one in home.results(Lines):
            if one.display:
                one.focus()
                return True
        return False

    def compose(self) -> ComposeResult:
        """Yield banner, body, error box, status line and keys; and a note for a tiny terminal."""
        yield Banner()
        yield Static("", id="trouble", markup=False)
        yield from self.body()
        yield StatusLine()
        yield KeyLine()
        yield Static(TOO_SMALL, id="too-small", markup=False)

    def on_mount(self) -> None:
        """Paint what is known before anything was read, and say of the rest that it is read."""
        for toasts in self.query("#textual-toastrack"):  # below the page, not over it
            self.move_child(toasts, after=self.query_one(StatusLine))
        self._tell_reading(reading=True)
        self.refresh_header()

    def on_screen_resume(self) -> None:
        """Catch up with what happened while another screen was seen."""
        self.refresh_header()
        if self.app.painted:
            self.reload()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether an action is offered; read-only, nothing is that signs."""
        if action in self.signs and not self.app.config.can_sign:
            return False
        return super().check_action(action, parameters)

    def refresh_header(self) -> None:
        """Show banner and status line as things stand."""
        if not self.is_mounted or not self.query(StatusLine):  # not there yet, or not any more
            return
        app = self.app
        self.query_one(Banner).show(
            self.heading, app.context, ledger=app.ledger_name, simulated=app.simulated
        )
        notes = dict.fromkeys((*app.log_state.notes, *self.remarks))
        self.query_one(Banner).remark(tuple(notes))
        self.query_one(StatusLine).show(app.log_state, self._note)

    def note(self, words: str) -> None:
        """Say something short in the status line."""
        self._note = words
        for line in self.query(StatusLine):  # none while it is being taken down
            line.show(self.app.log_state, words)

    def reload(self, *, anyway: bool = False) -> None:
        """Load again if the context or the log is another than what is shown."""
        wanted = (self.app.context, self.app.log_state.size if self.follows else None)
        if not self.is_mounted:
            return  # it will, as soon as it is seen
        if anyway or self._shown_for != wanted:
            self._shown_for = wanted
            self.load()

    def log_state_changed(self, before: LogState) -> None:
        """Show that the log has grown, was verified, was lost or found."""
        del before
        self.refresh_header()
        if not self.app.log_state.lost:
            self.reload()

    def ask(
        self, work: Callable[[LedgerSource], T], show: Callable[[T], None], *, group: str = "load"
    ) -> None:
        """Run ``work`` in a thread and ``show`` its answer here; a newer question replaces it."""
        failures = self._failures

        def shown(answer: T) -> None:
            self._show(show, answer, after=failures)

        self.app.ask_ledger(self, work, shown, self.show_error, group=group)

    def _tell_reading(self, *, reading: bool) -> None:
        for pane in self.query(Lines):
            pane.reading = reading

    def _show(self, show: Callable[[T], None], answer: T, *, after: int) -> None:
        if self.is_mounted and self.query("#trouble"):  # else it is being taken down
            if after == self._failures:  # an answer asked for before a failure does not hide it
                self.query_one("#trouble", Static).display = False
            self._tell_reading(reading=False)
            show(answer)

    def show_error(self, error: RegledgerError) -> None:
        """Show a ledger error where it belongs: on this page, with what to do."""
        self._shown_for = None  # what is shown is not what was asked for
        self._failures += 1
        if not self.is_mounted:
            return
        self._tell_reading(reading=False)
        box = self.query_one("#trouble", Static)
        broken = isinstance(error, NotVerified) and error.seq is not None
        box.set_class(broken, "-alarm")
        words = f"✖ NOT VERIFIED: {error.message}" if broken else error.message
        box.update(lines(styled(words, "bold" if broken else "bold $error"), error.hint or ""))
        box.display = True
        if isinstance(error, NotVerified) and error.seq is not None:
            self.app.report_broken(error.seq, error.message)
