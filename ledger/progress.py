"""The callback of long work: ``(done, total)``, in entries or files, called now and then."""

from collections.abc import Callable

Progress = Callable[[int, int], None]
