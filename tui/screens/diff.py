"""Two points compared: which cells changed, by what, and which claims were corrected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from textual.binding import Binding
from textual.containers import Container
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Static

from ledger import api
from ledger.errors import RegledgerError
from ledger.points import join_point
from ledger.text import visible
from ledger.wording.changes import Group
from tui.dialogs.points import Points, PointsDialog
from tui.keymap import bind
from tui.ledger_source import LedgerSource
from tui.navigation import OpenCell, OpenEntry
from tui.query_context import ANY, QueryContext
from tui.screens.base_page import Page
from tui.text.point_comparison import (
    ClaimVersions,
    PointComparison,
    cell_blocks,
    compare_points,
    correction_blocks,
    read_versions,
)
from tui.text.styled_pieces import Piece
from tui.text.styles import fit, lines, look_of, styled, width
from tui.widgets.diff_pane import SIDE_BY_SIDE, DiffPane
from tui.widgets.virtual_lines import Lines

_BACK = timedelta(days=30)  # how far a diff looks back by default
_CAUSE = 5
_PLACE = 24  # columns that a jurisdiction and an activity should have
_STATUS = 13


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A line of the list: a heading, a group of cells or a correction."""

    words: str = ""
    group: Group | None = None
    correction: api.Correction | None = None

    @property
    def identity(self) -> object:
        """Return what the line means, however the list is made again."""
        if self.group is not None:
            return (*self.group.place, self.group.actors[0])
        return self.correction.new_seq if self.correction is not None else self.words


