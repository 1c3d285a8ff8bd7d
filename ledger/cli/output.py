"""The only writer to stdout and stderr.

Results go to stdout, everything else to stderr. Text is handed over as *pieces*: plain strings or
:class:`Styled` ones. Each piece is made harmless (:func:`ledger.text.visible`) before it gets its
colour, so no text from a claim can reach the terminal as anything but text; there is no markup.
Colour is used on a terminal only and never carries meaning alone.

A result that cannot be written never looks like a deed that was not done: what a command did is
handed over too (:func:`stands`), and is said on stderr wherever the result itself got lost.

==========================  =======================================================================
stdout closed, or its       the rest is dropped; the exit code is that of the command
reader has left
stdout cannot be written    exit code 3, "the output could not be written"
(disk full)
stderr closed or full       remarks are dropped; the exit code tells
==========================  =======================================================================
"""

import contextlib
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import IO, Any, NamedTuple, TextIO, cast

from ledger.cli import exit_codes
from ledger.cli.exit_codes import ExitCode
from ledger.errors import NotCompleted, RegledgerError
from ledger.text import visible

# ECMA-48 SGR codes. "dim" is left out on purpose: unreadable on many terminals.
_SGR = {"bold": "1", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}
_WIDEST = 120  # longer lines are hard to read
_BEYOND_ASCII = re.compile(r"[^\n\x20-\x7e]")
# What a piece of output is drawn with where the terminal's encoding has nothing better.
_SYMBOLS = "✔✖◆○…→·—"


class Styled(NamedTuple):
    """Text with one style: a colour name or ``bold``."""

    text: str
    style: str


Piece = str | Styled
Line = tuple[Piece, ...]


@dataclass(slots=True)
class _State:
    """How this run prints; one command runs at a time."""

    color: bool = True
    json_errors: bool = False
    closed: bool = False
    standing: list[str] = field(default_factory=list)  # deeds of this run, in words


_state = _State()


def configure(*, color: bool, json_errors: bool) -> None:
    """Set how this run prints; called once, before anything is printed."""
    _state.color = color
    _state.json_errors = json_errors
    _state.closed = _stand_in()
    _state.standing.clear()
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character shows its escape; printing never fails on it.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _stand_in() -> bool:
    """Put the null device in place of closed standard streams; return whether stdout is one.

    Else the next file that is opened, perhaps the ledger, gets the number of a standard stream, and
    with it whatever a library or a child process writes there.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # POSIX open(2): the lowest number that is free
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # noqa: FBT003  # its one form
    lost = sys.stdout is None
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, _nowhere(mode))
    return lost


@cache
def _nowhere(mode: str = "w") -> TextIO:
    number = os.open(os.devnull, os.O_RDWR)  # stays open: the interpreter flushes at its end
    return cast("TextIO", os.fdopen(number, mode, encoding="utf-8", closefd=False))


class _Guarded:
    """Stdout for whoever writes to it directly, as typer does with help and completion."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, content: str) -> int:
        _write(self._stream, content)
        return len(content)

    def flush(self) -> None:
        if not closed():
            with _reader_may_leave():
                self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def guarding() -> Iterator[None]:
    """Treat prints to stdout in this block as if they came from this module."""
    before = sys.stdout
    sys.stdout = cast("TextIO", _Guarded(before))
    try:
        yield
    finally:
        if not closed():  # else the null device stays in its place
            sys.stdout = before


def stands(deed: str) -> None:
    """Note what was done and stays done, such as "recorded as @42", before it is printed."""
    _state.standing.append(deed)


def tell_unread() -> None:
    """Print what was done where nobody reads the results; called once, at the end."""
    if closed() and _state.standing:
        note(f"{_take_standing()}; nobody reads the output")


def _take_standing() -> str:
    deeds = "; ".join(_state.standing)
    _state.standing.clear()
    return deeds


def closed() -> bool:
    """Return whether the reader of stdout has gone away; loops should end then."""
    return _state.closed


def columns() -> int:
    """Return the width of lines in cells: the terminal's, or 80 where there is none."""
    return min(shutil.get_terminal_size((80, 24)).columns, _WIDEST)


def unicode() -> bool:
    """Return whether stdout can encode the symbols of statuses."""
    try:
        _SYMBOLS.encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def line(*pieces: Piece) -> None:
    """Print one line of results."""
    _write(sys.stdout, _render(pieces, sys.stdout) + "\n")


def lines(many: Iterable[Line]) -> None:
    """Print lines of results, until nobody reads them any more."""
    for one in many:
        if closed():
            return
        line(*one)


def value(data: Any, *, one_line: bool = False) -> None:
    """Print a JSON value; on one line (NDJSON) it is sent on its way at once.

    Characters that could act on a terminal, or hide, are written as JSON escapes: the same value
    to every parser.
    """
    indent = None if one_line else 2
    text = json.dumps(data, ensure_ascii=False, indent=indent, allow_nan=False)
    _write(sys.stdout, _BEYOND_ASCII.sub(_json_escape, text) + "\n")
    if one_line:
        flush()


