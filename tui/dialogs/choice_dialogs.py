"""Dialogs that choose an actor class, and that keep and choose saved views."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, get_args

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, Static

from ledger.domain.resolve.status_values import View
from tui.dialogs.modal import Modal
from tui.keymap import bind
from tui.ledger_source import LedgerSource
from tui.query_context import ANY, QueryContext
from tui.text.styled_pieces import Piece
from tui.text.styles import fit, lines, styled, width
from tui.widgets.inputs import SafeInput
from tui.widgets.virtual_lines import Lines


@dataclass(frozen=True, slots=True)
class Choice:
    """A line to choose: what it stands for, and words beside it."""

    value: str
    words: str


class Choices(Lines):
    """A short list; Enter or a click chooses."""

    DEFAULT_CSS = """
    Choices { height: auto; min-height: 1; max-height: 14; background: $surface; margin: 1 0; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.choices: Sequence[Choice] = ()

    def put(self, choices: Sequence[Choice], *, at: str = "") -> None:
        """Show choices; the cursor goes to the one of this value, else to the first."""
        self.choices = choices
        self.set_count(len(choices))
        self.styles.height = max(1, min(14, len(choices)))
        self.cursor = next((n for n, c in enumerate(choices) if c.value == at), 0)
        self.refresh(layout=True)

    @property
    def chosen(self) -> Choice | None:
        """Return the choice under the cursor."""
        return self.choices[self.cursor] if self.cursor < len(self.choices) else None

    def line(self, number: int, width_: int) -> Iterable[Piece]:
        """Yield the value, and the words after it."""
        one = self.choices[number]
        left = min(max((width(c.value) for c in self.choices), default=8), width_ * 2 // 5, 32)
        yield f" {fit(one.value, left)}  ", "key"
        yield fit(one.words, max(1, width_ - left - 3)), ""


class ActorDialog(Modal[QueryContext | None]):
    """For whom: everybody, a class of actors, or one organisation. Typing narrows the list."""

    BINDINGS: ClassVar[list[Binding]] = [
        bind("cursor-up", "move(-1)"),
        bind("cursor-down", "move(1)"),
        bind("page-up", "move(-10)"),
        bind("page-down", "move(10)"),
    ]

    def __init__(self, context: QueryContext) -> None:
        super().__init__()
        self._chosen_context = context
        self._all: Sequence[Choice] = ()

    def compose(self) -> ComposeResult:
        """Yield an input, the list, and what the keys do."""
        with Vertical(classes="box"):
            yield Static("For whom?", classes="title", markup=False)
            yield SafeInput(placeholder="type to narrow", compact=True, id="narrow")
            yield Choices()
            yield Static("", id="problem", markup=False)
            yield Static("enter chooses  esc leaves all as it is", classes="label", markup=False)

    def on_mount(self) -> None:
        """Ask for the classes and the organisations."""
        self.query_one(Input).focus()
        self.ask(_actors, self._known)

    def _known(self, found: Sequence[Choice]) -> None:
        self._all = found
        self._narrow(self.query_one(Input).value)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._narrow(event.value)

    def _narrow(self, text: str) -> None:
        words = text.casefold().split()
        fitting = [
            c for c in self._all if all(w in f"{c.value} {c.words}".casefold() for w in words)
        ]
        here = self.query_one(Choices)
        here.put(fitting, at="" if words else self._chosen_context.actor)
        problem = self.query_one("#problem", Static)
        problem.display = bool(self._all) and not fitting
        if problem.display:
            problem.update("Nobody is called that. Take back a letter or two.")

    def action_move(self, by: int) -> None:
        """Move in the list while typing."""
        here = self.query_one(Choices)
        here.cursor += by

    @on(Input.Submitted)
    @on(Lines.Opened)
    def _take(self) -> None:
        chosen = self.query_one(Choices).chosen
        if chosen is not None:
            self.dismiss(replace(self._chosen_context, actor=chosen.value))


class SavedDialog(Modal[QueryContext | None]):
    """Saved views: choose one, keep this one under a name, delete one."""

    BINDINGS: ClassVar[list[Binding]] = [bind("forget", "forget")]

    def __init__(self, context: QueryContext) -> None:
        super().__init__()
        self._chosen_context = context

    def compose(self) -> ComposeResult:
        """Yield the list, an input for a name, and what the keys do."""
        with Vertical(classes="box"):
            yield Static("Saved views", classes="title", markup=False)
            yield Static("", id="none", classes="label", markup=False)
            yield Choices()
            yield Static(
                lines(f"Keep this one ({context_words(self._chosen_context)}) as:"), classes="label"
            )
            yield SafeInput(placeholder="a name", compact=True, max_length=60, id="name")
            yield Static("", id="problem", markup=False)
            yield Static(
                "enter takes or keeps  tab changes between list and name  x deletes  esc leaves",
                classes="label",
                markup=False,
            )

    def on_mount(self) -> None:
        """Show what is kept."""
        self._fill()
        self.query_one(Choices if self.app.memory.views else Input).focus()

    def _fill(self) -> None:
        memory = self.app.memory
        kept = [Choice(name, _kept(memory.saved(name))) for name in sorted(memory.views)]
        here = self.query_one(Choices)
        here.put(kept)
        here.display = bool(kept)
        nothing = self.query_one("#none", Static)
        nothing.update("None is kept yet: give this one a name.")
        nothing.display = not kept

    @on(Lines.Opened)
    def _take(self) -> None:
        chosen = self.query_one(Choices).chosen
        context = self.app.memory.saved(chosen.value) if chosen is not None else None
        if usable(context):
            self.dismiss(context)
        else:
            self._show_problem("This one cannot be read any more. Delete it with x.")

    @on(Input.Submitted)
    def _keep(self, event: Input.Submitted) -> None:
        name = " ".join(event.value.split())
        if not name:
            self._show_problem("Give it a name first.")
            return
        word = "replaced" if name in self.app.memory.views else "kept"
        self.app.memory.save_view(name, self._chosen_context)
        self.app.notify_text(f"{word}: {name}")
        self.dismiss(None)

    def action_forget(self) -> None:
        """Delete the view under the cursor."""
        chosen = self.query_one(Choices).chosen
        if chosen is None or not self.query_one(Choices).has_focus:
            return
        self.app.memory.forget_view(chosen.value)
        self.app.notify_text(f"deleted: {chosen.value}")
        self._fill()
        if not self.app.memory.views:
            self.query_one(Input).focus()

    def _show_problem(self, words: str) -> None:
        problem = self.query_one("#problem", Static)
        problem.update(styled(words, "bold $error"))
        problem.display = True


def _actors(source: LedgerSource) -> Sequence[Choice]:
    """Return everybody, the classes, and the organisations the ledger knows."""
    taxonomy = source.book.taxonomy
    classes = sorted(taxonomy.actor_classes.values(), key=lambda c: (c.id != ANY, c.id))
    found = [Choice(c.id, c.name) for c in classes]
    if all(choice.value != ANY for choice in found):
        found.insert(0, Choice(ANY, "Anybody"))
    return [*found, *(Choice(f"org:{b.id}", b.name) for b in taxonomy.bodies.values())]


def context_words(context: QueryContext) -> str:
    """Return a context in a few words."""
    parts = [
        f"as of {context.as_of}" if context.as_of else "",
        f"known at {context.known_at}" if context.known_at else "",
        f"for {context.actor}" if context.actor != ANY else "",
        f"{context.view} view" if context.view != "prudential" else "",
    ]
    return ", ".join(part for part in parts if part) or "now, for anybody"


def usable(context: QueryContext | None) -> bool:
    """Return whether what was read from the memory file is a context at all; people edit files."""
    if context is None or context.view not in get_args(View) or not isinstance(context.actor, str):
        return False
    return all(one is None or isinstance(one, str) for one in (context.as_of, context.known_at))


def _kept(context: QueryContext | None) -> str:
    return context_words(context) if context is not None and usable(context) else "cannot be read"
