"""The entry under the cursor of a list, beside it: it follows once the cursor rests."""

from typing import Final

from textual.message import Message
from textual.timer import Timer

from tui.text.styled_pieces import Paragraph
from tui.widgets.prose import Prose

_SETTLE_S: Final = 0.08  # the cursor rests so long before the entry is read


class EntryDetail(Prose):
    """Hidden until it is asked for; asks for its entry with :class:`Wanted`."""

    class Wanted(Message):
        """This entry is to be read and shown."""

        def __init__(self, seq: int) -> None:
            super().__init__()
            self.seq = seq

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        super().__init__(id=id, classes="beside")
        self._timer: Timer | None = None
        self._seq: int | None = None

    def follow(self, seq: int | None) -> None:
        """Show this entry soon, unless another follows at once."""
        if not self.display or seq is None:
            return
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_SETTLE_S, lambda: self.post_message(self.Wanted(seq)))

    def show_entry(self, seq: int, paragraphs: list[Paragraph]) -> None:
        """Show what was read; from the top if it is another entry."""
        self.show_paragraphs(paragraphs, top=seq != self._seq)
        self._seq = seq
