"""Answers as plain JSON values: the one way in which frozen values become objects."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any


def members(value: Any, *names: str) -> dict[str, Any]:
    """Return the named attributes as members of a JSON object; by default all fields, in order."""
    chosen = names or tuple(field.name for field in fields(value))
    return {name: json_value(getattr(value, name)) for name in chosen}


def json_value(value: Any) -> Any:
    """Return a value as JSON has it.

    A value with ``to_value()`` says so itself; any other dataclass becomes an object of its
    fields, a tuple or list an array, a day ``YYYY-MM-DD``.
    """
    if hasattr(value, "to_value"):
        return value.to_value()
    if is_dataclass(value):
        return members(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: json_value(held) for name, held in value.items()}
    if isinstance(value, tuple | list):
        return [json_value(held) for held in value]
    return value
