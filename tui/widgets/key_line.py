"""The bottom line: the keys of this screen, then those of every screen, as many as find room."""

from collections.abc import Iterator, Sequence

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from ledger.text import width
from tui.keymap import footer_place

_KEPT = "help"  # never left out: it tells all the others


def fitting(widths: Sequence[int], kept: int, room: int) -> list[int]:
    """Return the numbers of the first keys that find room, and ``kept`` whatever the room.

    ``widths`` are their cells with the blank after each. No key is cut, and none takes the place of
    one before it: the first that is too wide ends the line.
    """
    left = room - (widths[kept] if kept < len(widths) else 0)
    found: list[int] = []
    for number, cells in enumerate(widths):
        if number != kept:
            left -= cells
            if left < 0:
                break
        found.append(number)
    return found if kept in found or kept >= len(widths) else sorted([*found, kept])


class KeyLine(Footer):
    """Keys in one order on every screen: its own, help and back, then the other screens."""

    def __init__(self) -> None:
        super().__init__(compact=True, show_command_palette=False)

    def compose(self) -> ComposeResult:
        """Yield the keys that find room."""
        if not self._bindings_ready:
            return
        offered = list(self._offered())
        shown = [self.app.get_key_display(one) for one in offered]
        widths = [
            width(key) + 2 + width(one.description) for key, one in zip(shown, offered, strict=True)
        ]
        kept = next((n for n, one in enumerate(offered) if one.id == _KEPT), len(offered))
        for number in fitting(widths, kept, self.app.size.width):
            one = offered[number]
            yield FooterKey(one.key, shown[number], one.description, one.action).data_bind(
                compact=Footer.compact
            )

    def _offered(self) -> Iterator[Binding]:
        """Yield a binding for each thing that can be done, in the order of the line."""
        active = self.screen.active_bindings.values()
        found: dict[str, Binding] = {}
        for one in active:
            if one.binding.show and one.enabled:
                found.setdefault(one.binding.id or one.binding.action, one.binding)
        if "back" in found:  # where letters are typed, only the other key leads back
            found.pop("peel", None)
        yield from sorted(found.values(), key=lambda one: footer_place(one.id))

    def on_resize(self, event: events.Resize) -> None:
        """Choose again what finds room."""
        del event
        self.call_after_refresh(self.recompose)
