"""Mappings and lists that know the lines of the file they were read from.

Each reader of a format turns text into plain JSON values whose mappings and lists are a
:class:`NumberedMap` or :class:`NumberedList` wherever the line of a member is known. The checks
that follow do not depend on the format.
"""

import re
from typing import Any

_STEP = re.compile(r"[^.\[\]]+")


class NumberedMap(dict[str, Any]):
    """A mapping, the line it starts on and the line of each member."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}

    def put(self, name: str, value: object, line: int) -> None:
        """Add a member that stands on this line."""
        self[name] = value
        self.lines[name] = line


class NumberedList(list[Any]):
    """A list, the line it starts on and the line of each element."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []

    def put(self, value: object, line: int) -> None:
        """Add an element that stands on this line."""
        self.append(value)
        self.lines.append(line)


def line_of(value: object, field: str, otherwise: int) -> int:
    """Return the line of the member that a field such as ``reports.0.url`` names.

    Where the member is absent, return the line of the object it is missing from; where no line is
    known, ``otherwise``.
    """
    line = otherwise
    for step in _STEP.findall(field):
        if isinstance(value, NumberedMap) and step in value:
            line, value = value.lines.get(step, line), value[step]
        elif isinstance(value, NumberedList) and step.isdecimal() and int(step) < len(value.lines):
            line, value = value.lines[int(step)], value[int(step)]
        else:
            break
    return line
