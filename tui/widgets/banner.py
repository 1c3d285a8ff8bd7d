"""The lines on top: ledger and screen, and a loud warning when it is not now."""

from collections.abc import Sequence
from typing import Final

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.query_context import ANY, QueryContext
from tui.text.styles import safe, styled

CLOCK: Final = "SIMULATED CLOCK"
_WIDEST: Final = 500  # cells of a terminal, more or less


class Banner(Vertical):
    """Title line of every screen; a second, loud line while another time is looked at.

    That line fills the width, dark on light, and says so in capitals: it is seen on a small
    terminal, and without colour.
    """

    DEFAULT_CSS = """
    Banner {
        height: auto;
        & > Static {
            height: 1; padding: 0 1; background: $panel;
            text-wrap: nowrap; text-overflow: ellipsis;
        }
        & > #elsewhen {
            display: none; background: $warning; color: $background; text-style: bold;
        }
        &:ansi > #elsewhen { color: ansi_black; }
        &:nocolor > #elsewhen { text-style: bold reverse; text-overflow: clip; }
        &.-elsewhen > #elsewhen { display: block; }
        & > #notes { display: none; height: auto; color: $warning; text-style: bold; }
        &.-noted > #notes { display: block; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._title = Static(markup=False)
        self._elsewhen = Static(markup=False, id="elsewhen")
        self._notes = Static(markup=False, id="notes")

    def compose(self) -> ComposeResult:
        """Yield the lines."""
        yield self._title
        yield self._elsewhen
        yield self._notes

    def show(
        self,
        title: str,
        context: QueryContext,
        *,
        ledger: str,
        simulated: bool,
        whole: bool = False,
    ) -> None:
        """Show screen, ledger and query context; ``whole``: the title says the context already."""
        actor = f"  for {context.actor}" if context.actor != ANY and not whole else ""
        view = f"  {context.view} view" if context.view != "prudential" and not whole else ""
        clock = Content.styled(f"  {CLOCK}" if simulated else "", "$warning")
        about = safe(f"  {ledger}")
        self._title.update(
            Content.assemble(
                styled(title, "bold $primary"),
                *((clock, about) if whole else (about,)),
                styled(actor, "$accent"),
                styled(view, "$accent"),
                *(() if whole else (clock,)),
            )
        )
        fill = " " * _WIDEST if self.app.no_color else ""  # reverse reaches as far as the text
        self._elsewhen.update(safe(elsewhen(context) + fill))
        self.set_class(not context.is_now, "-elsewhen")

    def remark(self, notes: Sequence[str]) -> None:
        """Show what to know about answers from there, a line each."""
        self._notes.update(safe("\n".join(notes), newline=True))
        self.set_class(bool(notes), "-noted")


def elsewhen(context: QueryContext) -> str:
    """Return what is looked from, in words; the way back comes first, so it is never cut off."""
    known = "known now"
    if context.known_at is not None:
        known = f"known at {_short(context.known_at)}"
    law = f"law of {context.as_of}" if context.as_of is not None else "law of today"
    return f"▶▶ NOT NOW (T returns) ◀◀  {law}, {known}"


def _short(known: str) -> str:
    """Return a stamp without its fraction: ``2025-07-08 09:30:59 UTC``; anything else as it is."""
    day, time, rest = known.partition("T")
    return f"{day} {rest[:8]} UTC" if time else day
