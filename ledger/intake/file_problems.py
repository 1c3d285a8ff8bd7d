"""Everything wrong with one file, collected while it is read, and its bytes decoded."""

from typing import NoReturn

from ledger.errors import BadClaimsFile, Problem
from ledger.text import shorten

MAX_DEPTH = 16  # the log's own limit on nesting
MAX_DOCUMENT_BYTES = 16 * 1024 * 1024  # YAML and JSON, which are read as a whole
MAX_ROWS_BYTES = 256 * 1024 * 1024  # NDJSON and CSV, which are read line by line
MAX_PROBLEMS = 10_000  # a file with more is hardly a claims file
_MAX_TEXT = 500


class FileProblems:
    """Everything found wrong with one file so far."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._problems: dict[Problem, None] = {}  # in order of finding, each once
        self._found = 0  # counting those found again, so that work ends as well

    def add(self, line: int, message: str, *, field: str = "", hint: str = "") -> None:
        """Note a problem. Line 0 is the file as a whole. What quotes the file too long is cut."""
        texts = (shorten(text, _MAX_TEXT) for text in (field, message, hint))
        self._problems[Problem(self.file, line, *texts)] = None
        self._found += 1
        if self._found >= MAX_PROBLEMS:
            self._problems[
                Problem(self.file, line, "", f"stopped here, after {MAX_PROBLEMS:,} problems")
            ] = None
            self.give_up()

    def stop(self, line: int, message: str, *, field: str = "", hint: str = "") -> NoReturn:
        """Note a problem after which the rest of the file cannot be read."""
        self.add(line, message, field=field, hint=hint)
        self.give_up()

    def give_up(self) -> NoReturn:
        """Raise BadClaimsFile with every problem noted, by line."""
        raise BadClaimsFile(sorted(self._problems, key=lambda p: p.line))

    def __bool__(self) -> bool:
        """Return whether anything was noted."""
        return bool(self._problems)

    def check(self) -> None:
        """Raise BadClaimsFile if anything was noted."""
        if self._problems:
            self.give_up()


def quoted(value: object) -> str:
    """Return a value from the file as it may stand in a message: safe, quoted and short."""
    return f"'{shorten(str(value), 60)}'"


def decode(data: bytes, problems: FileProblems, *, most: int) -> str:
    """Return UTF-8 of at most ``most`` bytes as text, without its BOM. Raises BadClaimsFile."""
    if len(data) > most:
        problems.stop(
            0,
            f"is {len(data):,} bytes long, at most {most:,} are read",
            hint="split it; NDJSON and CSV may be longer than YAML and JSON",
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.stop(line, f"byte {error.start} is not UTF-8", hint="save the file as UTF-8")