def show(
    as_json: bool,  # noqa: FBT001  # the one switch
    data: Any,
    many: Iterable[Line],
    *,
    notes: Iterable[str] = (),
) -> None:
    """Print a result: as JSON, whose member ``notes`` holds the notes, or as lines after them."""
    if as_json:
        value(data)
        return
    remarks(notes)
    lines(many)


def text(content: str) -> None:
    """Print a text of several lines as it stands, made harmless but for its line ends."""
    _write(sys.stdout, visible(content, newline=True))


def raw(data: bytes) -> None:
    """Write exact bytes to stdout; the caller makes sure that it is no terminal."""
    buffer: IO[bytes] | None = getattr(sys.stdout, "buffer", None)
    if closed():
        return
    if buffer is None:  # replaced by something that takes text only
        _write(sys.stdout, data.decode())
        return
    with _reader_may_leave():
        sys.stdout.flush()
        buffer.write(data)


def flush() -> None:
    """Send what was printed on its way."""
    if not closed():
        with _reader_may_leave():
            sys.stdout.flush()


def on_terminal() -> bool:
    """Return whether stdout is a terminal."""
    return sys.stdout.isatty()


def note(*pieces: Piece) -> None:
    """Print one line that is not a result: to stderr."""
    _remark(_render(pieces, sys.stderr))


def remarks(notes: Iterable[str]) -> None:
    """Print notes about an answer to stderr."""
    for one in notes:
        note(Styled("note:", "cyan"), f" {one}")


def warn(message: str) -> None:
    """Print a warning to stderr."""
    note(Styled("warning:", "yellow"), f" {message}")


def failure(error: RegledgerError) -> ExitCode:
    """Print an error to stderr, as text or (with ``--json``) as JSON; return its exit code."""
    code = exit_codes.of(error)
    trouble(error.code, error.message, hint=error.hint, code=code, facts=_facts(error))
    return code


def trouble(
    name: str, message: str, *, hint: str, code: ExitCode, facts: dict[str, Any] | None = None
) -> None:
    """Print what went wrong to stderr. ``name`` is the stable code of the error."""
    deeds = _take_standing()
    message = f"{deeds}; {message}" if deeds else message
    if _state.json_errors:
        found = {
            "schema": "regledger/error/v1",
            "error": name,
            "message": message,
            "hint": hint,
            "exit_code": int(code),
            **(facts or {}),
        }
        _remark(json.dumps(found))  # plain ASCII
        return
    first, *more = visible(message, newline=True).split("\n")
    note(Styled("error:", "red"), f" {first}")
    for rest in more:
        note(rest)
    if hint:
        note(Styled("hint:", "cyan"), f" {visible(hint)}")


@contextlib.contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function ``report(done, total)`` that draws a bar on stderr, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console  # 35 ms that only a terminal pays
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    parts = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True, no_color=not _colored(sys.stderr))
    with Progress(*parts, console=console, transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _render(pieces: Iterable[Piece], stream: TextIO) -> str:
    colored = _colored(stream)
    shown = []
    for piece in pieces:
        if isinstance(piece, Styled):
            safe = visible(piece.text)
            shown.append(f"\x1b[{_SGR[piece.style]}m{safe}\x1b[0m" if colored else safe)
        else:
            shown.append(visible(piece))
    return "".join(shown).rstrip(" ")


def _colored(stream: TextIO) -> bool:
    wanted = _state.color and not os.environ.get("NO_COLOR")
    return wanted and os.environ.get("TERM") != "dumb" and stream.isatty()


def _json_escape(match: re.Match[str]) -> str:
    character = match[0]
    return character if visible(character) == character else json.dumps(character)[1:-1]


def _facts(error: RegledgerError) -> dict[str, Any]:
    """Return the facts of an error beside its message, as far as they are plain values."""
    facts = {k: v for k, v in vars(error).items() if k not in {"message", "hint"}}
    plain: dict[str, Any] = {}
    for name, fact in facts.items():
        if isinstance(fact, tuple):
            plain[name] = [_plain(item) for item in fact]
        elif fact is None or isinstance(fact, str | int):
            plain[name] = fact
    return plain


def _plain(item: object) -> Any:
    if item is None or isinstance(item, str | int):
        return item
    slots = getattr(item, "__slots__", ())
    return {name: getattr(item, name) for name in slots} if slots else str(item)


def _remark(content: str) -> None:
    """Write a line to stderr; a remark that nobody can read is not worth failing for."""
    try:
        sys.stderr.write(content + "\n")
        sys.stderr.flush()
    except OSError:
        sys.stderr = _nowhere()  # flushed once more at the end, which would change the exit code


def _write(stream: TextIO, content: str) -> None:
    if not closed():
        with _reader_may_leave():
            stream.write(content)


@contextlib.contextmanager
def _reader_may_leave() -> Iterator[None]:
    """`regledger history | head` is no error: drop the rest, and end with the right exit code."""
    try:
        yield
    except OSError as error:
        _state.closed = True
        # The interpreter flushes stdout once more when it ends, and would complain then.
        sys.stdout = _nowhere()
        if not isinstance(error, BrokenPipeError):
            raise NotCompleted(f"the output could not be written: {error.strerror}") from None
