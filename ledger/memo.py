"""One way to work something out once: a dictionary that makes what it does not hold yet."""

from collections.abc import Callable
from typing import TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Memo(dict[_Key, _Value]):
    """A dictionary that works out a missing value from its key and keeps it.

    ``most`` bounds how many values are kept: the one beyond it replaces all before it.
    """

    __slots__ = ("_make", "_most")

    def __init__(self, make: Callable[[_Key], _Value], *, most: int | None = None) -> None:
        self._make = make
        self._most = most

    def __missing__(self, key: _Key) -> _Value:
        """Work out the value of a key and keep it."""
        value = self._make(key)
        if self._most is not None and len(self) >= self._most:
            self.clear()
        self[key] = value
        return value
