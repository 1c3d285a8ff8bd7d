"""The form of a claim: one row for each field, what is wrong with it right below.

The form knows texts and fields, not claims: :mod:`tui.claim_draft` makes one into the other.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Button, Input, Static, TextArea

from tui.claim_draft import DraftProblem
from tui.form_fields import GROUPS, FieldSpec, Section
from tui.text.styles import fit, safe
from tui.widgets.id_completion import IdCompletion, Word
from tui.widgets.inputs import SafeInput, SafeTextArea

Words = Callable[[str], Sequence[Word]]  # the ids that a list of this name holds


class FieldRow(Container):
    """One field: label, input, and what is wrong."""

    DEFAULT_CSS = """
    FieldRow {
        layout: grid; grid-size: 2; grid-columns: 25 1fr; grid-rows: auto;
        height: auto; padding: 0 1 0 0;
        & > .label { height: 1; color: $foreground 75%; }
        &.-here > .label { color: $primary; text-style: bold; }
        &.-prose { grid-rows: 3 auto; }
        & > SafeInput { background: $surface; }
        & > SafeInput:focus { background: $panel; }
        & > SafeTextArea { height: 3; padding: 0; background: $surface; }
        & > SafeTextArea:focus { background: $panel; }
        & > .wrong { column-span: 2; height: auto; padding: 0 0 0 25; color: $error; }
        & > .wrong { display: none; }
        &.-wrong > .wrong { display: block; }
    }
    """

    def __init__(self, spec: FieldSpec, value: str = "") -> None:
        super().__init__()
        self.spec = spec
        self.visited = False
        self._given = value
        self._said = ""
        if spec.prose:
            self.add_class("-prose")
            area = SafeTextArea(value, compact=True, tab_behavior="focus", show_line_numbers=False)
            area.highlight_cursor_line = False
            self.box: SafeInput | SafeTextArea = area
        else:
            self.box = SafeInput(value, compact=True, select_on_focus=False)
        # What the box makes of the value (a text area knows other line ends than a claim).
        self._shown = self._typed()

    def compose(self) -> ComposeResult:
        """Yield label, box, fault."""
        mark = "*" if self.spec.required else " "
        yield Static(fit(f"{mark} {self.spec.label}", 24), classes="label", markup=False)
        yield self.box
        yield Static("", classes="wrong", markup=False)

    def _typed(self) -> str:
        return self.box.text if isinstance(self.box, SafeTextArea) else self.box.value

    @property
    def value(self) -> str:
        """Return what stands there: exactly what was given, unless the user typed."""
        typed = self._typed()
        return self._given if typed == self._shown else typed.strip()

    @property
    def changed(self) -> bool:
        """Return whether the user typed."""
        return self._typed() != self._shown

    def say(self, words: str) -> None:
        """Say what is wrong; nothing says that all is well."""
        if words != self._said:
            self._said = words
            self.query_one(".wrong", Static).update(safe(f"✖ {words}"))
        self.set_class(bool(words), "-wrong")

    def focus_box(self) -> None:
        """Go there."""
        self.box.focus()


class RepeatedFields(Vertical):
    """Fields that can be there several times, with a button for one more."""

    DEFAULT_CSS = "RepeatedFields { height: auto; & > Button { margin: 0 0 0 25; } }"

    def __init__(self, name: str, fields: Sequence[FieldRow]) -> None:
        super().__init__()
        self.group = name
        self._fields = fields

    def compose(self) -> ComposeResult:
        """Yield the fields there are, and the button."""
        yield from self._fields
        yield Button(f"+ another {GROUPS[self.group]}", compact=True)

    @on(Button.Pressed)
    def more(self, event: Button.Pressed) -> None:
        """Ask the form for one more."""
        event.stop()
        self.post_message(ClaimForm.More(self))


class ClaimForm(VerticalScroll, can_focus=False):
    """Sections of fields."""

    DEFAULT_CSS = """
    ClaimForm {
        height: 1fr; scrollbar-size-vertical: 1;
        & > .section { height: 1; margin: 1 0 0 0; color: $primary; text-style: bold; }
    }
    """

    class Edited(Message):
        """The user typed."""

    class At(Message):
        """The user went to a field."""

        def __init__(self, spec: FieldSpec) -> None:
            super().__init__()
            self.spec = spec

    class More(Message):
        """One more of a group is wanted."""

        def __init__(self, group: RepeatedFields) -> None:
            super().__init__()
            self.group = group

    def __init__(self, words: Words, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        super().__init__(id=id)
        self._words = words
        self._completing: set[Input] = set()

    @property
    def rows(self) -> list[FieldRow]:
        """Return all fields in order."""
        return list(self.query(FieldRow))

    @property
    def specs(self) -> dict[str, FieldSpec]:
        """Return the fields by path."""
        return {row.spec.path: row.spec for row in self.rows}

    @property
    def values(self) -> dict[str, str]:
        """Return what stands in each field."""
        return {row.spec.path: row.value for row in self.rows}

    @property
    def changed(self) -> bool:
        """Return whether anything was typed."""
        return any(row.changed for row in self.rows)

    async def lay_out(self, sections: Iterable[Section], values: Mapping[str, str]) -> None:
        """Show these fields with these values."""
        self._completing.clear()
        await self.screen.query(IdCompletion).remove()
        await self.remove_children()
        made: list[Static | FieldRow | RepeatedFields] = []
        for section in sections:
            made.append(Static(section.title, classes="section", markup=False))
            made += _rows(section, values)
        await self.mount_all(made)
        self.scroll_home(animate=False)

    async def add(self, group: RepeatedFields, specs: Sequence[FieldSpec]) -> None:
        """Add one more to a group, and go there."""
        rows = [FieldRow(spec) for spec in specs]
        await group.mount_all(rows, before=group.query_one(Button))
        rows[0].focus_box()

    def show_problems(self, problems: Iterable[DraftProblem], *, all_of_them: bool) -> int:
        """Show what is wrong; fields that were not visited yet only if ``all_of_them``.

        Returns how many problems are not shown.
        """
        words_by_field = {one.field: one.words for one in problems}
        hidden = 0
        # An id that is half typed, with the offers open, is no mistake yet.
        choosing = {one.target for one in self.screen.query(IdCompletion) if one.display}
        for row in self.rows:
            words = words_by_field.get(row.spec.path, "")
            quiet = row.box in choosing or (not all_of_them and not row.visited and not row.value)
            hidden += bool(words) and quiet
            row.say("" if quiet else words)
            if row.has_class("-here"):  # what was said above may have pushed it out of sight
                self.call_after_refresh(row.scroll_visible, animate=False)
        return hidden

    def focus_first(self) -> None:
        """Give the focus to the first field, if there is one."""
        if self.rows:
            self.rows[0].focus_box()

    def first_wrong(self) -> FieldRow | None:
        """Return the first field with something wrong."""
        return next((row for row in self.rows if row.has_class("-wrong")), None)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Offer ids, and tell what is expected."""
        row = _row_of(event.widget)
        if row is None:
            return
        box, spec = row.box, row.spec
        if isinstance(box, SafeInput) and box not in self._completing:
            words = self._words_for(spec)
            if words is not None:
                self._completing.add(box)
                self.screen.mount(IdCompletion(box, words, many=spec.many))
        row.add_class("-here")
        row.scroll_visible(animate=False)
        self.post_message(self.At(spec))

    def _words_for(self, spec: FieldSpec) -> Callable[[], Sequence[Word]] | None:
        if spec.choices:
            return lambda: [(choice, "") for choice in spec.choices]
        return (lambda: self._words(spec.known_in)) if spec.known_in else None

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Show what is wrong in a field once it was left."""
        row = _row_of(event.widget)
        if row is not None:
            row.remove_class("-here")
            row.visited = True
            self.post_message(self.Edited())

    @on(Input.Changed)
    @on(TextArea.Changed)
    def typed(self, event: Input.Changed | TextArea.Changed) -> None:
        """Pass on that the user typed."""
        event.stop()
        self.post_message(self.Edited())

    @on(Input.Submitted)
    def onward(self, event: Input.Submitted) -> None:
        """Go to the next field."""
        event.stop()
        self.screen.focus_next()


def _rows(section: Section, values: Mapping[str, str]) -> list[FieldRow | RepeatedFields]:
    """Return the rows of a section, those of each group together."""
    found: list[FieldRow | RepeatedFields] = []
    grouped: dict[str, list[FieldRow]] = {}
    for spec in section.fields:
        made = FieldRow(spec, values.get(spec.path, ""))
        name = spec.path.partition("[")[0]
        if name not in section.groups:
            found.append(made)
        elif name in grouped:
            grouped[name].append(made)
        else:
            grouped[name] = [made]
            found.append(RepeatedFields(name, grouped[name]))
    return found


def _row_of(widget: object) -> FieldRow | None:
    parent = getattr(widget, "parent", None)
    return parent if isinstance(parent, FieldRow) else None
