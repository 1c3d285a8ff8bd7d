r"""Canonical JSON: RFC 8785 (JCS) under limits that make it simple, cheap and unambiguous.

A value is an object, an array, text, an integer, ``true``, ``false`` or ``null``, and

* a member name matches ``[a-z_][a-z0-9_]*``; no object has the same name twice;
* a number is an integer from -(2^53-1) to 2^53-1: no fraction, no exponent, no ``-0``;
* text is Unicode in normalisation form C and holds no lone surrogate;
* objects and arrays nest at most 16 deep, the outermost being the first.

Spelling (RFC 8785 section 3.2): UTF-8, no white space, members sorted by name, the shortest
escapes (``\b \t \n \f \r \" \\``, else ``\u00xx`` below U+0020, else the character as it is).
Because names are ASCII, sorting by code point equals the UTF-16 order of section 3.2.3; because
there are no fractions, the number rules of section 3.2.2.3 come down to plain decimals.

Reading is: parse, check the limits, encode again, compare the bytes. There is one accepted
spelling of each value, and what was read is never encoded again to be hashed.

Worked example::

    >>> encode({"b": [1, None, True], "a_b": "Möbius\n", "a": {}})
    b'{"a":{},"a_b":"M\xc3\xb6bius\\n","b":[1,null,true]}'
    >>> sha256_hex(encode({}))
    '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'
    >>> decode(b'{"b":1,"a":2}')
    Traceback (most recent call last):
    ledger.errors.NotCanonical: byte 2 is not as RFC 8785 spells this value
"""

import json
import re
from hashlib import sha256
from typing import Any, NoReturn, TypeAlias
from unicodedata import is_normalized

import orjson

from ledger.errors import InputError, NotCanonical

JsonValue: TypeAlias = "bool | int | str | list[JsonValue] | dict[str, JsonValue] | None"

MAX_INT = 2**53 - 1  # RFC 8785 section 3.2.2.3: the integers an IEEE 754 double holds exactly
MAX_DEPTH = 16

_NAME = re.compile(r"[a-z_][a-z0-9_]*")
# Names seen to be good. Filled from input, therefore bounded; a full one only costs time.
_GOOD_NAMES: set[str] = set()
_GOOD_NAMES_MAX = 4096


