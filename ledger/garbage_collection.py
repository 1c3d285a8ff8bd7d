"""Let the garbage collector look less often while many objects are made that stay.

Reading thousands of claims makes hundreds of thousands of objects; the collector would look through
all of them again and again, for up to half of the time, and find that they are in use.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

# Objects made between two looks at the young ones, and looks between two at older ones.
_SELDOM: Final = (100_000, 20, 100)

_lock: Final = Lock()
_blocks = 0  # entered and not left, in any thread
_usual = gc.get_threshold()


def collect_seldom() -> None:
    """Let the collector of this process look less often from now on: for a worker process."""
    gc.set_threshold(*_SELDOM)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Let the collector of this process look less often until the last such block is left.

    It makes up for that then, so a block belongs around the whole of a long work.
    """
    global _blocks, _usual  # noqa: PLW0603  # the thresholds are the process's too
    with _lock:
        if not _blocks:
            _usual = gc.get_threshold()
            collect_seldom()
        _blocks += 1
    try:
        yield
    finally:
        with _lock:
            _blocks -= 1
            if not _blocks:
                gc.set_threshold(*_usual)
