"""Answers as plain JSON values: the one way in which frozen values become objects."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any, Final

from ledger.memo import Memo

_PLAIN: Final = frozenset({str, int, bool, type(None)})


def members(value: Any, *names: str) -> dict[str, Any]:
    """Return the named attributes as members of a JSON object; by default all fields, in order."""
    found = {}
    for name in names or _FIELDS[type(value)]:
        held = getattr(value, name)
        found[name] = held if type(held) in _PLAIN else _WAYS[type(held)](held)
    return found


def json_value(value: Any) -> Any:
    """Return a value as JSON has it.

    A value with ``to_value()`` says so itself; any other dataclass becomes an object of its
    fields, a tuple or list an array, a day ``YYYY-MM-DD``.
    """
    return _WAYS[type(value)](value)


def _way(kind: type) -> Callable[[Any], Any]:
    """Return how values of a type are written."""
    if hasattr(kind, "to_value"):
        return lambda value: value.to_value()
    if is_dataclass(kind):
        return members
    if issubclass(kind, date):
        return lambda value: value.isoformat()
    if issubclass(kind, Mapping):
        return lambda value: {name: json_value(held) for name, held in value.items()}
    if issubclass(kind, tuple | list):
        return lambda value: [_WAYS[type(held)](held) for held in value]
    return lambda value: value


def _fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


# By type: there are few, and an answer holds thousands of values.
_WAYS = Memo(_way)
_FIELDS = Memo(_fields)
