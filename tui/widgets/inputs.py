"""Where people type: nothing a text holds can act on the terminal, and nothing typed is lost.

A field may be filled with a text out of an event. What would act on a terminal is kept as it is and
shown as one replacement character each, so that the cursor stays where it belongs; the comparison
of fields spells it out.
"""

from rich.text import Text
from textual import events
from textual.message import Message
from textual.widgets import Input, TextArea

from ledger.text import visible
from tui.unlocked_keys import Secret

_STANDS_FOR = "\N{REPLACEMENT CHARACTER}"


def masked(text: str) -> str:
    """Return the text with each character that ``visible`` would spell out replaced.

    The result has as many characters as the text.
    """
    if visible(text) == text:
        return text
    return "".join(c if visible(c) == c else _STANDS_FOR for c in text)


class SafeInput(Input):
    """One line to type in; several pasted lines become one."""

    @property
    def _value(self) -> Text:
        """Return what is painted (Textual's own hook); the value itself stays as it is."""
        if self.password:
            return super()._value
        return Text(masked(self.value), no_wrap=True, overflow="ignore", end="")

    def _on_paste(self, event: events.Paste) -> None:
        joined = " ".join(event.text.split("\n")).replace("\r", "")
        event.stop()
        event.prevent_default()
        self.replace(joined, *self.selection)


class SafeTextArea(TextArea):
    """Several lines to type in."""

    def get_line(self, line_index: int) -> Text:
        """Return one line as it is painted (Textual's own hook)."""
        return Text(masked(self.document.get_line(line_index)), end="", no_wrap=True)


class PassphraseInput(Input):
    """Ask for a passphrase; it leaves only as :class:`~tui.unlocked_keys.Secret`, and only once."""

    class Given(Message):
        """Enter was pressed. The passphrase is not in the message: :meth:`take` it."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        super().__init__(password=True, compact=True, id=id)

    def take(self) -> Secret:
        """Return what was typed; the field is empty afterwards."""
        secret = Secret(self.value)
        self.value = ""
        return secret

    async def action_submit(self) -> None:
        """Say that it is there, and no more: Textual's own message would carry the text."""
        self.post_message(self.Given())

    def action_copy(self) -> None:
        """Copy nothing: it is a passphrase."""

    def action_cut(self) -> None:
        """Cut nothing: it is a passphrase."""
