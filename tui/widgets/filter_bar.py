"""The line to type a search, a filter or a place to go to in; and the filter's language.

A filter is words: ``actor:reviewer type:corrected after:2025-07-08 licence``. A word without a
colon is text to look for, ``!`` means what needs a second look, quotes keep words together. The
same words become options of ``regledger history``.
"""

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from ledger.errors import InputError
from tui.keymap import bind
from tui.text.styles import safe, styled
from tui.widgets.inputs import SafeInput

# What is typed before the colon: the member of a filter, the option of `regledger history`, and an
# example of what follows.
FILTERS: Final = {
    "actor": ("actor", "--by", "reviewer"),
    "type": ("type", "--type", "claim.corrected"),
    "j": ("jurisdiction", "-j", "PK"),
    "activity": ("activity", "-a", "va.exchange"),
    "after": ("after", "--after", "2025-07-08"),
    "before": ("before", "--before", "@42"),
    "force": ("force", "--force", "primary"),
    "state": ("state", "--state", "pending"),
}
_OFFERED: Final = 12  # values offered at once
_TOKEN: Final = re.compile(
    r'(?P<name>[A-Za-z_]+):(?:"(?P<quoted>[^"]*)"|(?P<value>[^\s"]*))'
    r'|"(?P<text>[^"]*)"|(?P<word>[^\s"]+)|(?P<stray>")'
)


def parse(text: str) -> dict[str, str]:
    """Read a filter: members of :class:`ledger.queries.history.HistoryFilter` by name.

    ``after`` and ``before`` stay words; ids are not looked up here.

    Raises InputError for a filter there is not, one that is given twice or without a value, and a
    quote that is not closed.
    """
    words: dict[str, str] = {}
    free: list[str] = []
    for match in _TOKEN.finditer(text):
        if match["stray"] is not None:
            raise InputError("a quote is not closed", hint='such as "licence granted"')
        if match["name"] is not None:
            _take(words, match["name"], match["quoted"] or match["value"] or "")
        elif match["word"] == "!":
            words["flagged"] = "yes"
        else:
            free.append(match["text"] if match["text"] is not None else match["word"])
    sought = " ".join(part for part in free if part)
    return {**words, "text": sought} if sought else words


def _take(words: dict[str, str], name: str, value: str) -> None:
    if name not in FILTERS:
        import difflib  # only where something went wrong

        members = {member: short for short, (member, _, _) in FILTERS.items()}
        close = difflib.get_close_matches(name, [*FILTERS, *members], n=1, cutoff=0.5)
        mean = f"did you mean {members.get(close[0], close[0])}:?  " if close else ""
        known = " ".join(f"{one}:" for one in FILTERS)
        hint = f"{mean}there are {known} and !; a text with a colon goes into quotes"
        raise InputError(f"there is no filter {name + ':'!r}", hint=hint)
    member, _, example = FILTERS[name]
    if not value:
        raise InputError(f"{name}: needs a value", hint=f"such as {name}:{example}")
    if member in words:
        raise InputError(f"{name}: is given twice", hint="every filter holds at once")
    words[member] = value


def options(words: Mapping[str, str]) -> list[str]:
    """Return the arguments of ``regledger history`` that filter alike."""
    said = [words["text"]] if "text" in words else []
    if said and said[0].startswith("-"):
        said = ["--", *said]
    flags = ["--flagged"] if "flagged" in words else []
    named = [part for m, o, _ in FILTERS.values() if m in words for part in (o, words[m])]
    return [*named, *flags, *said]


