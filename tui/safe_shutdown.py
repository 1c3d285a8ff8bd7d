"""Keys and answers that come too late, for screens that are being taken down.

Keys are typed ahead, and workers answer when they are done. Textual takes a screen down step by
step and still hands over what has come meanwhile; where that looks for a widget that is gone, the
application would end with a trace. Here it is passed over.
"""

from typing import Final

from textual._context import active_message_pump
from textual.app import App, ScreenStackError
from textual.await_complete import AwaitComplete
from textual.css.query import NoMatches
from textual.dom import DOMNode, NoScreen
from textual.screen import Screen
from textual.widget import AwaitMount
from textual.worker import WorkerFailed, active_worker

_GONE: Final = (NoMatches, NoScreen, ScreenStackError)


class SafeShutdownApp(App[None]):
    """An application that can be left, and whose screens can be, at any moment."""

    def switch_mode(self, mode: str) -> AwaitMount:
        """Return as Textual does, but open nothing more while all screens are being closed."""
        return AwaitMount(Screen(), ()) if self._is_left else super().switch_mode(mode)

    def pop_screen(self) -> AwaitComplete:
        """Return as Textual does; a second Escape after the first finds nothing left to close."""
        return super().pop_screen() if len(self._screen_stack) > 1 else AwaitComplete()

    def _handle_exception(self, error: Exception) -> None:
        """End the application, unless what is missing is missing because it was closed."""
        cause: BaseException = error
        where: object = active_message_pump.get(None)
        if isinstance(error, WorkerFailed):
            cause, where = error.error, active_worker.get().node
        if not (isinstance(cause, _GONE) and self._is_going(where)):
            super()._handle_exception(error)

    @property
    def _is_left(self) -> bool:
        return self._exit or not self.is_running

    def _is_going(self, node: object) -> bool:
        """Return whether the node, or what it stands in, is being closed."""
        while not self._is_left and isinstance(node, DOMNode):
            if node._pruning or node._closing:  # noqa: SLF001  # nothing public tells it
                return True
            node = node.parent
        return self._is_left
