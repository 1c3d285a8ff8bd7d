"""Which two points are compared: a small form with two inputs."""

from collections.abc import Iterable

from textual.widget import Widget
from textual.widgets import Label

from tui.dialogs.input_dialog import InputDialog
from tui.ledger_source import LedgerSource
from tui.query_context import QueryContext
from tui.text.point_input import describe, read_point
from tui.widgets.inputs import SafeInput

Points = tuple[str, str]


class PointsDialog(InputDialog[Points]):
    """Asks for two points; empty means the point looked from now."""

    frame_title = "Compare two points"

    def __init__(self, points: Points, context: QueryContext) -> None:
        super().__init__()
        self._points = points
        self._chosen_context = context

    def fields(self) -> Iterable[Widget]:
        """Yield before and after."""
        example = "2025-07-08, @42, 2025-07-08@42, -30d"
        for name, words, value in zip(
            ("before", "after"), ("from", "to"), self._points, strict=True
        ):
            yield Label(f"{words} (a day, @entry or both; empty: now)", markup=False)
            yield SafeInput(value, placeholder=example, compact=True, id=name)

    def read(self, source: LedgerSource, values: tuple[str, ...]) -> tuple[Points, tuple[str, ...]]:
        """Return the two points, and what they mean."""
        book = source.book
        today, size = book.today(), book.size
        texts = [read_point(value, today) for value in values]
        sentences = []
        for words, text in zip(("from", "to"), texts, strict=True):
            point = book.parse_point(text or self._chosen_context.point)
            sentences.append(f"{words} {describe(point, today=today, size=size)}")
        return (texts[0], texts[1]), (f"{sentences[0]}", f"{sentences[1]}.")