class FilterBar(Vertical):
    """One line to type in, with a label before it and a remark below; hidden until asked for."""

    DEFAULT_CSS = """
    FilterBar { display: none; height: auto; background: $panel; }
    FilterBar #typed { height: 1; }
    FilterBar #label { width: auto; padding: 0 1; color: $primary; text-style: bold; }
    FilterBar SafeInput { width: 1fr; border: none; height: 1; padding: 0; background: $panel; }
    FilterBar SafeInput:focus { border: none; background-tint: $foreground 0%; }
    FilterBar #remark { height: auto; padding: 0 1; color: $foreground 65%; }
    """
    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]  # narrower than Textual's
        bind("peel", "drop")
    ]
    KINDS: ClassVar[dict[str, tuple[str, str, str]]] = {  # label, remark, example
        "search": ("/", "text in the list; n next, N previous; nothing stops marking", "licence"),
        "filter": (
            "filter",
            (
                "actor: type: j: activity: after: before: force: state:  text   ! = awaits review,"
                " or rejected, withdrawn, disputed, retracted.  Nothing shows all"
            ),
            "actor:reviewer type:corrected j:PK after:2025-07-08 licence",
        ),
        "goto": (
            "go to",
            "@42, 2025-07-08, a claim's key, an event id or its start, a digest",
            "@42",
        ),
    }

    class Answered(Message):
        """Enter was pressed. ``kind`` is one of ``KINDS``."""

        def __init__(self, kind: str, text: str) -> None:
            super().__init__()
            self.kind, self.text = kind, text

    class Typed(Message):
        """Something was typed and not answered yet."""

        def __init__(self, kind: str, text: str) -> None:
            super().__init__()
            self.kind, self.text = kind, text

    class Dropped(Message):
        """It was closed without an answer."""

    def __init__(self) -> None:
        super().__init__()
        self.kind = "search"
        self._known: Mapping[str, Sequence[str]] = {}
        self._refused: str | None = None  # a text of which it is said what is wrong with it

    def know(self, values: Mapping[str, Sequence[str]]) -> None:
        """Offer these values, by the members of a filter, from now on."""
        self._known = values
        self._offer(self.query_one(SafeInput).value)

    def compose(self) -> ComposeResult:
        """Yield label, line, remark."""
        with Horizontal(id="typed"):
            yield Static("", id="label", markup=False)
            yield SafeInput(id="line", compact=True)
        yield Static("", id="remark", markup=False)

    def ask(self, kind: str, text: str = "") -> None:
        """Open it for one kind of answer, with what was answered before."""
        self.kind, self._refused = kind, None
        label, remark, example = self.KINDS[kind]
        self.query_one("#label", Static).update(safe(label))
        self.query_one("#remark", Static).update(safe(remark))
        line = self.query_one(SafeInput)
        line.placeholder = example
        line.value = text
        line.cursor_position = len(text)
        self.display = True
        line.focus()

    def show_error(self, error: InputError) -> None:
        """Say what is wrong with what was typed, and keep it to be mended."""
        self._refused = self.query_one(SafeInput).value
        words = f"{error.message}. {error.hint}" if error.hint else error.message
        self.query_one("#remark", Static).update(styled(words, "$error"))

    def close(self) -> None:
        """Hide it; the page takes the focus back."""
        self.display = False

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell of it, and say what may follow."""
        event.stop()
        if self.display and event.value != self._refused:
            self._offer(event.value)
            self.post_message(self.Typed(self.kind, event.value.strip()))

    def _offer(self, text: str) -> None:
        """Say which values begin as the word does that is being typed."""
        name, colon, begun = text.rpartition(" ")[2].partition(":")
        remark = self.KINDS[self.kind][1]
        if self.kind == "filter" and colon and name in FILTERS:
            fitting = [v for v in self._known.get(FILTERS[name][0], ()) if v.startswith(begun)]
            more = f" ... {len(fitting) - _OFFERED} more" if len(fitting) > _OFFERED else ""
            if fitting:
                remark = f"{name}: {'  '.join(fitting[:_OFFERED])}{more}"
        self.query_one("#remark", Static).update(safe(remark))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Hand the answer over; the bar stays until it is closed."""
        event.stop()
        self.post_message(self.Answered(self.kind, event.value.strip()))

    def action_drop(self) -> None:
        """Close without an answer."""
        self.close()
        self.post_message(self.Dropped())
