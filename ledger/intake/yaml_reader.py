"""Read YAML without its surprises: a tree of text, built event by event.

PyYAML's parser is used only up to its events; its object construction never runs, so no tag can
name a type and no alias is followed. The rest is the part of YAML that means what it looks like:

- every plain scalar is text, but for ``null``, ``~``, nothing at all, ``true`` and ``false``.
  ``2025-07-08`` stays text, so do ``2024``, ``1.50``, ``NO`` and ``1e999``: the models say which
  fields are numbers;
- block text (``|`` and ``>``) is taken without the line ends after its last line;
- refused: anchors and aliases, tags, merge keys, keys that are not text, the same key twice,
  a second document, nesting deeper than 16.

The tree is built without recursion and stops at the first level too deep.
"""

import re
from typing import Any

import yaml

from ledger.intake.file_problems import MAX_DEPTH, FileProblems, quoted
from ledger.intake.line_numbers import NumberedList, NumberedMap

# Five times as fast where PyYAML was built with libyaml, as in its wheels.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# YAML 1.2 section 5.1: the characters a stream may hold.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PLAIN = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_MERGE = "<<"


def read_yaml(text: str, problems: FileProblems) -> Any:
    """Read a YAML document into text, None, bool, maps and lists.

    What is wrong is noted in ``problems``. Raises BadClaimsFile where the rest cannot be read.
    """
    if odd := _UNPRINTABLE.search(text):
        line = text.count("\n", 0, odd.start()) + 1
        problems.stop(
            line,
            f"holds the control character U+{ord(odd[0]):04X}",
            hint=r'inside double quotes it can be written as an escape, such as "\x1b"',
        )
    builder = _Builder(problems)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.YAMLError as error:
        problems.stop(_line(error), f"is not YAML: {_reason(error)}")
    return builder.root


def _line(error: yaml.YAMLError) -> int:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return mark.line + 1 if mark else 0


def _reason(error: yaml.YAMLError) -> str:
    parts = [getattr(error, name, None) for name in ("context", "problem")]
    return ", ".join(str(part) for part in parts if part) or "it cannot be read"


class _Builder:
    """Puts the events of one document together, innermost collection last on the stack."""

    def __init__(self, problems: FileProblems) -> None:
        self.root: Any = None
        self._problems = problems
        self._stack: list[NumberedMap | NumberedList] = []
        self._keys: list[tuple[str, int] | None] = []  # per collection: the key awaiting its value
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """Put one event in its place."""
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.NodeEvent):
            self._node(event, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._keys.pop()
            self._stack.pop()
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._problems.stop(line, "starts a second document", hint="use one file for each")

    def _node(self, event: yaml.NodeEvent, line: int) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._problems.add(
                line, "uses an alias (*)", hint="write the value out, or use defaults"
            )
            self._place(None, line, key=False)
            return
        if event.anchor is not None:
            self._problems.add(line, "uses an anchor (&)", hint="write the value out each time")
        if (tag := getattr(event, "tag", None)) is not None:
            self._problems.add(line, f"uses a tag, {quoted(tag)}", hint="values need no type")
        if isinstance(event, yaml.ScalarEvent):
            self._place(_scalar(event), line, key=True)
        else:
            is_list = isinstance(event, yaml.SequenceStartEvent)
            self._open(NumberedList(line) if is_list else NumberedMap(line))

    def _open(self, made: NumberedMap | NumberedList) -> None:
        if len(self._stack) >= MAX_DEPTH:
            self._problems.stop(made.line, f"is nested deeper than {MAX_DEPTH} levels")
        self._place(made, made.line, key=False)
        self._stack.append(made)
        self._keys.append(None)

    def _place(self, value: Any, line: int, *, key: bool) -> None:
        """Put a value where it belongs. ``key``: it may be the name of a member."""
        if not self._stack:
            self.root = value
        elif isinstance(self._stack[-1], NumberedList):
            self._stack[-1].put(value, line)
        elif (waiting := self._keys[-1]) is not None:
            self._keys[-1] = None
            self._stack[-1].put(waiting[0], value, waiting[1])
        else:
            self._keys[-1] = (self._name(value, line, usable=key), line)

    def _name(self, value: Any, line: int, *, usable: bool) -> str:
        if not usable or not isinstance(value, str):
            self._problems.stop(line, "has a key that is not text", hint="quote it")
        if value == _MERGE:
            self._problems.add(line, "uses a merge key (<<)", hint="use defaults")
        elif value in self._stack[-1]:
            self._problems.add(line, "is given twice here", field=value)
        return value


def _scalar(event: yaml.ScalarEvent) -> Any:
    if event.style in ("|", ">"):
        return event.value.rstrip("\n")
    return _PLAIN.get(event.value, event.value) if event.implicit[0] else event.value