class _LimitError(Exception):
    """A value outside the limits. ``path`` is filled inside out on the way up."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path: list[str | int] = []

    def __str__(self) -> str:
        """Say where, as ``$.claims[3].quote``, and what."""
        steps = (f"[{p}]" if isinstance(p, int) else f".{p}" for p in reversed(self.path))
        return f"${''.join(steps)}: {self.reason}"


def encode(value: object, *, inside: int = 0) -> bytes:
    """Spell ``value`` canonically.

    Args:
        value: ``dict``, ``list``, ``tuple``, ``str``, ``int``, ``bool`` or ``None``, of exactly
            these types (a subclass may print itself differently), nested.
        inside: how many objects and arrays the result will stand inside; they count as nesting.

    Raises:
        InputError: a value outside the limits; the message starts with its JSON path.
    """
    fault = None
    try:
        data = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        if data.isascii() and _is_plain(value, inside):
            return data
    except orjson.JSONEncodeError as error:  # e.g. a member name of a subclass of str
        fault = str(error)
    try:
        _check_value(value, inside)
    except _LimitError as limit:
        raise InputError(str(limit)) from None
    if fault is not None:
        raise InputError(f"$: {fault}")
    return data


def decode(data: bytes, *, inside: int = 0) -> JsonValue:
    """Read canonical bytes; ``encode(decode(data)) == data`` for all that is accepted.

    Raises:
        NotCanonical: not JSON, outside the limits, or another spelling of the same value.
    """
    try:
        value: JsonValue = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise NotCanonical(f"not JSON: {error}") from None
    try:
        _check_value(value, inside)
    except _LimitError as fault:
        raise NotCanonical(str(fault)) from None
    again = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    if again != data:
        raise NotCanonical(
            f"byte {_first_difference(data, again)} is not as RFC 8785 spells this value"
        )
    return value


def read(data: bytes) -> JsonValue:
    """Read JSON in any spelling, provided that all programs read the same value from it.

    White space, escapes, the order of members, their names and normalisation are free. For files
    that are not hashed: what this machine remembers, key requests, disclosure texts.

    Raises:
        NotCanonical: not JSON in UTF-8, a member twice, a number that is no integer up to 2^53-1,
            nested more than MAX_DEPTH deep, or half of a surrogate pair.
    """
    try:
        value: JsonValue = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_members,
            parse_int=_integer,
            parse_float=_no_number,
            parse_constant=_no_number,
        )
        _check_depth(value, 0)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # fails for lone surrogates
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise NotCanonical(f"not JSON that all read alike: {reason}") from None
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member name occurs twice")
    return members


def _integer(digits: str) -> int:
    # The length first: turning a million digits into a number takes quadratic time.
    if len(digits) > len(f"-{MAX_INT}") or abs(int(digits)) > MAX_INT:
        raise ValueError("a number beyond 2^53-1")
    return int(digits)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"the number {text[:30]} is not an integer")


def _check_depth(value: JsonValue, depth: int) -> None:
    if not isinstance(value, dict | list):
        return
    if depth == MAX_DEPTH:
        raise ValueError(f"nested more than {MAX_DEPTH} deep")
    for one in value.values() if isinstance(value, dict) else value:
        _check_depth(one, depth + 1)


def sha256_hex(data: bytes) -> str:
    """Return SHA-256 of ``data`` as 64 lower-case hex digits."""
    return sha256(data).hexdigest()


def _first_difference(one: bytes, other: bytes) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))


def _is_plain(value: Any, depth: int) -> bool:
    """Return whether a value is in the limits at first sight, all text in it being ASCII.

    What is not may be in the limits all the same: :func:`_check_value` looks closely.
    """
    kind = type(value)
    if kind is int:
        return bool(-MAX_INT <= value <= MAX_INT)
    if kind is not dict and kind is not list and kind is not tuple:
        return value is None or kind is bool or kind is str
    if depth == MAX_DEPTH or (kind is dict and not _GOOD_NAMES.issuperset(value)):
        return False
    for one in value.values() if kind is dict else value:
        if type(one) is not str and not _is_plain(one, depth + 1):
            return False
    return True


def _check_value(value: Any, depth: int) -> None:
    """Raise _LimitError unless ``value``, standing inside ``depth`` containers, is in the limits.

    Text and numbers are most of what there is, hence the order of the tests and the exact types:
    this function is the larger part of the cost of reading an entry.
    """
    kind = type(value)
    if kind is str:
        if not value.isascii():
            _check_text(value)
    elif kind is dict:
        _check_object(value, depth + 1)
    elif kind is list or kind is tuple:
        _check_array(value, depth + 1)
    elif kind is int:
        if not -MAX_INT <= value <= MAX_INT:
            raise _LimitError("the integer is beyond 2^53-1; write it as text")
    elif kind is float:
        raise _LimitError(
            "a number with a fraction, an exponent or too many digits; write it as text"
        )
    elif value is not None and kind is not bool:
        raise _LimitError(f"{kind.__name__} is not JSON")


def _check_object(members: dict[Any, Any], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise _LimitError(f"nested more than {MAX_DEPTH} deep")
    name: Any = None
    try:
        for name, value in members.items():
            if name not in _GOOD_NAMES:
                _check_name(name)
            if type(value) is not str or not value.isascii():
                _check_value(value, depth)
    except _LimitError as fault:
        fault.path.append(name if type(name) is str and _NAME.fullmatch(name) else repr(name))
        raise


def _check_array(items: list[Any] | tuple[Any, ...], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise _LimitError(f"nested more than {MAX_DEPTH} deep")
    for index, value in enumerate(items):
        try:
            if type(value) is not str or not value.isascii():
                _check_value(value, depth)
        except _LimitError as fault:
            fault.path.append(index)
            raise


def _check_name(name: object) -> None:
    if type(name) is not str or not _NAME.fullmatch(name):
        raise _LimitError("a member name must match [a-z_][a-z0-9_]*")
    if len(_GOOD_NAMES) < _GOOD_NAMES_MAX:
        _GOOD_NAMES.add(name)


def _check_text(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        reason = "holds half of a surrogate pair, which has no UTF-8 form"
        raise _LimitError(reason) from None
    if not is_normalized("NFC", text):
        raise _LimitError("the text is not in Unicode normalisation form C")