class ChangeList(Lines):
    """The list of changes: cells first, then corrected claims."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: Sequence[ChangeLine] = ()
        self.names: Mapping[str, str] = {}  # of claims, by id
        self.widest = (8, 4)  # of the places and of the actors
        self.longest = 8  # of the names of corrected claims

    def show(self, found: PointComparison) -> None:
        """Fill it; the cursor stays on what it was on, if that is still there."""
        stood = self.chosen.identity if self.chosen else None
        entries: list[ChangeLine] = []
        if found.groups:
            entries.append(
                ChangeLine(f"Changed cells ({sum(len(g.actors) for g in found.groups)})")
            )
            entries += [ChangeLine(group=group) for group in found.groups]
        if found.corrections:
            entries.append(ChangeLine(f"Corrected claims ({len(found.corrections)})"))
            entries += [ChangeLine(correction=one) for one in found.corrections]
        self.entries, self.names = entries, found.names
        self.widest = (
            max((width(_place(one)) for one in entries), default=8),
            max((width(_actors(one)) for one in entries), default=4),
        )
        names = (found.names.get(one.claim, one.claim) for one in found.corrections)
        self.longest = max(map(width, names), default=8)
        self.set_count(len(entries))
        found_at = [n for n, e in enumerate(entries) if stood is not None and e.identity == stood]
        self.cursor = found_at[0] if found_at else min(1, max(0, len(entries) - 1))

    @property
    def chosen(self) -> ChangeLine | None:
        """Return the line of the cursor."""
        return self.entries[self.cursor] if self.cursor < len(self.entries) else None

    def selectable(self, number: int) -> bool:
        """Return a heading has no cursor."""
        return not self.entries[number].words

    def line(self, number: int, width: int) -> Iterable[Piece]:
        """Return one change: where, for whom, from what to what, and why."""
        one = self.entries[number]
        if one.words:
            return [(f" {one.words}", "heading")]
        if one.correction is not None:
            name = self.names.get(one.correction.claim, one.correction.claim)
            return [
                (f" {fit(name, max(8, min(self.longest, width - 20)))}", ""),
                (f"  @{one.correction.old_seq} → @{one.correction.new_seq}", "dim"),
            ]
        return self._of_cells(one, width)

    def _of_cells(self, one: ChangeLine, cells: int) -> Iterable[Piece]:
        if one.group is None:
            return []
        change = one.group.change
        before, after = look_of(change.before.status), look_of(change.after.status)
        actors = min(self.widest[1], max(3, cells // 5))
        room = cells - actors - 2 * _STATUS - _CAUSE - 4
        words = room >= min(self.widest[0], _PLACE)  # else the symbol must do for what was
        room = min(self.widest[0], room if words else room + _STATUS - 2)
        was = f"{before.symbol} {before.short:<{_STATUS - 2}}" if words else f"{before.symbol} "
        return [
            (f" {fit(_place(one), max(8, room))} ", ""),
            (f"{fit(_actors(one), actors)} ", "dim"),
            (was, before.style),
            ("= " if before == after else "→ ", ""),
            (f"{after.symbol} {after.short:<{_STATUS - 2}}", f"{after.style} bold"),
            (one.group.cause, "mark"),
        ]


def _place(one: ChangeLine) -> str:
    return " ".join(one.group.place) if one.group is not None else ""


def _actors(one: ChangeLine) -> str:
    if one.group is None:
        return ""
    first, *more = one.group.actors
    return f"{first} +{len(more)}" if more else first


class DiffPage(Page):
    """Changes left, before and after right (below on a narrow terminal)."""

    heading = "Diff"
    AUTO_FOCUS = "ChangeList"
    BINDINGS: ClassVar[list[Binding]] = [
        bind("points", "points", show=True),
        bind("layout", "layout", show=True),
    ]
    DEFAULT_CSS = """
    DiffPage {
        & #between { height: auto; max-height: 2; padding: 0 1; background: $surface; }
        & #nothing { display: none; height: 1fr; padding: 1 2; }
        & #panes { height: 1fr; layout: vertical; }
        & ChangeList { height: 2fr; }
        & DiffPane { height: 3fr; }
        &.-wide #panes { layout: horizontal; }
        &.-wide ChangeList { width: 1fr; height: 1fr; max-width: 76; }
        &.-wide DiffPane { width: 1fr; height: 1fr; }
        &.-split ChangeList { width: 2fr; }
        &.-split DiffPane { width: 3fr; }
        &.-empty #panes { display: none; }
        &.-empty #nothing { display: block; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._points: Points | None = None  # as they were asked for; None: the default
        self._wanted_split = False
        self._found: PointComparison | None = None
        self._pane_shows: object = None  # what the pane shows

    def body(self) -> Iterable[Widget]:
        """Yield the two points, the list, and the pane."""
        yield Static("", id="between", markup=False)
        with Container(id="panes"):
            yield ChangeList()
            yield DiffPane()
        yield Static("", id="nothing", markup=False)

    def compare(self, a: str, b: str) -> None:
        """Compare two points: ``D``, ``@K`` or ``D@K`` each, empty for the point looked from."""
        self._points = (a, b)
        if self.is_mounted and self.is_current:
            self.reload(anyway=True)
        else:
            self._shown_for = None

    def command(self) -> list[str]:
        """Return the words of `diff`."""
        if self._found is None:
            here = self.app.context.point or "@head"
            return ["diff", *(point or here for point in self._points or (here, here))]
        words = ["diff", str(self._found.diff.a), str(self._found.diff.b)]
        return words if self.app.context.view == "prudential" else [*words, "--view", "normative"]

    def copied(self) -> str:
        """Return what the pane shows, or that there is nothing to show."""
        if self._found is not None and self._found.is_empty:
            return "\n".join(_nothing(self._found))
        return self.query_one(DiffPane).text

    def load(self) -> None:
        """Ask what differs."""
        context, points, app = self.app.context, self._points, self.app
        seen = dict(app.memory.seen)

        def work(source: LedgerSource) -> PointComparison:
            a, b = points or _since(source, context, seen)
            return compare_points(source.book, a or context.point, b or context.point, context)

        self.note("comparing ...")
        self.ask(work, self._show_found)

    def _show_found(self, found: PointComparison) -> None:
        self._found = found
        self.note("")
        self.remarks = found.diff.notes
        self.refresh_header()
        self.set_class(found.is_empty, "-empty")
        diff = found.diff
        whom = "" if self.app.context.actor == ANY else f"  for any and {self.app.context.actor}"
        count = found.new_events
        entries = f"  {count:,} {'entry' if count == 1 else 'entries'} between"
        self.query_one("#between", Static).update(
            Content.assemble(
                styled(f"from {diff.a}  to {diff.b}", "bold"),
                styled(f"{entries}{whom}", "$foreground 65%"),
            )
        )
        if found.is_empty:
            self.query_one("#nothing", Static).update(lines(*_nothing(found)))
            return
        self._pane_shows = None
        self.query_one(ChangeList).show(found)
        self._show_change()

    def show_error(self, error: RegledgerError) -> None:
        """Show an error; the points that cannot be compared can be chosen again."""
        self.note("f chooses other points")
        super().show_error(error)

    def on_lines_moved(self, event: Lines.Moved) -> None:
        """Show the change under the cursor."""
        event.stop()
        if isinstance(event.lines, ChangeList):
            self._show_change()

    def _show_change(self) -> None:
        chosen, found = self.query_one(ChangeList).chosen, self._found
        if chosen is None or found is None or chosen is self._pane_shows:
            return
        self._pane_shows = chosen
        if chosen.group is not None:
            self.query_one(DiffPane).show_blocks(cell_blocks(chosen.group, found))
        elif chosen.correction is not None:
            one = chosen.correction

            def show(read: ClaimVersions) -> None:
                if self._pane_shows is chosen:
                    back = found.diff.b.size < found.diff.a.size
                    self.query_one(DiffPane).show_blocks(correction_blocks(one, read, back=back))

            self.ask(lambda source: read_versions(source.book, one), show, group=f"@{one.new_seq}")

    def on_lines_opened(self, event: Lines.Opened) -> None:
        """Go from the list into the pane, and from the pane to what its line is about."""
        event.stop()
        pane = self.query_one(DiffPane)
        if event.lines is not pane:
            pane.focus()
        elif pane.target is not None:
            self._open(*pane.target)

    def _open(self, kind: str, *names: str) -> None:
        if kind == "cell":
            self.app.go_to(OpenCell(*names))
        elif kind == "entry":
            self._open_entry(int(names[0]))
        else:
            (claim,) = names
            self.ask(
                lambda source: source.book.show(claim).item.seq, self._open_entry, group="open"
            )

    def _open_entry(self, seq: int) -> None:
        self.app.go_to(OpenEntry(seq))

    def action_points(self) -> None:
        """Choose the two points."""
        diff = self._found.diff if self._found else None
        shown = self._points or ((str(diff.a), str(diff.b)) if diff else ("", ""))

        def take(points: Points | None) -> None:
            if points is not None:
                self.compare(*points)

        self.app.push_screen(PointsDialog(shown, self.app.context), take)

    def action_layout(self) -> None:
        """Switch between one below the other and side by side."""
        self._wanted_split = not self._wanted_split
        if self._wanted_split and self.size.width < SIDE_BY_SIDE:
            self.app.notify_text(
                f"side by side needs {SIDE_BY_SIDE} columns; there are {self.size.width}"
            )
        self._lay_out(self.size)

    def on_resize(self) -> None:
        """Keep side by side only while there is room."""
        self._lay_out(self.size)

    def _lay_out(self, size: Size) -> None:
        split = self._wanted_split and size.width >= SIDE_BY_SIDE
        self.set_class(split, "-split")
        self.query_one(DiffPane).lay_out(split=split)


def _since(source: LedgerSource, context: QueryContext, seen: dict[str, str]) -> Points:
    """Return the points since the user last looked, or else of the last thirty days."""
    book = source.book
    here = book.parse_point(context.point)
    last = seen.get(book.policy.ledger, "")
    if context.is_now and last and last != str(here):
        return last, ""
    back = min(_BACK, here.day - date.min)  # the calendar begins with 0001-01-01
    start = (here.day - back).isoformat()
    return join_point(start, start if context.known_at is None else here.known), ""


def _nothing(found: PointComparison) -> Iterable[str]:
    a, b = found.diff.a, found.diff.b
    yield f"Nothing changed from {visible(str(a))} to {visible(str(b))}."
    yield ""
    if found.new_events:
        many = "entry was" if found.new_events == 1 else "entries were"
        yield f"{found.new_events} {many} recorded between the two points; no answer differs,"
        yield "and no claim was corrected."
    else:
        yield "Nothing was recorded between the two points, and no answer differs."
    yield ""
    yield "f chooses other points. In the history, space marks an entry and = compares two marks."
