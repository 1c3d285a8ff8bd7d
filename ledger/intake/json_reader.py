"""Read JSON and NDJSON strictly: no member twice, no fractions, no ``NaN``.

The standard library's parser takes ``NaN``, keeps the last of two members of one name, and reads
``1e999`` as infinity. Here each is a problem with a line. A number with a fraction or an exponent
is refused everywhere: no field of a claim is one, and the log has no floats.
"""

import json
import re
from collections import Counter
from typing import Any

from ledger.errors import BadClaimsFile
from ledger.intake.file_problems import MAX_DEPTH, FileProblems, quoted
from ledger.intake.line_numbers import NumberedList, NumberedMap

MAX_LINE_CHARS = 1024 * 1024  # of NDJSON; an entry of the log is at most 65,535 bytes
_BLANK = " \t\n\r"
_SPACE = re.compile(r"[ \t\n\r]*")
_BRACKET = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]', re.DOTALL)
_MAX_INT = 2**53 - 1  # RFC 8785 section 3.2.2.3
_MAX_DIGITS = 16


class _JsonReader:
    """One piece of JSON text that starts on ``first_line`` of its file."""

    def __init__(self, text: str, problems: FileProblems, first_line: int = 1) -> None:
        self.text = text
        self.at = 0
        self._problems = problems
        self._first = first_line
        self._counted = (0, first_line)
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._pairs,
            parse_float=self._fraction,
            parse_int=self._integer,
            parse_constant=self._constant,
        )

    def line(self) -> int:
        """Return the line reached, counted onward from the last call: all calls are one pass."""
        at, line = self._counted
        line += self.text.count("\n", at, self.at)
        self._counted = (self.at, line)
        return line

    def skip(self) -> str:
        """Go to the next character that is not blank, and give it ("" at the end)."""
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1]

    def value(self) -> Any:
        """Read one whole value from here. Its depth has been checked: the parser recurses."""
        self.skip()
        try:
            value, self.at = self._decoder.raw_decode(self.text, self.at)
        except json.JSONDecodeError as error:
            line = self._first + self.text.count("\n", 0, error.pos)
            self._problems.stop(line, f"is not JSON: {error.msg}")
        return value

    def expect(self, characters: str) -> str:
        """Step over one of these characters. Raises BadClaimsFile for any other."""
        found = self.skip()
        if not found or found not in characters:
            wanted = " or ".join(characters)
            self._problems.stop(self.line(), f"is not JSON: expected {wanted}")
        self.at += 1
        return found

    def check_depth(self) -> None:
        """Refuse text that is nested too deeply, before anything is built from it."""
        if self.text.count("[") + self.text.count("{") <= MAX_DEPTH:
            return
        depth = 0
        for found in _BRACKET.finditer(self.text):
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
            if depth > MAX_DEPTH:
                line = self._first + self.text.count("\n", 0, found.start())
                self._problems.stop(line, f"is nested deeper than {MAX_DEPTH} levels")

    def _pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            for name, times in Counter(name for name, _ in pairs).items():
                if times > 1:
                    self._problems.add(self.line(), "is given twice here", field=name)
        return made

    def _fraction(self, digits: str) -> str:
        self._problems.add(
            self.line(),
            f"holds the number {quoted(digits)}",
            hint='only whole numbers are kept; write it as text: "1.5"',
        )
        return digits

    def _integer(self, digits: str) -> int | str:
        # The length first: turning a million digits into a number takes quadratic time.
        if len(digits.lstrip("-")) > _MAX_DIGITS or abs(int(digits)) > _MAX_INT:
            self._problems.add(self.line(), f"holds a number that is too large, {quoted(digits)}")
            return digits
        return int(digits)

    def _constant(self, name: str) -> str:
        self._problems.add(self.line(), f"holds {name}, which JSON does not know")
        return name


def read_json(text: str, problems: FileProblems) -> Any:
    """Read JSON in which the outer members and elements have lines. Raises BadClaimsFile."""
    reader = _JsonReader(text, problems)
    reader.check_depth()
    first = reader.skip()
    tree = _object(reader, problems) if first == "{" else _list(reader) if first == "[" else None
    if tree is None:
        tree = reader.value()
    if reader.skip():
        problems.stop(reader.line(), "is not JSON: something follows the end of the value")
    return tree


def _list(reader: _JsonReader) -> NumberedList:
    reader.expect("[")
    made = NumberedList(reader.line())
    if reader.skip() == "]":
        reader.at += 1
        return made
    while True:
        reader.skip()
        line = reader.line()
        made.put(reader.value(), line)
        if reader.expect(",]") == "]":
            return made


def _object(reader: _JsonReader, problems: FileProblems) -> NumberedMap:
    reader.expect("{")
    made = NumberedMap(reader.line())
    if reader.skip() == "}":
        reader.at += 1
        return made
    while True:
        reader.skip()
        line = reader.line()
        name = reader.value()
        if not isinstance(name, str):
            problems.stop(line, "is not JSON: a member has no name in quotes")
        if name in made:
            problems.add(line, "is given twice here", field=name)
        reader.expect(":")
        made.put(name, _list(reader) if reader.skip() == "[" else reader.value(), line)
        if reader.expect(",}") == "}":
            return made


def read_ndjson(text: str, problems: FileProblems) -> list[tuple[Any, int]]:
    """Read (value, line) from each line that is not blank; note bad lines in ``problems``."""
    values: list[tuple[Any, int]] = []
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip(_BLANK)
        if line:
            _one_line(line, number, values, problems)
    return values


def _one_line(
    line: str, number: int, values: list[tuple[Any, int]], problems: FileProblems
) -> None:
    if len(line) > MAX_LINE_CHARS:
        problems.add(number, f"is longer than {MAX_LINE_CHARS:,} characters")
        return
    here = FileProblems(problems.file)
    reader = _JsonReader(line, here, number)
    try:
        reader.check_depth()
        value = reader.value()
        if reader.skip():
            here.stop(number, "is not JSON: something follows the end of the value")
        here.check()
    except BadClaimsFile as error:
        for problem in error.problems:
            problems.add(number, problem.message, field=problem.field, hint=problem.hint)
        return
    values.append((value, number))
