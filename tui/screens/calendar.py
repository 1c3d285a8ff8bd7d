"""The calendar: what commences, lapses, falls due and goes stale, by month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from textual.binding import Binding
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from ledger import api
from ledger.wording.calendar import TO_BE_CHECKED
from ledger.wording.claim_card import claim_name
from tui.keymap import bind
from tui.ledger_source import LedgerSource
from tui.navigation import OpenCell, OpenEntry
from tui.screens.base_page import Page
from tui.text.calendar_text import cell_target, occasion_blocks, place_of, stale_blocks
from tui.text.diff_blocks import Block
from tui.text.styled_pieces import Piece
from tui.text.styles import fit, look_of
from tui.widgets.diff_pane import DiffPane
from tui.widgets.virtual_lines import Lines

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
_NONE = (
    "Nothing that is recorded falls on a day to come, and nothing needs to be checked again.\n\n"
    "space shows past days; a records a claim. Norms, acts and deadlines appear here once they"
    " count."
)
_NEVER = (
    "Nothing that is recorded names a day. Norms, acts and deadlines appear here once they are"
    " recorded (a) and count."
)
_CHANGE = 11  # columns of the statuses that change


@dataclass(frozen=True, slots=True)
class CalendarLine:
    """A line: a heading (``words``), an occasion, or a claim to be checked again."""

    words: str = ""
    style: str = "heading"
    occasion: api.CalendarEvent | None = None
    stale: api.StaleClaim | None = None

    @property
    def claim(self) -> api.EventSource | None:
        """Return the claim it is about."""
        if self.occasion is not None:
            return self.occasion.source
        return self.stale.source if self.stale is not None else None

    @property
    def cells(self) -> tuple[api.Cell, ...]:
        """Return the cells it is about."""
        found = self.occasion or self.stale
        return found.cells if found is not None else ()

    def blocks(self, days: int) -> Iterable[Block]:
        """Return the whole of it; ``days`` after which a claim is stale."""
        if self.occasion is not None:
            return occasion_blocks(self.occasion)
        return stale_blocks(self.stale, days=days) if self.stale is not None else ()

    @property
    def identity(self) -> tuple[object, ...]:
        """Return what the line means, however the list is made again."""
        claim = self.claim.claim if self.claim else ""
        if self.occasion is not None:
            one = self.occasion
            return (claim or one.day, one.what, one.number)
        return (claim or self.words, "stale" if self.stale else "")


class CalendarList(Lines):
    """The days to watch, month by month, and below them what should be checked again."""

    def __init__(self) -> None:
        super().__init__()
        self.items: Sequence[CalendarLine] = ()
        self._longest = 8  # place
        self._what = 8

    def show(self, items: Sequence[CalendarLine]) -> None:
        """Fill it; the cursor stays on what it was on, else on the first line it may stand on."""
        stood = self.chosen.identity if self.chosen else None
        self.items = items
        places = (len(place_of(one.claim)) for one in items if one.claim is not None)
        self._longest = max(places, default=8)
        self._what = max((len(_what(one)) for one in items), default=8)
        self.set_count(len(items))
        if stood is not None:
            for number, one in enumerate(items):
                if one.identity == stood and not one.words:
                    self.cursor = number
                    return
        ahead = (n for n, one in enumerate(items) if one.style == "mark")
        self.cursor = next(ahead, 0)
        if not self.selectable(self.cursor):
            self.action_move(1)

    @property
    def chosen(self) -> CalendarLine | None:
        """Return the line of the cursor, unless it is a heading."""
        found = self.items[self.cursor] if self.cursor < len(self.items) else None
        return found if found is not None and not found.words else None

    def selectable(self, number: int) -> bool:
        """Return a heading has no cursor."""
        return not self.items[number].words

    def line(self, number: int, width: int) -> Iterable[Piece]:
        """Return one day: when, what, where, which claim, and which statuses change."""
        one = self.items[number]
        if one.occasion is not None:
            return self._occasion(one.occasion, width)
        if one.stale is not None:
            return self._stale(one.stale, width)
        return [(f" {fit(one.words, max(1, width - 2))}", one.style)]

    def _occasion(self, one: api.CalendarEvent, width: int) -> list[Piece]:
        claim = one.source
        style = "" if one.stands else "dim"
        called = claim_name(claim.key, claim.statement) if claim else f"{len(one.cells)} cells"
        name = one.label or called
        if not one.stands:
            name = f"overtaken: {name}"
        changes = _summary(one.status_changes)
        place = min(self._longest, max(14, width // 4))
        room = max(8, width - 16 - self._what - place - (_CHANGE if changes else 0))
        return [
            (f" {'~' if one.uncertain else ' '}", "flag"),
            (f"{one.day.isoformat()} ", style or "bold"),
            (f"{one.words:<{self._what}} ", style or _STYLES.get(one.what, "")),
            (f"{fit(place_of(claim), place)} ", "dim"),
            (f"{fit(name, room)} ", style),
            *changes,
        ]

    def _stale(self, one: api.StaleClaim, width: int) -> list[Piece]:
        claim = one.source
        late = "not_confirmed" in one.why
        words = _why(one)
        place = min(self._longest, max(14, width // 4))
        room = max(8, width - 16 - self._what - place)
        return [
            ("  ", ""),
            (f"{one.confirmed.isoformat()} ", "bold" if late else ""),
            (f"{words:<{self._what}} ", "warn" if late else "dim"),
            (f"{fit(place_of(claim), place)} ", "dim"),
            (fit(claim_name(claim.key, claim.statement), room), ""),
        ]


_STYLES = {"deadline": "warn", "lapses": "bad", "goes_stale": "dim", "commences": "good"}
_WHY = {"not_confirmed": "old", "primary_source_unseen": "text not seen"}


def _what(item: CalendarLine) -> str:
    if item.occasion is not None:
        return item.occasion.words
    return _why(item.stale) if item.stale is not None else ""


def _why(one: api.StaleClaim) -> str:
    return " + ".join(_WHY[why] for why in one.why)


def _summary(turns: Iterable[api.StatusChange]) -> list[Piece]:
    """Return which statuses change: ``✖→? 36``, the most frequent change first."""
    moves = Counter((turn.before, turn.after) for turn in turns if turn.changes_status)
    if not moves:
        return []
    (before, after), count = moves.most_common(1)[0]
    old, new = look_of(before), look_of(after)
    more = "…" if len(moves) > 1 else ""
    return [
        (old.symbol, old.style),
        ("→", ""),
        (new.symbol, f"{new.style} bold"),
        (f" {count}{more}", "dim"),
    ]


class CalendarPage(Page):
    """Days to come, days past, and claims to be checked again."""

    heading = "Calendar"
    AUTO_FOCUS = "CalendarList"
    BINDINGS: ClassVar[list[Binding]] = [bind("past", "past", show=True)]
    DEFAULT_CSS = """
    CalendarPage {
        & #panes { height: 1fr; layout: vertical; }
        & CalendarList { height: 3fr; }
        & DiffPane { height: 2fr; }
        & #none { display: none; height: auto; padding: 1 2; }
        &.-none #none { display: block; }
        &.-none #panes { display: none; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._past = False
        self._found: api.Calendar | None = None
        self._detailed: tuple[object, ...] | None = None

    def body(self) -> Iterable[Widget]:
        """Yield the list, and what is known of the line of the cursor."""
        with Container(id="panes"):
            yield CalendarList()
            yield DiffPane()
        yield Static("", id="none", markup=False)

    def command(self) -> list[str]:
        """Return the words of `calendar`."""
        first = ["--from", date.min.isoformat()] if self._past else []
        return ["calendar", *first, "--to", date.max.isoformat(), *self.app.context.options()]

    def copied(self) -> str:
        """Return the details of the line under the cursor."""
        return self.query_one(DiffPane).text

    def load(self) -> None:
        """Ask for all days to come, and for those that were only where they are shown."""
        context, past = self.app.context, self._past

        def work(source: LedgerSource) -> api.Calendar:
            from ledger.api.answers import CalendarScope

            return source.book.calendar(
                date.min if past else None,
                date.max,
                wanted=CalendarScope(actor=context.actor),
                as_of=context.as_of,
                known_at=context.known_at,
                view=context.view,
            )

        self.ask(work, self._show_found)

    def _show_found(self, found: api.Calendar) -> None:
        self._found = found
        self._fill()

    def _fill(self) -> None:
        found = self._found
        if found is None:
            return
        shown = [o for o in found.events if self._past or not _is_past(o, found.window.today)]
        self.set_class(not shown and not found.stale, "-none")
        words = _NEVER if self._past else _NONE
        self.query_one("#none", Static).update(words)
        self._detailed = None
        self.query_one(CalendarList).show(list(_items(found, past=self._past)))
        self.note("space hides past days" if self._past else "space shows past days")
        self._show_details()

    def action_past(self) -> None:
        """Show past days too, or hide them."""
        self._past = not self._past
        found = self._found
        if self._past and found is not None and found.window.first > date.min:
            self.note("looking back ...")
            self.reload(anyway=True)
        else:
            self._fill()

    def on_lines_moved(self, event: Lines.Moved) -> None:
        """Tell of the line under the cursor."""
        event.stop()
        if isinstance(event.lines, CalendarList):
            self._show_details()

    def _show_details(self) -> None:
        chosen, found = self.query_one(CalendarList).chosen, self._found
        if found is None:
            return
        identity = chosen.identity if chosen is not None else ()
        if identity != self._detailed:
            self._detailed = identity
            days = found.window.stale_after
            self.query_one(DiffPane).show_blocks(chosen.blocks(days) if chosen is not None else ())

    def on_lines_opened(self, event: Lines.Opened) -> None:
        """Open the entry or the cell."""
        event.stop()
        pane, days = self.query_one(DiffPane), self.query_one(CalendarList)
        if event.lines is pane:
            self._open(pane.target)
        elif days.chosen is not None:
            self._open(_target(days.chosen))

    def _open(self, target: tuple[str, ...] | None) -> None:
        if target is None:
            return
        kind, *names = target
        if kind == "entry":
            self.app.go_to(OpenEntry(int(names[0])))
        else:
            self.app.go_to(OpenCell(*names))


def _target(item: CalendarLine) -> tuple[str, ...] | None:
    if item.claim is not None:
        return ("entry", str(item.claim.seq))
    return cell_target(item.cells[0]) if item.cells else None


def _is_past(one: api.CalendarEvent, today: date) -> bool:
    return one.latest < today


def _items(found: api.Calendar, *, past: bool) -> Iterator[CalendarLine]:
    today = found.window.today
    here = CalendarLine(f"── today {today.isoformat()} " + "─" * 8, "mark")
    behind = [one for one in found.events if _is_past(one, today)] if past else []
    ahead = [one for one in found.events if not _is_past(one, today)]
    yield from _by_month(behind)
    yield here
    yield from _by_month(ahead)
    if not ahead:
        yield CalendarLine("Nothing that is recorded falls on a later day.", "dim")
    if found.stale:
        yield CalendarLine(" ", "")
        yield CalendarLine(f"{TO_BE_CHECKED} (last confirmed, why)")
        yield from (CalendarLine(stale=one) for one in found.stale)


def _by_month(occasions: Iterable[api.CalendarEvent]) -> Iterator[CalendarLine]:
    month = (0, 0)
    for one in occasions:
        if (one.day.year, one.day.month) != month:
            month = (one.day.year, one.day.month)
            yield CalendarLine(f"{_MONTHS[one.day.month - 1]} {one.day.year}")
        yield CalendarLine(occasion=one)
